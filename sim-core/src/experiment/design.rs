//! Designs: which points of the axes a sweep computes.
//!
//! A grid has every combination, the last axis running fastest. For many knobs a sample is enough: Latin
//! hypercube (each axis cut into as many slices as there are points, one point in each) or Sobol. Points are
//! computed from their index, so a sweep of any size takes no memory and any hand can compute any part.

use super::axis::{Axis, AxisError};
use super::{scramble, sobol};

/// The most points of a sweep.
const MAX_POINTS: u64 = 10_000_000;

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// All combinations.
    Grid,
    /// So many points, one in each slice of every axis.
    LatinHypercube(u32),
    /// The first so many of Sobol's points.
    Sobol(u32),
    /// For [`sensitivity`](super::sensitivity): so many rows of one point more than there are axes and one,
    /// which differ in one axis at a time.
    Saltelli(u32),
}

/// A path and the text it is set to.
pub type Setting = (String, String);

/// The points of a sweep.
#[derive(Clone, Debug)]
pub struct Design {
    axes: Vec<Axis>,
    sampling: Sampling,
    seed: u64,
    points: u64,
}

impl Design {
    /// The points that `sampling` chooses of the axes; `seed` decides where samples lie.
    pub fn new(axes: Vec<Axis>, sampling: Sampling, seed: u64) -> Result<Self, AxisError> {
        let mut paths: Vec<&String> = axes.iter().flat_map(|axis| &axis.paths).collect();
        paths.sort();
        if let Some(twice) = paths.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(AxisError::new(
                format!("`{}` is varied twice", twice[0]),
                "give all its values in one axis",
            ));
        }
        let points = match sampling {
            Sampling::Grid => grid_points(&axes)?,
            Sampling::Sobol(_) if axes.len() > sobol::MAX_DIMENSIONS => {
                let fact = format!("Sobol's points have up to {} axes", sobol::MAX_DIMENSIONS);
                return Err(AxisError::new(fact, "use a Latin hypercube"));
            }
            Sampling::Saltelli(_) if axes.len() * 2 > sobol::MAX_DIMENSIONS => {
                let fact = format!("sensitivity is told of up to {} axes", sobol::MAX_DIMENSIONS / 2);
                return Err(AxisError::new(fact, "leave out the axes that matter least"));
            }
            Sampling::LatinHypercube(points) | Sampling::Sobol(points) => points.into(),
            Sampling::Saltelli(rows) => u64::from(rows) * (axes.len() as u64 + 2),
        };
        if points > MAX_POINTS {
            return Err(AxisError::new(
                format!("the axes have {points} points; a sweep has at most {MAX_POINTS}"),
                "take fewer values, or a sample of them",
            ));
        }
        Ok(Self { axes, sampling, seed, points })
    }

    /// The axes, in the order given.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How its points are chosen.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Whether it has every combination of the axes' values.
    pub fn is_grid(&self) -> bool {
        self.sampling == Sampling::Grid
    }

    /// How many points there are.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// What the paths are set to at point `index`, in the order of the axes.
    pub fn settings(&self, index: u64) -> Vec<Setting> {
        let mut settings = Vec::new();
        let mut below = self.points;
        for (dimension, axis) in self.axes.iter().enumerate() {
            let texts = match self.sampling {
                Sampling::Grid => {
                    let length = axis.len() as u64;
                    below /= length;
                    axis.values()[(index / below % length) as usize].clone()
                }
                Sampling::LatinHypercube(points) => axis.sample(self.slice(index as u32, dimension, points)),
                Sampling::Sobol(_) => axis.sample(sobol::coordinate(self.seed, index as u32, dimension)),
                Sampling::Saltelli(_) => axis.sample(self.mixed(index, dimension)),
            };
            settings.extend(axis.paths.iter().cloned().zip(texts));
        }
        settings
    }

    /// Each row has the points A and B, then for each axis A with that axis taken from B: A and B are the two
    /// halves of the coordinates of one of Sobol's points.
    fn mixed(&self, index: u64, dimension: usize) -> f64 {
        let axes = self.axes.len();
        let (row, place) = (index / (axes as u64 + 2), (index % (axes as u64 + 2)) as usize);
        let from_b = place == 1 || place == dimension + 2;
        sobol::coordinate(self.seed, row as u32, if from_b { axes + dimension } else { dimension })
    }

    /// A place in the slice that the point has on this axis.
    fn slice(&self, index: u32, dimension: usize, points: u32) -> f64 {
        let key = scramble(self.seed ^ scramble(dimension as u64 + 1));
        let slice = permuted(index, points, key);
        let within = (scramble(key ^ u64::from(index)) >> 11) as f64 / (1_u64 << 53) as f64;
        (f64::from(slice) + within) / f64::from(points)
    }
}

fn grid_points(axes: &[Axis]) -> Result<u64, AxisError> {
    if let Some(axis) = axes.iter().find(|axis| axis.is_empty()) {
        return Err(AxisError::new(
            format!("`{}` has no step", axis.text),
            "write low..high:step or low..high:log:count, or take samples with --lhs or --sobol",
        ));
    }
    let lengths = axes.iter().map(|axis| axis.len() as u64);
    Ok(lengths.fold(1, u64::saturating_mul))
}

/// Where `index` goes in a permutation of `0..count` that `key` chooses: a Feistel network over the next
/// power of four, walked until it comes back into the range.
fn permuted(index: u32, count: u32, key: u64) -> u32 {
    let mut half = 1;
    while 1_u64 << (2 * half) < u64::from(count) {
        half += 1;
    }
    let mask = (1_u64 << half) - 1;
    let mut value = u64::from(index);
    loop {
        for round in 0..4 {
            let (left, right) = (value >> half, value & mask);
            value = right << half | (left ^ scramble(key ^ right ^ round << 40) & mask);
        }
        if value < u64::from(count) {
            return value as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(axes: &[&str], sampling: Sampling) -> Result<Design, AxisError> {
        Design::new(axes.iter().map(|axis| Axis::parse(axis).unwrap()).collect(), sampling, 7)
    }

    fn points(design: &Design) -> Vec<String> {
        let text = |(path, value): &Setting| format!("{path}={value}");
        let point = |index| design.settings(index).iter().map(text).collect::<Vec<_>>().join(" ");
        (0..design.points()).map(point).collect()
    }

    #[test]
    fn a_grid_has_every_combination() {
        let design = design(&["a=1..2", "b=x,y;c=1,2", "d=5"], Sampling::Grid).unwrap();
        let expected = ["a=1 b=x c=1 d=5", "a=1 b=y c=2 d=5", "a=2 b=x c=1 d=5", "a=2 b=y c=2 d=5"];
        assert_eq!(points(&design), expected);
    }

    #[test]
    fn a_hypercube_has_every_value_once() {
        for count in [1, 2, 5, 64, 100] {
            let axes = [format!("a=1..{count}"), format!("b=1..{count}")];
            let design =
                design(&axes.each_ref().map(String::as_str), Sampling::LatinHypercube(count)).unwrap();
            for axis in 0..2 {
                let value = |index| design.settings(index)[axis].1.parse::<u32>().unwrap();
                let mut values: Vec<_> = (0..design.points()).map(value).collect();
                values.sort_unstable();
                assert_eq!(values, (1..=count).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_saltelli_row_changes_one_axis_at_a_time() {
        let design = design(&["a=0.0..1.0", "b=0.0..1.0"], Sampling::Saltelli(4)).unwrap();
        assert_eq!(design.points(), 16);
        for row in 0..4 {
            let at = |place: u64, axis: usize| design.settings(row * 4 + place)[axis].1.clone();
            assert!(at(0, 0) != at(1, 0) && at(0, 1) != at(1, 1));
            assert_eq!([at(2, 0), at(2, 1)], [at(1, 0), at(0, 1)]);
            assert_eq!([at(3, 0), at(3, 1)], [at(0, 0), at(1, 1)]);
        }
    }

    #[test]
    fn what_cannot_be_a_design_is_refused() {
        assert!(design(&["a=1,2", "a=3"], Sampling::Grid).unwrap_err().fact.contains("twice"));
        assert!(design(&["a=0.5..1.5"], Sampling::Grid).unwrap_err().fact.contains("no step"));
        assert!(design(&["a=1..5000", "b=1..5000"], Sampling::Grid).unwrap_err().fact.contains("at most"));
        assert_eq!(design(&["a=0.5..1.5"], Sampling::Sobol(8)).unwrap().points(), 8);
    }
}

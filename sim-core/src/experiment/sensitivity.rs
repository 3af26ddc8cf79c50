//! Sensitivity: which knob matters, by how much of a figure's variance it explains.
//!
//! The first-order index of an axis is the share of the variance that it explains alone; its total index is
//! the share that would be left if all others were fixed, so it counts what it does together with others.
//! An axis whose total is about 0 may be forgotten; one whose total is far above its first order acts
//! through others. Estimators of Saltelli et al. (2010) and Jansen (1999) on the design that
//! [`Sampling::Saltelli`](super::Sampling::Saltelli) lays out; intervals by the bootstrap over its rows.
//!
//! The figure of a point is its mean over replications. All points share one seed, so chance moves them
//! together and adds little; what it adds counts as interaction.

use serde::{Deserialize, Serialize};

use super::scramble;
use super::statistics::mean;
use crate::report::{Interval, rounded};

/// How often the rows are drawn anew for the intervals.
const RESAMPLES: usize = 400;

/// How much of a figure one axis decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sensitivity {
    /// The share of the variance that it explains by itself.
    pub first: f64,
    /// 95 % interval of that.
    pub first_interval: Interval,
    /// The share that it has a part in.
    pub total: f64,
    /// 95 % interval of that.
    pub total_interval: Interval,
}

/// The indices of `axes` axes from a figure's values at the points of a Saltelli design, in the order of the
/// points. `None` where the figure does not vary, or a point lacks it.
pub fn sensitivity(axes: usize, values: &[Option<f64>]) -> Option<Vec<Sensitivity>> {
    let values: Vec<f64> = values.iter().copied().collect::<Option<_>>()?;
    let block = axes + 2;
    let count = values.len() / block;
    if count < 2 || axes == 0 {
        return None;
    }
    let all: Vec<usize> = (0..count).collect();
    let found = indices(axes, &values, &all)?;
    let mut resampled: Vec<Vec<(f64, f64)>> = vec![Vec::new(); axes];
    for resample in 0..RESAMPLES {
        let draw = |row: usize| (scramble(scramble(resample as u64) ^ row as u64) % count as u64) as usize;
        let rows: Vec<usize> = (0..count).map(draw).collect();
        for (axis, index) in indices(axes, &values, &rows).into_iter().flatten().enumerate() {
            resampled[axis].push(index);
        }
    }
    let estimate = |(axis, (first, total)): (usize, (f64, f64))| Sensitivity {
        first: rounded(first),
        first_interval: interval(resampled[axis].iter().map(|index| index.0)),
        total: rounded(total),
        total_interval: interval(resampled[axis].iter().map(|index| index.1)),
    };
    Some(found.into_iter().enumerate().map(estimate).collect())
}

/// First-order and total index of each axis from some rows of the design.
fn indices(axes: usize, values: &[f64], rows: &[usize]) -> Option<Vec<(f64, f64)>> {
    let block = axes + 2;
    let at = |row: usize, place: usize| values[row * block + place];
    let both: Vec<f64> = rows.iter().flat_map(|&row| [at(row, 0), at(row, 1)]).collect();
    let centre = mean(&both)?;
    let variance =
        both.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / both.len() as f64;
    if variance <= 1e-12 * centre * centre || variance == 0.0 {
        return None;
    }
    let index = |axis: usize| {
        let (mut first, mut total) = (0.0, 0.0);
        for &row in rows {
            let (a, b, mixed) = (at(row, 0), at(row, 1), at(row, axis + 2));
            first += (b - centre) * (mixed - a);
            total += (a - mixed) * (a - mixed) / 2.0;
        }
        let share = |sum: f64| sum / rows.len() as f64 / variance;
        (share(first), share(total))
    };
    Some((0..axes).map(index).collect())
}

fn interval(values: impl Iterator<Item = f64>) -> Interval {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |thousandths: usize| {
        let place = sorted.len() * thousandths / 1_000;
        sorted.get(place.min(sorted.len().saturating_sub(1))).copied().map_or(0.0, rounded)
    };
    Interval { low: at(25), high: at(975) }
}

#[cfg(test)]
mod tests {
    use core::f64::consts::PI;

    use super::*;
    use crate::experiment::{Axis, Design, Sampling};

    /// Sobol's indices of the Ishigami function (a = 7, b = 0.1), which are known: 0.3139, 0.4424 and 0 alone,
    /// 0.5576, 0.4424 and 0.2437 in all.
    #[test]
    fn the_indices_of_the_ishigami_function() {
        let axes = ["x=-1.0..1.0", "y=-1.0..1.0", "z=-1.0..1.0"].map(|axis| Axis::parse(axis).unwrap());
        let design = Design::new(axes.to_vec(), Sampling::Saltelli(2_048), 1).unwrap();
        let value = |point| {
            let at: Vec<f64> =
                design.settings(point).iter().map(|(_, text)| text.parse::<f64>().unwrap() * PI).collect();
            let (x, y, z) = (libm::sin(at[0]), libm::sin(at[1]), at[2]);
            Some(x + 7.0 * y * y + 0.1 * z * z * z * z * x)
        };
        let values: Vec<_> = (0..design.points()).map(value).collect();
        let found = sensitivity(3, &values).unwrap();
        for (found, first, total) in
            [(&found[0], 0.3139, 0.5576), (&found[1], 0.4424, 0.4424), (&found[2], 0.0, 0.2437)]
        {
            assert!((found.first - first).abs() < 0.03, "{found:?} {first}");
            assert!((found.total - total).abs() < 0.03, "{found:?} {total}");
            assert!(found.total_interval.low < total && total < found.total_interval.high, "{found:?}");
        }
    }

    #[test]
    fn what_does_not_vary_has_no_indices() {
        assert_eq!(sensitivity(2, &[Some(3.0); 40]), None);
        assert_eq!(sensitivity(2, &[Some(1.0), None, Some(3.0), Some(1.0)]), None);
        assert_eq!(sensitivity(2, &[]), None);
    }
}

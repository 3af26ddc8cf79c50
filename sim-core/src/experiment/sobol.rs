//! Sobol's points: any number of the first ones fill the unit cube evenly.
//!
//! Direction numbers are those of Joe and Kuo (2008), `new-joe-kuo-6.21201`. A shift that the seed decides
//! keeps the points from standing on the cube's edges, and changes nothing about how evenly they stand.

use super::scramble;

/// Bits of a coordinate.
const BITS: usize = 32;
/// Degree, polynomial and first direction numbers of the dimensions after the first.
const DIRECTIONS: [(usize, u32, &[u32]); 15] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
];

/// The most dimensions there are numbers for.
pub(super) const MAX_DIMENSIONS: usize = DIRECTIONS.len() + 1;

/// Coordinate `dimension` of point `index`, in [0, 1).
pub(super) fn coordinate(seed: u64, index: u32, dimension: usize) -> f64 {
    let shift = scramble(seed ^ scramble(dimension as u64)) >> 32;
    f64::from(bits(index, dimension) ^ shift as u32) / 4_294_967_296.0
}

/// The coordinate's binary digits, without the shift.
fn bits(index: u32, dimension: usize) -> u32 {
    let directions = directions(dimension);
    let gray = index ^ (index >> 1);
    (0..BITS).filter(|bit| gray >> bit & 1 == 1).fold(0, |sum, bit| sum ^ directions[bit])
}

fn directions(dimension: usize) -> [u32; BITS] {
    let mut found = [0; BITS];
    let Some((degree, polynomial, first)) = dimension.checked_sub(1).and_then(|at| DIRECTIONS.get(at)) else {
        for (bit, direction) in found.iter_mut().enumerate() {
            *direction = 1 << (BITS - 1 - bit);
        }
        return found;
    };
    for bit in 0..BITS {
        found[bit] = match first.get(bit) {
            Some(number) => number << (BITS - 1 - bit),
            None => {
                let before = found[bit - degree];
                let taps = (1..*degree).filter(|tap| polynomial >> (degree - 1 - tap) & 1 == 1);
                taps.fold(before ^ (before >> degree), |sum, tap| sum ^ found[bit - tap])
            }
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first points as everyone has them (scipy.stats.qmc.Sobol, not scrambled).
    #[test]
    fn the_first_points_are_sobols() {
        let point = |index| [0, 1, 2].map(|dimension| f64::from(bits(index, dimension)) / 4_294_967_296.0);
        assert_eq!(point(0), [0.0; 3]);
        assert_eq!(point(1), [0.5; 3]);
        assert_eq!(point(2), [0.75, 0.25, 0.25]);
        assert_eq!(point(3), [0.25, 0.75, 0.75]);
        assert_eq!(point(4), [0.375, 0.375, 0.625]);
    }

    /// In every dimension, 64 points stand one in each 64th, whatever the seed.
    #[test]
    fn every_interval_gets_its_point() {
        for dimension in 0..MAX_DIMENSIONS {
            let mut hit = [false; 64];
            for index in 0..64 {
                hit[(coordinate(9, index, dimension) * 64.0) as usize] = true;
            }
            assert!(hit.iter().all(|hit| *hit), "dimension {dimension}");
        }
    }
}

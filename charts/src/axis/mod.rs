//! The axes: where a value or an instant lies, and which of them are written beside the plot.
//!
//! Both map by integers (the logarithmic one through `libm`), so that a coordinate is the same on every
//! target. plotters draws the mesh and the series through them.

mod time;
mod value;

pub(crate) use time::{TimeAxis, nice_step};
pub(crate) use value::ValueAxis;

/// Where `value` lies between the coordinates `limit.0`, for `low`, and `limit.1`, for `high`.
fn interpolate(value: i64, (low, high): (i64, i64), limit: (i32, i32)) -> i32 {
    if high <= low {
        return limit.0;
    }
    let value = value.clamp(low, high);
    let (part, whole) = (i128::from(value) - i128::from(low), i128::from(high) - i128::from(low));
    let length = i128::from(limit.1) - i128::from(limit.0);
    // Rounded half away from the lower end, whichever way the axis runs.
    let offset = (2 * part * length.abs() + whole) / (2 * whole) * length.signum();
    i32::try_from(i128::from(limit.0) + offset).unwrap_or(limit.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_map_to_the_ends() {
        for limit in [(0, 999), (999, 0), (-5, 5)] {
            assert_eq!(interpolate(0, (0, 7), limit), limit.0);
            assert_eq!(interpolate(7, (0, 7), limit), limit.1);
        }
        assert_eq!(interpolate(i64::MAX, (0, i64::MAX), (0, 1_000)), 1_000);
        assert_eq!(interpolate(3, (3, 3), (4, 9)), 4);
    }
}

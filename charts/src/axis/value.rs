//! The value axes: counts, shares and lengths of time, in thousandths.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::interpolate;
use super::time::nice_step;
use crate::number;

/// Room for one label and the gap after it, in tenths of a pixel.
const LABEL_ROOM: i64 = 250;

/// Where a logarithmic axis has its ticks first, in milliseconds.
const DECADES_OF_TIME: [i64; 14] = [
    1,
    10,
    100,
    1_000,
    10_000,
    60_000,
    600_000,
    3_600_000,
    36_000_000,
    360_000_000,
    3_600_000_000,
    36_000_000_000,
    3_600_000_000_000,
    3_600_000_000_000_000,
];

/// Where it may have more, as far as there is room.
const BETWEEN_DECADES: [i64; 11] =
    [3, 30, 300, 3_000, 30_000, 300_000, 1_800_000, 10_800_000, 86_400_000, 864_000_000, 8_640_000_000];

/// A value axis.
#[derive(Clone, Debug)]
pub(crate) struct ValueAxis {
    low: i64,
    high: i64,
    logarithmic: bool,
    ticks: Vec<(i64, String)>,
}

impl ValueAxis {
    /// Counts from 0 to a little over `highest`, on a plot of `height` tenths of a pixel.
    pub(crate) fn counts(highest: i64, height: i32) -> Self {
        let high = with_headroom(highest.max(1_000));
        let most = (i64::from(height) / LABEL_ROOM).max(1);
        let step = decimal_step(high / most, 1_000);
        Self::linear(high, step, number::short_count)
    }

    /// From none to all.
    pub(crate) fn share(height: i32) -> Self {
        let step = if height >= 1_400 { 250 } else { 500 };
        // Headroom, so that the line of all is a line of its own.
        let mut axis = Self::linear(1_040, step, number::percent);
        axis.ticks.retain(|tick| tick.0 <= 1_000);
        axis
    }

    /// From none to all, and beyond where something is more than all.
    pub(crate) fn share_up_to(highest: i64, height: i32) -> Self {
        if highest <= 1_000 {
            return Self::share(height);
        }
        let most = (i64::from(height) / LABEL_ROOM).max(1);
        let high = with_headroom(highest);
        Self::linear(high, decimal_step(high / most, 500), number::percent)
    }

    /// Amounts of memory from 0 to a little over `highest`, in thousandths of a MiB, ticked in the unit that suits them.
    pub(crate) fn mebibytes(highest: i64, height: i32) -> Self {
        let high = with_headroom(highest.max(1_000));
        let most = (i64::from(height) / LABEL_ROOM).max(1);
        let (unit, _) = number::binary_unit(highest.max(1_000));
        Self::linear(high, decimal_step(high / most, 1_000 * unit), number::mebibytes)
    }

    /// Lengths of time from `shortest` to a little over `longest`: linear from 0, or logarithmic where
    /// they differ so much that the short ones would not show.
    pub(crate) fn durations(shortest: i64, longest: i64, height: i32) -> Self {
        let high = with_headroom(longest.max(1_000));
        if shortest > 0 && longest / shortest >= 30 {
            return Self::decades(shortest, high, height);
        }
        let most = (i64::from(height) / LABEL_ROOM).max(1);
        let least = high / most;
        let step = if least > 1_000 { nice_step(least) } else { decimal_step(least, 100) };
        Self::linear(high, step, number::duration)
    }

    /// Counts upwards to `up` and downwards to `down`, labelled at their ends.
    pub(crate) fn mirrored(up: i64, down: i64) -> Self {
        let (up, down) = (up.max(0), down.max(0));
        let mut ticks = vec![(0, "0".to_owned())];
        if up >= down && up > 0 {
            ticks.push((up, number::short_count(up)));
        } else if down > 0 {
            ticks.push((-down, number::short_count(down)));
        }
        Self { low: -down, high: up.max(if down == 0 { 1_000 } else { 0 }), logarithmic: false, ticks }
    }

    fn linear(high: i64, step: i64, label: fn(i64) -> String) -> Self {
        let ticks = (0..).map(|index| index * step).take_while(|&tick| tick <= high);
        Self { low: 0, high, logarithmic: false, ticks: ticks.map(|tick| (tick, label(tick))).collect() }
    }

    fn decades(shortest: i64, high: i64, height: i32) -> Self {
        let (low, high) = ((shortest - shortest / 3).max(1), high.saturating_add(high / 4));
        let mut axis = Self { low, high, logarithmic: true, ticks: Vec::new() };
        let mut taken: Vec<i32> = Vec::new();
        for tick in
            DECADES_OF_TIME.into_iter().chain(BETWEEN_DECADES).filter(|tick| (low..=high).contains(tick))
        {
            let y = axis.y(tick, (0, height));
            if taken.iter().all(|other| i64::from((y - other).abs()) >= LABEL_ROOM * 3 / 5) {
                taken.push(y);
                axis.ticks.push((tick, number::duration(tick)));
            }
        }
        axis.ticks.sort_by_key(|tick| tick.0);
        axis
    }

    /// Labels of the ticks.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        self.ticks.iter().map(|(_, label)| label.as_str())
    }

    /// Values of the ticks, and their labels.
    pub(crate) fn ticks(&self) -> &[(i64, String)] {
        &self.ticks
    }

    /// The highest value on the axis.
    pub(crate) fn high(&self) -> i64 {
        self.high
    }

    /// The lowest value on the axis.
    pub(crate) fn low(&self) -> i64 {
        self.low
    }

    /// Whether equal distances mean equal ratios.
    pub(crate) fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    /// Where a value lies between the coordinates of the axis' lower and upper end.
    pub(crate) fn y(&self, value: i64, limit: (i32, i32)) -> i32 {
        if !self.logarithmic {
            return interpolate(value, (self.low, self.high), limit);
        }
        let log = |value: i64| (libm::log10(value.max(self.low) as f64) * 1e9) as i64;
        interpolate(log(value), (log(self.low), log(self.high)), limit)
    }
}

impl Ranged for ValueAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, limit: (i32, i32)) -> i32 {
        self.y(*value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i64> {
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.iter().map(|tick| tick.0).collect()
        }
    }

    fn range(&self) -> Range<i64> {
        self.low..self.high
    }
}

impl ValueFormatter<i64> for ValueAxis {
    fn format_ext(&self, value: &i64) -> String {
        self.ticks.iter().find(|tick| tick.0 == *value).map(|tick| tick.1.clone()).unwrap_or_default()
    }
}

/// A fourteenth more, so that a line at the top does not touch the edge.
fn with_headroom(highest: i64) -> i64 {
    highest.saturating_add(highest / 14)
}

/// The smallest of 1, 2, 5, 10, 20, … times `unit` that is no smaller than `at_least`.
fn decimal_step(at_least: i64, unit: i64) -> i64 {
    let mut decade = unit;
    loop {
        for factor in [1, 2, 5] {
            let step = decade.saturating_mul(factor);
            if step >= at_least {
                return step;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &ValueAxis) -> String {
        axis.labels().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn counts_have_whole_ticks() {
        assert_eq!(labels(&ValueAxis::counts(600_000, 1_500)), "0 200 400 600");
        assert_eq!(labels(&ValueAxis::counts(20_000, 1_100)), "0 10 20");
        assert_eq!(labels(&ValueAxis::counts(0, 1_500)), "0 1");
        assert_eq!(labels(&ValueAxis::counts(1_000_000_000_000_000_000, 1_000)), "0 500T 1000T");
    }

    #[test]
    fn memory_ticks_in_its_unit() {
        assert_eq!(labels(&ValueAxis::mebibytes(700_000, 1_000)), "0 200 MiB 400 MiB 600 MiB");
        assert_eq!(labels(&ValueAxis::mebibytes(90 * 1_024_000, 1_000)), "0 50 GiB");
        assert_eq!(labels(&ValueAxis::share_up_to(1_000, 520)), "0 % 50 % 100 %");
        assert_eq!(labels(&ValueAxis::share_up_to(1_400, 520)), "0 % 100 %");
    }

    #[test]
    fn durations_tick_as_people_count_time() {
        assert_eq!(labels(&ValueAxis::durations(10_000, 100_000, 1_000)), "0 s 30 s 1 min 1 min 30 s");
        assert_eq!(labels(&ValueAxis::durations(0, 300, 1_000)), "0 s 0.5 s 1 s");
    }

    #[test]
    fn durations_far_apart_go_by_decades() {
        let axis = ValueAxis::durations(4_000, 2_000_000, 1_000);
        assert_eq!(labels(&axis), "3 s 10 s 1 min 10 min 30 min");
        assert_eq!(axis.y(2_667, (500, 0)), 500);
        assert!(axis.y(10_000, (500, 0)) > axis.y(60_000, (500, 0)));
    }

    #[test]
    fn a_mirrored_axis_labels_its_larger_side() {
        assert_eq!(labels(&ValueAxis::mirrored(40_000, 60_000)), "0 60");
        assert_eq!(labels(&ValueAxis::mirrored(0, 0)), "0");
    }
}

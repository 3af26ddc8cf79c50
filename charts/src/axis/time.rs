//! The time axis: one for all panels of a figure.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::interpolate;
use crate::clock::{Clock, DAY_MS};

/// Room for one label and the gap after it, in tenths of a pixel.
const LABEL_ROOM: i64 = 600;

/// Seconds between ticks that people count in.
const STEPS: [i64; 26] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800, 1_209_600, 2_419_200, 4_838_400, 7_257_600, 14_515_200, 31_449_600,
];

/// The smallest step people count in that is no smaller than `at_least_ms`, in milliseconds.
pub(crate) fn nice_step(at_least_ms: i64) -> i64 {
    let mut step = STEPS[STEPS.len() - 1] * 1_000;
    if let Some(seconds) = STEPS.into_iter().find(|seconds| seconds * 1_000 >= at_least_ms) {
        return seconds * 1_000;
    }
    while step < at_least_ms {
        step *= 2;
    }
    step
}

/// The time axis: milliseconds after the report's start.
#[derive(Clone, Debug)]
pub(crate) struct TimeAxis {
    first: i64,
    last: i64,
    ticks: Vec<i64>,
    step: i64,
    clock: Clock,
}

impl TimeAxis {
    /// An axis from `first` to `last` for a plot of `width` tenths of a pixel.
    pub(crate) fn new(clock: &Clock, first: i64, last: i64, width: i32) -> Self {
        let last = last.max(first + 1_000);
        let most = (i64::from(width) / LABEL_ROOM).max(2);
        let step = nice_step((last - first) / most);
        let midnight = -clock.since_midnight(0);
        // The first multiple of the step since midnight that the report covers.
        let from = midnight + (first - midnight + step - 1).div_euclid(step) * step;
        let ticks = (0..).map(|index| from + index * step).take_while(|&tick| tick <= last).collect();
        Self { first, last, ticks, step, clock: clock.clone() }
    }

    /// First and last instant.
    pub(crate) fn ends(&self) -> (i64, i64) {
        (self.first, self.last)
    }

    /// Where an instant lies between the coordinates `left` and `right`.
    pub(crate) fn x(&self, at: i64, (left, right): (i32, i32)) -> i32 {
        interpolate(at, (self.first, self.last), (left, right))
    }

    /// The label of a tick.
    fn label(&self, tick: i64) -> String {
        match self.step {
            ..60_000 => self.clock.seconds(tick),
            60_000..DAY_MS => self.clock.hours_and_minutes(tick),
            _ if self.step < 60 * DAY_MS => self.clock.day(tick),
            _ => self.clock.month(tick),
        }
    }

    /// The days to name under the labels: the first, and each that begins within the axis. None where
    /// the labels are days themselves.
    pub(crate) fn days(&self) -> Vec<(i64, String)> {
        if self.step >= DAY_MS {
            return Vec::new();
        }
        let mut days = vec![(self.first, self.clock.weekday_and_day(self.first))];
        days.extend(self.midnights().into_iter().map(|at| (at, self.clock.weekday_and_day(at))));
        days
    }

    /// The midnights strictly within the axis; none where they would be too many to mean anything.
    pub(crate) fn midnights(&self) -> Vec<i64> {
        if self.step >= DAY_MS {
            return Vec::new();
        }
        let midnight = -self.clock.since_midnight(0);
        let from = midnight + ((self.first - midnight).div_euclid(DAY_MS) + 1) * DAY_MS;
        (0..).map(|day| from + day * DAY_MS).take_while(|&at| at < self.last).collect()
    }
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, limit: (i32, i32)) -> i32 {
        self.x(*value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<i64> {
        self.first..self.last
    }
}

impl ValueFormatter<i64> for TimeAxis {
    fn format_ext(&self, value: &i64) -> String {
        self.label(*value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(start: u32, hours: i64, width: i32) -> Vec<String> {
        let length = hours * 3_600_000;
        let clock = Clock::new("2018-01-17T00:00:00Z", start, length);
        let axis = TimeAxis::new(&clock, 0, length, width);
        axis.ticks.iter().map(|&tick| axis.label(tick)).collect()
    }

    #[test]
    fn ticks_are_round_on_the_clock_whatever_the_start() {
        assert_eq!(labels(64_800, 15, 7_000).join(" "), "18:00 20:00 22:00 00:00 02:00 04:00 06:00 08:00");
        assert_eq!(labels(65_100, 4, 3_000).join(" "), "19:00 20:00 21:00 22:00");
        assert_eq!(
            labels(0, 240, 7_000).join(" "),
            "17 Jan 18 Jan 19 Jan 20 Jan 21 Jan 22 Jan 23 Jan 24 Jan 25 Jan 26 Jan 27 Jan"
        );
    }

    #[test]
    fn every_length_has_a_few_ticks() {
        for length in [0, 1, 1_000, 90_000, 3_600_000, 40 * DAY_MS, 4_000 * DAY_MS, 1_000_000_000_000_000] {
            let clock = Clock::new("", 86_399, length);
            let axis = TimeAxis::new(&clock, 0, length, 7_000);
            assert!(axis.ticks.len() <= 12, "{length}: {}", axis.ticks.len());
        }
    }

    #[test]
    fn midnights_are_marked() {
        let clock = Clock::new("2018-01-17T18:00:00-08:00", 64_800, 55_800_000);
        let axis = TimeAxis::new(&clock, 0, 55_800_000, 7_000);
        assert_eq!(axis.midnights(), [21_600_000]);
        assert_eq!(axis.days(), [(0, "Wed 17 Jan".to_owned()), (21_600_000, "Thu 18 Jan".to_owned())]);
    }
}

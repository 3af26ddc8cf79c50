//! What a container uses, apart from what it requests: a course of amounts over its life, linear between points.
//!
//! A [`Usage`] is the law, a [`Course`] one container's life under it: drawn when the container starts and not
//! looked at again before the next of its points. Amounts are [`Linear`]: integers in fixed point, so that the use of
//! a node is the exact sum of what is on it, whatever the order in which parts of it changed.
//!
//! Models: a start below the level and a ramp up to it; a plateau; a leak; spikes that come again and again.
//! Leaves out: use that follows what a user does minute by minute; memory that a process gives back slowly.

use super::distribution::Distribution;
use crate::time::{SimDuration, SimTime};

/// Binary places behind the point of an amount.
const PLACES: u32 = 32;
/// The largest amount: beyond it everything counts as this.
const MOST: f64 = (1_u64 << 60) as f64;
const MICROS_PER_HOUR: f64 = 3_600e6;

/// An amount that changes linearly: in bytes or millicores, in fixed point.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Linear {
    /// As of when.
    at: SimTime,
    /// In 2^-32.
    value: i128,
    /// Change of `value` in a microsecond.
    slope: i128,
}

impl Linear {
    /// Nothing.
    pub const ZERO: Self = Self { at: SimTime::ZERO, value: 0, slope: 0 };

    /// `amount` from `at` on.
    pub fn constant(at: SimTime, amount: u64) -> Self {
        Self { at, value: i128::from(amount) << PLACES, slope: 0 }
    }

    /// From one amount to another within a while.
    pub fn ramp(at: SimTime, from: u64, to: u64, within: SimDuration) -> Self {
        let start = Self::constant(at, from);
        let rise = (i128::from(to) << PLACES) - start.value;
        Self { slope: rise / i128::from(within.as_micros().max(1)), ..start }
    }

    /// The same line, as of `now`.
    pub fn moved(self, now: SimTime) -> Self {
        Self { at: now, value: self.value_at(now), slope: self.slope }
    }

    fn value_at(self, now: SimTime) -> i128 {
        self.value + self.slope * i128::from(now.since(self.at).as_micros())
    }

    /// The amount at `now`, rounded down.
    pub fn amount(self, now: SimTime) -> u64 {
        u64::try_from(self.value_at(now).max(0) >> PLACES).unwrap_or(u64::MAX)
    }

    /// Both together.
    pub fn plus(self, other: Self, now: SimTime) -> Self {
        let value = self.value_at(now) + other.value_at(now);
        Self { at: now, value, slope: self.slope + other.slope }
    }

    /// Without the other.
    pub fn minus(self, other: Self, now: SimTime) -> Self {
        let value = self.value_at(now) - other.value_at(now);
        Self { at: now, value, slope: self.slope - other.slope }
    }

    /// The first instant from `now` on at which it is `amount` or more, if it goes on like this.
    pub fn reaches(self, amount: u64, now: SimTime) -> Option<SimTime> {
        let missing = (i128::from(amount) << PLACES) - self.value_at(now);
        if missing <= 0 {
            return Some(now);
        }
        if self.slope <= 0 {
            return None;
        }
        let micros = (missing + self.slope - 1) / self.slope;
        Some(now + SimDuration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

/// How the use of one resource goes over a container's life. Amounts are bytes or millicores.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// What it settles at.
    pub level: Distribution,
    /// What it starts with, and how many seconds it takes from there to the level; `None`: the level at once.
    pub ramp: Option<(Distribution, Distribution)>,
    /// What it grows by in an hour once it has settled.
    pub leak: Option<Distribution>,
    /// What it needs for a while, again and again.
    pub spikes: Option<Spikes>,
}

/// A need that comes and goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Spikes {
    /// Seconds from the beginning, or from the end of the last one, to the next.
    pub every: Distribution,
    /// What it rises to.
    pub to: Distribution,
    /// Seconds that the rise takes.
    pub rise: Distribution,
    /// Seconds it stays up.
    pub lasts: Distribution,
}

/// One container's life under a [`Usage`], as far as it has come.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Without spikes.
    base: Linear,
    stage: Stage,
    /// Spikes so far.
    spikes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Ramp,
    Settled,
    Rise,
    Peak,
}

/// A part of a course: a line and its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The use.
    pub line: Linear,
    /// When the next part begins; [`SimTime::MAX`]: never.
    pub until: SimTime,
}

/// The draws of a course: the n-th uniform of the container.
type Draw<'a> = &'a dyn Fn(u64) -> f64;

const LEVEL: u64 = 0;
const START: u64 = 1;
const RAMP: u64 = 2;
const LEAK: u64 = 3;
/// Draws of the first spike; each has four.
const SPIKES: u64 = 4;

fn amount(law: &Distribution, unit: f64) -> u64 {
    law.quantile(unit).clamp(0.0, MOST) as u64
}

impl Usage {
    /// Always the same.
    pub fn constant(amount: u64) -> Self {
        Self { level: Distribution::Constant(amount as f64), ramp: None, leak: None, spikes: None }
    }

    /// The beginning of a life.
    pub fn begin(&self, now: SimTime, draw: Draw<'_>) -> (Course, Part) {
        let level = amount(&self.level, draw(LEVEL));
        if let Some((start, within)) = &self.ramp {
            let start = amount(start, draw(START)).min(level);
            let within = within.duration(draw(RAMP));
            if !within.is_zero() {
                let base = Linear::ramp(now, start, level, within);
                let part = Part { line: base, until: now + within };
                return (Course { base, stage: Stage::Ramp, spikes: 0 }, part);
            }
        }
        let mut course = Course { base: Linear::constant(now, level), stage: Stage::Settled, spikes: 0 };
        let part = self.settle(&mut course, now, draw);
        (course, part)
    }

    /// The next part, when the one before has ended.
    pub fn next(&self, course: &mut Course, now: SimTime, draw: Draw<'_>) -> Part {
        match course.stage {
            Stage::Ramp | Stage::Peak => self.settle(course, now, draw),
            Stage::Settled => self.rise(course, now, draw),
            Stage::Rise => self.peak(course, now, draw),
        }
    }

    /// Up to the level, or back on it.
    fn settle(&self, course: &mut Course, now: SimTime, draw: Draw<'_>) -> Part {
        if course.stage == Stage::Ramp || course.spikes == 0 {
            let level = course.base.amount(now).max(amount(&self.level, draw(LEVEL)));
            course.base = Linear::constant(now, level);
            if let Some(leak) = &self.leak {
                let grows = leak.quantile(draw(LEAK)).clamp(0.0, MOST);
                course.base.slope = (grows / MICROS_PER_HOUR * (1_u64 << PLACES) as f64) as i128;
            }
        }
        course.stage = Stage::Settled;
        let until = self
            .spikes
            .as_ref()
            .map_or(SimTime::MAX, |spikes| now + spikes.every.duration(draw(SPIKES + 4 * course.spikes)));
        Part { line: course.base.moved(now), until }
    }

    fn rise(&self, course: &mut Course, now: SimTime, draw: Draw<'_>) -> Part {
        let Some(spikes) = &self.spikes else {
            return Part { line: course.base.moved(now), until: SimTime::MAX };
        };
        let nth = SPIKES + 4 * course.spikes;
        let within = spikes.rise.duration(draw(nth + 2));
        if within.is_zero() {
            return self.peak(course, now, draw);
        }
        course.stage = Stage::Rise;
        let from = course.base.amount(now);
        let to = amount(&spikes.to, draw(nth + 1)).max(from);
        Part { line: Linear::ramp(now, from, to, within), until: now + within }
    }

    fn peak(&self, course: &mut Course, now: SimTime, draw: Draw<'_>) -> Part {
        let Some(spikes) = &self.spikes else {
            return Part { line: course.base.moved(now), until: SimTime::MAX };
        };
        let nth = SPIKES + 4 * course.spikes;
        course.stage = Stage::Peak;
        course.spikes += 1;
        let to = amount(&spikes.to, draw(nth + 1)).max(course.base.amount(now));
        Part { line: Linear::constant(now, to), until: now + spikes.lasts.duration(draw(nth + 3)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn a_line_reaches_an_amount_at_the_first_microsecond_at_which_it_has_it() {
        let line = Linear::ramp(at(10), 100 * MIB, 200 * MIB, SimDuration::from_secs(100));
        let when = line.reaches(150 * MIB, at(10)).expect("it rises");
        assert!(line.amount(when) >= 150 * MIB);
        assert!(line.amount(SimTime::from_micros(when.as_micros() - 1)) < 150 * MIB);
        assert!(when.since(at(60)).as_micros() < 5, "{when:?}");
        assert_eq!(line.reaches(50 * MIB, at(12)), Some(at(12)), "it is there already");
        assert_eq!(Linear::constant(at(0), 5).reaches(6, at(1)), None);
    }

    #[test]
    fn sums_are_exact_whatever_the_order() {
        let lines: Vec<Linear> = (1..50)
            .map(|n| Linear::ramp(at(n), n * 7, n * 1_000_003, SimDuration::from_secs(n * 13)))
            .collect();
        let sum = lines.iter().fold(Linear::ZERO, |sum, line| sum.plus(*line, at(60)));
        let mut rest = sum;
        for line in lines.iter().rev() {
            rest = rest.minus(*line, at(777));
        }
        assert_eq!((rest.value, rest.slope), (0, 0));
    }

    #[test]
    fn a_course_ramps_settles_leaks_and_spikes() {
        let constant = Distribution::Constant;
        let usage = Usage {
            level: constant(200.0 * MIB as f64),
            ramp: Some((constant(50.0 * MIB as f64), constant(10.0))),
            leak: Some(constant(36.0 * MIB as f64)),
            spikes: Some(Spikes {
                every: constant(100.0),
                to: constant(900.0 * MIB as f64),
                rise: constant(20.0),
                lasts: constant(5.0),
            }),
        };
        let draw = |_| 0.5;
        let (mut course, first) = usage.begin(at(0), &draw);
        assert_eq!((first.line.amount(at(0)) / MIB, first.until), (50, at(10)));
        let mib = |part: Part, seconds| (part.line.amount(at(seconds)) + MIB / 2) / MIB;
        assert_eq!(mib(first, 5), 125);
        let settled = usage.next(&mut course, at(10), &draw);
        assert_eq!((mib(settled, 10), mib(settled, 110), settled.until), (200, 201, at(110)));
        let rise = usage.next(&mut course, at(110), &draw);
        assert_eq!((mib(rise, 110), mib(rise, 130), rise.until), (201, 900, at(130)));
        let peak = usage.next(&mut course, at(130), &draw);
        assert_eq!((mib(peak, 130), peak.until), (900, at(135)));
        let back = usage.next(&mut course, at(135), &draw);
        assert_eq!((mib(back, 135), back.until), (201, at(235)), "the leak went on meanwhile");
    }

    #[test]
    fn a_constant_has_no_points() {
        let (_, part) = Usage::constant(7).begin(at(3), &|_| 0.9);
        assert_eq!((part.line.amount(at(1_000_000)), part.until), (7, SimTime::MAX));
    }
}

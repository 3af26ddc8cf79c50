//! Simulated time: integer microseconds, so that equal inputs give equal instants on every target.
//!
//! [`SimTime`] counts from the beginning of the *run*, which is the scenario's `start` less its
//! `warmUp`. Where that instant lies on somebody's wall clock is the report's business
//! ([`crate::model::Clock`]); the engine never asks.
//!
//! Arithmetic saturates at the far end (584,000 years) instead of wrapping: a distribution with a
//! heavy tail may ask for a timer beyond any horizon, and "never" is the right reading of it.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// An instant, in microseconds since the beginning of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

/// A span of simulated time in microseconds, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(u64);

const MICROS_PER_SECOND: u64 = 1_000_000;

impl SimTime {
    /// The beginning of the run.
    pub const ZERO: Self = Self(0);
    /// Later than any horizon; what "never" is stored as.
    pub const MAX: Self = Self(u64::MAX);

    /// The instant `micros` microseconds into the run.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The instant `seconds` seconds into the run.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the beginning of the run.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds since the beginning of the run, for reports.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS_PER_SECOND as f64
    }

    /// The span from `earlier` to `self`; zero when `earlier` is later.
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// The first instant after `self` that is a whole multiple of `period` after `origin`.
    ///
    /// A periodic loop that slept because it had nothing to do wakes here, so that sleeping never
    /// moves its phase.
    pub fn next_multiple(self, origin: Self, period: SimDuration) -> Self {
        assert!(period.0 > 0, "a loop needs a period");
        let elapsed = self.0.saturating_sub(origin.0);
        Self(origin.0.saturating_add((elapsed / period.0 + 1).saturating_mul(period.0)))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any run.
    pub const MAX: Self = Self(u64::MAX);

    /// A span of `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// A span of `seconds` seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// A span of `seconds` seconds, rounded once to the nearest microsecond. Negative and
    /// not-a-number inputs give zero; anything too long gives [`SimDuration::MAX`].
    pub fn from_secs_f64(seconds: f64) -> Self {
        // `as` saturates and maps NaN to zero, on every target alike.
        Self((seconds * MICROS_PER_SECOND as f64 + 0.5) as u64)
    }

    /// Microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds, for reports.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS_PER_SECOND as f64
    }

    /// True for a span of no time.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self` times `factor`, saturating.
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, span: SimDuration) {
        *self = *self + span;
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for SimDuration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for SimDuration {
    /// As Kubernetes prints ages: `1h30m`, `45s`, `250ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::MAX {
            return f.write_str("for ever");
        }
        let (seconds, micros) = (self.0 / MICROS_PER_SECOND, self.0 % MICROS_PER_SECOND);
        let (hours, minutes, secs) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        if secs > 0 {
            write!(f, "{secs}s")?;
        }
        if micros % 1_000 != 0 {
            write!(f, "{micros}us")?;
        } else if micros > 0 {
            write!(f, "{}ms", micros / 1_000)?;
        }
        if self.0 == 0 {
            f.write_str("0s")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", SimDuration(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_once_and_never_wrap() {
        assert_eq!(SimDuration::from_secs_f64(0.000_000_6), SimDuration::from_micros(1));
        assert_eq!(SimDuration::from_secs_f64(-3.0), SimDuration::ZERO);
        assert_eq!(SimDuration::from_secs_f64(f64::NAN), SimDuration::ZERO);
        assert_eq!(SimDuration::from_secs_f64(f64::INFINITY), SimDuration::MAX);
        assert_eq!(SimTime::from_secs(3) + SimDuration::MAX, SimTime::MAX);
    }

    #[test]
    fn a_sleeping_loop_keeps_its_phase() {
        let period = SimDuration::from_secs(10);
        let origin = SimTime::from_secs(3);
        assert_eq!(SimTime::from_secs(3).next_multiple(origin, period), SimTime::from_secs(13));
        assert_eq!(SimTime::from_secs(12).next_multiple(origin, period), SimTime::from_secs(13));
        assert_eq!(SimTime::from_secs(95).next_multiple(origin, period), SimTime::from_secs(103));
    }

    #[test]
    fn spans_print_as_ages() {
        for (micros, text) in [
            (0, "0s"),
            (250_000, "250ms"),
            (5_400_000_000, "1h30m"),
            (61_000_000, "1m1s"),
            (1_000_001, "1s1us"),
        ] {
            assert_eq!(SimDuration(micros).to_string(), text);
        }
    }
}

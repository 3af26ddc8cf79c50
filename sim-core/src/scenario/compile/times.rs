//! Clock times to instants of the run.
//!
//! `05:59` is the first such moment at or after `start`; `day 2 05:59` counts calendar days from the
//! day of `start`, which is day 1; `+11h59m` counts from `start`. All in the offset of `start`. A time
//! before `start` or after its end would never come, or fall into the warm-up, and is refused.

use super::super::clock_time::ClockTime;
use super::super::path::Path;
use super::super::scalar::Problem;
use super::super::schema::Scenario;
use super::Findings;
use crate::model::Clock;
use crate::time::{SimDuration, SimTime};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// The longest run, warm-up apart.
const MAX_DAYS: u64 = 400;

/// When the run begins and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    start_unix_micros: i64,
    offset_seconds: i32,
    warm_up: SimDuration,
    duration: SimDuration,
}

impl Times {
    pub(super) fn of(scenario: &Scenario, findings: &mut Findings<'_>) -> Self {
        let longest = SimDuration::from_secs(MAX_DAYS * 86_400);
        for (key, span) in [("duration", scenario.duration), ("warmUp", scenario.warm_up)] {
            if span.duration > longest {
                let fact = format!("`{key}` is {}; a run has at most {MAX_DAYS} days", span.duration);
                findings.error(&Path::of(&[key]), Problem::new("S063", fact, "simulate a shorter time"));
            }
        }
        if scenario.duration.duration.is_zero() {
            let problem =
                Problem::new("S062", "the run has no duration", "write for instance `duration: 24h`");
            findings.error(&Path::of(&["duration"]), problem);
        }
        Self {
            start_unix_micros: scenario.start.unix_micros,
            offset_seconds: scenario.start.offset_seconds,
            warm_up: scenario.warm_up.duration.min(longest),
            duration: scenario.duration.duration.min(longest),
        }
    }

    pub(super) fn clock(&self) -> Clock {
        Clock {
            start_unix_micros: self.start_unix_micros,
            offset_seconds: self.offset_seconds,
            warm_up: self.warm_up,
            horizon: self.horizon(),
        }
    }

    /// The end of the run.
    pub(super) fn horizon(&self) -> SimTime {
        SimTime::ZERO + self.warm_up + self.duration
    }

    /// Microseconds since midnight, in the scenario's offset, `after` microseconds after `start`.
    fn micros_of_day(&self, after: i64) -> i64 {
        let civil = self.start_unix_micros + i64::from(self.offset_seconds) * MICROS_PER_SECOND + after;
        civil.rem_euclid(MICROS_PER_DAY)
    }

    /// Seconds since midnight when the run begins.
    pub(super) fn run_begins_at_second(&self) -> f64 {
        self.micros_of_day(-(self.warm_up.as_micros() as i64)) as f64 / MICROS_PER_SECOND as f64
    }

    /// The instant of the run that `at` means.
    pub(super) fn resolve(&self, at: ClockTime) -> Result<SimTime, Problem> {
        let midnight = self.micros_of_day(0);
        let after = match at {
            ClockTime::After(span) => i64::try_from(span.as_micros()).unwrap_or(i64::MAX),
            ClockTime::At(instant) => instant.unix_micros.saturating_sub(self.start_unix_micros),
            ClockTime::OfDay { day: None, second } => {
                (i64::from(second) * MICROS_PER_SECOND - midnight).rem_euclid(MICROS_PER_DAY)
            }
            ClockTime::OfDay { day: Some(day), second } => {
                (i64::from(day) - 1) * MICROS_PER_DAY + i64::from(second) * MICROS_PER_SECOND - midnight
            }
        };
        let from = self.clock().rfc3339(SimTime::ZERO + self.warm_up);
        let until = self.clock().rfc3339(self.horizon());
        let hint = format!("the run covers {from} to {until}");
        let Ok(after) = u64::try_from(after) else {
            let early = SimDuration::from_micros(after.unsigned_abs());
            return Err(Problem::new("S060", format!("this time is {early} before `start`"), hint));
        };
        let after = SimDuration::from_micros(after);
        if after > self.duration {
            let fact =
                format!("this time comes {after} after `start`, but the run ends after {}", self.duration);
            return Err(Problem::new("S060", fact, hint));
        }
        Ok(SimTime::ZERO + self.warm_up + after)
    }

    /// As [`Times::resolve`]; reports a failure at `path`.
    pub(super) fn at(&self, time: ClockTime, path: &Path, findings: &mut Findings<'_>) -> Option<SimTime> {
        self.resolve(time).map_err(|problem| findings.error(path, problem)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::scalar::FromScalar;
    use super::*;

    /// 2018-01-17T18:00-08:00 for 30 hours, after 12 hours of warm-up.
    const TIMES: Times = Times {
        start_unix_micros: 1_516_240_800_000_000,
        offset_seconds: -8 * 3600,
        warm_up: SimDuration::from_secs(12 * 3600),
        duration: SimDuration::from_secs(30 * 3600),
    };

    fn minutes_after_start(text: &str) -> Option<u64> {
        let at = TIMES.resolve(ClockTime::from_text(text).expect("a time")).ok()?;
        Some(at.since(SimTime::from_secs(12 * 3600)).as_micros() / 60_000_000)
    }

    #[test]
    fn every_form_finds_its_instant() {
        for (text, minutes) in [
            ("18:00", Some(0)),
            ("17:59", Some(24 * 60 - 1)),
            ("06:15", Some(735)),
            ("day 1 18:00", Some(0)),
            ("day 1 17:59", None),
            ("day 2 06:15", Some(735)),
            ("day 2 23:30", Some(29 * 60 + 30)),
            ("day 3 00:00", Some(30 * 60)),
            ("day 3 00:01", None),
            ("+30h", Some(1800)),
            ("+30h1m", None),
            ("2018-01-18T14:15:00Z", Some(735)),
            ("2018-01-17T17:59:00-08:00", None),
        ] {
            assert_eq!(minutes_after_start(text), minutes, "{text}");
        }
        assert_eq!(TIMES.run_begins_at_second(), 6.0 * 3600.0);
    }
}

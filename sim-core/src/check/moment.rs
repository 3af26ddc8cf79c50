//! Clock times in checks: `04:45`, `day 2 04:45`, `+3h`, `start`, `end`.
//!
//! A bare time is its first occurrence at or after the report's start. Days count from 1, the calendar
//! day of the start. A moment outside the report is an error, since nothing is measured there.

use super::cursor::{Cursor, ParseError};
use crate::model::Clock;
use crate::time::{SimDuration, SimTime};

const SECONDS_PER_DAY: u64 = 86_400;
const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY as i64 * MICROS_PER_SECOND;

/// What a reader may write, for messages.
const FORMS: &str = "write `04:45`, `day 2 04:45`, `+3h` after the start, `start` or `end`";

/// Reads a moment.
pub(super) fn moment(cursor: &mut Cursor<'_>, clock: &Clock) -> Result<SimTime, ParseError> {
    cursor.skip_space();
    let offset = cursor.offset;
    let start = clock.report_start();
    if cursor.eat_word("start") {
        return Ok(start);
    }
    if cursor.eat_word("end") {
        return Ok(clock.horizon);
    }
    // Microseconds after the report's start; `None` where no run can reach.
    let wait = if cursor.eat("+") {
        i64::try_from(SimDuration::from_secs_f64(cursor.span()?).as_micros()).ok()
    } else if cursor.eat_word("day") {
        let day = whole(cursor)?;
        let seconds = time_of_day(cursor)?;
        wait_for_day(clock, day, seconds)
    } else {
        let seconds = time_of_day(cursor)?;
        Some((seconds as i64 * MICROS_PER_SECOND - start_micros_of_day(clock)).rem_euclid(MICROS_PER_DAY))
    };
    let written = cursor.since(offset);
    let outside = |place: &str| {
        ParseError::new(offset, format!("{written} is {place}"))
            .hint(format!("the report covers {}", covered(clock)))
    };
    match wait {
        Some(wait) if wait < 0 => Err(outside("before the report begins")),
        Some(wait) if wait as u64 <= clock.report_duration().as_micros() => {
            Ok(start + SimDuration::from_micros(wait as u64))
        }
        _ => Err(outside("after the end of the run")),
    }
}

/// The report's window as checks write it.
fn covered(clock: &Clock) -> String {
    let start = clock.report_start();
    let day = clock.day_number(clock.horizon) + 1;
    format!("{} to day {day} {}", clock.time_of_day(start), clock.time_of_day(clock.horizon))
}

/// From the report's start to `seconds` after the `day`th midnight, from 1 for the last one before the
/// start; negative where that is before the start, `None` where no run can reach.
fn wait_for_day(clock: &Clock, day: u64, seconds: u64) -> Option<i64> {
    let since_midnight = day.checked_mul(SECONDS_PER_DAY)?.checked_add(seconds)?;
    let since_midnight = i64::try_from(since_midnight).ok()?.checked_mul(MICROS_PER_SECOND)?;
    Some(since_midnight - MICROS_PER_DAY - start_micros_of_day(clock))
}

/// Microseconds since midnight, in the scenario's offset, at the report's start.
fn start_micros_of_day(clock: &Clock) -> i64 {
    (clock.start_unix_micros + i64::from(clock.offset_seconds) * MICROS_PER_SECOND).rem_euclid(MICROS_PER_DAY)
}

/// `HH:MM` or `HH:MM:SS` as seconds since midnight.
fn time_of_day(cursor: &mut Cursor<'_>) -> Result<u64, ParseError> {
    cursor.skip_space();
    let offset = cursor.offset;
    let wrong = || ParseError::new(offset, "expected a time").hint(FORMS);
    if !cursor.at_number() {
        return Err(cursor.unexpected("a time").hint(FORMS));
    }
    let hours = whole(cursor)?;
    if !cursor.eat_here(":") {
        return Err(wrong());
    }
    let minutes = two_digits(cursor).ok_or_else(wrong)?;
    let seconds = if cursor.eat_here(":") { two_digits(cursor).ok_or_else(wrong)? } else { 0 };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return Err(ParseError::new(offset, "no clock shows this time").hint("hours go from 00 to 23"));
    }
    Ok(hours * 3_600 + minutes * 60 + seconds)
}

fn whole(cursor: &mut Cursor<'_>) -> Result<u64, ParseError> {
    cursor.skip_space();
    let offset = cursor.offset;
    match cursor.take_while(|c| c.is_ascii_digit()) {
        "" => Err(cursor.unexpected("a number")),
        digits => digits.parse().map_err(|_| ParseError::new(offset, "this number is too large")),
    }
}

fn two_digits(cursor: &mut Cursor<'_>) -> Option<u64> {
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    if digits.len() == 2 { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2018-01-17T18:00:00-08:00, 15 h 30 min, after a warm-up of 12 h.
    const CLOCK: Clock = Clock {
        start_unix_micros: 1_516_240_800_000_000,
        offset_seconds: -8 * 3600,
        warm_up: SimDuration::from_secs(12 * 3600),
        horizon: SimTime::from_secs(27 * 3600 + 1800),
    };

    fn at(text: &str) -> Result<u64, ParseError> {
        moment(&mut Cursor::new(text), &CLOCK)
            .map(|at| at.since(CLOCK.report_start()).as_micros() / 1_000_000)
    }

    #[test]
    fn times_are_the_first_at_or_after_the_start() {
        assert_eq!(at("18:00"), Ok(0));
        assert_eq!(at("04:45"), Ok(10 * 3600 + 45 * 60));
        assert_eq!(at("04:45:30"), Ok(10 * 3600 + 45 * 60 + 30));
        assert_eq!(at("day 2 04:45"), at("04:45"));
        assert_eq!(at("day 1 18:30"), Ok(1800));
        assert_eq!(at("+3h"), Ok(3 * 3600));
        assert_eq!(at("09:30"), Ok(15 * 3600 + 1800), "the end of the run is part of it");
        assert_eq!(at("end"), at("09:30"));
        assert_eq!(at("start"), Ok(0));
    }

    #[test]
    fn a_moment_outside_the_report_is_an_error() {
        let error = at("09:31").unwrap_err();
        assert_eq!(error.message, "09:31 is after the end of the run");
        assert_eq!(error.hint.as_deref(), Some("the report covers 18:00 to day 2 09:30"));
        assert_eq!(at("day 1 17:59").unwrap_err().message, "day 1 17:59 is before the report begins");
        assert_eq!(at("+16h").unwrap_err().message, "+16h is after the end of the run");
        assert!(at("day 99999999999999999999 00:00").is_err());
        assert!(at("day 9999999999999999 00:00").is_err());
        assert_eq!(at("24:00").unwrap_err().message, "no clock shows this time");
        assert_eq!(at("noon").unwrap_err().message, "expected a time, found `noon`");
        assert!(at("4h").is_err() && at("4:5").is_err());
    }
}

//! Time as written: durations, instants, and clock times that mean an instant of the run.
//!
//! A [`ClockTime`] keeps what was written; which instant it is depends on the scenario's `start` and
//! is settled by `compile::times`. Offsets are fixed: there are no time zones and no summer time in a
//! run.

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;
use jiff::fmt::temporal::Pieces;

use super::path::ends;
use super::scalar::{FromScalar, Problem, scalar};
use crate::time::SimDuration;

/// A span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The span.
    pub duration: SimDuration,
}

/// An instant with the offset it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Microseconds since 1970-01-01T00:00Z.
    pub unix_micros: i64,
    /// Offset from UTC in seconds.
    pub offset_seconds: i32,
}

/// A moment of the run as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockTime {
    /// `05:59`: the first such moment at or after `start`. `day 2 05:59`: the day of `start` is day 1.
    OfDay {
        /// Which day; absent: the first that has the moment.
        day: Option<u32>,
        /// Seconds since midnight.
        second: u32,
    },
    /// `+11h59m`: after `start`.
    After(SimDuration),
    /// An instant in full.
    At(Timestamp),
}

scalar!(Span, {
    "description": "A duration with units: `500ms`, `90s`, `10m`, `1h30m`, `1d`. Only `0` needs no unit.",
    "type": ["string", "integer"],
    "maximum": 0,
    "minimum": 0,
    "pattern": r"^(0|([0-9]+(\.[0-9]+)? ?(d|h|m|s|ms|us|µs) ?)+)$"
});
scalar!(Timestamp, {
    "description": "An instant, RFC 3339 with an offset: `2018-01-17T18:00:00-08:00`.",
    "type": "string",
    "format": "date-time"
});
scalar!(ClockTime, {
    "description": "A moment of the run: `05:59` (the first at or after `start`), `day 2 05:59` (the day of `start` is day 1), `+11h59m` after `start`, or an RFC 3339 instant.",
    "type": "string",
    "pattern": r"^((day [0-9]+ )?[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?|\+.+|[0-9]{4}-.+)$"
});

const DURATION_HINT: &str = "write a number and a unit: `500ms`, `90s`, `10m`, `1h30m` or `1d`";
const INSTANT_HINT: &str = "write an instant with its offset, such as `2018-01-17T18:00:00-08:00`";
const CLOCK_HINT: &str =
    "write `05:59`, `day 2 05:59`, `+11h59m` (after `start`) or an instant with its offset";

impl FromScalar for Span {
    const EXPECTED: &'static str = "a duration such as `10m`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        if text == "0" {
            return Ok(Self::default());
        }
        duration(text).map(|duration| Self { duration }).ok_or_else(|| {
            let bare = text.trim().parse::<f64>().is_ok();
            let hint = if bare { unit_hint(text.trim()) } else { DURATION_HINT.to_owned() };
            Problem::not("S021", text, "a duration", hint)
        })
    }

    fn from_number(text: &str) -> Result<Self, Problem> {
        if text == "0" {
            return Ok(Self::default());
        }
        let fact = format!("`{}` is a bare number; a duration carries its unit", ends(text));
        Err(Problem::new("S021", fact, unit_hint(text)))
    }
}

fn unit_hint(number: &str) -> String {
    if number.len() > 12 || number.starts_with('-') {
        return DURATION_HINT.to_owned();
    }
    format!("write `{number}s`, `{number}m` or `{number}h`, whichever is meant")
}

/// Longer spans are nobody's: the limit keeps sums of times far from the end of the range.
const MAX_YEARS: u64 = 1_000;

/// A duration that is not negative, rounded to the microsecond.
fn duration(text: &str) -> Option<SimDuration> {
    // Kubernetes' and Go's spelling only: jiff would also take `PT1H`, `2 hours ago` and the like.
    let plain = |character: char| character.is_ascii_digit() || ".dhmsuµ ".contains(character);
    if text.len() > 64 || !text.chars().all(plain) || !text.ends_with(|last: char| last.is_alphabetic()) {
        return None;
    }
    let span = SpanParser::new().parse_span(text).ok()?;
    let nanos = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?.as_nanos();
    let micros = u64::try_from(nanos.checked_add(500)? / 1_000).ok()?;
    (micros <= MAX_YEARS * 366 * 86_400 * 1_000_000).then(|| SimDuration::from_micros(micros))
}

impl FromScalar for Timestamp {
    const EXPECTED: &'static str = "an instant such as `2018-01-17T18:00:00-08:00`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        instant(text).map_err(|hint| Problem::not("S022", text, "an instant", hint))
    }
}

/// RFC 3339, or how to write it.
fn instant(text: &str) -> Result<Timestamp, String> {
    if text.len() > 64 || text.contains('[') {
        return Err(INSTANT_HINT.to_owned());
    }
    let pieces = Pieces::parse(text).map_err(|_| INSTANT_HINT.to_owned())?;
    let time = pieces.time().ok_or(INSTANT_HINT)?;
    let Some(offset) = pieces.to_numeric_offset() else {
        return Err(format!("add the offset from UTC, as in `{text}-08:00` or `{text}Z`"));
    };
    let instant =
        offset.to_timestamp(pieces.date().to_datetime(time)).map_err(|_| INSTANT_HINT.to_owned())?;
    Ok(Timestamp { unix_micros: instant.as_microsecond(), offset_seconds: offset.seconds() })
}

impl FromScalar for ClockTime {
    const EXPECTED: &'static str = "a time such as `05:59`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let problem = |hint: &str| Problem::not("S022", text, "a time of the run", hint);
        if let Some(span) = text.strip_prefix('+') {
            return duration(span.trim_start()).map(Self::After).ok_or_else(|| problem(CLOCK_HINT));
        }
        if text.len() >= 11 && text.as_bytes()[4] == b'-' {
            return instant(text).map(Self::At).map_err(|hint| problem(&hint));
        }
        let (day, time) = match text.strip_prefix("day ").map(|rest| rest.trim_start().split_once(' ')) {
            Some(split) => {
                let (day, time) = split.ok_or_else(|| problem(CLOCK_HINT))?;
                let day: u32 = day.parse().map_err(|_| problem(CLOCK_HINT))?;
                if day == 0 {
                    return Err(problem("days count from 1, the day of `start`"));
                }
                (Some(day), time.trim_start())
            }
            None => (None, text),
        };
        match second_of_day(time) {
            Some(second) => Ok(Self::OfDay { day, second }),
            None if duration(text).is_some() => {
                Err(problem(&format!("did you mean `+{text}`, after `start`?")))
            }
            None => Err(problem(CLOCK_HINT)),
        }
    }

    fn from_number(text: &str) -> Result<Self, Problem> {
        Err(Problem::not("S022", text, "a time of the run", CLOCK_HINT))
    }
}

/// `HH:MM` or `HH:MM:SS`; `24:00` is not a time of day.
fn second_of_day(text: &str) -> Option<u32> {
    let mut parts = text.split(':');
    let mut part = |width: core::ops::RangeInclusive<usize>, limit: u32| {
        let digits = parts.next()?;
        let plain = width.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value: u32 = plain.then(|| digits.parse().ok())??;
        (value < limit).then_some(value)
    };
    let (hours, minutes) = (part(1..=2, 24)?, part(2..=2, 60)?);
    let seconds = if text.matches(':').count() == 2 { part(2..=2, 60)? } else { 0 };
    parts.next().is_none().then_some(hours * 3600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations() {
        for (text, micros) in [
            ("0", 0),
            ("0s", 0),
            ("500ms", 500_000),
            ("90s", 90_000_000),
            ("10m", 600_000_000),
            ("1h30m", 5_400_000_000),
            ("1h 30m", 5_400_000_000),
            ("1.5h", 5_400_000_000),
            ("15h30m", 55_800_000_000),
            ("1d", 86_400_000_000),
            ("250us", 250),
        ] {
            assert_eq!(
                Span::from_text(text),
                Ok(Span { duration: SimDuration::from_micros(micros) }),
                "{text}"
            );
        }
        for text in [
            "",
            "10",
            "m",
            "-10m",
            "10 minuets",
            "PT1H",
            "1h ago",
            "1e3s",
            "99999999999d",
            "10m5",
            "1mo",
            "2w",
            "²m",
        ] {
            assert!(Span::from_text(text).is_err(), "{text}");
        }
        assert_eq!(
            Span::from_number("600").expect_err("bare").hint,
            "write `600s`, `600m` or `600h`, whichever is meant"
        );
    }

    #[test]
    fn instants_need_an_offset() {
        let start = Timestamp { unix_micros: 1_516_240_800_000_000, offset_seconds: -8 * 3600 };
        assert_eq!(Timestamp::from_text("2018-01-17T18:00:00-08:00"), Ok(start));
        assert_eq!(Timestamp::from_text("2018-01-17T18:00-08:00"), Ok(start));
        assert_eq!(
            Timestamp::from_text("2018-01-18T02:00:00Z").map(|t| t.unix_micros),
            Ok(start.unix_micros)
        );
        let naive = Timestamp::from_text("2018-01-17T18:00:00").expect_err("no offset");
        assert!(naive.hint.starts_with("add the offset"), "{}", naive.hint);
        for text in [
            "",
            "2018-01-17",
            "2018-13-17T18:00:00Z",
            "18:00",
            "2018-01-17T18:00:00-08:00[America/Los_Angeles]",
        ] {
            assert!(Timestamp::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn clock_times() {
        let of_day = |day, second| Ok(ClockTime::OfDay { day, second });
        assert_eq!(ClockTime::from_text("05:59"), of_day(None, 5 * 3600 + 59 * 60));
        assert_eq!(ClockTime::from_text("5:59:30"), of_day(None, 5 * 3600 + 59 * 60 + 30));
        assert_eq!(ClockTime::from_text("day 2 04:45"), of_day(Some(2), 4 * 3600 + 45 * 60));
        assert_eq!(ClockTime::from_text("+10h15m"), Ok(ClockTime::After(SimDuration::from_secs(36_900))));
        assert!(matches!(ClockTime::from_text("2018-01-18T06:15:00-08:00"), Ok(ClockTime::At(_))));
        for text in [
            "24:00",
            "12:60",
            "12",
            "1:2",
            "day 0 12:00",
            "day 12:00",
            "day x 12:00",
            "12:00:00:00",
            "noon",
            "+",
            "+5",
        ] {
            assert!(ClockTime::from_text(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (Span::from_text(&text), Timestamp::from_text(&text), ClockTime::from_text(&text));
        }

        #[test]
        fn no_almost_time_panics(text in r"(day )?\+?[0-9T:.\-+Zdhmsuµ ]{0,30}") {
            let _ = (Span::from_text(&text), Timestamp::from_text(&text), ClockTime::from_text(&text));
        }

        #[test]
        fn spans_come_back(micros in 0..=400 * 86_400_000_000u64) {
            let span = SimDuration::from_micros(micros);
            prop_assert_eq!(Span::from_text(&span.to_string()), Ok(Span { duration: span }));
        }
    }
}

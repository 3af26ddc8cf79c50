//! Values and claims in words: `598 pods, within 570 to 630`.

use crate::check::{Claim, Expression, Range, Spelling};
use crate::report::Interval;
use crate::time::SimDuration;

/// Digits of a value that a reader can do something with.
const DIGITS: i32 = 4;
const BYTES: [(f64, &str); 4] =
    [(1_099_511_627_776.0, "Ti"), (1_073_741_824.0, "Gi"), (1_048_576.0, "Mi"), (1_024.0, "Ki")];

/// A number as its claim would write it.
pub(super) fn number(value: f64, spelling: Spelling) -> String {
    match spelling {
        Spelling::Plain => digits(value),
        Spelling::Percent => format!("{} %", digits(value * 100.0)),
        Spelling::Time if (120.0..1e12).contains(&value) => {
            SimDuration::from_secs((value + 0.5) as u64).to_string()
        }
        Spelling::Time => format!("{} s", digits(value)),
        Spelling::Bytes => {
            let (bytes, unit) =
                BYTES.into_iter().find(|(bytes, _)| value.abs() >= *bytes).unwrap_or((1.0, ""));
            format!("{} {unit}", digits(value / bytes)).trim_end().to_owned()
        }
    }
}

/// A number with at most [`DIGITS`] significant digits after which nothing but zeros is left out.
fn digits(value: f64) -> String {
    if value.trunc() == value {
        return format!("{value}");
    }
    let magnitude = libm::floor(libm::log10(value.abs())) as i32;
    let decimals = (DIGITS - 1 - magnitude).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// What a claim's value counts: `pods`; empty where it is no count of one kind of thing.
pub(super) fn noun(claim: &Claim) -> &'static str {
    match (&claim.value, claim.terms.as_slice()) {
        (Expression::Term(_), [term]) if claim.spelling == Spelling::Plain => term.metric.entry().noun,
        _ => "",
    }
}

/// A value with what it counts.
pub(super) fn counted(value: f64, claim: &Claim) -> String {
    let (number, noun) = (number(value, claim.spelling), noun(claim));
    let noun = if number == "1" { one(noun) } else { noun };
    format!("{number} {noun}").trim_end().to_owned()
}

/// One of those that a noun counts.
fn one(noun: &str) -> &str {
    noun.strip_suffix("ches").map_or(noun.strip_suffix('s').unwrap_or(noun), |_| &noun[..noun.len() - 2])
}

/// Both ends of an interval.
pub(super) fn interval(interval: Interval, spelling: Spelling) -> String {
    format!("{} to {}", number(interval.low, spelling), number(interval.high, spelling))
}

/// A claimed range.
pub(super) fn range(range: Range, spelling: Spelling) -> String {
    let number = |value| number(value, spelling);
    match range {
        Range::Below(limit) => format!("below {}", number(limit)),
        Range::AtMost(limit) => format!("at most {}", number(limit)),
        Range::Above(limit) => format!("above {}", number(limit)),
        Range::AtLeast(limit) => format!("at least {}", number(limit)),
        Range::Within(low, high) if low == high => format!("exactly {}", number(low)),
        Range::Within(low, high) => format!("within {} to {}", number(low), number(high)),
        Range::Not(other) => format!("other than {}", number(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_their_claims_write_them() {
        for (value, spelling, text) in [
            (598.0, Spelling::Plain, "598"),
            (598.377, Spelling::Plain, "598.4"),
            (1_234_567.8, Spelling::Plain, "1234568"),
            (0.012_345_6, Spelling::Plain, "0.01235"),
            (-1.50, Spelling::Plain, "-1.5"),
            (0.123_456, Spelling::Percent, "12.35 %"),
            (0.15, Spelling::Percent, "15 %"),
            (40.25, Spelling::Time, "40.25 s"),
            (5_399.7, Spelling::Time, "1h30m"),
            (1_610_612_736.0, Spelling::Bytes, "1.5 Gi"),
            (12.0, Spelling::Bytes, "12"),
        ] {
            assert_eq!(number(value, spelling), text);
        }
    }

    #[test]
    fn one_is_no_plural() {
        for (noun, of_one) in [("pods", "pod"), ("launches", "launch"), ("share", "share"), ("", "")] {
            assert_eq!(one(noun), of_one);
        }
    }

    #[test]
    fn ranges_read_as_sentences() {
        assert_eq!(range(Range::Within(570.0, 630.0), Spelling::Plain), "within 570 to 630");
        assert_eq!(range(Range::Within(0.0, 0.0), Spelling::Plain), "exactly 0");
        assert_eq!(range(Range::Below(0.15), Spelling::Percent), "below 15 %");
    }
}

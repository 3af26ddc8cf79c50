//! Figures in units that people read: `1h 2m`, `93.4 %`, `47 nodes`.
//!
//! A figure's name says its unit (`launchWaitP95Seconds`, `launchSuccessShare`); here the unit moves
//! from the name to the value. The command line, the charts and the page all say it this way. A claim's
//! value is written as the claim writes it, which is another matter (`experiment/words.rs`).

use serde::{Deserialize, Serialize};

use crate::check::Spelling;

/// What a figure counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A share of one.
    Share,
    /// Bytes.
    Bytes,
    /// Things.
    #[default]
    Number,
}

impl Unit {
    /// The unit that a figure's name ends with.
    pub fn of(name: &str) -> Self {
        ending(name).unwrap_or_default().1
    }

    /// A value with its unit.
    pub fn value(self, value: f64) -> String {
        match self {
            Self::Seconds => duration(value),
            Self::Share => share(value),
            Self::Bytes => bytes(value),
            Self::Number => number(value),
        }
    }

    /// The difference of two values: between shares it is counted in points.
    pub fn difference(self, value: f64) -> String {
        match self {
            Self::Share => format!("{} points", tenths(value * 100.0)),
            _ => self.value(value),
        }
    }
}

impl From<Spelling> for Unit {
    fn from(spelling: Spelling) -> Self {
        match spelling {
            Spelling::Plain => Self::Number,
            Spelling::Percent => Self::Share,
            Spelling::Time => Self::Seconds,
            Spelling::Bytes => Self::Bytes,
        }
    }
}

/// Names end like this, and the rest of the name says what it is.
const ENDINGS: [(&str, Unit); 3] =
    [("Seconds", Unit::Seconds), ("Share", Unit::Share), ("Bytes", Unit::Bytes)];

/// A figure's name in words: `launchWaitP95Seconds` is `launch wait p95`.
pub fn words(name: &str) -> String {
    let (ending, _) = ending(name).unwrap_or_default();
    let mut words = String::new();
    for c in name.strip_suffix(ending).unwrap_or(name).chars() {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

/// A figure's value in the unit that its name says.
pub fn value(name: &str, value: f64) -> String {
    Unit::of(name).value(value)
}

fn ending(name: &str) -> Option<(&'static str, Unit)> {
    ENDINGS.into_iter().find(|(ending, _)| name.ends_with(ending))
}

/// The two largest units that say something: `850 ms`, `12.3 s`, `2m 30s`, `1h 2m`, `3d 4h`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "-".to_owned();
    }
    if seconds < 0.0 {
        return format!("-{}", duration(-seconds));
    }
    if seconds == 0.0 {
        return "0 s".to_owned();
    }
    if seconds < 0.999_5 {
        return format!("{:.0} ms", seconds * 1e3);
    }
    if seconds < 59.95 {
        return format!("{} s", tenths(seconds));
    }
    let (large, small, per, names) = match seconds {
        s if s < 3_599.5 => (60.0, 1.0, 60.0, ("m", "s")),
        s if s < 86_370.0 => (3_600.0, 60.0, 60.0, ("h", "m")),
        _ => (86_400.0, 3_600.0, 24.0, ("d", "h")),
    };
    debug_assert_eq!(large, small * per);
    let smalls = (seconds / small).round();
    let (whole, rest) = ((smalls / per).floor(), smalls % per);
    if rest == 0.0 { format!("{whole}{}", names.0) } else { format!("{whole}{} {rest}{}", names.0, names.1) }
}

/// A share of one as a percentage; what is not quite all never looks like all.
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if !percent.is_finite() {
        return "-".to_owned();
    }
    let text = tenths(percent);
    match text.as_str() {
        "100" if percent < 100.0 => "> 99.9 %".to_owned(),
        "0" if percent > 0.0 => "< 0.1 %".to_owned(),
        _ => format!("{text} %"),
    }
}

/// Bytes with a binary unit, as Kubernetes writes them.
fn bytes(bytes: f64) -> String {
    let mut value = bytes;
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
        if value.abs() < 1_024.0 || unit == "TiB" {
            return format!("{} {unit}", tenths(value));
        }
        value /= 1_024.0;
    }
    unreachable!("the last unit takes any size")
}

/// A plain number: thousands apart, and no more digits than say something.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let text = match value.abs() {
        v if v >= 1_000.0 || v.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => tenths(value),
        _ => trimmed(format!("{value:.2}")),
    };
    thousands(&text)
}

/// `1 node`, `47 nodes`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(&count.to_string()))
}

fn tenths(value: f64) -> String {
    trimmed(format!("{value:.1}"))
}

/// Without zeros that a fraction ends with.
fn trimmed(text: String) -> String {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn thousands(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let mut apart = sign.to_owned();
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    if let Some(fraction) = fraction {
        apart.push('.');
        apart.push_str(fraction);
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_two_units() {
        let shown = |seconds: f64| duration(seconds);
        assert_eq!(shown(0.0), "0 s");
        assert_eq!(shown(0.85), "850 ms");
        assert_eq!(shown(0.9996), "1 s");
        assert_eq!(shown(12.34), "12.3 s");
        assert_eq!(shown(59.96), "1m");
        assert_eq!(shown(150.0), "2m 30s");
        assert_eq!(shown(3_599.7), "1h");
        assert_eq!(shown(3_725.0), "1h 2m");
        assert_eq!(shown(86_399.0), "1d");
        assert_eq!(shown(273_600.0), "3d 4h");
        assert_eq!(shown(-150.0), "-2m 30s");
    }

    #[test]
    fn shares_never_round_to_all_or_nothing() {
        assert_eq!(share(0.934), "93.4 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(0.9999), "> 99.9 %");
        assert_eq!(share(0.0001), "< 0.1 %");
        assert_eq!(share(0.0), "0 %");
    }

    #[test]
    fn numbers_keep_the_digits_that_matter() {
        assert_eq!(number(598.0), "598");
        assert_eq!(number(12.34), "12.3");
        assert_eq!(number(0.126), "0.13");
        assert_eq!(number(1_234_567.8), "1,234,568");
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(f64::NAN), "-");
    }

    #[test]
    fn differences_of_shares_are_points() {
        assert_eq!(Unit::of("launchSuccessShare").difference(-0.125), "-12.5 points");
        assert_eq!(Unit::of("launchWaitP95Seconds").difference(-5_400.0), "-1h 30m");
        assert_eq!(Unit::of("peakNodes").difference(2.0), "2");
    }

    #[test]
    fn names_say_the_unit() {
        let shown = |name: &str, figure: f64| format!("{}: {}", words(name), value(name, figure));
        assert_eq!(shown("launchWaitP95Seconds", 90.0), "launch wait p95: 1m 30s");
        assert_eq!(shown("launchSuccessShare", 0.5), "launch success: 50 %");
        assert_eq!(shown("nodeHours", 3.25), "node hours: 3.25");
        assert_eq!(shown("peakPodsRunning", 598.0), "peak pods running: 598");
    }
}

//! Axes: the values that a sweep gives to a path of the scenario.
//!
//! ```text
//! nodeGroups.user.max=15..20            every whole number, both ends too
//! hub.cull.timeout=10m..1h:10m          with a step
//! nodeGroups.user.max=1..1000:log:4     evenly apart in their logarithm: 1, 10, 100, 1000
//! hub.cull.timeout=10m,30m,1h           a list
//! nodeGroups.user.min=1,2;nodeGroups.user.max=5,10    zipped: both change together
//! ```
//!
//! An axis knows the texts that [`Document::set`](crate::scenario::Document::set) takes and nothing of what
//! they mean. A range is also a span that samples may be drawn from.

use core::fmt;

use indexmap::IndexMap;

use crate::check::BYTE_SUFFIXES;
use crate::report::rounded;

/// More values than these on an axis are a mistake, such as a step of zero digits too many.
const MAX_VALUES: usize = 100_000;
/// Units of time, in seconds: ends of a range may differ in them.
const TIMES: [(&str, f64); 5] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// What is wrong with an axis, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisError {
    /// What is the matter.
    pub fact: String,
    /// What can be done about it.
    pub hint: String,
}

impl AxisError {
    pub(super) fn new(fact: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { fact: fact.into(), hint: hint.into() }
    }
}

impl fmt::Display for AxisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.fact, self.hint)
    }
}

/// The values of one path, or of several that change together.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// As it was typed.
    pub text: String,
    /// The paths.
    pub paths: Vec<String>,
    /// For each value of the axis, the texts for the paths. Empty where there is a span only.
    values: Vec<Vec<String>>,
    /// What samples may be drawn from.
    span: Option<Span>,
}

impl Axis {
    /// Reads an axis as typed.
    pub fn parse(text: &str) -> Result<Self, AxisError> {
        let parts: Vec<_> = split(text, ';').into_iter().map(part).collect::<Result<_, _>>()?;
        Self::of_parts(text, &parts)
    }

    /// The axis that a scenario writes as a map from paths to ranges or lists; `name` is what it is called there.
    pub fn from_map(name: &str, map: &IndexMap<String, serde_json::Value>) -> Result<Self, AxisError> {
        let mut parts = Vec::new();
        for (path, values) in map {
            parts.push(match values {
                serde_json::Value::Array(list) if !list.is_empty() => {
                    (path.clone(), Values::List(list.iter().map(written).collect()))
                }
                serde_json::Value::Number(number) => (path.clone(), Values::List(vec![number.to_string()])),
                serde_json::Value::String(text) => part(&format!("{path}={text}"))?,
                _ => {
                    return Err(AxisError::new(
                        format!("axis `{name}` gives `{path}` no values"),
                        "write a range such as 15..20, or a list of values",
                    ));
                }
            });
        }
        if parts.is_empty() {
            return Err(AxisError::new(
                format!("axis `{name}` varies nothing"),
                "give it a path and values, such as {nodeGroups.user.max: 15..20}",
            ));
        }
        Self::of_parts(name, &parts)
    }

    fn of_parts(text: &str, parts: &[(String, Values)]) -> Result<Self, AxisError> {
        let paths = parts.iter().map(|(path, _)| path.clone()).collect();
        if let [(_, Values::Span(span))] = parts {
            return Ok(Self { text: text.to_owned(), paths, values: span.levels(), span: Some(*span) });
        }
        let columns: Vec<Vec<String>> = parts.iter().map(|(_, values)| values.levels()).collect();
        let length = columns.first().map_or(0, Vec::len);
        if let Some(other) = columns.iter().find(|column| column.len() != length) {
            let fact = format!("`{text}` zips {length} values with {}", other.len());
            return Err(AxisError::new(fact, "give each path as many values as the other"));
        }
        let row = |index: usize| columns.iter().map(|column| column[index].clone()).collect();
        Ok(Self { text: text.to_owned(), paths, values: (0..length).map(row).collect(), span: None })
    }

    /// Where a value stands among others: a number as it is, a time in seconds, an amount in units.
    pub fn position(text: &str) -> Option<f64> {
        let number = number(text)?;
        let amount = |(unit, factor): &(&str, f64)| (*unit == number.unit).then_some(*factor);
        match number.unit {
            "" => Some(number.value),
            unit => seconds(unit)
                .or_else(|| BYTE_SUFFIXES.iter().find_map(amount))
                .map(|factor| number.value * factor),
        }
    }

    /// How many values a grid has on it.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether a grid has nothing on it: a range that is no list.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values, for each a text per path.
    pub fn values(&self) -> &[Vec<String>] {
        &self.values
    }

    /// The texts at a share of the way, `0 <= at < 1`: between the ends of a span, or of a list.
    pub fn sample(&self, at: f64) -> Vec<String> {
        match self.span {
            Some(span) if span.step.is_none() => vec![span.sample(at)],
            _ => {
                let index = libm::floor(at * self.values.len() as f64) as usize;
                self.values.get(index.min(self.values.len().saturating_sub(1))).cloned().unwrap_or_default()
            }
        }
    }

    /// The two ends, as texts: what a sweep may reach.
    pub fn ends(&self) -> [Vec<String>; 2] {
        [self.sample(0.0), self.sample(1.0 - f64::EPSILON)]
    }
}

enum Values {
    List(Vec<String>),
    Span(Span),
}

impl Values {
    fn levels(&self) -> Vec<String> {
        match self {
            Self::List(values) => values.clone(),
            Self::Span(span) => span.levels().into_iter().flatten().collect(),
        }
    }
}

/// The values between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    low: f64,
    high: f64,
    unit: &'static str,
    /// Whether there are whole numbers only.
    whole: bool,
    step: Option<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    By(f64),
    Logarithmic(usize),
}

impl Span {
    /// The values of a grid.
    fn levels(self) -> Vec<Vec<String>> {
        let values: Vec<f64> = match self.step {
            None if !self.whole => Vec::new(),
            None => self.steps(1.0),
            Some(Step::By(step)) => self.steps(step),
            Some(Step::Logarithmic(count)) => {
                (0..count).map(|index| self.logarithmic(index as f64 / (count - 1) as f64)).collect()
            }
        };
        let mut texts: Vec<String> = values.into_iter().map(|value| self.text(value)).collect();
        texts.dedup();
        texts.into_iter().map(|text| vec![text]).collect()
    }

    fn steps(self, step: f64) -> Vec<f64> {
        (0..self.count(step)).map(|index| self.low + index as f64 * step).collect()
    }

    fn count(self, step: f64) -> usize {
        libm::floor((self.high - self.low) / step + 1e-9) as usize + 1
    }

    fn logarithmic(self, at: f64) -> f64 {
        let (low, high) = (libm::log(self.low), libm::log(self.high));
        libm::exp(low + (high - low) * at)
    }

    fn sample(self, at: f64) -> String {
        let value = match self.whole {
            true => libm::floor(self.low + at * (self.high - self.low + 1.0)).min(self.high),
            false => self.low + at * (self.high - self.low),
        };
        self.text(value)
    }

    fn text(self, value: f64) -> String {
        let value = if self.whole { libm::round(value) } else { rounded(value) };
        format!("{value}{}", self.unit)
    }
}

/// A value of a list as an assignment takes it.
fn written(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text)
            if text.chars().all(|c| c.is_alphanumeric() || "._-/%+".contains(c)) && !text.is_empty() =>
        {
            text.clone()
        }
        other => other.to_string(),
    }
}

/// `path=values`.
fn part(text: &str) -> Result<(String, Values), AxisError> {
    let hint = "write path=low..high or path=a,b,c, such as nodeGroups.user.max=15..20";
    let (path, values) = split_once(text, '=')
        .ok_or_else(|| AxisError::new(format!("`{text}` gives a path no values"), hint))?;
    let (path, values) = (path.trim(), values.trim());
    if path.is_empty() || values.is_empty() {
        return Err(AxisError::new(format!("`{text}` is no axis"), hint));
    }
    let items: Vec<String> = split(values, ',').into_iter().map(|item| item.trim().to_owned()).collect();
    if let [one] = items.as_slice()
        && let Some((low, rest)) = one.split_once("..")
        && let Some(low) = number(low)
    {
        return Ok((path.to_owned(), Values::Span(span(text, low, rest)?)));
    }
    if items.iter().any(String::is_empty) {
        return Err(AxisError::new(format!("`{text}` has an empty value"), "take the comma out"));
    }
    Ok((path.to_owned(), Values::List(items)))
}

/// The part of a range after `low..`: `high`, `high:step` or `high:log:count`.
fn span(text: &str, low: Number<'_>, rest: &str) -> Result<Span, AxisError> {
    let unreadable = |what: &str| {
        AxisError::new(
            format!("`{text}`: {what}"),
            "write low..high, low..high:step or low..high:log:count, with units: 10m..1h:10m",
        )
    };
    let mut words = rest.split(':');
    let high = words.next().and_then(number).ok_or_else(|| unreadable("the upper end is no number"))?;
    let (step, count) = match (words.next(), words.next(), words.next()) {
        (None, ..) => (None, None),
        (Some("log"), Some(count), None) => (None, Some(count)),
        (Some(step), None, _) => {
            (Some(number(step).ok_or_else(|| unreadable("the step is no number"))?), None)
        }
        _ => return Err(unreadable("there is too much after the upper end")),
    };
    let unit = common_unit([Some(low), Some(high), step].into_iter().flatten())
        .ok_or_else(|| unreadable("the ends and the step have different units"))?;
    let (low_value, high_value) = (low.in_unit(unit), high.in_unit(unit));
    let whole = low.whole() && high.whole() && step.is_none_or(Number::whole);
    let step = match (step, count) {
        (Some(step), _) => Some(Step::By(step.in_unit(unit))),
        (None, Some(count)) => {
            let count = count.parse().ok().filter(|count| (2..=MAX_VALUES).contains(count));
            Some(Step::Logarithmic(count.ok_or_else(|| unreadable("a log range has 2 values or more"))?))
        }
        (None, None) => None,
    };
    let found = Span { low: low_value, high: high_value, unit, whole, step };
    match step {
        _ if low_value > high_value => Err(unreadable("the lower end is above the upper")),
        Some(Step::By(step)) if step <= 0.0 => Err(unreadable("the step must be above 0")),
        Some(Step::By(step)) if found.count(step) > MAX_VALUES => Err(unreadable("that are too many values")),
        Some(Step::Logarithmic(_)) if low_value <= 0.0 => Err(unreadable("a log range begins above 0")),
        None if whole && found.count(1.0) > MAX_VALUES => Err(unreadable("that are too many values")),
        _ => Ok(found),
    }
}

/// A number as typed, with its unit.
#[derive(Clone, Copy)]
struct Number<'t> {
    digits: &'t str,
    value: f64,
    unit: &'t str,
}

impl Number<'_> {
    /// Whether it was written as a whole number, and so takes whole numbers only.
    fn whole(self) -> bool {
        !self.digits.contains('.')
    }

    fn in_unit(self, unit: &str) -> f64 {
        match (seconds(self.unit), seconds(unit)) {
            (Some(own), Some(common)) if own != common => self.value * own / common,
            _ => self.value,
        }
    }
}

fn number(text: &str) -> Option<Number<'_>> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let value: f64 = digits.parse().ok()?;
    (value.abs() < 1e15 && unit.chars().all(char::is_alphabetic)).then_some(Number { digits, value, unit })
}

/// The unit that all are in, or the smallest of their units of time.
fn common_unit<'t>(numbers: impl Iterator<Item = Number<'t>>) -> Option<&'static str> {
    const UNITS: [&str; 12] = ["", "Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T", "m", "s", "h"];
    let units: Vec<&str> = numbers.map(|number| number.unit).collect();
    let first = *units.first()?;
    if units.iter().all(|unit| *unit == first) {
        return UNITS.into_iter().chain(["ms", "d"]).find(|unit| *unit == first);
    }
    TIMES
        .iter()
        .map(|(unit, _)| *unit)
        .find(|unit| units.contains(unit))
        .filter(|_| units.iter().all(|unit| seconds(unit).is_some()))
}

fn seconds(unit: &str) -> Option<f64> {
    TIMES.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds)
}

/// Splits at every separator outside of quotes and brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, after)) = split_once(rest, separator) {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn split_once(text: &str, separator: char) -> Option<(&str, &str)> {
    let (mut quoted, mut depth) = (false, 0_u32);
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            c if c == separator && !quoted && depth == 0 => {
                return Some((&text[..at], &text[at + c.len_utf8()..]));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        let axis = Axis::parse(text).unwrap();
        axis.values().iter().map(|values| values.join(" & ")).collect()
    }

    #[test]
    fn what_may_be_typed() {
        assert_eq!(values("a.b=15..18"), ["15", "16", "17", "18"]);
        assert_eq!(values("a=10m,30m,1h"), ["10m", "30m", "1h"]);
        assert_eq!(values("a=10m..1h:20m"), ["10m", "30m", "50m"]);
        assert_eq!(values("a=0.5..1.5:0.25"), ["0.5", "0.75", "1", "1.25", "1.5"]);
        assert_eq!(values("a=1..1000:log:4"), ["1", "10", "100", "1000"]);
        assert_eq!(values("a=1..3:log:9"), ["1", "2", "3"], "whole ends, and each once");
        assert_eq!(values("a=500M..1500M:500M"), ["500M", "1000M", "1500M"]);
        assert_eq!(values("a=1,2;b=5..6"), ["1 & 5", "2 & 6"]);
        assert_eq!(values(r#"checks."a=b"={x: 1, y: 2},3"#), ["{x: 1, y: 2}", "3"]);
    }

    #[test]
    fn values_have_a_position() {
        let positions = ["15", "0.5", "10m", "1h", "2Gi", "big", "10x"].map(Axis::position);
        let expected = [Some(15.0), Some(0.5), Some(600.0), Some(3_600.0), Some(2_147_483_648.0), None, None];
        assert_eq!(positions, expected);
    }

    #[test]
    fn a_scenario_writes_maps() {
        let axis = |json: &str| Axis::from_map("name", &serde_json::from_str(json).unwrap());
        let values = |json: &str| {
            let axis = axis(json).unwrap();
            axis.values().iter().map(|values| values.join(" & ")).collect::<Vec<_>>()
        };
        assert_eq!(values(r#"{"a.b": "15..17"}"#), ["15", "16", "17"]);
        assert_eq!(
            values(r#"{"a": ["10m", 30, {"x": 1}, "y: z"]}"#),
            ["10m", "30", r#"{"x":1}"#, r#""y: z""#]
        );
        assert_eq!(values(r#"{"a": "1,2", "b": [5, 6]}"#), ["1 & 5", "2 & 6"]);
        for json in ["{}", r#"{"a": []}"#, r#"{"a": null}"#, r#"{"a": "5..1"}"#, r#"{"a": [1], "b": [1, 2]}"#]
        {
            assert!(!axis(json).expect_err(json).hint.is_empty(), "{json}");
        }
    }

    #[test]
    fn what_is_refused_says_what_to_write() {
        for text in [
            "a",
            "=1",
            "a=",
            "a=1,",
            "a=5..1",
            "a=1..5:0",
            "a=0..5:log:3",
            "a=1..5:log:1",
            "a=1m..5Gi",
            "a=1..2:3:4",
            "a=1,2;b=1",
            "a=0..9999999",
        ] {
            let error = Axis::parse(text).expect_err(text);
            assert!(!error.hint.is_empty(), "{text}");
        }
    }

    #[test]
    fn spans_are_sampled_between_their_ends() {
        let axis = Axis::parse("a=1..4").unwrap();
        assert_eq!([0.0, 0.24, 0.26, 0.999].map(|at| axis.sample(at)[0].clone()), ["1", "1", "2", "4"]);
        let axis = Axis::parse("a=1.0..3.0").unwrap();
        assert!(axis.is_empty());
        assert_eq!(axis.sample(0.25), ["1.5"]);
        let axis = Axis::parse("a=x,y").unwrap();
        assert_eq!([0.49, 0.5].map(|at| axis.sample(at)[0].clone()), ["x", "y"]);
    }
}

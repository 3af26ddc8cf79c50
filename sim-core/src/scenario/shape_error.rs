//! Errors of shape: what serde has to say about a value, in words that help.
//!
//! [`ShapeError`] is the error type of [`super::deserializer`]. Serde reports structured facts to it
//! (an unknown field and the known ones, a kind found and a kind expected), so no message has to be
//! taken apart; the steps to the value are added on the way out.

use core::fmt;

use serde::de::{self, Unexpected};

use super::diagnostic::{enumerate, nearest, suggestion};
use super::node::{Mark, Node};
use super::path::{Path, Step, ends};
use super::scalar::Problem;

/// An error of shape: what, and the way to it from the innermost value outwards.
#[derive(Debug)]
pub(crate) struct ShapeError {
    /// What is wrong.
    pub kind: Kind,
    steps: Vec<Step>,
}

/// What is wrong with a shape.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Something that a type's own rules say, perhaps a printed [`Problem`].
    Custom(String),
    /// A field that the struct does not have.
    UnknownField { field: String, expected: &'static [&'static str] },
    /// A required field that is not there.
    MissingField(&'static str),
    /// A word that is not one of those expected.
    UnknownVariant { variant: String, expected: &'static [&'static str] },
    /// A value of another kind than expected.
    Mistyped { found: String, expected: String },
    /// A number that does not fit.
    OutOfRange { found: String, expected: String },
    /// A list where entries should have names.
    ListForMap,
}

impl ShapeError {
    /// An error of the value being read.
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, steps: Vec::new() }
    }

    /// The same error seen one step further out.
    pub(crate) fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The way from the root to the value.
    pub(crate) fn path(&self) -> Path {
        self.steps.iter().rev().fold(Path::default(), |path, step| match step {
            Step::Key(key) => path.key(key),
            Step::Index(index) => path.index(*index),
        })
    }

    /// Where to point: at an unknown field's key, else at the value.
    pub(crate) fn mark(&self, root: &Node, path: &Path) -> Mark {
        let unknown = matches!(self.kind, Kind::UnknownField { .. });
        let key = path.split_last().filter(|_| unknown).and_then(|(parent, step)| match step {
            Step::Key(key) => root.at(&parent)?.entries()?.get(key).map(|entry| entry.key),
            Step::Index(_) => None,
        });
        key.unwrap_or_else(|| root.mark_of(path))
    }

    /// Code, fact and way out.
    pub(crate) fn describe(&self) -> Problem {
        match &self.kind {
            Kind::Custom(message) => Problem::from_message(message).unwrap_or_else(|| {
                Problem::new("S012", ends(message), "see the documentation of this field")
            }),
            Kind::UnknownField { field, expected } => {
                let fact = format!("there is no field `{}` here", ends(field));
                Problem::new("S010", fact, suggestion(field, "fields", expected.iter().copied()))
            }
            Kind::MissingField(field) => Problem::new(
                "S011",
                format!("the required field `{field}` is missing"),
                format!("add `{field}`"),
            ),
            Kind::UnknownVariant { variant, expected } => {
                let hint = match nearest(variant, expected.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write {}", enumerate(expected.iter().copied()).replace(" and ", " or ")),
                };
                Problem::new(
                    "S013",
                    format!("`{}` is not one of the values this field takes", ends(variant)),
                    hint,
                )
            }
            Kind::Mistyped { found, expected } => Problem::new(
                "S012",
                format!("{found} stands where {expected} is expected"),
                quoting(found, expected),
            ),
            Kind::OutOfRange { found, expected } => {
                Problem::new("S015", format!("{found} is out of range"), format!("write {expected}"))
            }
            Kind::ListForMap => Problem::new(
                "S014",
                "a list stands where a map keyed by name is expected",
                "give each item a name and write `name: {...}` instead of `- ...`",
            ),
        }
    }
}

/// The way out when a value is of the wrong kind.
fn quoting(found: &str, expected: &str) -> String {
    match (expected, found) {
        ("text", found) if found.contains("number") || found.contains("boolean") => {
            "put it in quotation marks to make it text".to_owned()
        }
        ("`true` or `false`", _) => {
            "write `true` or `false`, in lower case and without quotation marks".to_owned()
        }
        ("a whole number from 0" | "a whole number" | "a number", found) if found.starts_with("the text") => {
            "write plain decimal digits, without quotation marks, `_` or leading zeros".to_owned()
        }
        ("a whole number from 0" | "a whole number", found) if found.starts_with("the number") => {
            "write plain decimal digits, without a point or an exponent".to_owned()
        }
        ("a map", _) => "write `key: value` lines below it, or `{key: value}`".to_owned(),
        ("a list", _) => "write `- item` lines below it, or `[item, item]`".to_owned(),
        (expected, _) => format!("write {expected}"),
    }
}

/// Serde's words for what it expected, in ours.
fn wanted(expected: &dyn de::Expected) -> String {
    let expected = expected.to_string();
    let plain = match expected.as_str() {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" => "text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a map",
        other if other.starts_with("struct ") => "a map",
        other => other,
    };
    plain.to_owned()
}

/// What was found, in words.
pub(crate) fn seen(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(value) => format!("the boolean `{value}`"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(text) => format!("the text `{}`", ends(text)),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        other => other.to_string(),
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.describe(), f)
    }
}

impl core::error::Error for ShapeError {}

impl de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::Custom(message.to_string()))
    }
    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Kind::Mistyped { found: seen(&unexpected), expected: wanted(expected) })
    }
    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = match expected.to_string().as_str() {
            "u32" => format!("a whole number from 0 to {}", u32::MAX),
            "u64" => format!("a whole number from 0 to {}", u64::MAX),
            "i32" => format!("a whole number from {} to {}", i32::MIN, i32::MAX),
            _ => wanted(expected),
        };
        Self::new(Kind::OutOfRange { found: seen(&unexpected), expected })
    }
    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownVariant { variant: variant.to_owned(), expected })
    }
    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownField { field: field.to_owned(), expected })
    }
    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::MissingField(field))
    }
}

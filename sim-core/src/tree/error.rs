//! Errors of shape: what serde has to say about a value, in words that help.
//!
//! [`ShapeError`] is the error type of [`super::deserializer`]. Serde reports structured facts to it
//! (an unknown field and the known ones, a kind found and a kind expected), so no message has to be
//! taken apart; the steps to the value are added on the way out.

use core::fmt;

use serde::de::{self, Unexpected};

use super::path::{Path, Step, ends};

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
    /// Something that a type's own rules say.
    Custom(String),
    /// A field that the struct does not have.
    UnknownField { field: String, expected: &'static [&'static str] },
    /// Fields that nothing reads, where everything must be read.
    Unread(Vec<Path>),
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

    /// What is the case, in one sentence.
    pub(crate) fn fact(&self) -> String {
        match &self.kind {
            Kind::Custom(message) => message.clone(),
            Kind::UnknownField { field, .. } => format!("there is no field `{}` here", ends(field)),
            Kind::Unread(paths) => {
                let fields = paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
                format!("there is no field {fields} here, or Plimsoll does not model it")
            }
            Kind::MissingField(field) => format!("the required field `{field}` is missing"),
            Kind::UnknownVariant { variant, .. } => {
                format!("`{}` is not one of the values this field takes", ends(variant))
            }
            Kind::Mistyped { found, expected } => format!("{found} stands where {expected} is expected"),
            Kind::OutOfRange { found, .. } => format!("{found} is out of range"),
            Kind::ListForMap => "a list stands where a map keyed by name is expected".to_owned(),
        }
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

/// Names in quotes, the first twenty of them.
pub(crate) fn enumerate<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let (shown, more) = names.split_at(names.len().min(20));
    let quoted: Vec<String> = shown.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        all if !more.is_empty() => format!("{} and {} more", all.join(", "), more.len()),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// One of these names, in quotes.
pub(crate) fn one_of(names: &[&str]) -> String {
    enumerate(names.iter().copied()).replace(" and ", " or ")
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact())?;
        match &self.kind {
            Kind::UnknownVariant { expected, .. } => write!(f, "; it takes {}", one_of(expected)),
            Kind::OutOfRange { expected, .. } => write!(f, "; write {expected}"),
            _ => Ok(()),
        }
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

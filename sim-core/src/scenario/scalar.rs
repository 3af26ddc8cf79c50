//! What the scalar types of a scenario share: how they are read, and how they say what is wrong.
//!
//! A [`FromScalar`] type reads text and, where it makes sense, bare YAML numbers. Its errors are
//! [`Problem`]s: a code, a fact and a way out. Serde passes custom errors on as text only, so a
//! problem travels through a deserializer in its printed form and [`Problem::from_message`] takes it
//! apart again at the other end.

use core::fmt;
use core::marker::PhantomData;

use serde::de::{self, Deserializer, Visitor};

use super::path::ends;

/// What is wrong with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The code of the diagnostic.
    pub code: &'static str,
    /// What is the case.
    pub fact: String,
    /// The way out.
    pub hint: String,
}

impl Problem {
    /// A problem.
    pub(crate) fn new(code: &'static str, fact: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, fact: fact.into(), hint: hint.into() }
    }

    /// The usual problem: "`text` is not a thing".
    pub(crate) fn not(code: &'static str, text: &str, thing: &str, hint: impl Into<String>) -> Self {
        Self::new(code, format!("`{}` is not {thing}", ends(text)), hint)
    }

    /// Takes a printed problem apart.
    pub(crate) fn from_message(message: &str) -> Option<Self> {
        let (code, rest) = message.split_once(' ')?;
        let code = super::codes::explain(code)?.code;
        let (fact, hint) = rest.split_once('\n')?;
        Some(Self::new(code, fact, hint))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}\n{}", self.code, self.fact, self.hint)
    }
}

/// A value written as one scalar.
pub(crate) trait FromScalar: Sized {
    /// "a duration such as `10m`"
    const EXPECTED: &'static str;

    /// Reads text.
    fn from_text(text: &str) -> Result<Self, Problem>;

    /// Reads a bare YAML number, printed in decimal without an exponent.
    fn from_number(text: &str) -> Result<Self, Problem> {
        Self::from_text(text)
    }
}

/// Deserializes a [`FromScalar`] type.
pub(crate) fn deserialize<'de, T: FromScalar, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(ScalarVisitor(PhantomData))
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: FromScalar> Visitor<'_> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        T::from_number(&value.to_string()).map_err(E::custom)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        T::from_number(&value.to_string()).map_err(E::custom)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        T::from_number(&value.to_string()).map_err(E::custom)
    }
}

/// Implements `Deserialize` and `JsonSchema` for a [`FromScalar`] type.
macro_rules! scalar {
    ($name:ident, $schema:tt) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::scenario::scalar::deserialize(deserializer)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
pub(crate) use scalar;

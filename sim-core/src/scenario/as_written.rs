//! Parts of Kubernetes objects inside a scenario, in Kubernetes' own spelling.
//!
//! The types of [`crate::kubernetes`] bear with fields that they do not hold, since dumps of clusters are
//! full of them. In a scenario such a field is a slip, or something that the author believes to matter: it
//! is an error.

use core::ops::Deref;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::scalar::Problem;

/// A value of a Kubernetes type that says nothing Plimsoll does not model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AsWritten<T>(pub T);

impl<T> Deref for AsWritten<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AsWritten<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut left_out = Vec::new();
        let value = serde_ignored::deserialize(deserializer, |path| left_out.push(path.to_string()))?;
        if left_out.is_empty() {
            return Ok(Self(value));
        }
        let fields = left_out.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        let fact = format!("there is no field {fields} here, or Plimsoll does not model it");
        Err(D::Error::custom(Problem::new("S010", fact, "correct the name or take it out")))
    }
}

impl<T: JsonSchema> JsonSchema for AsWritten<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

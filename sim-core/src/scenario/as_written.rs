//! Parts of Kubernetes objects inside a scenario, in Kubernetes' own spelling.
//!
//! The types of [`crate::kubernetes`] bear with fields that they do not hold, since dumps of clusters are
//! full of them. In a scenario such a field is a slip, or something that the author believes to matter: it
//! is an error.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::tree::deserializer::WHOLE;

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
        deserializer.deserialize_newtype_struct(WHOLE, Whole(PhantomData))
    }
}

struct Whole<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Whole<T> {
    type Value = AsWritten<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of a Kubernetes object")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<AsWritten<T>, D::Error> {
        T::deserialize(deserializer).map(AsWritten)
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

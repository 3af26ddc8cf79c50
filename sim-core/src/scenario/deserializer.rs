//! A serde deserializer over [`Node`].
//!
//! It differs from the usual ones where a scenario does: `null` in a map counts as not there, `[]` as
//! the empty map where a map is wanted, what [`super::decode`] has taken out is skipped, and errors
//! collect the steps to their value.

use indexmap::IndexMap;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use super::diagnostic::enumerate;
use super::node::{Entry, Node, Value};
use super::path::Step;
use super::shape_error::{Kind, ShapeError, seen};

/// Reads one node and what is below it.
#[derive(Clone, Copy)]
pub(crate) struct NodeDeserializer<'de> {
    node: &'de Node,
}

impl<'de> NodeDeserializer<'de> {
    /// A deserializer of `node`.
    pub(crate) fn new(node: &'de Node) -> Self {
        Self { node }
    }

    fn unexpected(&self) -> Unexpected<'de> {
        match &self.node.value {
            Value::Null | Value::Gone => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Unsigned(value) => Unexpected::Unsigned(*value),
            Value::Signed(value) => Unexpected::Signed(*value),
            Value::Float(value) => Unexpected::Float(*value),
            Value::Text(text) => Unexpected::Str(text),
            Value::Sequence(_) => Unexpected::Seq,
            Value::Mapping(_) => Unexpected::Map,
        }
    }

    fn map<V: Visitor<'de>>(
        entries: &'de IndexMap<String, Entry>,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        visitor.visit_map(Entries { entries: entries.iter(), current: None })
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match &self.node.value {
            Value::Null | Value::Gone => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Unsigned(value) => visitor.visit_u64(*value),
            Value::Signed(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Sequence(items) => visitor.visit_seq(Items { items: items.iter().enumerate() }),
            Value::Mapping(entries) => Self::map(entries, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match &self.node.value {
            Value::Null | Value::Gone => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match &self.node.value {
            Value::Sequence(items) if items.is_empty() => {
                visitor.visit_map(de::value::MapDeserializer::new(core::iter::empty::<(&str, &str)>()))
            }
            Value::Sequence(_) => Err(ShapeError::new(Kind::ListForMap)),
            Value::Mapping(entries) => Self::map(entries, visitor),
            _ => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match &self.node.value {
            Value::Mapping(entries) => Self::map(entries, visitor),
            _ => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_enum(Word { text }),
            _ => {
                let expected = enumerate(variants.iter().copied()).replace(" and ", " or ");
                Err(ShapeError::new(Kind::Mistyped { found: seen(&self.unexpected()), expected }))
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier
    }
}

/// The entries of a map that are there.
struct Entries<'de> {
    entries: indexmap::map::Iter<'de, String, Entry>,
    current: Option<(&'de str, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ShapeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ShapeError> {
        let present = |(_, entry): &(&String, &Entry)| !matches!(entry.node.value, Value::Null | Value::Gone);
        let Some((key, entry)) = self.entries.find(present) else {
            return Ok(None);
        };
        self.current = Some((key, &entry.node));
        let key_deserializer: StrDeserializer<'_, ShapeError> = key.as_str().into_deserializer();
        seed.deserialize(key_deserializer).map(Some).map_err(|error| error.within(Step::Key(key.clone())))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ShapeError> {
        let (key, node) =
            self.current.take().ok_or_else(|| <ShapeError as de::Error>::custom("a value before its key"))?;
        seed.deserialize(NodeDeserializer { node }).map_err(|error| error.within(Step::Key(key.to_owned())))
    }
}

/// The items of a list that are there.
struct Items<'de> {
    items: core::iter::Enumerate<core::slice::Iter<'de, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ShapeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ShapeError> {
        let Some((index, node)) = self.items.find(|(_, node)| !matches!(node.value, Value::Gone)) else {
            return Ok(None);
        };
        seed.deserialize(NodeDeserializer { node })
            .map(Some)
            .map_err(|error| error.within(Step::Index(index)))
    }
}

/// A word that names a variant of an enum.
struct Word<'de> {
    text: &'de str,
}

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = ShapeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ShapeError> {
        let word: StrDeserializer<'_, ShapeError> = self.text.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = ShapeError;

    fn unit_variant(self) -> Result<(), ShapeError> {
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, ShapeError> {
        Err(de::Error::custom("this word takes no value"))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, ShapeError> {
        Err(de::Error::custom("this word takes no value"))
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, ShapeError> {
        Err(de::Error::custom("this word takes no value"))
    }
}

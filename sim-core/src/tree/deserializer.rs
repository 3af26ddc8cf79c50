//! A serde deserializer over [`Node`].
//!
//! It differs from the usual ones where a scenario does: `null` in a map counts as not there, `[]` as
//! the empty map where a map is wanted, what is [`Value::Gone`] is skipped, errors collect the
//! steps to their value, and fields that a type does not hold are noted where somebody asks for them.

use core::cell::RefCell;

use indexmap::IndexMap;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};

use super::error::{Kind, ShapeError, one_of, seen};
use super::node::{Entry, Node, Value};
use super::path::{Path, Step};

/// The name of a newtype struct of which every field must be read: unread ones are an error.
pub(crate) const WHOLE: &str = "plimsoll::Whole";

/// Reads a value.
pub(crate) fn read<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, ShapeError> {
    T::deserialize(NodeDeserializer { node, unread: None })
}

/// Reads a value; also says which fields are there that its type does not hold.
pub(crate) fn read_noting<'de, T: Deserialize<'de>>(node: &'de Node) -> (Result<T, ShapeError>, Vec<Path>) {
    let fields = RefCell::new(Vec::new());
    let unread = Some(Unread { fields: &fields, here: &Way::Root });
    let value = T::deserialize(NodeDeserializer { node, unread });
    (value, fields.into_inner())
}

/// Reads one node and what is below it.
#[derive(Clone, Copy)]
struct NodeDeserializer<'a, 'de> {
    node: &'de Node,
    unread: Option<Unread<'a>>,
}

/// Where fields that nothing reads are noted.
#[derive(Clone, Copy)]
struct Unread<'a> {
    fields: &'a RefCell<Vec<Path>>,
    here: &'a Way<'a>,
}

/// The way to a value.
enum Way<'a> {
    Root,
    Key(&'a Self, &'a str),
    Index(&'a Self, usize),
}

impl Way<'_> {
    fn path(&self) -> Path {
        match self {
            Self::Root => Path::default(),
            Self::Key(parent, key) => parent.path().key(key),
            Self::Index(parent, index) => parent.path().index(*index),
        }
    }
}

impl<'de> NodeDeserializer<'_, 'de> {
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
        &self,
        entries: Option<&'de IndexMap<String, Entry>>,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        let entries = entries.map(IndexMap::iter).unwrap_or_default();
        visitor.visit_map(Entries { entries, current: None, unread: self.unread })
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_, 'de> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match &self.node.value {
            Value::Null | Value::Gone => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Unsigned(value) => visitor.visit_u64(*value),
            Value::Signed(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Sequence(items) => {
                visitor.visit_seq(Items { items: items.iter().enumerate(), unread: self.unread })
            }
            Value::Mapping(entries) => self.map(Some(entries), visitor),
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
            Value::Sequence(items) if items.is_empty() => self.map(None, visitor),
            Value::Sequence(_) => Err(ShapeError::new(Kind::ListForMap)),
            Value::Mapping(entries) => self.map(Some(entries), visitor),
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
            Value::Mapping(entries) => self.map(Some(entries), visitor),
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
                let found = seen(&self.unexpected());
                Err(ShapeError::new(Kind::Mistyped { found, expected: one_of(variants) }))
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        if name != WHOLE {
            return visitor.visit_newtype_struct(self);
        }
        let fields = RefCell::new(Vec::new());
        let unread = Some(Unread { fields: &fields, here: &Way::Root });
        let value = visitor.visit_newtype_struct(NodeDeserializer { node: self.node, unread })?;
        let fields = fields.into_inner();
        if fields.is_empty() { Ok(value) } else { Err(ShapeError::new(Kind::Unread(fields))) }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        if let Some(unread) = self.unread {
            unread.fields.borrow_mut().push(unread.here.path());
        }
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier
    }
}

/// The entries of a map that are there.
struct Entries<'a, 'de> {
    entries: indexmap::map::Iter<'de, String, Entry>,
    current: Option<(&'de str, &'de Node)>,
    unread: Option<Unread<'a>>,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
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
        let way = self.unread.map(|unread| Way::Key(unread.here, key));
        let unread = self.unread.zip(way.as_ref()).map(|(unread, here)| Unread { here, ..unread });
        let value = seed.deserialize(NodeDeserializer { node, unread });
        value.map_err(|error| error.within(Step::Key(key.to_owned())))
    }
}

/// The items of a list that are there.
struct Items<'a, 'de> {
    items: core::iter::Enumerate<core::slice::Iter<'de, Node>>,
    unread: Option<Unread<'a>>,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = ShapeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ShapeError> {
        let Some((index, node)) = self.items.find(|(_, node)| !matches!(node.value, Value::Gone)) else {
            return Ok(None);
        };
        let way = self.unread.map(|unread| Way::Index(unread.here, index));
        let unread = self.unread.zip(way.as_ref()).map(|(unread, here)| Unread { here, ..unread });
        let value = seed.deserialize(NodeDeserializer { node, unread });
        value.map(Some).map_err(|error| error.within(Step::Index(index)))
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

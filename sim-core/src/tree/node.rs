//! The tree: values with the place each was written at.
//!
//! Every node keeps its own place through patches and assignments, which is how a message about a
//! value that a variant set points at the variant's line. Depth is bounded by those who make trees, so recursion
//! over one is safe.

use indexmap::IndexMap;

use super::path::{Path, Step};

/// A place in one of the document's texts, from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Index of the text.
    pub source: u32,
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl Mark {
    /// No place in particular.
    pub(crate) const NONE: Self = Self { source: 0, line: 1, column: 1 };
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands; a block of several lines: its first.
    pub mark: Mark,
}

/// A YAML value. A plain scalar is a number only where every YAML reader agrees that it is one.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0.
    Unsigned(u64),
    /// A negative whole number.
    Signed(i64),
    /// Any other finite number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A map in the file's order.
    Mapping(IndexMap<String, Entry>),
    /// Left out on purpose, as what has been found wrong is while the rest is looked at.
    Gone,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where its key stands.
    pub key: Mark,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// The entries, if this is a map.
    pub(crate) fn entries(&self) -> Option<&IndexMap<String, Entry>> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries to change, if this is a map.
    pub(crate) fn entries_mut(&mut self) -> Option<&mut IndexMap<String, Entry>> {
        match &mut self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value one step further.
    pub(crate) fn step(&self, step: &Step) -> Option<&Self> {
        match (&self.value, step) {
            (Value::Mapping(entries), Step::Key(key)) => entries.get(key).map(|entry| &entry.node),
            (Value::Sequence(items), step) => items.get(step.as_index()?),
            _ => None,
        }
    }

    /// The value one step further, to change.
    pub(crate) fn step_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (&mut self.value, step) {
            (Value::Mapping(entries), Step::Key(key)) => entries.get_mut(key).map(|entry| &mut entry.node),
            (Value::Sequence(items), step) => items.get_mut(step.as_index()?),
            _ => None,
        }
    }

    /// The value at `path`.
    pub(crate) fn at(&self, path: &Path) -> Option<&Self> {
        path.steps().iter().try_fold(self, |node, step| node.step(step))
    }

    /// The value at `path`, to change.
    pub(crate) fn at_mut(&mut self, path: &Path) -> Option<&mut Self> {
        path.steps().iter().try_fold(self, |node, step| node.step_mut(step))
    }

    /// Where to point for `path`: at a scalar itself, at the key of a map or list, and for what is
    /// not there at the nearest thing above it that is.
    pub(crate) fn mark_of(&self, path: &Path) -> Mark {
        let mut node = self;
        let mut mark = self.mark;
        for step in path.steps() {
            let Some(next) = node.step(step) else { break };
            let key = match (&node.value, step) {
                (Value::Mapping(entries), Step::Key(key)) => entries.get(key).map(|entry| entry.key),
                _ => None,
            };
            mark = match (&next.value, key) {
                (Value::Mapping(_) | Value::Sequence(_) | Value::Null, Some(key)) => key,
                _ => next.mark,
            };
            node = next;
        }
        mark
    }

    /// What kind of thing it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null | Value::Gone => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Unsigned(_) | Value::Signed(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a map",
        }
    }

    /// A tree without places.
    pub(crate) fn from_json(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => Value::Unsigned(value),
                (None, Some(value)) => Value::Signed(value),
                (None, None) => Value::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Value::Text(text),
            Json::Array(items) => Value::Sequence(items.into_iter().map(Self::from_json).collect()),
            Json::Object(map) => {
                let entry = |(key, value)| (key, Entry { key: Mark::NONE, node: Self::from_json(value) });
                Value::Mapping(map.into_iter().map(entry).collect())
            }
        };
        Self { value, mark: Mark::NONE }
    }

    /// The value without its places.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null | Value::Gone => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Unsigned(value) => (*value).into(),
            Value::Signed(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(text) => text.as_str().into(),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => {
                entries.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect()
            }
        }
    }
}

impl Step {
    /// The index that this step means in a list.
    pub(crate) fn as_index(&self) -> Option<usize> {
        match self {
            Self::Index(index) => Some(*index),
            Self::Key(key) => key.parse().ok(),
        }
    }
}

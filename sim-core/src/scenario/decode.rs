//! Tree to [`super::schema`] types, with all errors of shape at once.
//!
//! Serde stops at the first error. So [`decode`] takes the value that failed out of the tree (it
//! becomes [`Value::Gone`], which maps and lists skip) and tries again, and stays silent about errors
//! that are only the consequence of such a removal. Each round reports a new error or widens a hole,
//! so it ends; [`MAX_ROUNDS`] bounds it anyway.

use serde::de::DeserializeOwned;

use super::json_schema::{Guide, Shape};
use super::node::{Mark, Node, Value};
use super::path::{Path, Step};
use super::scalar::Problem;
use super::shape_error::{describe, mark};
use crate::tree::deserializer::read;
use crate::tree::error::Kind;

/// Errors of shape that are looked for in one file.
const MAX_ROUNDS: usize = 100;

/// An error of shape with its place.
pub(crate) struct Misshapen {
    /// What is wrong.
    pub problem: Problem,
    /// Of what.
    pub path: Path,
    /// Where.
    pub mark: Mark,
}

/// Decodes the whole tree, or says all that is wrong with its shape.
pub(crate) fn decode<T: DeserializeOwned>(root: &Node) -> Result<T, Vec<Misshapen>> {
    let mut tree = root.clone();
    let mut found: Vec<Misshapen> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let error = match read::<T>(&tree) {
            Ok(decoded) if found.is_empty() => return Ok(decoded),
            Ok(_) => break,
            Err(error) => error,
        };
        let path = error.path();
        match &error.kind {
            Kind::MissingField(field) => found.extend(missing(root, &path, field, Guide::of_scenario())),
            // What a value's own rules say of it without a part is no news.
            Kind::Custom(_) if tree.at(&path).is_some_and(has_holes) => {}
            _ => found.push(Misshapen {
                problem: describe(&error),
                mark: mark(&error, root, &path),
                path: path.clone(),
            }),
        }
        match tree.at_mut(&path) {
            Some(node) if !path.steps().is_empty() => node.value = Value::Gone,
            _ => break,
        }
    }
    Err(found)
}

/// True when an earlier round took something out of the value.
fn has_holes(node: &Node) -> bool {
    let gone = |node: &Node| matches!(node.value, Value::Gone);
    match &node.value {
        Value::Mapping(entries) => entries.values().any(|entry| gone(&entry.node)),
        Value::Sequence(items) => items.iter().any(gone),
        _ => false,
    }
}

/// All required fields that the struct at `path` lacks in the file; what an earlier round took out of
/// the tree is not missing.
fn missing(root: &Node, path: &Path, field: &str, guide: &Guide) -> Vec<Misshapen> {
    let mut schema = Some(guide.root());
    for step in path.steps() {
        schema = schema.and_then(|schema| match (guide.shape(schema), step) {
            (Shape::Struct { fields, .. }, Step::Key(key)) => fields.get(key),
            (Shape::Named(of), Step::Key(_)) | (Shape::List(of), _) => Some(of),
            _ => None,
        });
    }
    let required = match schema.map(|schema| guide.shape(schema)) {
        Some(Shape::Struct { required, .. }) => required,
        _ => vec![field],
    };
    let here = root.at(path);
    let absent = |name: &&str| {
        let entry = here.and_then(|node| node.entries()).and_then(|entries| entries.get(*name));
        entry.is_none_or(|entry| matches!(entry.node.value, Value::Null))
    };
    let report = |name: &str| Misshapen {
        problem: Problem::new(
            "S011",
            format!("the required field `{name}` is missing"),
            format!("add `{name}`"),
        ),
        path: path.key(name),
        mark: root.mark_of(path),
    };
    required.into_iter().filter(absent).map(report).collect()
}

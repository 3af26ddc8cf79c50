//! Errors of shape as diagnostics: code, place and way out.

use super::diagnostic::{nearest, suggestion};
use super::node::{Mark, Node};
use super::path::{Path, Step, ends};
use super::scalar::Problem;
use crate::tree::error::{Kind, ShapeError, one_of};

/// Where to point: at an unknown field's key, else at the value.
pub(crate) fn mark(error: &ShapeError, root: &Node, path: &Path) -> Mark {
    let unknown = matches!(error.kind, Kind::UnknownField { .. });
    let key = path.split_last().filter(|_| unknown).and_then(|(parent, step)| match step {
        Step::Key(key) => root.at(&parent)?.entries()?.get(key).map(|entry| entry.key),
        Step::Index(_) => None,
    });
    key.unwrap_or_else(|| root.mark_of(path))
}

/// Code, fact and way out.
pub(crate) fn describe(error: &ShapeError) -> Problem {
    let (code, hint) = match &error.kind {
        Kind::Custom(message) => {
            return Problem::from_message(message).unwrap_or_else(|| {
                Problem::new("S012", ends(message), "see the documentation of this field")
            });
        }
        Kind::UnknownField { field, expected } => {
            ("S010", suggestion(field, "fields", expected.iter().copied()))
        }
        Kind::Unread(_) => ("S010", "correct the name or take it out".to_owned()),
        Kind::MissingField(field) => ("S011", format!("add `{field}`")),
        Kind::UnknownVariant { variant, expected } => match nearest(variant, expected.iter().copied()) {
            Some(meant) => ("S013", format!("did you mean `{meant}`?")),
            None => ("S013", format!("write {}", one_of(expected))),
        },
        Kind::Mistyped { found, expected } => ("S012", quoting(found, expected)),
        Kind::OutOfRange { expected, .. } => ("S015", format!("write {expected}")),
        Kind::ListForMap => {
            ("S014", "give each item a name and write `name: {...}` instead of `- ...`".to_owned())
        }
    };
    Problem::new(code, error.fact(), hint)
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

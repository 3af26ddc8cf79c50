//! Changes to a scenario's tree: the merge patch of a variant and the assignment of `--set`.
//!
//! A **patch** follows RFC 7396: maps merge, `null` removes, everything else replaces. Two departures,
//! both because the RFC's result would not be a scenario: a variant's `checks` replace the base's, and
//! a distribution of another kind replaces the base's instead of standing beside it.
//!
//! An **assignment** replaces the one value at its path. It may create an optional field, an entry of
//! a named map and the sections with defaults on the way to it, but no section whose presence has a
//! meaning of its own (`hub`, `hub.cull`, `autoscaler`): to set something in a culler that is not
//! there is a mistake.
//!
//! Both say so when they remove what is not there or lead nowhere. Whether the result is a scenario
//! is for [`super::decode`] to say; [`Changes::added`] lets it ask "did you mean" of a new entry.

use serde_json::Value as Schema;

use super::diagnostic::suggestion;
use super::json_schema::{Guide, Shape};
use super::node::{Entry, Mark, Node, Value};
use super::path::{Path, Step};
use super::scalar::Problem;

/// Applies changes and keeps account of them.
pub(crate) struct Changes<'g> {
    guide: &'g Guide,
    /// Entries that named maps did not have before.
    pub added: Vec<Path>,
    /// What could not be done, and which place of the patch says so.
    pub refused: Vec<(Path, Mark, Problem)>,
}

impl<'g> Changes<'g> {
    /// Changes along the schema.
    pub(crate) fn new(guide: &'g Guide) -> Self {
        Self { guide, added: Vec::new(), refused: Vec::new() }
    }

    /// Merges the patch of a variant into the scenario `root`.
    pub(crate) fn patch(&mut self, root: &mut Node, patch: &Node) {
        let mut patch = patch.clone();
        if let Some(entries) = patch.entries_mut() {
            if let Some(entry) = entries.shift_remove("variants") {
                let problem = Problem::new(
                    "S030",
                    "a variant has no variants of its own",
                    "write them beside each other",
                );
                self.refused.push((Path::of(&["variants"]), entry.key, problem));
            }
            let replaced =
                entries.shift_remove("checks").filter(|entry| !matches!(entry.node.value, Value::Null));
            if let (Some(checks), Some(base)) = (replaced, root.entries_mut()) {
                base.insert("checks".to_owned(), checks);
            }
        }
        self.merge(root, &patch, Some(self.guide.root()), &Path::default());
    }

    fn merge(&mut self, base: &mut Node, patch: &Node, schema: Option<&'g Schema>, path: &Path) {
        let shape = schema.map_or(Shape::Other, |schema| self.guide.shape(schema));
        let Value::Mapping(entries) = &patch.value else {
            *base = patch.clone();
            return;
        };
        if matches!(shape, Shape::Distribution) && kind(base) != kind(patch) {
            *base = without_nulls(patch);
            return;
        }
        if base.entries().is_none() {
            base.value = Value::Mapping(indexmap::IndexMap::new());
            base.mark = patch.mark;
        }
        let Some(target) = base.entries_mut() else {
            return;
        };
        for (key, entry) in entries {
            let here = path.key(key);
            if matches!(entry.node.value, Value::Null) {
                if target.shift_remove(key).is_none() {
                    self.refuse_removal(&shape, key, &here, entry.key, target.keys().map(String::as_str));
                }
            } else if let Some(existing) = target.get_mut(key) {
                if entry.node.entries().is_none() {
                    existing.key = entry.key;
                }
                self.merge(&mut existing.node, &entry.node, child(&shape, key), &here);
            } else {
                target.insert(key.clone(), Entry { key: entry.key, node: without_nulls(&entry.node) });
                if matches!(shape, Shape::Named(_)) {
                    self.added.push(here);
                }
            }
        }
    }

    /// Removing an optional field that is absent anyway is no mistake; anything else is.
    fn refuse_removal<'n>(
        &mut self,
        shape: &Shape<'_>,
        key: &str,
        path: &Path,
        mark: Mark,
        siblings: impl Iterator<Item = &'n str> + Clone,
    ) {
        let problem = match shape {
            Shape::Struct { fields, .. } if fields.contains_key(key) => return,
            Shape::Struct { fields, .. } => {
                no_field(key, &fields.keys().map(String::as_str).collect::<Vec<_>>())
            }
            _ => Problem::new(
                "S033",
                format!("`{path}` is to be removed, but the scenario has no such entry"),
                suggestion(key, "entries", siblings),
            ),
        };
        self.refused.push((path.clone(), mark, problem));
    }

    /// Puts `value` at `path`; `None` removes what is there.
    pub(crate) fn assign(
        &mut self,
        root: &mut Node,
        path: &Path,
        value: Option<Node>,
    ) -> Result<(), Problem> {
        if path.steps().first() == Some(&Step::Key("variants".to_owned())) {
            let hint = "choose a variant, then assign to its values";
            return Err(Problem::new("S030", "an assignment does not change a variant", hint));
        }
        self.assign_in(root, Some(self.guide.root()), path, 0, value)
    }

    fn assign_in(
        &mut self,
        node: &mut Node,
        schema: Option<&'g Schema>,
        path: &Path,
        depth: usize,
        value: Option<Node>,
    ) -> Result<(), Problem> {
        let shape = schema.map_or(Shape::Other, |schema| self.guide.shape(schema));
        let step = &path.steps()[depth];
        let is_last = depth + 1 == path.steps().len();
        // An absent section, an empty one and `[]` for an empty map are the same.
        let is_map = matches!(shape, Shape::Struct { .. } | Shape::Named(_));
        let empty = matches!(&node.value, Value::Null)
            || matches!(&node.value, Value::Sequence(items) if items.is_empty());
        if is_map && empty {
            node.value = Value::Mapping(indexmap::IndexMap::new());
        }
        self.check_step(node, &shape, path, depth, value.is_none())?;
        let next = match step {
            Step::Key(key) => child(&shape, key),
            Step::Index(_) => None,
        };
        let next = match shape {
            Shape::List(items) => Some(items),
            _ => next,
        };
        if is_last {
            self.put(node, &shape, path, step, value);
            return Ok(());
        }
        if node.step(step).is_none() {
            let mark = value.as_ref().map_or(node.mark, |value| value.mark);
            let section = Node { value: Value::Mapping(indexmap::IndexMap::new()), mark };
            if let (Some(entries), Step::Key(key)) = (node.entries_mut(), step) {
                entries.insert(key.clone(), Entry { key: mark, node: section });
            }
        }
        match node.step_mut(step) {
            Some(inner) => self.assign_in(inner, next, path, depth + 1, value),
            None => {
                Err(Problem::new("S030", format!("`{path}` leads nowhere"), "compare the path with the file"))
            }
        }
    }

    /// Whether the step at `depth` of `path` can be taken from `node`.
    fn check_step(
        &self,
        node: &Node,
        shape: &Shape<'_>,
        path: &Path,
        depth: usize,
        removes: bool,
    ) -> Result<(), Problem> {
        let step = &path.steps()[depth];
        let is_last = depth + 1 == path.steps().len();
        let here = path.steps()[..depth].iter().fold(Path::default(), |path, step| match step {
            Step::Key(key) => path.key(key),
            Step::Index(index) => path.index(*index),
        });
        let there = node.step(step).is_some_and(|inner| !matches!(inner.value, Value::Null));
        let Step::Key(key) = step else {
            return if there { Ok(()) } else { Err(no_item(&here, node)) };
        };
        let siblings: Vec<&str> = node.entries().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        match shape {
            Shape::Struct { fields, .. } => {
                let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                let Some(field) = fields.get(key) else {
                    return Err(Problem { code: "S030", ..no_field(key, &names) });
                };
                if !there && removes && is_last {
                    return Err(nothing_to_remove(path, "it is absent already"));
                }
                if !there && !is_last && self.guide.is_optional(field) {
                    let section = here.key(key);
                    let fact = format!("the scenario has no `{section}`, so `{path}` cannot be set");
                    return Err(Problem::new(
                        "S030",
                        fact,
                        format!("set the whole section, such as `{section}={{}}`"),
                    ));
                }
                Ok(())
            }
            Shape::Named(_) if there => Ok(()),
            Shape::Named(_) if is_last && !removes => Ok(()),
            Shape::Named(_) if is_last => Err(nothing_to_remove(path, &suggestion(key, "entries", siblings))),
            Shape::Named(_) => {
                let fact = format!("`{here}` has no entry `{key}`");
                Err(Problem::new("S030", fact, suggestion(key, "entries", siblings)))
            }
            Shape::List(_) if there => Ok(()),
            Shape::List(_) => Err(no_item(&here, node)),
            Shape::Distribution | Shape::Other if there => Ok(()),
            Shape::Distribution | Shape::Other if is_last && !removes && node.entries().is_some() => Ok(()),
            Shape::Distribution | Shape::Other => {
                let fact = format!("`{here}` has no `{key}`");
                let hint = if siblings.is_empty() {
                    format!("`{here}` is {}; assign to it as a whole", node.kind())
                } else {
                    suggestion(key, "entries", siblings)
                };
                Err(Problem::new("S030", fact, hint))
            }
        }
    }

    fn put(&mut self, node: &mut Node, shape: &Shape<'_>, path: &Path, step: &Step, value: Option<Node>) {
        match (&mut node.value, step, value) {
            (Value::Mapping(entries), Step::Key(key), None) => {
                entries.shift_remove(key);
            }
            (Value::Mapping(entries), Step::Key(key), Some(value)) => {
                let entry = Entry { key: value.mark, node: without_nulls(&value) };
                if entries.insert(key.clone(), entry).is_none() && matches!(shape, Shape::Named(_)) {
                    self.added.push(path.clone());
                }
            }
            (Value::Sequence(items), step, value) => match (step.as_index(), value) {
                (Some(index), None) => drop(items.remove(index)),
                (Some(index), Some(value)) => items[index] = value,
                (None, _) => {}
            },
            _ => {}
        }
    }
}

/// The schema of the entry `key` where `shape` is.
fn child<'s>(shape: &Shape<'s>, key: &str) -> Option<&'s Schema> {
    match shape {
        Shape::Struct { fields, .. } => fields.get(key),
        Shape::Named(of) => Some(of),
        _ => None,
    }
}

/// The one key of a distribution.
fn kind(node: &Node) -> Option<&str> {
    node.entries().filter(|entries| entries.len() == 1)?.keys().next().map(String::as_str)
}

fn without_nulls(node: &Node) -> Node {
    let mut node = node.clone();
    if let Some(entries) = node.entries_mut() {
        entries.retain(|_, entry| !matches!(entry.node.value, Value::Null));
        for entry in entries.values_mut() {
            entry.node = without_nulls(&entry.node);
        }
    }
    node
}

fn no_field(key: &str, fields: &[&str]) -> Problem {
    let hint = suggestion(key, "fields", fields.iter().copied());
    Problem::new("S010", format!("there is no field `{}` here", super::path::ends(key)), hint)
}

fn no_item(list: &Path, node: &Node) -> Problem {
    let hint = match &node.value {
        Value::Sequence(items) => format!("the list has {} items, counted from 0", items.len()),
        _ => format!("`{list}` is {}", node.kind()),
    };
    Problem::new("S030", format!("`{list}` has no such item"), hint)
}

fn nothing_to_remove(path: &Path, hint: &str) -> Problem {
    Problem::new("S033", format!("`{path}` is to be removed, but is not there"), hint)
}

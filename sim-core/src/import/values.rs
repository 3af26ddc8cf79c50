//! Values files on top of one another, and which of their values were read.
//!
//! **Models** how Helm layers values (`helm.sh/helm/v3/pkg/chartutil`, `CoalesceValues`, and `-f` given several times):
//! a later file overrides, maps merge at every depth, lists are replaced, `null` removes. A value of another kind
//! replaces what was there.
//!
//! **Leaves out** `--set`, templates in values (`tpl`) and imports of values between charts.

use core::cell::RefCell;
use std::collections::BTreeSet;

use super::Text;
use super::charts::{self, Sections};
use crate::model::Era;
use crate::scenario::scalar::{FromScalar, Problem};
use crate::scenario::{Diagnostic, Diagnostics, Excerpt, Place, Severity, yaml};
use crate::tree::node::{Entry, Mark, Node, Value};

/// Where JupyterHub's values stand in the merged tree, whatever umbrella they came from.
pub(super) const HUB: &str = "jupyterhub";
/// Where BinderHub's do.
pub(super) const BINDERHUB: &str = "binderhub";
/// Where all else is.
const OTHER: &str = "other";

/// All layers merged.
pub(super) struct Values {
    root: Node,
    layers: Vec<Layer>,
    /// Paths whose values were read, with all below them.
    read: RefCell<BTreeSet<Vec<String>>>,
    /// What was wrong with single values.
    problems: RefCell<Diagnostics>,
}

/// One text.
struct Layer {
    name: String,
    text: String,
    sections: Sections,
    of_chart: bool,
}

/// A value with the place it came from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found<T> {
    /// The value.
    pub value: T,
    /// `values.yaml:12 singleuser.memory.limit`, or whose default it is.
    pub origin: String,
}

/// Values that nothing read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// The path in the files.
    pub path: String,
    /// How many values stand there.
    pub values: usize,
    /// File and line of the first.
    pub place: String,
}

impl Values {
    /// Reads and merges the files over the defaults of their charts.
    pub(super) fn layer(files: &[Text<'_>], era: Era) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::new();
        let mut read = Vec::new();
        for file in files {
            match parse(file) {
                Ok(root) => read.push((file, charts::sections(&root), root)),
                Err(problem) => problems.push(*problem),
            }
        }
        if read.iter().all(|(_, sections, _)| sections.hub.is_none()) && !problems.has_errors() {
            let names: Vec<&str> = files.iter().map(|file| file.name).collect();
            let fact = format!("{} holds no values of JupyterHub's chart", names.join(", "));
            let hint = "their keys (`hub`, `singleuser`, `scheduling`, `cull`) stand at the root, under `jupyterhub`, or \
                        under `jupyterhub` in an umbrella chart's section";
            problems.push(error("S100", None, "", fact, hint.to_owned()));
        }
        if problems.has_errors() {
            return Err(problems);
        }
        let binderhub = read.iter().any(|(_, sections, _)| sections.binderhub.is_some());
        let mut values = Self {
            root: Node { value: Value::Mapping(indexmap::IndexMap::new()), mark: START },
            layers: Vec::new(),
            read: RefCell::default(),
            problems: RefCell::default(),
        };
        for chart in charts::charts(era, binderhub) {
            let root = yaml::read(chart.text, 0).expect("the defaults of a chart are YAML");
            let at = |path: &[&str]| Some(path.iter().map(|key| (*key).to_owned()).collect());
            let sections = match chart.of_binderhub {
                true => Sections { hub: at(&[HUB]), binderhub: at(&[]) },
                false => Sections { hub: at(&[]), binderhub: None },
            };
            values.add(chart.name, chart.text, sections, true, root);
        }
        for (file, sections, root) in read {
            values.add(file.name, file.text, sections, false, root);
        }
        Ok(values)
    }

    /// Puts a text over what is there.
    fn add(&mut self, name: &str, text: &str, sections: Sections, of_chart: bool, mut root: Node) {
        let source = self.layers.len() as u32;
        set_source(&mut root, source);
        let mut parts = Vec::new();
        // JupyterHub's section may stand inside BinderHub's, so it is taken out first.
        for (key, path) in [(HUB, &sections.hub), (BINDERHUB, &sections.binderhub)] {
            if let Some(part) = path.as_ref().and_then(|path| take(&mut root, path)) {
                parts.push((key, part));
            }
        }
        parts.push((OTHER, root));
        for (key, node) in parts {
            let entries = self.root.entries_mut().expect("the root is a map");
            let base = entries.entry(key.to_owned()).or_insert_with(|| empty(source));
            merge(&mut base.node, node);
        }
        self.layers.push(Layer { name: name.to_owned(), text: text.to_owned(), sections, of_chart });
    }

    /// Where JupyterHub's values stand in the last file that has any: `binderhub.jupyterhub`.
    pub(super) fn hub_section(&self) -> String {
        let files = self.layers.iter().rev().filter(|layer| !layer.of_chart);
        let path = files.filter_map(|layer| layer.sections.hub.as_ref()).next();
        path.filter(|path| !path.is_empty()).map_or_else(|| "the root".to_owned(), |path| path.join("."))
    }

    /// Whether BinderHub's chart is there.
    pub(super) fn has_binderhub(&self) -> bool {
        self.layers.iter().any(|layer| layer.sections.binderhub.is_some())
    }

    /// The node at a path, which counts as read; `null` is absent.
    pub(super) fn node(&self, path: &[&str]) -> Option<&Node> {
        let owned: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let node = path.iter().try_fold(&self.root, |node, key| Some(&node.entries()?.get(*key)?.node))?;
        self.read.borrow_mut().insert(owned);
        (!matches!(node.value, Value::Null)).then_some(node)
    }

    /// The keys of a map, none of which counts as read.
    pub(super) fn keys(&self, path: &[&str]) -> Vec<String> {
        let node = path.iter().try_fold(&self.root, |node, key| Some(&node.entries()?.get(*key)?.node));
        node.and_then(Node::entries).map(|entries| entries.keys().cloned().collect()).unwrap_or_default()
    }

    /// A scalar as text.
    pub(super) fn text(&self, path: &[&str]) -> Option<Found<String>> {
        let node = self.node(path)?;
        match scalar(node) {
            Some(value) => Some(Found { value, origin: self.origin(node.mark, path) }),
            None => {
                let fact = format!("this is {}, not a single value", node.kind());
                self.refuse(
                    node.mark,
                    path,
                    Problem::new("S012", fact, "compare it with the chart's values.yaml"),
                );
                None
            }
        }
    }

    /// A scalar that must be readable as `T`; the text as it was written.
    pub(super) fn checked<T: FromScalar>(&self, path: &[&str]) -> Option<Found<(T, String)>> {
        let found = self.text(path)?;
        let node = self.node(path)?;
        match amount(node, &found.value) {
            Ok(value) => Some(Found { value: (value, found.value), origin: found.origin }),
            Err(problem) => {
                self.refuse(node.mark, path, problem);
                None
            }
        }
    }

    /// A whole number from 0.
    pub(super) fn count(&self, path: &[&str]) -> Option<Found<u64>> {
        self.number(path).and_then(|found| {
            let value = found.value;
            let whole = (0.0..9e15).contains(&value) && value == libm::floor(value);
            if !whole {
                let mark = self.node(path)?.mark;
                let fact = format!("{value} is not a whole number from 0");
                self.refuse(mark, path, Problem::new("S012", fact, "write a whole number"));
            }
            whole.then_some(Found { value: value as u64, origin: found.origin })
        })
    }

    /// A number.
    pub(super) fn number(&self, path: &[&str]) -> Option<Found<f64>> {
        let found = self.text(path)?;
        match found.value.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Some(Found { value, origin: found.origin }),
            _ => {
                let mark = self.node(path)?.mark;
                self.refuse(mark, path, Problem::not("S012", &found.value, "a number", "write a number"));
                None
            }
        }
    }

    /// A switch; Helm's YAML takes `yes` and `on` for `true`.
    pub(super) fn switch(&self, path: &[&str]) -> Option<Found<bool>> {
        let found = self.text(path)?;
        let value = matches!(found.value.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "y");
        Some(Found { value, origin: found.origin })
    }

    /// A structure, without nulls.
    pub(super) fn json(&self, path: &[&str]) -> Option<Found<serde_json::Value>> {
        let node = self.node(path)?;
        Some(Found { value: node.to_json(), origin: self.origin(node.mark, path) })
    }

    /// Whether a file, and not a chart, says something at this path.
    pub(super) fn is_written(&self, path: &[&str]) -> bool {
        let node = path.iter().try_fold(&self.root, |node, key| Some(&node.entries()?.get(*key)?.node));
        node.is_some_and(|node| self.count_written(node) > 0)
    }

    /// Notes that a value makes no sense.
    pub(super) fn refuse(&self, mark: Mark, path: &[&str], problem: Problem) {
        let Some(layer) = self.layers.get(mark.source as usize) else { return };
        let path = written_path(&layer.sections, path);
        let place = place(&layer.name, &layer.text, mark.line, mark.column);
        self.problems.borrow_mut().push(error(problem.code, Some(place), &path, problem.fact, problem.hint));
    }

    /// What was wrong with single values.
    pub(super) fn problems(&self) -> Diagnostics {
        self.problems.borrow().clone()
    }

    /// `values.yaml:12 singleuser.memory.limit`.
    pub(super) fn origin(&self, mark: Mark, path: &[&str]) -> String {
        let Some(layer) = self.layers.get(mark.source as usize) else { return String::new() };
        if layer.of_chart {
            return layer.name.to_owned();
        }
        format!("{}:{} {}", layer.name, mark.line, written_path(&layer.sections, path))
    }

    /// How many values the files say, and those that nothing read.
    pub(super) fn unread(&self) -> (usize, Vec<Unread>) {
        let mut groups = Vec::new();
        let read = self.read.borrow();
        for (section, entry) in self.root.entries().into_iter().flatten() {
            let mut path = vec![section.clone()];
            for (key, entry) in entry.node.entries().into_iter().flatten() {
                path.push(key.clone());
                self.collect(&entry.node, entry.key, &mut path, &read, &mut groups);
                path.pop();
            }
        }
        (self.count_written(&self.root), groups)
    }

    /// Adds the largest parts of `node` of which nothing was read.
    fn collect(
        &self,
        node: &Node,
        key: Mark,
        path: &mut Vec<String>,
        read: &BTreeSet<Vec<String>>,
        groups: &mut Vec<Unread>,
    ) {
        let values = self.count_written(node);
        if values == 0 || (1..=path.len()).any(|length| read.contains(&path[..length])) {
            return;
        }
        let below = read.range(path.clone()..).next().is_some_and(|other| other.starts_with(path));
        if let (true, Some(entries)) = (below, node.entries()) {
            for (key, entry) in entries {
                path.push(key.clone());
                self.collect(&entry.node, entry.key, path, read, groups);
                path.pop();
            }
            return;
        }
        let mark = if self.is_of_file(key) { key } else { self.first_written(node).unwrap_or(key) };
        let layer = &self.layers[mark.source as usize];
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        groups.push(Unread {
            path: written_path(&layer.sections, &steps),
            values,
            place: format!("{}:{}", layer.name, mark.line),
        });
    }

    fn is_of_file(&self, mark: Mark) -> bool {
        self.layers.get(mark.source as usize).is_some_and(|layer| !layer.of_chart)
    }

    /// Values, lists counted as one, that come from files.
    fn count_written(&self, node: &Node) -> usize {
        match &node.value {
            Value::Mapping(entries) if !entries.is_empty() => {
                entries.values().map(|entry| self.count_written(&entry.node)).sum()
            }
            Value::Null | Value::Gone | Value::Mapping(_) => 0,
            _ => usize::from(self.is_of_file(node.mark)),
        }
    }

    fn first_written(&self, node: &Node) -> Option<Mark> {
        match &node.value {
            Value::Mapping(entries) => entries.values().find_map(|entry| self.first_written(&entry.node)),
            _ => self.is_of_file(node.mark).then_some(node.mark),
        }
    }
}

const START: Mark = Mark::NONE;

/// A scalar as text, numbers in decimal.
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Unsigned(value) => Some(value.to_string()),
        Value::Signed(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// A scalar, of which `text` is the text, as a `T`.
pub(super) fn amount<T: FromScalar>(node: &Node, text: &str) -> Result<T, Problem> {
    match node.value {
        Value::Unsigned(_) | Value::Signed(_) | Value::Float(_) => T::from_number(text),
        _ => T::from_text(text),
    }
}

/// Reads one file; a file without values is an empty map.
fn parse(file: &Text<'_>) -> Result<Node, Box<Diagnostic>> {
    let unreadable = |problem: yaml::Unreadable| {
        let (line, column) = problem.at;
        let place = place(file.name, file.text, line, column);
        Box::new(error(problem.code, Some(place), "", problem.fact, problem.hint))
    };
    let text = yaml::decode_text(file.text.as_bytes()).map_err(unreadable)?;
    let root = yaml::read(text, 0).map_err(unreadable)?;
    match root.value {
        Value::Mapping(_) => Ok(root),
        Value::Null => Ok(Node { value: Value::Mapping(indexmap::IndexMap::new()), mark: root.mark }),
        _ => {
            let place = place(file.name, file.text, root.mark.line, root.mark.column);
            let fact = format!("the file holds {}, not a map of values", root.kind());
            let hint = "give the values.yaml of a Helm chart".to_owned();
            Err(Box::new(error("S012", Some(place), "", fact, hint)))
        }
    }
}

/// What Helm does to values with a later file's.
fn merge(base: &mut Node, over: Node) {
    match (&mut base.value, over.value) {
        (Value::Mapping(base), Value::Mapping(over)) => {
            for (key, entry) in over {
                match base.get_mut(&key) {
                    Some(there) => {
                        there.key = entry.key;
                        merge(&mut there.node, entry.node);
                    }
                    None => {
                        base.insert(key, entry);
                    }
                }
            }
        }
        (_, value) => *base = Node { value, mark: over.mark },
    }
}

/// Takes the node at `path` out of the tree.
fn take(root: &mut Node, path: &[String]) -> Option<Node> {
    let Some((last, parents)) = path.split_last() else {
        let rest = Node { value: Value::Mapping(indexmap::IndexMap::new()), mark: root.mark };
        return Some(core::mem::replace(root, rest));
    };
    let parent =
        parents.iter().try_fold(root, |node, key| Some(&mut node.entries_mut()?.get_mut(key)?.node))?;
    parent.entries_mut()?.shift_remove(last).map(|entry| entry.node)
}

fn set_source(node: &mut Node, source: u32) {
    node.mark.source = source;
    match &mut node.value {
        Value::Mapping(entries) => {
            for entry in entries.values_mut() {
                entry.key.source = source;
                set_source(&mut entry.node, source);
            }
        }
        Value::Sequence(items) => items.iter_mut().for_each(|item| set_source(item, source)),
        _ => {}
    }
}

fn empty(source: u32) -> Entry {
    let mark = Mark { source, ..START };
    Entry { key: mark, node: Node { value: Value::Mapping(indexmap::IndexMap::new()), mark } }
}

/// A path of the merged tree as the file has it.
fn written_path(sections: &Sections, path: &[&str]) -> String {
    let (section, rest) = path.split_first().expect("paths begin with their section");
    let prefix = match *section {
        HUB => sections.hub.as_ref(),
        BINDERHUB => sections.binderhub.as_ref(),
        _ => None,
    };
    let prefix = prefix.into_iter().flatten().map(String::as_str);
    prefix.chain(rest.iter().copied()).collect::<Vec<_>>().join(".")
}

fn place(name: &str, text: &str, line: u32, column: u32) -> Place {
    let written = text.lines().nth(line.saturating_sub(1) as usize).unwrap_or("");
    let excerpt = Some(Excerpt::cut(written, column)).filter(|excerpt| !excerpt.text.is_empty());
    let file = name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    Place { file, source: 0, line, column, excerpt }
}

/// A mistake in the input of an import.
pub(super) fn error(
    code: &'static str,
    place: Option<Place>,
    path: &str,
    fact: String,
    hint: String,
) -> Diagnostic {
    let path = path.to_owned();
    Diagnostic { code, severity: Severity::Error, place, path, variant: None, fact, hint: Some(hint) }
}

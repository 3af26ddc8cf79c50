//! A scenario file in memory: its tree, the texts it came from, and what may be done with it.
//!
//! Life of a document: [`Document::parse`] reads bytes, [`Document::variant`] makes the document of a
//! what-if, [`Document::set`] changes single values, [`Document::compile`] turns what is then there
//! into a [`Model`]. Variants and assignments work on the tree, before anything has been decoded, so
//! what they may do is exactly what could have been written in the file.
//!
//! Nothing is lost on the way: every value keeps its own place, in the file, in the variant's lines of
//! it, or in the assignment.

use std::sync::Arc;

use super::compile;
use super::decode;
use super::diagnostic::{Diagnostic, Diagnostics, Excerpt, Place, Severity, nearest, suggestion};
use super::json_schema::Guide;
use super::node::{Mark, Node, Value};
use super::patch::Changes;
use super::path::{Path, Step, ends};
use super::presets;
use super::scalar::Problem;
use super::schema::{self, Scenario};
use super::yaml::{self, Unreadable};
use crate::kubernetes::Objects;
use crate::model::Model;
use crate::tree::deserializer::read;

/// Variants of one scenario: each is compiled when the file is validated.
const MAX_VARIANTS: usize = 200;

/// A scenario file with the changes made to it.
#[derive(Clone, Debug)]
pub struct Document {
    sources: Vec<Source>,
    root: Node,
    variant: Option<String>,
    /// Entries that a variant or an assignment added to named maps.
    added: Vec<Path>,
}

/// A text that values came from.
#[derive(Clone, Debug)]
struct Source {
    /// The file's name, or `--set <assignment>`.
    name: Arc<str>,
    text: Arc<str>,
}

/// A scenario compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What a simulation runs.
    pub model: Model,
    /// What the author should know nevertheless.
    pub warnings: Diagnostics,
}

impl Document {
    /// Reads a file; `name` is what messages call it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Diagnostics> {
        let name: String = name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        let source = |text: &str| vec![Source { name: name.as_str().into(), text: text.into() }];
        let empty = Node { value: Value::Null, mark: Mark { source: 0, line: 1, column: 1 } };
        let mut document = Self { sources: source(""), root: empty, variant: None, added: Vec::new() };
        let text = yaml::decode_text(bytes).map_err(|error| document.unreadable(error, 0, 0))?;
        document.sources = source(text);
        document.root = yaml::read(text, 0).map_err(|error| document.unreadable(error, 0, 0))?;
        let problem = match &document.root.value {
            Value::Mapping(_) => return Ok(document),
            Value::Null => Problem::new(
                "S004",
                "the file holds no scenario",
                "a scenario has at least `apiVersion: plimsoll/v1`, `name`, `start` and `duration`",
            ),
            _ => Problem::new(
                "S012",
                format!("the file holds {}, not a map of fields", document.root.kind()),
                "a scenario begins with `apiVersion: plimsoll/v1`",
            ),
        };
        Err(document.report(Severity::Error, document.root.mark, &Path::default(), problem).into())
    }

    /// The names of the variants, in the file's order. A variant has none.
    pub fn variant_names(&self) -> Vec<String> {
        let variants = self.root.at(&Path::of(&["variants"]));
        variants.and_then(Node::entries).map(|entries| entries.keys().cloned().collect()).unwrap_or_default()
    }

    /// The variant that this document is.
    pub fn variant_name(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// The document of the variant `name`: this one, changed assignments included, with the variant's
    /// patch applied. What is assigned to the result overrides the variant.
    pub fn variant(&self, name: &str) -> Result<Self, Diagnostics> {
        let path = Path::of(&["variants"]).key(name);
        let Some(patch) = self.root.at(&path) else {
            let names = self.variant_names();
            let hint = suggestion(name, "variants", names.iter().map(String::as_str));
            let problem = Problem::new("S031", format!("there is no variant `{}`", ends(name)), hint);
            let mark = self.root.mark_of(&Path::of(&["variants"]));
            return Err(self.report(Severity::Error, mark, &Path::of(&["variants"]), problem).into());
        };
        // A what-if reaches into the preset, unless it chooses another.
        let chooses = patch.at(&presets::path()).is_some();
        let mut varied = if chooses { self.clone() } else { self.layered().unwrap_or_else(|| self.clone()) };
        varied.variant = Some(name.to_owned());
        if let Some(entries) = varied.root.entries_mut() {
            entries.shift_remove("variants");
        }
        // An empty variant is the base under another name.
        if matches!(patch.value, Value::Null) {
            return Ok(varied);
        }
        if let Err(error) = read::<schema::Variant>(patch) {
            return Err(self
                .report(
                    Severity::Error,
                    self.root.mark_of(&path),
                    &path,
                    super::shape_error::describe(&error),
                )
                .into());
        }
        let mut changes = Changes::new(Guide::of_scenario());
        changes.patch(&mut varied.root, patch);
        varied.added.append(&mut changes.added);
        let refused = changes.refused.into_iter();
        let refused: Diagnostics = refused
            .map(|(path, mark, problem)| varied.report(Severity::Error, mark, &path, problem))
            .collect();
        if refused.is_empty() { Ok(varied) } else { Err(refused) }
    }

    /// Replaces the value at a path: `nodeGroups.user.max=20`, `timeline={}`, `timeline.x=null`. The
    /// value is YAML. On an error the document is as before.
    pub fn set(&mut self, assignment: &str) -> Result<(), Diagnostics> {
        let chooses = split_assignment(assignment)
            .is_some_and(|(target, _)| Path::parse(target).is_ok_and(|path| path == presets::path()));
        let mut changed = if chooses { self.clone() } else { self.layered().unwrap_or_else(|| self.clone()) };
        let source = changed.sources.len() as u32;
        changed
            .sources
            .push(Source { name: format!("--set {}", ends(assignment)).into(), text: assignment.into() });
        let start = Mark { source, line: 1, column: 1 };
        let refuse = |path: &Path, problem| changed.report(Severity::Error, start, path, problem);
        let root = Path::default();
        let malformed = |fact: &str| {
            let hint = "write `path=value`, such as `nodeGroups.user.max=20`; the value `null` removes";
            refuse(&root, Problem::new("S032", fact, hint))
        };
        let (target, value) =
            split_assignment(assignment).ok_or_else(|| malformed("the assignment has no `=`"))?;
        let path = Path::parse(target)
            .map_err(|fault| malformed(&format!("the path of the assignment is not one: {fault}")))?;
        if value.trim().is_empty() {
            return Err(malformed("the assignment has no value").into());
        }
        let shift = (assignment.len() - value.len()) as u32;
        let text =
            yaml::decode_text(value.as_bytes()).map_err(|error| changed.unreadable(error, source, shift))?;
        let mut value = yaml::read(text, source).map_err(|error| changed.unreadable(error, source, shift))?;
        shift_columns(&mut value, shift);
        let value = if matches!(value.value, Value::Null) { None } else { Some(value) };
        let mut changes = Changes::new(Guide::of_scenario());
        let mut tree = changed.root.clone();
        changes.assign(&mut tree, &path, value).map_err(|problem| refuse(&path, problem))?;
        changed.added.append(&mut changes.added);
        changed.root = tree;
        *self = changed;
        Ok(())
    }

    /// The value at a path, as `set` takes it.
    pub fn get(&self, path: &str) -> Option<serde_json::Value> {
        let path = Path::parse(path).ok()?;
        let layered = self.root.at(&path).is_none().then(|| self.layered()).flatten();
        layered.as_ref().unwrap_or(self).root.at(&path).map(Node::to_json)
    }

    /// This document on top of the preset that it names, if it does.
    fn layered(&self) -> Option<Self> {
        let (name, text) = presets::named(&self.root)?;
        let mut whole = self.clone();
        whole.root = presets::layered(&self.root, text, self.sources.len() as u32);
        whole.sources.push(Source { name: format!("preset {name}").into(), text: text.into() });
        Some(whole)
    }

    /// The scenario as written, its preset included, or all that is wrong with its shape.
    pub fn scenario(&self) -> Result<Scenario, Diagnostics> {
        self.layered().as_ref().unwrap_or(self).decoded()
    }

    fn decoded(&self) -> Result<Scenario, Diagnostics> {
        decode::decode(&self.root).map_err(|errors| {
            let report = |error: decode::Misshapen| {
                let problem = self.hint_at_sibling(&error.path, error.problem);
                self.report(Severity::Error, error.mark, &error.path, problem)
            };
            errors.into_iter().map(report).collect()
        })
    }

    /// The model, or all that is wrong with the scenario. Diagnostics of a failure include warnings.
    pub fn compile(&self) -> Result<Compiled, Diagnostics> {
        self.compile_on(None)
    }

    /// The same on top of a real cluster: its nodes and pods are there when the run begins.
    pub fn compile_on(&self, cluster: Option<&Objects>) -> Result<Compiled, Diagnostics> {
        let mut findings: Diagnostics = self.empty_values().into_iter().collect();
        let layered = self.layered();
        let whole = layered.as_ref().unwrap_or(self);
        let compiled = match whole.decoded() {
            Ok(scenario) => compile::compile(&scenario, whole, cluster, &mut findings),
            Err(errors) => {
                findings.extend(errors);
                None
            }
        };
        match compiled {
            Some(model) if !findings.has_errors() => Ok(Compiled { model, warnings: findings }),
            _ => Err(findings),
        }
    }

    /// All warnings about the scenario and its variants, or, if there are errors, all that is wrong.
    pub fn validate(&self) -> Result<Diagnostics, Diagnostics> {
        let outcome = |document: &Self| match document.compile() {
            Ok(compiled) => compiled.warnings,
            Err(diagnostics) => diagnostics,
        };
        let mut all = outcome(self);
        let names = self.variant_names();
        if names.len() > MAX_VARIANTS {
            let path = Path::of(&["variants"]);
            let fact = format!("{} variants; a scenario has at most {MAX_VARIANTS}", names.len());
            let problem = Problem::new("S063", fact, "sweep a value instead of writing a variant for each");
            all.push(self.report(Severity::Error, self.root.mark_of(&path), &path, problem));
        }
        for name in names.into_iter().take(MAX_VARIANTS) {
            all.extend(self.variant(&name).map_or_else(|refused| refused, |variant| outcome(&variant)));
        }
        if all.has_errors() { Err(all) } else { Ok(all) }
    }

    /// A diagnostic about the value at `path`, pointing at `mark`.
    pub(super) fn report(&self, severity: Severity, mark: Mark, path: &Path, problem: Problem) -> Diagnostic {
        Diagnostic {
            code: problem.code,
            severity,
            place: Some(self.place(mark)),
            path: path.to_string(),
            variant: self.variant.clone(),
            fact: problem.fact,
            hint: Some(problem.hint),
        }
    }

    /// Where the value at `path` stands.
    pub(super) fn mark_of(&self, path: &Path) -> Mark {
        self.root.mark_of(path)
    }

    /// The tree.
    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    /// The line of a text that `mark` is in.
    pub(super) fn line_at(&self, mark: Mark) -> &str {
        let text = self.sources.get(mark.source as usize).map_or("", |source| &source.text);
        text.lines().nth(mark.line.saturating_sub(1) as usize).unwrap_or("")
    }

    fn place(&self, mark: Mark) -> Place {
        let name = self.sources.get(mark.source as usize).map_or("", |source| &source.name);
        let excerpt = (mark.source == 0).then(|| Excerpt::cut(self.line_at(mark), mark.column));
        let excerpt = excerpt.filter(|excerpt| !excerpt.text.is_empty());
        Place { file: name.to_owned(), source: mark.source, line: mark.line, column: mark.column, excerpt }
    }

    fn unreadable(&self, error: Unreadable, source: u32, shift: u32) -> Diagnostic {
        let (line, column) = error.at;
        let column = if line == 1 { column.saturating_add(shift) } else { column };
        let problem = Problem::new(error.code, error.fact, error.hint);
        self.report(Severity::Error, Mark { source, line, column }, &Path::default(), problem)
    }

    /// An entry that a patch added and that lacks something was probably meant to be another.
    fn hint_at_sibling(&self, path: &Path, problem: Problem) -> Problem {
        let added = self.added.iter().find(|added| path.steps().starts_with(added.steps()));
        let Some((parent, Step::Key(name))) =
            added.and_then(Path::split_last).filter(|_| problem.code == "S011")
        else {
            return problem;
        };
        let siblings = self.root.at(&parent).and_then(Node::entries).into_iter().flatten();
        let others = siblings.map(|(key, _)| key.as_str()).filter(|key| key != name);
        match nearest(name, others) {
            Some(sibling) => Problem {
                hint: format!("`{name}` is a new entry of `{parent}`; did you mean `{sibling}`?"),
                ..problem
            },
            None => Problem {
                hint: format!("{}; `{name}` is a new entry of `{parent}`", problem.hint),
                ..problem
            },
        }
    }

    /// Warnings for fields that stand there without a value.
    fn empty_values(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut pending = vec![(Path::default(), &self.root)];
        while let Some((path, node)) = pending.pop() {
            for (key, entry) in node.entries().into_iter().flatten().filter(|(key, _)| *key != "variants") {
                let path = path.key(key);
                if matches!(entry.node.value, Value::Null) {
                    let fact = format!("`{path}` has no value and counts as absent");
                    let problem = Problem::new(
                        "S016",
                        fact,
                        "remove it, or write `{}` for a section with all defaults",
                    );
                    found.push(self.report(Severity::Warning, entry.key, &path, problem));
                }
                pending.push((path, &entry.node));
            }
        }
        found
    }
}

/// Splits at the first `=` outside of quotes.
fn split_assignment(assignment: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in assignment.char_indices() {
        match character {
            '"' if !escaped => quoted = !quoted,
            '=' if !quoted => return Some((&assignment[..at], &assignment[at + 1..])),
            _ => {}
        }
        escaped = quoted && character == '\\' && !escaped;
    }
    None
}

/// Moves the marks of a value's first line to where the value stands in its assignment.
fn shift_columns(node: &mut Node, shift: u32) {
    let moved = |mark: &mut Mark| {
        if mark.line == 1 {
            mark.column = mark.column.saturating_add(shift);
        }
    };
    moved(&mut node.mark);
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| shift_columns(item, shift)),
        Value::Mapping(entries) => {
            for entry in entries.values_mut() {
                moved(&mut entry.key);
                shift_columns(&mut entry.node, shift);
            }
        }
        _ => {}
    }
}

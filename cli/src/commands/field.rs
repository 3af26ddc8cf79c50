//! `plimsoll explain FIELD`: what may stand at a path of a scenario, from its JSON Schema, as `kubectl explain`
//! tells it of Kubernetes' objects.

use plimsoll_core::scenario::json_schema;
use serde_json::{Map, Value};

use super::explain::wrapped;
use crate::exit::Failure;
use crate::terminal::{FAINT, STRONG, printable};

/// What the path is called that means the scenario itself.
const TOP: &str = "scenario";

/// What may stand at a path. A name that the scenario gives, such as that of a node group, may be any.
pub fn explain(path: &str) -> Result<String, Failure> {
    let schema = json_schema();
    let schema = Schema(&schema);
    let mut found = schema.open(schema.0);
    let mut walked = Vec::new();
    for step in path.split('.').filter(|_| path != TOP) {
        let Some(next) = schema.step(&found, step) else {
            return Err(no_field(&schema, &found, &walked.join("."), step));
        };
        found = schema.open(next);
        walked.push(step);
    }
    Ok(schema.told(path, &found))
}

fn no_field(schema: &Schema<'_>, found: &Found<'_>, walked: &str, step: &str) -> Failure {
    let names: Vec<&str> = schema.fields(found).into_iter().map(|(name, _)| name).collect();
    let at = if walked.is_empty() { TOP } else { walked };
    let near = names.iter().max_by(|a, b| strsim::jaro(a, step).total_cmp(&strsim::jaro(b, step)));
    let hint = match near {
        Some(near) if strsim::jaro(near, step) > 0.8 => format!("did you mean {near}?"),
        Some(_) => format!("the fields of {at} are: {}", names.join(", ")),
        None => format!("{at} has no fields; plimsoll explain {at} says what stands there"),
    };
    Failure::bad_input(format!("there is no field {} in {}", printable(step), printable(at)), hint)
}

/// The schema of a scenario.
struct Schema<'s>(&'s Value);

/// What stands at a path: all that its schema says, from the field itself to the type behind it.
#[derive(Default)]
struct Found<'s> {
    layers: Vec<&'s Map<String, Value>>,
    /// Forms of which one is taken.
    forms: Vec<&'s Value>,
}

impl<'s> Schema<'s> {
    /// Follows references and what only wraps something, until there is a type.
    fn open(&self, mut at: &'s Value) -> Found<'s> {
        let mut found = Found::default();
        while let Some(layer) = at.as_object() {
            found.layers.push(layer);
            let parts = ["allOf", "anyOf", "oneOf"].iter().find_map(|key| layer.get(*key)?.as_array());
            let parts: Vec<&Value> =
                parts.into_iter().flatten().filter(|part| part["type"] != "null").collect();
            let referred = layer.get("$ref").and_then(Value::as_str).and_then(|name| self.definition(name));
            match (referred, parts.as_slice()) {
                (Some(definition), _) => at = definition,
                (None, [only]) => at = only,
                (None, parts) => {
                    found.forms = parts.to_vec();
                    break;
                }
            }
        }
        found
    }

    fn definition(&self, name: &str) -> Option<&'s Value> {
        self.0["definitions"].get(name.strip_prefix("#/definitions/")?)
    }

    /// The schema of a field, of a value under any name, or of an item.
    fn step(&self, found: &Found<'s>, name: &str) -> Option<&'s Value> {
        let own = |layer: &&'s Map<String, Value>| {
            let field = layer.get("properties").and_then(|fields| fields.get(name));
            let any = || layer.get("additionalProperties").filter(|any| any.is_object());
            let item = || layer.get("items").filter(|_| name.parse::<usize>().is_ok());
            field.or_else(any).or_else(item)
        };
        let forms = || found.forms.iter().find_map(|form| self.step(&self.open(form), name));
        found.layers.iter().find_map(own).or_else(forms)
    }

    /// The fields that have a name of their own.
    fn fields(&self, found: &Found<'s>) -> Vec<(&'s str, &'s Value)> {
        let named = |layer: &&'s Map<String, Value>| layer.get("properties").and_then(Value::as_object);
        let own = found.layers.iter().filter_map(named).flatten().map(|(name, field)| (name.as_str(), field));
        let forms = found.forms.iter().flat_map(|form| self.fields(&self.open(form)));
        own.chain(forms).collect()
    }

    /// The first sentence or all of what is said about it.
    fn description(&self, found: &Found<'s>) -> Vec<&'s str> {
        let mut said: Vec<&str> =
            found.layers.iter().filter_map(|layer| layer.get("description")?.as_str()).collect();
        said.dedup();
        said
    }

    /// What kind of value it is.
    fn kind(&self, found: &Found<'s>) -> String {
        let of = |name: &str| match name {
            "object" if self.any_name(found).is_some() => "map".to_owned(),
            "array" => {
                let items = found.layers.iter().find_map(|layer| layer.get("items"));
                items.map_or("list".to_owned(), |items| format!("list of {}", self.kind(&self.open(items))))
            }
            name => name.to_owned(),
        };
        let kind = found.layers.iter().rev().find_map(|layer| match layer.get("type")? {
            Value::String(name) => Some(of(name)),
            Value::Array(names) => {
                names.iter().filter_map(Value::as_str).find(|name| *name != "null").map(of)
            }
            _ => None,
        });
        kind.unwrap_or_else(|| {
            let mut kinds: Vec<String> = found.forms.iter().map(|form| self.kind(&self.open(form))).collect();
            kinds.dedup();
            if kinds.is_empty() { "any value".to_owned() } else { kinds.join(" or ") }
        })
    }

    /// What stands under any name of a map.
    fn any_name(&self, found: &Found<'s>) -> Option<&'s Value> {
        found.layers.iter().find_map(|layer| layer.get("additionalProperties").filter(|any| any.is_object()))
    }

    /// All of it for people.
    fn told(&self, path: &str, found: &Found<'s>) -> String {
        let mut text = format!("{STRONG}{}{STRONG:#}  <{}>\n", printable(path), self.kind(found));
        for said in self.description(found) {
            text += &format!("\n{}", wrapped(said, 0));
        }
        if let Some(default) = found.layers.iter().find_map(|layer| layer.get("default")) {
            text += &format!("\nDefault: {default}\n");
        }
        text += &self.values(found);
        if let Some(any) = self.any_name(found) {
            let inner = self.open(any);
            text += &format!(
                "\n{FAINT}FIELDS OF EACH, UNDER A NAME OF YOUR CHOICE{FAINT:#}\n{}",
                self.lines(&inner)
            );
        }
        let lines = self.lines(found);
        if !lines.is_empty() {
            text += &format!("\n{FAINT}FIELDS{FAINT:#}\n{lines}");
        }
        text
    }

    /// The values of which one is taken.
    fn values(&self, found: &Found<'s>) -> String {
        let mut text = String::new();
        for form in &found.forms {
            if let Some(value) = form.get("const").and_then(Value::as_str) {
                text += &format!(
                    "  {value}\n{}",
                    form["description"].as_str().map_or(String::new(), |said| wrapped(said, 6))
                );
            }
        }
        if text.is_empty() { text } else { format!("\n{FAINT}VALUES{FAINT:#}\n{text}") }
    }

    /// A line and what is said for each field.
    fn lines(&self, found: &Found<'s>) -> String {
        let required: Vec<&str> = found
            .layers
            .iter()
            .filter_map(|layer| layer.get("required")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut text = String::new();
        for (name, field) in self.fields(found) {
            let inner = self.open(field);
            let needed = if required.contains(&name) { " required" } else { "" };
            text += &format!("  {STRONG}{name}{STRONG:#}  <{}>{needed}\n", self.kind(&inner));
            if let Some(said) = self.description(&inner).first() {
                text += &wrapped(said, 6);
            }
        }
        text
    }
}

//! The JSON schema of a scenario, for editors and for finding one's way along a path.
//!
//! Generated from the types of [`super::schema`], in draft-07 because that is what
//! yaml-language-server reads. The patch of a variant is the same schema once more with nothing
//! required and `null` allowed everywhere, so that an editor completes and checks variants too.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::path::{Path, Step};
use super::schema::Scenario;

/// The suffix of definitions that describe patches.
const PATCH: &str = "Patch";
const DEFINITIONS: &str = "#/definitions/";

/// The JSON schema of a scenario file.
pub fn json_schema() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Scenario>();
    let mut schema = schema.to_value();
    let definitions = schema["definitions"].as_object().cloned().unwrap_or_default();
    let structs: Vec<String> = definitions
        .iter()
        .filter(|(_, of)| of.get("properties").is_some())
        .map(|(name, _)| name.clone())
        .collect();
    let patches: Map<String, Value> =
        structs.iter().map(|name| (format!("{name}{PATCH}"), patch(&definitions[name], &structs))).collect();
    let variant = variant(&schema, &structs);
    if let Some(all) = schema["definitions"].as_object_mut() {
        all.extend(patches);
        all.insert("Variant".to_owned(), variant);
        prune(all);
    }
    schema["title"] = "Plimsoll scenario".into();
    schema
}

/// The schema, made from the types.
#[cfg(not(target_arch = "wasm32"))]
fn schema() -> Value {
    json_schema()
}

/// The schema, as it is committed: `tests/schema.rs` holds it to the types. Its text weighs a third of what would
/// make it, which the browser then never loads.
#[cfg(target_arch = "wasm32")]
fn schema() -> Value {
    serde_json::from_str(include_str!("../../../scenarios/schema.json"))
        .expect("the committed schema is JSON")
}

/// A variant: a patch of the whole scenario, apart from what makes it this file.
fn variant(schema: &Value, structs: &[String]) -> Value {
    let mut properties = patch(schema, structs)["properties"].take();
    if let Some(properties) = properties.as_object_mut() {
        properties.retain(|name, _| name != "variants" && name != "apiVersion");
    }
    json!({
        "description": "A patch of the scenario: maps merge, `null` removes, everything else replaces; `checks` \
            replace the base's.",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false
    })
}

/// Removes patches that nothing refers to: those of list items, since lists are replaced as a whole.
fn prune(definitions: &mut Map<String, Value>) {
    loop {
        let text = Value::Object(definitions.clone()).to_string();
        let count = definitions.len();
        let is_used = |name: &str| text.contains(&format!("\"{DEFINITIONS}{name}\""));
        definitions.retain(|name, _| !name.ends_with(PATCH) || is_used(name));
        if definitions.len() == count {
            return;
        }
    }
}

/// `schema` as a patch describes it.
fn patch(schema: &Value, structs: &[String]) -> Value {
    let Some(object) = schema.as_object() else {
        return schema.clone();
    };
    let mut patched = Map::new();
    for (key, value) in object {
        let value = match key.as_str() {
            "required" | "default" | "definitions" | "$schema" | "title" => continue,
            "$ref" => json!(renamed(value, structs)),
            "properties" => value
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, of)| (name.clone(), nullable(patch(of, structs))))
                .collect(),
            "additionalProperties" if value.is_object() => nullable(patch(value, structs)),
            "anyOf" | "allOf" | "oneOf" => {
                value.as_array().into_iter().flatten().map(|of| patch(of, structs)).collect()
            }
            // Lists are replaced as a whole, so their items are complete.
            _ => value.clone(),
        };
        patched.insert(key.clone(), value);
    }
    Value::Object(patched)
}

fn renamed(reference: &Value, structs: &[String]) -> String {
    let reference = reference.as_str().unwrap_or_default();
    let is_struct =
        reference.strip_prefix(DEFINITIONS).is_some_and(|name| structs.iter().any(|known| known == name));
    if is_struct { format!("{reference}{PATCH}") } else { reference.to_owned() }
}

/// `schema` or `null`; where names are free also the empty list, which stands for the empty map.
fn nullable(mut schema: Value) -> Value {
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let mut either = if is_nullable(&schema) {
        schema
    } else if schema.get("additionalProperties").is_some_and(Value::is_object) {
        json!({ "anyOf": [schema, { "type": "array", "maxItems": 0 }, { "type": "null" }] })
    } else {
        json!({ "anyOf": [schema, { "type": "null" }] })
    };
    if let Some(description) = description {
        either["description"] = description;
    }
    either
}

fn is_nullable(schema: &Value) -> bool {
    let is_null = |of: &Value| of.get("type").is_some_and(|of| includes(of, "null"));
    is_null(schema)
        || schema.get("anyOf").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_null))
}

/// What may stand at a place of a scenario.
pub(crate) enum Shape<'s> {
    /// Fields with given names.
    Struct {
        /// The fields.
        fields: &'s Map<String, Value>,
        /// Those that must be there.
        required: Vec<&'s str>,
    },
    /// Entries with names of the author's choice, all of one kind.
    Named(&'s Value),
    /// A list of one kind.
    List(&'s Value),
    /// A distribution: a map whose one key is its kind.
    Distribution,
    /// A scalar, or something the schema does not describe further.
    Other,
}

/// Finds the way through the schema along the paths of a scenario.
pub(crate) struct Guide {
    schema: Value,
}

impl Guide {
    /// The guide through the schema of a scenario. The schema never changes, so it is made once.
    pub(crate) fn of_scenario() -> &'static Self {
        static GUIDE: OnceLock<Guide> = OnceLock::new();
        GUIDE.get_or_init(|| Self { schema: schema() })
    }

    /// The schema of the whole.
    pub(crate) fn root(&self) -> &Value {
        &self.schema
    }

    /// What may stand where `schema` describes.
    pub(crate) fn shape<'s>(&'s self, schema: &'s Value) -> Shape<'s> {
        let (schema, name) = self.resolve(schema);
        if super::distribution::SCHEMA_NAMES.contains(&name) {
            return Shape::Distribution;
        }
        if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
            let required = schema.get("required").and_then(Value::as_array);
            return Shape::Struct {
                fields,
                required: required.into_iter().flatten().filter_map(Value::as_str).collect(),
            };
        }
        if schema.get("type").is_some_and(|of| includes(of, "object")) {
            return schema.get("additionalProperties").map_or(Shape::Other, Shape::Named);
        }
        schema.get("items").map_or(Shape::Other, Shape::List)
    }

    /// What is written at `path`, in the schema's words.
    pub(crate) fn about(&self, path: &Path) -> Option<String> {
        let mut about: Option<String> = None;
        let mut schema = &self.schema;
        for step in path.steps() {
            schema = match (self.shape(schema), step) {
                (Shape::Struct { fields, .. }, Step::Key(key)) => fields.get(key)?,
                (Shape::Named(inner), _) | (Shape::List(inner), Step::Index(_)) => inner,
                // A part of a distribution is told as the whole.
                (Shape::Distribution, _) => break,
                _ => return None,
            };
            let described = schema.get("description").and_then(Value::as_str);
            about = match (about, described) {
                // "The request." alone says nothing: of what stands above.
                (Some(above), Some(short)) if short.split_whitespace().count() <= 2 => {
                    Some(format!("{short} {above}"))
                }
                (_, described) => described.map(str::to_owned),
            };
        }
        about.map(|about| about.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// True when the value may be left out and its absence means something of its own.
    pub(crate) fn is_optional(&self, schema: &Value) -> bool {
        is_nullable(schema)
    }

    /// Follows references and looks past `null` alternatives; the last definition's name.
    fn resolve<'s>(&'s self, mut schema: &'s Value) -> (&'s Value, &'s str) {
        let mut name = "";
        loop {
            let only = |of: &'s Value| {
                let mut all = of.as_array()?.iter().filter(|of| of.get("type") != Some(&json!("null")));
                all.next().filter(|_| all.next().is_none())
            };
            let reference =
                schema.get("$ref").and_then(Value::as_str).and_then(|of| of.strip_prefix(DEFINITIONS));
            let next = match reference {
                Some(definition) => {
                    name = definition;
                    self.schema["definitions"].get(definition)
                }
                None => schema.get("allOf").or_else(|| schema.get("anyOf")).and_then(only),
            };
            match next {
                Some(next) => schema = next,
                None => return (schema, name),
            }
        }
    }
}

fn includes(kind: &Value, name: &str) -> bool {
    kind.as_str() == Some(name)
        || kind.as_array().is_some_and(|all| all.iter().any(|of| of.as_str() == Some(name)))
}

//! The committed JSON schema is the one that the types generate, and is what editors need.

use plimsoll_core::scenario::json_schema;

#[test]
fn the_committed_schema_is_current() {
    let current = format!("{}\n", serde_json::to_string_pretty(&json_schema()).expect("a schema is JSON"));
    assert!(
        include_str!("../../scenarios/schema.json") == current,
        "scenarios/schema.json is stale; refresh it with `plimsoll schema > scenarios/schema.json`"
    );
}

#[test]
fn the_schema_is_draft_07_with_every_reference_resolved() {
    let schema = json_schema();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let text = schema.to_string();
    for reference in text.split("\"$ref\":\"#/definitions/").skip(1) {
        let name = reference.split('"').next().unwrap_or_default();
        assert!(schema["definitions"].get(name).is_some(), "{name}");
    }
    let variant = &schema["definitions"]["Variant"];
    assert!(variant["properties"]["nodeGroups"].is_object() && variant["properties"]["variants"].is_null());
    assert!(schema["definitions"]["NodeGroupPatch"]["required"].is_null());
    assert!(schema["definitions"]["NodeGroup"]["required"].is_array());
}

#[test]
fn every_field_is_described() {
    let schema = json_schema();
    let definitions = schema["definitions"].as_object().expect("definitions");
    for (name, of) in definitions.iter().filter(|(name, _)| !name.ends_with("Distribution")) {
        for (field, schema) in of["properties"].as_object().into_iter().flatten() {
            assert!(schema["description"].is_string(), "{name}.{field}");
        }
    }
}

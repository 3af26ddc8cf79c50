//! Goal: a hub's `values.yaml` becomes a scenario that says what the hub's operators wrote. Method: real files under
//! `values/`, with facts about them that were found by other means; layering and mistakes on small ones.

use plimsoll_core::import::{Imported, NoteKind, Text, Wishes, z2jh};
use plimsoll_core::scenario::Document;
use serde_json::Value;

macro_rules! real {
    ($($name:literal),*) => { [$(Text { name: $name, text: include_str!(concat!("../values/", $name)) }),*] };
}

mod hubs;
mod rules;

fn wishes() -> Wishes {
    Wishes { machine: Some("r5.4xlarge".to_owned()), users: Some(200), ..Wishes::default() }
}

fn imported(files: &[Text<'_>], wishes: &Wishes) -> Imported {
    z2jh(files, wishes).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// The scenario as a document, and a look at its values.
fn document(imported: &Imported) -> Document {
    let document = Document::parse("imported.yaml", imported.scenario.as_bytes());
    let document = document.unwrap_or_else(|wrong| panic!("{wrong}\n{}", imported.scenario));
    document.validate().unwrap_or_else(|wrong| panic!("{wrong}\n{}", imported.scenario));
    document
}

fn facts(files: &[Text<'_>], wishes: &Wishes, expected: &[(&str, Value)]) -> Imported {
    let imported = imported(files, wishes);
    let document = document(&imported);
    for (path, value) in expected {
        let found = document.get(path).unwrap_or(Value::Null);
        assert_eq!(&found, value, "{path} in\n{}", imported.scenario);
    }
    imported
}

fn says(imported: &Imported, kind: NoteKind, words: &str) {
    let found = imported.notes.iter().any(|note| note.kind == kind && note.text.contains(words));
    assert!(found, "{words:?} is not in {:#?}", imported.notes);
}

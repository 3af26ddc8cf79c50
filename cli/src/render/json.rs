//! JSON, for programs: the report itself.

use serde::Serialize;

/// Indented, for one run.
pub fn pretty(value: &impl Serialize) -> String {
    text(serde_json::to_string_pretty(value))
}

/// On one line, for several runs.
pub fn line(value: &impl Serialize) -> String {
    text(serde_json::to_string(value))
}

/// A report is plain data: it has no key that is not a string, and no value that JSON lacks.
fn text(json: serde_json::Result<String>) -> String {
    let mut text = json.expect("a report can be written as JSON");
    text.push('\n');
    text
}

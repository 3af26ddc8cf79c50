//! YAML: the report itself, one document for each run.

use plimsoll_core::report::Report;

/// The documents, with `---` between them.
pub fn documents<'a>(reports: impl Iterator<Item = &'a Report>) -> String {
    reports.map(document).collect::<Vec<_>>().join("---\n")
}

/// A report is plain data: YAML has a form for all of it.
fn document(report: &Report) -> String {
    serde_saphyr::to_string(report).expect("a report can be written as YAML")
}

//! Reports to text: one file for each form.

pub mod comparison;
pub mod json;
pub mod markdown;
pub mod plan;
pub mod png;
pub mod table;
pub mod yaml;

use plimsoll_core::report::{Report, csv};

use crate::args::OutputForm;
use crate::runs::Run;

/// A report to show.
pub struct Shown<'a> {
    /// What was run.
    pub run: &'a Run,
    /// What came out.
    pub report: Report,
}

/// All reports in one form. With `several` each takes a line, even if only one is left.
pub fn render(form: OutputForm, shown: &[Shown<'_>], several: bool) -> String {
    match (form, several) {
        (OutputForm::Table, true) => table::comparison(shown, false),
        (OutputForm::Wide, true) => table::comparison(shown, true),
        (OutputForm::Table, false) => shown.iter().map(|shown| table::report(shown, false)).collect(),
        (OutputForm::Wide, false) => shown.iter().map(|shown| table::report(shown, true)).collect(),
        // Its samples are no report: `openmetrics` takes them from the run itself.
        (OutputForm::Openmetrics, _) => String::new(),
        (OutputForm::Json, true) => shown.iter().map(|shown| json::line(&shown.report)).collect(),
        (OutputForm::Json, false) => shown.iter().map(|shown| json::pretty(&shown.report)).collect(),
        (OutputForm::Yaml, _) => yaml::documents(shown.iter().map(|shown| &shown.report)),
        (OutputForm::Markdown, _) => markdown::reports(shown),
        (OutputForm::Csv, _) => csv::rows(shown.iter().map(|shown| &shown.report)),
    }
}

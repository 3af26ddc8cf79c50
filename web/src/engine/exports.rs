//! What can be taken away: the same bytes that the command line writes.

use plimsoll_charts::{Figure, Snippet, Style, file_stem, snippet};
use plimsoll_core::report::{Report, csv};

use super::presets;
use super::side::Side;
use crate::protocol::Form;

/// The name of a file and its text; `command` repeats the run.
pub fn export(form: Form, side: &Side, report: &Report, command: &str) -> (String, String) {
    let stem = file_stem(report);
    let figure = Figure::Overview;
    match form {
        Form::Svg => {
            (format!("{stem}-overview.svg"), plimsoll_charts::render(report, figure, &Style::default()))
        }
        Form::Csv => (format!("{stem}.csv"), csv::rows([report].into_iter())),
        Form::Series => (format!("{stem}-series.csv"), csv::series(report)),
        Form::Json => {
            (format!("{stem}.json"), serde_json::to_string_pretty(report).unwrap_or_default() + "\n")
        }
        Form::Yaml => (format!("{stem}.yaml"), yaml(side)),
        Form::Markdown => {
            let (picture, caption) =
                (format!("{stem}-overview.svg"), plimsoll_charts::caption(report, figure));
            let text = snippet(&Snippet { report, figure, picture: &picture, caption: &caption, command });
            (format!("{stem}-overview.md"), text)
        }
    }
}

/// The file, with what was changed as comments that say how to apply it.
fn yaml(side: &Side) -> String {
    let choice = &side.choice;
    let text =
        choice.text.clone().unwrap_or_else(|| presets::text(&choice.preset).unwrap_or_default().to_owned());
    let mut said = String::new();
    if let Some(variant) = &choice.variant {
        said.push_str(&format!("# run with --variant {variant}\n"));
    }
    for (path, value) in &choice.sets {
        said.push_str(&format!("# run with --set {path}={value}\n"));
    }
    said + &text
}

//! Reports saved by `plimsoll run -o json`: one object, or one a line.

use plimsoll_core::report::Report;
use serde_json::Value;

use crate::exit::Failure;
use crate::source::Source;

/// The reports in a file; `None` when it holds something else, such as a scenario.
pub fn reports(source: &Source) -> Result<Option<Vec<Report>>, Failure> {
    let values = serde_json::Deserializer::from_slice(&source.bytes).into_iter::<Value>();
    let mut reports = Vec::new();
    for value in values {
        match value {
            Ok(value) if value["kind"] == "Report" => reports.push(report(source, value)?),
            _ if reports.is_empty() => return Ok(None),
            Ok(_) => {
                return Err(unreadable(source, "after the first report comes something else"));
            }
            Err(error) => return Err(unreadable(source, &error.to_string())),
        }
    }
    Ok(if reports.is_empty() { None } else { Some(reports) })
}

fn report(source: &Source, value: Value) -> Result<Report, Failure> {
    serde_json::from_value(value).map_err(|error| unreadable(source, &error.to_string()))
}

fn unreadable(source: &Source, reason: &str) -> Failure {
    Failure::bad_input(
        format!("{} holds no report that this version can read: {reason}", source.name),
        "make it anew: plimsoll run SCENARIO -o json > report.json",
    )
}

//! CSV, for spreadsheets: one row for each run, with its summary and its checks; or one for each instant of a
//! run's series. The command line and the page write the same.
//!
//! Variants may have other checks than the base, and other figures: the columns are all that occur, in
//! the order in which they occur first, and a cell stays empty where a run has no such figure.

use super::{Report, Verdict};
use ::csv::Writer;
use indexmap::IndexMap;

/// A row by its columns.
type Row = IndexMap<String, String>;

/// A head and the rows.
pub fn rows<'a>(reports: impl Iterator<Item = &'a Report>) -> String {
    let rows: Vec<Row> = reports.map(row).collect();
    let mut head = Row::new();
    for column in rows.iter().flat_map(Row::keys) {
        head.entry(column.clone()).or_default();
    }
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<&str>| writer.write_record(cells).expect("memory takes every row");
    if !rows.is_empty() {
        write(head.keys().map(String::as_str).collect());
    }
    for row in &rows {
        write(head.keys().map(|column| row.get(column).map_or("", String::as_str)).collect());
    }
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("rows of text are text")
}

/// The series over time: a head, and a row for each instant.
pub fn series(report: &Report) -> String {
    let series = &report.series;
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes every row");
    write(["seconds".to_owned()].into_iter().chain(series.metrics.keys().cloned()).collect());
    for (at, seconds) in series.seconds.iter().enumerate() {
        let values =
            series.metrics.values().map(|values| values.get(at).map(f64::to_string).unwrap_or_default());
        write([seconds.to_string()].into_iter().chain(values).collect());
    }
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("rows of text are text")
}

fn row(report: &Report) -> Row {
    let mut row = Row::new();
    let mut cell = |column: String, value: String| row.insert(column, value);
    cell("scenario".to_owned(), report.scenario.name.clone());
    cell("variant".to_owned(), report.variant.clone().unwrap_or_default());
    cell("seed".to_owned(), report.seed.to_string());
    cell("replications".to_owned(), report.replications.to_string());
    cell("digest".to_owned(), report.digest.clone());
    cell("answer".to_owned(), report.answer.clone());
    cell("verdict".to_owned(), report.verdict.clone());
    for (name, value) in &report.summary {
        cell(name.clone(), value.to_string());
        if let Some(interval) = report.intervals.get(name) {
            cell(format!("{name}.low"), interval.low.to_string());
            cell(format!("{name}.high"), interval.high.to_string());
        }
    }
    for check in &report.checks {
        cell(format!("check {}", check.name), word(check.verdict).to_owned());
        cell(
            format!("check {}: value", check.name),
            check.value.map(|value| value.to_string()).unwrap_or_default(),
        );
    }
    row
}

/// The verdict as JSON spells it.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Undecided => "undecided",
    }
}

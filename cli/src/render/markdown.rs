//! Markdown, for documents: what was claimed beside what was found, and the what-ifs as tables.

use plimsoll_core::experiment::Comparison;
use plimsoll_core::report::{CheckOutcome, Report, units};

use super::Shown;
use super::comparison;
use super::table::mark;
use crate::terminal::printable;

/// The figures by which what-ifs are compared: the head, and the first of these that a report has.
const FIGURES: [(&str, &[&str]); 5] = [
    ("Launches that succeed", &["launchSuccessShare"]),
    ("95 % wait less than", &["launchWaitP95Seconds", "podWaitP95Seconds"]),
    ("Pods at most", &["peakPodsRunning"]),
    ("Nodes at most", &["peakNodes"]),
    ("Node hours", &["nodeHours"]),
];

/// The runs of each scenario: its claims, then its what-ifs.
pub fn reports(shown: &[Shown<'_>]) -> String {
    let mut sections = Vec::new();
    let mut rest = shown;
    while let Some(first) = rest.first() {
        let same = |next: &&Shown<'_>| next.run.file == first.run.file;
        let (of_file, others) = rest.split_at(rest.iter().take_while(same).count());
        sections.extend(scenario(of_file));
        rest = others;
    }
    sections.join("\n")
}

/// One scenario's sections.
fn scenario(shown: &[Shown<'_>]) -> Vec<String> {
    let reports: Vec<&Report> = shown.iter().map(|shown| &shown.report).collect();
    let (base, variants): (Vec<&Report>, Vec<&Report>) =
        reports.iter().copied().partition(|report| report.variant.is_none());
    let mut sections = Vec::new();
    for report in &base {
        let rows = report.checks.iter().map(|check| [check.name.as_str(), &check.text, mark(check.verdict)]);
        sections
            .push(table(&["What is claimed", "What is found", ""], rows.map(|row| row.map(cell).to_vec())));
    }
    if !variants.is_empty() {
        sections.push(figures(&reports));
        let rows = variants.iter().flat_map(|report| claims(report));
        sections.push(table(&["What if", "What is claimed", "What is found", ""], rows));
    }
    if let Some(report) = reports.first() {
        sections.push(provenance(report));
    }
    sections
}

/// A line for each run: its figures, with intervals where there are several replications.
fn figures(reports: &[&Report]) -> String {
    let known: Vec<_> = FIGURES
        .into_iter()
        .filter(|(_, names)| {
            names.iter().any(|name| reports.iter().any(|report| report.summary.contains_key(*name)))
        })
        .collect();
    let heads: Vec<&str> = [""].into_iter().chain(known.iter().map(|(head, _)| *head)).collect();
    let row = |report: &&Report| {
        let name = report.variant.as_deref().unwrap_or("as it was");
        let figure = |(_, names): &(&str, &[&str])| {
            let found = names.iter().find_map(|name| report.summary.get_key_value(*name));
            found.map_or("-".to_owned(), |(name, value)| match report.intervals.get(name) {
                Some(interval) => format!(
                    "{} ({} to {})",
                    units::value(name, *value),
                    units::value(name, interval.low),
                    units::value(name, interval.high)
                ),
                None => units::value(name, *value),
            })
        };
        [cell(name)].into_iter().chain(known.iter().map(figure)).collect()
    };
    table(&heads, reports.iter().map(row))
}

/// A line for each claim of a what-if, its question at the first.
fn claims(report: &Report) -> Vec<Vec<String>> {
    let name = cell(report.variant.as_deref().unwrap_or_default());
    let question = report.scenario.question.as_deref().map(cell).unwrap_or_default();
    let row = |(index, check): (usize, &CheckOutcome)| {
        let first = if index == 0 { format!("**{name}**: {question}") } else { String::new() };
        vec![first, cell(&check.name), cell(&check.text), mark(check.verdict).to_owned()]
    };
    report.checks.iter().enumerate().map(row).collect()
}

/// Each comparison: what differs, in figures and in what claims are about.
pub fn comparisons(comparisons: &[Comparison]) -> String {
    comparisons.iter().map(compared).collect::<Vec<_>>().join("\n")
}

fn compared(found: &Comparison) -> String {
    let (base, other) = (comparison::name(&found.base), comparison::name(&found.other));
    let mut sections = vec![
        format!("### {}, against {}\n", cell(&other), cell(&base)),
        format!("{}\n", cell(&found.verdict)),
    ];
    const HEADS: [&str; 6] = ["Base", "Other", "Difference", "95 % interval", "", "Pairing gains"];
    for (what, rows) in [("Figure", comparison::figure_rows(found)), ("Check", comparison::check_rows(found))]
    {
        let heads: Vec<&str> = [what].into_iter().chain(HEADS).collect();
        let cells = |row: &Vec<String>| row.iter().take(heads.len()).map(|text| cell(text)).collect();
        if !rows.is_empty() {
            sections.push(table(&heads, rows.iter().map(cells)));
        }
    }
    let pairs = units::counted(found.replications.into(), "pair");
    sections.push(format!("Seed {}, {pairs} of replications.\n", found.seed));
    sections.join("\n")
}

fn provenance(report: &Report) -> String {
    let several = report.replications > 1;
    let meaning = if several { "; means, with 95 % confidence intervals" } else { "" };
    let replications = units::counted(report.replications.into(), "replication");
    format!("Seed {}, {replications}{meaning}.\n", report.seed)
}

fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for row in rows {
        text += &format!("| {} |\n", row.join(" | "));
    }
    text
}

/// A text from a file: it cannot end the cell, and means nothing in Markdown.
fn cell(text: &str) -> String {
    let mut shown = String::new();
    for character in printable(text).chars() {
        if matches!(character, '|' | '\\' | '`' | '*' | '_' | '<' | '[' | ']') {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_in_their_cells() {
        assert_eq!(cell("a | b\n*c* [d](e)"), "a \\| b \\*c\\* \\[d\\](e)");
        let rows = [vec!["x".to_owned(), "1".to_owned()]];
        assert_eq!(table(&["A", ""], rows), "| A |  |\n|---|---|\n| x | 1 |\n");
    }
}

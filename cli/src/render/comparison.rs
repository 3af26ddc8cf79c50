//! Comparisons as tables: a line for each figure, then for each claim, where they differ.

use plimsoll_core::experiment::{Comparison, Difference, Direction, Side};
use plimsoll_core::report::{Interval, units};

use super::table::{self, Column, lines, text};
use crate::terminal::{FAINT, STRONG, printable};

/// One comparison after the other.
pub fn tables(comparisons: &[Comparison]) -> String {
    comparisons.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(comparison: &Comparison) -> String {
    let verdict_heads: Vec<Column> = heads("CHECK").into_iter().chain([Column::Words("VERDICTS")]).collect();
    let sections = [
        title(comparison),
        section(&heads("FIGURE"), figure_rows(comparison)),
        section(&verdict_heads, check_rows(comparison)),
        sentences(comparison),
        provenance(comparison),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

fn title(comparison: &Comparison) -> String {
    let (base, other) = (name(&comparison.base), name(&comparison.other));
    format!("{STRONG}{other}, against {base}{STRONG:#}\n{}\n", printable(&comparison.verdict))
}

/// What a side is called.
pub fn name(side: &Side) -> String {
    match &side.variant {
        Some(variant) => printable(variant),
        None => printable(&side.scenario),
    }
}

/// The heads of a table of differences; `what` is what differs.
fn heads(what: &'static str) -> [Column; 7] {
    [
        Column::Words(what),
        Column::Number("BASE"),
        Column::Number("OTHER"),
        Column::Number("DIFFERENCE"),
        Column::Number("95 % INTERVAL"),
        Column::Words(""),
        Column::Number("PAIRING GAINS"),
    ]
}

/// A line of it.
fn row(what: &str, found: &Difference) -> Vec<String> {
    let gain = |ratio| format!("{}x", units::number(ratio));
    let interval =
        |interval: Interval| format!("{} to {}", signed(found, interval.low), signed(found, interval.high));
    vec![
        what.to_owned(),
        found.unit.value(found.base),
        found.unit.value(found.other),
        signed(found, found.difference),
        found.interval.map_or("-".to_owned(), interval),
        arrow(found.direction).to_owned(),
        found.variance_ratio.map_or("-".to_owned(), gain),
    ]
}

/// What changes, or may; what stays the same in every replication would only take lines.
pub fn figure_rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let changed = comparison.figures.iter().filter(|(_, found)| found.direction != Direction::Same);
    changed.map(|(name, found)| row(&units::words(name), found)).collect()
}

/// What the claims that both sides make are about, where it differs, and how they come out.
pub fn check_rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for check in &comparison.checks {
        let Some(found) = check.difference.as_ref().filter(|found| found.direction != Direction::Same) else {
            continue;
        };
        let (base, other) = (table::mark(check.base), table::mark(check.other));
        let mut row = row(&check.name, found);
        row.push(if base == other { base.to_owned() } else { format!("{base} > {other}") });
        rows.push(row);
    }
    rows
}

/// A table, if there is anything in it.
fn section(heads: &[Column], rows: Vec<Vec<String>>) -> String {
    let mut table = table::table(heads);
    for row in &rows {
        table.add_row(row.iter().map(|cell| text(cell)));
    }
    if rows.is_empty() { String::new() } else { lines(&table, str::to_owned) }
}

fn signed(found: &Difference, value: f64) -> String {
    let text = found.unit.difference(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Same => "same",
        Direction::Unclear => "?",
    }
}

/// The clear changes in words, the largest in units of their chance first.
fn sentences(comparison: &Comparison) -> String {
    const SHOWN: usize = 5;
    let checks = comparison.checks.iter().filter_map(|check| check.difference.as_ref());
    let mut clear: Vec<&Difference> = (comparison.figures.values().chain(checks))
        .filter(|found| matches!(found.direction, Direction::Up | Direction::Down))
        .collect();
    clear.sort_by(|one, two| clarity(two).total_cmp(&clarity(one)));
    clear.iter().take(SHOWN).map(|found| format!("{}.\n", found.text)).collect()
}

/// The difference in half widths of its interval.
fn clarity(found: &Difference) -> f64 {
    found.interval.map_or(0.0, |interval| (found.difference / (interval.high - interval.low)).abs())
}

fn provenance(comparison: &Comparison) -> String {
    format!(
        "{FAINT}{} of replications, seed {}, digests {} and {}, plimsoll {}{FAINT:#}\n",
        units::counted(comparison.replications.into(), "pair"),
        comparison.seed,
        comparison.base.digest,
        comparison.other.digest,
        comparison.engine_version,
    )
}

//! Comparisons as tables: a line for each figure, then the claims that come out differently.

use comfy_table::Cell;
use plimsoll_core::experiment::{CheckPair, Comparison, Difference, Direction, Side};
use plimsoll_core::report::units;

use super::table::{self, Column, lines, text};
use crate::terminal::{FAINT, STRONG, printable};

/// One comparison after the other.
pub fn tables(comparisons: &[Comparison]) -> String {
    comparisons.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(comparison: &Comparison) -> String {
    let sections = [
        title(comparison),
        figures(comparison),
        checks(&comparison.checks),
        sentences(comparison),
        provenance(comparison),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

fn title(comparison: &Comparison) -> String {
    let (base, other) = (name(&comparison.base), name(&comparison.other));
    format!("{STRONG}{other}, against {base}{STRONG:#}\n{}\n", printable(&comparison.verdict))
}

fn name(side: &Side) -> String {
    match &side.variant {
        Some(variant) => printable(variant),
        None => printable(&side.scenario),
    }
}

/// What changes, or may; what stays the same in every replication would only take lines.
fn figures(comparison: &Comparison) -> String {
    let changed = comparison.figures.iter().filter(|(_, found)| found.direction != Direction::Same);
    let mut table = table::table(&[
        Column::Words("FIGURE"),
        Column::Number("BASE"),
        Column::Number("OTHER"),
        Column::Number("DIFFERENCE"),
        Column::Number("95 % INTERVAL"),
        Column::Words(""),
        Column::Number("PAIRING GAINS"),
    ]);
    let mut rows = 0;
    for (name, found) in changed {
        let value = |value| units::value(name, value);
        table.add_row([
            text(&units::words(name)),
            Cell::new(value(found.base)),
            Cell::new(value(found.other)),
            Cell::new(signed(name, found.difference)),
            Cell::new(found.interval.map_or("-".to_owned(), |interval| {
                format!("{} to {}", signed(name, interval.low), signed(name, interval.high))
            })),
            Cell::new(arrow(found.direction)),
            Cell::new(
                found.variance_ratio.map_or("-".to_owned(), |ratio| format!("{}x", units::number(ratio))),
            ),
        ]);
        rows += 1;
    }
    if rows == 0 { String::new() } else { lines(&table, str::to_owned) }
}

fn signed(name: &str, value: f64) -> String {
    let text = units::value(name, value);
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

/// Claims that both sides make, where the answer differs.
fn checks(checks: &[CheckPair]) -> String {
    let differing: Vec<_> = checks.iter().filter(|check| check.base != check.other).collect();
    if differing.is_empty() {
        return String::new();
    }
    let mut table = table::table(&[Column::Words("CHECK"), Column::Words("BASE"), Column::Words("OTHER")]);
    for check in differing {
        table.add_row([text(&check.name), text(table::mark(check.base)), text(table::mark(check.other))]);
    }
    lines(&table, str::to_owned)
}

/// The clear changes in words, the largest in units of their chance first.
fn sentences(comparison: &Comparison) -> String {
    const SHOWN: usize = 5;
    let mut clear: Vec<&Difference> = comparison
        .figures
        .values()
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

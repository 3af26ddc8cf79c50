//! A search for the smallest value that will do, as a table: what was tried, and where the cliff is.

use comfy_table::Cell;
use plimsoll_core::experiment::{Found, Try};
use plimsoll_core::report::{Verdict, units};

use super::table::{self, Column, lines, mark, text};
use crate::commands::Answer;
use crate::terminal::{FAINT, STRONG, printable};

/// The answer, what was tried, and how sure it is.
pub fn table(answer: &Answer) -> String {
    let found = &answer.found;
    let has_figure = found.tried.iter().any(|tried| tried.figure.is_some());
    let mut columns = vec![Column::Words(""), Column::Words("VALUE"), Column::Number("REPLICATIONS")];
    if has_figure {
        columns.push(Column::Number("FIGURE"));
    }
    columns.push(Column::Words("FOUND"));
    let mut table = table::table(&columns);
    for tried in &found.tried {
        let mut row = vec![
            Cell::new(mark(tried.verdict)),
            text(&value(&tried.settings)),
            Cell::new(tried.replications),
        ];
        if has_figure {
            row.push(Cell::new(tried.figure.map_or("-".to_owned(), units::number)));
        }
        row.push(text(&tried.text));
        table.add_row(row);
    }
    let table = lines(&table, str::to_owned);
    format!("{STRONG}{}{STRONG:#}\n\n{table}\n{}", printable(&sentence(answer)), sureness(answer))
}

/// The settings of a point; of one path its value will do.
fn value(settings: &[String]) -> String {
    match settings {
        [one] => one.split_once('=').map_or(one.as_str(), |(_, value)| value).to_owned(),
        several => several.join(" "),
    }
}

fn sentence(Answer { goal, found, .. }: &Answer) -> String {
    match &found.answer {
        Some(settings) => {
            let goal = goal.strip_prefix("the ").unwrap_or(goal);
            format!("The {goal} at which all checks pass: {}.{}", value(settings), cliff(found, settings))
        }
        None => "No value that was tried passes all checks.".to_owned(),
    }
}

/// The neighbour on the other side of the cliff.
fn cliff(found: &Found, answer: &[String]) -> String {
    if found.monotone.is_none() {
        return String::new();
    }
    let Some(at) = found.tried.iter().position(|tried| tried.settings == answer) else {
        return String::new();
    };
    let failing = |tried: &&Try| tried.verdict != Verdict::Pass;
    let neighbours = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
    match neighbours.filter_map(|index| found.tried.get(index)).find(failing) {
        Some(beyond) => format!(" At {}: {}.", value(&beyond.settings), beyond.text),
        None => " It is the first of the values, so there is no cliff.".to_owned(),
    }
}

fn sureness(Answer { seed, found, .. }: &Answer) -> String {
    let order = match found.monotone {
        Some(true) => "Values behind the answer pass as far as tried, so halving was right. ",
        Some(false) => "Passing is not in the order of the values, so all before the answer were tried. ",
        None => "",
    };
    format!(
        "{order}Each verdict holds with 95 % confidence by itself.\n\
         {FAINT}{} of {} tried, {}, seed {}{FAINT:#}\n",
        units::number(found.tried.len() as f64),
        units::counted(found.points, "point"),
        units::counted(found.runs, "replication"),
        seed,
    )
}

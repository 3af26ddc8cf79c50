//! The columns of a sweep's file, and the cells of a row.
//!
//! First the point, the replication, the seed and the digest, then the paths that vary, the figures, and for
//! each check its value (`check NAME`) and whether the claim holds (`holds NAME`). Points may have figures
//! that others lack: the columns are all that occur, in the order of their first row.

use indexmap::IndexSet;

use plimsoll_core::experiment::Row;

use super::parts::{Kind, Manifest};

/// A column.
pub struct Column {
    /// Its head.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A value, or nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(String),
    /// Nothing.
    Empty,
}

/// The names that occur, as rows are looked at.
#[derive(Default)]
pub struct Names {
    figures: IndexSet<String>,
    checks: IndexSet<String>,
}

impl Names {
    /// Looks at a row.
    pub fn see(&mut self, row: &Row) {
        for (seen, names) in [
            (&mut self.figures, row.figures.keys().collect::<Vec<_>>()),
            (&mut self.checks, row.checks.keys().collect()),
        ] {
            for name in names {
                if !seen.contains(name) {
                    seen.insert(name.clone());
                }
            }
        }
    }

    /// The columns of a file with these names.
    pub fn columns(&self, manifest: &Manifest) -> Vec<Column> {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let mut columns = vec![
            column("point", Kind::Whole),
            column("replication", Kind::Whole),
            column("seed", Kind::Text),
            column("digest", Kind::Text),
        ];
        columns.extend(manifest.axes.iter().map(|axis| column(&axis.path, axis.kind)));
        columns.extend(self.figures.iter().map(|name| column(name, Kind::Number)));
        for check in &self.checks {
            columns.push(column(&format!("check {check}"), Kind::Number));
            columns.push(column(&format!("holds {check}"), Kind::Flag));
        }
        columns
    }

    /// The cells of a row, in the order of the columns.
    pub fn cells(&self, manifest: &Manifest, row: &Row) -> Vec<Cell> {
        let mut cells = vec![
            Cell::Whole(row.point as i64),
            Cell::Whole(row.replication.into()),
            // A seed may be larger than any signed number.
            Cell::Text(manifest.seed.to_string()),
            Cell::Text(row.digest.clone()),
        ];
        cells.extend(manifest.axes.iter().zip(&row.values).map(|(axis, text)| typed(axis.kind, text)));
        let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
        cells.extend(self.figures.iter().map(|name| number(row.figures.get(name).copied())));
        for check in &self.checks {
            let outcome = row.checks.get(check);
            cells.push(number(outcome.and_then(|outcome| outcome.value)));
            cells.push(outcome.map_or(Cell::Empty, |outcome| Cell::Flag(outcome.holds)));
        }
        cells
    }
}

fn typed(kind: Kind, text: &str) -> Cell {
    let found = match kind {
        Kind::Whole => text.parse().ok().map(Cell::Whole),
        Kind::Number => text.parse().ok().map(Cell::Number),
        Kind::Flag | Kind::Text => Some(Cell::Text(text.to_owned())),
    };
    found.unwrap_or(Cell::Empty)
}

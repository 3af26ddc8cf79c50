//! What one replication of one point comes to, as a line of a part.

use indexmap::IndexMap;
use plimsoll_core::experiment::{Replication, Setting, holds};
use plimsoll_core::model::Model;
use plimsoll_core::report::rounded;
use serde::{Deserialize, Serialize};

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Number of the point, from 0.
    pub point: u64,
    /// Number of the replication, from 0.
    pub replication: u32,
    /// What the paths are set to.
    pub values: Vec<String>,
    /// Digest of the history.
    pub digest: String,
    /// The figures that the run has.
    pub figures: IndexMap<String, f64>,
    /// The checks, by name.
    pub checks: IndexMap<String, Outcome>,
}

/// How a check came out in one replication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The value; `None` where there was nothing to take it from.
    pub value: Option<f64>,
    /// Whether the claim holds for it.
    pub holds: bool,
}

impl Row {
    /// The row of a run.
    pub fn of(model: &Model, point: u64, replication: u32, settings: &[Setting], run: &Replication) -> Row {
        let figures = run.measured.summary.iter();
        let checks = model.checks.iter().zip(&run.measured.values);
        Row {
            point,
            replication,
            values: settings.iter().map(|(_, value)| value.clone()).collect(),
            digest: format!("{:016x}", run.digest),
            figures: figures.map(|(name, value)| (name.clone(), rounded(*value))).collect(),
            checks: checks
                .map(|(check, &value)| {
                    (check.name.clone(), Outcome { value: value.map(rounded), holds: holds(check, value) })
                })
                .collect(),
        }
    }
}

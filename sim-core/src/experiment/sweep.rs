//! Sweeps: every point of a design, and a row for each of its replications.
//!
//! A [`Sweep`] is a scenario and a [`Design`]; the model of a point is the scenario with the point's settings.
//! Rows are numbered point by point, so any stretch of them can be computed by anybody ([`Rows`]). All points
//! run under one seed: they differ by their settings and by little else.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::design::{Design, Setting};
use super::replicate::Replication;
use super::verdict::holds;
use super::work::{Experiment, Progress, Task};
use crate::model::Model;
use crate::report::rounded;
use crate::scenario::{Diagnostics, Document};

/// A scenario, and the points at which it is run.
#[derive(Clone, Debug)]
pub struct Sweep {
    base: Document,
    design: Design,
    seed: u64,
    replications: u32,
}

impl Sweep {
    /// The sweep of `base` over the points of `design`.
    pub fn new(base: Document, design: Design, seed: u64, replications: u32) -> Self {
        Self { base, design, seed, replications: replications.max(1) }
    }

    /// The points.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// The seed of all points.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Replications of each point.
    pub fn replications(&self) -> u32 {
        self.replications
    }

    /// Rows in all.
    pub fn rows(&self) -> u64 {
        self.design.points() * u64::from(self.replications)
    }

    /// The model of a point, or all that is wrong with it.
    pub fn model(&self, point: u64) -> Result<Arc<Model>, Diagnostics> {
        self.model_with(&self.design.settings(point))
    }

    fn model_with(&self, settings: &[Setting]) -> Result<Arc<Model>, Diagnostics> {
        let mut document = self.base.clone();
        for (path, value) in settings {
            document.set(&format!("{path}={value}"))?;
        }
        document.compile().map(|compiled| compiled.model.into())
    }

    /// Finds the mistakes that can be found before hours of work: the first and the last point, and on the
    /// way from the one to the other every value of every axis.
    pub fn try_values(&self) -> Result<(), Diagnostics> {
        const MAX_TRIED: usize = 1_000;
        for point in [0, self.design.points().saturating_sub(1)] {
            self.model(point)?;
        }
        let first = self.design.settings(0);
        let mut place = 0;
        for axis in self.design.axes() {
            let ends = axis.ends();
            let values = if axis.is_empty() { ends.as_slice() } else { axis.values() };
            for texts in values.iter().take(MAX_TRIED) {
                let mut settings = first.clone();
                for (setting, text) in settings[place..].iter_mut().zip(texts) {
                    setting.1.clone_from(text);
                }
                self.model_with(&settings)?;
            }
            place += axis.paths.len();
        }
        Ok(())
    }
}

/// What one replication of one point comes to.
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
    pub checks: IndexMap<String, Held>,
}

/// How a check came out in one replication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The value; `None` where there was nothing to take it from.
    pub value: Option<f64>,
    /// Whether the claim holds for it.
    pub holds: bool,
}

impl Row {
    fn of(model: &Model, point: u64, replication: u32, settings: &[Setting], run: &Replication) -> Self {
        let figures = run.measured.summary.iter();
        let checks = model.checks.iter().zip(&run.measured.values);
        Self {
            point,
            replication,
            values: settings.iter().map(|(_, value)| value.clone()).collect(),
            digest: format!("{:016x}", run.digest),
            figures: figures.map(|(name, value)| (name.clone(), rounded(*value))).collect(),
            checks: checks
                .map(|(check, &value)| {
                    (check.name.clone(), Held { value: value.map(rounded), holds: holds(check, value) })
                })
                .collect(),
        }
    }
}

/// A stretch of a sweep's rows, as an experiment.
#[derive(Clone, Debug)]
pub struct Rows {
    sweep: Arc<Sweep>,
    range: Range<u64>,
    next: u64,
    /// The point whose model is at hand.
    point: Option<(u64, Vec<Setting>, Arc<Model>)>,
    rows: Vec<Option<Row>>,
    learnt: u64,
    fault: Option<Diagnostics>,
    lost: bool,
}

impl Rows {
    /// The rows with these numbers; numbers beyond the last do not exist.
    pub fn new(sweep: Arc<Sweep>, range: Range<u64>) -> Self {
        let range = range.start.min(sweep.rows())..range.end.min(sweep.rows());
        let rows = range.clone().map(|_| None).collect();
        Self { sweep, next: range.start, range, point: None, rows, learnt: 0, fault: None, lost: false }
    }

    /// The row that is `at` places after the first of the stretch, once it is there.
    pub fn row(&self, at: usize) -> Option<&Row> {
        self.rows.get(at)?.as_ref()
    }

    /// The rows in order, when all are there; what is wrong with a point that has no model.
    pub fn into_rows(self) -> Result<Option<Vec<Row>>, Diagnostics> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.rows.into_iter().collect()),
        }
    }
}

impl Experiment for Rows {
    fn next_task(&mut self) -> Option<Task> {
        if self.is_done() || self.next >= self.range.end {
            return None;
        }
        let replications = u64::from(self.sweep.replications);
        let (point, replication) = (self.next / replications, (self.next % replications) as u32);
        if self.point.as_ref().is_none_or(|at| at.0 != point) {
            match self.sweep.model(point) {
                Ok(model) => self.point = Some((point, self.sweep.design.settings(point), model)),
                Err(fault) => {
                    self.fault = Some(fault);
                    return None;
                }
            }
        }
        let model = Arc::clone(&self.point.as_ref()?.2);
        let part = self.next - self.range.start;
        self.next += 1;
        Some(Task { model, seed: self.sweep.seed, replication, part })
    }

    fn learn(&mut self, task: &Task, run: Replication) {
        let number = self.range.start + task.part;
        let point = number / u64::from(self.sweep.replications);
        let settings = match &self.point {
            Some((at, settings, _)) if *at == point => settings.clone(),
            _ => self.sweep.design.settings(point),
        };
        self.learnt += 1;
        self.rows[task.part as usize] = Some(Row::of(&task.model, point, task.replication, &settings, &run));
    }

    fn lose(&mut self, _: &Task) {
        self.lost = true;
    }

    fn is_done(&self) -> bool {
        self.lost || self.fault.is_some() || self.learnt == self.range.end - self.range.start
    }

    fn progress(&self) -> Progress {
        Progress { done: self.learnt, of: self.range.end - self.range.start }
    }
}

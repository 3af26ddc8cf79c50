//! A sweep in the page: one value of the scenario through several levels.
//!
//! Each level is a model of its own under the same seed, so that levels differ by what was changed and by little
//! else.

use std::collections::VecDeque;
use std::sync::Arc;

use plimsoll_core::Simulation;
use plimsoll_core::experiment::Replication;
use plimsoll_core::report::{Report, Verdict};
use plimsoll_core::time::SimTime;

use super::side::Side;
use crate::protocol::{Choice, SweepPoint, Told};

/// A sweep in hand.
pub struct Sweep {
    pub sweep: u64,
    path: String,
    levels: VecDeque<String>,
    choice: Choice,
    replications: u32,
    current: Option<Level>,
    pub points: Vec<SweepPoint>,
}

struct Level {
    value: String,
    side: Side,
    simulation: Option<Simulation>,
}

impl Sweep {
    /// The sweep of `path` through `values`.
    pub fn new(sweep: u64, choice: Choice, path: String, values: Vec<String>, replications: u32) -> Self {
        let levels = values.into();
        Self {
            sweep,
            path,
            levels,
            choice,
            replications: replications.max(1),
            current: None,
            points: Vec::new(),
        }
    }

    /// Whether there is more to do.
    pub fn has_work(&self) -> bool {
        self.current.is_some() || !self.levels.is_empty()
    }

    /// Works until it is time; whether there is a new point, or what is wrong with a level.
    pub fn work(&mut self, now: impl Fn() -> f64, until: f64) -> Result<bool, Vec<Told>> {
        while now() < until {
            let Some(level) = &mut self.current else {
                let Some(value) = self.levels.pop_front() else { return Ok(false) };
                let mut choice = self.choice.clone();
                choice.set(&self.path, Some(value.clone()));
                let side = Side::new(&choice, None).inspect_err(|_| self.levels.clear())?;
                self.current = Some(Level { value, side, simulation: None });
                continue;
            };
            let side = &mut level.side;
            let number = side.runs.len() as u32;
            let simulation = level
                .simulation
                .get_or_insert_with(|| Simulation::new(Arc::clone(&side.model), side.seed, number));
            let over = (0..200).any(|_| simulation.step(SimTime::MAX, &mut |_, _, _| {}).is_none());
            if over && let Some(simulation) = level.simulation.take() {
                side.learn(number, Replication::of(simulation, number));
                if number + 1 == self.replications {
                    let point = point(&level.value, side.report(self.replications as usize));
                    self.points.push(point);
                    self.current = None;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn point(value: &str, report: &Report) -> SweepPoint {
    let figure = |(name, mean): (&String, &f64)| {
        let interval = report.intervals.get(name).map(|interval| (interval.low, interval.high));
        (name.clone(), (*mean, interval))
    };
    let passed = report.checks.iter().filter(|check| check.verdict == Verdict::Pass).count();
    SweepPoint {
        value: value.to_owned(),
        figures: report.summary.iter().map(figure).collect(),
        checks: (passed, report.checks.len()),
    }
}

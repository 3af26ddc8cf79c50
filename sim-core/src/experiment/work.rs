//! Work: what an experiment wants to be run, handed out in pieces that anybody may compute.
//!
//! An [`Experiment`] knows which replication of which model it wants to see next, and learns what came of it,
//! in whatever order. It owns no thread and no clock. Who has threads hands the tasks to them; who has none,
//! as in a browser, lets a [`Worker`] compute them a slice of events at a time and does something else in
//! between. To cancel is to stop asking: nothing runs by itself.

use std::sync::Arc;

use super::replicate::Replication;
use crate::model::Model;
use crate::simulation::Simulation;
use crate::time::SimTime;

/// A replication that somebody is to run: what it comes to is a pure function of these.
#[derive(Clone, Debug)]
pub struct Task {
    /// What is simulated.
    pub model: Arc<Model>,
    /// The seed.
    pub seed: u64,
    /// The number of the replication.
    pub replication: u32,
    /// Which part of the experiment wants it; the experiment's own affair.
    pub part: u64,
}

impl Task {
    /// Runs it at one go.
    pub fn run(&self) -> Replication {
        let mut simulation = Simulation::new(Arc::clone(&self.model), self.seed, self.replication);
        simulation.run_until(SimTime::MAX, &mut |_, _, _| {});
        Replication::of(simulation, self.replication)
    }
}

/// How far an experiment has come, in replications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// So many are done.
    pub done: u64,
    /// So many are known to be needed; the number grows where what is found decides how many more.
    pub of: u64,
}

/// Replications of models, wanted for some purpose.
pub trait Experiment {
    /// The replication to run next. `None`: all are handed out, and what else is wanted depends on what is
    /// learnt of them, or nothing is.
    fn next_task(&mut self) -> Option<Task>;

    /// Takes in what a task came to. Tasks may come back in any order.
    fn learn(&mut self, task: &Task, run: Replication);

    /// A task came to nothing: whatever needs it is given up.
    fn lose(&mut self, task: &Task);

    /// Whether nothing is wanted any more.
    fn is_done(&self) -> bool;

    /// How far it is.
    fn progress(&self) -> Progress;
}

/// Several experiments as one, the first of them first.
#[derive(Clone, Debug)]
pub struct Together<E>(pub Vec<E>);

impl<E> Together<E> {
    /// The task of the experiment `at` that place as a task of all: the part of a part is the part's own affair,
    /// the number of the experiment goes above it.
    pub(super) fn outer(at: usize, task: Task) -> Task {
        Task { part: (at as u64) << 32 | task.part & LOW, ..task }
    }
}

impl<E: Experiment> Experiment for Together<E> {
    fn next_task(&mut self) -> Option<Task> {
        let found = self.0.iter_mut().enumerate().find_map(|(at, one)| Some((at, one.next_task()?)));
        found.map(|(at, task)| Self::outer(at, task))
    }

    fn learn(&mut self, task: &Task, run: Replication) {
        let (at, task) = inner(task);
        if let Some(one) = self.0.get_mut(at) {
            one.learn(&task, run);
        }
    }

    fn lose(&mut self, task: &Task) {
        let (at, task) = inner(task);
        if let Some(one) = self.0.get_mut(at) {
            one.lose(&task);
        }
    }

    fn is_done(&self) -> bool {
        self.0.iter().all(E::is_done)
    }

    fn progress(&self) -> Progress {
        let each = self.0.iter().map(E::progress);
        each.fold(Progress::default(), |sum, one| Progress { done: sum.done + one.done, of: sum.of + one.of })
    }
}

const LOW: u64 = u32::MAX as u64;

fn inner(task: &Task) -> (usize, Task) {
    ((task.part >> 32) as usize, Task { part: task.part & LOW, ..task.clone() })
}

/// A pair of hands without a thread: computes an experiment in slices.
#[derive(Clone, Debug)]
pub struct Worker<E> {
    experiment: E,
    current: Option<(Task, Simulation)>,
}

impl<E: Experiment> Worker<E> {
    /// Hands for an experiment that nobody else computes.
    pub fn new(experiment: E) -> Self {
        Self { experiment, current: None }
    }

    /// Fires up to `events` events. Whether there is more to do.
    ///
    /// A million take a second or so; a page that wants to stay awake asks for some ten thousand at a time.
    pub fn work(&mut self, events: u64) -> bool {
        let mut left = events;
        while left > 0 {
            if self.current.is_none() {
                let Some(task) = self.experiment.next_task() else { return false };
                let simulation = Simulation::new(Arc::clone(&task.model), task.seed, task.replication);
                self.current = Some((task, simulation));
            }
            if let Some((_, simulation)) = &mut self.current {
                while left > 0 && simulation.step(SimTime::MAX, &mut |_, _, _| {}).is_some() {
                    left -= 1;
                }
            }
            if left > 0
                && let Some((task, simulation)) = self.current.take()
            {
                left -= 1;
                let run = Replication::of(simulation, task.replication);
                self.experiment.learn(&task, run);
            }
        }
        self.current.is_some() || !self.experiment.is_done()
    }

    /// How far it is, between 0 and 1; the replication at hand counts by the share of its time.
    pub fn share(&self) -> f64 {
        let Progress { done, of } = self.experiment.progress();
        let current = self.current.as_ref().map_or(0.0, |(task, simulation)| {
            simulation.world().now().as_micros() as f64 / task.model.clock.horizon.as_micros().max(1) as f64
        });
        ((done as f64 + current) / of.max(1) as f64).min(1.0)
    }

    /// The experiment as it stands.
    pub fn experiment(&self) -> &E {
        &self.experiment
    }

    /// The experiment as it stands, and no more work.
    pub fn into_experiment(self) -> E {
        self.experiment
    }
}

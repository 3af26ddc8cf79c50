//! Replications: the same model under the same seed, with independent draws; a fixed number of them, or as
//! many as the checks need.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::band::Course;
use super::sequential::LOOKS;
use super::work::{Experiment, Progress, Task, Worker};
use crate::metrics::{Measured, Occupancy};
use crate::model::Model;
use crate::report::{Report, SeriesSet};
use crate::simulation::Simulation;

/// What one replication came to: plain data that any thread, and any worker of a page, may send to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// What was measured.
    pub measured: Measured,
    /// Digest of the simulated history.
    pub digest: u64,
    /// What charts show of all replications together, coarsely.
    pub course: Course,
}

impl Replication {
    /// What a simulation that has come to its end came to.
    pub fn of(simulation: Simulation, replication: u32) -> Self {
        let (mut measured, digest) = simulation.finish();
        let course = Course::of(&measured.series);
        if replication > 0 {
            // A report shows those of the first one; a thousand others would only take memory.
            measured.series = SeriesSet::default();
            measured.notes = Vec::new();
            measured.waiting = Vec::new();
            measured.pending = Vec::new();
            if let Some(memory) = &mut measured.memory {
                memory.occupancy = Occupancy::default();
            }
        }
        Self { measured, digest, course }
    }
}

/// Runs replication number `replication` of a model.
pub fn run_replication(model: &Arc<Model>, seed: u64, replication: u32) -> Replication {
    Task { model: Arc::clone(model), seed, replication, part: 0 }.run()
}

/// Runs `replications` replications of a model one after the other, at least one.
pub fn run(model: &Arc<Model>, seed: u64, replications: u32) -> Report {
    let mut worker = Worker::new(Replications::fixed(Arc::clone(model), seed, replications.max(1)));
    while worker.work(u64::MAX) {}
    let runs = worker.into_experiment().into_runs();
    Report::from_replications(model, seed, &runs)
}

/// The replications of one model: so many, or as many as it takes.
#[derive(Clone, Debug)]
pub struct Replications {
    model: Arc<Model>,
    seed: u64,
    /// Numbers after which is looked; the last is the most there may be.
    looks: Vec<u32>,
    /// What stops it early: judges the report of a look. `None`: a fixed number.
    enough: Option<fn(&Report) -> bool>,
    /// The look that the replications at hand lead up to.
    look: usize,
    handed_out: u32,
    learnt: u32,
    runs: Vec<Option<Replication>>,
    report: Option<Report>,
    lost: bool,
}

impl Replications {
    /// So many.
    pub fn fixed(model: Arc<Model>, seed: u64, replications: u32) -> Self {
        Self::new(model, seed, vec![replications], None)
    }

    /// As many as it takes until a look's report is `enough`, such as [`Report::is_decided`], but no more
    /// than `most`.
    pub fn auto(model: Arc<Model>, seed: u64, most: u32, enough: fn(&Report) -> bool) -> Self {
        let looks = LOOKS.into_iter().filter(|look| *look < most).chain([most]).collect();
        Self::new(model, seed, looks, Some(enough))
    }

    fn new(model: Arc<Model>, seed: u64, looks: Vec<u32>, enough: Option<fn(&Report) -> bool>) -> Self {
        Self {
            model,
            seed,
            looks,
            enough,
            look: 0,
            handed_out: 0,
            learnt: 0,
            runs: Vec::new(),
            report: None,
            lost: false,
        }
    }

    /// What is simulated.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The report, when it is done; `None` before, and where a replication was lost.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref().filter(|_| self.is_done() && !self.lost)
    }

    /// The replications in order, as far as they are there without a gap.
    pub fn runs(&self) -> impl Iterator<Item = &Replication> {
        self.runs.iter().map_while(Option::as_ref)
    }

    /// What the replications that are there without a gap come to: a picture to look at while the others are
    /// computed. Its intervals are those of so many replications; who stops when they please him is wrong more
    /// often than they say, which is what [`Replications::auto`] is for. `None` before the first.
    pub fn report_so_far(&self) -> Option<Report> {
        let runs: Vec<Replication> = self.runs().cloned().collect();
        (!runs.is_empty()).then(|| Report::from_replications(&self.model, self.seed, &runs))
    }

    /// The replications in order, as far as they are there without a gap.
    pub fn into_runs(self) -> Vec<Replication> {
        self.runs.into_iter().map_while(|run| run).collect()
    }

    /// Everything up to the look is there.
    fn look(&mut self) {
        let runs: Vec<Replication> = self.runs.iter_mut().filter_map(Option::take).collect();
        let last = self.look + 1 >= self.looks.len();
        match self.enough {
            None => {
                self.look += 1;
                self.report = Some(Report::from_replications(&self.model, self.seed, &runs));
            }
            Some(enough) => {
                let report = Report::at_look(&self.model, self.seed, &runs);
                self.look = if last || enough(&report) { self.looks.len() } else { self.look + 1 };
                self.report = Some(report);
            }
        }
        self.runs = runs.into_iter().map(Some).collect();
    }
}

impl Experiment for Replications {
    fn next_task(&mut self) -> Option<Task> {
        let until = *self.looks.get(self.look)?;
        if self.handed_out >= until || self.lost {
            return None;
        }
        let replication = self.handed_out;
        self.handed_out += 1;
        Some(Task { model: Arc::clone(&self.model), seed: self.seed, replication, part: 0 })
    }

    fn learn(&mut self, task: &Task, run: Replication) {
        let place = task.replication as usize;
        if self.runs.len() <= place {
            self.runs.resize(place + 1, None);
        }
        self.learnt += u32::from(self.runs[place].is_none());
        self.runs[place] = Some(run);
        if self.looks.get(self.look) == Some(&self.learnt) {
            self.look();
        }
    }

    fn lose(&mut self, _: &Task) {
        self.lost = true;
    }

    fn is_done(&self) -> bool {
        self.lost || self.look >= self.looks.len()
    }

    fn progress(&self) -> Progress {
        let of = self.looks.get(self.look).copied().unwrap_or(self.learnt);
        Progress { done: self.learnt.into(), of: of.into() }
    }
}

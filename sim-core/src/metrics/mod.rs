//! Metrics: the last observer of the feed, and the only one that a report is made from.
//!
//! [`Metrics`] hears every change in the instant in which it happens and keeps books about it
//! (`books.rs`): levels, flows and samples in dense tables, laid out before the run for every
//! combination of labels. Checks, summary figures and quantiles are watches on those tables, exact over
//! their own windows; the series are read off at the points of one grid. Time that passes between two
//! events costs a comparison, a change a handful of integer additions, and nothing allocates once the
//! tables are as large as the largest crowd of pods.
//!
//! Invariants: whatever is read at an instant is read after everything that happens in it; what is true
//! for no time at all is not measured; nothing before the report's start counts.

mod books;
mod figures;
mod flow;
mod layout;
mod level;
mod memory;
mod notes;
mod probe;
mod reasons;
mod sample;
mod series;
mod troubles;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use self::books::Books;
use self::figures::Figures;
use self::layout::Place;
use self::memory::MemoryBooks;
pub use self::memory::{MemoryOutcome, Occupancy};
use self::notes::Notes;
use self::probe::{Probe, Scans};
use self::reasons::Reasons;
use self::series::Series;
use self::troubles::Troubles;
use crate::check::Level;
use crate::model::Model;
use crate::report::{Note, PendingPod, Quantiles, SeriesSet, Trouble, WaitingReason};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, World};

/// What a run came to: plain data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// For each check of the model, the value that its claim is about; `None` where there was nothing
    /// to take it from.
    pub values: Vec<Option<f64>>,
    /// Figures of the whole report.
    pub summary: IndexMap<String, f64>,
    /// Series over time.
    pub series: SeriesSet,
    /// Quantiles of waits and lifetimes, by the metric's name.
    pub quantiles: IndexMap<String, Quantiles>,
    /// What pods waited for.
    pub waiting: Vec<WaitingReason>,
    /// Pods that still wait at the end.
    pub pending: Vec<PendingPod>,
    /// What running out of memory came to; `None` where it is not simulated.
    pub memory: Option<MemoryOutcome>,
    /// What happened when.
    pub notes: Vec<Note>,
    /// What users suffered from.
    pub troubles: Vec<Trouble>,
}

/// Everything that is measured during a run.
#[derive(Clone, Debug)]
pub struct Metrics {
    books: Books,
    /// For each check, its terms.
    probes: Vec<Vec<Probe>>,
    scans: Scans,
    figures: Figures,
    series: Series,
    reasons: Reasons,
    memory: MemoryBooks,
    notes: Notes,
    troubles: Troubles,
    pending_slot: usize,
    /// The next instant at which something has to be read off.
    next_reading: SimTime,
}

impl Metrics {
    /// Prepares to measure what the model's checks and every report ask for.
    pub fn new(model: &Model) -> Self {
        let mut books = Books::new(model);
        let mut scans = Scans::default();
        let mut probe = |term: &_| Probe::new(term, &mut books, &mut scans, model);
        let terms = model.checks.iter().map(|check| &check.statement.claim().terms);
        let probes = terms.map(|terms| terms.iter().map(&mut probe).collect()).collect();
        let figures = Figures::new(&mut books, &mut scans, model);
        let series = Series::new(&mut books, model);
        let pending_slot = books.level_layout.read(Level::PodsPending as usize, Place::default());
        books.open(model);
        let memory = MemoryBooks::new(model);
        let next_reading = series.next().min(scans.next()).min(memory.next());
        let notes = Notes::new(model);
        let troubles = Troubles::new(model);
        let reasons = Reasons::new(model.clock.report_start());
        Self {
            books,
            probes,
            scans,
            figures,
            series,
            reasons,
            memory,
            notes,
            troubles,
            pending_slot,
            next_reading,
        }
    }

    /// Time is about to go on to `now`; the world is as the last event left it.
    pub fn advance(&mut self, now: SimTime, world: &World, model: &Model) {
        if self.next_reading < now {
            self.read_until(now, world, model);
        }
    }

    /// Something has just changed.
    pub fn observe(&mut self, now: SimTime, change: Change, world: &World, model: &Model) {
        self.books.enter(now, change, world, model);
        if let Change::LaunchSucceeded(launch) = change {
            self.series.launch_succeeded(now.since(world.services().launches[launch].started_at));
        }
        self.reasons.observe(now, change, self.series.points(), world, model);
        self.memory.observe(now, change, world, model);
        let pending = self.books.levels.value(self.pending_slot);
        self.notes.observe(now, change, pending, world, model);
        self.troubles.observe(now, change, world, model);
    }

    /// The run is over at `end`, after `events` events.
    pub fn finish(mut self, end: SimTime, world: &World, model: &Model, events: u64) -> Measured {
        self.read_until(end + SimDuration::from_micros(1), world, model);
        self.books.levels.close(end);
        let value = |check: (&crate::check::Check, &Vec<Probe>)| {
            let (check, probes) = check;
            let terms: Vec<_> = probes.iter().map(|probe| probe.value(&self.books, &self.scans)).collect();
            check.statement.claim().evaluate(&terms)
        };
        let values = model.checks.iter().zip(&self.probes).map(value).collect();
        let mut summary = self.figures.summary(&self.books, &self.scans);
        summary.insert("simulatedEvents".to_owned(), events as f64);
        Measured {
            values,
            summary,
            quantiles: self.figures.quantiles(&self.books),
            series: self.series.finish(&model.clock),
            waiting: self.reasons.finish(end, world, model),
            pending: reasons::pending(end, world, model),
            memory: self.memory.finish(end, world, model),
            notes: self.notes.finish(),
            troubles: self.troubles.finish(end, world, model),
        }
    }

    /// Reads off everything that is due before `now`.
    fn read_until(&mut self, now: SimTime, world: &World, model: &Model) {
        while self.next_reading < now {
            if self.memory.next() < self.series.next().min(self.scans.next()) {
                self.memory.take(world, model);
            } else if self.series.next() <= self.scans.next() {
                self.reasons.take(self.series.points());
                self.series.take(&self.books, world, model);
            } else {
                self.scans.take(world, &self.books);
            }
            self.next_reading = self.series.next().min(self.scans.next()).min(self.memory.next());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

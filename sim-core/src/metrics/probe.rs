//! Probes: where the value of a term will be found when the run is over.
//!
//! Everything a check names is resolved to slots and watches before the run, so that the run itself
//! looks nothing up. Only levels by age need more: the pods are looked at one by one at the instant.

use super::books::{Books, MICROS, PARTS};
use super::flow::{FlowWatch, Window};
use super::layout::Place;
use super::level::LevelWatch;
use super::sample::SampleWatch;
use crate::check::{Flow, Function, Level, Metric, Ratio, Selector, Term, When};
use crate::model::Model;
use crate::time::SimTime;
use crate::world::{Pod, PodPhase, World};

/// Where the value of a term will be found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Probe {
    /// A level at an instant.
    Instant(LevelWatch, f64),
    /// A level over a window.
    Level(LevelWatch, Function, f64),
    /// A count over a window.
    Flow(FlowWatch),
    /// Successes and failures over a window.
    Ratio(FlowWatch, FlowWatch, Function),
    /// Durations over a window.
    Sample(SampleWatch, Function),
    /// An entry of [`Scans`].
    Scan(usize),
}

/// What a level's integers have to be divided by.
fn parts_of(level: Level) -> f64 {
    match level {
        Level::MemoryRequested | Level::CpuRequested => PARTS,
        Level::CostPerHour => MICROS,
        _ => 1.0,
    }
}

impl Probe {
    /// Prepares the books for a term.
    pub fn new(term: &Term, books: &mut Books, scans: &mut Scans, model: &Model) -> Self {
        let place = books.dimensions.place(term.of);
        let end = model.clock.horizon;
        match (term.metric, term.when) {
            (Metric::Level(level), When::At(at)) if term.of.by_age() => {
                Self::Scan(scans.add(level, term.of, place, at))
            }
            (Metric::Level(level), When::At(at)) => {
                let slot = books.level_layout.read(level as usize, place);
                Self::Instant(books.levels.watch(slot, at, at), parts_of(level))
            }
            (Metric::Level(level), When::Over { function, from, to }) => {
                let slot = books.level_layout.read(level as usize, place);
                Self::Level(books.levels.watch(slot, from, to), function, parts_of(level))
            }
            (metric, when) => {
                let (function, from, to) = match when {
                    When::Over { function, from, to } => (function, from, to),
                    When::At(at) => (Function::Count, model.clock.report_start(), at),
                };
                let window = Window::new(from, to, end);
                match metric {
                    Metric::Sample(sample) => {
                        let slot = books.sample_layout.read(sample as usize, place);
                        let quantiles = function.quantile().is_some();
                        Self::Sample(books.samples.watch(slot, window, quantiles), function)
                    }
                    Metric::Ratio(Ratio::LaunchSuccess) => {
                        let mut watch = |flow: Flow| {
                            let slot = books.flow_layout.read(flow as usize, place);
                            books.flows.watch(slot, window)
                        };
                        Self::Ratio(watch(Flow::LaunchSucceeded), watch(Flow::LaunchFailed), function)
                    }
                    Metric::Flow(flow) => {
                        let slot = books.flow_layout.read(flow as usize, place);
                        Self::Flow(books.flows.watch(slot, window))
                    }
                    Metric::Level(_) => unreachable!("levels have arms of their own"),
                }
            }
        }
    }

    /// The value, once the books are closed; `None` where there was nothing to take it from.
    pub fn value(self, books: &Books, scans: &Scans) -> Option<f64> {
        match self {
            Self::Instant(watch, parts) => Some(books.levels.held(watch).last? as f64 / parts),
            Self::Level(watch, function, parts) => {
                let held = books.levels.held(watch);
                if !held.is_covered() {
                    return None;
                }
                let value = match function {
                    Function::Min => held.min as f64,
                    Function::Max => held.max as f64,
                    Function::Last => held.last? as f64,
                    _ => held.mean()?,
                };
                Some(value / parts)
            }
            Self::Flow(watch) => Some(books.flows.count(watch) as f64),
            Self::Ratio(succeeded, failed, function) => {
                let (succeeded, failed) = (books.flows.count(succeeded), books.flows.count(failed));
                let ended = succeeded + failed;
                match function {
                    Function::Count => Some(ended as f64),
                    _ => (ended > 0).then(|| succeeded as f64 / ended as f64),
                }
            }
            Self::Sample(watch, function) => {
                let sample = books.samples.sample(watch);
                match function {
                    Function::Count => Some(sample.count as f64),
                    Function::Sum => Some(sample.sum_seconds()),
                    Function::Min => sample.min_seconds(),
                    Function::Max => sample.max_seconds(),
                    other => match other.quantile() {
                        Some(share) => sample.quantile_seconds(share),
                        None => sample.mean_seconds(),
                    },
                }
            }
            Self::Scan(index) => scans.value(index),
        }
    }
}

/// Levels by age: looked up among all pods at their instants, in order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Scans {
    scans: Vec<Scan>,
    /// Indices into `scans` in order of time, the latest first; taken from the end.
    due: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Scan {
    level: Level,
    of: Selector,
    place: Place,
    at: SimTime,
    found: Option<u64>,
}

impl Scans {
    fn add(&mut self, level: Level, of: Selector, place: Place, at: SimTime) -> usize {
        self.scans.push(Scan { level, of, place, at, found: None });
        self.due.push(self.scans.len() - 1);
        self.due.sort_by_key(|index| core::cmp::Reverse(self.scans[*index].at));
        self.scans.len() - 1
    }

    /// The instant of the next scan; [`SimTime::MAX`] when there is none.
    pub fn next(&self) -> SimTime {
        self.due.last().map_or(SimTime::MAX, |index| self.scans[*index].at)
    }

    /// Does the next scan: world and books are as they are after everything at its instant.
    pub fn take(&mut self, world: &World, books: &Books) {
        if let Some(index) = self.due.pop() {
            let scan = &mut self.scans[index];
            let pods = world.cluster().pods.iter();
            let found = pods.filter(|(id, pod)| scan.place.holds(books.place_of(*id)) && scan.admits(pod));
            scan.found = Some(found.count() as u64);
        }
    }

    fn value(&self, index: usize) -> Option<f64> {
        self.scans[index].found.map(|count| count as f64)
    }
}

impl Scan {
    fn admits(&self, pod: &Pod) -> bool {
        let terminating = pod.deletion_requested_at.is_some();
        let in_state = match self.level {
            Level::PodsTotal => true,
            Level::PodsTerminating => terminating,
            Level::PodsPending => !terminating && pod.phase == PodPhase::Pending,
            Level::PodsStarting => !terminating && pod.phase == PodPhase::Starting,
            _ => !terminating && pod.phase == PodPhase::Running,
        };
        let age = self.at.since(pod.created_at);
        in_state
            && self.of.older_than.is_none_or(|least| age >= least)
            && self.of.younger_than.is_none_or(|most| age < most)
    }
}

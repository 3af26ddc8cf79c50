//! Figures: the few numbers that a run is summed up in, with the units in their names.

use indexmap::IndexMap;

use super::books::Books;
use super::probe::{Probe, Scans};
use crate::check::{Flow, Function, Labels, Level, Metric, Ratio, Sample, Selector, Term, When};
use crate::model::Model;
use crate::report::Quantiles;

/// Names of figures and what they are, over the whole report.
const FIGURES: [(&str, Metric, Function); 28] = [
    ("peakPodsRunning", Metric::Level(Level::PodsRunning), Function::Max),
    ("meanPodsRunning", Metric::Level(Level::PodsRunning), Function::Mean),
    ("peakPodsPending", Metric::Level(Level::PodsPending), Function::Max),
    ("podsCreated", Metric::Flow(Flow::PodsCreated), Function::Count),
    ("podsUnschedulable", Metric::Flow(Flow::PodsUnschedulable), Function::Count),
    ("podsRemoved", Metric::Flow(Flow::PodsRemoved), Function::Count),
    ("podWaitP95Seconds", Metric::Sample(Sample::PodsWait), Function::P95),
    ("peakNodes", Metric::Level(Level::NodesTotal), Function::Max),
    ("meanNodes", Metric::Level(Level::NodesTotal), Function::Mean),
    ("nodesRequested", Metric::Flow(Flow::NodesRequested), Function::Count),
    ("nodesAdded", Metric::Flow(Flow::NodesAdded), Function::Count),
    ("nodesRemoved", Metric::Flow(Flow::NodesRemoved), Function::Count),
    (NODE_HOURS, Metric::Level(Level::NodesTotal), Function::Mean),
    (COST, Metric::Level(Level::CostPerHour), Function::Mean),
    ("meanMemoryRequestedShare", Metric::Level(Level::MemoryRequested), Function::Mean),
    ("peakMemoryRequestedShare", Metric::Level(Level::MemoryRequested), Function::Max),
    ("meanCpuRequestedShare", Metric::Level(Level::CpuRequested), Function::Mean),
    ("launches", Metric::Flow(Flow::LaunchStarted), Function::Count),
    ("launchesSucceeded", Metric::Flow(Flow::LaunchSucceeded), Function::Count),
    ("launchesFailed", Metric::Flow(Flow::LaunchFailed), Function::Count),
    ("launchSuccessShare", Metric::Ratio(Ratio::LaunchSuccess), Function::Mean),
    ("launchWaitMeanSeconds", Metric::Sample(Sample::LaunchWait), Function::Mean),
    ("launchWaitP50Seconds", Metric::Sample(Sample::LaunchWait), Function::P50),
    ("launchWaitP95Seconds", Metric::Sample(Sample::LaunchWait), Function::P95),
    ("launchWaitP99Seconds", Metric::Sample(Sample::LaunchWait), Function::P99),
    ("peakUsersWaiting", Metric::Level(Level::UsersWaiting), Function::Max),
    ("peakServers", Metric::Level(Level::ServersTotal), Function::Max),
    ("serversCulled", Metric::Flow(Flow::ServersCulled), Function::Count),
];

/// The two figures that are integrals over time.
const NODE_HOURS: &str = "nodeHours";
const COST: &str = "costDollars";

/// Samples whose quantiles a report shows.
const QUANTILES: [Sample; 4] =
    [Sample::LaunchWait, Sample::PodsWait, Sample::PodsLifetime, Sample::PodsFailedLifetime];

/// Where the figures will be found.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    figures: Vec<(&'static str, Probe)>,
    quantiles: Vec<(&'static str, Probe)>,
}

impl Figures {
    /// Prepares the books for the figures of a model; those of the hub only where there is one.
    pub fn new(books: &mut Books, scans: &mut Scans, model: &Model) -> Self {
        let mut probe = |metric, function| {
            let when = When::Over { function, from: model.clock.report_start(), to: model.clock.horizon };
            Probe::new(&Term { metric, of: Selector::default(), when }, books, scans, model)
        };
        let priced = model.groups.iter().any(|group| group.machine.micro_dollars_per_hour > 0);
        let known = |metric: Metric| {
            (model.hub.is_some() || !of_hub(metric))
                && (priced || metric != Metric::Level(Level::CostPerHour))
        };
        let figures = FIGURES.into_iter().filter(|(_, metric, _)| known(*metric));
        let figures = figures.map(|(name, metric, function)| (name, probe(metric, function))).collect();
        let samples = QUANTILES.into_iter().map(Metric::Sample).filter(|metric| known(*metric));
        let quantiles = samples.map(|metric| (metric.entry().name, probe(metric, Function::P50))).collect();
        Self { figures, quantiles }
    }

    /// The figures, those left out that there was nothing to take from.
    pub fn summary(&self, books: &Books, scans: &Scans) -> IndexMap<String, f64> {
        let figure = |(name, probe): &(&str, Probe)| {
            let value = match probe {
                Probe::Level(watch, ..) if *name == NODE_HOURS => Some(books.levels.held(*watch).hours()),
                Probe::Level(watch, _, parts) if *name == COST => {
                    Some(books.levels.held(*watch).hours() / parts)
                }
                probe => probe.value(books, scans),
            };
            Some(((*name).to_owned(), value?))
        };
        self.figures.iter().filter_map(figure).collect()
    }

    /// Quantiles of the samples that are not empty.
    pub fn quantiles(&self, books: &Books) -> IndexMap<String, Quantiles> {
        let quantiles = |(name, probe): &(&str, Probe)| match probe {
            Probe::Sample(watch, _) => Some(((*name).to_owned(), books.samples.sample(*watch).quantiles()?)),
            _ => None,
        };
        self.quantiles.iter().filter_map(quantiles).collect()
    }
}

/// Whether there is such a thing only with a hub.
fn of_hub(metric: Metric) -> bool {
    metric.entry().labels == Labels::Audience || metric == Metric::Sample(Sample::PodsFailedLifetime)
}

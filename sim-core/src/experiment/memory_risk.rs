//! From what memory cost in each replication to chances, victims and causes.

use std::collections::BTreeMap;

use super::replicate::Replication;
use super::statistics::{Risk as Error, exact_bounds};
use crate::metrics::{MemoryOutcome, Occupancy};
use crate::model::Model;
use crate::model::node_risk::{Load, NodeRisks};
use crate::report::{Heat, HotNode, MAX_HOT_NODES, MemoryRisk, RankedCause, Risk, Victim, rounded};

/// What may happen in a run, by its place in [`MemoryOutcome::counts`].
const KINDS: [&str; 4] = [
    "the kernel kills a container",
    "the kubelet evicts a pod",
    "a node is lost to memory",
    "the failure spreads to another node",
];

/// The risk over all replications; `None` where memory is not simulated.
pub(super) fn risk(model: &Model, runs: &[Replication]) -> Option<MemoryRisk> {
    let outcomes: Vec<&MemoryOutcome> = runs.iter().filter_map(|run| run.measured.memory.as_ref()).collect();
    let first = outcomes.first()?;
    let trials = outcomes.len() as u64;
    let chance = |hits: u64| rounded(hits as f64 / trials as f64);
    let bounds = |hits: u64| exact_bounds(hits, trials, Error::SINGLE);
    let risks = KINDS.iter().enumerate().map(|(kind, what)| {
        let hits = outcomes.iter().filter(|outcome| outcome.counts[kind] > 0).count() as u64;
        Risk { what: (*what).to_owned(), probability: chance(hits), interval: bounds(hits) }
    });
    let mut victims: BTreeMap<(&str, &str, &str), (u64, u64)> = BTreeMap::new();
    for (workload, group, how, count) in outcomes.iter().flat_map(|outcome| &outcome.deaths) {
        let (hits, sum) = victims.entry((workload, group, how)).or_default();
        *hits += 1;
        *sum += count;
    }
    let mut victims: Vec<Victim> = victims
        .into_iter()
        .map(|((workload, node_group, how), (hits, sum))| Victim {
            workload: workload.to_owned(),
            node_group: node_group.to_owned(),
            how: how.to_owned(),
            probability: chance(hits),
            interval: bounds(hits),
            mean: rounded(sum as f64 / trials as f64),
        })
        .collect();
    victims.sort_by(|one, other| {
        let likelier = other.probability.total_cmp(&one.probability);
        likelier.then(other.mean.total_cmp(&one.mean))
    });
    let (worked, lost) = outcomes.iter().fold((0.0, 0.0), |(worked, lost), outcome| {
        (worked + outcome.user_hours.0, lost + outcome.user_hours.1)
    });
    Some(MemoryRisk {
        risks: risks.collect(),
        victims,
        causes: causes(&outcomes),
        user_hours_lost_share: (worked > 0.0).then(|| rounded(lost / worked)),
        heat: heat(model, &first.occupancy),
    })
}

/// The chance of each node over time, of the hottest.
fn heat(model: &Model, occupancy: &Occupancy) -> Heat {
    let mut risks = NodeRisks::default();
    let mut chance =
        |load: &Option<Load>| load.as_ref().map_or(0.0, |load| rounded(risks.chance(load, &model.classes)));
    let rows = occupancy.nodes.iter();
    let mut nodes: Vec<HotNode> = rows
        .map(|(node, loads)| HotNode { node: node.clone(), chance: loads.iter().map(&mut chance).collect() })
        .collect();
    let peak = |of: &HotNode| of.chance.iter().copied().fold(0.0, f64::max);
    nodes.sort_by(|one, other| peak(other).total_cmp(&peak(one)).then_with(|| one.node.cmp(&other.node)));
    nodes.truncate(MAX_HOT_NODES);
    Heat { seconds: occupancy.seconds.iter().copied().map(rounded).collect(), nodes }
}

/// First causes, the commonest first.
fn causes(outcomes: &[&MemoryOutcome]) -> Vec<RankedCause> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for cause in outcomes.iter().filter_map(|outcome| outcome.first_cause.as_deref()) {
        *counts.entry(cause).or_default() += 1;
    }
    let all: u32 = counts.values().sum();
    let mut causes: Vec<RankedCause> = counts
        .into_iter()
        .map(|(cause, runs)| RankedCause {
            cause: cause.to_owned(),
            runs,
            share: rounded(f64::from(runs) / f64::from(all)),
        })
        .collect();
    causes.sort_by_key(|cause| core::cmp::Reverse(cause.runs));
    causes
}

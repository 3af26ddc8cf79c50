//! SelectorSpread: pods of one service or controller are spread over nodes and zones.
//!
//! Models: `SelectorSpreadPriority` of Kubernetes 1.8 and 1.10 (plugin/pkg/scheduler/algorithm/priorities/
//! selector_spreading.go): the pods on a node that any selector of the pod's services and controllers
//! matches, terminating ones left out; zones weigh two thirds. PodTopologySpread took its place in 1.19.

use std::collections::BTreeMap;

use crate::model::Era;
use crate::placement::cycle::Cycle;
use crate::placement::node::NodeState;
use crate::placement::symbols::Symbol;

const ZONE_WEIGHT: f64 = 2.0 / 3.0;

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Vec<i64> {
    let pod = cycle.spec();
    let selectors = cycle.snapshot.surroundings.selectors_of(pod);
    let like = |node: &&NodeState| {
        let counted = node.pods.iter().filter(|other| {
            other.terminating.is_none()
                && other.spec.namespace == pod.namespace
                && selectors.iter().any(|selector| selector.matches(&other.spec.labels))
        });
        counted.count() as i64
    };
    let counts: Vec<i64> = nodes.iter().map(like).collect();
    let mut zones: BTreeMap<Symbol, i64> = BTreeMap::new();
    for (node, count) in nodes.iter().zip(&counts) {
        if let Some(zone) = zone_of(node) {
            *zones.entry(zone).or_default() += count;
        }
    }
    let top = cycle.profile.era.max_node_score() as f64;
    let most = counts.iter().copied().max().unwrap_or(0);
    let most_in_zone = zones.values().copied().max().unwrap_or(0);
    let part = |count: i64, most: i64| {
        if most > 0 { top * ((most - count) as f64 / most as f64) } else { top }
    };
    let one = |(node, count): (&&NodeState, &i64)| {
        of_parts(part(*count, most), zone_of(node).map(|zone| part(zones[&zone], most_in_zone)))
    };
    nodes.iter().zip(&counts).map(one).collect()
}

/// The score of a node that no pod of the kind is near.
pub(in crate::placement) fn score_of_none(node: &NodeState, era: Era) -> i64 {
    let top = era.max_node_score() as f64;
    of_parts(top, zone_of(node).map(|_| top))
}

fn of_parts(by_node: f64, by_zone: Option<f64>) -> i64 {
    let score = match by_zone {
        Some(by_zone) => by_node * (1.0 - ZONE_WEIGHT) + ZONE_WEIGHT * by_zone,
        None => by_node,
    };
    score as i64
}

fn zone_of(node: &NodeState) -> Option<Symbol> {
    let labels = &node.spec.labels;
    labels.value(Symbol::ZONE).or_else(|| labels.value(Symbol::OLD_ZONE))
}

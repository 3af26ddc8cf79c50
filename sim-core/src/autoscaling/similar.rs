//! Groups whose nodes are alike, and how a scale-up is spread over them.
//!
//! Models: `CreateGenericNodeInfoComparator`, `CreateLabelNodeInfoComparator` and
//! `BalanceScaleUpBetweenGroups` (cluster-autoscaler 1.36).
//! Leaves out: labels that a provider adds to those in which like groups may differ.

use super::go_sort;
use super::options::Options;
use super::snapshot::NodeInfo;
use crate::placement::labels::Label;
use crate::placement::{Symbol, Symbols};

/// Labels in which like groups may differ.
const IGNORED_LABELS: [&str; 7] = [
    "kubernetes.io/hostname",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "beta.kubernetes.io/fluentd-ds-ready",
    "kops.k8s.io/instancegroup",
];

/// Whether nodes of the two templates are alike.
pub fn alike(one: &NodeInfo, other: &NodeInfo, options: &Options, symbols: &Symbols) -> bool {
    let value = |info: &NodeInfo, key| info.node.spec.labels.value(key);
    if !options.balancing_labels.is_empty() {
        let keys = options.balancing_labels.iter().filter_map(|label| symbols.find(label));
        return keys.into_iter().all(|key| value(one, key) == value(other, key));
    }
    let same_machine = {
        let (one, other) = (&one.node, &other.node);
        within(one.capacity.memory_bytes, other.capacity.memory_bytes, options.memory_difference_ppm)
            && one.capacity.cpu_millis == other.capacity.cpu_millis
            && one.spec.max_pods == other.spec.max_pods
            && one.capacity.ephemeral_bytes == other.capacity.ephemeral_bytes
            && one.capacity.named == other.capacity.named
    };
    let (one_rows, other_rows) = (rows(one), rows(other));
    let near = |one: &[i64], other: &[i64], ppm: i64| {
        one.iter().zip(other).all(|(one, other)| within(*one, *other, ppm))
    };
    same_machine
        && near(&one_rows.0, &other_rows.0, options.allocatable_difference_ppm)
        && near(&one_rows.1, &other_rows.1, options.free_difference_ppm)
        && has_labels_of(one, other, options, symbols)
        && has_labels_of(other, one, options, symbols)
}

/// What a node's pods may request, and what of it is free.
fn rows(info: &NodeInfo) -> ([i64; 3], [i64; 2]) {
    let (whole, base) = (&info.node.spec.allocatable, info.node.spec.base.requested);
    let (mut cpu, mut memory) = (whole.cpu_millis - base.cpu_millis, whole.memory_bytes - base.memory_bytes);
    for pod in &info.pods {
        let requests = pod.requests();
        cpu -= requests.cpu_millis;
        memory -= requests.memory_bytes;
    }
    ([whole.cpu_millis, whole.memory_bytes, info.node.spec.max_pods], [cpu, memory])
}

fn has_labels_of(one: &NodeInfo, other: &NodeInfo, options: &Options, symbols: &Symbols) -> bool {
    let compared = |label: &&Label| {
        // The name that a node in thought has is no text.
        label.key != Symbol::HOSTNAME
            && !IGNORED_LABELS.contains(&symbols.text(label.key))
            && !options.balancing_ignored_labels.iter().any(|ignored| ignored == symbols.text(label.key))
    };
    other
        .node
        .spec
        .labels
        .iter()
        .filter(compared)
        .all(|label| one.node.spec.labels.value(label.key) == Some(label.value))
}

fn within(one: i64, other: i64, ppm: i64) -> bool {
    let (less, more) = (one.min(other), one.max(other));
    i128::from(more - less) * 1_000_000 <= i128::from(more) * i128::from(ppm)
}

/// How a group is to grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The group.
    pub group: usize,
    /// Its target before.
    pub from: i64,
    /// Its target after.
    pub to: i64,
}

/// Spreads new nodes over groups given as (group, target, most), smallest first, until all are as large.
pub fn balance(groups: &[(usize, i64, i64)], new_nodes: i64) -> Vec<Growth> {
    let mut sizes: Vec<(Growth, i64)> = groups
        .iter()
        .filter(|(_, target, most)| target != most)
        .map(|&(group, target, most)| (Growth { group, from: target, to: target }, most))
        .collect();
    go_sort::sort(&mut sizes, |(one, _), (other, _)| one.from < other.from);
    for _ in 0..new_nodes {
        let open = sizes.iter_mut().filter(|(growth, most)| growth.to < *most);
        let Some((growth, _)) = open.min_by_key(|(growth, _)| growth.to) else { break };
        growth.to += 1;
    }
    sizes.into_iter().map(|(growth, _)| growth).filter(|growth| growth.to != growth.from).collect()
}

//! Groups whose nodes are alike, and how a scale-up is spread over them.
//!
//! Models: `CreateGenericNodeInfoComparator`, `CreateLabelNodeInfoComparator` and
//! `BalanceScaleUpBetweenGroups` (cluster-autoscaler 1.36).
//! Leaves out: labels that a provider adds to those in which like groups may differ.

use std::collections::BTreeMap;

use super::go_sort;
use super::options::Options;
use super::snapshot::NodeInfo;

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
pub fn alike(one: &NodeInfo, other: &NodeInfo, options: &Options) -> bool {
    let labels = |info: &NodeInfo| info.node.labels.clone();
    if !options.balancing_labels.is_empty() {
        let (one, other) = (labels(one), labels(other));
        return options.balancing_labels.iter().all(|label| one.get(label) == other.get(label));
    }
    let same_machine = {
        let (one, other) = (&one.node.capacity, &other.node.capacity);
        within(one.memory_bytes, other.memory_bytes, options.memory_difference_ppm)
            && one.cpu_millis == other.cpu_millis
            && one.pods == other.pods
            && one.others == other.others
    };
    let rows = |info: &NodeInfo| {
        let whole = &info.node.allocatable;
        let used = &info.requested;
        (
            [whole.cpu_millis, whole.memory_bytes, whole.pods],
            [whole.cpu_millis - used.cpu_millis, whole.memory_bytes - used.memory_bytes],
        )
    };
    let (one_rows, other_rows) = (rows(one), rows(other));
    let near = |one: &[i64], other: &[i64], ppm: i64| {
        one.iter().zip(other).all(|(one, other)| within(*one, *other, ppm))
    };
    same_machine
        && near(&one_rows.0, &other_rows.0, options.allocatable_difference_ppm)
        && near(&one_rows.1, &other_rows.1, options.free_difference_ppm)
        && compared(labels(one), options) == compared(labels(other), options)
}

fn compared(mut labels: BTreeMap<String, String>, options: &Options) -> BTreeMap<String, String> {
    labels.retain(|label, _| {
        !IGNORED_LABELS.contains(&label.as_str()) && !options.balancing_ignored_labels.contains(label)
    });
    labels
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

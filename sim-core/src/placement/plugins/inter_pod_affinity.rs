//! InterPodAffinity: pods that want each other near, or far.
//!
//! Models: pkg/scheduler/framework/plugins/interpodaffinity (filtering.go, scoring.go), Kubernetes 1.36:
//! required and preferred terms of the pod, the same terms of running pods about the pod, namespaces by
//! name and by label, and the first pod of a group that wants its own kind near.

use std::collections::BTreeMap;

use crate::placement::cycle::Cycle;
use crate::placement::decision::{Reason, Refusal};
use crate::placement::labels::{Labels, Selector};
use crate::placement::node::NodeState;
use crate::placement::objects::Surroundings;
use crate::placement::pod::{AffinityTerm, PodSpec};
use crate::placement::profile::{Plugin, Profile};
use crate::placement::symbols::Symbol;

/// A domain: a node label and its value.
type Domain = (Symbol, Symbol);

/// Whether a term of the pod to be placed is about `other`: a namespace that is not known is only in
/// reach by name, or of a selector of all.
pub(in crate::placement) fn own_term_matches(
    surroundings: &Surroundings,
    term: &AffinityTerm,
    other: &PodSpec,
) -> bool {
    let by_label = || {
        term.namespace_selector.is_everything()
            || surroundings
                .namespace(other.namespace)
                .is_some_and(|labels| term.namespace_selector.matches(labels))
    };
    (term.namespaces.contains(&other.namespace) || by_label()) && term.selector.matches(&other.labels)
}

/// Whether a term of a running pod is about `pod`: a namespace that is not known has no labels.
pub(in crate::placement) fn other_term_matches(
    surroundings: &Surroundings,
    term: &AffinityTerm,
    pod: &PodSpec,
) -> bool {
    let none = Labels::default();
    let by_label = || match term.namespace_selector {
        Selector::Nothing => false,
        Selector::All(_) => {
            let labels = surroundings.namespace(pod.namespace).unwrap_or(&none);
            term.namespace_selector.matches(labels)
        }
    };
    (term.namespaces.contains(&pod.namespace) || by_label()) && term.selector.matches(&pod.labels)
}

/// Whether all terms are about `other`; none are about nobody.
pub(in crate::placement) fn all_match(
    surroundings: &Surroundings,
    terms: &[AffinityTerm],
    other: &PodSpec,
) -> bool {
    !terms.is_empty() && terms.iter().all(|term| own_term_matches(surroundings, term, other))
}

/// Pods in each domain that required terms are about. A domain without any has no entry.
#[derive(Clone, Debug, Default)]
pub(in crate::placement) struct Counts {
    /// Pods that the pod's affinity terms are all about.
    wanted: BTreeMap<Domain, i64>,
    /// Pods that the pod's anti-affinity terms are about.
    unwanted: BTreeMap<Domain, i64>,
    /// Anti-affinity terms of running pods about the pod.
    unwelcome: BTreeMap<Domain, i64>,
}

impl Counts {
    pub fn new(cycle: &Cycle<'_>) -> Self {
        let mut counts = Self::default();
        let pod = cycle.spec();
        // As the real one, which keeps a list of nodes with such pods.
        let nobody_asks = pod.affinity.is_empty() && pod.anti_affinity.is_empty();
        if nobody_asks && !cycle.snapshot.has_unsociable_pods() {
            return counts;
        }
        for (_, node) in cycle.snapshot.nodes() {
            for other in &node.pods {
                counts.add(cycle, node, &other.spec, 1);
            }
        }
        counts
    }

    /// Counts a pod that comes to the node, or goes.
    pub fn add(&mut self, cycle: &Cycle<'_>, node: &NodeState, other: &PodSpec, times: i64) {
        let (pod, surroundings) = (cycle.spec(), &cycle.snapshot.surroundings);
        if all_match(surroundings, &pod.affinity, other) {
            for term in &pod.affinity {
                count(&mut self.wanted, node, term.topology_key, times);
            }
        }
        for term in pod.anti_affinity.iter().filter(|term| own_term_matches(surroundings, term, other)) {
            count(&mut self.unwanted, node, term.topology_key, times);
        }
        for term in other.anti_affinity.iter().filter(|term| other_term_matches(surroundings, term, pod)) {
            count(&mut self.unwelcome, node, term.topology_key, times);
        }
    }
}

fn count(domains: &mut BTreeMap<Domain, i64>, node: &NodeState, key: Symbol, times: i64) {
    if let Some(value) = node.spec.labels.value(key) {
        let entry = domains.entry((key, value)).or_default();
        *entry += times;
        if *entry == 0 {
            domains.remove(&(key, value));
        }
    }
}

pub(in crate::placement) fn filter(
    cycle: &Cycle<'_>,
    counts: &Counts,
    node: &NodeState,
) -> Result<(), Refusal> {
    let labels = &node.spec.labels;
    let has = |domains: &BTreeMap<Domain, i64>, key: Symbol| {
        labels.value(key).is_some_and(|value| domains.get(&(key, value)).is_some_and(|count| *count > 0))
    };
    if !has_wanted(cycle, counts, labels) {
        return Err(Refusal::unresolvable(Plugin::InterPodAffinity, Reason::Affinity));
    }
    if cycle.spec().anti_affinity.iter().any(|term| has(&counts.unwanted, term.topology_key)) {
        return Err(Refusal::resolvable(Plugin::InterPodAffinity, Reason::AntiAffinity));
    }
    let unwelcome = !counts.unwelcome.is_empty()
        && labels
            .iter()
            .any(|label| counts.unwelcome.get(&(label.key, label.value)).is_some_and(|count| *count > 0));
    if unwelcome {
        return Err(Refusal::resolvable(Plugin::InterPodAffinity, Reason::ExistingAntiAffinity));
    }
    Ok(())
}

/// Whether the pods that the pod must have near are there. The first of a group whose pods all want each
/// other may go to any node that is in all domains.
fn has_wanted(cycle: &Cycle<'_>, counts: &Counts, labels: &Labels) -> bool {
    let pod = cycle.spec();
    let mut found = true;
    for term in &pod.affinity {
        let Some(value) = labels.value(term.topology_key) else { return false };
        found &= counts.wanted.get(&(term.topology_key, value)).is_some_and(|count| *count > 0);
    }
    found || counts.wanted.is_empty() && all_match(&cycle.snapshot.surroundings, &pod.affinity, pod)
}

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Option<Vec<i64>> {
    let (pod, snapshot, profile) = (cycle.spec(), cycle.snapshot, cycle.profile);
    let surroundings = &snapshot.surroundings;
    if profile.ignores_preferences_of_others && pod.preferred_affinity.is_empty() {
        return None;
    }
    let mut domains: BTreeMap<Domain, i64> = BTreeMap::new();
    for (_, node) in snapshot.nodes() {
        let mut prefer = |term: &AffinityTerm, weight: i64| {
            if let Some(value) = node.spec.labels.value(term.topology_key) {
                *domains.entry((term.topology_key, value)).or_default() += weight;
            }
        };
        for other in &node.pods {
            for_preferences(surroundings, profile, pod, &other.spec, &mut prefer);
        }
    }
    if domains.is_empty() {
        return None;
    }
    let sum = |node: &&NodeState| {
        let values = node.spec.labels.iter().filter_map(|label| domains.get(&(label.key, label.value)));
        values.sum()
    };
    let sums: Vec<i64> = nodes.iter().map(sum).collect();
    Some(spread_out(&sums, profile.era.max_node_score()))
}

/// Calls `prefer` with each term that draws `pod` to `other`'s domain or keeps it away, and the term's weight:
/// preferences of either about the other, and what `other` requires.
pub(in crate::placement) fn for_preferences(
    surroundings: &Surroundings,
    profile: &Profile,
    pod: &PodSpec,
    other: &PodSpec,
    prefer: &mut dyn FnMut(&AffinityTerm, i64),
) {
    for (weight, term) in &pod.preferred_affinity {
        if own_term_matches(surroundings, term, other) {
            prefer(term, *weight);
        }
    }
    let required = other.affinity.iter().map(|term| (profile.hard_affinity_weight, term));
    let required = required.filter(|(weight, _)| *weight > 0);
    let preferred = other.preferred_affinity.iter().map(|(weight, term)| (*weight, term));
    for (weight, term) in required.chain(preferred) {
        if other_term_matches(surroundings, term, pod) {
            prefer(term, weight);
        }
    }
}

/// Scores from 0 for the least to `top` for the most; all 0 where they are equal.
pub(in crate::placement) fn spread_out(sums: &[i64], top: i64) -> Vec<i64> {
    let least = sums.iter().copied().min().unwrap_or(0);
    let most = sums.iter().copied().max().unwrap_or(0);
    let one = |sum: &i64| {
        if most == least {
            return 0;
        }
        (top as f64 * ((sum - least) as f64 / (most - least) as f64)) as i64
    };
    sums.iter().map(one).collect()
}

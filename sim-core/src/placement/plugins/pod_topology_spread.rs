//! PodTopologySpread: pods of one kind are spread over the domains that a node label names.
//!
//! Models: pkg/scheduler/framework/plugins/podtopologyspread (filtering.go, scoring.go, common.go),
//! Kubernetes 1.36: hard and soft constraints, minDomains, the inclusion policies of nodes, and the defaults
//! of pods that have no constraint but are selected by a service or owned by a controller. Terminating pods
//! are not counted, but preemption takes them away all the same, as there.

use std::collections::BTreeMap;

use crate::model::MAX_NODE_SCORE;
use crate::placement::cycle::Cycle;
use crate::placement::decision::{Reason, Refusal};
use crate::placement::labels::Selector;
use crate::placement::node::NodeState;
use crate::placement::objects::Surroundings;
use crate::placement::plugins::taint_toleration::untolerated;
use crate::placement::pod::{PodSpec, SpreadConstraint};
use crate::placement::profile::{Plugin, Profile};
use crate::placement::symbols::Symbol;

/// The constraints in force, hard or soft: the pod's own, or the profile's defaults with the selector of
/// the pod's owners.
pub(in crate::placement) fn constraints(
    surroundings: &Surroundings,
    profile: &Profile,
    pod: &PodSpec,
    hard: bool,
) -> Vec<SpreadConstraint> {
    let of_kind = |constraint: &&SpreadConstraint| constraint.hard == hard;
    if !pod.spread.is_empty() {
        return pod.spread.iter().filter(of_kind).cloned().collect();
    }
    let mut defaults: Vec<SpreadConstraint> =
        profile.default_spread.iter().filter(of_kind).cloned().collect();
    if defaults.is_empty() {
        return defaults;
    }
    let selector = surroundings.default_selector(pod);
    if selector.is_everything() {
        return Vec::new();
    }
    for constraint in &mut defaults {
        constraint.selector = selector.clone();
    }
    defaults
}

/// Pods of the constraint's kind in each domain, for each hard constraint.
#[derive(Clone, Debug, Default)]
pub(in crate::placement) struct Counts(Vec<BTreeMap<Symbol, i64>>);

impl Counts {
    pub fn new(cycle: &Cycle<'_>) -> Self {
        let mut counts = vec![BTreeMap::new(); cycle.spread.len()];
        for (_, node) in cycle.snapshot.nodes().filter(|(_, node)| has_all_keys(node, &cycle.spread)) {
            for (constraint, domains) in cycle.spread.iter().zip(&mut counts) {
                if let Some(domain) = node.spec.labels.value(constraint.topology_key)
                    && includes(cycle.spec(), constraint, node)
                {
                    *domains.entry(domain).or_default() += like(node, &constraint.selector, cycle.spec());
                }
            }
        }
        Self(counts)
    }

    /// Counts a pod that comes to the node, or goes.
    pub fn add(&mut self, cycle: &Cycle<'_>, node: &NodeState, pod: &PodSpec, times: i64) {
        if pod.namespace != cycle.spec().namespace || !has_all_keys(node, &cycle.spread) {
            return;
        }
        for (constraint, domains) in cycle.spread.iter().zip(&mut self.0) {
            if let Some(domain) = node.spec.labels.value(constraint.topology_key)
                && constraint.selector.matches(&pod.labels)
                && includes(cycle.spec(), constraint, node)
            {
                *domains.entry(domain).or_default() += times;
            }
        }
    }
}

/// Whether the node is in a domain of every constraint.
fn has_all_keys(node: &NodeState, constraints: &[SpreadConstraint]) -> bool {
    constraints.iter().all(|constraint| node.spec.labels.get(constraint.topology_key).is_some())
}

/// Whether the constraint counts the node (`matchNodeInclusionPolicies`).
pub(in crate::placement) fn includes(pod: &PodSpec, constraint: &SpreadConstraint, node: &NodeState) -> bool {
    (!constraint.honors_affinity || pod.admits_node(node.spec.name, &node.spec.labels))
        && (!constraint.honors_taints || untolerated(pod, node).is_none())
}

/// Pods on the node that the selector matches (`countPodsMatchSelector`): an empty one counts none.
fn like(node: &NodeState, selector: &Selector, pod: &PodSpec) -> i64 {
    if selector.is_everything() {
        return 0;
    }
    let counted = node.pods.iter().filter(|other| {
        other.terminating.is_none()
            && other.spec.namespace == pod.namespace
            && selector.matches(&other.spec.labels)
    });
    counted.count() as i64
}

pub(in crate::placement) fn filter(
    cycle: &Cycle<'_>,
    counts: &Counts,
    node: &NodeState,
) -> Result<(), Refusal> {
    for (constraint, domains) in cycle.spread.iter().zip(&counts.0) {
        let Some(domain) = node.spec.labels.value(constraint.topology_key) else {
            return Err(Refusal::unresolvable(Plugin::PodTopologySpread, Reason::SpreadLabel));
        };
        let least = if domains.len() < constraint.min_domains {
            0
        } else {
            domains.values().copied().min().unwrap_or(i64::from(i32::MAX))
        };
        let itself = i64::from(constraint.selector.matches(&cycle.spec().labels));
        let there = domains.get(&domain).copied().unwrap_or(0);
        if there + itself - least > constraint.max_skew {
            return Err(Refusal::resolvable(Plugin::PodTopologySpread, Reason::Spread));
        }
    }
    Ok(())
}

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Option<Vec<i64>> {
    let constraints = constraints(&cycle.snapshot.surroundings, cycle.profile, cycle.spec(), false);
    if constraints.is_empty() || nodes.is_empty() {
        return None;
    }
    let strict = is_strict(cycle.profile, cycle.spec());
    let takes_part = |node: &NodeState| !strict || has_all_keys(node, &constraints);
    let candidates: Vec<&NodeState> = nodes.iter().copied().filter(|node| takes_part(node)).collect();
    let raw = RawScores::new(cycle, &constraints, &candidates, &takes_part);
    let sums: Vec<Option<i64>> =
        nodes.iter().map(|node| takes_part(node).then(|| raw.of(cycle, node))).collect();
    let known = || sums.iter().flatten().copied();
    let (least, most) = (known().min().unwrap_or(i64::MAX), known().max().unwrap_or(0).max(0));
    Some(sums.iter().map(|sum| turn_round(*sum, least, most)).collect())
}

/// The score of a node from its raw score, the least and the most of all; `None`: it takes no part.
pub(in crate::placement) fn turn_round(raw: Option<i64>, least: i64, most: i64) -> i64 {
    match raw {
        None => 0,
        Some(_) if most == 0 => MAX_NODE_SCORE,
        Some(raw) => MAX_NODE_SCORE * (most + least - raw) / most,
    }
}

/// Whether nodes that lack a label are left out: Kubernetes' own defaults bear with them.
pub(in crate::placement) fn is_strict(profile: &Profile, pod: &PodSpec) -> bool {
    !pod.spread.is_empty() || !profile.system_spread
}

/// What the score of a node is made of, before it is turned round: for each constraint the pods of its
/// kind in each domain of a candidate, and the weight of the constraint.
struct RawScores<'a> {
    constraints: &'a [SpreadConstraint],
    domains: Vec<BTreeMap<Symbol, i64>>,
    weights: Vec<f64>,
}

impl<'a> RawScores<'a> {
    fn new(
        cycle: &Cycle<'_>,
        constraints: &'a [SpreadConstraint],
        candidates: &[&NodeState],
        takes_part: &dyn Fn(&NodeState) -> bool,
    ) -> Self {
        // A node without the label counts as in the domain of the empty value.
        let domain_of = |node: &NodeState, constraint: &SpreadConstraint| {
            node.spec.labels.value(constraint.topology_key).unwrap_or(Symbol::EMPTY)
        };
        let mut domains = vec![BTreeMap::new(); constraints.len()];
        let mut weights = Vec::new();
        for (constraint, domains) in constraints.iter().zip(&mut domains) {
            let by_host = constraint.topology_key == Symbol::HOSTNAME;
            if !by_host {
                domains.extend(candidates.iter().map(|node| (domain_of(node, constraint), 0)));
            }
            weights.push(weight(if by_host { candidates.len() } else { domains.len() }));
        }
        for (_, node) in cycle.snapshot.nodes().filter(|(_, node)| takes_part(node)) {
            for (constraint, domains) in constraints.iter().zip(&mut domains) {
                if includes(cycle.spec(), constraint, node)
                    && let Some(count) = domains.get_mut(&domain_of(node, constraint))
                {
                    *count += like(node, &constraint.selector, cycle.spec());
                }
            }
        }
        Self { constraints, domains, weights }
    }

    fn of(&self, cycle: &Cycle<'_>, node: &NodeState) -> i64 {
        let mut sum = 0.0;
        for ((constraint, domains), weight) in self.constraints.iter().zip(&self.domains).zip(&self.weights) {
            let Some(domain) = node.spec.labels.value(constraint.topology_key) else { continue };
            let count = if constraint.topology_key == Symbol::HOSTNAME {
                like(node, &constraint.selector, cycle.spec())
            } else {
                domains.get(&domain).copied().unwrap_or(0)
            };
            sum += part(count, *weight, constraint);
        }
        libm::round(sum) as i64
    }
}

/// The weight of a constraint over so many domains, so that few domains are not drowned by many
/// (`topologyNormalizingWeight`).
pub(in crate::placement) fn weight(domains: usize) -> f64 {
    libm::log((domains + 2) as f64)
}

/// What one constraint adds to the raw score of a node in a domain with `count` pods of its kind.
pub(in crate::placement) fn part(count: i64, weight: f64, constraint: &SpreadConstraint) -> f64 {
    count as f64 * weight + (constraint.max_skew - 1) as f64
}

//! NodeAffinity: nodes that the pod's selector and affinity ask for, and those they prefer.
//!
//! Models: pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go, Kubernetes 1.36, with affinity
//! added by the profile. Terms that name nodes by `metadata.name In` rule out all others beforehand.

use crate::placement::cycle::{Cycle, normalize};
use crate::placement::decision::{Reason, Refusal};
use crate::placement::node::NodeState;
use crate::placement::pod::PodSpec;
use crate::placement::profile::{Plugin, Profile};
use crate::placement::symbols::Symbol;

/// The nodes that the pod names, when every term of its affinity names some.
pub(in crate::placement) fn named_nodes(pod: &PodSpec) -> Result<Option<Vec<Symbol>>, Refusal> {
    let Some(affinity) = pod.node_affinity.as_ref().filter(|affinity| !affinity.terms.is_empty()) else {
        return Ok(None);
    };
    let mut names = Vec::new();
    for term in &affinity.terms {
        match term.only_names() {
            Some(only) => names.extend_from_slice(only),
            None => return Ok(None),
        }
    }
    if names.is_empty() {
        return Err(Refusal::unresolvable(Plugin::NodeAffinity, Reason::NodeAffinityConflict));
    }
    Ok(Some(names))
}

pub(in crate::placement) fn filter(
    profile: &Profile,
    pod: &PodSpec,
    node: &NodeState,
) -> Result<(), Refusal> {
    let (name, labels) = (node.spec.name, &node.spec.labels);
    if profile.added_affinity.as_ref().is_some_and(|added| !added.matches(name, labels)) {
        return Err(Refusal::unresolvable(Plugin::NodeAffinity, Reason::AddedNodeAffinity));
    }
    if !pod.admits_node(name, labels) {
        return Err(Refusal::unresolvable(Plugin::NodeAffinity, Reason::NodeAffinity));
    }
    Ok(())
}

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Option<Vec<i64>> {
    if cycle.profile.added_preferences.is_empty() && cycle.spec().preferred_nodes.is_empty() {
        return None;
    }
    let mut scores: Vec<i64> = nodes.iter().map(|node| liking(cycle.profile, cycle.spec(), node)).collect();
    normalize(&mut scores, false, cycle.profile.era);
    Some(scores)
}

/// The sum of the preferences that the node meets.
pub(in crate::placement) fn liking(profile: &Profile, pod: &PodSpec, node: &NodeState) -> i64 {
    let preferences = profile.added_preferences.iter().chain(&pod.preferred_nodes);
    let met = preferences.filter(|(_, term)| term.matches(node.spec.name, &node.spec.labels));
    met.map(|(weight, _)| weight).sum()
}

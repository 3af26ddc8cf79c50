//! NodeAffinity: nodes that the pod's selector and affinity ask for, and those they prefer.
//!
//! Models: pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go, Kubernetes 1.36, with affinity
//! added by the profile. Terms that name nodes by `metadata.name In` rule out all others beforehand.

use crate::placement::cycle::{Cycle, normalize};
use crate::placement::decision::{Reason, Refusal};
use crate::placement::node::NodeState;
use crate::placement::pod::PodSpec;
use crate::placement::profile::Plugin;
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

pub(in crate::placement) fn filter(cycle: &Cycle<'_>, node: &NodeState) -> Result<(), Refusal> {
    let (name, labels) = (node.spec.name, &node.spec.labels);
    if cycle.profile.added_affinity.as_ref().is_some_and(|added| !added.matches(name, labels)) {
        return Err(Refusal::unresolvable(Plugin::NodeAffinity, Reason::AddedNodeAffinity));
    }
    if !cycle.spec().admits_node(name, labels) {
        return Err(Refusal::unresolvable(Plugin::NodeAffinity, Reason::NodeAffinity));
    }
    Ok(())
}

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Option<Vec<i64>> {
    let preferences = || cycle.profile.added_preferences.iter().chain(&cycle.spec().preferred_nodes);
    preferences().next()?;
    let sum = |node: &&NodeState| {
        let liked = preferences().filter(|(_, term)| term.matches(node.spec.name, &node.spec.labels));
        liked.map(|(weight, _)| weight).sum()
    };
    let mut scores: Vec<i64> = nodes.iter().map(sum).collect();
    normalize(&mut scores, false, cycle.profile.era);
    Some(scores)
}

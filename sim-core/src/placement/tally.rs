//! Whether one node takes a pod, asked of many nodes for many pods alike while the snapshot changes in between.
//!
//! A [`Tally`] holds what filters count over all nodes for pods of one specification, so that the next node or
//! the next pod alike does not count again. Whoever changes the snapshot tells the tally, or drops it.

use super::cycle::{Counts, Cycle};
use super::decision::Refusal;
use super::node::NodeIndex;
use super::pod::{PendingPod, PlacedPod, PodSpec};
use super::profile::Profile;
use super::snapshot::Snapshot;
use super::symbols::Symbol;

/// What filters count over all nodes for pods of one specification.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: Counts,
}

impl Tally {
    /// Counts.
    pub fn of(snapshot: &Snapshot, profile: &Profile, pod: &PendingPod) -> Self {
        // A pod that is turned away from all nodes is so whatever is counted.
        let counts = Cycle::begin(snapshot, profile, pod).map(|(_, counts)| counts).unwrap_or_default();
        Self { counts }
    }

    /// Whether anything is counted for such pods at all, running pods with anti-affinity aside; if not, an
    /// empty tally will do.
    pub fn is_needed(snapshot: &Snapshot, profile: &Profile, spec: &PodSpec) -> bool {
        let claims = || {
            let claim = |name: &Symbol| snapshot.surroundings.claim(spec.namespace, *name);
            spec.claims.iter().any(|name| claim(name).is_some_and(|claim| claim.one_pod))
        };
        let spread = &spec.spread;
        !spec.affinity.is_empty()
            || !spec.anti_affinity.is_empty()
            || spread.iter().chain(&profile.default_spread).any(|constraint| constraint.hard)
            || claims()
    }

    /// Another pod is about to come to the node.
    pub fn add(
        &mut self,
        snapshot: &Snapshot,
        profile: &Profile,
        pod: &PendingPod,
        node: NodeIndex,
        other: &PlacedPod,
    ) {
        if let Ok(cycle) = Cycle::prepare(snapshot, profile, pod) {
            cycle.count(&mut self.counts, snapshot.node(node), other, 1);
        }
    }
}

/// Whether `node` takes `pod`.
///
/// # Errors
/// The first refusal, in the order of the profile's filters.
pub fn fits(
    snapshot: &Snapshot,
    profile: &Profile,
    pod: &PendingPod,
    tally: &Tally,
    node: NodeIndex,
) -> Result<(), Refusal> {
    Cycle::prepare(snapshot, profile, pod)?.try_node(&tally.counts, node, snapshot.node(node))
}

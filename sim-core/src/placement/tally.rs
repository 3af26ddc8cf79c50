//! Whether one node takes a pod, asked of many nodes for many pods alike while the snapshot changes in between.
//!
//! A [`Tally`] holds what filters count over all nodes for pods of one specification, so that the next node or
//! the next pod alike does not count again. Whoever changes the snapshot tells the tally, or drops it.

use super::cycle::{Counts, Cycle};
use super::decision::Refusal;
use super::node::NodeIndex;
use super::pod::{PendingPod, PlacedPod, PodSpec};
use super::profile::{Plugin, Profile};
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

/// A pod about to be tried on one node after the other.
pub struct Trial<'a> {
    cycle: Cycle<'a>,
    counts: &'a Counts,
    asks_for_room: bool,
}

impl<'a> Trial<'a> {
    /// The pod on the nodes of `snapshot`, of which `tally` counts.
    ///
    /// # Errors
    /// What turns it away from all nodes.
    pub fn new(
        snapshot: &'a Snapshot,
        profile: &'a Profile,
        pod: &'a PendingPod,
        tally: &'a Tally,
    ) -> Result<Self, Refusal> {
        let cycle = Cycle::prepare(snapshot, profile, pod)?;
        let asks_for_room = profile.filters.contains(&Plugin::NodeResourcesFit);
        Ok(Self { cycle, counts: &tally.counts, asks_for_room })
    }

    /// Whether `node` takes it.
    ///
    /// # Errors
    /// The first refusal, in the order of the profile's filters.
    pub fn check(&self, node: NodeIndex) -> Result<(), Refusal> {
        self.cycle.try_node(self.counts, node, self.cycle.snapshot.node(node))
    }

    /// Whether `node` takes it.
    pub fn takes(&self, node: NodeIndex) -> bool {
        self.check(node).is_ok()
    }

    /// A quick look that finds most nodes that do not: whether `node` has the CPU, the memory and the place.
    pub fn has_room(&self, node: NodeIndex) -> bool {
        let node = self.cycle.snapshot.node(node);
        let (needed, whole, taken) = (&self.cycle.requests.needed, &node.spec.allocatable, &node.requested);
        let enough =
            |needed: i64, whole: i64, taken: i64| needed == 0 || needed <= whole.saturating_sub(taken);
        !self.asks_for_room
            || (node.pod_count() < node.spec.max_pods
                && enough(needed.cpu_millis, whole.cpu_millis, taken.cpu_millis)
                && enough(needed.memory_bytes, whole.memory_bytes, taken.memory_bytes))
    }
}

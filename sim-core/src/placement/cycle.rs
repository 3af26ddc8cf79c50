//! One scheduling cycle: filter all nodes, score the feasible ones.
//!
//! ```text
//! begin: what filters need to know once ──▶ filter each node ──▶ score the feasible ──▶ Decision
//!                                             ▲ with the pods nominated to it, then without
//! ```
//!
//! This is the naive form, a scan over all nodes and all pods; it stays as the oracle of any faster one.
//!
//! Models: pkg/scheduler/schedule_one.go (`findNodesThatFitPod`, `prioritizeNodes`) and
//! pkg/scheduler/framework/runtime/framework.go (`RunPreFilterPlugins`,
//! `RunFilterPluginsWithNominatedPods`, `RunScorePlugins`), Kubernetes 1.36 and 1.34.
//! Leaves out: sampling of nodes, extenders, and the shortcuts that choose without scoring all (nominated
//! node first, the ranking of the previous identical pod): they change who looks, not what is found.

use super::decision::{Code, Decision, Feasible, Reason, Refusal};
use std::borrow::Cow;

use super::node::{NodeIndex, NodeState};
use super::objects::Volume;
use super::plugins::{
    balanced_allocation, image_locality, inter_pod_affinity, node_affinity, node_name, node_ports,
    node_resources_fit, node_unschedulable, pod_topology_spread, selector_spread, taint_toleration,
    volume_binding, volume_restrictions, volume_zone,
};
use super::pod::{PendingPod, PlacedPod, PodSpec};
use super::profile::{Plugin, Profile};
use super::requests::Requests;
use super::snapshot::Snapshot;
use super::symbols::Symbol;
use crate::model::Era;

/// A pod on its way to a node: what filters need to know once.
pub(super) struct Cycle<'a> {
    pub snapshot: &'a Snapshot,
    pub profile: &'a Profile,
    pub pod: &'a PendingPod,
    /// What the pod requests.
    pub requests: Cow<'a, Requests>,
    /// The only nodes that the pod's affinity names, if it names any.
    pub named_nodes: Option<Vec<Symbol>>,
    /// Hard spread constraints, the pod's own or the profile's defaults.
    pub spread: Vec<super::pod::SpreadConstraint>,
    /// Volumes of the pod's bound claims; `None`: the volume does not exist.
    pub volumes: Vec<Option<&'a Volume>>,
    /// Labels that the pod's volumes ask of a node, and their values.
    pub zones: Vec<&'a (Symbol, Vec<Symbol>)>,
    /// Claims of the pod that only one pod may use at a time.
    pub exclusive_claims: Vec<Symbol>,
}

/// What filters count over all nodes. Adding pods to a node or taking them off changes these along with
/// the node.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub spread: pod_topology_spread::Counts,
    pub affinity: inter_pod_affinity::Counts,
    pub claims_in_use: i64,
}

impl Counts {
    fn of(cycle: &Cycle<'_>) -> Self {
        let has = |plugin| cycle.profile.filters.contains(&plugin);
        let mut counts = Self::default();
        if has(Plugin::VolumeRestrictions) {
            counts.claims_in_use = volume_restrictions::claims_in_use(cycle);
        }
        if has(Plugin::PodTopologySpread) {
            counts.spread = pod_topology_spread::Counts::new(cycle);
        }
        if has(Plugin::InterPodAffinity) {
            counts.affinity = inter_pod_affinity::Counts::new(cycle);
        }
        counts
    }
}

/// Decides where `pod` can go and how good each place is.
pub fn decide(snapshot: &Snapshot, profile: &Profile, pod: &PendingPod) -> Decision {
    let mut decision = Decision::default();
    let (cycle, counts) = match Cycle::begin(snapshot, profile, pod) {
        Ok(begun) => begun,
        Err(refusal) => {
            decision.refused = snapshot.nodes().map(|(index, _)| (index, refusal.clone())).collect();
            decision.turned_away = Some(refusal);
            return decision;
        }
    };
    let mut feasible = Vec::new();
    for (index, node) in snapshot.nodes() {
        match cycle.try_node(&counts, index, node) {
            Ok(()) => feasible.push((index, node)),
            Err(refusal) => decision.refused.push((index, refusal)),
        }
    }
    decision.feasible = cycle.score(&feasible);
    decision
}

impl<'a> Cycle<'a> {
    /// Runs what comes before filters; the error turns the pod away from all nodes.
    pub fn begin(
        snapshot: &'a Snapshot,
        profile: &'a Profile,
        pod: &'a PendingPod,
    ) -> Result<(Self, Counts), Refusal> {
        let cycle = Self::prepare(snapshot, profile, pod)?;
        let counts = Counts::of(&cycle);
        Ok((cycle, counts))
    }

    /// As [`Cycle::begin`], for one whose counts are there already.
    pub fn prepare(
        snapshot: &'a Snapshot,
        profile: &'a Profile,
        pod: &'a PendingPod,
    ) -> Result<Self, Refusal> {
        let mut cycle = Self {
            snapshot,
            profile,
            pod,
            requests: pod.requests(),
            named_nodes: None,
            spread: Vec::new(),
            volumes: Vec::new(),
            zones: Vec::new(),
            exclusive_claims: Vec::new(),
        };
        for plugin in &profile.filters {
            match plugin {
                Plugin::NodeAffinity => cycle.named_nodes = node_affinity::named_nodes(cycle.spec())?,
                Plugin::VolumeRestrictions => {
                    cycle.exclusive_claims = volume_restrictions::exclusive_claims(&cycle)?;
                }
                Plugin::VolumeBinding => cycle.volumes = volume_binding::bound_volumes(&cycle)?,
                Plugin::VolumeZone => cycle.zones = volume_zone::zones(&cycle)?,
                Plugin::PodTopologySpread => {
                    cycle.spread =
                        pod_topology_spread::constraints(&snapshot.surroundings, profile, cycle.spec(), true);
                }
                _ => {}
            }
        }
        Ok(cycle)
    }

    /// The pod's specification.
    pub fn spec(&self) -> &'a PodSpec {
        &self.pod.spec
    }

    /// Whether the node takes the pod, named nodes considered.
    pub fn try_node(&self, counts: &Counts, index: NodeIndex, node: &NodeState) -> Result<(), Refusal> {
        if self.named_nodes.as_ref().is_some_and(|names| !names.contains(&node.spec.name)) {
            let code = Code::UnschedulableAndUnresolvable;
            return Err(Refusal { plugin: None, code, reasons: vec![Reason::NotNamed] });
        }
        self.filter_with_nominated(counts, index, node)
    }

    /// Whether the node takes the pod both with the pods of no lower priority that are nominated to it and
    /// without them: they may come or not.
    pub fn filter_with_nominated(
        &self,
        counts: &Counts,
        index: NodeIndex,
        node: &NodeState,
    ) -> Result<(), Refusal> {
        let outranks =
            |other: &&PendingPod| other.key != self.pod.key && other.spec.priority >= self.spec().priority;
        let mut nominated = self.snapshot.nominated_to(index).filter(outranks).peekable();
        if nominated.peek().is_some() {
            let (mut counts, mut node) = (counts.clone(), node.clone());
            for other in nominated {
                self.add(&mut counts, &mut node, PlacedPod::new(other.clone()));
            }
            self.filter(&counts, &node)?;
        }
        self.filter(counts, node)
    }

    /// The first refusal of the profile's filters.
    pub fn filter(&self, counts: &Counts, node: &NodeState) -> Result<(), Refusal> {
        for plugin in &self.profile.filters {
            match plugin {
                Plugin::NodeUnschedulable => node_unschedulable::filter(self.spec(), node),
                Plugin::NodeName => node_name::filter(self.spec(), node),
                Plugin::TaintToleration => taint_toleration::filter(self.spec(), node),
                Plugin::NodeAffinity => node_affinity::filter(self.profile, self.spec(), node),
                Plugin::NodePorts => node_ports::filter(self.spec(), node),
                Plugin::NodeResourcesFit => node_resources_fit::filter(self, node),
                Plugin::VolumeRestrictions => volume_restrictions::filter(counts.claims_in_use),
                Plugin::VolumeBinding => volume_binding::filter(self, node),
                Plugin::VolumeZone => volume_zone::filter(self, node),
                Plugin::PodTopologySpread => pod_topology_spread::filter(self, &counts.spread, node),
                Plugin::InterPodAffinity => inter_pod_affinity::filter(self, &counts.affinity, node),
                _ => Ok(()),
            }?;
        }
        Ok(())
    }

    /// Puts a pod on the node, in thought.
    pub fn add(&self, counts: &mut Counts, node: &mut NodeState, pod: PlacedPod) {
        self.count(counts, node, &pod, 1);
        node.add(pod);
    }

    /// Takes a pod off the node, in thought.
    pub fn remove(&self, counts: &mut Counts, node: &mut NodeState, pod: &PlacedPod) {
        self.count(counts, node, pod, -1);
        node.remove(pod.key);
    }

    pub fn count(&self, counts: &mut Counts, node: &NodeState, pod: &PlacedPod, times: i64) {
        counts.spread.add(self, node, &pod.spec, times);
        counts.affinity.add(self, node, &pod.spec, times);
        counts.claims_in_use += times * volume_restrictions::uses_of(self, &pod.spec);
    }

    /// Weighted scores of the feasible nodes.
    fn score(&self, nodes: &[(NodeIndex, &NodeState)]) -> Vec<Feasible> {
        let fresh = |(node, _): &(NodeIndex, _)| Feasible { node: *node, scores: Vec::new(), total: 0 };
        let mut feasible: Vec<Feasible> = nodes.iter().map(fresh).collect();
        let states: Vec<&NodeState> = nodes.iter().map(|(_, state)| *state).collect();
        for score in &self.profile.scores {
            let values = match score.plugin {
                Plugin::TaintToleration => Some(taint_toleration::score(self, &states)),
                Plugin::SelectorSpread => Some(selector_spread::score(self, &states)),
                Plugin::NodeAffinity => node_affinity::score(self, &states),
                Plugin::NodeResourcesFit => Some(node_resources_fit::score(self, &states)),
                Plugin::PodTopologySpread => pod_topology_spread::score(self, &states),
                Plugin::InterPodAffinity => inter_pod_affinity::score(self, &states),
                Plugin::NodeResourcesBalancedAllocation => balanced_allocation::score(self, &states),
                Plugin::ImageLocality => Some(image_locality::score(self, &states)),
                _ => None,
            };
            for (at, node) in feasible.iter_mut().enumerate() {
                let weighted = values.as_ref().map_or(0, |values| values[at] * score.weight);
                node.scores.push(weighted);
                node.total += weighted;
            }
        }
        feasible
    }
}

/// Scores in proportion to the highest one, 0 to 100; `reverse` turns them round (plugins/helper,
/// `DefaultNormalizeScore`). The priority functions of 2018 cut after they had turned round
/// (`ComputeTaintTolerationPriorityReduce`).
pub(super) fn normalize(scores: &mut [i64], reverse: bool, era: Era) {
    let top = era.max_node_score();
    let most = scores.iter().copied().max().unwrap_or(0).max(0);
    for score in scores {
        *score = match (most, reverse) {
            (0, _) => top * i64::from(reverse),
            (_, true) if era.scores_by_priorities() => top * (most - *score) / most,
            (_, true) => top - top * *score / most,
            (_, false) => top * *score / most,
        };
    }
}

//! Pods as placement sees them: a specification compiled once, shared by all pods alike.

use std::borrow::Cow;
use std::sync::Arc;

use super::labels::{Labels, NodeSelector, NodeTerm, Requirement, Selector};
use super::node::{NodeIndex, Taint, TaintEffect};
use super::requests::{CpuAndMemory, Requests};
use super::symbols::Symbol;
use crate::kubernetes::Protocol;

/// The caller's own number for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodKey(pub u32);

/// Everything about a pod that decides where it may go; immutable. All pods of one template share one, save
/// for CPU and memory that each of them may draw for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSpec {
    /// Its namespace.
    pub namespace: Symbol,
    /// Its labels.
    pub labels: Labels,
    /// The profile that places it.
    pub scheduler_name: Symbol,
    /// Higher goes first.
    pub priority: i32,
    /// Whether it may preempt pods of lower priority.
    pub preempts: bool,
    /// Whether a gate keeps it from being tried (SchedulingGates).
    pub gated: bool,
    /// What it requests.
    pub requests: Requests,
    /// The node it asks for by name.
    pub node_name: Option<Symbol>,
    /// Labels its node must have.
    pub node_selector: Vec<Requirement>,
    /// Nodes it must be on.
    pub node_affinity: Option<NodeSelector>,
    /// Nodes it would rather be on, by weight.
    pub preferred_nodes: Vec<(i64, NodeTerm)>,
    /// Taints it tolerates.
    pub tolerations: Vec<Toleration>,
    /// How it is spread.
    pub spread: Vec<SpreadConstraint>,
    /// Neighbours it must have.
    pub affinity: Vec<AffinityTerm>,
    /// Neighbours it must not have.
    pub anti_affinity: Vec<AffinityTerm>,
    /// Neighbours it would rather have (weight above 0) or not have (below).
    pub preferred_affinity: Vec<(i64, AffinityTerm)>,
    /// Ports of the node that it takes.
    pub host_ports: Vec<HostPort>,
    /// The images of its containers and init containers.
    pub images: Vec<Symbol>,
    /// The volume claims it uses.
    pub claims: Vec<Symbol>,
    /// Its controller: kind and name.
    pub controller: Option<(ControllerKind, Symbol)>,
}

/// Which controllers the default spreading of pods looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControllerKind {
    /// v1 ReplicationController.
    ReplicationController,
    /// apps/v1 ReplicaSet.
    ReplicaSet,
    /// apps/v1 StatefulSet.
    StatefulSet,
}

/// A pod that waits for a node.
#[derive(Clone, Debug)]
pub struct PendingPod {
    /// Which pod.
    pub key: PodKey,
    /// What it wants.
    pub spec: Arc<PodSpec>,
    /// CPU and memory that it requests in place of its specification's.
    pub drawn: Option<CpuAndMemory>,
}

/// A pod on a node.
#[derive(Clone, Debug)]
pub struct PlacedPod {
    /// Which pod.
    pub key: PodKey,
    /// What it wanted.
    pub spec: Arc<PodSpec>,
    /// CPU and memory that it requests in place of its specification's.
    pub drawn: Option<CpuAndMemory>,
    /// When the kubelet took it, in any unit that all pods share; `None`: not yet, so later than all.
    pub started: Option<i64>,
    /// Whether it is being deleted, and for whom.
    pub terminating: Option<Terminating>,
}

/// Why a pod is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminating {
    /// Preemption makes room for another.
    Preempted,
    /// Anything else.
    Deleted,
}

/// A toleration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toleration {
    /// The taint's key; `None`: every key.
    pub key: Option<Symbol>,
    /// The taint's value; `None`: every value.
    pub value: Option<Symbol>,
    /// The taint's effect; `None`: every effect.
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    /// Whether it covers `taint` (k8s.io/api core/v1/toleration.go, `ToleratesTaint`).
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.effect.is_none_or(|effect| effect == taint.effect)
            && self.key.is_none_or(|key| key == taint.key)
            && self.value.is_none_or(|value| value == taint.value)
    }
}

impl PendingPod {
    /// What it requests.
    pub fn requests(&self) -> Cow<'_, Requests> {
        requests(&self.spec, self.drawn)
    }
}

impl PlacedPod {
    /// The pod once it has a node, not yet taken by the kubelet.
    pub fn new(pod: PendingPod) -> Self {
        Self { key: pod.key, spec: pod.spec, drawn: pod.drawn, started: None, terminating: None }
    }

    /// What it requests.
    pub fn requests(&self) -> Cow<'_, Requests> {
        requests(&self.spec, self.drawn)
    }
}

fn requests(spec: &PodSpec, drawn: Option<CpuAndMemory>) -> Cow<'_, Requests> {
    match drawn {
        None => Cow::Borrowed(&spec.requests),
        Some(drawn) => Cow::Owned(spec.requests.with(drawn)),
    }
}

impl PodSpec {
    /// Whether pods elsewhere decide whether a node takes it, so that what happens on one node can help it
    /// onto another.
    pub fn looks_beyond_its_node(&self) -> bool {
        self.spread.iter().any(|constraint| constraint.hard)
            || !self.affinity.is_empty()
            || !self.anti_affinity.is_empty()
            || !self.claims.is_empty()
    }

    /// Whether one of its tolerations covers `taint`.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations.iter().any(|toleration| toleration.tolerates(taint))
    }

    /// Whether node selector and required node affinity admit a node of this name with these labels.
    pub fn admits_node(&self, name: Symbol, labels: &Labels) -> bool {
        self.node_selector.iter().all(|requirement| requirement.matches(labels))
            && self.node_affinity.as_ref().is_none_or(|affinity| affinity.matches(name, labels))
    }
}

/// A port of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// The address it is bound to; `EMPTY`: all.
    pub ip: Symbol,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub port: i32,
}

/// A constraint on how pods are spread over the domains that a node label names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpreadConstraint {
    /// The largest difference between two domains.
    pub max_skew: i64,
    /// The node label.
    pub topology_key: Symbol,
    /// Whether the pod waits where it cannot be kept.
    pub hard: bool,
    /// The pods that are counted.
    pub selector: Selector,
    /// With fewer domains than this, the least count is 0.
    pub min_domains: usize,
    /// Whether nodes that the pod's node affinity excludes are left out.
    pub honors_affinity: bool,
    /// Whether nodes with taints that the pod does not tolerate are left out.
    pub honors_taints: bool,
}

/// Neighbours: pods in the domain that a node label names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffinityTerm {
    /// Their namespaces.
    pub namespaces: Vec<Symbol>,
    /// Or the labels of their namespaces.
    pub namespace_selector: Selector,
    /// Their labels.
    pub selector: Selector,
    /// The node label.
    pub topology_key: Symbol,
}

/// A pod that waits for the room that preemption makes for it.
#[derive(Clone, Debug)]
pub struct Nomination {
    /// The pod.
    pub pod: PendingPod,
    /// Where.
    pub node: NodeIndex,
}

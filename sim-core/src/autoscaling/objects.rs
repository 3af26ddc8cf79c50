//! What the autoscaler sees of nodes, pods, budgets and controllers.
//!
//! Models: the fields of core/v1, policy/v1, apps/v1 and batch/v1 (Kubernetes 1.36) that decide anything in
//! cluster-autoscaler 1.36. Plain data, made by the caller; what pods and nodes are compared by when they
//! are placed is in [`PodSpec`] and [`Node`].
//! Leaves out: devices, volumes and their zones, what a provider adds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::amounts::Amounts;
use crate::time::{SimDuration, SimTime};

/// The taint of a node that is being deleted.
pub const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";
/// The soft taint of a node that may be deleted soon.
pub const DELETION_CANDIDATE: &str = "DeletionCandidateOfClusterAutoscaler";
/// The label that names a node.
pub const HOSTNAME: &str = "kubernetes.io/hostname";

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name; its instance has the same.
    pub name: String,
    /// Its group, by position in the cloud's list; `None`: not autoscaled.
    pub group: Option<usize>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Cordoned.
    pub unschedulable: bool,
    /// What pods may request.
    pub allocatable: Amounts,
    /// What the machine has.
    pub capacity: Amounts,
    /// Whether its condition Ready is true.
    pub ready_condition: bool,
    /// When that condition changed last.
    pub ready_changed_at: SimTime,
    /// When it registered.
    pub created_at: SimTime,
    /// The annotation `scale-down-disabled`.
    pub scale_down_disabled: bool,
    /// When the autoscaler tainted it for deletion (the value of the taint).
    pub deletion_began_at: Option<SimTime>,
}

/// A taint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it does.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintEffect {
    /// New pods do not come.
    NoSchedule,
    /// New pods come only where no other node will do.
    PreferNoSchedule,
    /// New pods do not come and running ones leave.
    NoExecute,
}

impl Node {
    /// Whether pods can run there: its condition says so, and no taint to the contrary
    /// (`GetReadinessState`).
    pub fn is_ready(&self) -> bool {
        const NOT_READY: [&str; 3] = [
            "node.kubernetes.io/not-ready",
            "node.kubernetes.io/disk-pressure",
            "node.kubernetes.io/network-unavailable",
        ];
        self.ready_condition && !self.taints.iter().any(|taint| NOT_READY.contains(&taint.key.as_str()))
    }

    /// Whether it has the taint.
    pub fn has_taint(&self, key: &str) -> bool {
        self.taints.iter().any(|taint| taint.key == key)
    }
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its node.
    pub node: Option<String>,
    /// What places it.
    pub spec: PodSpec,
    /// Its controller.
    pub owner: Option<Owner>,
    /// When it was made.
    pub created_at: SimTime,
    /// When its kubelet saw it.
    pub started_at: Option<SimTime>,
    /// When it will be gone at the latest, once it is being deleted.
    pub deletion_at: Option<SimTime>,
    /// How far it has come.
    pub phase: Phase,
    /// The scheduler found no place for it.
    pub unschedulable: bool,
    /// A static pod's mirror.
    pub mirror: bool,
    /// The annotation `safe-to-evict`.
    pub safe_to_evict: Option<bool>,
    /// Volumes on the node's disk (`emptyDir` not in memory, `hostPath`), by name.
    pub local_volumes: Vec<String>,
    /// The annotation `safe-to-evict-local-volumes`.
    pub movable_volumes: Vec<String>,
    /// The annotation `pod-scale-up-delay`.
    pub scale_up_delay: Option<SimDuration>,
}

/// What decides where a pod can run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSpec {
    /// What it requests.
    pub requests: Amounts,
    /// Labels its node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Its node must meet one of these terms; empty: no such wish.
    pub node_affinity: Vec<Vec<LabelRule>>,
    /// Taints it tolerates.
    pub tolerations: Vec<Toleration>,
    /// Neighbours it must have.
    pub affinity: Vec<NeighbourTerm>,
    /// Neighbours it must not have.
    pub anti_affinity: Vec<NeighbourTerm>,
    /// How it must be spread.
    pub spread: Vec<Spread>,
    /// Ports of the node that it takes: protocol, address, port.
    pub host_ports: Vec<(String, String, i64)>,
    /// Its priority.
    pub priority: i32,
    /// Seconds it gets to stop.
    pub grace_seconds: Option<u64>,
}

/// A toleration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toleration {
    /// The taint's key; empty: every key.
    pub key: String,
    /// The taint's value; `None`: any (`Exists`).
    pub value: Option<String>,
    /// The taint's effect; `None`: every effect.
    pub effect: Option<TaintEffect>,
}

/// A requirement on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRule {
    /// The label.
    pub key: String,
    /// How it is compared.
    pub operator: LabelOperator,
    /// With what.
    pub values: Vec<String>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOperator {
    /// It is one of the values.
    In,
    /// It is absent or none of the values.
    NotIn,
    /// It is there.
    Exists,
    /// It is absent.
    DoesNotExist,
    /// It is a number above the value.
    Gt,
    /// It is a number below the value.
    Lt,
}

/// Which pods are meant: all rules must hold; `None` selects none.
pub type Selector = Option<Vec<LabelRule>>;

/// Whether all rules hold.
pub fn rules_hold(rules: &[LabelRule], labels: &BTreeMap<String, String>) -> bool {
    rules.iter().all(|rule| {
        let value = labels.get(&rule.key);
        let number = |text: &str| text.parse::<i64>().ok();
        let limit = rule.values.first().and_then(|text| number(text));
        let compared = value.and_then(|text| number(text)).zip(limit);
        match rule.operator {
            LabelOperator::In => value.is_some_and(|value| rule.values.contains(value)),
            LabelOperator::NotIn => value.is_none_or(|value| !rule.values.contains(value)),
            LabelOperator::Exists => value.is_some(),
            LabelOperator::DoesNotExist => value.is_none(),
            LabelOperator::Gt => compared.is_some_and(|(value, limit)| value > limit),
            LabelOperator::Lt => compared.is_some_and(|(value, limit)| value < limit),
        }
    })
}

/// Neighbours in a topology domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeighbourTerm {
    /// Which pods.
    pub selector: Selector,
    /// Of which namespaces; empty: the pod's own.
    pub namespaces: Vec<String>,
    /// The node label that names the domain.
    pub topology_key: String,
}

impl NeighbourTerm {
    /// Whether `other` is meant by a term of a pod in `namespace`.
    pub fn matches(&self, namespace: &str, other: &Pod) -> bool {
        let in_namespace = if self.namespaces.is_empty() {
            other.namespace == namespace
        } else {
            self.namespaces.contains(&other.namespace)
        };
        in_namespace && self.selector.as_ref().is_some_and(|rules| rules_hold(rules, &other.labels))
    }
}

/// A topology spread constraint that must be kept (`DoNotSchedule`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// The largest difference between two domains.
    pub max_skew: i64,
    /// The node label that names the domain.
    pub topology_key: String,
    /// The pods that are counted.
    pub selector: Selector,
}

/// A pod's controller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Its API group, without the version.
    pub api_group: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

/// How far a pod has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not running yet.
    #[default]
    Pending,
    /// Running.
    Running,
    /// It ended, well or badly.
    Ended,
}

impl Pod {
    /// `namespace/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Whether a DaemonSet made it.
    pub fn is_daemon(&self) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.kind == "DaemonSet")
    }

    /// Whether it should have been gone for 30 s: it is ignored then (`IsPodLongTerminating`).
    pub fn is_long_terminating(&self, now: SimTime) -> bool {
        let Some(deletion_at) = self.deletion_at else { return false };
        let grace = self.spec.grace_seconds.unwrap_or(0);
        deletion_at + SimDuration::from_secs(grace + 30) < now
    }
}

/// A disruption budget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Its namespace.
    pub namespace: String,
    /// Which pods it protects.
    pub selector: Selector,
    /// How many of them may go now.
    pub disruptions_allowed: i64,
}

impl Budget {
    /// Whether it protects the pod.
    pub fn protects(&self, pod: &Pod) -> bool {
        pod.namespace == self.namespace
            && self.selector.as_ref().is_some_and(|rules| rules_hold(rules, &pod.labels))
    }
}

/// What the API server tells the autoscaler.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Nodes by name.
    pub nodes: BTreeMap<String, Arc<Node>>,
    /// Pods by namespace and name.
    pub pods: BTreeMap<String, Arc<Pod>>,
    /// Budgets by namespace and name.
    pub budgets: BTreeMap<String, Budget>,
    /// Replicas wanted of each controller, by (kind, namespace, name).
    pub controllers: BTreeMap<(String, String, String), i64>,
    /// DaemonSets: what a pod of theirs looks like, named after its set.
    pub daemon_sets: BTreeMap<String, Arc<Pod>>,
    /// Groups by priority for the expander `priority`: regular expressions of their names.
    pub group_priorities: Option<BTreeMap<i64, BTreeSet<String>>>,
}

//! What the autoscaler sees of nodes, pods, budgets and controllers.
//!
//! Models: the fields of core/v1, policy/v1, apps/v1 and batch/v1 (Kubernetes 1.36) that decide anything in
//! cluster-autoscaler 1.36. What decides where a pod can run is placement's ([`PodSpec`], [`NodeSpec`]); the rest
//! is here. Plain data, made by the caller, or from objects as written by [`super::manifest`].
//! Leaves out: devices, what a provider adds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::moment::Moment;
use super::waiting::Waiting;
use crate::placement::amounts::Amounts;
use crate::placement::objects::Budget;
use crate::placement::requests::CpuAndMemory;
use crate::placement::{NodeSpec, PodSpec, Symbol};
use crate::time::{SimDuration, SimTime};

/// The name of a node: shared, since each look says it many times.
pub type NodeName = Arc<str>;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name; its instance has the same.
    pub name: NodeName,
    /// Its group, by position in the cloud's list; `None`: not autoscaled.
    pub group: Option<usize>,
    /// Labels, taints, what pods may request.
    pub spec: NodeSpec,
    /// What the machine has.
    pub capacity: Amounts,
    /// Whether pods can run there: its condition Ready is true, and no taint says otherwise.
    pub ready: bool,
    /// When the condition changed last.
    pub ready_changed_at: SimTime,
    /// When it registered.
    pub created_at: SimTime,
    /// The annotation `scale-down-disabled`.
    pub scale_down_disabled: bool,
    /// When the autoscaler tainted it for deletion (the value of the taint).
    pub deletion_began_at: Option<SimTime>,
}

impl Node {
    /// Whether the autoscaler has tainted it for deletion.
    pub const fn is_being_deleted(&self) -> bool {
        self.deletion_began_at.is_some()
    }

    /// Whether it is marked as one that may be deleted soon.
    pub fn is_candidate(&self) -> bool {
        self.spec.taints.iter().any(|taint| taint.key == Symbol::DELETION_CANDIDATE)
    }
}

/// A node with the pods on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// The node.
    pub node: Arc<Node>,
    /// Its pods.
    pub pods: Vec<Arc<Pod>>,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Which pod: never used again for another. Pods are looked at in this order.
    pub uid: u64,
    /// What places it.
    pub spec: Arc<PodSpec>,
    /// CPU and memory that it requests in place of its specification's.
    pub drawn: Option<CpuAndMemory>,
    /// What else its template says.
    pub traits: Arc<Traits>,
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
}

/// What two pods of one size and specification have in common: where one fits, so does the other. Only ever
/// compared, since addresses differ from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    spec: usize,
    drawn: Option<(i64, i64)>,
}

/// What a pod's template says beside what places it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Its controller.
    pub owner: Option<Owner>,
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
    /// Seconds it gets to stop.
    pub grace_seconds: Option<u64>,
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
    /// CPU and memory that it requests.
    pub fn requests(&self) -> CpuAndMemory {
        let Amounts { cpu_millis, memory_bytes, .. } = self.spec.requests.needed;
        self.drawn.unwrap_or(CpuAndMemory { cpu_millis, memory_bytes })
    }

    /// Its shape.
    pub fn shape(&self) -> Shape {
        Shape {
            spec: Arc::as_ptr(&self.spec).addr(),
            drawn: self.drawn.map(|drawn| (drawn.cpu_millis, drawn.memory_bytes)),
        }
    }

    /// Whether a node that is too full for it stays so, whatever pods are added anywhere.
    pub fn only_needs_room(&self) -> bool {
        !self.spec.looks_beyond_its_node()
    }

    /// Whether a DaemonSet made it.
    pub fn is_daemon(&self) -> bool {
        self.traits.owner.as_ref().is_some_and(|owner| owner.kind == "DaemonSet")
    }

    /// Whether it should have been gone for 30 s: it is ignored then (`IsPodLongTerminating`).
    pub fn is_long_terminating(&self, moment: &Moment) -> bool {
        let grace = self.traits.grace_seconds.unwrap_or(0);
        self.deletion_at.is_some_and(|at| moment.is_past(at + SimDuration::from_secs(grace + 30)))
    }

    /// Whether the scheduler treats the two alike, and the autoscaler does.
    pub fn is_like(&self, other: &Self) -> bool {
        let same_spec = Arc::ptr_eq(&self.spec, &other.spec) || self.spec == other.spec;
        let same_traits = Arc::ptr_eq(&self.traits, &other.traits)
            || (self.traits.grace_seconds == other.traits.grace_seconds
                && self.traits.local_volumes == other.traits.local_volumes);
        same_spec && same_traits && self.drawn == other.drawn
    }
}

/// What the API server tells the autoscaler.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Nodes by name, with their pods in order. A node of which nothing changed is the same allocation as
    /// before: only others are read again.
    pub nodes: BTreeMap<NodeName, Arc<NodeInfo>>,
    /// Pods without a node.
    pub waiting: Waiting,
    /// Budgets by namespace and name.
    pub budgets: BTreeMap<String, Budget>,
    /// Replicas wanted of each controller, by kind, namespace and name.
    pub controllers: BTreeMap<(String, Symbol, String), i64>,
    /// DaemonSets: what a pod of theirs looks like.
    pub daemon_sets: BTreeMap<String, Arc<Pod>>,
    /// Groups by priority for the expander `priority`: regular expressions of their names.
    pub group_priorities: Option<BTreeMap<i64, BTreeSet<String>>>,
}

impl Cluster {
    /// The node of that name.
    pub fn node(&self, name: &str) -> Option<&Arc<Node>> {
        self.nodes.get(name).map(|info| &info.node)
    }

    /// Nodes that are ready and not cordoned.
    pub fn ready_nodes(&self) -> Vec<Arc<Node>> {
        let nodes = self.nodes.values().map(|info| &info.node);
        nodes.filter(|node| node.ready && !node.spec.unschedulable).cloned().collect()
    }
}

/// Whole cores, rounded up, as totals of cores are counted.
pub fn cores(amounts: &Amounts) -> i64 {
    (amounts.cpu_millis + 999).div_euclid(1_000)
}

/// Whether the budget protects the pod.
pub fn protects(budget: &Budget, pod: &Pod) -> bool {
    pod.spec.namespace == budget.namespace && budget.selector.matches(&pod.spec.labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autoscaling::manifest;
    use crate::kubernetes::{Object, read};
    use crate::placement::Symbols;
    use crate::placement::compile::PriorityClasses;

    #[test]
    fn a_pod_long_gone_is_ignored() {
        let text = r#"{"kind": "Pod", "metadata": {"deletionTimestamp": "1970-01-01T00:10:00Z"},
            "spec": {"terminationGracePeriodSeconds": 60}}"#;
        let objects = read(text).expect("readable").objects;
        let [Object::Pod(pod)] = objects.as_slice() else { panic!("one pod") };
        let pod = manifest::pod(1, pod, &PriorityClasses::default(), &mut Symbols::default());
        let ignored = |at: u64| pod.is_long_terminating(&Moment::new(SimTime::from_secs(at)));
        assert!(!ignored(690) && ignored(691), "30 s after the grace, which counts twice, as there");
    }
}

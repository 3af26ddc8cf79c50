//! Pods.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::metadata::{Condition, Metadata};
use super::node::{ResourceList, TaintEffect};
use super::selector::{LabelSelector, NodeSelector, NodeSelectorTerm};

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pod {
    /// Name, namespace, labels and owners.
    pub metadata: Metadata,
    /// What is wanted.
    pub spec: PodSpec,
    /// How far it has come.
    pub status: PodStatus,
}

/// `spec` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Containers that run side by side.
    pub containers: Vec<Container>,
    /// Containers that run before, one after the other; sidecars stay.
    pub init_containers: Vec<Container>,
    /// The node it is bound to, or asks for by name.
    pub node_name: Option<String>,
    /// Labels its node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Which nodes and neighbours it wants.
    pub affinity: Option<Affinity>,
    /// Taints it tolerates.
    pub tolerations: Vec<Toleration>,
    /// How it is spread.
    pub topology_spread_constraints: Vec<TopologySpreadConstraint>,
    /// Its priority class.
    pub priority_class_name: Option<String>,
    /// Its priority, where admission has resolved the class.
    pub priority: Option<i32>,
    /// Whether it may preempt, where admission has resolved the class.
    pub preemption_policy: Option<PreemptionPolicy>,
    /// Who places it.
    pub scheduler_name: Option<String>,
    /// What must be lifted before it may be placed.
    pub scheduling_gates: Vec<SchedulingGate>,
    /// What running it costs beyond its containers.
    pub overhead: ResourceList,
    /// Requests and limits of the pod as a whole.
    pub resources: Option<PodResources>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
    /// Whether it uses the node's network.
    pub host_network: bool,
    /// Time it gets to stop.
    pub termination_grace_period_seconds: Option<u64>,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Requests and limits.
    pub resources: PodResources,
    /// Its ports.
    pub ports: Vec<ContainerPort>,
    /// `Always` makes an init container a sidecar.
    pub restart_policy: Option<ContainerRestartPolicy>,
}

/// What becomes of a container that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ContainerRestartPolicy {
    /// It is started again.
    Always,
    /// It is started again after a failure.
    OnFailure,
    /// It is not started again.
    Never,
}

/// Requests and limits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodResources {
    /// What is set aside.
    pub requests: ResourceList,
    /// What may be used.
    pub limits: ResourceList,
}

/// A port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    /// Its name.
    pub name: Option<String>,
    /// The port inside.
    pub container_port: i32,
    /// The port of the node; 0: none.
    pub host_port: i32,
    /// The node's address it is bound to; empty: all.
    #[serde(rename = "hostIP")]
    pub host_ip: String,
    /// Its protocol.
    pub protocol: Protocol,
}

/// A protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Protocol {
    /// TCP.
    #[default]
    #[serde(rename = "TCP")]
    Tcp,
    /// UDP.
    #[serde(rename = "UDP")]
    Udp,
    /// SCTP.
    #[serde(rename = "SCTP")]
    Sctp,
}

/// A gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SchedulingGate {
    /// Its name.
    pub name: String,
}

/// A volume of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// The claim it stands for.
    pub persistent_volume_claim: Option<VolumeClaimSource>,
    /// An empty folder that lives and dies with the pod.
    pub empty_dir: Option<EmptyDirSource>,
    /// A folder of the node.
    pub host_path: Option<HostPathSource>,
}

/// An empty folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmptyDirSource {
    /// `Memory`, or empty for the node's disk.
    pub medium: String,
}

/// A folder of the node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostPathSource {
    /// Where.
    pub path: String,
}

/// A claim used by a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeClaimSource {
    /// The claim, in the pod's namespace.
    pub claim_name: String,
    /// Whether it is mounted read-only.
    pub read_only: bool,
}

/// Whether a pod may preempt others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PreemptionPolicy {
    /// Those of lower priority.
    #[default]
    PreemptLowerPriority,
    /// None.
    Never,
}

/// A taint that a pod tolerates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Toleration {
    /// The taint's key; empty with `Exists` tolerates every key.
    pub key: String,
    /// How the value is compared.
    pub operator: TolerationOperator,
    /// The taint's value.
    pub value: String,
    /// The taint's effect; absent: all effects.
    pub effect: Option<TaintEffect>,
    /// How long a running pod stays on a node tainted `NoExecute`.
    pub toleration_seconds: Option<i64>,
}

/// How a toleration compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum TolerationOperator {
    /// The value is the taint's.
    #[default]
    Equal,
    /// Any value.
    Exists,
}

/// Which nodes and neighbours a pod wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity {
    /// Nodes.
    pub node_affinity: Option<NodeAffinity>,
    /// Neighbours it wants.
    pub pod_affinity: Option<PodAffinity>,
    /// Neighbours it does not want.
    pub pod_anti_affinity: Option<PodAffinity>,
}

/// Which nodes a pod wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NodeAffinity {
    /// Only these.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Option<NodeSelector>,
    /// These rather than others.
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub preferred: Vec<PreferredNodeTerm>,
}

/// Nodes preferred by so much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PreferredNodeTerm {
    /// 1 to 100.
    pub weight: i32,
    /// Which nodes.
    pub preference: NodeSelectorTerm,
}

/// Which neighbours a pod wants, or does not want.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PodAffinity {
    /// Without fail.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Vec<PodAffinityTerm>,
    /// Rather than not.
    #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub preferred: Vec<WeightedPodAffinityTerm>,
}

/// Neighbours preferred by so much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WeightedPodAffinityTerm {
    /// 1 to 100.
    pub weight: i32,
    /// Which neighbours.
    pub pod_affinity_term: PodAffinityTerm,
}

/// Neighbours: pods in the same topology domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PodAffinityTerm {
    /// Their labels; absent matches none.
    pub label_selector: Option<LabelSelector>,
    /// Their namespaces; with no selector either: the pod's own.
    pub namespaces: Vec<String>,
    /// Their namespaces by label; empty matches all.
    pub namespace_selector: Option<LabelSelector>,
    /// The node label whose value names the domain.
    pub topology_key: String,
    /// Labels in which they are like the pod.
    pub match_label_keys: Vec<String>,
    /// Labels in which they differ from the pod.
    pub mismatch_label_keys: Vec<String>,
}

/// How a pod is spread over domains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct TopologySpreadConstraint {
    /// The largest difference between two domains.
    pub max_skew: i32,
    /// The node label whose value names the domain.
    pub topology_key: String,
    /// What happens where it cannot be kept.
    pub when_unsatisfiable: Unsatisfiable,
    /// The pods that are counted; absent matches none.
    pub label_selector: Option<LabelSelector>,
    /// With fewer domains than this, the least count is 0.
    pub min_domains: Option<i32>,
    /// Whether nodes that the pod's node affinity excludes are left out; absent: they are.
    pub node_affinity_policy: Option<InclusionPolicy>,
    /// Whether nodes with taints that the pod does not tolerate are left out; absent: they are not.
    pub node_taints_policy: Option<InclusionPolicy>,
    /// Labels in which counted pods are like the pod.
    pub match_label_keys: Vec<String>,
}

/// What happens where a constraint cannot be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Unsatisfiable {
    /// The pod waits.
    #[default]
    DoNotSchedule,
    /// The pod goes where it is least bad.
    ScheduleAnyway,
}

/// Whether an exclusion counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum InclusionPolicy {
    /// Excluded nodes are left out.
    Honor,
    /// All nodes are counted.
    Ignore,
}

/// `status` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// Pending, Running, Succeeded or Failed.
    pub phase: String,
    /// When the kubelet took it, RFC 3339.
    pub start_time: Option<String>,
    /// The node that preemption makes room on.
    pub nominated_node_name: Option<String>,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

//! Faults and operator actions as written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::{ClockTime, Span};
use super::super::distribution::Distribution;
use super::super::quantity::{Memory, Share};
use super::controllers::Rollout;
use super::machines::Disk;
use super::queue::Enqueue;
use super::watch::GiveBack;
use crate::model::{DnsState, KubeletState, MachineState, PodNetwork, ReflectorState, Taint, TaintEffect};

/// One entry: a time, exactly one of the actions, and a note for the charts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimelineEntry {
    /// When: `05:59`, `+11h59m` after `start`, or an RFC 3339 instant. Either this or `on`.
    pub at: Option<ClockTime>,
    /// The alert that brings it about, each time it tells somebody.
    pub on: Option<String>,
    /// How long somebody takes to begin, once it is time: to notice, to wake up, to find out. Default 0.
    pub after: Option<Distribution>,
    /// How long it takes until it has an effect. Default 0.
    pub takes: Option<Distribution>,
    /// Chance that it was in vain. Default 0.
    pub fails: Option<Share>,
    /// How many times it is tried, when it was in vain. Default 1.
    pub attempts: Option<u16>,
    /// What a reader of the charts should know.
    pub note: Option<String>,
    /// Something breaks.
    pub fault: Option<Fault>,
    /// Changes knobs of the running cluster, by path: `nodeGroups.<name>.min|max|target`,
    /// `workloads.<name>.replicas`, `limits.<name>.capacity`.
    pub set: Option<IndexMap<String, serde_json::Value>>,
    /// No new pods on this node.
    pub cordon: Option<NodeChoice>,
    /// New pods again on this node.
    pub uncordon: Option<NodeChoice>,
    /// No new pods on this node, and those that are there are told to go.
    pub drain: Option<NodeChoice>,
    /// Switches this node's machine off and on; that heals whatever is wrong with it.
    pub reset: Option<NodeChoice>,
    /// Deletes this Node object by hand. Its machine runs on, if it runs.
    pub delete_node: Option<NodeChoice>,
    /// Puts a taint on a node.
    pub taint: Option<NodeTaint>,
    /// Takes taints off a node.
    pub untaint: Option<NodeUntaint>,
    /// The provider takes back a share of a group's spot machines, after its notice.
    pub reclaim: Option<Reclaim>,
    /// Restarts `hub`.
    pub restart: Option<RestartTarget>,
    /// Frees all that was taken of this bounded resource.
    pub free: Option<String>,
    /// Deletes pods by hand.
    pub delete: Option<DeletePods>,
    /// Deletes this claim and makes it anew: pods that are created from then on get an empty volume.
    pub recreate_claim: Option<String>,
    /// Gives the pods of a workload a new template.
    pub rollout: Option<Rollout>,
    /// Puts jobs into a queue.
    pub enqueue: Option<Enqueue>,
    /// Empties this queue: what is at work goes on, but is not tried again.
    pub purge: Option<String>,
    /// Runs something on a node outside of all pods, such as a build through the runtime's socket.
    pub run_process: Option<RunProcess>,
    /// The name that `fault.node`'s choice is called by in later entries and in the report.
    #[serde(rename = "as")]
    pub alias: Option<String>,
}

/// Something that breaks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The node it happens to.
    pub node: Option<NodeChoice>,
    /// The zone it happens to: all its nodes, or the machines that could be had there.
    pub zone: Option<String>,
    /// The node group whose machines can be had or not.
    pub node_group: Option<String>,
    /// What becomes of the machine: `down` or `up`. Of a whole zone: none can be had there either.
    pub machine: Option<MachineState>,
    /// What becomes of the kubelet: `silent`, `starved` or `well`.
    pub kubelet: Option<KubeletState>,
    /// What becomes of the node's pod network: `dead` or `alive`.
    pub pod_network: Option<PodNetwork>,
    /// What becomes of the disk: `readOnly`, `slow` or `well`.
    pub disk: Option<Disk>,
    /// How many times longer containers take to start on a slow disk. Default 4.
    pub slow_by: Option<f64>,
    /// What becomes of name resolution on the node: `dead` or `alive`.
    pub dns: Option<DnsState>,
    /// Whether the cloud has machines for the node group, in the zone, or for the group in the zone:
    /// `out` or `in`.
    pub stock: Option<Stock>,
    /// The bounded resource that `giveBack` is about.
    pub limit: Option<String>,
    /// Whether what was taken of the bounded resource is given back: `stuck` or `well`.
    pub give_back: Option<GiveBack>,
    /// What becomes of the watch by which the hub knows its pods: `hung`, `lost` or `well`. A restart of the hub heals it.
    pub reflector: Option<ReflectorState>,
    /// The culler's process hangs until the hub restarts (`stalled`).
    pub culler: Option<CullerFault>,
}

/// Something that runs on a node outside of all pods: the scheduler does not see it and no limit holds it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunProcess {
    /// Where.
    pub node: NodeChoice,
    /// What it grows to.
    pub memory: Memory,
    /// How long it takes to. Default 0.
    #[serde(default)]
    pub ramp: Span,
    /// How long it runs, if the kernel lets it. Absent: until its machine goes.
    pub lasts: Option<Span>,
}

/// Whether the cloud has machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Stock {
    /// It has none: machines that are asked for do not come.
    Out,
    /// It has some.
    In,
}

/// A taint for a node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeTaint {
    /// Which node.
    pub node: NodeChoice,
    /// The taint's key. `node.kubernetes.io/out-of-service` lets podgc delete the pods of a node that is not Ready.
    pub key: String,
    /// Its value; empty when absent.
    #[serde(default)]
    pub value: String,
    /// What it does to a pod that does not tolerate it.
    pub effect: TaintEffect,
}

impl NodeTaint {
    /// The taint.
    pub fn taint(&self) -> Taint {
        Taint { key: self.key.clone(), value: self.value.clone(), effect: self.effect }
    }
}

/// Taints to be taken off a node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeUntaint {
    /// Which node.
    pub node: NodeChoice,
    /// The taints' key.
    pub key: String,
    /// Only those with this effect.
    pub effect: Option<TaintEffect>,
}

/// Spot machines that the provider wants back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reclaim {
    /// Of which node group.
    pub node_group: String,
    /// Which share of its machines, drawn at random. Default all.
    pub share: Option<Share>,
}

/// What becomes of the culler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CullerFault {
    /// It does nothing until the hub restarts.
    Stalled,
}

/// What can be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RestartTarget {
    /// The hub's pod, and with it the culler.
    Hub,
}

/// A node: `newest`, `oldest`, `emptiest`, `fullest`, a node's name (`user-14`) or an alias given by `as`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NodeChoice(pub String);

/// Pods deleted by hand.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeletePods {
    /// Whose: `hub`, an audience or a workload. Either this or `node`, or both.
    pub of: Option<String>,
    /// Only pods on this node.
    pub node: Option<NodeChoice>,
    /// Only pods whose deletion somebody has asked for already.
    #[serde(default)]
    pub terminating: bool,
    /// The objects go at once, whatever the kubelet says (`--grace-period=0 --force`).
    #[serde(default)]
    pub force: bool,
    /// Only pods at least this old.
    pub older_than: Option<Span>,
    /// Only pods younger than this.
    pub younger_than: Option<Span>,
}

//! The cloud's machines and how the control plane judges nodes, as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::Span;
use super::super::distribution::Distribution;
use crate::model::{DnsState, KubeletState, MachineState, PodNetwork};

/// What the cloud lets the cluster have.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cloud {
    /// Virtual CPUs of all machines together; a machine beyond it is not made until others go.
    pub cpu_quota: Option<u64>,
}

/// Machines that the provider may take back.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spot {
    /// How long a machine is left alone. Absent: until a `reclaim` of the timeline takes it.
    pub life: Option<Distribution>,
    /// From the notice until the machine is gone. Default `30s` (Google; Amazon gives `2m`).
    pub notice: Option<Span>,
}

/// Something that breaks on each node of a group, again and again: what, how often, for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RandomFault {
    /// Mean time from a node's birth, or its last repair, to the fault: exponential.
    pub every: Span,
    /// Time until it heals by itself. Absent: never.
    pub lasts: Option<Distribution>,
    /// `down`: nothing on it runs or answers.
    pub machine: Option<MachineState>,
    /// `silent` or `starved`.
    pub kubelet: Option<KubeletState>,
    /// `dead`: nobody reaches its pods, though it is Ready.
    pub pod_network: Option<PodNetwork>,
    /// `readOnly`: no container starts; `slow`: they take `slowBy` times as long.
    pub disk: Option<Disk>,
    /// How many times longer containers take to start on a slow disk. Default 4.
    pub slow_by: Option<f64>,
    /// `dead`: servers that need DNS do not answer.
    pub dns: Option<DnsState>,
}

/// What becomes of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Disk {
    /// No container can start.
    ReadOnly,
    /// Containers take longer to start.
    Slow,
    /// It works.
    Well,
}

/// How failed nodes are judged: the flags of kube-controller-manager.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeLifecycle {
    /// Time between two looks at the nodes. Default `5s`.
    pub monitor_period: Option<Span>,
    /// Silence after which a node is Unknown. Default `40s` until Kubernetes 1.31, `50s` since.
    pub monitor_grace_period: Option<Span>,
    /// How long pods stay bound to a node that is not Ready: `pod-eviction-timeout` of 2018, the default
    /// `tolerationSeconds` of pods now. Default `300s`.
    pub eviction_timeout: Option<Span>,
    /// Nodes of a zone whose pods are evicted, each second. Default 0.1.
    pub eviction_rate: Option<f64>,
    /// The same in a large zone that is partly disrupted. Default 0.01.
    pub secondary_eviction_rate: Option<f64>,
    /// Share of nodes not Ready from which a zone is partly disrupted. Default 0.55.
    pub unhealthy_zone_threshold: Option<f64>,
    /// A zone with no more nodes than this evicts nothing while it is partly disrupted. Default 50.
    pub large_zone: Option<u32>,
}

/// Random faults of a node group, by name.
pub type RandomFaults = BTreeMap<String, RandomFault>;

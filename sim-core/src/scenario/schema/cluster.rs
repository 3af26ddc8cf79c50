//! Nodes, scheduler and autoscaler as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::distribution::Distribution;
use super::image::NodeImages;
use super::load::ResourceList;
use super::machines::{RandomFaults, Spot};
use super::usage::NodeMemory;
use super::watch::Slowdown;
use crate::kubernetes::SchedulerConfiguration;
use crate::model::{Scoring, Taint};

/// A group of equal nodes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeGroup {
    /// A machine type of the catalogue (`n1-highmem-8`), which gives the allocatable resources.
    /// Either this or `allocatable`.
    pub machine: Option<String>,
    /// What pods may request on one node: `cpu`, `memory`, `pods`.
    pub allocatable: Option<ResourceList>,
    /// The fewest nodes the autoscaler leaves. Default 0.
    #[serde(default)]
    pub min: u32,
    /// The ceiling: the most nodes the autoscaler asks for.
    pub max: u32,
    /// Nodes there are when the run begins. Default `min`.
    pub initial: Option<u32>,
    /// Time from the request for a node until it is Ready. Default `3m`.
    pub boot: Option<Distribution>,
    /// Labels of each node.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Taints of each node.
    #[serde(default)]
    pub taints: Vec<Taint>,
    /// Annotations of each node, of which the autoscaler reads `cluster-autoscaler.kubernetes.io/scale-down-disabled`.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// What DaemonSets and other pods of the system request on every node.
    pub daemon_sets: Option<DaemonSets>,
    /// The zones that nodes are dealt to in turn. Absent: one zone for all groups without.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Dollars for one machine and an hour. Default: the catalogue's price on demand; else 0.
    pub price_per_hour: Option<f64>,
    /// Time from an operator's `reset` until the kubelet is back. Default between `60s` and `120s`.
    pub reset: Option<Distribution>,
    /// Recreates nodes that are not Ready for ten minutes (GKE). Default false.
    #[serde(default)]
    pub auto_repair: bool,
    /// The provider may take the machines back.
    pub spot: Option<Spot>,
    /// What breaks by itself on each node.
    #[serde(default)]
    pub faults: RandomFaults,
    /// How nodes come by images.
    #[serde(default)]
    pub images: NodeImages,
    /// Memory of each node beside what is allocatable.
    #[serde(default)]
    pub memory: NodeMemory,
}

/// Requests of the DaemonSet pods on each node, in sum.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DaemonSets {
    /// How many pods they are.
    pub pods: u32,
    /// What they request together.
    #[serde(default)]
    pub requests: ResourceList,
}

/// How pods are placed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scheduler {
    /// Which nodes the default profile prefers by their resources (`scoringStrategy` of NodeResourcesFit).
    /// Default `LeastAllocated`. Either this or `configuration`.
    pub score: Option<Scoring>,
    /// A `KubeSchedulerConfiguration` (kubescheduler.config.k8s.io/v1) as written: profiles, plugins with
    /// their weights and arguments, back-off.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub configuration: Option<SchedulerConfiguration>,
    /// How long the scheduler takes for each pod, by what it has to look after. Absent: no time.
    pub slowdown: Option<Slowdown>,
    /// Further profiles that are known by name.
    #[serde(default)]
    pub presets: Vec<SchedulerPreset>,
}

/// A profile of the scheduler that is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SchedulerPreset {
    /// zero-to-jupyterhub's user scheduler, which packs users (`schedulerName: user-scheduler`).
    #[serde(rename = "z2jh-user-scheduler")]
    Z2jhUserScheduler,
}

//! The scenario file as it may be written: serde types only, no meaning, no defaults that need
//! thought. `scenario::compile` turns them into the [`crate::model::Model`].
//!
//! Conventions: the spellings of Kubernetes and of zero-to-jupyterhub, camelCase; unknown fields are
//! rejected; every collection is a map keyed by name, so that each value has a dotted path
//! (`nodeGroups.user.max`) that `--set`, variants, `timeline.*.set`, sweeps and messages all use.

mod autoscaler;
mod cluster;
mod controllers;
mod hub;
mod image;
mod load;
mod machines;
mod preset;
mod queue;
mod sweep;
mod timeline;
mod usage;
mod watch;

pub use autoscaler::Autoscaler;
pub use cluster::{DaemonSets, NodeGroup, Scheduler, SchedulerPreset};
pub use controllers::{
    AccessMode, HorizontalPodAutoscaler, PersistentVolumeClaim, PodDisruptionBudget, Rollout, Service,
    Strategy, StrategyType, UsePoint, WorkloadKind,
};
pub use hub::{
    BinderLaunch, Binderhub, Build, Cull, Hub, HubCpu, HubMemory, LivenessProbe, Reflector, Shutdown,
    Singleuser,
};
pub use image::{Image, ImageCleaner, NodeImages};
pub use load::{
    Arrivals, Audience, ContainerResourceList, Counts, FlashCrowd, PodTemplate, ProfilePoint, RequestList,
    ResourceList, ResourceRequirements, Retry, Session, Workload,
};
pub use machines::{Cloud, Disk, NodeLifecycle, RandomFault, Spot};
pub use preset::HubPreset;
pub use queue::{Enqueue, Poison, Queue};
pub use sweep::SweepPlan;
pub use watch::{Alert, GiveBack, Limit, Slowdown};

pub use timeline::{
    CullerFault, DeletePods, Fault, NodeChoice, NodeTaint, NodeUntaint, Reclaim, RestartTarget, RunProcess,
    Stock, TimelineEntry,
};

pub use usage::{
    ContainerResources, ContainerTemplate, DiskUse, MemoryUse, NodeMemory, Process, Spikes, Use,
};

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::clock_time::{Span, Timestamp};
use crate::model::Era;

/// A cluster, the load on it, what happens to it, and what is claimed about the outcome.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// Version of this format: `plimsoll/v1`.
    pub api_version: ApiVersion,
    /// A short title.
    pub name: String,
    /// The question that a run answers, in one sentence.
    pub question: Option<String>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// The instant at which the report begins, RFC 3339 with an offset. Clock times in this file are
    /// read in this offset.
    pub start: Timestamp,
    /// How long the report covers, from `start`.
    pub duration: Span,
    /// Simulated time before `start` that fills the cluster and is left out of every figure.
    #[serde(default)]
    pub warm_up: Span,
    /// Whose behaviour and defaults to simulate.
    #[serde(default)]
    pub era: Era,
    /// Independent replications that a plain run does.
    pub replications: Option<u32>,
    /// Seed of a plain run; 1 when absent.
    pub seed: Option<u64>,
    /// Groups of equal nodes that can grow and shrink.
    #[serde(default)]
    pub node_groups: BTreeMap<String, NodeGroup>,
    /// What the cloud lets the cluster have.
    #[serde(default)]
    pub cloud: Cloud,
    /// How failed nodes are judged.
    #[serde(default)]
    pub node_lifecycle: NodeLifecycle,
    /// How pods are placed.
    #[serde(default)]
    pub scheduler: Scheduler,
    /// The cluster autoscaler; without it node groups keep their initial size.
    pub autoscaler: Option<Autoscaler>,
    /// Pods that arrive, run for a while and leave, or that are there from the beginning.
    #[serde(default)]
    pub workloads: BTreeMap<String, Workload>,
    /// Volumes that outlive the pods that mount them.
    #[serde(default)]
    pub persistent_volume_claims: BTreeMap<String, PersistentVolumeClaim>,
    /// What pods of workloads answer under one name, and which other services they need for it.
    #[serde(default)]
    pub services: BTreeMap<String, Service>,
    /// Images that nodes have to pull, by the names that pods call them by; others are there wherever they are needed.
    #[serde(default)]
    pub images: BTreeMap<String, Image>,
    /// Jobs that wait for workers, and add to the use of the pods that serve them.
    #[serde(default)]
    pub queues: BTreeMap<String, Queue>,
    /// A JupyterHub that spawns a pod for each user.
    pub hub: Option<Hub>,
    /// A BinderHub in front of the hub.
    pub binderhub: Option<Binderhub>,
    /// Populations of users that launch servers on the hub.
    #[serde(default)]
    pub audience: BTreeMap<String, Audience>,
    /// Rules that tell somebody: entries of the timeline with `on` are what is done about it.
    #[serde(default)]
    pub alerts: BTreeMap<String, Alert>,
    /// Things of which there is only so much, and that fill: services and the hub say which they need.
    #[serde(default)]
    pub limits: BTreeMap<String, Limit>,
    /// Faults and operator actions at clock times.
    #[serde(default)]
    pub timeline: BTreeMap<String, TimelineEntry>,
    /// Named statements about the outcome; see `docs/checks.md` for the grammar.
    #[serde(default)]
    pub checks: IndexMap<String, String>,
    /// What `plimsoll sweep` varies when the command line does not say.
    pub sweep: Option<SweepPlan>,
    /// Named what-ifs: each a patch of this file. Maps merge, `null` removes, everything else
    /// replaces; a variant's `checks` replace the base's.
    #[serde(default)]
    pub variants: IndexMap<String, Variant>,
}

/// The one version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The first.
    #[serde(rename = "plimsoll/v1")]
    V1,
}

/// A patch of the scenario (any of its fields but `variants`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Variant {
    /// What this what-if asks.
    pub question: Option<String>,
    /// The fields that differ from the base.
    #[serde(flatten)]
    pub patch: IndexMap<String, serde_json::Value>,
}

//! Controllers, services and what belongs to them, as written. Names are those of Kubernetes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::bound::PodBound;
use super::super::clock_time::ClockTime;
use super::super::distribution::Distribution;
use super::super::quantity::{Cpu, Memory, Share};
use super::load::PodTemplate;
use super::watch::Slowdown;

/// The kinds of controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// Keeps `replicas` pods and replaces them on a rollout.
    Deployment,
    /// Keeps `replicas` pods with numbers of their own, one after the other.
    StatefulSet,
    /// Keeps a pod on each node that admits it.
    DaemonSet,
    /// Runs pods until `completions` of them have succeeded.
    Job,
    /// Starts a Job by the clock.
    CronJob,
}

/// How a Deployment replaces its pods.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strategy {
    /// Default `RollingUpdate`.
    #[serde(rename = "type")]
    pub kind: Option<StrategyType>,
    /// Pods beyond `replicas` during a rolling update. Default `25%`, before apps/v1 `1`.
    pub max_surge: Option<PodBound>,
    /// Pods that may be missing during a rolling update. Default `25%`, before apps/v1 `1`.
    pub max_unavailable: Option<PodBound>,
}

/// How a Deployment replaces its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum StrategyType {
    /// Some at a time.
    RollingUpdate,
    /// The old ones go first.
    Recreate,
}

/// How many pods voluntary disruptions must leave: exactly one of the two.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodDisruptionBudget {
    /// Pods that must stay healthy.
    pub min_available: Option<PodBound>,
    /// Pods that may be missing.
    pub max_unavailable: Option<PodBound>,
}

/// Changes the number of pods by their use of CPU.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HorizontalPodAutoscaler {
    /// The fewest pods. Default 1.
    pub min_replicas: Option<u32>,
    /// The most pods.
    pub max_replicas: u32,
    /// The use aimed at, as a share of the CPU request. Default `80%`.
    #[serde(rename = "targetCPUUtilization")]
    pub target_cpu_utilization: Option<Share>,
}

/// CPU used together at a point in time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsePoint {
    /// When.
    pub at: ClockTime,
    /// How much.
    pub cpu: Cpu,
}

/// What pods of a workload answer under one name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// The workload whose pods answer. Default: the one of the service's name.
    pub selects: Option<String>,
    /// Services without which this one does not answer either.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// Things of `limits` that a request needs some of: none is answered while one is full.
    #[serde(default)]
    pub needs: Vec<String>,
    /// How long it takes to answer, by what it has to look after.
    pub slowdown: Option<Slowdown>,
}

/// A volume that outlives the pods that mount it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersistentVolumeClaim {
    /// How it may be mounted. A `ReadWriteOnce` volume (the default) is attached to one node at most; a
    /// `ReadWriteMany` one is a file server's and locks nothing.
    pub access_mode: Option<AccessMode>,
    /// How large it is: for the reader only.
    pub storage: Option<Memory>,
    /// The zone it is in. Absent: that of the node of the first pod that mounts it.
    pub zone: Option<String>,
}

/// How a volume may be mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum AccessMode {
    /// By the pods of one node.
    ReadWriteOnce,
    /// By any pods.
    ReadWriteMany,
}

/// A new template for the pods of a workload.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rollout {
    /// The workload.
    pub of: String,
    /// The pod. Absent: as before, but new (`kubectl rollout restart`).
    pub pod: Option<PodTemplate>,
    /// Time from bind to running. Absent: as before.
    pub startup: Option<Distribution>,
    /// Time from a running container until the pod is Ready. Absent: as before.
    pub ready_after: Option<Distribution>,
}

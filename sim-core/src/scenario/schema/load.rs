//! Workloads, pod templates and audiences as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::as_written::AsWritten;
use super::super::bound::CronSchedule;
use super::super::clock_time::{ClockTime, Span};
use super::super::distribution::{CpuDistribution, Distribution, MemoryDistribution};
use super::super::quantity::{Cpu, Memory, Share};
use super::controllers::{HorizontalPodAutoscaler, PodDisruptionBudget, Strategy, UsePoint, WorkloadKind};
use super::usage::{ContainerTemplate, Use};
use crate::kubernetes::{Affinity, PreemptionPolicy, TopologySpreadConstraint};
use crate::model::controllers::{Concurrency, PodManagement};
use crate::model::{ArrivalProcess, RestartPolicy, Toleration};

/// Pods made from one template.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workload {
    /// The controller that makes the pods, and makes them again when they go. Absent: bare pods, which do
    /// not come back.
    pub kind: Option<WorkloadKind>,
    /// When bare pods are created. Either this or `replicas`.
    pub arrivals: Option<Arrivals>,
    /// Bare pods created once, when the run begins; the pods that a Deployment or StatefulSet keeps
    /// (default 1).
    pub replicas: Option<u32>,
    /// How a Deployment replaces its pods.
    pub strategy: Option<Strategy>,
    /// How long a pod of a Deployment must be Ready to count as available (`minReadySeconds`). Default 0.
    pub min_ready: Option<Span>,
    /// Time without progress after which a Deployment's rollout counts as stalled
    /// (`progressDeadlineSeconds`). Default `600s`, before apps/v1 none.
    pub progress_deadline: Option<Span>,
    /// Whether each pod of a StatefulSet waits for the one before it. Default `OrderedReady`.
    pub pod_management_policy: Option<PodManagement>,
    /// Claims that each pod of a StatefulSet gets for itself: names of `persistentVolumeClaims`, of which
    /// it gets one like it.
    #[serde(default)]
    pub volume_claim_templates: Vec<String>,
    /// Claims that all pods mount: names of `persistentVolumeClaims`.
    #[serde(default)]
    pub volumes: Vec<String>,
    /// Pods of a Job that must succeed. Default 1.
    pub completions: Option<u32>,
    /// Pods of a Job at work at a time. Default 1.
    pub parallelism: Option<u32>,
    /// Failures after which a Job is given up. Default 6.
    pub backoff_limit: Option<u32>,
    /// Time after which a Job is given up. Absent: never.
    pub active_deadline: Option<Span>,
    /// Chance that a pod of a Job fails at the end of its `lifetime`. Default 0.
    pub failure: Option<Share>,
    /// When a CronJob starts a Job, in the offset of `start`.
    pub schedule: Option<CronSchedule>,
    /// What a CronJob does when its last Job is still at work. Default `Allow`.
    pub concurrency_policy: Option<Concurrency>,
    /// Time from a running container until the pod is Ready. Default 0.
    pub ready_after: Option<Distribution>,
    /// How many pods voluntary disruptions must leave.
    pub pod_disruption_budget: Option<PodDisruptionBudget>,
    /// Changes `replicas` by use of CPU.
    pub horizontal_pod_autoscaler: Option<HorizontalPodAutoscaler>,
    /// The CPU that the workload's pods would use together, at points in time; linear between.
    #[serde(default)]
    pub cpu_demand: Vec<UsePoint>,
    /// The pod.
    pub pod: PodTemplate,
    /// How long a pod runs once started; it then succeeds and its object goes. Absent: until deleted.
    pub lifetime: Option<Distribution>,
    /// Time from bind to running: image and container start. Default `2s`.
    pub startup: Option<Distribution>,
}

/// What each pod of a workload or hub is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodTemplate {
    /// Requests and limits, as in a container.
    #[serde(default)]
    pub resources: ResourceRequirements,
    /// What the container uses, apart from what it requests. Absent: nothing is known, and it never runs out.
    #[serde(rename = "use")]
    pub usage: Option<Use>,
    /// Further containers beside the one that `resources` and `use` speak of.
    #[serde(default)]
    pub containers: BTreeMap<String, ContainerTemplate>,
    /// When containers start again. Default `Always`; of a Job `Never`, of the hub's users `OnFailure`.
    pub restart_policy: Option<RestartPolicy>,
    /// Labels a node must have.
    #[serde(default)]
    pub node_selector: BTreeMap<String, String>,
    /// Taints the pod tolerates.
    #[serde(default)]
    pub tolerations: Vec<Toleration>,
    /// The pod's labels, beside `app: <name of the workload>`.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Nodes and neighbours that the pod wants or shuns, as in a pod's `spec.affinity`.
    #[serde(default)]
    pub affinity: AsWritten<Affinity>,
    /// How the pods are spread over domains, as in a pod's `spec.topologySpreadConstraints`.
    #[serde(default)]
    pub topology_spread_constraints: AsWritten<Vec<TopologySpreadConstraint>>,
    /// Ports of its node that the pod takes.
    #[serde(default)]
    pub host_ports: Vec<u16>,
    /// The images of its containers; a node that has them is preferred (ImageLocality).
    #[serde(default)]
    pub images: Vec<String>,
    /// The profile of the scheduler that places it. Default `default-scheduler`.
    pub scheduler_name: Option<String>,
    /// Higher goes first in the scheduler's queue, and may preempt lower. Default 0.
    #[serde(default)]
    pub priority: i32,
    /// Whether the pod may preempt pods of lower priority. Default `PreemptLowerPriority`.
    #[serde(default)]
    pub preemption_policy: PreemptionPolicy,
    /// Time the container gets to stop. Default `30s`.
    pub termination_grace_period: Option<Span>,
    /// The pod's namespace. Default `default`; pods of `kube-system` may keep their node from the autoscaler.
    pub namespace: Option<String>,
    /// The pod's annotations, of which the autoscaler reads its own
    /// (`cluster-autoscaler.kubernetes.io/safe-to-evict`, `safe-to-evict-local-volumes`, `pod-scale-up-delay`).
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// Names of the pod's volumes that lie on its node's disk (`emptyDir`, `hostPath`): the autoscaler does not
    /// move such a pod.
    #[serde(default)]
    pub local_volumes: Vec<String>,
}

/// Requests and limits.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceRequirements {
    /// What the scheduler sets aside. Bare pods may draw theirs from a distribution.
    #[serde(default)]
    pub requests: RequestList,
    /// What the container may use at most; a limit without a request is also the request.
    #[serde(default)]
    pub limits: ContainerResourceList,
}

/// What pods request: amounts, or for bare pods distributions from which each draws its own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestList {
    /// Cores.
    pub cpu: Option<CpuDistribution>,
    /// Bytes.
    pub memory: Option<MemoryDistribution>,
    /// Bytes on its node's disk; pods with more than that go first when the disk is nearly full.
    #[serde(rename = "ephemeral-storage")]
    pub ephemeral_storage: Option<Memory>,
    /// Pod slots; a pod always counts as one.
    pub pods: Option<u32>,
}

/// Amounts of CPU (`500m`), memory (`2Gi`) and disk (`10Gi`) of a container.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerResourceList {
    /// Cores.
    pub cpu: Option<Cpu>,
    /// Bytes.
    pub memory: Option<Memory>,
    /// Bytes on its node's disk. With more than its limit the kubelet evicts the pod.
    #[serde(rename = "ephemeral-storage")]
    pub ephemeral_storage: Option<Memory>,
    /// Pod slots; a pod always counts as one.
    pub pods: Option<u32>,
}

/// Amounts of CPU (`500m`), memory (`2Gi`) and pods.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceList {
    /// Cores.
    pub cpu: Option<Cpu>,
    /// Bytes.
    pub memory: Option<Memory>,
    /// Pod slots; only meaningful in a node's `allocatable`.
    pub pods: Option<u32>,
}

/// When things arrive. Exactly one of `perHour`, `every`, `profile`, `flashCrowd`, `flashCrowds` and `counts`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arrivals {
    /// A constant rate.
    pub per_hour: Option<f64>,
    /// One arrival each so often (`process: even` of the rate 1/every).
    pub every: Option<Span>,
    /// A rate that is linear between points of the day and repeats daily.
    pub profile: Option<Vec<ProfilePoint>>,
    /// The share of a profile's rate that there is on Saturdays and Sundays. Default all.
    pub weekend: Option<Share>,
    /// A crowd that grows, peaks and decays.
    pub flash_crowd: Option<FlashCrowd>,
    /// Several of them, by name: their rates add up.
    pub flash_crowds: Option<BTreeMap<String, FlashCrowd>>,
    /// Counts of a record.
    pub counts: Option<Counts>,
    /// How arrivals scatter around the rate. Default `poisson`.
    #[serde(default)]
    pub process: ArrivalProcess,
    /// The first arrival is not before this time of the run.
    pub from: Option<ClockTime>,
    /// No arrival from this time on.
    pub until: Option<ClockTime>,
}

/// A point of a daily profile.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfilePoint {
    /// Time of day.
    pub at: ClockTime,
    /// Rate at that time.
    pub per_hour: f64,
}

/// Counts of a record: so many in each of a row of equal spans.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counts {
    /// When the first span begins.
    pub from: ClockTime,
    /// How long each is.
    pub every: Span,
    /// How many arrived in each.
    pub numbers: Vec<u32>,
}

/// A crowd that follows a link: the rate grows linearly from `from` to `peak`, then decays by half
/// each `halfLife`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlashCrowd {
    /// When the link is posted.
    pub from: ClockTime,
    /// When the rate is highest.
    pub peak: ClockTime,
    /// The highest rate.
    pub per_hour: f64,
    /// The rate at `from`. Default 0.
    #[serde(default)]
    pub start_per_hour: f64,
    /// Whether the rate grows by a constant factor, since whoever comes tells others, in place of linearly. It then needs
    /// a `startPerHour`. Default false.
    #[serde(default)]
    pub sharing: bool,
    /// Time in which the rate halves after the peak. Default `3h`.
    pub half_life: Option<Span>,
}

/// A population of users that launch servers on the hub.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Audience {
    /// When users come.
    pub arrivals: Arrivals,
    /// What a user does with a server.
    pub session: Session,
    /// What a user does when a launch fails. Absent: goes away.
    pub retry: Option<Retry>,
    /// How long a user waits for a server before going away. Absent: until told.
    pub patience: Option<Distribution>,
    /// Shares of users that take a shape of `hub.profileList`; the others take the hub's default.
    #[serde(default)]
    pub profiles: BTreeMap<String, Share>,
    /// How many repositories its users launch, all equally popular: what BinderHub's quota by repository counts.
    /// Default 1.
    pub repositories: Option<u32>,
    /// Whether BinderHub holds its repositories to `perRepoQuotaHigher` (`high_quota_specs`). Default false.
    #[serde(default)]
    pub high_quota: bool,
    /// Share of launches whose image has to be built first. Default none.
    pub builds: Option<Share>,
}

/// What a user does with a server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Session {
    /// How long a user works, from a ready server to the last traffic.
    pub active: Distribution,
    /// Share of users who leave their browser tab open when they stop working. Its polling counts as
    /// traffic, so such a server does not idle.
    pub keeps_tab_open: Option<Share>,
    /// How long an open tab goes on polling after the work, until somebody closes it or the laptop
    /// sleeps. Absent: for ever.
    pub tab_open: Option<Distribution>,
}

/// What a user does when a launch fails.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retry {
    /// Chance that the user tries again after each failure.
    pub probability: Share,
    /// Time until the next try.
    pub after: Distribution,
    /// Tries in all, the first included. Absent: no bound.
    pub max_attempts: Option<u32>,
    /// Whether the client comes back no sooner than a refusal (HTTP 429) says: after 30 to 60 seconds. Default false.
    #[serde(default)]
    pub honors_retry_after: bool,
    /// A launch page whose connection breaks, or that finds no hub, connects again by itself after this time, whatever
    /// `probability` and `maxAttempts` say. Absent: it does not.
    pub reconnect: Option<Distribution>,
}

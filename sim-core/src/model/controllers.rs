//! What keeps a workload's pods: the controllers of Kubernetes, and what else is declared about its pods.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::Distribution;
use super::schedule::Schedule;
use super::watch::Slowdown;
use crate::ids::{ClaimId, ClassId, LimitId, ServiceId, WorkloadId};
use crate::time::{SimDuration, SimTime};

/// Who makes the pods of a workload, and makes them again.
#[derive(Clone, Debug, Default)]
pub enum Controller {
    /// Nobody: a bare pod that is deleted does not come back.
    #[default]
    None,
    /// A Deployment with its ReplicaSets.
    Deployment(Deployment),
    /// A StatefulSet.
    StatefulSet(StatefulSet),
    /// A DaemonSet: a pod on each node that admits it.
    DaemonSet,
    /// A Job that begins when the run does.
    Job(Job),
    /// Jobs by the clock.
    CronJob(CronJob),
}

/// How a Deployment replaces its pods.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// How pods of a new template take the place of those of the old.
    pub strategy: Strategy,
    /// How long a pod must be Ready before it counts as available.
    pub min_ready: SimDuration,
    /// Time without progress after which a rollout counts as stalled; [`SimDuration::MAX`]: never.
    pub progress_deadline: SimDuration,
}

/// How pods of a new template take the place of those of the old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Some at a time.
    RollingUpdate {
        /// Pods beyond the wanted number while it lasts.
        max_surge: Bound,
        /// Pods that may be missing while it lasts.
        max_unavailable: Bound,
    },
    /// The old ones go first, all of them.
    Recreate,
}

/// A number of pods or a percentage of the wanted number (`IntOrString`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// So many.
    Count(u32),
    /// So many in a hundred.
    Percent(u32),
}

impl Bound {
    /// Of `whole`, rounded up.
    pub fn up(self, whole: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (u64::from(whole) * u64::from(percent)).div_ceil(100) as u32,
        }
    }

    /// Of `whole`, rounded down.
    pub fn down(self, whole: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (u64::from(whole) * u64::from(percent) / 100) as u32,
        }
    }
}

/// How a StatefulSet makes its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulSet {
    /// Whether each pod waits for the one before it.
    pub management: PodManagement,
}

/// `podManagementPolicy` of a StatefulSet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PodManagement {
    /// One after the other, each when the one before is Ready.
    #[default]
    OrderedReady,
    /// All at once.
    Parallel,
}

/// Pods that do a piece of work and end.
#[derive(Clone, Debug)]
pub struct Job {
    /// Pods that must succeed.
    pub completions: u32,
    /// Pods at work at a time.
    pub parallelism: u32,
    /// Failures after which the job is given up.
    pub backoff_limit: u32,
    /// Chance that a pod fails at the end of its work.
    pub failure: f64,
    /// Time after which the job is given up; [`SimDuration::MAX`]: never.
    pub active_deadline: SimDuration,
}

/// Jobs by the clock.
#[derive(Clone, Debug)]
pub struct CronJob {
    /// What each of them is.
    pub job: Job,
    /// When.
    pub schedule: Schedule,
    /// What happens when the one before is still at work.
    pub concurrency: Concurrency,
}

/// `concurrencyPolicy` of a CronJob.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Concurrency {
    /// Both run.
    #[default]
    Allow,
    /// The new one is left out.
    Forbid,
    /// The old one is deleted.
    Replace,
}

/// A budget of voluntary disruptions (PodDisruptionBudget).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// So many must stay healthy.
    MinAvailable(Bound),
    /// So many may be missing.
    MaxUnavailable(Bound),
}

impl Budget {
    /// The pods that must stay healthy when `expected` are wanted (kubernetes
    /// pkg/controller/disruption/disruption.go, `getExpectedPodCount`: both percentages round up).
    pub fn desired_healthy(self, expected: u32) -> u32 {
        match self {
            Self::MinAvailable(bound) => bound.up(expected),
            Self::MaxUnavailable(bound) => expected.saturating_sub(bound.up(expected)),
        }
    }
}

/// A HorizontalPodAutoscaler on CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Autoscaling {
    /// The fewest pods.
    pub min: u32,
    /// The most.
    pub max: u32,
    /// The use of CPU aimed at, in hundredths of the request.
    pub target_percent: u64,
}

/// The CPU that a workload's pods would use together, if they had it, at points in time; linear between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Instants of the run and millicores, in order.
    pub points: Vec<(SimTime, u64)>,
}

impl Demand {
    /// Millicores at `at`.
    pub fn at(&self, at: SimTime) -> u64 {
        let after = self.points.partition_point(|(point, _)| *point <= at);
        let Some((to, high)) = self.points.get(after) else {
            return self.points.last().map_or(0, |(_, millis)| *millis);
        };
        let Some((from, low)) = after.checked_sub(1).and_then(|before| self.points.get(before)) else {
            return *high;
        };
        let (span, gone) = (to.since(*from).as_micros().max(1), at.since(*from).as_micros());
        let part = |millis: u64, of: u64| (u128::from(millis) * u128::from(of) / u128::from(span)) as u64;
        part(*high, gone) + part(*low, span - gone)
    }
}

/// What several workloads' pods answer together, under one name (a Service).
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Whose pods answer.
    pub selects: WorkloadId,
    /// Services without which it does not answer either.
    pub depends_on: Vec<ServiceId>,
    /// Bounded resources that a request needs some of.
    pub needs: Vec<LimitId>,
    /// How long it takes to answer.
    pub slowdown: Option<Slowdown>,
}

/// What a rollout changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The pod.
    pub class: ClassId,
    /// Time from a running container until the pod is Ready; `None`: as before.
    pub ready_after: Option<Distribution>,
}

/// A PersistentVolumeClaim with access mode ReadWriteOnce.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Stable subject of random draws: a hash of the name.
    pub subject: u64,
    /// The zone of its volume; `None`: the zone of the first pod's node.
    pub zone: Option<String>,
}

/// The claims that the pods of a workload mount.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// All of them the same.
    pub shared: Vec<ClaimId>,
    /// Each of them one like it (`volumeClaimTemplates`).
    pub each: Vec<ClaimId>,
}

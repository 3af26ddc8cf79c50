//! What a loop decided, and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::objects::{NodeName, Pod};
use super::similar::Growth;
use crate::time::{SimDuration, SimTime};

/// A loop's outcome.
#[derive(Clone, Debug, Default)]
pub struct LoopStatus {
    /// Whether the cluster was healthy enough to go on.
    pub healthy: bool,
    /// What the loop failed with.
    pub error: Option<String>,
    /// Scale-up.
    pub scale_up: ScaleUpStatus,
    /// The second scale-up, to minimum sizes, if it grew a group or failed to.
    pub min_size: Option<ScaleUpStatus>,
    /// Scale-down.
    pub scale_down: ScaleDownStatus,
    /// Until then every loop finds the same, as long as nothing changes in the environment: the loop changed
    /// nothing in what the autoscaler remembers, and no comparison of times turns before. Now or earlier: the
    /// next loop may find something else.
    pub idle_until: SimTime,
}

/// How a scale-up went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleUpResult {
    /// The loop did not get to it.
    #[default]
    NotTried,
    /// No pod needs it.
    NotNeeded,
    /// A group grew.
    Successful,
    /// The cloud refused.
    Error,
    /// No group can help now.
    NoOptionsAvailable,
    /// The cluster is as large as it may be.
    LimitedByMaxNodesTotal,
    /// All pods are too new.
    InCooldown,
}

/// A scale-up.
#[derive(Clone, Debug, Default)]
pub struct ScaleUpStatus {
    /// How it went.
    pub result: ScaleUpResult,
    /// Why it failed.
    pub error: Option<String>,
    /// Who grew.
    pub growths: Vec<Growth>,
    /// Pods that will fit thanks to it.
    pub triggered: Vec<Arc<Pod>>,
    /// Pods that no group helps.
    pub remaining: Vec<RemainingPod>,
    /// Pods for a later loop.
    pub awaiting: Vec<Arc<Pod>>,
}

impl ScaleUpStatus {
    /// One that went like this, with nothing to tell.
    pub fn of(result: ScaleUpResult) -> Self {
        Self { result, ..Self::default() }
    }
}

impl ScaleUpStatus {
    /// One that the number of nodes forbids.
    pub fn limited_by_total(pods: &[Arc<Pod>]) -> Self {
        let remains = |pod: &Arc<Pod>| RemainingPod {
            pod: pod.clone(),
            rejected: BTreeMap::new(),
            skipped: Arc::default(),
        };
        let remaining = pods.iter().map(remains).collect();
        Self { remaining, ..Self::of(ScaleUpResult::LimitedByMaxNodesTotal) }
    }
}

/// Reasons, shared by pods alike.
pub type Reasons = Arc<[String]>;

/// A pod that no group helps.
#[derive(Clone, Debug)]
pub struct RemainingPod {
    /// The pod.
    pub pod: Arc<Pod>,
    /// Why the scheduler would refuse it on a node of a group, by group.
    pub rejected: BTreeMap<usize, Reasons>,
    /// Why a group was not considered, by group.
    pub skipped: Arc<BTreeMap<usize, Reasons>>,
}

/// How a scale-down went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleDownResult {
    /// The loop did not get to it.
    #[default]
    NotTried,
    /// Too soon after another change.
    InCooldown,
    /// No node may go.
    NoCandidates,
    /// No node went.
    NoNodeDeleted,
    /// Deletions began.
    NodeDeleteStarted,
}

/// A scale-down.
#[derive(Clone, Debug, Default)]
pub struct ScaleDownStatus {
    /// How it went.
    pub result: ScaleDownResult,
    /// Nodes whose deletion began.
    pub started: Vec<StartedDeletion>,
    /// Deletions that ended since the loop before, by node.
    pub finished: BTreeMap<NodeName, DeletionResult>,
    /// Unneeded nodes.
    pub unneeded: BTreeMap<NodeName, UnneededStatus>,
    /// Nodes that stay, by name.
    pub unremovable: BTreeMap<NodeName, Unremovable>,
    /// Requested over allocatable of CPU or memory, whichever is larger, as a fraction, by node.
    pub utilization: BTreeMap<NodeName, (i64, i64)>,
}

/// A deletion that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedDeletion {
    /// The node.
    pub node: NodeName,
    /// Its group.
    pub group: usize,
    /// Pods to be evicted; `None`: the node is empty.
    pub drained: Option<Vec<u64>>,
}

/// How a deletion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionResult {
    /// The machine goes.
    Ok,
    /// The cloud refused.
    FailedToDelete,
    /// A pod would not go.
    FailedToEvictPods,
    /// Something changed under way.
    InternalError,
}

/// An unneeded node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnneededStatus {
    /// Since when.
    pub since: SimTime,
    /// How long it must be so.
    pub threshold: SimDuration,
    /// Whether it has pods to move.
    pub drain: bool,
}

/// A node that stays.
#[derive(Clone, Debug)]
pub struct Unremovable {
    /// Why.
    pub reason: UnremovableReason,
    /// The pod in the way, and why it is.
    pub blocking: Option<(Arc<Pod>, BlockingReason)>,
}

/// Why a node stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnremovableReason {
    /// Its annotation says so.
    ScaleDownDisabledAnnotation,
    /// It is not ready, and such nodes stay.
    ScaleDownUnreadyDisabled,
    /// It has no group.
    NotAutoscaled,
    /// Not unneeded for long enough.
    NotUnneededLongEnough,
    /// Not unready for long enough.
    NotUnreadyLongEnough,
    /// Its group is at its minimum.
    NodeGroupMinSizeReached,
    /// Cores or memory would fall below their minimum.
    MinimalResourceLimitExceeded,
    /// It is going already.
    CurrentlyBeingDeleted,
    /// Its pods request too much of it.
    NotUnderutilized,
    /// It was looked at a short while ago.
    RecentlyUnremovable,
    /// Its pods fit nowhere else.
    NoPlaceToMovePods,
    /// A pod may not be moved.
    BlockedByPod,
    /// It is not in the snapshot.
    NoNodeInfo,
}

/// Why a pod may not be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockingReason {
    /// Its controller is gone.
    ControllerNotFound,
    /// Its controller has too few replicas.
    MinReplicasReached,
    /// Nothing would make it again.
    NotReplicated,
    /// It has data on the node's disk.
    LocalStorageRequested,
    /// Its annotation says so.
    NotSafeToEvictAnnotation,
    /// A young pod of the system without a budget.
    UnmovableKubeSystemPod,
    /// Its budget is used up.
    NotEnoughPdb,
}

//! Every observable change of the world, and the feed that carries them.
//!
//! A verb of [`World`](super::World) does its work and leaves one change. The feed drains first in,
//! first out before the next event fires; observers read what they need from the world, so a change
//! carries ids only. The row of something removed stays readable until the feed is empty.

use std::collections::VecDeque;

use crate::ids::{
    ActionId, AlertId, ControllerId, GroupId, ImageId, LaunchId, LimitId, NodeId, PodId, ProcessId, QueueId,
    RequestId, ServerId, VolumeId, WorkloadId, ZoneId,
};

/// Something that has just become true.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// A pod object exists, unscheduled.
    PodCreated(PodId),
    /// The scheduler found no node for the pod (condition PodScheduled=False). Left once: when the
    /// pod is found unschedulable for the first time since it was created.
    PodUnschedulable(PodId),
    /// The scheduler tried an unschedulable pod again, in vain for another reason.
    PodReasonChanged(PodId),
    /// The room on a node that preemption made, or was to make, for a pod is nobody's any more.
    NominationEnded(NodeId),
    /// The pod has a node; its requests are taken there.
    PodBound(PodId),
    /// The pod's container runs.
    PodStarted(PodId),
    /// The pod's container ended by itself: phase Succeeded or Failed, requests given back.
    PodEnded(PodId),
    /// Somebody asked for the pod to go: deletionTimestamp is set.
    PodDeletionRequested(PodId),
    /// The pod's container died with its machine and is to start again.
    PodRestarting(PodId),
    /// The pod's Node object is gone: the pod object stays, holding nothing, until podgc finds it.
    PodOrphaned(PodId),
    /// The pod object is gone, with its container and whatever it held.
    PodRemoved(PodId),

    /// The pod is Ready: its probe answers. Left for pods of tracked workloads only.
    PodReady(PodId),
    /// The pod is not Ready any more, though it runs.
    PodUnready(PodId),
    /// All volumes of the pod are mounted: its containers may start.
    PodVolumesMounted(PodId),
    /// The cloud has attached a volume to a node.
    VolumeAttached(VolumeId),
    /// The cloud takes a volume off its node.
    VolumeDetaching(VolumeId),
    /// The volume is attached nowhere.
    VolumeDetached(VolumeId),
    /// A kubelet says that it has a volume mounted, or not any more.
    VolumeUseReported(VolumeId),
    /// A claim was made anew: this is its new, empty volume.
    VolumeReplaced(VolumeId),
    /// Another number of pods is wanted of a ReplicaSet, StatefulSet, DaemonSet or Job; also when it
    /// comes into being.
    ControllerScaled(ControllerId),
    /// Another number of pods is wanted of a workload.
    WorkloadScaled(WorkloadId),
    /// A workload's pods are to be made from another template.
    TemplateChanged(WorkloadId),
    /// A workload's rollout has made no progress within its deadline.
    RolloutStalled(WorkloadId),

    /// Somebody wants another number of nodes in the group.
    GroupTargetChanged(GroupId),
    /// The group's floor or ceiling moved.
    GroupLimitsChanged(GroupId),
    /// A node joined and is Ready.
    NodeAdded(NodeId),
    /// No new pods here.
    NodeCordoned(NodeId),
    /// New pods again.
    NodeUncordoned(NodeId),
    /// Something on the node broke, or is in order again.
    NodeFaultChanged(NodeId),
    /// The node's condition Ready changed.
    NodeReadyChanged(NodeId),
    /// A taint came or went.
    NodeTaintsChanged(NodeId),
    /// Somebody reset the node's machine.
    NodeResetRequested(NodeId),
    /// The provider takes the node's machine back after its notice.
    NodeReclaimed(NodeId),
    /// A fault of the node's group struck it by chance: which of them.
    FaultStruck(NodeId, u8),
    /// The control plane thinks otherwise of a zone.
    ZoneDisruptionChanged(ZoneId),
    /// The cloud ran out of machines somewhere, or has some again.
    StockChanged,
    /// The autoscaler gives the node back: no new pods, the cloud takes it away.
    NodeDeletionRequested(NodeId),
    /// The node is gone.
    NodeRemoved(NodeId),

    /// A user asked for a server and waits.
    LaunchStarted(LaunchId),
    /// The wait is over: the server answers.
    LaunchSucceeded(LaunchId),
    /// The wait was in vain; the launch's row says why.
    LaunchFailed(LaunchId),
    /// The hub is asked for a server by somebody in front of it.
    SpawnRequested(LaunchId),
    /// The hub has no server for a launch; somebody in front of it decides what becomes of it.
    SpawnFailed(LaunchId),
    /// The hub has a server record, spawn pending.
    ServerCreated(ServerId),
    /// The server answers.
    ServerReady(ServerId),
    /// The hub stops the server; the row says why.
    ServerStopping(ServerId),
    /// The pod did not go in time: the hub takes the server for a running one again.
    ServerStopFailed(ServerId),
    /// The record is gone.
    ServerRemoved(ServerId),
    /// Something became of the watch by which the hub knows its pods.
    ReflectorChanged,
    /// The hub does not answer any more.
    HubStopped,
    /// The hub answers (again).
    HubStarted,
    /// The culler hangs.
    CullerStalled,

    /// The kernel killed a container of the pod, for want of memory: which of them.
    ContainerKilled(PodId, u8),
    /// The kernel killed a process of a container of the pod; the container lives.
    ChildKilled(PodId, u8),
    /// A container that was killed runs again.
    ContainerRestarted(PodId, u8),
    /// Less memory is available on the node than its kubelet wants.
    MemoryLow(NodeId),
    /// The node's condition MemoryPressure changed.
    MemoryPressureChanged(NodeId),
    /// A kubelet has reason to look at its disk: less is available than it wants, or was until now, or a container has
    /// more than it may.
    DiskLow(NodeId),
    /// The node's condition DiskPressure changed.
    DiskPressureChanged(NodeId),
    /// The node's daemons starve for want of memory.
    NodeStarved(NodeId),
    /// Something runs on a node outside of all pods.
    ProcessStarted(ProcessId),
    /// It uses another amount of memory.
    ProcessUseChanged(ProcessId),
    /// It has ended, or its machine has.
    ProcessEnded(ProcessId),
    /// The kernel killed it for want of memory.
    ProcessKilled(ProcessId),

    /// A node has pulled an image.
    ImagePulled(NodeId, ImageId),
    /// A node has thrown an image away.
    ImageRemoved(NodeId, ImageId),
    /// A pod begins to serve a request.
    RequestBegan(RequestId),
    /// It does not any more.
    RequestEnded(RequestId),
    /// A try of a job is over: whether the job is done.
    JobTried(QueueId, bool),
    /// Somebody put jobs into a queue.
    JobsAdded(QueueId, u32),
    /// Somebody emptied a queue.
    QueuePurged(QueueId),

    /// An alert tells somebody.
    AlertFired(AlertId),
    /// What an alert was about is over.
    AlertEnded(AlertId),
    /// Somebody was refused because a bounded resource is full.
    LimitRefused(LimitId),
    /// All that was taken of a bounded resource came back.
    LimitFreed(LimitId),
    /// Somebody has begun with an entry of the timeline.
    ActionBegun(ActionId),
    /// An entry of the timeline was tried in vain.
    ActionFailed(ActionId),
    /// An entry of the timeline took effect.
    ActionTaken(ActionId),
}

/// Changes not yet seen by everyone, first in, first out.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    changes: VecDeque<Change>,
}

impl Feed {
    /// Appends a change.
    pub fn push(&mut self, change: Change) {
        self.changes.push_back(change);
    }

    /// Appends a change if there is one.
    pub fn extend(&mut self, change: Option<Change>) {
        if let Some(change) = change {
            self.push(change);
        }
    }

    /// The oldest change not yet taken.
    pub fn pop(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }
}

//! Every event, grouped by the component that owns it. An event is a timer that its owner set for
//! itself; what others notice is a [`Change`](crate::world::Change).
//!
//! Whatever comes and goes is named by a [`Handle`]: the owner drops a timer whose handle is stale.

use crate::ids::{
    ActionId, AlertId, AudienceId, ControllerId, GroupId, Handle, ImageId, LaunchId, LimitId, NodeId, PodId,
    ProcessId, QueueId, RequestId, ServerId, VolumeId, WorkloadId, ZoneId,
};

macro_rules! events {
    ($($(#[$doc:meta])* $group:ident($events:ident);)*) => {
        /// An event of some component.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Event {
            $($(#[$doc])* $group($events),)*
        }
        $(impl From<$events> for Event {
            fn from(event: $events) -> Self {
                Self::$group(event)
            }
        })*
    };
}

events! {
    /// Pods arrive.
    Workload(WorkloadEvent);
    /// Pods become Ready.
    Probe(ProbeEvent);
    /// ReplicaSets create pods.
    ReplicaSet(ReplicaSetEvent);
    /// Rollouts.
    Deployment(DeploymentEvent);
    /// Jobs and CronJobs.
    Job(JobEvent);
    /// HorizontalPodAutoscalers look.
    PodAutoscaler(PodAutoscalerEvent);
    /// Volumes are attached and detached.
    AttachDetach(AttachDetachEvent);
    /// Volumes are mounted and unmounted.
    VolumeManager(VolumeManagerEvent);
    /// Users come, come back and try again.
    Audience(AudienceEvent);
    /// Placement.
    Scheduler(SchedulerEvent);
    /// Containers start and stop.
    Kubelet(KubeletEvent);
    /// The use of memory changes its course.
    Memory(MemoryEvent);
    /// The use of disks changes its course.
    Disk(DiskEvent);
    /// Kubelets evict.
    Eviction(EvictionEvent);
    /// Queues of jobs.
    Queue(QueueEvent);
    /// Images are pulled and thrown away.
    Image(ImageEvent);
    /// Nodes come and go.
    Cloud(CloudEvent);
    /// What breaks by itself.
    Chance(ChanceEvent);
    /// The control plane judges nodes.
    NodeLifecycle(NodeLifecycleEvent);
    /// Pods leave tainted nodes.
    TaintEviction(TaintEvictionEvent);
    /// Pod objects that nobody else deletes.
    PodGc(PodGcEvent);
    /// The autoscaler looks.
    Autoscaler(AutoscalerEvent);
    /// The hub's timeouts.
    Hub(HubEvent);
    /// The culler's rounds.
    Culler(CullerEvent);
    /// The hub is probed.
    Liveness(LivenessEvent);
    /// Notebook servers that end by themselves.
    Notebook(NotebookEvent);
    /// BinderHub's launches and builds.
    Binder(BinderEvent);
    /// Alerts look.
    Alert(AlertEvent);
    /// Bounded resources.
    Limit(LimitEvent);
    /// The timeline.
    Operator(OperatorEvent);
}

// With time and sequence an entry of the queue is 32 bytes: two to a cache line.
const _: () = assert!(size_of::<Event>() <= 16);

/// Pods arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WorkloadEvent {
    /// The workload's next pod is due.
    Arrival(WorkloadId),
}

/// Users come, come back and try again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AudienceEvent {
    /// The audience's next user is due.
    Arrival(AudienceId),
    /// A user whose launch failed tries again.
    RetryDue {
        /// Whose user.
        audience: AudienceId,
        /// Which user, by order of arrival.
        user: u32,
        /// The number of this try, from 1.
        attempt: u16,
    },
    /// A user will wait no longer.
    PatienceOver(Handle<LaunchId>),
}

/// Placement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchedulerEvent {
    /// Pods wait in the active queue.
    CycleDue,
    /// The back-off of at least one pod is over.
    BackoffOver,
}

/// Containers start and stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KubeletEvent {
    /// The container of a bound pod is up.
    Started(Handle<PodId>),
    /// The pod's work is done.
    LifetimeOver(Handle<PodId>),
    /// A container that was told to stop has stopped.
    Stopped(Handle<PodId>),
    /// A starved kubelet has its containers listed.
    Relisted(Handle<NodeId>),
    /// The last listing that a starved kubelet has is too old.
    RelistLate(Handle<NodeId>),
    /// A container that was killed may start again.
    RestartDue(Handle<PodId>, u8),
}

/// The use of memory changes its course.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryEvent {
    /// A part of a container's course ends, or the container reaches its limit.
    PartOver(Handle<PodId>, u8),
    /// A node's use reaches some threshold, if nothing has changed meanwhile.
    Crossing(Handle<NodeId>),
    /// The daemons of a starved node work again.
    Recovered(Handle<NodeId>),
    /// The kubelet of a starved node is heard, or not any more.
    Gasp(Handle<NodeId>, u16),
}

/// The use of disks changes its course.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiskEvent {
    /// A part of a container's course ends, or the container reaches its limit.
    PartOver(Handle<PodId>, u8),
    /// A node's use reaches the threshold, if nothing has changed meanwhile.
    Crossing(Handle<NodeId>),
}

/// Images are pulled and thrown away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImageEvent {
    /// The first of a node's pulls is done, if they go on like this.
    PullDue(Handle<NodeId>),
    /// A pull that failed is tried again.
    RetryDue(Handle<NodeId>, ImageId),
    /// The kubelet looks at its disk.
    CollectDue(Handle<NodeId>),
    /// The image cleaner looks at it, or goes on.
    CleanDue(Handle<NodeId>),
}

/// Queues of jobs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueueEvent {
    /// The queue's next job comes.
    Arrival(QueueId),
    /// A request is answered, if its pod still can.
    Served(Handle<RequestId>),
    /// A worker gives a request up.
    TimedOut(Handle<RequestId>),
    /// A worker gives a request up that never reached its pod.
    Unanswered {
        /// Of which queue.
        queue: QueueId,
        /// The job's number.
        number: u32,
    },
    /// A job that failed is tried again.
    RetryDue {
        /// Of which queue.
        queue: QueueId,
        /// The job's number.
        number: u32,
        /// The number of the try.
        attempt: u16,
    },
}

/// Kubelets evict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EvictionEvent {
    /// A look in which there may be something to do.
    LookDue(Handle<NodeId>),
    /// The condition MemoryPressure may have lasted long enough.
    PressureOver(Handle<NodeId>),
    /// The condition DiskPressure may have lasted long enough.
    DiskPressureOver(Handle<NodeId>),
}

/// Nodes come and go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloudEvent {
    /// The machine is up and its node joins.
    Booted {
        /// Of this group.
        group: GroupId,
        /// The how-manieth node of the group, from 1.
        ordinal: u32,
    },
    /// The machine is gone, and the node object with it.
    Deleted(Handle<NodeId>),
    /// The provider wants its spot machine back.
    ReclaimDue(Handle<NodeId>),
    /// The machine goes, its node object stays.
    MachineGone(Handle<NodeId>),
    /// The node has perhaps not been Ready for long enough to be repaired.
    RepairDue(Handle<NodeId>),
    /// The machine is up after a reset.
    ResetDone(Handle<NodeId>),
}

/// What breaks by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChanceEvent {
    /// It breaks.
    Strikes {
        /// Where.
        node: Handle<NodeId>,
        /// Which fault of its group.
        which: u8,
        /// The how-manieth time there, from 0.
        nth: u16,
    },
    /// It is in order again.
    Heals {
        /// Where.
        node: Handle<NodeId>,
        /// Which fault of its group.
        which: u8,
        /// The how-manieth time there, from 0.
        nth: u16,
    },
}

/// The control plane judges nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeLifecycleEvent {
    /// A look in which something may be found.
    LookDue,
    /// The zone's rate allows another eviction.
    EvictionAllowed(ZoneId),
}

/// Pods leave tainted nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaintEvictionEvent {
    /// Some pod on the node may not stay any longer.
    Due(Handle<NodeId>),
}

/// Pod objects that nobody else deletes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodGcEvent {
    /// A loop in which there may be something to do.
    LoopDue,
}

/// The autoscaler looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AutoscalerEvent {
    /// The next look at the cluster.
    ScanDue,
    /// Something under way between looks goes on: a node that is drained, a deletion.
    StepDue,
}

/// The hub's timeouts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HubEvent {
    /// The pod should be running by now.
    StartTimeout(Handle<ServerId>),
    /// The notebook server is up, if it can be reached.
    Answer(Handle<ServerId>),
    /// The server should have answered by now.
    HttpTimeout(Handle<ServerId>),
    /// The next look at a server whose pod is gone.
    PollDue(Handle<ServerId>),
    /// The pod of a server that is stopped should be gone by now.
    StopTimeout(Handle<ServerId>),
    /// A request for a server has got through to the hub, or is made again.
    Reached(Handle<LaunchId>),
    /// A request for a server has waited for an answer for too long.
    RequestTimeout(Handle<LaunchId>),
    /// The new hub answers.
    Restarted,
    /// The reflector begins its watch anew.
    WatchRestarted,
    /// The hub's process ends of its own accord: the `life`-th.
    Exit {
        /// Which process.
        life: u32,
    },
}

/// Notebook servers that end by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotebookEvent {
    /// It may have been idle for long enough.
    LookDue(Handle<PodId>),
}

/// BinderHub's launches and builds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinderEvent {
    /// It sees what became of the launch's spawn.
    Noticed(Handle<LaunchId>),
    /// The launch is tried again with a new user.
    RetryDue(Handle<LaunchId>),
    /// The launch's try, the `spawn`-th, has taken too long.
    TimeoutDue {
        /// Which launch.
        launch: LaunchId,
        /// Its generation.
        generation: u32,
        /// Which try.
        spawn: u16,
    },
    /// The build in this pod has taken too long.
    BuildTooOld(Handle<PodId>),
}

/// The hub is probed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LivenessEvent {
    /// The next probe of the process that was the `life`-th to begin.
    ProbeDue {
        /// Which process: probes of an earlier one are stale.
        life: u32,
        /// Probes that it has missed in a row.
        missed: u32,
    },
}

/// The culler's rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CullerEvent {
    /// The next round of the culler process that was the `life`-th to be started.
    RoundDue {
        /// Which process: rounds of one that hangs or died are stale.
        life: u32,
    },
    /// A call to the hub that is under way is answered, though the stop goes on.
    Answered(Handle<ServerId>),
}

/// Alerts look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlertEvent {
    /// The next look of one.
    LookDue(AlertId),
}

/// Bounded resources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitEvent {
    /// What something took is given back.
    GivenBack {
        /// Of which.
        limit: LimitId,
        /// How many thousandths.
        units: u32,
        /// How many times it had been freed when they were taken.
        epoch: u16,
    },
    /// Another unit leaks.
    LeakDue(LimitId),
}

/// The timeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperatorEvent {
    /// The entry's time has come.
    ActionDue(ActionId),
    /// What somebody does about an entry is done.
    ActionDone {
        /// Which entry.
        action: ActionId,
        /// The how-manieth try, from 1.
        attempt: u16,
    },
    /// A drain tries again what a budget refused.
    DrainAgain(Handle<NodeId>),
    /// A process that an entry started ends by itself.
    ProcessOver(Handle<ProcessId>),
    /// It has grown to what it needs.
    ProcessGrown(Handle<ProcessId>),
}

/// Pods become Ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProbeEvent {
    /// The pod's readiness probe would answer for the first time.
    Answers(Handle<PodId>),
}

/// ReplicaSets create pods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplicaSetEvent {
    /// The API has answered; the next batch of creations may go out.
    BatchDue(Handle<ControllerId>),
}

/// Rollouts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeploymentEvent {
    /// Pods have been Ready for long enough to count as available.
    AvailableDue(WorkloadId),
    /// A rollout that has made no progress since counts as stalled.
    DeadlineDue {
        /// Whose.
        workload: WorkloadId,
        /// The progress that had been made when the timer was set.
        progress: u32,
    },
}

/// Jobs and CronJobs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobEvent {
    /// A minute of a CronJob's schedule.
    ScheduleDue(WorkloadId),
    /// The controller sees that a minute of the schedule has come.
    RunDue(WorkloadId),
    /// A Job's next pod may be created after a failure.
    BackoffOver(Handle<ControllerId>),
    /// A Job has taken too long.
    DeadlineDue(Handle<ControllerId>),
}

/// HorizontalPodAutoscalers look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodAutoscalerEvent {
    /// The next look at all of them.
    LookDue,
}

/// Volumes are attached and detached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttachDetachEvent {
    /// The controller's next loop in which there is something to do.
    LoopDue,
    /// A volume has been waited for long enough.
    WaitOver(VolumeId),
    /// The cloud has attached a volume.
    Attached(VolumeId),
    /// The cloud has detached a volume.
    Detached(VolumeId),
    /// The controller asks the cloud what is attached.
    VerifyDue,
}

/// Volumes are mounted and unmounted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VolumeManagerEvent {
    /// The pod's kubelet finds that it has mounted all its volumes.
    Mounted(Handle<PodId>),
    /// The node's status says that a volume is not in use any more.
    Reported {
        /// Which volume.
        volume: VolumeId,
        /// Which node.
        node: NodeId,
    },
}

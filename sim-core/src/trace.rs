//! The history as lines: one serialisable line for each change, with names instead of ids.
//!
//! For `plimsoll run --events`, for people with `jq`, and for finding the first difference between two
//! runs.

use std::borrow::Cow;

use serde::Serialize;

use crate::ids::{ActionId, GroupId, LaunchId, NodeId, PodId, ServerId, VolumeId, WorkloadId};
use crate::model::{Model, ReflectorState};
use crate::placement::Symbol;
use crate::time::SimTime;
use crate::world::{Change, Disruption, LaunchFailure, PodFailure, PodOwner, Ready, StopReason, World};

/// A change in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Seconds since the report's start; negative while the cluster warms up.
    pub seconds: f64,
    /// Clock time with date, in the scenario's offset.
    pub time: String,
    /// What happened: the name of the [`Change`].
    pub change: &'static str,
    /// To what: `reddit-17`, `user-3`, `user`, a timeline entry.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The node concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The number that changed: a target size, a ceiling, the number of a try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}

/// The line for `change` at `at`.
pub fn line(model: &Model, world: &World, at: SimTime, change: Change) -> Line {
    let start = model.clock.report_start();
    let seconds = if at >= start { at.since(start).as_secs_f64() } else { -start.since(at).as_secs_f64() };
    let mut line = Line {
        seconds,
        time: model.clock.rfc3339(at),
        change: name(change),
        subject: String::new(),
        node: None,
        value: None,
        reason: None,
    };
    let namer = Namer { model, world };
    match change {
        Change::PodCreated(id) => line.subject = namer.pod(id),
        Change::PodUnschedulable(id) | Change::PodReasonChanged(id) => {
            line.subject = namer.pod(id);
            let symbols = &world.cluster().placement.symbols;
            let why = world.cluster().pods[id].why.as_ref();
            line.reason = why.map(|why| why.message(symbols, model.era).into());
        }
        Change::PodBound(id)
        | Change::PodStarted(id)
        | Change::PodEnded(id)
        | Change::PodDeletionRequested(id)
        | Change::PodReady(id)
        | Change::PodUnready(id)
        | Change::PodRestarting(id)
        | Change::PodOrphaned(id)
        | Change::PodVolumesMounted(id)
        | Change::PodRemoved(id) => {
            line.subject = namer.pod(id);
            line.node = world.cluster().pods[id].node.map(|node| namer.node(node));
            if let (Change::PodEnded(_), Some(failure)) = (change, world.cluster().pods[id].failure) {
                line.reason = Some(pod_failure(failure).into());
            }
        }
        Change::ContainerKilled(id, which)
        | Change::ChildKilled(id, which)
        | Change::ContainerRestarted(id, which) => {
            let row = &world.cluster().pods[id];
            line.subject = namer.pod(id);
            line.node = row.node.map(|node| namer.node(node));
            let containers = &model.classes[row.class].containers;
            if containers.len() > 1 {
                line.subject = format!("{}/{}", line.subject, containers[usize::from(which)].name);
            }
            if !matches!(change, Change::ContainerRestarted(..)) {
                line.reason = world.memory().deaths.last().map(|death| death.kind.words().into());
            }
        }
        Change::ProcessStarted(id)
        | Change::ProcessUseChanged(id)
        | Change::ProcessEnded(id)
        | Change::ProcessKilled(id) => {
            let node = world.cluster().nodes.resolve(world.memory().processes[id].node);
            line.node = node.map(|node| namer.node(node));
        }
        Change::RequestBegan(id) | Change::RequestEnded(id) => {
            let row = &world.requests().at_work[id];
            line.subject = format!("{}-{}", model.queues[row.queue].name, row.number);
            line.value = Some(row.attempt.into());
            let pod = world.cluster().pods.resolve(row.pod);
            line.node = pod.and_then(|pod| world.cluster().pods[pod].node).map(|node| namer.node(node));
        }
        Change::JobTried(id, done) => {
            line.subject.clone_from(&model.queues[id].name);
            line.reason = Some(if done { "done" } else { "failed" }.into());
        }
        Change::JobsAdded(id, count) => {
            line.subject.clone_from(&model.queues[id].name);
            line.value = Some(count.into());
        }
        Change::ImagePulled(id, image) | Change::ImageRemoved(id, image) => {
            line.subject.clone_from(&model.images[image].name);
            line.node = Some(namer.node(id));
        }
        Change::QueuePurged(id) => line.subject.clone_from(&model.queues[id].name),
        Change::MemoryPressureChanged(id) => {
            line.subject = namer.node(id);
            line.value = Some(world.memory().on(id).pressure.into());
        }
        Change::DiskPressureChanged(id) => {
            line.subject = namer.node(id);
            line.value = Some(world.disk().on(id).pressure.into());
        }
        Change::GroupTargetChanged(id) => {
            line.subject = namer.group(id);
            line.value = Some(world.cluster().groups[id].target.into());
        }
        Change::GroupLimitsChanged(id) => {
            line.subject = namer.group(id);
            line.value = Some(world.cluster().groups[id].max.into());
        }
        Change::NodeAdded(id)
        | Change::NodeCordoned(id)
        | Change::NodeUncordoned(id)
        | Change::NodeFaultChanged(id)
        | Change::NodeTaintsChanged(id)
        | Change::NodeResetRequested(id)
        | Change::NodeReclaimed(id)
        | Change::NodeDeletionRequested(id)
        | Change::NominationEnded(id)
        | Change::MemoryLow(id)
        | Change::DiskLow(id)
        | Change::NodeStarved(id)
        | Change::NodeRemoved(id) => line.subject = namer.node(id),
        Change::NodeReadyChanged(id) => {
            line.subject = namer.node(id);
            line.reason = Some(ready(world.cluster().nodes[id].health.ready).into());
        }
        Change::FaultStruck(id, which) => {
            line.subject = namer.node(id);
            line.value = Some(which.into());
        }
        Change::ZoneDisruptionChanged(id) => {
            line.subject.clone_from(&model.zones[id]);
            line.reason = Some(disruption(world.cluster().zones[id].disruption).into());
        }
        Change::SpawnRequested(id) | Change::SpawnFailed(id) => {
            line.subject = namer.launch(id);
            line.value = Some(world.services().launches[id].spawns.into());
            line.reason = world.services().launches[id].failure.map(|why| failure(why).into());
        }
        Change::LaunchStarted(id) | Change::LaunchSucceeded(id) | Change::LaunchFailed(id) => {
            line.subject = namer.launch(id);
            line.value = Some(world.services().launches[id].attempt.into());
            line.reason = world.services().launches[id].failure.map(|why| failure(why).into());
        }
        Change::ServerCreated(id)
        | Change::ServerReady(id)
        | Change::ServerStopping(id)
        | Change::ServerStopFailed(id)
        | Change::ServerRemoved(id) => {
            line.subject = namer.server(id);
            line.reason = world.services().servers[id].stop_reason.map(|why| stop_reason(why).into());
        }
        Change::AlertFired(id) | Change::AlertEnded(id) => line.subject.clone_from(&model.alerts[id].name),
        Change::LimitRefused(id) | Change::LimitFreed(id) => {
            line.subject.clone_from(&model.limits[id].name);
            line.value = Some(world.units_in_use(model, id) / 1_000);
        }
        Change::ActionBegun(id) | Change::ActionFailed(id) | Change::ActionTaken(id) => {
            line.subject = namer.action(id)
        }
        Change::ControllerScaled(id) => {
            let row = &world.controllers().objects[id];
            line.subject = format!("{}/{}", namer.workload(row.workload), row.revision);
            line.value = Some(row.replicas.into());
        }
        Change::WorkloadScaled(id) => {
            line.subject = namer.workload(id);
            line.value = Some(world.controllers().wanted[id].replicas.into());
        }
        Change::TemplateChanged(id) => {
            line.subject = namer.workload(id);
            line.value = Some(world.controllers().wanted[id].revision.into());
        }
        Change::RolloutStalled(id) => line.subject = namer.workload(id),
        Change::ReflectorChanged => line.reason = Some(reflector(world.services().reflector).into()),
        Change::HubStopped | Change::HubStarted | Change::CullerStalled | Change::StockChanged => {}
        Change::VolumeAttached(id)
        | Change::VolumeDetaching(id)
        | Change::VolumeDetached(id)
        | Change::VolumeUseReported(id)
        | Change::VolumeReplaced(id) => {
            line.subject = namer.volume(id);
            let at = world.volumes().rows[id].attachment;
            line.node = at.and_then(|at| world.cluster().nodes.resolve(at.node)).map(|node| namer.node(node));
        }
    }
    line
}

/// What things are called: in lines, reports and on the page alike.
#[derive(Clone, Copy)]
pub struct Namer<'a> {
    model: &'a Model,
    world: &'a World,
}

impl<'a> Namer<'a> {
    /// Names for the things in `world`.
    pub const fn new(model: &'a Model, world: &'a World) -> Self {
        Self { model, world }
    }

    /// `reddit-17`: owner and number.
    pub fn pod(&self, pod: PodId) -> String {
        let row = &self.world.cluster().pods[pod];
        if let PodOwner::Workload(workload) = row.owner
            && let Some(name) = self.model.workloads[workload].pod_names.get(row.ordinal as usize)
        {
            return name.clone();
        }
        let owner = match row.owner {
            PodOwner::Workload(workload) => &self.model.workloads[workload].name,
            PodOwner::User(audience) => &self.model.audiences[audience].name,
        };
        format!("{owner}-{}", row.ordinal)
    }

    /// `user-14`: group and number.
    pub fn node(&self, node: NodeId) -> String {
        let cluster = self.world.cluster();
        cluster.placement.symbols.text(cluster.nodes[node].name).to_owned()
    }

    /// `2fhq`: what the timeline calls it; else `user-14`.
    pub fn known_as(&self, node: Symbol) -> String {
        match self.world.alias_of(node) {
            Some(alias) => self.model.alias_names[alias as usize].clone(),
            None => self.world.cluster().placement.symbols.text(node).to_owned(),
        }
    }

    /// `hub-db`; of a StatefulSet's pod `data-web-0`.
    pub fn volume(&self, volume: VolumeId) -> String {
        let row = &self.world.volumes().rows[volume];
        let claim = &self.model.claims[row.claim].name;
        match row.pod {
            Some((workload, ordinal)) => format!("{claim}-{}-{ordinal}", self.workload(workload)),
            None => claim.clone(),
        }
    }

    fn workload(&self, workload: WorkloadId) -> String {
        self.model.workloads[workload].name.clone()
    }

    fn group(&self, group: GroupId) -> String {
        self.model.groups[group].name.clone()
    }

    fn launch(&self, launch: LaunchId) -> String {
        let row = &self.world.services().launches[launch];
        format!("{}-{}", self.model.audiences[row.audience].name, row.user)
    }

    fn server(&self, server: ServerId) -> String {
        let row = &self.world.services().servers[server];
        format!("{}-{}", self.model.audiences[row.audience].name, row.user)
    }

    fn action(&self, action: ActionId) -> String {
        self.model.timeline[action].name.clone()
    }
}

fn name(change: Change) -> &'static str {
    match change {
        Change::PodCreated(_) => "PodCreated",
        Change::PodUnschedulable(_) => "PodUnschedulable",
        Change::PodReasonChanged(_) => "PodReasonChanged",
        Change::NominationEnded(_) => "NominationEnded",
        Change::PodBound(_) => "PodBound",
        Change::PodStarted(_) => "PodStarted",
        Change::PodEnded(_) => "PodEnded",
        Change::PodDeletionRequested(_) => "PodDeletionRequested",
        Change::PodRemoved(_) => "PodRemoved",
        Change::GroupTargetChanged(_) => "GroupTargetChanged",
        Change::GroupLimitsChanged(_) => "GroupLimitsChanged",
        Change::NodeAdded(_) => "NodeAdded",
        Change::NodeCordoned(_) => "NodeCordoned",
        Change::NodeUncordoned(_) => "NodeUncordoned",
        Change::NodeFaultChanged(_) => "NodeFaultChanged",
        Change::NodeReadyChanged(_) => "NodeReadyChanged",
        Change::NodeTaintsChanged(_) => "NodeTaintsChanged",
        Change::NodeResetRequested(_) => "NodeResetRequested",
        Change::NodeReclaimed(_) => "NodeReclaimed",
        Change::FaultStruck(..) => "FaultStruck",
        Change::ZoneDisruptionChanged(_) => "ZoneDisruptionChanged",
        Change::StockChanged => "StockChanged",
        Change::PodRestarting(_) => "PodRestarting",
        Change::PodOrphaned(_) => "PodOrphaned",
        Change::NodeDeletionRequested(_) => "NodeDeletionRequested",
        Change::NodeRemoved(_) => "NodeRemoved",
        Change::LaunchStarted(_) => "LaunchStarted",
        Change::LaunchSucceeded(_) => "LaunchSucceeded",
        Change::LaunchFailed(_) => "LaunchFailed",
        Change::ServerCreated(_) => "ServerCreated",
        Change::ServerReady(_) => "ServerReady",
        Change::ServerStopping(_) => "ServerStopping",
        Change::ServerStopFailed(_) => "ServerStopFailed",
        Change::ServerRemoved(_) => "ServerRemoved",
        Change::SpawnRequested(_) => "SpawnRequested",
        Change::SpawnFailed(_) => "SpawnFailed",
        Change::ReflectorChanged => "ReflectorChanged",
        Change::HubStopped => "HubStopped",
        Change::HubStarted => "HubStarted",
        Change::CullerStalled => "CullerStalled",
        Change::ActionTaken(_) => "ActionTaken",
        Change::AlertFired(_) => "AlertFired",
        Change::AlertEnded(_) => "AlertEnded",
        Change::LimitRefused(_) => "LimitRefused",
        Change::LimitFreed(_) => "LimitFreed",
        Change::ActionBegun(_) => "ActionBegun",
        Change::ActionFailed(_) => "ActionFailed",
        Change::PodReady(_) => "PodReady",
        Change::PodUnready(_) => "PodUnready",
        Change::ControllerScaled(_) => "ControllerScaled",
        Change::WorkloadScaled(_) => "WorkloadScaled",
        Change::TemplateChanged(_) => "TemplateChanged",
        Change::RolloutStalled(_) => "RolloutStalled",
        Change::PodVolumesMounted(_) => "PodVolumesMounted",
        Change::VolumeAttached(_) => "VolumeAttached",
        Change::VolumeDetaching(_) => "VolumeDetaching",
        Change::VolumeDetached(_) => "VolumeDetached",
        Change::VolumeUseReported(_) => "VolumeUseReported",
        Change::VolumeReplaced(_) => "VolumeReplaced",
        Change::ContainerKilled(..) => "ContainerKilled",
        Change::ChildKilled(..) => "ChildKilled",
        Change::ContainerRestarted(..) => "ContainerRestarted",
        Change::MemoryLow(_) => "MemoryLow",
        Change::MemoryPressureChanged(_) => "MemoryPressureChanged",
        Change::DiskLow(_) => "DiskLow",
        Change::DiskPressureChanged(_) => "DiskPressureChanged",
        Change::NodeStarved(_) => "NodeStarved",
        Change::ProcessStarted(_) => "ProcessStarted",
        Change::ProcessUseChanged(_) => "ProcessUseChanged",
        Change::ProcessEnded(_) => "ProcessEnded",
        Change::ProcessKilled(_) => "ProcessKilled",
        Change::RequestBegan(_) => "RequestBegan",
        Change::RequestEnded(_) => "RequestEnded",
        Change::JobTried(..) => "JobTried",
        Change::JobsAdded(..) => "JobsAdded",
        Change::QueuePurged(_) => "QueuePurged",
        Change::ImagePulled(..) => "ImagePulled",
        Change::ImageRemoved(..) => "ImageRemoved",
    }
}

const fn ready(ready: Ready) -> &'static str {
    match ready {
        Ready::True => "Ready",
        Ready::False => "NotReady",
        Ready::Unknown => "Unknown",
    }
}

const fn disruption(disruption: Disruption) -> &'static str {
    match disruption {
        Disruption::None => "normal",
        Disruption::Partial => "partly disrupted",
        Disruption::Full => "fully disrupted",
    }
}

const fn failure(failure: LaunchFailure) -> &'static str {
    match failure {
        LaunchFailure::ServiceDown => "a service that it needs did not answer",
        LaunchFailure::HubDown => "the hub did not answer",
        LaunchFailure::HubRestarted => "the hub restarted",
        LaunchFailure::SpawnLimit => "too many spawns in flight",
        LaunchFailure::ServerLimit => "too many servers",
        LaunchFailure::StartTimeout => "the pod was not running in time",
        LaunchFailure::HttpTimeout => "the server did not answer in time",
        LaunchFailure::PodLost => "the pod went away",
        LaunchFailure::RepositoryQuota => "too many pods of this repository",
        LaunchFailure::PodQuota => "too many user pods",
        LaunchFailure::BuildFailed => "the image could not be built",
        LaunchFailure::LaunchTimeout => "the launch took too long",
        LaunchFailure::LimitFull => "something that there is only so much of is used up",
        LaunchFailure::GivenUp => "the user went away",
    }
}

const fn pod_failure(failure: PodFailure) -> &'static str {
    match failure {
        PodFailure::OomKilled => "OOMKilled",
        PodFailure::Evicted => "Evicted",
    }
}

const fn stop_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::SpawnFailed => "the spawn failed",
        StopReason::Culled => "culled",
        StopReason::PodGone => "its pod was gone",
        StopReason::Shutdown => "the hub shut down",
    }
}

const fn reflector(state: ReflectorState) -> &'static str {
    match state {
        ReflectorState::Well => "it hears of every pod",
        ReflectorState::Hung => "it hears nothing and says nothing",
        ReflectorState::Lost => "its requests fail",
    }
}

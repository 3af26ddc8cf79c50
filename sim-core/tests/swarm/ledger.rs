//! The ledger: what a bystander writes down from the changes alone, and what must add up in it.
//!
//! It shares nothing with the world's counters or the metrics: whether a history is legal (each pod,
//! node, launch and server goes through its life in order, once) and whether the report says what
//! happened is judged from the feed.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::Model;
use plimsoll_core::ids::{GroupId, LaunchId, NodeId, ServerId};
use plimsoll_core::model::Act;
use plimsoll_core::placement::CORDON;
use plimsoll_core::time::{SimDuration, SimTime};
use plimsoll_core::world::{Change, Pod, ServerState, StopReason, World};

/// The most a container takes to stop: `kubelet::STOP_TIME`.
const LONGEST_STOP: SimDuration = SimDuration::from_secs(2);

/// How far a pod has come, as the changes tell.
#[derive(Clone, Copy, Default)]
struct Life {
    unschedulable: bool,
    bound: bool,
    started: Option<SimTime>,
    running_until: Option<SimTime>,
    deletion: Option<SimTime>,
    ended: Option<SimTime>,
    orphaned: Option<SimTime>,
    ready: bool,
}

/// What a bystander has written down.
#[derive(Default)]
pub struct Ledger {
    now: SimTime,
    faults: Vec<String>,
    pods: BTreeMap<u64, Life>,
    pods_created: u64,
    nodes: BTreeSet<(GroupId, u32)>,
    nodes_ever: BTreeSet<(GroupId, u32)>,
    targets: BTreeMap<GroupId, u32>,
    waiting: BTreeSet<LaunchId>,
    servers: BTreeMap<ServerId, ServerState>,
    /// When a pod without a node last went away: room that was meant for it goes to another.
    pub passed_on: SimTime,
    /// When something last changed about a node's health.
    node_changed: BTreeMap<NodeId, SimTime>,
    /// When room last appeared on a node.
    pub gained: BTreeMap<NodeId, SimTime>,
    /// When the pod of a server that still counts as ready went away.
    pub pod_gone: BTreeMap<ServerId, SimTime>,
    /// Since when the hub runs.
    pub hub_since: Option<SimTime>,
    /// Since when hub and culler both run.
    pub culler_since: Option<SimTime>,
    /// When the hub last gave up stopping a server, which it then takes for a running one again.
    pub stop_failed: BTreeMap<ServerId, SimTime>,
    /// What the report's window holds, by the summary's names.
    counts: BTreeMap<&'static str, u64>,
    /// Time that containers ran within the report's window, in microseconds.
    running_micros: u128,
}

impl Ledger {
    pub fn new(model: &Model) -> Self {
        let culler_since = model.hub.as_ref().filter(|hub| hub.service.is_none()).map(|_| SimTime::ZERO);
        Self { hub_since: culler_since, culler_since, ..Self::default() }
    }

    /// Everything that was not as it must be, so far.
    pub fn take_faults(&mut self) -> Vec<String> {
        core::mem::take(&mut self.faults)
    }

    /// Writes a change down.
    pub fn enter(&mut self, at: SimTime, change: Change, world: &World, model: &Model) {
        if at < self.now {
            self.faults.push(format!("{change:?} at {at:?}, after {:?}", self.now));
        }
        self.now = at;
        if let Err(fault) = self.check(at, change, world, model) {
            self.faults.push(format!("{at:?} {change:?}: {fault}"));
        }
    }

    fn check(&mut self, at: SimTime, change: Change, world: &World, model: &Model) -> Result<(), String> {
        match change {
            Change::PodCreated(_)
            | Change::PodUnschedulable(_)
            | Change::PodReasonChanged(_)
            | Change::PodBound(_)
            | Change::PodStarted(_)
            | Change::PodEnded(_)
            | Change::PodReady(_)
            | Change::PodUnready(_)
            | Change::PodDeletionRequested(_)
            | Change::PodRestarting(_)
            | Change::PodOrphaned(_)
            | Change::PodRemoved(_) => self.pod(at, change, world, model),
            Change::GroupTargetChanged(_)
            | Change::NodeFaultChanged(_)
            | Change::NodeReadyChanged(_)
            | Change::NodeTaintsChanged(_)
            | Change::NodeAdded(_)
            | Change::NodeUncordoned(_)
            | Change::NominationEnded(_)
            | Change::NodeRemoved(_) => self.node(at, change, world, model),
            Change::LaunchStarted(launch) => {
                self.count("launches", at, model);
                ensure(self.waiting.insert(launch), "a launch waits twice")
            }
            Change::LaunchSucceeded(launch) => {
                self.count("launchesSucceeded", at, model);
                ensure(world.services().launches[launch].failure.is_none(), "it has failed")?;
                ensure(self.waiting.remove(&launch), "nobody waits for it")
            }
            Change::LaunchFailed(launch) => {
                self.count("launchesFailed", at, model);
                ensure(world.services().launches[launch].failure.is_some(), "nothing says why")?;
                ensure(self.waiting.remove(&launch), "nobody waits for it")
            }
            Change::ServerCreated(_)
            | Change::ServerReady(_)
            | Change::ServerStopping(_)
            | Change::ServerRemoved(_) => self.server(at, change, world, model),
            Change::ServerStopFailed(server) => {
                self.stop_failed.insert(server, at);
                let before = self.servers.insert(server, ServerState::Ready);
                ensure(before == Some(ServerState::Stopping), "it was not stopping")
            }
            Change::HubStarted => {
                (self.hub_since, self.culler_since) = (Some(at), Some(at));
                Ok(())
            }
            Change::HubStopped => {
                (self.hub_since, self.culler_since) = (None, None);
                Ok(())
            }
            Change::CullerStalled => {
                self.culler_since = None;
                Ok(())
            }
            Change::GroupLimitsChanged(_)
            | Change::NodeCordoned(_)
            | Change::NodeResetRequested(_)
            | Change::NodeReclaimed(_)
            | Change::FaultStruck(..)
            | Change::ZoneDisruptionChanged(_)
            | Change::StockChanged
            | Change::NodeDeletionRequested(_)
            | Change::ControllerScaled(_)
            | Change::WorkloadScaled(_)
            | Change::TemplateChanged(_)
            | Change::RolloutStalled(_)
            | Change::PodVolumesMounted(_)
            | Change::VolumeAttached(_)
            | Change::VolumeDetaching(_)
            | Change::VolumeDetached(_)
            | Change::VolumeUseReported(_)
            | Change::VolumeReplaced(_)
            | Change::SpawnRequested(_)
            | Change::SpawnFailed(_)
            | Change::ReflectorChanged
            | Change::ContainerKilled(..)
            | Change::ChildKilled(..)
            | Change::ContainerRestarted(..)
            | Change::MemoryLow(_)
            | Change::DiskLow(_)
            | Change::DiskPressureChanged(_)
            | Change::MemoryPressureChanged(_)
            | Change::NodeStarved(_)
            | Change::ProcessStarted(_)
            | Change::ProcessUseChanged(_)
            | Change::ProcessEnded(_)
            | Change::ProcessKilled(_)
            | Change::ImagePulled(..)
            | Change::ImageRemoved(..)
            | Change::RequestBegan(_)
            | Change::RequestEnded(_)
            | Change::JobTried(..)
            | Change::JobsAdded(..)
            | Change::QueuePurged(_)
            | Change::AlertFired(_)
            | Change::AlertEnded(_)
            | Change::LimitRefused(_)
            | Change::LimitFreed(_)
            | Change::ActionBegun(_)
            | Change::ActionFailed(_)
            | Change::ActionTaken(_) => Ok(()),
        }
    }

    fn pod(&mut self, at: SimTime, change: Change, world: &World, model: &Model) -> Result<(), String> {
        let (Change::PodCreated(pod)
        | Change::PodUnschedulable(pod)
        | Change::PodBound(pod)
        | Change::PodStarted(pod)
        | Change::PodEnded(pod)
        | Change::PodReady(pod)
        | Change::PodUnready(pod)
        | Change::PodDeletionRequested(pod)
        | Change::PodRestarting(pod)
        | Change::PodOrphaned(pod)
        | Change::PodRemoved(pod)) = change
        else {
            return Ok(());
        };
        let row = &world.cluster().pods[pod];
        if let Change::PodCreated(_) = change {
            self.count("podsCreated", at, model);
            ensure(row.uid == self.pods_created, "pods are numbered as they come")?;
            self.pods_created += 1;
            self.pods.insert(row.uid, Life::default());
            return Ok(());
        }
        let mut life = *self.pods.get(&row.uid).ok_or("nobody made it, or it is gone")?;
        match change {
            Change::PodUnschedulable(_) => {
                ensure(!life.bound && !life.unschedulable, "it was so before, or has a node")?;
                life.unschedulable = true;
            }
            Change::PodBound(_) => {
                ensure(!life.bound && life.deletion.is_none(), "it has a node, or is to go")?;
                life.bound = true;
                let node = row.node.ok_or("no node")?;
                let node = &world.cluster().nodes[node];
                let class = &model.classes[row.class];
                ensure(class.admits[node.group], "the node does not take it")?;
                let daemon = world.is_daemon(model, pod);
                ensure(
                    daemon || node.is_schedulable() || class.spec.tolerates(&CORDON),
                    "the node is cordoned",
                )?;
            }
            Change::PodStarted(_) => {
                ensure(life.bound && life.started.is_none(), "it has no node, or runs")?;
                ensure(life.deletion.is_none(), "it is to go")?;
                life.started = Some(at);
            }
            Change::PodEnded(_) => {
                let started = life.started.ok_or("it never ran")?;
                // A kubelet that was silent reports it when it speaks again.
                let late = row.node.is_some_and(|node| self.node_changed.get(&node) == Some(&at));
                let worked = Some(at.since(started));
                ensure(
                    worked == row.lifetime || late && worked > row.lifetime,
                    "not at the end of its work",
                )?;
                life.ended = Some(at);
                life.running_until = life.running_until.or(Some(at));
                self.gained.extend(row.node.map(|node| (node, at)));
            }
            Change::PodReady(_) => {
                ensure(life.started.is_some() && !life.ready, "it does not run, or was Ready")?;
                life.ready = true;
            }
            Change::PodUnready(_) => {
                ensure(life.ready, "it was not Ready")?;
                life.ready = false;
            }
            Change::PodDeletionRequested(_) => {
                ensure(life.bound && life.deletion.is_none(), "it has no node, or is to go")?;
                life.deletion = Some(at);
                life.running_until = life.running_until.or(Some(at));
            }
            Change::PodRestarting(_) => {
                let started = life.started.ok_or("it never ran")?;
                ensure(
                    row.node.is_some_and(|node| world.cluster().nodes[node].health.booted_at > started),
                    "its machine never went",
                )?;
                self.ran(Life { running_until: life.running_until.or(Some(at)), ..life }, at, model);
                life.started = None;
            }
            Change::PodOrphaned(_) => {
                ensure(life.bound && life.orphaned.is_none(), "it had no node")?;
                life.orphaned = Some(at);
                life.running_until = life.running_until.or(Some(at));
            }
            _ => {
                self.removed(at, life, row, world, model)?;
                self.count("podsRemoved", at, model);
                match row.node {
                    Some(node) => drop(self.gained.insert(node, at)),
                    None => self.passed_on = at,
                }
                if let Some(server) = row.server.and_then(|handle| world.services().servers.resolve(handle)) {
                    self.pod_gone.insert(server, at);
                }
                self.ran(life, at, model);
                self.pods.remove(&row.uid);
                return Ok(());
            }
        }
        self.pods.insert(row.uid, life);
        Ok(())
    }

    /// Who may delete a pod object, and when: its kubelet once the container has stopped, podgc when the
    /// node is gone or out of service, or somebody by force.
    fn removed(
        &self,
        at: SimTime,
        life: Life,
        row: &Pod,
        world: &World,
        model: &Model,
    ) -> Result<(), String> {
        let forced = |act: &Act| matches!(act, Act::DeletePods { force: true, .. });
        if model.timeline.iter().any(|action| action.at == at && action.acts.iter().any(forced)) {
            return Ok(());
        }
        if let Some(orphaned) = life.orphaned {
            let waited = at.since(orphaned).as_secs_f64();
            return ensure((40.0..=60.0).contains(&waited), "podgc takes 40 to 60 s");
        }
        let Some(node) = row.node else {
            return ensure(row.deletion_requested_at.is_some(), "nobody asked for it to go");
        };
        let taints = &world.cluster().nodes[node].taints;
        let out_of_service =
            taints.iter().any(|there| there.taint.key == "node.kubernetes.io/out-of-service");
        match (life.ended, life.deletion) {
            (Some(ended), _) => ensure(ended == at, "its object outlives its work"),
            (None, Some(_)) if out_of_service => Ok(()),
            (None, Some(deletion)) => {
                let changed = self.node_changed.get(&node).copied().unwrap_or_default();
                ensure(at.since(deletion.max(changed)) <= LONGEST_STOP, "it takes too long to stop")
            }
            (None, None) => Err("neither done nor asked to go".into()),
        }
    }

    /// Adds the time that a pod ran to the window's sum.
    fn ran(&mut self, life: Life, at: SimTime, model: &Model) {
        if let Some(started) = life.started {
            let until = life.running_until.unwrap_or(at);
            let from = started.max(model.clock.report_start());
            self.running_micros += u128::from(until.since(from).as_micros());
        }
    }

    fn node(&mut self, at: SimTime, change: Change, world: &World, model: &Model) -> Result<(), String> {
        let nodes = &world.cluster().nodes;
        match change {
            Change::GroupTargetChanged(group) => {
                let row = world.cluster().groups[group];
                let before = self.targets.insert(group, row.target).unwrap_or(model.groups[group].initial);
                ensure(row.target <= before || row.target <= row.max, "more nodes wanted than the ceiling")
            }
            Change::NodeAdded(node) => {
                self.count("nodesAdded", at, model);
                let key = (nodes[node].group, nodes[node].ordinal);
                self.gained.insert(node, at);
                self.nodes.insert(key);
                ensure(self.nodes_ever.insert(key), "two nodes of one name")
            }
            Change::NodeUncordoned(node) | Change::NominationEnded(node) => {
                self.gained.insert(node, at);
                Ok(())
            }
            Change::NodeFaultChanged(node)
            | Change::NodeReadyChanged(node)
            | Change::NodeTaintsChanged(node) => {
                self.gained.insert(node, at);
                self.node_changed.insert(node, at);
                Ok(())
            }
            Change::NodeRemoved(node) => {
                self.count("nodesRemoved", at, model);
                ensure(self.nodes.remove(&(nodes[node].group, nodes[node].ordinal)), "it was not there")
            }
            _ => Ok(()),
        }
    }

    fn server(&mut self, at: SimTime, change: Change, world: &World, model: &Model) -> Result<(), String> {
        let rows = &world.services().servers;
        match change {
            Change::ServerCreated(server) => {
                ensure(world.services().hub_up, "the hub is down")?;
                self.pod_gone.remove(&server);
                let before = self.servers.insert(server, ServerState::Spawning);
                ensure(before.is_none(), "the record is in use")
            }
            Change::ServerReady(server) => {
                let (Some(hub), row) = (&model.hub, &rows[server]) else {
                    return Err("there is no hub".into());
                };
                let pod = world.cluster().pods.resolve(row.pod).ok_or("it has no pod")?;
                let started = self.pods.get(&world.cluster().pods[pod].uid).and_then(|life| life.started);
                let started = started.ok_or("its pod does not run")?;
                ensure(at.since(started) <= hub.http_timeout, "it answers after the HTTP timeout")?;
                ensure(
                    started.since(row.created_at) <= hub.start_timeout,
                    "it starts after the start timeout",
                )?;
                let before = self.servers.insert(server, ServerState::Ready);
                ensure(before == Some(ServerState::Spawning), "it was not being spawned")
            }
            Change::ServerStopping(server) => {
                if rows[server].stop_reason == Some(StopReason::Culled) {
                    self.count("serversCulled", at, model);
                    ensure(self.culler_since.is_some(), "the culler does not run")?;
                }
                let before = self.servers.insert(server, ServerState::Stopping);
                ensure(before.is_some_and(|before| before != ServerState::Stopping), "it was stopping")
            }
            Change::ServerRemoved(server) => {
                self.pod_gone.remove(&server);
                ensure(self.servers.remove(&server) == Some(ServerState::Stopping), "it was not stopping")
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, what: &'static str, at: SimTime, model: &Model) {
        *self.counts.entry(what).or_default() += u64::from(at >= model.clock.report_start());
    }

    /// Conservation at the end of the run: what came and did not go is there.
    pub fn close(&mut self, world: &World, model: &Model) {
        let (cluster, services) = (world.cluster(), world.services());
        for (what, written, there) in [
            ("pods", self.pods.len(), cluster.pods.len()),
            ("nodes", self.nodes.len(), cluster.nodes.len()),
            ("launches", self.waiting.len(), services.launches.len()),
            ("servers", self.servers.len(), services.servers.len()),
        ] {
            if written != there {
                self.faults.push(format!("{written} {what} by the changes, {there} in the world"));
            }
        }
        for life in core::mem::take(&mut self.pods).into_values() {
            self.ran(life, model.clock.horizon, model);
        }
    }

    /// The report's figures must be what was written down. Little's law is among them, as an identity: the
    /// mean number of running containers times the window is the time that they ran.
    pub fn compare(&mut self, summary: impl Fn(&str) -> Option<f64>, model: &Model) {
        for (name, count) in &self.counts {
            if summary(name).is_some_and(|figure| figure != *count as f64) {
                self.faults
                    .push(format!("{name} is {:?} in the report, {count} by the changes", summary(name)));
            }
        }
        let seconds = self.running_micros as f64 / 1e6;
        let figure = summary("meanPodsRunning").unwrap_or(0.0) * model.clock.report_duration().as_secs_f64();
        if (figure - seconds).abs() > 1e-7 * seconds.max(1.0) {
            self.faults.push(format!("containers ran {figure} s by the report, {seconds} s by the changes"));
        }
    }
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

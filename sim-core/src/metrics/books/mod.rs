//! The books: all levels, flows and samples of a run, and what every change writes into them.
//!
//! The world may be ahead of the feed: an observer that hears of a pod's creation may find it bound
//! already. So the books keep, in tables beside the world's, the state that each pod, node and server
//! had when they last heard of it, and read from the world only what never changes in a row's life.

mod nodes;
mod pods;

use self::nodes::NodeEntry;
use self::pods::{PodEntry, PodState};
use super::flow::Flows;
use super::layout::{Dimensions, Layout, Place};
use super::level::Levels;
use super::sample::Samples;
use crate::check::{Flow, Kind, Level, Sample};
use crate::ids::{AudienceId, GroupId, Id, LaunchId, NodeId, PodId, ServerId};
use crate::model::Model;
use crate::resources::Resources;
use crate::time::SimTime;
use crate::world::{Change, Launch, Server, StopReason, World};

/// Shares are kept in thousandths of a millionth, so that levels are integers throughout.
pub(super) const PARTS: f64 = 1e9;
/// Prices are kept in millionths of a dollar.
pub(super) const MICROS: f64 = 1e6;

/// All levels, flows and samples, and where they stand.
#[derive(Clone, Debug)]
pub(super) struct Books {
    pub dimensions: Dimensions,
    pub level_layout: Layout<{ Level::COUNT }>,
    pub flow_layout: Layout<{ Flow::COUNT }>,
    pub sample_layout: Layout<{ Sample::COUNT }>,
    pub levels: Levels,
    pub flows: Flows,
    pub samples: Samples,
    pods: Vec<PodEntry>,
    nodes: Vec<NodeEntry>,
    servers: Vec<ServerState>,
    /// Requested by pods on nodes, and allocatable on Ready nodes: everywhere, then by group.
    requested: Vec<Resources>,
    allocatable: Vec<Resources>,
    /// Target size and ceiling of each group.
    targets: Vec<u32>,
    ceilings: Vec<u32>,
    /// The node that starved last.
    starved: Option<NodeId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum ServerState {
    #[default]
    Spawning,
    Ready,
    Stopping,
}

impl ServerState {
    const fn level(self) -> Option<Level> {
        match self {
            Self::Spawning => Some(Level::ServersSpawning),
            Self::Ready => Some(Level::ServersReady),
            Self::Stopping => None,
        }
    }
}

impl Books {
    /// The books at the beginning of a run: no nodes, no pods, the groups' targets and ceilings.
    pub fn new(model: &Model) -> Self {
        let dimensions = Dimensions::of(model);
        let level_layout = Layout::new(&dimensions, Kind::Level);
        let flow_layout = Layout::new(&dimensions, Kind::Flow);
        let sample_layout = Layout::new(&dimensions, Kind::Duration);
        let places = model.groups.len() + 1;
        Self {
            levels: Levels::new(level_layout.len()),
            flows: Flows::new(flow_layout.len(), model.clock.report_start()),
            samples: Samples::new(sample_layout.len(), model.clock.horizon.since(SimTime::ZERO)),
            dimensions,
            level_layout,
            flow_layout,
            sample_layout,
            pods: Vec::new(),
            nodes: Vec::new(),
            servers: Vec::new(),
            requested: vec![Resources::ZERO; places],
            allocatable: vec![Resources::ZERO; places],
            targets: model.groups.iter().map(|group| group.initial).collect(),
            ceilings: model.groups.iter().map(|group| group.max).collect(),
            starved: None,
        }
    }

    /// Enters what is there when the run begins: the groups' targets and ceilings. To be called when
    /// everything that will be read is known.
    pub fn open(&mut self, model: &Model) {
        for (group, row) in model.groups.iter_enumerated() {
            self.level(Level::NodesTarget, in_group(group), i64::from(row.initial), SimTime::ZERO);
            self.level(Level::NodesCeiling, in_group(group), i64::from(row.max), SimTime::ZERO);
        }
    }

    /// Writes a change into the books.
    pub fn enter(&mut self, now: SimTime, change: Change, world: &World, model: &Model) {
        let (cluster, services) = (world.cluster(), world.services());
        match change {
            Change::PodCreated(pod) => self.pod_created(pod, &cluster.pods[pod], now),
            Change::PodUnschedulable(pod) => {
                self.flow(Flow::PodsUnschedulable, self.pods[pod.index()].place, 1, now);
            }
            Change::PodBound(pod) => self.pod_bound(pod, &cluster.pods[pod], world, now),
            Change::PodStarted(pod) => self.pod_started(pod, &cluster.pods[pod], model, now),
            Change::PodEnded(pod) => self.pod_ended(pod, &cluster.pods[pod], now),
            Change::PodDeletionRequested(pod) => {
                self.set_ready(pod, false, now);
                self.move_pod(pod, PodState::Terminating, now);
                self.judge_stuck(pod, world, now);
            }
            Change::PodReady(pod) => self.set_ready(pod, true, now),
            Change::PodUnready(pod) => self.set_ready(pod, false, now),
            Change::PodRestarting(pod) => self.pod_restarting(pod, now),
            Change::PodOrphaned(pod) => self.pod_orphaned(pod, &cluster.pods[pod], world, now),
            Change::PodRemoved(pod) => self.pod_removed(pod, &cluster.pods[pod], now),
            Change::GroupTargetChanged(group) => {
                self.target_changed(group, cluster.groups[group].target, now);
            }
            Change::GroupLimitsChanged(group) => {
                self.ceiling_changed(group, cluster.groups[group].max, now);
            }
            Change::NodeAdded(node) => self.node_added(node, &cluster.nodes[node], model, now),
            Change::NodeCordoned(node) => {
                self.change_node(node, &cluster.nodes[node], now, |entry| entry.cordoned = true);
            }
            Change::NodeUncordoned(node) => {
                self.change_node(node, &cluster.nodes[node], now, |entry| entry.cordoned = false);
            }
            Change::NodeReadyChanged(node) => self.ready_changed(node, world, model, now),
            Change::NodeFaultChanged(node) => self.fault_changed(node, world, model, now),
            Change::NodeDeletionRequested(node) => {
                self.change_node(node, &cluster.nodes[node], now, |entry| entry.leaving = true);
            }
            Change::NodeRemoved(node) => self.node_removed(node, &cluster.nodes[node], model, now),
            Change::LaunchStarted(launch) => {
                let place = of_launch(launch, world);
                self.level(Level::UsersWaiting, place, 1, now);
                self.flow(Flow::LaunchStarted, place, 1, now);
            }
            Change::LaunchSucceeded(launch) => self.launch_succeeded(&services.launches[launch], now),
            Change::LaunchFailed(launch) => {
                let place = of_launch(launch, world);
                self.level(Level::UsersWaiting, place, -1, now);
                self.flow(Flow::LaunchFailed, place, 1, now);
            }
            Change::ServerCreated(server) => {
                let place = of_audience(services.servers[server].audience);
                *slot_of(&mut self.servers, server.index()) = ServerState::Spawning;
                self.level(Level::ServersTotal, place, 1, now);
                self.level(Level::ServersSpawning, place, 1, now);
            }
            Change::ServerReady(server) => {
                self.move_server(server, &services.servers[server], ServerState::Ready, now);
            }
            Change::ServerStopping(server) => {
                let row = &services.servers[server];
                self.move_server(server, row, ServerState::Stopping, now);
                if row.stop_reason == Some(StopReason::Culled) {
                    self.flow(Flow::ServersCulled, of_audience(row.audience), 1, now);
                }
            }
            Change::ServerStopFailed(server) => {
                self.move_server(server, &services.servers[server], ServerState::Ready, now);
            }
            Change::ServerRemoved(server) => {
                let row = &services.servers[server];
                self.move_server(server, row, ServerState::Stopping, now);
                self.level(Level::ServersTotal, of_audience(row.audience), -1, now);
            }
            Change::ContainerKilled(pod, _) => {
                self.stop_container(pod, now);
                self.wait_for_restart(pod, &cluster.pods[pod], now);
                self.flow(Flow::OomKills, self.pods[pod.index()].place, 1, now);
            }
            Change::ChildKilled(pod, _) => self.flow(Flow::OomKills, self.pods[pod.index()].place, 1, now),
            Change::NodeStarved(node) => {
                let place = in_group(cluster.nodes[node].group);
                self.flow(Flow::NodesStarved, place, 1, now);
                let spreads = self.starved_by_the_same(node, world);
                self.flow(Flow::NodesStarvedAgain, place, u64::from(spreads), now);
            }
            Change::MemoryPressureChanged(node) => {
                self.set_pressure(
                    node,
                    world.memory().on(node).pressure,
                    in_group(cluster.nodes[node].group),
                    now,
                );
            }
            Change::ContainerRestarted(pod, _) => {
                self.container_restarted(pod, &cluster.pods[pod], model, now)
            }
            Change::JobTried(_, done) => {
                let flow = if done { Flow::JobsDone } else { Flow::JobsFailed };
                self.flow(flow, Place::default(), 1, now);
            }
            Change::RequestBegan(_)
            | Change::RequestEnded(_)
            | Change::JobsAdded(..)
            | Change::QueuePurged(_)
            | Change::ImagePulled(..)
            | Change::ImageRemoved(..)
            | Change::MemoryLow(_)
            | Change::DiskLow(_)
            | Change::DiskPressureChanged(_)
            | Change::ProcessStarted(_)
            | Change::ProcessUseChanged(_)
            | Change::ProcessEnded(_)
            | Change::ProcessKilled(_)
            | Change::PodReasonChanged(_)
            | Change::NominationEnded(_)
            | Change::NodeTaintsChanged(_)
            | Change::NodeResetRequested(_)
            | Change::NodeReclaimed(_)
            | Change::FaultStruck(..)
            | Change::ZoneDisruptionChanged(_)
            | Change::StockChanged
            | Change::HubStopped
            | Change::HubStarted
            | Change::CullerStalled
            | Change::SpawnRequested(_)
            | Change::SpawnFailed(_)
            | Change::ReflectorChanged
            | Change::AlertFired(_)
            | Change::AlertEnded(_)
            | Change::LimitRefused(_)
            | Change::LimitFreed(_)
            | Change::ActionBegun(_)
            | Change::ActionFailed(_)
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
            | Change::ActionTaken(_) => {}
        }
    }

    /// Whose a pod is, and in which group it is or was.
    pub fn place_of(&self, pod: PodId) -> Place {
        self.pods.get(pod.index()).map_or(Place::default(), |entry| entry.place)
    }

    fn launch_succeeded(&mut self, row: &Launch, now: SimTime) {
        let place = of_audience(row.audience);
        self.level(Level::UsersWaiting, place, -1, now);
        self.flow(Flow::LaunchSucceeded, place, 1, now);
        self.sample(Sample::LaunchWait, place, row.started_at, now);
    }

    fn move_server(&mut self, server: ServerId, row: &Server, state: ServerState, now: SimTime) {
        let was = core::mem::replace(&mut self.servers[server.index()], state);
        let place = of_audience(row.audience);
        for (level, step) in [(was.level(), -1), (state.level(), 1)] {
            if let Some(level) = level {
                self.level(level, place, step, now);
            }
        }
    }

    /// What pods request, or what nodes offer, changed in a group.
    fn requests_changed(&mut self, group: u32, now: SimTime) {
        for group in [0, group] {
            let place = Place { owner: 0, group };
            let (requested, allocatable) = (self.requested[group as usize], self.allocatable[group as usize]);
            for (level, value) in [
                (Level::MemoryRequestedBytes, requested.memory_bytes as i64),
                (Level::CpuRequestedMillis, requested.cpu_millis as i64),
            ] {
                if let Some(slot) = self.level_layout.kept(level as usize, place) {
                    self.levels.set(slot, value, now);
                }
            }
            for (level, part, whole) in [
                (Level::MemoryRequested, requested.memory_bytes, allocatable.memory_bytes),
                (Level::CpuRequested, requested.cpu_millis, allocatable.cpu_millis),
            ] {
                if let Some(slot) = self.level_layout.kept(level as usize, place) {
                    self.levels.set(slot, share(part, whole), now);
                }
            }
        }
    }

    fn level(&mut self, level: Level, place: Place, step: i64, now: SimTime) {
        if step != 0 {
            let levels = &mut self.levels;
            self.level_layout.for_each_slot(level as usize, place, |slot| levels.add(slot, step, now));
        }
    }

    fn flow(&mut self, flow: Flow, place: Place, times: u64, now: SimTime) {
        let flows = &mut self.flows;
        self.flow_layout.for_each_slot(flow as usize, place, |slot| flows.add(slot, times, now));
    }

    fn sample(&mut self, sample: Sample, place: Place, since: SimTime, now: SimTime) {
        let samples = &mut self.samples;
        let span = now.since(since);
        self.sample_layout.for_each_slot(sample as usize, place, |slot| samples.add(slot, span, now));
    }
}

const fn in_place(owner: u32, group: u32) -> Place {
    Place { owner, group }
}

fn in_group(group: GroupId) -> Place {
    in_place(0, Dimensions::group(group))
}

fn of_audience(audience: AudienceId) -> Place {
    in_place(Dimensions::audience(audience), 0)
}

fn of_launch(launch: LaunchId, world: &World) -> Place {
    of_audience(world.services().launches[launch].audience)
}

/// The row of a slot, made if it is the first of its number.
fn slot_of<T: Clone + Default>(rows: &mut Vec<T>, index: usize) -> &mut T {
    if index >= rows.len() {
        rows.resize(index + 1, T::default());
    }
    &mut rows[index]
}

/// `part` of `whole` in [`PARTS`]; nothing of nothing is nothing.
fn share(part: u64, whole: u64) -> i64 {
    if whole == 0 { 0 } else { (part as f64 / whole as f64 * PARTS + 0.5) as i64 }
}

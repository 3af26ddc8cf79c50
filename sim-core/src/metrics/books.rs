//! The books: all levels, flows and samples of a run, and what every change writes into them.
//!
//! The world may be ahead of the feed: an observer that hears of a pod's creation may find it bound
//! already. So the books keep, in tables beside the world's, the state that each pod, node and server
//! had when they last heard of it, and read from the world only what never changes in a row's life.

use super::flow::Flows;
use super::layout::{Dimensions, Layout, Place};
use super::level::Levels;
use super::sample::Samples;
use crate::check::{Flow, Kind, Level, Sample};
use crate::ids::{AudienceId, GroupId, Id, LaunchId, NodeId, PodId, ServerId};
use crate::model::Model;
use crate::resources::Resources;
use crate::time::SimTime;
use crate::world::{
    Change, Death, DeathKind, Launch, Machine, Node, Pod, PodFailure, PodOwner, Ready, Server, StopReason,
    World,
};

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

/// What the books know of a pod.
#[derive(Clone, Copy, Debug, Default)]
struct PodEntry {
    place: Place,
    state: PodState,
    /// Its container runs.
    alive: bool,
    /// It holds requests on its node.
    holds: bool,
    /// It is Ready and not to go.
    ready: bool,
    /// Its container ran before.
    has_run: bool,
    /// It is terminating, and nobody confirms it.
    stuck: bool,
    /// Containers that wait to be started again.
    waiting: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum PodState {
    #[default]
    Pending,
    Starting,
    Running,
    Ended,
    /// Its Node object is gone.
    Lost,
    Terminating,
}

impl PodState {
    /// The level that counts it; pods that have ended count in the total only.
    const fn level(self) -> Option<Level> {
        match self {
            Self::Pending => Some(Level::PodsPending),
            Self::Starting => Some(Level::PodsStarting),
            Self::Running => Some(Level::PodsRunning),
            Self::Ended | Self::Lost => None,
            Self::Terminating => Some(Level::PodsTerminating),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct NodeEntry {
    cordoned: bool,
    leaving: bool,
    ready: Ready,
    /// Its machine exists.
    paid_for: bool,
    /// It has the condition MemoryPressure.
    pressure: bool,
}

impl Default for NodeEntry {
    fn default() -> Self {
        Self { cordoned: false, leaving: false, ready: Ready::True, paid_for: true, pressure: false }
    }
}

impl NodeEntry {
    fn schedulable(self) -> i64 {
        i64::from(!self.cordoned && !self.leaving && self.ready == Ready::True)
    }

    /// The level that counts its condition.
    const fn level(self) -> Level {
        match self.ready {
            Ready::True => Level::NodesReady,
            Ready::False => Level::NodesNotReady,
            Ready::Unknown => Level::NodesUnknown,
        }
    }
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

    fn pod_created(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        let owner = match row.owner {
            PodOwner::Workload(workload) => self.dimensions.workload(workload),
            PodOwner::User(audience) => Dimensions::audience(audience),
        };
        let place = Place { owner, group: 0 };
        *slot_of(&mut self.pods, pod.index()) = PodEntry { place, ..PodEntry::default() };
        self.level(Level::PodsTotal, place, 1, now);
        self.level(Level::PodsPending, place, 1, now);
        self.flow(Flow::PodsCreated, place, 1, now);
    }

    fn pod_bound(&mut self, pod: PodId, row: &Pod, world: &World, now: SimTime) {
        let Some(node) = row.node else { return };
        let group = Dimensions::group(world.cluster().nodes[node].group);
        // The pod was in no group so far.
        self.count_state(pod, -1, now);
        let entry = &mut self.pods[pod.index()];
        entry.place.group = group;
        entry.state = PodState::Starting;
        entry.holds = true;
        let place = entry.place;
        let levels = &mut self.levels;
        self.level_layout
            .for_each_slot_in_group(Level::PodsTotal as usize, place, |slot| levels.add(slot, 1, now));
        self.count_state(pod, 1, now);
        self.flow(Flow::PodsBound, place, 1, now);
        self.requested[0] += row.requests;
        self.requested[group as usize] += row.requests;
        self.requests_changed(group, now);
    }

    fn pod_started(&mut self, pod: PodId, row: &Pod, model: &Model, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        entry.alive = true;
        let has_run = core::mem::replace(&mut entry.has_run, true);
        let (place, state) = (entry.place, entry.state);
        self.level(Level::ContainersAlive, place, 1, now);
        if state == PodState::Starting {
            self.move_pod(pod, PodState::Running, now);
            // Where nobody asks for readiness, running is all there is to know.
            self.set_ready(pod, !is_asked(row, model), now);
        }
        self.flow(Flow::PodsStarted, place, 1, now);
        if !has_run {
            self.sample(Sample::PodsWait, place, row.created_at, now);
        }
    }

    fn pod_ended(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        self.stop_container(pod, now);
        self.give_back(pod, row.requests, now);
        if self.pods[pod.index()].state == PodState::Running {
            self.move_pod(pod, PodState::Ended, now);
        }
        let place = self.pods[pod.index()].place;
        self.flow(Flow::PodsEnded, place, 1, now);
        self.flow(Flow::PodsEvicted, place, u64::from(row.failure == Some(PodFailure::Evicted)), now);
    }

    /// Containers of the pod that wait to be started again.
    fn wait_for_restart(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        let waiting = if entry.holds { row.containers.iter().filter(|of| of.down).count() as u32 } else { 0 };
        let (place, was) = (entry.place, core::mem::replace(&mut entry.waiting, waiting));
        self.level(Level::ContainersWaiting, place, i64::from(waiting) - i64::from(was), now);
    }

    /// Whether what starved the node has starved another before.
    fn starved_by_the_same(&mut self, node: NodeId, world: &World) -> bool {
        let starved = |death: &&Death| death.kind == DeathKind::Starved;
        let mut deaths = world.memory().deaths.iter().rev().filter(starved);
        let Some(last) = deaths.next() else { return false };
        // The node may have been lost before by itself.
        let again = deaths.any(|death| death.cause == last.cause) && self.starved != Some(node);
        self.starved = Some(node);
        again
    }

    fn set_pressure(&mut self, node: NodeId, pressure: bool, place: Place, now: SimTime) {
        let was = core::mem::replace(&mut self.nodes[node.index()].pressure, pressure);
        self.level(Level::NodesMemoryPressure, place, i64::from(pressure) - i64::from(was), now);
    }

    fn container_restarted(&mut self, pod: PodId, row: &Pod, model: &Model, now: SimTime) {
        self.flow(Flow::ContainersRestarted, self.pods[pod.index()].place, 1, now);
        self.wait_for_restart(pod, row, now);
        let entry = &mut self.pods[pod.index()];
        if entry.holds && !core::mem::replace(&mut entry.alive, true) {
            let place = entry.place;
            self.level(Level::ContainersAlive, place, 1, now);
            self.set_ready(pod, !is_asked(row, model), now);
        }
    }

    fn pod_restarting(&mut self, pod: PodId, now: SimTime) {
        self.stop_container(pod, now);
        let entry = &mut self.pods[pod.index()];
        let (place, waiting) = (entry.place, core::mem::take(&mut entry.waiting));
        self.level(Level::ContainersWaiting, place, -i64::from(waiting), now);
        if self.pods[pod.index()].state == PodState::Running {
            self.move_pod(pod, PodState::Starting, now);
        }
    }

    fn pod_orphaned(&mut self, pod: PodId, row: &Pod, world: &World, now: SimTime) {
        self.stop_container(pod, now);
        self.give_back(pod, row.requests, now);
        if self.pods[pod.index()].state != PodState::Terminating {
            self.move_pod(pod, PodState::Lost, now);
        }
        self.judge_stuck(pod, world, now);
    }

    /// A terminating pod is stuck while its node is not Ready, or gone.
    fn judge_stuck(&mut self, pod: PodId, world: &World, now: SimTime) {
        let confirmed =
            world.cluster().pods[pod].node.is_some_and(|node| self.nodes[node.index()].ready == Ready::True);
        let entry = &mut self.pods[pod.index()];
        let stuck = entry.state == PodState::Terminating && !confirmed;
        let was = core::mem::replace(&mut entry.stuck, stuck);
        let place = entry.place;
        self.level(Level::PodsStuck, place, i64::from(stuck) - i64::from(was), now);
    }

    fn pod_removed(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        self.stop_container(pod, now);
        self.give_back(pod, row.requests, now);
        self.count_state(pod, -1, now);
        let entry = &mut self.pods[pod.index()];
        let stuck = core::mem::replace(&mut entry.stuck, false);
        let place = entry.place;
        self.level(Level::PodsStuck, place, -i64::from(stuck), now);
        self.level(Level::PodsTotal, place, -1, now);
        self.flow(Flow::PodsRemoved, place, 1, now);
        self.sample(Sample::PodsLifetime, place, row.created_at, now);
        if row.spawn_failed {
            self.sample(Sample::PodsFailedLifetime, place, row.created_at, now);
        }
    }

    fn set_ready(&mut self, pod: PodId, ready: bool, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        let ready = ready && entry.state == PodState::Running;
        let (place, was) = (entry.place, core::mem::replace(&mut entry.ready, ready));
        self.level(Level::PodsReady, place, i64::from(ready) - i64::from(was), now);
    }

    fn stop_container(&mut self, pod: PodId, now: SimTime) {
        self.set_ready(pod, false, now);
        self.container_dies(pod, now);
    }

    /// What only who is there notices.
    fn container_dies(&mut self, pod: PodId, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        if core::mem::replace(&mut entry.alive, false) {
            let place = entry.place;
            self.level(Level::ContainersAlive, place, -1, now);
        }
    }

    fn give_back(&mut self, pod: PodId, requests: Resources, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        let (place, waiting) = (entry.place, core::mem::take(&mut entry.waiting));
        self.level(Level::ContainersWaiting, place, -i64::from(waiting), now);
        let entry = &mut self.pods[pod.index()];
        if core::mem::replace(&mut entry.holds, false) {
            let group = entry.place.group;
            self.requested[0] -= requests;
            self.requested[group as usize] -= requests;
            self.requests_changed(group, now);
        }
    }

    fn move_pod(&mut self, pod: PodId, state: PodState, now: SimTime) {
        self.count_state(pod, -1, now);
        self.pods[pod.index()].state = state;
        self.count_state(pod, 1, now);
    }

    fn count_state(&mut self, pod: PodId, step: i64, now: SimTime) {
        let PodEntry { place, state, .. } = self.pods[pod.index()];
        if let Some(level) = state.level() {
            self.level(level, place, step, now);
        }
    }

    fn target_changed(&mut self, group: GroupId, target: u32, now: SimTime) {
        let was = core::mem::replace(&mut self.targets[group.index()], target);
        self.level(Level::NodesTarget, in_group(group), i64::from(target) - i64::from(was), now);
        self.flow(Flow::NodesRequested, in_group(group), u64::from(target.saturating_sub(was)), now);
    }

    fn ceiling_changed(&mut self, group: GroupId, ceiling: u32, now: SimTime) {
        let was = core::mem::replace(&mut self.ceilings[group.index()], ceiling);
        self.level(Level::NodesCeiling, in_group(group), i64::from(ceiling) - i64::from(was), now);
    }

    fn node_added(&mut self, node: NodeId, row: &Node, model: &Model, now: SimTime) {
        *slot_of(&mut self.nodes, node.index()) = NodeEntry::default();
        let place = in_group(row.group);
        for level in [Level::NodesTotal, Level::NodesReady, Level::NodesSchedulable] {
            self.level(level, place, 1, now);
        }
        self.level(Level::CostPerHour, place, price(row, model), now);
        self.flow(Flow::NodesAdded, place, 1, now);
        self.offer(row, model, true, now);
    }

    fn node_removed(&mut self, node: NodeId, row: &Node, model: &Model, now: SimTime) {
        let place = in_group(row.group);
        self.set_pressure(node, false, place, now);
        let entry = self.nodes[node.index()];
        self.level(Level::NodesSchedulable, place, -entry.schedulable(), now);
        self.level(Level::NodesTotal, place, -1, now);
        self.level(entry.level(), place, -1, now);
        // One that was not given back is paid for still: somebody deleted the object only.
        if entry.paid_for && row.leaving {
            self.level(Level::CostPerHour, place, -price(row, model), now);
        }
        self.flow(Flow::NodesRemoved, place, 1, now);
        if entry.ready == Ready::True {
            self.offer(row, model, false, now);
        }
    }

    /// What a node offers counts while it is Ready.
    fn offer(&mut self, row: &Node, model: &Model, offers: bool, now: SimTime) {
        let (group, allocatable) = (Dimensions::group(row.group), model.groups[row.group].allocatable);
        for place in [0, group as usize] {
            if offers {
                self.allocatable[place] += allocatable;
            } else {
                self.allocatable[place] -= allocatable;
            }
        }
        self.requests_changed(group, now);
    }

    fn ready_changed(&mut self, node: NodeId, world: &World, model: &Model, now: SimTime) {
        let row = &world.cluster().nodes[node];
        let place = in_group(row.group);
        let before = self.nodes[node.index()];
        self.change_node(node, row, now, |entry| entry.ready = row.health.ready);
        let after = self.nodes[node.index()];
        self.level(before.level(), place, -1, now);
        self.level(after.level(), place, 1, now);
        let (was, is) = (before.ready == Ready::True, after.ready == Ready::True);
        if was != is {
            self.offer(row, model, is, now);
            self.flow(Flow::NodesUnready, place, u64::from(was), now);
        }
        for pod in world.pods_on(node) {
            self.judge_stuck(pod, world, now);
            let entry = self.pods[pod.index()];
            if !is_asked(&world.cluster().pods[pod], model) {
                self.set_ready(pod, is && entry.alive, now);
            }
        }
    }

    /// Containers die with their machine, and nobody pays for one that is gone.
    fn fault_changed(&mut self, node: NodeId, world: &World, model: &Model, now: SimTime) {
        let row = &world.cluster().nodes[node];
        if row.health.machine == Machine::Up {
            return;
        }
        for pod in world.pods_on(node) {
            self.container_dies(pod, now);
        }
        let gone = row.health.machine == Machine::Gone;
        if gone && core::mem::replace(&mut self.nodes[node.index()].paid_for, false) {
            self.level(Level::CostPerHour, in_group(row.group), -price(row, model), now);
            self.change_node(node, row, now, |entry| entry.leaving = true);
        }
    }

    fn change_node(&mut self, node: NodeId, row: &Node, now: SimTime, change: impl FnOnce(&mut NodeEntry)) {
        let entry = &mut self.nodes[node.index()];
        let was = entry.schedulable();
        change(entry);
        let step = entry.schedulable() - was;
        self.level(Level::NodesSchedulable, in_group(row.group), step, now);
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

/// Whether a probe says when the pod is Ready: of pods that nobody asks about, running is all there is to know.
fn is_asked(row: &Pod, model: &Model) -> bool {
    matches!(row.owner, PodOwner::Workload(workload) if model.workloads[workload].tracked)
}

/// What a machine costs, in millionths of a dollar for each hour.
fn price(row: &Node, model: &Model) -> i64 {
    model.groups[row.group].machine.micro_dollars_per_hour as i64
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

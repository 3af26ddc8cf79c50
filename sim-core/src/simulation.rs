//! The simulation: owns everything; and, in `Simulation::dispatch` and `Simulation::notify`, the whole wiring on one
//! page. The loop is in `running`.
//!
//! To add a component: a file in `components/`, its events in `event.rs`, a field here, one line in each
//! of the two matches.

mod running;

use std::sync::Arc;

use crate::components::alerts::Alerts;
use crate::components::attach_detach::AttachDetach;
use crate::components::audience::Audiences;
use crate::components::autoscaler::Autoscaler;
use crate::components::binder::Binder;
use crate::components::chance::Chance;
use crate::components::cloud::Cloud;
use crate::components::culler::Culler;
use crate::components::daemon_set::DaemonSets;
use crate::components::deployment::Deployments;
use crate::components::disk::Disk;
use crate::components::eviction::Evictions;
use crate::components::hub::Hub;
use crate::components::images::Images;
use crate::components::jobs::Jobs;
use crate::components::kubelet::Kubelets;
use crate::components::limits::Limits;
use crate::components::liveness::Liveness;
use crate::components::memory::Memory;
use crate::components::node_lifecycle::NodeLifecycle;
use crate::components::notebook::Notebooks;
use crate::components::operator::Operator;
use crate::components::pod_autoscaler::PodAutoscalers;
use crate::components::pod_gc::PodGc;
use crate::components::probes::Probes;
use crate::components::queues::Queues;
use crate::components::replica_set::ReplicaSets;
use crate::components::scheduler::Scheduler;
use crate::components::serving::Serving;
use crate::components::stateful_set::StatefulSets;
use crate::components::taint_eviction::TaintEviction;
use crate::components::volume_manager::VolumeManagers;
use crate::components::workload::Workloads;
use crate::digest::Digest;
use crate::engine::{Component, Context, EventQueue, Random};
use crate::event::Event;
use crate::metrics::Metrics;
use crate::model::Model;
use crate::time::SimTime;
use crate::world::{Change, World};

/// One run of a model under one seed and replication.
#[derive(Clone, Debug)]
pub struct Simulation {
    model: Arc<Model>,
    seed: u64,
    replication: u32,
    random: Random,
    queue: EventQueue,
    world: World,
    parts: Parts,
    metrics: Metrics,
    digest: Digest,
    started: bool,
    events_fired: u64,
    changes_at_instant: u64,
}

/// The components, in the order in which they start.
#[derive(Clone, Debug)]
struct Parts {
    cloud: Cloud,
    chance: Chance,
    workloads: Workloads,
    audiences: Audiences,
    binder: Binder,
    hub: Hub,
    notebooks: Notebooks,
    liveness: Liveness,
    culler: Culler,
    scheduler: Scheduler,
    kubelets: Kubelets,
    memory: Memory,
    disk: Disk,
    evictions: Evictions,
    queues: Queues,
    images: Images,
    probes: Probes,
    replica_sets: ReplicaSets,
    deployments: Deployments,
    stateful_sets: StatefulSets,
    daemon_sets: DaemonSets,
    jobs: Jobs,
    pod_autoscalers: PodAutoscalers,
    serving: Serving,
    node_lifecycle: NodeLifecycle,
    taint_eviction: TaintEviction,
    pod_gc: PodGc,
    attach_detach: AttachDetach,
    volume_managers: VolumeManagers,
    autoscaler: Autoscaler,
    limits: Limits,
    alerts: Alerts,
    operator: Operator,
}

/// Someone outside who wants to see every change as it happens, for `--events` and for tests.
pub type Watcher<'a> = &'a mut dyn FnMut(SimTime, Change, &World);

impl Simulation {
    /// A run that has not begun.
    pub fn new(model: Arc<Model>, seed: u64, replication: u32) -> Self {
        let parts = Parts {
            cloud: Cloud::new(&model),
            chance: Chance,
            workloads: Workloads::new(&model),
            audiences: Audiences::new(&model),
            binder: Binder::default(),
            hub: Hub::default(),
            notebooks: Notebooks,
            liveness: Liveness::default(),
            culler: Culler::default(),
            scheduler: Scheduler::new(&model),
            probes: Probes,
            replica_sets: ReplicaSets::default(),
            deployments: Deployments::default(),
            stateful_sets: StatefulSets::default(),
            daemon_sets: DaemonSets::default(),
            jobs: Jobs::default(),
            pod_autoscalers: PodAutoscalers::default(),
            serving: Serving,
            kubelets: Kubelets::default(),
            memory: Memory::default(),
            disk: Disk::default(),
            evictions: Evictions::default(),
            queues: Queues::new(&model),
            images: Images::default(),
            node_lifecycle: NodeLifecycle::new(&model),
            taint_eviction: TaintEviction,
            pod_gc: PodGc::default(),
            attach_detach: AttachDetach::default(),
            volume_managers: VolumeManagers::default(),
            autoscaler: Autoscaler::new(&model),
            limits: Limits,
            alerts: Alerts::new(&model),
            operator: Operator::new(&model),
        };
        Self {
            random: Random::new(seed, replication),
            queue: EventQueue::new(),
            world: World::new(&model),
            metrics: Metrics::new(&model),
            digest: Digest::default(),
            started: false,
            events_fired: 0,
            changes_at_instant: 0,
            parts,
            model,
            seed,
            replication,
        }
    }

    /// Who begins, in which order?
    fn start(&mut self) {
        let ctx =
            &mut Context::new(SimTime::ZERO, &self.model, &self.random, &mut self.world, &mut self.queue);
        self.parts.cloud.start(ctx);
        self.parts.chance.start(ctx);
        self.parts.workloads.start(ctx);
        self.parts.audiences.start(ctx);
        self.parts.binder.start(ctx);
        self.parts.hub.start(ctx);
        self.parts.notebooks.start(ctx);
        self.parts.culler.start(ctx);
        self.parts.liveness.start(ctx);
        self.parts.scheduler.start(ctx);
        self.parts.kubelets.start(ctx);
        self.parts.memory.start(ctx);
        self.parts.disk.start(ctx);
        self.parts.evictions.start(ctx);
        self.parts.queues.start(ctx);
        self.parts.images.start(ctx);
        self.parts.probes.start(ctx);
        self.parts.replica_sets.start(ctx);
        self.parts.deployments.start(ctx);
        self.parts.stateful_sets.start(ctx);
        self.parts.daemon_sets.start(ctx);
        self.parts.jobs.start(ctx);
        self.parts.pod_autoscalers.start(ctx);
        self.parts.serving.start(ctx);
        self.parts.node_lifecycle.start(ctx);
        self.parts.taint_eviction.start(ctx);
        self.parts.pod_gc.start(ctx);
        self.parts.attach_detach.start(ctx);
        self.parts.volume_managers.start(ctx);
        self.parts.autoscaler.start(ctx);
        self.parts.limits.start(ctx);
        self.parts.alerts.start(ctx);
        self.parts.operator.start(ctx);
    }

    /// Whose event is it?
    fn dispatch(&mut self, event: Event) {
        let now = self.world.now();
        let ctx = &mut Context::new(now, &self.model, &self.random, &mut self.world, &mut self.queue);
        match event {
            Event::Workload(event) => self.parts.workloads.fire(event, ctx),
            Event::Audience(event) => self.parts.audiences.fire(event, ctx),
            Event::Scheduler(event) => self.parts.scheduler.fire(event, ctx),
            Event::Kubelet(event) => self.parts.kubelets.fire(event, ctx),
            Event::Memory(event) => self.parts.memory.fire(event, ctx),
            Event::Disk(event) => self.parts.disk.fire(event, ctx),
            Event::Eviction(event) => self.parts.evictions.fire(event, ctx),
            Event::Queue(event) => self.parts.queues.fire(event, ctx),
            Event::Image(event) => self.parts.images.fire(event, ctx),
            Event::Probe(event) => self.parts.probes.fire(event, ctx),
            Event::ReplicaSet(event) => self.parts.replica_sets.fire(event, ctx),
            Event::Deployment(event) => self.parts.deployments.fire(event, ctx),
            Event::Job(event) => self.parts.jobs.fire(event, ctx),
            Event::AttachDetach(event) => self.parts.attach_detach.fire(event, ctx),
            Event::VolumeManager(event) => self.parts.volume_managers.fire(event, ctx),
            Event::PodAutoscaler(event) => self.parts.pod_autoscalers.fire(event, ctx),
            Event::Cloud(event) => self.parts.cloud.fire(event, ctx),
            Event::Chance(event) => self.parts.chance.fire(event, ctx),
            Event::NodeLifecycle(event) => self.parts.node_lifecycle.fire(event, ctx),
            Event::TaintEviction(event) => self.parts.taint_eviction.fire(event, ctx),
            Event::PodGc(event) => self.parts.pod_gc.fire(event, ctx),
            Event::Autoscaler(event) => self.parts.autoscaler.fire(event, ctx),
            Event::Hub(event) => self.parts.hub.fire(event, ctx),
            Event::Binder(event) => self.parts.binder.fire(event, ctx),
            Event::Notebook(event) => self.parts.notebooks.fire(event, ctx),
            Event::Liveness(event) => self.parts.liveness.fire(event, ctx),
            Event::Culler(event) => self.parts.culler.fire(event, ctx),
            Event::Alert(event) => self.parts.alerts.fire(event, ctx),
            Event::Limit(event) => self.parts.limits.fire(event, ctx),
            Event::Operator(event) => self.parts.operator.fire(event, ctx),
        }
    }

    /// Who hears of it, in which order?
    fn notify(&mut self, change: Change) {
        let now = self.world.now();
        let parts = &mut self.parts;
        let ctx = &mut Context::new(now, &self.model, &self.random, &mut self.world, &mut self.queue);
        // These two may hear of anything: it depends on what they watch.
        parts.limits.observe(change, ctx);
        parts.alerts.observe(change, ctx);
        match change {
            Change::AlertFired(_) => parts.operator.observe(change, ctx),
            Change::PodCreated(_) => parts.scheduler.observe(change, ctx),
            Change::PodUnschedulable(_) => parts.autoscaler.observe(change, ctx),
            Change::PodBound(_) => {
                parts.attach_detach.observe(change, ctx);
                parts.volume_managers.observe(change, ctx);
                parts.images.observe(change, ctx);
                parts.kubelets.observe(change, ctx);
                parts.taint_eviction.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
            }
            Change::PodDeletionRequested(_) => {
                parts.hub.observe(change, ctx);
                parts.kubelets.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.pod_gc.observe(change, ctx);
                parts.replica_sets.observe(change, ctx);
                parts.deployments.observe(change, ctx);
                parts.stateful_sets.observe(change, ctx);
                parts.daemon_sets.observe(change, ctx);
                parts.jobs.observe(change, ctx);
                parts.serving.observe(change, ctx);
            }
            Change::PodOrphaned(_) => {
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.queues.observe(change, ctx);
                parts.pod_gc.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.serving.observe(change, ctx);
            }
            Change::PodVolumesMounted(_) => parts.kubelets.observe(change, ctx),
            Change::VolumeAttached(_) => parts.volume_managers.observe(change, ctx),
            Change::VolumeDetached(_) | Change::VolumeUseReported(_) => {
                parts.attach_detach.observe(change, ctx);
            }
            Change::PodRestarting(_) => {
                parts.images.observe(change, ctx);
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.queues.observe(change, ctx);
            }
            Change::ContainerKilled(..) => {
                parts.disk.observe(change, ctx);
                parts.kubelets.observe(change, ctx);
                parts.serving.observe(change, ctx);
                parts.queues.observe(change, ctx);
            }
            Change::ContainerRestarted(..) => {
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.probes.observe(change, ctx);
            }
            Change::MemoryLow(_) | Change::DiskLow(_) => parts.evictions.observe(change, ctx),
            Change::ProcessUseChanged(_)
            | Change::ProcessEnded(_)
            | Change::RequestBegan(_)
            | Change::RequestEnded(_) => parts.memory.observe(change, ctx),
            Change::JobsAdded(..) | Change::QueuePurged(_) => parts.queues.observe(change, ctx),
            Change::PodStarted(_) => {
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.hub.observe(change, ctx);
                parts.notebooks.observe(change, ctx);
                parts.probes.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
            }
            Change::PodReady(_) | Change::PodUnready(_) => {
                parts.queues.observe(change, ctx);
                parts.deployments.observe(change, ctx);
                parts.stateful_sets.observe(change, ctx);
                parts.daemon_sets.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.serving.observe(change, ctx);
            }
            Change::ControllerScaled(_) => {
                parts.replica_sets.observe(change, ctx);
                parts.deployments.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
            }
            Change::WorkloadScaled(_) | Change::TemplateChanged(_) => {
                parts.deployments.observe(change, ctx);
                parts.stateful_sets.observe(change, ctx);
                parts.daemon_sets.observe(change, ctx);
            }
            Change::PodEnded(_) => {
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.kubelets.observe(change, ctx);
                parts.hub.observe(change, ctx);
                parts.queues.observe(change, ctx);
                parts.binder.observe(change, ctx);
                parts.scheduler.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.replica_sets.observe(change, ctx);
                parts.jobs.observe(change, ctx);
                parts.attach_detach.observe(change, ctx);
                parts.volume_managers.observe(change, ctx);
                parts.daemon_sets.observe(change, ctx);
            }
            Change::PodRemoved(_) => {
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.queues.observe(change, ctx);
                parts.binder.observe(change, ctx);
                parts.hub.observe(change, ctx);
                parts.scheduler.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.replica_sets.observe(change, ctx);
                parts.deployments.observe(change, ctx);
                parts.stateful_sets.observe(change, ctx);
                parts.daemon_sets.observe(change, ctx);
                parts.jobs.observe(change, ctx);
                parts.serving.observe(change, ctx);
                parts.attach_detach.observe(change, ctx);
                parts.volume_managers.observe(change, ctx);
            }
            Change::GroupTargetChanged(_) | Change::NodeDeletionRequested(_) | Change::StockChanged => {
                parts.cloud.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
            }
            Change::ImagePulled(..) => {
                parts.kubelets.observe(change, ctx);
                parts.disk.observe(change, ctx);
            }
            Change::ImageRemoved(..) => parts.disk.observe(change, ctx),
            Change::NodeAdded(_) => {
                parts.images.observe(change, ctx);
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.daemon_sets.observe(change, ctx);
                parts.chance.observe(change, ctx);
                parts.node_lifecycle.observe(change, ctx);
                parts.scheduler.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
            }
            Change::NodeUncordoned(_) => {
                parts.scheduler.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
            }
            Change::NodeFaultChanged(_) => {
                parts.memory.observe(change, ctx);
                parts.disk.observe(change, ctx);
                parts.queues.observe(change, ctx);
                parts.images.observe(change, ctx);
                parts.evictions.observe(change, ctx);
                parts.volume_managers.observe(change, ctx);
                parts.kubelets.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.node_lifecycle.observe(change, ctx);
                parts.attach_detach.observe(change, ctx);
                parts.serving.observe(change, ctx);
            }
            Change::NodeReadyChanged(_) => {
                parts.node_lifecycle.observe(change, ctx);
                parts.probes.observe(change, ctx);
                parts.cloud.observe(change, ctx);
                parts.pod_gc.observe(change, ctx);
                parts.scheduler.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.attach_detach.observe(change, ctx);
            }
            Change::NodeTaintsChanged(_) => {
                parts.taint_eviction.observe(change, ctx);
                parts.pod_gc.observe(change, ctx);
                parts.scheduler.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.attach_detach.observe(change, ctx);
            }
            Change::NodeResetRequested(_) => parts.cloud.observe(change, ctx),
            Change::NodeReclaimed(_) => {
                parts.kubelets.observe(change, ctx);
                parts.cloud.observe(change, ctx);
            }
            Change::NodeRemoved(_) => {
                parts.images.observe(change, ctx);
                parts.evictions.observe(change, ctx);
                parts.kubelets.observe(change, ctx);
                parts.node_lifecycle.observe(change, ctx);
                parts.autoscaler.observe(change, ctx);
                parts.attach_detach.observe(change, ctx);
            }
            Change::GroupLimitsChanged(_) | Change::NodeCordoned(_) => {
                parts.autoscaler.observe(change, ctx);
            }
            Change::LaunchStarted(_) => {
                parts.binder.observe(change, ctx);
                parts.hub.observe(change, ctx);
            }
            Change::SpawnRequested(_) | Change::ServerStopping(_) | Change::ReflectorChanged => {
                parts.hub.observe(change, ctx);
            }
            Change::SpawnFailed(_) => parts.binder.observe(change, ctx),
            Change::LaunchFailed(_) => parts.audiences.observe(change, ctx),
            Change::ServerReady(_) => {
                parts.audiences.observe(change, ctx);
                parts.binder.observe(change, ctx);
            }
            Change::ServerRemoved(_) => parts.culler.observe(change, ctx),
            Change::HubStopped | Change::HubStarted => {
                parts.hub.observe(change, ctx);
                parts.culler.observe(change, ctx);
                parts.liveness.observe(change, ctx);
            }
            Change::CullerStalled => parts.culler.observe(change, ctx),
            Change::NominationEnded(_) => parts.scheduler.observe(change, ctx),
            Change::PodReasonChanged(_)
            | Change::ChildKilled(..)
            | Change::MemoryPressureChanged(_)
            | Change::DiskPressureChanged(_)
            | Change::NodeStarved(_)
            | Change::ProcessStarted(_)
            | Change::ProcessKilled(_)
            | Change::JobTried(..)
            | Change::VolumeDetaching(_)
            | Change::VolumeReplaced(_)
            | Change::FaultStruck(..)
            | Change::ZoneDisruptionChanged(_)
            | Change::LaunchSucceeded(_)
            | Change::ServerCreated(_)
            | Change::ServerStopFailed(_)
            | Change::AlertEnded(_)
            | Change::LimitRefused(_)
            | Change::LimitFreed(_)
            | Change::ActionBegun(_)
            | Change::ActionFailed(_)
            | Change::RolloutStalled(_)
            | Change::ActionTaken(_) => {}
        }
    }
}

//! Troubles: what users suffer from, seen as it happens, with its cause.
//!
//! Four streams of outcomes are watched: launches that fail, launches that take long, pods of workloads that
//! take long to get a node, and workloads that are kept running and have no pod that is Ready. Where one goes
//! wrong for a stretch of time (`episodes.rs`), what stood in the way at each bad outcome is counted
//! (`cause.rs`), and the cause that stands out is told.
//!
//! Placeholders (pods of negative priority) may wait. Nothing before the report's start counts.

mod cause;
mod episodes;
mod stock;
mod teller;

use std::collections::BTreeMap;

use self::cause::{Cause, Naming, Obstacle, Room, Told};
use self::episodes::Episodes;
use self::stock::Stock;
use self::teller::Teller;
use crate::ids::{GroupId, IdVec, LaunchId, PodId, ServiceId, WorkloadId};
use crate::model::{Controller, Model, ReflectorState};
use crate::report::{SLOW_SECONDS, Trouble, TroubleKind};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, LaunchFailure, PodOwner, PodPhase, World};

/// The most troubles of a kind that are told.
const MOST: usize = 20;
/// A wait longer than this is a bad outcome.
const SLOW: SimDuration = SimDuration::from_secs(SLOW_SECONDS);
/// A ceiling raised this long before it goes wrong was meant to help.
const IN_ADVANCE: SimDuration = SimDuration::from_secs(3_600);

/// What is watched, and what it came to so far.
#[derive(Clone, Debug)]
pub(super) struct Troubles {
    failing: Episodes<Cause>,
    slow: Episodes<Cause>,
    waiting: Episodes<(WorkloadId, Cause)>,
    told: IdVec<PodId, Option<Told>>,
    workloads: IdVec<WorkloadId, Watched>,
    outages: Vec<Outage>,
    ceilings: IdVec<GroupId, u32>,
    raises: Vec<Raise>,
    stock: Stock,
}

/// A workload that is kept running.
#[derive(Clone, Debug, Default)]
struct Watched {
    kept: bool,
    /// It has had a Ready pod.
    was_up: bool,
    down: Option<Outage>,
}

/// No pod of it is Ready.
#[derive(Clone, Debug)]
struct Outage {
    workload: WorkloadId,
    from: SimTime,
    until: SimTime,
    open: bool,
    /// How long each obstacle stood in the way, in microseconds.
    causes: BTreeMap<Cause, u64>,
    now: Cause,
    since: SimTime,
}

/// A ceiling that somebody raised.
#[derive(Clone, Debug)]
struct Raise {
    at: SimTime,
    group: GroupId,
    from: u32,
    to: u32,
    /// When the group grew beyond what it might have before.
    used: Option<SimTime>,
}

impl Troubles {
    pub fn new(model: &Model) -> Self {
        let kept = |row: &crate::model::Workload| {
            let kept = matches!(row.controller, Controller::Deployment(_) | Controller::StatefulSet(_));
            Watched { kept: kept && model.classes[row.class].priority >= 0, ..Watched::default() }
        };
        Self {
            failing: Episodes::default(),
            slow: Episodes::default(),
            waiting: Episodes::default(),
            told: IdVec::new(),
            workloads: model.workloads.iter().map(kept).collect(),
            outages: Vec::new(),
            ceilings: model.groups.iter().map(|group| group.max).collect(),
            raises: Vec::new(),
            stock: Stock::new(model),
        }
    }

    /// Takes a change in.
    pub fn observe(&mut self, now: SimTime, change: Change, world: &World, model: &Model) {
        match change {
            Change::PodUnschedulable(pod) | Change::PodReasonChanged(pod) => {
                self.remember(pod, world, model);
                self.pod_changed(now, pod, world);
            }
            Change::LaunchFailed(launch) => self.launch_failed(now, launch, world, model),
            Change::LaunchSucceeded(launch) => self.launch_succeeded(now, launch, world, model),
            Change::PodBound(pod) => {
                self.pod_bound(now, pod, world, model);
                self.pod_changed(now, pod, world);
            }
            Change::PodCreated(pod) => {
                if let Some(told) = self.told.get_mut(pod) {
                    *told = None;
                }
                self.pod_changed(now, pod, world);
            }
            Change::PodVolumesMounted(pod)
            | Change::PodStarted(pod)
            | Change::PodDeletionRequested(pod)
            | Change::PodRestarting(pod)
            | Change::PodOrphaned(pod)
            | Change::PodReady(pod)
            | Change::PodUnready(pod)
            | Change::PodEnded(pod)
            | Change::PodRemoved(pod) => self.pod_changed(now, pod, world),
            Change::StockChanged => {
                self.stock.changed(now, world, model);
                self.look_for_room(world, model);
            }
            Change::GroupLimitsChanged(group) => {
                let (from, to) = (self.ceilings[group], world.cluster().groups[group].max);
                self.ceilings[group] = to;
                if to > from {
                    self.raises.push(Raise { at: now, group, from, to, used: None });
                }
            }
            Change::GroupTargetChanged(group) => {
                let target = world.cluster().groups[group].target;
                for raise in self.raises.iter_mut().filter(|it| it.group == group && target > it.from) {
                    raise.used.get_or_insert(now);
                }
            }
            _ => {}
        }
    }

    fn remember(&mut self, pod: PodId, world: &World, model: &Model) {
        let row = &world.cluster().pods[pod];
        let reason = row.why.as_ref().and_then(|why| why.main());
        *self.told.reach(pod) = Some(Told { reason, room: Room::of(row.class, world, model) });
    }

    /// How room stands now for those who wait.
    fn look_for_room(&mut self, world: &World, model: &Model) {
        for (pod, row) in world.cluster().pods.iter().filter(|(_, row)| row.phase == PodPhase::Pending) {
            if let Some(Some(told)) = self.told.get_mut(pod) {
                told.room = Room::of(row.class, world, model);
            }
        }
    }

    fn told(&self, pod: PodId) -> Option<Told> {
        self.told.get(pod).copied().flatten()
    }

    fn launch_failed(&mut self, now: SimTime, launch: LaunchId, world: &World, model: &Model) {
        let row = &world.services().launches[launch];
        let asked = row.started_at;
        if asked < model.clock.report_start() {
            return;
        }
        let pod = row.server.and_then(|server| world.services().servers.resolve(server));
        let pod = pod.and_then(|server| world.cluster().pods.resolve(world.services().servers[server].pod));
        let of_pod = || match pod {
            Some(pod) => Cause::Pod(Obstacle::of_pod(pod, self.told(pod), world)),
            None => Cause::PodGone,
        };
        let cause = match row.failure {
            Some(LaunchFailure::HubDown) => Cause::Hub(self.hub_obstacle(world, model)),
            Some(LaunchFailure::HubRestarted) => Cause::HubRestarted,
            Some(LaunchFailure::ServiceDown) => self.silent_service(world, model),
            Some(LaunchFailure::SpawnLimit) => Cause::SpawnLimit(self.spawns_held_up(world)),
            Some(LaunchFailure::ServerLimit) => Cause::ServerLimit,
            Some(LaunchFailure::StartTimeout | LaunchFailure::LaunchTimeout)
                if world.services().reflector != ReflectorState::Well =>
            {
                Cause::Reflector
            }
            Some(LaunchFailure::StartTimeout | LaunchFailure::HttpTimeout | LaunchFailure::LaunchTimeout) => {
                of_pod()
            }
            Some(LaunchFailure::RepositoryQuota | LaunchFailure::PodQuota) => Cause::Quota,
            Some(LaunchFailure::LimitFull) => Cause::LimitFull,
            Some(LaunchFailure::PodLost) => match of_pod() {
                fault @ Cause::Pod(Obstacle::Node(..)) => fault,
                _ => Cause::PodGone,
            },
            Some(LaunchFailure::BuildFailed | LaunchFailure::GivenUp) | None => Cause::Unknown,
        };
        self.failing.bad(asked, now, cause);
    }

    fn launch_succeeded(&mut self, now: SimTime, launch: LaunchId, world: &World, model: &Model) {
        let row = &world.services().launches[launch];
        if row.started_at < model.clock.report_start() {
            return;
        }
        self.failing.good();
        if now.since(row.started_at) <= SLOW {
            self.slow.good();
            return;
        }
        let server = row.server.and_then(|server| world.services().servers.resolve(server));
        let pod =
            server.and_then(|server| world.cluster().pods.resolve(world.services().servers[server].pod));
        let cause = pod.map_or(Cause::Unknown, |pod| Cause::Pod(self.wait_of(pod, row.started_at, world)));
        self.slow.bad(row.started_at, now, cause);
    }

    fn pod_bound(&mut self, now: SimTime, pod: PodId, world: &World, model: &Model) {
        let row = &world.cluster().pods[pod];
        let PodOwner::Workload(workload) = row.owner else { return };
        if row.created_at < model.clock.report_start() || model.classes[row.class].priority < 0 {
            return;
        }
        if now.since(row.created_at) <= SLOW {
            self.waiting.good();
            return;
        }
        let cause = Cause::Pod(self.wait_of(pod, row.created_at, world));
        self.waiting.bad(row.created_at, now, (workload, cause));
    }

    /// Where most of a wait went that began when it was asked for the pod and is over.
    fn wait_of(&self, pod: PodId, asked: SimTime, world: &World) -> Obstacle {
        let row = &world.cluster().pods[pod];
        let node = row.node.map(|node| &world.cluster().nodes[node]);
        let lacked = node.map(|node| self.stock.lacked(node.group, asked, node.added_at));
        Obstacle::of_wait(row, asked, self.told(pod), lacked.unwrap_or_default(), world)
    }

    /// What keeps the hub's own pod from serving, if it has one.
    fn hub_obstacle(&self, world: &World, model: &Model) -> Option<Obstacle> {
        let service = model.hub.as_ref()?.service?;
        Some(Obstacle::of_workload(model.services[service].selects, |pod| self.told(pod), world))
    }

    /// The first of the services that launches need of which no pod answers, or only some.
    fn silent_service(&self, world: &World, model: &Model) -> Cause {
        let Some(hub) = model.hub.as_ref().and_then(|hub| hub.service) else { return Cause::Unknown };
        let mut open = model.services[hub].depends_on.clone();
        let mut seen: Vec<ServiceId> = Vec::new();
        while let Some(service) = open.pop() {
            if seen.contains(&service) {
                continue;
            }
            seen.push(service);
            let row = &model.services[service];
            let mut endpoints = world.endpoints(model, service).peekable();
            let obstacle = |pod| Obstacle::of_pod(pod, self.told(pod), world);
            if endpoints.peek().is_none() {
                let why = Obstacle::of_workload(row.selects, |pod| self.told(pod), world);
                return Cause::Service(Some(service), Some(why));
            }
            if let Some(pod) = endpoints.find(|pod| !world.pod_answers(*pod)) {
                return Cause::Service(Some(service), Some(obstacle(pod)));
            }
            open.extend(&row.depends_on);
        }
        Cause::Service(None, None)
    }

    /// What the oldest spawn that is under way waits for.
    fn spawns_held_up(&self, world: &World) -> Option<Obstacle> {
        let services = world.services();
        let spawning = services.servers.iter().filter(|(_, row)| row.ready_at == SimTime::MAX);
        let pods = spawning.filter_map(|(_, row)| world.cluster().pods.resolve(row.pod));
        let oldest = pods.min_by_key(|pod| world.cluster().pods[*pod].uid)?;
        Some(Obstacle::of_pod(oldest, self.told(oldest), world))
    }

    /// Is its workload up?
    fn pod_changed(&mut self, now: SimTime, pod: PodId, world: &World) {
        let PodOwner::Workload(workload) = world.cluster().pods[pod].owner else { return };
        if !self.workloads[workload].kept {
            return;
        }
        let up = world.pods_of(workload).any(|(_, row)| row.is_serving());
        let wanted = world.controllers().wanted[workload].replicas > 0;
        let cause = || Cause::Pod(Obstacle::of_workload(workload, |pod| self.told(pod), world));
        let (cause, row) = if up {
            (Cause::Unknown, &self.workloads[workload])
        } else {
            (cause(), &self.workloads[workload])
        };
        let down = match (up, row.down.clone()) {
            (true, Some(outage)) => {
                self.end_outage(outage, now, false);
                None
            }
            (false, Some(outage)) => Some(outage.told(now, cause)),
            (false, None) if row.was_up && wanted => Some(Outage {
                workload,
                from: now,
                until: now,
                open: false,
                causes: BTreeMap::new(),
                now: cause,
                since: now,
            }),
            (_, None) => None,
        };
        let row = &mut self.workloads[workload];
        row.was_up |= up;
        row.down = down;
    }

    fn end_outage(&mut self, outage: Outage, now: SimTime, open: bool) {
        let outage = Outage { until: now, open, ..outage.told(now, Cause::Unknown) };
        if now.since(outage.from) > SLOW {
            self.outages.push(outage);
        }
    }

    /// What it came to, the most important kind first and within a kind in order of time.
    pub fn finish(mut self, end: SimTime, world: &World, model: &Model) -> Vec<Trouble> {
        for pod in world.cluster().unschedulable.values() {
            let row = &world.cluster().pods[*pod];
            let PodOwner::Workload(workload) = row.owner else { continue };
            let counts = model.classes[row.class].priority >= 0 && end.since(row.created_at) > SLOW;
            if counts && row.phase == PodPhase::Pending && row.created_at >= model.clock.report_start() {
                let cause = Cause::Pod(Obstacle::of_pod(*pod, self.told(*pod), world));
                self.waiting.bad_for_ever(row.created_at, end, (workload, cause));
            }
        }
        for workload in model.workloads.ids() {
            if let Some(outage) = self.workloads[workload].down.take() {
                self.end_outage(outage, end, true);
            }
        }
        let naming = Naming { model, world };
        let teller = Teller { end, naming: &naming, raises: &self.raises };
        let mut troubles = Vec::new();
        troubles.extend(teller.launches(TroubleKind::LaunchesFail, self.failing.finish()));
        let outages = teller.outages(self.outages, &troubles);
        troubles.extend(outages);
        troubles.extend(teller.launches(TroubleKind::LaunchesSlow, self.slow.finish()));
        troubles.extend(teller.pods(self.waiting.finish()));
        troubles
    }
}

impl Outage {
    /// From now on something else stands in the way.
    fn told(mut self, now: SimTime, cause: Cause) -> Self {
        *self.causes.entry(self.now).or_default() += now.since(self.since).as_micros();
        (self.now, self.since) = (cause, now);
        self
    }
}

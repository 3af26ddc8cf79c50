//! A world that changes by hand, and the metrics that watch it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::*;
use crate::check::{Check, Names, parse};
use crate::ids::{
    AudienceId, ClassId, GroupId, Id, IdVec, LaunchId, NodeId, PodId, ServerId, WorkloadId, ZoneId,
};
use crate::kubernetes::{self, Quantity, SchedulerConfiguration};
use crate::model::controllers::{Claims, Demand};
use crate::model::image::NodeImages;
use crate::model::memory::{NodeMemory, Qos, RestartPolicy};
use crate::model::{
    About, Action, ArrivalProcess, Arrivals, Audience, Clock, Controller, Distribution, Era, Existing, Hub,
    Machine, NodeGroup, NodeLifecycle, PodClass, Rate, Reflector, Retry, UserProfile, Workload,
};
use crate::placement::{NodeSpec, PodSpec, PriorityClasses, Profile, Snapshot};
use crate::resources::Resources;
use crate::world::{NewPod, PodOwner};

pub(super) const WARM_UP: u64 = 100;
/// The report covers 1000 s from second 100 of the run on, 08:00:00 to 08:16:40.
pub(super) const END: u64 = 1_100;
pub(super) const NODE: Resources = Resources { cpu_millis: 4_000, memory_bytes: 1_000, pods: 10 };
pub(super) const POD: Resources = Resources { cpu_millis: 1_000, memory_bytes: 500, pods: 1 };

pub(super) fn pod_object() -> kubernetes::Pod {
    let mut pod = kubernetes::Pod::default();
    let mut container = kubernetes::Container::default();
    container.resources.requests = [
        ("cpu".to_owned(), Quantity::from_millis(POD.cpu_millis)),
        ("memory".to_owned(), Quantity::from_units(POD.memory_bytes)),
    ]
    .into();
    pod.spec.containers.push(container);
    pod
}

/// Two groups (`big`, `small`), a workload (`batch`), two audiences (`a`, `b`), a hub.
pub(crate) fn model(checks: &[&str]) -> Model {
    let group = |name: &str, max| NodeGroup {
        name: name.to_owned(),
        subject: 0,
        allocatable: NODE,
        daemon_sets: Resources::ZERO,
        template: NodeSpec { max_pods: 10, ..NodeSpec::default() },
        min: 0,
        max,
        initial: 1,
        machine: Machine {
            zones: vec![ZoneId::from_index(0)],
            cores: 4,
            micro_dollars_per_hour: 250_000,
            boot: Distribution::Constant(1.0),
            reset: Distribution::Constant(60.0),
            auto_repair: None,
            spot: None,
            faults: Vec::new(),
        },
        annotations: BTreeMap::new(),
        memory: NodeMemory { capacity: 0, kubepods: 0, eviction_hard: 0, system: 0, starvation: None },
        images: NodeImages {
            preloaded: Vec::new(),
            bytes_per_second: 1,
            parallel: 1,
            disk: None,
            disk_used: 0,
            cleaner: None,
        },
    };
    let mut surroundings = Snapshot::default();
    let symbols = &mut surroundings.symbols;
    let configuration = SchedulerConfiguration::default();
    let profiles = Profile::compile(&configuration, Era::default(), symbols).expect("the default");
    let class = PodClass {
        name: "pod".to_owned(),
        requests: POD,
        spec: Arc::new(PodSpec::compile(&pod_object(), &PriorityClasses::default(), symbols)),
        profile: 0,
        admits: [true, true].into_iter().collect(),
        tolerations: Vec::new(),
        priority: 0,
        grace: SimDuration::ZERO,
        startup: Distribution::Constant(1.0),
        annotations: BTreeMap::new(),
        local_volumes: Vec::new(),
        images: Vec::new(),
        containers: Vec::new(),
        qos: Qos::default(),
        restart_policy: RestartPolicy::default(),
    };
    let audience = |name: &str| Audience {
        name: name.to_owned(),
        subject: 0,
        arrivals: Arrivals { rate: Rate::default(), process: ArrivalProcess::Poisson },
        active: Distribution::Constant(1.0),
        keeps_tab_open: 0.0,
        tab_open: None,
        patience: None,
        profiles: Vec::new(),
        repositories: 1,
        high_quota: false,
        builds: 0.0,
        retry: Retry {
            probability: 0.0,
            after: Distribution::Constant(1.0),
            max_attempts: 1,
            honors_retry_after: false,
            reconnect: None,
        },
    };
    let workload = Workload {
        name: "batch".to_owned(),
        subject: 0,
        class: ClassId::from_index(0),
        drawn: None,
        replicas: 0,
        arrivals: None,
        lifetime: None,
        controller: Controller::None,
        tracked: false,
        ready_after: Distribution::Constant(0.0),
        claims: Claims::default(),
        budget: None,
        autoscaling: None,
        demand: Demand::default(),
        pod_names: Vec::new(),
    };
    let hub = Hub {
        profile: UserProfile {
            class: ClassId::from_index(0),
            http_start: Distribution::Constant(1.0),
            needs_dns: true,
            shutdown: None,
        },
        concurrent_spawn_limit: 64,
        active_server_limit: u32::MAX,
        consecutive_failure_limit: u32::MAX,
        start_timeout: SimDuration::from_secs(300),
        http_timeout: SimDuration::from_secs(30),
        poll_interval: SimDuration::from_secs(30),
        last_activity_interval: SimDuration::ZERO,
        restart: Distribution::Constant(1.0),
        service: None,
        cleanup_servers: false,
        keeps_database: true,
        liveness: None,
        deletes_unlisted_pods: true,
        needs: Vec::new(),
        slowdown: None,
        reflector: Reflector { restart_every: SimDuration::MAX, restarts_when_suspicious: false },
        cull: None,
    };
    let action = Action {
        name: "cut".to_owned(),
        at: at(300),
        on: None,
        after: None,
        takes: None,
        fails: 0.0,
        attempts: 1,
        note: Some("a cut".to_owned()),
        alias: None,
        acts: vec![],
    };
    let mut model = Model {
        about: About::default(),
        clock: Clock {
            start_unix_micros: 8 * 3_600 * 1_000_000,
            offset_seconds: 0,
            warm_up: SimDuration::from_secs(WARM_UP),
            horizon: at(END),
        },
        era: Era::default(),
        zones: [String::new()].into_iter().collect(),
        node_lifecycle: NodeLifecycle::of(Era::default()),
        cpu_quota: None,
        groups: [group("big", 3), group("small", 2)].into_iter().collect(),
        classes: [class].into_iter().collect(),
        workloads: [workload].into_iter().collect(),
        claims: IdVec::new(),
        services: IdVec::new(),
        images: IdVec::new(),
        queues: IdVec::new(),
        watches_memory: false,
        watches_disk: false,
        audiences: [audience("a"), audience("b")].into_iter().collect(),
        profiles: profiles.into_iter().map(Arc::new).collect(),
        surroundings,
        existing: Existing::default(),
        autoscaler: None,
        hub: Some(hub),
        binder: None,
        alerts: IdVec::new(),
        limits: IdVec::new(),
        scheduling: None,
        timeline: [action].into_iter().collect::<IdVec<_, _>>(),
        alias_names: Vec::new(),
        checks: Vec::new(),
        seed: 1,
        replications: 1,
    };
    let check = |text: &&str| {
        let statement = parse(text, &Names::of(&model)).unwrap_or_else(|error| panic!("{text}: {error}"));
        Check { name: (*text).to_owned(), text: (*text).to_owned(), statement }
    };
    let checks = checks.iter().map(check).collect();
    model.checks = checks;
    model
}

pub(super) const fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

/// A world that changes by hand, and the metrics that watch it.
pub(super) struct Run {
    pub model: Model,
    pub world: World,
    pub metrics: Metrics,
}

impl Run {
    pub fn new(checks: &[&str]) -> Self {
        let model = model(checks);
        Self { world: World::new(&model), metrics: Metrics::new(&model), model }
    }

    /// Does something `seconds` after the beginning of the run.
    pub fn at<T>(&mut self, seconds: u64, act: impl FnOnce(&mut World, &Model) -> T) -> T {
        let now = at(seconds);
        if now > self.world.now() {
            self.metrics.advance(now, &self.world, &self.model);
            self.world.advance(now);
        }
        let result = act(&mut self.world, &self.model);
        while let Some(change) = self.world.next_change() {
            self.metrics.observe(now, change, &self.world, &self.model);
        }
        result
    }

    pub fn node(&mut self, seconds: u64, group: usize) -> NodeId {
        self.at(seconds, |world, model| world.add_node(model, GroupId::from_index(group), 1))
    }

    pub fn pod(&mut self, seconds: u64, owner: PodOwner) -> PodId {
        self.at(seconds, |world, model| world.create_pod(model, new_pod(owner)))
    }

    pub fn bind(&mut self, seconds: u64, pod: PodId, node: NodeId) {
        self.at(seconds, |world, model| world.bind(model, pod, node));
    }

    pub fn start(&mut self, seconds: u64, pod: PodId) {
        self.at(seconds, |world, _| world.start_pod(pod));
    }

    /// A user of `audience` whose server is spawned in `pod` at once.
    pub fn launch(&mut self, seconds: u64, audience: AudienceId) -> (LaunchId, ServerId, PodId) {
        self.at(seconds, |world, model| {
            let launch = world.start_launch(audience, 0, 1, 0);
            let pod = world.create_pod(model, new_pod(PodOwner::User(audience)));
            (launch, world.create_server(launch, pod), pod)
        })
    }

    pub fn finish(self) -> Measured {
        self.metrics.finish(at(END), &self.world, &self.model, 7)
    }

    /// The values of the checks.
    pub fn values(self) -> Vec<Option<f64>> {
        self.finish().values
    }
}

pub(super) fn new_pod(owner: PodOwner) -> NewPod {
    NewPod { class: ClassId::from_index(0), owner, ordinal: 0, subject: 0, lifetime: None, requests: None }
}

pub(super) fn batch() -> PodOwner {
    PodOwner::Workload(WorkloadId::from_index(0))
}

pub(super) fn audience(index: usize) -> AudienceId {
    AudienceId::from_index(index)
}

pub(super) fn known(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

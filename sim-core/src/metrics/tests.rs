//! Goal: every metric is what a person with pencil and paper would count.
//! Method: a small world driven through its verbs, one after the other, with checks as the questions;
//! and random histories whose levels are compared with a recount of the world's rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
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
use crate::placement::{NodeSpec, PodSpec, PriorityClasses, Profile, Snapshot, Why};
use crate::report::NoteBy;
use crate::resources::Resources;
use crate::world::{LaunchFailure, NewPod, PodOwner, PodPhase, Ready, StopReason};

const WARM_UP: u64 = 100;
/// The report covers 1000 s from second 100 of the run on, 08:00:00 to 08:16:40.
const END: u64 = 1_100;
const NODE: Resources = Resources { cpu_millis: 4_000, memory_bytes: 1_000, pods: 10 };
const POD: Resources = Resources { cpu_millis: 1_000, memory_bytes: 500, pods: 1 };

fn pod_object() -> kubernetes::Pod {
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

const fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

/// A world that changes by hand, and the metrics that watch it.
struct Run {
    model: Model,
    world: World,
    metrics: Metrics,
}

impl Run {
    fn new(checks: &[&str]) -> Self {
        let model = model(checks);
        Self { world: World::new(&model), metrics: Metrics::new(&model), model }
    }

    /// Does something `seconds` after the beginning of the run.
    fn at<T>(&mut self, seconds: u64, act: impl FnOnce(&mut World, &Model) -> T) -> T {
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

    fn node(&mut self, seconds: u64, group: usize) -> NodeId {
        self.at(seconds, |world, model| world.add_node(model, GroupId::from_index(group), 1))
    }

    fn pod(&mut self, seconds: u64, owner: PodOwner) -> PodId {
        self.at(seconds, |world, model| world.create_pod(model, new_pod(owner)))
    }

    fn bind(&mut self, seconds: u64, pod: PodId, node: NodeId) {
        self.at(seconds, |world, model| world.bind(model, pod, node));
    }

    fn start(&mut self, seconds: u64, pod: PodId) {
        self.at(seconds, |world, _| world.start_pod(pod));
    }

    /// A user of `audience` whose server is spawned in `pod` at once.
    fn launch(&mut self, seconds: u64, audience: AudienceId) -> (LaunchId, ServerId, PodId) {
        self.at(seconds, |world, model| {
            let launch = world.start_launch(audience, 0, 1, 0);
            let pod = world.create_pod(model, new_pod(PodOwner::User(audience)));
            (launch, world.create_server(launch, pod), pod)
        })
    }

    fn finish(self) -> Measured {
        self.metrics.finish(at(END), &self.world, &self.model, 7)
    }

    /// The values of the checks.
    fn values(self) -> Vec<Option<f64>> {
        self.finish().values
    }
}

fn new_pod(owner: PodOwner) -> NewPod {
    NewPod { class: ClassId::from_index(0), owner, ordinal: 0, subject: 0, lifetime: None, requests: None }
}

fn batch() -> PodOwner {
    PodOwner::Workload(WorkloadId::from_index(0))
}

fn audience(index: usize) -> AudienceId {
    AudienceId::from_index(index)
}

fn known(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn the_life_of_a_pod() {
    let mut run = Run::new(&[
        "pods.pending at 08:01:39 = 1",
        "pods.pending at 08:01:40 = 0",
        "pods.starting at 08:02 = 1",
        "pods.running at 08:05 = 1",
        "pods.terminating at 08:08:20 = 1",
        "containers.alive at 08:08:20 = 1",
        "pods.total at end = 0",
        "mean(pods.running) = 1",
        "mean(pods.running, 08:03:20..08:06:40) = 1",
        "max(pods.running{workload=batch, group=big}) = 1",
        "max(pods.running{group=small}) = 0",
        "mean(pods.wait) = 100s",
        "p99(pods.lifetime) = 500s",
        "count(pods.created{workload=batch}) = 1",
        "count(pods.removed{group=big}) = 1",
    ]);
    let node = run.node(0, 0);
    let pod = run.pod(150, batch());
    run.bind(200, pod, node);
    run.start(250, pod);
    run.at(550, |world, _| world.request_pod_deletion(pod));
    run.at(650, |world, _| world.remove_pod(pod));
    let values = [1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.3, 1.0, 1.0, 0.0, 100.0, 500.0, 1.0, 1.0];
    assert_eq!(run.values(), known(&values));
}

#[test]
fn a_pod_that_ends_by_itself_gives_its_room_back_first() {
    let mut run = Run::new(&[
        "cluster.memoryRequested at 08:02:30 = 1",
        "cluster.memoryRequested{group=small} at 08:02:30 = 1",
        "cluster.memoryRequestedBytes at 08:05 = 0",
        "max(cluster.cpuRequestedMillis) = 1000",
        "mean(cluster.cpuRequested) = 1",
        "pods.total at 08:05 = 1",
        "pods.running + pods.pending + pods.starting + pods.terminating at 08:05 = 0",
        "count(pods.ended) = 1",
    ]);
    let (node, _) = (run.node(0, 0), run.node(0, 1));
    let pod = run.pod(150, batch());
    run.bind(150, pod, node);
    run.start(150, pod);
    run.at(350, |world, _| world.end_pod(pod));
    run.at(450, |world, _| world.remove_pod(pod));
    // Half of one of two nodes for 200 of 1000 s; an eighth of the CPU.
    assert_eq!(run.values(), known(&[0.25, 0.0, 0.0, 1_000.0, 0.025, 1.0, 0.0, 1.0]));
}

#[test]
fn what_lasts_no_time_is_not_seen_but_counted() {
    let mut run = Run::new(&["max(pods.pending) = 0", "count(pods.created) = 1", "count(pods.bound) = 1"]);
    let node = run.node(0, 0);
    run.at(200, |world, model| {
        let pod = world.create_pod(model, new_pod(batch()));
        world.bind(model, pod, node);
    });
    assert_eq!(run.values(), known(&[0.0, 1.0, 1.0]));
}

#[test]
fn the_warm_up_counts_for_nothing() {
    let mut run = Run::new(&["count(pods.created) = 1", "min(pods.pending) = 1", "max(pods.wait) = 1s"]);
    let node = run.node(0, 0);
    let first = run.pod(50, batch());
    run.bind(99, first, node);
    run.start(99, first);
    run.pod(100, batch());
    assert_eq!(run.metrics.books.levels.value(run.metrics.pending_slot), 1);
    let measured = run.finish();
    assert_eq!(measured.values, [Some(1.0), Some(1.0), None]);
    assert_eq!(measured.summary["podsCreated"], 1.0);
    assert_eq!(measured.series.metrics["pods.created"][0], 1.0, "the first point counts its instant");
}

#[test]
fn ages_are_told_apart_at_an_instant() {
    let mut run = Run::new(&[
        "pods.running{olderThan=100s} at 08:05 = 2",
        "pods.running{youngerThan=100s} at 08:05 = 1",
        "pods.running{olderThan=100s, workload=batch} / pods.running at 08:05 = 1",
        "pods.running{olderThan=100s, audience=b} at 08:05 = 1",
        "pods.running{olderThan=100s, group=small} at 08:05 = 1",
        "pods.total{olderThan=0s} at end = 3",
    ]);
    let (big, small) = (run.node(0, 0), run.node(0, 1));
    let owners = [batch(), PodOwner::User(audience(1)), batch()];
    for (owner, (created, node)) in owners.into_iter().zip([(200, big), (300, small), (301, big)]) {
        let pod = run.pod(created, owner);
        run.bind(created, pod, node);
        run.start(created, pod);
    }
    // At 08:05, second 400, a deletion in the same instant is seen; one later is not.
    let pod = run.pod(350, batch());
    run.bind(350, pod, big);
    run.start(400, pod);
    run.at(400, |world, _| world.request_pod_deletion(pod));
    run.at(401, |world, _| world.remove_pod(pod));
    assert_eq!(run.values(), known(&[2.0, 1.0, 1.0 / 3.0, 1.0, 1.0, 3.0]));
}

#[test]
fn launches_succeed_and_fail() {
    let mut run = Run::new(&[
        "mean(launch.success, 08:00..08:05) = 50%",
        "count(launch.success) = 3",
        "mean(launch.success{audience=b}) = 0",
        "mean(launch.success, 08:10..08:15) = 0",
        "max(users.waiting) = 2",
        "users.waiting{audience=a} at 08:02 = 1",
        "mean(launch.wait) = 30s",
        "servers.spawning at 08:02 = 2",
        "servers.ready at 08:02:40 = 1",
        "servers.total at end = 0",
        "count(servers.culled{audience=a}) = 1",
        "mean(pods.failedLifetime) = 40s",
        "count(launch.failed, 08:05..end) = 1",
    ]);
    let node = run.node(0, 0);
    let (_, good, good_pod) = run.launch(200, audience(0));
    let (bad, bad_server, bad_pod) = run.launch(210, audience(1));
    for pod in [good_pod, bad_pod] {
        run.bind(210, pod, node);
        run.start(215, pod);
    }
    run.at(230, |world, _| {
        world.connect_server(good);
        world.server_ready(good);
    });
    run.at(240, |world, _| {
        world.fail_launch(bad, LaunchFailure::HttpTimeout);
        world.mark_spawn_failed(bad_pod);
        world.stop_server(bad_server, StopReason::SpawnFailed);
        world.request_pod_deletion(bad_pod);
    });
    run.at(250, |world, _| {
        world.remove_pod(bad_pod);
        world.remove_server(bad_server);
    });
    run.at(300, |world, _| {
        world.stop_server(good, StopReason::Culled);
        world.request_pod_deletion(good_pod);
    });
    run.at(310, |world, _| {
        world.remove_pod(good_pod);
        world.remove_server(good);
    });
    // Refused at once, in the instant in which one window ends and the next begins.
    run.at(400, |world, _| {
        let launch = world.start_launch(audience(1), 0, 1, 0);
        world.fail_launch(launch, LaunchFailure::SpawnLimit);
    });
    assert_eq!(
        run.values(),
        [
            Some(0.5),
            Some(3.0),
            Some(0.0),
            None,
            Some(2.0),
            Some(1.0),
            Some(30.0),
            Some(2.0),
            Some(1.0),
            Some(0.0),
            Some(1.0),
            Some(40.0),
            Some(1.0),
        ]
    );
}

#[test]
fn three_counts_of_nodes_differ() {
    let mut run = Run::new(&[
        "nodes.target at 08:01 = 4",
        "nodes.total at 08:01 = 2",
        "nodes.ceiling{group=big} at 08:00 = 3",
        "nodes.ceiling at 08:06 = 7",
        "nodes.schedulable at 08:05 = 2",
        "nodes.ready at 08:05 = 3",
        "nodes.schedulable at 08:08 = 1",
        "nodes.ready{group=big} at end = 2",
        "count(nodes.requested) = 2",
        "count(nodes.removed) = 1",
        "last(nodes.target) = 3",
    ]);
    let big = GroupId::from_index(0);
    let (first, _) = (run.node(0, 0), run.node(0, 1));
    run.at(150, |world, _| world.set_target(big, 3));
    let second = run.node(250, 0);
    run.at(300, |world, _| world.cordon(first));
    run.at(450, |world, _| world.set_limits(big, 0, 5));
    run.at(500, |world, _| world.request_node_deletion(second));
    run.at(520, |world, _| world.uncordon(first));
    run.at(540, |world, _| world.cordon(first));
    run.at(600, |world, _| world.uncordon(first));
    run.at(700, |world, _| world.cordon(second));
    run.at(800, |world, _| world.remove_node(second));
    run.node(900, 0);
    assert_eq!(run.values(), known(&[4.0, 2.0, 3.0, 7.0, 2.0, 3.0, 1.0, 2.0, 2.0, 1.0, 3.0]));
}

#[test]
fn series_agree_with_the_figures() {
    let mut run = Run::new(&[]);
    let node = run.node(0, 0);
    for second in [100, 105, 110, 500, 1_100] {
        let pod = run.pod(second, batch());
        run.bind(second, pod, node);
    }
    let measured = run.finish();
    let series = &measured.series;
    assert_eq!(series.seconds.len(), 101);
    assert_eq!((series.seconds[0], series.seconds[1], series.seconds[100]), (0.0, 10.0, 1_000.0));
    assert_eq!(series.start_second_of_day, 8 * 3_600);
    assert!(series.metrics.values().all(|values| values.len() == 101));
    let created = &series.metrics["pods.created"];
    assert_eq!((created[0], created[1], created[100]), (1.0, 2.0, 1.0));
    assert_eq!(created.iter().sum::<f64>(), measured.summary["podsCreated"]);
    let starting = &series.metrics["pods.starting"];
    assert_eq!((starting[0], starting[1], starting[40], starting[100]), (1.0, 3.0, 4.0, 5.0));
    assert!(series.metrics.contains_key("pods.running{audience=a}"));
    assert_eq!(measured.summary["nodeHours"], 1_000.0 / 3_600.0);
    assert_eq!(measured.summary["simulatedEvents"], 7.0);
}

#[test]
fn without_a_hub_nothing_is_said_about_launches() {
    let mut model = model(&[]);
    model.hub = None;
    let measured = Metrics::new(&model).finish(at(END), &World::new(&model), &model, 0);
    let names = measured.summary.keys().chain(measured.series.metrics.keys());
    for name in names {
        assert!(!name.contains("aunch") && !name.contains("erver") && !name.contains("sers"), "{name}");
    }
}

#[test]
fn notes_are_few_and_useful() {
    let mut run = Run::new(&[]);
    let big = GroupId::from_index(0);
    let note = |seconds: f64, clock: &str, by, text: &str| Note {
        seconds,
        clock: clock.to_owned(),
        by,
        text: text.to_owned(),
    };
    run.at(50, |world, _| world.set_target(big, 3));
    run.at(60, |world, _| world.set_target(big, 2));
    let pod = run.pod(200, batch());
    run.at(200, |world, _| world.mark_unschedulable(pod, Why::default()));
    run.at(210, |world, _| world.set_target(big, 3));
    run.at(211, |world, _| world.set_target(big, 2));
    run.at(212, |world, _| world.set_target(big, 3));
    run.at(300, |world, _| world.take_action(crate::ids::ActionId::from_index(0)));
    let fail = |world: &mut World, _: &Model| {
        let launch = world.start_launch(audience(0), 0, 1, 0);
        world.fail_launch(launch, LaunchFailure::HubDown);
    };
    let succeed = |world: &mut World, model: &Model| {
        let launch = world.start_launch(audience(0), 0, 1, 0);
        let pod = world.create_pod(model, new_pod(PodOwner::User(audience(0))));
        let server = world.create_server(launch, pod);
        world.connect_server(server);
        world.server_ready(server);
    };
    for second in 400..410 {
        run.at(second, succeed);
    }
    for second in 410..440 {
        run.at(second, fail);
    }
    for second in 440..470 {
        run.at(second, succeed);
    }
    assert_eq!(
        run.finish().notes,
        [
            note(100.0, "08:01:40", NoteBy::Model, "pods wait for room: the first is unschedulable"),
            note(110.0, "08:01:50", NoteBy::Model, "nodes of `big` at the ceiling of 3"),
            note(200.0, "08:03:20", NoteBy::Timeline, "a cut"),
            note(319.0, "08:05:19", NoteBy::Model, "launches fail: 10 of the last 20"),
            note(357.0, "08:05:57", NoteBy::Model, "launches succeed again: 18 of the last 20"),
        ]
    );
}

proptest! {
    /// Whatever happens, levels are a recount of the world's rows.
    #[test]
    fn levels_are_a_recount(steps in prop::collection::vec((0..10_u8, 0..1_000_usize), 1..200)) {
        let mut run = Run::new(&[]);
        keep_everything(&mut run);
        let mut nodes = vec![run.node(0, 0), run.node(0, 1)];
        for (second, (kind, choice)) in steps.into_iter().enumerate() {
            let pods: Vec<_> = run.world.cluster().pods.ids().collect();
            let pod = (!pods.is_empty()).then(|| pods[choice % pods.len()]);
            run.at(second as u64 + 1, |world, model| act(world, model, kind, choice, pod, &mut nodes));
            recount(&run)?;
        }
        run.finish();
    }
}

/// Books keep only what somebody reads: here, all of it.
fn keep_everything(run: &mut Run) {
    let books = &mut run.metrics.books;
    for level in 0..Level::COUNT {
        for place in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            books.level_layout.read(level, Place { owner: place.0, group: place.1 });
        }
    }
}

/// One random step, if the state admits it.
fn act(
    world: &mut World,
    model: &Model,
    kind: u8,
    choice: usize,
    pod: Option<PodId>,
    nodes: &mut Vec<NodeId>,
) {
    let phase = pod.map(|pod| world.cluster().pods[pod].phase);
    let node = nodes[choice % nodes.len()];
    match (kind, pod, phase) {
        (0, ..) => {
            let pod = world.create_pod(model, new_pod(batch()));
            world.bind(model, pod, node);
        }
        (1, ..) => {
            world.create_pod(model, new_pod(PodOwner::User(audience(choice % 2))));
        }
        (2, Some(pod), Some(PodPhase::Pending)) => world.bind(model, pod, node),
        (3, Some(pod), Some(PodPhase::Starting)) => world.start_pod(pod),
        (4, Some(pod), Some(PodPhase::Running)) => world.end_pod(pod),
        (5, Some(pod), Some(_)) => world.request_pod_deletion(pod),
        (6, Some(pod), Some(_)) => world.remove_pod(pod),
        (7, ..) => world.cordon(node),
        (9, ..) => {
            world.set_node_ready(node, *[Ready::True, Ready::False, Ready::Unknown].get(choice % 3).unwrap())
        }
        (8, ..) if world.cluster().pods.iter().all(|(_, pod)| pod.node != Some(node)) => {
            world.uncordon(node);
            world.remove_node(node);
            nodes.retain(|other| *other != node);
            nodes.push(world.add_node(model, GroupId::from_index(choice % 2), 9));
        }
        _ => {}
    }
}

fn recount(run: &Run) -> Result<(), TestCaseError> {
    let cluster = run.world.cluster();
    for group in [None, Some(GroupId::from_index(0)), Some(GroupId::from_index(1))] {
        for owner in [None, Some(batch()), Some(PodOwner::User(audience(0)))] {
            let place = Place {
                owner: match owner {
                    None => 0,
                    Some(PodOwner::User(_)) => 1,
                    Some(PodOwner::Workload(_)) => 3,
                },
                group: group.map_or(0, |group| group.index() as u32 + 1),
            };
            let mut counts = [0_i64; 6];
            for (_, pod) in cluster.pods.iter() {
                let on = pod.node.map(|node| cluster.nodes[node].group);
                if owner.is_some_and(|owner| owner != pod.owner) || (group.is_some() && group != on) {
                    continue;
                }
                counts[0] += 1;
                let terminating = pod.deletion_requested_at.is_some();
                counts[4] += i64::from(terminating);
                counts[5] += i64::from(pod.phase == PodPhase::Running);
                let phases = [PodPhase::Pending, PodPhase::Starting, PodPhase::Running];
                if let Some(phase) = phases.iter().position(|phase| *phase == pod.phase && !terminating) {
                    counts[phase + 1] += 1;
                }
            }
            let levels = [
                Level::PodsTotal,
                Level::PodsPending,
                Level::PodsStarting,
                Level::PodsRunning,
                Level::PodsTerminating,
                Level::ContainersAlive,
            ];
            for (level, count) in levels.into_iter().zip(counts) {
                prop_assert_eq!(value(run, level, place), count, "{:?} at {:?}", level, place);
            }
        }
        let place = Place { owner: 0, group: group.map_or(0, |group| group.index() as u32 + 1) };
        let of = |node: &&crate::world::Node| group.is_none_or(|group| node.group == group);
        let nodes: Vec<_> = cluster.nodes.iter().map(|(_, node)| node).filter(of).collect();
        for (level, ready) in [
            (Level::NodesReady, Ready::True),
            (Level::NodesNotReady, Ready::False),
            (Level::NodesUnknown, Ready::Unknown),
        ] {
            let count = nodes.iter().filter(|node| node.health.ready == ready).count();
            prop_assert_eq!(value(run, level, place), count as i64, "{:?}", level);
        }
        let schedulable = nodes.iter().filter(|node| node.is_schedulable()).count();
        prop_assert_eq!(value(run, Level::NodesTotal, place), nodes.len() as i64);
        prop_assert_eq!(value(run, Level::NodesSchedulable, place), schedulable as i64);
        let ids = cluster.nodes.iter().filter(|(_, node)| of(node)).map(|(id, _)| id);
        let bytes: u64 = ids.map(|id| run.world.requested(id).memory_bytes).sum();
        prop_assert_eq!(value(run, Level::MemoryRequestedBytes, place), bytes as i64);
    }
    Ok(())
}

fn value(run: &Run, level: Level, place: Place) -> i64 {
    let books = &run.metrics.books;
    books.levels.value(books.level_layout.kept(level as usize, place).expect("everything is kept"))
}

//! BinderHub builds, launches and gives up.

use plimsoll_core::Simulation;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{Change, PodOwner};

use super::{model, values};

/// A BinderHub with room for everybody on `nodes` nodes, whose builds take `lifetime`.
fn binder(nodes: u32, build: &str, lifetime: &str, audience: &str, rest: &str, checks: &str) -> String {
    format!(
        "{{apiVersion: plimsoll/v1, name: a binder, era: k8s-1.36, start: 2026-01-01T00:00:00Z, duration: 6h,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 640, memory: 5120Gi, pods: 20000}}, min: {nodes}, max: {nodes}}}}},
          hub: {{singleuser: {{startup: 0, httpStart: 1s}}, concurrentSpawnLimit: 0}},
          binderhub: {{build: {{workload: builds, {build}}}}},
          workloads: {{builds: {{replicas: 0, lifetime: {lifetime}, pod: {{labels: {{component: build}}, {rest}}}}}}},
          audience: {{users: {{session: {{active: 1m}}, {audience}}}}}, checks: {{{checks}}}}}"
    )
}

/// Twelve launches an hour of as many repositories, each of which is built.
const BUILDERS: &str = "arrivals: {perHour: 12, process: even}, builds: 100%, repositories: 1000000";

/// So many builds run at a time; further ones wait until one is over.
#[test]
fn so_many_builds_run_at_a_time_and_others_wait() {
    let found = |limit: &str| {
        values(&binder(
            1,
            limit,
            "2h",
            BUILDERS,
            "",
            "running: 'max(pods.running{workload=builds}) = 0', waiting: 'users.waiting at 02:00 = 0',
             done: 'count(launch.succeeded) = 0'",
        ))
    };
    let bounded = found("concurrentLimit: 4");
    assert_eq!(bounded[0], 4.0);
    assert!(bounded[1] >= 20.0, "24 have come in two hours and none is done: {bounded:?}");
    assert!((8.0..=12.0).contains(&bounded[2]), "four every two hours: {bounded:?}");
    let default = found("maxAge: 4h");
    assert!(
        (23.0..=25.0).contains(&default[0]),
        "32 are allowed, 12 an hour for two hours come: {default:?}"
    );
}

/// Launches that come while their repository is being built wait for that build; without one they wait for none.
#[test]
fn launches_of_a_repository_share_a_build_and_an_image_that_is_there_needs_none() {
    let found = |builds: &str| {
        values(&binder(
            1,
            "concurrentLimit: 32",
            "1h",
            &format!("arrivals: {{perHour: 30, process: even}}, repositories: 1, builds: {builds}"),
            "",
            "builds: 'count(pods.created{workload=builds}) = 0', launches: 'count(launch.started) = 0',
             longest: 'max(launch.wait) = 0', shortest: 'p50(launch.wait) = 0',
             left: 'max(pods.total{workload=builds}) = 0'",
        ))
    };
    let shared = found("100%");
    assert!(shared[1] >= 179.0 && (5.0..=6.0).contains(&shared[0]), "one after the other: {shared:?}");
    assert!((shared[2] - 3_600.0).abs() < 20.0, "the first of them waits for all of it: {shared:?}");
    assert!((shared[3] - 1_800.0).abs() < 120.0, "the others for the rest: {shared:?}");
    assert_eq!(shared[4], 1.0, "the pod of a build that is over is gone");
    let there = found("0%");
    assert!(there[0] == 0.0 && there[2] < 10.0, "{there:?}");
}

/// The pod of a build is a bare one: when it fails nobody makes another, and the launch fails.
#[test]
fn a_build_that_is_too_old_is_killed_and_its_launch_fails() {
    let took = |age: &str| {
        let text = binder(
            1,
            age,
            "5h",
            "arrivals: {every: 20m, until: '00:20', process: even}, builds: 100%",
            "restartPolicy: Never",
            "",
        );
        let mut simulation = Simulation::new(model(&text), 1, 0);
        let (mut built, mut failed, mut pods) = (None, None, 0);
        simulation.run_until(SimTime::MAX, &mut |now, change, world| match change {
            Change::PodCreated(pod) => {
                if matches!(world.cluster().pods[pod].owner, PodOwner::Workload(_)) {
                    pods += 1;
                    built = Some(now);
                }
            }
            Change::LaunchFailed(_) => failed = Some(now),
            _ => {}
        });
        assert_eq!(pods, 1, "nobody makes another");
        Some(failed?.since(built?).as_secs_f64() / 3_600.0)
    };
    let hour = took("maxAge: 1h").expect("it is killed");
    assert!((hour - 1.0).abs() < 0.02, "{hour}");
    let default = took("concurrentLimit: 32").expect("BinderHub kills builds after four hours");
    assert!((default - 4.0).abs() < 0.02, "{default}");
    assert_eq!(took("maxAge: 0"), None, "before 2018-08-29 nothing did");
}

/// Builds shun each other's nodes (build.py: a preferred anti-affinity), but for want of another share one.
#[test]
fn builds_spread_over_nodes_where_they_shun_each_other() {
    let apart = "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100,
        podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {component: build}}}}]}}";
    let most = |rest: &str| {
        let text = binder(6, "concurrentLimit: 32", "5h", BUILDERS, rest, "")
            .replace("hub: {singleuser", "scheduler: {score: MostAllocated}, hub: {singleuser");
        let mut simulation = Simulation::new(model(&text), 1, 0);
        let mut of_node = std::collections::BTreeMap::new();
        let mut bound = 0;
        simulation.run_until(SimTime::MAX, &mut |_, change, world| {
            let Change::PodBound(pod) = change else { return };
            let row = &world.cluster().pods[pod];
            if matches!(row.owner, PodOwner::Workload(_)) && bound < 12 {
                bound += 1;
                *of_node.entry(row.node).or_insert(0) += 1;
            }
        });
        assert_eq!(bound, 12);
        of_node.into_values().max().expect("some are bound")
    };
    assert_eq!(most(apart), 2, "twelve on six nodes");
    assert!(most("priority: 0") > 2, "packed, they would share one");
}

/// Without polling a try has ten minutes, and BinderHub hears of a ready server at once.
#[test]
fn a_try_of_today_ends_after_600_seconds() {
    let text =
        "{apiVersion: plimsoll/v1, name: a binder, era: k8s-1.36, start: 2026-01-01T00:00:00Z, duration: 6h,
          nodeGroups: {nodes: {allocatable: {cpu: 640, memory: 5120Gi, pods: 20000}, min: 1, max: 1}},
          hub: {singleuser: {startup: STARTUP, httpStart: 1s}, startTimeout: 1h},
          binderhub: {launch: {attempts: 1}},
          audience: {users: {arrivals: {every: 20m, until: '00:20', process: even}, session: {active: 1m}}}}";
    let took = |startup: &str| {
        let mut simulation = Simulation::new(model(&text.replace("STARTUP", startup)), 1, 0);
        let (mut asked, mut ended, mut succeeded) = (None, None, false);
        simulation.run_until(SimTime::MAX, &mut |now, change, _| match change {
            Change::LaunchStarted(_) => asked = Some(now),
            Change::LaunchFailed(_) => ended = Some(now),
            Change::LaunchSucceeded(_) => (ended, succeeded) = (Some(now), true),
            _ => {}
        });
        (ended.expect("it ends").since(asked.expect("a click")).as_secs_f64(), succeeded)
    };
    assert_eq!(took("20m"), (600.0, false));
    assert_eq!(took("9m"), (541.0, true), "no poll is waited for");
}

/// A federation sends each of its members a share of the users, drawn for each.
#[test]
fn a_federation_sends_a_share_of_the_users() {
    let launches = |share: &str| {
        let text = binder(
            1,
            "concurrentLimit: 32",
            "1m",
            "arrivals: {perHour: 1000, process: even}",
            "",
            "launches: 'count(launch.started) = 0'",
        );
        values(&text.replace("binderhub: {build", &format!("binderhub: {{federationShare: {share}, build")))
            [0]
    };
    assert!((launches("100%") - 6_000.0).abs() <= 1.0);
    // The standard deviation of 6,000 draws at 30 % is 35.
    assert!((launches("30%") - 1_800.0).abs() < 110.0, "{}", launches("30%"));
}

/// What `docker build` takes is its node's memory and no pod's: no limit of a pod holds it.
#[test]
fn a_build_outside_of_its_pod_takes_the_nodes_memory_and_one_inside_is_held_by_its_limit() {
    let kills = |timeline: &str, usage: &str| {
        let text = format!(
            "{{apiVersion: plimsoll/v1, name: a build, era: k8s-1.10, start: 2026-01-01T00:00:00Z, duration: 2h,
              nodeGroups: {{nodes: {{machine: n1-standard-4, min: 1, max: 1}}}},
              workloads: {{
                builds: {{replicas: 1, lifetime: 90m, pod: {{restartPolicy: Never, resources: {{limits: {{memory: 2Gi}}, requests: {{memory: 1Gi}}}}{usage}}}}},
                other: {{replicas: 1, pod: {{resources: {{requests: {{memory: 1Gi}}}}, use: {{memory: {{level: 2Gi}}}}}}}}}},
              timeline: {{{timeline}}},
              checks: {{build: 'count(oom.kills{{workload=builds}}) = 0', other: 'count(oom.kills{{workload=other}}) = 0'}}}}"
        );
        values(&text)
    };
    let inside = kills("", ", use: {memory: {level: 14Gi, ramp: 10m}}");
    assert!(inside[0] >= 1.0 && inside[1] == 0.0, "its own limit ends it: {inside:?}");
    let outside =
        kills("docker: {at: '00:30', runProcess: {node: newest, memory: 14Gi, ramp: 10m, lasts: 1h}}", "");
    assert!(outside[0] == 0.0 && outside[1] >= 1.0, "somebody else pays: {outside:?}");
}

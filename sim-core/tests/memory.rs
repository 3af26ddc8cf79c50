//! Goal: memory on nodes runs out, kills, evicts and comes back as under Kubernetes; each test pins rows of
//! `docs/behaviour.md`.
//! Method: small scenarios, and the history of changes they lead to.

use std::borrow::Cow;
use std::sync::Arc;

use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{DeathKind, PodPhase, Setting, World};
use plimsoll_core::{Model, Simulation, trace};

/// What happened: seconds of the run, the change's name, what it happened to, why.
type Line = (f64, &'static str, String, Option<Cow<'static, str>>);

struct Run {
    simulation: Simulation,
    lines: Vec<Line>,
}

fn run_seed(text: &str, seed: u64) -> Run {
    let text = format!("apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-01T00:00:00Z\n{text}");
    let document =
        Document::parse("test.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
    let model: Arc<Model> =
        Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}\n{text}")).model);
    let mut simulation = Simulation::new(Arc::clone(&model), seed, 0);
    let mut lines = Vec::new();
    let watcher = &mut |at, change, world: &World| {
        let line = trace::line(&model, world, at, change);
        lines.push((line.seconds, line.change, line.subject, line.reason));
    };
    while simulation.step(SimTime::MAX, watcher).is_some() {
        let findings = simulation.audit();
        assert!(findings.is_empty(), "{findings:#?}");
    }
    Run { simulation, lines }
}

fn run(text: &str) -> Run {
    run_seed(text, 1)
}

impl Run {
    /// When it happened to whatever begins like this, in seconds.
    fn times(&self, change: &str, of: &str) -> Vec<f64> {
        let lines = self.lines.iter().filter(|line| line.1 == change && line.2.starts_with(of));
        lines.map(|line| line.0).collect()
    }

    fn first(&self, change: &str, of: &str) -> f64 {
        *self.times(change, of).first().unwrap_or_else(|| panic!("no {change} of {of}: {:#?}", self.lines))
    }

    fn whom(&self, change: &str) -> Vec<&str> {
        self.lines.iter().filter(|line| line.1 == change).map(|line| line.2.as_str()).collect()
    }

    fn world(&self) -> &World {
        self.simulation.world()
    }
}

fn seconds(times: &[f64]) -> Vec<i64> {
    times.iter().map(|time| time.round() as i64).collect()
}

const NOW: &str = "k8s-1.36";
const THEN: &str = "k8s-1.8";

/// A container that needs twice its limit.
const GREEDY: &str = "duration: 40m\nera: k8s-1.36\n\
    nodeGroups: {n: {allocatable: {cpu: 4, memory: 8Gi}, min: 1, max: 1}}\n\
    workloads: {web: {kind: Deployment, startup: 2s, pod: {\
    use: {memory: {level: 2Gi, ramp: 100s}}, resources: {limits: {memory: 1Gi}}}}}\n";

#[test]
fn a_container_at_its_limit_is_killed_in_the_instant_in_which_it_reaches_it() {
    let run = run(GREEDY);
    assert!((run.first("ContainerKilled", "web") - 52.0).abs() < 1e-3);
    let death = run.world().memory().deaths[0];
    assert_eq!((death.kind, death.cause.setting), (DeathKind::Limit, Setting::LimitBelowUse));
}

#[test]
fn a_killed_container_starts_again_at_the_closed_form() {
    // It lives 50 s each time: r, 2r + 10, 3r + 30, 4r + 70, 5r + 150, 6r + 310, then every r + 300.
    let run = run(GREEDY);
    let expected: Vec<i64> = [0, 10, 30, 70, 150, 310, 610, 910, 1210, 1510]
        .iter()
        .zip(1..)
        .map(|(waits, lives)| 2 + waits + 50 * lives)
        .collect();
    assert_eq!(seconds(&run.times("ContainerRestarted", "web"))[..expected.len()], expected);
    let pod = run.world().cluster().pods.iter().next().expect("it stays").1;
    assert_eq!(pod.phase, PodPhase::Running, "whether it waits or not");
    assert!(pod.restarts >= 10);
}

#[test]
fn a_container_that_is_down_is_not_ready() {
    let run = run(&GREEDY.replace("startup: 2s,", "startup: 2s, readyAfter: 5s,"));
    assert_eq!(seconds(&run.times("PodReady", "web"))[..3], [7, 57, 117], "with each life");
    assert_eq!(seconds(&run.times("PodUnready", "web"))[..2], [52, 102]);
}

#[test]
fn restart_policy_never_fails_the_pod_and_its_controller_makes_another() {
    let run = run(&GREEDY.replace("resources:", "restartPolicy: Never, resources:"));
    assert_eq!(run.times("ContainerRestarted", "web"), [0.0; 0]);
    assert!((run.first("PodEnded", "web-0") - 52.0).abs() < 1e-3);
    assert!(run.first("PodCreated", "web-1") < 52.1);
    let failed = run.world().cluster().pods.iter().filter(|(_, row)| row.phase == PodPhase::Ended);
    assert!(failed.count() > 20, "their objects stay");
}

#[test]
fn a_job_counts_killed_pods_as_failures() {
    let run = run(&GREEDY
        .replace("kind: Deployment", "kind: Job, backoffLimit: 2, lifetime: 10m")
        .replace("restartPolicy", "x"));
    assert_eq!(run.times("ContainerKilled", "web").len(), 3, "two failures are allowed");
}

/// Three pods on a node of 8 GiB: one without request or limit, two with, one of them guaranteed.
fn three(era: &str, node: &str, grows: &str) -> String {
    let settled = |request: &str| {
        format!("startup: 1s, pod: {{use: {{memory: {{level: 2Gi}}}}, resources: {{{request}}}}}")
    };
    format!(
        "duration: 30m\nera: {era}\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 6Gi}}, min: 1, max: 1, memory: {{capacity: 8Gi, {node}}}}}}}\n\
         workloads:\n  best: {{kind: Deployment, {}}}\n  burst: {{kind: Deployment, {}}}\n  \
         sure: {{kind: Deployment, {}}}\n  grows: {{kind: Deployment, startup: 1s, pod: {{{grows}}}}}\n",
        settled(""),
        settled("requests: {cpu: 1, memory: 1Gi}"),
        settled("limits: {cpu: 1, memory: 2560Mi}"),
    )
}

const GROWS: &str = "use: {memory: {level: 4Gi, ramp: 400s}}, resources: {requests: {memory: 1Gi}}";

#[test]
fn all_pods_together_are_killed_at_the_limit_of_kubepods() {
    // 8 GiB less 1.5 reserved are 6.5: the eviction threshold is not taken from them. Three use 6 GiB.
    let text = three(NOW, "kubeReserved: 1Gi, systemReserved: 512Mi, evictionHard: 0", GROWS);
    let run = run(&text);
    let at = run.first("ContainerKilled", "");
    assert!((at - 51.0).abs() < 1.0, "half a GiB at 10 MiB a second: {at}");
    let death = run.world().memory().deaths[0];
    assert_eq!(death.kind, DeathKind::Kubepods);
    assert_eq!(run.whom("ContainerKilled")[0], "best-0", "BestEffort is the worst whatever it uses");
    assert_eq!(
        death.cause.setting,
        Setting::NeitherRequestNorLimit,
        "it uses most beyond what was set aside"
    );
}

#[test]
fn the_host_is_exhausted_by_what_is_outside_of_pods() {
    let text = three(NOW, "evictionHard: 0, system: 1536Mi", GROWS);
    let run = run(&text);
    let death = run.world().memory().deaths[0];
    assert_eq!(death.kind, DeathKind::Host);
    let at = run.first("ContainerKilled", "");
    assert!((at - 51.0).abs() < 1.0, "all of 8 GiB: {at}");
}

#[test]
fn the_kernel_kills_the_worst_badness() {
    // Without the BestEffort pod: burst has adj 875 and 2 GiB, grows has 875 and more.
    let text = three(NOW, "evictionHard: 0, kubeReserved: 1Gi", GROWS)
        .replace("best: {kind: Deployment,", "best: {replicas: 0,");
    let first = run(&text);
    assert_eq!(first.whom("ContainerKilled")[0], "grows-0");
    // A Guaranteed container is spared however much it uses.
    let guaranteed = "use: {memory: {level: 4Gi, ramp: 400s}}, resources: {limits: {cpu: 1, memory: 4200Mi}}";
    let text = three(NOW, "evictionHard: 0, kubeReserved: 512Mi", guaranteed)
        .replace("memory: 6Gi}, min", "memory: 8Gi}, min")
        .replace("best: {kind: Deployment,", "best: {replicas: 0,");
    assert_eq!(run(&text).whom("ContainerKilled")[0], "burst-0");
}

#[test]
fn the_kubelet_evicts_one_pod_every_ten_seconds_until_enough_is_available() {
    // 1 GiB must be available. Three use 6 GiB; the fourth rises slowly and is not done before 8 GiB.
    let slow = "use: {memory: {level: 2Gi, ramp: 400s}}, resources: {requests: {memory: 3Gi}}";
    let run = run(&three(NOW, "evictionHard: 1Gi", slow).replace("memory: 6Gi}, min", "memory: 7Gi}, min"));
    let evicted = run.times("PodEnded", "");
    assert!((evicted[0] - 201.0).abs() < 10.1, "at the next look after 7 GiB are in use: {evicted:?}");
    let killed = run.times("ContainerKilled", "");
    assert!(
        killed.iter().all(|at| *at > 400.0),
        "the kernel has nothing to do before the pods come back: {killed:?}"
    );
    // best and burst both use more than they request; best has the larger excess.
    let whom: Vec<&str> = run.whom("PodEnded");
    assert!(
        whom[0].starts_with("best")
            && !whom.iter().any(|whom| whom.starts_with("grows") || whom.starts_with("sure")),
        "{whom:?}"
    );
    assert!(run.lines.iter().any(|line| line.1 == "PodEnded" && line.3.as_deref() == Some("Evicted")));
    for pair in evicted.windows(2) {
        assert!(pair[1] - pair[0] > 9.99, "one at a look: {evicted:?}");
    }
}

#[test]
fn priority_saves_from_eviction_before_excess_does() {
    let slow = "use: {memory: {level: 2Gi, ramp: 400s}}, resources: {requests: {memory: 3Gi}}";
    let text = three(NOW, "evictionHard: 1Gi", slow).replace("memory: 6Gi}, min", "memory: 7Gi}, min");
    let text = text.replacen(
        "pod: {use: {memory: {level: 2Gi}}, resources: {}",
        "pod: {priority: 5, use: {memory: {level: 2Gi}}, resources: {}",
        1,
    );
    assert!(run(&text).whom("PodEnded")[0].starts_with("burst"));
    // Until 1.8 the class decides first.
    assert!(run(&text.replace(NOW, THEN)).whom("PodEnded")[0].starts_with("best"));
}

#[test]
fn a_critical_pod_is_never_evicted() {
    let text = "duration: 20m\nera: k8s-1.36\nnodeGroups: {n: {allocatable: {cpu: 8, memory: 6Gi}, min: 1, max: 1}}\n\
        workloads:\n  critical: {kind: Deployment, pod: {priority: 2000000000, use: {memory: {level: 5200Mi, ramp: 10m}}}}\n  \
        other: {kind: Deployment, pod: {use: {memory: {level: 1Gi}}}}\n";
    let run = run(text);
    assert!(
        run.whom("PodEnded").iter().all(|whom| whom.starts_with("other")) && !run.whom("PodEnded").is_empty()
    );
}

#[test]
fn memory_pressure_lasts_five_minutes_and_keeps_best_effort_pods_away() {
    // A bare pod rises above the threshold at 100 s and is evicted; nothing else is there.
    let text = "duration: 30m\nera: ERA\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 6Gi}, min: 1, max: 1, memory: {evictionHard: 1Gi}}}\n\
        workloads:\n  grows: {replicas: 1, startup: 1s, pod: {use: {memory: {level: 7Gi, ramp: 117s}}}}\n  \
        best: {arrivals: {every: 50s}, lifetime: 10s, startup: 1s, pod: {use: {memory: {level: 1Mi}}}}\n  \
        burst: {arrivals: {every: 50s}, lifetime: 10s, startup: 1s, pod: {use: {memory: {level: 1Mi}}, resources: {requests: {memory: 1Mi}}}}\n";
    for era in [THEN, NOW] {
        let run = run(&text.replace("ERA", era));
        let pressure = run.times("MemoryPressureChanged", "n-1");
        assert_eq!(pressure.len(), 2, "{pressure:?}");
        assert!((101.0..111.1).contains(&pressure[0]), "{pressure:?}");
        assert!((pressure[1] - pressure[0] - 300.0).abs() < 1e-6, "{pressure:?}");
        let while_it_lasts = |of: &str| {
            let bound = run.times("PodBound", of);
            bound.iter().filter(|at| (pressure[0]..pressure[1]).contains(at)).count()
        };
        assert_eq!(while_it_lasts("best"), 0, "{era}");
        assert!(while_it_lasts("burst") >= 5, "{era}");
        assert!(run.times("PodBound", "best").last().expect("later") > &pressure[1]);
    }
}

#[test]
fn an_evicted_pod_stays_as_failed_and_is_replaced() {
    let text = "duration: 10m\nera: k8s-1.36\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 6Gi}, min: 1, max: 1, memory: {evictionHard: 1Gi}}}\n\
        workloads: {grows: {kind: Deployment, startup: 1s, pod: {resources: {requests: {memory: 1Gi}}, use: {memory: {level: 7Gi, ramp: 117s}}}}}\n";
    let run = run(text);
    let evicted = run.times("PodEnded", "grows");
    assert!(evicted.len() >= 3, "{evicted:?}");
    assert_eq!(run.times("PodRemoved", "grows"), [0.0; 0]);
    let created = run.times("PodCreated", "grows");
    assert!((created[1] - evicted[0]).abs() < 0.1, "{created:?}");
}

#[test]
fn a_starved_node_falls_silent_and_its_pods_are_rebuilt_elsewhere_and_starve_the_next() {
    let text = "duration: 40m\nera: k8s-1.10\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 4Gi}, min: 3, max: 3, \
        memory: {capacity: 4Gi, system: 300Mi, starvation: {below: 200Mi}}}}\n\
        workloads: {grows: {kind: Deployment, startup: 1s, pod: {use: {memory: {level: 8Gi, ramp: 100s}}}}}\n";
    let run = run(text);
    let starved = run.times("NodeStarved", "");
    assert_eq!(starved.len(), 3, "one after the other: {starved:?}");
    assert!((starved[0] - (1.0 + 3596.0 / 81.92)).abs() < 1.0, "{starved:?}");
    let unknown = run.first("NodeReadyChanged", "");
    assert!((30.0..50.0).contains(&(unknown - starved[0])), "silent for the grace period");
    // 340 s to the eviction, up to 5 s to the look, then the growth on the next node.
    for pair in starved.windows(2) {
        assert!((330.0..400.0).contains(&(pair[1] - pair[0])), "{starved:?}");
    }
    // The container dies, but whoever could start it again is silent.
    assert_eq!(run.times("ContainerRestarted", ""), [0.0; 0]);
}

#[test]
fn a_starved_node_comes_back_after_its_time_or_by_a_reset() {
    let text = "duration: 40m\nera: k8s-1.10\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 4Gi}, min: 1, max: 1, \
        memory: {capacity: 4Gi, system: 300Mi, evictionHard: 500Mi, starvation: {below: 200Mi LASTS}}}}\n\
        workloads: {grows: {replicas: 1, startup: 1s, pod: {use: {memory: {level: 8Gi, ramp: 1h}}}}}\nTIMELINE";
    let healed = run(&text.replace("LASTS", ", lasts: 3m").replace("TIMELINE", ""));
    assert_eq!(healed.times("NodeStarved", ""), [0.0; 0], "so slow that the kubelet evicts before");
    let text = text.replace("ramp: 1h", "ramp: 20s");
    let healed = run(&text.replace("LASTS", ", lasts: 3m").replace("TIMELINE", ""));
    let starved = healed.first("NodeStarved", "");
    let ready = healed.times("NodeReadyChanged", "n-1");
    assert!((ready[1] - starved - 180.0).abs() < 1.0, "{ready:?}");
    assert!(healed.times("NodeStarved", "").len() > 1, "and the container starts again");
    let reset =
        run(&text.replace("LASTS", "").replace("TIMELINE", "timeline: {again: {at: +10m, reset: n-1}}"));
    let ready = reset.times("NodeReadyChanged", "n-1");
    assert!((660.0..721.0).contains(&ready[1]), "{ready:?}");
}

#[test]
fn until_cgroup_v2_only_a_notebooks_kernel_dies() {
    let text = "duration: 30m\nera: ERA\n\
        nodeGroups: {n: {allocatable: {cpu: 4, memory: 8Gi}, min: 1, max: 1}}\n\
        hub: {singleuser: {memory: {guarantee: 1G, limit: 2G}, pod: {use: {memory: {level: 3Gi, ramp: 15m}}}}}\n\
        audience: {u: {arrivals: {every: 1m, from: +1m, until: +2m}, session: {active: 20m}}}\n";
    let then = run(&text.replace("ERA", THEN));
    assert_eq!((then.times("ChildKilled", "").len(), then.times("ContainerKilled", "").len()), (2, 0));
    let now = run(&text.replace("ERA", NOW));
    assert_eq!(now.times("ChildKilled", ""), [0.0; 0]);
    assert_eq!(now.times("ContainerRestarted", "").len(), now.times("ContainerKilled", "").len());
}

/// JupyterHub's capacity planning: a node of 8 GB, users with 1 GB guaranteed and at most 3. Light ones use 0.5 GB,
/// heavy ones 2 GB.
fn seats(heavy: u32) -> Run {
    let users = |name: &str, count: u32, level: &str| {
        format!(
            "  {name}: {{replicas: {count}, startup: 1s, pod: {{use: {{memory: {{level: {level}}}}}, \
             resources: {{requests: {{memory: 1G}}, limits: {{memory: 3G}}}}}}}}\n"
        )
    };
    run(&format!(
        "duration: 10m\nera: k8s-1.36\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 8G}}, min: 1, max: 1, memory: {{capacity: 8G, evictionHard: 0}}}}}}\n\
         workloads:\n{}{}{}",
        users("light", 8 - heavy, "500M"),
        users("heavy", heavy, "2G"),
        users("ninth", 1, "500M"),
    ))
}

#[test]
fn eight_seats_hold_one_heavy_user_but_not_four() {
    let one = seats(1);
    assert_eq!(one.times("PodBound", "").len(), 8, "eight by requests");
    let node = one.world().cluster().nodes.iter().next().expect("there").0;
    assert_eq!(one.world().memory_used(one.simulation.model(), node, one.world().now()), 5_500_000_000);
    assert!(one.world().memory().deaths.is_empty());
    let four = seats(4);
    assert!(
        four.world().memory().deaths.iter().any(|death| death.cause.setting == Setting::LimitAboveRequest)
    );
    assert!(four.whom("ContainerKilled").iter().all(|whom| whom.starts_with("heavy")), "10 GB do not fit");
}

#[test]
fn a_limit_without_a_request_is_the_request() {
    let text = "duration: 5m\nnodeGroups: {n: {allocatable: {cpu: 4, memory: 8Gi}, min: 1, max: 1}}\n\
        workloads: {web: {replicas: 3, pod: {resources: {limits: {memory: 3Gi}}}}}\n";
    assert_eq!(run(text).times("PodBound", "").len(), 2);
}

#[test]
fn what_a_lost_machine_held_in_memory_is_free() {
    let text = "duration: 30m\nera: k8s-1.36\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 6Gi}, min: 1, max: 1}}\n\
        workloads: {web: {replicas: 3, startup: 1s, pod: {use: {memory: {level: 1Gi, ramp: 5m, leakPerHour: 100Mi}}}}}\n\
        timeline: {down: {at: +10m, fault: {node: n-1, machine: down}}, again: {at: +15m, reset: n-1}}\n";
    let run = run(text);
    let started = run.times("PodStarted", "");
    assert_eq!(started.len(), 6, "again after the reset");
}

#[test]
fn use_that_crosses_nothing_costs_at_most_an_event_for_each_part() {
    let text = |usage: &str| {
        format!(
            "duration: 1d\nera: k8s-1.36\n\
             nodeGroups: {{n: {{allocatable: {{cpu: 100, memory: 1000Gi, pods: 100}}, min: 10, max: 10}}}}\n\
             workloads: {{web: {{replicas: 1000, startup: 1s, pod: {{{usage}}}}}}}\n"
        )
    };
    let events = |usage: &str| {
        let document = Document::parse(
            "t.yaml",
            format!("apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-01T00:00:00Z\n{}", text(usage))
                .as_bytes(),
        )
        .expect("good");
        let model = Arc::new(document.compile().expect("good").model);
        let mut simulation = Simulation::new(model, 1, 0);
        simulation.run_until(SimTime::MAX, &mut |_, _, _| {});
        assert!(simulation.world().memory().deaths.is_empty());
        simulation.events_fired()
    };
    let none = events("");
    assert_eq!(
        events("use: {memory: {level: {lognormal: {median: 110Mi, p98: 300Mi}}}}"),
        none,
        "plateaus are free"
    );
    let ramps = "use: {memory: {level: {lognormal: {median: 110Mi, p98: 300Mi}}, ramp: {exponential: 30m}}}";
    assert!(events(ramps) <= none + 1_000, "one for each ramp: {} and {none}", events(ramps));
    let leaks =
        "use: {memory: {level: 110Mi, ramp: 1m, leakPerHour: 1Mi}}, resources: {limits: {memory: 1Gi}}";
    assert!(events(leaks) <= none + 1_000);
    // A rise, a peak and a fall each hour: three parts of about 25 spikes.
    let spikes = "use: {memory: {level: 110Mi, spikes: {every: 1h, to: 2Gi, rise: 1m, lasts: 2m}}}";
    assert!(events(spikes) <= none + 3 * 24 * 1_000);
}

#[test]
fn users_use_what_was_measured() {
    let text = "apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-01T00:00:00Z\nduration: 1h\n\
        nodeGroups: {n: {allocatable: {cpu: 4, memory: 8Gi}, min: 1, max: 1}}\nhub: {singleuser: {pod: {use: {memory: {}}}}}\n";
    let model = Document::parse("t.yaml", text.as_bytes()).expect("good").compile().expect("good").model;
    let class = &model.classes[model.hub.as_ref().expect("a hub").profile.class];
    let level = &class.containers[0].memory.as_ref().expect("used").level;
    for (share, mib) in [(0.5, 110.0), (0.98, 300.0), (0.995, 1024.0)] {
        assert!((level.quantile(share) / (mib * 1048576.0) - 1.0).abs() < 1e-6, "{share}");
    }
    // Of 202 users one above 1 GiB and five above 300 MiB.
    let above = |mib: f64| {
        202.0 * (0..10_000).filter(|n| level.quantile(f64::from(*n) / 1e4) > mib * 1048576.0).count() as f64
            / 1e4
    };
    assert!((0.8..1.3).contains(&above(1024.0)) && (3.5..5.5).contains(&above(300.0)));
}

#[test]
fn a_process_outside_of_pods_takes_the_hosts_memory() {
    // 8 GiB less 1 reserved; pods use 4 GiB. A build that grows to 6 GiB in 10 min leaves nothing at 4/6 of them.
    let text = "duration: 30m\nera: k8s-1.8\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 7Gi}, min: 1, max: 1, memory: {capacity: 8Gi, evictionHard: 0, ADJ}}}\n\
        workloads:\n  user: {replicas: 3, startup: 1s, pod: {use: {memory: {level: 1Gi}}, resources: {requests: {memory: 1Gi}}}}\n  \
        proxy: {kind: Deployment, startup: 1s, pod: {use: {memory: {level: 512Mi}}, resources: {requests: {memory: 512Mi}}, \
        containers: {nginx: {use: {memory: {level: 512Mi}}}}}}\n\
        timeline: {build: {at: +5m, runProcess: {node: n-1, memory: 6Gi, ramp: 10m, lasts: 20m}}}\n";
    let run = run(&text.replace("ADJ", "system: 0"));
    let killed = run.times("ContainerKilled", "");
    assert!((killed[0] - 700.0).abs() < 1.0, "{killed:?}");
    assert!(
        run.whom("ContainerKilled").iter().take(3).all(|whom| *whom == "proxy-0/nginx"),
        "no request: {:?}",
        run.whom("ContainerKilled")
    );
    let death = run.world().memory().deaths[0];
    assert_eq!((death.kind, death.cause.setting), (DeathKind::Host, Setting::OutsideOfPods));
    assert!(run.times("ContainerRestarted", "proxy").len() >= 3, "restarts keep failing");
    assert!(run.times("NodeReadyChanged", "").is_empty(), "the node is Ready throughout");
}

const QUEUE: &str = "duration: 1h\nera: k8s-1.36\n\
    nodeGroups: {n: {allocatable: {cpu: 8, memory: 8Gi}, min: 1, max: 1}}\n\
    workloads: {server: {kind: Deployment, replicas: 1, startup: 1s, pod: {use: {memory: {level: 100Mi}}, resources: {limits: {memory: 1Gi}}}}}\n";

#[test]
fn jobs_add_to_the_memory_of_the_pod_that_serves_them() {
    // Four at a time of 200 MiB each and 100 MiB of the server: below 1 GiB. Five are not.
    let jobs = "queues: {q: {servedBy: server, workers: WORKERS, duration: 10s, memory: {level: 200Mi}, maxAttempts: 1}}\n\
        timeline: {go: {at: +1m, enqueue: {queue: q, jobs: 40}}}\n";
    let four = run(&format!("{QUEUE}{}", jobs.replace("WORKERS", "4")));
    assert_eq!(four.times("ContainerKilled", ""), [0.0; 0]);
    assert_eq!(four.times("JobTried", "q").len(), 40);
    let last = *four.times("JobTried", "q").last().expect("done");
    assert!((last - 160.0).abs() < 1e-6, "ten rounds of 10 s: {last}");
    let five = run(&format!("{QUEUE}{}", jobs.replace("WORKERS", "5")));
    assert!((five.first("ContainerKilled", "server") - 60.0).abs() < 1e-6);
}

#[test]
fn a_poisonous_job_kills_whoever_serves_it_every_time_it_is_tried() {
    let run = run(&format!(
        "{QUEUE}queues: {{q: {{servedBy: server, workers: 2, duration: 1s, retryAfter: 60s, \
         poison: {{jobs: [7], memory: {{level: 4Gi, ramp: 40s}}}}}}}}\n\
         timeline: {{go: {{at: +1m, enqueue: {{queue: q, jobs: 20}}}}, stop: {{at: +30m, purge: q}}}}\n"
    ));
    let killed = run.times("ContainerKilled", "server");
    assert!(killed.len() >= 5, "{killed:?}");
    assert!(killed.iter().all(|at| *at < 1920.0), "not after the queue is emptied: {killed:?}");
    let done = run.lines.iter().filter(|line| line.1 == "JobTried" && line.3.as_deref() == Some("done"));
    assert_eq!(done.count(), 19, "all others are done");
    let tries = run.lines.iter().filter(|line| line.1 == "RequestBegan" && line.2 == "q-7").count();
    assert_eq!(tries, killed.len());
}

/// Two pods of different images, 1000 and 100 MiB, come to a node that pulls 10 MiB a second.
fn images(more: &str, group: &str) -> Run {
    run(&format!(
        "duration: 30m\nera: k8s-1.36\nimages: {{large: {{size: 1000Mi{more}}}, small: {{size: 100Mi}}}}\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 8Gi}}, min: 1, max: 1, images: {{bandwidth: 10Mi{group}}}}}}}\n\
         workloads:\n  a: {{replicas: 1, startup: 1s, pod: {{images: [large]}}}}\n  \
         b: {{replicas: 1, startup: 1s, pod: {{images: [small]}}}}\n  c: {{replicas: 1, startup: 1s, pod: {{images: [unknown]}}}}\n"
    ))
}

#[test]
fn images_are_pulled_one_after_the_other_by_default() {
    let run = images("", "");
    let started = |of: &str| run.first("PodStarted", of).round();
    assert_eq!((started("a"), started("b"), started("c")), (101.0, 111.0, 1.0));
}

#[test]
fn parallel_pulls_share_the_bandwidth() {
    let run = images("", ", parallel: 2");
    let started = |of: &str| run.first("PodStarted", of).round();
    assert_eq!((started("a"), started("b")), (111.0, 21.0));
    let preloaded = images("", ", preloaded: [large]");
    assert_eq!(preloaded.first("PodStarted", "a").round(), 1.0);
}

#[test]
fn a_pull_that_fails_is_tried_again_after_a_back_off() {
    let run = images(", failure: 100%", "");
    assert!(run.times("PodStarted", "a").is_empty());
    assert_eq!(run.first("PodStarted", "b").round(), 111.0, "the next has its turn");
    let often = images(", failure: 50%", "");
    let started = often.first("PodStarted", "a");
    assert!([101.0, 211.0, 331.0, 471.0, 651.0].iter().any(|at| (started - at).abs() < 11.0), "{started}");
}

#[test]
fn unused_images_go_when_the_disk_is_full() {
    let text = "duration: 1h\nera: k8s-1.36\nimages: {one: {size: 4Gi}, two: {size: 4Gi}, three: {size: 2Gi}}\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 8Gi}, min: 1, max: 1, images: {bandwidth: 1Gi, disk: 10Gi}}}\n\
        workloads:\n  a: {arrivals: {every: 10m, until: +10m}, lifetime: 1m, startup: 1s, pod: {images: [one]}}\n  \
        b: {replicas: 1, startup: 1s, pod: {images: [two]}}\n  c: {replicas: 1, startup: 1s, pod: {images: [three]}}\n";
    let run = run(text);
    let removed = run.times("ImageRemoved", "");
    assert_eq!((run.whom("ImageRemoved"), removed[0] % 300.0), (vec!["one"], 0.0), "unused, at a look");
}

/// BinderHub's image cleaner: cordoned at the next minute, the largest first, five seconds apart, and open again.
#[test]
fn the_image_cleaner_cordons_a_full_node_and_deletes_the_largest_images() {
    let text = |cleaner: &str| {
        format!(
            "duration: 1h\nera: k8s-1.36\n\
             images: {{small: {{size: 1Gi}}, middle: {{size: 2Gi}}, large: {{size: 3584Mi}}, kept: {{size: 2Gi}}}}\n\
             nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 8Gi}}, min: 1, max: 1, \
             images: {{bandwidth: 1Gi, disk: 10Gi{cleaner}}}}}}}\n\
             workloads:\n  a: {{arrivals: {{every: 2m, until: +3m}}, lifetime: 10s, startup: 1s, pod: {{images: [small]}}}}\n  \
             b: {{arrivals: {{every: 4m, until: +5m}}, lifetime: 10s, startup: 1s, pod: {{images: [middle]}}}}\n  \
             c: {{arrivals: {{every: 7m, until: +8m}}, lifetime: 10s, startup: 1s, pod: {{images: [large]}}}}\n  \
             d: {{replicas: 1, startup: 1s, pod: {{images: [kept]}}}}\n"
        )
    };
    let found = |cleaner: &str| {
        let run = run(&text(cleaner));
        let (cordoned, open) = (run.times("NodeCordoned", ""), run.times("NodeUncordoned", ""));
        (cordoned, run.whom("ImageRemoved").join(" "), run.times("ImageRemoved", ""), open)
    };
    // 8.5 of 10 GiB: too much for the cleaner, not for the kubelet.
    let (cordoned, images, removed, open) = found(", cleaner: {}");
    assert_eq!((cordoned.len(), images, open.len()), (1, "large".to_owned(), 1), "down to half is enough");
    assert_eq!(cordoned[0] % 60.0, 0.0, "at a turn of its loop");
    assert_eq!((removed[0], open[0]), (cordoned[0], cordoned[0] + 5.0));
    let (cordoned, images, removed, open) = found(", cleaner: {thresholdLow: 40%}");
    assert_eq!(images, "large middle", "the kept one is in use");
    assert_eq!((removed[1] - removed[0], open[0] - cordoned[0]), (5.0, 10.0));
    let nothing = found("");
    assert!(nothing.0.is_empty() && nothing.1.is_empty(), "{nothing:?}");
}

#[test]
fn a_node_that_has_pulled_the_image_is_preferred() {
    let text = "duration: 30m\nera: k8s-1.36\nimages: {large: {size: 1000Mi}}\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 8Gi}, min: 4, max: 4, images: {bandwidth: 100Mi}}}\n\
        workloads: {a: {arrivals: {every: 2m}, lifetime: 30s, startup: 1s, pod: {images: [large]}}}\n";
    let run = run(text);
    assert_eq!(run.times("ImagePulled", "").len(), 1, "all of them go where it is");
}

#[test]
fn a_start_takes_longer_by_the_cpu_that_it_lacks() {
    let start = |startup: &str, pod: &str| {
        let run = run(&format!(
            "duration: 1h\nera: k8s-1.36\nnodeGroups: {{n: {{allocatable: {{cpu: 2, memory: 8Gi}}, min: 1, max: 1}}}}\n\
             workloads:\n  a: {{replicas: 2, startup: 1s, pod: {{use: {{cpu: 2}}, resources: {{requests: {{cpu: 500m}}}}}}}}\n  \
             z: {{kind: CronJob, schedule: '10 * * * *', lifetime: 1h, startup: {startup}, pod: {{{pod}}}}}\n"
        ));
        run.first("PodStarted", "z") - run.first("PodBound", "z")
    };
    let start = |startup: &str, pod: &str| start(startup, pod).round();
    let requests = "use: {cpu: 1}, resources: {requests: {cpu: 1}}";
    assert_eq!(start("10s", requests), 10.0, "its part is half of two cores");
    assert_eq!(
        start("10s", "use: {cpu: 1}, resources: {limits: {cpu: 500m}}"),
        20.0,
        "its limit throttles it"
    );
    assert_eq!(start("10s", "resources: {requests: {cpu: 1}}"), 10.0, "nobody says what it needs");
    assert!(start("1s", "use: {cpu: 1}") > 100.0, "BestEffort gets next to nothing");
}

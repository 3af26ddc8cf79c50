//! Goal: nodes fail, are judged, lose their pods and come back as Kubernetes does it; each test pins rows of
//! `docs/behaviour.md`.
//! Method: small scenarios, and the history of changes they lead to.

use std::borrow::Cow;

use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{Change, PodPhase, Ready, World};
use plimsoll_core::{Model, Simulation, trace};

use std::sync::Arc;

/// What happened: seconds of the run, the change's name, what it happened to, why.
type Line = (f64, &'static str, String, Option<Cow<'static, str>>);

struct Run {
    simulation: Simulation,
    lines: Vec<Line>,
}

/// `seed` other than 1 only where chance is the matter.
fn run_seed(text: &str, seed: u64) -> Run {
    let text = format!("apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-01T00:00:00Z\n{text}");
    let document =
        Document::parse("test.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
    let model: Arc<Model> =
        Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}\n{text}")).model);
    let mut simulation = Simulation::new(Arc::clone(&model), seed, 0);
    let mut lines = Vec::new();
    let watcher = &mut |at, change, world: &World| lines.push(written(&model, world, at, change));
    simulation.run_until(SimTime::MAX, watcher);
    let findings = simulation.audit();
    assert!(findings.is_empty(), "{findings:#?}");
    Run { simulation, lines }
}

fn run(text: &str) -> Run {
    run_seed(text, 1)
}

fn written(model: &Model, world: &World, at: SimTime, change: Change) -> Line {
    let line = trace::line(model, world, at, change);
    (line.seconds, line.change, line.subject, line.reason)
}

impl Run {
    /// When it happened to whatever begins like this, in seconds.
    fn times(&self, change: &str, of: &str) -> Vec<f64> {
        let lines = self.lines.iter().filter(|line| line.1 == change && line.2.starts_with(of));
        lines.map(|line| line.0).collect()
    }

    fn first(&self, change: &str, of: &str) -> f64 {
        *self.times(change, of).first().unwrap_or_else(|| panic!("no {change} of {of}: {:#?}", self.tail()))
    }

    fn ready(&self, of: &str) -> Vec<(f64, String)> {
        let lines = self.lines.iter().filter(|line| line.1 == "NodeReadyChanged" && line.2 == of);
        lines.map(|line| (line.0, line.3.clone().unwrap_or_default().into_owned())).collect()
    }

    fn tail(&self) -> &[Line] {
        &self.lines[self.lines.len().saturating_sub(30)..]
    }

    fn world(&self) -> &World {
        self.simulation.world()
    }
}

fn within(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what}: {value} is not within {low} to {high}");
}

/// `count` nodes for one pod each, and a Deployment with a pod on every one but the spare ones.
fn cluster(era: &str, nodes: u32, replicas: u32, more: &str) -> String {
    format!(
        "duration: 2h\nera: {era}\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 1, memory: 4Gi}}, min: {nodes}, max: {nodes}{more}}}}}\n\
         workloads: {{web: {{kind: Deployment, replicas: {replicas}, startup: 2s, pod: {{resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}}}}}\n"
    )
}

const NOW: &str = "k8s-1.36";
const THEN: &str = "k8s-1.8";

/// The pods of a silent node: Unknown after the grace period, deleted 300 s later, replaced at once, and
/// stuck until somebody confirms.
fn silent(era: &str) -> Run {
    run(&format!(
        "{}timeline: {{dies: {{at: +10m, fault: {{node: n-1, machine: down}}}}}}\n",
        cluster(era, 3, 2, "")
    ))
}

#[test]
fn a_silent_node_is_unknown_after_the_grace_period() {
    for (era, grace) in [(THEN, 40.0), ("k8s-1.34", 50.0), (NOW, 50.0)] {
        let (at, what) = silent(era).ready("n-1")[0].clone();
        assert_eq!(what, "Unknown");
        // The last heartbeat is up to 10 s old, the look that saw it up to 5 s later.
        within(at - 600.0, grace - 10.0, grace + 5.0, era);
        assert_eq!(at % 5.0, 0.0, "at one of the looks");
    }
}

#[test]
fn heartbeats_of_nodes_are_out_of_step() {
    let run = run(&format!(
        "{}timeline: {{die: {{at: +10m, fault: {{zone: a, machine: down}}}}}}\n",
        cluster(NOW, 20, 0, ", zones: [a, b]")
    ));
    let mut times: Vec<f64> = run.times("NodeReadyChanged", "n-");
    times.dedup();
    assert!(times.len() >= 2, "they fall silent together, and are found so one after the other: {times:?}");
}

#[test]
fn pods_leave_a_lost_node_after_the_timeout() {
    for (era, after) in [(THEN, 340.0), (NOW, 350.0)] {
        let run = silent(era);
        let deleted = run.first("PodDeletionRequested", "web");
        within(deleted - 600.0, after - 10.0, after + 10.0, era);
        // The ReplicaSet makes another at once; the old one stays, since nobody confirms.
        let replaced = run.times("PodCreated", "web")[2];
        within(replaced - deleted, 0.0, 1.0, "the replacement");
        assert_eq!(run.times("PodRemoved", "web"), Vec::<f64>::new());
        let stuck = run.world().cluster().pods.iter().filter(|(_, row)| row.deletion_requested_at.is_some());
        assert_eq!(stuck.count(), 1, "Terminating for ever ({era})");
    }
}

#[test]
fn the_timeout_of_2018_can_count_from_the_heartbeat() {
    let text = cluster(THEN, 3, 2, "")
        + "nodeLifecycle: {evictionTimeout: 260s}\ntimeline: {dies: {at: +10m, fault: {node: n-1, machine: down}}}\n";
    within(
        run(&text).first("PodDeletionRequested", "web") - 600.0,
        285.0,
        310.0,
        "as the source of 1.8 has it",
    );
}

#[test]
fn a_pod_chooses_how_long_it_stays() {
    let text = "duration: 2h\nera: k8s-1.36\n\
        nodeGroups: {n: {allocatable: {cpu: 4, memory: 4Gi}, min: 2, max: 2}}\n\
        workloads:\n  \
          hasty: {replicas: 1, pod: {tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30}]}}\n  \
          loyal: {replicas: 1, pod: {tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists}]}}\n  \
          plain: {replicas: 1, pod: {}}\n\
        timeline: {a: {at: +10m, fault: {node: n-1, machine: down}}, b: {at: +10m, fault: {node: n-2, kubelet: silent}}, c: {at: +90m, note: x}}\n";
    // Both nodes are lost: but one zone without any Ready node is no reason to evict.
    assert_eq!(
        run(text).times("PodDeletionRequested", ""),
        Vec::<f64>::new(),
        "the control plane may be cut off"
    );
    let text = text
        .replace(", b: {at: +10m, fault: {node: n-2, kubelet: silent}}", "")
        .replace("min: 2, max: 2", "min: 1, max: 2, zones: [a]")
        + "";
    let text = text.replace("workloads:", "workloads:\n  other: {replicas: 1, pod: {nodeSelector: {other: yes}}}")
        .replace("nodeGroups: {n:", "nodeGroups: {o: {allocatable: {cpu: 4, memory: 4Gi}, min: 1, max: 1, labels: {other: yes}, taints: [{key: o, effect: NoSchedule}]}, n:")
        .replace("pod: {nodeSelector: {other: yes}}", "pod: {nodeSelector: {other: \"yes\"}, tolerations: [{key: o, operator: Exists}]}")
        .replace("labels: {other: yes}", "labels: {other: \"yes\"}");
    let run = run(&text);
    let unknown = run.ready("n-1")[0].0;
    within(run.first("PodDeletionRequested", "hasty") - unknown, 30.0, 30.0, "its own 30 s");
    within(run.first("PodDeletionRequested", "plain") - unknown, 300.0, 300.0, "the default of admission");
    assert!(run.times("PodDeletionRequested", "loyal").is_empty(), "it tolerates the taint for ever");
}

#[test]
fn a_kubelet_that_comes_back_confirms() {
    let text = cluster(NOW, 3, 2, "")
        + "timeline: {dies: {at: +10m, fault: {node: n-1, kubelet: silent}}, back: {at: +30m, fault: {node: n-1, kubelet: well}}}\n";
    let run = run(&text);
    assert_eq!(run.ready("n-1")[1], (1800.0, "Ready".to_owned()));
    within(run.first("PodRemoved", "web"), 1800.0, 1803.0, "the deletion completes");
    let taints = run.times("NodeTaintsChanged", "n-1");
    assert_eq!(taints.len(), 2, "put on and taken off");
    within(taints[1], 1800.0, 1805.0, "at the next look");
}

#[test]
fn a_short_silence_costs_nothing() {
    for era in [THEN, NOW] {
        let text = cluster(era, 3, 2, "")
            + "timeline: {dies: {at: +10m, fault: {node: n-1, kubelet: silent}}, back: {at: +14m, fault: {node: n-1, kubelet: well}}}\n";
        let run = run(&text);
        assert_eq!(run.ready("n-1").len(), 2, "Unknown and back");
        assert!(run.times("PodDeletionRequested", "web").is_empty(), "the eviction is called off ({era})");
        assert_eq!(run.times("PodStarted", "web").len(), 2, "containers ran on");
    }
}

#[test]
fn one_node_of_a_zone_every_ten_seconds() {
    for era in [THEN, NOW] {
        let text = cluster(era, 28, 28, ", zones: [a, b, c, d]")
            + "timeline:\n"
            + &(1..=4)
                .map(|n| format!("  d{n}: {{at: +10m, fault: {{node: n-{}, machine: down}}}}\n", 4 * n - 3))
                .collect::<String>()
                .replace("n-13", "n-2");
        // n-1, n-5, n-9 are in zone a, n-2 in zone b.
        let run = run(&text);
        let times = run.times("PodDeletionRequested", "web");
        assert_eq!(times.len(), 4, "{era}: {times:?}");
        let mut gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_by(f64::total_cmp);
        assert!(
            gaps[2] >= 9.9 && times[3] - times[0] >= 19.9,
            "{era}: three of one zone, 10 s apart: {times:?}"
        );
        assert!(times[3] - times[0] <= 31.0, "{era}: the other zone has a rate of its own: {times:?}");
    }
}

#[test]
fn a_partly_disrupted_zone_stops_evicting() {
    // Domain reference, section 5: two of three lost still evict, three of five do not.
    for (nodes, lost, evicted) in [(3, 2, true), (5, 3, false)] {
        let timeline: String = (1..=lost)
            .map(|n| format!("  d{n}: {{at: +10m, fault: {{node: n-{n}, machine: down}}}}\n"))
            .collect();
        let run = run(&format!("{}timeline:\n{timeline}", cluster(THEN, nodes, nodes, "")));
        assert_eq!(!run.times("PodDeletionRequested", "web").is_empty(), evicted, "{lost} of {nodes}");
        let disrupted = run.lines.iter().any(|line| line.3.as_deref() == Some("partly disrupted"));
        assert_eq!(disrupted, !evicted);
    }
}

#[test]
fn a_large_zone_slows_down_instead() {
    let timeline: String =
        (1..=34).map(|n| format!("  d{n}: {{at: +10m, fault: {{node: n-{n}, machine: down}}}}\n")).collect();
    let run = run(&format!("{}timeline:\n{timeline}", cluster(NOW, 60, 60, "")));
    let times = run.times("NodeTaintsChanged", "n-");
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        gaps.len() > 10 && gaps[3..].iter().all(|gap| (gap - 100.0).abs() < 0.1),
        "0.01 a second: {gaps:?}"
    );
}

#[test]
fn a_zone_without_a_ready_node_evicts_at_the_usual_rate() {
    let text = cluster(NOW, 6, 6, ", zones: [a, b]")
        + "timeline: {out: {at: +10m, fault: {zone: a, machine: down}}}\n";
    let run = run(&text);
    let taints = run.times("NodeTaintsChanged", "n-");
    assert_eq!(taints.len(), 3);
    within(taints[2] - taints[0], 20.0, 25.0, "three nodes at one in 10 s");
    assert!(run.lines.iter().any(|line| line.2 == "a" && line.3.as_deref() == Some("fully disrupted")));
}

#[test]
fn when_no_node_is_ready_nothing_is_evicted_and_clocks_start_again() {
    for era in [THEN, NOW] {
        let text = cluster(era, 4, 3, ", zones: [a, b]")
            + "timeline:\n  a: {at: +10m, fault: {zone: a, machine: down}}\n  b: {at: +12m, fault: {zone: b, machine: down}}\n  \
               back: {at: +60m, fault: {node: n-2, machine: up}}\n";
        let run = run(&text);
        let deleted = run.times("PodDeletionRequested", "web");
        assert!(!deleted.is_empty(), "{era}: in the end they go");
        within(deleted[0], 3_600.0 + 295.0, 3_600.0 + 311.0, "300 s after one node came back");
        let tainted = run.world().cluster().nodes.iter().filter(|(_, row)| !row.taints.is_empty()).count();
        assert_eq!(
            tainted,
            if era == NOW { 3 } else { 0 },
            "taints of the first zone were taken off meanwhile"
        );
    }
}

#[test]
fn podgc_deletes_orphans_after_its_quarantine() {
    let mut seen = Vec::new();
    for minute in ["+10m3s", "+10m9s", "+10m19s", "+10m"] {
        let text = cluster(NOW, 3, 2, "")
            + &format!(
                "timeline: {{dies: {{at: +5m, fault: {{node: n-1, machine: down}}}}, gone: {{at: {minute}, deleteNode: n-1}}}}\n"
            );
        let run = run(&text);
        let gone = run.first("NodeRemoved", "n-1");
        let after = run.first("PodRemoved", "web") - gone;
        within(after, 40.0, 60.0, "quarantine and loop");
        seen.push(after);
    }
    assert!(seen.iter().any(|after| *after < 50.0) && seen.iter().any(|after| *after > 50.0), "{seen:?}");
}

#[test]
fn a_node_object_deleted_by_hand_leaves_its_machine() {
    let text = cluster(NOW, 2, 0, "").replace("max: 2", "max: 3")
        + "timeline: {gone: {at: +10m, deleteNode: n-1}, more: {at: +20m, set: {nodeGroups.n.target: 3}}, less: {at: +30m, set: {nodeGroups.n.target: 1}}}\n";
    let run = run(&text);
    assert_eq!(
        run.times("NodeAdded", "n-").len(),
        3,
        "the machine counts against the target; one more was asked for"
    );
    assert_eq!(run.world().cluster().groups.as_slice()[0].unregistered, 0, "it is the first to go");
    assert_eq!(run.world().cluster().nodes.len(), 1);
}

#[test]
fn force_delete_removes_the_object_at_once() {
    let text = cluster(THEN, 3, 2, "")
        + "timeline: {dies: {at: +10m, fault: {node: n-1, machine: down}}, plain: {at: +30m, delete: {of: web}}, \
           force: {at: +40m, delete: {of: web, terminating: true, force: true}}}\n";
    let run = run(&text);
    let removed = run.times("PodRemoved", "web");
    assert!(removed.iter().all(|at| *at >= 1_800.0));
    assert_eq!(
        removed.iter().filter(|at| **at == 2_400.0).count(),
        1,
        "only force ends a pod of a lost node"
    );
}

#[test]
fn out_of_service_lets_podgc_delete_what_terminates() {
    let timeline = "timeline: {dies: {at: +10m, fault: {node: n-1, machine: down}}, \
        taint: {at: +12m, taint: {node: n-1, key: node.kubernetes.io/out-of-service, value: nodeshutdown, effect: NoExecute}}}\n";
    let run_now = run(&(cluster(NOW, 3, 2, "") + timeline));
    assert_eq!(run_now.first("PodDeletionRequested", "web"), 720.0, "the taint evicts at once");
    within(run_now.first("PodRemoved", "web"), 720.0, 740.0, "podgc's next loop");
    let run_then = run(&(cluster(THEN, 3, 2, "") + timeline));
    assert!(run_then.times("PodRemoved", "web").is_empty(), "in 2018 it is a taint like any other");
}

#[test]
fn a_reset_heals_everything_and_containers_start_again() {
    let text = cluster(NOW, 2, 2, "")
        + "timeline: {dies: {at: +10m, fault: {node: n-1, kubelet: silent, podNetwork: dead, disk: readOnly, dns: dead}}, \
           reset: {at: +30m, reset: n-1}}\n";
    let run = run(&text);
    let back = run.ready("n-1")[1].0;
    within(back - 1_800.0, 60.0, 120.0, "a reset takes one to two minutes");
    within(run.first("PodRemoved", "web") - back, 0.0, 3.0, "the pod that was to go goes");
    let started = run.times("PodStarted", "web");
    assert_eq!(started.len(), 3, "{:#?}", run.tail());
    within(started[2] - back, 2.0, 10.0, "its replacement finds the node again");
    let health = run.world().cluster().nodes.iter().next().expect("there").1.health;
    assert!(health.pods_answer() && health.is_heard() && health.ready == Ready::True);
}

#[test]
fn containers_die_with_their_machine_and_start_with_it() {
    let text = cluster(NOW, 1, 1, "")
        + "timeline: {dies: {at: +10m, fault: {node: n-1, machine: down}}, back: {at: +12m, fault: {node: n-1, machine: up}}}\n\
           checks: {dead: containers.alive at +11m = 0, unready: pods.ready at +11m30s = 0, alive: containers.alive at +13m = 1}\n";
    let run = run(&text);
    assert_eq!(run.times("PodRestarting", "web"), [720.0]);
    assert_eq!(run.times("PodStarted", "web").last(), Some(&722.0), "it takes its start-up time again");
    let (measured, _) = run.simulation.finish();
    assert_eq!(measured.values, [Some(0.0), Some(0.0), Some(1.0)]);
}

#[test]
fn a_starved_node_flaps() {
    let text = cluster(NOW, 2, 1, "").replace("duration: 2h", "duration: 12h")
        + "timeline: {starves: {at: +10m, fault: {node: n-1, kubelet: starved}}, fed: {at: +11h, fault: {node: n-1, kubelet: well}}}\n";
    let run = run(&text);
    let changes = run.ready("n-1");
    assert!(changes.len() > 6, "Ready and not, again and again: {changes:?}");
    assert_eq!(changes[0].1, "NotReady", "it speaks: never Unknown");
    assert!(changes.iter().all(|(_, what)| *what != "Unknown"));
    within(changes[0].0 - 600.0, 180.0, 1_200.0, "not before three minutes without a relist");
    assert_eq!(changes.last().expect("some").1, "Ready");
}

#[test]
fn without_a_relist_for_three_minutes_nothing_starts_or_stops() {
    let text = "duration: 6h\nera: k8s-1.36\n\
        nodeGroups: {n: {allocatable: {cpu: 4, memory: 4Gi}, min: 1, max: 1}}\n\
        workloads: {jobs: {arrivals: {every: 30s}, lifetime: 10s, startup: 1s, pod: {}}}\n\
        timeline: {starves: {at: +1h, fault: {node: n-1, kubelet: starved}}}\n";
    let run = run(text);
    let mut unready: Option<f64> = None;
    for (at, change, _, reason) in &run.lines {
        match (*change, reason.as_deref()) {
            ("NodeReadyChanged", Some("NotReady")) => unready = Some(*at),
            ("NodeReadyChanged", _) => unready = None,
            ("PodStarted" | "PodRemoved" | "PodEnded", _) => {
                assert!(unready.is_none(), "{change} at {at}, not Ready since {unready:?}");
            }
            _ => {}
        }
    }
    assert!(run.times("PodStarted", "jobs").iter().any(|at| *at > 4_000.0), "between outages they do");
}

#[test]
fn a_read_only_disk_lets_nothing_start() {
    let text = cluster(NOW, 1, 0, "")
        + "timeline: {ro: {at: +10m, fault: {node: n-1, disk: readOnly}}, more: {at: +20m, set: {workloads.web.replicas: 1}}, \
           well: {at: +60m, fault: {node: n-1, disk: well}}}\n";
    let run = run(&text);
    within(run.first("PodBound", "web"), 1_200.0, 1_201.0, "the node is Ready and takes pods");
    assert_eq!(run.ready("n-1"), []);
    assert_eq!(run.times("PodStarted", "web"), [3_602.0], "and starts them when it can write again");
}

#[test]
fn a_slow_disk_slows_starts() {
    let text = cluster(NOW, 1, 0, "")
        + "timeline: {slow: {at: +10m, fault: {node: n-1, disk: slow, slowBy: 7.5}}, more: {at: +20m, set: {workloads.web.replicas: 1}}}\n";
    let run = run(&text);
    within(run.first("PodStarted", "web") - run.first("PodBound", "web"), 15.0, 15.0, "2 s times 7.5");
}

#[test]
fn launches_that_need_dns_fail_without_it() {
    let hub = |era: &str, needs: &str| {
        let text = format!(
            "duration: 2h\nera: {era}\nnodeGroups: {{n: {{allocatable: {{cpu: 4, memory: 64Gi}}, min: 1, max: 1}}}}\n\
             hub: {{singleuser: {{memory: {{guarantee: 1G}}{needs}}}}}\naudience: {{u: {{arrivals: {{every: 10m}}, session: {{active: 1m}}}}}}\n\
             timeline: {{dns: {{at: +1h5m, fault: {{node: n-1, dns: dead}}}}}}\n"
        );
        let run = run(&text);
        let failed = run.times("LaunchFailed", "u");
        assert!(failed.iter().all(|at| *at > 3_900.0), "not before");
        (failed.len(), run.ready("n-1").len())
    };
    assert_eq!(hub(NOW, ""), (5, 0), "servers ask for http://hub:8081, and the node stays Ready");
    assert_eq!(hub(THEN, "").0, 0, "in 2018 they had the hub's address");
    assert_eq!(hub(THEN, ", needsDns: true").0, 5);
}

#[test]
fn a_dead_pod_network_leaves_the_node_ready() {
    let text = "duration: 2h\nnodeGroups: {n: {allocatable: {cpu: 4, memory: 64Gi}, min: 1, max: 1}}\n\
         hub: {}\naudience: {u: {arrivals: {every: 10m}, session: {active: 1m}}}\n\
         timeline: {net: {at: +1h5m, fault: {node: n-1, podNetwork: dead}}}\n";
    let run = run(text);
    assert_eq!((run.times("LaunchFailed", "u").len(), run.ready("n-1").len()), (5, 0));
}

#[test]
fn a_drain_honours_budgets_and_tries_again() {
    let text = cluster(NOW, 3, 2, "")
        .replace("startup: 2s", "startup: 60s, podDisruptionBudget: {minAvailable: 2}")
        + "timeline: {drain: {at: +10m, drain: n-1}, more: {at: +20m, set: {workloads.web.replicas: 3}}}\n";
    let run = run(&text);
    assert_eq!(run.times("NodeCordoned", "n-1"), [600.0]);
    let deleted = run.times("PodDeletionRequested", "web");
    assert_eq!(deleted.len(), 1);
    within(deleted[0], 1_200.0, 1_300.0, "only when a third pod is Ready");
    let world = run.world();
    assert!(world.cluster().pods.iter().filter(|(_, row)| row.phase == PodPhase::Running).count() >= 2);
}

#[test]
fn a_taint_keeps_pods_away_and_sends_them_away() {
    let text = cluster(NOW, 2, 1, "")
        + "timeline: {taint: {at: +10m, taint: {node: fullest, key: k, effect: NoExecute}, as: bad}, \
           more: {at: +20m, set: {workloads.web.replicas: 2}}, untaint: {at: +30m, untaint: {node: bad, key: k}}}\n";
    let run = run(&text);
    assert_eq!(run.times("PodDeletionRequested", "web"), [600.0], "not tolerated: at once");
    let bound = run.times("PodBound", "web");
    within(bound[2], 1_800.0, 1_812.0, "the second pod waits for the taint to go");
}

#[test]
fn every_action_is_a_note() {
    let text = cluster(NOW, 3, 1, ", zones: [a, b], spot: {}")
        + "timeline:\n  t1: {at: +1m, fault: {zone: a, dns: dead}}\n  t2: {at: +2m, reset: n-1}\n  t3: {at: +3m, drain: n-2}\n  \
           t4: {at: +4m, taint: {node: n-1, key: k, effect: NoSchedule}}\n  t5: {at: +5m, untaint: {node: n-1, key: k}}\n  \
           t6: {at: +6m, fault: {nodeGroup: n, stock: out}}\n  t7: {at: +7m, reclaim: {nodeGroup: n, share: 34%}}\n  \
           t8: {at: +8m, set: {nodeGroups.n.target: 2}}\n  t9: {at: +9m, deleteNode: n-3}\n  \
           tx: {at: +10m, delete: {node: n-1, force: true}, note: all gone}\n";
    let (measured, _) = run(&text).simulation.finish();
    let notes: Vec<&str> = measured.notes.iter().map(|note| note.text.as_str()).collect();
    for name in ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "all gone"] {
        assert!(notes.contains(&name), "{name} is not among {notes:?}");
    }
}

#[test]
fn faults_by_rate_strike_each_node_by_draws_of_its_own() {
    let group = |more: &str| {
        format!(
            "duration: 40d\nnodeGroups: {{n: {{allocatable: {{cpu: 1, memory: 1Gi}}, min: 10, max: 10, faults: {{\
             disks: {{every: 10d, disk: readOnly, lasts: {{exponential: 6h}}}}{more}}}}}}}\n"
        )
    };
    let one = run_seed(&group(""), 7);
    let struck: Vec<_> = one.lines.iter().filter(|line| line.1 == "FaultStruck").cloned().collect();
    // 10 nodes for 40 days at one in 10: 40 on average, with a deviation of 6.3.
    within(struck.len() as f64, 18.0, 62.0, "about one in ten days for each node");
    let two = run_seed(&group(", other: {every: 20d, kubelet: silent, lasts: 10m}"), 7);
    let disks: Vec<_> = two.lines.iter().filter(|line| line.1 == "FaultStruck").cloned().collect();
    assert!(struck.iter().all(|line| disks.contains(line)), "another fault shifts none of its draws");
    assert!(disks.len() > struck.len());
    let (measured, _) = one.simulation.finish();
    assert!(measured.notes.iter().any(|note| note.text.contains("disks by chance")));
}

/// A bystander's count of each group's machines: what the cost is.
#[test]
fn the_cost_is_the_price_of_the_machines_that_exist() {
    let text = "duration: 10h\nera: k8s-1.8\nnodeGroups:\n  n: {machine: n1-standard-4, min: 1, max: 3, boot: 0s}\n  \
        m: {allocatable: {cpu: 4, memory: 4Gi}, min: 1, max: 1, pricePerHour: 0.5}\n\
        timeline: {up: {at: +2h, set: {nodeGroups.n.target: 3}}, down: {at: +6h, set: {nodeGroups.n.target: 2}}}\n\
        checks: {now: cluster.costPerHour at +3h = 1.07 ± 0.01}\n";
    let (measured, _) = run(text).simulation.finish();
    // 10 + 2 x 4 + 4 node hours of n, and a minute for the one that is given back.
    let expected = 0.19 * (10.0 + 8.0 + 4.0 + 1.0 / 60.0) + 0.5 * 10.0;
    let cost = measured.summary["costDollars"];
    assert!((cost / expected - 1.0).abs() < 1e-3, "{cost} instead of {expected}");
    assert!((measured.values[0].expect("a value") - 1.07).abs() < 0.001);
}

#[test]
fn a_stock_out_keeps_machines_from_coming_until_it_ends() {
    let text = "duration: 4h\nnodeGroups: {n: {allocatable: {cpu: 1, memory: 1Gi}, min: 1, max: 9, boot: 2m}}\n\
        timeline: {out: {at: +10m, fault: {nodeGroup: n, stock: out}}, up: {at: +20m, set: {nodeGroups.n.target: 4}}, \
        less: {at: +40m, set: {nodeGroups.n.target: 3}}, in: {at: +1h, fault: {nodeGroup: n, stock: in}}}\n";
    let run = run(text);
    assert_eq!(
        run.times("NodeAdded", "n-")[1..],
        [3_720.0, 3_720.0],
        "asked for at 20 min, two still wanted"
    );
}

#[test]
fn a_quota_bounds_the_cores_of_all_groups() {
    let text = "duration: 4h\nera: k8s-1.8\ncloud: {cpuQuota: 12}\n\
        nodeGroups: {a: {machine: n1-standard-4, min: 1, max: 5, boot: 1m}, b: {machine: n1-standard-4, min: 1, max: 5, boot: 1m}}\n\
        timeline: {up: {at: +10m, set: {nodeGroups.a.target: 3}}, down: {at: +1h, set: {nodeGroups.b.target: 0}}}\n";
    let run = run(text);
    let joined = run.times("NodeAdded", "a-");
    assert_eq!(joined[1], 660.0, "room for one more");
    within(joined[2], 3_600.0 + 120.0, 3_600.0 + 121.0, "the next when the other group gave one back");
}

#[test]
fn reclaimed_spot_machines_give_notice_and_are_replaced() {
    for (era, evicted_at) in [(NOW, Some(600.0)), (THEN, None)] {
        let text = cluster(era, 6, 3, ", boot: 2m, spot: {notice: 30s}")
            + "timeline: {reclaim: {at: +10m, reclaim: {nodeGroup: n, share: 100%}}}\n";
        let run = run(&text);
        assert_eq!(run.times("NodeReclaimed", "n-"), [600.0; 6]);
        assert_eq!(run.times("PodDeletionRequested", "web").first().copied(), evicted_at, "{era}");
        let removed = run.times("NodeRemoved", "n-");
        // Graceful: the kubelet says so itself. Else the node is silent for the grace period first.
        let (low, high) = if evicted_at.is_some() { (630.0, 635.0) } else { (660.0, 680.0) };
        assert!(removed.iter().all(|at| (low..=high).contains(at)), "{era}: {removed:?}");
        assert_eq!(run.times("NodeAdded", "n-")[6..], [750.0; 6], "the group makes others at once");
        let running = run.world().cluster().pods.iter().filter(|(_, row)| row.phase == PodPhase::Running);
        assert_eq!(running.count(), 3, "{era}");
    }
}

#[test]
fn a_share_is_reclaimed_and_a_larger_one_takes_the_same_and_more() {
    let reclaimed = |share: u32| {
        let text = cluster(NOW, 30, 0, ", spot: {}")
            + &format!("timeline: {{reclaim: {{at: +10m, reclaim: {{nodeGroup: n, share: {share}%}}}}}}\n");
        let run = run(&text);
        let lines = run.lines.iter().filter(|line| line.1 == "NodeReclaimed");
        lines.map(|line| line.2.clone()).collect::<Vec<_>>()
    };
    let (third, half) = (reclaimed(33), reclaimed(50));
    assert_eq!((third.len(), half.len()), (10, 15));
    assert!(third.iter().all(|node| half.contains(node)));
}

#[test]
fn spot_machines_are_reclaimed_by_rate() {
    let text = cluster(NOW, 10, 0, ", boot: 1m, spot: {life: {exponential: 1h}}");
    let run = run(&text);
    // 10 nodes, 2 h, one an hour each.
    within(run.times("NodeReclaimed", "n-").len() as f64, 8.0, 34.0, "about twenty");
    assert_eq!(run.world().cluster().groups.as_slice()[0].target, 10);
}

#[test]
fn auto_repair_recreates_a_node_after_ten_minutes() {
    let text = cluster(NOW, 3, 2, ", boot: 2m, autoRepair: true")
        + "timeline: {dies: {at: +10m, fault: {node: n-1, machine: down}}, blip: {at: +10m, fault: {node: n-2, machine: down}}, \
           back: {at: +18m, fault: {node: n-2, machine: up}}}\n";
    let run = run(&text);
    let unknown = run.ready("n-1")[0].0;
    within(run.first("NodeRemoved", "n-1") - unknown, 660.0, 665.0, "10 min, a minute, and the next look");
    assert_eq!(run.times("NodeRemoved", "n-").len(), 1, "the one that came back is left alone");
    within(run.times("NodeAdded", "n-")[3] - unknown, 780.0, 781.0, "and another boots");
}

#[test]
fn zones_are_dealt_out_in_turn() {
    let run = run(&cluster(NOW, 7, 0, ", zones: [b, a, c]"));
    let zones: Vec<&str> = run
        .world()
        .cluster()
        .nodes
        .iter()
        .map(|(_, row)| run.simulation.model().zones[row.zone].as_str())
        .collect();
    assert_eq!(zones, ["b", "a", "c", "b", "a", "c", "b"]);
}

/// What a report calls the state of a stuck pod: a metric of its own.
#[test]
fn stuck_pods_are_counted_until_confirmed() {
    let text = cluster(NOW, 4, 3, "")
        + "timeline: {dies: {at: +10m, fault: {node: n-1, machine: down}}, gone: {at: +40m, deleteNode: n-1}}\n\
           checks: {none: pods.stuck at +15m = 0, one: pods.stuck at +30m = 1, orphan: pods.stuck at +40m10s = 1, \
           none left: pods.stuck at +42m = 0, unknown: nodes.unknown at +15m = 1, ready: nodes.ready at +15m = 3, \
           flips: count(nodes.unready) = 1}\n";
    let (measured, _) = run(&text).simulation.finish();
    let values: Vec<f64> = measured.values.into_iter().map(|value| value.expect("a value")).collect();
    assert_eq!(values, [0.0, 1.0, 1.0, 0.0, 1.0, 3.0, 1.0]);
}

#[test]
fn what_nothing_is_wrong_with_costs_no_events() {
    let run = run(&cluster(NOW, 50, 0, "").replace("duration: 2h", "duration: 30d"));
    assert!(run.simulation.events_fired() < 200, "{} events", run.simulation.events_fired());
}

/// Domain reference, section 15.5: with one node after the other lost, a Deployment's pods pile up.
#[test]
fn stuck_pods_pile_up_one_generation_for_each_eviction() {
    let text = cluster(THEN, 6, 1, "")
        + "timeline:\n  one: {at: +10m, fault: {node: fullest, kubelet: silent}}\n  \
           two: {at: +20m, fault: {node: fullest, kubelet: silent}}\n\
           checks: {first: pods.stuck at +18m = 1, second: pods.stuck at +28m = 2, running: pods.running at +28m = 1}\n";
    let (measured, _) = run(&text).simulation.finish();
    assert_eq!(measured.values, [Some(1.0), Some(2.0), Some(1.0)]);
}

#[test]
fn the_ceiling_of_pods_counts_those_of_daemon_sets() {
    let text = "duration: 1h\nera: k8s-1.8\n\
        nodeGroups: {n: {machine: n1-standard-4, min: 1, max: 1, daemonSets: {pods: 10, requests: {cpu: 200m, memory: 200Mi}}}}\n\
        workloads: {small: {replicas: 120, pod: {}}, wide: {replicas: 1, pod: {priority: 10, resources: {requests: {cpu: 3720m}}}}}\n\
        checks: {fit: pods.running at +10m = 100}\n";
    let (measured, _) = run(text).simulation.finish();
    assert_eq!(
        measured.values,
        [Some(100.0)],
        "110, less 10; and 3920m, less 200m, are all there is to request"
    );
}

#[test]
fn what_a_group_gives_in_numbers_is_taken_as_it_is() {
    let text = "duration: 1h\nnodeGroups: {n: {allocatable: {cpu: 2, memory: 3996Mi}, min: 1, max: 1}}\n\
        workloads: {all: {replicas: 1, pod: {resources: {requests: {cpu: 2, memory: 3996Mi}}}}}\n";
    assert_eq!(run(text).times("PodStarted", "all").len(), 1);
}

#[test]
fn machines_boot_for_the_time_they_draw() {
    let text = "duration: 4h\nnodeGroups: {n: {allocatable: {cpu: 1, memory: 1Gi}, min: 0, max: 40, boot: {lognormal: {median: 150s, p95: 240s}}}}\n\
        timeline: {up: {at: +1h, set: {nodeGroups.n.target: 40}}}\n";
    let mut took: Vec<f64> = run(text).times("NodeAdded", "n-").iter().map(|at| at - 3_600.0).collect();
    took.sort_by(f64::total_cmp);
    assert_eq!(took.len(), 40);
    within(took[20], 120.0, 190.0, "the median");
    within(took[39], 200.0, 420.0, "the slowest of forty");
}

//! Each way in which a node fails, and how it comes back.

use plimsoll_core::world::Ready;

use super::{NOW, THEN, cluster, run, run_seed, within};

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

#[test]
fn what_nothing_is_wrong_with_costs_no_events() {
    let run = run(&cluster(NOW, 50, 0, "").replace("duration: 2h", "duration: 30d"));
    assert!(run.simulation.events_fired() < 200, "{} events", run.simulation.events_fired());
}

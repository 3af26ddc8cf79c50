//! Pods and nodes that go: podgc, force, out of service, drains; and pods that are stuck.

use plimsoll_core::world::PodPhase;

use super::{NOW, THEN, cluster, run, within};

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

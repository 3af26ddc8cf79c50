//! Goal: a ReadWriteOnce volume follows its pod, or does not, as in Kubernetes (domain reference, section 5).
//! Method: a Deployment with a volume on one of three nodes; that node is lost in one way and helped in
//! another; the history says when the replacement runs.

use std::sync::Arc;

use plimsoll_core::Simulation;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::trace::{Line, line};

/// When the node is lost, in seconds.
const LOST: f64 = 3_600.0;

fn history(rest: &str) -> Vec<Line> {
    run(&format!(
        "apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-05T00:00:00Z\nduration: 12h\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 32Gi, pods: 110}}, min: 4, max: 4, reset: 90s}}}}\n\
         persistentVolumeClaims: {{data: {{}}}}\n\
         workloads: {{db: {{kind: Deployment, volumes: [data], startup: 10s, pod: {{resources: {{requests: {{memory: 8Gi}}}}}}}}}}\n{rest}"
    ))
}

/// The history of a whole scenario, audited after every event: no volume ever has two owners.
fn run(text: &str) -> Vec<Line> {
    let document = Document::parse("t.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
    let mut simulation = Simulation::new(Arc::clone(&model), 1, 0);
    let mut lines = Vec::new();
    let mut watcher = |at, change, world: &_| lines.push(line(&model, world, at, change));
    while simulation.step(SimTime::MAX, &mut watcher).is_some() {
        let findings = simulation.audit();
        assert!(findings.is_empty(), "{findings:?}");
    }
    lines
}

/// When `change` happened to what begins with `subject`, from `from` on.
fn times(history: &[Line], change: &str, subject: &str, from: f64) -> Vec<f64> {
    let concerned =
        |line: &&Line| line.change == change && line.subject.starts_with(subject) && line.seconds >= from;
    history.iter().filter(concerned).map(|line| line.seconds).collect()
}

/// A timeline in which the node of the pod goes down at [`LOST`], and what is done about it.
fn lost(era: &str, help: &str) -> Vec<Line> {
    history(&format!(
        "era: {era}\ntimeline:\n  lost: {{at: +1h, fault: {{node: fullest, machine: down}}, as: lost}}\n{help}"
    ))
}

fn within(value: f64, from: f64, to: f64) -> bool {
    (from..=to).contains(&value)
}

#[test]
fn a_new_pod_waits_for_attachment_and_for_its_kubelet_to_notice() {
    let history = history("");
    let attached = times(&history, "VolumeAttached", "data", 0.0);
    let mounted = times(&history, "PodVolumesMounted", "db", 0.0);
    let started = times(&history, "PodStarted", "db", 0.0);
    assert!(within(attached[0], 3.0, 12.1), "{attached:?}");
    // Tries at 0.5, 1.5, 3.5, 7.5 and 15.5 s, the first after a status that reports the volume as in use.
    assert!([4.5, 8.5, 16.5].iter().any(|at| (mounted[0] - at).abs() < 0.1), "{mounted:?} {attached:?}");
    assert_eq!(started[0], mounted[0] + 10.0);
}

#[test]
fn a_pod_that_is_deleted_gives_its_volume_up_within_seconds() {
    let history =
        history("timeline: {gone: {at: +1h, delete: {of: db}}, away: {at: +59m, cordon: fullest}}\n");
    let removed = times(&history, "PodRemoved", "db", LOST)[0];
    let reported = times(&history, "VolumeUseReported", "data", LOST)[0];
    let detached = times(&history, "VolumeDetached", "data", LOST)[0];
    let started = times(&history, "PodStarted", "db", LOST)[0];
    assert!(within(reported - removed, 1.0, 11.0), "the next status after the unmount");
    assert!(within(detached - reported, 3.0, 12.2), "then the cloud takes it off");
    assert!(within(started - LOST, 20.0, 160.0), "{started}: a Multi-Attach error until then");
}

#[test]
fn a_lost_node_keeps_the_volume_for_ever() {
    for era in ["k8s-1.8", "k8s-1.36"] {
        let history = lost(era, "");
        let replaced = times(&history, "PodCreated", "db", LOST)[0];
        let grace = if era == "k8s-1.8" { 40.0 } else { 50.0 };
        assert!(within(replaced - LOST - grace - 300.0, -10.0, 25.0), "{era}: {replaced}");
        assert_eq!(times(&history, "PodStarted", "db", LOST).len(), 0, "{era}: ContainerCreating to the end");
        assert_eq!(times(&history, "VolumeDetaching", "data", LOST).len(), 0, "{era}");
    }
}

#[test]
fn deleting_the_pod_without_force_changes_nothing() {
    let history = lost("k8s-1.8", "  delete: {at: +2h, delete: {of: db}}\n");
    assert_eq!(times(&history, "PodStarted", "db", LOST).len(), 0);
}

#[test]
fn a_forced_deletion_starts_the_six_minutes() {
    for era in ["k8s-1.8", "k8s-1.36"] {
        let history = lost(era, "  force: {at: +2h, delete: {of: db, node: lost, force: true}}\n");
        let forced = times(&history, "VolumeDetaching", "data", LOST);
        assert_eq!(forced.len(), 1);
        assert!(within(forced[0] - 7_200.0, 360.0, 360.2), "{era}: {forced:?}");
        let started = times(&history, "PodStarted", "db", LOST)[0];
        // Attached by 24 s after that; a kubelet that has tried for an hour looks every 2 min 2 s.
        assert!(within(started - forced[0], 15.0, 24.0 + 123.0 + 15.0 + 11.0), "{era}: {started}");
    }
}

#[test]
fn a_node_that_comes_back_gives_the_volume_up_at_once() {
    let history = lost("k8s-1.8", "  reset: {at: +2h, reset: lost}\n");
    let up = 7_200.0 + 90.0;
    let detaching = times(&history, "VolumeDetaching", "data", LOST)[0];
    assert!(within(detaching - up, 0.0, 30.0), "unmounted by the reboot: {detaching}");
    let started = times(&history, "PodStarted", "db", LOST)[0];
    assert!(within(started - 7_200.0, 100.0, 360.0), "{started}");
}

#[test]
fn a_node_object_that_is_deleted_leaves_the_volume_to_podgc_and_the_six_minutes() {
    let history = lost("k8s-1.8", "  delete: {at: +2h, deleteNode: lost}\n");
    let collected = times(&history, "PodRemoved", "db", LOST)[0] - 7_200.0;
    assert!(within(collected, 40.0, 60.0), "{collected}");
    let forced = times(&history, "VolumeDetaching", "data", LOST)[0] - 7_200.0;
    assert!(within(forced - collected, 360.0, 360.2), "{forced}");
}

#[test]
fn a_machine_that_the_cloud_deletes_frees_its_volumes_within_a_minute() {
    let history = history_with_repair();
    let gone = times(&history, "NodeRemoved", "n", LOST)[0];
    let detached = times(&history, "VolumeDetached", "data", LOST)[0];
    assert!(within(detached, LOST + 600.0, gone + 60.0), "{detached} {gone}");
    assert_eq!(times(&history, "VolumeDetaching", "data", LOST).len(), 0, "nothing had to be taken off");
}

/// The cloud repairs nodes that are not Ready for ten minutes.
fn history_with_repair() -> Vec<Line> {
    run("apiVersion: plimsoll/v1\nname: t\nera: k8s-1.8\nstart: 2026-01-05T00:00:00Z\nduration: 6h\n\
         nodeGroups: {n: {allocatable: {cpu: 8, memory: 32Gi, pods: 110}, min: 4, max: 4, autoRepair: true}}\n\
         persistentVolumeClaims: {data: {}}\n\
         workloads: {db: {kind: Deployment, volumes: [data], pod: {resources: {requests: {memory: 8Gi}}}}}\n\
         timeline: {lost: {at: +1h, fault: {node: fullest, machine: down}}}\n")
}

#[test]
fn the_out_of_service_taint_frees_the_volume_at_once() {
    let taint = "  taint: {at: +2h, taint: {node: lost, key: node.kubernetes.io/out-of-service, value: nodeshutdown, effect: NoExecute}}\n";
    let now = lost("k8s-1.36", taint);
    let detaching = times(&now, "VolumeDetaching", "data", LOST)[0];
    assert!(within(detaching - 7_200.0, 0.0, 20.2), "with podgc's next loop: {detaching}");
    assert_eq!(
        times(&lost("k8s-1.10", taint), "VolumeDetaching", "data", LOST).len(),
        0,
        "unknown before 1.26"
    );
}

#[test]
fn each_pod_of_a_stateful_set_has_a_volume_of_its_own() {
    let history = run("apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-05T00:00:00Z\nduration: 6h\n\
         nodeGroups: {n: {allocatable: {cpu: 8, memory: 32Gi, pods: 110}, min: 4, max: 4}}\n\
         persistentVolumeClaims: {data: {}}\n\
         workloads: {web: {kind: StatefulSet, replicas: 3, volumeClaimTemplates: [data], pod: {}}}\n\
         timeline: {down: {at: +1h, set: {workloads.web.replicas: 1}}, up: {at: +2h, set: {workloads.web.replicas: 3}}}\n");
    let attached = |from| -> Vec<String> {
        let concerned = |line: &&Line| line.change == "VolumeAttached" && line.seconds >= from;
        history.iter().filter(concerned).map(|line| line.subject.clone()).collect()
    };
    assert_eq!(attached(0.0)[..3], ["data-web-0", "data-web-1", "data-web-2"]);
    assert_eq!(attached(LOST), ["data-web-1", "data-web-2"], "the claims outlive their pods");
}

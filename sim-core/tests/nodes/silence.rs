//! Nodes that are silent: judged, and their pods taken elsewhere, by zones and rates.

use super::{NOW, Run, THEN, cluster, run, within};

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

//! Machines: their price, stock, quota, spot reclaim, repair, boot, and what they hold.

use plimsoll_core::world::PodPhase;

use super::{NOW, THEN, cluster, run, within};

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

/// What pods that waited for room are said to have waited for.
fn causes(text: &str) -> String {
    let (measured, _) = run(text).simulation.finish();
    let causes: Vec<String> = measured.troubles.into_iter().map(|trouble| trouble.cause).collect();
    causes.join(" ")
}

#[test]
fn a_group_of_fixed_size_that_cannot_replace_its_machines_stands_at_no_ceiling() {
    let told = causes(
        "duration: 1h\nnodeGroups: {n: {allocatable: {cpu: 10, memory: 4Gi}, min: 2, max: 2, boot: 2m, spot: {notice: 0s}}}\n\
         workloads: {web: {kind: Deployment, replicas: 20, pod: {resources: {requests: {cpu: 1}}}}}\n\
         timeline: {out: {at: +9m, fault: {nodeGroup: n, stock: out}}, taken: {at: +10m, reclaim: {nodeGroup: n, share: 100%}}}\n",
    );
    assert!(told.contains("the cloud has no machines") && !told.contains("ceiling"), "{told}");
}

/// Pods that wait for a group that grows, with more on the timeline.
fn waited_for(more: &str) -> String {
    causes(&format!(
        "duration: 1h\nautoscaler: {{}}\nnodeGroups: {{n: {{allocatable: {{cpu: 1, memory: 4Gi}}, min: 1, max: 20, boot: 3m}}}}\n\
         workloads: {{web: {{kind: Deployment, replicas: 1, pod: {{resources: {{requests: {{cpu: 1}}}}}}}}}}\n\
         timeline: {{more: {{at: +10m, set: {{workloads.web.replicas: 12}}}}{more}}}\n"
    ))
}

#[test]
fn a_wait_is_put_down_to_the_stock_only_where_that_was_most_of_it() {
    let out = |at: &str| format!(", out: {{at: {at}, fault: {{nodeGroup: n, stock: out}}}}");
    let back = |at: &str| format!(", in: {{at: {at}, fault: {{nodeGroup: n, stock: in}}}}");
    let (boot, stock) = ("until new ones have booted", "the cloud has no machines");
    for (more, expected) in [
        (String::new(), boot),
        (out("+5m") + &back("+9m"), boot),
        (out("+5m") + &back("+40m"), stock),
        (out("+5m"), stock),
        // They have been told that nodes boot.
        (out("+11m"), stock),
        (out("+11m") + &back("+45m"), stock),
    ] {
        let told = waited_for(&more);
        assert!(told.contains(expected), "{more}: {told}");
    }
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

//! The kubelet's eviction for want of memory.

use super::{NOW, THEN, run, three};

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

//! What containers, processes and jobs use, and hosts that starve.

use plimsoll_core::Simulation;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{DeathKind, Setting};
use std::sync::Arc;

use super::{NOW, Run, THEN, run};

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

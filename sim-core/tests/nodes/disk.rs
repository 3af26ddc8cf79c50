//! Disks fill up, images and pods leave, and pressure comes and goes.

use std::sync::Arc;

use plimsoll_core::Simulation;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;

use super::{NOW, THEN, run, run_seed, seconds};

/// A node with a disk of 100 GiB, of which containers may fill 85.
fn node(era: &str, images: &str, workloads: &str) -> String {
    format!(
        "duration: 40m\nera: {era}\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 16Gi}}, min: 1, max: 1, images: {{disk: 100Gi {images}}}}}}}\n\
         workloads:\n{workloads}"
    )
}

/// Pods that write 0.1 GiB a second up to a level, and then no more.
fn writer(name: &str, level: u32, further: &str) -> String {
    let ramp = level * 10;
    format!(
        "  {name}: {{replicas: 1, startup: 1s, pod: {{{further} use: {{disk: {{level: {level}Gi, ramp: {ramp}s}}}}}}}}\n"
    )
}

/// It has some bytes on disk from the start.
fn settled(name: &str, level: u32, further: &str) -> String {
    format!(
        "  {name}: {{replicas: 1, startup: 1s, pod: {{{further} use: {{disk: {{level: {level}Gi}}}}}}}}\n"
    )
}

fn request(gib: u32) -> String {
    format!("resources: {{requests: {{ephemeral-storage: {gib}Gi}}}},")
}

#[test]
fn the_kubelet_notices_at_85_percent_in_its_next_look() {
    let run = run(&node(NOW, "", &writer("grows", 90, "")));
    let low = run.first("DiskLow", "n-1");
    assert!((low - 851.0).abs() < 1e-3, "85 GiB at 0.1 a second: {low}");
    let pressure = run.times("DiskPressureChanged", "n-1");
    assert!((low..low + 10.001).contains(&pressure[0]), "{pressure:?}");
    assert_eq!(run.times("PodEnded", "grows"), [pressure[0]], "without grace");
    assert!(run.lines.iter().any(|line| line.1 == "PodEnded" && line.3.as_deref() == Some("Evicted")));
    assert_eq!(run.times("ContainerKilled", ""), [0.0; 0], "it is no business of the kernel");
    // What else is on the disk counts.
    let early = self::run(&node(NOW, ", diskUsed: 25Gi", &writer("grows", 90, ""))).first("DiskLow", "n-1");
    assert!((early - 601.0).abs() < 1e-3, "{early}");
    let never = self::run(&node(NOW, "", &writer("grows", 85, "")));
    assert_eq!(never.times("DiskLow", ""), [0.0; 0], "15 % are available: enough");
}

#[test]
fn disk_pressure_lasts_five_minutes_and_keeps_all_pods_away() {
    let others = "  burst: {arrivals: {every: 50s}, lifetime: 10s, startup: 1s, pod: {resources: {requests: {cpu: 1, memory: 1Mi}}}}\n  \
        brave: {arrivals: {every: 50s}, lifetime: 10s, startup: 1s, pod: {tolerations: [{key: node.kubernetes.io/disk-pressure, operator: Exists}]}}\n";
    for era in [THEN, NOW] {
        let run = run(&node(era, "", &(writer("grows", 90, "") + others)));
        let pressure = run.times("DiskPressureChanged", "n-1");
        assert_eq!(pressure.len(), 2, "{pressure:?}");
        assert!((pressure[1] - pressure[0] - 300.0).abs() < 1e-6, "{pressure:?}");
        let while_it_lasts = |of: &str| {
            let bound = run.times("PodBound", of);
            bound.iter().filter(|at| (pressure[0]..pressure[1]).contains(at)).count()
        };
        assert_eq!(while_it_lasts("burst"), 0, "{era}");
        assert!(while_it_lasts("brave") >= 5, "{era}");
        assert!(run.times("PodBound", "burst").last().expect("later") > &pressure[1]);
        assert_eq!(run.times("MemoryPressureChanged", ""), [0.0; 0]);
    }
}

#[test]
fn pods_go_one_a_look_by_disk_beyond_their_request_and_priority() {
    // 98 GiB at once, of which 85 may be used. Beyond requests: small 4, dear 20, large 24; frugal has less than it asks.
    let workloads = settled("frugal", 40, &request(50))
        + &settled("small", 9, &request(5))
        + &settled("dear", 20, "priority: 5,")
        + &settled("large", 29, &request(5));
    let text = node(NOW, "", &workloads);
    assert_eq!(run(&text).whom("PodEnded"), ["large-0"], "then 69 GiB are in use");
    // With less room two go, ten seconds apart: the one of higher priority last of those beyond their requests.
    let tight = text.replace("disk: 100Gi", "disk: 100Gi, diskUsed: 40Gi");
    let run = run(&tight);
    assert_eq!(
        run.whom("PodEnded"),
        ["large-0", "small-0", "dear-0"],
        "45 GiB are too few for any but the frugal one"
    );
    let times = run.times("PodEnded", "");
    for pair in times.windows(2) {
        assert!((pair[1] - pair[0] - 10.0).abs() < 1e-6, "one at a look: {times:?}");
    }
}

#[test]
fn until_1_8_the_qos_class_decides_who_leaves_a_full_disk() {
    let sure = "resources: {limits: {cpu: 1, memory: 1Gi}},";
    let text = node(NOW, "", &(settled("sure", 60, sure) + &settled("best", 30, "")));
    assert_eq!(run(&text).whom("PodEnded"), ["sure-0"], "it has most");
    assert_eq!(run(&text.replace(NOW, THEN)).whom("PodEnded"), ["best-0"]);
}

#[test]
fn a_critical_pod_stays_however_full_the_disk_is() {
    let run =
        run(&node(NOW, "", &(settled("critical", 90, "priority: 2000000000,") + &settled("other", 1, ""))));
    assert_eq!(run.whom("PodEnded"), ["other-0"]);
    assert_eq!(run.times("DiskPressureChanged", "").len(), 1, "which does not help");
}

const IMAGES: &str = "images: {old: {size: 20Gi}, used: {size: 10Gi}, late: {size: 20Gi}}\n";

#[test]
fn unused_images_go_before_any_pod_does() {
    let text = node(NOW, ", preloaded: [old, used]", &writer("grows", 60, "images: [used],")) + IMAGES;
    let first = run(&text);
    let pressure = first.times("DiskPressureChanged", "n-1");
    assert_eq!(first.whom("ImageRemoved"), ["old"], "all that no pod needs, and nothing else");
    assert_eq!(first.times("ImageRemoved", ""), [pressure[0]]);
    assert_eq!(first.whom("PodEnded"), [""; 0], "that was enough: 70 GiB of 100");
    assert!((pressure[1] - pressure[0] - 300.0).abs() < 1e-6, "the condition lasts all the same");
    // If it is not enough, a pod goes in the same look.
    let spike = "level: 1Gi, spikes: {every: 200s, to: 80Gi, lasts: 60s}";
    let more = run(&text.replace("level: 60Gi, ramp: 600s", spike));
    assert_eq!(more.whom("ImageRemoved"), ["old"], "{:#?}", more.lines);
    assert_eq!(more.times("ImageRemoved", "old"), more.times("PodEnded", "grows"));
}

#[test]
fn images_younger_than_two_minutes_stay_when_the_disk_is_full() {
    // The node is new when the container has written too much, and so are its images.
    let text = node(NOW, ", preloaded: [old]", &settled("full", 80, "")) + IMAGES;
    let run = run(&text);
    assert!(run.first("PodEnded", "full") < 120.0);
    assert_eq!(run.whom("ImageRemoved"), [""; 0]);
}

#[test]
fn a_container_beyond_its_own_limit_is_evicted_though_the_disk_is_empty() {
    let limit = "resources: {limits: {ephemeral-storage: 10Gi}},";
    let text = node(NOW, "", &(writer("greedy", 20, limit) + &writer("modest", 10, limit)));
    let now = run(&text);
    let evicted = now.times("PodEnded", "");
    assert_eq!(now.whom("PodEnded"), ["greedy-0"], "one at its limit is not beyond it");
    assert!((101.0..111.001).contains(&evicted[0]), "at the look after 10 GiB: {evicted:?}");
    assert_eq!(now.times("DiskPressureChanged", ""), [0.0; 0]);
    let then = run(&text.replace(NOW, THEN));
    assert_eq!(then.whom("PodEnded"), [""; 0], "a gate that was closed until 1.10");
    // All that are beyond theirs go in one look.
    let both = run(&node(NOW, "", &(settled("a", 20, limit) + &settled("b", 20, limit))));
    let times = both.times("PodEnded", "");
    assert!(times.len() == 2 && times[0] == times[1], "{times:?}");
}

#[test]
fn a_spike_that_is_over_before_the_look_harms_nobody() {
    let brief = "  brief: {replicas: 1, startup: 1s, pod: {resources: {limits: {ephemeral-storage: 10Gi}}, \
        use: {disk: {level: 1Gi, spikes: {every: 95s, to: 50Gi, lasts: 1s}}}}}\n";
    let run = run(&node(NOW, "", brief));
    let low = run.times("DiskLow", "n-1");
    assert!(low.len() > 1, "it exceeds its limit again and again: {low:?}");
    let evicted = run.times("PodEnded", "brief");
    // Looks come every ten seconds and see one second of 96: the first spike that covers a look is the last.
    let last = evicted.first().map_or(f64::MAX, |at| *at);
    assert!(low.iter().all(|at| *at <= last), "{low:?} {evicted:?}");
    assert!(evicted.iter().all(|at| at - low[low.len() - 1] <= 1.0), "{low:?} {evicted:?}");
}

#[test]
fn a_killed_container_keeps_what_it_has_written_until_it_starts_again() {
    let text = node(
        NOW,
        "",
        "  web: {kind: Deployment, startup: 1s, pod: {resources: {limits: {memory: 1Gi}}, \
         use: {memory: {level: 2Gi, ramp: 100s}, disk: {level: 10Gi, ramp: 100s}}}}\n",
    );
    let mut simulation = run_until(&text, 112);
    let on_disk = |simulation: &Simulation| {
        let world = simulation.world();
        let (pod, _) = world.cluster().pods.iter().next().expect("it stays");
        world.pod_disk(pod) as f64 / (1_u64 << 30) as f64
    };
    // It dies at 51 s, starts at once, dies at 101 s with 5 GiB written, and waits for 10 s.
    assert!(on_disk(&simulation) < 0.2, "{}: begun anew at 111 s", on_disk(&simulation));
    simulation = run_until(&text, 108);
    assert!((on_disk(&simulation) - 5.0).abs() < 0.01, "{}", on_disk(&simulation));
    assert!(simulation.audit().is_empty());
}

fn run_until(text: &str, seconds: u64) -> Simulation {
    let text = format!("apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-01T00:00:00Z\n{text}");
    let document = Document::parse("test.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
    let mut simulation = Simulation::new(Arc::new(model), 1, 0);
    simulation.run_until(SimTime::from_secs(seconds), &mut |_, _, _| {});
    simulation
}

#[test]
fn a_pull_without_room_fails_and_is_tried_again_after_a_back_off() {
    let late = "  late: {replicas: 1, startup: 1s, pod: {images: [late]}}\n";
    let text = node(NOW, ", bandwidth: 2Gi", &(settled("full", 84, "priority: 2000000000,") + late)) + IMAGES;
    let run = run(&text);
    assert_eq!(run.times("ImagePulled", "late"), [0.0; 0]);
    assert_eq!(run.times("PodStarted", "late"), [0.0; 0]);
    let room = self::run(&text.replace("level: 84Gi", "level: 60Gi"));
    assert_eq!(seconds(&room.times("ImagePulled", "late")), [10]);
    // Once the writer has gone there is room.
    let ends = text.replace(
        "replicas: 1, startup: 1s, pod: {priority",
        "replicas: 1, lifetime: 25s, startup: 1s, pod: {priority",
    );
    let pulled = self::run(&ends).times("ImagePulled", "late");
    assert_eq!(seconds(&pulled), [30], "it fails at 10, waits for 10 and takes another 10");
}

#[test]
fn what_was_written_is_gone_with_its_machine_and_begins_anew() {
    let text = node(NOW, "", &writer("grows", 80, ""))
        .replace("duration: 40m", "duration: 60m\ntimeline: {again: {at: +5m, reset: n-1}}");
    let run = run(&text);
    let restarted = *run.times("PodStarted", "grows").last().expect("it starts again");
    assert!(restarted > 300.0, "{restarted}");
    let used = run
        .world()
        .disk_used(run.simulation.model(), run.world().cluster().nodes.iter().next().expect("it").0);
    assert_eq!(used >> 30, 80, "as much as one life writes");
}

#[test]
fn disk_use_that_crosses_nothing_costs_at_most_an_event_for_each_part() {
    let many = |used: &str, disk: &str| {
        let text = format!(
            "duration: 1d\nera: k8s-1.36\n\
             nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 16Gi, pods: 100}}, min: 1, max: 1, images: {{{used}}}}}}}\n\
             workloads: {{w: {{replicas: 50, startup: 1s, pod: {{{disk}}}}}}}\n"
        );
        let run = run(&text);
        (run.simulation.events_fired(), run.times("DiskLow", "").len())
    };
    let (bare, _) = many("", "");
    assert_eq!(
        many("disk: 1Ti, diskUsed: 1000Gi", ""),
        (bare, 0),
        "nobody says what containers write: nobody looks"
    );
    assert_eq!(many("disk: 1Ti", "use: {disk: {level: 1Gi}}"), (bare, 0));
    assert_eq!(
        many("disk: 1Ti", "use: {disk: {level: 1Gi, ramp: 1h}}"),
        (bare + 50, 0),
        "the end of each ramp"
    );
}

#[test]
fn looks_that_can_change_nothing_are_not_simulated_and_the_pressure_ends_as_if_they_were() {
    // A critical pod of 90 GiB fills the disk for 20 minutes.
    let critical = "  critical: {replicas: 1, lifetime: 20m, startup: 1s, pod: {priority: 2000000000, use: {disk: {level: 90Gi}}}}\n";
    let alone = run(&node(NOW, "", critical));
    let pressure = alone.times("DiskPressureChanged", "n-1");
    assert_eq!(pressure.len(), 2, "{pressure:?}");
    let last_look = pressure[1] - 300.0;
    assert!((1191.0..1201.001).contains(&last_look), "the last before the pod ended at 1201 s: {pressure:?}");
    let looks = (last_look - pressure[0]) / 10.0;
    assert!((looks - looks.round()).abs() < 1e-6, "in step with the first: {pressure:?}");
    assert!(alone.simulation.events_fired() < 30, "{}", alone.simulation.events_fired());
    // What comes in spite of the taint goes at the next look, whether it writes or not.
    let brave = "  brave: {arrivals: {every: 3m}, startup: 1s, pod: {tolerations: [{operator: Exists}]}}\n";
    let run = run(&node(NOW, "", &(critical.to_owned() + brave)));
    let (started, ended) = (run.times("PodStarted", "brave"), run.times("PodEnded", "brave"));
    assert!(ended.len() >= 6, "{ended:?}");
    for (from, to) in started.iter().zip(&ended) {
        assert!((0.0..10.001).contains(&(to - from)), "{started:?} {ended:?}");
    }
}

#[test]
fn what_is_on_disks_adds_up_whatever_happens() {
    // Kills, evictions, limits, resets, drains, scaling, rollouts and lost nodes together; `run` audits after every event.
    let text = "duration: 3h\nera: k8s-1.36\n\
        images: {a: {size: 8Gi, failure: 20%}, b: {size: 20Gi}}\n\
        nodeGroups: {n: {allocatable: {cpu: 8, memory: 8Gi}, min: 2, max: 5, boot: 1m, memory: {evictionHard: 1Gi}, \
        images: {disk: 60Gi, diskUsed: 5Gi, bandwidth: 1Gi}}}\nautoscaler: {}\n\
        workloads:\n  \
        web: {kind: Deployment, replicas: 4, startup: 2s, pod: {images: [a], resources: {requests: {cpu: 1, ephemeral-storage: 2Gi}, \
        limits: {memory: 2Gi, ephemeral-storage: 12Gi}}, use: {memory: {level: 1Gi, leakPerHour: 4Gi}, \
        disk: {level: {uniform: {from: 1Gi, to: 9Gi}}, ramp: 3m, leakPerHour: {exponential: 6Gi}, spikes: {every: {exponential: 10m}, to: 16Gi, rise: 30s, lasts: 20s}}}, \
        containers: {logs: {use: {disk: {level: 1Gi, leakPerHour: 5Gi}}}}}}\n  \
        batch: {arrivals: {perHour: 60}, lifetime: {exponential: 15m}, pod: {images: [b], resources: {requests: {cpu: 1}}, \
        use: {disk: {level: {exponential: 10Gi}, ramp: {exponential: 10m}}}}}\n\
        timeline:\n  reset: {at: +40m, reset: n-1}\n  drain: {at: +60m, drain: n-2}\n";
    for seed in 1..=4 {
        let run = run_seed(text, seed);
        assert!(run.times("DiskPressureChanged", "").len() > 1, "seed {seed}");
        assert!(run.times("PodEnded", "web").len() > 1, "seed {seed}");
    }
}

#[test]
fn the_scheduler_counts_what_pods_request_of_the_disk() {
    // Of 100 GiB the kubelet keeps 10 % from pods: four of 22 GiB fit, whatever they write.
    let asks = "  asks: {kind: Deployment, replicas: 5, startup: 1s, pod: {resources: {requests: {ephemeral-storage: 22Gi}}}}\n";
    let text = node(NOW, "", asks);
    let full = run(&text);
    assert_eq!((full.times("PodBound", "").len(), full.times("PodUnschedulable", "").len()), (4, 1));
    let unknown = run(&text.replace("disk: 100Gi", ""));
    assert_eq!(unknown.times("PodBound", "").len(), 5, "nobody says how large the disk is");
    // A new node is asked for, as for CPU or memory.
    let grows = run(&(text.replace("max: 1", "max: 2, boot: 1m") + "autoscaler: {}\n"));
    assert_eq!((grows.times("PodBound", "").len(), grows.times("NodeAdded", "").len()), (5, 2));
}

//! Images that are pulled and deleted; starts that lack CPU.

use super::{Run, run};

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

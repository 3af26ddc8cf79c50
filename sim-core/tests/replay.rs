//! Goal: what a replay shows is what the direct run was, in whatever order it is asked.
//! Method: scenes forward, back and at random instants, with a small and a large budget of keyframes, against a
//! simulation that was run straight to that instant; the reddit hug's own story at its own times.

#![expect(clippy::disallowed_methods, reason = "the ban is on the core; a test reads files")]

use std::path::Path;
use std::sync::Arc;

use plimsoll_core::model::Model;
use plimsoll_core::replay::{Replay, Scene, SceneNode};
use plimsoll_core::scenario::Document;
use plimsoll_core::simulation::Simulation;
use plimsoll_core::time::SimDuration;

fn model(file: &str) -> Arc<Model> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(file);
    let bytes = std::fs::read(path).expect("readable");
    let document = Document::parse(file, &bytes).unwrap_or_else(|wrong| panic!("{wrong}"));
    document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model.into()
}

fn replay(model: &Arc<Model>, budget: usize) -> Replay {
    let mut replay = Replay::new(Arc::clone(model), 1, 0).with_budget(budget);
    let mut slices = 0;
    while !replay.prepare(500) {
        slices += 1;
    }
    assert!(slices > 2 && replay.prepared() == 1.0);
    replay
}

/// What can be counted of a scene, counted in the world of the direct run.
fn check(scene: &Scene, seconds: f64, model: &Arc<Model>) {
    let mut direct = Simulation::new(Arc::clone(model), 1, 0);
    let at = model.clock.report_start() + SimDuration::from_secs_f64(seconds);
    direct.run_until(at, &mut |_, _, _| {});
    let cluster = direct.world().cluster();
    assert_eq!(scene.nodes.len(), cluster.nodes.len(), "{seconds}");
    assert_eq!(scene.pending_count, u64::from(cluster.counts.pending), "{seconds}");
    let on_nodes: usize = cluster.nodes.ids().map(|node| direct.world().pod_count(node)).sum();
    let pods: usize = scene.nodes.iter().map(|node| node.pods.len()).sum();
    assert_eq!(pods, on_nodes, "{seconds}");
    for node in &scene.nodes {
        let of_pods: u64 = node.pods.iter().map(|pod| pod.memory).sum();
        assert_eq!(node.memory.requested, of_pods, "{}", node.name);
        assert!(node.memory.requested + node.memory.reserved <= node.memory.allocatable, "{}", node.name);
    }
    if let Some(hub) = &scene.hub {
        assert_eq!(hub.ready, direct.world().services().ready);
        assert_eq!(hub.up, direct.world().services().hub_up);
    }
}

#[test]
fn a_scene_is_the_direct_runs_state() {
    let model = model("class-day.yaml");
    let mut large = replay(&model, 64 << 20);
    let mut small = replay(&model, 1);
    assert!(small.keyframes() < large.keyframes() || large.keyframes() <= 10);
    for seconds in [0.0, 1_800.0, 2_000.5, 1_900.0, 7_199.0, 60.0, 60.0, 3_600.0, 1e9] {
        let scene = large.scene(seconds);
        check(&scene, seconds.min(model.clock.report_duration().as_secs_f64()), &model);
        assert_eq!(scene, small.scene(seconds), "the budget shows at {seconds}");
        let json = serde_json::to_string(&scene).expect("plain");
        assert_eq!(serde_json::from_str::<Scene>(&json).expect("plain"), scene);
    }
}

/// Two ways to the same numbers: the series read off during the run, and the nodes looked at one by one afterwards.
#[test]
fn memory_in_use_is_the_same_in_scenes_and_series() {
    let model = model("oom-risk.yaml");
    let report = plimsoll_core::experiment::run(&model, 1, 1);
    let of = |name: &str, point: usize| report.series.metrics[name][point];
    let mut replay = replay(&model, 64 << 20);
    let close = |one: f64, other: f64| (one - other).abs() <= one.max(other) * 1e-8;
    let mut most = 0.0_f64;
    for point in (0..report.series.seconds.len()).step_by(37) {
        let scene = replay.scene(report.series.seconds[point]);
        let used = |node: &SceneNode| node.memory.used.expect("the scenario says what containers use");
        let all: u64 = scene.nodes.iter().map(used).sum();
        let requested: u64 = scene.nodes.iter().map(|node| node.memory.requested).sum();
        let allocatable = |node: &SceneNode| (node.memory.allocatable - node.memory.reserved) as f64;
        let fullest =
            scene.nodes.iter().map(|node| used(node) as f64 / allocatable(node)).fold(0.0, f64::max);
        assert!(close(of("cluster.memoryUsedBytes", point), all as f64), "{point}");
        assert!(close(of("cluster.memoryRequestedBytes", point), requested as f64), "{point}");
        assert!(close(of("nodes.memoryUsedMaxShare", point), fullest), "{point}");
        let ready: f64 = scene.nodes.iter().filter(|node| node.ready == "Ready").map(allocatable).sum();
        assert!(close(of("cluster.memoryAllocatableBytes", point), ready), "{point}");
        most = most.max(fullest);
    }
    assert!(most > 0.1, "something is used: {most}");
}

#[test]
fn instants_lead_from_change_to_change() {
    let model = model("class-day.yaml");
    let replay = replay(&model, 64 << 20);
    let mut seconds = 0.0;
    for _ in 0..50 {
        let next = replay.next(seconds).expect("more happens");
        assert!(next > seconds);
        let back = replay.previous(next);
        assert!(back.is_none_or(|back| back <= seconds), "{back:?} {seconds}");
        assert!(back.is_some() || seconds == 0.0, "something happened before {next}");
        seconds = next;
    }
    assert_eq!(replay.next(1e9), None);
    assert_eq!(replay.previous(0.0), None);
}

#[test]
fn the_reddit_hug_shows_its_black_hole_and_a_pod_tells_its_story() {
    let model = model("incidents/2018-01-18-reddit-hug.yaml");
    let mut replay = replay(&model, 64 << 20);
    // 06:30, twelve and a half hours after the start.
    let scene = replay.scene(12.5 * 3_600.0);
    assert_eq!(scene.clock, "06:30:00");
    let hole = scene.nodes.iter().find(|node| node.alias.as_deref() == Some("2fhq")).expect("2fhq");
    assert_eq!((hole.ready.as_str(), hole.cordoned), ("Ready", false));
    assert_eq!(hole.faults, ["pod network dead"]);
    assert!(!hole.pods.is_empty());
    // Older pods answered before; the youngest has come to a node that looks emptiest, and is given up by the hub.
    let pod = hole.pods.iter().rev().find(|pod| pod.state == "silent").expect("a pod that nobody reaches");
    let story = replay.story(pod.uid).expect("a pod has a story");
    assert_eq!(story.name, scene.pod_name(pod));
    let texts: Vec<&str> = story.moments.iter().map(|moment| moment.text.as_str()).collect();
    assert_eq!(texts[0], "is created");
    assert_eq!(texts[1], format!("gets node {}", hole.name));
    assert_eq!(texts[2], "starts");
    assert!(texts[3].starts_with("is given up by the hub"), "{texts:?}");
    assert_eq!(*texts.last().expect("an end"), "is gone");
    let choice = story.choice.expect("it was placed");
    assert_eq!(choice.node, hole.name);
    assert!(choice.feasible >= 1 && choice.nodes >= choice.feasible, "{choice:?}");
    assert!(choice.text.contains(&hole.name), "{}", choice.text);
    assert_eq!(replay.story(u64::MAX), None);
}

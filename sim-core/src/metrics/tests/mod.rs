//! Goal: every metric is what a person with pencil and paper would count.
//! Method: a small world driven through its verbs, one after the other, with checks as the questions;
//! and random histories whose levels are compared with a recount of the world's rows.

mod recount;
mod run;

pub(crate) use self::run::model;
use self::run::{END, Run, at, audience, batch, known, new_pod};
use super::*;
use crate::ids::{GroupId, Id};
use crate::placement::Why;
use crate::report::NoteBy;
use crate::world::{LaunchFailure, PodOwner, Ready, StopReason};

#[test]
fn the_life_of_a_pod() {
    let mut run = Run::new(&[
        "pods.pending at 08:01:39 = 1",
        "pods.pending at 08:01:40 = 0",
        "pods.starting at 08:02 = 1",
        "pods.running at 08:05 = 1",
        "pods.terminating at 08:08:20 = 1",
        "containers.alive at 08:08:20 = 1",
        "pods.total at end = 0",
        "mean(pods.running) = 1",
        "mean(pods.running, 08:03:20..08:06:40) = 1",
        "max(pods.running{workload=batch, group=big}) = 1",
        "max(pods.running{group=small}) = 0",
        "mean(pods.wait) = 100s",
        "p99(pods.lifetime) = 500s",
        "count(pods.created{workload=batch}) = 1",
        "count(pods.removed{group=big}) = 1",
    ]);
    let node = run.node(0, 0);
    let pod = run.pod(150, batch());
    run.bind(200, pod, node);
    run.start(250, pod);
    run.at(550, |world, _| world.request_pod_deletion(pod));
    run.at(650, |world, _| world.remove_pod(pod));
    let values = [1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.3, 1.0, 1.0, 0.0, 100.0, 500.0, 1.0, 1.0];
    assert_eq!(run.values(), known(&values));
}

#[test]
fn a_pod_that_ends_by_itself_gives_its_room_back_first() {
    let mut run = Run::new(&[
        "cluster.memoryRequested at 08:02:30 = 1",
        "cluster.memoryRequested{group=small} at 08:02:30 = 1",
        "cluster.memoryRequestedBytes at 08:05 = 0",
        "max(cluster.cpuRequestedMillis) = 1000",
        "mean(cluster.cpuRequested) = 1",
        "pods.total at 08:05 = 1",
        "pods.running + pods.pending + pods.starting + pods.terminating at 08:05 = 0",
        "count(pods.ended) = 1",
    ]);
    let (node, _) = (run.node(0, 0), run.node(0, 1));
    let pod = run.pod(150, batch());
    run.bind(150, pod, node);
    run.start(150, pod);
    run.at(350, |world, _| world.end_pod(pod));
    run.at(450, |world, _| world.remove_pod(pod));
    // Half of one of two nodes for 200 of 1000 s; an eighth of the CPU.
    assert_eq!(run.values(), known(&[0.25, 0.0, 0.0, 1_000.0, 0.025, 1.0, 0.0, 1.0]));
}

#[test]
fn what_can_be_had_is_what_ready_nodes_have() {
    let mut run = Run::new(&[
        "cluster.memoryAllocatableBytes at 08:03 = 1Gi",
        "cluster.memoryAllocatableBytes{group=small} at 08:03 = 1Gi",
        "max(cluster.memoryAllocatableBytes, 08:08..08:09) = 1Gi",
    ]);
    let (big, _) = (run.node(0, 0), run.node(0, 1));
    run.at(350, |world, _| world.set_node_ready(big, Ready::Unknown));
    let of = |group| run.model.groups[GroupId::from_index(group)].allocatable.memory_bytes as f64;
    let expected = [of(0) + of(1), of(1), of(1)];
    let measured = run.finish();
    assert_eq!(measured.values, known(&expected));
    let series = &measured.series.metrics["cluster.memoryAllocatableBytes"];
    assert_eq!((series[0], series.last()), (expected[0], Some(&expected[2])));
    let used = ["cluster.memoryUsedBytes", "nodes.memoryUsedMaxShare"];
    assert!(
        used.iter().all(|name| !measured.series.metrics.contains_key(*name)),
        "nobody says what pods use"
    );
}

#[test]
fn what_lasts_no_time_is_not_seen_but_counted() {
    let mut run = Run::new(&["max(pods.pending) = 0", "count(pods.created) = 1", "count(pods.bound) = 1"]);
    let node = run.node(0, 0);
    run.at(200, |world, model| {
        let pod = world.create_pod(model, new_pod(batch()));
        world.bind(model, pod, node);
    });
    assert_eq!(run.values(), known(&[0.0, 1.0, 1.0]));
}

#[test]
fn the_warm_up_counts_for_nothing() {
    let mut run = Run::new(&["count(pods.created) = 1", "min(pods.pending) = 1", "max(pods.wait) = 1s"]);
    let node = run.node(0, 0);
    let first = run.pod(50, batch());
    run.bind(99, first, node);
    run.start(99, first);
    run.pod(100, batch());
    assert_eq!(run.metrics.books.levels.value(run.metrics.pending_slot), 1);
    let measured = run.finish();
    assert_eq!(measured.values, [Some(1.0), Some(1.0), None]);
    assert_eq!(measured.summary["podsCreated"], 1.0);
    assert_eq!(measured.series.metrics["pods.created"][0], 1.0, "the first point counts its instant");
}

#[test]
fn ages_are_told_apart_at_an_instant() {
    let mut run = Run::new(&[
        "pods.running{olderThan=100s} at 08:05 = 2",
        "pods.running{youngerThan=100s} at 08:05 = 1",
        "pods.running{olderThan=100s, workload=batch} / pods.running at 08:05 = 1",
        "pods.running{olderThan=100s, audience=b} at 08:05 = 1",
        "pods.running{olderThan=100s, group=small} at 08:05 = 1",
        "pods.total{olderThan=0s} at end = 3",
    ]);
    let (big, small) = (run.node(0, 0), run.node(0, 1));
    let owners = [batch(), PodOwner::User(audience(1)), batch()];
    for (owner, (created, node)) in owners.into_iter().zip([(200, big), (300, small), (301, big)]) {
        let pod = run.pod(created, owner);
        run.bind(created, pod, node);
        run.start(created, pod);
    }
    // At 08:05, second 400, a deletion in the same instant is seen; one later is not.
    let pod = run.pod(350, batch());
    run.bind(350, pod, big);
    run.start(400, pod);
    run.at(400, |world, _| world.request_pod_deletion(pod));
    run.at(401, |world, _| world.remove_pod(pod));
    assert_eq!(run.values(), known(&[2.0, 1.0, 1.0 / 3.0, 1.0, 1.0, 3.0]));
}

#[test]
fn launches_succeed_and_fail() {
    let mut run = Run::new(&[
        "mean(launch.success, 08:00..08:05) = 50%",
        "count(launch.success) = 3",
        "mean(launch.success{audience=b}) = 0",
        "mean(launch.success, 08:10..08:15) = 0",
        "max(users.waiting) = 2",
        "users.waiting{audience=a} at 08:02 = 1",
        "mean(launch.wait) = 30s",
        "servers.spawning at 08:02 = 2",
        "servers.ready at 08:02:40 = 1",
        "servers.total at end = 0",
        "count(servers.culled{audience=a}) = 1",
        "mean(pods.failedLifetime) = 40s",
        "count(launch.failed, 08:05..end) = 1",
    ]);
    let node = run.node(0, 0);
    let (_, good, good_pod) = run.launch(200, audience(0));
    let (bad, bad_server, bad_pod) = run.launch(210, audience(1));
    for pod in [good_pod, bad_pod] {
        run.bind(210, pod, node);
        run.start(215, pod);
    }
    run.at(230, |world, _| {
        world.connect_server(good);
        world.server_ready(good);
    });
    run.at(240, |world, _| {
        world.fail_launch(bad, LaunchFailure::HttpTimeout);
        world.mark_spawn_failed(bad_pod);
        world.stop_server(bad_server, StopReason::SpawnFailed);
        world.request_pod_deletion(bad_pod);
    });
    run.at(250, |world, _| {
        world.remove_pod(bad_pod);
        world.remove_server(bad_server);
    });
    run.at(300, |world, _| {
        world.stop_server(good, StopReason::Culled);
        world.request_pod_deletion(good_pod);
    });
    run.at(310, |world, _| {
        world.remove_pod(good_pod);
        world.remove_server(good);
    });
    // Refused at once, in the instant in which one window ends and the next begins.
    run.at(400, |world, _| {
        let launch = world.start_launch(audience(1), 0, 1, 0);
        world.fail_launch(launch, LaunchFailure::SpawnLimit);
    });
    assert_eq!(
        run.values(),
        [
            Some(0.5),
            Some(3.0),
            Some(0.0),
            None,
            Some(2.0),
            Some(1.0),
            Some(30.0),
            Some(2.0),
            Some(1.0),
            Some(0.0),
            Some(1.0),
            Some(40.0),
            Some(1.0),
        ]
    );
}

#[test]
fn three_counts_of_nodes_differ() {
    let mut run = Run::new(&[
        "nodes.target at 08:01 = 4",
        "nodes.total at 08:01 = 2",
        "nodes.ceiling{group=big} at 08:00 = 3",
        "nodes.ceiling at 08:06 = 7",
        "nodes.schedulable at 08:05 = 2",
        "nodes.ready at 08:05 = 3",
        "nodes.schedulable at 08:08 = 1",
        "nodes.ready{group=big} at end = 2",
        "count(nodes.requested) = 2",
        "count(nodes.removed) = 1",
        "last(nodes.target) = 3",
    ]);
    let big = GroupId::from_index(0);
    let (first, _) = (run.node(0, 0), run.node(0, 1));
    run.at(150, |world, _| world.set_target(big, 3));
    let second = run.node(250, 0);
    run.at(300, |world, _| world.cordon(first));
    run.at(450, |world, _| world.set_limits(big, 0, 5));
    run.at(500, |world, _| world.request_node_deletion(second));
    run.at(520, |world, _| world.uncordon(first));
    run.at(540, |world, _| world.cordon(first));
    run.at(600, |world, _| world.uncordon(first));
    run.at(700, |world, _| world.cordon(second));
    run.at(800, |world, _| world.remove_node(second));
    run.node(900, 0);
    assert_eq!(run.values(), known(&[4.0, 2.0, 3.0, 7.0, 2.0, 3.0, 1.0, 2.0, 2.0, 1.0, 3.0]));
}

#[test]
fn series_agree_with_the_figures() {
    let mut run = Run::new(&[]);
    let node = run.node(0, 0);
    for second in [100, 105, 110, 500, 1_100] {
        let pod = run.pod(second, batch());
        run.bind(second, pod, node);
    }
    let measured = run.finish();
    let series = &measured.series;
    assert_eq!(series.seconds.len(), 101);
    assert_eq!((series.seconds[0], series.seconds[1], series.seconds[100]), (0.0, 10.0, 1_000.0));
    assert_eq!(series.start_second_of_day, 8 * 3_600);
    assert!(series.metrics.values().all(|values| values.len() == 101));
    let created = &series.metrics["pods.created"];
    assert_eq!((created[0], created[1], created[100]), (1.0, 2.0, 1.0));
    assert_eq!(created.iter().sum::<f64>(), measured.summary["podsCreated"]);
    let starting = &series.metrics["pods.starting"];
    assert_eq!((starting[0], starting[1], starting[40], starting[100]), (1.0, 3.0, 4.0, 5.0));
    assert!(series.metrics.contains_key("pods.running{audience=a}"));
    assert_eq!(measured.summary["nodeHours"], 1_000.0 / 3_600.0);
    assert_eq!(measured.summary["simulatedEvents"], 7.0);
}

#[test]
fn without_a_hub_nothing_is_said_about_launches() {
    let mut model = model(&[]);
    model.hub = None;
    let measured = Metrics::new(&model).finish(at(END), &World::new(&model), &model, 0);
    let names = measured.summary.keys().chain(measured.series.metrics.keys());
    for name in names {
        assert!(!name.contains("aunch") && !name.contains("erver") && !name.contains("sers"), "{name}");
    }
}

#[test]
fn notes_are_few_and_useful() {
    let mut run = Run::new(&[]);
    let big = GroupId::from_index(0);
    let note = |seconds: f64, clock: &str, by, text: &str| Note {
        seconds,
        clock: clock.to_owned(),
        by,
        text: text.to_owned(),
    };
    run.at(50, |world, _| world.set_target(big, 3));
    run.at(60, |world, _| world.set_target(big, 2));
    let pod = run.pod(200, batch());
    run.at(200, |world, _| world.mark_unschedulable(pod, Why::default()));
    run.at(210, |world, _| world.set_target(big, 3));
    run.at(211, |world, _| world.set_target(big, 2));
    run.at(212, |world, _| world.set_target(big, 3));
    run.at(300, |world, _| world.take_action(crate::ids::ActionId::from_index(0)));
    let fail = |world: &mut World, _: &Model| {
        let launch = world.start_launch(audience(0), 0, 1, 0);
        world.fail_launch(launch, LaunchFailure::HubDown);
    };
    let succeed = |world: &mut World, model: &Model| {
        let launch = world.start_launch(audience(0), 0, 1, 0);
        let pod = world.create_pod(model, new_pod(PodOwner::User(audience(0))));
        let server = world.create_server(launch, pod);
        world.connect_server(server);
        world.server_ready(server);
    };
    for second in 400..410 {
        run.at(second, succeed);
    }
    for second in 410..440 {
        run.at(second, fail);
    }
    for second in 440..470 {
        run.at(second, succeed);
    }
    assert_eq!(
        run.finish().notes,
        [
            note(100.0, "08:01:40", NoteBy::Model, "pods wait for room: the first is unschedulable"),
            note(110.0, "08:01:50", NoteBy::Model, "nodes of `big` at the ceiling of 3"),
            note(200.0, "08:03:20", NoteBy::Timeline, "a cut"),
            note(319.0, "08:05:19", NoteBy::Model, "launches fail: 10 of the last 20"),
            note(357.0, "08:05:57", NoteBy::Model, "launches succeed again: 18 of the last 20"),
        ]
    );
}

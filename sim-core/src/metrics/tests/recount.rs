//! Random histories, whose levels are compared with a recount of the world's rows.

use proptest::prelude::*;

use super::super::*;
use super::run::{Run, audience, batch, new_pod};
use crate::ids::{GroupId, Id, NodeId, PodId};
use crate::world::{PodOwner, PodPhase, Ready};

proptest! {
    /// Whatever happens, levels are a recount of the world's rows.
    #[test]
    fn levels_are_a_recount(steps in prop::collection::vec((0..10_u8, 0..1_000_usize), 1..200)) {
        let mut run = Run::new(&[]);
        keep_everything(&mut run);
        let mut nodes = vec![run.node(0, 0), run.node(0, 1)];
        for (second, (kind, choice)) in steps.into_iter().enumerate() {
            let pods: Vec<_> = run.world.cluster().pods.ids().collect();
            let pod = (!pods.is_empty()).then(|| pods[choice % pods.len()]);
            run.at(second as u64 + 1, |world, model| act(world, model, kind, choice, pod, &mut nodes));
            recount(&run)?;
        }
        run.finish();
    }
}

/// Books keep only what somebody reads: here, all of it.
fn keep_everything(run: &mut Run) {
    let books = &mut run.metrics.books;
    for level in 0..Level::COUNT {
        for place in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            books.level_layout.read(level, Place { owner: place.0, group: place.1 });
        }
    }
}

/// One random step, if the state admits it.
fn act(
    world: &mut World,
    model: &Model,
    kind: u8,
    choice: usize,
    pod: Option<PodId>,
    nodes: &mut Vec<NodeId>,
) {
    let phase = pod.map(|pod| world.cluster().pods[pod].phase);
    let node = nodes[choice % nodes.len()];
    match (kind, pod, phase) {
        (0, ..) => {
            let pod = world.create_pod(model, new_pod(batch()));
            world.bind(model, pod, node);
        }
        (1, ..) => {
            world.create_pod(model, new_pod(PodOwner::User(audience(choice % 2))));
        }
        (2, Some(pod), Some(PodPhase::Pending)) => world.bind(model, pod, node),
        (3, Some(pod), Some(PodPhase::Starting)) => world.start_pod(pod),
        (4, Some(pod), Some(PodPhase::Running)) => world.end_pod(pod),
        (5, Some(pod), Some(_)) => world.request_pod_deletion(pod),
        (6, Some(pod), Some(_)) => world.remove_pod(pod),
        (7, ..) => world.cordon(node),
        (9, ..) => {
            world.set_node_ready(node, *[Ready::True, Ready::False, Ready::Unknown].get(choice % 3).unwrap())
        }
        (8, ..) if world.cluster().pods.iter().all(|(_, pod)| pod.node != Some(node)) => {
            world.uncordon(node);
            world.remove_node(node);
            nodes.retain(|other| *other != node);
            nodes.push(world.add_node(model, GroupId::from_index(choice % 2), 9));
        }
        _ => {}
    }
}

fn recount(run: &Run) -> Result<(), TestCaseError> {
    let cluster = run.world.cluster();
    for group in [None, Some(GroupId::from_index(0)), Some(GroupId::from_index(1))] {
        for owner in [None, Some(batch()), Some(PodOwner::User(audience(0)))] {
            let place = Place {
                owner: match owner {
                    None => 0,
                    Some(PodOwner::User(_)) => 1,
                    Some(PodOwner::Workload(_)) => 3,
                },
                group: group.map_or(0, |group| group.index() as u32 + 1),
            };
            let mut counts = [0_i64; 6];
            for (_, pod) in cluster.pods.iter() {
                let on = pod.node.map(|node| cluster.nodes[node].group);
                if owner.is_some_and(|owner| owner != pod.owner) || (group.is_some() && group != on) {
                    continue;
                }
                counts[0] += 1;
                let terminating = pod.deletion_requested_at.is_some();
                counts[4] += i64::from(terminating);
                counts[5] += i64::from(pod.phase == PodPhase::Running);
                let phases = [PodPhase::Pending, PodPhase::Starting, PodPhase::Running];
                if let Some(phase) = phases.iter().position(|phase| *phase == pod.phase && !terminating) {
                    counts[phase + 1] += 1;
                }
            }
            let levels = [
                Level::PodsTotal,
                Level::PodsPending,
                Level::PodsStarting,
                Level::PodsRunning,
                Level::PodsTerminating,
                Level::ContainersAlive,
            ];
            for (level, count) in levels.into_iter().zip(counts) {
                prop_assert_eq!(value(run, level, place), count, "{:?} at {:?}", level, place);
            }
        }
        let place = Place { owner: 0, group: group.map_or(0, |group| group.index() as u32 + 1) };
        let of = |node: &&crate::world::Node| group.is_none_or(|group| node.group == group);
        let nodes: Vec<_> = cluster.nodes.iter().map(|(_, node)| node).filter(of).collect();
        for (level, ready) in [
            (Level::NodesReady, Ready::True),
            (Level::NodesNotReady, Ready::False),
            (Level::NodesUnknown, Ready::Unknown),
        ] {
            let count = nodes.iter().filter(|node| node.health.ready == ready).count();
            prop_assert_eq!(value(run, level, place), count as i64, "{:?}", level);
        }
        let schedulable = nodes.iter().filter(|node| node.is_schedulable()).count();
        prop_assert_eq!(value(run, Level::NodesTotal, place), nodes.len() as i64);
        prop_assert_eq!(value(run, Level::NodesSchedulable, place), schedulable as i64);
        let ids = cluster.nodes.iter().filter(|(_, node)| of(node)).map(|(id, _)| id);
        let bytes: u64 = ids.map(|id| run.world.requested(id).memory_bytes).sum();
        prop_assert_eq!(value(run, Level::MemoryRequestedBytes, place), bytes as i64);
        let ready = nodes.iter().filter(|node| node.health.ready == Ready::True);
        let bytes: u64 = ready.map(|node| run.model.groups[node.group].allocatable.memory_bytes).sum();
        prop_assert_eq!(value(run, Level::MemoryAllocatableBytes, place), bytes as i64);
    }
    Ok(())
}

fn value(run: &Run, level: Level, place: Place) -> i64 {
    let books = &run.metrics.books;
    books.levels.value(books.level_layout.kept(level as usize, place).expect("everything is kept"))
}

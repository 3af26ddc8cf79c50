//! One decision of the scheduler: which node for this pod, in clusters of several sizes that are about
//! half full.
#![allow(missing_docs, reason = "criterion's macro")]

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use plimsoll_core::Simulation;
use plimsoll_core::ids::{ClassId, Id, WorkloadId};
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{NewPod, PodOwner};

/// A cluster of `nodes` nodes with twenty pods for each.
fn cluster(nodes: u32) -> Simulation {
    let text = format!(
        "{{apiVersion: plimsoll/v1, name: placement, start: 2026-01-01T00:00:00Z, duration: 1h,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 8, memory: 64Gi, pods: 110}}, min: {nodes}, max: {nodes}}}}},
          workloads: {{jobs: {{replicas: {}, pod: {{resources: {{requests: {{cpu: 225m, memory: 1280Mi}}}}}}}}}}}}",
        nodes * 20
    );
    let document =
        Document::parse("placement.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
    let mut simulation = Simulation::new(Arc::new(model), 1, 0);
    simulation.run_until(SimTime::from_secs(60), &mut |_, _, _| {});
    simulation
}

fn decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("placement/choose");
    for nodes in [100, 1_000] {
        let simulation = cluster(nodes);
        let (mut world, model) = (simulation.world().clone(), simulation.model().clone());
        let owner = PodOwner::Workload(WorkloadId::from_index(0));
        let class = ClassId::from_index(0);
        let pod = world.create_pod(
            &model,
            NewPod { class, owner, ordinal: 0, subject: 1, lifetime: None, requests: None },
        );
        group.bench_with_input(BenchmarkId::from_parameter(nodes), &pod, |bencher, pod| {
            let pending = world.pending_pod(&model, *pod);
            bencher.iter(|| world.choose_node(&model.profiles[0], &pending, 1));
        });
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);

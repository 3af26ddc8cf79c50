//! The autoscaler's estimator on the published case: 51,000 pods, 2,595 new nodes.
//!
//! 50,000 pods of 50m and 100 bytes and 1,000 of 95m and 190 bytes on nodes of 1000m and 5000 bytes with
//! room for 100 pods, with the estimator's limits lifted and with its default of 1,000 nodes.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use plimsoll_core::autoscaling::equivalence::PodGroup;
use plimsoll_core::autoscaling::estimator::{NodeLimit, estimate};
use plimsoll_core::autoscaling::manifest;
use plimsoll_core::autoscaling::objects::Pod;
use plimsoll_core::autoscaling::snapshot::{NodeInfo, Snapshot};
use plimsoll_core::kubernetes::{Object, read};
use plimsoll_core::placement::Symbols;
use plimsoll_core::placement::compile::PriorityClasses;

fn published_case(criterion: &mut Criterion) {
    let mut symbols = Symbols::default();
    let mut group = |count: u64, cpu: &str, memory: &str| {
        let text = format!(
            r#"{{"kind": "Pod", "spec": {{"containers": [
                {{"resources": {{"requests": {{"cpu": "{cpu}", "memory": "{memory}"}}}}}}]}}}}"#
        );
        let Object::Pod(pod) = object(&text) else { panic!("a pod") };
        let model = manifest::pod(0, &pod, &PriorityClasses::default(), &mut symbols);
        PodGroup::new((0..count).map(|uid| Arc::new(Pod { uid, ..model.clone() })).collect())
    };
    let groups = [group(50_000, "50m", "100"), group(1_000, "95m", "190")];
    let groups: Vec<&PodGroup> = groups.iter().collect();
    let whole = r#"{"cpu": "1", "memory": "5000", "pods": "100"}"#;
    let text = format!(r#"{{"kind": "Node", "status": {{"allocatable": {whole}, "capacity": {whole}}}}}"#);
    let Object::Node(node) = object(&text) else { panic!("a node") };
    let node = Arc::new(manifest::node(&node, None, &mut symbols));
    let template = NodeInfo { node, pods: Vec::new() };
    for (name, limit, expected) in
        [("limits lifted", NodeLimit::None, 2_595), ("default limits", NodeLimit::AtMost(1_000), 1_000)]
    {
        criterion.bench_function(&format!("estimator/51,000 pods, {name}"), |bencher| {
            bencher.iter(|| {
                let found = estimate(&mut Snapshot::default(), &groups, &template, limit);
                assert_eq!(found.nodes, expected);
            });
        });
    }
}

fn object(text: &str) -> Object {
    read(text).expect("readable").objects.pop().expect("an object")
}

criterion_group!(benches, published_case);
criterion_main!(benches);

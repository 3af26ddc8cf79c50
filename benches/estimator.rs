//! The autoscaler's estimator on the published case: 51,000 pods, 2,595 new nodes.
//!
//! 50,000 pods of 50m and 100 bytes and 1,000 of 95m and 190 bytes on nodes of 1000m and 5000 bytes with
//! room for 100 pods, with the estimator's limits lifted and with its default of 1,000 nodes.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use plimsoll_core::autoscaling::Amounts;
use plimsoll_core::autoscaling::equivalence::PodGroup;
use plimsoll_core::autoscaling::estimator::{NodeLimit, estimate};
use plimsoll_core::autoscaling::objects::{Node, Pod, PodSpec};
use plimsoll_core::autoscaling::snapshot::{NodeInfo, Snapshot};

fn published_case(criterion: &mut Criterion) {
    let amounts =
        |cpu_millis, memory_bytes, pods| Amounts { cpu_millis, memory_bytes, pods, ..Amounts::default() };
    let group = |name: &str, count: usize, cpu_millis, memory_bytes| {
        let spec = PodSpec { requests: amounts(cpu_millis, memory_bytes, 0), ..PodSpec::default() };
        let pod = |at| Arc::new(Pod { name: format!("{name}-{at}"), spec: spec.clone(), ..Pod::default() });
        PodGroup::new((0..count).map(pod).collect())
    };
    let groups = [group("small", 50_000, 50, 100), group("large", 1_000, 95, 190)];
    let groups: Vec<&PodGroup> = groups.iter().collect();
    let whole = amounts(1_000, 5_000, 100);
    let node =
        Node { name: "template".into(), allocatable: whole.clone(), capacity: whole, ..Node::default() };
    let template = NodeInfo::new(Arc::new(node), Vec::new());
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

criterion_group!(benches, published_case);
criterion_main!(benches);

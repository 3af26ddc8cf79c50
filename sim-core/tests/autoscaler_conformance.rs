//! Goal: the estimator answers as the real one does. Method: replay its recorded answers
//! (`PLIMSOLL_CA_CONFORMANCE_DIR` points at others), and the published case.
#![expect(clippy::disallowed_methods, reason = "the ban is on the core; a test reads its recordings")]
#![expect(clippy::print_stdout, reason = "its lines are what it is run for")]

mod recordings;

use std::sync::Arc;

use plimsoll_core::autoscaling::Amounts;
use plimsoll_core::autoscaling::equivalence::PodGroup;
use plimsoll_core::autoscaling::estimator::{Estimate, NodeLimit, estimate};
use plimsoll_core::autoscaling::objects::{Node, Pod, PodSpec};
use plimsoll_core::autoscaling::snapshot::{NodeInfo, Snapshot};
use recordings::{list, number, objects, text};
use serde_json::Value;

fn main() {
    let recordings = recordings::recordings("PLIMSOLL_CA_CONFORMANCE_DIR", "autoscaler_conformance");
    assert!(!recordings.is_empty(), "no recordings found");
    let (mut decisions, mut equal) = (0, 0);
    for (name, recording) in &recordings {
        for (what, expected, got) in compare(recording) {
            decisions += 1;
            equal += u32::from(expected == got);
            if expected != got {
                println!("{name}: {what}: expected {expected}, got {got}");
            }
        }
    }
    println!("recordings: {}", recordings.len());
    for (what, limit, expected) in
        [("limits lifted", NodeLimit::None, 2_595), ("default limits", NodeLimit::AtMost(1_000), 1_000)]
    {
        let got = published(limit);
        println!("published case, {what}: {got} new nodes");
        decisions += 1;
        equal += u32::from(got == expected);
    }
    println!("decisions: {decisions}, equal: {equal}");
    std::process::exit(i32::from(decisions != equal));
}

/// What is compared: what, as recorded, as found.
fn compare(recording: &Value) -> Vec<(&'static str, String, String)> {
    let groups: Vec<PodGroup> =
        list(recording, "groups").iter().enumerate().map(|(index, group)| pods_of(index, group)).collect();
    let found = run(recording, &groups);
    let names: Vec<&str> = found.pods.iter().map(|pod| pod.name.as_str()).collect();
    let per_group: Vec<i64> = (0..groups.len())
        .map(|index| {
            let prefix = format!("g{index}-");
            names.iter().filter(|name| name.starts_with(&prefix)).count() as i64
        })
        .collect();
    let recorded: Vec<&str> =
        list(recording, "scheduledPods").iter().map(|name| name.as_str().unwrap()).collect();
    let recorded_per_group: Vec<i64> =
        list(recording, "scheduledPerGroup").iter().map(|count| count.as_i64().unwrap()).collect();
    let mut rows = vec![
        ("newNodes", number(recording, "newNodes").to_string(), found.nodes.to_string()),
        ("scheduledPerGroup", format!("{recorded_per_group:?}"), format!("{per_group:?}")),
    ];
    if sizes_differ(&groups) {
        rows.push(("scheduledPods", format!("{recorded:?}"), format!("{names:?}")));
    }
    rows
}

fn sizes_differ(groups: &[PodGroup]) -> bool {
    let mut sizes: Vec<(i64, i64)> = groups
        .iter()
        .map(|group| (group.pods[0].spec.requests.cpu_millis, group.pods[0].spec.requests.memory_bytes))
        .collect();
    sizes.sort_unstable();
    sizes.windows(2).all(|pair| pair[0] != pair[1])
}

fn pods_of(index: usize, group: &Value) -> PodGroup {
    let model = objects::pod(&group["pod"]);
    let pod = |number: i64| Arc::new(Pod { name: format!("g{index}-{number}"), ..model.clone() });
    PodGroup::new((0..number(group, "count")).map(pod).collect())
}

fn run(recording: &Value, groups: &[PodGroup]) -> Estimate {
    let mut snapshot = Snapshot::default();
    let existing: Vec<Arc<Pod>> =
        list(recording, "existingPods").iter().map(|pod| Arc::new(objects::pod(pod))).collect();
    for node in list(recording, "existingNodes") {
        let node = objects::node(node, &[]);
        let own = existing.iter().filter(|pod| pod.node.as_deref() == Some(&*node.name));
        let pods = own.cloned().collect();
        snapshot.add_node(NodeInfo::new(Arc::new(node), pods));
    }
    let template_pods =
        list(recording, "templatePods").iter().map(|pod| Arc::new(objects::pod(pod))).collect();
    let template = NodeInfo::new(Arc::new(objects::node(&recording["template"], &[])), template_pods);
    let limit = match number(recording, "maxNodes") {
        0 => NodeLimit::None,
        limit => NodeLimit::AtMost(limit),
    };
    assert!(!text(recording, "name").is_empty());
    estimate(&mut snapshot, &groups.iter().collect::<Vec<_>>(), &template, limit)
}

/// 50,000 pods of 50m/100 and 1,000 of 95m/190 on nodes of 1000m/5000 with room for 100 pods.
fn published(limit: NodeLimit) -> i64 {
    let amounts =
        |cpu_millis, memory_bytes, pods| Amounts { cpu_millis, memory_bytes, pods, ..Amounts::default() };
    let group = |name: &str, count: usize, cpu_millis, memory_bytes| {
        let spec = PodSpec { requests: amounts(cpu_millis, memory_bytes, 0), ..PodSpec::default() };
        let pod =
            |number| Arc::new(Pod { name: format!("{name}-{number}"), spec: spec.clone(), ..Pod::default() });
        PodGroup::new((0..count).map(pod).collect())
    };
    let groups = [group("small", 50_000, 50, 100), group("large", 1_000, 95, 190)];
    let whole = amounts(1_000, 5_000, 100);
    let node =
        Node { name: "template".into(), allocatable: whole.clone(), capacity: whole, ..Node::default() };
    let template = NodeInfo::new(Arc::new(node), Vec::new());
    estimate(&mut Snapshot::default(), &groups.iter().collect::<Vec<_>>(), &template, limit).nodes
}

//! Goal: the estimator answers as the real one does. Method: replay its recorded answers
//! (`PLIMSOLL_CA_CONFORMANCE_DIR` points at others), and the published case.
#![expect(clippy::disallowed_methods, reason = "the ban is on the core; a test reads its recordings")]
#![expect(clippy::print_stdout, reason = "its lines are what it is run for")]

mod recordings;

use std::sync::Arc;

use plimsoll_core::autoscaling::equivalence::PodGroup;
use plimsoll_core::autoscaling::estimator::{Estimate, NodeLimit, estimate};
use plimsoll_core::autoscaling::manifest;
use plimsoll_core::autoscaling::objects::Pod;
use plimsoll_core::autoscaling::snapshot::{NodeInfo, Snapshot};
use plimsoll_core::placement::Symbols;
use plimsoll_core::placement::compile::PriorityClasses;
use recordings::replay::{node, read};
use recordings::{list, number, text};
use serde_json::{Value, json};

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
    let mut objects = Objects::default();
    let rows = list(recording, "groups").iter();
    let groups: Vec<PodGroup> =
        rows.map(|group| objects.group(&group["pod"], number(group, "count"))).collect();
    let found = run(recording, &groups, &mut objects);
    let names: Vec<String> =
        found.pods.iter().map(|pod| format!("g{}-{}", pod.uid >> 32, pod.uid & 0xffff_ffff)).collect();
    let per_group: Vec<i64> = (0..groups.len() as u64)
        .map(|index| found.pods.iter().filter(|pod| pod.uid >> 32 == index).count() as i64)
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
    let size =
        |group: &PodGroup| (group.pods[0].requests().cpu_millis, group.pods[0].requests().memory_bytes);
    let mut sizes: Vec<(i64, i64)> = groups.iter().map(size).collect();
    sizes.sort_unstable();
    sizes.windows(2).all(|pair| pair[0] != pair[1])
}

/// From objects as written.
#[derive(Default)]
struct Objects {
    symbols: Symbols,
    groups: u64,
    others: u64,
}

impl Objects {
    /// Equal pods; the n-th of the m-th group has the uid m * 2^32 + n.
    fn group(&mut self, pod: &Value, count: i64) -> PodGroup {
        let group = self.groups << 32;
        self.groups += 1;
        let model = self.pod(pod);
        PodGroup::new(
            (group..group + count as u64).map(|uid| Arc::new(Pod { uid, ..model.clone() })).collect(),
        )
    }

    fn pod(&mut self, pod: &Value) -> Pod {
        self.others += 1;
        manifest::pod((1 << 60) + self.others, &read(pod), &PriorityClasses::default(), &mut self.symbols)
    }

    fn node(&mut self, value: &Value, pods: Vec<Arc<Pod>>) -> Arc<NodeInfo> {
        Arc::new(NodeInfo { node: Arc::new(node(value, &[], &mut self.symbols)), pods })
    }
}

fn run(recording: &Value, groups: &[PodGroup], objects: &mut Objects) -> Estimate {
    let mut snapshot = Snapshot::default();
    for row in list(recording, "existingNodes") {
        let name = text(&row["metadata"], "name");
        let own = list(recording, "existingPods").iter().filter(|pod| text(&pod["spec"], "nodeName") == name);
        let pods = own.map(|pod| Arc::new(objects.pod(pod))).collect();
        let node = objects.node(row, pods);
        snapshot.add_node(node);
    }
    let pods = list(recording, "templatePods").iter().map(|pod| Arc::new(objects.pod(pod))).collect();
    let template = objects.node(&recording["template"], pods);
    let limit = match number(recording, "maxNodes") {
        0 => NodeLimit::None,
        limit => NodeLimit::AtMost(limit),
    };
    assert!(!text(recording, "name").is_empty());
    estimate(&mut snapshot, &groups.iter().collect::<Vec<_>>(), &template, limit)
}

/// 50,000 pods of 50m/100 and 1,000 of 95m/190 on nodes of 1000m/5000 with room for 100 pods.
fn published(limit: NodeLimit) -> i64 {
    let mut objects = Objects::default();
    let pod = |cpu: &str, memory: &str| json!({"spec": {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]}});
    let groups = [objects.group(&pod("50m", "100"), 50_000), objects.group(&pod("95m", "190"), 1_000)];
    let whole = json!({"cpu": "1", "memory": "5000", "pods": "100"});
    let node = json!({"metadata": {"name": "template"}, "status": {"allocatable": whole, "capacity": whole}});
    let template = objects.node(&node, Vec::new());
    estimate(&mut Snapshot::default(), &groups.iter().collect::<Vec<_>>(), &template, limit).nodes
}

//! Placement: what one decision costs, asked naively and through the index.
//!
//! Method: a cluster about half full, in which pods come and go: each decision is followed by the pod taking
//! its place and the oldest pod leaving, so keeping the index up to date is part of the cost. Instructions of
//! many decisions less those of none, both counted by callgrind, divided by their number.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use plimsoll_core::kubernetes::{Object, Objects, SchedulerConfiguration};
use plimsoll_core::model::Era;
use plimsoll_core::placement::choice::{choose, choose_naively};
use plimsoll_core::placement::requests::CpuAndMemory;
use plimsoll_core::placement::{
    NodeIndex, NodeSpec, PendingPod, PlacedPod, PodKey, PodSpec, Profile, Snapshot,
};

use crate::instructions;

/// Sizes of clusters.
pub const NODES: [u32; 4] = [100, 1_000, 5_000, 15_000];

/// What pods ask for: a short name and words.
pub const FAMILIES: [(&str, &str); 5] = [
    ("least", "resources only, LeastAllocated alone"),
    ("resources", "(a) resources only, default profile"),
    ("taints", "(b) taints and node affinity"),
    ("zones", "(c) hard spread over zones"),
    ("hosts", "(d) pod anti-affinity by host"),
];

const PODS_ON_A_NODE: u32 = 14;

/// A cluster in which pods come and go.
pub struct Bench {
    snapshot: Snapshot,
    profile: Arc<Profile>,
    kinds: Vec<Arc<PodSpec>>,
    pods: VecDeque<PodKey>,
    next: u32,
}

impl Bench {
    /// A cluster of `nodes` nodes for a family.
    pub fn new(family: &str, nodes: u32) -> Self {
        let mut snapshot = Snapshot::default();
        let configuration = match family {
            "least" => {
                r#"{"profiles": [{"plugins": {"score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit"}]}}}]}"#
            }
            _ => "{}",
        };
        let configuration: SchedulerConfiguration =
            serde_json::from_str(configuration).expect("a configuration");
        let profiles = Profile::compile(&configuration, Era::V1_36, &mut snapshot.symbols);
        let profile = Arc::new(profiles.expect("a profile").remove(0));
        for number in 0..nodes {
            let Object::Node(node) = object(&node(family, number)) else { continue };
            let spec = NodeSpec::compile(&node, &mut snapshot.symbols);
            snapshot.add_node(spec);
        }
        let mut kinds = Vec::new();
        for text in kinds_of(family) {
            let Object::Pod(pod) = object(&text) else { continue };
            let classes = &snapshot.surroundings.priority_classes;
            kinds.push(Arc::new(PodSpec::compile(&pod, classes, &mut snapshot.symbols)));
        }
        let mut bench = Self { snapshot, profile, kinds, pods: VecDeque::new(), next: 0 };
        for round in 0..PODS_ON_A_NODE {
            for node in 0..nodes {
                let kind = (node + round) as usize % bench.kinds.len();
                let pod = bench.new_pod(kind);
                bench.put(pod, NodeIndex(node));
            }
        }
        bench
    }

    fn new_pod(&mut self, kind: usize) -> PendingPod {
        // Keys are used again, as those of a simulation are.
        let key = PodKey(self.next % (self.snapshot.slots() as u32 * (PODS_ON_A_NODE + 1)));
        self.next += 1;
        let mixed = u64::from(self.next).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let drawn = CpuAndMemory {
            cpu_millis: 100 + (mixed % 251) as i64,
            memory_bytes: (512 + (mixed >> 20) as i64 % 1_537) << 20,
        };
        PendingPod { key, spec: self.kinds[kind].clone(), drawn: Some(drawn) }
    }

    fn put(&mut self, pod: PendingPod, node: NodeIndex) {
        self.pods.push_back(pod.key);
        self.snapshot.assume(PlacedPod::new(pod), node);
    }

    /// One decision and what follows from it.
    pub fn decide(&mut self, naive: bool) {
        let pod = self.new_pod(self.next as usize % self.kinds.len());
        let draw = u64::from(self.next).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let node = match naive {
            true => {
                self.snapshot.refresh();
                choose_naively(&self.snapshot, &self.profile, &pod, draw)
            }
            false => choose(&mut self.snapshot, &self.profile, &pod, draw),
        };
        self.put(pod, node.expect("a cluster half full has room"));
        if let Some(oldest) = self.pods.pop_front() {
            self.snapshot.remove(oldest);
        }
    }
}

fn object(text: &str) -> Object {
    let mut objects = Objects::default();
    let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    objects.add(value).unwrap_or_else(|error| panic!("{error}: {text}"));
    objects.objects.remove(0)
}

fn node(family: &str, number: u32) -> String {
    let zone = number % 3;
    let disk = if number.is_multiple_of(2) { "ssd" } else { "hdd" };
    let taints = match (family, number % 5) {
        ("taints", 0) => r#"[{"key": "dedicated", "value": "x", "effect": "NoSchedule"}]"#,
        ("taints", 1) => r#"[{"key": "spot", "value": "x", "effect": "PreferNoSchedule"}]"#,
        _ => "[]",
    };
    format!(
        r#"{{"kind": "Node", "metadata": {{"name": "node-{number}", "labels": {{"kubernetes.io/hostname":
            "node-{number}", "topology.kubernetes.io/zone": "zone-{zone}", "disk": "{disk}"}}}},
            "spec": {{"taints": {taints}}},
            "status": {{"allocatable": {{"cpu": "8", "memory": "64Gi", "pods": "110"}}}}}}"#
    )
}

fn kinds_of(family: &str) -> Vec<String> {
    let pod = |app: u32, spec: &str| {
        format!(
            r#"{{"kind": "Pod", "metadata": {{"name": "a", "labels": {{"app": "app-{app}"}}}},
                "spec": {{{spec} "containers": [{{"resources": {{"requests": {{"cpu": "1", "memory": "1Gi"}}}}}}]}}}}"#
        )
    };
    let disk = |value: &str| {
        format!(r#"{{"matchExpressions": [{{"key": "disk", "operator": "In", "values": ["{value}"]}}]}}"#)
    };
    match family {
        "taints" => {
            let (ssd, hdd) = (disk("ssd"), disk("hdd"));
            let required = format!(
                r#""affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                    {{"nodeSelectorTerms": [{ssd}]}}}}}},"#
            );
            let preferred = format!(
                r#""affinity": {{"nodeAffinity": {{"preferredDuringSchedulingIgnoredDuringExecution":
                    [{{"weight": 10, "preference": {hdd}}}]}}}},"#
            );
            let tolerates = |key: &str| format!(r#""tolerations": [{{"key": "{key}", "operator": "Exists"}}],"#);
            let (dedicated, spot) = (tolerates("dedicated"), tolerates("spot"));
            let specs =
                [String::new(), required.clone(), preferred, format!("{dedicated}{required}"), dedicated, spot];
            specs.iter().zip(0..).map(|(spec, app)| pod(app, spec)).collect()
        }
        "zones" => (0..5)
            .map(|app| {
                let spread = format!(
                    r#""topologySpreadConstraints": [{{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
                        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {{"matchLabels": {{"app": "app-{app}"}}}}}}],"#
                );
                pod(app, &spread)
            })
            .collect(),
        "hosts" => (0..40)
            .map(|app| {
                let apart = format!(
                    r#""affinity": {{"podAntiAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution":
                        [{{"topologyKey": "kubernetes.io/hostname", "labelSelector":
                        {{"matchLabels": {{"app": "app-{app}"}}}}}}]}}}},"#
                );
                pod(app, &apart)
            })
            .collect(),
        _ => vec![pod(0, "")],
    }
}

/// So many decisions and nothing else: what is counted under valgrind.
pub fn run(family: &str, nodes: &str, way: &str, decisions: &str) -> Result<(), String> {
    let number = |text: &str| text.parse::<u32>().map_err(|error| format!("{text}: {error}"));
    let mut bench = Bench::new(family, number(nodes)?);
    for _ in 0..number(decisions)? {
        bench.decide(way == "naive");
    }
    Ok(())
}

/// Decisions from which the index is warm: plans made, lists grown.
const WARM: u32 = 200;

/// Prints decisions a second and instructions a decision, naive and indexed, as Markdown.
pub fn table() -> Result<(), String> {
    println!(
        "| Pods | Nodes | Naive, decisions/s | Indexed, decisions/s | Naive, instructions | Indexed, instructions |"
    );
    println!("|---|---|---|---|---|---|");
    for (family, words) in FAMILIES {
        for nodes in NODES {
            let naive = (1_000_000 / nodes / 60).clamp(4, 100);
            let [slow, fast] =
                [(true, naive), (false, 20_000)].map(|(way, count)| rate(family, nodes, way, count));
            let slow_instructions = instructions_of(family, nodes, "naive", 0, naive / 4)?;
            let fast_instructions = instructions_of(family, nodes, "indexed", WARM, 1_000)?;
            println!(
                "| {words} | {nodes} | {slow:.0} | {fast:.0} | {slow_instructions} | {fast_instructions} |"
            );
        }
    }
    Ok(())
}

fn rate(family: &str, nodes: u32, naive: bool, count: u32) -> f64 {
    let mut bench = Bench::new(family, nodes);
    if !naive {
        (0..WARM).for_each(|_| bench.decide(naive));
    }
    let begin = Instant::now();
    (0..count).for_each(|_| bench.decide(naive));
    f64::from(count) / begin.elapsed().as_secs_f64()
}

/// Instructions of one decision, the mean of `count` after `warm` ones.
pub fn instructions_of(family: &str, nodes: u32, way: &str, warm: u32, count: u32) -> Result<u64, String> {
    let counted = |decisions: u32| {
        instructions::count(&["--decide", family, &nodes.to_string(), way, &decisions.to_string()])
    };
    Ok(counted(warm + count)?.saturating_sub(counted(warm)?) / u64::from(count))
}

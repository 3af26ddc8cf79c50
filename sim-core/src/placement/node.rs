//! Nodes as placement sees them: what they are, what they have, and the pods on them.

use super::amounts::Amounts;
use super::labels::Labels;
use super::pod::{HostPort, PlacedPod, PodKey};
use super::requests::{CpuAndMemory, Requests};
use super::symbols::{Symbol, Symbols};
use crate::kubernetes;
pub use crate::kubernetes::TaintEffect;

/// A node's slot in the snapshot. Slots are used again after a node has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

/// A taint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Taint {
    /// Its key.
    pub key: Symbol,
    /// Its value.
    pub value: Symbol,
    /// What it does.
    pub effect: TaintEffect,
}

impl Taint {
    /// Whether it keeps new pods away for good, not just by preference.
    pub fn forbids(&self) -> bool {
        matches!(self.effect, TaintEffect::NoSchedule | TaintEffect::NoExecute)
    }
}

/// An image on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeImage {
    /// One of its names.
    pub name: Symbol,
    /// Its size.
    pub size_bytes: i64,
    /// How many nodes had it when the node was last looked at afresh ([`super::Snapshot::refresh`]).
    pub on_nodes: u32,
}

/// What a node is, pods aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSpec {
    /// Its name.
    pub name: Symbol,
    /// Its labels.
    pub labels: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// What pods may request.
    pub allocatable: Amounts,
    /// How many pods it takes.
    pub max_pods: i64,
    /// Images on its disk.
    pub images: Vec<NodeImage>,
    /// What it runs beside the pods that are listed.
    pub base: BaseLoad,
}

/// Pods that every node of a group runs and nobody places, as a lump: DaemonSets that are not simulated
/// one by one. They count as requested and among the pods a node takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseLoad {
    /// What they request.
    pub requested: CpuAndMemory,
    /// How many they are.
    pub pods: i64,
}

impl NodeSpec {
    /// Interns a node as written.
    pub fn compile(node: &kubernetes::Node, symbols: &mut Symbols) -> Self {
        let taint = |taint: &kubernetes::Taint, symbols: &mut Symbols| Taint {
            key: symbols.intern(&taint.key),
            value: symbols.intern(&taint.value),
            effect: taint.effect,
        };
        let names = |image: &kubernetes::ContainerImage, symbols: &mut Symbols| {
            let size_bytes = image.size_bytes;
            let name = |name: &String| NodeImage { name: symbols.intern(name), size_bytes, on_nodes: 0 };
            image.names.iter().map(name).collect::<Vec<_>>()
        };
        let pods = node.status.allocatable.get("pods").copied().unwrap_or_default();
        Self {
            name: symbols.intern(&node.metadata.name),
            labels: Labels::compile(&node.metadata.labels, symbols),
            taints: node.spec.taints.iter().map(|each| taint(each, symbols)).collect(),
            unschedulable: node.spec.unschedulable,
            allocatable: Amounts::compile(&node.status.allocatable, symbols),
            max_pods: pods.units(),
            images: node.status.images.iter().flat_map(|image| names(image, symbols)).collect(),
            base: BaseLoad::default(),
        }
    }
}

/// A node with the pods on it (`framework.NodeInfo`).
#[derive(Clone, Debug)]
pub struct NodeState {
    /// What it is.
    pub spec: NodeSpec,
    /// The pods on it, terminating ones included. Their order is that of `NodeInfo`: the last takes the
    /// place of one that leaves, and a pod that changes leaves and comes back. Preemption breaks ties by it.
    pub pods: Vec<PlacedPod>,
    /// The sum of what they request.
    pub requested: Amounts,
    /// The sum of what they count for in scores.
    pub counted: CpuAndMemory,
    /// Whether anything changed since the last look at it.
    pub(super) changed: bool,
}

impl NodeState {
    pub(super) fn new(spec: NodeSpec) -> Self {
        let counted = spec.base.requested;
        let CpuAndMemory { cpu_millis, memory_bytes } = counted;
        let requested = Amounts { cpu_millis, memory_bytes, ..Amounts::default() };
        Self { spec, pods: Vec::new(), requested, counted, changed: true }
    }

    /// Becomes another node; its pods stay.
    pub(super) fn become_like(&mut self, spec: NodeSpec) {
        let (old, new) = (self.spec.base.requested, spec.base.requested);
        for (sum, old, new) in [
            (&mut self.requested.cpu_millis, old.cpu_millis, new.cpu_millis),
            (&mut self.requested.memory_bytes, old.memory_bytes, new.memory_bytes),
            (&mut self.counted.cpu_millis, old.cpu_millis, new.cpu_millis),
            (&mut self.counted.memory_bytes, old.memory_bytes, new.memory_bytes),
        ] {
            *sum += new - old;
        }
        self.spec = spec;
    }

    /// How many pods it runs.
    pub fn pod_count(&self) -> i64 {
        self.pods.len() as i64 + self.spec.base.pods
    }

    /// Ports that its pods take.
    pub fn ports_in_use(&self) -> impl Iterator<Item = &HostPort> {
        self.pods.iter().flat_map(|pod| &pod.spec.host_ports)
    }

    /// Puts a pod on it.
    pub(super) fn add(&mut self, pod: PlacedPod) {
        self.count(&pod, 1);
        self.pods.push(pod);
    }

    fn count(&mut self, pod: &PlacedPod, times: i64) {
        let own = &pod.spec.requests;
        let (needed, counted) = match pod.drawn {
            Some(drawn) => (drawn, Requests::counted_of(drawn)),
            None => {
                let Amounts { cpu_millis, memory_bytes, .. } = own.needed;
                (CpuAndMemory { cpu_millis, memory_bytes }, own.counted)
            }
        };
        let add = |sum: &mut i64, amount: i64| *sum = sum.saturating_add(amount.saturating_mul(times));
        add(&mut self.requested.cpu_millis, needed.cpu_millis);
        add(&mut self.requested.memory_bytes, needed.memory_bytes);
        add(&mut self.counted.cpu_millis, counted.cpu_millis);
        add(&mut self.counted.memory_bytes, counted.memory_bytes);
        self.requested.add_others(&own.needed, times);
    }

    /// Takes a pod off it.
    pub(super) fn remove(&mut self, key: PodKey) -> Option<PlacedPod> {
        let at = self.pods.iter().position(|pod| pod.key == key)?;
        Some(self.remove_at(at))
    }

    /// Takes the pod at a place in the list off it; the last takes its place.
    pub(super) fn remove_at(&mut self, at: usize) -> PlacedPod {
        let pod = self.pods.swap_remove(at);
        self.count(&pod, -1);
        pod
    }
}

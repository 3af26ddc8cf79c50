//! The cluster as the autoscaler imagines it: nodes with pods, forked for every what-if.
//!
//! Models: `ClusterSnapshot` with the delta store and the scheduler's filters (cluster-autoscaler 1.36): a
//! pod goes to the first node that takes it, and the search goes on behind the node found last, across
//! forks and loops (`lastIndex`).

use std::sync::Arc;

use super::amounts::Amounts;
use super::objects::{Node, Pod};
use super::predicates;

/// A node with the pods on it.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// The node.
    pub node: Arc<Node>,
    /// Its pods.
    pub pods: Vec<Arc<Pod>>,
    /// What they request together.
    pub requested: Amounts,
}

impl NodeInfo {
    /// A node with these pods.
    pub fn new(node: Arc<Node>, pods: Vec<Arc<Pod>>) -> Self {
        let mut info = Self { node, pods: Vec::new(), requested: Amounts::default() };
        for pod in pods {
            info.add(pod);
        }
        info
    }

    fn add(&mut self, pod: Arc<Pod>) {
        self.requested.add(&pod.spec.requests, 1);
        self.pods.push(pod);
    }

    fn remove(&mut self, at: usize) {
        let pod = self.pods.remove(at);
        self.requested.add(&pod.spec.requests, -1);
    }
}

/// The cluster, and the layers below the current fork.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    nodes: Vec<Arc<NodeInfo>>,
    /// Pods with anti-affinity.
    repelling: usize,
    below: Vec<(Vec<Arc<NodeInfo>>, usize)>,
    last_index: usize,
}

impl Snapshot {
    /// An empty snapshot whose searches go on where `before` ended.
    pub fn after(before: &Self) -> Self {
        Self { last_index: before.last_index, ..Self::default() }
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[Arc<NodeInfo>] {
        &self.nodes
    }

    /// Where the node of that name is.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|info| info.node.name == name)
    }

    /// Adds a node and says where it is.
    pub fn add_node(&mut self, info: NodeInfo) -> usize {
        self.repelling += info.pods.iter().filter(|pod| repels(pod)).count();
        self.nodes.push(Arc::new(info));
        self.nodes.len() - 1
    }

    /// Removes a node.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(at) = self.find(name) {
            let info = self.nodes.remove(at);
            self.repelling -= info.pods.iter().filter(|pod| repels(pod)).count();
        }
    }

    /// Puts another node in the place of one.
    pub fn replace_node(&mut self, at: usize, info: NodeInfo) {
        let count = |info: &NodeInfo| info.pods.iter().filter(|pod| repels(pod)).count();
        self.repelling = self.repelling + count(&info) - count(&self.nodes[at]);
        self.nodes[at] = Arc::new(info);
    }

    /// Puts a pod on a node, whatever the filters say.
    pub fn add_pod(&mut self, at: usize, pod: Arc<Pod>) {
        self.repelling += usize::from(repels(&pod));
        Arc::make_mut(&mut self.nodes[at]).add(pod);
    }

    /// Takes a pod off a node.
    pub fn remove_pod(&mut self, at: usize, pod: &Pod) {
        let same = |other: &Arc<Pod>| other.name == pod.name && other.namespace == pod.namespace;
        if let Some(found) = self.nodes[at].pods.iter().position(same) {
            self.repelling -= usize::from(repels(pod));
            Arc::make_mut(&mut self.nodes[at]).remove(found);
        }
    }

    /// Why the pod cannot run on the node; empty: it can.
    pub fn reasons(&self, pod: &Pod, at: usize) -> Vec<String> {
        predicates::reasons(pod, at, &self.nodes)
    }

    /// Puts the pod on the node if the filters let it.
    pub fn schedule(&mut self, pod: &Arc<Pod>, at: usize) -> bool {
        let fits = predicates::fits(pod, at, &self.nodes, self.repelling > 0);
        if fits {
            self.add_pod(at, pod.clone());
        }
        fits
    }

    /// Puts the pod on the next node that `accepts` and the filters let it on.
    pub fn schedule_on_any(
        &mut self,
        pod: &Arc<Pod>,
        accepts: &dyn Fn(usize, &NodeInfo) -> bool,
    ) -> Option<usize> {
        let count = self.nodes.len();
        let found = (0..count).map(|step| (self.last_index + step) % count).find(|&at| {
            let info = &self.nodes[at];
            !info.node.unschedulable
                && accepts(at, info)
                && predicates::fits(pod, at, &self.nodes, self.repelling > 0)
        })?;
        self.last_index = (found + 1) % count;
        self.add_pod(found, pod.clone());
        Some(found)
    }

    /// Begins a what-if.
    pub fn fork(&mut self) {
        self.below.push((self.nodes.clone(), self.repelling));
    }

    /// Ends it and forgets what it did.
    pub fn revert(&mut self) {
        if let Some((nodes, repelling)) = self.below.pop() {
            (self.nodes, self.repelling) = (nodes, repelling);
        }
    }

    /// Ends it and keeps what it did.
    pub fn commit(&mut self) {
        self.below.pop();
    }
}

fn repels(pod: &Pod) -> bool {
    !pod.spec.anti_affinity.is_empty()
}

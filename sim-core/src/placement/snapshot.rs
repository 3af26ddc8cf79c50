//! The cluster as the scheduler's cache holds it: nodes, the pods on them, and what else decides placement.
//!
//! Changed through verbs alone, so that sums never drift from what they sum up. Whoever places pods calls
//! [`Snapshot::refresh`] before each decision, as kube-scheduler copies what changed into the snapshot of a
//! scheduling cycle. Cloning makes a fork for what-if questions.
//!
//! Models: pkg/scheduler/backend/cache (cache.go, snapshot.go) and the nominator of
//! pkg/scheduler/backend/queue, Kubernetes 1.36.
//! Leaves out: pods on nodes that are gone.

use std::collections::BTreeMap;

use super::index::{Index, Kept};
use super::node::{NodeImage, NodeIndex, NodeSpec, NodeState};
use super::objects::Surroundings;
use super::pod::{Nomination, PendingPod, PlacedPod, PodKey, PodSpec, Terminating};
use super::symbols::{Symbol, Symbols};

/// A cluster, ready to be decided upon.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The texts behind all symbols.
    pub symbols: Symbols,
    /// Namespaces, services, controllers, budgets, volumes.
    pub surroundings: Surroundings,
    nodes: Vec<Option<NodeState>>,
    node_count: usize,
    /// Where each pod is, by its key.
    places: Vec<Option<Place>>,
    nominations: Vec<Nomination>,
    /// How many pods on nodes have each priority.
    priorities: BTreeMap<i32, u32>,
    /// How many pods on nodes must not have certain neighbours.
    unsociable: usize,
    images: BTreeMap<Symbol, Image>,
    /// Nodes that changed since the last look.
    changed: Vec<NodeIndex>,
    /// What [`super::choose`] knows; made when it is first asked.
    index: Kept,
}

/// A pod's node, and its place in the list of that node's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    node: NodeIndex,
    at: u32,
}

/// An image that some node has.
#[derive(Clone, Copy, Debug)]
struct Image {
    /// The size that the first of its nodes said.
    size_bytes: i64,
    on_nodes: u32,
}

impl Snapshot {
    /// Nodes with their slots, in the order of slots.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeIndex, &NodeState)> {
        let indexed =
            |(at, node): (usize, &'_ Option<NodeState>)| node.as_ref().map(|_| NodeIndex(at as u32));
        let indices = self.nodes.iter().enumerate().filter_map(indexed);
        indices.zip(self.nodes.iter().flatten())
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.node_count
    }

    /// How many slots there are, those of nodes that have gone included.
    pub fn slots(&self) -> usize {
        self.nodes.len()
    }

    /// The node in this slot.
    pub fn node(&self, index: NodeIndex) -> &NodeState {
        self.nodes[index.0 as usize].as_ref().expect("the slot of a live node")
    }

    fn node_mut(&mut self, index: NodeIndex) -> &mut NodeState {
        let node = self.nodes[index.0 as usize].as_mut().expect("the slot of a live node");
        if !node.changed {
            node.changed = true;
            self.changed.push(index);
        }
        node
    }

    /// The index of this snapshot, to be given back by [`Snapshot::keep_index`].
    pub(super) fn take_index(&mut self) -> Box<Index> {
        match self.index.0.take() {
            Some(index) if !index.is_stale(self) => index,
            _ => Box::new(Index::new(self)),
        }
    }

    /// Keeps the index for the next question.
    pub(super) fn keep_index(&mut self, index: Box<Index>) {
        self.index.0 = Some(index);
    }

    /// How many keys of pods there are at most.
    pub(super) fn key_count(&self) -> usize {
        self.places.len()
    }

    /// The slot of the node with this name.
    pub fn find_node(&self, name: &str) -> Option<NodeIndex> {
        let name = self.symbols.find(name)?;
        self.nodes().find(|(_, node)| node.spec.name == name).map(|(index, _)| index)
    }

    /// A node joins.
    pub fn add_node(&mut self, spec: NodeSpec) -> NodeIndex {
        let vacant = match self.node_count < self.nodes.len() {
            true => self.nodes.iter().position(Option::is_none),
            false => None,
        };
        let slot = vacant.unwrap_or(self.nodes.len());
        let index = NodeIndex(u32::try_from(slot).expect("fewer than 2^32 nodes"));
        self.add_node_at(index, spec);
        index
    }

    /// A node joins, in a slot of the caller's choice that no node has.
    pub fn add_node_at(&mut self, index: NodeIndex, spec: NodeSpec) {
        let slot = index.0 as usize;
        if slot >= self.nodes.len() {
            self.nodes.resize_with(slot + 1, || None);
        }
        assert!(self.nodes[slot].is_none(), "one node has a slot at a time");
        self.count_images(&spec.images, true);
        let node = self.nodes[slot].insert(NodeState::new(spec));
        self.node_count += 1;
        self.changed.push(index);
        if let Some(known) = &mut self.index.0 {
            known.node_is(&self.surroundings, index, node);
        }
    }

    /// A node becomes another; its pods stay.
    pub fn update_node(&mut self, index: NodeIndex, spec: NodeSpec) {
        let node = self.nodes[index.0 as usize].as_ref().expect("the slot of a live node");
        if let Some(known) = &mut self.index.0 {
            known.node_changes(node);
        }
        let old = core::mem::take(&mut self.node_mut(index).spec.images);
        self.count_images(&old, false);
        self.count_images(&spec.images, true);
        self.node_mut(index).become_like(spec);
        self.tell_index(index);
    }

    fn tell_index(&mut self, index: NodeIndex) {
        let node = self.nodes[index.0 as usize].as_ref().expect("the slot of a live node");
        if let Some(known) = &mut self.index.0 {
            known.node_is(&self.surroundings, index, node);
        }
    }

    /// A node goes, and the pods on it with it.
    pub fn remove_node(&mut self, index: NodeIndex) -> NodeState {
        let node = self.nodes[index.0 as usize].take().expect("the slot of a live node");
        if let Some(known) = &mut self.index.0 {
            known.node_goes(index, &node);
        }
        self.node_count -= 1;
        self.count_images(&node.spec.images, false);
        for pod in &node.pods {
            self.places[pod.key.0 as usize] = None;
            self.uncount(&pod.spec);
        }
        self.nominations.retain(|nomination| nomination.node != index);
        node
    }

    fn count_images(&mut self, images: &[NodeImage], join: bool) {
        for (at, image) in images.iter().enumerate() {
            if images[..at].iter().any(|earlier| earlier.name == image.name) {
                continue;
            }
            if join {
                let fresh = Image { size_bytes: image.size_bytes, on_nodes: 0 };
                self.images.entry(image.name).or_insert(fresh).on_nodes += 1;
            } else if let Some(known) = self.images.get_mut(&image.name) {
                known.on_nodes -= 1;
                if known.on_nodes == 0 {
                    self.images.remove(&image.name);
                }
            }
        }
    }

    /// Looks afresh at every node that changed. Only then does a node learn on how many others its images
    /// are (`Cache.UpdateSnapshot`): a node that nothing happens to keeps its old count.
    pub fn refresh(&mut self) {
        // Taken out while it is read, and kept for the next.
        let mut changed = core::mem::take(&mut self.changed);
        for index in changed.drain(..) {
            let Some(node) = &mut self.nodes[index.0 as usize] else { continue };
            node.changed = false;
            let fresh = |image: &NodeImage| match self.images.get(&image.name) {
                Some(known) => NodeImage { size_bytes: known.size_bytes, on_nodes: known.on_nodes, ..*image },
                None => *image,
            };
            if node.spec.images.iter().any(|image| fresh(image) != *image) {
                if let Some(known) = &mut self.index.0 {
                    known.node_changes(node);
                }
                node.spec.images.iter_mut().for_each(|image| *image = fresh(image));
                self.tell_index(index);
            }
        }
        self.changed = changed;
    }

    /// Where a pod is.
    pub fn place_of(&self, key: PodKey) -> Option<NodeIndex> {
        self.place(key).map(|place| place.node)
    }

    fn place(&self, key: PodKey) -> Option<Place> {
        self.places.get(key.0 as usize).copied().flatten()
    }

    /// The node that a pod is on.
    pub fn node_of(&self, key: PodKey) -> Option<NodeIndex> {
        self.place(key).map(|place| place.node)
    }

    /// A pod on a node, by its key.
    pub fn placed(&self, key: PodKey) -> Option<&PlacedPod> {
        let place = self.place(key)?;
        Some(&self.node(place.node).pods[place.at as usize])
    }

    /// A pod takes its place on a node, decided or bound. Its nomination ends.
    pub fn assume(&mut self, pod: PlacedPod, node: NodeIndex) {
        self.withdraw(pod.key);
        assert!(self.place(pod.key).is_none(), "a pod is on one node");
        self.put(pod, node);
    }

    fn put(&mut self, pod: PlacedPod, node: NodeIndex) {
        let slot = pod.key.0 as usize;
        if slot >= self.places.len() {
            self.places.resize(slot + 1, None);
        }
        *self.priorities.entry(pod.spec.priority).or_default() += 1;
        self.unsociable += usize::from(!pod.spec.anti_affinity.is_empty());
        let state = self.node_mut(node);
        let at = state.pods.len() as u32;
        state.add(pod);
        self.places[slot] = Some(Place { node, at });
        self.tell_index_of_pod(node, None);
    }

    fn take(&mut self, place: Place) -> PlacedPod {
        let state = self.node_mut(place.node);
        let pod = state.remove_at(place.at as usize);
        let moved = state.pods.get(place.at as usize).map(|pod| pod.key);
        self.places[pod.key.0 as usize] = None;
        if let Some(moved) = moved {
            self.places[moved.0 as usize] = Some(place);
        }
        self.uncount(&pod.spec);
        self.tell_index_of_pod(place.node, Some(&pod));
        pod
    }

    /// The last pod of the node has come, or `gone` has gone.
    fn tell_index_of_pod(&mut self, index: NodeIndex, gone: Option<&PlacedPod>) {
        let Some(known) = &mut self.index.0 else { return };
        let node = self.nodes[index.0 as usize].as_ref().expect("the slot of a live node");
        match (gone, node.pods.last()) {
            (Some(pod), _) => known.pod_moves(&self.surroundings, index, node, pod, -1),
            (None, Some(pod)) => known.pod_moves(&self.surroundings, index, node, pod, 1),
            (None, None) => {}
        }
    }

    fn uncount(&mut self, pod: &PodSpec) {
        self.unsociable -= usize::from(!pod.anti_affinity.is_empty());
        if let Some(count) = self.priorities.get_mut(&pod.priority) {
            *count -= 1;
            if *count == 0 {
                self.priorities.remove(&pod.priority);
            }
        }
    }

    /// Whether some pod on a node must not have certain neighbours.
    pub(super) fn has_unsociable_pods(&self) -> bool {
        self.unsociable > 0
    }

    /// Whether some pod on a node has a lower priority: without one, preemption finds nobody.
    pub fn has_pods_below(&self, priority: i32) -> bool {
        self.priorities.first_key_value().is_some_and(|(lowest, _)| *lowest < priority)
    }

    /// A pod leaves its node, or ceases to wait.
    pub fn remove(&mut self, key: PodKey) -> Option<PlacedPod> {
        self.withdraw(key);
        let place = self.place(key)?;
        Some(self.take(place))
    }

    /// The kubelet has taken a pod.
    pub fn start(&mut self, key: PodKey, started: i64) {
        // Nothing is summed up over when pods were taken; only the order of the node's pods changes.
        let Some(place) = self.place(key) else { return };
        let state = self.node_mut(place.node);
        let mut pod = state.pods.swap_remove(place.at as usize);
        pod.started = Some(started);
        state.pods.push(pod);
        let last = state.pods.len() as u32 - 1;
        let moved = state.pods[place.at as usize].key;
        self.places[moved.0 as usize] = Some(place);
        self.places[key.0 as usize] = Some(Place { at: last, ..place });
    }

    /// A pod is being deleted and keeps its place until it is gone.
    pub fn terminate(&mut self, key: PodKey, why: Terminating) {
        self.change(key, |pod| pod.terminating = Some(why));
    }

    fn change(&mut self, key: PodKey, change: impl FnOnce(&mut PlacedPod)) {
        let Some(place) = self.place(key) else { return };
        let mut pod = self.take(place);
        change(&mut pod);
        self.put(pod, place.node);
    }

    /// Preemption makes room for a pod: until it is placed, no pod of lower priority may take that room.
    pub fn nominate(&mut self, pod: PendingPod, node: NodeIndex) {
        self.withdraw(pod.key);
        self.nominations.push(Nomination { pod, node });
    }

    /// A nomination ends.
    pub fn withdraw(&mut self, key: PodKey) {
        self.nominations.retain(|nomination| nomination.pod.key != key);
    }

    /// Nominations to `node` of pods below `priority` end: a preemptor has outranked them
    /// (`getLowerPriorityNominatedPods`).
    pub fn withdraw_below(&mut self, node: NodeIndex, priority: i32) {
        self.nominations
            .retain(|nomination| nomination.node != node || nomination.pod.spec.priority >= priority);
    }

    /// All nominations.
    pub(super) fn nominations(&self) -> &[Nomination] {
        &self.nominations
    }

    /// Pods nominated to a node.
    pub fn nominated_to(&self, node: NodeIndex) -> impl Iterator<Item = &PendingPod> {
        self.nominations
            .iter()
            .filter(move |nomination| nomination.node == node)
            .map(|nomination| &nomination.pod)
    }

    /// Where a pod is nominated to.
    pub fn nomination_of(&self, key: PodKey) -> Option<NodeIndex> {
        self.nominations.iter().find(|nomination| nomination.pod.key == key).map(|nomination| nomination.node)
    }
}

//! The cluster as the autoscaler imagines it: nodes with pods, forked for every what-if.
//!
//! The filters are placement's, on a [`placement::Snapshot`] kept in step. A fork remembers the lists as they were
//! and which slots changed since; what a loop does in thought is reverted at its end, so that the next one
//! reads only the nodes of which something changed.
//!
//! Models: `ClusterSnapshot` with the delta store and the scheduler's filters (cluster-autoscaler 1.36): a
//! pod goes to the first node that takes it, and the search goes on behind the node found last, across
//! forks and loops (`lastIndex`).

mod layers;

use std::collections::BTreeMap;
use std::sync::Arc;

use layers::Layer;

pub use crate::autoscaling::objects::NodeInfo;
use crate::autoscaling::objects::{Cluster, NodeName, Phase, Pod};
use crate::kubernetes::SchedulerConfiguration;
use crate::model::Era;
use crate::placement::objects::Surroundings;
use crate::placement::{
    self, NodeIndex, PendingPod, PodKey, Profile, Refusal, Symbol, Symbols, Tally, Trial,
};

/// The cluster, and the layers below the current fork.
#[derive(Clone, Debug)]
pub struct Snapshot {
    profile: Profile,
    placement: placement::Snapshot,
    layer: Layer,
    below: Vec<Layer>,
    by_name: BTreeMap<NodeName, NodeIndex>,
    /// Keys of the pods in each slot, in their order; `None`: nobody has the slot.
    keys: Vec<Option<Vec<PodKey>>>,
    /// Room for the next list of keys.
    spare_keys: Vec<PodKey>,
    free_keys: Vec<PodKey>,
    keys_made: u32,
    names_made: u32,
    last_index: usize,
    /// The pod looked at last for whose like filters count anything over all nodes.
    counted: Option<PendingPod>,
    /// What they count; nothing if they need not.
    tally: Tally,
    /// What the nodes below all forks were read from, in their order.
    read: Vec<Arc<NodeInfo>>,
}

impl Default for Snapshot {
    fn default() -> Self {
        let mut placement = placement::Snapshot::default();
        let configuration = SchedulerConfiguration::default();
        let profiles = Profile::compile(&configuration, Era::V1_36, &mut placement.symbols);
        let profile = profiles.ok().and_then(|mut profiles| profiles.pop()).expect("the default profile");
        Self {
            profile,
            placement,
            layer: Layer::default(),
            below: Vec::new(),
            by_name: BTreeMap::new(),
            keys: Vec::new(),
            spare_keys: Vec::new(),
            free_keys: Vec::new(),
            keys_made: 0,
            names_made: 0,
            last_index: 0,
            counted: None,
            tally: Tally::default(),
            read: Vec::new(),
        }
    }
}

impl Snapshot {
    /// Reads the cluster as it is: nodes in order of name, with the pods that count, which have not ended and
    /// are no lower than `least_priority`. What is the same allocation as before is left as it is.
    pub fn read(&mut self, cluster: &Cluster, surroundings: &Surroundings, least_priority: i32) {
        while !self.below.is_empty() {
            self.revert();
        }
        self.placement.surroundings.clone_from(surroundings);
        self.drop_counts();
        let mut at = 0;
        for info in cluster.nodes.values() {
            if self.read.get(at).is_none_or(|known| !Arc::ptr_eq(known, info)) {
                while self.read.get(at).is_some_and(|known| known.node.name < info.node.name) {
                    self.drop_node(at);
                }
                self.read_node(at, info, least_priority);
            }
            at += 1;
        }
        while at < self.read.len() {
            self.drop_node(at);
        }
        self.layer.changed.clear();
    }

    /// The node, which is there if it was, gets its place.
    fn read_node(&mut self, at: usize, info: &Arc<NodeInfo>, least_priority: i32) {
        let counts = |pod: &&Arc<Pod>| pod.phase != Phase::Ended && pod.spec.priority >= least_priority;
        let all = info.pods.iter().all(|pod| counts(&pod));
        let counted = if all {
            info.clone()
        } else {
            let pods = info.pods.iter().filter(counts).cloned().collect();
            Arc::new(NodeInfo { node: info.node.clone(), pods })
        };
        match self.read.get(at) {
            Some(known) if Arc::ptr_eq(&known.node, &info.node) => {
                self.read[at] = info.clone();
                let slot = self.layer.slots[at];
                let old = core::mem::replace(&mut Arc::make_mut(&mut self.layer.nodes)[at], counted.clone());
                let repelling = self.set_pods(slot, &old.pods, &counted.pods);
                self.layer.repelling = self.layer.repelling.wrapping_add_signed(repelling);
            }
            known => {
                if known.is_some_and(|known| known.node.name == info.node.name) {
                    self.drop_node(at);
                }
                self.read.insert(at, info.clone());
                self.insert_node(at, counted);
            }
        }
    }

    fn drop_node(&mut self, at: usize) {
        self.read.remove(at);
        self.remove_at(at);
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[Arc<NodeInfo>] {
        &self.layer.nodes
    }

    /// The placement's view of a node.
    pub fn requested(&self, at: usize) -> &placement::amounts::Amounts {
        &self.placement.node(self.layer.slots[at]).requested
    }

    /// Which slot a node has for as long as it is there.
    pub fn slot(&self, at: usize) -> usize {
        self.layer.slots[at].0 as usize
    }

    /// Where the search for a place goes on.
    pub const fn last_index(&self) -> usize {
        self.last_index
    }

    /// Where the node of that name is, which may be `near`.
    pub fn find_near(&self, name: &NodeName, near: usize) -> Option<usize> {
        let is_there = self.layer.nodes.get(near).is_some_and(|info| info.node.name == *name);
        if is_there { Some(near) } else { self.find(name) }
    }

    /// Where the node of that name is.
    pub fn find(&self, name: &str) -> Option<usize> {
        let slot = self.by_name.get(name)?;
        self.layer.slots.iter().position(|other| other == slot)
    }

    /// Whether there is a node of that name.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A name for a node that exists in thought only.
    pub fn make_up_name(&mut self) -> Symbol {
        self.names_made = (self.names_made + 1) % (1 << 30);
        Symbol::made_up(self.names_made)
    }

    /// Adds a node and says where it is.
    pub fn add_node(&mut self, info: Arc<NodeInfo>) -> usize {
        let at = self.layer.nodes.len();
        self.insert_node(at, info);
        at
    }

    fn insert_node(&mut self, at: usize, info: Arc<NodeInfo>) {
        let slot = self.placement.add_node(info.node.spec.clone());
        self.by_name.insert(info.node.name.clone(), slot);
        Arc::make_mut(&mut self.layer.slots).insert(at, slot);
        let repelling = self.set_pods(slot, &[], &info.pods);
        self.layer.repelling = self.layer.repelling.wrapping_add_signed(repelling);
        Arc::make_mut(&mut self.layer.nodes).insert(at, info);
        self.touch(slot);
    }

    /// Removes a node.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(at) = self.find(name) {
            self.remove_at(at);
        }
    }

    fn remove_at(&mut self, at: usize) {
        let info = Arc::make_mut(&mut self.layer.nodes).remove(at);
        let slot = Arc::make_mut(&mut self.layer.slots).remove(at);
        self.by_name.remove(&info.node.name);
        self.layer.repelling -= repelling(&info);
        self.clear_slot(slot);
        self.touch(slot);
    }

    /// Puts another node in the place of one.
    pub fn replace_node(&mut self, at: usize, info: Arc<NodeInfo>) {
        let slot = self.layer.slots[at];
        self.layer.repelling = self.layer.repelling + repelling(&info) - repelling(&self.layer.nodes[at]);
        self.clear_slot(slot);
        self.fill_slot(slot, &info);
        Arc::make_mut(&mut self.layer.nodes)[at] = info;
        self.touch(slot);
    }

    /// Puts a pod on a node, whatever the filters say.
    pub fn add_pod(&mut self, at: usize, pod: Arc<Pod>) {
        self.layer.repelling += usize::from(repels(&pod));
        let slot = self.layer.slots[at];
        self.touch_pods(slot);
        let placed = self.placed(&pod);
        if let Some(asks) = &self.counted {
            self.tally.add(&self.placement, &self.profile, asks, slot, &placed);
        }
        self.keys[slot.0 as usize].get_or_insert_default().push(placed.key);
        self.placement.assume(placed, slot);
        Arc::make_mut(&mut Arc::make_mut(&mut self.layer.nodes)[at]).pods.push(pod);
    }

    /// Takes a pod off a node.
    pub fn remove_pod(&mut self, at: usize, pod: &Pod) {
        let slot = self.layer.slots[at];
        let Some(found) = self.layer.nodes[at].pods.iter().position(|other| other.uid == pod.uid) else {
            return;
        };
        self.touch(slot);
        self.layer.repelling -= usize::from(repels(pod));
        Arc::make_mut(&mut Arc::make_mut(&mut self.layer.nodes)[at]).pods.remove(found);
        if let Some(keys) = &mut self.keys[slot.0 as usize] {
            let key = keys.remove(found);
            self.placement.remove(key);
            self.free_keys.push(key);
        }
    }

    /// Why the pod cannot run on the node, in the scheduler's words; empty: it can.
    pub fn reasons(&mut self, pod: &Pod, at: usize, symbols: &Symbols) -> Vec<String> {
        let refusal = self.check(pod, at).err();
        let reasons = refusal.map_or_else(Vec::new, |refusal| refusal.reasons);
        reasons.iter().map(|reason| reason.text(symbols, Era::V1_36)).collect()
    }

    /// Whether the filters let the pod on the node.
    ///
    /// # Errors
    /// The first refusal.
    pub fn check(&mut self, pod: &Pod, at: usize) -> Result<(), Refusal> {
        let asks = PendingPod { key: PodKey(0), spec: pod.spec.clone(), drawn: pod.drawn };
        self.count_for(&asks);
        Trial::new(&self.placement, &self.profile, &asks, &self.tally)?.check(self.layer.slots[at])
    }

    /// Makes sure that the counts at hand, if any are needed, are those for the pod.
    fn count_for(&mut self, asks: &PendingPod) {
        if self.counted.as_ref().is_some_and(|counted| Arc::ptr_eq(&counted.spec, &asks.spec)) {
            return;
        }
        if self.layer.repelling > 0 || Tally::is_needed(&self.placement, &self.profile, &asks.spec) {
            self.tally = Tally::of(&self.placement, &self.profile, asks);
            self.counted = Some(asks.clone());
        } else {
            self.drop_counts();
        }
    }

    /// What was counted no longer holds.
    fn drop_counts(&mut self) {
        if self.counted.take().is_some() {
            self.tally = Tally::default();
        }
    }

    /// Puts the pod on the node if the filters let it.
    pub fn schedule(&mut self, pod: &Arc<Pod>, at: usize) -> bool {
        let fits = self.check(pod, at).is_ok();
        if fits {
            self.add_pod(at, pod.clone());
        }
        fits
    }

    /// Puts the pod on the next node, of those from position `from` on, that `accepts` and the filters let it on.
    pub fn schedule_on_any(
        &mut self,
        pod: &Arc<Pod>,
        from: usize,
        accepts: &dyn Fn(usize, &NodeInfo) -> bool,
    ) -> Option<usize> {
        let found = self.find_place(pod, from, accepts)?;
        self.last_index = (found + 1) % self.layer.nodes.len();
        self.add_pod(found, pod.clone());
        Some(found)
    }

    /// The next node, of those from position `from` on, that `accepts` and the filters let the pod on.
    pub fn find_place(
        &mut self,
        pod: &Pod,
        from: usize,
        accepts: &dyn Fn(usize, &NodeInfo) -> bool,
    ) -> Option<usize> {
        let asks = PendingPod { key: PodKey(0), spec: pod.spec.clone(), drawn: pod.drawn };
        self.count_for(&asks);
        let trial = Trial::new(&self.placement, &self.profile, &asks, &self.tally).ok()?;
        let count = self.layer.nodes.len();
        let first = (self.last_index % count.max(1)).max(from);
        (first..count).chain(from..first).find(|&at| {
            let info = &self.layer.nodes[at];
            let slot = self.layer.slots[at];
            !info.node.spec.unschedulable && trial.has_room(slot) && accepts(at, info) && trial.takes(slot)
        })
    }
}

fn repels(pod: &Pod) -> bool {
    !pod.spec.anti_affinity.is_empty()
}

fn repelling(info: &NodeInfo) -> usize {
    info.pods.iter().filter(|pod| repels(pod)).count()
}

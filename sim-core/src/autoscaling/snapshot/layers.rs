//! Forks of the snapshot, and the slots that nodes and their pods have in placement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{NodeInfo, Snapshot, repels};
use crate::autoscaling::objects::Pod;
use crate::placement::{NodeIndex, PlacedPod, PodKey, Terminating};

/// What a fork goes back to.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// Shared with the layer below until one of them changes.
    pub(super) nodes: Arc<Vec<Arc<NodeInfo>>>,
    pub(super) slots: Arc<Vec<NodeIndex>>,
    /// Pods with anti-affinity.
    pub(super) repelling: usize,
    /// Slots that changed since the fork.
    pub(super) changed: BTreeSet<NodeIndex>,
}

impl Layer {
    /// The nodes in some slots.
    fn rows_of<'a>(
        &'a self,
        slots: &'a BTreeSet<NodeIndex>,
    ) -> impl Iterator<Item = (NodeIndex, &'a Arc<NodeInfo>)> {
        let rows = self.slots.iter().copied().zip(self.nodes.iter());
        rows.filter(|(slot, _)| slots.contains(slot))
    }
}

impl Snapshot {
    /// Begins a what-if.
    pub fn fork(&mut self) {
        let fresh = Layer { changed: BTreeSet::new(), ..self.layer.clone() };
        self.below.push(core::mem::replace(&mut self.layer, fresh));
    }

    /// Ends it and forgets what it did.
    pub fn revert(&mut self) {
        let Some(below) = self.below.pop() else { return };
        let dropped = core::mem::replace(&mut self.layer, below);
        if dropped.changed.is_empty() {
            return;
        }
        self.drop_counts();
        let old: BTreeMap<NodeIndex, &Arc<NodeInfo>> = dropped.rows_of(&dropped.changed).collect();
        let mut new: BTreeMap<NodeIndex, Arc<NodeInfo>> =
            self.layer.rows_of(&dropped.changed).map(|(slot, info)| (slot, info.clone())).collect();
        for slot in &dropped.changed {
            match (old.get(slot), new.get(slot)) {
                (Some(old), Some(same)) if Arc::ptr_eq(&old.node, &same.node) => {
                    self.set_pods(*slot, &old.pods, &same.pods);
                    new.remove(slot);
                }
                (old, _) => {
                    self.clear_slot(*slot);
                    old.and_then(|old| self.by_name.remove(&old.node.name));
                }
            }
        }
        for (slot, info) in new {
            self.fill_slot(slot, &info);
            self.by_name.insert(info.node.name.clone(), slot);
        }
    }

    /// Ends it and keeps what it did.
    pub fn commit(&mut self) {
        if let Some(mut below) = self.below.pop() {
            self.layer.changed.append(&mut below.changed);
        }
    }

    /// A slot changed in a way that counts do not follow.
    pub(super) fn touch(&mut self, slot: NodeIndex) {
        self.drop_counts();
        self.layer.changed.insert(slot);
    }

    pub(super) fn touch_pods(&mut self, slot: NodeIndex) {
        self.layer.changed.insert(slot);
    }

    pub(super) fn clear_slot(&mut self, slot: NodeIndex) {
        if let Some(mut keys) = self.keys.get_mut(slot.0 as usize).and_then(Option::take) {
            self.placement.remove_node(slot);
            self.free_keys.append(&mut keys);
        }
    }

    /// Puts a node and its pods into the slot that is theirs.
    pub(super) fn fill_slot(&mut self, slot: NodeIndex, info: &NodeInfo) {
        self.placement.add_node_at(slot, info.node.spec.clone());
        self.set_pods(slot, &[], &info.pods);
    }

    /// The slot has the `new` pods in the place of the `old`. Lists that differ little cost little, if both are
    /// by uid or one begins with the other. Says how many more pods with anti-affinity there are.
    pub(super) fn set_pods(&mut self, slot: NodeIndex, old: &[Arc<Pod>], new: &[Arc<Pod>]) -> isize {
        let mut repelling = 0;
        let row = slot.0 as usize;
        if row >= self.keys.len() {
            self.keys.resize(row + 1, None);
        }
        let mut had = self.keys[row].take().unwrap_or_default();
        let mut keys = core::mem::take(&mut self.spare_keys);
        let (mut one, mut other) = (0, 0);
        loop {
            let pairs = old[one..].iter().zip(&new[other..]);
            let same = pairs.take_while(|(old, new)| Arc::ptr_eq(old, new)).count();
            keys.extend_from_slice(&had[one..one + same]);
            (one, other) = (one + same, other + same);
            if let Some(pod) = new.get(other)
                && old.get(one).is_none_or(|old| old.uid > pod.uid)
            {
                let placed = self.placed(pod);
                keys.push(placed.key);
                self.placement.assume(placed, slot);
                repelling += isize::from(repels(pod));
                other += 1;
            } else if one < old.len() {
                self.placement.remove(had[one]);
                self.free_keys.push(had[one]);
                repelling -= isize::from(repels(&old[one]));
                one += 1;
            } else {
                break;
            }
        }
        self.keys[row] = Some(keys);
        had.clear();
        self.spare_keys = had;
        repelling
    }

    pub(super) fn placed(&mut self, pod: &Pod) -> PlacedPod {
        let key = self.free_keys.pop().unwrap_or_else(|| {
            self.keys_made += 1;
            PodKey(self.keys_made)
        });
        let terminating = pod.deletion_at.map(|_| Terminating::Deleted);
        PlacedPod { key, spec: pod.spec.clone(), drawn: pod.drawn, started: None, terminating }
    }
}

//! Where a pod fitted in a loop before, to try first.
//!
//! Models: `HintingSimulator` (cluster-autoscaler 1.36): hints of this loop and the one before.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use super::full::Full;
use super::objects::{NodeName, Pod};
use super::snapshot::{NodeInfo, Snapshot};
use super::waiting::Kind;

/// Where pods fitted, by pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    current: BTreeMap<u64, NodeName>,
    before: BTreeMap<u64, NodeName>,
}

impl Hints {
    /// Puts each pod on a node that `accepts`: where it fitted before, else the next one that takes it.
    /// Says which pods found a place, by position; with `all`, stops at the first that does not.
    pub fn schedule(
        &mut self,
        snapshot: &mut Snapshot,
        pods: &[Arc<Pod>],
        all: bool,
        accepts: &dyn Fn(&NodeInfo) -> bool,
    ) -> Vec<bool> {
        let mut placed = Vec::with_capacity(pods.len());
        let mut full = Full::default();
        for pod in pods {
            let found = self.place(snapshot, pod, &mut full, accepts);
            placed.push(found);
            if all && !found {
                break;
            }
        }
        placed
    }

    /// As [`Self::schedule`] for all pods of these kinds, by priority and uid. Says which found a place.
    pub fn schedule_kinds(&mut self, snapshot: &mut Snapshot, kinds: &[&Kind]) -> BTreeSet<u64> {
        let from = |at: usize, uid: u64| {
            let (uid, pod) = kinds[at].pods().range(uid..).next()?;
            Some((Reverse(pod.spec.priority), *uid, at))
        };
        let mut placed = BTreeSet::new();
        let mut full = Full::default();
        let mut next: BinaryHeap<Reverse<(Reverse<i32>, u64, usize)>> =
            (0..kinds.len()).filter_map(|at| from(at, 0)).map(Reverse).collect();
        // Kinds for which there is no place until a pod is added somewhere.
        let mut paused: Vec<(Reverse<i32>, usize)> = Vec::new();
        while let Some(Reverse((priority, uid, at))) = next.pop() {
            let pod = &kinds[at].pods()[&uid];
            if self.place(snapshot, pod, &mut full, &|_| true) {
                placed.insert(uid);
                next.extend(from(at, uid + 1).map(Reverse));
                // Of kinds of higher priority no pod is left.
                let waiting = paused.drain(..).filter(|(other, _)| *other == priority);
                next.extend(waiting.filter_map(|(_, at)| from(at, uid + 1)).map(Reverse));
            } else if !pod.only_needs_room() {
                paused.push((priority, at));
            }
        }
        placed
    }

    /// Puts the pod where it fitted before, else on the next node that takes it.
    fn place(
        &mut self,
        snapshot: &mut Snapshot,
        pod: &Arc<Pod>,
        full: &mut Full,
        accepts: &dyn Fn(&NodeInfo) -> bool,
    ) -> bool {
        let count = snapshot.nodes().len();
        if full.before(pod) == count {
            return false;
        }
        if self.on_hint(snapshot, pod, accepts) {
            return true;
        }
        let found = snapshot.schedule_on_any(pod, 0, &|_, info| accepts(info));
        match found {
            Some(at) => drop(self.current.insert(pod.uid, snapshot.nodes()[at].node.name.clone())),
            None => full.note(pod, count),
        }
        found.is_some()
    }

    fn on_hint(
        &mut self,
        snapshot: &mut Snapshot,
        pod: &Arc<Pod>,
        accepts: &dyn Fn(&NodeInfo) -> bool,
    ) -> bool {
        let Some(node) = self.current.get(&pod.uid).or_else(|| self.before.get(&pod.uid)).cloned() else {
            return false;
        };
        let Some(at) = snapshot.find(&node).filter(|at| accepts(&snapshot.nodes()[*at])) else {
            return false;
        };
        if snapshot.nodes()[at].node.spec.unschedulable || !snapshot.schedule(pod, at) {
            return false;
        }
        self.current.insert(pod.uid, node);
        true
    }

    /// Forgets the hints of the loop before this one.
    pub fn drop_old(&mut self) {
        self.before = core::mem::take(&mut self.current);
    }
}

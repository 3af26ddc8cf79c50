//! Where a pod fitted in a loop before, to try first.
//!
//! Models: `HintingSimulator` (cluster-autoscaler 1.36): hints of this loop and the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::objects::{Pod, Shape};
use super::snapshot::{NodeInfo, Snapshot};

/// Where pods fitted, by pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    current: BTreeMap<u64, String>,
    before: BTreeMap<u64, String>,
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
        // Pods are only added here: where one of a shape found no room, the next will not either.
        let mut hopeless: BTreeSet<Shape> = BTreeSet::new();
        for pod in pods {
            if hopeless.contains(&pod.shape()) {
                placed.push(false);
                continue;
            }
            let found = self.on_hint(snapshot, pod, accepts)
                || snapshot.schedule_on_any(pod, &|_, info| accepts(info)).is_some_and(|at| {
                    self.current.insert(pod.uid, snapshot.nodes()[at].node.name.clone());
                    true
                });
            placed.push(found);
            if !found && pod.only_needs_room() {
                hopeless.insert(pod.shape());
            }
            if all && !found {
                break;
            }
        }
        placed
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

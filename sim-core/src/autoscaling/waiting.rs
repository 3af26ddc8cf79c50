//! Pods that wait for a node: one by one, and by kind.
//!
//! A crowd has few kinds of pods. A loop that knows them need not look at each pod to find that none can be
//! helped (`crowd`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::objects::{Phase, Pod, Shape};

/// Pods without a node.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    pods: BTreeMap<u64, Arc<Pod>>,
    kinds: BTreeMap<KindKey, Kind>,
}

/// Shape, traits, and whether the scheduler has looked in vain. Addresses differ from run to run: kinds are
/// found by them, and never put in order.
type KindKey = (Shape, usize, bool);

/// Pods that differ in nothing but who came first.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    pods: BTreeMap<u64, Arc<Pod>>,
    /// Some pod was made before one with a smaller uid.
    disordered: bool,
}

impl Kind {
    /// Its pods by uid.
    pub const fn pods(&self) -> &BTreeMap<u64, Arc<Pod>> {
        &self.pods
    }

    /// A pod that speaks for all.
    pub fn sample(&self) -> Option<&Arc<Pod>> {
        self.pods.values().next()
    }

    /// Whether its pods were made in order of uid.
    pub const fn is_in_order(&self) -> bool {
        !self.disordered
    }

    fn insert(&mut self, pod: Arc<Pod>) {
        let before = self.pods.range(..pod.uid).next_back();
        let after = self.pods.range(pod.uid..).next();
        self.disordered |= before.is_some_and(|(_, other)| other.created_at > pod.created_at)
            || after.is_some_and(|(_, other)| other.created_at < pod.created_at);
        self.pods.insert(pod.uid, pod);
    }
}

/// Whether the scheduler has looked for a place in vain.
pub fn waits(pod: &Pod) -> bool {
    pod.deletion_at.is_none() && pod.unschedulable && pod.phase == Phase::Pending
}

fn key(pod: &Pod) -> KindKey {
    (pod.shape(), Arc::as_ptr(&pod.traits).addr(), waits(pod))
}

impl Waiting {
    /// All pods by uid.
    pub fn pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.pods.values()
    }

    /// Kinds of pods that wait and are no lower than `least_priority`, in no order that means anything.
    pub fn kinds(&self, least_priority: i32) -> impl Iterator<Item = &Kind> {
        self.kinds
            .iter()
            .filter(|((.., waits), _)| *waits)
            .map(|(_, kind)| kind)
            .filter(move |kind| kind.sample().is_some_and(|pod| pod.spec.priority >= least_priority))
    }

    /// Adds a pod, in the place of one with its uid.
    pub fn insert(&mut self, pod: Arc<Pod>) {
        self.remove(pod.uid);
        self.kinds.entry(key(&pod)).or_default().insert(pod.clone());
        self.pods.insert(pod.uid, pod);
    }

    /// Takes a pod out.
    pub fn remove(&mut self, uid: u64) {
        let Some(pod) = self.pods.remove(&uid) else { return };
        let key = key(&pod);
        if let Some(kind) = self.kinds.get_mut(&key) {
            kind.pods.remove(&uid);
            if kind.pods.is_empty() {
                self.kinds.remove(&key);
            }
        }
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.pods.clear();
        self.kinds.clear();
    }
}

//! How many new nodes of one template a set of pods needs.
//!
//! Models: `BinpackingNodeEstimator` with `DecreasingPodOrderer` and the threshold limiter
//! (cluster-autoscaler 1.36): pod groups ordered by the share of the template's CPU plus memory that one
//! pod requests, largest first; each pod goes to a new node that has room, then to the newest, then to one
//! more; once the limit is reached no further node is added, but later groups still fill what there is.
//! Leaves out: the limit of 10 s per group (no clock here), the fast path (off by default).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::equivalence::PodGroup;
use super::full::Full;
use super::objects::Pod;
use super::snapshot::{NodeInfo, Snapshot};
use super::template;
use crate::placement::pod::SpreadConstraint;
use crate::placement::{Reason, Refusal, Symbol};

/// What an estimate found.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    /// New nodes that got a pod.
    pub nodes: i64,
    /// Pods that found a place, in that order.
    pub pods: Vec<Arc<Pod>>,
}

/// A limit on new nodes: none, at most so many, or not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeLimit {
    /// As many as needed.
    None,
    /// At most so many.
    AtMost(i64),
}

impl NodeLimit {
    /// The stricter of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, other) => other,
            (this, Self::None) => this,
            (Self::AtMost(one), Self::AtMost(other)) => Self::AtMost(one.min(other)),
        }
    }

    fn permits(self, nodes: i64) -> bool {
        match self {
            Self::None => true,
            Self::AtMost(limit) => nodes < limit,
        }
    }
}

/// Packs `groups` on new nodes like `template`, in a fork of `snapshot`.
pub fn estimate(
    snapshot: &mut Snapshot,
    groups: &[&PodGroup],
    template: &NodeInfo,
    limit: NodeLimit,
) -> Estimate {
    let mut ordered = groups.to_vec();
    ordered.sort_by_cached_key(|group| core::cmp::Reverse(size_in(&group.pods[0], template)));
    snapshot.fork();
    let mut packing = Packing {
        first: snapshot.nodes().len(),
        added: 0,
        filled: BTreeSet::new(),
        full: Full::default(),
        pods: Vec::new(),
        template,
        limit,
    };
    let mut more_nodes = true;
    for group in ordered {
        let left = packing.fill(snapshot, &group.pods);
        if more_nodes {
            more_nodes = packing.grow(snapshot, left);
        }
    }
    snapshot.revert();
    Estimate { nodes: packing.filled.len() as i64, pods: packing.pods }
}

/// Share of the template's CPU plus share of its memory, in 2^-40 parts.
fn size_in(pod: &Pod, template: &NodeInfo) -> i128 {
    let share = |part: i64, whole: i64| {
        if whole > 0 { (i128::from(part) << 40) / i128::from(whole) } else { 0 }
    };
    let (request, whole) = (pod.requests(), &template.node.spec.allocatable);
    share(request.cpu_millis, whole.cpu_millis) + share(request.memory_bytes, whole.memory_bytes)
}

struct Packing<'a> {
    /// Where the first new node is.
    first: usize,
    added: i64,
    /// New nodes that have a pod.
    filled: BTreeSet<usize>,
    full: Full,
    pods: Vec<Arc<Pod>>,
    template: &'a NodeInfo,
    limit: NodeLimit,
}

impl Packing<'_> {
    /// Fills new nodes that there are already, up to the first pod that fits none; says what is left.
    fn fill<'p>(&mut self, snapshot: &mut Snapshot, pods: &'p [Arc<Pod>]) -> &'p [Arc<Pod>] {
        let end = snapshot.nodes().len();
        for (index, pod) in pods.iter().enumerate() {
            let first = self.full.before(pod).max(self.first);
            let found = if first < end { snapshot.schedule_on_any(pod, first, &|_, _| true) } else { None };
            match found {
                Some(at) => self.note(pod, at),
                None => {
                    self.full.note(pod, end);
                    return &pods[index..];
                }
            }
        }
        &[]
    }

    /// Adds nodes for the pods. False: no node may be added any more.
    fn grow(&mut self, snapshot: &mut Snapshot, pods: &[Arc<Pod>]) -> bool {
        for pod in pods {
            if self.on_newest(snapshot, pod) {
                continue;
            }
            let newest = self.newest();
            if newest.is_some_and(|at| !self.filled.contains(&at)) {
                return true;
            }
            if !self.limit.permits(self.added) {
                return false;
            }
            let node = template::fresh(snapshot, self.template, &format!("e-{}", self.added));
            let at = snapshot.add_node(node);
            self.added += 1;
            if !snapshot.schedule(pod, at) {
                return true;
            }
            self.note(pod, at);
        }
        true
    }

    /// Tries the node added last; a pod that only its spread over hosts keeps off it may go elsewhere.
    fn on_newest(&mut self, snapshot: &mut Snapshot, pod: &Arc<Pod>) -> bool {
        let Some(newest) = self.newest() else { return false };
        if self.full.before(pod) > newest {
            return false;
        }
        if snapshot.schedule(pod, newest) {
            self.note(pod, newest);
            return true;
        }
        let hosts = |spread: &SpreadConstraint| spread.hard && spread.topology_key == Symbol::HOSTNAME;
        let over_hosts = pod.spec.spread.iter().any(hosts);
        let refusal = snapshot.check(pod, newest).err();
        let spread = |refusal: Refusal| refusal.reasons.contains(&Reason::Spread);
        if !over_hosts || !refusal.is_some_and(spread) {
            return false;
        }
        let found = snapshot.schedule_on_any(pod, 0, &|at, _| at != newest);
        if let Some(at) = found {
            self.note(pod, at);
        }
        found.is_some()
    }

    fn newest(&self) -> Option<usize> {
        (self.added > 0).then(|| self.first + self.added as usize - 1)
    }

    fn note(&mut self, pod: &Arc<Pod>, at: usize) {
        self.filled.insert(at);
        self.pods.push(pod.clone());
    }
}

//! The node for a pod: the one question that a scheduler asks.
//!
//! [`choose`] answers it; [`choose_naively`] gives the same answer by asking [`decide`] about every node.
//!
//! Models: `schedulePod` and `selectHost` of pkg/scheduler/schedule_one.go, Kubernetes 1.36: the node that a
//! pod is nominated to is looked at first and taken if it is feasible; else one of those with the highest
//! score, by chance.

use std::sync::Arc;

use super::cycle::{Cycle, decide};
use super::decision::{Feasible, Refusal, Why};
use super::index::Answer;
use super::node::NodeIndex;
use super::pod::PendingPod;
use super::profile::Profile;
use super::snapshot::Snapshot;
use super::tie::Order;

/// The node for `pod`: the best one, and of several equally good ones that which [`Order`] puts first.
/// `None` where it fits nowhere. Brings the snapshot up to date first.
pub fn choose(
    snapshot: &mut Snapshot,
    profile: &Arc<Profile>,
    pod: &PendingPod,
    draw: u64,
) -> Option<NodeIndex> {
    snapshot.refresh();
    if let Some(nominated) = nominated(snapshot, profile, pod) {
        return Some(nominated);
    }
    let mut index = snapshot.take_index();
    let answer = index.choose(snapshot, profile, pod, draw);
    snapshot.keep_index(index);
    match answer {
        Answer::Node(node) => Some(node),
        Answer::NoNode => None,
        Answer::Unknown => choose_naively(snapshot, profile, pod, draw),
    }
}

/// Why no node takes `pod`, as [`decide`] says it, of a pod for which [`choose`] has just found none.
pub fn why(snapshot: &mut Snapshot, profile: &Arc<Profile>, pod: &PendingPod) -> Why {
    let mut index = snapshot.take_index();
    let answer = index.why(snapshot, profile, pod);
    snapshot.keep_index(index);
    answer.unwrap_or_else(|| decide(snapshot, profile, pod).why())
}

/// The nodes that take `pod`, with all their scores, as [`decide`] lists them. Brings the snapshot up to
/// date first.
pub fn feasible(snapshot: &mut Snapshot, profile: &Arc<Profile>, pod: &PendingPod) -> Vec<Feasible> {
    snapshot.refresh();
    let mut index = snapshot.take_index();
    let answer = index.feasible(snapshot, profile, pod);
    snapshot.keep_index(index);
    answer.unwrap_or_else(|| decide(snapshot, profile, pod).feasible)
}

/// Whether the index answers for `pod`; if not, [`choose`] is as slow as [`choose_naively`]. Brings the
/// snapshot up to date first.
pub fn is_indexed(snapshot: &mut Snapshot, profile: &Arc<Profile>, pod: &PendingPod) -> bool {
    snapshot.refresh();
    let mut index = snapshot.take_index();
    let answer = index.choose(snapshot, profile, pod, 0);
    snapshot.keep_index(index);
    answer != Answer::Unknown
}

/// As [`choose`], by a scan over all nodes and pods, of a snapshot that is up to date.
pub fn choose_naively(
    snapshot: &Snapshot,
    profile: &Profile,
    pod: &PendingPod,
    draw: u64,
) -> Option<NodeIndex> {
    if let Some(nominated) = nominated(snapshot, profile, pod) {
        return Some(nominated);
    }
    let order = Order::new(draw, snapshot.slots());
    decide(snapshot, profile, pod).best().into_iter().min_by_key(|node| order.rank(node.0))
}

/// The node that the pod is nominated to, if that takes it.
fn nominated(snapshot: &Snapshot, profile: &Profile, pod: &PendingPod) -> Option<NodeIndex> {
    snapshot.nomination_of(pod.key).filter(|node| fits(snapshot, profile, pod, *node).is_ok())
}

/// Whether `node` takes `pod` as things are.
///
/// # Errors
/// The first filter that refuses.
pub fn fits(
    snapshot: &Snapshot,
    profile: &Profile,
    pod: &PendingPod,
    node: NodeIndex,
) -> Result<(), Refusal> {
    let (cycle, counts) = Cycle::begin(snapshot, profile, pod)?;
    cycle.try_node(&counts, node, snapshot.node(node))
}

/// Whether `node` would take `pod` if nothing were kept for the pods nominated to it.
pub fn fits_nominations_aside(
    snapshot: &mut Snapshot,
    profile: &Arc<Profile>,
    pod: &PendingPod,
    node: NodeIndex,
) -> bool {
    let mut index = snapshot.take_index();
    let answer = index.fits(snapshot, profile, pod, node);
    snapshot.keep_index(index);
    answer.unwrap_or_else(|| {
        Cycle::begin(snapshot, profile, pod)
            .is_ok_and(|(cycle, counts)| cycle.filter(&counts, snapshot.node(node)).is_ok())
    })
}

//! The node for a pod: the one question that a scheduler asks.
//!
//! [`choose`] answers it; [`choose_naively`] gives the same answer by asking [`decide`] about every node.

use std::sync::Arc;

use super::cycle::decide;
use super::decision::Feasible;
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
    let mut index = snapshot.take_index();
    let answer = index.choose(snapshot, profile, pod, draw);
    snapshot.keep_index(index);
    match answer {
        Answer::Node(node, _) => Some(node),
        Answer::NoNode => None,
        Answer::Unknown => choose_naively(snapshot, profile, pod, draw),
    }
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
    let order = Order::new(draw, snapshot.slots());
    decide(snapshot, profile, pod).best().into_iter().min_by_key(|node| order.rank(node.0))
}

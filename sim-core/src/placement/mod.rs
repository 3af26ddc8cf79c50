//! Where a pod may go and where it should: filters and scores, on the real world.
//!
//! Shared by every component that asks the question (scheduler, autoscaler), so it knows none of them.
//! This is the naive form, a scan over all nodes; it stays as the oracle of any faster one.
//!
//! Models: the filters NodeUnschedulable, TaintToleration, NodeAffinity (node selector) and
//! NodeResourcesFit of kube-scheduler's default profile, and its scores LeastAllocated and
//! MostAllocated with weight 1 for CPU and memory, integer division at each step
//! (kubernetes pkg/scheduler/framework/plugins/noderesources; 2018: LeastRequestedPriority).
//! Leaves out: the other plugins of the profile, sampling of nodes, preemption.

mod score;

pub use score::node_score;

use crate::engine::{Purpose, Random};
use crate::ids::{ClassId, NodeId, PodId};
use crate::model::Model;
use crate::resources::Resources;
use crate::world::World;

/// Whether `node` takes a new pod of `class` with `requests`.
pub fn fits(world: &World, model: &Model, class: ClassId, requests: &Resources, node: NodeId) -> bool {
    admits(world, model, class, node) && requests.fits_in(&world.free(model, node))
}

/// Whether `node` takes new pods of `class` at all, room aside.
pub fn admits(world: &World, model: &Model, class: ClassId, node: NodeId) -> bool {
    let row = &world.cluster().nodes[node];
    row.is_schedulable() && model.classes[class].admits[row.group]
}

/// The node for `pod`: a highest-scoring one of those where it fits, ties broken by a draw of the pod's
/// own. `None` when it fits nowhere.
pub fn choose(world: &World, model: &Model, random: &Random, pod: PodId) -> Option<NodeId> {
    let row = &world.cluster().pods[pod];
    let class = &model.classes[row.class];
    let mut best_score = 0;
    let mut best: Vec<NodeId> = Vec::new();
    for node in world.cluster().nodes.ids() {
        if !fits(world, model, row.class, &row.requests, node) {
            continue;
        }
        let score = node_score(world, model, &class.scoring_requests, node);
        if best.is_empty() || score > best_score {
            best_score = score;
            best.clear();
        }
        if score == best_score {
            best.push(node);
        }
    }
    match best.as_slice() {
        [] => None,
        [only] => Some(*only),
        ties => Some(ties[random.index(Purpose::TieBreak, row.subject, 0, ties.len())]),
    }
}

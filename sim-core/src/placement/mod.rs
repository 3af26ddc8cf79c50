//! Where a pod may go and where it should: filters, scores and preemption.
//!
//! Shared by every component that asks the question (scheduler, autoscaler), so it knows none of them.
//!
//! [`decide`] answers as kube-scheduler does, on a [`Snapshot`]: the same nodes feasible, for the same
//! reasons, with the same integer scores; [`preempt`] finds the pods that would have to go. Recorded
//! decisions of the real scheduler judge both (`tests/conformance`).
//!
//! ```text
//! kubernetes::Pod, Node ──compile, once──▶ PodSpec, NodeSpec        verbs: add_node, assume, remove, ...
//!                                              │                                   │
//!           decide(snapshot, profile, pod) ◀───┴──────────── Snapshot ◀────────────┘
//!                  │
//!                  ├──▶ feasible: best() is where it goes
//!                  └──▶ refused: message() says why; preempt() who would have to go
//! ```
//!
//! This is the naive form, a scan over all nodes and pods; it stays as the oracle of any faster one.
//!
//! [`choose`], on the world of a simulation, is what the simulator's scheduler calls so far. It models
//! NodeUnschedulable, TaintToleration, NodeAffinity (node selector) and NodeResourcesFit with the scores
//! LeastAllocated and MostAllocated (kubernetes pkg/scheduler/framework/plugins/noderesources; 2018:
//! LeastRequestedPriority), and leaves out the rest.

pub mod amounts;
pub mod choice;
pub mod compile;
pub mod cycle;
pub mod decision;
mod index;
pub mod labels;
pub mod node;
pub mod objects;
pub mod plugins;
pub mod pod;
pub mod preemption;
pub mod profile;
pub mod requests;
mod score;
pub mod snapshot;
pub mod symbols;
mod tally;
pub mod tie;

pub use cycle::decide;
pub use decision::{Code, Decision, Feasible, Reason, Refusal};
pub use labels::{Labels, NodeSelector, Selector};
pub use node::{NodeIndex, NodeSpec, NodeState};
pub use objects::Surroundings;
pub use pod::{PendingPod, PlacedPod, PodKey, PodSpec, Terminating};
pub use preemption::{Candidate, Preemption, make_room, preempt};
pub use profile::{Plugin, PreemptionLimits, Profile, ProfileError};
pub use score::node_score;
pub use snapshot::Snapshot;
pub use symbols::{Symbol, Symbols};
pub use tally::{Tally, fits as node_fits};

use crate::engine::{Purpose, Random};
use crate::ids::{ClassId, NodeId, PodId};
use crate::model::{Model, Taint, TaintEffect};
use crate::resources::Resources;
use crate::world::World;

/// Whether `node` takes a new pod of `class` with `requests`.
pub fn fits(world: &World, model: &Model, class: ClassId, requests: &Resources, node: NodeId) -> bool {
    admits(world, model, class, node) && requests.fits_in(&world.free(model, node))
}

/// Whether `node` takes new pods of `class` at all, room aside.
pub fn admits(world: &World, model: &Model, class: ClassId, node: NodeId) -> bool {
    let row = &world.cluster().nodes[node];
    let class = &model.classes[class];
    let mut hard = row.taints.iter().filter(|there| there.taint.effect != TaintEffect::PreferNoSchedule);
    let tolerated = |taint: &Taint| class.tolerations.iter().any(|toleration| toleration.tolerates(taint));
    row.is_schedulable() && class.admits[row.group] && hard.all(|there| tolerated(&there.taint))
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

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
//!                  ├──▶ feasible: best() is where it goes, and choose() the one of them
//!                  └──▶ refused: message() says why; preempt() who would have to go
//! ```
//!
//! This is the naive form, a scan over all nodes and pods; it stays as the oracle of any faster one.

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
pub mod snapshot;
pub mod symbols;
mod tally;
pub mod tie;

pub use amounts::Amounts;
pub use choice::{choose, choose_naively, fits, fits_nominations_aside, why};
pub use compile::{PriorityClasses, image_name};
pub use cycle::decide;
pub use decision::{Code, Decision, Feasible, Reason, Refusal, Why};
pub use labels::{Labels, NodeSelector, Selector};
pub use node::{BaseLoad, NodeImage, NodeIndex, NodeSpec, NodeState, Taint};
pub use objects::Surroundings;
pub use plugins::node_unschedulable::CORDON;
pub use pod::{PendingPod, PlacedPod, PodKey, PodSpec, Terminating};
pub use preemption::{Candidate, Preemption, make_room, preempt};
pub use profile::{Plugin, PreemptionLimits, Profile, ProfileError};
pub use requests::{CpuAndMemory, Requests};
pub use snapshot::Snapshot;
pub use symbols::{Symbol, Symbols};
pub use tally::{Tally, Trial};

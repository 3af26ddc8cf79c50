//! Experiments: runs of a model, several of them where chance matters, and what they come to together.
//!
//! A replication is a pure function of (model, seed, number), so replications may run anywhere and in
//! any order; [`Report::from_replications`] takes them in the order of their numbers, and the report
//! does not know how many hands computed it.
//!
//! What can be said with how much confidence follows simulation practice: a mean over replications with
//! a 95 % interval by Student's t, probabilities with Wilson's interval for the eye and Clopper and
//! Pearson's exact bound for the verdict (`statistics.rs`, `verdict.rs`). Two models under one seed share
//! their random numbers, and are compared pair by pair (`compare.rs`). Many models that differ in a few values are the points of a
//! [`Design`] over [`Axis`]es.

mod assemble;
mod axis;
mod band;
mod compare;
mod design;
mod plan;
mod replicate;
mod search;
mod sensitivity;
mod sequential;
mod sobol;
mod statistics;
mod summary;
mod sweep;
mod verdict;
mod words;
mod work;

pub use axis::{Axis, AxisError};
pub use compare::{CheckPair, Comparison, Difference, Direction, Side};
pub use design::{Design, Sampling, Setting};
pub use plan::{Fault, Found, Goal, Plan, Try};
pub use replicate::{Replication, Replications, run, run_replication};
pub use search::Search;
pub use sensitivity::{Sensitivity, sensitivity};
pub use sequential::LOOKS;
pub use summary::{AxisLevels, Level, PointSummary, Spread, SweepSummary};
pub use sweep::{Held, Row, Rows, Sweep};
pub use verdict::{holds, outcome};
pub use work::{Experiment, Progress, Task, Together, Worker};

#[cfg(doc)]
use crate::report::Report;

/// A number that has nothing in common with the one it is made of: the finaliser of SplitMix64. For the
/// places of samples only; draws of a simulation come from [`engine::Random`](crate::engine::Random).
pub(crate) fn scramble(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

//! Experiments: runs of a model, several of them where chance matters, and what they come to together.
//!
//! A replication is a pure function of (model, seed, number), so replications may run anywhere and in
//! any order; [`Report::from_replications`] takes them in the order of their numbers, and the report
//! does not know how many hands computed it.
//!
//! What can be said with how much confidence follows simulation practice: a mean over replications with
//! a 95 % interval by Student's t, probabilities with Wilson's interval for the eye and Clopper and
//! Pearson's exact bound for the verdict (`statistics.rs`, `verdict.rs`). Two models under one seed share
//! their random numbers, and are compared pair by pair (`compare.rs`). Many models that differ in a few values are the
//! points of a [`Design`] over [`Axis`]es.

//!
//! # Without threads
//!
//! Every experiment ([`Replications`], [`Pairs`] of two models, [`Rows`] of a [`Sweep`], [`Plan`], several
//! [`Together`]) hands out tasks and learns what they came to. Who has threads gives the tasks to them; who has
//! none, such as a page's worker, lets a [`Worker`] do a slice of events at a time:
//!
//! ```
//! use std::sync::Arc;
//! use plimsoll_core::experiment::{Replications, Worker};
//! # use plimsoll_core::scenario::Document;
//! # let text = "apiVersion: plimsoll/v1\nname: one pod\nstart: 2026-01-01T00:00:00Z\nduration: 1h\n\
//! # nodeGroups:\n  only: {allocatable: {cpu: 1, memory: 1Gi, pods: 1}, min: 1, max: 1}\n\
//! # workloads:\n  job:\n    replicas: 1\n    pod: {resources: {requests: {cpu: 500m}}}\n";
//! # let model = Document::parse("one-pod.yaml", text.as_bytes()).unwrap().compile().unwrap().model;
//! let mut worker = Worker::new(Replications::fixed(Arc::new(model), 1, 20));
//! while worker.work(5_000) {
//!     // Some milliseconds later: show how far it is and what is known by now, let the messages in that have
//!     // come meanwhile, and come back (`setTimeout(work, 0)`). To cancel, drop the worker.
//!     let _so_far = worker.experiment().report_so_far();
//!     println!("{:.0} %", worker.share() * 100.0);
//! }
//! assert_eq!(worker.experiment().report().unwrap().replications, 20);
//! ```
//!
//! An experiment owns all it needs and borrows nothing, so it can be kept between two messages. How many events
//! fill ten milliseconds depends on the machine and the scenario: who wants slices of equal time has a clock, does
//! some thousand events, and doubles or halves their number by what they took. What is known before the end:
//! [`Replications::report_so_far`], [`Pairs::comparison`], [`Rows::row`] (and [`PointSummary::of`] of a point's
//! rows), [`Plan::found`]. Each of them costs time of its own, so ask some times a second, not after every slice.

mod answer;
mod assemble;
mod axis;
mod band;
mod compare;
mod design;
mod difference;
mod memory_risk;
mod plan;
mod replicate;
mod right_size;
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
pub use compare::{CheckPair, Comparison, Difference, Direction, Pairs, Side};
pub use design::{Design, Sampling, Setting};
pub use difference::difference;
pub use plan::{Fault, Found, Goal, Plan, Try};
pub use replicate::{Replication, Replications, run, run_replication};
pub use right_size::{RightSize, Sizing, right_size};
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

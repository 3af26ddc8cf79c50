//! Experiments: runs of a model, several of them where chance matters, and what they come to together.
//!
//! A replication is a pure function of (model, seed, number), so replications may run anywhere and in
//! any order; [`Report::from_replications`] takes them in the order of their numbers, and the report
//! does not know how many hands computed it.
//!
//! What can be said with how much confidence follows simulation practice: a mean over replications with
//! a 95 % interval by Student's t, probabilities with Wilson's interval for the eye and Clopper and
//! Pearson's exact bound for the verdict (`statistics.rs`, `verdict.rs`).

mod assemble;
mod replicate;
mod statistics;
mod verdict;
mod words;

pub use replicate::{Replication, run, run_replication};

#[cfg(doc)]
use crate::report::Report;

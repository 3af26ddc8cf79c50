//! Trouble: what the users of a cluster suffer from, from when to when, and why.
//!
//! A run finds its troubles as it happens (`metrics/troubles`); a report lists those of replication 0, for
//! charts to point at; the report's first sentence is made of those of all replications (`experiment/answer.rs`).

use serde::{Deserialize, Serialize};

/// A stretch of time in which something is wrong for users.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What is wrong.
    pub kind: TroubleKind,
    /// What it happens to, where that is not all of a kind: names of services or workloads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// When it begins, in seconds after the report's start.
    pub from_seconds: f64,
    /// When it ends.
    pub until_seconds: f64,
    /// When it begins, as people say it: `06:15`, or with the day where the report is longer than one.
    pub from_clock: String,
    /// When it ends; absent when it lasts to the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_clock: Option<String>,
    /// How many launches or pods it hits.
    pub hit: u64,
    /// Of how many there were in that time.
    pub of: u64,
    /// The longest wait, or how long it is down.
    pub longest_seconds: f64,
    /// Why, as the end of a sentence; empty where no one cause stands out. It holds no figures of the run, so
    /// that replications can be counted by it.
    pub cause: String,
    /// The share of `hit` that the cause explains.
    pub cause_share: f64,
    /// What was done about it and has changed nothing, each a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_vain: Vec<String>,
}

/// What is wrong. The order is that of importance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TroubleKind {
    /// Launches fail.
    #[default]
    LaunchesFail,
    /// A workload that is kept running has no pod that is Ready.
    ServiceDown,
    /// Launches succeed, but users wait for more than [`SLOW_SECONDS`].
    LaunchesSlow,
    /// Pods wait for a node for more than [`SLOW_SECONDS`].
    PodsWait,
}

/// Waits that are longer than this are trouble, whatever a scenario claims.
pub const SLOW_SECONDS: u64 = 60;

//! Queues of jobs as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::Span;
use super::super::distribution::Distribution;
use super::super::quantity::Share;
use super::load::Arrivals;
use super::usage::MemoryUse;

/// Jobs that wait for a worker, each of which is a request to a pod that serves it and adds to that pod's use.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Queue {
    /// When jobs come. Absent: when the timeline says `enqueue`.
    pub arrivals: Option<Arrivals>,
    /// The workload whose pods serve the jobs.
    pub served_by: String,
    /// The workload whose pods work the queue off: without one that answers nothing is tried. Absent: something outside
    /// of the cluster.
    pub worked_by: Option<String>,
    /// Jobs at work at a time: of each pod of `workedBy`, or in all. Default 1.
    pub workers: Option<u32>,
    /// How long a job takes.
    pub duration: Distribution,
    /// What a job adds to the memory of the pod that serves it. Absent: nothing.
    pub memory: Option<MemoryUse>,
    /// How long a worker waits for an answer. Default `60s`.
    pub timeout: Option<Span>,
    /// Tries of a job in all. Absent: no bound.
    pub max_attempts: Option<u32>,
    /// Time from a failure to the next try. Default `10s`.
    pub retry_after: Option<Distribution>,
    /// Jobs that harm whoever serves them, every time they are tried.
    pub poison: Option<Poison>,
}

/// Jobs that harm whoever serves them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Poison {
    /// Their numbers in the queue, counted from 1.
    #[serde(default)]
    pub jobs: Vec<u32>,
    /// The chance of any other to be one. Default 0.
    pub chance: Option<Share>,
    /// What they add to the memory of the pod that serves them.
    pub memory: MemoryUse,
    /// How long they take. Absent: for ever.
    pub duration: Option<Distribution>,
}

/// Jobs that somebody puts into a queue.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enqueue {
    /// Which queue.
    pub queue: String,
    /// How many. Default 1.
    pub jobs: Option<u32>,
}

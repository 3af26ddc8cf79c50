//! Work that waits in a queue, and what it costs the pods that serve it.

use super::arrivals::Arrivals;
use super::distribution::Distribution;
use super::usage::Usage;
use crate::ids::WorkloadId;
use crate::time::SimDuration;

/// A queue of jobs, each a request to some pod.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Stable subject of random draws: a hash of the name.
    pub subject: u64,
    /// When jobs come by themselves.
    pub arrivals: Option<Arrivals>,
    /// Whose pods serve the jobs.
    pub served_by: WorkloadId,
    /// Whose pods work the queue off; `None`: something outside of the cluster.
    pub worked_by: Option<WorkloadId>,
    /// Jobs at work at a time: of each such pod, or in all.
    pub workers: u32,
    /// How long a job takes.
    pub duration: Distribution,
    /// What a job adds to the memory of the pod that serves it; `None`: nothing.
    pub memory: Option<Usage>,
    /// How long a worker waits for an answer.
    pub timeout: SimDuration,
    /// Tries in all.
    pub max_attempts: u32,
    /// Time from a failure to the next try.
    pub retry_after: Distribution,
    /// Jobs that harm whoever serves them.
    pub poison: Option<Poison>,
}

/// Jobs that harm whoever serves them, every time they are tried.
#[derive(Clone, Debug)]
pub struct Poison {
    /// Their numbers in the queue, from 1, in order.
    pub jobs: Vec<u32>,
    /// The chance of any other to be one.
    pub chance: f64,
    /// What they add to the memory of the pod that serves them.
    pub memory: Usage,
    /// How long they take; `None`: for ever.
    pub duration: Option<Distribution>,
}

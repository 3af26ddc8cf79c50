//! Replications: the same model under the same seed, with independent draws.

use std::sync::Arc;

use crate::metrics::Measured;
use crate::model::Model;
use crate::report::{Report, SeriesSet};
use crate::simulation::Simulation;

/// What one replication came to: plain data that any thread may send to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replication {
    /// What was measured.
    pub measured: Measured,
    /// Digest of the simulated history.
    pub digest: u64,
}

/// Runs replication number `replication` of a model.
pub fn run_replication(model: &Arc<Model>, seed: u64, replication: u32) -> Replication {
    let (mut measured, digest) = Simulation::new(Arc::clone(model), seed, replication).run();
    if replication > 0 {
        // A report shows those of the first one; a thousand others would only take memory.
        measured.series = SeriesSet::default();
        measured.notes = Vec::new();
    }
    Replication { measured, digest }
}

/// Runs `replications` replications of a model one after the other, at least one.
pub fn run(model: &Arc<Model>, seed: u64, replications: u32) -> Report {
    let runs: Vec<_> = (0..replications.max(1)).map(|number| run_replication(model, seed, number)).collect();
    Report::from_replications(model, seed, &runs)
}

//! Runs to reports, on all cores.

use std::sync::Arc;

use plimsoll_core::experiment::{LOOKS, Replication, Replications, Task, Together};
use plimsoll_core::report::Report;

use crate::fault::Fault;
use crate::hands::{compute, thread_count};
use crate::progress::Progress;
use crate::runs::Run;

/// Simulates all `runs`; a fault in one leaves the others unharmed.
pub fn simulate(runs: &[Run], threads: Option<u16>, progress: Progress) -> Vec<Result<Report, Fault>> {
    let experiment = |run: &Run| match run.auto {
        true => {
            let most = LOOKS[LOOKS.len() - 1];
            Replications::auto(Arc::clone(&run.model), run.seed, most, Report::is_decided)
        }
        false => fixed(run),
    };
    let done = all(runs, experiment, threads, progress);
    done.into_iter().map(|run| run.report().cloned().ok_or(Fault)).collect()
}

/// The replications of all `runs`, in the order of their numbers.
pub fn replicate(
    runs: &[Run],
    threads: Option<u16>,
    progress: Progress,
) -> Vec<Result<Vec<Replication>, Fault>> {
    let done = all(runs, fixed, threads, progress);
    let replications =
        |run: Replications| if run.report().is_some() { Ok(run.into_runs()) } else { Err(Fault) };
    done.into_iter().map(replications).collect()
}

fn fixed(run: &Run) -> Replications {
    Replications::fixed(Arc::clone(&run.model), run.seed, run.replications)
}

fn all(
    runs: &[Run],
    experiment: impl Fn(&Run) -> Replications,
    threads: Option<u16>,
    progress: Progress,
) -> Vec<Replications> {
    let mut together = Together(runs.iter().map(experiment).collect());
    let name = |task: &Task| {
        let run = runs.get((task.part >> 32) as usize).map(Run::name).unwrap_or_default();
        format!("{run}, replication {}", task.replication)
    };
    compute(&mut together, thread_count(threads), progress, name);
    together.0
}

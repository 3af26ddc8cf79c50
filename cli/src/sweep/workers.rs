//! Threads that compute the parts of a sweep that are missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use plimsoll_core::experiment::{Experiment, Progress as Share, Rows, Worker};

use super::parts::Parts;
use super::plan::{Plan, told};
use crate::exit::{Exit, Failure};
use crate::fault;
use crate::progress::{self, Progress};

/// Events between two looks at the world outside.
const SLICE: u64 = 50_000;

/// Computes `parts` of a sweep in `threads` threads. The first failure stops them all; what is done by then
/// stays done.
pub fn compute(
    plan: &Plan,
    folder: &Parts,
    parts: &[u64],
    threads: usize,
    mut progress: Progress,
) -> Result<(), Failure> {
    let work = Work {
        plan,
        folder,
        parts,
        next: AtomicUsize::new(0),
        rows: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    };
    let total: u64 = parts.iter().map(|&part| plan.manifest.rows_of(part).count() as u64).sum();
    let (sender, receiver) = mpsc::channel();
    let outcome = thread::scope(|scope| {
        let work = &work;
        for _ in 0..threads.min(parts.len()) {
            let sender = sender.clone();
            scope.spawn(move || sender.send(work.take_parts()));
        }
        drop(sender);
        let mut outcome = Ok(());
        loop {
            match receiver.recv_timeout(progress::TICK) {
                Ok(result) => outcome = outcome.and(result),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            progress.show(Share { done: work.rows.load(Ordering::Relaxed), of: total });
        }
        outcome
    });
    progress.clear();
    outcome
}

struct Work<'a> {
    plan: &'a Plan,
    folder: &'a Parts,
    parts: &'a [u64],
    /// The part that the next free worker takes.
    next: AtomicUsize,
    /// Rows done.
    rows: AtomicU64,
    stop: AtomicBool,
}

impl Work<'_> {
    /// A worker: one part after the other until none is left.
    fn take_parts(&self) -> Result<(), Failure> {
        while let Some(&part) = self.parts.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(failure) = self.part(part) {
                self.stop.store(true, Ordering::Relaxed);
                return Err(failure);
            }
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(())
    }

    /// Computes a part in slices, between which it looks whether somebody wants it to stop.
    fn part(&self, part: u64) -> Result<(), Failure> {
        let range = self.plan.manifest.rows_of(part);
        let name =
            || format!("rows {} to {} of the sweep, seed {}", range.start, range.end, self.plan.sweep.seed());
        let mut worker = Worker::new(Rows::new(Arc::clone(&self.plan.sweep), range.clone()));
        let (mut seen, mut more) = (0, true);
        while more {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let worked = fault::contain(name, || worker.work(SLICE));
            more = worked.map_err(|_| Failure::Reported(Exit::Fault))?;
            let done = worker.experiment().progress().done;
            self.rows.fetch_add(done - seen, Ordering::Relaxed);
            seen = done;
        }
        let rows = worker.into_experiment().into_rows().map_err(|found| told(&found))?;
        self.folder.write(part, &rows.ok_or(Failure::Reported(Exit::Fault))?)
    }
}

//! Threads that compute the parts of a sweep that are missing.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use plimsoll_core::experiment::run_replication;

use super::parts::Parts;
use super::plan::{Plan, told};
use super::row::Row;
use crate::exit::{Exit, Failure};
use crate::fault;
use crate::progress::{self, Progress};

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
            progress.show(work.rows.load(Ordering::Relaxed) as usize, total as usize);
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

    fn part(&self, part: u64) -> Result<(), Failure> {
        let replications = u64::from(self.plan.manifest.replications);
        let mut rows = Vec::new();
        let mut at = None;
        for number in self.plan.manifest.rows_of(part) {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let (point, replication) = (number / replications, (number % replications) as u32);
            let (settings, model) = match at.take() {
                Some((same, settings, model)) if same == point => (settings, model),
                _ => {
                    (self.plan.design.settings(point), self.plan.model(point).map_err(|found| told(&found))?)
                }
            };
            let run = fault::contain(
                || format!("point {point} of the sweep, seed {}, replication {replication}", self.plan.seed),
                || run_replication(&model, self.plan.seed, replication),
            );
            let run = run.map_err(|_| Failure::Reported(Exit::Fault))?;
            rows.push(Row::of(&model, point, replication, &settings, &run));
            at = Some((point, settings, model));
            self.rows.fetch_add(1, Ordering::Relaxed);
        }
        self.folder.write(part, &rows)
    }
}

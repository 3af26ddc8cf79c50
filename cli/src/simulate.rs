//! Runs to reports, on all cores.
//!
//! The unit of work is one replication of one run. Workers take the next one from a counter, and every
//! result goes to the place of its number: which thread did it, and when, leaves no trace in a report.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;

use plimsoll_core::experiment::{self, LOOKS, Replication};
use plimsoll_core::report::Report;

use crate::fault::{self, Fault};
use crate::progress::{self, Progress};
use crate::runs::Run;

/// Simulates all `runs`; a fault in one leaves the others unharmed.
pub fn simulate(runs: &[Run], threads: Option<u16>, progress: Progress) -> Vec<Result<Report, Fault>> {
    if runs.iter().any(|run| run.auto) {
        let most = LOOKS[LOOKS.len() - 1];
        let each = |run| until_decided(run, threads, most, &progress, Report::is_decided);
        return runs.iter().map(each).collect();
    }
    let report = |run: &Run, runs: Vec<Replication>| Report::from_replications(&run.model, run.seed, &runs);
    finish_each(runs, threads, progress, &report)
}

/// Looks at more and more replications of a run, up to `most`, until a report is `enough`.
pub fn until_decided(
    run: &Run,
    threads: Option<u16>,
    most: u32,
    progress: &Progress,
    enough: impl Fn(&Report) -> bool,
) -> Result<Report, Fault> {
    let mut done: Vec<Replication> = Vec::new();
    let looks = LOOKS.into_iter().filter(|look| *look < most).chain([most]);
    let mut report = Err(Fault);
    for look in looks {
        let further = Run { first: done.len() as u32, replications: look, ..run.clone() };
        for replications in replicate(&[further], threads, progress.again()) {
            done.extend(replications?);
        }
        let found = fault::contain(
            || format!("the report of {}", run.name()),
            || Report::at_look(&run.model, run.seed, &done),
        )?;
        let stop = enough(&found);
        report = Ok(found);
        if stop {
            break;
        }
    }
    report
}

/// The replications of all `runs`, in the order of their numbers.
pub fn replicate(
    runs: &[Run],
    threads: Option<u16>,
    progress: Progress,
) -> Vec<Result<Vec<Replication>, Fault>> {
    finish_each(runs, threads, progress, &|_: &Run, runs| runs)
}

/// Simulates all `runs`, and makes of the replications of each what `finish` does, as soon as they are there.
fn finish_each<T>(
    runs: &[Run],
    threads: Option<u16>,
    progress: Progress,
    finish: &impl Fn(&Run, Vec<Replication>) -> T,
) -> Vec<Result<T, Fault>> {
    let replicate = |run: &Run, replication| experiment::run_replication(&run.model, run.seed, replication);
    let work = Work::new(runs, &replicate);
    let mut collected: Vec<Collected<T>> = runs.iter().map(Collected::new).collect();
    work.share(thread_count(threads), progress, |task, result| {
        collected[task.run].place(&runs[task.run], task.replication, result, finish);
    });
    collected.into_iter().map(|collected| collected.outcome.unwrap_or(Err(Fault))).collect()
}

/// One replication of one run.
#[derive(Clone, Copy)]
struct Task {
    run: usize,
    replication: u32,
}

/// All that is to be done, shared by the workers.
struct Work<'a, F> {
    runs: &'a [Run],
    replicate: &'a F,
    tasks: Vec<Task>,
    /// The task that the next free worker takes.
    next: AtomicUsize,
    /// Runs in which a replication failed: the rest of them would be in vain, and would repeat the message.
    broken: Vec<AtomicBool>,
}

impl<'a, F: Fn(&Run, u32) -> Replication + Sync> Work<'a, F> {
    fn new(runs: &'a [Run], replicate: &'a F) -> Work<'a, F> {
        let tasks_of = |(run, it): (usize, &Run)| {
            (it.first..it.replications).map(move |replication| Task { run, replication })
        };
        Work {
            runs,
            replicate,
            tasks: runs.iter().enumerate().flat_map(tasks_of).collect(),
            next: AtomicUsize::new(0),
            broken: runs.iter().map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Does it all in `threads` threads; each result is `place`d in this one.
    fn share(
        &self,
        threads: usize,
        mut progress: Progress,
        mut place: impl FnMut(Task, Result<Replication, Fault>),
    ) {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..threads.min(self.tasks.len()) {
                let sender = sender.clone();
                scope.spawn(move || self.take_tasks(&sender));
            }
            drop(sender);
            let mut done = 0;
            loop {
                match receiver.recv_timeout(progress::TICK) {
                    Ok((task, result)) => {
                        place(task, result);
                        done += 1;
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                progress.show(done, self.tasks.len());
            }
        });
        progress.clear();
    }

    /// A worker: one task after the other until none is left.
    fn take_tasks(&self, results: &Sender<(Task, Result<Replication, Fault>)>) {
        while let Some(&task) = self.tasks.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if results.send((task, self.replicate(task))).is_err() {
                return;
            }
        }
    }

    fn replicate(&self, task: Task) -> Result<Replication, Fault> {
        let (run, broken) = (&self.runs[task.run], &self.broken[task.run]);
        if broken.load(Ordering::Relaxed) {
            return Err(Fault);
        }
        let result = fault::contain(
            || format!("{}, replication {}", run.name(), task.replication),
            || (self.replicate)(run, task.replication),
        );
        broken.fetch_or(result.is_err(), Ordering::Relaxed);
        result
    }
}

/// The replications of one run as they come in; when the last one is there, they become the outcome.
struct Collected<T> {
    replications: Vec<Option<Replication>>,
    missing: usize,
    outcome: Option<Result<T, Fault>>,
}

impl<T> Collected<T> {
    fn new(run: &Run) -> Collected<T> {
        let count = run.replications.saturating_sub(run.first) as usize;
        Collected { replications: (0..count).map(|_| None).collect(), missing: count, outcome: None }
    }

    fn place(
        &mut self,
        run: &Run,
        replication: u32,
        result: Result<Replication, Fault>,
        finish: &impl Fn(&Run, Vec<Replication>) -> T,
    ) {
        self.missing -= 1;
        match result {
            Ok(result) => self.replications[(replication - run.first) as usize] = Some(result),
            Err(fault) => self.outcome = Some(Err(fault)),
        }
        if self.missing == 0 && self.outcome.is_none() {
            let replications: Vec<Replication> = self.replications.drain(..).flatten().collect();
            let outcome =
                fault::contain(|| format!("the report of {}", run.name()), || finish(run, replications));
            self.outcome = Some(outcome);
        }
    }
}

/// One thread for each core, unless told otherwise.
pub fn thread_count(threads: Option<u16>) -> usize {
    match threads {
        Some(threads) => threads.into(),
        None => thread::available_parallelism().map_or(1, usize::from),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::scenario::Document;

    use super::*;

    fn run(file: &str, replications: u32) -> Run {
        let text = include_bytes!("../tests/scenarios/tiny.yaml");
        let document = Document::parse(file, text).expect("the scenario parses");
        let model = document.compile().expect("the scenario compiles").model.into();
        Run {
            file: file.to_owned(),
            has_variants: true,
            variant: None,
            seed: 1,
            first: 0,
            replications,
            auto: false,
            model,
        }
    }

    /// One replication of the second run panics; the first run has all its results, the second none,
    /// and every task is answered.
    #[test]
    fn a_fault_in_one_run_leaves_the_others_unharmed() {
        let runs = [run("sound.yaml", 3), run("faulty.yaml", 3)];
        let replicate = |run: &Run, replication: u32| {
            assert!(run.file == "sound.yaml" || replication != 1, "on purpose");
            experiment::run_replication(&run.model, run.seed, replication)
        };
        let mut collected: Vec<Collected<usize>> = runs.iter().map(Collected::new).collect();
        Work::new(&runs, &replicate).share(2, Progress::start(true), |task, result| {
            let count = |_: &Run, replications: Vec<Replication>| replications.len();
            collected[task.run].place(&runs[task.run], task.replication, result, &count);
        });
        let outcomes: Vec<_> = collected.into_iter().map(|collected| collected.outcome).collect();
        assert_eq!(outcomes, [Some(Ok(3)), Some(Err(Fault))]);
    }
}

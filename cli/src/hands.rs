//! Hands: the threads that compute an experiment.
//!
//! The experiment stays in this thread, hands out tasks and learns what they come to; workers take the next one
//! that waits. Which thread did it, and when, leaves no trace in what the experiment finds.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

use plimsoll_core::experiment::{Experiment, Replication, Task};

use crate::fault::{self, Fault};
use crate::progress::{self, Progress};

/// Computes all of an experiment. `name` is what messages call a task; one that panics is lost.
pub fn compute<E: Experiment>(
    experiment: &mut E,
    threads: usize,
    mut progress: Progress,
    name: impl Fn(&Task) -> String + Sync,
) {
    let (tasks, waiting) = mpsc::channel();
    let (results, finished) = mpsc::channel();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        // Dropped when this closure ends, and with it the workers.
        let tasks = tasks;
        for _ in 0..threads {
            let results = results.clone();
            scope.spawn(|| work(&waiting, results, &name));
        }
        let mut outstanding = 0;
        loop {
            // One more than there are hands, so that nobody waits for this thread.
            while outstanding <= threads
                && let Some(task) = experiment.next_task()
                && tasks.send(task).is_ok()
            {
                outstanding += 1;
            }
            if outstanding == 0 {
                break;
            }
            match finished.recv_timeout(progress::TICK) {
                Ok((task, result)) => {
                    outstanding -= 1;
                    learn(experiment, &task, result, &name);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            progress.show(experiment.progress());
        }
    });
    progress.clear();
}

/// What a task came to.
type Outcome = (Task, Result<Replication, Fault>);

/// A worker: one task after the other until there are no more.
fn work(waiting: &Mutex<Receiver<Task>>, results: Sender<Outcome>, name: &impl Fn(&Task) -> String) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = next else { return };
        let result = fault::contain(|| name(&task), || task.run());
        if results.send((task, result)).is_err() {
            return;
        }
    }
}

/// The experiment takes a result in; should it panic over it, the task is lost.
fn learn<E: Experiment>(
    experiment: &mut E,
    task: &Task,
    result: Result<Replication, Fault>,
    name: &impl Fn(&Task) -> String,
) {
    let learnt = result.and_then(|run| fault::contain(|| name(task), || experiment.learn(task, run)));
    if learnt.is_err() {
        experiment.lose(task);
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
    use std::sync::Arc;

    use plimsoll_core::experiment::{Progress as Share, Replications, Together};
    use plimsoll_core::scenario::Document;

    use super::*;

    /// An experiment whose second replication makes it panic.
    struct Faulty(Replications, bool);

    impl Experiment for Faulty {
        fn next_task(&mut self) -> Option<Task> {
            self.0.next_task()
        }
        fn learn(&mut self, task: &Task, run: Replication) {
            assert!(!self.1 || task.replication != 1, "on purpose");
            self.0.learn(task, run);
        }
        fn lose(&mut self, task: &Task) {
            self.0.lose(task);
        }
        fn is_done(&self) -> bool {
            self.0.is_done()
        }
        fn progress(&self) -> Share {
            self.0.progress()
        }
    }

    #[test]
    fn a_fault_in_one_run_leaves_the_others_unharmed() {
        let text = include_bytes!("../tests/scenarios/tiny.yaml");
        let document = Document::parse("tiny.yaml", text).expect("the scenario parses");
        let model = Arc::new(document.compile().expect("the scenario compiles").model);
        let run = |faulty| Faulty(Replications::fixed(Arc::clone(&model), 1, 5), faulty);
        let mut all = Together(vec![run(false), run(true), run(false)]);
        compute(&mut all, 2, Progress::start(true), |_| "a test".to_owned());
        let reports: Vec<_> = all.0.iter().map(|run| run.0.report()).collect();
        assert!(reports[0].is_some() && reports[0] == reports[2]);
        assert!(reports[1].is_none());
    }
}

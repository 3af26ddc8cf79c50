//! Goal: who computes an experiment, in which pieces and in which order, leaves no trace in what it comes to.
//!
//! Method: the same replications at one go, in slices of a few events, and with tasks that come back in
//! reverse; the reports must be equal in everything.

use std::sync::Arc;

use plimsoll_core::experiment::{Experiment, Replications, Task, Together, Worker, run};
use plimsoll_core::scenario::Document;
use plimsoll_core::{Model, Report};

/// Jobs on up to three nodes, with a claim.
fn model() -> Arc<Model> {
    let text = "{apiVersion: plimsoll/v1, name: jobs, start: 2026-01-01T00:00:00Z, duration: 6h,
        nodeGroups: {nodes: {allocatable: {cpu: 4, memory: 8Gi, pods: 9}, min: 1, max: 3, boot: 2m}},
        autoscaler: {}, workloads: {jobs: {arrivals: {perHour: 20}, lifetime: {exponential: 20m},
        pod: {resources: {requests: {cpu: 1}}}}}, checks: {few: max(pods.running) < 100}}";
    let document = Document::parse("jobs.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

fn finished(experiment: Replications, slice: u64) -> Report {
    let mut worker = Worker::new(experiment);
    let mut share = 0.0;
    while worker.work(slice) {
        assert!(worker.share() >= share || worker.experiment().progress().of > 20, "it goes forward");
        share = worker.share();
    }
    worker.experiment().report().expect("it is done").clone()
}

/// Slices of any size, and tasks that come back in any order, leave no trace.
#[test]
fn who_computes_and_in_which_pieces_does_not_matter() {
    let model = model();
    let whole = finished(Replications::fixed(Arc::clone(&model), 7, 5), u64::MAX);
    assert!(whole.summary["simulatedEvents"] > 100.0 && !whole.bands.is_empty(), "something happens");
    assert!(finished(Replications::fixed(Arc::clone(&model), 7, 5), 3) == whole);
    assert!(run(&model, 7, 5) == whole);
    let mut backwards = Replications::fixed(Arc::clone(&model), 7, 5);
    let mut tasks: Vec<Task> = std::iter::from_fn(|| backwards.next_task()).collect();
    assert_eq!(tasks.len(), 5);
    while let Some(task) = tasks.pop() {
        assert!(!backwards.is_done());
        backwards.learn(&task, task.run());
    }
    assert!(backwards.report() == Some(&whole));
}

#[test]
fn auto_stops_at_the_first_look_that_is_enough() {
    let model = model();
    let auto = |enough| finished(Replications::auto(Arc::clone(&model), 7, 60, enough), 1_000).replications;
    assert_eq!([auto(|_| true), auto(|report| report.replications >= 50), auto(|_| false)], [20, 50, 60]);
}

#[test]
fn a_loss_ends_its_own_experiment_only() {
    let model = model();
    let one = || Replications::fixed(Arc::clone(&model), 7, 2);
    let mut both = Together(vec![one(), one()]);
    let first = both.next_task().expect("a task");
    both.lose(&first);
    while let Some(task) = both.next_task() {
        both.learn(&task, task.run());
    }
    assert!(both.is_done());
    assert!(both.0[0].report().is_none() && both.0[1].report().is_some());
}

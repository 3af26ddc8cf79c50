//! Goal: who computes an experiment, in which pieces and in which order, leaves no trace in what it comes to.
//!
//! Method: the same replications at one go, in slices of a few events, and with tasks that come back in
//! reverse; the reports must be equal in everything.

use std::sync::Arc;

use plimsoll_core::experiment::{
    Axis, Comparison, Design, Experiment, Pairs, Replications, Rows, Sampling, Sweep, Task, Together, Worker,
    run,
};
use plimsoll_core::scenario::Document;
use plimsoll_core::{Model, Report};

/// Jobs on up to three nodes, with a claim.
fn model() -> Arc<Model> {
    Arc::new(document().compile().unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

fn document() -> Document {
    let text = "{apiVersion: plimsoll/v1, name: jobs, start: 2026-01-01T00:00:00Z, duration: 6h,
        nodeGroups: {nodes: {allocatable: {cpu: 4, memory: 8Gi, pods: 9}, min: 1, max: 3, boot: 2m}},
        autoscaler: {}, workloads: {jobs: {arrivals: {perHour: 20}, lifetime: {exponential: 20m},
        pod: {resources: {requests: {cpu: 1}}}}}, checks: {few: max(pods.running) < 100}}";
    Document::parse("jobs.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"))
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

/// What is shown on the way is what so many replications come to, and the end is the whole.
#[test]
fn what_is_known_on_the_way_is_a_report_of_fewer() {
    let model = model();
    let mut worker = Worker::new(Replications::fixed(Arc::clone(&model), 7, 6));
    let mut seen = 0;
    assert!(worker.experiment().report_so_far().is_none());
    while worker.work(100) {
        let Some(report) = worker.experiment().report_so_far() else { continue };
        if report.replications > seen {
            seen = report.replications;
            assert!(report == run(&model, 7, seen), "after {seen}");
        }
        assert!(worker.experiment().report().is_none(), "it is not done");
    }
    assert!(seen >= 5);
    assert_eq!(worker.experiment().report().cloned(), worker.experiment().report_so_far());
}

/// Pairs in slices are the comparison of both sides at one go, and there is one to see after every pair.
#[test]
fn a_comparison_grows_pair_by_pair() {
    let mut turned = document();
    turned.set("nodeGroups.nodes.max=2").unwrap_or_else(|wrong| panic!("{wrong}"));
    let (base, other) = (model(), Arc::new(turned.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model));
    let mut worker = Worker::new(Pairs::new(Arc::clone(&base), Arc::clone(&other), 7, 4));
    let mut seen = Vec::new();
    while worker.work(50) {
        let pairs = worker.experiment().comparison().map_or(0, |comparison| comparison.replications);
        if seen.last() != Some(&pairs) {
            seen.push(pairs);
        }
    }
    assert_eq!(seen, [0, 1, 2, 3]);
    let runs = |model: &Arc<Model>| {
        let mut worker = Worker::new(Replications::fixed(Arc::clone(model), 7, 4));
        while worker.work(u64::MAX) {}
        worker.into_experiment().into_runs()
    };
    let whole = Comparison::of(7, (&base, &runs(&base)), (&other, &runs(&other)));
    assert_eq!(worker.experiment().comparison(), Some(whole));
    assert_eq!(worker.share(), 1.0);

    let mut lost = Pairs::new(base, other, 7, 4);
    let task = lost.next_task().expect("a task");
    lost.lose(&task);
    assert!(lost.is_done() && lost.comparison().is_none());
}

/// Rows can be seen as they come, and a sweep that is cut short leaves those that are done.
#[test]
fn rows_are_there_as_soon_as_they_are_computed() {
    let axis = Axis::parse("nodeGroups.nodes.max=1..3").expect("an axis");
    let design = Design::new(vec![axis], Sampling::Grid, 7).expect("a design");
    let sweep = Arc::new(Sweep::new(document(), design, 7, 2));
    let mut worker = Worker::new(Rows::new(Arc::clone(&sweep), 0..sweep.rows()));
    while worker.work(50) && worker.experiment().row(2).is_none() {}
    let row = worker.experiment().row(2).expect("the third row").clone();
    assert_eq!((row.point, row.replication, row.values[0].as_str()), (1, 0, "2"));
    assert!(worker.experiment().row(5).is_none() && worker.experiment().row(6).is_none());
    while worker.work(50) {}
    let rows = worker.into_experiment().into_rows().expect("no mistake").expect("all rows");
    assert_eq!((rows.len(), &rows[2]), (6, &row));
}

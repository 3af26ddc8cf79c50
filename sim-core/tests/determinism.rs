//! Goal: a history depends on scenario, seed and replication and on nothing else: not on when it is
//! looked at, not on being copied midway, not on what runs beside it.
//!
//! Method: each way to run the same thing is written down change by change; the first change that differs
//! is named with its time, its number and both versions, so that a failure says where to look.
#![expect(
    clippy::disallowed_methods,
    reason = "tests run replications on threads, which callers of the core may"
)]

use std::sync::Arc;

use plimsoll_core::experiment::{Replication, run_replication};
use plimsoll_core::report::Report;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::{SimDuration, SimTime};
use plimsoll_core::world::Change;
use plimsoll_core::{Model, Simulation, trace};

const SEED: u64 = 7;
const SCENARIOS: [(&str, &str); 4] = [
    ("batch-day", include_str!("../../scenarios/batch-day.yaml")),
    ("hub-week", include_str!("../../scenarios/hub-week.yaml")),
    ("reddit-hug", include_str!("../../scenarios/incidents/2018-01-18-reddit-hug.yaml")),
    ("volume-locked", include_str!("../../scenarios/incidents/2018-03-13-hub-volume-locked.yaml")),
];

fn models() -> impl Iterator<Item = (&'static str, Arc<Model>)> {
    SCENARIOS.into_iter().map(|(name, text)| {
        let document = Document::parse(name, text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
        (name, Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model))
    })
}

/// A change in words, as somebody who compares two histories wants to read it.
type Line = (SimTime, String);

/// Goes on to `limit` and writes down what happens.
fn go_on(simulation: &mut Simulation, limit: SimTime, history: &mut Vec<Line>) {
    let model = simulation.model().clone();
    simulation.run_until(limit, &mut |at, change: Change, world| {
        let line = trace::line(&model, world, at, change);
        history.push((at, format!("{} {} {:?} {:?}", line.change, line.subject, line.node, line.value)));
    });
}

/// The history of a run in one go, with its digest.
fn in_one_go(model: &Arc<Model>) -> (Vec<Line>, u64) {
    let (mut history, mut simulation) = (Vec::new(), Simulation::new(Arc::clone(model), SEED, 0));
    go_on(&mut simulation, SimTime::MAX, &mut history);
    (history, simulation.digest())
}

fn assert_same(what: &str, expected: &(Vec<Line>, u64), found: &(Vec<Line>, u64)) {
    let differs = expected.0.iter().zip(&found.0).position(|(expected, found)| expected != found);
    if let Some(number) = differs {
        let (expected, found) = (&expected.0[number], &found.0[number]);
        panic!(
            "{what} (seed {SEED}): change {number} is the first that differs\n  {expected:?}\n  {found:?}"
        );
    }
    assert_eq!(expected.0.len(), found.0.len(), "{what} (seed {SEED}): one history is longer");
    assert_eq!(expected.1, found.1, "{what} (seed {SEED}): equal changes, digests differ");
}

#[test]
fn run_twice() {
    for (name, model) in models() {
        let first = in_one_go(&model);
        assert!(first.0.len() > 1_000, "{name}: something happens");
        assert_same(name, &first, &in_one_go(&model));
    }
}

#[test]
fn compiled_twice() {
    for ((name, model), (_, again)) in models().zip(models()) {
        assert_same(name, &in_one_go(&model), &in_one_go(&again));
    }
}

/// Stopping is not an event: slices of odd lengths, some of them empty, give what one go gives.
#[test]
fn in_slices() {
    for (name, model) in models() {
        let (mut history, mut simulation) = (Vec::new(), Simulation::new(Arc::clone(&model), SEED, 0));
        let mut limit = SimTime::ZERO;
        while limit < model.clock.horizon {
            go_on(&mut simulation, limit, &mut history);
            limit += SimDuration::from_micros(1_234_567_891);
            go_on(&mut simulation, limit, &mut history);
        }
        go_on(&mut simulation, SimTime::MAX, &mut history);
        assert_same(name, &in_one_go(&model), &(history, simulation.digest()));
    }
}

/// A copy taken midway goes the original's way, and leaves the original alone.
#[test]
fn cloned_midway() {
    for (name, model) in models() {
        let expected = in_one_go(&model);
        let (mut history, mut original) = (Vec::new(), Simulation::new(Arc::clone(&model), SEED, 0));
        for part in 1..5 {
            let middle = SimTime::from_micros(model.clock.horizon.as_micros() / 5 * part);
            go_on(&mut original, middle, &mut history);
            let (mut copy, mut copied) = (original.clone(), history.clone());
            go_on(&mut copy, SimTime::MAX, &mut copied);
            assert_same(&format!("{name}, the copy of {middle:?}"), &expected, &(copied, copy.digest()));
        }
        go_on(&mut original, SimTime::MAX, &mut history);
        assert_same(&format!("{name}, the original"), &expected, &(history, original.digest()));
    }
}

/// What was measured is cloned with the rest: a copy finishes with the same figures.
#[test]
fn a_copy_measures_the_same() {
    for (name, model) in models() {
        let mut original = Simulation::new(Arc::clone(&model), SEED, 0);
        original.run_until(SimTime::from_micros(model.clock.horizon.as_micros() / 2), &mut |_, _, _| {});
        assert_eq!(original.clone().run(), original.run(), "{name} (seed {SEED})");
    }
}

/// Replications computed backwards, or by four threads that take turns, give one report.
#[test]
fn in_any_order_and_on_any_thread() {
    const COUNT: u32 = 6;
    for (name, model) in models() {
        let report = |runs: &[Replication]| {
            serde_json::to_string(&Report::from_replications(&model, SEED, runs)).expect("a report is JSON")
        };
        let forwards: Vec<_> = (0..COUNT).map(|number| run_replication(&model, SEED, number)).collect();
        let mut backwards: Vec<_> =
            (0..COUNT).rev().map(|number| run_replication(&model, SEED, number)).collect();
        backwards.reverse();
        assert_eq!(report(&forwards), report(&backwards), "{name} backwards (seed {SEED})");
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let model = Arc::clone(&model);
                std::thread::spawn(move || {
                    let own = (0..COUNT).filter(|number| number % 4 == thread);
                    own.map(|number| (number, run_replication(&model, SEED, number))).collect::<Vec<_>>()
                })
            })
            .collect();
        let mut parallel: Vec<_> =
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect();
        parallel.sort_by_key(|(number, _)| *number);
        let parallel: Vec<_> = parallel.into_iter().map(|(_, run)| run).collect();
        assert_eq!(report(&forwards), report(&parallel), "{name} on four threads (seed {SEED})");
    }
}

/// Seeds and replications are other histories: nothing above would fail if the seed were ignored.
#[test]
fn seeds_and_replications_differ() {
    for (name, model) in models() {
        let digest = |seed, replication| run_replication(&model, seed, replication).digest;
        let digests = [digest(SEED, 0), digest(SEED, 1), digest(SEED + 1, 0), digest(SEED + 1, 1)];
        for (n, one) in digests.iter().enumerate() {
            assert!(!digests[..n].contains(one), "{name}: {digests:x?}");
        }
    }
}

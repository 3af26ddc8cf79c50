//! Goal: no scenario whatever makes the simulation panic, its books drift, its history break a law or
//! somebody wait for ever for what could be had.
//!
//! Method: swarm testing. Random whole scenarios, each with some features switched off altogether, run
//! with three checkers that share nothing with the code they check: the audit (every counter against a
//! recount), the ledger (legal lives, conservation, the report against the changes) and liveness (no
//! wake-up is missed). They look after each of the first events and after every hundredth from then on.
//!
//! Each case is a function of a seed and its number. A failure prints the scenario and the command that
//! repeats it. `PLIMSOLL_SWARM_SEED` (a number or a commit hash; CI gives the commit's, so that each
//! commit covers new ground), `PLIMSOLL_SWARM_RUNS` and `PLIMSOLL_SWARM_CASE` choose.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read the environment and say how to repeat"
)]

mod dice;
mod ledger;
mod liveness;
mod scenario;

use std::sync::Arc;

use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{Change, World};
use plimsoll_core::{Model, Simulation, trace};

use dice::{Dice, seed_of};
use ledger::Ledger;
use liveness::Liveness;

const DEFAULT_SEED: &str = "20180118";
const DEFAULT_RUNS: u64 = 200;
/// Events after each of which everything is checked.
const CLOSELY: u64 = 2_500;
/// From then on, after every so many.
const FROM_TIME_TO_TIME: u64 = 100;

#[test]
fn any_scenario_runs_clean() {
    let environment = |name: &str| std::env::var(name).ok();
    let seed_text = environment("PLIMSOLL_SWARM_SEED").unwrap_or_else(|| DEFAULT_SEED.into());
    let number = |name: &str| environment(name).map(|text| text.parse().expect("a number"));
    let cases = match number("PLIMSOLL_SWARM_CASE") {
        Some(case) => case..case + 1,
        None => 0..number("PLIMSOLL_SWARM_RUNS").unwrap_or(DEFAULT_RUNS),
    };
    eprintln!("seed {seed_text}, cases {cases:?}");
    let mut events = 0;
    for case in cases {
        let mut dice = Dice::new(seed_of(&seed_text), case);
        let text = scenario::write(&mut dice);
        let run_seed = dice.next();
        let replay = Replay { seed: &seed_text, case, text: &text, run_seed };
        events += run(&text, run_seed);
        drop(replay);
    }
    eprintln!("{events} events");
}

/// Says how to repeat a case that fails, assertions of the core included.
struct Replay<'a> {
    seed: &'a str,
    case: u64,
    text: &'a str,
    run_seed: u64,
}

impl Drop for Replay<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, case, text, run_seed } = self;
            eprintln!(
                "{text}\nthis scenario failed with seed {run_seed}; to repeat it: PLIMSOLL_SWARM_SEED={seed} PLIMSOLL_SWARM_CASE={case} \
                 cargo test -p plimsoll-core --test swarm"
            );
        }
    }
}

/// Runs a scenario under all checkers; returns the number of events.
fn run(text: &str, seed: u64) -> u64 {
    let document = Document::parse("swarm.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
    let mut simulation = Simulation::new(Arc::clone(&model), seed, 0);
    let mut ledger = Ledger::new(&model);
    let mut liveness = Liveness::default();
    let mut events = 0;
    let mut history = History::default();
    while step(&mut simulation, &model, &mut ledger, &mut history) {
        events += 1;
        let closely = events < CLOSELY;
        if closely || events % FROM_TIME_TO_TIME == 0 {
            let mut faults = simulation.audit();
            faults.extend(liveness.look(simulation.world(), &model, &ledger, closely));
            stop_at(&faults, &simulation, &history);
        }
        stop_at(&ledger.take_faults(), &simulation, &history);
    }
    ledger.close(simulation.world(), &model);
    stop_at(&simulation.audit(), &simulation, &history);
    let end = simulation.clone();
    let (measured, _) = simulation.finish();
    ledger.compare(|name| measured.summary.get(name).copied(), &model);
    stop_at(&ledger.take_faults(), &end, &history);
    events
}

/// The last changes, for whoever has to find out what led to a fault.
#[derive(Default)]
struct History(std::collections::VecDeque<String>);

impl History {
    fn enter(&mut self, at: SimTime, change: Change, world: &World, model: &Model) {
        let line = trace::line(model, world, at, change);
        let text = [Some(line.subject), line.node, line.reason.map(Into::into)].into_iter().flatten();
        self.0.push_back(format!("{at:?} {change:?} {}", text.collect::<Vec<_>>().join(" ")));
        if self.0.len() > 60 {
            self.0.pop_front();
        }
    }
}

fn step(simulation: &mut Simulation, model: &Model, ledger: &mut Ledger, history: &mut History) -> bool {
    let watcher = &mut |at, change, world: &World| {
        history.enter(at, change, world, model);
        ledger.enter(at, change, world, model);
    };
    simulation.step(SimTime::MAX, watcher).is_some()
}

fn stop_at(faults: &[String], simulation: &Simulation, history: &History) {
    assert!(
        faults.is_empty(),
        "at {:?}, after {} events:\n{}\nwhat came before:\n{}",
        simulation.world().now(),
        simulation.events_fired(),
        faults.join("\n"),
        history.0.iter().cloned().collect::<Vec<_>>().join("\n"),
    );
}

//! Goal: no scenario whatever makes the simulation panic, its books drift, its history break a law or
//! somebody wait for ever for what could be had.
//!
//! Method: swarm testing. Random whole scenarios, each with some features switched off altogether, run
//! with three checkers that share nothing with the code they check: the audit (every counter against a
//! recount), the ledger (legal lives, conservation, the report against the changes) and liveness (no
//! wake-up is missed). They look after each event of a stretch that begins somewhere else in each case, and
//! after every fiftieth event before and behind it.
//!
//! Each case is a function of a seed and its number. A failure prints the scenario and the command that
//! repeats it. `PLIMSOLL_SWARM_SEED` (a number or a commit hash, whose
//! scenarios nobody has seen yet), `PLIMSOLL_SWARM_RUNS` and `PLIMSOLL_SWARM_CASE` choose.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read the environment and say how to repeat"
)]

mod dice;
mod ledger;
mod liveness;
mod scenario;
mod seed;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{Change, World};
use plimsoll_core::{Model, Simulation, trace};

use dice::Dice;
use ledger::Ledger;
use liveness::Liveness;
use seed::seed_of;

const DEFAULT_SEED: &str = "20180118";
const DEFAULT_RUNS: u64 = 200;
/// Events after each of which everything is checked.
const CLOSELY: u64 = 600;
/// Where their stretch may begin.
const CLOSELY_FROM: u64 = 2_000;
/// Elsewhere, after every so many.
const FROM_TIME_TO_TIME: u64 = 50;

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
    let (next, events) = (AtomicU64::new(cases.start), AtomicU64::new(0));
    let work = || {
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if !cases.contains(&case) {
                return;
            }
            let mut dice = Dice::new(seed_of(&seed_text), case);
            let text = scenario::write(&mut dice, false);
            let run_seed = dice.next();
            let replay = Replay { seed: &seed_text, case, text: &text, run_seed };
            events.fetch_add(run(&text, run_seed), Ordering::Relaxed);
            drop(replay);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    eprintln!("{} events", events.into_inner());
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

/// Runs a scenario under all checkers; returns the number of events. One that fails is run again, to tell what
/// led to it.
fn run(text: &str, seed: u64) -> u64 {
    watch(text, seed, None).unwrap_or_else(|faults| {
        let mut history = History::default();
        let again = watch(text, seed, Some(&mut history)).expect_err("the same history");
        assert_eq!(faults, again, "the same history");
        panic!("{faults}\nwhat came before:\n{}", history.0.into_iter().collect::<Vec<_>>().join("\n"))
    })
}

fn watch(text: &str, seed: u64, mut history: Option<&mut History>) -> Result<u64, String> {
    let document = Document::parse("swarm.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
    let mut simulation = Simulation::new(Arc::clone(&model), seed, 0);
    let mut ledger = Ledger::new(&model);
    let mut liveness = Liveness::default();
    let mut events = 0;
    let closely_from = seed % CLOSELY_FROM;
    while step(&mut simulation, &model, &mut ledger, history.as_deref_mut()) {
        events += 1;
        let closely = (closely_from..closely_from + CLOSELY).contains(&events);
        if closely || events % FROM_TIME_TO_TIME == 0 {
            let mut faults = simulation.audit();
            faults.extend(liveness.look(simulation.world(), &model, &ledger, closely));
            stop_at(&faults, &simulation)?;
        }
        stop_at(&ledger.take_faults(), &simulation)?;
    }
    ledger.close(simulation.world(), &model);
    stop_at(&simulation.audit(), &simulation)?;
    let end = simulation.clone();
    let (measured, _) = simulation.finish();
    ledger.compare(|name| measured.summary.get(name).copied(), &model);
    stop_at(&ledger.take_faults(), &end)?;
    Ok(events)
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

fn step(
    simulation: &mut Simulation,
    model: &Model,
    ledger: &mut Ledger,
    mut history: Option<&mut History>,
) -> bool {
    let watcher = &mut |at, change, world: &World| {
        if let Some(history) = &mut history {
            history.enter(at, change, world, model);
        }
        ledger.enter(at, change, world, model);
    };
    simulation.step(SimTime::MAX, watcher).is_some()
}

fn stop_at(faults: &[String], simulation: &Simulation) -> Result<(), String> {
    if faults.is_empty() {
        return Ok(());
    }
    let (now, fired) = (simulation.world().now(), simulation.events_fired());
    Err(format!("at {now:?}, after {fired} events:\n{}", faults.join("\n")))
}

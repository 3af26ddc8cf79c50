//! Goal: the fast path of placement gives what the naive one gives: the same node, the same feasible nodes
//! with the same scores, or the same "nowhere".
//!
//! Method: swarm testing. Random clusters, each with some features switched off altogether, live for some
//! dozens of steps: pods of a few kinds are placed, end, are deleted or preempt others; nodes join, leave,
//! are cordoned, tainted, labelled and given images; services and namespaces change. Before each placement
//! both paths are asked. The index lives as long as its cluster, so a step that it missed shows later.
//!
//! Each cluster is a function of a seed and its number. A failure prints the command that repeats it.
//! `PLIMSOLL_PLACEMENT_SEED` (a number or a commit hash, whose clusters
//! nobody has seen yet), `PLIMSOLL_PLACEMENT_RUNS` and `PLIMSOLL_PLACEMENT_CASE` choose.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read the environment and say how to repeat"
)]

mod alike;
mod cluster;
#[path = "../swarm/dice.rs"]
mod dice;
mod kinds;
#[path = "../swarm/seed.rs"]
mod seed;

use dice::Dice;
use seed::seed_of;

#[test]
fn fast_equals_naive_among_hundreds_alike() {
    let seed = std::env::var("PLIMSOLL_PLACEMENT_SEED").unwrap_or_else(|_| DEFAULT_SEED.into());
    eprintln!("seed {seed}");
    alike::crowd(&mut Dice::new(seed_of(&seed), 0));
}

const DEFAULT_SEED: &str = "20180118";
/// Clusters in a release build; a debug build is some thirty times slower.
const RUNS: u64 = if cfg!(debug_assertions) { 300 } else { 10_000 };

#[test]
fn fast_equals_naive() {
    let environment = |name: &str| std::env::var(name).ok();
    let seed = environment("PLIMSOLL_PLACEMENT_SEED").unwrap_or_else(|| DEFAULT_SEED.into());
    let number = |name: &str| environment(name).map(|text| text.parse().expect("a number"));
    let cases = match number("PLIMSOLL_PLACEMENT_CASE") {
        Some(case) => case..case + 1,
        None => 0..number("PLIMSOLL_PLACEMENT_RUNS").unwrap_or(RUNS),
    };
    eprintln!("seed {seed}, clusters {cases:?}");
    let mut asked = cluster::Asked::default();
    for case in cases {
        let replay = Replay { seed: &seed, case };
        cluster::live(&mut Dice::new(seed_of(&seed), case), &mut asked);
        drop(replay);
    }
    eprintln!("{asked:?}");
    asked.check();
}

/// Says how to repeat a cluster that fails, assertions of the core included.
struct Replay<'a> {
    seed: &'a str,
    case: u64,
}

impl Drop for Replay<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, case } = self;
            eprintln!(
                "to repeat it: PLIMSOLL_PLACEMENT_SEED={seed} PLIMSOLL_PLACEMENT_CASE={case} cargo test -p \
                 plimsoll-core --test placement_index"
            );
        }
    }
}

//! Goal: a 95 % interval holds the truth 95 times in a hundred, where queueing theory knows the truth.
//!
//! Method: the mean wait of M/M/5, the blocking of M/G/10/10 and the mean number in M/G/infinity, each with 10
//! replications under many seeds; the formula must lie in the report's interval for 93 to 97 % of them, or, with
//! few seeds, for as many as chance allows (three and a half standard deviations). The rule of
//! `--replications auto` is tried where it is hardest, with a claim that is the truth itself: every verdict is
//! then wrong, and the interval at the stop misses the formula whenever there is one. Where the claim is easier
//! to tell, its intervals, made for any rule of stopping, may hold the formula more often, never less.
//!
//! By default a few seeds, so that it takes seconds. The proof is 2,000 of them, and takes a while:
//! `PLIMSOLL_COVERAGE_SEEDS=2000 cargo test --release -p plimsoll-core --test coverage -- --nocapture`
#![allow(clippy::print_stderr, reason = "the figures are worth seeing")]
#![expect(clippy::disallowed_methods, reason = "the ban is on the core; a test may use all cores")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_core::experiment::{LOOKS, Replications, Worker, run_replication};
use plimsoll_core::scenario::Document;
use plimsoll_core::{Model, Report};

const REPLICATIONS: u32 = 10;
/// What a server is held for, as `tests/analytic.rs` explains, in seconds, and launches in an hour.
const HOLDING: f64 = 1.0 + 7_200.0 + 60.0 + 30.0;
const PER_HOUR: f64 = 4.0;

fn seeds() -> u64 {
    let asked = std::env::var("PLIMSOLL_COVERAGE_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    asked.unwrap_or(if cfg!(debug_assertions) { 4 } else { 100 })
}

fn model(text: &str) -> Arc<Model> {
    let document =
        Document::parse("coverage.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

/// Share of arrivals lost with `servers` servers and `load` erlangs, by the stable recursion.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked))
}

/// M/M/5 with a load of 3.75: mean wait in seconds by Erlang C.
fn mean_wait() -> f64 {
    let (servers, load) = (5.0, 3.75);
    let blocked = erlang_b(5, load);
    let waits = servers * blocked / (servers - load * (1.0 - blocked));
    waits / (servers - load) * 3_600.0
}

fn queue(claim: &str) -> Arc<Model> {
    model(&format!(
        "{{apiVersion: plimsoll/v1, name: M/M/5, start: 2026-01-01T00:00:00Z, duration: 40d, warmUp: 5d,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 1, memory: 1Gi, pods: 1}}, min: 5, max: 5}}}},
          workloads: {{jobs: {{arrivals: {{perHour: 3.75}}, lifetime: {{exponential: 1h}}, startup: 0,
            pod: {{resources: {{requests: {{cpu: 1}}}}}}}}}},
          checks: {{claim: '{claim}'}}}}"
    ))
}

fn hub(active: &str, limit: u32, claim: &str) -> Arc<Model> {
    model(&format!(
        "{{apiVersion: plimsoll/v1, name: a hub as a queue, start: 2026-01-01T00:00:00Z, duration: 20d, warmUp: 3d,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 64, memory: 512Gi, pods: 200}}, min: 1, max: 1}}}},
          hub: {{singleuser: {{startup: 0, httpStart: 1s}}, activeServerLimit: {limit}, concurrentSpawnLimit: 1000,
            cull: {{every: 60s, timeout: 60s}}}},
          audience: {{users: {{arrivals: {{perHour: {PER_HOUR}}}, session: {{active: {active}}}}}}},
          checks: {{claim: '{claim}'}}}}"
    ))
}

/// How many seeds give a report whose interval holds the truth, on all cores.
fn covered(truth: f64, report: impl Fn(u64) -> Report + Sync) -> u64 {
    let (next, hits) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds() {
                        return;
                    }
                    let interval = report(seed).checks[0].interval.expect("several replications");
                    let holds = (interval.low..=interval.high).contains(&truth);
                    hits.fetch_add(u64::from(holds), Ordering::Relaxed);
                }
            });
        }
    });
    hits.into_inner()
}

fn fixed(model: &Arc<Model>) -> impl Fn(u64) -> Report + Sync {
    move |seed| {
        let runs: Vec<_> = (0..REPLICATIONS).map(|number| run_replication(model, seed, number)).collect();
        Report::from_replications(model, seed, &runs)
    }
}

fn assert_covers(what: &str, hits: u64, at_most: f64) {
    let count = seeds() as f64;
    let share = hits as f64 / count;
    eprintln!("{what}: {hits} of {count} intervals hold the formula, {:.1} %", share * 100.0);
    let chance = 3.5 * (0.95 * 0.05 / count).sqrt();
    let low = if count >= 1_000.0 { 0.93 } else { 0.95 - chance };
    let high = if count >= 1_000.0 { at_most } else { 1.0 };
    assert!((low..=high).contains(&share), "{what}: {share}");
}

#[test]
fn intervals_of_waits_hold_erlang_c() {
    let model = queue("mean(pods.wait) < 1s");
    assert_covers("mean wait of M/M/5", covered(mean_wait(), fixed(&model)), 0.97);
}

#[test]
fn intervals_of_success_hold_erlang_b() {
    let model = hub("{lognormal: {median: 5400s, sigma: 0.758528}}", 10, "mean(launch.success) < 1%");
    let truth = 1.0 - erlang_b(10, PER_HOUR * HOLDING / 3_600.0);
    assert_covers("success of M/G/10/10", covered(truth, fixed(&model)), 0.97);
}

#[test]
fn intervals_of_numbers_hold_the_load() {
    let model = hub("{weibull: {scale: 3600s, shape: 0.5}}", 0, "mean(servers.ready) < 1");
    let truth = PER_HOUR * (HOLDING - 1.0) / 3_600.0;
    assert_covers("number in M/G/infinity", covered(truth, fixed(&model)), 0.97);
}

/// The report at which `--replications auto` stops, with so many looks at most.
fn auto(model: &Arc<Model>, looks: usize) -> impl Fn(u64) -> Report + Sync {
    move |seed| {
        let most = LOOKS[looks - 1];
        let mut worker = Worker::new(Replications::auto(Arc::clone(model), seed, most, Report::is_decided));
        while worker.work(u64::MAX) {}
        worker.experiment().report().expect("it is done").clone()
    }
}

/// The claim is a fifth above the truth, so that it takes one look or several to tell.
#[test]
fn intervals_of_auto_hold_erlang_c_whenever_they_stop() {
    let model = queue(&format!("mean(pods.wait) < {}s", (mean_wait() * 1.2) as u64));
    assert_covers("mean wait of M/M/5, auto", covered(mean_wait(), auto(&model, 5)), 1.0);
}

/// The claim is the truth. A short M/M/infinity, begun long before it is measured; its mean number over time
/// is without bias however short, and its replications are cheap enough for all looks, up to 5,000, in the
/// proof; the short form has the first five.
#[test]
fn intervals_of_auto_hold_the_load_that_is_claimed() {
    let looks = if seeds() >= 1_000 { LOOKS.len() } else { 5 };
    // A session, the last second of it, the culler's timeout and half its period, as `tests/analytic.rs` explains.
    let truth = PER_HOUR * (900.0 + 60.0 + 30.0) / 3_600.0;
    let model = model(&format!(
        "{{apiVersion: plimsoll/v1, name: a hub as a queue, start: 2026-01-01T00:00:00Z, duration: 2h, warmUp: 3h,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 64, memory: 512Gi, pods: 200}}, min: 1, max: 1}}}},
          hub: {{singleuser: {{startup: 0, httpStart: 1s}}, concurrentSpawnLimit: 1000,
            cull: {{every: 60s, timeout: 60s}}}},
          audience: {{users: {{arrivals: {{perHour: {PER_HOUR}}}, session: {{active: {{exponential: 15m}}}}}}}},
          checks: {{claim: 'mean(servers.ready) < {truth}'}}}}"
    ));
    assert_covers("number in M/M/infinity, auto, claimed", covered(truth, auto(&model, looks)), 0.97);
}

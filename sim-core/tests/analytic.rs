//! Goal: where queueing theory knows the answer, the simulation gives it: Little's law, Erlang C (delay),
//! Erlang B (loss) and the infinite server.
//!
//! Method: a scenario that is the textbook's queue in Kubernetes' words, 32 replications, and Student's
//! interval of their mean at 99.9 %. The formula must lie inside; so that a wide interval proves nothing,
//! the formula for one server more and for one fewer must lie outside. The seed is fixed: a failure is a
//! change of behaviour, never bad luck. To repeat: `cargo test --release -p plimsoll-core --test analytic`
//!
//! What is not the textbook, and how much it is: a pod that finds no room may be retried only when its
//! back-off is over (era k8s-1.36: at most 10 s, and the flush a second later). It matters to the few pods
//! for which room appears within those seconds, and then costs under 11 s of waits of about an hour:
//! below 0.3 %, an order below the half-width of the intervals.
#![allow(clippy::print_stderr, reason = "the figures are worth seeing")]

use std::sync::Arc;

use plimsoll_core::experiment::run_replication;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::{SimDuration, SimTime};
use plimsoll_core::{Model, Simulation};

const SEED: u64 = 1917;
const REPLICATIONS: u32 = 32;
/// Student's t for 31 degrees of freedom, two-sided 99.9 %.
const T: f64 = 3.633;

#[derive(Clone, Copy, Debug)]
struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        assert_eq!(values.len() as u32, REPLICATIONS, "T is for this many");
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let half_width = T * (squares / (count - 1.0) / count).sqrt();
        Self { low: mean - half_width, high: mean + half_width }
    }

    fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

fn model(text: &str) -> Arc<Model> {
    let document =
        Document::parse("analytic.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

/// For each check of the scenario, its value in each replication.
fn replicate(text: &str) -> Vec<Vec<f64>> {
    let model = model(text);
    let mut values = vec![Vec::new(); model.checks.len()];
    for number in 0..REPLICATIONS {
        let run = run_replication(&model, SEED, number);
        for (column, value) in values.iter_mut().zip(run.measured.values) {
            column.push(value.expect("every replication has it"));
        }
    }
    values
}

/// Asserts that the interval of `values` tells `formula` from its neighbours.
fn assert_tells_apart(what: &str, values: &[f64], formula: f64, neighbours: [f64; 2]) {
    let interval = Interval::of(values);
    eprintln!("{what}: formula {formula:.5}, found {:.5} to {:.5}", interval.low, interval.high);
    assert!(interval.holds(formula), "{what}: {formula} is not in {interval:?} (seed {SEED})");
    for neighbour in neighbours {
        assert!(!interval.holds(neighbour), "{what}: {interval:?} is too wide, it holds {neighbour} as well");
    }
}

/// Share of arrivals lost with `servers` servers and `load` erlangs, by the stable recursion.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked))
}

/// Share of arrivals that wait.
fn erlang_c(servers: u32, load: f64) -> f64 {
    let (blocked, n) = (erlang_b(servers, load), f64::from(servers));
    n * blocked / (n - load * (1.0 - blocked))
}

#[test]
fn erlangs_formulas_are_the_tables() {
    // Known values: 10 erlangs on 15 servers, 8 on 10.
    assert!((erlang_b(15, 10.0) - 0.036_497).abs() < 1e-6, "{}", erlang_b(15, 10.0));
    assert!((erlang_c(10, 8.0) - 0.409_180).abs() < 1e-6, "{}", erlang_c(10, 8.0));
}

/// M/M/5: five nodes of one pod each, 3.75 pods an hour that work for an hour.
#[test]
fn pods_wait_as_erlang_c_says() {
    const SERVERS: u32 = 5;
    const LOAD: f64 = 3.75;
    let values = replicate(
        "{apiVersion: plimsoll/v1, name: Erlang C, start: 2026-01-01T00:00:00Z, duration: 100d, warmUp: 5d,
          nodeGroups: {nodes: {allocatable: {cpu: 1, memory: 1Gi, pods: 1}, min: 5, max: 5}},
          workloads: {jobs: {arrivals: {perHour: 3.75}, lifetime: {exponential: 1h}, startup: 0,
            pod: {resources: {requests: {cpu: 1}}}}},
          checks: {
            wait: 'mean(pods.wait) = 0', unschedulable: 'count(pods.unschedulable) = 0',
            created: 'count(pods.created) = 0', pending: 'mean(pods.pending) = 0',
            running: 'mean(pods.running) = 0'}}",
    );
    let [wait, unschedulable, created, pending, running] = values.as_slice() else { panic!("five checks") };
    let waits: Vec<f64> = unschedulable.iter().zip(created).map(|(some, all)| some / all).collect();
    let share = |servers| erlang_c(servers, LOAD);
    assert_tells_apart("share that waits", &waits, share(SERVERS), [share(SERVERS - 1), share(SERVERS + 1)]);
    let mean_wait = |servers| erlang_c(servers, LOAD) / (f64::from(servers) - LOAD) * 3600.0;
    let neighbours = [mean_wait(SERVERS - 1), mean_wait(SERVERS + 1)];
    assert_tells_apart("mean wait in seconds", wait, mean_wait(SERVERS), neighbours);
    let queue = |servers| erlang_c(servers, LOAD) * LOAD / (f64::from(servers) - LOAD);
    assert_tells_apart("mean queue", pending, queue(SERVERS), [queue(SERVERS - 1), queue(SERVERS + 1)]);
    assert_tells_apart("mean busy", running, LOAD, [LOAD - 0.25, LOAD + 0.25]);
}

/// What a server of the loss and infinite scenarios holds its place for, in seconds: an answer after one
/// second, work of two hours on average, a minute idle, and half a round of the culler.
const HOLDING: f64 = 1.0 + 7_200.0 + 60.0 + 30.0;
const PER_HOUR: f64 = 4.0;

fn hub(active: &str, limit: u32) -> String {
    format!(
        "{{apiVersion: plimsoll/v1, name: a hub as a queue, start: 2026-01-01T00:00:00Z, duration: 60d, warmUp: 3d,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 64, memory: 512Gi, pods: 200}}, min: 1, max: 1}}}},
          hub: {{singleuser: {{startup: 0, httpStart: 1s}}, activeServerLimit: {limit}, concurrentSpawnLimit: 1000,
            cull: {{every: 60s, timeout: 60s}}}},
          audience: {{users: {{arrivals: {{perHour: {PER_HOUR}}}, session: {{active: {active}}}}}}},
          checks: {{success: 'mean(launch.success) = 0', servers: 'mean(servers.ready) = 0'}}}}"
    )
}

/// M/G/10/10: a hub that refuses the eleventh server, and users who do not come back. Erlang's loss formula
/// holds for any law of the holding time, so a lognormal is used: nothing but the mean may matter.
#[test]
fn launches_are_refused_as_erlang_b_says() {
    const LIMIT: u32 = 10;
    let values = replicate(&hub("{lognormal: {median: 5400s, sigma: 0.758528}}", LIMIT));
    let blocked: Vec<f64> = values[0].iter().map(|success| 1.0 - success).collect();
    let load = PER_HOUR * HOLDING / 3600.0;
    let formula = |limit| erlang_b(limit, load);
    assert_tells_apart("share refused", &blocked, formula(LIMIT), [formula(LIMIT - 1), formula(LIMIT + 1)]);
    let carried = |limit| load * (1.0 - erlang_b(limit, load)) - spawning();
    assert_tells_apart("servers", &values[1], carried(LIMIT), [carried(LIMIT - 1), carried(LIMIT + 1)]);
}

/// Servers that do not answer yet, on average, without a limit: one second each.
fn spawning() -> f64 {
    PER_HOUR / 3600.0
}

/// M/G/infinity: without a limit the number of servers is Poisson, whatever the law of the work: its mean
/// is the load, and so is its variance.
#[test]
fn unlimited_servers_are_poisson() {
    let text = hub("{weibull: {scale: 3600s, shape: 0.5}}", 0);
    let load = PER_HOUR * HOLDING / 3600.0;
    assert_tells_apart("servers", &replicate(&text)[1], load - spawning(), [load - 0.5, load + 0.5]);
    let model = model(&text);
    let mut variances = Vec::new();
    for number in 0..REPLICATIONS {
        let mut simulation = Simulation::new(Arc::clone(&model), SEED, number);
        let instants = 1..=60;
        let counts: Vec<f64> = instants.map(|day| servers_at(&mut simulation, day)).collect();
        // Around the known mean, so that the estimate has no bias.
        variances.push(counts.iter().map(|n| (n - load) * (n - load)).sum::<f64>() / counts.len() as f64);
    }
    assert_tells_apart("variance", &variances, load, [load / 1.3, load * 1.3]);
}

/// How many servers there are `day` days after the warm-up, less half a round: the middle of what rounds do.
fn servers_at(simulation: &mut Simulation, day: u64) -> f64 {
    let at = SimTime::ZERO + SimDuration::from_secs((day + 3) * 86_400 - 30);
    simulation.run_until(at, &mut |_, _, _| {});
    let services = simulation.world().services();
    f64::from(services.ready + services.spawning)
}

/// Little's law needs no law at all: a cluster that grows and shrinks, two kinds of pods that wait for it,
/// priorities, heavy tails. L = lambda W for each kind; the intervals are of L / (lambda W).
#[test]
fn little_holds_on_a_cluster_that_scales() {
    let values = replicate(
        "{apiVersion: plimsoll/v1, name: Little, start: 2026-01-01T00:00:00Z, duration: 30d, warmUp: 2d,
          nodeGroups: {nodes: {allocatable: {cpu: 4, memory: 16Gi, pods: 20}, min: 1, max: 6,
            boot: {lognormal: {median: 2m, p95: 5m}}}},
          autoscaler: {},
          workloads: {
            short: {arrivals: {perHour: 60}, lifetime: {lognormal: {median: 5m, p95: 30m}},
              pod: {resources: {requests: {cpu: 500m, memory: 1Gi}}, priority: 10}},
            long: {arrivals: {perHour: 2}, lifetime: {weibull: {scale: 2h, shape: 0.7}},
              pod: {resources: {requests: {cpu: 2, memory: 4Gi}}}}},
          checks: {
            L1: 'mean(pods.total{workload=short}) = 0', n1: 'count(pods.created{workload=short}) = 0',
            W1: 'mean(pods.lifetime{workload=short}) = 0',
            L2: 'mean(pods.total{workload=long}) = 0', n2: 'count(pods.created{workload=long}) = 0',
            W2: 'mean(pods.lifetime{workload=long}) = 0',
            queued: 'mean(pods.pending) = 0'}}",
    );
    let seconds = 30.0 * 86_400.0;
    for (kind, width) in [(0, 0.005), (1, 0.05)] {
        let [number, created, time] = &values[3 * kind..3 * kind + 3] else { panic!("three checks each") };
        let ratios: Vec<f64> =
            (0..number.len()).map(|n| number[n] / (created[n] / seconds * time[n])).collect();
        assert_tells_apart("L / (lambda W)", &ratios, 1.0, [1.0 - width, 1.0 + width]);
    }
    let queued = values[6].iter().sum::<f64>() / f64::from(REPLICATIONS);
    assert!(queued > 0.05, "a law about waiting is not tested where nobody waits: {queued} pending");
}

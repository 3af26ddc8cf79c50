//! Goal: the analytic chance that a node runs out of memory is that of simulated nodes. Method: for a grid of QoS mixes
//! and of thresholds, 100,000 nodes are drawn through the code that containers draw their use with, and all counts
//! together must be as the chances say, at 99.9 %.

use plimsoll_core::engine::random::member;
use plimsoll_core::engine::{Purpose, Random};
use plimsoll_core::model::memory::Container;
use plimsoll_core::model::node_risk::Sum;
use plimsoll_core::model::{Distribution, Usage};
use plimsoll_core::time::SimTime;

const NODES: u64 = 100_000;
const MIB: f64 = (1 << 20) as f64;
/// Chances that thresholds are chosen for.
const AIMS: [f64; 6] = [0.5, 0.2, 0.05, 1e-2, 1e-3, 1e-4];

fn container(level: Distribution, limit: Option<f64>) -> Container {
    let memory = Some(Usage { level, ramp: None, leak: None, spikes: None });
    Container { memory, limit: limit.map(|mib| (mib * MIB) as u64), ..Container::default() }
}

/// Users as measured, without and with a limit; Burstable services; Guaranteed ones; batch with a heavy tail.
fn mixes() -> Vec<(&'static str, Vec<(Container, u32)>)> {
    let normal = plimsoll_core::model::distribution::standard_normal_quantile;
    let users = || {
        let point = |share, mib: f64| (normal(share), libm::log(mib * MIB));
        Distribution::Quantiles(vec![point(0.5, 110.0), point(0.98, 300.0), point(0.995, 1024.0)])
    };
    let service = || Distribution::Lognormal { mu: libm::log(300.0 * MIB), sigma: 0.3 };
    let steady = || Distribution::Uniform { low: 200.0 * MIB, high: 400.0 * MIB };
    let batch = || Distribution::Pareto { least: 50.0 * MIB, shape: 2.5 };
    vec![
        ("BestEffort users", vec![(container(users(), None), 20)]),
        ("Burstable users with a limit", vec![(container(users(), Some(512.0)), 20)]),
        ("Guaranteed", vec![(container(steady(), Some(400.0)), 12)]),
        ("services and users", vec![(container(service(), Some(1024.0)), 5), (container(users(), None), 10)]),
        ("batch", vec![(container(batch(), None), 8), (container(steady(), Some(400.0)), 3)]),
    ]
}

/// The use of each of so many nodes.
fn simulated(mix: &[(Container, u32)], subject: u64) -> Vec<u64> {
    let random = Random::new(20_181_010, 0);
    let node = |node: u64| {
        let mut sum = 0;
        let mut nth = 0;
        for (container, count) in mix {
            for _ in 0..*count {
                nth += 1;
                let subject = member(member(subject, node), nth);
                let draw = |nth| random.unit(Purpose::MemoryUse, subject, nth);
                let (_, part) = container.memory.as_ref().expect("used").begin(SimTime::ZERO, &draw);
                sum += part.line.amount(SimTime::ZERO).min(container.limit.unwrap_or(u64::MAX));
            }
        }
        sum
    };
    (0..NODES).map(node).collect()
}

#[test]
fn chances_are_those_of_a_hundred_thousand_nodes() {
    // Two-sided normal quantile for 0.1 % over all cells together (Bonferroni): 5 mixes x 6 aims.
    let bound = 4.15;
    let mut faults = Vec::new();
    for (subject, (name, mix)) in mixes().into_iter().enumerate() {
        let sorted = |subject: u64| {
            let mut uses = simulated(&mix, subject);
            uses.sort_unstable();
            uses
        };
        let (uses, others) = (sorted(subject as u64), sorted(1_000 + subject as u64));
        for aim in AIMS {
            // Where the chance is about what it is to be, other nodes say, so that the threshold is not fitted.
            let place = (((1.0 - aim) * NODES as f64) as usize).min(others.len() - 5);
            let threshold = others[place];
            let chance = mix
                .iter()
                .fold(Sum::nothing(threshold), |sum, (container, count)| {
                    sum.plus(&Sum::of(container, threshold).times(*count))
                })
                .exceeds();
            let hits = (uses.len() - uses.partition_point(|used| *used < threshold)) as f64;
            let expected = chance * NODES as f64;
            let error = libm::sqrt((expected * (1.0 - chance)).max(1.0));
            let distance = (hits - expected) / error;
            if distance.abs() > bound {
                faults.push(format!("{name}, {aim}: {hits} of {expected:.1} expected, {distance:.1} sigmas"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

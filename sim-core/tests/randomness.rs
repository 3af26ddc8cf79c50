//! Goal: draws are as good as random, though each is a pure function of its key, and samples follow their
//! laws.
//!
//! Method: the mixer's outputs are pinned, since every digest rests on them. Keys as simulations use them
//! (consecutive subjects and counters, subjects one bit apart, all purposes) give outputs that a chi-square
//! test, serial correlation and the avalanche of each bit cannot tell from random. Samples are held against
//! those of `rand_distr`, which gets there by other methods, with the Kolmogorov-Smirnov test. Everything
//! is seeded: bounds are at odds of about one in a million, and a failure is a change of code.
#![allow(clippy::print_stderr, reason = "the statistics are worth seeing")]

use plimsoll_core::engine::random::member;
use plimsoll_core::engine::{Purpose, Random};
use plimsoll_core::model::Distribution;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::Distribution as _;

const PURPOSES: [Purpose; 13] = [
    Purpose::Arrival,
    Purpose::Lifetime,
    Purpose::Startup,
    Purpose::Boot,
    Purpose::TieBreak,
    Purpose::Expander,
    Purpose::Active,
    Purpose::KeepsTabOpen,
    Purpose::TabOpen,
    Purpose::RetryChance,
    Purpose::RetryDelay,
    Purpose::HttpStart,
    Purpose::HubRestart,
];

#[test]
fn outputs_are_pinned() {
    let found: Vec<u64> = [(1, 0), (1, 1), (20_180_118, 0)]
        .into_iter()
        .flat_map(|(seed, replication)| {
            let random = Random::new(seed, replication);
            [
                (Purpose::Arrival, 0, 0),
                (Purpose::Lifetime, member(7, 3), 0),
                (Purpose::HubRestart, u64::MAX, 9),
            ]
            .map(|(purpose, subject, nth)| random.bits(purpose, subject, nth))
        })
        .collect();
    assert_eq!(found, PINNED, "every digest and golden rests on these: {found:#x?}");
}

/// What the mixer gives for the keys of the test above.
const PINNED: [u64; 9] = [
    0xe85a_9ac4_3ef9_ada8,
    0x57ff_3d38_e0d9_b8fb,
    0x01b6_553c_8bcd_56d2,
    0x7935_4283_1b74_db33,
    0xf693_da02_79cf_9b24,
    0x74d4_faee_1a4e_febb,
    0x84e6_6722_20bb_bb33,
    0xc135_c0c1_8fc1_684a,
    0x3615_e942_d494_e424,
];

/// Streams of draws as simulations make them, each with a name.
fn streams() -> Vec<(&'static str, Vec<u64>)> {
    const COUNT: u64 = 200_000;
    let random = Random::new(1, 0);
    let bits = |purpose, subject, nth| random.bits(purpose, subject, nth);
    vec![
        ("counters of one subject", (0..COUNT).map(|n| bits(Purpose::Arrival, 42, n)).collect()),
        ("consecutive subjects", (0..COUNT).map(|n| bits(Purpose::Lifetime, n, 0)).collect()),
        ("members of one owner", (0..COUNT).map(|n| bits(Purpose::Startup, member(9, n), 0)).collect()),
        ("subjects of one bit and counters", {
            (0..COUNT).map(|n| bits(Purpose::Boot, 1 << (n % 64), n / 64)).collect()
        }),
        ("purposes in turn", { (0..COUNT).map(|n| bits(PURPOSES[(n % 13) as usize], n / 13, 0)).collect() }),
        ("consecutive seeds", (0..COUNT).map(|n| Random::new(n, 0).bits(Purpose::Arrival, 42, 0)).collect()),
        ("replications of one seed", {
            (0..COUNT).map(|n| Random::new(1, n as u32).bits(Purpose::Arrival, 42, 0)).collect()
        }),
    ]
}

/// Every byte of the outputs is uniform: chi-square with 255 degrees of freedom, approximately normal with
/// mean 255 and deviation 22.6; five deviations are the bound.
#[test]
fn every_byte_is_uniform() {
    for (name, outputs) in streams() {
        for byte in 0..8 {
            let mut counts = [0_f64; 256];
            outputs.iter().for_each(|output| counts[(output >> (8 * byte)) as usize & 0xff] += 1.0);
            let expected = outputs.len() as f64 / 256.0;
            let chi_square: f64 =
                counts.iter().map(|count| (count - expected) * (count - expected) / expected).sum();
            assert!((142.0..368.0).contains(&chi_square), "{name}, byte {byte}: chi-square {chi_square}");
        }
    }
}

/// Neighbours in a stream have nothing to do with each other: correlation at lags 1, 2 and 13.
#[test]
fn neighbours_do_not_correlate() {
    for (name, outputs) in streams() {
        let centred: Vec<f64> =
            outputs.iter().map(|output| *output as f64 / 18_446_744_073_709_551_616.0 - 0.5).collect();
        for lag in [1, 2, 13] {
            let pairs = centred.iter().zip(&centred[lag..]);
            let correlation = 12.0 * pairs.map(|(a, b)| a * b).sum::<f64>() / (centred.len() - lag) as f64;
            assert!(
                correlation.abs() < 5.0 / (centred.len() as f64).sqrt(),
                "{name}, lag {lag}: {correlation}"
            );
        }
    }
}

/// A key that differs in any one bit gives an output that differs in each bit with probability one half.
#[test]
fn one_bit_of_the_key_turns_half_of_the_output() {
    const KEYS: u64 = 4_000;
    let random = Random::new(3, 0);
    let draw = |subject: u64, nth: u64| random.bits(Purpose::Active, subject, nth);
    for bit in 0..64 {
        let mut flips = [[0_u32; 64]; 2];
        for key in 0..KEYS {
            let subject = member(5, key);
            let turned = [
                draw(subject, key) ^ draw(subject ^ (1 << bit), key),
                draw(subject, key) ^ draw(subject, key ^ (1 << bit)),
            ];
            for (flips, turned) in flips.iter_mut().zip(turned) {
                (0..64).for_each(|out| flips[out] += (turned >> out) as u32 & 1);
            }
        }
        // Deviation of the share 0.0079: six of them.
        let shares = flips.iter().flatten().map(|count| f64::from(*count) / KEYS as f64);
        let worst = shares.map(|share| (share - 0.5).abs()).fold(0.0, f64::max);
        assert!(worst < 0.048, "bit {bit} of the key: a bit of the output turns with {worst} off one half");
    }
}

/// The two samples' largest distance of distribution functions.
fn distance(mut one: Vec<f64>, mut other: Vec<f64>) -> f64 {
    one.sort_by(f64::total_cmp);
    other.sort_by(f64::total_cmp);
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < one.len() && j < other.len() {
        if one[i] <= other[j] {
            i += 1;
        } else {
            j += 1;
        }
        largest = largest.max((i as f64 / one.len() as f64 - j as f64 / other.len() as f64).abs());
    }
    largest
}

/// Ours and `rand_distr`'s samples come from one law: two-sample Kolmogorov-Smirnov, odds of a million.
#[test]
fn samples_follow_their_laws() {
    const COUNT: u64 = 100_000;
    let bound = (-libm::log(0.5e-6) / 2.0).sqrt() * (2.0 / COUNT as f64).sqrt();
    let random = Random::new(11, 0);
    let mut generator = SmallRng::seed_from_u64(2);
    type Sampler = Box<dyn FnMut(&mut SmallRng) -> f64>;
    let laws: [(&str, Distribution, Sampler); 6] = [
        ("exponential", Distribution::Exponential { mean: 40.0 }, {
            let law = rand_distr::Exp::new(1.0 / 40.0).expect("a law");
            Box::new(move |generator| law.sample(generator))
        }),
        ("lognormal", Distribution::Lognormal { mu: 5.0, sigma: 0.7 }, {
            let law = rand_distr::LogNormal::new(5.0, 0.7).expect("a law");
            Box::new(move |generator| law.sample(generator))
        }),
        ("weibull with a heavy tail", Distribution::Weibull { scale: 60.0, shape: 0.6 }, {
            let law = rand_distr::Weibull::new(60.0, 0.6).expect("a law");
            Box::new(move |generator| law.sample(generator))
        }),
        ("weibull like a bell", Distribution::Weibull { scale: 60.0, shape: 3.5 }, {
            let law = rand_distr::Weibull::new(60.0, 3.5).expect("a law");
            Box::new(move |generator| law.sample(generator))
        }),
        ("uniform", Distribution::Uniform { low: 3.0, high: 9.0 }, {
            let law = rand_distr::Uniform::new(3.0, 9.0).expect("a law");
            Box::new(move |generator| law.sample(generator))
        }),
        ("two uniforms", Distribution::Empirical(vec![(0.0, 0.0), (0.5, 1.0), (1.0, 3.0)]), {
            let law = rand_distr::Uniform::new(0.0, 2.0).expect("a law");
            Box::new(move |generator| {
                let u: f64 = law.sample(generator);
                if u < 1.0 { u } else { 1.0 + 2.0 * (u - 1.0) }
            })
        }),
    ];
    for (number, (name, law, mut sampler)) in laws.into_iter().enumerate() {
        let unit = |nth| random.unit(Purpose::Lifetime, number as u64, nth);
        let ours: Vec<f64> = (0..COUNT).map(|nth| law.quantile(unit(nth))).collect();
        let theirs: Vec<f64> = (0..COUNT).map(|_| sampler(&mut generator)).collect();
        let mean = ours.iter().sum::<f64>() / COUNT as f64;
        let distance = distance(ours, theirs);
        eprintln!("{name}: distance {distance:.5}, bound {bound:.5}; mean {mean:.4} of {:.4}", law.mean());
        assert!(distance < bound, "{name}: distance {distance}");
        assert!((mean / law.mean() - 1.0).abs() < 0.03, "{name}: mean {mean}, not {}", law.mean());
    }
}

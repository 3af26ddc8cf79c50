//! Goal: one scenario, seed and engine give one history and one report, bit for bit: run twice, in debug
//! and in release, natively and as wasm32 under Node.
//!
//! Method: this very test runs on each of them and compares what it finds with the one committed file
//! `golden.txt`. That file holds, for three scenarios, the digest of the history and a hash of every part
//! of the report (figures, intervals, series, checks: whatever is derived must be equal too), and
//! hashes of the raw bits of everything that the engine computes with a transcendental function.
//!
//! Why the raw bits: durations are whole microseconds and figures have nine digits, so a float function
//! that differs in the last bit of a number reaches a history about once in ten million draws. That is
//! robust, but it would let a platform's own `exp` hide for years. The raw bits show it at once: glibc and
//! `libm` differ for some of ten thousand arguments of each function. What the raw bits cannot see, a call in
//! a new place, `clippy.toml` bans and the last test here looks for in the sources.
//!
//! A golden changes only with a reason that the commit states. To write it anew, natively:
//! `PLIMSOLL_BLESS=1 cargo test -p plimsoll-core --test golden`
#![allow(clippy::disallowed_methods, reason = "tests read the environment and write their golden file")]

use std::sync::Arc;

use plimsoll_core::digest::Digest;
use plimsoll_core::engine::{Purpose, Random};
use plimsoll_core::experiment;
use plimsoll_core::model::distribution::standard_normal_quantile;
use plimsoll_core::model::{Distribution, Rate};
use plimsoll_core::report::rounded;
use plimsoll_core::scenario::Document;

const GOLDEN: &str = include_str!("golden.txt");

/// The incident, a day of workloads alone, a week of a hub: between them every component and every law.
const SCENARIOS: [(&str, &str); 4] = [
    ("batch-day", include_str!("../../scenarios/batch-day.yaml")),
    ("hub-week", include_str!("../../scenarios/hub-week.yaml")),
    ("reddit-hug", include_str!("../../scenarios/incidents/2018-01-18-reddit-hug.yaml")),
    ("volume-locked", include_str!("../../scenarios/incidents/2018-03-13-hub-volume-locked.yaml")),
];

const SEED: u64 = 20_180_118;
/// Several, so that intervals and verdicts over replications are covered.
const REPLICATIONS: u32 = 3;

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn histories_reports_and_floats_are_the_golden_ones() {
    let found = found();
    assert_eq!(found, self::found(), "run twice in one process");
    let text: String = found.iter().map(|(key, value)| format!("{key} {value}\n")).collect();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var("PLIMSOLL_BLESS").is_ok() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
        std::fs::write(path, &text).expect("the golden file can be written");
        return;
    }
    let different: Vec<String> = text
        .lines()
        .filter(|line| !GOLDEN.lines().any(|golden| golden == *line))
        .map(|line| format!("found    {line}"))
        .chain(
            GOLDEN
                .lines()
                .filter(|golden| !text.lines().any(|line| line == *golden))
                .map(|line| format!("expected {line}")),
        )
        .collect();
    assert!(
        different.is_empty(),
        "not as in tests/golden.txt (seed {SEED}, {REPLICATIONS} replications):\n{}\n\
         if that is meant, PLIMSOLL_BLESS=1 cargo test -p plimsoll-core --test golden",
        different.join("\n")
    );
}

/// Goal: no float function of the platform is called, in a place that no golden covers either. Method:
/// the sources are searched for the method calls and paths that `clippy.toml` bans.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_sources_call_no_float_function_of_the_platform() {
    const BANNED: [&str; 23] = [
        "exp", "exp2", "exp_m1", "ln", "log", "log2", "log10", "ln_1p", "powf", "powi", "cbrt", "hypot",
        "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "mul_add",
    ];
    let mut calls = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for name in BANNED {
                let forms = [format!(".{name}("), format!("f64::{name}"), format!("f32::{name}")];
                calls.extend(
                    code.clone()
                        .filter(|line| forms.iter().any(|form| line.contains(form.as_str())))
                        .map(|line| format!("{}: {}", path.display(), line.trim())),
                );
            }
        }
    }
    assert!(calls.is_empty(), "use libm instead:\n{}", calls.join("\n"));
}

/// Parts of a report that repeat the input; a release alone must not touch the golden.
const NOT_DERIVED: [&str; 8] =
    ["apiVersion", "digest", "engineVersion", "kind", "replications", "scenario", "seed", "variant"];

/// Everything that must be equal everywhere, each under a name.
fn found() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, text) in SCENARIOS {
        scenario(name, text, &mut found);
    }
    floats(&mut found);
    found
}

fn scenario(name: &str, text: &str, found: &mut Vec<(String, String)>) {
    let mut document = Document::parse(name, text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    // A probability over replications goes through bounds of its own.
    let claim = r#"checks."a probability"="P(max(pods.pending) > 0) > 5%""#;
    document.set(claim).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
    let mut report = experiment::run(&Arc::new(model), SEED, REPLICATIONS);
    // How many events a history takes is the engine's affair: fewer for the same one is progress.
    report.summary.shift_remove("simulatedEvents");
    report.intervals.shift_remove("simulatedEvents");
    found.push((format!("{name} history"), report.digest.clone()));
    let json = serde_json::to_value(&report).expect("a report is JSON");
    for (part, value) in json.as_object().expect("a map") {
        if !NOT_DERIVED.contains(&part.as_str()) {
            let mut hash = Digest::default();
            value.to_string().bytes().for_each(|byte| hash.word(byte.into()));
            found.push((format!("{name} report {part}"), hex(hash)));
        }
    }
}

/// The raw bits of what the engine computes with transcendental functions.
fn floats(found: &mut Vec<(String, String)>) {
    let random = Random::new(SEED, 0);
    let unit = |nth: u64| random.unit(Purpose::Lifetime, 1, nth);
    let mut rate = Rate::default();
    rate.push_linear(0.0, 5_000.0, 0.1, 3.0);
    rate.push_linear(5_000.0, 6_000.0, 0.7, 0.7);
    rate.push_decay(6_000.0, 90_000.0, 3.0, 7_200.0);
    let lognormal = Distribution::Lognormal { mu: 5.0, sigma: 0.8 };
    let weibull = |u: f64| Distribution::Weibull { scale: 3_600.0, shape: 0.3 + 3.0 * u };
    let exponential = Distribution::Exponential { mean: 2_400.0 };
    let laws: [(&str, &dyn Fn(f64) -> f64); 9] = [
        ("exponential", &|u| exponential.quantile(u)),
        ("lognormal", &|u| lognormal.quantile(u)),
        ("lognormal-mean", &|u| Distribution::Lognormal { mu: 5.0 * u, sigma: u }.mean()),
        ("normal", &standard_normal_quantile),
        ("weibull", &|u| weibull(u).quantile(u)),
        ("weibull-mean", &|u| weibull(u).mean()),
        ("rate-at", &|u| rate.at(90_000.0 * u)),
        ("rate-when", &|u| rate.when(rate.total() * u).map_or(-1.0, |at| at.as_micros() as f64)),
        // Values of every magnitude from 1e-20 to 1e20.
        ("rounded", &|u| rounded(libm::exp(92.0 * u - 46.0))),
    ];
    for (name, law) in laws {
        let mut hash = Digest::default();
        (0..10_000).for_each(|nth| hash.word(law(unit(nth)).to_bits()));
        found.push((format!("floats {name}"), hex(hash)));
    }
}

fn hex(digest: Digest) -> String {
    format!("{:016x}", digest.value())
}

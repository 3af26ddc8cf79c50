//! Goal: a replay of an incident does not hang on its seed. Method: each scenario under `scenarios/incidents`
//! and each of its variants runs once for every seed from 1 on; all checks must hold for nine seeds in ten.
//!
//! By default a few seeds, so that it takes seconds. The proof is 50 of them:
//! `PLIMSOLL_INCIDENT_SEEDS=50 cargo test --release -p plimsoll-core --test incidents -- --nocapture`
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "tests read files and the environment")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plimsoll_core::experiment;
use plimsoll_core::report::Verdict;
use plimsoll_core::scenario::Document;

fn seeds() -> u64 {
    let asked = std::env::var("PLIMSOLL_INCIDENT_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    asked.unwrap_or(if cfg!(debug_assertions) { 2 } else { 10 })
}

/// Seeds of which a check of `document` fails, by check.
fn failures(document: &Document, seeds: u64) -> (u64, BTreeMap<String, Vec<u64>>) {
    let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
    let (mut bad, mut by_check) = (0, BTreeMap::new());
    for seed in 1..=seeds {
        let report = experiment::run(&model, seed, 1);
        let failed: Vec<_> = report.checks.iter().filter(|check| check.verdict != Verdict::Pass).collect();
        bad += u64::from(!failed.is_empty());
        for check in failed {
            let seeds: &mut Vec<u64> =
                by_check.entry(format!("{} ({:?})", check.name, check.text)).or_default();
            seeds.push(seed);
        }
    }
    (bad, by_check)
}

#[test]
fn incidents_replay_for_nine_seeds_in_ten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/incidents");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("there").map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no incident was found");
    let only = std::env::var("PLIMSOLL_INCIDENT").unwrap_or_default();
    let (seeds, mut faults) = (seeds(), Vec::new());
    for path in files.iter().filter(|path| path.to_string_lossy().contains(&only)) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(path).expect("readable");
        let base = Document::parse(&name, &bytes).unwrap_or_else(|wrong| panic!("{wrong}"));
        let variants = base.variant_names().into_iter().map(|variant| {
            (format!("{name} {variant}"), base.variant(&variant).unwrap_or_else(|wrong| panic!("{wrong}")))
        });
        for (name, document) in [(name.clone(), base.clone())].into_iter().chain(variants) {
            let (bad, by_check) = failures(&document, seeds);
            eprintln!("{name}: all checks hold for {} of {seeds} seeds", seeds - bad);
            if bad * 10 > seeds {
                faults.push(format!("{name}: {by_check:#?}"));
            } else if bad > 0 {
                eprintln!("{by_check:#?}");
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

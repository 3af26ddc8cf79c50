//! Goal: what the teaching scenarios say about failing nodes and about placeholders does not hang on one seed.
//! Method: every check of the base and of each variant, under seeds 1 to 20; each must hold for at least nine in ten.
//! And the days that benchmarks run are what they say: they are sound, and the small ones' checks hold.
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plimsoll_core::experiment;
use plimsoll_core::report::Verdict;
use plimsoll_core::scenario::Document;

const SEEDS: u64 = 20;

fn hold(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(name);
    let base = Document::parse(name, &std::fs::read(&path).expect("readable"))
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let variants = base.variant_names();
    let documents = std::iter::once(("base".to_owned(), base.clone()))
        .chain(variants.iter().map(|variant| (variant.clone(), base.variant(variant).expect("there"))));
    for (variant, document) in documents {
        let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
        for seed in 1..=SEEDS {
            for check in experiment::run(&model, seed, 1).checks {
                let passed = u64::from(check.verdict == Verdict::Pass);
                *held.entry(format!("{variant}: {}", check.name)).or_default() += passed;
            }
        }
    }
    let weak: Vec<_> = held.iter().filter(|(_, held)| **held * 10 < SEEDS * 9).collect();
    assert!(held.len() > 10 && weak.is_empty(), "{name}: of {SEEDS} seeds: {weak:#?}");
}

#[test]
fn what_a_reclaim_of_spot_machines_teaches() {
    hold("spot-reclaim.yaml");
}

#[test]
fn what_a_zone_outage_teaches() {
    hold("zone-outage.yaml");
}

#[test]
fn what_cold_images_teach_about_placeholders() {
    hold("placeholders-cold-images.yaml");
}

#[test]
fn the_days_of_the_benches_are_what_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/bench");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let document = Document::parse(&name, &std::fs::read(&path).expect("readable"))
            .unwrap_or_else(|wrong| panic!("{wrong}"));
        let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
        // A hundred thousand pods take a debug build a minute.
        if !name.contains("day-s") || cfg!(debug_assertions) {
            continue;
        }
        ran += 1;
        for check in experiment::run(&model, model.seed, 1).checks {
            assert_eq!(check.verdict, Verdict::Pass, "{name}: {}", check.name);
        }
    }
    assert!(ran == 5 || cfg!(debug_assertions), "of {ran} small days");
}

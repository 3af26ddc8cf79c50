//! Goal: behaviour is reviewed. A change of behaviour shows as a difference in the report of some scenario,
//! which a person has read and accepted; a refactor leaves all of them untouched.
//!
//! Method: the report of every file under `scenarios/` but those for benchmarks, and the verdicts of its
//! variants, as a snapshot beside this file (series left out, since their digest is in the golden). The
//! checks of each scenario hold. To accept: `INSTA_UPDATE=always cargo test -p plimsoll-core --test reports`
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_core::Report;
use plimsoll_core::experiment;
use plimsoll_core::report::{CheckOutcome, Verdict};
use plimsoll_core::scenario::Document;

/// The scenarios: files under `scenarios/`, in order, those for benchmarks left out.
fn scenarios() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the scenarios are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() && !path.ends_with("bench") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn run(document: &Document) -> Report {
    let model = document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
    let (seed, replications) = (model.seed, model.replications);
    experiment::run(&Arc::new(model), seed, replications)
}

/// A report as people review it.
fn text(report: &Report) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}\n\n{}\n\nsummary", report.answer, report.verdict);
    for (name, value) in report.summary.iter().filter(|(name, _)| *name != "simulatedEvents") {
        let _ = writeln!(text, "  {name} {value}");
    }
    text.push_str("\nquantiles in seconds: count, mean, 50 %, 90 %, 95 %, 99 %, largest\n");
    for (name, q) in &report.quantiles {
        let [p50, p90, p95, p99] = [q.p50_seconds, q.p90_seconds, q.p95_seconds, q.p99_seconds];
        let _ = writeln!(
            text,
            "  {name} {} {} {p50} {p90} {p95} {p99} {}",
            q.count, q.mean_seconds, q.max_seconds
        );
    }
    text.push_str("\nnotes\n");
    for note in &report.notes {
        let _ = writeln!(text, "  {} {:?}: {}", note.clock, note.by, note.text);
    }
    text.push_str("\nchecks\n");
    text.push_str(&checks(report));
    text
}

fn checks(report: &Report) -> String {
    let line = |check: &CheckOutcome| {
        format!("  {:?}: {}: {} [{}]\n", check.verdict, check.name, check.text, check.check)
    };
    report.checks.iter().map(line).collect()
}

#[test]
fn every_scenario_reports_as_reviewed() {
    let files = scenarios();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&file).expect("readable");
        let document = Document::parse(&name, &bytes).unwrap_or_else(|wrong| panic!("{wrong}"));
        let base = run(&document);
        let mut found = text(&base);
        let mut failed: Vec<_> = not_passed("the base", &base);
        for variant in document.variant_names() {
            let varied = document.variant(&variant).unwrap_or_else(|wrong| panic!("{wrong}"));
            let report = run(&varied);
            let (answer, verdict) = (&report.answer, &report.verdict);
            let _ = write!(found, "\nvariant {variant}: {answer}\n{verdict}\n{}", checks(&report));
            failed.extend(not_passed(&variant, &report));
        }
        insta::with_settings!({
            snapshot_path => "reports", prepend_module_to_snapshot => false, omit_expression => true
        }, { insta::assert_snapshot!(name.clone(), found) });
        assert!(failed.is_empty(), "{name}: {failed:#?}");
    }
}

/// Whether a claim is about chance: one run does not decide it, some hundreds do.
fn is_about_chance(check: &CheckOutcome) -> bool {
    check.check.starts_with("P(")
}

/// In a debug build that many runs take too long.
#[test]
#[cfg_attr(debug_assertions, ignore = "hundreds of runs")]
fn claims_about_chance_hold() {
    let mut decided = 0;
    for file in scenarios() {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&file).expect("readable");
        let base = Document::parse(&name, &bytes).unwrap_or_else(|wrong| panic!("{wrong}"));
        let variants =
            base.variant_names().into_iter().map(|variant| base.variant(&variant).expect("a variant"));
        for document in [base.clone()].into_iter().chain(variants) {
            let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
            if !model.checks.iter().any(|check| check.text.starts_with("P(")) {
                continue;
            }
            let report = experiment::run(&model, 1, 400);
            for check in report.checks.iter().filter(|check| is_about_chance(check)) {
                assert_eq!(check.verdict, Verdict::Pass, "{name}: {}: {}", check.name, check.text);
                decided += 1;
            }
        }
    }
    assert!(decided >= 2, "{decided} claims about chance");
}

fn not_passed(run: &str, report: &Report) -> Vec<String> {
    let failed = report.checks.iter().filter(|check| match check.verdict {
        Verdict::Pass => false,
        Verdict::Undecided => !is_about_chance(check),
        Verdict::Fail => true,
    });
    failed.map(|check| format!("{run}: {}: {}", check.name, check.text)).collect()
}

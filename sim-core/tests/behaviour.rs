//! Goal: `docs/behaviour.md` tells the truth. Method: every test that it names is a function under test in
//! the sources; in each section at most one row in ten is left out, and each of those says why.

#![allow(clippy::disallowed_methods, reason = "a test reads the sources and the documentation")]

use std::collections::BTreeSet;
use std::path::Path;

/// `suite/family` of a recording `suite/family-7.json.gz` of the real thing.
fn family(path: &Path) -> Option<String> {
    let file = path.file_name()?.to_str()?;
    let file = file.strip_suffix(".gz").unwrap_or(file);
    let (family, number) = file.strip_suffix(".json")?.rsplit_once('-')?;
    number.parse::<u32>().ok()?;
    Some(format!("{}/{family}", path.parent()?.file_name()?.to_str()?))
}

/// The names of all test functions of the core, and of all families of recordings.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("tests")];
    let mut names = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("readable");
                let after = text.split("#[test]").skip(1);
                let name = |after: &str| Some(after.split_once("fn ")?.1.split_once('(')?.0.to_owned());
                names.extend(after.filter_map(name));
            } else if let Some(family) = family(&path) {
                names.insert(family);
            }
        }
    }
    names
}

/// Whether there is a test of this name: `function`, `file::function`, or `suite/family` for a family of
/// recordings that the suite replays.
fn exists(name: &str, tests: &BTreeSet<String>) -> bool {
    match name.split_once('/') {
        Some((suite, _)) => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
            folder.join(format!("{suite}.rs")).exists() || folder.join(suite).is_dir()
        }
        None => tests.contains(name.rsplit("::").next().unwrap_or_default()),
    }
}

#[test]
fn every_row_is_pinned_or_says_why_not() {
    let tests = tests();
    assert!(tests.len() > 200, "{} tests found", tests.len());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/behaviour.md");
    let text = std::fs::read_to_string(path).expect("docs/behaviour.md is there");
    let mut faults = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        let mut left_out = 0;
        for row in &rows {
            let pinned = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
            if let Some(reason) = pinned.strip_prefix("left out") {
                left_out += 1;
                if reason.trim_start_matches(':').trim().len() < 10 {
                    faults.push(format!("{title}: no reason: {row}"));
                }
                continue;
            }
            let named: Vec<&str> = pinned.split('`').skip(1).step_by(2).collect();
            if named.is_empty() {
                faults.push(format!("{title}: no test: {row}"));
            }
            for name in named.iter().filter(|name| !exists(name, &tests)) {
                faults.push(format!("{title}: there is no test `{name}`"));
            }
        }
        if rows.is_empty() || left_out * 10 > rows.len().next_multiple_of(10) {
            faults.push(format!("{title}: {left_out} of {} rows are left out", rows.len()));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

//! Goal: placement decides exactly as kube-scheduler does. Method: replay recorded decisions of the real
//! scheduler, applying its choices, and compare at every attempt: feasible nodes and the reasons against
//! the others, every plugin's weighted score, the best nodes, the candidates of preemption.
//!
//! The recordings are those of `recordings/`, or of the folder in `PLIMSOLL_CONFORMANCE_DIR`, sub-folders
//! included, `.json` and `.json.gz`. Prints one line for each family and the first differences of each;
//! fails on any difference, on an unreadable file and when there is no recording.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that reads files and prints a table"
)]

mod compare;
mod recording;
mod replay;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use compare::Tally;

/// Differences that are printed for each family.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let folder = std::env::var_os("PLIMSOLL_CONFORMANCE_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/recordings"),
        PathBuf::from,
    );
    let files = recordings_in(&folder);
    let mut families: BTreeMap<String, Tally> = BTreeMap::new();
    let mut unreadable = 0;
    for file in &files {
        let name = file.strip_prefix(&folder).unwrap_or(file).display().to_string();
        match text_of(file).and_then(|text| replay::replay(&name, &text)) {
            Ok((family, tally)) => families.entry(family).or_default().add(tally),
            Err(problem) => {
                unreadable += 1;
                println!("{name}: {problem}");
            }
        }
    }
    let (decisions, equal) = report(&families);
    if files.is_empty() {
        println!("no recording was found in {}", folder.display());
    }
    println!("decisions: {decisions}, equal: {equal}");
    let passed = decisions > 0 && decisions == equal && unreadable == 0;
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every recording below `folder`, in order of path.
fn recordings_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.to_string_lossy();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".json") || name.ends_with(".json.gz") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn text_of(file: &Path) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let mut text = String::new();
    let read = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text),
        false => bytes.as_slice().read_to_string(&mut text),
    };
    read.map_err(|error| error.to_string())?;
    Ok(text)
}

/// Prints the table and the first differences; decisions and equal ones in all.
fn report(families: &BTreeMap<String, Tally>) -> (usize, usize) {
    let of = |part: (usize, usize)| format!("{}/{}", part.0, part.1);
    println!(
        "{:<24}{:>10}{:>10}{:>14}{:>14}{:>14}{:>14}",
        "family", "decisions", "equal", "feasible sets", "scores", "argmax", "preemption"
    );
    for (family, tally) in families {
        let [feasible, scores, argmax, preemption] =
            [tally.feasible, tally.scores, tally.argmax, tally.preemption].map(of);
        println!(
            "{family:<24}{:>10}{:>10}{feasible:>14}{scores:>14}{argmax:>14}{preemption:>14}",
            tally.decisions, tally.equal
        );
    }
    for (family, tally) in families.iter().filter(|(_, tally)| !tally.differences.is_empty()) {
        println!("\n{family}: {} differences, the first of them:", tally.differences.len());
        for difference in tally.differences.iter().take(SHOWN) {
            println!("  {difference}");
        }
    }
    families
        .values()
        .fold((0, 0), |(decisions, equal), tally| (decisions + tally.decisions, equal + tally.equal))
}

//! The gate: no commit may make a pod dearer unnoticed.
//!
//! Method: instructions (callgrind) of cut-short bench days, a pod, beside the committed `instructions.txt`.
//! Counts do not depend on the machine's mood; between compilers they differ by a percent or two, and the
//! toolchain is pinned. More than [`DRIFT`] above fails; as much below means that the file has to be lowered,
//! so that what was won is kept. Beside that, a pod on 5,000 nodes may cost [`GROWTH`] times what one on 100
//! does.

use std::collections::BTreeMap;

use crate::growth::Scratch;
use crate::instructions;

/// How far a count may be from the committed one.
const DRIFT: f64 = 0.05;
/// Instructions of a pod on 5,000 nodes, for those of one on 100.
const GROWTH: f64 = 2.5;

const SMALL: &str = "hub-day-s, 2 hours";
const LARGE: &str = "hub-day-l, 30 minutes";

/// A name, the scenario and the time that is simulated of it.
const CASES: [(&str, &str, &str); 5] = [
    (SMALL, "scenarios/bench/hub-day-s.yaml", "2h"),
    ("hub-day-s-autoscaled, 2 hours", "scenarios/bench/hub-day-s-autoscaled.yaml", "2h"),
    ("hub-day-s-default, 1 hour", "scenarios/bench/hub-day-s-default.yaml", "1h"),
    ("hub-day-s-overload, 2 hours", "scenarios/bench/hub-day-s-overload.yaml", "2h"),
    (LARGE, "scenarios/bench/hub-day-l.yaml", "30m"),
];
const COMMITTED: &str = "benches/instructions.txt";

/// Counts all cases; `bless` writes the file, else an error says what has drifted.
pub fn check(bless: bool) -> Result<(), String> {
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    let known: BTreeMap<&str, f64> = committed.lines().filter_map(entry).collect();
    let mut found = BTreeMap::new();
    let mut drifted = Vec::new();
    println!("| Case | Committed | Instructions a pod | Drift |");
    println!("|---|---|---|---|");
    for (name, file, duration) in CASES {
        let count = count(file, duration)?;
        found.insert(name, count);
        let Some(committed) = known.get(name) else {
            println!("| {name} | none | {count:.0} | |");
            drifted.push(format!("{name} is not in {COMMITTED}"));
            continue;
        };
        let drift = count / committed - 1.0;
        println!("| {name} | {committed:.0} | {count:.0} | {:+.1} % |", drift * 100.0);
        if drift.abs() > DRIFT {
            drifted.push(format!("{name}: {:+.1} %", drift * 100.0));
        }
    }
    if bless {
        let text: String = found.iter().map(|(name, count)| format!("{count:.0} {name}\n")).collect();
        std::fs::write(COMMITTED, text).map_err(|error| format!("{COMMITTED}: {error}"))?;
        drifted.clear();
    }
    let growth = found[LARGE] / found[SMALL];
    println!("\nFrom 100 to 5,000 nodes: {growth:.2} times the instructions a pod");
    if growth > GROWTH {
        return Err(format!(
            "a pod on 5,000 nodes costs {growth:.2} times what one on 100 does; at most {GROWTH}"
        ));
    }
    if drifted.is_empty() {
        return Ok(());
    }
    Err(format!(
        "more than {:.0} % from {COMMITTED}: {}; where that is meant, or better, --gate --bless writes it anew",
        DRIFT * 100.0,
        drifted.join("; ")
    ))
}

fn entry(line: &str) -> Option<(&str, f64)> {
    let (count, name) = line.split_once(' ')?;
    Some((name, count.parse().ok()?))
}

/// Instructions a pod of the first `duration` of a day.
fn count(file: &str, duration: &str) -> Result<f64, String> {
    let day = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    // Checks are about the whole day.
    let short = day.split("\nchecks:").next().unwrap_or_default();
    let short = short.replace("duration: 24h", &format!("duration: {duration}"));
    let scratch = Scratch::new(0, &short)?;
    let pods = crate::cost::measure(&scratch.path())?.pods;
    Ok(instructions::of(&scratch.path())? as f64 / pods as f64)
}

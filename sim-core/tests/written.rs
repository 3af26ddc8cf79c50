//! Goal: what `docs/scenarios.md` shows can be written, and does what it says.
//! Method: its first block of YAML is a scenario, each further one a patch of it; each is run for a few seeds and
//! all its checks must hold.

use std::sync::Arc;

use plimsoll_core::experiment;
use plimsoll_core::report::Verdict;
use plimsoll_core::scenario::Document;

const DOCUMENTATION: &str = include_str!("../../docs/scenarios.md");
const SEEDS: u64 = 3;

#[test]
fn examples_do_what_they_say() {
    let blocks: Vec<&str> = DOCUMENTATION
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("a block has an end"))
        .collect();
    assert!(blocks.len() > 8, "only {} examples were found", blocks.len());
    let mut text = blocks[0].to_owned();
    text.push_str("variants:\n");
    for (number, block) in blocks.iter().enumerate().skip(1) {
        text.push_str(&format!("  example-{number}:\n"));
        block.lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    let base =
        Document::parse("docs/scenarios.md", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut faults = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        let document = match number {
            0 => base.clone(),
            _ => base.variant(&format!("example-{number}")).unwrap_or_else(|wrong| panic!("{wrong}")),
        };
        let compiled = document.compile().unwrap_or_else(|wrong| panic!("{wrong}"));
        let model = Arc::new(compiled.model);
        for seed in 1..=SEEDS {
            let report = experiment::run(&model, seed, 1);
            assert!(!report.checks.is_empty(), "an example claims something");
            let failed = report.checks.iter().filter(|check| check.verdict != Verdict::Pass);
            faults
                .extend(failed.map(|check| format!("{block}\nseed {seed}: {}: {}", check.name, check.text)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

//! Goal: the tool takes what its page says. Method: run it. Having a test here also means that `cargo test` builds
//! the tool, so that CI measures with what it has tested.

use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll-bench")).args(arguments).output().expect("it starts")
}

#[test]
fn without_arguments_it_says_how_it_is_used() {
    let output = run(&[]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage: plimsoll-bench"));
}

#[test]
fn a_scenario_is_run_and_measured() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/spot-reclaim.yaml");
    let file = file.to_string_lossy();
    assert!(run(&["--run", &file]).status.success());
    // Events, pods, nanoseconds, KiB, allocations, digest.
    let measured = run(&["--measure", &file]);
    let text = String::from_utf8_lossy(&measured.stdout);
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let [events, pods, _, kib, allocations, _] = numbers[..] else { panic!("six numbers: {text}") };
    // The kernel counts CPU time by ticks at times, and so short a run may end within one.
    assert!(measured.status.success() && [events, pods, kib, allocations].iter().all(|it| *it > 0), "{text}");
    let missing = run(&["--run", "no-such-file.yaml"]);
    assert!(!missing.status.success() && !missing.stderr.is_empty());
}

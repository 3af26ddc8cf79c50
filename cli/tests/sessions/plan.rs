//! `plimsoll plan` and `--replications auto`: as many runs as the answer needs, and no more.

use serde_json::Value;

use super::shell::{Answer, Shell};

/// Jobs that come and go on nodes of four: how many nodes so that hardly any job waits?
fn shell() -> Shell {
    let shell = Shell::with(&["busy.yaml"]);
    let claim = "nobody waits: mean(pods.pending) < 0.5";
    shell.write("wait.yaml", &shell.read("busy.yaml").replace("never full: max(pods.running) <= 8", claim));
    shell
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stderr))
}

const NODES: &str = "nodeGroups.user.min=1..40;nodeGroups.user.max=1..40";

/// Goal: halving finds what trying every value finds, with at most a fifth of its runs. Method: both, on the
/// same claim; every value is tried by a search that minimises a figure that grows with the value. That
/// search gives up early where a value is clear, so halving is held against the plain 200 runs of each too.
#[test]
fn halving_agrees_with_exhaustive_search() {
    let shell = shell();
    let halved = json(&shell.plimsoll(&format!("plan wait.yaml --vary {NODES} --replications 200")));
    let path = "--minimise peakNodes";
    let all = json(&shell.plimsoll(&format!("plan wait.yaml --vary {NODES} --replications 200 {path}")));
    assert_eq!(halved["answer"], all["answer"]);
    assert!(halved["answer"].is_array(), "{halved}");
    assert_eq!(halved["monotone"], true);
    let runs = |found: &Value| found["runs"].as_u64().expect("a number");
    assert_eq!(all["tried"].as_array().map(Vec::len), Some(40));
    assert!(runs(&halved) * 2 < runs(&all), "{} of {}", runs(&halved), runs(&all));
    assert!(runs(&halved) * 5 <= 40 * 200, "{}", runs(&halved));
}

#[test]
fn the_table_shows_the_cliff() {
    let answer = shell().plimsoll(&format!("plan wait.yaml --vary {NODES} --replications 200 -o table"));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("at which all checks pass: nodeGroups.user.min="), "{}", answer.stdout);
    assert!(answer.stdout.contains(" At nodeGroups.user.min="), "{}", answer.stdout);
}

#[test]
fn the_largest_audience_is_found_from_the_other_end() {
    let path = "workloads.jobs.arrivals.perHour";
    let line = format!("plan wait.yaml --vary {path}=10..100:10 --maximise {path} --replications 100");
    let found = json(&shell().plimsoll(&line));
    assert!(found["answer"].is_array(), "{found}");
    assert!(found["goal"].as_str().is_some_and(|goal| goal.starts_with("the largest")));
}

#[test]
fn what_cannot_be_planned_says_why() {
    let shell = shell();
    let none =
        shell.plimsoll("plan wait.yaml --vary workloads.jobs.arrivals.perHour=500..504 --replications 50");
    assert_eq!(none.code, 1, "{}", none.stderr);
    let two = shell
        .plimsoll("plan wait.yaml --vary nodeGroups.user.max=2,3 --vary workloads.jobs.arrivals.perHour=1,2");
    assert_eq!(two.code, 2);
    assert!(two.stderr.contains("--minimise a figure"), "{}", two.stderr);
}

#[test]
fn auto_stops_when_the_checks_are_decided() {
    let shell = shell();
    let easy =
        json(&shell.plimsoll("run wait.yaml --replications auto --set workloads.jobs.arrivals.perHour=10"));
    assert_eq!(easy["replications"], 20);
    let one = shell.plimsoll("run wait.yaml --replications auto --threads 1").stdout;
    assert_eq!(shell.plimsoll("run wait.yaml --replications auto --threads 3").stdout, one);
    assert!(shell.plimsoll("run wait.yaml --replications many").stderr.contains("or auto"));
}

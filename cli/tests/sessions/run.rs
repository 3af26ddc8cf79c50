//! `plimsoll run`: forms of the result, choice of runs, and the promise that threads leave no trace.

use insta::assert_snapshot;
use serde_json::Value;

use super::shell::{Shell, scenario_text};

#[test]
fn one_run_as_a_table() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_snapshot!(shell.plimsoll("run tiny.yaml -o table").transcript());
}

#[test]
fn a_failed_check_as_a_table() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_snapshot!(shell.plimsoll("run tiny.yaml --variant one-node -o table").transcript());
}

#[test]
fn replications_as_a_table() {
    let shell = Shell::with(&["busy.yaml"]);
    assert_snapshot!(shell.plimsoll("run busy.yaml --replications 5 -o table").transcript());
}

#[test]
fn variants_as_a_table() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_snapshot!(shell.plimsoll("run tiny.yaml --variants -o table").transcript());
}

#[test]
fn variants_as_csv() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_snapshot!(shell.plimsoll("run tiny.yaml --variants -o csv").transcript());
}

#[test]
fn a_program_gets_one_indented_object_for_one_run() {
    let answer = Shell::with(&["tiny.yaml"]).plimsoll("run tiny.yaml --seed 7");
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&answer.stdout).expect("the report is JSON");
    assert_eq!(report["kind"], "Report");
    assert_eq!(report["scenario"]["name"], "Six pods, two nodes");
    assert_eq!(report["variant"], Value::Null);
    assert_eq!(report["seed"], 7);
    assert!(answer.stdout.starts_with("{\n  "), "it is indented");
}

#[test]
fn a_program_gets_one_object_a_line_for_several_runs() {
    let answer =
        Shell::with(&["tiny.yaml", "busy.yaml"]).plimsoll("run tiny.yaml busy.yaml --variants -o json");
    let reports: Vec<Value> =
        answer.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let names: Vec<_> =
        reports.iter().map(|report| (&report["scenario"]["name"], &report["variant"])).collect();
    let tiny = Value::from("Six pods, two nodes");
    let (one, small) = (Value::from("one-node"), Value::from("small-pods"));
    assert_eq!(
        names,
        [(&tiny, &Value::Null), (&tiny, &one), (&tiny, &small), (&"Busy".into(), &Value::Null)]
    );
}

#[test]
fn yaml_holds_what_json_holds() {
    let shell = Shell::with(&["tiny.yaml"]);
    let json = shell.plimsoll("run tiny.yaml --variants -o json").stdout;
    let yaml = shell.plimsoll("run tiny.yaml --variants -o yaml").stdout;
    let json: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect("a report")).collect();
    let yaml: Vec<Value> = serde_saphyr::from_multiple(&yaml).expect("YAML documents");
    assert_eq!(json, yaml);
}

#[test]
fn named_variants_come_without_the_base() {
    let answer = Shell::with(&["tiny.yaml"]).plimsoll("run tiny.yaml --variants=small-pods,one-node -o json");
    let variants: Vec<String> = answer
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a report")["variant"].to_string())
        .collect();
    assert_eq!(variants, ["\"small-pods\"", "\"one-node\""]);
}

#[test]
fn set_changes_the_model_and_wins_over_a_variant() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_eq!(
        shell.plimsoll("run tiny.yaml --set nodeGroups.user.max=1 --set nodeGroups.user.min=1").code,
        1
    );
    let both = "run tiny.yaml --variant one-node --set nodeGroups.user.max=2 --set nodeGroups.user.min=2";
    assert_eq!(shell.plimsoll(both).code, 0);
}

#[test]
fn standard_input_is_a_file_called_minus() {
    let answer = Shell::with(&[]).plimsoll_reads("run - -o json", &scenario_text("tiny.yaml"));
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    assert!(answer.stdout.contains("Six pods, two nodes"));
}

#[test]
fn threads_leave_no_trace() {
    let shell = Shell::with(&["tiny.yaml", "busy.yaml"]);
    let with = |threads: u32| {
        let line = format!("run tiny.yaml busy.yaml --variants --replications 9 -o json --threads {threads}");
        shell.plimsoll(&line).stdout
    };
    let alone = with(1);
    assert_eq!(alone.lines().count(), 4);
    assert_eq!(alone, with(4));
    assert_eq!(alone, with(64));
}

#[test]
fn the_seed_decides() {
    let shell = Shell::with(&["busy.yaml"]);
    let with = |seed: u32| shell.plimsoll(&format!("run busy.yaml --seed {seed} -o json")).stdout;
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

#[test]
fn events_are_one_object_a_line() {
    let shell = Shell::with(&["busy.yaml"]);
    let answer = shell.plimsoll("run busy.yaml --events events.jsonl -o json");
    assert_eq!((answer.code <= 1, answer.stderr.as_str()), (true, ""));
    let events = shell.read("events.jsonl");
    assert!(events.lines().count() > 100, "an hour has more than {} changes", events.lines().count());
    for line in events.lines() {
        assert!(serde_json::from_str::<Value>(line).expect("each line is JSON").is_object());
    }
    assert_eq!(shell.list("."), ["busy.yaml", "events.jsonl"], "nothing is left over");
}

#[test]
fn variants_as_markdown() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_snapshot!(shell.plimsoll("run tiny.yaml --variants --replications 3 -o markdown").transcript());
}

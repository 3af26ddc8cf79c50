//! `plimsoll compare`: pairs under one seed, and what it refuses.

use insta::assert_snapshot;
use serde_json::Value;

use super::shell::Shell;

#[test]
fn a_variant_as_a_table() {
    let shell = Shell::with(&["tiny.yaml"]);
    let line = "compare tiny.yaml --variants=one-node --replications 20 -o table";
    assert_snapshot!(shell.plimsoll(line).transcript());
}

#[test]
fn a_program_gets_one_object_a_line_for_several_variants() {
    let shell = Shell::with(&["tiny.yaml"]);
    let answer = shell.plimsoll("compare tiny.yaml --variants --replications 2");
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let found: Vec<Value> =
        answer.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let variants: Vec<_> = found.iter().map(|it| it["other"]["variant"].as_str()).collect();
    assert_eq!(variants, [Some("one-node"), Some("small-pods")]);
    assert!(found.iter().all(|it| it["kind"] == "Comparison" && it["base"]["variant"] == Value::Null));
    assert_eq!(found[0]["figures"]["peakNodes"]["difference"], -1.0);
    assert_eq!(found[0]["checks"][0]["other"], "fail");
    let named = shell.plimsoll("compare tiny.yaml --variants=small-pods --replications 2");
    let named: Value = serde_json::from_str(&named.stdout).expect("one object");
    assert_eq!(named, found[1], "the base comes along");
}

#[test]
fn what_is_measured_is_compared_in_its_own_window() {
    let shell = Shell::with(&["tiny.yaml"]);
    let mut command =
        shell.command("compare tiny.yaml --variants=one-node --replications 9 -o json --measure");
    let measure = "max(pods.running, 09:00..09:30)";
    let output = command.args([measure]).output().expect("it starts");
    let found: Value = serde_json::from_slice(&output.stdout).expect("one object");
    let check = found["checks"].as_array().and_then(|checks| checks.iter().find(|it| it["name"] == measure));
    let check = check.unwrap_or_else(|| panic!("{found}"));
    assert_eq!(check["difference"]["pairs"], 9);
    assert_eq!(check["difference"]["unit"], "number");
    let wrong = shell.plimsoll("compare tiny.yaml --variants=one-node --measure max(pods.flying)");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("pods.flying"), "{}", wrong.stderr);
}

#[test]
fn both_sides_are_drawn_on_shared_axes() {
    let shell = Shell::with(&["tiny.yaml"]);
    let answer =
        shell.plimsoll("compare tiny.yaml --variants=one-node --replications 5 --plot figures --quiet");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let names = shell.list("figures");
    assert_eq!(names.len(), 1, "{names:?}");
    let svg = shell.read(&format!("figures/{}", names[0]));
    // Four pods run at most on the one side and six on the other: both axes reach to six.
    assert_eq!(svg.matches(">6</text>").count(), 2, "{svg}");
    assert!(svg.contains("nine of ten run within the bands"));
}

#[test]
fn both_sides_have_the_seed_and_the_number_of_the_base() {
    let shell = Shell::with(&["busy.yaml"]);
    shell.write("seeded.yaml", &format!("{}\nseed: 99\nreplications: 7\n", shell.read("busy.yaml")));
    let answer = shell.plimsoll("compare busy.yaml seeded.yaml -o json --threads 2");
    let found: Value = serde_json::from_str(&answer.stdout).expect("one object");
    assert_eq!(found["verdict"], "The change touches no figure.");
    assert_eq!(found["replications"], 50);
    assert_eq!(shell.plimsoll("compare busy.yaml seeded.yaml -o json --threads 1").stdout, answer.stdout);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let shell = Shell::with(&["tiny.yaml", "busy.yaml"]);
    for (line, reason) in [
        ("compare tiny.yaml", "nothing to compare"),
        ("compare tiny.yaml busy.yaml --variants", "one file"),
        ("compare busy.yaml --variants", "no variants"),
        ("compare tiny.yaml --variants=no-such", "no variant"),
    ] {
        let answer = shell.plimsoll(line);
        assert_eq!(answer.code, 2, "{line}");
        assert!(answer.stderr.contains(reason) && answer.stderr.contains("hint:"), "{}", answer.stderr);
    }
}

//! `plimsoll validate`: mistakes are all told, with the place and the way out.

use insta::assert_snapshot;

use super::shell::Shell;

#[test]
fn good_files_are_named() {
    let shell = Shell::with(&["tiny.yaml", "busy.yaml"]);
    assert_snapshot!(shell.plimsoll("validate tiny.yaml busy.yaml").transcript());
}

#[test]
fn a_bad_file_does_not_hide_the_good_ones() {
    let shell = Shell::with(&["tiny.yaml", "misspelt.yaml"]);
    assert_snapshot!(shell.plimsoll("validate misspelt.yaml tiny.yaml").transcript());
}

#[test]
fn mistakes_in_variants_are_found_too() {
    let shell = Shell::with(&["tiny.yaml"]);
    let text = shell.read("tiny.yaml").replace("{cpu: 100m}", "{cpu: 100mm}");
    shell.write("tiny.yaml", &text);
    let answer = shell.plimsoll("validate tiny.yaml");
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("small-pods") && answer.stderr.contains("100mm"), "{}", answer.stderr);
}

/// Every code that a diagnostic shows can be asked about.
#[test]
fn a_code_is_explained() {
    let shell = Shell::with(&["misspelt.yaml"]);
    let told = shell.plimsoll("validate misspelt.yaml").stderr;
    let code = told.split_once("error[").and_then(|(_, rest)| rest.split_once(']')).expect("a code").0;
    let answer = shell.plimsoll(&format!("explain {}", code.to_lowercase()));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.starts_with(&format!("{code}: ")), "{}", answer.stdout);
    assert!(answer.stdout.lines().count() > 2 && answer.stdout.lines().all(|line| line.len() <= 90));
    let all = shell.plimsoll("explain");
    assert!(all.stdout.lines().any(|line| line.starts_with(code)), "{}", all.stdout);
    let none = shell.plimsoll("explain S999");
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("no code S999") && none.stderr.contains("hint:"), "{}", none.stderr);
}

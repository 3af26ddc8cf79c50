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

//! What `--help` says: examples first.

use insta::assert_snapshot;

use super::shell::Shell;

#[test]
fn help() {
    assert_snapshot!(Shell::with(&[]).plimsoll("--help").transcript());
}

#[test]
fn help_of_run() {
    assert_snapshot!(Shell::with(&[]).plimsoll("run --help").transcript());
}

#[test]
fn help_of_validate() {
    assert_snapshot!(Shell::with(&[]).plimsoll("validate --help").transcript());
}

#[test]
fn help_of_schema() {
    assert_snapshot!(Shell::with(&[]).plimsoll("schema --help").transcript());
}

/// The names of the figures belong to the charts, so the rest is asserted instead of compared.
#[test]
fn help_of_plot_names_every_figure() {
    let answer = Shell::with(&[]).plimsoll("plot --help");
    assert_eq!(answer.code, 0);
    for figure in plimsoll_charts::Figure::ALL {
        assert!(answer.stdout.contains(figure.name()), "{}", answer.stdout);
    }
}

#[test]
fn version() {
    let answer = Shell::with(&[]).plimsoll("--version");
    assert_eq!((answer.code, answer.stdout), (0, format!("plimsoll {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_schema_is_one_json_object() {
    let answer = Shell::with(&[]).plimsoll("schema");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let schema: serde_json::Value = serde_json::from_str(&answer.stdout).expect("it is JSON");
    assert!(schema["$schema"].is_string());
}

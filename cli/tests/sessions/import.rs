//! `plimsoll import`: a scenario on standard output, what was made of the files on standard error.

use insta::assert_snapshot;

use super::shell::Shell;

const BASE: &str = "jupyterhub:
  singleuser:
    memory: {guarantee: 1G, limit: 2G}
    nodeSelector: {pool: users}
  scheduling:
    podPriority: {enabled: true}
    userPlaceholder: {replicas: 10}
  hub:
    nodeSelector: {pool: core}
    networkPolicy: {enabled: false}
grafana:
  replicas: 2
";
const OVER: &str = "jupyterhub:
  singleuser:
    memory: {guarantee: 512M}
  cull: {timeout: 1800, maxAge: 43200}
";

fn shell() -> Shell {
    let shell = Shell::with(&[]);
    shell.write("base.yaml", BASE);
    shell.write("prod.yaml", OVER);
    shell
}

#[test]
fn help_of_import() {
    assert_snapshot!(shell().plimsoll("import --help").transcript());
}

#[test]
fn values_become_a_scenario() {
    let line = "import z2jh base.yaml prod.yaml --machine n1-highmem-8 --users 300 --max 12";
    assert_snapshot!(shell().plimsoll(line).transcript());
}

#[test]
fn what_is_missing_is_asked_for() {
    assert_snapshot!(shell().plimsoll("import z2jh base.yaml").transcript());
}

#[test]
fn what_is_imported_is_valid_and_runs() {
    let shell = shell();
    let made = shell.plimsoll("import z2jh base.yaml prod.yaml --machine n1-highmem-8 --users 50 --quiet");
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    let checked = shell.plimsoll_reads("validate -", &made.stdout);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let run = shell.plimsoll_reads("run - -o json", &made.stdout);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    let launches = report["summary"]["launches"].as_f64().expect("it counts launches");
    assert!((25.0..=90.0).contains(&launches), "fifty people come: {launches}");
}

#[test]
fn other_kinds_are_refused() {
    let answer = shell().plimsoll("import helm base.yaml");
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("z2jh"), "{}", answer.stderr);
}

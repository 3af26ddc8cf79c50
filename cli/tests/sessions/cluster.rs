//! `--cluster`: a run begins with what is there.

use super::shell::Shell;

const NODES: &str = r#"[{"metadata": {"name": "one"}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"},
    "conditions": [{"type": "Ready", "status": "True"}]}}]"#;
const PODS: &str = r#"[
    {"metadata": {"name": "a", "namespace": "x"}, "spec": {"nodeName": "one", "containers": [{"name": "c"}]},
     "status": {"phase": "Running"}},
    {"metadata": {"name": "b", "namespace": "x"}, "spec": {"nodeName": "one", "containers": [{"name": "c"}]},
     "status": {"phase": "CrashLoopBackOff"}}
]"#;

/// Arrays whose items do not say their kind, as Sonobuoy writes them, and a phase that no API server sets.
#[test]
fn the_names_of_files_tell_the_kind_and_strange_phases_are_told() {
    let shell = Shell::with(&["tiny.yaml"]);
    shell.write("Nodes.json", NODES);
    shell.write("Pods.json", PODS);
    let answer = shell.plimsoll("run tiny.yaml --cluster Nodes.json --cluster Pods.json -o json");
    assert!(answer.stderr.contains("1 nodes, 2 pods on them"), "{}", answer.stderr);
    assert!(answer.stderr.contains("1 of the phase `CrashLoopBackOff`"), "{}", answer.stderr);
    shell.write("things.json", NODES);
    let unnamed = shell.plimsoll("run tiny.yaml --cluster things.json");
    assert_eq!(unnamed.code, 2);
    assert!(unnamed.stderr.contains("no `kind`"), "{}", unnamed.stderr);
}

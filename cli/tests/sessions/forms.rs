//! The forms of a result that other programs and other people read, and what the program says about itself.

use std::collections::BTreeMap;

use super::shell::Shell;

#[test]
fn a_comparison_is_a_table_of_markdown() {
    let shell = Shell::with(&["tiny.yaml"]);
    shell.write(
        "odd.yaml",
        &shell.read("tiny.yaml").replace("name: Six pods", "name: a | b <script> six pods"),
    );
    let compared = shell.plimsoll("compare odd.yaml --variants=one-node --replications 3 -o markdown");
    assert!(
        compared.stdout.starts_with("### one-node, against a \\| b \\<script> six pods"),
        "{}",
        compared.stdout
    );
    assert!(compared.stdout.contains("| Figure | Base | Other | Difference |"), "{}", compared.stdout);
    let lines: Vec<&str> = compared.stdout.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(lines.len() > 5 && lines.iter().all(|line| line.matches('|').count() == 8), "{lines:?}");
}

#[test]
fn wide_has_more_columns_and_all_notes() {
    let shell = Shell::with(&["tiny.yaml"]);
    let table = shell.plimsoll("run tiny.yaml --variants -o table").stdout;
    let wide = shell.plimsoll("run tiny.yaml --variants -o wide").stdout;
    assert!(!table.contains("DIGEST") && wide.contains("NODE HOURS") && wide.contains("DIGEST"), "{wide}");
    assert!(shell.plimsoll("run tiny.yaml -o wide").stdout.contains("peak pods running"));
}

/// Each series in the order of time, a time at every sample, families that do not mix, and the values of the run.
#[test]
fn openmetrics_are_series_that_prometheus_takes() {
    let shell = Shell::with(&["tiny.yaml"]);
    let answer = shell.plimsoll("run tiny.yaml -o openmetrics");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.ends_with("# EOF\n"));
    let (mut families, mut series) = (Vec::new(), BTreeMap::<String, Vec<(f64, f64)>>::new());
    for line in answer.stdout.lines().filter(|line| !line.starts_with("# HELP") && *line != "# EOF") {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let name = family.split(' ').next().expect("a name").to_owned();
            assert!(!families.contains(&name), "{name} comes once");
            families.push(name);
            continue;
        }
        let (labels, numbers) = line.rsplit_once("} ").expect("labels");
        let (value, time) = numbers.split_once(' ').expect("a time");
        assert!(labels.starts_with(families.last().expect("a family").as_str()), "{line}");
        assert!(labels.contains("{simulation=\"Six pods, two nodes\","), "{line}");
        let sample = (time.parse().expect("a time"), value.parse().expect("a number"));
        series.entry(labels.to_owned()).or_default().push(sample);
    }
    for (labels, samples) in &series {
        assert!(samples.windows(2).all(|pair| pair[0].0 < pair[1].0), "{labels}");
    }
    // 2026-01-05T09:30:00Z.
    let at = |needle: &[&str]| -> f64 {
        let those = series.iter().filter(|(labels, _)| needle.iter().all(|part| labels.contains(part)));
        let values =
            those.filter_map(|(_, samples)| samples.iter().find(|sample| sample.0 == 1_767_605_400.0));
        values.map(|sample| sample.1).sum()
    };
    assert_eq!(at(&["kube_pod_status_phase{", "phase=\"Running\""]), 6.0);
    assert_eq!(at(&["kube_node_status_condition{", "status=\"true\""]), 2.0);
    assert_eq!(at(&["kube_pod_container_resource_requests{", "resource=\"cpu\""]), 6.0);
    assert_eq!(at(&["kube_node_status_allocatable{", "resource=\"memory\""]), f64::from(1 << 30) * 16.0);
    let both = shell.plimsoll("run tiny.yaml --variants=one-node,small-pods -o openmetrics").stdout;
    assert_eq!(
        shell.plimsoll("run tiny.yaml tiny.yaml -o openmetrics").stdout,
        answer.stdout,
        "no sample twice"
    );
    assert_eq!(both.matches("# TYPE kube_node_labels gauge").count(), 1);
    assert!(both.contains("variant one-node") && both.contains("variant small-pods"), "{}", &both[..400]);
}

#[test]
fn a_field_is_explained_from_the_schema() {
    let shell = Shell::with(&[]);
    let max = shell.plimsoll("explain nodeGroups.any-name.max");
    assert_eq!(max.code, 0, "{}", max.stderr);
    assert!(max.stdout.starts_with("nodeGroups.any-name.max  <integer>\n"), "{}", max.stdout);
    let hub = shell.plimsoll("explain hub.cull").stdout;
    assert!(hub.contains("  timeout  <") && hub.contains("Default `1h` (z2jh)."), "{hub}");
    assert!(shell.plimsoll("explain era").stdout.contains("  k8s-1.36\n"));
    assert!(shell.plimsoll("explain audience.x.session.active").stdout.contains("lognormal"));
    assert!(shell.plimsoll("explain variants.x.hub.cull.maxAge").stdout.contains("maxAge"));
    let top = shell.plimsoll("explain scenario").stdout;
    assert!(top.contains("  nodeGroups  <map>") && top.contains("required"), "{top}");
    let wrong = shell.plimsoll("explain nodeGroups.user.maxx hub");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("did you mean max?"), "{}", wrong.stderr);
    assert!(wrong.stdout.contains("hub  <object>"), "the other is explained all the same: {}", wrong.stdout);
    for path in ["", ".", "scenario.", "nodeGroups..max", "checks.x.y.z"] {
        let answer = Shell::with(&[]).command("explain").arg(path).output().expect("it starts");
        assert!(matches!(answer.status.code(), Some(0 | 2)), "{path}");
    }
}

#[test]
fn shells_and_man_get_what_they_read() {
    let shell = Shell::with(&[]);
    for (name, words) in
        [("bash", "complete -F _plimsoll"), ("zsh", "#compdef plimsoll"), ("fish", "complete -c plimsoll")]
    {
        let answer = shell.plimsoll(&format!("completions {name}"));
        assert!(answer.code == 0 && answer.stdout.contains(words), "{name}: {}", answer.stderr);
    }
    let page = shell.plimsoll("man");
    assert!(page.code == 0 && page.stdout.contains(".TH plimsoll 1"), "{}", page.stderr);
    assert_eq!(shell.plimsoll("man --out pages").code, 0);
    let pages = shell.list("pages");
    assert!(
        pages.contains(&"plimsoll.1".to_owned()) && pages.contains(&"plimsoll-sweep.1".to_owned()),
        "{pages:?}"
    );
}

/// Files as kubectl names them.
#[test]
fn a_filename_flag_says_nothing() {
    let shell = Shell::with(&["tiny.yaml", "busy.yaml"]);
    let plain = shell.plimsoll("run tiny.yaml busy.yaml -o csv").stdout;
    for line in ["run -f tiny.yaml -f busy.yaml -o csv", "run -o csv --filename=tiny.yaml -f=busy.yaml"] {
        assert_eq!(shell.plimsoll(line).stdout, plain, "{line}");
    }
    let read = shell.plimsoll_reads("run -f - -o csv", &shell.read("tiny.yaml"));
    assert_eq!(read.stdout, shell.plimsoll("run tiny.yaml -o csv").stdout);
    assert_eq!(shell.plimsoll_reads("validate -f -", &shell.read("tiny.yaml")).code, 0);
}

#[test]
fn a_failed_check_may_have_its_own_exit_code() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_eq!(shell.plimsoll("run tiny.yaml --variant one-node --fail-code 99").code, 99);
    assert_eq!(shell.plimsoll("run tiny.yaml --fail-code 99").code, 0);
    assert_eq!(shell.plimsoll("run tiny.yaml --fail-code 0").code, 2);
    assert_eq!(shell.plimsoll("run none.yaml --fail-code 99").code, 4, "another failure is another code");
}

/// A gate on a rare event, as a workflow holds it: the three exit codes, and how many replications they take.
#[test]
fn a_rare_event_is_gated_by_three_exit_codes() {
    let shell = Shell::with(&["tiny.yaml"]);
    let claim = |limit: u32| {
        let check = format!("seldom more: P(max(pods.running) > {limit}) < 1%");
        shell.write(
            &format!("{limit}.yaml"),
            &shell.read("tiny.yaml").replace("all pods run: pods.running at 09:30 = 6", &check),
        );
    };
    claim(6);
    claim(5);
    for (line, code) in [
        ("run 6.yaml --replications 400", 0),
        ("run 6.yaml --replications 100", 3),
        ("run 5.yaml --replications 20", 1),
        ("run 7.yaml", 4),
    ] {
        assert_eq!(shell.plimsoll(line).code, code, "{line}");
    }
    let auto = |file: &str| {
        let answer = shell.plimsoll(&format!("run {file} --replications auto -o json"));
        let report: serde_json::Value = serde_json::from_str(&answer.stdout).expect("it is JSON");
        (answer.code, report["replications"].as_u64())
    };
    assert_eq!(auto("6.yaml"), (0, Some(500)), "none in 500 is less than one in a hundred");
    assert_eq!(auto("5.yaml"), (1, Some(20)));
}

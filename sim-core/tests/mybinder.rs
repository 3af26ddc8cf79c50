//! Goal: mybinder.org's settings are those of its repository at each date, in presets, in the incidents' scenarios, and
//! in what an import makes of values of that date.
//! Method: the dated table of the reference (section 14), row by row, against compiled models.
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::path::Path;

use plimsoll_core::import::{Text, Wishes, z2jh};
use plimsoll_core::model::{Era, Model};
use plimsoll_core::scenario::Document;
use serde_json::{Value, json};

const GIB: u64 = 1 << 30;

fn compiled(text: &str) -> Model {
    let document = Document::parse("s.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model
}

fn preset(name: &str) -> Model {
    compiled(&format!(
        "{{apiVersion: plimsoll/v1, name: s, start: 2018-01-01T00:00:00Z, duration: 1h,
          nodeGroups: {{user: {{machine: n1-highmem-16, min: 1, max: 2}}}}, hub: {{preset: {name}}}}}"
    ))
}

fn incident(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/incidents").join(name);
    Document::parse(name, &std::fs::read(path).expect("readable")).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// Guarantee and limit of memory in GiB, of CPU in millicores; the culler's timeout, period and maximum age in seconds.
fn settings(model: &Model) -> ([Option<u64>; 2], [Option<u64>; 2], [f64; 3]) {
    let hub = model.hub.as_ref().expect("a hub");
    let class = &model.classes[hub.profile.class];
    let container = &class.containers[0];
    let cull = hub.cull.expect("a culler");
    let ages = [cull.timeout, cull.every, cull.max_age].map(|span| span.as_secs_f64());
    let cpu = Some(class.requests.cpu_millis).filter(|millis| *millis > 0);
    (
        [Some(class.requests.memory_bytes / GIB), container.limit.map(|bytes| bytes / GIB)],
        [cpu, container.cpu_limit],
        ages,
    )
}

#[test]
fn presets_are_those_of_their_day() {
    let never = plimsoll_core::time::SimDuration::MAX.as_secs_f64();
    for (name, memory, cpu, cull) in [
        // 2017-09-29: 1G and 4G; 2017-10-18: culled after 600 s.
        ("mybinder-2017-11-30", [Some(1), Some(4)], [None, None], [600.0, 600.0, never]),
        ("mybinder-2018-01-18", [Some(1), Some(4)], [None, None], [600.0, 600.0, never]),
        // 2018-01-24: 2G and no more.
        ("mybinder-2018-03-13", [Some(2), Some(2)], [None, None], [600.0, 600.0, never]),
        // 2018-03-22 and 03-27: six hours, every 660 s; 04-03: CPU; 06-08: 1G to 2G, CPU limit 1.
        ("mybinder-2018-07-07", [Some(1), Some(2)], [Some(100), Some(1_000)], [600.0, 660.0, 21_600.0]),
    ] {
        assert_eq!(settings(&preset(name)), (memory, cpu, cull), "{name}");
    }
}

/// Core pods shared the users' pool until 2018-07-19: 9.7 CPU and 16 GiB in all, on 2 to 8 n1-highmem-16.
#[test]
fn the_pool_of_july_2018_holds_the_core_pods_too() {
    let document = incident("2018-07-07-too-many-pods.yaml");
    assert_eq!(document.get("nodeGroups.hm16.machine"), Some(json!("n1-highmem-16")));
    assert_eq!(
        [document.get("nodeGroups.hm16.min"), document.get("nodeGroups.hm16.max")],
        [Some(json!(2)), Some(json!(8))]
    );
    assert_eq!(document.get("binderhub.perRepoQuota"), Some(json!(100)), "from 2018-04-17");
    assert_eq!(document.get("workloads.ingress.replicas"), Some(json!(2)), "from 2018-02-07");
    let march = incident("2018-03-13-hub-volume-locked.yaml");
    assert_eq!(march.get("nodeGroups.prod.machine"), Some(json!("n1-highmem-32")), "by 2018-02-20");
    let model = document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
    let core = ["hub-pod", "binder", "chp", "nginx", "prometheus", "grafana"];
    let asked = model.classes.iter().filter(|class| core.contains(&class.name.as_str()));
    let (cpu, memory) = asked.fold((0, 0), |(cpu, memory), class| {
        (cpu + class.requests.cpu_millis, memory + class.requests.memory_bytes)
    });
    assert_eq!(
        (cpu, memory / GIB),
        (9_700, 16),
        "{:?}",
        model.classes.iter().map(|class| &class.name).collect::<Vec<_>>()
    );
}

/// What later values become. 1G is 2^30 bytes of a user and 10^9 of a placeholder.
#[test]
fn values_of_later_dates_become_their_scenarios() {
    let imported = |era: Era, text: &str| {
        let wishes =
            Wishes { era, machine: Some("n1-highmem-8".to_owned()), users: Some(300), ..Wishes::default() };
        let made = z2jh(&[Text { name: "v.yaml", text }], &wishes).unwrap_or_else(|wrong| panic!("{wrong}"));
        Document::parse("s.yaml", made.scenario.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"))
    };
    let holds = |document: &Document, path: &str, value: Value| {
        assert_eq!(document.get(path).unwrap_or(Value::Null), value, "{path}");
    };
    // 2018-03-15: an image whose server ends is not started again; a user's pod is not restarted.
    let never = compiled(
        "{apiVersion: plimsoll/v1, name: s, start: 2018-01-01T00:00:00Z, duration: 1h,
          nodeGroups: {user: {machine: n1-highmem-16, min: 1, max: 2}},
          hub: {preset: mybinder-2018-07-07, singleuser: {pod: {restartPolicy: Never}}}}",
    );
    let class = never.hub.as_ref().expect("a hub").profile.class;
    assert_eq!(never.classes[class].restart_policy, plimsoll_core::model::RestartPolicy::Never);
    // 2018-08-22 to 08-27: 450M, CPU 0.01, nodes n1-highmem-8.
    let august = imported(
        Era::V1_10,
        "singleuser: {memory: {guarantee: 450M, limit: 2G}, cpu: {guarantee: 0.01, limit: 1}}\n",
    );
    holds(&august, "nodeGroups.user.machine", json!("n1-highmem-8"));
    holds(&august, "hub.singleuser.memory", json!({"guarantee": "450M", "limit": "2G"}));
    holds(&august, "hub.singleuser.cpu", json!({"guarantee": 0.01, "limit": 1}));
    // 2018-09-06: the user scheduler, of which there are two.
    let september = imported(Era::V1_34, "scheduling: {userScheduler: {enabled: true, replicas: 2}}\n");
    holds(&september, "workloads.user-scheduler.replicas", json!(2));
    holds(&september, "hub.singleuser.pod.schedulerName", json!("user-scheduler"));
    // 2018-11-22 and 11-28, 2020-09: priorities, and 10, 25, 75 placeholders.
    for replicas in [10, 25, 75] {
        let text = format!(
            "scheduling: {{podPriority: {{enabled: true}}, userPlaceholder: {{replicas: {replicas}}}}}\n"
        );
        let placeholders = imported(Era::V1_34, &text);
        holds(&placeholders, "workloads.user-placeholder.replicas", json!(replicas));
        holds(&placeholders, "workloads.user-placeholder.pod.priority", json!(-10));
    }
    // 2019-03-15 and 2020-07-16: 550M instead of 450M, fewer users on a node.
    let seats = |guarantee: &str| {
        let text = format!(
            "singleuser: {{memory: {{guarantee: {guarantee}, limit: 2G}}, cpu: {{guarantee: 0.01}}}}\n"
        );
        let model = imported(Era::V1_34, &text).compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
        let class = model.hub.as_ref().expect("a hub").profile.class;
        let node = &model.groups.as_slice()[0].allocatable;
        node.memory_bytes / model.classes[class].requests.memory_bytes
    };
    let (more, fewer) = (seats("450M"), seats("550M"));
    assert!(more > fewer && (more * 450).abs_diff(fewer * 550) < 550, "{more} and {fewer} users on a node");
}

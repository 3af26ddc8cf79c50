//! Real hubs, and the chart they are made with.

use plimsoll_core::import::{Imported, NoteKind, Text, Wishes};
use plimsoll_core::model::Era;
use serde_json::{Value, json};

use super::{document, facts, imported, says, wishes};

#[test]
fn chart_defaults_are_those_of_the_chart() {
    let chart = facts(
        &real!["z2jh-values.yaml"],
        &wishes(),
        &[
            ("hub.singleuser.memory.guarantee", json!("1G")),
            ("hub.singleuser.memory.limit", Value::Null),
            ("hub.singleuser.cpu", Value::Null),
            ("hub.startTimeout", json!("300s")),
            ("hub.concurrentSpawnLimit", json!(64)),
            ("hub.cull.timeout", json!("3600s")),
            ("hub.cull.every", json!("600s")),
            ("hub.cull.maxAge", json!("0s")),
            ("hub.cull.concurrency", json!(10)),
            ("hub.cull.users", Value::Null),
            ("hub.consecutiveFailureLimit", json!(5)),
            ("hub.lastActivityInterval", json!("60s")),
            ("binderhub", Value::Null),
            ("audience.users.profiles", Value::Null),
            ("hub.singleuser.pod.schedulerName", json!("user-scheduler")),
            ("workloads.user-placeholder", Value::Null),
            ("workloads.user-scheduler.replicas", json!(2)),
            ("workloads.continuous-image-puller.kind", json!("DaemonSet")),
        ],
    );
    says(&chart, NoteKind::Found, "under the root");
    // An empty file says nothing else than the chart: what an import takes for its defaults is what the chart has.
    let empty = imported(&[Text { name: "empty.yaml", text: "hub: {}\nsingleuser: {}\n" }], &wishes());
    let values = |imported: &Imported| {
        let lines = imported.scenario.lines().map(|line| line.split("  #").next().unwrap_or("").trim_end());
        let lines = lines.filter(|line| !line.starts_with('#') && !line.starts_with("source:"));
        // The file gives the whole of the scheduler's configuration, the default a preset that is equal to it.
        let differs = |line: &&str| {
            ["configuration:", "presets:", "images:"].iter().any(|key| line.trim_start().starts_with(key))
        };
        lines.filter(|line| !differs(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(values(&chart), values(&empty));
}

#[test]
fn mybinder_of_2026() {
    let prod = facts(
        &real!["mybinder-2026-values.yaml", "mybinder-2026-prod.yaml"],
        &wishes(),
        &[
            ("hub.singleuser.memory", json!({"guarantee": "450M", "limit": "2G"})),
            ("hub.singleuser.cpu", json!({"guarantee": 0.01, "limit": 1})),
            (
                "hub.cull",
                json!({"timeout": "600s", "every": "660s", "maxAge": "21600s", "concurrency": 10, "users": true}),
            ),
            // Prod is being drained, and nothing may be launched there.
            ("binderhub.podQuota", json!(0)),
            ("binderhub.perRepoQuota", json!(100)),
            ("binderhub.perRepoQuotaHigher", json!(200)),
            ("binderhub.launch", Value::Null),
            ("hub.singleuser.pod.nodeSelector", json!({"mybinder.org/pool-type": "users"})),
            ("nodeGroups.user.labels", json!({"mybinder.org/pool-type": "users"})),
            ("hub.singleuser.pod.schedulerName", Value::Null),
            ("workloads.user-placeholder", Value::Null),
            // prod overrides what the common file says of Docker for builds.
            (
                "workloads.dind.pod.resources",
                json!({"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"cpu": "5", "memory": "12Gi"}}),
            ),
            ("workloads.jupyterhub", Value::Null),
        ],
    );
    says(&prod, NoteKind::Found, "under binderhub.jupyterhub");
    says(&prod, NoteKind::Found, "75 placeholders");
    says(
        &prod,
        NoteKind::Found,
        "a pod quota of 0 refuses every launch: this hub is drained (mybinder-2026-prod.yaml:",
    );
    says(&prod, NoteKind::Assumed, "nobody's repositories have the higher quota of 200");
    says(
        &prod,
        NoteKind::NotModelled,
        "nodes of their own, by their nodeSelector: jupyterhub, proxy, binder",
    );

    let hetzner = facts(
        &real!["mybinder-2026-values.yaml", "mybinder-2026-hetzner-2i2c.yaml"],
        &wishes(),
        &[
            ("hub.singleuser.memory", json!({"guarantee": "450M", "limit": "2G"})),
            ("workloads.binder.replicas", json!(2)),
            (
                "workloads.binder.pod.resources",
                json!({"requests": {"cpu": "0.25", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}}),
            ),
            ("workloads.dind.pod.resources.requests", json!({"cpu": "4", "memory": "12Gi"})),
            ("workloads.image-cleaner", Value::Null),
            ("binderhub.podQuota", json!(300)),
            ("binderhub.build", json!({"workload": "builds", "concurrentLimit": 32, "maxAge": "3600s"})),
        ],
    );

    // The charts' own files below it say the same again.
    let whole = imported(
        &real![
            "z2jh-values.yaml",
            "binderhub-values.yaml",
            "mybinder-2026-values.yaml",
            "mybinder-2026-hetzner-2i2c.yaml"
        ],
        &wishes(),
    );
    for path in ["hub.singleuser.memory", "hub.cull", "workloads.dind", "workloads.binder"] {
        assert_eq!(document(&whole).get(path), document(&hetzner).get(path), "{path}");
    }
}

#[test]
fn mybinder_of_2018() {
    let then = Wishes { era: Era::V1_8, machine: Some("n1-highmem-8".to_owned()), ..wishes() };
    let files = real!["mybinder-2018-values.yaml", "mybinder-2018-prod.yaml"];
    facts(
        &files,
        &then,
        &[
            ("hub.singleuser.memory", json!({"guarantee": "1G", "limit": "4G"})),
            ("hub.cull", json!({"timeout": "600s", "every": "600s", "users": true})),
            ("hub.concurrentSpawnLimit", json!(64)),
            ("hub.consecutiveFailureLimit", json!(0)),
            ("workloads.dind.kind", json!("DaemonSet")),
            ("workloads.proxy.pod.resources", json!({"requests": {"memory": "1Gi"}})),
            ("workloads.user-scheduler", Value::Null),
            ("scheduler", Value::Null),
        ],
    );
    // Under today's defaults it says that the files are of another time.
    says(&imported(&files, &Wishes { machine: then.machine, ..wishes() }), NoteKind::Found, "--era k8s-1.8");
}

#[test]
fn hubs_of_2i2c() {
    let cilogon = facts(
        &real!["2i2c-utoronto-common.yaml"],
        &wishes(),
        &[
            ("hub.singleuser.memory", json!({"guarantee": "1G", "limit": "2G"})),
            ("hub.singleuser.cpu", json!({"guarantee": 0.01, "limit": 4})),
            // `hub.config.JupyterHub.concurrent_spawn_limit` is applied over the chart's 64.
            ("hub.concurrentSpawnLimit", json!(100)),
            ("hub.singleuser.pod.schedulerName", json!("user-scheduler")),
        ],
    );
    says(&cilogon, NoteKind::Found, "under jupyterhub");
    facts(
        &real!["2i2c-cloudbank-common.yaml"],
        &wishes(),
        &[
            ("hub.singleuser.cpu", json!({"limit": 2})),
            ("hub.cull", json!({"timeout": "3600s", "every": "600s", "maxAge": "43200s", "concurrency": 10})),
            ("hub.singleuser.memory", json!({"guarantee": "1G"})),
        ],
    );

    // Which machines there are, the default profile's node selector says.
    let alone = Wishes { users: Some(100), ..Wishes::default() };
    let disasters = facts(
        &real!["2i2c-disasters-common.yaml"],
        &alone,
        &[
            ("nodeGroups.user.machine", json!("r5.xlarge")),
            ("nodeGroups.user.labels", json!({"node.kubernetes.io/instance-type": "r5.xlarge"})),
            ("hub.singleuser.memory", json!({"guarantee": 1951419879, "limit": 1951419879})),
            ("hub.singleuser.cpu", json!({"guarantee": 0.22815625, "limit": 3.6505})),
        ],
    );
    says(&disasters, NoteKind::Found, "profileList has 2 profiles, with 8 distinct memory guarantees");
    let victor = imported(&real!["2i2c-victor-prod.yaml"], &alone);
    says(&victor, NoteKind::Found, "under basehub.jupyterhub");
    says(&victor, NoteKind::Found, "profileList has 2 profiles, with 8 distinct memory guarantees");
    let dubois = imported(&real!["2i2c-dubois-common.yaml"], &alone);
    says(&dubois, NoteKind::Found, "profileList has 1 profile, with 2 distinct memory guarantees");
    let temple = imported(&real!["2i2c-temple-common-non-teaching.yaml"], &alone);
    says(&temple, NoteKind::Found, "profileList has 1 profile, with 4 distinct memory guarantees");
}

#[test]
fn hubs_of_berkeley() {
    let common: [(&str, Value); 5] = [
        ("hub.startTimeout", json!("600s")),
        ("hub.concurrentSpawnLimit", json!(200)),
        ("hub.singleuser.cpu", json!({"guarantee": 0.05, "limit": 4})),
        ("hub.singleuser.pod.schedulerName", Value::Null),
        ("workloads.user-scheduler", Value::Null),
    ];
    let pods = |pool: &str, guarantee: &str, limit: &str| {
        [
            ("hub.singleuser.memory", json!({"guarantee": guarantee, "limit": limit})),
            ("nodeGroups.user.labels", json!({"hub.jupyter.org/pool-name": pool})),
        ]
    };
    let expected = |pool: &str, guarantee: &str, limit: &str| {
        common.iter().cloned().chain(pods(pool, guarantee, limit)).collect::<Vec<_>>()
    };
    let wishes = wishes();
    facts(
        &real!["berkeley-hub-values.yaml", "berkeley-datahub-common.yaml"],
        &wishes,
        &expected("datahub-pool", "512M", "1G"),
    );
    facts(
        &real!["berkeley-hub-values.yaml", "berkeley-data100-common.yaml"],
        &wishes,
        &expected("data100-pool", "4G", "4G"),
    );
    facts(
        &real!["berkeley-hub-values.yaml", "berkeley-biology-common.yaml"],
        &wishes,
        &expected("biology-pool", "2056M", "4G"),
    );
    let data101 = facts(
        &real!["berkeley-hub-values.yaml", "berkeley-data101-common.yaml"],
        &wishes,
        &expected("data101-pool", "2G", "2G"),
    );
    says(&data101, NoteKind::NotModelled, "code: berkeley-hub-values.yaml:");
    assert!(data101.ignored.iter().any(|part| part.path == "jupyterhub.custom"), "{:#?}", data101.ignored);
}

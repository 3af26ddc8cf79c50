//! Layers, units, precedence, what is missing and what is wrong.

use plimsoll_core::import::{NoteKind, Text, Wishes, z2jh};
use plimsoll_core::model::Era;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{document, facts, imported, says, wishes};

/// Every value is either used or counted.
#[test]
fn what_is_ignored_is_counted_and_named() {
    let text = "hub: {networkPolicy: {enabled: true, ingress: []}, concurrentSpawnLimit: 9}\n\
                singleuser: {memory: {guarantee: 1G}, colour: blue}\nproxy: {secretToken: x}\nother: {a: 1, b: {c: 2}}\n";
    let imported = imported(&[Text { name: "v.yaml", text }], &wishes());
    let parts: Vec<(&str, usize, &str)> =
        imported.ignored.iter().map(|part| (part.path.as_str(), part.values, part.place.as_str())).collect();
    assert_eq!(
        parts,
        [
            ("hub.networkPolicy", 2, "v.yaml:1"),
            ("singleuser.colour", 1, "v.yaml:2"),
            ("proxy", 1, "v.yaml:3"),
            ("other", 2, "v.yaml:4"),
        ]
    );
    assert_eq!((imported.values, imported.ignored_values()), (8, 6));
}

#[test]
fn later_files_override_maps_merge_lists_are_replaced_and_null_removes() {
    let base = "jupyterhub:\n  singleuser:\n    memory: {guarantee: 2G, limit: 4G}\n    nodeSelector: {pool: a, disk: fast}\n    \
                extraTolerations: [{key: x, operator: Exists}]\n  cull: {timeout: 100, maxAge: 7}\n";
    let over = "basehub:\n  jupyterhub:\n    singleuser:\n      memory: {limit: null}\n      nodeSelector: {pool: b}\n      \
                extraTolerations: [{key: y, operator: Exists}]\n    cull: {timeout: 50}\n    hub: {activeServerLimit: 30}\n";
    let files = [Text { name: "base.yaml", text: base }, Text { name: "over.yaml", text: over }];
    let imported = facts(
        &files,
        &wishes(),
        &[
            ("hub.singleuser.memory", json!({"guarantee": "2G"})),
            ("hub.singleuser.pod.nodeSelector", json!({"pool": "b", "disk": "fast"})),
            ("hub.cull", json!({"timeout": "50s", "every": "600s", "maxAge": "7s", "concurrency": 10})),
            ("hub.activeServerLimit", json!(30)),
        ],
    );
    let tolerations = document(&imported).get("hub.singleuser.pod.tolerations").expect("they are there");
    assert!(
        tolerations.to_string().contains("\"y\"") && !tolerations.to_string().contains("\"x\""),
        "{tolerations}"
    );
    // Each line says where its value is from.
    for origin in [
        "base.yaml:3 jupyterhub.singleuser.memory.guarantee",
        "over.yaml:7 basehub.jupyterhub.cull.timeout",
        "default of zero-to-jupyterhub",
    ] {
        assert!(imported.scenario.contains(origin), "{origin} in\n{}", imported.scenario);
    }
}

/// JupyterHub's `G` is 2^30 bytes, Kubernetes' is 10^9: a placeholder made of the same text is smaller.
#[test]
fn suffixes_are_the_hubs_for_users_and_kubernetes_for_all_else() {
    let text = "singleuser: {memory: {guarantee: 2G}}\nhub: {resources: {requests: {memory: 2G}}}\nscheduling: \
                {podPriority: {enabled: true}, userPlaceholder: {replicas: 3}}\n";
    let imported = facts(
        &[Text { name: "v.yaml", text }],
        &wishes(),
        &[
            ("workloads.user-placeholder.replicas", json!(3)),
            ("workloads.user-placeholder.pod.priority", json!(-10)),
            ("workloads.user-placeholder.pod.resources", json!({"requests": {"memory": "2G"}})),
            ("workloads.user-placeholder.pod.schedulerName", json!("user-scheduler")),
            ("workloads.continuous-image-puller.pod.priority", json!(-5)),
        ],
    );
    let model = document(&imported).compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
    let requests = |name: &str| {
        let class = model.classes.iter().find(|class| class.name == name).expect("the class is there");
        class.requests.memory_bytes
    };
    assert_eq!(requests("hub"), 2 << 30, "the last class of that name is the user's pod");
    assert_eq!(requests("user-placeholder"), 2_000_000_000);
}

/// A value of 2018: soft affinities to the hub's node and to other users' nodes.
#[test]
fn the_old_pack_strategy_becomes_affinities() {
    let text = "singleuser: {schedulerStrategy: pack}\n";
    let imported = imported(&[Text { name: "v.yaml", text }], &Wishes { era: Era::V1_8, ..wishes() });
    says(&imported, NoteKind::Found, "schedulerStrategy packs users onto the hub's node (v.yaml:1");
    let preferred = "hub.singleuser.pod.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution";
    let terms = document(&imported).get(preferred).expect("affinities");
    let term = |index: usize| {
        let term = &terms[index]["podAffinityTerm"];
        (&terms[index]["weight"], &term["labelSelector"]["matchLabels"]["component"], &term["topologyKey"])
    };
    let host = json!("kubernetes.io/hostname");
    assert_eq!(term(0), (&json!(50), &json!("hub"), &host));
    assert_eq!(term(1), (&json!(5), &json!("singleuser-server"), &host));
}

#[test]
fn traitlets_of_a_special_class_win() {
    let text = "hub:\n  concurrentSpawnLimit: 10\n  config:\n    Spawner: {mem_limit: 1G, poll_interval: 7}\n    \
                KubeSpawner: {mem_guarantee: 3G, start_timeout: 90, consecutive_failure_limit: 9}\n    JupyterHub: {last_activity_interval: 120}\n    MySpawner: {mem_guarantee: 5G, http_timeout: 45}\n  \
                extraConfig:\n    a: |\n      c.KubeSpawner.mem_limit = '8G'\n      # c.KubeSpawner.cpu_limit = 1\nsingleuser: \
                {memory: {guarantee: 2G, limit: 6G}, startTimeout: 400}\n";
    let imported = facts(
        &[Text { name: "v.yaml", text }],
        &wishes(),
        &[
            ("hub.singleuser.memory", json!({"guarantee": "5G", "limit": "6G"})),
            ("hub.startTimeout", json!("90s")),
            ("hub.httpTimeout", json!("45s")),
            ("hub.pollInterval", json!("7s")),
            ("hub.concurrentSpawnLimit", json!(10)),
            ("hub.consecutiveFailureLimit", json!(9)),
            ("hub.lastActivityInterval", json!("120s")),
        ],
    );
    says(&imported, NoteKind::NotModelled, "which sets KubeSpawner.mem_limit: change the scenario by hand");
}

/// 0 is no quota for a repository and refuses everybody for the hub; `null` and nothing are no quota for either.
#[test]
fn quotas_of_0_differ() {
    let quotas = |text: &str| {
        let text = format!("config:\n  BinderHub: {text}\njupyterhub: {{cull: {{every: 60}}}}\n");
        let imported = imported(&[Text { name: "v.yaml", text: &text }], &wishes());
        let binder = document(&imported).compile().unwrap_or_else(|wrong| panic!("{wrong}")).model;
        let binder = binder.binder.expect("it has a BinderHub");
        [binder.per_repo_quota, binder.per_repo_quota_higher, binder.pod_quota]
    };
    const NONE: u32 = u32::MAX;
    assert_eq!(quotas("{}"), [NONE, NONE, NONE]);
    assert_eq!(quotas("{per_repo_quota: 0, pod_quota: null}"), [NONE, NONE, NONE]);
    assert_eq!(quotas("{per_repo_quota: 0, per_repo_quota_higher: 0, pod_quota: 0}"), [NONE, NONE, 0]);
    assert_eq!(quotas("{per_repo_quota: 7, per_repo_quota_higher: 9, pod_quota: 8}"), [7, 9, 8]);
}

#[test]
fn builds_and_launches_are_those_of_binderhub() {
    let text = "config:\n  BinderHub: {concurrent_build_limit: 3, build_memory_limit: 3G, sticky_builds: true}\n  \
                KubernetesBuildExecutor: {memory_request: 1G}\n  KubernetesCleaner: {max_age: 7200}\n  \
                Launcher: {retries: 2, retry_delay: 8, launch_timeout: 300}\njupyterhub: {hub: {db: {type: other}}}\n";
    let imported = facts(
        &[Text { name: "v.yaml", text }],
        &wishes(),
        &[
            ("binderhub.launch", json!({"attempts": 2, "retryDelay": "8s", "timeout": "300s"})),
            ("binderhub.build", json!({"workload": "builds", "concurrentLimit": 3, "maxAge": "7200s"})),
            ("workloads.builds.replicas", json!(0)),
            (
                "workloads.builds.pod.resources",
                json!({"requests": {"memory": 1_073_741_824_u64}, "limits": {"memory": 3_221_225_472_u64}}),
            ),
            ("audience.users.repositories", json!(100)),
            ("audience.users.builds", json!("10%")),
        ],
    );
    says(&imported, NoteKind::NotModelled, "builds of a repository on the same node (v.yaml:2");
    says(&imported, NoteKind::Assumed, "how many launches need a build");
    let elsewhere =
        "config: {BinderHub: {build_node_selector: {pool: builds}}}\njupyterhub: {cull: {every: 60}}\n";
    let imported = facts(
        &[Text { name: "v.yaml", text: elsewhere }],
        &wishes(),
        &[
            ("binderhub.build", Value::Null),
            ("workloads.builds", Value::Null),
            ("audience.users.builds", Value::Null),
        ],
    );
    says(&imported, NoteKind::NotModelled, "builds, which run on nodes of their own");
}

/// Each shape that differs is one; those that want other nodes, and what else profiles set, are named.
#[test]
fn profiles_become_shapes_of_user_pods() {
    let text = "singleuser:\n  memory: {guarantee: 1G, limit: 2G}\n  nodeSelector: {pool: users}\n  profileList:\n    \
                - {display_name: Small, default: true}\n    \
                - {display_name: The same again, kubespawner_override: {mem_guarantee: 1G}}\n    \
                - {display_name: Large (8 GB), kubespawner_override: {mem_guarantee: 8G, mem_limit: null, default_url: /lab}}\n    \
                - display_name: GPU\n      kubespawner_override: {node_selector: {pool: gpu}, extra_resource_limits: {nvidia.com/gpu: '1'}}\n    \
                - display_name: Own\n      slug: of-ones-own\n      kubespawner_override: {default_url: /tree}\n      profile_options:\n        \
                cores:\n          choices:\n            one: {display_name: One core, kubespawner_override: {cpu_guarantee: 1}}\n            \
                two: {display_name: Two cores, kubespawner_override: {cpu_guarantee: 2}}\n";
    let imported = facts(
        &[Text { name: "v.yaml", text }],
        &wishes(),
        &[
            ("hub.singleuser.memory", json!({"guarantee": "1G", "limit": "2G"})),
            ("hub.profileList.large-8-gb.memory", json!({"guarantee": "8G"})),
            ("hub.profileList.large-8-gb.pod.nodeSelector", json!({"pool": "users"})),
            ("hub.profileList.of-ones-own.cpu", json!({"guarantee": 1})),
            ("hub.profileList.two-cores.cpu", json!({"guarantee": 2})),
            ("hub.profileList.gpu", Value::Null),
            ("hub.profileList.the-same-again", Value::Null),
            (
                "audience.users.profiles",
                json!({"large-8-gb": "16.66%", "of-ones-own": "16.66%", "two-cores": "16.66%"}),
            ),
        ],
    );
    says(
        &imported,
        NoteKind::Found,
        "profileList has 5 profiles, with 2 distinct memory guarantees; the default is Small",
    );
    says(&imported, NoteKind::NotModelled, "profiles that want other nodes than the default: GPU");
    says(&imported, NoteKind::NotModelled, "nvidia.com/gpu: 1 of a profile");
    says(&imported, NoteKind::NotModelled, "of profiles' overrides, and how often: default_url (2)");
    says(&imported, NoteKind::Assumed, "half of the users take the default profile");
}

#[test]
fn numbers_stay_texts_where_texts_are_wanted_and_removed_values_leave_those_of_jupyterhub() {
    let text = "singleuser: {nodeSelector: {pool: 7, old: true}, startTimeout: null}\nhub: {concurrentSpawnLimit: null}\n";
    facts(
        &[Text { name: "v.yaml", text }],
        &Wishes { name: Some("2018".to_owned()), ..wishes() },
        &[
            ("name", json!("2018")),
            ("nodeGroups.user.labels", json!({"pool": "7", "old": "true"})),
            ("hub.singleuser.pod.nodeSelector", json!({"pool": "7", "old": "true"})),
            ("hub.startTimeout", json!("60s")),
            ("hub.concurrentSpawnLimit", json!(100)),
        ],
    );
}

#[test]
fn an_absent_guarantee_is_the_limit_and_0_without_one() {
    let text = "singleuser: {memory: {guarantee: null, limit: 3G}}\n";
    facts(&[Text { name: "v.yaml", text }], &wishes(), &[("hub.singleuser.memory.guarantee", json!("3G"))]);
    let text = "config: {BinderHub: {pod_quota: 5}}\njupyterhub: {cull: {enabled: false}}\n";
    let imported = facts(
        &[Text { name: "v.yaml", text }],
        &wishes(),
        &[("hub.singleuser.memory.guarantee", json!(0)), ("hub.cull", Value::Null)],
    );
    says(&imported, NoteKind::Found, "nothing is culled");
}

#[test]
fn what_is_missing_is_asked_for_and_mistakes_have_places() {
    let file = [Text { name: "v.yaml", text: "singleuser: {memory: {guarantee: 1G}}\n" }];
    let missing = z2jh(&file, &Wishes::default()).expect_err("much is missing").to_string();
    for words in ["S101", "--machine", "S102", "--users"] {
        assert!(missing.contains(words), "{words} in {missing}");
    }
    let wrong = |text: &str| z2jh(&[Text { name: "v.yaml", text }], &wishes()).expect_err(text).to_string();
    assert!(wrong("a: [").contains("v.yaml:1:"), "{}", wrong("a: ["));
    assert!(wrong("nfs: {server: x}").contains("S100"), "{}", wrong("nfs: {server: x}"));
    let bad = wrong("singleuser:\n  memory: {guarantee: 1Gi}\n  cpu: {limit: much}\ncull: {timeout: soon}\n");
    for words in ["v.yaml:2:23", "did you mean `1G`", "v.yaml:3:16", "v.yaml:4:17"] {
        assert!(bad.contains(words), "{words} in {bad}");
    }
    let small = Wishes { machine: Some("n1-standard-1".to_owned()), ..wishes() };
    let file = [Text { name: "v.yaml", text: "singleuser: {memory: {guarantee: 100G}}\n" }];
    assert!(z2jh(&file, &small).is_err(), "no node can hold a user");
    let unknown = Wishes { machine: Some("n1-standard-3".to_owned()), ..wishes() };
    assert!(z2jh(&file, &unknown).expect_err("unknown").to_string().contains("n1-standard-"));
    let numbers =
        Wishes { machine: Some("7910m,120Gi,110".to_owned()), min: Some(2), max: Some(9), ..wishes() };
    facts(
        &file,
        &numbers,
        &[
            ("nodeGroups.user.allocatable", json!({"cpu": "7910m", "memory": "120Gi", "pods": 110})),
            ("nodeGroups.user.min", json!(2)),
            ("nodeGroups.user.max", json!(9)),
        ],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// No text makes an import panic, and what it makes is a scenario.
    #[test]
    fn any_values_end_in_a_scenario_or_in_diagnostics(
        key in "(hub|singleuser|cull|scheduling|binderhub|jupyterhub|config|profileList|[a-z]{1,3})",
        inner in "(memory|cpu|guarantee|limit|config|KubeSpawner|nodeSelector|profileList|userPlaceholder|replicas|enabled)",
        value in "([0-9]{1,4}[GMK]?|true|null|\\[\\]|\\{\\}|[a-z\"'#:\\n{}\\[\\], -]{0,12})",
    ) {
        for text in [
            format!("{key}: {{{inner}: {value}}}\n"),
            format!("singleuser:\n  {inner}: {value}\n"),
            format!("jupyterhub:\n  {key}:\n    {inner}:\n      limit: {value}\n"),
            format!("hub:\n  config:\n    KubeSpawner:\n      {inner}: {value}\nsingleuser: {{}}\n"),
        ] {
            if let Ok(imported) = z2jh(&[Text { name: "v.yaml", text: &text }], &wishes()) {
                document(&imported);
            }
        }
    }
}

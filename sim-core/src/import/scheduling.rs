//! Where user pods may and like to go, who places them, and the pods that keep room for them.
//!
//! **Models** z2jh (48ea50e3) `jupyterhub_config.py` (affinities and tolerations of user pods),
//! `templates/scheduling/user-placeholder/statefulset.yaml` and `user-scheduler/configmap.yaml`. A placeholder's
//! requests are the user's values *as Kubernetes reads them*: of `guarantee: 1G` it asks 10^9 bytes, where a user's pod
//! asks 2^30. `singleuser.schedulerStrategy: pack` of 2018 (4b122ad): soft affinities of weight 50 to the hub's pod
//! and of weight 5 to other users' pods, on one node.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::nodes::UserNodes;
use super::spawner::UserPod;
use super::values::{Found, HUB, Values};
use super::{NoteKind, Notes};
use crate::scenario::scalar::FromScalar;
use crate::scenario::{Cpu, Memory};

/// The name of the user scheduler's profile.
const USER_SCHEDULER: &str = "user-scheduler";
/// Lists of affinities: the kind, the key of the chart's value, the field of a pod.
const LISTS: [(&str, &str, &str); 3] = [
    ("extraNodeAffinity", "nodeAffinity", "node_affinity"),
    ("extraPodAffinity", "podAffinity", "pod_affinity"),
    ("extraPodAntiAffinity", "podAntiAffinity", "pod_anti_affinity"),
];

/// What every pod of a user's kind has in common.
pub(super) struct Placement {
    /// Node selector, tolerations, affinity, scheduler.
    pub pod: Draft,
    /// Node affinity terms that a node must satisfy.
    pub required: Vec<Value>,
}

/// How user pods and placeholders are placed.
pub(super) fn placement(values: &Values, user: &UserPod, notes: &mut Notes) -> Placement {
    let mut pod = Draft::default();
    let mut selector = Draft::default();
    for (label, found) in &user.node_selector {
        selector.text(label, &found.value, &found.origin);
    }
    pod.map("nodeSelector", selector);
    let mut tolerations = Vec::new();
    for path in [&["scheduling", "userPods", "tolerations"][..], &["singleuser", "extraTolerations"][..]] {
        let path: Vec<&str> = [HUB].into_iter().chain(path.iter().copied()).collect();
        if let Some(Found { value: Value::Array(list), .. }) = values.json(&path) {
            tolerations.extend(list);
        }
    }
    if !tolerations.is_empty() {
        pod.json(
            "tolerations",
            &Value::Array(tolerations),
            "scheduling.userPods and singleuser.extraTolerations",
        );
    }
    let (affinity, required) = affinity(values, notes);
    if !affinity.is_empty() {
        pod.json("affinity", &Value::Object(affinity), "scheduling.userPods and singleuser.extra*Affinity");
    }
    if uses_user_scheduler(values) {
        let on = values.switch(&[HUB, "scheduling", "userScheduler", "enabled"]);
        pod.value("schedulerName", USER_SCHEDULER, on.map_or_else(String::new, |on| on.origin));
    }
    Placement { pod, required }
}

fn uses_user_scheduler(values: &Values) -> bool {
    values.switch(&[HUB, "scheduling", "userScheduler", "enabled"]).is_some_and(|on| on.value)
}

fn affinity(values: &Values, notes: &mut Notes) -> (Map<String, Value>, Vec<Value>) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let mut whole = Map::new();
    let mut node_terms = Vec::new();
    for (key, field, trait_name) in LISTS {
        let list = |which: &str| {
            let of_trait = format!("{trait_name}_{which}");
            let found = values.json(&[HUB, "hub", "config", "KubeSpawner", &of_trait]);
            match found.or_else(|| values.json(&[HUB, "singleuser", key, which])) {
                Some(Found { value: Value::Array(list), .. }) => list,
                _ => Vec::new(),
            }
        };
        let (mut required, mut preferred) = (list("required"), list("preferred"));
        if field == "nodeAffinity" {
            let purpose = values.text(&[HUB, "scheduling", "userPods", "nodeAffinity", "matchNodePurpose"]);
            let expression = json!({"matchExpressions": [
                {"key": "hub.jupyter.org/node-purpose", "operator": "In", "values": ["user"]}
            ]});
            match purpose.as_ref().map(|purpose| purpose.value.as_str()) {
                Some("require") => required.push(expression),
                Some("prefer") => preferred.push(json!({"weight": 100, "preference": expression})),
                _ => {}
            }
            node_terms.clone_from(&required);
        }
        if field == "podAffinity" {
            preferred.extend(pack(values, notes));
        }
        let mut part = Map::new();
        if !required.is_empty() {
            let of_nodes = json!({"nodeSelectorTerms": required});
            let value = if field == "nodeAffinity" { of_nodes } else { Value::Array(required) };
            part.insert(REQUIRED.to_owned(), value);
        }
        if !preferred.is_empty() {
            part.insert(PREFERRED.to_owned(), Value::Array(preferred));
        }
        if !part.is_empty() {
            whole.insert(field.to_owned(), Value::Object(part));
        }
    }
    (whole, node_terms)
}

/// `schedulerStrategy: pack`, a value of 2018.
fn pack(values: &Values, notes: &mut Notes) -> Vec<Value> {
    let Some(strategy) = values.text(&[HUB, "singleuser", "schedulerStrategy"]) else { return Vec::new() };
    if strategy.value != "pack" {
        return Vec::new();
    }
    notes.add(
        NoteKind::Found,
        format!("schedulerStrategy packs users onto the hub's node ({})", strategy.origin),
    );
    let near = |weight: i32, component: &str| {
        json!({"weight": weight, "podAffinityTerm": {
            "labelSelector": {"matchLabels": {"component": component}},
            "topologyKey": "kubernetes.io/hostname"
        }})
    };
    vec![near(50, "hub"), near(5, "singleuser-server")]
}

/// `scheduler`, where user pods have one of their own.
pub(super) fn scheduler(values: &Values, scenario: &mut Draft) {
    let base = [HUB, "scheduling", "userScheduler"];
    let at = |key: &'static str| -> Vec<&str> { base.into_iter().chain([key]).collect() };
    if !uses_user_scheduler(values) {
        // Its settings are understood, and without it mean nothing.
        for key in ["plugins", "pluginConfig", "replicas"] {
            values.node(&at(key));
        }
        return;
    }
    let mut section = Draft::default();
    let own = values.is_written(&at("plugins")) || values.is_written(&at("pluginConfig"));
    let (plugins, arguments) = (values.json(&at("plugins")), values.json(&at("pluginConfig")));
    if own {
        let profile = json!({
            "schedulerName": USER_SCHEDULER,
            "plugins": plugins.as_ref().map(|found| found.value.clone()),
            "pluginConfig": arguments.map(|found| found.value),
        });
        let configuration = json!({
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "profiles": [{"schedulerName": "default-scheduler"}, profile],
        });
        let origin = plugins.map_or_else(String::new, |found| found.origin);
        section.json("configuration", &configuration, origin);
    } else {
        let origin = values.switch(&at("enabled")).map_or_else(String::new, |on| on.origin);
        section.raw("presets", "[z2jh-user-scheduler]", origin);
    }
    scenario.map("scheduler", section);
}

/// The priority of a kind of pod, where the chart sets priorities.
pub(super) fn priority(values: &Values, key: &str) -> Option<Found<String>> {
    let base = [HUB, "scheduling", "podPriority"];
    let value = values.text(&[base[0], base[1], base[2], key]);
    let on = values.switch(&[base[0], base[1], base[2], "enabled"]);
    value.filter(|value| on.is_some_and(|on| on.value) && value.value != "0")
}

/// The workload of placeholders, if there are any.
pub(super) fn placeholders(
    values: &Values,
    user: &UserPod,
    nodes: &UserNodes,
    notes: &mut Notes,
) -> Option<Draft> {
    let base = [HUB, "scheduling", "userPlaceholder"];
    let replicas = values.count(&[base[0], base[1], base[2], "replicas"])?;
    let on = values.switch(&[base[0], base[1], base[2], "enabled"])?;
    let resources = values.json(&[base[0], base[1], base[2], "resources"]);
    if !on.value {
        if replicas.value > 0 {
            let text = format!(
                "{} placeholders ({}) are not made: scheduling.userPlaceholder is switched off ({})",
                replicas.value, replicas.origin, on.origin
            );
            notes.add(NoteKind::Found, text);
        }
        return None;
    }
    if replicas.value == 0 {
        return None;
    }
    let mut workload = Draft::default();
    workload.value("kind", "StatefulSet", "");
    workload.value("podManagementPolicy", "Parallel", "");
    workload.value("replicas", &replicas.value.to_string(), replicas.origin);
    let mut pod = nodes.placement.pod.clone();
    match priority(values, "userPlaceholderPriority") {
        Some(priority) => pod.raw("priority", priority.value, priority.origin),
        None => notes.add(
            NoteKind::Found,
            "placeholders have the priority of users, who therefore cannot take their places: \
             scheduling.podPriority is off",
        ),
    }
    let own = resources.filter(|found| found.value.as_object().is_some_and(|map| !map.is_empty()));
    match own {
        Some(found) => pod.json("resources", &cpu_and_memory(&found.value), found.origin),
        None => {
            let requests = as_kubernetes_reads(user);
            let origin = "a user's values, as Kubernetes reads them";
            pod.json("resources", &json!({"requests": requests}), origin);
        }
    }
    pod.raw("terminationGracePeriod", "0s", "");
    workload.map("pod", pod);
    Some(workload)
}

/// Requests of a placeholder: the texts of the user's guarantees, or of the limits where there are none.
fn as_kubernetes_reads(user: &UserPod) -> Value {
    let mut requests = Map::new();
    let memory = user.memory_guarantee.as_ref().or(user.memory_limit.as_ref());
    if let Some(Found { value: (_, text), .. }) = memory
        && Memory::from_text(text).is_ok()
    {
        requests.insert("memory".to_owned(), text.as_str().into());
    }
    let cpu: Option<&(Cpu, String)> =
        user.cpu_guarantee.as_ref().or(user.cpu_limit.as_ref()).map(|found| &found.value);
    if let Some((_, text)) = cpu {
        requests.insert("cpu".to_owned(), text.as_str().into());
    }
    Value::Object(requests)
}

/// The part of a container's `resources` that scenarios know.
pub(super) fn cpu_and_memory(resources: &Value) -> Value {
    let mut whole = Map::new();
    for part in ["requests", "limits"] {
        let amounts = resources.get(part).and_then(Value::as_object);
        let known = amounts.into_iter().flatten().filter(|(key, value)| {
            matches!(key.as_str(), "cpu" | "memory") && (value.is_string() || value.is_number())
        });
        let known: Map<String, Value> = known.map(|(key, value)| (key.clone(), value.clone())).collect();
        if !known.is_empty() {
            whole.insert(part.to_owned(), Value::Object(known));
        }
    }
    Value::Object(whole)
}

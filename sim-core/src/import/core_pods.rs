//! The pods that the charts run beside the users': hub, proxy, user scheduler, BinderHub, and DaemonSets.
//!
//! **Models** replicas, requests and limits, node selectors, of the charts' templates (z2jh 48ea50e3, binderhub
//! b9fad995). A pod whose node selector wants other nodes than the users' is left out, and named.
//! **Leaves out** other charts of an umbrella (ingress, Prometheus, Grafana): their values are counted as ignored.

use serde_json::{Map, Value};

use super::draft::Draft;
use super::nodes::UserNodes;
use super::scheduling::{cpu_and_memory, priority};
use super::spawner::UserPod;
use super::values::{BINDERHUB, Found, HUB, Values};
use super::{NoteKind, Notes};

/// A Deployment of a chart.
struct Server {
    name: &'static str,
    /// The section with its `resources` and `nodeSelector`.
    section: &'static [&'static str],
    /// Where the number of pods stands, if that can be chosen.
    replicas: Option<&'static [&'static str]>,
    component: &'static str,
}

const SERVERS: [Server; 4] = [
    Server { name: "jupyterhub", section: &[HUB, "hub"], replicas: None, component: "hub" },
    Server { name: "proxy", section: &[HUB, "proxy", "chp"], replicas: None, component: "proxy" },
    Server {
        name: "user-scheduler",
        section: &[HUB, "scheduling", "userScheduler"],
        replicas: Some(&[HUB, "scheduling", "userScheduler", "replicas"]),
        component: "user-scheduler",
    },
    Server {
        name: "binder",
        section: &[BINDERHUB],
        replicas: Some(&[BINDERHUB, "replicas"]),
        component: "binder",
    },
];

/// Adds the pods of the charts that run on the users' nodes.
pub(super) fn core_pods(
    values: &Values,
    user: &UserPod,
    nodes: &UserNodes,
    workloads: &mut Draft,
    notes: &mut Notes,
) {
    let mut elsewhere = Vec::new();
    for server in &SERVERS {
        if exists(values, server) {
            match deployment(values, server, nodes) {
                Some(workload) => workloads.map(server.name, workload),
                None => elsewhere.push(server.name),
            }
        }
    }
    if values.has_binderhub() {
        builders(values, nodes, workloads, &mut elsewhere);
    }
    puller(values, user, nodes, workloads);
    if !elsewhere.is_empty() {
        let text = format!("pods on nodes of their own, by their nodeSelector: {}", elsewhere.join(", "));
        notes.add(NoteKind::NotModelled, text);
    }
}

fn exists(values: &Values, server: &Server) -> bool {
    match server.name {
        "user-scheduler" => {
            values.switch(&[HUB, "scheduling", "userScheduler", "enabled"]).is_some_and(|on| on.value)
        }
        "binder" => values.has_binderhub(),
        _ => true,
    }
}

/// The workload, unless it runs on other nodes.
fn deployment(values: &Values, server: &Server, nodes: &UserNodes) -> Option<Draft> {
    let at = |key: &'static str| -> Vec<&str> { server.section.iter().copied().chain([key]).collect() };
    let resources = values.json(&at("resources"));
    let replicas = server.replicas.and_then(|path| values.count(path));
    if !on_user_nodes(values, &at("nodeSelector"), nodes) {
        return None;
    }
    let mut workload = Draft::default();
    workload.value("kind", "Deployment", "");
    if let Some(replicas) = replicas {
        workload.value("replicas", &replicas.value.to_string(), replicas.origin);
    }
    workload.map("pod", pod(resources, server.component));
    Some(workload)
}

fn on_user_nodes(values: &Values, selector: &[&str], nodes: &UserNodes) -> bool {
    values.json(selector).is_none_or(|found| nodes.takes(&found.value))
}

fn pod(resources: Option<Found<Value>>, component: &str) -> Draft {
    let mut pod = Draft::default();
    match resources.map(|found| (cpu_and_memory(&found.value), found.origin)) {
        Some((known, origin)) if known.as_object().is_some_and(|known| !known.is_empty()) => {
            pod.json("resources", &known, origin);
        }
        _ => pod.raw("resources", "{}", "the charts request nothing for it"),
    }
    pod.raw("labels", format!("{{component: {component}}}"), "");
    pod
}

/// Docker (or Podman) for builds, and the image cleaner, on each node.
fn builders(values: &Values, nodes: &UserNodes, workloads: &mut Draft, elsewhere: &mut Vec<&'static str>) {
    let kind = values.text(&[BINDERHUB, "imageBuilderType"]);
    // The chart of 2018 had a switch for Docker in Docker instead.
    let old = values.switch(&[BINDERHUB, "dind", "enabled"]).filter(|on| on.value);
    let builder = match (kind.as_ref().map(|kind| kind.value.as_str()), &old) {
        (Some("pink"), _) => Some("pink"),
        (Some("dind"), _) | (_, Some(_)) => Some("dind"),
        _ => None,
    };
    let selector = [BINDERHUB, "config", "BinderHub", "build_node_selector"];
    if let Some(name) = builder {
        let resources = values.json(&[BINDERHUB, name, "resources"]);
        if on_user_nodes(values, &selector, nodes) {
            workloads.map(name, daemon_set(pod(resources, name)));
        } else {
            elsewhere.push("dind");
        }
    }
    let cleaner = values.switch(&[BINDERHUB, "imageCleaner", "enabled"]);
    if cleaner.is_some_and(|on| on.value) && on_user_nodes(values, &selector, nodes) {
        workloads.map("image-cleaner", daemon_set(pod(None, "image-cleaner")));
    }
}

/// The DaemonSet that has the users' image on each node before they come.
fn puller(values: &Values, user: &UserPod, nodes: &UserNodes, workloads: &mut Draft) {
    let Some(on) = values.switch(&[HUB, "prePuller", "continuous", "enabled"]) else { return };
    if !on.value {
        return;
    }
    let resources = values.json(&[HUB, "prePuller", "resources"]);
    let mut pod = pod(resources, "continuous-image-puller");
    if let Some(priority) = priority(values, "imagePullerPriority") {
        pod.raw("priority", priority.value, priority.origin);
    }
    if let Some(image) = &user.image {
        pod.json("images", &Value::Array(vec![image.value.as_str().into()]), &image.origin);
    }
    let selector: Map<String, Value> = user
        .node_selector
        .iter()
        .map(|(label, found)| (label.clone(), Value::String(found.value.clone())))
        .collect();
    if !selector.is_empty() && nodes.takes(&Value::Object(selector.clone())) {
        pod.json("nodeSelector", &Value::Object(selector), "as of users");
    }
    workloads.map("continuous-image-puller", daemon_set(pod));
}

fn daemon_set(pod: Draft) -> Draft {
    let mut workload = Draft::default();
    workload.value("kind", "DaemonSet", "");
    workload.map("pod", pod);
    workload
}

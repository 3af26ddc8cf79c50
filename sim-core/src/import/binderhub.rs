//! BinderHub's own settings: quotas, builds, launches.
//!
//! **Models** the traitlets of binderhub b9fad995 and the camelCase values of its chart of 2018, of which the older is read
//! where the newer is absent. `per_repo_quota: 0` is no quota, `pod_quota: 0` refuses every launch. Amounts of memory are
//! JupyterHub's `ByteSpecification`: 1G is 2^30 bytes. Builds are bare pods that shun each other's nodes (build.py:
//! a preferred anti-affinity of weight 100).
//!
//! **Leaves out** `sticky_builds`, quotas of single repositories (`spec_config`), the registry.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::nodes::UserNodes;
use super::values::{BINDERHUB, Found, Values};
use super::{NoteKind, Notes};
use crate::scenario::HubBytes;

/// The workload whose pods the builds are.
const BUILDS: &str = "builds";
/// The label of build pods (build.py).
const COMPONENT: &str = "binderhub-build";

/// Where a setting may stand below BinderHub's section: the first that is there wins.
type Places = &'static [&'static [&'static str]];

const PER_REPO_QUOTA: Places = &[&["config", "BinderHub", "per_repo_quota"], &["perRepoQuota"]];
const PER_REPO_QUOTA_HIGHER: Places =
    &[&["config", "BinderHub", "per_repo_quota_higher"], &["perRepoQuotaHigher"]];
const POD_QUOTA: Places = &[
    &["config", "KubernetesLaunchQuota", "total_quota"],
    &["config", "LaunchQuota", "total_quota"],
    &["config", "BinderHub", "pod_quota"],
];
const CONCURRENT_BUILDS: Places =
    &[&["config", "BinderHub", "concurrent_build_limit"], &["concurrentBuildLimit"]];
const BUILD_MAX_AGE: Places =
    &[&["config", "KubernetesCleaner", "max_age"], &["config", "BinderHub", "build_max_age"]];
const MEMORY_LIMIT: Places =
    &[&["config", "KubernetesBuildExecutor", "memory_limit"], &["config", "BinderHub", "build_memory_limit"]];
const MEMORY_REQUEST: Places = &[
    &["config", "KubernetesBuildExecutor", "memory_request"],
    &["config", "BinderHub", "build_memory_request"],
];
const STICKY_BUILDS: Places = &[&["config", "BinderHub", "sticky_builds"]];
const LAUNCH_ATTEMPTS: Places = &[&["config", "Launcher", "retries"]];
const LAUNCH_PAUSE: Places = &[&["config", "Launcher", "retry_delay"]];
const LAUNCH_TIMEOUT: Places = &[&["config", "Launcher", "launch_timeout"]];

/// Whether builds run on the users' nodes.
pub(super) fn builds_here(values: &Values, nodes: &UserNodes) -> bool {
    let selector = values.json(&[BINDERHUB, "config", "BinderHub", "build_node_selector"]);
    selector.is_none_or(|found| nodes.takes(&found.value))
}

/// `binderhub`, and the workload of its builds.
pub(super) fn binderhub(
    values: &Values,
    nodes: &UserNodes,
    workloads: &mut Draft,
    notes: &mut Notes,
) -> Draft {
    let mut section = Draft::default();
    quotas(values, &mut section, notes);
    let mut launch = Draft::default();
    if let Some(found) = count(values, LAUNCH_ATTEMPTS) {
        launch.raw("attempts", found.value.max(1).to_string(), found.origin);
    }
    for (key, places) in [("retryDelay", LAUNCH_PAUSE), ("timeout", LAUNCH_TIMEOUT)] {
        if let Some(found) = count(values, places) {
            launch.raw(key, format!("{}s", found.value), found.origin);
        }
    }
    section.map("launch", launch);
    if let Some(found) = text(values, STICKY_BUILDS).filter(|found| found.value == "true") {
        let text = format!("builds of a repository on the same node ({})", found.origin);
        notes.add(NoteKind::NotModelled, text);
    }
    let (limit, max_age) = (count(values, CONCURRENT_BUILDS), count(values, BUILD_MAX_AGE));
    let resources = resources(values);
    if !builds_here(values, nodes) {
        notes.add(NoteKind::NotModelled, "builds, which run on nodes of their own");
        return section;
    }
    let mut build = Draft::default();
    build.value("workload", BUILDS, "");
    if let Some(found) = limit {
        build.raw("concurrentLimit", found.value.to_string(), found.origin);
    }
    if let Some(found) = max_age {
        build.raw("maxAge", format!("{}s", found.value), found.origin);
    }
    section.map("build", build);
    workloads.map(BUILDS, builds(resources));
    notes.add(
        NoteKind::Assumed,
        "how many launches need a build, how long it takes, how many repositories there are; see \
         `audience.users` and `workloads.builds`",
    );
    section
}

fn quotas(values: &Values, section: &mut Draft, notes: &mut Notes) {
    for (key, places) in [("perRepoQuota", PER_REPO_QUOTA), ("perRepoQuotaHigher", PER_REPO_QUOTA_HIGHER)] {
        if let Some(found) = count(values, places) {
            section.raw(key, found.value.to_string(), found.origin);
        }
    }
    if let Some(found) = count(values, PER_REPO_QUOTA_HIGHER) {
        let text = format!(
            "nobody's repositories have the higher quota of {} ({}): `highQuota: true` gives it to an audience",
            found.value, found.origin
        );
        notes.add(NoteKind::Assumed, text);
    }
    if let Some(found) = count(values, POD_QUOTA) {
        if found.value == 0 {
            let text =
                format!("a pod quota of 0 refuses every launch: this hub is drained ({})", found.origin);
            notes.add(NoteKind::Found, text);
        }
        section.raw("podQuota", found.value.to_string(), found.origin);
    }
}

/// The bare pods of builds.
fn builds(resources: Draft) -> Draft {
    let mut workload = Draft::default();
    workload.raw("replicas", "0", "");
    workload.raw("lifetime", "{lognormal: {median: 4m, p95: 20m}}", "ASSUMED");
    let mut pod = Draft::default();
    pod.map("resources", resources);
    pod.raw("labels", format!("{{component: {COMPONENT}}}"), "");
    let apart = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 100, "podAffinityTerm": {
            "topologyKey": "kubernetes.io/hostname",
            "labelSelector": {"matchLabels": {"component": COMPONENT}}
        }}
    ]}});
    pod.json("affinity", &apart, "of BinderHub's build pods");
    pod.raw("restartPolicy", "Never", "");
    workload.map("pod", pod);
    workload
}

/// What a build's pod asks for; 0 is nothing.
fn resources(values: &Values) -> Draft {
    let mut resources = Draft::default();
    for (key, places) in [("requests", MEMORY_REQUEST), ("limits", MEMORY_LIMIT)] {
        let found: Vec<_> =
            places.iter().filter_map(|place| values.checked::<HubBytes>(&below(place))).collect();
        let Some(found) = found.into_iter().next() else { continue };
        if found.value.0.bytes > 0 {
            let memory = Map::from_iter([("memory".to_owned(), Value::from(found.value.0.bytes))]);
            resources.json(key, &Value::Object(memory), found.origin);
        }
    }
    resources
}

fn below(place: &[&'static str]) -> Vec<&'static str> {
    core::iter::once(BINDERHUB).chain(place.iter().copied()).collect()
}

/// The first of the places that says something; what the others say counts as read.
fn text(values: &Values, places: Places) -> Option<Found<String>> {
    let found: Vec<_> = places.iter().filter_map(|place| values.text(&below(place))).collect();
    found.into_iter().next()
}

fn count(values: &Values, places: Places) -> Option<Found<u64>> {
    let found: Vec<_> = places.iter().filter_map(|place| values.count(&below(place))).collect();
    found.into_iter().next()
}

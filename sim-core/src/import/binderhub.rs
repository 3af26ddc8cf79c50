//! BinderHub's own settings: quotas, builds, launches.
//!
//! **Models** the traitlets of binderhub b9fad995 and the camelCase values of its chart of 2018, of which the older
//! is read where the newer is absent.

use super::values::{BINDERHUB, Values};
use super::{NoteKind, Notes};

/// A setting: what it is, and where it may stand below BinderHub's section, the first that is there wins.
const SETTINGS: [(&str, &[&[&str]]); 9] = [
    ("pods of one repository", &[&["config", "BinderHub", "per_repo_quota"], &["perRepoQuota"]]),
    (
        "pods of one repository with a higher quota",
        &[&["config", "BinderHub", "per_repo_quota_higher"], &["perRepoQuotaHigher"]],
    ),
    (
        "pods in all",
        &[
            &["config", "KubernetesLaunchQuota", "total_quota"],
            &["config", "LaunchQuota", "total_quota"],
            &["config", "BinderHub", "pod_quota"],
        ],
    ),
    ("builds at a time", &[&["config", "BinderHub", "concurrent_build_limit"], &["concurrentBuildLimit"]]),
    (
        "memory limit of a build",
        &[
            &["config", "KubernetesBuildExecutor", "memory_limit"],
            &["config", "KubernetesBuildExecutor", "resources", "limits", "memory"],
            &["config", "BinderHub", "build_memory_limit"],
        ],
    ),
    (
        "memory request of a build",
        &[
            &["config", "KubernetesBuildExecutor", "memory_request"],
            &["config", "KubernetesBuildExecutor", "resources", "requests", "memory"],
            &["config", "BinderHub", "build_memory_request"],
        ],
    ),
    ("builds of a repository on the same node", &[&["config", "BinderHub", "sticky_builds"]]),
    ("age at which a build is ended, in seconds", &[&["config", "KubernetesCleaner", "max_age"]]),
    ("time for a launch, in seconds", &[&["config", "Launcher", "launch_timeout"]]),
];

/// Says what BinderHub's settings are.
pub(super) fn settings(values: &Values, notes: &mut Notes) {
    for (what, places) in SETTINGS {
        let found = places.iter().filter_map(|place| {
            let path: Vec<&str> = [BINDERHUB].into_iter().chain(place.iter().copied()).collect();
            values.text(&path)
        });
        let found: Vec<_> = found.collect();
        let Some(first) = found.first() else { continue };
        let mut text = format!("{what}: {} ({})", first.value, first.origin);
        if what == "pods in all" && first.value == "0" {
            text += "; 0 refuses every launch: this hub is being drained";
        }
        notes.add(NoteKind::NotModelled, text);
    }
}

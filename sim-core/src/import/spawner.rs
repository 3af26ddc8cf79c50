//! The user's pod: `singleuser.*` and the spawner's traitlets under `hub.config`.
//!
//! **Models** z2jh's `jupyterhub_config.py` (48ea50e3): chart keys become traitlets of `KubeSpawner`; `hub.config` is
//! applied after them, class by class, and the most special class wins: a spawner of one's own over `KubeSpawner` over
//! `Spawner`. What profiles put over that is in `profiles.rs`. A guarantee that is absent or 0 makes no request.
//!
//! **Leaves out** code: `hub.extraConfig`, and spawners that change themselves in it.

use std::collections::BTreeMap;

use super::profiles::{Profile, profiles};
use super::values::{Found, HUB, Values, scalar};
use super::{NoteKind, Notes};
use crate::scenario::scalar::FromScalar;
use crate::scenario::{Cpu, HubBytes};
use crate::tree::node::Node;

/// The user's pod and the time it gets.
#[derive(Clone, Debug, Default)]
pub(super) struct UserPod {
    pub memory_guarantee: Option<Found<(HubBytes, String)>>,
    pub memory_limit: Option<Found<(HubBytes, String)>>,
    pub cpu_guarantee: Option<Found<(Cpu, String)>>,
    pub cpu_limit: Option<Found<(Cpu, String)>>,
    pub start_timeout: Option<Found<f64>>,
    pub http_timeout: Option<Found<f64>>,
    pub poll_interval: Option<Found<f64>>,
    pub consecutive_failure_limit: Option<Found<u64>>,
    pub node_selector: BTreeMap<String, Found<String>>,
    pub image: Option<Found<String>>,
}

impl UserPod {
    /// Whether the scheduler could tell the two apart.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        fn value<T>(found: Option<&Found<T>>) -> Option<&T> {
            found.map(|found| &found.value)
        }
        let selects = |pod: &Self| -> Vec<(String, String)> {
            pod.node_selector.iter().map(|(label, found)| (label.clone(), found.value.clone())).collect()
        };
        let memory = |pod: &Self| {
            [&pod.memory_guarantee, &pod.memory_limit]
                .map(|found| value(found.as_ref()).map(|(bytes, _)| *bytes))
        };
        let cpu = |pod: &Self| {
            [&pod.cpu_guarantee, &pod.cpu_limit].map(|found| value(found.as_ref()).map(|(cpu, _)| *cpu))
        };
        memory(self) == memory(other)
            && cpu(self) == cpu(other)
            && selects(self) == selects(other)
            && value(self.image.as_ref()) == value(other.image.as_ref())
    }
}

/// The user's pod as the hub makes it for somebody who changes nothing on the spawn page, and those of the others.
pub(super) fn user_pod(values: &Values, notes: &mut Notes) -> (UserPod, Vec<Profile>) {
    let classes = classes(values);
    let trait_of = Traits { values, classes: &classes };
    let mut pod = UserPod {
        memory_guarantee: trait_of.checked("mem_guarantee", &["singleuser", "memory", "guarantee"]),
        memory_limit: trait_of.checked("mem_limit", &["singleuser", "memory", "limit"]),
        cpu_guarantee: trait_of.checked("cpu_guarantee", &["singleuser", "cpu", "guarantee"]),
        cpu_limit: trait_of.checked("cpu_limit", &["singleuser", "cpu", "limit"]),
        start_timeout: trait_of.number("start_timeout", &["singleuser", "startTimeout"]),
        http_timeout: trait_of.number("http_timeout", &[]),
        poll_interval: trait_of.number("poll_interval", &[]),
        consecutive_failure_limit: trait_of
            .count("consecutive_failure_limit", &["hub", "consecutiveFailureLimit"]),
        node_selector: BTreeMap::new(),
        image: image(values),
    };
    let selector = trait_of.path("node_selector", &["singleuser", "nodeSelector"]);
    let steps: Vec<&str> = selector.iter().map(String::as_str).collect();
    if let Some(node) = values.node(&steps) {
        select(&mut pod.node_selector, node, &|node| values.origin(node.mark, &steps));
    }
    extra_resources(values, notes);
    let list = trait_of.path("profile_list", &["singleuser", "profileList"]);
    let others = profiles(values, &list, &mut pod, notes);
    (pod, others)
}

/// The image of every user, if the chart knows it.
fn image(values: &Values) -> Option<Found<String>> {
    let name = values.text(&[HUB, "singleuser", "image", "name"])?;
    let tag = values.text(&[HUB, "singleuser", "image", "tag"]);
    let value = tag.map_or_else(|| name.value.clone(), |tag| format!("{}:{}", name.value, tag.value));
    Some(Found { value, origin: name.origin })
}

/// Spawner classes with values, the most special first; z2jh's own keys count as `KubeSpawner`'s.
fn classes(values: &Values) -> Vec<String> {
    let all = values.keys(&[HUB, "hub", "config"]);
    let own = all
        .iter()
        .filter(|name| name.ends_with("Spawner") && !matches!(name.as_str(), "Spawner" | "KubeSpawner"));
    own.cloned().chain(["KubeSpawner".to_owned()]).collect()
}

/// Traitlets, from wherever they are set.
struct Traits<'v> {
    values: &'v Values,
    classes: &'v [String],
}

impl Traits<'_> {
    /// Where a traitlet of the spawner is set: the path in the merged tree.
    fn path(&self, name: &str, key: &[&str]) -> Vec<String> {
        let owned = |path: &[&str]| path.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>();
        for class in self.classes {
            let path = [HUB, "hub", "config", class.as_str(), name];
            if self.values.node(&path).is_some() {
                return owned(&path);
            }
        }
        let chart: Vec<&str> = [HUB].into_iter().chain(key.iter().copied()).collect();
        if !key.is_empty() && self.values.node(&chart).is_some() {
            return owned(&chart);
        }
        owned(&[HUB, "hub", "config", "Spawner", name])
    }

    fn checked<T: FromScalar>(&self, name: &str, key: &[&str]) -> Option<Found<(T, String)>> {
        let path = self.path(name, key);
        self.values.checked(&path.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn number(&self, name: &str, key: &[&str]) -> Option<Found<f64>> {
        let path = self.path(name, key);
        self.values.number(&path.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn count(&self, name: &str, key: &[&str]) -> Option<Found<u64>> {
        let path = self.path(name, key);
        self.values.count(&path.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Puts labels over those that a pod selects already; `null` takes one away.
pub(super) fn select(
    into: &mut BTreeMap<String, Found<String>>,
    node: &Node,
    origin: &dyn Fn(&Node) -> String,
) {
    for (key, entry) in node.entries().into_iter().flatten() {
        match scalar(&entry.node) {
            Some(value) => drop(into.insert(key.clone(), Found { value, origin: origin(&entry.node) })),
            None => drop(into.remove(key)),
        }
    }
}

fn extra_resources(values: &Values, notes: &mut Notes) {
    for part in ["guarantees", "limits"] {
        for key in values.keys(&[HUB, "singleuser", "extraResource", part]) {
            let path = [HUB, "singleuser", "extraResource", part, key.as_str()];
            if let Some(amount) = values.text(&path) {
                let text = format!("{key}: {} of each user ({})", amount.value, amount.origin);
                notes.add(NoteKind::NotModelled, text);
            }
        }
    }
}

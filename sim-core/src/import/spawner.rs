//! The user's pod: `singleuser.*`, the spawner's traitlets under `hub.config`, and the profile that is the default.
//!
//! **Models** z2jh's `jupyterhub_config.py` (48ea50e3): chart keys become traitlets of `KubeSpawner`; `hub.config` is
//! applied after them, class by class, and the most special class wins: a spawner of one's own over `KubeSpawner` over
//! `Spawner`. A profile's `kubespawner_override` goes over that, then those of the default choice of each of its
//! options (KubeSpawner 7, `profile_list`). A guarantee that is absent or 0 makes no request.
//!
//! **Leaves out** code: `hub.extraConfig`, and spawners that change themselves in it.

use std::collections::{BTreeMap, BTreeSet};

use super::values::{Found, HUB, Values, amount, scalar};
use super::{NoteKind, Notes};
use crate::scenario::scalar::FromScalar;
use crate::scenario::{Cpu, HubBytes};
use crate::tree::node::{Node, Value};

/// The user's pod and the time it gets.
#[derive(Debug, Default)]
pub(super) struct UserPod {
    pub memory_guarantee: Option<Found<(HubBytes, String)>>,
    pub memory_limit: Option<Found<(HubBytes, String)>>,
    pub cpu_guarantee: Option<Found<(Cpu, String)>>,
    pub cpu_limit: Option<Found<(Cpu, String)>>,
    pub start_timeout: Option<Found<f64>>,
    pub http_timeout: Option<Found<f64>>,
    pub poll_interval: Option<Found<f64>>,
    pub node_selector: BTreeMap<String, Found<String>>,
    pub image: Option<Found<String>>,
}

/// The user's pod as the hub makes it for somebody who changes nothing on the spawn page.
pub(super) fn user_pod(values: &Values, notes: &mut Notes) -> UserPod {
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
    profiles(values, &list, &mut pod, notes);
    pod
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
}

fn select(into: &mut BTreeMap<String, Found<String>>, node: &Node, origin: &dyn Fn(&Node) -> String) {
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

/// Puts the default profile over the pod, and says what the others would be.
fn profiles(values: &Values, path: &[String], pod: &mut UserPod, notes: &mut Notes) {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some(list) = values.node(&steps) else { return };
    let profiles = items(list);
    if profiles.is_empty() {
        return;
    }
    let guarantees: BTreeSet<String> = {
        let mut found = BTreeSet::new();
        named(list, "mem_guarantee", &mut found);
        found
    };
    let origin = |node: &Node| values.origin(node.mark, &steps);
    let profile = default_of(&profiles);
    let mut chosen = vec![display_name(profile)];
    let mut overrides: Vec<&Node> = entry(profile, "kubespawner_override").into_iter().collect();
    for option in entry(profile, "profile_options").and_then(Node::entries).into_iter().flatten() {
        let choices = entry(&option.1.node, "choices").map(items).unwrap_or_default();
        if !choices.is_empty() {
            let choice = default_of(&choices);
            chosen.push(display_name(choice));
            overrides.extend(entry(choice, "kubespawner_override"));
        }
    }
    for over in overrides {
        apply(values, &steps, over, pod, &origin, notes);
    }
    let (count, distinct) = (profiles.len(), guarantees.len());
    let text = format!(
        "profileList has {count} {}, with {distinct} distinct memory {}; users take the default ({})",
        if count == 1 { "profile" } else { "profiles" },
        if distinct == 1 { "guarantee" } else { "guarantees" },
        chosen.join(", "),
    );
    notes.add(NoteKind::Found, text);
    let texts: Vec<String> = guarantees.into_iter().collect();
    if distinct > 1 {
        notes.add(
            NoteKind::NotModelled,
            format!("users who choose another profile; the memory guarantees are {}", texts.join(", ")),
        );
    }
}

/// Puts one `kubespawner_override` over the pod.
fn apply(
    values: &Values,
    path: &[&str],
    over: &Node,
    pod: &mut UserPod,
    origin: &dyn Fn(&Node) -> String,
    notes: &mut Notes,
) {
    for (name, entry) in over.entries().into_iter().flatten() {
        let node = &entry.node;
        match name.as_str() {
            "mem_guarantee" => pod.memory_guarantee = read(values, path, node, origin),
            "mem_limit" => pod.memory_limit = read(values, path, node, origin),
            "cpu_guarantee" => pod.cpu_guarantee = read(values, path, node, origin),
            "cpu_limit" => pod.cpu_limit = read(values, path, node, origin),
            "node_selector" => select(&mut pod.node_selector, node, origin),
            "image" => {
                pod.image =
                    scalar(node).map(|value| Found { value, origin: origin(node) }).or(pod.image.take());
            }
            "extra_resource_limits" | "extra_resource_guarantees" => {
                for (resource, amount) in node.entries().into_iter().flatten() {
                    let amount = scalar(&amount.node).unwrap_or_default();
                    let text = format!("{resource}: {amount} of the default profile ({})", origin(node));
                    notes.add(NoteKind::NotModelled, text);
                }
            }
            _ => {}
        }
    }
}

/// An amount of an override; `null` takes away what was set.
fn read<T: FromScalar>(
    values: &Values,
    path: &[&str],
    node: &Node,
    origin: &dyn Fn(&Node) -> String,
) -> Option<Found<(T, String)>> {
    if matches!(node.value, Value::Null) {
        return None;
    }
    let text = scalar(node)?;
    match amount(node, &text) {
        Ok(value) => Some(Found { value: (value, text), origin: origin(node) }),
        Err(problem) => {
            values.refuse(node.mark, path, problem);
            None
        }
    }
}

/// The entries of a list; of a map, in order of key, as z2jh does for lists that may be maps.
fn items(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Sequence(items) => items.iter().collect(),
        Value::Mapping(entries) => {
            let sorted: BTreeMap<&String, &Node> =
                entries.iter().map(|(key, entry)| (key, &entry.node)).collect();
            sorted.into_values().filter(|node| node.entries().is_some()).collect()
        }
        _ => Vec::new(),
    }
}

/// The one that says `default: true`, or the first.
fn default_of<'n>(items: &[&'n Node]) -> &'n Node {
    let says_default = |node: &&&Node| {
        entry(node, "default").is_some_and(|default| matches!(default.value, Value::Bool(true)))
    };
    items.iter().find(says_default).unwrap_or(&items[0])
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let node = &node.entries()?.get(key)?.node;
    (!matches!(node.value, Value::Null)).then_some(node)
}

fn display_name(node: &Node) -> String {
    let name = entry(node, "display_name").or_else(|| entry(node, "slug")).and_then(scalar);
    name.unwrap_or_else(|| "without a name".to_owned())
}

/// All values of the key `name` anywhere below.
fn named(node: &Node, name: &str, found: &mut BTreeSet<String>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| named(item, name, found)),
        Value::Mapping(entries) => {
            for (key, entry) in entries {
                if key == name {
                    found.extend(scalar(&entry.node));
                }
                named(&entry.node, name, found);
            }
        }
        _ => {}
    }
}

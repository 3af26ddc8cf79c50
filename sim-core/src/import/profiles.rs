//! `profileList`: the shapes of pods that users choose from on the spawn page.
//!
//! **Models** KubeSpawner 7, `profile_list`: a profile's `kubespawner_override` goes over the user's pod, then the overrides
//! of one choice of each of its options. What users get who change nothing is the default profile with its
//! default choices; each other profile is a shape of its own, and so is each other choice of an option, the remaining
//! options left at their defaults.
//!
//! **Leaves out** two options changed at once, `unlisted_choice`, and what of an override is neither memory, CPU, image nor
//! node selector: that is named.

use std::collections::{BTreeMap, BTreeSet};

use super::spawner::{UserPod, select};
use super::values::{Found, Values, amount, scalar};
use super::{NoteKind, Notes};
use crate::scenario::scalar::FromScalar;
use crate::tree::node::{Node, Value};

/// What an override is read for.
const KNOWN: [&str; 8] = [
    "mem_guarantee",
    "mem_limit",
    "cpu_guarantee",
    "cpu_limit",
    "node_selector",
    "image",
    "extra_resource_limits",
    "extra_resource_guarantees",
];

/// A shape that users choose.
#[derive(Debug)]
pub(super) struct Profile {
    /// Its name in `hub.profileList`.
    pub name: String,
    /// What the spawn page calls it.
    pub title: String,
    /// The pod.
    pub pod: UserPod,
}

/// Puts the default profile over the pod, and says what the others are.
pub(super) fn profiles(
    values: &Values,
    path: &[String],
    pod: &mut UserPod,
    notes: &mut Notes,
) -> Vec<Profile> {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some(list) = values.node(&steps) else { return Vec::new() };
    let written = items(list);
    if written.is_empty() {
        return Vec::new();
    }
    let mut reader = Reader { values, path: &steps, notes };
    let base = pod.clone();
    let first = default_of(&written);
    let mut shapes = reader.shapes(first, &base);
    let default = shapes.remove(0);
    *pod = default.pod;
    for profile in written.iter().filter(|profile| !core::ptr::eq(**profile, first)) {
        shapes.extend(reader.shapes(profile, &base));
    }
    let mut unknown = BTreeMap::new();
    count_unknown(list, &mut unknown);
    if !unknown.is_empty() {
        let unknown: Vec<String> = unknown.iter().map(|(key, times)| format!("{key} ({times})")).collect();
        let text = format!("of profiles' overrides, and how often: {}", unknown.join(", "));
        notes.add(NoteKind::NotModelled, text);
    }
    let mut guarantees = BTreeSet::new();
    named(list, "mem_guarantee", &mut guarantees);
    let (count, distinct) = (written.len(), guarantees.len());
    let text = format!(
        "profileList has {count} {}, with {distinct} distinct memory {}; the default is {}",
        if count == 1 { "profile" } else { "profiles" },
        if distinct == 1 { "guarantee" } else { "guarantees" },
        default.title,
    );
    notes.add(NoteKind::Found, text);
    told_apart(shapes, pod)
}

/// Those that the scheduler can tell from the default and from one another, each under a name of its own.
fn told_apart(shapes: Vec<Profile>, default: &UserPod) -> Vec<Profile> {
    let mut kept: Vec<Profile> = Vec::new();
    for mut shape in shapes {
        if shape.pod.is_like(default) || kept.iter().any(|other| other.pod.is_like(&shape.pod)) {
            continue;
        }
        let taken = |name: &str| kept.iter().any(|other| other.name == name);
        let numbered = (2..).map(|number| format!("{}-{number}", shape.name));
        let mut names = core::iter::once(shape.name.clone()).chain(numbered);
        shape.name = names.find(|name| !taken(name)).expect("there is no end of them");
        kept.push(shape);
    }
    kept
}

/// Reads profiles.
struct Reader<'v, 'n> {
    values: &'v Values,
    path: &'v [&'v str],
    notes: &'n mut Notes,
}

impl Reader<'_, '_> {
    /// The shapes of a profile: with the default choices first, then with each other choice of each option.
    fn shapes(&mut self, profile: &Node, base: &UserPod) -> Vec<Profile> {
        let options: Vec<Vec<&Node>> = entry(profile, "profile_options")
            .and_then(Node::entries)
            .into_iter()
            .flatten()
            .map(|(_, option)| entry(&option.node, "choices").map(items).unwrap_or_default())
            .filter(|choices| !choices.is_empty())
            .collect();
        let defaults: Vec<&Node> = options.iter().map(|choices| default_of(choices)).collect();
        let mut shapes = vec![self.shape(profile, &defaults, None, base)];
        for (place, choices) in options.iter().enumerate() {
            for choice in choices.iter().filter(|choice| !core::ptr::eq(**choice, defaults[place])) {
                let mut chosen = defaults.clone();
                chosen[place] = choice;
                shapes.push(self.shape(profile, &chosen, Some(choice), base));
            }
        }
        shapes
    }

    fn shape(&mut self, profile: &Node, choices: &[&Node], other: Option<&Node>, base: &UserPod) -> Profile {
        let mut pod = base.clone();
        for node in core::iter::once(&profile).chain(choices) {
            if let Some(over) = entry(node, "kubespawner_override") {
                self.apply(over, &mut pod);
            }
        }
        let of_profile = display_name(profile);
        let title = match other {
            Some(choice) => format!("{of_profile}, {}", display_name(choice)),
            None => core::iter::once(of_profile)
                .chain(choices.iter().map(|choice| display_name(choice)))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let slug = entry(profile, "slug").and_then(scalar).filter(|_| other.is_none());
        Profile {
            name: slugified(&slug.unwrap_or_else(|| display_name(other.unwrap_or(profile)))),
            title,
            pod,
        }
    }

    /// Puts one `kubespawner_override` over the pod.
    fn apply(&mut self, over: &Node, pod: &mut UserPod) {
        for (name, entry) in over.entries().into_iter().flatten() {
            let node = &entry.node;
            match name.as_str() {
                "mem_guarantee" => pod.memory_guarantee = self.read(node),
                "mem_limit" => pod.memory_limit = self.read(node),
                "cpu_guarantee" => pod.cpu_guarantee = self.read(node),
                "cpu_limit" => pod.cpu_limit = self.read(node),
                "node_selector" => {
                    select(&mut pod.node_selector, node, &|node| self.values.origin(node.mark, self.path));
                }
                "image" => {
                    let origin = self.values.origin(node.mark, self.path);
                    pod.image = scalar(node).map(|value| Found { value, origin }).or(pod.image.take());
                }
                "extra_resource_limits" | "extra_resource_guarantees" => {
                    for (resource, amount) in node.entries().into_iter().flatten() {
                        let amount = scalar(&amount.node).unwrap_or_default();
                        let origin = self.values.origin(node.mark, self.path);
                        let text = format!("{resource}: {amount} of a profile ({origin})");
                        self.notes.add(NoteKind::NotModelled, text);
                    }
                }
                _ => {}
            }
        }
    }

    /// An amount of an override; `null` takes away what was set.
    fn read<T: FromScalar>(&self, node: &Node) -> Option<Found<(T, String)>> {
        if matches!(node.value, Value::Null) {
            return None;
        }
        let text = scalar(node)?;
        match amount(node, &text) {
            Ok(value) => {
                Some(Found { value: (value, text), origin: self.values.origin(node.mark, self.path) })
            }
            Err(problem) => {
                self.values.refuse(node.mark, self.path, problem);
                None
            }
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

/// Keys of overrides anywhere below that nothing is made of, and how often each is there.
fn count_unknown(node: &Node, found: &mut BTreeMap<String, u32>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| count_unknown(item, found)),
        Value::Mapping(entries) => {
            for (key, entry) in entries {
                if key != "kubespawner_override" {
                    count_unknown(&entry.node, found);
                    continue;
                }
                let keys = entry.node.entries().into_iter().flat_map(|entries| entries.keys());
                for key in keys.filter(|key| !KNOWN.contains(&key.as_str())) {
                    *found.entry(key.clone()).or_default() += 1;
                }
            }
        }
        _ => {}
    }
}

/// A name as KubeSpawner's `slugify` makes it: small letters, digits and hyphens.
fn slugified(text: &str) -> String {
    let plain = text.to_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    if slug.is_empty() { "profile".to_owned() } else { slug }
}

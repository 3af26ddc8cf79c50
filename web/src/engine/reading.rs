//! What somebody drops or pastes: a scenario, a real cluster as kubectl prints it, or a hub's values.

use std::collections::BTreeMap;

use plimsoll_core::import::{Text, Wishes, z2jh};
use plimsoll_core::kubernetes::{Object, Objects, read};
use plimsoll_core::scenario::Document;

use super::side::told;
use crate::protocol::{Found, FromEngine, Told};

/// Longer texts are not looked into: no cluster's dump and no scenario comes near.
const LONGEST: usize = 48_000_000;

/// What no values file says and an import has to know. Said where it is used.
const MACHINE: &str = "n1-highmem-8";
const PEOPLE: u32 = 300;

/// Fields that are named; the rest is counted.
const NAMED: usize = 12;

/// A real cluster, or what is wrong with it.
pub fn cluster(text: &str) -> Result<Objects, Vec<Told>> {
    let wrong = |text: String| vec![Told { error: true, place: None, text }];
    let objects = read(text).map_err(|error| wrong(error.to_string()))?;
    if objects.objects.iter().any(|object| matches!(object, Object::Node(_))) {
        return Ok(objects);
    }
    Err(wrong("There is no node in it. Drop what `kubectl get nodes,pods -A -o json` prints.".to_owned()))
}

/// Finds out what a text is.
pub fn look(name: &str, text: String) -> FromEngine {
    if text.len() > LONGEST {
        let said = format!(
            "{name} is too large: {} MB. What can be read here is a scenario, a cluster's dump or a hub's values.",
            text.len() / 1_000_000
        );
        return FromEngine::Read { found: None, said: vec![said], told: Vec::new() };
    }
    let is_scenario = text.lines().any(|line| line.starts_with("apiVersion: plimsoll/"));
    let is_cluster = text.trim_start().starts_with('{')
        || text
            .lines()
            .take(40)
            .any(|line| line.trim_end() == "kind: List" || line.trim_end() == "kind: Node");
    if is_scenario {
        scenario(name, text)
    } else if is_cluster {
        match cluster(&text) {
            Ok(objects) => FromEngine::Read {
                said: of_cluster(name, &objects),
                found: Some(Found::Cluster(text)),
                told: Vec::new(),
            },
            Err(told) => FromEngine::Read { found: None, said: Vec::new(), told },
        }
    } else {
        values(name, text)
    }
}

fn scenario(name: &str, text: String) -> FromEngine {
    let found = Document::parse(name, text.as_bytes()).and_then(|document| document.validate());
    match found {
        Ok(warnings) => {
            FromEngine::Read { found: Some(Found::Scenario(text)), said: Vec::new(), told: told(&warnings) }
        }
        Err(errors) => FromEngine::Read { found: None, said: Vec::new(), told: told(&errors) },
    }
}

/// A hub's values, if they are; else what keeps the text from being a scenario.
fn values(name: &str, text: String) -> FromEngine {
    let wishes = Wishes { machine: Some(MACHINE.to_owned()), users: Some(PEOPLE), ..Wishes::default() };
    match z2jh(&[Text { name, text: &text }], &wishes) {
        Ok(imported) => {
            let mut said = vec![
                format!(
                    "Read {name} as a hub's values: {} of {} values are used, {} are ignored.",
                    imported.values - imported.ignored_values(),
                    imported.values,
                    imported.ignored_values()
                ),
                format!(
                    "Assumed: user nodes of {MACHINE} and {PEOPLE} people that day. Edit the scenario where that is not so."
                ),
            ];
            said.extend(imported.notes.iter().map(ToString::to_string));
            said.extend(
                imported
                    .ignored
                    .iter()
                    .take(NAMED)
                    .map(|part| format!("ignored: {} ({}, {})", part.path, part.values, part.place)),
            );
            FromEngine::Read { found: Some(Found::Scenario(imported.scenario)), said, told: Vec::new() }
        }
        Err(errors) => {
            match Document::parse(name, text.as_bytes()).and_then(|document| document.validate()) {
                Ok(_) => FromEngine::Read {
                    found: Some(Found::Scenario(text)),
                    said: Vec::new(),
                    told: Vec::new(),
                },
                Err(unlike) => {
                    let of_hub = text.contains("singleuser") || text.contains("jupyterhub");
                    let found = if of_hub { errors } else { unlike };
                    FromEngine::Read { found: None, said: Vec::new(), told: told(&found) }
                }
            }
        }
    }
}

fn of_cluster(name: &str, objects: &Objects) -> Vec<String> {
    let (mut nodes, mut bound, mut pending, mut ended) = (0, 0, 0, 0);
    for object in &objects.objects {
        match object {
            Object::Node(_) => nodes += 1,
            Object::Pod(pod) => match pod.status.phase.as_str() {
                "Succeeded" | "Failed" => ended += 1,
                _ if pod.spec.node_name.as_ref().is_some_and(|name| !name.is_empty()) => bound += 1,
                _ => pending += 1,
            },
            _ => {}
        }
    }
    let mut said = vec![format!(
        "Read {name} as a real cluster: {nodes} nodes, {bound} pods on them, {pending} pending, {ended} ended and \
         left out. The run begins with it."
    )];
    for (what, counts) in [("fields", &objects.left_out), ("kinds", &objects.other_kinds)] {
        if !counts.is_empty() {
            said.push(format!("{} {what} ignored: {}", counts.len(), named(counts)));
        }
    }
    said
}

fn named(counts: &BTreeMap<String, u64>) -> String {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let named: Vec<String> =
        sorted.iter().take(NAMED).map(|(name, count)| format!("{name} ({count})")).collect();
    let more = sorted.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}

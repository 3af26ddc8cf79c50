//! A real cluster to begin with: dumps as kubectl prints them, and what was read of them.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_core::kubernetes::{Object, Objects, read_items};

use crate::args::SelectionArgs;
use crate::exit::{Exit, Failure};
use crate::source::Source;
use crate::terminal;

/// Fields and kinds that are named; the rest is counted.
const NAMED: usize = 8;

/// The phases of a pod (k8s.io/api core/v1 `PodPhase`); one that nobody has seen yet has none.
const PHASES: [&str; 6] = ["Pending", "Running", "Succeeded", "Failed", "Unknown", ""];

/// The cluster that was asked for, if any. What was read and what was left out is told unless `quiet`.
pub fn read_cluster(selection: &SelectionArgs, quiet: bool) -> Result<Option<Objects>, Failure> {
    if selection.cluster.is_empty() {
        return Ok(None);
    }
    let mut all = Objects::default();
    for file in &selection.cluster {
        let source = Source::read(file)?;
        let text = String::from_utf8_lossy(&source.bytes);
        let objects = read_items(&text, kind_of(&source.name)).map_err(|error| {
            let hint = "give what `kubectl get nodes,pods -A -o json` prints, JSON or YAML";
            Failure::bad_input(format!("{}: {error}", source.name), hint)
        })?;
        all.objects.extend(objects.objects);
        for (of, counts) in
            [(&mut all.left_out, objects.left_out), (&mut all.other_kinds, objects.other_kinds)]
        {
            counts.into_iter().for_each(|(name, count)| *of.entry(name).or_default() += count);
        }
    }
    let nodes = all.objects.iter().filter(|object| matches!(object, Object::Node(_))).count();
    if nodes == 0 {
        let hint = "give what `kubectl get nodes,pods -A -o json` prints";
        return Err(Failure::Reported(told(Failure::bad_input("--cluster holds no nodes", hint))));
    }
    if !quiet {
        terminal::tell(&summary(&all, nodes));
    }
    Ok(Some(all))
}

/// What the objects of a file are that do not say it: some dumps tell it by the file's name alone.
fn kind_of(name: &str) -> &'static str {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
    match stem.as_deref() {
        Some("nodes" | "node") => "Node",
        Some("pods" | "pod") => "Pod",
        _ => "",
    }
}

fn told(failure: Failure) -> Exit {
    terminal::tell(&failure.to_string());
    failure.exit()
}

/// What was read, and what of it is not modelled.
fn summary(objects: &Objects, nodes: usize) -> String {
    let pods = objects.objects.iter().filter_map(|object| match object {
        Object::Pod(pod) => Some(pod),
        _ => None,
    });
    let (mut bound, mut pending, mut ended) = (0, 0, 0);
    let mut strange: BTreeMap<&str, u64> = BTreeMap::new();
    for pod in pods {
        if !PHASES.contains(&pod.status.phase.as_str()) {
            *strange.entry(pod.status.phase.as_str()).or_default() += 1;
        }
        match pod.status.phase.as_str() {
            "Succeeded" | "Failed" => ended += 1,
            _ if pod.spec.node_name.as_ref().is_some_and(|name| !name.is_empty()) => bound += 1,
            _ => pending += 1,
        }
    }
    let others = objects.objects.len() - nodes - bound - pending - ended;
    let mut text = format!(
        "cluster: {nodes} nodes, {bound} pods on them, {pending} pending, {ended} ended and left out, \
         {others} other objects\n"
    );
    for (phase, count) in strange {
        let phase = terminal::printable(phase);
        text += &format!(
            "  {count} of the phase `{phase}`, which the API never sets: taken for pods that are there\n"
        );
    }
    for (what, counts) in [("fields", &objects.left_out), ("kinds", &objects.other_kinds)] {
        if counts.is_empty() {
            continue;
        }
        let mut sorted: Vec<(&String, &u64)> = counts.iter().collect();
        sorted.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
        let named: Vec<String> =
            sorted.iter().take(NAMED).map(|(name, count)| format!("{name} ({count})")).collect();
        let more = sorted.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text += &format!("  {what} not modelled: {}{more}\n", named.join(", "));
    }
    text
}

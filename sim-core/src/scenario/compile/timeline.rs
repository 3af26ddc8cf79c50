//! The timeline: entries in order of time, their nodes, knobs and populations resolved.
//!
//! What-ifs often remove an entry that others build on. So what merely loses its meaning (a node that
//! nothing names any more, a culler that is gone) is a warning, and the entry stays as a note that
//! says it does nothing; only what could never have had one is an error.

use std::collections::BTreeMap;

use super::super::diagnostic::{enumerate, suggestion};
use super::super::path::{Path, Step, ends};
use super::super::scalar::Problem;
use super::super::schema::{
    CullerFault, DeletePods, Fault, NodeChoice as Written, Rollout, Scenario, TimelineEntry, WorkloadKind,
};
use super::load::workload_class;
use super::pods::Classes;
use super::times::Times;
use super::{Findings, Names};
use crate::ids::{ActionId, ClassId, GroupId, Id, IdVec, WorkloadId};
use crate::model::controllers::Template;
use crate::model::{Act, Action, NodeChoice, NodeGroup, Population};
use crate::time::{SimDuration, SimTime};

const CHOICES: [(&str, NodeChoice); 4] = [
    ("newest", NodeChoice::Newest),
    ("oldest", NodeChoice::Oldest),
    ("emptiest", NodeChoice::Emptiest),
    ("fullest", NodeChoice::Fullest),
];

/// The largest size that an entry may give a group.
const MAX_SIZE: u64 = 50_000;
/// The most pods that an entry may give a workload.
const MAX_REPLICAS: u64 = 1_000_000;

/// What entries are resolved against.
struct Context<'c> {
    scenario: &'c Scenario,
    names: &'c Names<'c>,
    /// Aliases and the position, in order of time, of the entry that gives each.
    aliases: BTreeMap<&'c str, (u32, usize)>,
    /// Floor and ceiling of each group as entries change them.
    bounds: Vec<(u32, u32)>,
}

/// The actions in order of time, then name, and the aliases they give.
pub(super) fn timeline(
    scenario: &Scenario,
    times: &Times,
    names: &Names<'_>,
    groups: &IdVec<GroupId, NodeGroup>,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> (IdVec<ActionId, Action>, Vec<String>) {
    let mut entries: Vec<(SimTime, &String, &TimelineEntry)> = Vec::new();
    for (name, entry) in &scenario.timeline {
        let at = times.at(entry.at, &Path::of(&["timeline", name, "at"]), findings);
        entries.push((at.unwrap_or_default(), name, entry));
    }
    entries.sort_by_key(|(at, name, _)| (*at, *name));
    let mut context = Context {
        scenario,
        names,
        aliases: BTreeMap::new(),
        bounds: groups.iter().map(|group| (group.min, group.max)).collect(),
    };
    let alias_names = context.collect_aliases(&entries, findings);
    let actions = entries.iter().enumerate().map(|(position, (at, name, entry))| {
        let path = Path::of(&["timeline", name]);
        let mut note = entry.note.clone();
        let mut acts = context.acts(entry, &path, position, &mut note, findings);
        if let Some(rollout) = &entry.rollout {
            acts.extend(context.rollout(rollout, &path.key("rollout"), classes, findings));
        }
        let given = entry.alias.as_deref().and_then(|alias| context.aliases.get(alias));
        let alias = given.filter(|(_, by)| *by == position && !acts.is_empty()).map(|(index, _)| *index);
        Action { name: (*name).clone(), at: *at, note, alias, acts }
    });
    (actions.collect(), alias_names)
}

impl<'c> Context<'c> {
    fn collect_aliases(
        &mut self,
        entries: &[(SimTime, &'c String, &'c TimelineEntry)],
        findings: &mut Findings<'_>,
    ) -> Vec<String> {
        let mut names = Vec::new();
        for (position, (_, name, entry)) in entries.iter().enumerate() {
            let Some(alias) = entry.alias.as_deref() else {
                continue;
            };
            let path = Path::of(&["timeline", name, "as"]);
            let chooses = entry.cordon.is_some()
                || entry.uncordon.is_some()
                || entry.fault.as_ref().is_some_and(|fault| fault.node.is_some());
            if !chooses {
                let problem = Problem::new(
                    "S084",
                    "the entry chooses no node that `as` could name",
                    "add a `fault`, `cordon` or `uncordon` of a node",
                );
                findings.error(&path, problem);
            } else if alias.trim().is_empty()
                || CHOICES.iter().any(|(word, _)| *word == alias)
                || self.ordinal(alias).is_some()
            {
                let fact = format!("`{}` cannot be the name of a node", ends(alias));
                findings
                    .error(&path, Problem::new("S084", fact, "choose a name that does not yet mean a node"));
            } else if self.aliases.contains_key(alias) {
                let fact = format!("another entry calls a node `{}` already", ends(alias));
                findings.error(&path, Problem::new("S084", fact, "choose another name"));
            } else {
                self.aliases.insert(alias, (names.len() as u32, position));
                names.push(alias.to_owned());
            }
        }
        names
    }

    /// `user-14`: the group and the number of the node.
    fn ordinal(&self, name: &str) -> Option<(GroupId, u32)> {
        let (group, number) = name.rsplit_once('-')?;
        let number = number.parse().ok().filter(|number| *number > 0)?;
        Some((*self.names.groups.get(group)?, number))
    }

    /// What an entry does; what cannot be done is said in `note`.
    fn acts(
        &mut self,
        entry: &TimelineEntry,
        path: &Path,
        position: usize,
        note: &mut Option<String>,
        findings: &mut Findings<'_>,
    ) -> Vec<Act> {
        check_kinds(entry, path, findings);
        let mut acts = Vec::new();
        if let Some(fault) = &entry.fault {
            self.fault(fault, &path.key("fault"), position, note, &mut acts, findings);
        }
        if let Some(values) = &entry.set {
            for (knob, value) in values {
                acts.extend(self.knob(knob, value, &path.key("set"), findings));
            }
            self.check_bounds(&acts, &path.key("set"), findings);
        }
        let cordons = [
            ("cordon", &entry.cordon, Act::Cordon as fn(NodeChoice) -> Act),
            ("uncordon", &entry.uncordon, Act::Uncordon),
        ];
        for (key, choice, act) in cordons {
            if let Some(choice) = choice {
                acts.extend(self.node(choice, &path.key(key), position, note, findings).map(act));
            }
        }
        if entry.restart.is_some() {
            self.need_hub("to restart", &path.key("restart"), findings);
            acts.push(Act::RestartHub);
        }
        if let Some(delete) = &entry.delete {
            acts.extend(self.delete(delete, &path.key("delete"), findings));
        }
        acts
    }

    fn need_hub(&self, what: &str, path: &Path, findings: &mut Findings<'_>) {
        if !self.names.has_hub {
            let problem = Problem::new(
                "S070",
                format!("there is no hub {what}"),
                "add a `hub`; `hub: {}` has all defaults",
            );
            findings.error(path, problem);
        }
    }

    fn fault(
        &self,
        fault: &Fault,
        path: &Path,
        position: usize,
        note: &mut Option<String>,
        acts: &mut Vec<Act>,
        findings: &mut Findings<'_>,
    ) {
        match (&fault.node, fault.pod_network) {
            (Some(node), Some(network)) => {
                let choice = self.node(node, &path.key("node"), position, note, findings);
                acts.extend(choice.map(|choice| Act::SetPodNetwork(choice, network)));
            }
            (None, None) if fault.culler.is_some() => {}
            (node, _) => {
                let fact = if node.is_some() {
                    "it is not said what breaks on the node"
                } else {
                    "it is not said which node breaks"
                };
                let hint = "write for instance `fault: {node: newest, podNetwork: dead}` or `fault: {culler: stalled}`";
                findings.error(path, Problem::new("S085", fact, hint));
            }
        }
        if fault.culler == Some(CullerFault::Stalled) {
            let has_culler = self.scenario.hub.as_ref().is_some_and(|hub| hub.cull.is_some());
            if has_culler {
                acts.push(Act::StallCuller);
            } else {
                let problem = Problem::new(
                    "S086",
                    "there is no culler to stall; this entry will do nothing",
                    "add `hub.cull`, or remove the entry",
                );
                findings.warning(&path.key("culler"), problem);
                remark(note, "does nothing: there is no culler");
            }
        }
    }

    /// The node that is meant; an unknown one makes the act void.
    fn node(
        &self,
        written: &Written,
        path: &Path,
        position: usize,
        note: &mut Option<String>,
        findings: &mut Findings<'_>,
    ) -> Option<NodeChoice> {
        let name = written.0.as_str();
        if let Some((_, choice)) = CHOICES.iter().find(|(word, _)| *word == name) {
            return Some(*choice);
        }
        if let Some((index, by)) = self.aliases.get(name) {
            if *by < position {
                return Some(NodeChoice::Alias(*index));
            }
        } else if let Some((group, number)) = self.ordinal(name) {
            return Some(NodeChoice::Named(group, number));
        }
        let known = self.aliases.keys().copied().chain(CHOICES.iter().map(|(word, _)| *word));
        let fact = format!("no earlier entry names a node `{}`; this entry will do nothing", ends(name));
        let (stem, number) = name.rsplit_once('-').unwrap_or((name, ""));
        let group = super::super::diagnostic::nearest(stem, self.names.groups.keys().copied());
        let hint = match group.filter(|_| number.parse::<u32>().is_ok()) {
            _ if self.aliases.contains_key(name) => {
                "an entry names it, but not before this one happens".to_owned()
            }
            Some(group) => format!("did you mean `{group}-{number}`?"),
            None => suggestion(
                name,
                "nodes, besides those by number such as `user-14`",
                known.collect::<Vec<_>>(),
            ),
        };
        findings.warning(path, Problem::new("S082", fact, hint));
        remark(note, &format!("does nothing: no node is called `{}`", ends(name)));
        None
    }

    fn workload(
        &self,
        name: &str,
        path: &Path,
        code: &'static str,
        findings: &mut Findings<'_>,
    ) -> Option<WorkloadId> {
        let id = self.names.workloads.get(name).copied();
        if id.is_none() {
            let hint = suggestion(name, "workloads", self.names.workloads.keys().copied());
            findings.error(path, Problem::new(code, format!("there is no workload `{}`", ends(name)), hint));
        }
        id
    }

    /// `workloads.web.replicas: 5`.
    fn replicas(
        &self,
        name: &str,
        field: &str,
        value: &serde_json::Value,
        path: &Path,
        findings: &mut Findings<'_>,
    ) -> Option<Act> {
        let id = self.workload(name, path, "S081", findings)?;
        let kind = self.scenario.workloads.get(name).and_then(|workload| workload.kind);
        if field != "replicas" || !matches!(kind, Some(WorkloadKind::Deployment | WorkloadKind::StatefulSet))
        {
            let fact = format!("`{}` of `{}` cannot be set while the cluster runs", ends(field), ends(name));
            let hint = "`replicas` of a Deployment or StatefulSet can; a new template is a `rollout`";
            findings.error(path, Problem::new("S081", fact, hint));
            return None;
        }
        let Some(replicas) = value.as_u64().filter(|count| *count <= MAX_REPLICAS) else {
            let fact = format!("`{}` is not a number of pods", ends(&value.to_string()));
            let hint = format!("write a whole number from 0 to {MAX_REPLICAS}");
            findings.error(path, Problem::new("S081", fact, hint));
            return None;
        };
        Some(Act::Scale(id, replicas as u32))
    }

    /// `rollout: {of: web}`.
    fn rollout(
        &self,
        rollout: &Rollout,
        path: &Path,
        classes: &mut Classes<'_>,
        findings: &mut Findings<'_>,
    ) -> Option<Act> {
        let id = self.workload(&rollout.of, &path.key("of"), "S083", findings)?;
        let before = self.scenario.workloads.get(&rollout.of)?;
        if !matches!(
            before.kind,
            Some(WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet)
        ) {
            let fact = format!("`{}` has no template that could be rolled out", ends(&rollout.of));
            let hint = "Deployments, StatefulSets and DaemonSets have";
            findings.error(&path.key("of"), Problem::new("S083", fact, hint));
            return None;
        }
        let class = if rollout.pod.is_some() || rollout.startup.is_some() {
            let pod = rollout.pod.as_ref().unwrap_or(&before.pod);
            let startup = rollout.startup.as_ref().or(before.startup.as_ref());
            workload_class(&rollout.of, pod, startup, &path.key("pod"), classes, findings)
        } else {
            ClassId::from_index(id.index())
        };
        let ready_after = rollout.ready_after.as_ref().map(|after| after.seconds.clone());
        Some(Act::Rollout(id, Template { class, ready_after }))
    }

    /// `nodeGroups.user.max: 20`.
    fn knob(
        &mut self,
        knob: &str,
        value: &serde_json::Value,
        path: &Path,
        findings: &mut Findings<'_>,
    ) -> Option<Act> {
        let path = path.key(knob);
        let hint =
            "`set` changes `nodeGroups.<name>.min`, `nodeGroups.<name>.max` and `workloads.<name>.replicas`";
        let steps = Path::parse(knob).ok();
        let (group, bound) = match steps.as_ref().map(Path::steps) {
            Some([Step::Key(section), Step::Key(group), Step::Key(bound)]) if section == "nodeGroups" => {
                (group, bound)
            }
            Some([Step::Key(section), Step::Key(name), Step::Key(field)]) if section == "workloads" => {
                return self.replicas(name, field, value, &path, findings);
            }
            _ => {
                findings.error(&path, Problem::not("S081", knob, "something the timeline can set", hint));
                return None;
            }
        };
        let Some(id) = self.names.groups.get(group.as_str()).copied() else {
            let known = self.names.groups.keys().copied();
            let problem = Problem::new(
                "S081",
                format!("there is no node group `{}`", ends(group)),
                suggestion(group, "groups", known),
            );
            findings.error(&path, problem);
            return None;
        };
        if bound != "min" && bound != "max" {
            let fact = format!("`{}` of a node group cannot be set while the cluster runs", ends(bound));
            findings.error(&path, Problem::new("S081", fact, suggestion(bound, "knobs", ["min", "max"])));
            return None;
        }
        let Some(size) = value.as_u64().filter(|size| *size <= MAX_SIZE).map(|size| size as u32) else {
            let fact = format!("`{}` is not a number of nodes", ends(&value.to_string()));
            findings.error(
                &path,
                Problem::new("S081", fact, format!("write a whole number from 0 to {MAX_SIZE}")),
            );
            return None;
        };
        let (min, max) = self.bounds.get_mut(id.index())?;
        if bound == "min" {
            *min = size;
            return Some(Act::SetMin(id, size));
        }
        *max = size;
        Some(Act::SetMax(id, size))
    }

    /// Once an entry has set all it sets, floors must lie below ceilings.
    fn check_bounds(&self, acts: &[Act], path: &Path, findings: &mut Findings<'_>) {
        let set = acts.iter().filter_map(|act| match act {
            Act::SetMin(group, _) | Act::SetMax(group, _) => Some(group.index()),
            _ => None,
        });
        for (min, max) in set.filter_map(|index| self.bounds.get(index)).filter(|(min, max)| min > max) {
            let fact = format!("from here on `min` would be {min} and `max` {max}");
            findings.error(path, Problem::new("S081", fact, "set both in one entry"));
        }
    }

    fn delete(&self, delete: &DeletePods, path: &Path, findings: &mut Findings<'_>) -> Option<Act> {
        let of = delete.of.as_str();
        let population = if of == "hub" {
            self.need_hub("whose pods could be deleted", &path.key("of"), findings);
            Population::Hub
        } else if let Some(id) = self.names.audiences.get(of) {
            Population::Audience(*id)
        } else if let Some(id) = self.names.workloads.get(of) {
            Population::Workload(*id)
        } else {
            let known = ["hub"]
                .into_iter()
                .chain(self.names.audiences.keys().copied())
                .chain(self.names.workloads.keys().copied());
            let hint = suggestion(of, "populations", known.collect::<Vec<_>>());
            findings
                .error(&path.key("of"), Problem::not("S083", of, "the hub, an audience or a workload", hint));
            return None;
        };
        let min_age = delete.older_than.unwrap_or_default().duration;
        let max_age = delete.younger_than.map_or(SimDuration::MAX, |span| span.duration);
        if min_age >= max_age {
            let fact = format!("no pod is at least {min_age} old and younger than {max_age}");
            findings.warning(path, Problem::new("S086", fact, "swap `olderThan` and `youngerThan`"));
        }
        Some(Act::DeletePods { of: population, min_age, max_age })
    }
}

/// Reports an entry that does several things, or nothing at all.
fn check_kinds(entry: &TimelineEntry, path: &Path, findings: &mut Findings<'_>) {
    let kinds = [
        ("fault", entry.fault.is_some()),
        ("set", entry.set.is_some()),
        ("cordon", entry.cordon.is_some()),
        ("uncordon", entry.uncordon.is_some()),
        ("restart", entry.restart.is_some()),
        ("delete", entry.delete.is_some()),
        ("rollout", entry.rollout.is_some()),
    ];
    let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    match given.as_slice() {
        [] if entry.note.is_none() => {
            let hint =
                format!("write one of {}, or a `note`", enumerate(kinds.iter().map(|(name, _)| *name)));
            findings.error(path, Problem::new("S080", "the entry does nothing", hint));
        }
        [] | [_] => {}
        [..] => {
            let fact = format!("the entry does {} things: {}", given.len(), enumerate(given));
            findings.error(path, Problem::new("S080", fact, "write an entry for each, at the same time"));
        }
    }
}

/// Adds to what the reader of the charts is told.
fn remark(note: &mut Option<String>, remark: &str) {
    *note = Some(match note.take() {
        Some(note) => format!("{note} ({remark})"),
        None => remark.to_owned(),
    });
}

//! The timeline: entries in order of time, their nodes, knobs and populations resolved.
//!
//! What-ifs often remove an entry that others build on. So what merely loses its meaning (a node that
//! nothing names any more, a culler that is gone) is a warning, and the entry stays as a note that
//! says it does nothing; only what could never have had one is an error.

mod faults;
mod settings;

use std::collections::BTreeMap;

use super::super::diagnostic::{enumerate, suggestion};
use super::super::distribution::Distribution;
use super::super::path::{Path, ends};
use super::super::scalar::Problem;
use super::super::schema::{DeletePods, NodeChoice as Written, Scenario, TimelineEntry};
use super::pods::Classes;
use super::times::Times;
use super::watch::Reader;
use super::{Findings, Names};
use crate::ids::{ActionId, AlertId, GroupId, IdVec, QueueId, WorkloadId, ZoneId};
use crate::model::{Act, Action, NodeChoice, NodeGroup, Population};
use crate::time::{SimDuration, SimTime};

const CHOICES: [(&str, NodeChoice); 4] = [
    ("newest", NodeChoice::Newest),
    ("oldest", NodeChoice::Oldest),
    ("emptiest", NodeChoice::Emptiest),
    ("fullest", NodeChoice::Fullest),
];

/// The most jobs that an entry may put into a queue.
const MAX_JOBS: u32 = 1_000_000;

/// What entries are resolved against.
struct Context<'c> {
    scenario: &'c Scenario,
    names: &'c Names<'c>,
    reader: &'c Reader<'c>,
    alerts: BTreeMap<&'c str, AlertId>,
    zones: &'c IdVec<ZoneId, String>,
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
    reader: &Reader<'_>,
    (zones, groups): (&IdVec<ZoneId, String>, &IdVec<GroupId, NodeGroup>),
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> (IdVec<ActionId, Action>, Vec<String>) {
    let mut entries: Vec<(SimTime, &String, &TimelineEntry)> = Vec::new();
    for (name, entry) in &scenario.timeline {
        let at = entry
            .at
            .map(|at| times.at(at, &Path::of(&["timeline", name, "at"]), findings).unwrap_or_default());
        check_time(entry, &Path::of(&["timeline", name]), findings);
        // What an alert brings about comes after all that the clock does.
        entries.push((at.unwrap_or(SimTime::MAX), name, entry));
    }
    entries.sort_by_key(|(at, name, _)| (*at, *name));
    let mut context = Context {
        scenario,
        names,
        reader,
        alerts: super::ids(scenario.alerts.keys()),
        zones,
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
        let on = entry.on.as_deref().and_then(|on| context.alert(on, &path.key("on"), findings));
        let law = |law: &Option<Distribution>| law.as_ref().map(|law| law.seconds.clone());
        Action {
            name: (*name).clone(),
            at: *at,
            on,
            after: law(&entry.after),
            takes: law(&entry.takes),
            fails: entry.fails.map_or(0.0, |share| share.ratio),
            attempts: entry.attempts.unwrap_or(1).max(1),
            note,
            alias,
            acts,
        }
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
                || entry.drain.is_some()
                || entry.reset.is_some()
                || entry.taint.is_some()
                || entry.fault.as_ref().is_some_and(|fault| fault.node.is_some());
            if !chooses {
                let problem = Problem::new(
                    "S084",
                    "the entry chooses no node that `as` could name",
                    "add a `fault`, `cordon`, `uncordon`, `drain`, `reset` or `taint` of a node",
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
            ("drain", &entry.drain, Act::Drain),
            ("reset", &entry.reset, Act::Reset),
            ("deleteNode", &entry.delete_node, Act::DeleteNode),
        ];
        for (key, choice, act) in cordons {
            if let Some(choice) = choice {
                acts.extend(self.node(choice, &path.key(key), position, note, findings).map(act));
            }
        }
        if let Some(taint) = &entry.taint {
            let path = path.key("taint");
            self.check_out_of_service(taint, &path, note, findings);
            let choice = self.node(&taint.node, &path.key("node"), position, note, findings);
            acts.extend(choice.map(|choice| Act::Taint(choice, taint.taint())));
        }
        if let Some(untaint) = &entry.untaint {
            let path = super::within(path, &["untaint", "node"]);
            let choice = self.node(&untaint.node, &path, position, note, findings);
            acts.extend(choice.map(|choice| Act::Untaint(choice, untaint.key.clone(), untaint.effect)));
        }
        if let Some(reclaim) = &entry.reclaim {
            acts.extend(self.reclaim(reclaim, &path.key("reclaim"), findings));
        }
        if entry.restart.is_some() {
            self.need_hub("to restart", &path.key("restart"), findings);
            acts.push(Act::RestartHub);
        }
        if let Some(claim) = &entry.recreate_claim {
            let id = self.names.claims.get(claim.as_str()).copied();
            if id.is_none() {
                let fact = format!("there is no claim `{}`", ends(claim));
                let hint = suggestion(claim, "claims", self.names.claims.keys().copied());
                findings.error(&path.key("recreateClaim"), Problem::new("S058", fact, hint));
            }
            acts.extend(id.map(Act::ReplaceVolume));
        }
        if let Some(enqueue) = &entry.enqueue {
            let queue = self.queue(&enqueue.queue, &super::within(path, &["enqueue", "queue"]), findings);
            let jobs = enqueue.jobs.unwrap_or(1);
            if jobs > MAX_JOBS {
                let fact = format!("{jobs} jobs at a time; at most {MAX_JOBS} are simulated");
                let path = super::within(path, &["enqueue", "jobs"]);
                findings.error(&path, Problem::new("S063", fact, "lower the number"));
            }
            acts.extend(queue.map(|queue| Act::Enqueue(queue, jobs)));
        }
        if let Some(purge) = &entry.purge {
            acts.extend(self.queue(purge, &path.key("purge"), findings).map(Act::Purge));
        }
        if let Some(run) = &entry.run_process {
            let at = super::within(path, &["runProcess", "node"]);
            let (memory, ramp) = (run.memory.bytes, run.ramp.duration);
            let lasts = run.lasts.map_or(SimDuration::MAX, |span| span.duration);
            let choice = self.node(&run.node, &at, position, note, findings);
            acts.extend(choice.map(|node| Act::RunProcess { node, memory, ramp, lasts }));
        }
        if let Some(limit) = &entry.free {
            acts.extend(self.reader.limit(limit, &path.key("free"), findings).map(Act::Free));
        }
        if let Some(delete) = &entry.delete {
            acts.extend(self.delete(delete, &path.key("delete"), position, note, findings));
        }
        acts
    }

    fn alert(&self, name: &str, path: &Path, findings: &mut Findings<'_>) -> Option<AlertId> {
        let found = self.alerts.get(name).copied();
        if found.is_none() {
            let fact = format!("there is no alert `{}`", ends(name));
            let hint = suggestion(name, "alerts", self.alerts.keys().copied());
            findings.error(path, Problem::new("S087", fact, hint));
        }
        found
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

    fn queue(&self, name: &str, path: &Path, findings: &mut Findings<'_>) -> Option<QueueId> {
        let id = self.names.queues.get(name).copied();
        if id.is_none() {
            let hint = suggestion(name, "queues", self.names.queues.keys().copied());
            findings.error(path, Problem::new("S083", format!("there is no queue `{}`", ends(name)), hint));
        }
        id
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

    fn delete(
        &self,
        delete: &DeletePods,
        path: &Path,
        position: usize,
        note: &mut Option<String>,
        findings: &mut Findings<'_>,
    ) -> Option<Act> {
        let of = match &delete.of {
            Some(of) => Some(self.population(of, &path.key("of"), findings)?),
            None => None,
        };
        let on = match &delete.node {
            Some(node) => Some(self.node(node, &path.key("node"), position, note, findings)?),
            None => None,
        };
        if of.is_none() && on.is_none() {
            let problem = Problem::new(
                "S011",
                "the required field `of` is missing",
                "say whose pods, or on which `node`",
            );
            findings.error(&path.key("of"), problem);
        }
        let min_age = delete.older_than.unwrap_or_default().duration;
        let max_age = delete.younger_than.map_or(SimDuration::MAX, |span| span.duration);
        if min_age >= max_age {
            let fact = format!("no pod is at least {min_age} old and younger than {max_age}");
            findings.warning(path, Problem::new("S086", fact, "swap `olderThan` and `youngerThan`"));
        }
        let (terminating, force) = (delete.terminating, delete.force);
        Some(Act::DeletePods { of, on, terminating, force, min_age, max_age })
    }

    fn population(&self, of: &str, path: &Path, findings: &mut Findings<'_>) -> Option<Population> {
        if of == "hub" {
            self.need_hub("whose pods could be deleted", path, findings);
            return Some(Population::Hub);
        }
        let audience = self.names.audiences.get(of).map(|id| Population::Audience(*id));
        let workload = self.names.workloads.get(of).map(|id| Population::Workload(*id));
        let found = audience.or(workload);
        if found.is_none() {
            let known = ["hub"]
                .into_iter()
                .chain(self.names.audiences.keys().copied())
                .chain(self.names.workloads.keys().copied());
            let hint = suggestion(of, "populations", known.collect::<Vec<_>>());
            findings.error(path, Problem::not("S083", of, "the hub, an audience or a workload", hint));
        }
        found
    }
}

/// Reports an entry that has no time, or two.
fn check_time(entry: &TimelineEntry, path: &Path, findings: &mut Findings<'_>) {
    match (entry.at.is_some(), entry.on.is_some()) {
        (false, false) => {
            let hint = "say when, such as `at: \"05:59\"`, or `on` which alert";
            findings.error(path, Problem::new("S011", "the required field `at` is missing", hint));
        }
        (true, true) => {
            let problem = Problem::new(
                "S087",
                "the entry has both `at` and `on`",
                "remove one; in a variant, `null` does",
            );
            findings.error(&path.key("on"), problem);
        }
        _ => {}
    }
}

/// Reports an entry that does several things, or nothing at all.
fn check_kinds(entry: &TimelineEntry, path: &Path, findings: &mut Findings<'_>) {
    let kinds = [
        ("fault", entry.fault.is_some()),
        ("set", entry.set.is_some()),
        ("cordon", entry.cordon.is_some()),
        ("uncordon", entry.uncordon.is_some()),
        ("drain", entry.drain.is_some()),
        ("reset", entry.reset.is_some()),
        ("deleteNode", entry.delete_node.is_some()),
        ("taint", entry.taint.is_some()),
        ("untaint", entry.untaint.is_some()),
        ("reclaim", entry.reclaim.is_some()),
        ("restart", entry.restart.is_some()),
        ("free", entry.free.is_some()),
        ("delete", entry.delete.is_some()),
        ("rollout", entry.rollout.is_some()),
        ("recreateClaim", entry.recreate_claim.is_some()),
        ("enqueue", entry.enqueue.is_some()),
        ("purge", entry.purge.is_some()),
        ("runProcess", entry.run_process.is_some()),
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

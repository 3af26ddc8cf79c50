//! The timeline: entries in order of time, their nodes, knobs and populations resolved.
//!
//! What-ifs often remove an entry that others build on. So what merely loses its meaning (a node that
//! nothing names any more, a culler that is gone) is a warning, and the entry stays as a note that
//! says it does nothing; only what could never have had one is an error.

use std::collections::BTreeMap;

use super::super::diagnostic::{enumerate, suggestion};
use super::super::distribution::Distribution;
use super::super::path::{Path, Step, ends};
use super::super::scalar::Problem;
use super::super::schema::{
    CullerFault, DeletePods, Fault, GiveBack, NodeChoice as Written, NodeTaint, Reclaim, Rollout, Scenario,
    Stock, TimelineEntry, WorkloadKind,
};
use super::load::workload_class;
use super::machines::Aspects;
use super::pods::Classes;
use super::times::Times;
use super::watch::Reader;
use super::{Findings, Names};
use crate::ids::{ActionId, AlertId, ClassId, GroupId, Id, IdVec, QueueId, WorkloadId, ZoneId};
use crate::model::controllers::Template;
use crate::model::{Act, Action, MachineState, NodeChoice, NodeGroup, NodeSet, Population};
use crate::time::{SimDuration, SimTime};

const CHOICES: [(&str, NodeChoice); 4] = [
    ("newest", NodeChoice::Newest),
    ("oldest", NodeChoice::Oldest),
    ("emptiest", NodeChoice::Emptiest),
    ("fullest", NodeChoice::Fullest),
];

/// What `set` changes of a node group.
const KNOBS: [&str; 3] = ["min", "max", "target"];

/// The largest size that an entry may give a group.
const MAX_SIZE: u64 = 50_000;
/// The most pods that an entry may give a workload.
const MAX_REPLICAS: u64 = 1_000_000;
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

    fn fault(
        &self,
        fault: &Fault,
        path: &Path,
        position: usize,
        note: &mut Option<String>,
        acts: &mut Vec<Act>,
        findings: &mut Findings<'_>,
    ) {
        let broken = self.node_fault(fault, path, position, note, acts, findings);
        let stocked = self.stock(fault, path, acts, findings);
        if !broken
            && !stocked
            && fault.culler.is_none()
            && fault.reflector.is_none()
            && fault.give_back.is_none()
        {
            let hint = "write for instance `fault: {node: newest, podNetwork: dead}`, `fault: {zone: a, machine: down}`, \
                        `fault: {nodeGroup: user, stock: out}` or `fault: {culler: stalled}`";
            let fact = match (&fault.node, &fault.zone, &fault.node_group) {
                (None, None, None) => "it is not said which node breaks",
                _ => "it is not said what breaks",
            };
            findings.error(path, Problem::new("S085", fact, hint));
        }
        if let Some(give_back) = fault.give_back {
            let name = fault.limit.as_deref().unwrap_or_default();
            let limit = self.reader.limit(name, &path.key("limit"), findings);
            acts.extend(limit.map(|limit| Act::SetStuck(limit, give_back == GiveBack::Stuck)));
        }
        if let Some(state) = fault.reflector {
            self.need_hub("with a reflector", &path.key("reflector"), findings);
            acts.push(Act::SetReflector(state));
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

    /// What breaks on a node or on all nodes of a zone. True when the entry says so.
    fn node_fault(
        &self,
        fault: &Fault,
        path: &Path,
        position: usize,
        note: &mut Option<String>,
        acts: &mut Vec<Act>,
        findings: &mut Findings<'_>,
    ) -> bool {
        let Fault { machine, kubelet, pod_network, disk, slow_by, dns, .. } = *fault;
        let aspects = Aspects { machine, kubelet, pod_network, disk, slow_by, dns };
        let faults = aspects.compile(path, findings);
        if faults.is_empty() {
            return false;
        }
        let hint = "write `node: newest` or `zone: a`";
        match (&fault.node, &fault.zone) {
            (Some(node), None) => {
                let choice = self.node(node, &path.key("node"), position, note, findings);
                acts.extend(choice.map(|choice| Act::SetFaults(NodeSet::One(choice), faults)));
            }
            (None, Some(zone)) => {
                if let Some(zone) = self.zone(zone, &path.key("zone"), findings) {
                    acts.push(Act::SetFaults(NodeSet::Zone(zone), faults));
                    // A zone without power has no machines to give either.
                    let out = machine.map(|machine| machine == MachineState::Down);
                    acts.extend(out.map(|out| Act::SetStock { group: None, zone: Some(zone), out }));
                }
            }
            (None, None) => {
                findings.error(path, Problem::new("S085", "it is not said which node breaks", hint));
            }
            (Some(_), Some(_)) => {
                findings.error(path, Problem::new("S085", "the entry names both a node and a zone", hint));
            }
        }
        true
    }

    /// Where the cloud has machines or not. True when the entry says so.
    fn stock(&self, fault: &Fault, path: &Path, acts: &mut Vec<Act>, findings: &mut Findings<'_>) -> bool {
        let Some(stock) = fault.stock else { return false };
        let group =
            fault.node_group.as_ref().map(|group| self.group(group, &path.key("nodeGroup"), findings));
        let zone = fault.zone.as_ref().map(|zone| self.zone(zone, &path.key("zone"), findings));
        match (group, zone) {
            (None, None) => {
                let hint = "add `nodeGroup` or `zone`, or both";
                findings.error(path, Problem::new("S085", "it is not said where machines run out", hint));
            }
            (Some(None), _) | (_, Some(None)) => {}
            (group, zone) => {
                let (group, zone) = (group.flatten(), zone.flatten());
                acts.push(Act::SetStock { group, zone, out: stock == Stock::Out });
            }
        }
        true
    }

    fn group(&self, name: &str, path: &Path, findings: &mut Findings<'_>) -> Option<GroupId> {
        let found = self.names.groups.get(name).copied();
        if found.is_none() {
            let known = self.names.groups.keys().copied();
            let fact = format!("there is no node group `{}`", ends(name));
            findings.error(path, Problem::new("S081", fact, suggestion(name, "groups", known)));
        }
        found
    }

    fn zone(&self, name: &str, path: &Path, findings: &mut Findings<'_>) -> Option<ZoneId> {
        let found = self.zones.iter_enumerated().find(|(_, zone)| *zone == name && !name.is_empty());
        if found.is_none() {
            let known: Vec<&str> =
                self.zones.iter().filter(|zone| !zone.is_empty()).map(String::as_str).collect();
            let fact = format!("no node group is in a zone `{}`", ends(name));
            let hint = if known.is_empty() {
                "give node groups `zones: [a, b, c]`".to_owned()
            } else {
                suggestion(name, "zones", known)
            };
            findings.error(path, Problem::new("S082", fact, hint));
        }
        found.map(|(id, _)| id)
    }

    /// The taint means nothing to a Kubernetes that does not know it yet.
    fn check_out_of_service(
        &self,
        taint: &NodeTaint,
        path: &Path,
        note: &mut Option<String>,
        findings: &mut Findings<'_>,
    ) {
        let era = self.scenario.era;
        if taint.key == "node.kubernetes.io/out-of-service" && !era.knows_out_of_service() {
            let fact =
                format!("podgc does not know this taint in {}; it is a taint like any other", era.name());
            findings.warning(&path.key("key"), Problem::new("S086", fact, "it came with Kubernetes 1.26"));
            remark(note, "only a taint: Kubernetes knows out-of-service from 1.26");
        }
    }

    fn reclaim(&self, reclaim: &Reclaim, path: &Path, findings: &mut Findings<'_>) -> Option<Act> {
        let group = self.group(&reclaim.node_group, &path.key("nodeGroup"), findings)?;
        if self.scenario.node_groups.get(&reclaim.node_group).is_some_and(|group| group.spot.is_none()) {
            let fact = format!("the machines of `{}` are not spot machines", ends(&reclaim.node_group));
            let hint = format!("add `nodeGroups.{}.spot: {{notice: 30s}}`", ends(&reclaim.node_group));
            findings.error(&path.key("nodeGroup"), Problem::new("S086", fact, hint));
        }
        let share = reclaim.share.map_or(1.0, |share| share.ratio);
        Some(Act::Reclaim(group, (share * 1e6 + 0.5) as u64))
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
            workload_class(&rollout.of, before.kind, pod, startup, &path.key("pod"), classes, findings)
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
            "`set` changes `nodeGroups.<name>.min`, `.max` and `.target`, and `workloads.<name>.replicas`";
        let steps = Path::parse(knob).ok();
        let (group, bound) = match steps.as_ref().map(Path::steps) {
            Some([Step::Key(section), Step::Key(group), Step::Key(bound)]) if section == "nodeGroups" => {
                (group, bound)
            }
            Some([Step::Key(section), Step::Key(name), Step::Key(field)]) if section == "workloads" => {
                return self.replicas(name, field, value, &path, findings);
            }
            Some([Step::Key(section), Step::Key(name), Step::Key(field)])
                if section == "limits" && field == "capacity" =>
            {
                let limit = self.reader.limit(name, &path, findings)?;
                let Some(units) = value.as_f64().filter(|units| (0.0..=1e12).contains(units)) else {
                    let fact = format!("`{}` is not how much there is", ends(&value.to_string()));
                    findings.error(&path, Problem::new("S081", fact, "write a number from 0 on"));
                    return None;
                };
                return Some(Act::SetCapacity(limit, (units * 1e3 + 0.5) as u64));
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
        if !KNOBS.contains(&bound.as_str()) {
            let fact = format!("`{}` of a node group cannot be set while the cluster runs", ends(bound));
            findings.error(&path, Problem::new("S081", fact, suggestion(bound, "knobs", KNOBS)));
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
        if bound == "target" {
            return Some(Act::SetTarget(id, size));
        }
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

//! What an entry breaks: nodes, zones, the cloud's stock, the hub's parts; and machines that are taken back.

use super::super::super::diagnostic::suggestion;
use super::super::super::path::{Path, ends};
use super::super::super::scalar::Problem;
use super::super::super::schema::{CullerFault, Fault, GiveBack, NodeTaint, Reclaim, Stock};
use super::super::Findings;
use super::super::machines::Aspects;
use super::{Context, remark};
use crate::ids::{GroupId, ZoneId};
use crate::model::{Act, MachineState, NodeSet};

impl Context<'_> {
    pub(super) fn fault(
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
    pub(super) fn node_fault(
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
    pub(super) fn stock(
        &self,
        fault: &Fault,
        path: &Path,
        acts: &mut Vec<Act>,
        findings: &mut Findings<'_>,
    ) -> bool {
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

    pub(super) fn group(&self, name: &str, path: &Path, findings: &mut Findings<'_>) -> Option<GroupId> {
        let found = self.names.groups.get(name).copied();
        if found.is_none() {
            let known = self.names.groups.keys().copied();
            let fact = format!("there is no node group `{}`", ends(name));
            findings.error(path, Problem::new("S081", fact, suggestion(name, "groups", known)));
        }
        found
    }

    pub(super) fn zone(&self, name: &str, path: &Path, findings: &mut Findings<'_>) -> Option<ZoneId> {
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
    pub(super) fn check_out_of_service(
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

    pub(super) fn reclaim(&self, reclaim: &Reclaim, path: &Path, findings: &mut Findings<'_>) -> Option<Act> {
        let group = self.group(&reclaim.node_group, &path.key("nodeGroup"), findings)?;
        if self.scenario.node_groups.get(&reclaim.node_group).is_some_and(|group| group.spot.is_none()) {
            let fact = format!("the machines of `{}` are not spot machines", ends(&reclaim.node_group));
            let hint = format!("add `nodeGroups.{}.spot: {{notice: 30s}}`", ends(&reclaim.node_group));
            findings.error(&path.key("nodeGroup"), Problem::new("S086", fact, hint));
        }
        let share = reclaim.share.map_or(1.0, |share| share.ratio);
        Some(Act::Reclaim(group, (share * 1e6 + 0.5) as u64))
    }
}

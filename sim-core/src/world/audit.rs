//! The audit: everything derived is recomputed from the rows and compared.
//!
//! Counters and lists exist for speed; the rows are the truth. Swarm runs audit after every event, so
//! a verb that forgets one of them cannot hide.

use std::collections::BTreeMap;

use super::{Machine, PodCounts, PodPhase, Ready, ServerState, Services, World, slot_of};
use crate::ids::{IdVec, NodeId};
use crate::model::Model;
use crate::resources::Resources;

impl World {
    /// Compares all derived state with a recount. Returns what differs, one sentence each.
    pub fn audit(&self, model: &Model) -> Vec<String> {
        let mut findings = Vec::new();
        self.audit_pods(&mut findings);
        self.audit_nodes(model, &mut findings);
        self.audit_groups(model, &mut findings);
        self.audit_zones(&mut findings);
        self.audit_services(&mut findings);
        self.audit_controllers(model, &mut findings);
        self.audit_volumes(&mut findings);
        self.audit_memory(&mut findings);
        self.audit_disk(&mut findings);
        findings
    }

    fn audit_pods(&self, findings: &mut Vec<String>) {
        let mut counts = PodCounts::default();
        for (pod, row) in self.cluster.pods.iter() {
            if let Some(count) = counts.phase_mut(row.phase) {
                *count += 1;
            }
            counts.terminating += u32::from(row.deletion_requested_at.is_some());
            let bound = !matches!(row.phase, PodPhase::Pending | PodPhase::Lost);
            if bound != row.node.is_some() {
                findings.push(format!("{pod:?} is {:?} but its node is {:?}", row.phase, row.node));
            }
        }
        let unschedulable = self
            .cluster
            .pods
            .iter()
            .filter(|(_, row)| row.phase == PodPhase::Pending && row.unschedulable_since.is_some());
        if !unschedulable
            .map(|(pod, row)| (row.uid, pod))
            .all(|(uid, pod)| self.cluster.unschedulable.get(&uid) == Some(&pod))
        {
            findings.push("an unschedulable pod is not on the list".to_owned());
        }
        if self.cluster.unschedulable.values().any(|pod| self.cluster.pods[*pod].why.is_none()) {
            findings.push("an unschedulable pod has no reason".to_owned());
        }
        if self.cluster.unschedulable.values().any(|pod| self.cluster.pods[*pod].phase != PodPhase::Pending) {
            findings.push("the list of unschedulable pods holds one that is bound".to_owned());
        }
        let mut classes = BTreeMap::new();
        for pod in self.cluster.unschedulable.values() {
            *classes.entry(self.cluster.pods[*pod].class).or_default() += 1;
        }
        if classes != self.cluster.unschedulable_classes {
            let kept = &self.cluster.unschedulable_classes;
            findings.push(format!("unschedulable by class {kept:?}, recount {classes:?}"));
        }
        if counts != self.cluster.counts {
            findings.push(format!("pod counters {:?}, recount {counts:?}", self.cluster.counts));
        }
    }

    fn audit_nodes(&self, model: &Model, findings: &mut Vec<String>) {
        let mut requested: IdVec<NodeId, Resources> =
            (0..self.cluster.nodes.slot_count()).map(|_| Resources::ZERO).collect();
        for (pod, row) in self.cluster.pods.iter() {
            let holds = !matches!(row.phase, PodPhase::Ended | PodPhase::Lost);
            let Some(node) = row.node.filter(|_| holds) else { continue };
            requested[node] += row.requests;
            if !self.cluster.nodes.is_live(node) {
                findings.push(format!("{pod:?} is on {node:?}, which is gone"));
            }
        }
        for (node, row) in self.cluster.nodes.iter() {
            let kept = self.requested(node);
            if requested[node] != kept {
                findings.push(format!("{node:?} keeps {kept:?} requested, recount {:?}", requested[node]));
            }
            if !requested[node].fits_in(&model.groups[row.group].allocatable) {
                findings.push(format!("{node:?} is overdrawn: {:?}", requested[node]));
            }
            let listed = self.pods_on(node).filter(|pod| self.cluster.pods[*pod].node == Some(node)).count();
            if listed != self.pod_count(node) || listed as u64 != requested[node].pods {
                findings.push(format!("{node:?} counts {} pods, lists {listed}", self.pod_count(node)));
            }
            let seen = &self.cluster.placement.node(slot_of(node)).spec;
            if seen.unschedulable != row.is_closed() {
                findings.push(format!("{node:?} and what placement sees of it disagree"));
            }
        }
    }

    fn audit_groups(&self, model: &Model, findings: &mut Vec<String>) {
        for group in model.groups.ids() {
            let nodes = self.cluster.nodes.iter().filter(|(_, node)| node.group == group);
            let (nodes, leaving) = nodes
                .fold((0, 0), |(nodes, leaving), (_, node)| (nodes + 1, leaving + u32::from(node.leaving)));
            let kept = self.cluster.groups[group];
            if (nodes, leaving) != (kept.nodes, kept.leaving) {
                findings.push(format!("{group:?} keeps {kept:?}, recount {nodes} nodes, {leaving} leaving"));
            }
        }
    }

    fn audit_zones(&self, findings: &mut Vec<String>) {
        for (zone, kept) in self.cluster.zones.iter_enumerated() {
            let here = || self.cluster.nodes.iter().filter(|(_, node)| node.zone == zone);
            let ready = here().filter(|(_, node)| node.health.ready == Ready::True).count();
            if (here().count(), ready) != (kept.nodes as usize, kept.ready as usize) {
                findings.push(format!(
                    "{zone:?} keeps {kept:?}, recount {} nodes, {ready} ready",
                    here().count()
                ));
            }
        }
        for (node, row) in self.cluster.nodes.iter() {
            if row.health.machine == Machine::Gone && !row.leaving {
                findings.push(format!("{node:?} has no machine, but counts for its group"));
            }
        }
    }

    fn audit_services(&self, findings: &mut Vec<String>) {
        let Services { launches, servers, spawning, ready, waiting, .. } = &self.services;
        let count =
            |wanted: fn(ServerState) -> bool| servers.iter().filter(|(_, row)| wanted(row.state)).count();
        if count(Services::is_spawning) != *spawning as usize {
            findings.push(format!("{spawning} spawns counted, recount {}", count(Services::is_spawning)));
        }
        if count(|state| state == ServerState::Ready) != *ready as usize {
            findings.push(format!("{ready} ready servers counted"));
        }
        if waiting.iter().sum::<u32>() as usize != launches.len() {
            findings.push(format!(
                "{} users wait, {} launches in flight",
                waiting.iter().sum::<u32>(),
                launches.len()
            ));
        }
        for (server, row) in servers.iter() {
            let pod = self.cluster.pods.resolve(row.pod);
            if pod.is_some_and(|pod| self.cluster.pods[pod].server != Some(servers.handle(server))) {
                findings.push(format!("{server:?} and its pod disagree"));
            }
        }
    }
}

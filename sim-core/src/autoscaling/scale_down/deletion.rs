//! Deletions under way: from the taint to the request to the cloud.
//!
//! Models: `Actuator`, `Evictor` and `NodeDeletionTracker` (cluster-autoscaler 1.36): taint and cordon at
//! once; 5 s later the pods are looked at again, then evicted, refused evictions tried again every 10 s;
//! every 5 s a look whether they are gone; then the request to the cloud. What fails takes the taint back.
//! Leaves out: a taint that cannot be set (`--scale-down-delay-after-failure` counts only that: what the
//! cloud or an eviction refuses is tried again in the next loop), eviction by priority, batches of
//! deletions, the annotation that delays a deletion.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::budgets::RemainingBudgets;
use super::drain_rules::DrainRules;
use crate::autoscaling::environment::Environment;
use crate::autoscaling::moment::Moment;
use crate::autoscaling::objects::{Cluster, NodeName, Phase, Pod};
use crate::autoscaling::options::Options;
use crate::autoscaling::snapshot::NodeInfo;
use crate::autoscaling::status::{DeletionResult, StartedDeletion};
use crate::time::{SimDuration, SimTime};

const EVICTION_RETRY: SimDuration = SimDuration::from_secs(10);
const POLL: SimDuration = SimDuration::from_secs(5);
const EVICTION_HEADROOM: SimDuration = SimDuration::from_secs(30);

/// Deletions under way, and how others ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletions {
    running: Vec<Deletion>,
    finished: BTreeMap<NodeName, DeletionResult>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Deletion {
    node: NodeName,
    group: usize,
    drain: bool,
    due: SimTime,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// The taint settles.
    Tainted,
    /// Pods that have not been evicted yet, whether it must be, and who was.
    Evicting { left: Vec<(Arc<Pod>, bool)>, until: SimTime, wait_for: Vec<u64>, failed: bool },
    /// Evicted pods come to their end.
    Leaving { pods: Vec<u64>, until: SimTime },
}

impl Deletions {
    /// Begins deletions as far as the limits of parallelism allow.
    pub fn start(
        &mut self,
        (empty, drain): (Vec<NodeName>, Vec<NodeName>),
        env: &mut dyn Environment,
        options: &Options,
        now: SimTime,
    ) -> Vec<StartedDeletion> {
        let draining = self.running.iter().filter(|deletion| deletion.drain).count();
        let budget = options.max_scale_down_parallelism.saturating_sub(self.running.len());
        let empty: Vec<NodeName> = empty.into_iter().take(budget).collect();
        let drain_budget = (budget - empty.len()).min(options.max_drain_parallelism.saturating_sub(draining));
        let mut started = Vec::new();
        let rows = empty.into_iter().map(|node| (node, false));
        for (name, drain) in rows.chain(drain.into_iter().take(drain_budget).map(|node| (node, true))) {
            let Some(group) = env.cluster().node(&name).and_then(|node| node.group) else { continue };
            let drained = drain.then(|| {
                let pods = pods_of(env.cluster(), &name, options);
                let evicted = pods.iter().filter(|pod| !pod.traits.mirror && !pod.is_daemon());
                evicted.map(|pod| pod.uid).collect()
            });
            env.mark_deletion(&name, true, options.cordon_before_terminating);
            let due = now + options.delete_delay_after_taint;
            self.running.push(Deletion { node: name.clone(), group, drain, due, stage: Stage::Tainted });
            started.push(StartedDeletion { node: name, group, drained });
        }
        started
    }

    /// Nodes whose deletion is under way.
    pub fn nodes(&self) -> BTreeSet<NodeName> {
        self.running.iter().map(|deletion| deletion.node.clone()).collect()
    }

    /// Nodes that are being drained.
    pub fn drained_nodes(&self) -> impl Iterator<Item = &str> {
        self.running.iter().filter(|deletion| deletion.drain).map(|deletion| &*deletion.node)
    }

    /// Deletions under way by group.
    pub fn by_group(&self) -> BTreeMap<usize, i64> {
        let mut counts = BTreeMap::new();
        for deletion in &self.running {
            *counts.entry(deletion.group).or_default() += 1;
        }
        counts
    }

    /// How deletions ended since this was asked last.
    pub fn take_finished(&mut self) -> BTreeMap<NodeName, DeletionResult> {
        core::mem::take(&mut self.finished)
    }

    /// When something is to be done next.
    pub fn next_due(&self) -> Option<SimTime> {
        self.running.iter().map(|deletion| deletion.due).min()
    }

    /// Does what is due, all deletions step by step together. Says of which groups the cloud deletes a
    /// machine now.
    pub fn advance(&mut self, env: &mut dyn Environment, options: &Options, now: SimTime) -> Vec<usize> {
        let mut groups = Vec::new();
        while self.running.iter().any(|deletion| deletion.due <= now) {
            for mut deletion in core::mem::take(&mut self.running) {
                let due = deletion.due <= now;
                let Some(result) = due.then(|| deletion.step(env, options)).flatten() else {
                    self.running.push(deletion);
                    continue;
                };
                if result == DeletionResult::Ok {
                    groups.push(deletion.group);
                } else {
                    env.mark_deletion(&deletion.node, false, options.cordon_before_terminating);
                }
                self.finished.insert(deletion.node, result);
            }
        }
        groups
    }
}

impl Deletion {
    /// Does one thing, at the time it is due.
    fn step(&mut self, env: &mut dyn Environment, options: &Options) -> Option<DeletionResult> {
        match &mut self.stage {
            Stage::Tainted => self.look_again(env, options),
            Stage::Evicting { .. } => self.evict(env, options),
            Stage::Leaving { .. } => self.poll(env),
        }
    }

    fn look_again(&mut self, env: &mut dyn Environment, options: &Options) -> Option<DeletionResult> {
        let cluster = env.cluster();
        let Some(node) = cluster.node(&self.node) else { return Some(DeletionResult::InternalError) };
        let pods = pods_of(cluster, &self.node, options);
        let info = NodeInfo { node: node.clone(), pods: pods.clone() };
        let budgets = RemainingBudgets::new(cluster.budgets.values());
        let asks = self.drain.then_some(cluster);
        let none = RemainingBudgets::default();
        let budgets = if self.drain { &budgets } else { &none };
        let moment = Moment::new(self.due);
        let rules = DrainRules { options, cluster: asks, budgets, moment: &moment };
        match rules.pods_to_move(&info) {
            Err(_) => return Some(DeletionResult::InternalError),
            Ok(pods) if !self.drain && !pods.is_empty() => return Some(DeletionResult::InternalError),
            Ok(_) => {}
        }
        let evict_daemons =
            if self.drain { options.evict_daemons_of_occupied } else { options.evict_daemons_of_empty };
        let must = |pod: &Arc<Pod>| self.drain && !pod.is_daemon();
        let goes = |pod: &Arc<Pod>| !pod.traits.mirror && (must(pod) || (pod.is_daemon() && evict_daemons));
        let left: Vec<(Arc<Pod>, bool)> =
            pods.into_iter().filter(|pod| goes(pod)).map(|pod| (pod.clone(), must(&pod))).collect();
        let wait_for = left.iter().filter(|(_, must)| *must).map(|(pod, _)| pod.uid).collect();
        let until = self.due + options.max_pod_eviction_time;
        self.stage = Stage::Evicting { left, until, wait_for, failed: false };
        None
    }

    fn evict(&mut self, env: &mut dyn Environment, options: &Options) -> Option<DeletionResult> {
        let Stage::Evicting { left, until, wait_for, failed } = &mut self.stage else { return None };
        let over = self.due >= *until;
        let first = self.due + options.max_pod_eviction_time == *until;
        if over && !first {
            *failed |= left.iter().any(|(_, must)| *must);
            left.clear();
        } else {
            left.retain(|(pod, _)| env.evict(pod.uid, &self.node).is_err());
        }
        if !left.is_empty() {
            self.due += EVICTION_RETRY;
            return None;
        }
        if *failed {
            return Some(DeletionResult::FailedToEvictPods);
        }
        let until = self.due + options.max_graceful_termination + EVICTION_HEADROOM;
        self.stage = Stage::Leaving { pods: core::mem::take(wait_for), until };
        None
    }

    fn poll(&mut self, env: &mut dyn Environment) -> Option<DeletionResult> {
        let Stage::Leaving { pods, until } = &self.stage else { return None };
        let info = env.cluster().nodes.get(&self.node);
        let stays = |uid: &u64| info.is_some_and(|info| info.pods.iter().any(|pod| pod.uid == *uid));
        if self.due >= *until {
            return Some(DeletionResult::FailedToEvictPods);
        }
        if pods.iter().any(stays) {
            self.due += POLL;
            return None;
        }
        let deleted = env.delete(self.group, &self.node);
        Some(if deleted.is_ok() { DeletionResult::Ok } else { DeletionResult::FailedToDelete })
    }
}

/// Pods on the node that count: not ended, not expendable.
fn pods_of(cluster: &Cluster, node: &str, options: &Options) -> Vec<Arc<Pod>> {
    let counts = |pod: &&Arc<Pod>| pod.phase != Phase::Ended && pod.spec.priority >= options.expendable_below;
    let info = cluster.nodes.get(node);
    info.map_or_else(Vec::new, |info| info.pods.iter().filter(counts).cloned().collect())
}

//! Which group grows by how much for the pods that fit nowhere.
//!
//! Models: `ScaleUpOrchestrator` (cluster-autoscaler 1.36): groups that may not grow are skipped with a
//! reason; pods are grouped and tried on an empty node of each group; the estimator says how many nodes,
//! within the limits of the group, of the scale-up and of the cluster; expanders choose; like groups share;
//! a refusal by the cloud backs the group off and ends the loop's attempt.
//! Leaves out: groups made by the autoscaler, atomic groups, parallel and salvo scale-up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clusterstate::ClusterState;
use super::environment::Environment;
use super::equivalence::{self, PodGroup};
use super::estimator::{self, NodeLimit};
use super::expander::{self, Candidate, Setting};
use super::full::Fitting;
use super::limits::Room;
use super::moment::Moment;
use super::objects::{Node, Pod, Shape};
use super::options::{Group, Options};
use super::similar::{self, Growth};
use super::snapshot::{NodeInfo, Snapshot};
use super::status::{Reasons, RemainingPod, ScaleUpResult, ScaleUpStatus};

const NOT_READY: &str = "not ready for scale-up";
const BACKED_OFF: &str = "in backoff after failed scale-up";
const AT_MAX: &str = "max node group size reached";
const EXECUTION_FAILED: &str = "scale-up execution failed";

/// A scale-up in the making.
pub struct ScaleUp<'a> {
    /// The flags.
    pub options: &'a Options,
    /// The groups.
    pub groups: &'a [Group],
    /// What a new node of each is like.
    pub templates: &'a [Arc<NodeInfo>],
    /// Ready nodes that are not cordoned.
    pub ready: &'a [Arc<Node>],
    /// The cluster with upcoming nodes.
    pub snapshot: &'a mut Snapshot,
    /// What is known of the groups.
    pub state: &'a mut ClusterState,
    /// The cloud.
    pub env: &'a mut dyn Environment,
    /// Draws below a number, for ties.
    pub draw: &'a mut dyn FnMut(usize) -> usize,
    /// Now.
    pub moment: &'a Moment,
}

/// What each valid group can take, by position in the list of pod groups.
type Takes = BTreeMap<usize, Vec<usize>>;

impl ScaleUp<'_> {
    /// Grows a group for these pods, if that helps any.
    pub fn for_pods(&mut self, pods: &[Arc<Pod>]) -> ScaleUpStatus {
        let mut pod_groups = equivalence::groups(pods);
        let room = self.room();
        let skipped = Arc::new(self.skipped(&room));
        let valid: Vec<usize> = (0..self.groups.len()).filter(|group| !skipped.contains_key(group)).collect();
        let mut takes = Takes::new();
        for &group in &valid {
            let taken = self.try_group(group, &mut pod_groups);
            takes.insert(group, taken);
        }
        let candidates: Vec<Candidate> =
            valid.iter().filter_map(|&group| self.candidate(group, &takes, &pod_groups)).collect();
        let setting = Setting {
            groups: self.groups,
            templates: self.templates,
            priorities: self.env.cluster().group_priorities.as_ref(),
            nodes: self.env.cluster().nodes.len(),
        };
        let best = expander::choose(&self.options.expanders, candidates, &setting, self.draw);
        let Some(best) = best else {
            let mut status = ScaleUpStatus::of(ScaleUpResult::NoOptionsAvailable);
            status.remaining = remaining(pod_groups, &skipped);
            return status;
        };
        let growths = self.plan(&best, room, &takes);
        let (mut status, failed) = self.execute(&growths, &best);
        match failed {
            Some(failed) => note_failure(failed, &takes, &mut pod_groups),
            None => status.awaiting = awaiting(&pod_groups, best.group),
        }
        status.remaining = remaining(pod_groups, &skipped);
        status
    }

    /// Whether any group that may grow takes any of these pods, each of which speaks for all like it.
    pub fn can_help(&mut self, samples: &[Arc<Pod>]) -> bool {
        let skipped = self.skipped(&self.room());
        let most = self.options.max_nodes_total;
        let is_full = most > 0 && self.counted_nodes() >= most;
        let mut groups = (0..self.groups.len()).filter(|group| !skipped.contains_key(group));
        !is_full && groups.any(|group| self.takes_any(group, samples))
    }

    fn takes_any(&mut self, group: usize, samples: &[Arc<Pod>]) -> bool {
        self.snapshot.fork();
        let at = self.snapshot.add_node(self.templates[group].clone());
        let takes = samples.iter().any(|pod| self.snapshot.check(pod, at).is_ok());
        self.snapshot.revert();
        takes
    }

    /// Grows groups that are below their minimum.
    pub fn raise_to_minimums(&mut self) -> ScaleUpStatus {
        let room = self.room();
        let mut growths = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            let from = self.env.target(at);
            if from >= group.min || self.unsafe_reason(at).is_some() {
                continue;
            }
            let (allowed, _) = room.allows(&self.templates[at].node, group.min - from);
            let Some(delta) = self.capped_by_total(allowed, from).filter(|delta| *delta > 0) else {
                continue;
            };
            growths.push(Growth { group: at, from, to: from + delta });
        }
        if growths.is_empty() {
            return ScaleUpStatus::of(ScaleUpResult::NotNeeded);
        }
        self.execute(&growths, &Candidate { group: growths[0].group, nodes: 0, pods: Vec::new() }).0
    }

    /// Cores and memory that may be added to what is ready or on its way.
    fn room(&self) -> Room {
        let ready = self.ready.iter().map(|node| &**node);
        let upcoming = (0..self.groups.len()).flat_map(|group| {
            let count = usize::try_from(self.state.upcoming(group)).unwrap_or(0);
            core::iter::repeat_n(&*self.templates[group].node, count)
        });
        Room::above(ready.chain(upcoming), self.options)
    }

    /// Nodes that are ready or on their way.
    fn counted_nodes(&self) -> i64 {
        let upcoming: i64 = (0..self.groups.len()).map(|group| self.state.upcoming(group)).sum();
        self.ready.len() as i64 + upcoming
    }

    fn skipped(&self, room: &Room) -> BTreeMap<usize, Reasons> {
        let reason = |group: usize| {
            if let Some(reason) = self.unsafe_reason(group) {
                return Some(reason.to_owned());
            }
            if self.env.target(group) >= self.groups[group].max {
                return Some(AT_MAX.to_owned());
            }
            let (_, exceeded) = room.allows(&self.templates[group].node, 1);
            (!exceeded.is_empty())
                .then(|| format!("exceeded quota: \"cluster-wide\", resources: {}", exceeded.join(", ")))
        };
        (0..self.groups.len()).filter_map(|group| Some((group, [reason(group)?].into()))).collect()
    }

    fn unsafe_reason(&self, group: usize) -> Option<&'static str> {
        if !self.state.is_group_healthy(group, self.options) {
            return Some(NOT_READY);
        }
        self.state.backoff.code(group, self.moment).map(|_| BACKED_OFF)
    }

    /// Which pod groups an empty node of the group takes; the others note why not.
    fn try_group(&mut self, group: usize, pod_groups: &mut [PodGroup]) -> Vec<usize> {
        self.snapshot.fork();
        let at = self.snapshot.add_node(self.templates[group].clone());
        let mut taken = Vec::new();
        let mut fitting = Fitting::default();
        let mut known: BTreeMap<Shape, Reasons> = BTreeMap::new();
        for (index, pods) in pod_groups.iter_mut().enumerate() {
            let pod = &pods.pods[0];
            if fitting.has(pod) {
                pods.schedulable = true;
                taken.push(index);
                continue;
            }
            let (snapshot, symbols) = (&mut *self.snapshot, self.env.symbols());
            let reasons =
                known.entry(pod.shape()).or_insert_with(|| snapshot.reasons(pod, at, symbols).into());
            if reasons.is_empty() {
                fitting.note(pod);
                pods.schedulable = true;
                taken.push(index);
            } else {
                pods.rejected.insert(group, reasons.clone());
            }
        }
        self.snapshot.revert();
        taken
    }

    fn candidate(&mut self, group: usize, takes: &Takes, pod_groups: &[PodGroup]) -> Option<Candidate> {
        let taken: Vec<&PodGroup> = takes[&group].iter().map(|index| &pod_groups[*index]).collect();
        if taken.is_empty() {
            return None;
        }
        let limit = self.node_limit(group, takes);
        let estimate = estimator::estimate(self.snapshot, &taken, &self.templates[group], limit);
        let helps = estimate.nodes > 0 && !estimate.pods.is_empty();
        helps.then_some(Candidate { group, nodes: estimate.nodes, pods: estimate.pods })
    }

    /// The limits of the scale-up, of the cluster and of the group with those like it.
    fn node_limit(&self, group: usize, takes: &Takes) -> NodeLimit {
        let some = |limit: i64| if limit > 0 { NodeLimit::AtMost(limit) } else { NodeLimit::None };
        let total = if self.options.max_nodes_total > 0 {
            NodeLimit::AtMost((self.options.max_nodes_total - self.counted_nodes()).max(0))
        } else {
            NodeLimit::None
        };
        let capacity = |group: usize| (self.groups[group].max - self.env.target(group)).max(0);
        let like: i64 = self.like_groups(group, takes).into_iter().map(capacity).sum();
        some(self.options.max_nodes_per_scale_up).and(total).and(some(capacity(group) + like))
    }

    /// Other groups with nodes alike that may grow and take the same pods.
    fn like_groups(&self, group: usize, takes: &Takes) -> Vec<usize> {
        if !self.options.balance_similar_groups {
            return Vec::new();
        }
        let takes_same = |other: &usize| {
            takes.get(other).is_some_and(|taken| takes[&group].iter().all(|index| taken.contains(index)))
        };
        let symbols = self.env.symbols();
        let is_like = |other: &usize| {
            similar::alike(&self.templates[group], &self.templates[*other], self.options, symbols)
                && self.unsafe_reason(*other).is_none()
        };
        (0..self.groups.len())
            .filter(|other| *other != group && is_like(other) && takes_same(other))
            .collect()
    }

    fn capped_by_total(&self, nodes: i64, current: i64) -> Option<i64> {
        let most = self.options.max_nodes_total;
        let capped = if most > 0 { nodes.min(most - current) } else { nodes };
        (capped >= 1).then_some(capped)
    }

    /// Who grows by how much: the group and those like it, within all limits.
    fn plan(&self, best: &Candidate, mut room: Room, takes: &Takes) -> Vec<Growth> {
        let Some(nodes) = self.capped_by_total(best.nodes, self.counted_nodes()) else { return Vec::new() };
        let (nodes, _) = room.allows(&self.templates[best.group].node, nodes);
        let mut sharing = vec![best.group];
        sharing.extend(
            self.like_groups(best.group, takes)
                .into_iter()
                .filter(|group| room.allows(&self.templates[*group].node, 1).0 == 1),
        );
        let sizes: Vec<(usize, i64, i64)> = sharing
            .into_iter()
            .map(|group| (group, self.env.target(group), self.groups[group].max))
            .collect();
        let mut growths = similar::balance(&sizes, nodes);
        for growth in &mut growths {
            let template = &self.templates[growth.group].node;
            let (allowed, _) = room.allows(template, growth.to - growth.from);
            growth.to = growth.from + allowed;
            room.consume(template, allowed);
        }
        growths.retain(|growth| growth.to != growth.from);
        growths
    }

    /// Asks the cloud; says who was refused.
    fn execute(&mut self, growths: &[Growth], best: &Candidate) -> (ScaleUpStatus, Option<usize>) {
        let mut status = ScaleUpStatus::of(ScaleUpResult::Successful);
        status.triggered.clone_from(&best.pods);
        for growth in growths {
            let delta = growth.to - growth.from;
            if let Err(fact) = self.env.increase(growth.group, delta) {
                self.state.backoff.fail(growth.group, "cloudProviderError", self.moment, self.options);
                status.result = ScaleUpResult::Error;
                status.error = Some(format!("failed to increase node group size: {fact}"));
                return (status, Some(growth.group));
            }
            let now = self.moment.now();
            self.state.register_scale_up(growth.group, delta, self.groups, self.options, now);
            status.growths.push(growth.clone());
        }
        self.state.read_targets(self.env, self.groups);
        (status, None)
    }
}

/// The group that was refused helps nobody now.
fn note_failure(failed: usize, takes: &Takes, pod_groups: &mut [PodGroup]) {
    for &index in &takes[&failed] {
        let pods = &mut pod_groups[index];
        pods.rejected.insert(failed, [EXECUTION_FAILED.to_owned()].into());
        pods.schedulable = takes.iter().any(|(group, taken)| *group != failed && taken.contains(&index));
    }
}

/// Pods that no group can help, with the reason of each group.
fn remaining(pod_groups: Vec<PodGroup>, skipped: &Arc<BTreeMap<usize, Reasons>>) -> Vec<RemainingPod> {
    let mut remaining = Vec::new();
    for group in pod_groups.into_iter().filter(|group| !group.schedulable) {
        let remains =
            |pod: Arc<Pod>| RemainingPod { pod, rejected: group.rejected.clone(), skipped: skipped.clone() };
        remaining.extend(group.pods.into_iter().map(remains));
    }
    remaining
}

/// Pods that another group can help in a later loop.
fn awaiting(pod_groups: &[PodGroup], grown: usize) -> Vec<Arc<Pod>> {
    let waits = |group: &&PodGroup| group.schedulable && group.rejected.contains_key(&grown);
    pod_groups.iter().filter(waits).flat_map(|group| group.pods.clone()).collect()
}

//! Who is there, who is missing, and which scale-ups are still awaited.
//!
//! Models: `ClusterStateRegistry` (cluster-autoscaler 1.36): readiness by group, instances that have not
//! registered, scale-up requests with their time-out (taken back in full by lowering the target, the group
//! backed off), instances with errors, groups of the wrong size, the tests of health, upcoming nodes.
//! Nodes are upcoming only while a scale-up of their group is awaited.
//! Leaves out: node groups made by the autoscaler itself.

use std::collections::{BTreeMap, BTreeSet};

use super::backoff::Backoff;
use super::environment::{Environment, Instance};
use super::moment::Moment;
use super::objects::{Node, NodeName};
use super::options::{Group, Options};
use crate::time::SimTime;

/// What the autoscaler remembers of its groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterState {
    /// Nodes by readiness, by group.
    pub readiness: Vec<Readiness>,
    /// Targets as last read, by group.
    pub targets: Vec<i64>,
    /// Groups that are left alone.
    pub backoff: Backoff,
    requests: BTreeMap<usize, ScaleUpRequest>,
    /// Since when each instance has not registered.
    unregistered: BTreeMap<NodeName, (usize, SimTime)>,
    wrong_sizes: BTreeMap<usize, WrongSize>,
    /// Instances with an error that have been seen before.
    failed_instances: BTreeSet<NodeName>,
    unready: i64,
    nodes: i64,
}

/// Nodes of a group by readiness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Ready.
    pub ready: i64,
    /// They broke after they had started.
    pub unready: i64,
    /// Being deleted.
    pub deleted: i64,
    /// Not ready yet, by name.
    pub not_started: Vec<NodeName>,
    /// Nodes there are.
    pub registered: i64,
    /// Instances without a node.
    pub unregistered: i64,
    /// Instances without a node for too long, by name.
    pub long_unregistered: Vec<NodeName>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ScaleUpRequest {
    increase: i64,
    expected_by: SimTime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct WrongSize {
    current: i64,
    expected: i64,
    since: SimTime,
}

impl ClusterState {
    /// Takes in what is there now.
    pub fn update(
        &mut self,
        env: &mut dyn Environment,
        groups: &[Group],
        options: &Options,
        moment: &Moment,
    ) {
        let instances: Vec<Vec<Instance>> = (0..groups.len()).map(|group| env.instances(group)).collect();
        self.read_targets(env, groups);
        self.update_unregistered(env, &instances, moment.now());
        self.update_readiness(env, groups, options, moment);
        self.update_requests(env, groups, options, moment);
        self.handle_failed_instances(&instances, options, moment);
        self.update_wrong_sizes(moment.now());
    }

    /// Reads the targets again.
    pub fn read_targets(&mut self, env: &dyn Environment, groups: &[Group]) {
        self.targets = (0..groups.len()).map(|group| env.target(group)).collect();
    }

    /// Notes that a group was asked to grow, or that less is awaited.
    pub fn register_scale_up(
        &mut self,
        group: usize,
        delta: i64,
        groups: &[Group],
        options: &Options,
        now: SimTime,
    ) {
        let expected_by = now + provision_time(&groups[group], options);
        match self.requests.get_mut(&group) {
            None if delta > 0 => {
                self.requests.insert(group, ScaleUpRequest { increase: delta, expected_by });
            }
            None => {}
            Some(request) if request.increase + delta <= 0 => {
                self.requests.remove(&group);
            }
            Some(request) => {
                request.increase += delta;
                if delta > 0 {
                    request.expected_by = expected_by;
                }
            }
        }
    }

    fn update_unregistered(&mut self, env: &dyn Environment, instances: &[Vec<Instance>], now: SimTime) {
        let before = core::mem::take(&mut self.unregistered);
        for (group, instances) in instances.iter().enumerate() {
            for instance in instances {
                let awaited = !instance.deleting && instance.error.is_none();
                if awaited && !env.cluster().nodes.contains_key(&instance.name) {
                    let since = before.get(&instance.name).copied().unwrap_or((group, now));
                    self.unregistered.insert(instance.name.clone(), since);
                }
            }
        }
    }

    fn update_readiness(
        &mut self,
        env: &dyn Environment,
        groups: &[Group],
        options: &Options,
        moment: &Moment,
    ) {
        self.readiness = vec![Readiness::default(); groups.len()];
        (self.unready, self.nodes) = (0, env.cluster().nodes.len() as i64);
        for info in env.cluster().nodes.values() {
            let node = &info.node;
            let own = node.group.and_then(|group| groups[group].max_node_startup_time);
            let starting = !node.ready
                && !moment.has_come(node.created_at + own.unwrap_or(options.max_node_startup_time));
            let deleted = !env.has_instance(node).unwrap_or_else(|| !node.is_being_deleted());
            let state = NodeState::of(node, deleted, starting);
            self.unready += i64::from(state == NodeState::Unready);
            if let Some(group) = node.group {
                self.readiness[group].count(node, state);
            }
        }
        for (name, (group, since)) in &self.unregistered {
            let readiness = &mut self.readiness[*group];
            if moment.is_past(*since + provision_time(&groups[*group], options)) {
                readiness.long_unregistered.push(name.clone());
            } else {
                readiness.unregistered += 1;
            }
        }
    }

    /// Drops requests that were met, and takes back those that timed out.
    fn update_requests(
        &mut self,
        env: &mut dyn Environment,
        groups: &[Group],
        options: &Options,
        moment: &Moment,
    ) {
        self.backoff.forget_stale(moment, options);
        for group in 0..groups.len() {
            let Some(request) = self.requests.get(&group) else { continue };
            if !self.awaits_nodes(group) {
                self.requests.remove(&group);
                self.backoff.forget(group);
            } else if moment.is_past(request.expected_by) {
                let increase = request.increase;
                self.requests.remove(&group);
                self.backoff.fail(group, "timeout", moment, options);
                // A cloud that has some of the machines refuses; the size is then put right later.
                let _ = env.decrease_target(group, -increase);
            }
        }
    }

    fn handle_failed_instances(&mut self, instances: &[Vec<Instance>], options: &Options, moment: &Moment) {
        let mut failed = BTreeSet::new();
        for (group, instances) in instances.iter().enumerate() {
            let mut unseen: BTreeMap<&str, i64> = BTreeMap::new();
            for instance in instances {
                let Some(code) = &instance.error else { continue };
                failed.insert(instance.name.clone());
                if !self.failed_instances.contains(&instance.name) {
                    *unseen.entry(code).or_default() += 1;
                }
            }
            for (code, count) in unseen {
                if self.is_scaling_up(group) {
                    self.lower_request(group, count);
                    self.backoff.fail(group, code, moment, options);
                }
            }
        }
        self.failed_instances = failed;
    }

    fn lower_request(&mut self, group: usize, by: i64) {
        if let Some(request) = self.requests.get_mut(&group) {
            request.increase -= by;
            if request.increase <= 0 {
                self.requests.remove(&group);
            }
        }
    }

    fn update_wrong_sizes(&mut self, now: SimTime) {
        let before = core::mem::take(&mut self.wrong_sizes);
        for (group, readiness) in self.readiness.iter().enumerate() {
            let expected = self.targets[group];
            let missing = readiness.unregistered + readiness.long_unregistered.len() as i64;
            let current = readiness.registered;
            if *readiness == Readiness::default() || (expected - missing..=expected).contains(&current) {
                continue;
            }
            let same =
                before.get(&group).filter(|wrong| wrong.current == current && wrong.expected == expected);
            let since = same.map_or(now, |wrong| wrong.since);
            self.wrong_sizes.insert(group, WrongSize { current, expected, since });
        }
    }

    /// Lowers targets that have been too high for the provision time. True if it lowered one.
    ///
    /// # Errors
    /// What the cloud says when it refuses.
    pub fn fix_sizes(
        &self,
        env: &mut dyn Environment,
        groups: &[Group],
        options: &Options,
        moment: &Moment,
    ) -> Result<bool, String> {
        let mut fixed = false;
        for (&group, wrong) in &self.wrong_sizes {
            let delta = wrong.current - wrong.expected;
            if delta < 0 && moment.is_past(wrong.since + provision_time(&groups[group], options)) {
                env.decrease_target(group, delta)
                    .map_err(|fact| format!("failed to decrease {}: {fact}", groups[group].id))?;
                fixed = true;
            }
        }
        Ok(fixed)
    }

    /// Too many nodes broke: more than the number that is fine, and more than the share.
    pub fn is_healthy(&self, options: &Options) -> bool {
        within(self.unready, self.nodes, options)
    }

    /// The same test for one group, over nodes that should be ready and are not.
    pub fn is_group_healthy(&self, group: usize, options: &Options) -> bool {
        let (readiness, target) = (&self.readiness[group], self.targets[group]);
        let awaited = self.requests.get(&group).map_or(0, |request| request.increase);
        let least = target - readiness.long_unregistered.len() as i64 - awaited;
        if *readiness == Readiness::default() {
            return target == 0 || (least == 0 && target > 0);
        }
        let there = readiness.ready + readiness.unready + readiness.not_started.len() as i64;
        within((least - readiness.ready).max(0), there, options)
    }

    /// Whether a scale-up of the group is awaited and not all of it is there.
    pub fn is_scaling_up(&self, group: usize) -> bool {
        self.requests.contains_key(&group) && self.awaits_nodes(group)
    }

    fn awaits_nodes(&self, group: usize) -> bool {
        let readiness = &self.readiness[group];
        self.targets[group] > readiness.registered - readiness.not_started.len() as i64 - readiness.deleted
    }

    /// Nodes of the group that will be ready soon.
    pub fn upcoming(&self, group: usize) -> i64 {
        let readiness = &self.readiness[group];
        let there = readiness.ready + readiness.unready + readiness.long_unregistered.len() as i64;
        if self.is_scaling_up(group) { (self.targets[group] - there).max(0) } else { 0 }
    }
}

impl Readiness {
    fn count(&mut self, node: &Node, state: NodeState) {
        self.registered += 1;
        match state {
            NodeState::Deleted => self.deleted += 1,
            NodeState::Ready => self.ready += 1,
            NodeState::NotStarted => self.not_started.push(node.name.clone()),
            NodeState::Unready => self.unready += 1,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NodeState {
    Deleted,
    Ready,
    NotStarted,
    Unready,
}

impl NodeState {
    fn of(node: &Node, deleted: bool, starting: bool) -> Self {
        match () {
            () if deleted => Self::Deleted,
            () if node.ready => Self::Ready,
            () if starting => Self::NotStarted,
            () => Self::Unready,
        }
    }
}

/// Whether so many unready of so many are fine.
fn within(unready: i64, all: i64, options: &Options) -> bool {
    unready <= options.ok_total_unready_count || unready * 1_000_000 <= options.max_total_unready_ppm * all
}

/// How long a machine of the group may take to register and become ready.
pub fn provision_time(group: &Group, options: &Options) -> crate::time::SimDuration {
    group.max_node_provision_time.unwrap_or(options.max_node_provision_time)
}

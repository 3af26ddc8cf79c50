//! One turn of the loop.
//!
//! Models: `StaticAutoscaler.RunOnce` (cluster-autoscaler 1.36): look, take back what failed, stop when
//! the cluster is unhealthy, count upcoming nodes as there, leave out pods that fit, grow one group, then
//! find unneeded nodes and begin deletions, unless it is too soon after another change.
//! Leaves out: restarts, slow API servers, soft taints' limit of time.

mod help;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::autoscaling::clusterstate::ClusterState;
use crate::autoscaling::crowd::Help;
use crate::autoscaling::environment::{Environment, Moved, Provisioner};
use crate::autoscaling::hints::Hints;
use crate::autoscaling::moment::Moment;
use crate::autoscaling::objects::{Cluster, Node, NodeName};
use crate::autoscaling::options::{Group, Options};
use crate::autoscaling::scale_down::deletion::Deletions;
use crate::autoscaling::scale_down::planner::{Planner, Scene};
use crate::autoscaling::scale_up::ScaleUp;
use crate::autoscaling::snapshot::{NodeInfo, Snapshot};
use crate::autoscaling::status::{
    LoopStatus, ScaleDownResult, ScaleDownStatus, ScaleUpResult, ScaleUpStatus,
};
use crate::autoscaling::template::{self, Templates};
use crate::time::{SimDuration, SimTime};
use memory::Memory;

/// Pods are very new for so long.
const NEW_FOR: SimDuration = SimDuration::from_secs(2);

/// The autoscaler: what it was told and what it remembers.
///
/// Loops may be left out: until [`LoopStatus::idle_until`], and while nothing changes in the environment, a
/// loop would find and do what the one before it found, which was to do nothing. Whoever leaves loops out says
/// so with [`Provisioner::left_out`].
#[derive(Clone, Debug)]
pub struct Autoscaler {
    /// The flags.
    pub options: Options,
    /// The groups, in the order the cloud lists them.
    pub groups: Vec<Group>,
    /// What is known of the groups.
    pub state: ClusterState,
    /// Deletions under way.
    pub deletions: Deletions,
    planner: Planner,
    templates: Templates,
    hints: Hints,
    snapshot: Snapshot,
    grew_at: BTreeMap<usize, SimTime>,
    scale_up_at: Option<SimTime>,
    scale_down_at: Option<SimTime>,
    /// When a deletion of each group was asked of the cloud last.
    deleted_at: BTreeMap<usize, SimTime>,
    /// Whether pods are looked at one by one, however many they are.
    each_pod: bool,
    /// What the last loop left behind, if nothing happened since.
    remembered: Option<Memory>,
    /// The last loop did nothing, and only a node that empties could give the next one something to do.
    settled: bool,
}

impl Provisioner for Autoscaler {
    fn look(
        &mut self,
        env: &mut dyn Environment,
        now: SimTime,
        draw: &mut dyn FnMut(usize) -> usize,
    ) -> SimTime {
        self.turn(env, now, draw, !self.each_pod).idle_until
    }

    fn glance(&mut self, env: &dyn Environment, now: SimTime, moved: &[Moved]) -> Option<SimTime> {
        if !self.settled {
            return None;
        }
        let moment = &Moment::new(now);
        let looks_on = |scene: &Scene<'_>| moved.iter().all(|moved| self.planner.passes_over(scene, moved));
        let nothing_new = !self.options.scale_down_enabled || self.with_scene(env, moment, looks_on);
        nothing_new.then(|| moment.turns_at())
    }

    fn left_out(&mut self, last: SimTime) {
        self.planner.looked_at(last);
    }

    fn advance(&mut self, env: &mut dyn Environment, now: SimTime) {
        (self.remembered, self.settled) = (None, false);
        for group in self.deletions.advance(env, &self.options, now) {
            self.deleted_at.insert(group, now);
        }
    }

    fn next_due(&self) -> Option<SimTime> {
        self.deletions.next_due()
    }
}

impl Autoscaler {
    /// An autoscaler that has seen nothing yet.
    pub fn new(options: Options, groups: Vec<Group>) -> Self {
        Self {
            options,
            groups,
            state: ClusterState::default(),
            deletions: Deletions::default(),
            planner: Planner::default(),
            templates: Templates::default(),
            hints: Hints::default(),
            snapshot: Snapshot::default(),
            grew_at: BTreeMap::new(),
            scale_up_at: None,
            scale_down_at: None,
            deleted_at: BTreeMap::new(),
            each_pod: false,
            remembered: None,
            settled: false,
        }
    }

    /// Never looks at a crowd by kind: a test compares the two.
    pub const fn look_at_each_pod(&mut self) {
        self.each_pod = true;
    }

    /// One turn that looks at each pod and says what it finds of it; `draw(n)` is a number below `n`, for ties.
    pub fn run_once(
        &mut self,
        env: &mut dyn Environment,
        now: SimTime,
        draw: &mut dyn FnMut(usize) -> usize,
    ) -> LoopStatus {
        self.turn(env, now, draw, false)
    }

    /// One turn. `by_kind`: what it found of each pod and node need not be told.
    fn turn(
        &mut self,
        env: &mut dyn Environment,
        now: SimTime,
        draw: &mut dyn FnMut(usize) -> usize,
        by_kind: bool,
    ) -> LoopStatus {
        let moment = &Moment::new(now);
        let before = self.remembered.take().unwrap_or_else(|| self.memory());
        let mut draws = 0;
        let draw = &mut |count: usize| {
            draws += 1;
            draw(count)
        };
        let mut status = LoopStatus::default();
        for (at, group) in self.groups.iter_mut().enumerate() {
            (group.min, group.max) = env.limits(at);
        }
        self.snapshot.read(env.cluster(), env.surroundings(), self.options.expendable_below);
        self.snapshot.fork();
        let templates = self.templates.of_groups(env, &mut self.snapshot, &self.groups, moment);
        self.state.update(env, &self.groups, &self.options, moment);
        self.remove_unregistered(env);
        status.healthy = self.state.is_healthy(&self.options);
        if status.healthy {
            self.delete_failed_instances(env);
            match self.state.fix_sizes(env, &self.groups, &self.options, moment) {
                Ok(true) => self.state.read_targets(env, &self.groups),
                Ok(false) => self.scale(env, &templates, moment, draw, &mut status, by_kind),
                Err(error) => status.error = Some(error),
            }
        } else {
            self.planner.unneeded.clear();
        }
        status.scale_down.finished = self.deletions.take_finished();
        if !by_kind {
            self.tell(env, moment, &mut status.scale_down);
        }
        self.snapshot.revert();
        let learnt_nothing = before.is_of(self);
        let did_nothing = draws == 0 && learnt_nothing;
        self.settled = did_nothing && status.healthy && self.has_nobody_to_look_after(env.cluster());
        status.idle_until = if did_nothing { moment.turns_at() } else { now };
        self.remembered = Some(if learnt_nothing { before } else { self.memory() });
        status
    }

    /// No pod waits, no node is on its way out, and none is empty enough to have its pods looked at.
    fn has_nobody_to_look_after(&self, cluster: &Cluster) -> bool {
        let sees_none = self.planner.sees_none || !self.options.scale_down_enabled;
        sees_none && self.deletions.next_due().is_none() && cluster.waiting.pods().next().is_none()
    }

    /// What the planner looks at while no deletion is under way and no node is upcoming.
    fn with_scene<T>(&self, env: &dyn Environment, moment: &Moment, look: impl FnOnce(&Scene<'_>) -> T) -> T {
        let (deleting, deletions, starting) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        let resting = self.resting_groups(moment);
        look(&Scene {
            options: &self.options,
            groups: &self.groups,
            env,
            deleting: &deleting,
            deletions: &deletions,
            resting: &resting,
            starting: &starting,
            tells: true,
            moment,
        })
    }

    fn tell(&self, env: &dyn Environment, moment: &Moment, status: &mut ScaleDownStatus) {
        status.unneeded = self.with_scene(env, moment, |scene| self.planner.unneeded_status(scene));
        status.unremovable = self.planner.unremovable.iter().cloned().collect();
        status.utilization = self.planner.utilization.iter().cloned().collect();
    }

    fn scale(
        &mut self,
        env: &mut dyn Environment,
        templates: &[Arc<NodeInfo>],
        moment: &Moment,
        draw: &mut dyn FnMut(usize) -> usize,
        status: &mut LoopStatus,
        by_kind: bool,
    ) {
        let starting = self.count_upcoming(templates);
        let crowd = if by_kind { self.crowd_to_help(env.cluster(), moment) } else { None };
        let help = crowd.unwrap_or_else(|| Help::Listed(self.pods_to_help(env.cluster(), moment)));
        let grows = !help.is_empty() || self.options.enforce_min_size;
        let ready = if grows { env.cluster().ready_nodes() } else { Vec::new() };
        let all_new = help.are_all_newer(NEW_FOR, moment);
        let most = self.options.max_nodes_total;
        status.scale_up = if help.is_empty() {
            ScaleUpStatus::of(ScaleUpResult::NotNeeded)
        } else if most > 0 && ready.len() as i64 >= most {
            match help {
                Help::Listed(pods) => ScaleUpStatus::limited_by_total(&pods),
                Help::Crowd { .. } => ScaleUpStatus::of(ScaleUpResult::LimitedByMaxNodesTotal),
            }
        } else if all_new {
            ScaleUpStatus::of(ScaleUpResult::InCooldown)
        } else {
            match help {
                Help::Listed(pods) => self.scale_up(env, templates, &ready, moment, draw).for_pods(&pods),
                Help::Crowd { samples, placed } => {
                    if self.scale_up(env, templates, &ready, moment, draw).can_help(&samples) {
                        let mut pods = self.waiting(env.cluster());
                        Self::sort(&mut pods);
                        pods.retain(|pod| !placed.contains(&pod.uid) && self.is_due(pod, moment));
                        self.scale_up(env, templates, &ready, moment, draw).for_pods(&pods)
                    } else {
                        ScaleUpStatus::of(ScaleUpResult::NoOptionsAvailable)
                    }
                }
            }
        };
        self.note_growth(&status.scale_up, moment.now());
        if self.options.scale_down_enabled {
            let paused = status.scale_up.result == ScaleUpResult::InCooldown;
            self.scale_down(env, &starting, paused, !by_kind, moment, &mut status.scale_down);
        }
        if self.options.enforce_min_size {
            let min_size = self.scale_up(env, templates, &ready, moment, draw).raise_to_minimums();
            self.note_growth(&min_size, moment.now());
            status.min_size = Some(min_size);
        }
    }

    fn scale_up<'a>(
        &'a mut self,
        env: &'a mut dyn Environment,
        templates: &'a [Arc<NodeInfo>],
        ready: &'a [Arc<Node>],
        moment: &'a Moment,
        draw: &'a mut dyn FnMut(usize) -> usize,
    ) -> ScaleUp<'a> {
        ScaleUp {
            options: &self.options,
            groups: &self.groups,
            templates,
            ready,
            snapshot: &mut self.snapshot,
            state: &mut self.state,
            env,
            draw,
            moment,
        }
    }

    fn note_growth(&mut self, status: &ScaleUpStatus, now: SimTime) {
        for growth in &status.growths {
            self.grew_at.insert(growth.group, now);
        }
        if status.result == ScaleUpResult::Successful {
            self.scale_up_at = Some(now);
        }
    }

    /// Instances that have not registered for too long are deleted, down to the minimum.
    fn remove_unregistered(&mut self, env: &mut dyn Environment) {
        for (at, group) in self.groups.iter().enumerate() {
            let possible = usize::try_from(env.target(at) - group.min).unwrap_or(0);
            for name in self.state.readiness[at].long_unregistered.iter().take(possible) {
                if env.delete(at, name).is_err() {
                    return;
                }
            }
        }
    }

    /// Instances that report an error are deleted.
    fn delete_failed_instances(&mut self, env: &mut dyn Environment) {
        let mut any = false;
        for group in 0..self.groups.len() {
            let failed = env.instances(group).into_iter();
            for instance in failed.filter(|instance| instance.error.is_some() && !instance.deleting) {
                any |= env.delete(group, &instance.name).is_ok();
            }
        }
        if any {
            self.state.read_targets(env, &self.groups);
        }
    }

    /// Puts upcoming nodes into the snapshot in the place of those that registered but are not ready, which it
    /// names.
    fn count_upcoming(&mut self, templates: &[Arc<NodeInfo>]) -> BTreeSet<NodeName> {
        let mut starting = BTreeSet::new();
        for (group, template) in templates.iter().enumerate() {
            let count = self.state.upcoming(group);
            for index in 0..count {
                let node = template::fresh(&mut self.snapshot, template, &format!("upcoming-{index}"));
                self.snapshot.add_node(node);
            }
            if count > 0 {
                starting.extend(self.state.readiness[group].not_started.iter().cloned());
            }
        }
        for name in &starting {
            self.snapshot.remove_node(name);
        }
        starting
    }

    fn scale_down(
        &mut self,
        env: &mut dyn Environment,
        starting: &BTreeSet<NodeName>,
        paused: bool,
        tells: bool,
        moment: &Moment,
        status: &mut ScaleDownStatus,
    ) {
        let (deleting, deletions) = (self.deletions.nodes(), self.deletions.by_group());
        let resting = self.resting_groups(moment);
        let scene = Scene {
            options: &self.options,
            groups: &self.groups,
            env: &*env,
            deleting: &deleting,
            deletions: &deletions,
            resting: &resting,
            starting,
            tells,
            moment,
        };
        let candidates = self.planner.candidates(&scene, &self.snapshot);
        self.planner.update(&scene, &mut self.snapshot, &candidates);
        if paused || self.is_too_soon(moment) {
            status.result = ScaleDownResult::InCooldown;
            return;
        }
        if candidates.is_empty() {
            status.result = ScaleDownResult::NoCandidates;
            return;
        }
        let ripe = self.planner.nodes_to_delete(&scene, &self.snapshot);
        status.started = self.deletions.start(ripe, env, &self.options, moment.now());
        if status.started.is_empty() {
            status.result = ScaleDownResult::NoNodeDeleted;
            self.mark_candidates(env, starting);
            return;
        }
        status.result = ScaleDownResult::NodeDeleteStarted;
        self.scale_down_at = Some(moment.now());
        self.state.read_targets(env, &self.groups);
    }

    fn is_too_soon(&self, moment: &Moment) -> bool {
        let within =
            |at: Option<SimTime>, delay: SimDuration| at.is_some_and(|at| !moment.has_come(at + delay));
        !self.options.delay_type_local
            && (within(self.scale_up_at, self.options.delay_after_add)
                || within(self.scale_down_at, self.options.delay_after_delete))
    }

    /// With local delays: groups that grew or shrank a short while ago.
    fn resting_groups(&self, moment: &Moment) -> BTreeSet<usize> {
        if !self.options.delay_type_local {
            return BTreeSet::new();
        }
        let recent = |at: &BTreeMap<usize, SimTime>, delay: SimDuration| {
            at.iter()
                .filter(|(_, at)| !moment.has_come(**at + delay))
                .map(|(group, _)| *group)
                .collect::<Vec<_>>()
        };
        let mut resting: BTreeSet<usize> =
            recent(&self.grew_at, self.options.delay_after_add).into_iter().collect();
        resting.extend(recent(&self.deleted_at, self.options.delay_after_delete));
        resting
    }

    /// Marks unneeded nodes for the scheduler to avoid, and takes the mark off others.
    fn mark_candidates(&self, env: &mut dyn Environment, starting: &BTreeSet<NodeName>) {
        let mut marks = Vec::new();
        for wanted in [false, true] {
            let nodes = env.cluster().nodes.values().map(|info| &info.node);
            let counts = |node: &&Arc<Node>| node.group.is_some() && !node.is_being_deleted();
            let changes = |node: &&Arc<Node>| {
                self.planner.unneeded.contains_key(&node.name) == wanted && node.is_candidate() != wanted
            };
            let changed = nodes.filter(counts).filter(changes).map(|node| &node.name);
            marks.extend(changed.filter(|name| !starting.contains(*name)).map(|name| (name.clone(), wanted)));
        }
        for (node, wanted) in marks.into_iter().take(self.options.max_soft_taints) {
            env.mark_candidate(&node, wanted);
        }
    }
}

//! Which nodes are unneeded, since when, and which of them may go.
//!
//! Models: `Planner`, eligibility, `RemovalSimulator`, `unneeded.Nodes` and `unremovable.Nodes`
//! (cluster-autoscaler 1.36): candidates are nodes of groups above their minimum, empty ones first, then
//! those that were unneeded before; one after the other is removed in thought and its pods are put
//! elsewhere; a node that cannot go is not looked at again for five minutes; an unneeded node goes after
//! *more* than its time.
//! Leaves out: atomic groups, the limit of time for the simulation.

mod candidates;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::autoscaling::environment::Environment;
use crate::autoscaling::hints::Hints;
use crate::autoscaling::limits::Room;
use crate::autoscaling::moment::Moment;
use crate::autoscaling::objects::{Node, NodeName, Pod};
use crate::autoscaling::options::{Group, Options};
use crate::autoscaling::scale_down::budgets::RemainingBudgets;
use crate::autoscaling::scale_down::drain_rules::DrainRules;
use crate::autoscaling::scale_down::utilization;
use crate::autoscaling::snapshot::{NodeInfo, Snapshot};
use crate::autoscaling::status::{UnneededStatus, Unremovable, UnremovableReason};
use crate::placement::Symbol;
use crate::placement::node::{Taint, TaintEffect};
use crate::time::{SimDuration, SimTime};
pub use candidates::Candidate;
use candidates::{Seen, is_used};

/// How long a node counts as being deleted after its taint.
const DELETION_TAKES: SimDuration = SimDuration::from_secs(300);

/// What the planner remembers.
#[derive(Clone, Debug, Default)]
pub struct Planner {
    /// Unneeded nodes, by name.
    pub unneeded: BTreeMap<NodeName, Unneeded>,
    /// Nodes that stay; where one is told twice, the last counts.
    pub unremovable: Vec<(NodeName, Unremovable)>,
    /// Shares requested, by node.
    pub utilization: Vec<(NodeName, utilization::Fraction)>,
    /// Until when a node is not looked at again.
    recheck_at: BTreeMap<NodeName, SimTime>,
    /// Nodes that were unneeded when this was last looked at.
    previous: BTreeSet<NodeName>,
    hints: Hints,
    /// The last look found no node whose pods it would have had to move.
    pub sees_none: bool,
    /// What was seen of nodes, by slot of the snapshot.
    seen: Vec<Option<Seen>>,
    updated_at: Option<SimTime>,
    least_interval: Option<SimDuration>,
}

/// Everything that the next look depends on.
#[derive(Clone, Debug)]
pub struct Memory {
    unneeded: BTreeMap<NodeName, Unneeded>,
    recheck_at: BTreeMap<NodeName, SimTime>,
    previous: BTreeSet<NodeName>,
    hints: Hints,
    least_interval: Option<SimDuration>,
}

impl Memory {
    /// Whether the planner remembers the same now.
    pub fn is_of(&self, planner: &Planner) -> bool {
        let Self { unneeded, recheck_at, previous, hints, least_interval } = self;
        *unneeded == planner.unneeded
            && *recheck_at == planner.recheck_at
            && *previous == planner.previous
            && *hints == planner.hints
            && *least_interval == planner.least_interval
    }
}

/// A node that could go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unneeded {
    /// Since when.
    pub since: SimTime,
    /// Pods to be moved.
    pub pods: Vec<Arc<Pod>>,
    /// Its pods may not all go at once.
    risky: bool,
}

/// What the planner looks at.
pub struct Scene<'a> {
    /// The flags.
    pub options: &'a Options,
    /// The groups.
    pub groups: &'a [Group],
    /// The cluster and the cloud.
    pub env: &'a dyn Environment,
    /// Nodes whose deletion is under way.
    pub deleting: &'a BTreeSet<NodeName>,
    /// Such nodes of each group.
    pub deletions: &'a BTreeMap<usize, i64>,
    /// Groups whose nodes stay for now (`--scale-down-delay-type-local`).
    pub resting: &'a BTreeSet<usize>,
    /// Registered nodes that do not count, since upcoming ones stand for them.
    pub starting: &'a BTreeSet<NodeName>,
    /// Whether anybody asks what was found of each node.
    pub tells: bool,
    /// Now.
    pub moment: &'a Moment,
}

impl<'a> Scene<'a> {
    fn group(&self, node: &Node) -> Option<&Group> {
        node.group.map(|group| &self.groups[group])
    }

    fn rules<'b>(&'b self, budgets: &'b RemainingBudgets) -> DrainRules<'b> {
        let cluster = Some(self.env.cluster());
        DrainRules { options: self.options, cluster, budgets, moment: self.moment }
    }

    /// Registered nodes that count, in order of name.
    fn nodes(&self) -> impl Iterator<Item = &'a Arc<Node>> + use<'a> {
        let (env, starting) = (self.env, self.starting);
        let nodes = env.cluster().nodes.values().map(|info| &info.node);
        nodes.filter(|node| !starting.contains(&node.name))
    }

    fn threshold(&self, node: &Node) -> SimDuration {
        let group = self.group(node);
        if node.ready {
            group.and_then(|group| group.unneeded_time).unwrap_or(self.options.unneeded_time)
        } else {
            group.and_then(|group| group.unready_time).unwrap_or(self.options.unready_time)
        }
    }
}

impl Planner {
    /// What it remembers now.
    pub fn memory(&self) -> Memory {
        Memory {
            unneeded: self.unneeded.clone(),
            recheck_at: self.recheck_at.clone(),
            previous: self.previous.clone(),
            hints: self.hints.clone(),
            least_interval: self.least_interval,
        }
    }

    /// The last look was at `at`, and found what the one before it found.
    pub const fn looked_at(&mut self, at: SimTime) {
        if self.updated_at.is_some() {
            self.updated_at = Some(at);
        }
    }

    /// Sorts the candidates into unneeded nodes and those that stay.
    pub fn update(&mut self, scene: &Scene<'_>, snapshot: &mut Snapshot, candidates: &[Candidate<'_>]) {
        self.note_interval(scene);
        snapshot.fork();
        self.unremovable.clear();
        let recent = |until: SimTime| !scene.moment.has_come(until);
        self.recheck_at.retain(|name, until| recent(*until) && snapshot.has(name));
        self.utilization.clear();
        let candidates = candidates.iter().filter(|at| !scene.deleting.contains(&at.node.name));
        let mut eligible = Vec::new();
        for candidate in candidates {
            match self.ineligible(scene, candidate) {
                Some(reason) => self.note(scene, &candidate.node.name, reason),
                None => eligible.push(candidate.node),
            }
        }
        self.sees_none = eligible.is_empty();
        self.simulate(scene, snapshot, &eligible);
        snapshot.revert();
        self.previous = self.unneeded.keys().cloned().collect();
        self.hints.drop_old();
    }

    fn note_interval(&mut self, scene: &Scene<'_>) {
        let now = scene.moment.now();
        let interval = self.updated_at.map(|before| now.since(before));
        let floor = if scene.options.unneeded_time.is_zero() {
            SimDuration::from_micros(1)
        } else {
            scene.options.unneeded_time
        };
        let least = self.least_interval.unwrap_or(floor);
        self.least_interval = Some(interval.map_or(least, |interval| least.min(interval)));
        self.updated_at = Some(now);
    }

    fn note(&mut self, scene: &Scene<'_>, node: &NodeName, reason: UnremovableReason) {
        if scene.tells {
            self.unremovable.push((node.clone(), Unremovable { reason, blocking: None }));
        }
    }

    /// Why the node is not even tried.
    fn ineligible(
        &mut self,
        scene: &Scene<'_>,
        Candidate { node, share }: &Candidate<'_>,
    ) -> Option<UnremovableReason> {
        let Some(share) = *share else { return Some(UnremovableReason::NoNodeInfo) };
        if let Some(reason) = self.stays_anyway(scene, node) {
            return Some(reason);
        }
        if scene.tells {
            self.utilization.push((node.name.clone(), share));
        }
        let group = scene.group(node)?;
        is_used(share, scene.options, group).then_some(UnremovableReason::NotUnderutilized)
    }

    /// Why the node is not tried, whatever is requested of it.
    fn stays_anyway(&self, scene: &Scene<'_>, node: &Node) -> Option<UnremovableReason> {
        if self.recheck_at.contains_key(&node.name) {
            return Some(UnremovableReason::RecentlyUnremovable);
        }
        let began = node.deletion_began_at;
        if began.is_some_and(|began| !scene.moment.has_come(began + DELETION_TAKES)) {
            return Some(UnremovableReason::CurrentlyBeingDeleted);
        }
        if node.scale_down_disabled {
            return Some(UnremovableReason::ScaleDownDisabledAnnotation);
        }
        if node.group.is_none() {
            return Some(UnremovableReason::NotAutoscaled);
        }
        let unready_stays = !scene.options.scale_down_unready_enabled && !node.ready;
        unready_stays.then_some(UnremovableReason::ScaleDownUnreadyDisabled)
    }

    /// Removes one eligible node after the other in thought.
    fn simulate(&mut self, scene: &Scene<'_>, snapshot: &mut Snapshot, eligible: &[&Arc<Node>]) {
        if eligible.is_empty() {
            self.unneeded.clear();
            return;
        }
        let kept = |node: &&Arc<Node>| !scene.deleting.contains(&node.name);
        let mut destinations: BTreeSet<NodeName> =
            scene.nodes().filter(kept).map(|node| node.name.clone()).collect();
        let mut budgets = RemainingBudgets::new(scene.env.cluster().budgets.values());
        let mut found = BTreeMap::new();
        for node in eligible {
            if found.len() as u64 >= self.unneeded_limit(scene.options) {
                break;
            }
            match self.remove(scene, snapshot, &node.name, &destinations, &budgets) {
                Ok(pods) => {
                    let risky = !budgets.allow_at_once(&pods);
                    budgets.take(&pods);
                    destinations.remove(&node.name);
                    let since = self.unneeded.get(&node.name).map_or(scene.moment.now(), |known| known.since);
                    found.insert(node.name.clone(), Unneeded { since, pods, risky });
                }
                Err(unremovable) => {
                    let recheck_at = scene.moment.now() + scene.options.unremovable_recheck;
                    self.recheck_at.insert(node.name.clone(), recheck_at);
                    self.unremovable.push((node.name.clone(), unremovable));
                }
            }
        }
        self.unneeded = found;
    }

    /// Takes a node away and puts its pods elsewhere.
    fn remove(
        &mut self,
        scene: &Scene<'_>,
        snapshot: &mut Snapshot,
        name: &str,
        destinations: &BTreeSet<NodeName>,
        budgets: &RemainingBudgets,
    ) -> Result<Vec<Arc<Pod>>, Unremovable> {
        let gone = Unremovable { reason: UnremovableReason::NoNodeInfo, blocking: None };
        let at = snapshot.find(name).ok_or(gone)?;
        let rules = scene.rules(budgets);
        let pods = rules.pods_to_move(&snapshot.nodes()[at]).map_err(|blocking| Unremovable {
            reason: UnremovableReason::BlockedByPod,
            blocking: Some(blocking),
        })?;
        snapshot.fork();
        for pod in &pods {
            snapshot.remove_pod(at, pod);
        }
        ghost(snapshot, at);
        let accepts = |info: &NodeInfo| *info.node.name != *name && destinations.contains(&info.node.name);
        let placed = self.hints.schedule(snapshot, &pods, true, &accepts);
        if placed.iter().filter(|placed| **placed).count() < pods.len() {
            snapshot.revert();
            return Err(Unremovable { reason: UnremovableReason::NoPlaceToMovePods, blocking: None });
        }
        snapshot.remove_node(name);
        snapshot.commit();
        Ok(pods)
    }

    /// More unneeded nodes than this could not be removed soon, so no more are looked for.
    fn unneeded_limit(&self, options: &Options) -> u64 {
        let parallel = options.max_scale_down_parallelism as u64;
        let interval = self.least_interval.map_or(1, SimDuration::as_micros).max(1);
        let unneeded_time = options.unneeded_time.as_micros().max(interval);
        let upper = parallel * (unneeded_time / interval) + parallel;
        upper.min(self.unneeded.len() as u64 + 2 * parallel)
    }

    /// Nodes that may go now: the empty ones and those to be drained. The others note why not.
    pub fn nodes_to_delete(
        &mut self,
        scene: &Scene<'_>,
        snapshot: &Snapshot,
    ) -> (Vec<NodeName>, Vec<NodeName>) {
        if self.unneeded.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let counted = snapshot.nodes().iter().map(|info| &*info.node).filter(|node| {
            node.deletion_began_at.is_none_or(|began| scene.moment.has_come(began + DELETION_TAKES))
        });
        let mut room = Room::below(counted, scene.options);
        let mut sizes: Vec<i64> = (0..scene.groups.len()).map(|group| scene.env.target(group)).collect();
        let (mut empty, mut drain, mut risky, mut kept) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (with_pods, without): (Vec<_>, Vec<_>) =
            self.unneeded.iter().partition(|(_, unneeded)| !unneeded.pods.is_empty());
        for (name, unneeded) in without.into_iter().chain(with_pods) {
            match keeps(scene, name, unneeded, &mut sizes, &mut room) {
                Some(reason) => kept.push((name.clone(), reason)),
                None if unneeded.pods.is_empty() => empty.push(name.clone()),
                None if unneeded.risky => risky.push(name.clone()),
                None => drain.push(name.clone()),
            }
        }
        kept.into_iter().for_each(|(name, reason)| self.note(scene, &name, reason));
        drain.append(&mut risky);
        (empty, drain)
    }

    /// What to tell of the unneeded nodes.
    pub fn unneeded_status(&self, scene: &Scene<'_>) -> BTreeMap<NodeName, UnneededStatus> {
        let status = |(name, unneeded): (&NodeName, &Unneeded)| {
            let node = scene.env.cluster().node(name)?;
            let (threshold, drain) = (scene.threshold(node), !unneeded.pods.is_empty());
            Some((name.clone(), UnneededStatus { since: unneeded.since, threshold, drain }))
        };
        self.unneeded.iter().filter_map(status).collect()
    }
}

/// Why an unneeded node does not go yet.
fn keeps(
    scene: &Scene<'_>,
    name: &str,
    unneeded: &Unneeded,
    sizes: &mut [i64],
    room: &mut Room,
) -> Option<UnremovableReason> {
    let Some(node) = scene.env.cluster().node(name) else {
        return Some(UnremovableReason::NoNodeInfo);
    };
    if node.scale_down_disabled {
        return Some(UnremovableReason::ScaleDownDisabledAnnotation);
    }
    let Some(group) = node.group else { return Some(UnremovableReason::NotAutoscaled) };
    if !scene.moment.is_past(unneeded.since + scene.threshold(node)) {
        return Some(if node.ready {
            UnremovableReason::NotUnneededLongEnough
        } else {
            UnremovableReason::NotUnreadyLongEnough
        });
    }
    let going = scene.deletions.get(&group).copied().unwrap_or(0);
    if sizes[group] - going <= scene.groups[group].min {
        return Some(UnremovableReason::NodeGroupMinSizeReached);
    }
    if !room.try_consume(node) {
        return Some(UnremovableReason::MinimalResourceLimitExceeded);
    }
    sizes[group] -= 1;
    None
}

/// A node that is being drained stays as a domain, tainted.
fn ghost(snapshot: &mut Snapshot, at: usize) {
    let info = &snapshot.nodes()[at];
    let mut node = Node::clone(&info.node);
    node.spec.taints.push(Taint {
        key: Symbol::TO_BE_DELETED,
        value: Symbol::EMPTY,
        effect: TaintEffect::NoSchedule,
    });
    snapshot.replace_node(at, Arc::new(NodeInfo { node: Arc::new(node), pods: Vec::new() }));
}

//! Which nodes may go as far as their groups are concerned, in the order in which they are tried.
//!
//! What there is to see of a node is looked up again only when something of it changed.

use std::sync::Arc;

use super::{Planner, Scene};
use crate::autoscaling::environment::Moved;
use crate::autoscaling::go_sort;
use crate::autoscaling::moment::Moment;
use crate::autoscaling::objects::{Node, NodeInfo};
use crate::autoscaling::options::{Group, Options};
use crate::autoscaling::scale_down::budgets::RemainingBudgets;
use crate::autoscaling::scale_down::drain_rules::DrainRules;
use crate::autoscaling::scale_down::utilization;
use crate::autoscaling::snapshot::Snapshot;
use crate::time::SimTime;

/// A node that may go, as far as its group is concerned.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub(super) node: &'a Arc<Node>,
    /// What of it is requested; `None`: it is not in the snapshot.
    pub(super) share: Option<utilization::Fraction>,
}

/// What follows from a node and its pods alone.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    info: Arc<NodeInfo>,
    /// Whether it has no pods to be moved.
    empty: bool,
    /// What of it is requested.
    share: utilization::Fraction,
    /// When it may first be otherwise, though nothing changed.
    until: SimTime,
}

impl Scene<'_> {
    /// Whether nodes of the group may go as far as the others are concerned.
    fn may_shrink(&self, group: usize) -> bool {
        self.env.target(group) > self.groups[group].min && !self.resting.contains(&group)
    }

    fn see(&self, info: &Arc<NodeInfo>) -> Seen {
        let moment = &Moment::new(self.moment.now());
        let (options, budgets) = (self.options, &RemainingBudgets::default());
        let rules = DrainRules { options, cluster: None, budgets, moment };
        let share = share_of(info, options, self.group(&info.node), moment);
        let empty = rules.has_none_to_move(info);
        Seen { info: info.clone(), empty, share, until: moment.turns_at() }
    }
}

/// What of a node is requested.
fn share_of(
    info: &NodeInfo,
    options: &Options,
    group: Option<&Group>,
    moment: &Moment,
) -> utilization::Fraction {
    utilization::of(info, options, skips_daemons(options, group), moment).unwrap_or((0, 1))
}

fn skips_daemons(options: &Options, group: Option<&Group>) -> bool {
    let own = group.and_then(|group| group.ignore_daemon_sets_utilization);
    own.unwrap_or(options.ignore_daemon_sets_utilization)
}

/// Whether so much of a node of the group is requested that it stays.
pub(super) fn is_used(share: utilization::Fraction, options: &Options, group: &Group) -> bool {
    let threshold = group.utilization_threshold_ppm.unwrap_or(options.utilization_threshold_ppm);
    utilization::exceeds(share, threshold)
}

impl Planner {
    /// Nodes of groups above their minimum: empty ones first, then those unneeded before.
    pub fn candidates<'a>(&mut self, scene: &Scene<'a>, snapshot: &Snapshot) -> Vec<Candidate<'a>> {
        let may: Vec<bool> = (0..scene.groups.len()).map(|group| scene.may_shrink(group)).collect();
        let mut ranked = Vec::with_capacity(snapshot.nodes().len());
        let mut near = 0;
        for node in scene.nodes().filter(|node| node.group.is_some_and(|group| may[group])) {
            let at = snapshot.find_near(&node.name, near);
            near = at.map_or(near, |at| at + 1);
            let seen = at.map(|at| self.seen(scene, snapshot, at));
            let (empty, share) = (seen.is_some_and(|seen| seen.empty), seen.map(|seen| seen.share));
            let rank = (!empty, !self.previous.contains(&node.name));
            ranked.push((rank, Candidate { node, share }));
        }
        go_sort::sort(&mut ranked, |one, other| one.0 < other.0);
        ranked.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// Whether the next look would not try to take this node away, whatever it tried before: so it is for the
    /// last look's reasons, or since too much is requested of the node.
    pub fn passes_over(&self, scene: &Scene<'_>, Moved { known, requested }: &Moved) -> bool {
        let node = &*known.node;
        let Some(group) = node.group.filter(|group| scene.may_shrink(*group)) else { return true };
        if self.stays_anyway(scene, node).is_some() {
            return true;
        }
        let (group, options) = (&scene.groups[group], scene.options);
        let share = utilization::of_sum(*requested, known, options, skips_daemons(options, Some(group)));
        share.is_some_and(|share| is_used(share, options, group))
    }

    /// What there is to see of a node.
    fn seen(&mut self, scene: &Scene<'_>, snapshot: &Snapshot, at: usize) -> &Seen {
        let (slot, info) = (snapshot.slot(at), &snapshot.nodes()[at]);
        if slot >= self.seen.len() {
            self.seen.resize(slot + 1, None);
        }
        let known = &mut self.seen[slot];
        let holds = |seen: &Seen| Arc::ptr_eq(&seen.info, info) && scene.moment.now() < seen.until;
        if !known.as_ref().is_some_and(holds) {
            *known = None;
        }
        let seen = known.get_or_insert_with(|| scene.see(info));
        scene.moment.relies_until(seen.until);
        seen
    }
}

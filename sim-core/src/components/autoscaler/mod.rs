//! The cluster autoscaler: grows a group when pods are unschedulable, gives empty nodes back.
//!
//! Models (cluster-autoscaler, domain reference section 8): a scan every 10 s; only pods that the
//! scheduler found unschedulable and that are at least 2 s old count; pods that would fit existing nodes
//! are left out first, then upcoming nodes are counted as capacity; first-fit decreasing on a template
//! node; one group grows in a scan, a request above the ceiling is trimmed, a group at the ceiling is
//! skipped; the group is drawn among those that help (expander `random`). Scale-down: a node that has
//! been empty and below the utilisation threshold for the unneeded time goes, at most ten in a scan, not
//! within the delay after a scale-up, never below the group's minimum. A bare pod blocks its node, and
//! every pod is bare so far.
//! Leaves out: drains, the other expanders, failed provisioning, the unready stop, limits on totals.
//!
//! A scan that could change nothing is not simulated: the loop sleeps until something could have, then
//! wakes at the next multiple of its interval.

mod estimator;

use crate::engine::{Component, Context, Purpose};
use crate::event::AutoscalerEvent;
use crate::ids::{GroupId, NodeId, PodId};
use crate::model::{Autoscaler as Policy, Model};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, PodPhase};

/// How old the newest unschedulable pod must be to count (static_autoscaler.go).
const POD_AGE: SimDuration = SimDuration::from_secs(2);
/// How many empty nodes go in one scan (`--max-empty-bulk-delete`).
const EMPTY_BULK_DELETE: usize = 10;

/// The autoscaler.
#[derive(Clone, Debug, Default)]
pub struct Autoscaler {
    /// When the next scan fires, if one is due.
    next_scan: Option<SimTime>,
    /// Since when each empty node has been unneeded, in order of node slot.
    unneeded: Vec<(NodeId, SimTime)>,
    /// When a group grew last.
    grown_at: Option<SimTime>,
    scans_that_grew: u64,
}

impl Autoscaler {
    /// Makes sure that the first scan not before `at` fires.
    fn wake(&mut self, at: SimTime, ctx: &mut Context<'_>) {
        let Some(policy) = &ctx.model.autoscaler else { return };
        let just_before = SimTime::from_micros(at.as_micros().saturating_sub(1)).max(ctx.now);
        let scan = just_before.next_multiple(SimTime::ZERO, policy.scan_interval);
        if self.next_scan.is_none_or(|pending| scan < pending) {
            self.next_scan = Some(scan);
            ctx.at(scan, AutoscalerEvent::ScanDue);
        }
    }

    fn scan(&mut self, policy: &Policy, ctx: &mut Context<'_>) {
        let grown = self.scale_up(ctx);
        self.track_unneeded(policy, ctx);
        if grown {
            self.grown_at = Some(ctx.now);
        } else if policy.options.scale_down_enabled {
            self.scale_down(policy, ctx);
        }
        self.wake_for_scale_down(policy, ctx);
    }

    /// Grows one group if that helps a pod that fits nowhere. True when it did.
    fn scale_up(&mut self, ctx: &mut Context<'_>) -> bool {
        // Cheap, and the usual case where a crowd waits: the scan must not cost by the pod then.
        if !estimator::can_grow(ctx.world, ctx.model) {
            return false;
        }
        let (old_enough, next_age) = Self::unschedulable_pods(ctx);
        if let Some(at) = next_age {
            self.wake(at, ctx);
        }
        if old_enough.is_empty() {
            return false;
        }
        let options = estimator::options(ctx.world, ctx.model, &old_enough);
        if options.is_empty() {
            return false;
        }
        self.scans_that_grew += 1;
        let chosen = &options[ctx.random.index(Purpose::Expander, 0, self.scans_that_grew, options.len())];
        let group = ctx.world.cluster().groups[chosen.group];
        ctx.world.set_target(chosen.group, (group.target + chosen.nodes).min(group.max));
        self.wake(ctx.now + SimDuration::from_micros(1), ctx);
        true
    }

    /// Unschedulable pods that are old enough, oldest first, and when the next one will be.
    fn unschedulable_pods(ctx: &Context<'_>) -> (Vec<PodId>, Option<SimTime>) {
        let mut old_enough = Vec::new();
        let mut next_age: Option<SimTime> = None;
        for &pod in ctx.world.cluster().unschedulable.values() {
            let counts_from = ctx.world.cluster().pods[pod].created_at + POD_AGE;
            if counts_from <= ctx.now {
                old_enough.push(pod);
            } else {
                next_age = Some(next_age.map_or(counts_from, |next| next.min(counts_from)));
            }
        }
        (old_enough, next_age)
    }

    /// Notes since when each node that could go has been so.
    fn track_unneeded(&mut self, policy: &Policy, ctx: &Context<'_>) {
        let before = core::mem::take(&mut self.unneeded);
        let mut before = before.into_iter().peekable();
        for (node, row) in ctx.world.cluster().nodes.iter() {
            while before.next_if(|(known, _)| *known < node).is_some() {}
            let known = before.next_if(|(known, _)| *known == node);
            if ctx.world.pod_count(node) == 0 && !row.leaving && Self::is_underused(policy, node, ctx) {
                let since = known.map_or(ctx.now, |(_, since)| since).max(row.added_at);
                self.unneeded.push((node, since));
            }
        }
    }

    /// Utilisation is the larger share of CPU and memory requested, DaemonSets included.
    fn is_underused(policy: &Policy, node: NodeId, ctx: &Context<'_>) -> bool {
        let group = &ctx.model.groups[ctx.world.cluster().nodes[node].group];
        let capacity = group.allocatable + group.daemon_sets;
        let requested = ctx.world.requested(node) + group.daemon_sets;
        let below = |requested: u64, capacity: u64| {
            u128::from(requested) * 1_000_000
                < policy.options.utilization_threshold_ppm as u128 * u128::from(capacity)
        };
        below(requested.cpu_millis, capacity.cpu_millis)
            && below(requested.memory_bytes, capacity.memory_bytes)
    }

    fn scale_down(&mut self, policy: &Policy, ctx: &mut Context<'_>) {
        if self.scale_down_allowed_from(policy) > ctx.now {
            return;
        }
        let long_unneeded = |since: SimTime| ctx.now.since(since) >= policy.options.unneeded_time;
        let ripe: Vec<NodeId> =
            self.unneeded.iter().filter(|(_, since)| long_unneeded(*since)).map(|(node, _)| *node).collect();
        for node in ripe.into_iter().take(EMPTY_BULK_DELETE) {
            let group = ctx.world.cluster().groups[ctx.world.cluster().nodes[node].group];
            if group.target > group.min {
                ctx.world.request_node_deletion(node);
                self.unneeded.retain(|(other, _)| *other != node);
            }
        }
    }

    fn scale_down_allowed_from(&self, policy: &Policy) -> SimTime {
        self.grown_at.map_or(SimTime::ZERO, |grown_at| grown_at + policy.options.delay_after_add)
    }

    /// Sleeps until the first node could go.
    fn wake_for_scale_down(&mut self, policy: &Policy, ctx: &mut Context<'_>) {
        if !policy.options.scale_down_enabled {
            return;
        }
        let above_minimum = |node: NodeId| {
            let group = ctx.world.cluster().groups[ctx.world.cluster().nodes[node].group];
            group.target > group.min
        };
        let ripe_at =
            self.unneeded.iter().filter(|(node, _)| above_minimum(*node)).map(|(_, since)| *since).min();
        if let Some(since) = ripe_at {
            let at = (since + policy.options.unneeded_time).max(self.scale_down_allowed_from(policy));
            self.wake(at.max(ctx.now + SimDuration::from_micros(1)), ctx);
        }
    }
}

impl Component for Autoscaler {
    type Event = AutoscalerEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        self.wake(ctx.now, ctx);
    }

    fn fire(&mut self, _: AutoscalerEvent, ctx: &mut Context<'_>) {
        // A scan that was brought forward leaves its old timer behind.
        if self.next_scan != Some(ctx.now) {
            return;
        }
        self.next_scan = None;
        let model: &Model = ctx.model;
        if let Some(policy) = &model.autoscaler {
            self.scan(policy, ctx);
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        let matters = match change {
            Change::PodUnschedulable(_)
            | Change::GroupLimitsChanged(_)
            | Change::NodeAdded(_)
            | Change::NodeRemoved(_)
            | Change::NodeUncordoned(_)
            | Change::NodeCordoned(_)
            | Change::NodeReadyChanged(_)
            | Change::NodeTaintsChanged(_) => true,
            // Room that a waiting pod was thought to take is gone.
            Change::PodBound(_) | Change::NodeDeletionRequested(_) => {
                !ctx.world.cluster().unschedulable.is_empty()
            }
            Change::PodEnded(pod) | Change::PodRemoved(pod) => {
                let row = &ctx.world.cluster().pods[pod];
                let node = row.node.filter(|node| ctx.world.cluster().nodes.is_live(*node));
                row.phase != PodPhase::Pending && node.is_some_and(|node| ctx.world.pod_count(node) == 0)
            }
            _ => false,
        };
        if matters {
            self.wake(ctx.now, ctx);
        }
    }
}

/// A group that could grow, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrowthOption {
    /// The group.
    pub group: GroupId,
    /// Nodes to add, within the ceiling.
    pub nodes: u32,
}

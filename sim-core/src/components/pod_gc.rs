//! podgc: deletes pod objects that nobody else will ever delete.
//!
//! Models (kubernetes pkg/controller/podgc): a loop every 20 s; pods whose Node object is gone are deleted by
//! force once the node has been missing for a quarantine of 40 s, so 40 to 60 s after it went; terminating
//! pods of a node that is not Ready and carries the taint `node.kubernetes.io/out-of-service` are deleted by
//! force (beta in 1.26, GA in 1.28).
//! Leaves out: terminated pods beyond 12,500, since pods that end go at once here; terminating pods without a
//! node, which the API server removes itself.

use std::collections::BTreeMap;

use crate::engine::{Component, Context};
use crate::event::PodGcEvent;
use crate::ids::{Handle, NodeId, PodId};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Ready};

/// `gcCheckPeriod`.
const PERIOD: SimDuration = SimDuration::from_secs(20);
/// `quarantineTime`.
const QUARANTINE: SimDuration = SimDuration::from_secs(40);
/// The taint by which an operator says that a machine is off and stays off.
pub const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// The loop.
#[derive(Clone, Debug, Default)]
pub struct PodGc {
    next_loop: Option<SimTime>,
    /// Orphans by uid, and when a loop first missed their node.
    orphans: BTreeMap<u64, (Handle<PodId>, Option<SimTime>)>,
    /// Nodes out of service, in order of slot.
    out_of_service: BTreeMap<NodeId, Handle<NodeId>>,
}

impl PodGc {
    fn wake(&mut self, at: SimTime, ctx: &mut Context<'_>) {
        let just_before = SimTime::from_micros(at.as_micros().saturating_sub(1)).max(ctx.now);
        let at = just_before.next_multiple(SimTime::ZERO, PERIOD);
        if self.next_loop.is_none_or(|pending| at < pending) {
            self.next_loop = Some(at);
            ctx.at(at, PodGcEvent::LoopDue);
        }
    }

    fn collect_orphans(&mut self, ctx: &mut Context<'_>) {
        let mut next: Option<SimTime> = None;
        self.orphans.retain(|_, (handle, missed_at)| {
            let Some(pod) = ctx.world.cluster().pods.resolve(*handle) else { return false };
            let due = *missed_at.get_or_insert(ctx.now) + QUARANTINE;
            if due <= ctx.now {
                ctx.world.remove_pod(pod);
                return false;
            }
            next = Some(next.map_or(due, |next| next.min(due)));
            true
        });
        if let Some(at) = next {
            self.wake(at, ctx);
        }
    }

    fn collect_terminating(&mut self, ctx: &mut Context<'_>) {
        self.out_of_service.retain(|_, handle| ctx.world.cluster().nodes.resolve(*handle).is_some());
        for node in self.out_of_service.keys() {
            if ctx.world.cluster().nodes[*node].health.ready == Ready::True {
                continue;
            }
            let is_terminating = |pod: &PodId| ctx.world.cluster().pods[*pod].deletion_requested_at.is_some();
            let pods: Vec<PodId> = ctx.world.pods_on(*node).filter(is_terminating).collect();
            for pod in pods {
                ctx.world.remove_pod(pod);
            }
        }
    }

    fn taints_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        if row.taints.iter().any(|there| there.taint.key == OUT_OF_SERVICE) {
            self.out_of_service.insert(node, ctx.world.cluster().nodes.handle(node));
            self.wake(ctx.now, ctx);
        } else {
            self.out_of_service.remove(&node);
        }
    }
}

impl Component for PodGc {
    type Event = PodGcEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, _: PodGcEvent, ctx: &mut Context<'_>) {
        // A loop that was brought forward leaves its old timer behind.
        if self.next_loop == Some(ctx.now) {
            self.next_loop = None;
            self.collect_orphans(ctx);
            self.collect_terminating(ctx);
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::PodOrphaned(pod) => {
                let handle = ctx.world.cluster().pods.handle(pod);
                self.orphans.insert(ctx.world.cluster().pods[pod].uid, (handle, None));
                self.wake(ctx.now, ctx);
            }
            Change::NodeTaintsChanged(node)
                if ctx.world.cluster().nodes.is_live(node) && ctx.model.era.knows_out_of_service() =>
            {
                self.taints_changed(node, ctx);
            }
            Change::NodeReadyChanged(_) | Change::PodDeletionRequested(_)
                if !self.out_of_service.is_empty() =>
            {
                self.wake(ctx.now, ctx);
            }
            _ => {}
        }
    }
}

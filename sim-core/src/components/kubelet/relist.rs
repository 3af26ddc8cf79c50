//! Relists of starved kubelets: how a node that is alive comes to be not Ready, and Ready again.
//!
//! The kubelet's pod lifecycle event generator lists all containers once a second. On a node without CPU to
//! spare a listing takes minutes. Models (kubernetes pkg/kubelet/pleg/generic.go): a relist that succeeds
//! counts from its beginning; [`THRESHOLD`] after the last such beginning the kubelet says "PLEG is not
//! healthy", the node's Ready turns False, and pods are not looked after until a relist succeeds that began
//! less than that ago. So a starved node flaps.
//! Assumes: how long a relist takes, [`RELIST`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::engine::random::member;
use crate::engine::{Context, Purpose};
use crate::event::KubeletEvent;
use crate::ids::NodeId;
use crate::model::Distribution;
use crate::time::{SimDuration, SimTime};

/// `relistThreshold`, in all versions.
const THRESHOLD: SimDuration = SimDuration::from_secs(180);
/// `relistPeriod`: from one relist to the next.
const PERIOD: SimDuration = SimDuration::from_secs(1);
/// How long a relist takes on a starved node. An assumption: minutes, and never twice the same.
const RELIST: Distribution = Distribution::Exponential { mean: 120.0 };

/// The relists of starved kubelets; all others take no time.
#[derive(Clone, Debug, Default)]
pub(super) struct Relists {
    of: BTreeMap<NodeId, Relist>,
}

#[derive(Clone, Copy, Debug)]
struct Relist {
    healthy: bool,
    /// When the one under way began, and when it will be done.
    began_at: SimTime,
    done_at: SimTime,
    /// When the last success will be too long ago.
    late_at: SimTime,
    /// How many there have been.
    count: u64,
}

impl Relists {
    /// Whether the kubelet of `node` has had its containers listed lately.
    pub fn are_healthy(&self, node: NodeId) -> bool {
        self.of.get(&node).is_none_or(|relist| relist.healthy)
    }

    /// The node is short of CPU from now on.
    pub fn begin(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        if let Entry::Vacant(place) = self.of.entry(node) {
            let late_at = ctx.now + THRESHOLD;
            place.insert(Relist { healthy: true, began_at: ctx.now, done_at: ctx.now, late_at, count: 0 });
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.at(late_at, KubeletEvent::RelistLate(handle));
            self.next(node, ctx.now, ctx);
        }
    }

    /// It has enough again, or is gone.
    pub fn end(&mut self, node: NodeId) {
        self.of.remove(&node);
    }

    /// A relist is done, or the last one is too long ago. True when the kubelet's health changed.
    pub fn due(&mut self, event: KubeletEvent, node: NodeId, ctx: &mut Context<'_>) -> bool {
        let Some(relist) = self.of.get_mut(&node) else { return false };
        let was = relist.healthy;
        match event {
            KubeletEvent::Relisted(handle) if relist.done_at == ctx.now => {
                relist.late_at = relist.began_at + THRESHOLD;
                relist.healthy = relist.late_at > ctx.now;
                if relist.healthy {
                    ctx.at(relist.late_at, KubeletEvent::RelistLate(handle));
                }
                let healthy = relist.healthy;
                self.next(node, ctx.now + PERIOD, ctx);
                healthy != was
            }
            KubeletEvent::RelistLate(_) if relist.late_at == ctx.now => {
                relist.healthy = false;
                was
            }
            _ => false,
        }
    }

    fn next(&mut self, node: NodeId, began_at: SimTime, ctx: &mut Context<'_>) {
        let Some(relist) = self.of.get_mut(&node) else { return };
        let row = &ctx.world.cluster().nodes[node];
        let subject = member(ctx.model.groups[row.group].subject, u64::from(row.ordinal));
        // A node may starve more than once: the count goes on from the instant, so that no draw repeats.
        let unit = ctx.random.unit(Purpose::Relist, member(subject, began_at.as_micros()), relist.count);
        relist.count += 1;
        relist.began_at = began_at;
        relist.done_at = began_at + RELIST.duration(unit);
        let handle = ctx.world.cluster().nodes.handle(node);
        ctx.at(relist.done_at, KubeletEvent::Relisted(handle));
    }
}

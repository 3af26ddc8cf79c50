//! The node lifecycle controller: decides that a silent node is Unknown, and when its pods leave.
//!
//! Models (kubernetes pkg/controller/nodelifecycle; domain reference, section 5): a look at all nodes every
//! 5 s; a kubelet renews its lease (1.14 and later) or posts its status (before) every 10 s, and after the
//! grace period without either its node's Ready becomes Unknown; a node that is not Ready is marked for
//! eviction, at most one every 10 s in a zone (`rate.rs`); zones in which many nodes are not Ready evict
//! slower or not at all, and when no node of any zone is Ready nothing is evicted, since it is probably the
//! control plane that is cut off. Marked means: until 1.12 its pods are deleted, once it has not been Ready for
//! `pod-eviction-timeout`; since, it gets a NoExecute taint at once, which each pod tolerates for a time of its own
//! (`taint_eviction`). A node that is Ready again is left alone from the next look on.
//!
//! Until 1.12 the timeout counts from when Ready turned Unknown, as the documentation of those releases says
//! and the domain reference with it (340 s in all). Their source counts it from the last heartbeat seen, which would
//! be 40 s earlier: `nodeLifecycle.evictionTimeout: 260s` gives that.
//!
//! Leaves out: the 60 s that a node which never reported has; the
//! taints NoSchedule beside, since a node that is not Ready takes no pod here whatever it tolerates.
//!
//! Nothing ticks while every node is Ready: a look is simulated when it could find something.

mod rate;

use std::collections::BTreeMap;

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::NodeLifecycleEvent;
use crate::ids::{Handle, IdVec, NodeId, PodId, ZoneId};
use crate::model::{Model, Taint, TaintEffect};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Disruption, Ready, Zone};
use rate::Evictions;

/// How often a kubelet is heard: `renewInterval` is a quarter of a lease of 40 s; in 2018
/// `node-status-update-frequency`, 10 s as well.
const HEARTBEAT: SimDuration = SimDuration::from_secs(10);

/// The taints of nodes that are not Ready (k8s.io/api/core/v1/well_known_taints.go).
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The controller.
#[derive(Clone, Debug)]
pub struct NodeLifecycle {
    /// When the next look fires, if one is due.
    next_look: Option<SimTime>,
    /// Nodes that are not as they should be, or were not at the last look.
    concerns: BTreeMap<NodeId, Concern>,
    evictions: IdVec<ZoneId, Evictions>,
    /// No node of any zone is Ready: nothing is evicted.
    blind: bool,
}

/// A node that is silent, not Ready, or marked.
#[derive(Clone, Copy, Debug)]
struct Concern {
    node: Handle<NodeId>,
    /// When the controller saw the last heartbeat; `None` while the kubelet speaks.
    probed_at: Option<SimTime>,
    /// Since when the controller takes it for not Ready.
    since: Option<SimTime>,
    marked: Marked,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Marked {
    No,
    Queued,
    Evicted,
}

impl NodeLifecycle {
    /// All is well.
    pub fn new(model: &Model) -> Self {
        let evictions = model.zones.iter().map(|_| Evictions::new(model.node_lifecycle.eviction_interval));
        Self { next_look: None, concerns: BTreeMap::new(), evictions: evictions.collect(), blind: false }
    }

    /// Makes sure that the first look not before `at` fires.
    fn wake(&mut self, at: SimTime, ctx: &mut Context<'_>) {
        let just_before = SimTime::from_micros(at.as_micros().saturating_sub(1)).max(ctx.now);
        let look = just_before.next_multiple(SimTime::ZERO, ctx.model.node_lifecycle.monitor_period);
        if self.next_look.is_none_or(|pending| look < pending) {
            self.next_look = Some(look);
            ctx.at(look, NodeLifecycleEvent::LookDue);
        }
    }

    /// A node may have fallen silent, speak again, or say something else.
    fn consider(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let (heard, ready) = (row.health.is_heard(), row.health.ready);
        if heard && ready == Ready::True && !self.concerns.contains_key(&node) {
            return;
        }
        let handle = ctx.world.cluster().nodes.handle(node);
        let concern = self.concerns.entry(node).or_insert(Concern {
            node: handle,
            probed_at: None,
            since: None,
            marked: Marked::No,
        });
        if concern.node != handle {
            *concern = Concern { node: handle, probed_at: None, since: None, marked: Marked::No };
        }
        match (heard, concern.probed_at) {
            (false, None) => {
                let seen = last_heartbeat_seen(node, ctx);
                concern.probed_at = Some(seen);
                self.wake(seen + ctx.model.node_lifecycle.grace_period, ctx);
            }
            (true, _) => {
                concern.probed_at = None;
                self.wake(ctx.now + SimDuration::from_micros(1), ctx);
            }
            (false, Some(_)) => self.wake(ctx.now + SimDuration::from_micros(1), ctx),
        }
    }

    /// monitorNodeHealth: conditions, then zones, then what follows.
    fn look(&mut self, ctx: &mut Context<'_>) {
        let policy = ctx.model.node_lifecycle;
        self.concerns.retain(|_, concern| ctx.world.cluster().nodes.resolve(concern.node).is_some());
        for (node, concern) in &mut self.concerns {
            if concern.probed_at.is_some_and(|seen| ctx.now >= seen + policy.grace_period) {
                if ctx.world.cluster().nodes[*node].health.ready != Ready::Unknown {
                    concern.since = None;
                }
                ctx.world.set_node_ready(*node, Ready::Unknown);
            }
            if ctx.world.cluster().nodes[*node].health.ready != Ready::True && concern.since.is_none() {
                concern.since = Some(ctx.now);
            }
        }
        self.judge_zones(ctx);
        let nodes: Vec<NodeId> = self.concerns.keys().copied().collect();
        for node in nodes {
            self.follow_up(node, ctx);
        }
        for zone in ctx.model.zones.ids() {
            self.evict(zone, ctx);
        }
        self.wake_for_next(ctx);
    }

    /// handleDisruption: how fast each zone evicts, and whether any does.
    fn judge_zones(&mut self, ctx: &mut Context<'_>) {
        let policy = &ctx.model.node_lifecycle;
        for zone in ctx.model.zones.ids() {
            let row = ctx.world.cluster().zones[zone];
            let disruption = disruption(row, policy.unhealthy_zone_threshold_ppm);
            ctx.world.set_disruption(zone, disruption);
            let interval = match disruption {
                Disruption::None | Disruption::Full => Some(policy.eviction_interval),
                Disruption::Partial if row.nodes > policy.large_zone => {
                    Some(policy.secondary_eviction_interval)
                }
                Disruption::Partial => None,
            };
            self.evictions[zone].set_interval(interval);
        }
        let zones = ctx.world.cluster().zones.iter().filter(|zone| zone.nodes > 0);
        let blind =
            zones.clone().count() > 0 && zones.clone().all(|zone| zone.disruption == Disruption::Full);
        let was = core::mem::replace(&mut self.blind, blind);
        if blind && !was {
            // Whatever was under way is called off.
            for (node, concern) in &mut self.concerns {
                concern.marked = Marked::No;
                clear_taints(*node, ctx);
            }
            for zone in ctx.model.zones.ids() {
                self.evictions[zone].clear();
            }
        } else if was && !blind {
            // It could see nothing meanwhile: all clocks start again.
            for concern in self.concerns.values_mut() {
                concern.since = concern.since.map(|_| ctx.now);
            }
        }
    }

    /// Marks a node that is not Ready for eviction, or calls that off.
    fn follow_up(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let Some(concern) = self.concerns.get_mut(&node) else { return };
        let row = &ctx.world.cluster().nodes[node];
        let (zone, ready) = (row.zone, row.health.ready);
        if ready == Ready::True {
            concern.since = None;
            concern.marked = Marked::No;
            let silent = concern.probed_at.is_some();
            self.evictions[zone].remove(concern.node);
            clear_taints(node, ctx);
            if !silent {
                self.concerns.remove(&node);
            }
            return;
        }
        let ripe = ctx.model.era.evicts_by_taints()
            || concern
                .since
                .is_some_and(|since| ctx.now >= since + ctx.model.node_lifecycle.eviction_timeout);
        if concern.marked == Marked::No && ripe && !self.blind {
            concern.marked = Marked::Queued;
            self.evictions[zone].push(concern.node);
        } else if concern.marked == Marked::Evicted && ctx.model.era.evicts_by_taints() {
            // From not-ready to unreachable or back: no need to queue again.
            set_taint(node, ready, ctx);
        }
    }

    /// Takes as many nodes of a zone's queue as its rate allows now.
    fn evict(&mut self, zone: ZoneId, ctx: &mut Context<'_>) {
        while let Some(handle) = self.evictions[zone].take(ctx.now) {
            let Some(node) = ctx.world.cluster().nodes.resolve(handle) else { continue };
            if let Some(concern) = self.concerns.get_mut(&node) {
                concern.marked = Marked::Evicted;
            }
            let ready = ctx.world.cluster().nodes[node].health.ready;
            if ctx.model.era.evicts_by_taints() {
                set_taint(node, ready, ctx);
            } else {
                let leave = |pod: &PodId| !ctx.world.is_daemon(ctx.model, *pod);
                let pods: Vec<PodId> = ctx.world.pods_on(node).filter(leave).collect();
                for pod in pods {
                    ctx.world.request_pod_deletion(pod);
                }
            }
        }
        if let Some(at) = self.evictions[zone].next_timer(ctx.now) {
            ctx.at(at, NodeLifecycleEvent::EvictionAllowed(zone));
        }
    }

    /// Sleeps until a grace period or an eviction timeout ends.
    fn wake_for_next(&mut self, ctx: &mut Context<'_>) {
        let policy = &ctx.model.node_lifecycle;
        let graces =
            self.concerns.values().filter_map(|concern| Some(concern.probed_at? + policy.grace_period));
        let waiting = self.concerns.values().filter(|concern| concern.marked == Marked::No);
        let timeouts = waiting.filter_map(|concern| Some(concern.since? + policy.eviction_timeout));
        if let Some(at) = graces.chain(timeouts).filter(|at| *at > ctx.now).min() {
            self.wake(at, ctx);
        }
    }
}

/// When the controller saw the last heartbeat of a node that falls silent now: at its first look after it.
/// Kubelets are out of step with one another.
fn last_heartbeat_seen(node: NodeId, ctx: &Context<'_>) -> SimTime {
    let row = &ctx.world.cluster().nodes[node];
    let subject = member(ctx.model.groups[row.group].subject, u64::from(row.ordinal));
    let phase = ctx.random.bits(Purpose::Heartbeat, subject, 0) % HEARTBEAT.as_micros();
    let alive = ctx.now.as_micros() + HEARTBEAT.as_micros();
    let last = (alive - phase) / HEARTBEAT.as_micros() * HEARTBEAT.as_micros() + phase;
    let last = SimTime::from_micros(last.saturating_sub(HEARTBEAT.as_micros()));
    let last = last.max(row.added_at).max(row.health.booted_at);
    let just_before = SimTime::from_micros(last.as_micros().saturating_sub(1));
    if last == SimTime::ZERO {
        return last;
    }
    just_before.next_multiple(SimTime::ZERO, ctx.model.node_lifecycle.monitor_period)
}

/// ComputeZoneState.
fn disruption(zone: Zone, threshold_ppm: u64) -> Disruption {
    let not_ready = u64::from(zone.nodes - zone.ready);
    if zone.ready == 0 && not_ready > 0 {
        Disruption::Full
    } else if not_ready > 2 && not_ready * 1_000_000 >= threshold_ppm * u64::from(zone.nodes) {
        Disruption::Partial
    } else {
        Disruption::None
    }
}

/// Gives a node the taint that goes with its condition, and takes the other away.
fn set_taint(node: NodeId, ready: Ready, ctx: &mut Context<'_>) {
    let (key, other) =
        if ready == Ready::Unknown { (UNREACHABLE, NOT_READY) } else { (NOT_READY, UNREACHABLE) };
    ctx.world.untaint_node(node, other, Some(TaintEffect::NoExecute));
    let taint = Taint { key: key.to_owned(), value: String::new(), effect: TaintEffect::NoExecute };
    ctx.world.taint_node(node, taint);
}

fn clear_taints(node: NodeId, ctx: &mut Context<'_>) {
    for key in [NOT_READY, UNREACHABLE] {
        ctx.world.untaint_node(node, key, Some(TaintEffect::NoExecute));
    }
}

impl Component for NodeLifecycle {
    type Event = NodeLifecycleEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: NodeLifecycleEvent, ctx: &mut Context<'_>) {
        match event {
            // A look that was brought forward leaves its old timer behind.
            NodeLifecycleEvent::LookDue if self.next_look != Some(ctx.now) => {}
            NodeLifecycleEvent::LookDue => {
                self.next_look = None;
                self.look(ctx);
            }
            NodeLifecycleEvent::EvictionAllowed(zone) => {
                self.evictions[zone].timer_fired(ctx.now);
                self.evict(zone, ctx);
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::NodeFaultChanged(node) | Change::NodeReadyChanged(node)
                if ctx.world.cluster().nodes.is_live(node) =>
            {
                self.consider(node, ctx);
            }
            // The shares of a zone change with its nodes.
            Change::NodeAdded(_) | Change::NodeRemoved(_) if !self.concerns.is_empty() => {
                self.wake(ctx.now + SimDuration::from_micros(1), ctx);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Domain reference, section 5: a cluster of three that lost two evicts; three lost of five stop it.
    #[test]
    fn zones_are_judged_as_by_compute_zone_state() {
        let judge = |nodes, ready| disruption(Zone { nodes, ready, ..Zone::default() }, 550_000);
        assert_eq!(judge(0, 0), Disruption::None);
        assert_eq!(judge(3, 1), Disruption::None, "two are not more than two");
        assert_eq!(judge(5, 2), Disruption::Partial);
        assert_eq!(judge(6, 3), Disruption::None, "half is below 55 %");
        assert_eq!(judge(20, 9), Disruption::Partial, "55 % are enough");
        assert_eq!(judge(1, 0), Disruption::Full);
        assert_eq!(judge(200, 0), Disruption::Full);
    }
}

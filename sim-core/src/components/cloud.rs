//! The cloud: turns a group's target size into nodes, and takes machines away.
//!
//! Models: each machine boots for a time of its own draw, then its node joins, Ready; nodes of the initial size
//! are there when the run begins. A machine for which the cloud has no stock or the quota no room is refused and
//! made as soon as there is; a target that is lowered again calls it off. A node that is given back is gone
//! after [`DELETION_TIME`]; a target lowered by hand takes the newest. Spot machines go at the end of their notice and
//! are replaced, as managed instance groups do. The Node object of a machine that is gone goes at the
//! cloud-node-lifecycle controller's next look once it is not Ready (kubernetes cloud-provider,
//! controllers/nodelifecycle; 5 s). GKE's auto-repair: a node that has not been Ready for ten minutes is drained and
//! its machine recreated. A reset heals everything on a node after a time of its own draw.
//! Leaves out: machines that boot and never register; images that fail to boot; repairs that fail; zones chosen by
//! balance (a group deals its machines to its zones in turn, whatever became of the others).

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::CloudEvent;
use crate::ids::{GroupId, Handle, IdVec, NodeId, PodId, ZoneId};
use crate::model::{DiskState, DnsState, KubeletState, MachineState, Model, NodeFault, PodNetwork};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Machine, Ready};

/// From the request until the node object is gone. An assumption: a GCE instance takes about a minute.
pub const DELETION_TIME: SimDuration = SimDuration::from_secs(60);
/// `--node-monitor-period` of the cloud-controller-manager.
const OBJECT_PERIOD: SimDuration = SimDuration::from_secs(5);
/// What a reset heals: the machine last, so that the kubelet comes back to a node in order.
const HEALED: [NodeFault; 5] = [
    NodeFault::Kubelet(KubeletState::Well),
    NodeFault::PodNetwork(PodNetwork::Alive),
    NodeFault::Disk(DiskState::Well),
    NodeFault::Dns(DnsState::Alive),
    NodeFault::Machine(MachineState::Up),
];

/// The machines of all groups.
#[derive(Clone, Debug)]
pub struct Cloud {
    machines: IdVec<GroupId, Machines>,
    /// Virtual CPUs of all machines that exist or boot.
    cores: u64,
    /// Since when a node that is to be repaired has not been Ready.
    not_ready_since: BTreeMap<NodeId, (Handle<NodeId>, SimTime)>,
}

/// What the cloud knows about a group. Machines go by the ordinal that their node will have.
#[derive(Clone, Debug, Default)]
struct Machines {
    /// Machines ever asked for: the last ordinal.
    asked: u32,
    /// On the way.
    booting: BTreeSet<u32>,
    /// Wanted, but there is no stock or no quota.
    refused: BTreeSet<u32>,
}

impl Machines {
    fn wanted(&self) -> u32 {
        (self.booting.len() + self.refused.len()) as u32
    }
}

impl Cloud {
    /// No machine yet.
    pub fn new(model: &Model) -> Self {
        let machines = model.groups.iter().map(|_| Machines::default()).collect();
        Self { machines, cores: 0, not_ready_since: BTreeMap::new() }
    }

    /// Asks for as many machines as the target wants beyond those that exist or boot, or calls some off.
    fn meet_target(&mut self, group: GroupId, ctx: &mut Context<'_>) {
        let missing = ctx.world.cluster().groups[group].upcoming();
        while self.machines[group].wanted() < missing {
            let machines = &mut self.machines[group];
            machines.asked += 1;
            let ordinal = machines.asked;
            self.make(group, ordinal, ctx);
        }
        while self.machines[group].wanted() > missing {
            self.call_off(group, ctx);
        }
        self.shrink(group, ctx);
    }

    /// The last machine asked for is not wanted any more; one that was refused goes before one that boots.
    fn call_off(&mut self, group: GroupId, ctx: &mut Context<'_>) {
        let machines = &mut self.machines[group];
        if machines.refused.pop_last().is_none() && machines.booting.pop_last().is_some() {
            self.free(group, ctx);
        }
    }

    /// Somebody lowered the target below what there is: machines without a node go, then the newest nodes.
    fn shrink(&mut self, group: GroupId, ctx: &mut Context<'_>) {
        loop {
            let row = ctx.world.cluster().groups[group];
            if row.nodes - row.leaving + row.unregistered <= row.target {
                return;
            }
            if row.unregistered > 0 {
                ctx.world.remove_unregistered(group);
                self.free(group, ctx);
                continue;
            }
            let nodes = ctx.world.cluster().nodes.iter();
            let newest = nodes
                .filter(|(_, node)| node.group == group && !node.leaving)
                .max_by_key(|(_, node)| (node.added_at, node.ordinal));
            let Some((node, _)) = newest else { return };
            ctx.world.surrender_node(node);
        }
    }

    /// Makes a machine if there is stock and quota for it.
    fn make(&mut self, group: GroupId, ordinal: u32, ctx: &mut Context<'_>) {
        let row = &ctx.model.groups[group];
        let cores = u64::from(row.machine.cores);
        let over_quota = ctx.model.cpu_quota.is_some_and(|quota| self.cores + cores > quota);
        if over_quota || ctx.world.is_out_of_stock(group, row.machine.zone(ordinal)) {
            self.machines[group].refused.insert(ordinal);
            return;
        }
        self.cores += cores;
        self.machines[group].booting.insert(ordinal);
        let subject = member(row.subject, u64::from(ordinal));
        let boot = row.machine.boot.duration(ctx.random.unit(Purpose::Boot, subject, 0));
        ctx.after(boot, CloudEvent::Booted { group, ordinal });
    }

    /// A machine exists no more: its cores are free for those that wait.
    fn free(&mut self, group: GroupId, ctx: &mut Context<'_>) {
        self.cores -= u64::from(ctx.model.groups[group].machine.cores);
        if ctx.model.cpu_quota.is_some() {
            self.try_refused(ctx);
        }
    }

    fn try_refused(&mut self, ctx: &mut Context<'_>) {
        for group in ctx.model.groups.ids() {
            for ordinal in core::mem::take(&mut self.machines[group].refused) {
                self.make(group, ordinal, ctx);
            }
        }
    }

    /// Stock came or went. What boots in a zone that is out altogether does not get up there.
    fn stock_changed(&mut self, ctx: &mut Context<'_>) {
        for group in ctx.model.groups.ids() {
            let machine = &ctx.model.groups[group].machine;
            let down = |zone: ZoneId| ctx.world.cluster().stock_outs.contains(&(None, Some(zone)));
            let machines = &mut self.machines[group];
            let stuck: Vec<u32> =
                machines.booting.iter().copied().filter(|ordinal| down(machine.zone(*ordinal))).collect();
            for ordinal in stuck {
                machines.booting.remove(&ordinal);
                machines.refused.insert(ordinal);
                self.cores -= u64::from(machine.cores);
            }
        }
        self.try_refused(ctx);
    }

    fn join(group: GroupId, ordinal: u32, ctx: &mut Context<'_>) {
        let node = ctx.world.add_node(ctx.model, group, ordinal);
        let row = &ctx.model.groups[group];
        if let Some(life) = row.machine.spot.as_ref().and_then(|spot| spot.life.as_ref()) {
            let subject = member(row.subject, u64::from(ordinal));
            let life = life.duration(ctx.random.unit(Purpose::SpotLife, subject, 0));
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.after(life, CloudEvent::ReclaimDue(handle));
        }
    }

    /// The machine and the node object go together.
    fn deleted(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let (group, existed) = (row.group, row.health.machine != Machine::Gone);
        ctx.world.remove_node(node);
        if existed {
            self.free(group, ctx);
        }
    }

    /// The machine goes, its node object stays until somebody notices. The group makes another.
    fn machine_gone(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let group = row.group;
        if row.health.machine == Machine::Gone {
            return;
        }
        ctx.world.lose_machine(node);
        self.free(group, ctx);
        self.meet_target(group, ctx);
        Self::notice_missing(node, ctx);
    }

    /// The cloud-node-lifecycle controller asks about nodes that are not Ready.
    fn notice_missing(node: NodeId, ctx: &mut Context<'_>) {
        let health = ctx.world.cluster().nodes[node].health;
        if health.machine == Machine::Gone && health.ready != Ready::True {
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.at(ctx.now.next_multiple(SimTime::ZERO, OBJECT_PERIOD), CloudEvent::Deleted(handle));
        }
    }

    fn ready_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        Self::notice_missing(node, ctx);
        let row = &ctx.world.cluster().nodes[node];
        let Some(patience) = ctx.model.groups[row.group].machine.auto_repair else { return };
        if row.health.ready == Ready::True {
            self.not_ready_since.remove(&node);
            return;
        }
        let handle = ctx.world.cluster().nodes.handle(node);
        if self.not_ready_since.get(&node).is_none_or(|(known, _)| *known != handle) {
            self.not_ready_since.insert(node, (handle, ctx.now));
            ctx.after(patience, CloudEvent::RepairDue(handle));
        }
    }

    /// Drains the node and recreates its machine, if it has not been Ready all the time.
    fn repair(&mut self, node: NodeId, handle: Handle<NodeId>, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let Some(patience) = ctx.model.groups[row.group].machine.auto_repair else { return };
        let since = self.not_ready_since.get(&node).filter(|(known, _)| *known == handle);
        if row.leaving || since.is_none_or(|(_, since)| *since + patience != ctx.now) {
            return;
        }
        ctx.world.cordon(node);
        let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
        for pod in pods {
            // What a budget keeps goes with the machine.
            let _ = ctx.world.evict_pod(ctx.model, pod);
        }
        ctx.after(DELETION_TIME, CloudEvent::MachineGone(handle));
    }

    fn reset(node: NodeId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let group = &ctx.model.groups[row.group];
        let subject = member(member(group.subject, u64::from(row.ordinal)), ctx.now.as_micros());
        let delay = group.machine.reset.duration(ctx.random.unit(Purpose::Reset, subject, 0));
        let handle = ctx.world.cluster().nodes.handle(node);
        ctx.after(delay, CloudEvent::ResetDone(handle));
    }
}

impl Component for Cloud {
    type Event = CloudEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        let model = ctx.model;
        for existing in &model.existing.nodes {
            self.machines[existing.group].asked = existing.ordinal;
            self.cores += u64::from(model.groups[existing.group].machine.cores);
            ctx.world.add_existing_node(model, existing);
        }
        for group in ctx.model.groups.ids() {
            for ordinal in self.machines[group].asked + 1..=ctx.model.groups[group].initial {
                self.machines[group].asked = ordinal;
                self.cores += u64::from(ctx.model.groups[group].machine.cores);
                Self::join(group, ordinal, ctx);
            }
        }
    }

    fn fire(&mut self, event: CloudEvent, ctx: &mut Context<'_>) {
        let (CloudEvent::Deleted(handle)
        | CloudEvent::ReclaimDue(handle)
        | CloudEvent::MachineGone(handle)
        | CloudEvent::RepairDue(handle)
        | CloudEvent::ResetDone(handle)) = event
        else {
            let CloudEvent::Booted { group, ordinal } = event else { return };
            // One that was called off is not there any more.
            if self.machines[group].booting.remove(&ordinal) {
                Self::join(group, ordinal, ctx);
            }
            return;
        };
        let Some(node) = ctx.world.cluster().nodes.resolve(handle) else { return };
        match event {
            CloudEvent::Deleted(_) => self.deleted(node, ctx),
            CloudEvent::ReclaimDue(_) => ctx.world.reclaim_node(node),
            CloudEvent::MachineGone(_) => self.machine_gone(node, ctx),
            CloudEvent::RepairDue(_) => self.repair(node, handle, ctx),
            CloudEvent::ResetDone(_) => {
                HEALED.iter().for_each(|healed| ctx.world.set_node_fault(node, *healed))
            }
            CloudEvent::Booted { .. } => {}
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::GroupTargetChanged(group) => self.meet_target(group, ctx),
            Change::StockChanged => self.stock_changed(ctx),
            Change::NodeDeletionRequested(node)
            | Change::NodeResetRequested(node)
            | Change::NodeReclaimed(node)
            | Change::NodeReadyChanged(node)
                if ctx.world.cluster().nodes.is_live(node) =>
            {
                let handle = ctx.world.cluster().nodes.handle(node);
                let spot = &ctx.model.groups[ctx.world.cluster().nodes[node].group].machine.spot;
                match change {
                    Change::NodeDeletionRequested(_) => ctx.after(DELETION_TIME, CloudEvent::Deleted(handle)),
                    Change::NodeResetRequested(_) => Self::reset(node, ctx),
                    Change::NodeReclaimed(_) => {
                        let notice = spot.as_ref().map_or(SimDuration::ZERO, |spot| spot.notice);
                        ctx.after(notice, CloudEvent::MachineGone(handle));
                    }
                    _ => self.ready_changed(node, ctx),
                }
            }
            _ => {}
        }
    }
}

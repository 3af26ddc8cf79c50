//! The cloud: turns a group's target size into nodes, and takes back nodes that are given up.
//!
//! Models: each machine boots for a time of its own draw, then its node joins, Ready; nodes of the
//! initial size are there when the run begins; a node that is given back is gone after
//! [`DELETION_TIME`].
//! Leaves out: stock-outs, quota, spot reclaim, machines that never register.

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::CloudEvent;
use crate::ids::{GroupId, IdVec, NodeId};
use crate::model::Model;
use crate::time::SimDuration;
use crate::world::Change;

/// From the request until the node object is gone. An assumption: a GCE instance takes about a minute.
pub const DELETION_TIME: SimDuration = SimDuration::from_secs(60);

/// The machines of all groups.
#[derive(Clone, Debug)]
pub struct Cloud {
    machines: IdVec<GroupId, Machines>,
}

/// What the cloud knows about a group.
#[derive(Clone, Copy, Debug, Default)]
struct Machines {
    /// Machines ever started: the last node's ordinal.
    started: u32,
    /// Machines on the way.
    booting: u32,
}

impl Cloud {
    /// No machine yet.
    pub fn new(model: &Model) -> Self {
        Self { machines: model.groups.iter().map(|_| Machines::default()).collect() }
    }

    /// Starts as many machines as the target asks for beyond those that exist or boot.
    fn meet_target(&mut self, group: GroupId, ctx: &mut Context<'_>) {
        let missing = ctx.world.cluster().groups[group].upcoming();
        let machines = &mut self.machines[group];
        while machines.booting < missing {
            machines.started += 1;
            machines.booting += 1;
            let row = &ctx.model.groups[group];
            let subject = member(row.subject, u64::from(machines.started));
            let boot = row.boot.duration(ctx.random.unit(Purpose::Boot, subject, 0));
            ctx.after(boot, CloudEvent::Booted { group, ordinal: machines.started });
        }
    }

    fn delete(node: NodeId, ctx: &mut Context<'_>) {
        let handle = ctx.world.cluster().nodes.handle(node);
        ctx.after(DELETION_TIME, CloudEvent::Deleted(handle));
    }
}

impl Component for Cloud {
    type Event = CloudEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for group in ctx.model.groups.ids() {
            for ordinal in 1..=ctx.model.groups[group].initial {
                self.machines[group].started = ordinal;
                ctx.world.add_node(ctx.model, group, ordinal);
            }
        }
    }

    fn fire(&mut self, event: CloudEvent, ctx: &mut Context<'_>) {
        match event {
            CloudEvent::Booted { group, ordinal } => {
                self.machines[group].booting -= 1;
                ctx.world.add_node(ctx.model, group, ordinal);
            }
            CloudEvent::Deleted(handle) => {
                if let Some(node) = ctx.world.cluster().nodes.resolve(handle) {
                    ctx.world.remove_node(node);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::GroupTargetChanged(group) => self.meet_target(group, ctx),
            Change::NodeDeletionRequested(node) => Self::delete(node, ctx),
            _ => {}
        }
    }
}

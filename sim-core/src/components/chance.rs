//! Chance: what breaks on nodes by itself.
//!
//! Models: each fault of a group strikes each of its nodes after a time of its own draw, counted from the node's
//! birth or its last repair, and heals after another. The n-th time of a fault on the n-th node of a group is the same
//! draw whatever else happens.
//! Leaves out: faults that come together; a fault that heals while a zone is down brings its aspect back there.

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::ChanceEvent;
use crate::ids::{Handle, NodeId};
use crate::model::RandomFault;
use crate::world::Change;

/// What breaks by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chance;

impl Chance {
    fn fault_of<'m>(node: NodeId, which: u8, ctx: &Context<'m>) -> Option<(&'m RandomFault, u64)> {
        let row = &ctx.world.cluster().nodes[node];
        let group = &ctx.model.groups[row.group];
        let fault = group.machine.faults.get(usize::from(which))?;
        Some((fault, member(member(group.subject, u64::from(row.ordinal)), fault.subject)))
    }

    /// When the fault strikes the node for the `nth` time, from now.
    fn expect(node: Handle<NodeId>, which: u8, nth: u16, ctx: &mut Context<'_>) {
        let Some((fault, subject)) = Self::fault_of(node.id, which, ctx) else { return };
        let after = fault.after.duration(ctx.random.unit(Purpose::Fault, subject, u64::from(nth)));
        ctx.after(after, ChanceEvent::Strikes { node, which, nth });
    }

    fn strike(node: Handle<NodeId>, which: u8, nth: u16, ctx: &mut Context<'_>) {
        let Some((fault, subject)) = Self::fault_of(node.id, which, ctx) else { return };
        ctx.world.strike(node.id, which);
        for aspect in &fault.faults {
            ctx.world.set_node_fault(node.id, *aspect);
        }
        if let Some(lasts) = &fault.lasts {
            let span = lasts.duration(ctx.random.unit(Purpose::FaultLasts, subject, u64::from(nth)));
            ctx.after(span, ChanceEvent::Heals { node, which, nth });
        }
    }

    fn heal(node: Handle<NodeId>, which: u8, nth: u16, ctx: &mut Context<'_>) {
        let Some((fault, _)) = Self::fault_of(node.id, which, ctx) else { return };
        for aspect in &fault.faults {
            ctx.world.set_node_fault(node.id, aspect.healed());
        }
        Self::expect(node, which, nth.saturating_add(1), ctx);
    }
}

impl Component for Chance {
    type Event = ChanceEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: ChanceEvent, ctx: &mut Context<'_>) {
        let (ChanceEvent::Strikes { node, which, nth } | ChanceEvent::Heals { node, which, nth }) = event;
        if ctx.world.cluster().nodes.resolve(node).is_none() {
            return;
        }
        match event {
            ChanceEvent::Strikes { .. } => Self::strike(node, which, nth, ctx),
            ChanceEvent::Heals { .. } => Self::heal(node, which, nth, ctx),
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        let Change::NodeAdded(node) = change else { return };
        let group = ctx.world.cluster().nodes[node].group;
        let handle = ctx.world.cluster().nodes.handle(node);
        for which in 0..ctx.model.groups[group].machine.faults.len() {
            Self::expect(handle, which as u8, 0, ctx);
        }
    }
}

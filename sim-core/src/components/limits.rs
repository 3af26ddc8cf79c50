//! Bounded resources that fill: what happens takes some, leaks keep some, a restart frees all.
//!
//! What holds some of a resource while it lasts is counted when somebody asks, see
//! [`World::units_in_use`](crate::world::World::units_in_use); here is what has to be remembered.
//!
//! Models: connection pools, tables of connections, ports and inodes, worker pools, budgets of requests: so much in all,
//! given back after a while, at a restart, by an operator, or never.
//! Leaves out: who holds what; whoever asks first when some is free again gets it.

use crate::engine::{Component, Context};
use crate::event::LimitEvent;
use crate::ids::LimitId;
use crate::model::watch::Frees;
use crate::world::{Change, PodOwner};

/// A whole unit in thousandths.
const UNIT: u64 = 1_000;

/// All bounded resources.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits;

impl Limits {
    fn take(change: Change, ctx: &mut Context<'_>) {
        let Some((flow, owner)) = ctx.world.occurrence(change) else { return };
        for (limit, row) in ctx.model.limits.iter_enumerated() {
            for (units, wanted, of) in &row.taken_by {
                if *wanted != flow || (of.owner.is_some() && of.owner != owner) {
                    continue;
                }
                ctx.world.take_units(limit, *units);
                if let Some(after) = row.taken_for {
                    let units = u32::try_from(*units).unwrap_or(u32::MAX);
                    let epoch = ctx.world.services().limits[limit].epoch;
                    ctx.after(after, LimitEvent::GivenBack { limit, units, epoch });
                }
            }
            ctx.world.raise_stuck(ctx.model, limit);
        }
    }

    fn free(change: Change, ctx: &mut Context<'_>) {
        let started = match change {
            Change::HubStarted => Frees::Hub,
            Change::PodStarted(pod) => match ctx.world.cluster().pods[pod].owner {
                PodOwner::Workload(workload) => Frees::Workload(workload),
                PodOwner::User(_) => return,
            },
            _ => return,
        };
        for (limit, row) in ctx.model.limits.iter_enumerated() {
            if row.freed_by == Some(started) {
                ctx.world.free_units(limit);
            }
        }
    }

    fn expect_leak(limit: LimitId, ctx: &mut Context<'_>) {
        if let Some(every) = ctx.model.limits[limit].leaks_every {
            ctx.after(every, LimitEvent::LeakDue(limit));
        }
    }
}

impl Component for Limits {
    type Event = LimitEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for limit in ctx.model.limits.ids() {
            Self::expect_leak(limit, ctx);
        }
    }

    fn fire(&mut self, event: LimitEvent, ctx: &mut Context<'_>) {
        match event {
            LimitEvent::GivenBack { limit, units, epoch } => {
                ctx.world.give_back_units(limit, units.into(), epoch);
            }
            LimitEvent::LeakDue(limit) => {
                ctx.world.take_units(limit, UNIT);
                Self::expect_leak(limit, ctx);
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if !ctx.model.limits.is_empty() {
            Self::take(change, ctx);
            Self::free(change, ctx);
        }
    }
}

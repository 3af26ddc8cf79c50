//! The culler: stops servers that idle or grew too old.
//!
//! Models: a round when its process starts, then every `every`; a server is culled when
//! now - last activity >= timeout, or its age >= max age (jupyterhub-idle-culler; domain reference,
//! section 11). The process lives with the hub: it starts with it, and a stalled one does nothing until
//! the hub restarts. Servers that are pending or stopping are skipped.
//! Leaves out: the bound of ten calls in flight, deletion of users, kernel culling.

use crate::engine::{Component, Context};
use crate::event::CullerEvent;
use crate::model::Cull;
use crate::time::SimTime;
use crate::world::{Change, ServerState, StopReason};

/// The culler's process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Culler {
    /// How many times it was started or hung: rounds of an earlier life are stale.
    life: u32,
}

impl Culler {
    fn round(cull: Cull, ctx: &mut Context<'_>) {
        let idle: Vec<_> = ctx
            .world
            .services()
            .servers
            .iter()
            .filter(|(server, row)| {
                row.state == ServerState::Ready
                    && (ctx.now.since(ctx.world.last_activity(*server)) >= cull.timeout
                        || ctx.now.since(row.created_at) >= cull.max_age)
            })
            .map(|(server, _)| server)
            .collect();
        for server in idle {
            ctx.world.stop_server(server, StopReason::Culled);
        }
    }

    fn begin(&mut self, first: SimTime, ctx: &mut Context<'_>) {
        if ctx.model.hub.as_ref().is_some_and(|hub| hub.cull.is_some()) {
            self.life += 1;
            ctx.at(first, CullerEvent::RoundDue { life: self.life });
        }
    }
}

impl Component for Culler {
    type Event = CullerEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        if ctx.world.services().hub_up {
            self.begin(ctx.now, ctx);
        }
    }

    fn fire(&mut self, event: CullerEvent, ctx: &mut Context<'_>) {
        let CullerEvent::RoundDue { life } = event;
        let cull = ctx.model.hub.as_ref().and_then(|hub| hub.cull);
        if let Some(cull) = cull.filter(|_| life == self.life) {
            Self::round(cull, ctx);
            ctx.after(cull.every, event);
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::HubStarted => self.begin(ctx.now, ctx),
            Change::HubStopped | Change::CullerStalled => self.life += 1,
            _ => {}
        }
    }
}

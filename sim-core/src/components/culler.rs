//! The culler: stops servers that idle or grew too old.
//!
//! Models: a round when its process starts, then every `every`; a server is culled when
//! now - last activity >= timeout, or its age >= max age (jupyterhub-idle-culler; domain reference,
//! section 11). Activity is what the hub last took over from its proxy. So many calls are under way at a time;
//! the hub answers one when the server has stopped, or after `slow_stop_timeout` while it still stops; a user is
//! deleted after a server that has stopped. The process lives with the hub: it starts with it, and a stalled one
//! does nothing until the hub restarts. Servers that are pending or stopping are skipped.
//! Leaves out: calls that time out.

use std::collections::VecDeque;

use crate::engine::{Component, Context};
use crate::event::CullerEvent;
use crate::ids::{Handle, ServerId};
use crate::model::Cull;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, ServerState, StopReason};

/// JupyterHub `slow_stop_timeout`: the answer to a request to stop a server is 202 after this.
const SLOW_STOP: SimDuration = SimDuration::from_secs(10);

/// The culler's process.
#[derive(Clone, Debug, Default)]
pub struct Culler {
    /// How many times it was started or hung: rounds of an earlier life are stale.
    life: u32,
    /// Servers that are to be culled.
    queue: VecDeque<Handle<ServerId>>,
    /// Those whose stop has been asked for and not answered.
    in_flight: Vec<Handle<ServerId>>,
}

impl Culler {
    fn round(&mut self, cull: Cull, ctx: &mut Context<'_>) {
        let servers = ctx.world.services().servers.iter();
        let due = servers.filter(|(server, _)| Self::is_due(cull, *server, ctx));
        let due: Vec<_> = due.map(|(server, _)| ctx.world.services().servers.handle(server)).collect();
        for handle in due {
            if !self.queue.contains(&handle) {
                self.queue.push_back(handle);
            }
        }
        self.call(cull, ctx);
    }

    fn is_due(cull: Cull, server: ServerId, ctx: &Context<'_>) -> bool {
        let row = &ctx.world.services().servers[server];
        let last = match cull.open_tabs_count {
            true => ctx.world.last_activity(server),
            false => ctx.world.last_work(server),
        };
        row.state == ServerState::Ready
            && (ctx.now.since(Self::taken_over(last, ctx)) >= cull.timeout
                || ctx.now.since(row.created_at) >= cull.max_age)
    }

    /// The activity as the hub has it: it asks its proxy every so often and takes that for the time.
    fn taken_over(last: SimTime, ctx: &Context<'_>) -> SimTime {
        let every = ctx.model.hub.as_ref().map_or(SimDuration::ZERO, |hub| hub.last_activity_interval);
        if every.is_zero() { last } else { last.next_multiple(SimTime::ZERO, every).min(ctx.now) }
    }

    /// Asks for stops while fewer are under way than may be.
    fn call(&mut self, cull: Cull, ctx: &mut Context<'_>) {
        while self.in_flight.len() < cull.concurrency as usize {
            let Some(handle) = self.queue.pop_front() else { return };
            let Some(server) = ctx.world.services().servers.resolve(handle) else { continue };
            if ctx.world.services().servers[server].state != ServerState::Ready {
                continue;
            }
            if cull.concurrency < u32::MAX {
                self.in_flight.push(handle);
                ctx.after(SLOW_STOP, CullerEvent::Answered(handle));
            }
            ctx.world.stop_server(server, StopReason::Culled);
        }
    }

    /// The hub has answered a call, at once or late.
    fn answered(&mut self, handle: Handle<ServerId>, ctx: &mut Context<'_>) {
        let Some(cull) = Self::settings(ctx) else { return };
        let before = self.in_flight.len();
        self.in_flight.retain(|other| *other != handle);
        if self.in_flight.len() < before {
            self.call(cull, ctx);
        }
    }

    fn removed(&mut self, server: ServerId, ctx: &mut Context<'_>) {
        let Some(cull) = Self::settings(ctx) else { return };
        let row = &ctx.world.services().servers[server];
        if cull.users && row.stop_reason == Some(StopReason::Culled) {
            ctx.world.delete_users(1);
        }
        if let Some(handle) = self.in_flight.iter().copied().find(|handle| handle.id == server) {
            self.answered(handle, ctx);
        }
    }

    fn settings(ctx: &Context<'_>) -> Option<Cull> {
        ctx.model.hub.as_ref().and_then(|hub| hub.cull)
    }

    fn begin(&mut self, first: SimTime, ctx: &mut Context<'_>) {
        if Self::settings(ctx).is_some() {
            self.end();
            ctx.at(first, CullerEvent::RoundDue { life: self.life });
        }
    }

    /// Whatever the process was about is forgotten.
    fn end(&mut self) {
        self.life += 1;
        self.queue.clear();
        self.in_flight.clear();
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
        match event {
            CullerEvent::RoundDue { life } => {
                if let Some(cull) = Self::settings(ctx).filter(|_| life == self.life) {
                    self.round(cull, ctx);
                    ctx.after(cull.every, event);
                }
            }
            CullerEvent::Answered(handle) => self.answered(handle, ctx),
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::HubStarted => self.begin(ctx.now, ctx),
            Change::HubStopped | Change::CullerStalled => self.end(),
            Change::ServerRemoved(server) => self.removed(server, ctx),
            _ => {}
        }
    }
}

//! Audiences: users come, ask for a server, wait, work, and try again when it fails.
//!
//! Everything about a user, how long the work takes, whether the tab stays open, whether a failure
//! brings another try, is a draw about that user alone: the n-th user behaves the same under every
//! policy that is tried on the cluster.
//!
//! Leaves out: users who return after their server was culled; giving up while waiting.

use crate::engine::random::member;
use crate::engine::{ArrivalCursor, Component, Context, Purpose};
use crate::event::AudienceEvent;
use crate::ids::{AudienceId, IdVec, LaunchId, ServerId};
use crate::model::Model;
use crate::time::SimTime;
use crate::world::Change;

/// The users of all audiences.
#[derive(Clone, Debug)]
pub struct Audiences {
    streams: IdVec<AudienceId, Stream>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    users: u32,
    arrivals: ArrivalCursor,
}

impl Audiences {
    /// Nobody has come yet.
    pub fn new(model: &Model) -> Self {
        Self { streams: model.audiences.iter().map(|_| Stream::default()).collect() }
    }

    fn schedule_next(&mut self, audience: AudienceId, ctx: &mut Context<'_>) {
        let row = &ctx.model.audiences[audience];
        if let Some(at) = self.streams[audience].arrivals.next(&row.arrivals, ctx.random, row.subject) {
            ctx.at(at, AudienceEvent::Arrival(audience));
        }
    }

    fn launch(audience: AudienceId, user: u32, attempt: u16, ctx: &mut Context<'_>) {
        let user_subject = member(ctx.model.audiences[audience].subject, u64::from(user));
        ctx.world.start_launch(audience, user, attempt, member(user_subject, u64::from(attempt)));
    }

    fn work(server: ServerId, ctx: &mut Context<'_>) {
        let row = &ctx.world.services().servers[server];
        let audience = &ctx.model.audiences[row.audience];
        let process = audience.arrivals.process;
        let unit = |purpose| ctx.random.member_unit(process, purpose, audience.subject, u64::from(row.user));
        let worked = ctx.now + audience.active.duration(unit(Purpose::Active));
        let until = if unit(Purpose::KeepsTabOpen) < audience.keeps_tab_open {
            audience
                .tab_open
                .as_ref()
                .map_or(SimTime::MAX, |law| worked + law.duration(unit(Purpose::TabOpen)))
        } else {
            worked
        };
        ctx.world.set_active_until(server, until);
    }

    fn consider_retry(launch: LaunchId, ctx: &mut Context<'_>) {
        let row = ctx.world.services().launches[launch];
        let retry = &ctx.model.audiences[row.audience].retry;
        let unit = |purpose| ctx.random.unit(purpose, row.subject, 0);
        if u32::from(row.attempt) < retry.max_attempts && unit(Purpose::RetryChance) < retry.probability {
            let delay = retry.after.duration(unit(Purpose::RetryDelay));
            let again = AudienceEvent::RetryDue {
                audience: row.audience,
                user: row.user,
                attempt: row.attempt.saturating_add(1),
            };
            ctx.after(delay, again);
        }
    }
}

impl Component for Audiences {
    type Event = AudienceEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for audience in ctx.model.audiences.ids() {
            self.schedule_next(audience, ctx);
        }
    }

    fn fire(&mut self, event: AudienceEvent, ctx: &mut Context<'_>) {
        match event {
            AudienceEvent::Arrival(audience) => {
                let user = self.streams[audience].users;
                self.streams[audience].users += 1;
                Self::launch(audience, user, 1, ctx);
                self.schedule_next(audience, ctx);
            }
            AudienceEvent::RetryDue { audience, user, attempt } => Self::launch(audience, user, attempt, ctx),
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::ServerReady(server) => Self::work(server, ctx),
            Change::LaunchFailed(launch) => Self::consider_retry(launch, ctx),
            _ => {}
        }
    }
}

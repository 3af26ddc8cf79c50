//! Audiences: users come, ask for a server, wait, work, and try again when it fails.
//!
//! Everything about a user, how long the work takes, whether the tab stays open, whether a failure
//! brings another try, is a draw about that user alone: the n-th user behaves the same under every
//! policy that is tried on the cluster.
//!
//! A user who waits for too long goes away, though the server may still come. One whose page was connected when the
//! hub went away, or who finds none, connects again by itself if the page does that: a storm of reloads.
//!
//! Leaves out: users who return after their server was culled.

use crate::engine::random::member;
use crate::engine::{ArrivalCursor, Component, Context, Purpose};
use crate::event::AudienceEvent;
use crate::ids::{AudienceId, IdVec, LaunchId, ServerId};
use crate::model::Model;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, LaunchFailure};

/// Seconds between which JupyterHub's Retry-After is drawn (handlers/base.py since 0.9).
const RETRY_AFTER: (f64, f64) = (30.0, 60.0);

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
        let row = &ctx.model.audiences[audience];
        let user_subject = member(row.subject, u64::from(user));
        let launch =
            ctx.world.start_launch(audience, user, attempt, member(user_subject, u64::from(attempt)));
        if let Some(patience) = &row.patience {
            let unit = ctx.random.unit(Purpose::Patience, user_subject, u64::from(attempt));
            let handle = ctx.world.services().launches.handle(launch);
            ctx.after(patience.duration(unit), AudienceEvent::PatienceOver(handle));
        }
    }

    fn work(server: ServerId, ctx: &mut Context<'_>) {
        let row = &ctx.world.services().servers[server];
        if !row.attended {
            return;
        }
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
        ctx.world.set_activity(server, worked, until);
    }

    fn consider_retry(launch: LaunchId, ctx: &mut Context<'_>) {
        let row = ctx.world.services().launches[launch];
        let retry = &ctx.model.audiences[row.audience].retry;
        let Some(failure) = row.failure.filter(|failure| *failure != LaunchFailure::GivenUp) else { return };
        let unit = |purpose| ctx.random.unit(purpose, row.subject, 0);
        let again = AudienceEvent::RetryDue {
            audience: row.audience,
            user: row.user,
            attempt: row.attempt.saturating_add(1),
        };
        if let Some(reconnect) = retry.reconnect.as_ref().filter(|_| failure.breaks_connections()) {
            let delay = reconnect.duration(unit(Purpose::Reconnect));
            return ctx.after(delay, again);
        }
        if u32::from(row.attempt) < retry.max_attempts && unit(Purpose::RetryChance) < retry.probability {
            let mut delay = retry.after.duration(unit(Purpose::RetryDelay));
            if retry.honors_retry_after && failure.says_when_to_come_back() {
                let seconds = RETRY_AFTER.0 + (RETRY_AFTER.1 - RETRY_AFTER.0) * unit(Purpose::RetryAfter);
                delay = delay.max(SimDuration::from_micros((seconds * 1e6 + 0.5) as u64));
            }
            ctx.after(delay, again);
        }
    }

    /// Whether a federation of hubs sends a user here.
    fn comes_here(audience: AudienceId, user: u32, ctx: &Context<'_>) -> bool {
        let share = ctx.model.binder.as_ref().map_or(1.0, |binder| binder.federation_share);
        let subject = member(ctx.model.audiences[audience].subject, u64::from(user));
        share >= 1.0 || ctx.random.unit(Purpose::Federation, subject, 0) < share
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
                if Self::comes_here(audience, user, ctx) {
                    Self::launch(audience, user, 1, ctx);
                }
                self.schedule_next(audience, ctx);
            }
            AudienceEvent::RetryDue { audience, user, attempt } => Self::launch(audience, user, attempt, ctx),
            AudienceEvent::PatienceOver(handle) => {
                if let Some(launch) = ctx.world.services().launches.resolve(handle) {
                    ctx.world.fail_launch(launch, LaunchFailure::GivenUp);
                }
            }
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

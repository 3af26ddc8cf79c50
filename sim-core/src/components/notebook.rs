//! Notebook servers that end by themselves when nobody has worked for a while.
//!
//! Models: `shutdown_no_activity_timeout` of the notebook server together with the culling of its kernels, open
//! tabs or not: looked at once a minute from its start on (notebook/notebookapp.py, `shutdown_no_activity`); only
//! images that are new enough can do it. It is the only thing that ends a pod which its hub has forgotten.
//! Leaves out: kernels that compute while nobody looks.

use crate::engine::{Component, Context, Purpose};
use crate::event::NotebookEvent;
use crate::ids::PodId;
use crate::model::Shutdown;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, PodOwner, PodPhase};

/// How often a server looks whether it idles.
const LOOK_EVERY: SimDuration = SimDuration::from_secs(60);

/// All notebook servers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Notebooks;

impl Notebooks {
    /// When the server of a pod ends by itself; `None` when its image cannot.
    fn shutdown(pod: PodId, ctx: &Context<'_>) -> Option<Shutdown> {
        let row = &ctx.world.cluster().pods[pod];
        let PodOwner::User(audience) = row.owner else { return None };
        let shutdown = ctx.model.user_profile(row.class)?.shutdown?;
        // The image is the user's choice: every try of a launch runs the same one.
        let audience = &ctx.model.audiences[audience];
        let (process, user) = (audience.arrivals.process, u64::from(row.ordinal));
        let drawn = ctx.random.member_unit(process, Purpose::SelfExit, audience.subject, user);
        (drawn < shutdown.share).then_some(shutdown)
    }

    /// Until when somebody works in the pod, as far as is known now.
    fn worked_until(pod: PodId, ctx: &Context<'_>) -> SimTime {
        let row = &ctx.world.cluster().pods[pod];
        let server = row.server.and_then(|handle| ctx.world.services().servers.resolve(handle));
        let worked = server.map_or(SimTime::ZERO, |server| ctx.world.services().servers[server].worked_until);
        worked.max(row.started_at)
    }

    /// Looks again when the pod may have been idle for long enough.
    fn look_later(pod: PodId, after: SimDuration, ctx: &mut Context<'_>) {
        let started_at = ctx.world.cluster().pods[pod].started_at;
        let idle_at = (Self::worked_until(pod, ctx) + after).max(ctx.now);
        let look_at = idle_at.next_multiple(started_at, LOOK_EVERY);
        let handle = ctx.world.cluster().pods.handle(pod);
        ctx.at(look_at, NotebookEvent::LookDue(handle));
    }
}

impl Component for Notebooks {
    type Event = NotebookEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: NotebookEvent, ctx: &mut Context<'_>) {
        let NotebookEvent::LookDue(handle) = event;
        let Some(pod) = ctx.world.cluster().pods.resolve(handle) else { return };
        let Some(shutdown) = Self::shutdown(pod, ctx) else { return };
        let row = &ctx.world.cluster().pods[pod];
        let (phase, going) = (row.phase, row.deletion_requested_at.is_some());
        if phase != PodPhase::Running || going {
            return;
        }
        if Self::worked_until(pod, ctx) + shutdown.after > ctx.now {
            return Self::look_later(pod, shutdown.after, ctx);
        }
        ctx.world.end_pod(pod);
        ctx.world.remove_pod(pod);
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if let Change::PodStarted(pod) = change
            && let Some(shutdown) = Self::shutdown(pod, ctx)
        {
            Self::look_later(pod, shutdown.after, ctx);
        }
    }
}

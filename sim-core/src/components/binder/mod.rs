//! BinderHub: from a link to a repository to a server, through a build and several tries.
//!
//! A launch: its image is built first, if it needs to be (`builds.rs`) → it is refused when its repository, or the
//! hub, has too many pods → the hub is asked for a server under a new user name, and watched until the server
//! answers → whatever goes wrong, the whole is tried again under another new name, after a pause that doubles. So
//! one click can make several pods, and pods that the hub has lost sight of count in the quota all the same.
//!
//! Models: binderhub launcher.py and builder.py at 85a0372 (mid 2018) and since: polls after min(1.4^i, 10) s, 64
//! times, which is [`polling`]'s 594 s; `launch_timeout` with an event stream since; pauses of 4, 8, 16 s;
//! `per_repo_quota` (and the higher one) by pods in any state; `pod_quota`, of which 0 refuses all (domain reference,
//! section 12).
//! Leaves out: retries of single API calls (a hub that is down fails the try), the registry's own failures.

mod builds;

use crate::engine::{Component, Context, Purpose};
use crate::event::BinderEvent;
use crate::ids::{AudienceId, Handle, LaunchId, PodId, ServerId};
use crate::model::Binder as Settings;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, LaunchFailure, PodOwner, ServerState};
use builds::Builds;

/// Polls of the hub for one server (launcher.py).
const POLLS: u32 = 64;

/// A repository: the how-manieth of an audience's.
type Repository = (AudienceId, u32);

/// BinderHub's process.
#[derive(Clone, Debug, Default)]
pub struct Binder {
    builds: Builds,
}

/// The pauses between polls: min(1.4^i, 10) seconds, i from 0, in order.
pub fn polling() -> impl Iterator<Item = SimDuration> {
    let pauses = core::iter::successors(Some(1.0_f64), |pause| Some(pause * 1.4));
    pauses.take(POLLS as usize).map(|pause| SimDuration::from_micros((pause.min(10.0) * 1e6 + 0.5) as u64))
}

impl Binder {
    /// The repository that a user launches.
    fn repository(audience: AudienceId, user: u32, ctx: &Context<'_>) -> Repository {
        let row = &ctx.model.audiences[audience];
        let process = row.arrivals.process;
        let drawn = ctx.random.member_unit(process, Purpose::Repository, row.subject, u64::from(user));
        (audience, (drawn * f64::from(row.repositories)) as u32)
    }

    fn repository_of(launch: LaunchId, ctx: &Context<'_>) -> Repository {
        let row = &ctx.world.services().launches[launch];
        Self::repository(row.audience, row.user, ctx)
    }

    /// A user asks for a launch: the image first.
    fn begin(&mut self, launch: LaunchId, settings: &Settings, ctx: &mut Context<'_>) {
        let row = ctx.world.services().launches[launch];
        let share = ctx.model.audiences[row.audience].builds;
        let needs_build = share > 0.0 && ctx.random.unit(Purpose::Build, row.subject, 0) < share;
        match settings.build.filter(|_| needs_build) {
            Some(build) => self.builds.ask(launch, Self::repository_of(launch, ctx), build, ctx),
            None => Self::launch(launch, settings, ctx),
        }
    }

    /// The image is there: quotas, then the hub.
    fn launch(launch: LaunchId, settings: &Settings, ctx: &mut Context<'_>) {
        let repository = Self::repository_of(launch, ctx);
        if let Some(failure) = Self::refusal(repository, settings, ctx) {
            return ctx.world.fail_launch(launch, failure);
        }
        Self::ask(launch, settings, ctx);
    }

    fn refusal(repository: Repository, settings: &Settings, ctx: &Context<'_>) -> Option<LaunchFailure> {
        let higher = ctx.model.audiences[repository.0].high_quota;
        let per_repo = if higher { settings.per_repo_quota_higher } else { settings.per_repo_quota };
        if per_repo == u32::MAX && settings.pod_quota == u32::MAX {
            return None;
        }
        let (mut all, mut same) = (0, 0);
        for (_, row) in ctx.world.cluster().pods.iter() {
            let PodOwner::User(audience) = row.owner else { continue };
            all += 1;
            same += u32::from(
                audience == repository.0 && Self::repository(audience, row.ordinal, ctx) == repository,
            );
        }
        if all >= settings.pod_quota {
            Some(LaunchFailure::PodQuota)
        } else if same >= per_repo {
            Some(LaunchFailure::RepositoryQuota)
        } else {
            None
        }
    }

    /// Asks the hub, under a new name.
    fn ask(launch: LaunchId, settings: &Settings, ctx: &mut Context<'_>) {
        ctx.world.request_spawn(launch);
        let handle = ctx.world.services().launches.handle(launch);
        let spawn = ctx.world.services().launches[launch].spawns;
        let timeout = BinderEvent::TimeoutDue { launch, generation: handle.generation, spawn };
        ctx.after(settings.launch_timeout, timeout);
    }

    /// When BinderHub sees what has just happened to a spawn that it asked for at `asked_at`.
    fn sees_at(asked_at: SimTime, settings: &Settings, now: SimTime) -> SimTime {
        if !settings.polls {
            return now;
        }
        let mut at = asked_at;
        let mut polls = polling();
        while at < now {
            let Some(pause) = polls.next() else { return now };
            at += pause;
        }
        at
    }

    fn look(launch: LaunchId, settings: &Settings, ctx: &mut Context<'_>) {
        let asked_at = ctx.world.services().launches[launch].asked_at;
        let at = Self::sees_at(asked_at, settings, ctx.now);
        let handle = ctx.world.services().launches.handle(launch);
        ctx.at(at, BinderEvent::Noticed(handle));
    }

    fn server_ready(server: ServerId, settings: &Settings, ctx: &mut Context<'_>) {
        let launch = ctx.world.services().servers[server].launch;
        if let Some(launch) = launch.and_then(|handle| ctx.world.services().launches.resolve(handle)) {
            Self::look(launch, settings, ctx);
        }
    }

    /// It sees that the server answers, or that there is none.
    fn noticed(launch: LaunchId, settings: &Settings, ctx: &mut Context<'_>) {
        let row = ctx.world.services().launches[launch];
        let server = ctx.world.services().server_of(launch);
        let ready =
            server.is_some_and(|server| ctx.world.services().servers[server].state == ServerState::Ready);
        if ready {
            return ctx.world.succeed_launch(launch);
        }
        let failure = row.failure.unwrap_or(LaunchFailure::PodLost);
        if u32::from(row.spawns) >= settings.attempts {
            return ctx.world.fail_launch(launch, failure);
        }
        let doublings = u32::from(row.spawns).saturating_sub(1).min(20);
        let delay = settings.retry_delay.times(1 << doublings);
        let handle = ctx.world.services().launches.handle(launch);
        ctx.after(delay, BinderEvent::RetryDue(handle));
    }

    fn timeout(launch: Handle<LaunchId>, spawn: u16, ctx: &mut Context<'_>) {
        let Some(launch) = ctx.world.services().launches.resolve(launch) else { return };
        let row = ctx.world.services().launches[launch];
        // One that has failed already waits for its next try.
        if row.spawns == spawn && ctx.world.services().server_of(launch).is_some() {
            ctx.world.fail_spawn(launch, LaunchFailure::LaunchTimeout);
        }
    }

    fn build_over(&mut self, pod: PodId, succeeded: bool, settings: &Settings, ctx: &mut Context<'_>) {
        for handle in self.builds.over(pod, ctx) {
            let Some(launch) = ctx.world.services().launches.resolve(handle) else { continue };
            if succeeded {
                Self::launch(launch, settings, ctx);
            } else {
                ctx.world.fail_launch(launch, LaunchFailure::BuildFailed);
            }
        }
    }
}

impl Component for Binder {
    type Event = BinderEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: BinderEvent, ctx: &mut Context<'_>) {
        let Some(settings) = &ctx.model.binder else { return };
        let resolve = |handle, ctx: &Context<'_>| ctx.world.services().launches.resolve(handle);
        match event {
            BinderEvent::Noticed(handle) => {
                if let Some(launch) = resolve(handle, ctx) {
                    Self::noticed(launch, settings, ctx);
                }
            }
            BinderEvent::RetryDue(handle) => {
                if let Some(launch) = resolve(handle, ctx) {
                    Self::ask(launch, settings, ctx);
                }
            }
            BinderEvent::TimeoutDue { launch, generation, spawn } => {
                Self::timeout(Handle { id: launch, generation }, spawn, ctx);
            }
            BinderEvent::BuildTooOld(handle) => {
                if let Some(pod) = ctx.world.cluster().pods.resolve(handle) {
                    ctx.world.request_pod_deletion(pod);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        let Some(settings) = &ctx.model.binder else { return };
        match change {
            Change::LaunchStarted(launch) => self.begin(launch, settings, ctx),
            Change::SpawnFailed(launch) if ctx.world.services().launches.is_live(launch) => {
                Self::look(launch, settings, ctx);
            }
            Change::ServerReady(server) => Self::server_ready(server, settings, ctx),
            Change::PodEnded(pod) => self.build_over(pod, true, settings, ctx),
            Change::PodRemoved(pod) => self.build_over(pod, false, settings, ctx),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polling_ends_after_594_seconds() {
        let total: u64 = polling().map(SimDuration::as_micros).sum();
        assert_eq!((total + 500_000) / 1_000_000, 594, "the sum of min(1.4^i, 10) s for i below 64");
        let first: Vec<u64> = polling().take(8).map(|pause| pause.as_micros() / 1000).collect();
        assert_eq!(first, [1000, 1400, 1960, 2744, 3841, 5378, 7529, 10_000]);
    }
}

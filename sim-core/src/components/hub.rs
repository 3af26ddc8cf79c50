//! The hub: JupyterHub with KubeSpawner, from the launch to the answer and to the end of the record.
//!
//! A spawn: the launch is refused when too many are pending (HTTP 429) → a pod and a record → the pod
//! must run within the start timeout → the server must answer within the HTTP timeout → ready. On either
//! timeout the server is stopped, its pod deleted, the launch fails. A server whose pod went away is
//! noticed at the hub's next poll. A stop waits until the pod has gone, for the start timeout at most.
//!
//! The hub never looks at pods: it goes by what its reflector, a watch, lists. While that hears nothing,
//! no spawn ever succeeds; pods made since are not on the list, and a KubeSpawner before its pull request
//! 208 takes a pod that is not on the list for deleted: the record goes, the pod stays.
//!
//! Models: `concurrent_spawn_limit`, `active_server_limit`, `start_timeout`, `http_timeout`,
//! `poll_interval`, `consecutive_failure_limit` (exit 2 s after the last failure), `cleanup_servers` of
//! JupyterHub; KubeSpawner's reflector at f422420 (2018-07) and since (domain reference, section 10). A hub
//! that restarts checks its records, keeps ready servers and gives up pending spawns.
//! Leaves out: retries of the API, the time that `init_spawners` takes, named servers.

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::HubEvent;
use crate::ids::{Handle, Id, LaunchId, PodId, ServerId, ServiceId};
use crate::model::{self, DnsState, ReflectorState, UserProfile};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, LaunchFailure, NewPod, PodOwner, PodPhase, ServerState, StopReason};

/// JupyterHub handlers/base.py: `IOLoop.current().call_later(2, abort)`.
const EXIT_DELAY: SimDuration = SimDuration::from_secs(2);
/// What a client waits for an answer where the scenario does not say.
const REQUEST_TIMEOUT: SimDuration = SimDuration::from_secs(60);
/// How often a request that waits for a bounded resource looks again.
const LOOK_AGAIN: SimDuration = SimDuration::from_secs(1);
/// KubeSpawner reflector.py: pauses of 0.2 s that double until they would be longer than 30 s.
const REFLECTOR_GIVES_UP: SimDuration = SimDuration::from_millis(200 * 255);

/// The hub's process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hub {
    restarts: u64,
    /// The number of the process: what an earlier one intended is stale.
    life: u32,
    /// Spawns that failed since one succeeded.
    failures: u32,
}

impl Hub {
    /// A request for a server is on its way: it takes as long as the hub and what it depends on take to answer.
    fn ask(launch: LaunchId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let handle = ctx.world.services().launches.handle(launch);
        match Self::latency(hub, ctx) {
            Some(SimDuration::ZERO) => Self::spawn(launch, ctx),
            Some(latency) => ctx.after(latency, HubEvent::Reached(handle)),
            None => {
                let timeout = hub.slowdown.as_ref().map_or(REQUEST_TIMEOUT, |slowdown| slowdown.timeout);
                ctx.after(timeout, HubEvent::RequestTimeout(handle));
            }
        }
    }

    fn latency(hub: &model::Hub, ctx: &Context<'_>) -> Option<SimDuration> {
        let own = hub.slowdown.as_ref().map_or(Some(SimDuration::ZERO), |row| ctx.world.latency(row))?;
        let needed = hub.service.map(|service| ctx.model.services[service].depends_on.as_slice());
        needed
            .unwrap_or_default()
            .iter()
            .try_fold(own, |sum, other| Some(sum + ctx.world.service_latency(ctx.model, *other)?))
    }

    /// A bounded resource that a request needs and that is full: the request waits for a while, then it is refused.
    /// True when there is one.
    fn waits_for_limit(launch: LaunchId, hub: &model::Hub, ctx: &mut Context<'_>) -> bool {
        let full = hub.needs.iter().copied().find(|limit| ctx.world.is_full(ctx.model, *limit));
        let Some(limit) = full else { return false };
        let row = ctx.world.services().launches[launch];
        if ctx.now.since(row.asked_at) + LOOK_AGAIN <= ctx.model.limits[limit].wait {
            let handle = ctx.world.services().launches.handle(launch);
            ctx.after(LOOK_AGAIN, HubEvent::Reached(handle));
        } else {
            ctx.world.refuse_for(limit);
            ctx.world.fail_spawn(launch, LaunchFailure::LimitFull);
        }
        true
    }

    fn spawn(launch: LaunchId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let asked = ctx.world.services().launches[launch];
        // BinderHub asks for each try under a new name.
        let again = asked.spawns > 1;
        let subject = if again { member(asked.subject, u64::from(asked.spawns)) } else { asked.subject };
        if let Some(refusal) = Self::refusal(hub, subject, ctx) {
            ctx.world.fail_spawn(launch, refusal);
            return;
        }
        if Self::waits_for_limit(launch, hub, ctx) {
            return;
        }
        let pod = NewPod {
            class: Self::profile(hub, asked.audience, asked.user, ctx).class,
            owner: PodOwner::User(asked.audience),
            ordinal: asked.user,
            subject,
            lifetime: None,
            requests: None,
        };
        let pod = ctx.world.create_pod(ctx.model, pod);
        let server = ctx.world.create_server(launch, pod);
        let handle = ctx.world.services().servers.handle(server);
        ctx.after(hub.start_timeout, HubEvent::StartTimeout(handle));
    }

    /// The shape of pod that a user takes.
    fn profile<'m>(
        hub: &'m model::Hub,
        audience: crate::ids::AudienceId,
        user: u32,
        ctx: &Context<'m>,
    ) -> &'m UserProfile {
        let row = &ctx.model.audiences[audience];
        if row.profiles.is_empty() {
            return &hub.profile;
        }
        let drawn = ctx.random.unit(Purpose::Profile, member(row.subject, u64::from(user)), 0);
        let chosen = row.profiles.iter().find(|(up_to, _)| drawn < *up_to);
        chosen.map_or(&hub.profile, |(_, profile)| profile)
    }

    fn refusal(hub: &model::Hub, subject: u64, ctx: &Context<'_>) -> Option<LaunchFailure> {
        let services = ctx.world.services();
        if !services.hub_up {
            Some(LaunchFailure::HubDown)
        } else if !Self::gets_through(hub, subject, 0, ctx) {
            Some(LaunchFailure::ServiceDown)
        } else if services.spawning >= hub.concurrent_spawn_limit {
            Some(LaunchFailure::SpawnLimit)
        } else if services.spawning + services.ready >= hub.active_server_limit {
            Some(LaunchFailure::ServerLimit)
        } else {
            None
        }
    }

    /// Whether the services that the hub depends on answer, each by an endpoint that a draw chooses.
    fn gets_through(hub: &model::Hub, subject: u64, nth: u64, ctx: &Context<'_>) -> bool {
        let Some(service) = hub.service else { return true };
        let draw = |service: ServiceId| {
            ctx.random.unit(Purpose::Endpoint, member(subject, service.index() as u64), nth)
        };
        let needed = &ctx.model.services[service].depends_on;
        needed.iter().all(|other| ctx.world.service_answers(ctx.model, *other, &draw))
    }

    /// Whether the hub hears what becomes of pods.
    fn hears(ctx: &Context<'_>) -> bool {
        let services = ctx.world.services();
        services.hub_up && services.reflector == ReflectorState::Well
    }

    /// The hub sees that a pod runs and asks it for an answer.
    fn connect(server: ServerId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let row = ctx.world.services().servers[server];
        let Some(pod) = ctx.world.cluster().pods.resolve(row.pod) else { return };
        let Some(profile) = ctx.model.user_profile(ctx.world.cluster().pods[pod].class) else { return };
        ctx.world.connect_server(server);
        let handle = ctx.world.services().servers.handle(server);
        let start = profile.http_start.duration(ctx.random.unit(Purpose::HttpStart, row.subject, 0));
        if start <= hub.http_timeout {
            ctx.after(start, HubEvent::Answer(handle));
        }
        ctx.after(hub.http_timeout, HubEvent::HttpTimeout(handle));
    }

    fn pod_started(pod: PodId, ctx: &mut Context<'_>) {
        let Some(server) = Self::server_of(pod, ctx).filter(|_| Self::hears(ctx)) else { return };
        if ctx.world.services().servers[server].state == ServerState::Spawning {
            Self::connect(server, ctx);
        }
    }

    fn answer(&mut self, server: ServerId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let services = ctx.world.services();
        let row = &services.servers[server];
        let reachable = ctx.world.cluster().pods.resolve(row.pod).is_some_and(|pod| {
            let row = &ctx.world.cluster().pods[pod];
            let needs_dns = ctx.model.user_profile(row.class).is_some_and(|profile| profile.needs_dns);
            row.is_up()
                && row.node.is_some_and(|node| {
                    let health = ctx.world.cluster().nodes[node].health;
                    health.pods_answer() && (!needs_dns || health.dns == DnsState::Alive)
                })
        });
        if services.hub_up
            && row.state == ServerState::Connecting
            && reachable
            && Self::gets_through(hub, row.subject, 1, ctx)
        {
            self.failures = 0;
            ctx.world.server_ready(server);
        }
    }

    /// A spawn has failed; too many in a row and the hub exits.
    fn spawn_failed(&mut self, server: ServerId, failure: LaunchFailure, ctx: &mut Context<'_>) {
        Self::give_up(server, failure, ctx);
        self.failures += 1;
        let Some(hub) = &ctx.model.hub else { return };
        if self.failures >= hub.consecutive_failure_limit {
            ctx.after(EXIT_DELAY, HubEvent::Exit { life: self.life });
        }
        if hub.reflector.restarts_when_suspicious && failure == LaunchFailure::StartTimeout {
            ctx.after(SimDuration::ZERO, HubEvent::WatchRestarted);
        }
    }

    fn give_up(server: ServerId, failure: LaunchFailure, ctx: &mut Context<'_>) {
        let row = ctx.world.services().servers[server];
        if let Some(launch) = row.launch.and_then(|handle| ctx.world.services().launches.resolve(handle)) {
            ctx.world.fail_spawn(launch, failure);
        }
        if let Some(pod) = ctx.world.cluster().pods.resolve(row.pod) {
            ctx.world.mark_spawn_failed(pod);
        }
        ctx.world.stop_server(server, StopReason::SpawnFailed);
    }

    /// Stopping a server means deleting its pod and waiting for it to go from the list. Without a pod the
    /// record goes at once; so it does without one on the list.
    fn stop(server: ServerId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let row = ctx.world.services().servers[server];
        let Some(pod) = ctx.world.cluster().pods.resolve(row.pod) else {
            return ctx.world.remove_server(server);
        };
        if row.listed {
            ctx.world.request_pod_deletion(pod);
            let handle = ctx.world.services().servers.handle(server);
            ctx.after(hub.start_timeout, HubEvent::StopTimeout(handle));
        } else {
            if hub.deletes_unlisted_pods {
                ctx.world.request_pod_deletion(pod);
            }
            ctx.world.remove_server(server);
        }
    }

    /// The pod did not leave the list: what was a server counts as one again, what never was one goes.
    fn stop_timed_out(server: ServerId, ctx: &mut Context<'_>) {
        let row = ctx.world.services().servers[server];
        if row.state != ServerState::Stopping || !ctx.world.services().hub_up {
            return;
        }
        if row.ready_at == SimTime::MAX {
            ctx.world.remove_server(server);
        } else {
            ctx.world.fail_stop(server);
        }
    }

    fn pod_gone(&mut self, server: ServerId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        ctx.world.set_listed(server, false);
        let row = ctx.world.services().servers[server];
        match row.state {
            ServerState::Stopping => ctx.world.remove_server(server),
            ServerState::Spawning | ServerState::Connecting => {
                self.spawn_failed(server, LaunchFailure::PodLost, ctx);
            }
            ServerState::Ready => {
                let noticed = ctx.now.next_multiple(row.ready_at, hub.poll_interval);
                let handle = ctx.world.services().servers.handle(server);
                ctx.at(noticed, HubEvent::PollDue(handle));
            }
        }
    }

    fn server_of(pod: PodId, ctx: &Context<'_>) -> Option<ServerId> {
        let handle = ctx.world.cluster().pods[pod].server?;
        ctx.world.services().servers.resolve(handle)
    }

    fn servers(ctx: &Context<'_>, wanted: impl Fn(ServerState) -> bool) -> Vec<ServerId> {
        let servers = ctx.world.services().servers.iter().filter(|(_, row)| wanted(row.state));
        servers.map(|(server, _)| server).collect()
    }

    fn is_pending(state: ServerState) -> bool {
        matches!(state, ServerState::Spawning | ServerState::Connecting)
    }

    /// The reflector lists all pods afresh: the hub learns what it has missed.
    fn list_afresh(&mut self, ctx: &mut Context<'_>) {
        for server in Self::servers(ctx, |_| true) {
            let row = ctx.world.services().servers[server];
            let Some(pod) = ctx.world.cluster().pods.resolve(row.pod) else {
                self.pod_gone(server, ctx);
                continue;
            };
            ctx.world.set_listed(server, true);
            let runs = ctx.world.cluster().pods[pod].phase == PodPhase::Running;
            if runs && row.state == ServerState::Spawning {
                Self::connect(server, ctx);
            }
        }
    }

    /// Something became of the reflector.
    fn reflector_changed(&mut self, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        match ctx.world.services().reflector {
            ReflectorState::Well => self.list_afresh(ctx),
            ReflectorState::Hung if hub.reflector.restart_every < SimDuration::MAX => {
                let at = ctx.now.next_multiple(SimTime::ZERO, hub.reflector.restart_every);
                ctx.at(at, HubEvent::WatchRestarted);
            }
            ReflectorState::Hung => {}
            ReflectorState::Lost => ctx.after(REFLECTOR_GIVES_UP, HubEvent::Exit { life: self.life }),
        }
    }

    /// The old hub is gone: nobody waits for it any longer. The new one takes a while.
    fn go_down(&mut self, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        self.life += 1;
        self.failures = 0;
        for server in Self::servers(ctx, Self::is_pending) {
            let launch = ctx.world.services().servers[server].launch;
            if let Some(launch) = launch.and_then(|handle| ctx.world.services().launches.resolve(handle)) {
                ctx.world.fail_spawn(launch, LaunchFailure::HubRestarted);
            }
        }
        if hub.service.is_some() {
            // It comes back with its pods.
            return;
        }
        Self::clean_up(hub, ctx);
        self.restarts += 1;
        let delay = hub.restart.duration(ctx.random.unit(Purpose::HubRestart, member(0, self.restarts), 0));
        ctx.after(delay, HubEvent::Restarted);
    }

    /// A hub that is told to go takes its servers along, if it is to.
    fn clean_up(hub: &model::Hub, ctx: &mut Context<'_>) {
        if hub.cleanup_servers {
            for server in Self::servers(ctx, |_| true) {
                ctx.world.stop_server(server, StopReason::Shutdown);
            }
        }
    }

    /// Somebody wants a pod of the hub itself to go: it is told, and has time to clean up.
    fn told_to_go(pod: PodId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let Some(service) = hub.service else { return };
        let of_hub = PodOwner::Workload(ctx.model.services[service].selects);
        let row = &ctx.world.cluster().pods[pod];
        let heard = row.node.is_some_and(|node| ctx.world.cluster().nodes[node].health.is_heard());
        if row.owner == of_hub && row.phase == PodPhase::Running && heard {
            Self::clean_up(hub, ctx);
        }
    }

    /// The new hub checks its records: pods that are gone, and spawns that nobody waits for.
    fn come_up(ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        for server in Self::servers(ctx, |_| true) {
            let row = ctx.world.services().servers[server];
            if !hub.keeps_database {
                ctx.world.forget_server(server);
                continue;
            }
            let pod = ctx.world.cluster().pods.resolve(row.pod);
            ctx.world.set_listed(server, pod.is_some());
            match row.state {
                state if Self::is_pending(state) => Self::give_up(server, LaunchFailure::HubRestarted, ctx),
                ServerState::Ready if pod.is_none() => ctx.world.stop_server(server, StopReason::PodGone),
                ServerState::Stopping if pod.is_none() => ctx.world.remove_server(server),
                _ => {}
            }
        }
    }

    fn server_due(&mut self, event: HubEvent, handle: Handle<ServerId>, ctx: &mut Context<'_>) {
        let Some(server) = ctx.world.services().servers.resolve(handle) else { return };
        let state = ctx.world.services().servers[server].state;
        let hub_up = ctx.world.services().hub_up;
        match event {
            HubEvent::StartTimeout(_) if state == ServerState::Spawning && hub_up => {
                self.spawn_failed(server, LaunchFailure::StartTimeout, ctx);
            }
            HubEvent::HttpTimeout(_) if state == ServerState::Connecting && hub_up => {
                self.spawn_failed(server, LaunchFailure::HttpTimeout, ctx);
            }
            HubEvent::Answer(_) => self.answer(server, ctx),
            HubEvent::PollDue(_) if hub_up => ctx.world.stop_server(server, StopReason::PodGone),
            HubEvent::StopTimeout(_) => Self::stop_timed_out(server, ctx),
            _ => {}
        }
    }
}

impl Component for Hub {
    type Event = HubEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: HubEvent, ctx: &mut Context<'_>) {
        match event {
            HubEvent::StartTimeout(handle)
            | HubEvent::Answer(handle)
            | HubEvent::HttpTimeout(handle)
            | HubEvent::StopTimeout(handle)
            | HubEvent::PollDue(handle) => self.server_due(event, handle, ctx),
            HubEvent::Reached(handle) => {
                if let Some(launch) = ctx.world.services().launches.resolve(handle) {
                    Self::spawn(launch, ctx);
                }
            }
            HubEvent::RequestTimeout(handle) => {
                if let Some(launch) = ctx.world.services().launches.resolve(handle) {
                    ctx.world.fail_spawn(launch, LaunchFailure::ServiceDown);
                }
            }
            HubEvent::Restarted => ctx.world.start_hub(),
            HubEvent::WatchRestarted => {
                if ctx.world.services().reflector == ReflectorState::Hung {
                    ctx.world.set_reflector(ReflectorState::Well);
                }
            }
            HubEvent::Exit { life } => {
                if life == self.life && ctx.world.services().hub_up {
                    ctx.world.restart_hub(ctx.model);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::LaunchStarted(launch) if ctx.model.binder.is_none() => Self::ask(launch, ctx),
            Change::SpawnRequested(launch) => Self::ask(launch, ctx),
            Change::PodStarted(pod) => Self::pod_started(pod, ctx),
            // A pod that failed is as good as gone.
            Change::PodEnded(pod) if ctx.world.cluster().pods[pod].failure.is_none() => {}
            Change::PodRemoved(pod) | Change::PodEnded(pod) if Self::hears(ctx) => {
                if let Some(server) = Self::server_of(pod, ctx) {
                    self.pod_gone(server, ctx);
                }
            }
            Change::PodDeletionRequested(pod) => Self::told_to_go(pod, ctx),
            Change::ServerStopping(server) => Self::stop(server, ctx),
            Change::ReflectorChanged => self.reflector_changed(ctx),
            Change::HubStopped => self.go_down(ctx),
            Change::HubStarted => Self::come_up(ctx),
            _ => {}
        }
    }
}

//! The hub: JupyterHub with KubeSpawner, from the launch to the answer and to the end of the record.
//!
//! A spawn: the launch is refused when too many are pending (HTTP 429) → a pod and a record → the pod
//! must run within the start timeout → the server must answer within the HTTP timeout → ready. On either
//! timeout the server is stopped, its pod deleted, the launch fails. A server whose pod went away is
//! noticed at the hub's next poll.
//!
//! Models: `concurrent_spawn_limit`, `active_server_limit`, `start_timeout`, `http_timeout`,
//! `poll_interval` of JupyterHub 0.8 (domain reference, section 10). A hub that restarts keeps ready
//! servers and gives up pending spawns.
//! Leaves out: the reflector, the database, retries of the API, the hub's own CPU and pod.

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::HubEvent;
use crate::ids::{Id, LaunchId, PodId, ServerId, ServiceId};
use crate::model::{self, DnsState};
use crate::world::{Change, LaunchFailure, NewPod, PodOwner, ServerState, StopReason};

/// The hub's process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hub {
    restarts: u64,
}

impl Hub {
    fn spawn(launch: LaunchId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let asked = ctx.world.services().launches[launch];
        if let Some(refusal) = Self::refusal(hub, asked.subject, ctx) {
            ctx.world.fail_launch(launch, refusal);
            return;
        }
        let pod = NewPod {
            class: hub.class,
            owner: PodOwner::User(asked.audience),
            ordinal: asked.user,
            subject: asked.subject,
            lifetime: None,
            requests: None,
        };
        let pod = ctx.world.create_pod(ctx.model, pod);
        let server = ctx.world.create_server(launch, pod);
        let handle = ctx.world.services().servers.handle(server);
        ctx.after(hub.start_timeout, HubEvent::StartTimeout(handle));
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

    /// The hub sees that a pod runs and asks it for an answer.
    fn connect(pod: PodId, ctx: &mut Context<'_>) {
        let (Some(hub), Some(server)) = (&ctx.model.hub, Self::server_of(pod, ctx)) else { return };
        let row = ctx.world.services().servers[server];
        if !ctx.world.services().hub_up || row.state != ServerState::Spawning {
            return;
        }
        ctx.world.connect_server(server);
        let handle = ctx.world.services().servers.handle(server);
        let start = hub.http_start.duration(ctx.random.unit(Purpose::HttpStart, row.subject, 0));
        if start <= hub.http_timeout {
            ctx.after(start, HubEvent::Answer(handle));
        }
        ctx.after(hub.http_timeout, HubEvent::HttpTimeout(handle));
    }

    fn answer(server: ServerId, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        let services = ctx.world.services();
        let row = &services.servers[server];
        let reachable = ctx.world.cluster().pods.resolve(row.pod).is_some_and(|pod| {
            let row = &ctx.world.cluster().pods[pod];
            row.is_up()
                && row.node.is_some_and(|node| {
                    let health = ctx.world.cluster().nodes[node].health;
                    health.pods_answer() && (!hub.needs_dns || health.dns == DnsState::Alive)
                })
        });
        let through = |hub| Self::gets_through(hub, row.subject, 1, ctx);
        if services.hub_up
            && row.state == ServerState::Connecting
            && reachable
            && ctx.model.hub.as_ref().is_some_and(through)
        {
            ctx.world.server_ready(server);
        }
    }

    fn give_up(server: ServerId, failure: LaunchFailure, ctx: &mut Context<'_>) {
        let row = ctx.world.services().servers[server];
        if let Some(launch) = row.launch.and_then(|handle| ctx.world.services().launches.resolve(handle)) {
            ctx.world.fail_launch(launch, failure);
        }
        if let Some(pod) = ctx.world.cluster().pods.resolve(row.pod) {
            ctx.world.mark_spawn_failed(pod);
        }
        ctx.world.stop_server(server, StopReason::SpawnFailed);
    }

    /// Stopping a server means deleting its pod; without one the record goes at once.
    fn stop(server: ServerId, ctx: &mut Context<'_>) {
        let row = ctx.world.services().servers[server];
        match ctx.world.cluster().pods.resolve(row.pod) {
            Some(pod) => ctx.world.request_pod_deletion(pod),
            None => ctx.world.remove_server(server),
        }
    }

    fn pod_gone(pod: PodId, ctx: &mut Context<'_>) {
        let (Some(hub), Some(server)) = (&ctx.model.hub, Self::server_of(pod, ctx)) else { return };
        let row = ctx.world.services().servers[server];
        match row.state {
            ServerState::Stopping => ctx.world.remove_server(server),
            ServerState::Spawning | ServerState::Connecting => {
                Self::give_up(server, LaunchFailure::PodLost, ctx)
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

    fn pending_spawns(ctx: &Context<'_>) -> Vec<ServerId> {
        let pending = |state| matches!(state, ServerState::Spawning | ServerState::Connecting);
        ctx.world
            .services()
            .servers
            .iter()
            .filter(|(_, row)| pending(row.state))
            .map(|(server, _)| server)
            .collect()
    }

    /// The old hub is gone: nobody waits for it any longer. The new one takes a while.
    fn go_down(&mut self, ctx: &mut Context<'_>) {
        let Some(hub) = &ctx.model.hub else { return };
        for server in Self::pending_spawns(ctx) {
            let launch = ctx.world.services().servers[server].launch;
            if let Some(launch) = launch.and_then(|handle| ctx.world.services().launches.resolve(handle)) {
                ctx.world.fail_launch(launch, LaunchFailure::HubRestarted);
            }
        }
        if hub.service.is_some() {
            // It comes back with its pods.
            return;
        }
        self.restarts += 1;
        let delay = hub.restart.duration(ctx.random.unit(Purpose::HubRestart, member(0, self.restarts), 0));
        ctx.after(delay, HubEvent::Restarted);
    }

    /// The new hub finds spawns that nobody waits for and stops them.
    fn come_up(ctx: &mut Context<'_>) {
        for server in Self::pending_spawns(ctx) {
            Self::give_up(server, LaunchFailure::HubRestarted, ctx);
        }
    }
}

impl Component for Hub {
    type Event = HubEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: HubEvent, ctx: &mut Context<'_>) {
        let (HubEvent::StartTimeout(handle)
        | HubEvent::Answer(handle)
        | HubEvent::HttpTimeout(handle)
        | HubEvent::PollDue(handle)) = event
        else {
            return ctx.world.start_hub();
        };
        let Some(server) = ctx.world.services().servers.resolve(handle) else { return };
        let state = ctx.world.services().servers[server].state;
        match event {
            HubEvent::StartTimeout(_) if state == ServerState::Spawning && ctx.world.services().hub_up => {
                Self::give_up(server, LaunchFailure::StartTimeout, ctx);
            }
            HubEvent::HttpTimeout(_) if state == ServerState::Connecting && ctx.world.services().hub_up => {
                Self::give_up(server, LaunchFailure::HttpTimeout, ctx);
            }
            HubEvent::Answer(_) => Self::answer(server, ctx),
            HubEvent::PollDue(_) => ctx.world.stop_server(server, StopReason::PodGone),
            HubEvent::StartTimeout(_) | HubEvent::HttpTimeout(_) | HubEvent::Restarted => {}
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::LaunchStarted(launch) => Self::spawn(launch, ctx),
            Change::PodStarted(pod) => Self::connect(pod, ctx),
            // A pod that failed is as good as gone.
            Change::PodRemoved(pod) => Self::pod_gone(pod, ctx),
            Change::PodEnded(pod) if ctx.world.cluster().pods[pod].failure.is_some() => {
                Self::pod_gone(pod, ctx);
            }
            Change::ServerStopping(server) => Self::stop(server, ctx),
            Change::HubStopped => self.go_down(ctx),
            Change::HubStarted => Self::come_up(ctx),
            _ => {}
        }
    }
}

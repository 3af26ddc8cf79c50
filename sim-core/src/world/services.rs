//! What runs on the cluster and knows users: launches that wait, server records of the hub, and
//! whether hub and culler are up.
//!
//! The life of a launch: a user asks and waits → it succeeds when the server answers, or fails; then
//! the row is gone. The life of a server record: created with its pod, spawn pending → ready → stopping
//! → gone. A record and its pod end independently of each other: that is how pods leak.

use super::{Change, World};
use crate::ids::{AudienceId, Handle, IdVec, LaunchId, PodId, ServerId, Slots};
use crate::model::Model;
use crate::time::SimTime;

/// The hub's records and the users that wait.
#[derive(Clone, Debug)]
pub struct Services {
    /// Users that wait for a server.
    pub launches: Slots<LaunchId, Launch>,
    /// Records of the hub's database.
    pub servers: Slots<ServerId, Server>,
    /// Servers whose spawn is pending: what the concurrent spawn limit counts.
    pub spawning: u32,
    /// Servers that answer.
    pub ready: u32,
    /// Whether the hub answers.
    pub hub_up: bool,
    /// Whether the culler's process hangs.
    pub culler_stalled: bool,
    /// Users that wait, by audience.
    pub waiting: IdVec<AudienceId, u32>,
}

/// A user that waits for a server.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Whose user.
    pub audience: AudienceId,
    /// Which user, by order of arrival.
    pub user: u32,
    /// The number of this try, from 1.
    pub attempt: u16,
    /// Stable subject of its draws.
    pub subject: u64,
    /// When the user asked.
    pub started_at: SimTime,
    /// The record made for it.
    pub server: Option<Handle<ServerId>>,
    /// Why it failed, once it has.
    pub failure: Option<LaunchFailure>,
}

/// Why a launch failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LaunchFailure {
    /// The hub did not answer.
    HubDown,
    /// Another service that a launch needs did not answer.
    ServiceDown,
    /// The hub restarted while the spawn was pending.
    HubRestarted,
    /// Too many spawns in flight: HTTP 429.
    SpawnLimit,
    /// Too many servers: HTTP 429.
    ServerLimit,
    /// The pod was not running in time.
    StartTimeout,
    /// The server did not answer in time: "pod never showed up".
    HttpTimeout,
    /// The pod went away before its server answered.
    PodLost,
}

/// A record of the hub's database.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    /// Whose user.
    pub audience: AudienceId,
    /// Which user.
    pub user: u32,
    /// Stable subject of its draws: the launch's.
    pub subject: u64,
    /// How far it is.
    pub state: ServerState,
    /// The launch that waits for it, while one does.
    pub launch: Option<Handle<LaunchId>>,
    /// Its pod.
    pub pod: Handle<PodId>,
    /// When the record was made.
    pub created_at: SimTime,
    /// When it answered first; [`SimTime::MAX`] until then.
    pub ready_at: SimTime,
    /// Until when there is traffic; [`SimTime::MAX`]: an open tab for ever.
    pub active_until: SimTime,
    /// Why it is being stopped, once it is.
    pub stop_reason: Option<StopReason>,
}

/// How far a server is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerState {
    /// The hub waits for the pod to run.
    Spawning,
    /// The pod runs; the hub waits for an answer.
    Connecting,
    /// It answers.
    Ready,
    /// The hub waits for the pod to go.
    Stopping,
}

/// Why a server is stopped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StopReason {
    /// The spawn failed.
    SpawnFailed,
    /// Idle or too old.
    Culled,
    /// The hub noticed that its pod is gone.
    PodGone,
}

impl Services {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            launches: Slots::new(),
            servers: Slots::new(),
            spawning: 0,
            ready: 0,
            hub_up: model.hub.as_ref().is_some_and(|hub| hub.service.is_none()),
            culler_stalled: false,
            waiting: model.audiences.iter().map(|_| 0).collect(),
        }
    }

    pub(super) fn recycle(&mut self) {
        self.launches.recycle();
        self.servers.recycle();
    }

    pub(super) fn is_spawning(state: ServerState) -> bool {
        matches!(state, ServerState::Spawning | ServerState::Connecting)
    }

    fn set_state(&mut self, server: ServerId, state: ServerState) {
        let row = &mut self.servers[server];
        let was = core::mem::replace(&mut row.state, state);
        self.spawning =
            self.spawning + u32::from(Self::is_spawning(state)) - u32::from(Self::is_spawning(was));
        self.ready =
            self.ready + u32::from(state == ServerState::Ready) - u32::from(was == ServerState::Ready);
    }
}

impl World {
    /// A user asks for a server and waits. Leaves [`Change::LaunchStarted`].
    pub fn start_launch(&mut self, audience: AudienceId, user: u32, attempt: u16, subject: u64) -> LaunchId {
        let launch = self.services.launches.insert(Launch {
            audience,
            user,
            attempt,
            subject,
            started_at: self.now,
            server: None,
            failure: None,
        });
        self.services.waiting[audience] += 1;
        self.feed.push(Change::LaunchStarted(launch));
        launch
    }

    /// The wait is in vain. Leaves [`Change::LaunchFailed`].
    pub fn fail_launch(&mut self, launch: LaunchId, failure: LaunchFailure) {
        self.services.launches[launch].failure = Some(failure);
        self.end_launch(launch);
        self.feed.push(Change::LaunchFailed(launch));
    }

    /// The hub makes a server record with its pod. Leaves [`Change::ServerCreated`].
    pub fn create_server(&mut self, launch: LaunchId, pod: PodId) -> ServerId {
        let handle = self.services.launches.handle(launch);
        let asked = self.services.launches[launch];
        let server = self.services.servers.insert(Server {
            audience: asked.audience,
            user: asked.user,
            subject: asked.subject,
            state: ServerState::Spawning,
            launch: Some(handle),
            pod: self.cluster.pods.handle(pod),
            created_at: self.now,
            ready_at: SimTime::MAX,
            active_until: self.now,
            stop_reason: None,
        });
        let handle = self.services.servers.handle(server);
        self.services.spawning += 1;
        self.services.launches[launch].server = Some(handle);
        self.cluster.pods[pod].server = Some(handle);
        self.feed.push(Change::ServerCreated(server));
        server
    }

    /// The pod runs; the hub waits for an answer.
    pub fn connect_server(&mut self, server: ServerId) {
        assert_eq!(self.services.servers[server].state, ServerState::Spawning, "a server connects once");
        self.services.set_state(server, ServerState::Connecting);
    }

    /// The server answers: its launch succeeds. Leaves [`Change::ServerReady`] and, if a user still
    /// waits, [`Change::LaunchSucceeded`].
    pub fn server_ready(&mut self, server: ServerId) {
        assert_eq!(self.services.servers[server].state, ServerState::Connecting, "a server answers once");
        self.services.set_state(server, ServerState::Ready);
        let row = &mut self.services.servers[server];
        row.ready_at = self.now;
        row.active_until = self.now;
        let waiting = row.launch.take().and_then(|handle| self.services.launches.resolve(handle));
        self.feed.push(Change::ServerReady(server));
        if let Some(launch) = waiting {
            self.end_launch(launch);
            self.feed.push(Change::LaunchSucceeded(launch));
        }
    }

    /// The user of a ready server will cause traffic until `until`.
    pub fn set_active_until(&mut self, server: ServerId, until: SimTime) {
        self.services.servers[server].active_until = until;
    }

    /// Somebody wants the server stopped. Does nothing when it is being stopped already. Leaves
    /// [`Change::ServerStopping`].
    pub fn stop_server(&mut self, server: ServerId, reason: StopReason) {
        if self.services.servers[server].state != ServerState::Stopping {
            self.services.set_state(server, ServerState::Stopping);
            self.services.servers[server].stop_reason = Some(reason);
            self.feed.push(Change::ServerStopping(server));
        }
    }

    /// The record goes. Leaves [`Change::ServerRemoved`].
    pub fn remove_server(&mut self, server: ServerId) {
        assert_eq!(
            self.services.servers[server].state,
            ServerState::Stopping,
            "a record goes after its server"
        );
        self.services.servers.retire(server);
        self.feed.push(Change::ServerRemoved(server));
    }

    /// The hub does not answer any more. Leaves [`Change::HubStopped`].
    pub fn stop_hub(&mut self) {
        if core::mem::replace(&mut self.services.hub_up, false) {
            self.feed.push(Change::HubStopped);
        }
    }

    /// The hub answers again, and its culler starts with it. Leaves [`Change::HubStarted`].
    pub fn start_hub(&mut self) {
        if !core::mem::replace(&mut self.services.hub_up, true) {
            self.services.culler_stalled = false;
            self.feed.push(Change::HubStarted);
        }
    }

    /// The culler's process hangs. Leaves [`Change::CullerStalled`].
    pub fn stall_culler(&mut self) {
        if !core::mem::replace(&mut self.services.culler_stalled, true) {
            self.feed.push(Change::CullerStalled);
        }
    }

    /// The last traffic to a ready server that the hub's proxy saw. The proxy counts a request when it
    /// arrives, so a tab that polls a pod nobody can reach keeps its server from idling.
    pub fn last_activity(&self, server: ServerId) -> SimTime {
        let row = &self.services.servers[server];
        row.active_until.min(self.now).max(row.created_at)
    }

    fn end_launch(&mut self, launch: LaunchId) {
        let row = self.services.launches[launch];
        self.services.waiting[row.audience] -= 1;
        if let Some(server) = row.server.and_then(|handle| self.services.servers.resolve(handle)) {
            self.services.servers[server].launch = None;
        }
        self.services.launches.retire(launch);
    }
}

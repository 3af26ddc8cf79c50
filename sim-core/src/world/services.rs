//! What runs on the cluster and knows users: launches that wait, server records of the hub, and
//! whether hub and culler are up.
//!
//! The life of a launch: a user asks and waits → it succeeds when the server answers, or fails; then
//! the row is gone. The life of a server record: created with its pod, spawn pending → ready → stopping
//! → gone. A record and its pod end independently of each other: that is how pods leak.

use super::{Change, LimitState, World};
use crate::ids::{AudienceId, Handle, IdVec, LaunchId, LimitId, PodId, ServerId, Slots};
use crate::model::{Model, ReflectorState};
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
    /// The watch by which the hub knows its pods.
    pub reflector: ReflectorState,
    /// Bounded resources as they stand.
    pub limits: IdVec<LimitId, LimitState>,
    /// Users in the hub's database.
    pub users: u32,
    /// Whether somebody in front of the hub decides what becomes of a launch whose spawn failed.
    has_binder: bool,
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
    /// Spawns that the hub was asked for on its behalf, the one under way included.
    pub spawns: u16,
    /// When the hub was asked last.
    pub asked_at: SimTime,
    /// The record made for it last; what it came to can be told from it after the launch is over.
    /// [`Services::server_of`] is the one that still is to serve it.
    pub server: Option<Handle<ServerId>>,
    /// Why it failed, once it has; why its last spawn failed, if one did.
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
    /// Too many pods of the same repository.
    RepositoryQuota,
    /// Too many user pods.
    PodQuota,
    /// The image could not be built.
    BuildFailed,
    /// It took longer than BinderHub waits.
    LaunchTimeout,
    /// Something that there is only so much of is used up.
    LimitFull,
    /// The user went away.
    GivenUp,
}

impl LaunchFailure {
    /// Whether the answer was HTTP 429, which says when to come back.
    pub const fn says_when_to_come_back(self) -> bool {
        matches!(self, Self::SpawnLimit | Self::ServerLimit)
    }

    /// Whether the connection broke, or there was none: a page that is open connects again by itself.
    pub const fn breaks_connections(self) -> bool {
        matches!(self, Self::HubDown | Self::HubRestarted | Self::ServiceDown)
    }
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
    /// Until when somebody works: traffic other than that of an open tab.
    pub worked_until: SimTime,
    /// Whether the hub's reflector lists its pod.
    pub listed: bool,
    /// Whether a user still waited when it answered: nobody works on any other.
    pub attended: bool,
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
    /// The hub is shut down.
    Shutdown,
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
            reflector: ReflectorState::Well,
            users: 0,
            limits: model
                .limits
                .iter()
                .map(|limit| LimitState { capacity: limit.capacity, ..LimitState::default() })
                .collect(),
            has_binder: model.binder.is_some(),
            waiting: model.audiences.iter().map(|_| 0).collect(),
        }
    }

    pub(super) fn recycle(&mut self) {
        self.launches.recycle();
        self.servers.recycle();
    }

    /// The server that a launch waits for, or got.
    pub fn server_of(&self, launch: LaunchId) -> Option<ServerId> {
        let server = self.servers.resolve(self.launches[launch].server?)?;
        (self.servers[server].launch == Some(self.launches.handle(launch))).then_some(server)
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
            spawns: 0,
            asked_at: self.now,
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

    /// Somebody in front of the hub asks it for a server. Leaves [`Change::SpawnRequested`].
    pub fn request_spawn(&mut self, launch: LaunchId) {
        let row = &mut self.services.launches[launch];
        row.spawns = row.spawns.saturating_add(1);
        row.asked_at = self.now;
        self.feed.push(Change::SpawnRequested(launch));
    }

    /// The hub has no server for a launch: it failed, unless somebody in front of the hub tries again. Leaves
    /// [`Change::LaunchFailed`] or [`Change::SpawnFailed`].
    pub fn fail_spawn(&mut self, launch: LaunchId, failure: LaunchFailure) {
        if !self.services.has_binder {
            return self.fail_launch(launch, failure);
        }
        self.services.launches[launch].failure = Some(failure);
        self.part_from_server(launch);
        self.feed.push(Change::SpawnFailed(launch));
    }

    /// The user's wait is over. Leaves [`Change::LaunchSucceeded`].
    pub fn succeed_launch(&mut self, launch: LaunchId) {
        self.end_launch(launch);
        self.feed.push(Change::LaunchSucceeded(launch));
    }

    /// The hub makes a server record with its pod. Leaves [`Change::ServerCreated`].
    pub fn create_server(&mut self, launch: LaunchId, pod: PodId) -> ServerId {
        let handle = self.services.launches.handle(launch);
        let asked = self.services.launches[launch];
        let server = self.services.servers.insert(Server {
            audience: asked.audience,
            user: asked.user,
            subject: self.cluster.pods[pod].subject,
            state: ServerState::Spawning,
            launch: Some(handle),
            pod: self.cluster.pods.handle(pod),
            created_at: self.now,
            ready_at: SimTime::MAX,
            active_until: self.now,
            worked_until: self.now,
            listed: self.services.reflector == ReflectorState::Well,
            attended: false,
            stop_reason: None,
        });
        let handle = self.services.servers.handle(server);
        self.services.spawning += 1;
        self.services.users += 1;
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
        let launch = self.services.servers[server].launch;
        let waiting = launch.and_then(|handle| self.services.launches.resolve(handle));
        let row = &mut self.services.servers[server];
        row.ready_at = self.now;
        row.active_until = self.now;
        row.worked_until = self.now;
        row.attended = waiting.is_some();
        self.feed.push(Change::ServerReady(server));
        // BinderHub finds out by itself.
        if let Some(launch) = waiting.filter(|_| !self.services.has_binder) {
            self.services.servers[server].launch = None;
            self.succeed_launch(launch);
        }
    }

    /// The user of a ready server will work until `worked_until` and cause traffic until `active_until`.
    pub fn set_activity(&mut self, server: ServerId, worked_until: SimTime, active_until: SimTime) {
        let row = &mut self.services.servers[server];
        row.worked_until = worked_until;
        row.active_until = active_until;
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

    /// The hub gives up waiting for the pod to go, and takes the server for a running one again. Leaves
    /// [`Change::ServerStopFailed`].
    pub fn fail_stop(&mut self, server: ServerId) {
        assert_eq!(self.services.servers[server].state, ServerState::Stopping, "only a stop can fail");
        self.services.set_state(server, ServerState::Ready);
        self.feed.push(Change::ServerStopFailed(server));
    }

    /// The hub has its pod on the list, or not.
    pub fn set_listed(&mut self, server: ServerId, listed: bool) {
        self.services.servers[server].listed = listed;
    }

    /// The record is lost with the database, whatever becomes of its pod. Leaves [`Change::ServerRemoved`].
    pub fn forget_server(&mut self, server: ServerId) {
        self.services.set_state(server, ServerState::Stopping);
        self.remove_server(server);
    }

    /// Users are deleted from the hub's database.
    pub fn delete_users(&mut self, count: u32) {
        self.services.users = self.services.users.saturating_sub(count);
    }

    /// Something becomes of the watch by which the hub knows its pods. Leaves [`Change::ReflectorChanged`].
    pub fn set_reflector(&mut self, state: ReflectorState) {
        if core::mem::replace(&mut self.services.reflector, state) != state {
            self.feed.push(Change::ReflectorChanged);
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
            self.services.reflector = ReflectorState::Well;
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

    /// The last time somebody worked on a server, an open tab aside.
    pub fn last_work(&self, server: ServerId) -> SimTime {
        let row = &self.services.servers[server];
        row.worked_until.min(self.now).max(row.created_at)
    }

    /// The hub's process ends: its pods are deleted, or it goes down where it has none.
    pub fn restart_hub(&mut self, model: &Model) {
        let Some(service) = model.hub.as_ref().and_then(|hub| hub.service) else {
            return self.stop_hub();
        };
        let pods: Vec<PodId> = self.pods_of(model.services[service].selects).map(|(pod, _)| pod).collect();
        for pod in pods {
            self.request_pod_deletion(pod);
        }
    }

    fn end_launch(&mut self, launch: LaunchId) {
        self.services.waiting[self.services.launches[launch].audience] -= 1;
        self.part_from_server(launch);
        self.services.launches.retire(launch);
    }

    fn part_from_server(&mut self, launch: LaunchId) {
        if let Some(server) = self.services.server_of(launch) {
            self.services.servers[server].launch = None;
        }
    }
}

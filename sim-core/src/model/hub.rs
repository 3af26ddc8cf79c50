//! JupyterHub, its culler, and BinderHub in front of it, with every setting decided.

use super::distribution::Distribution;
use super::watch::Slowdown;
use crate::ids::{ClassId, LimitId, ServiceId, WorkloadId};
use crate::time::SimDuration;

/// The hub.
#[derive(Clone, Debug)]
pub struct Hub {
    /// The user's pod where no profile says otherwise.
    pub profile: Profile,
    /// Spawns in flight beyond which launches are refused.
    pub concurrent_spawn_limit: u32,
    /// Servers beyond which launches are refused; `u32::MAX`: no limit.
    pub active_server_limit: u32,
    /// Spawn failures in a row after which the hub exits; `u32::MAX`: never.
    pub consecutive_failure_limit: u32,
    /// Time a pod has to be running.
    pub start_timeout: SimDuration,
    /// Time a running pod has to answer.
    pub http_timeout: SimDuration,
    /// How often the hub looks whether servers still live.
    pub poll_interval: SimDuration,
    /// How often the hub takes over when its proxy last saw traffic.
    pub last_activity_interval: SimDuration,
    /// Time from the deletion of the hub's pod to its next answer.
    pub restart: Distribution,
    /// The service whose pods are the hub; `None`: the hub has no pods, and is up unless it restarts.
    pub service: Option<ServiceId>,
    /// Whether a hub that is shut down stops all servers.
    pub cleanup_servers: bool,
    /// Whether the records outlive a restart.
    pub keeps_database: bool,
    /// Whether a pod is deleted that the reflector does not list (KubeSpawner pull request 208).
    pub deletes_unlisted_pods: bool,
    /// Bounded resources that a request for a server needs some of.
    pub needs: Vec<LimitId>,
    /// How long the hub takes to answer such a request.
    pub slowdown: Option<Slowdown>,
    /// How the hub is probed, if it is.
    pub liveness: Option<Liveness>,
    /// How the reflector watches.
    pub reflector: Reflector,
    /// The culler, if there is one.
    pub cull: Option<Cull>,
}

/// The liveness probe of the hub.
#[derive(Clone, Copy, Debug)]
pub struct Liveness {
    /// Time from the start of a process to its first probe.
    pub initial_delay: SimDuration,
    /// Time between two probes.
    pub period: SimDuration,
    /// Time in which a probe must be answered.
    pub timeout: SimDuration,
    /// Probes missed in a row at which the hub is started again.
    pub failure_threshold: u32,
}

/// A shape of user pods.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The pod.
    pub class: ClassId,
    /// Time from a running container until the server answers.
    pub http_start: Distribution,
    /// Whether a server resolves names before it answers: it asks the hub for its user's rights.
    pub needs_dns: bool,
    /// When servers end by themselves, if they do.
    pub shutdown: Option<Shutdown>,
}

/// A notebook server that ends by itself.
#[derive(Clone, Copy, Debug)]
pub struct Shutdown {
    /// How long nobody must have worked.
    pub after: SimDuration,
    /// Share of images whose server can do it.
    pub share: f64,
}

/// The hub's list of pods, kept by a watch.
#[derive(Clone, Copy, Debug)]
pub struct Reflector {
    /// Time after which a watch is begun anew, whatever it heard; [`SimDuration::MAX`]: never.
    pub restart_every: SimDuration,
    /// Whether a spawn that times out makes the hub begin anew.
    pub restarts_when_suspicious: bool,
}

/// The culler.
#[derive(Clone, Copy, Debug)]
pub struct Cull {
    /// Idle time after which a server is culled.
    pub timeout: SimDuration,
    /// Time between two rounds.
    pub every: SimDuration,
    /// Age after which a server is culled; [`SimDuration::MAX`]: never.
    pub max_age: SimDuration,
    /// Calls in flight; `u32::MAX`: no bound.
    pub concurrency: u32,
    /// Whether users are deleted after their servers.
    pub users: bool,
    /// Whether an open tab that nobody works in counts as activity.
    pub open_tabs_count: bool,
}

/// BinderHub in front of the hub.
#[derive(Clone, Debug)]
pub struct Binder {
    /// Times that a launch is tried, each with a new user name.
    pub attempts: u32,
    /// Time before the second try; it doubles with each further one.
    pub retry_delay: SimDuration,
    /// Time that a try may take.
    pub launch_timeout: SimDuration,
    /// Whether it asks the hub again and again, or hears of a ready server at once.
    pub polls: bool,
    /// Pods of one repository beyond which its launches are refused; `u32::MAX`: no quota.
    pub per_repo_quota: u32,
    /// The same for the repositories of audiences with the higher quota.
    pub per_repo_quota_higher: u32,
    /// User pods beyond which launches are refused; 0 refuses all, `u32::MAX`: no quota.
    pub pod_quota: u32,
    /// How images are built, if they are.
    pub build: Option<Build>,
    /// Share of all users that the federation sends here.
    pub federation_share: f64,
}

/// How images are built.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// Whose pods the builds are.
    pub workload: WorkloadId,
    /// Builds at a time.
    pub concurrent_limit: u32,
    /// Time after which a running build is killed.
    pub max_age: SimDuration,
}

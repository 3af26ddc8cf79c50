//! The hub as written: the keys of zero-to-jupyterhub where it has them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::Span;
use super::super::distribution::Distribution;
use super::super::quantity::{Cpu, HubBytes, Share};
use super::load::PodTemplate;
use super::preset::HubPreset;
use super::watch::Slowdown;

/// A JupyterHub with KubeSpawner and the idle culler.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hub {
    /// A hub that is known by name: its values are those of this scenario where the file says nothing.
    pub preset: Option<HubPreset>,
    /// The user's pod.
    #[serde(default)]
    pub singleuser: Singleuser,
    /// Spawns in flight beyond which launches are refused (HTTP 429). 0: no limit. Default 64 (z2jh).
    pub concurrent_spawn_limit: Option<u32>,
    /// Servers beyond which launches are refused; 0: no limit. Default 0.
    pub active_server_limit: Option<u32>,
    /// Spawn failures in a row after which the hub exits and starts again; 0: never. Default 5 (z2jh since
    /// 2018-08), 0 in the eras of 2018.
    pub consecutive_failure_limit: Option<u32>,
    /// Time a pod has to be running, and one that is deleted has to be gone. Default `300s` (z2jh).
    pub start_timeout: Option<Span>,
    /// Time a running pod has to answer over HTTP. Default `30s`.
    pub http_timeout: Option<Span>,
    /// How often the hub looks whether servers still live. Default `30s`.
    pub poll_interval: Option<Span>,
    /// How often the hub takes over from its proxy when there was traffic: an idle server is found idle that much
    /// later at most. Default 0 (z2jh has `60s`).
    pub last_activity_interval: Option<Span>,
    /// Time from the deletion of the hub's pod to its next answer. Default `60s`.
    pub restart: Option<Distribution>,
    /// The service whose pods are the hub: it answers only while one of them is Ready. Absent: the hub has no
    /// pods, and is up unless it restarts.
    pub service: Option<String>,
    /// Whether a hub that is shut down stops all servers. Default false (z2jh since 2017-11-30).
    #[serde(default)]
    pub cleanup_servers: bool,
    /// Whether the hub's database outlives a restart (a volume, a server elsewhere) or is lost with the pod: then
    /// servers that run are unknown to the new hub. Default true.
    pub keeps_database: Option<bool>,
    /// Whether a server's pod is deleted even if the reflector does not list it (KubeSpawner's pull request 208 of
    /// 2018-07-09). Default true, false in the eras of 2018.
    pub deletes_unlisted_pods: Option<bool>,
    /// Things of `limits` that a request for a server needs some of: it waits or is refused while one is full.
    #[serde(default)]
    pub needs: Vec<String>,
    /// How long the hub takes for a request for a server, by what it has to look after.
    pub slowdown: Option<Slowdown>,
    /// What starts a hub again that does not answer for long. Absent: nothing does.
    pub liveness_probe: Option<LivenessProbe>,
    /// The watch by which the hub knows its pods.
    #[serde(default)]
    pub reflector: Reflector,
    /// Shapes of user pods beside `singleuser`, by name: audiences say which of their users take one.
    #[serde(default)]
    pub profile_list: BTreeMap<String, Singleuser>,
    /// The culler; absent: nothing is ever culled.
    pub cull: Option<Cull>,
}

/// The hub's liveness probe: how long an answer takes is the hub's `slowdown`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LivenessProbe {
    /// Time from the start of the hub to the first probe. Default `300s` (z2jh).
    pub initial_delay: Option<Span>,
    /// Time between two probes. Default `10s` (z2jh).
    pub period: Option<Span>,
    /// Time in which a probe must be answered. Default `3s` (z2jh).
    pub timeout: Option<Span>,
    /// Probes missed in a row at which the hub is started again. Default 30 (z2jh).
    pub failure_threshold: Option<u32>,
}

/// The hub's list of pods, kept by a watch of the API.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reflector {
    /// After what time a watch is begun anew whatever it heard; 0: never. Default `60s`, 0 in the eras of 2018.
    pub restart_every: Option<Span>,
    /// Whether a spawn that times out makes the hub begin anew (KubeSpawner since 2018-07-18). Default true, false in
    /// the eras of 2018.
    pub restart_when_suspicious: Option<bool>,
}

/// When a notebook server ends by itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shutdown {
    /// Time in which nobody must have worked, whether a tab is open or not.
    pub after: Span,
    /// Share of servers whose image can do it. Default all.
    pub share: Option<Share>,
}

/// The user's pod.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Singleuser {
    /// Memory guarantee (request) and limit. Default guarantee `1G`. Suffixes are binary, as in
    /// JupyterHub: `1G` is 2^30 bytes.
    #[serde(default)]
    pub memory: HubMemory,
    /// CPU guarantee (request) and limit.
    #[serde(default)]
    pub cpu: HubCpu,
    /// Time from bind to a running container. Default `5s`.
    pub startup: Option<Distribution>,
    /// Time from a running container until the notebook server answers. Default `2s`.
    pub http_start: Option<Distribution>,
    /// Whether a server must resolve names before it answers. Default true, false in the eras of 2018.
    pub needs_dns: Option<bool>,
    /// The server ends by itself when nobody works (`shutdown_no_activity_timeout` with culled kernels). Absent: never.
    pub shutdown: Option<Shutdown>,
    /// Node selector, tolerations, priority.
    #[serde(default)]
    pub pod: PodTemplate,
}

/// Memory of a user's pod.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HubMemory {
    /// The request.
    pub guarantee: Option<HubBytes>,
    /// The limit.
    pub limit: Option<HubBytes>,
}

/// CPU of a user's pod.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HubCpu {
    /// The request.
    pub guarantee: Option<Cpu>,
    /// The limit.
    pub limit: Option<Cpu>,
}

/// The idle culler.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cull {
    /// Idle time after which a server is culled. Default `1h` (z2jh).
    pub timeout: Option<Span>,
    /// Time between two rounds. Default `10m` (z2jh).
    pub every: Option<Span>,
    /// Age after which a server is culled whatever it does; 0: never. Default 0.
    pub max_age: Option<Span>,
    /// Stops under way at a time; 0: no bound. Default 10 (since 2018-04), in the era of 1.8 none.
    pub concurrency: Option<u32>,
    /// Whether users are deleted with their servers, as BinderHub has it. Default false.
    #[serde(default)]
    pub users: bool,
    /// Whether an open tab in which nobody works keeps its server. Default true; culling the kernels of open tabs
    /// (mybinder.org since 2018-03) makes it false.
    pub open_tabs_count: Option<bool>,
}

/// BinderHub in front of the hub: repositories, builds, quotas, and launches that are tried again.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Binderhub {
    /// Pods of one repository beyond which its launches are refused; 0: no quota. Default 0.
    pub per_repo_quota: Option<u32>,
    /// The same for audiences with `highQuota`; 0: no quota. Default 0.
    pub per_repo_quota_higher: Option<u32>,
    /// User pods beyond which launches are refused, all repositories together; 0 refuses every launch, as in BinderHub.
    /// Absent: no quota.
    pub pod_quota: Option<u32>,
    /// How a launch is tried.
    #[serde(default)]
    pub launch: BinderLaunch,
    /// How images are built; absent: all are there.
    pub build: Option<Build>,
    /// Share of all users that the federation sends here. Default all.
    pub federation_share: Option<Share>,
}

/// How BinderHub tries a launch.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BinderLaunch {
    /// Tries, each with a new user name. Default 4, in the era of 1.8 one.
    pub attempts: Option<u32>,
    /// Time before the second try; it doubles with each further one. Default `4s`.
    pub retry_delay: Option<Span>,
    /// Time that a try may take. Default `600s`; `594s` where it polls.
    pub timeout: Option<Span>,
    /// Whether BinderHub polls the hub with growing pauses up to 10 s, or hears of a ready server at once. Default
    /// false, true in the eras of 2018.
    pub polls: Option<bool>,
}

/// How BinderHub builds images.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Build {
    /// The workload whose bare pods the builds are: what they request, where they may go, how long they take
    /// (`lifetime`). It has `replicas: 0`.
    pub workload: String,
    /// Builds at a time; others wait. Default 32.
    pub concurrent_limit: Option<u32>,
    /// Time after which a running build is killed; 0: never. Default `4h`, in the eras of 2018 never.
    pub max_age: Option<Span>,
}

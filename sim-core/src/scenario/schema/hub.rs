//! The hub as written: the keys of zero-to-jupyterhub where it has them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::Span;
use super::super::distribution::Distribution;
use super::super::quantity::{Cpu, HubBytes};
use super::load::PodTemplate;
use super::preset::HubPreset;

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
    /// Time a pod has to be running. Default `300s` (z2jh).
    pub start_timeout: Option<Span>,
    /// Time a running pod has to answer over HTTP. Default `30s`.
    pub http_timeout: Option<Span>,
    /// How often the hub looks whether servers still live. Default `30s`.
    pub poll_interval: Option<Span>,
    /// Time from the deletion of the hub's pod to its next answer. Default `60s`.
    pub restart: Option<Distribution>,
    /// The service whose pods are the hub: it answers only while one of them is Ready. Absent: the hub has no
    /// pods, and is up unless it restarts.
    pub service: Option<String>,
    /// The culler; absent: nothing is ever culled.
    pub cull: Option<Cull>,
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
}

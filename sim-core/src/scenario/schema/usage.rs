//! What containers use and what memory nodes have, as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::distribution::{CpuDistribution, Distribution, MemoryDistribution};
use super::super::quantity::Memory;
use super::load::ContainerResourceList;

/// Requests and limits of a further container.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerResources {
    /// What the scheduler sets aside for it.
    #[serde(default)]
    pub requests: ContainerResourceList,
    /// What it may use at most; a limit without a request is also the request.
    #[serde(default)]
    pub limits: ContainerResourceList,
}

/// A further container of a pod.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerTemplate {
    /// Requests and limits.
    #[serde(default)]
    pub resources: ContainerResources,
    /// What it uses.
    #[serde(rename = "use")]
    pub usage: Option<Use>,
}

/// What a container uses over its life.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Use {
    /// Memory.
    pub memory: Option<MemoryUse>,
    /// Its node's disk: writable layer, logs and volumes that lie there.
    pub disk: Option<DiskUse>,
    /// CPU that it would use if it got it: a start takes longer by as much as limits and neighbours leave it short. Absent:
    /// nothing is known.
    pub cpu: Option<CpuDistribution>,
    /// Whose memory it is. Default `Main`; of the hub's users `Child`.
    pub process: Option<Process>,
}

/// Which process of a container holds its memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Process {
    /// Its first: the container ends with it.
    #[default]
    Main,
    /// One that it started, such as a notebook's kernel: until cgroup v2 it dies alone.
    Child,
}

/// Memory that a container uses over its life: from a start by a ramp to a level, on which it stays, leaks and
/// spikes. Each container draws its own when it starts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemoryUse {
    /// What it settles at. Default: what users of mybinder.org used in June 2018, `quantiles: {50%: 110Mi, 98%: 300Mi,
    /// 99.5%: 1Gi}`.
    pub level: Option<MemoryDistribution>,
    /// What it starts with when there is a `ramp`. Default 0.
    pub from: Option<MemoryDistribution>,
    /// Time from the start to the level. Default 0.
    pub ramp: Option<Distribution>,
    /// What it grows by in an hour, from the level on.
    pub leak_per_hour: Option<MemoryDistribution>,
    /// What it needs for a while, again and again.
    pub spikes: Option<Spikes>,
}

/// Disk that a container uses over its life, as it uses memory. Each container draws its own when it starts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskUse {
    /// What it settles at.
    pub level: MemoryDistribution,
    /// What it starts with when there is a `ramp`. Default 0.
    pub from: Option<MemoryDistribution>,
    /// Time from the start to the level. Default 0.
    pub ramp: Option<Distribution>,
    /// What it grows by in an hour, from the level on: logs that nobody rotates.
    pub leak_per_hour: Option<MemoryDistribution>,
    /// What it needs for a while, again and again.
    pub spikes: Option<Spikes>,
}

/// A need that comes and goes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spikes {
    /// Time from reaching the level, or from the end of the last spike, to the next.
    pub every: Distribution,
    /// What use rises to.
    pub to: MemoryDistribution,
    /// Time that the rise takes. Default 0.
    pub rise: Option<Distribution>,
    /// Time it stays up.
    pub lasts: Distribution,
}

/// Memory of each node of a group beside what is allocatable.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeMemory {
    /// What the kernel has. Default: what is allocatable and all that is kept from it.
    pub capacity: Option<Memory>,
    /// Kept from pods for the kubelet and the container runtime. Default: the provider's for a machine of the
    /// catalogue, else 0.
    pub kube_reserved: Option<Memory>,
    /// Kept from pods for the system. Default 0.
    pub system_reserved: Option<Memory>,
    /// The kubelet evicts while less than this is available (`evictionHard: memory.available`); 0: never. Default
    /// `100Mi`.
    pub eviction_hard: Option<Memory>,
    /// What kernel, kubelet, runtime and other daemons use. Default: what is reserved for them.
    pub system: Option<Memory>,
    /// The node falls silent when it runs out of memory, since its daemons do nothing but wait for pages that are thrown
    /// away again at once. Absent: the kernel kills in time.
    pub starvation: Option<Starvation>,
}

/// A node without memory for its own daemons.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Starvation {
    /// It begins when less than this is available. Default 0.
    pub below: Option<Memory>,
    /// Time until the daemons work again. Absent: not before a reset.
    pub lasts: Option<Distribution>,
    /// Now and then the kubelet is heard, so that the node is Ready for a while and takes pods, though its runtime neither
    /// starts nor stops anything. Absent: never.
    pub gasps: Option<Gasps>,
}

/// When the kubelet of a starved node is heard.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gasps {
    /// How long it is silent in between.
    pub every: Distribution,
    /// How long it is heard.
    pub lasts: Distribution,
}

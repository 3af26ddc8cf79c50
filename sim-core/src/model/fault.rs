//! What can be wrong with a node: each kind a state of its own, with consequences of its own.
//!
//! | State | Heartbeats | Containers that run | New containers | Deletions |
//! |---|---|---|---|---|
//! | machine down | none | die, start again when it is up | wait | are not confirmed |
//! | kubelet silent | none | run on | wait | are not confirmed |
//! | kubelet starved | Ready turns False when no relist succeeded for 3 min | run on | between outages | between outages |
//! | pod network dead | go on | run, nobody reaches them | start, nobody reaches them | go on |
//! | disk read-only | go on | run on | wait | go on |
//! | disk slow | go on | run on | take a multiple of the time | go on |
//! | DNS dead | go on | run on | start; servers that need DNS do not answer | go on |

use schemars::JsonSchema;
use serde::Deserialize;

/// What becomes of one aspect of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeFault {
    /// Of the machine.
    Machine(MachineState),
    /// Of its kubelet.
    Kubelet(KubeletState),
    /// Of its pod network.
    PodNetwork(PodNetwork),
    /// Of its disk.
    Disk(DiskState),
    /// Of name resolution on it.
    Dns(DnsState),
}

impl NodeFault {
    /// The same aspect, in order again.
    pub const fn healed(self) -> Self {
        match self {
            Self::Machine(_) => Self::Machine(MachineState::Up),
            Self::Kubelet(_) => Self::Kubelet(KubeletState::Well),
            Self::PodNetwork(_) => Self::PodNetwork(PodNetwork::Alive),
            Self::Disk(_) => Self::Disk(DiskState::Well),
            Self::Dns(_) => Self::Dns(DnsState::Alive),
        }
    }
}

/// What becomes of the watch by which the hub knows its pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReflectorState {
    /// It hears of every pod.
    #[default]
    Well,
    /// It hears nothing and says nothing: the hub goes by what was true when it hung.
    Hung,
    /// Its requests fail. It tries again with growing pauses, then gives up, and the hub exits.
    Lost,
}

/// What becomes of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MachineState {
    /// Off, hung or cut off: nothing on it runs or answers.
    Down,
    /// It runs. Containers that were on it start again.
    #[default]
    Up,
}

/// What becomes of a kubelet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum KubeletState {
    /// It does nothing and says nothing; containers run on.
    Silent,
    /// The node is short of CPU: the kubelet speaks, but is too slow to look after its containers.
    Starved,
    /// It works.
    #[default]
    Well,
}

/// What becomes of a node's pod network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PodNetwork {
    /// No pod on the node can be reached, though the node stays Ready.
    Dead,
    /// It works.
    #[default]
    Alive,
}

/// What becomes of a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiskState {
    /// No container can start.
    ReadOnly,
    /// Containers take this many hundredths of their time to start.
    Slow(u32),
    /// It works.
    #[default]
    Well,
}

/// What becomes of name resolution on a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DnsState {
    /// No pod on the node resolves names.
    Dead,
    /// It works.
    #[default]
    Alive,
}

//! A cluster that is there when the run begins, as a dump of a real one has it.

use crate::ids::{ClassId, GroupId, WorkloadId};
use crate::placement::NodeSpec;

/// Nodes and pods of a real cluster.
#[derive(Clone, Debug, Default)]
pub struct Existing {
    /// Its nodes.
    pub nodes: Vec<ExistingNode>,
    /// Its pods that have not ended.
    pub pods: Vec<ExistingPod>,
}

/// A node of a real cluster.
#[derive(Clone, Debug)]
pub struct ExistingNode {
    /// The group that stands for its kind.
    pub group: GroupId,
    /// Its number within the group, from 1.
    pub ordinal: u32,
    /// What it is.
    pub spec: NodeSpec,
}

/// A pod of a real cluster.
#[derive(Clone, Copy, Debug)]
pub struct ExistingPod {
    /// What it is.
    pub class: ClassId,
    /// The workload that stands for its namespace.
    pub workload: WorkloadId,
    /// Its number within the workload; its name is [`super::Workload::pod_names`]'.
    pub ordinal: u32,
    /// Its node, by place in [`Existing::nodes`]; `None`: it waits for one.
    pub node: Option<u32>,
}

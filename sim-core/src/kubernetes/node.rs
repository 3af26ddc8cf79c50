//! Nodes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::metadata::{Condition, Metadata};
use super::quantity::Quantity;

/// Amounts by resource name.
pub type ResourceList = BTreeMap<String, Quantity>;

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Node {
    /// Name and labels.
    pub metadata: Metadata,
    /// What is wanted of it.
    pub spec: NodeSpec,
    /// What it has.
    pub status: NodeStatus,
}

/// `spec` of a node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSpec {
    /// Cordoned.
    pub unschedulable: bool,
    /// Its taints.
    pub taints: Vec<Taint>,
}

/// `status` of a node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// What pods may request.
    pub allocatable: ResourceList,
    /// What the machine has.
    pub capacity: ResourceList,
    /// Images that are on its disk.
    pub images: Vec<ContainerImage>,
    /// Conditions, `Ready` among them.
    pub conditions: Vec<Condition>,
}

/// A taint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; empty when absent.
    #[serde(default)]
    pub value: String,
    /// What it does.
    pub effect: TaintEffect,
    /// Since when, RFC 3339.
    #[serde(default)]
    pub time_added: Option<String>,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum TaintEffect {
    /// New pods do not come.
    NoSchedule,
    /// New pods come only where no other node will do.
    PreferNoSchedule,
    /// New pods do not come and running ones leave.
    NoExecute,
}

/// An image on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerImage {
    /// All its names, tags and digests.
    pub names: Vec<String>,
    /// Its size.
    pub size_bytes: i64,
}

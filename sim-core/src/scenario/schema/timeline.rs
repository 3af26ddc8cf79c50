//! Faults and operator actions as written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::{ClockTime, Span};
use super::controllers::Rollout;
use crate::model::PodNetwork;

/// One entry: a time, exactly one of the actions, and a note for the charts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimelineEntry {
    /// When: `05:59`, `+11h59m` after `start`, or an RFC 3339 instant.
    pub at: ClockTime,
    /// What a reader of the charts should know.
    pub note: Option<String>,
    /// Something breaks.
    pub fault: Option<Fault>,
    /// Changes knobs of the running cluster, by path: `nodeGroups.<name>.min|max`,
    /// `workloads.<name>.replicas`.
    pub set: Option<IndexMap<String, serde_json::Value>>,
    /// No new pods on this node.
    pub cordon: Option<NodeChoice>,
    /// New pods again on this node.
    pub uncordon: Option<NodeChoice>,
    /// Restarts `hub`.
    pub restart: Option<RestartTarget>,
    /// Deletes pods by hand.
    pub delete: Option<DeletePods>,
    /// Gives the pods of a workload a new template.
    pub rollout: Option<Rollout>,
    /// The name that `fault.node`'s choice is called by in later entries and in the report.
    #[serde(rename = "as")]
    pub alias: Option<String>,
}

/// Something that breaks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The node it happens to.
    pub node: Option<NodeChoice>,
    /// What becomes of the node's pod network.
    pub pod_network: Option<PodNetwork>,
    /// The culler's process hangs until the hub restarts (`stalled`).
    pub culler: Option<CullerFault>,
}

/// What becomes of the culler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CullerFault {
    /// It does nothing until the hub restarts.
    Stalled,
}

/// What can be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RestartTarget {
    /// The hub's pod, and with it the culler.
    Hub,
}

/// A node: `newest`, `oldest`, `emptiest`, `fullest`, a node's name (`user-14`) or an alias given by `as`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NodeChoice(pub String);

/// Pods deleted by hand.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeletePods {
    /// Whose: `hub`, an audience or a workload.
    pub of: String,
    /// Only pods at least this old.
    pub older_than: Option<Span>,
    /// Only pods younger than this.
    pub younger_than: Option<Span>,
}

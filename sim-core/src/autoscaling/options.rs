//! What the autoscaler is told: its flags, and what the cloud says of a group.
//!
//! Models: the options a cloud may give a group instead of a flag (`NodeGroupAutoscalingOptions`).

use std::sync::Arc;

use super::objects::Node;
pub use crate::model::autoscaler::{ExpanderKind, Options};
use crate::time::SimDuration;

/// A group of like nodes.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub id: String,
    /// The fewest nodes.
    pub min: i64,
    /// The most nodes.
    pub max: i64,
    /// What the cloud says a new node will be like.
    pub template: Arc<Node>,
    /// What an hour of a node costs.
    pub price_per_hour: f64,
    /// Instead of `--scale-down-unneeded-time`.
    pub unneeded_time: Option<SimDuration>,
    /// Instead of `--scale-down-unready-time`.
    pub unready_time: Option<SimDuration>,
    /// Instead of `--scale-down-utilization-threshold`.
    pub utilization_threshold_ppm: Option<i64>,
    /// Instead of `--max-node-provision-time`.
    pub max_node_provision_time: Option<SimDuration>,
    /// Instead of `--max-node-startup-time`.
    pub max_node_startup_time: Option<SimDuration>,
    /// Instead of `--ignore-daemonsets-utilization`.
    pub ignore_daemon_sets_utilization: Option<bool>,
}

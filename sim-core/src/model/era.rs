//! Behaviour that differs between Kubernetes versions sits behind the era.

use schemars::JsonSchema;
use serde::Deserialize;

/// Whose behaviour and defaults to simulate: the release of Kubernetes that was live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
pub enum Era {
    /// Kubernetes 1.8 (late 2017).
    #[serde(rename = "k8s-1.8")]
    V1_8,
    /// Kubernetes 1.10 (2018).
    #[serde(rename = "k8s-1.10")]
    V1_10,
    /// Kubernetes 1.34 (2025).
    #[serde(rename = "k8s-1.34")]
    V1_34,
    /// Kubernetes 1.36 (2026).
    #[default]
    #[serde(rename = "k8s-1.36")]
    V1_36,
}

/// `framework.MaxNodeScore`: the highest score of a plugin of the scheduling framework.
pub const MAX_NODE_SCORE: i64 = 100;

impl Era {
    /// The era's name in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_8 => "k8s-1.8",
            Self::V1_10 => "k8s-1.10",
            Self::V1_34 => "k8s-1.34",
            Self::V1_36 => "k8s-1.36",
        }
    }

    /// The highest score a plugin can give: `schedulerapi.MaxPriority` was 10 until 1.17
    /// (kubernetes 1.8 plugin/pkg/scheduler/api/types.go), `framework.MaxNodeScore` is 100 since.
    pub const fn max_node_score(self) -> i64 {
        match self {
            Self::V1_8 | Self::V1_10 => 10,
            Self::V1_34 | Self::V1_36 => MAX_NODE_SCORE,
        }
    }

    /// Whether nodes are scored by the priority functions of 2018 (kubernetes 1.8 and 1.10
    /// plugin/pkg/scheduler/algorithm/priorities) or by the plugins of the scheduling framework.
    pub const fn scores_by_priorities(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }

    /// Whether an unschedulable pod is tried again when an event could help it (the priority queue,
    /// default from 1.11) or whenever its own back-off ends (the FIFO of 1.10 and before).
    pub const fn retries_by_events(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether NodeResourcesBalancedAllocation scores how a pod changes the balance of a node (from 1.36,
    /// kubernetes/kubernetes#135573) or the balance that results.
    pub const fn scores_change_of_balance(self) -> bool {
        matches!(self, Self::V1_36)
    }

    /// Whether the plugin DynamicResources has a weight in scoring (from 1.36).
    pub const fn scores_dynamic_resources(self) -> bool {
        matches!(self, Self::V1_36)
    }

    /// Whether the reason why a node was refused names its untolerated taint (until 1.34).
    pub const fn names_untolerated_taints(self) -> bool {
        !matches!(self, Self::V1_36)
    }

    /// Whether the message about a pod that fits nowhere counts the nodes (from 1.9: `0/3 nodes are
    /// available`).
    pub const fn says_how_many_nodes_there_are(self) -> bool {
        !matches!(self, Self::V1_8)
    }

    /// The longest back-off of an unschedulable pod, in seconds: 60 with the FIFO queue of
    /// 1.10 and before, 10 since (domain reference, section 6.1).
    pub const fn max_pod_backoff_secs(self) -> u64 {
        match self {
            Self::V1_8 | Self::V1_10 => 60,
            Self::V1_34 | Self::V1_36 => 10,
        }
    }
}

//! Namespaces, priority classes and disruption budgets.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::metadata::Metadata;
use super::pod::PreemptionPolicy;
use super::selector::LabelSelector;

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Namespace {
    /// Name and labels.
    pub metadata: Metadata,
}

/// A priority class.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PriorityClass {
    /// Its name.
    pub metadata: Metadata,
    /// The priority of its pods.
    pub value: i32,
    /// Whether pods that name no class belong to it.
    pub global_default: bool,
    /// Whether its pods may preempt others.
    pub preemption_policy: Option<PreemptionPolicy>,
    /// What it is for.
    pub description: String,
}

/// A disruption budget.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodDisruptionBudget {
    /// Name and namespace.
    pub metadata: Metadata,
    /// Which pods it protects.
    pub spec: DisruptionBudgetSpec,
    /// What it allows just now.
    pub status: DisruptionBudgetStatus,
}

/// `spec` of a disruption budget.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DisruptionBudgetSpec {
    /// Its pods; absent or empty matches none.
    pub selector: Option<LabelSelector>,
    /// The fewest that must stay: a number or a percentage.
    pub min_available: Option<serde_json::Value>,
    /// The most that may go: a number or a percentage.
    pub max_unavailable: Option<serde_json::Value>,
}

/// `status` of a disruption budget.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DisruptionBudgetStatus {
    /// How many of its pods may go now.
    pub disruptions_allowed: i32,
    /// Healthy pods.
    pub current_healthy: i32,
    /// Healthy pods that are wanted.
    pub desired_healthy: i32,
    /// Pods that it counts.
    pub expected_pods: i32,
    /// Pods whose eviction has begun, and when.
    pub disrupted_pods: BTreeMap<String, String>,
}

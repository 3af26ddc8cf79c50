//! The cluster autoscaler as written: its own flags in camelCase.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::Span;
use super::super::flag::{Expanders, Totals};
use super::super::quantity::Share;

/// The cluster autoscaler: its flags.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscaler {
    /// Time between two looks at the cluster. Default `10s`.
    pub scan_interval: Option<Span>,
    /// How one of several groups that would help is chosen: `random`, `most-pods`, `least-waste`, `least-nodes`, `price`,
    /// `priority`, or several, separated by commas, each for what the one before leaves. Default `least-waste`, `random`
    /// before 1.33.
    pub expander: Option<Expanders>,
    /// For the expander `priority`: regular expressions of the names of groups, by priority; the highest that names a group
    /// that would help wins. What real clusters have in the ConfigMap `cluster-autoscaler-priority-expander`.
    pub priority_expander: Option<BTreeMap<String, Vec<String>>>,
    /// Nodes of the cluster beyond which it does not grow; 0: no such limit. Default 0.
    pub max_nodes_total: Option<u32>,
    /// The fewest and the most cores of the cluster, `0:320000` by default.
    pub cores_total: Option<Totals>,
    /// The least and the most memory of the cluster in GiB, `0:6400000` by default.
    pub memory_total: Option<Totals>,
    /// Nodes that one scale-up adds at most; 0: no such limit. Default 1000, before 1.20 none.
    pub max_nodes_per_scaleup: Option<u32>,
    /// Whether groups with nodes alike grow together. Default false.
    pub balance_similar_node_groups: Option<bool>,
    /// Further labels in which groups alike may differ.
    pub balancing_ignore_label: Option<Vec<String>>,
    /// Labels that alone decide whether groups are alike.
    pub balancing_label: Option<Vec<String>>,
    /// How much the memory of machines alike may differ. Default 0.015.
    pub memory_difference_ratio: Option<Share>,
    /// How much the allocatable resources of nodes alike may differ. Default 0.05.
    pub max_allocatable_difference_ratio: Option<Share>,
    /// How much the free resources of nodes alike may differ. Default 0.05.
    pub max_free_difference_ratio: Option<Share>,
    /// How old a pod must be before it counts. Default `0s`.
    pub new_pod_scale_up_delay: Option<Span>,
    /// Pods of lower priority neither grow the cluster nor keep a node. Default -10, before 1.12: 0.
    pub expendable_pods_priority_cutoff: Option<i32>,
    /// Whether groups below their `min` are raised to it. Default false.
    pub enforce_node_group_min_size: Option<bool>,
    /// How long a new node may take to join. Default `15m`.
    pub max_node_provision_time: Option<Span>,
    /// How long a node that has joined may take to be Ready before it counts as broken. Default `15m`.
    pub max_node_startup_time: Option<Span>,
    /// How long a group that failed to grow is left alone the first time. Default `5m`.
    pub initial_node_group_backoff_duration: Option<Span>,
    /// How long at most. Default `30m`.
    pub max_node_group_backoff_duration: Option<Span>,
    /// After how long a failure is forgotten. Default `3h`.
    pub node_group_backoff_reset_timeout: Option<Span>,
    /// Broken nodes that do not stop the autoscaler, whatever share they are. Default 3.
    pub ok_total_unready_count: Option<u32>,
    /// Share of broken nodes, in per cent, that does not stop the autoscaler. Default 45, in CA 1.0: 33.
    pub max_total_unready_percentage: Option<f64>,
    /// Whether nodes are given back at all. Default true.
    pub scale_down_enabled: Option<bool>,
    /// Whether nodes that are not Ready are given back. Default true.
    pub scale_down_unready_enabled: Option<bool>,
    /// How long a node must be unneeded. Default `10m`.
    pub scale_down_unneeded_time: Option<Span>,
    /// How long a node that is not Ready must be unneeded. Default `20m`.
    pub scale_down_unready_time: Option<Span>,
    /// A node whose pods request more than this share of its CPU or memory is needed. Default 0.5.
    pub scale_down_utilization_threshold: Option<Share>,
    /// How long after a scale-up nothing is given back. Default `10m`.
    pub scale_down_delay_after_add: Option<Span>,
    /// How long after a deletion nothing more is given back. Default `0s`.
    pub scale_down_delay_after_delete: Option<Span>,
    /// Whether these delays hold for the group concerned only. Default false.
    pub scale_down_delay_type_local: Option<bool>,
    /// How long a node that could not be given back is not looked at again. Default `5m`.
    pub unremovable_node_recheck_timeout: Option<Span>,
    /// Nodes that may be on their way out at a time. Default 10.
    pub max_scale_down_parallelism: Option<u32>,
    /// Nodes that may be drained at a time. Default 1.
    pub max_drain_parallelism: Option<u32>,
    /// Time between the taint of a node that goes and its deletion. Default `5s`, in 2018 none.
    pub node_delete_delay_after_taint: Option<Span>,
    /// Seconds that pods of a drained node may take to stop. Default 600.
    pub max_graceful_termination_sec: Option<u32>,
    /// How long the eviction of a pod is tried. Default `2m`.
    pub max_pod_eviction_time: Option<Span>,
    /// Whether pods of DaemonSets count for nothing in the utilisation of a node. Default false.
    pub ignore_daemonsets_utilization: Option<bool>,
    /// Whether static pods count for nothing in the utilisation of a node. Default false.
    pub ignore_mirror_pods_utilization: Option<bool>,
    /// Whether pods of controllers that are not Kubernetes' own, and bare pods, keep their node. Default true.
    pub skip_nodes_with_custom_controller_pods: Option<bool>,
    /// Whether pods with data on their node's disk keep the node. Default true.
    pub skip_nodes_with_local_storage: Option<bool>,
    /// Whether pods of kube-system without a disruption budget keep their node. Default true.
    pub skip_nodes_with_system_pods: Option<bool>,
    /// Pods of a ReplicaSet with fewer replicas keep their node. Default 0.
    pub min_replica_count: Option<u32>,
    /// How long a pod of kube-system keeps its node from its start on. Default `1h`, in 2018 for ever.
    pub blocking_system_pod_distruption_timeout: Option<Span>,
    /// Whether a node that goes is cordoned too. Default true, in 2018 false.
    pub cordon_node_before_terminating: Option<bool>,
    /// Whether pods of DaemonSets are evicted from a node that is drained. Default true, in 2018 false.
    pub daemonset_eviction_for_occupied_nodes: Option<bool>,
    /// Whether pods of DaemonSets are evicted from an empty node. Default false.
    pub daemonset_eviction_for_empty_nodes: Option<bool>,
    /// Nodes that are marked as unneeded in one loop, so that the scheduler avoids them. Default 10, in 2018 none.
    pub max_bulk_soft_taint_count: Option<u32>,
}

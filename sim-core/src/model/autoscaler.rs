//! The cluster autoscaler as configured: its flags, with the defaults of each era.
//!
//! Models: the flags of cluster-autoscaler 1.36 that decide anything in the simulation, with their defaults
//! (config/flags), and which of them were others, or constants, in the versions of 2018 (CA 1.0 with Kubernetes
//! 1.8, CA 1.2 with 1.10).

use std::collections::{BTreeMap, BTreeSet};

use super::era::Era;
use crate::time::SimDuration;

/// The cluster autoscaler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autoscaler {
    /// Time between two loops.
    pub scan_interval: SimDuration,
    /// Its flags.
    pub options: Options,
    /// Groups by priority for the expander `priority`: regular expressions of their names.
    pub group_priorities: Option<BTreeMap<i64, BTreeSet<String>>>,
}

/// The flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// `--expander`: filters in order; what is left after the last is drawn from.
    pub expanders: Vec<ExpanderKind>,
    /// `--max-nodes-total`; 0: none.
    pub max_nodes_total: i64,
    /// `--cores-total`, least and most.
    pub cores_total: (i64, i64),
    /// `--memory-total`, least and most, in bytes.
    pub memory_total: (i64, i64),
    /// `--max-nodes-per-scaleup`; 0: none.
    pub max_nodes_per_scale_up: i64,
    /// `--balance-similar-node-groups`.
    pub balance_similar_groups: bool,
    /// `--balancing-ignore-label`.
    pub balancing_ignored_labels: Vec<String>,
    /// `--balancing-label`: only these labels make groups similar.
    pub balancing_labels: Vec<String>,
    /// `--memory-difference-ratio`, in millionths.
    pub memory_difference_ppm: i64,
    /// `--max-allocatable-difference-ratio`, in millionths.
    pub allocatable_difference_ppm: i64,
    /// `--max-free-difference-ratio`, in millionths.
    pub free_difference_ppm: i64,
    /// `--new-pod-scale-up-delay`.
    pub new_pod_scale_up_delay: SimDuration,
    /// `--expendable-pods-priority-cutoff`.
    pub expendable_below: i32,
    /// `--enforce-node-group-min-size`.
    pub enforce_min_size: bool,
    /// `--max-node-provision-time`.
    pub max_node_provision_time: SimDuration,
    /// `--max-node-startup-time`.
    pub max_node_startup_time: SimDuration,
    /// `--initial-node-group-backoff-duration`.
    pub backoff_initial: SimDuration,
    /// `--max-node-group-backoff-duration`.
    pub backoff_max: SimDuration,
    /// `--node-group-backoff-reset-timeout`.
    pub backoff_reset: SimDuration,
    /// `--ok-total-unready-count`.
    pub ok_total_unready_count: i64,
    /// `--max-total-unready-percentage`, in millionths of the whole.
    pub max_total_unready_ppm: i64,
    /// `--scale-down-enabled`.
    pub scale_down_enabled: bool,
    /// `--scale-down-unready-enabled`.
    pub scale_down_unready_enabled: bool,
    /// `--scale-down-unneeded-time`.
    pub unneeded_time: SimDuration,
    /// `--scale-down-unready-time`.
    pub unready_time: SimDuration,
    /// `--scale-down-utilization-threshold`, in millionths.
    pub utilization_threshold_ppm: i64,
    /// `--scale-down-delay-after-add`.
    pub delay_after_add: SimDuration,
    /// `--scale-down-delay-after-delete`.
    pub delay_after_delete: SimDuration,
    /// `--scale-down-delay-type-local`.
    pub delay_type_local: bool,
    /// `--unremovable-node-recheck-timeout`.
    pub unremovable_recheck: SimDuration,
    /// `--max-scale-down-parallelism`.
    pub max_scale_down_parallelism: usize,
    /// `--max-drain-parallelism`.
    pub max_drain_parallelism: usize,
    /// `--node-delete-delay-after-taint`.
    pub delete_delay_after_taint: SimDuration,
    /// `--max-graceful-termination-sec`.
    pub max_graceful_termination: SimDuration,
    /// `--max-pod-eviction-time`.
    pub max_pod_eviction_time: SimDuration,
    /// Whether utilisation is of what the machine has, not of what its pods may request (before 1.1).
    pub utilization_of_capacity: bool,
    /// `--ignore-daemonsets-utilization`.
    pub ignore_daemon_sets_utilization: bool,
    /// `--ignore-mirror-pods-utilization`.
    pub ignore_mirror_pods_utilization: bool,
    /// `--skip-nodes-with-custom-controller-pods`.
    pub skip_custom_controllers: bool,
    /// `--skip-nodes-with-local-storage`.
    pub skip_local_storage: bool,
    /// `--skip-nodes-with-system-pods`.
    pub skip_system_pods: bool,
    /// `--min-replica-count`.
    pub min_replica_count: i64,
    /// `--blocking-system-pod-distruption-timeout`; `None`: for ever, as before there was the flag.
    pub system_pod_blocks_for: Option<SimDuration>,
    /// `--cordon-node-before-terminating`.
    pub cordon_before_terminating: bool,
    /// `--daemonset-eviction-for-occupied-nodes`.
    pub evict_daemons_of_occupied: bool,
    /// `--daemonset-eviction-for-empty-nodes`.
    pub evict_daemons_of_empty: bool,
    /// `--max-bulk-soft-taint-count`.
    pub max_soft_taints: usize,
}

impl Default for Options {
    fn default() -> Self {
        let minutes = |minutes: u64| SimDuration::from_secs(60 * minutes);
        Self {
            expanders: vec![ExpanderKind::LeastWaste],
            max_nodes_total: 0,
            cores_total: (0, 320_000),
            memory_total: (0, 6_400_000 << 30),
            max_nodes_per_scale_up: 1_000,
            balance_similar_groups: false,
            balancing_ignored_labels: Vec::new(),
            balancing_labels: Vec::new(),
            memory_difference_ppm: 15_000,
            allocatable_difference_ppm: 50_000,
            free_difference_ppm: 50_000,
            new_pod_scale_up_delay: SimDuration::from_secs(0),
            expendable_below: -10,
            enforce_min_size: false,
            max_node_provision_time: minutes(15),
            max_node_startup_time: minutes(15),
            backoff_initial: minutes(5),
            backoff_max: minutes(30),
            backoff_reset: minutes(180),
            ok_total_unready_count: 3,
            max_total_unready_ppm: 450_000,
            scale_down_enabled: true,
            scale_down_unready_enabled: true,
            unneeded_time: minutes(10),
            unready_time: minutes(20),
            utilization_threshold_ppm: 500_000,
            delay_after_add: minutes(10),
            delay_after_delete: SimDuration::from_secs(0),
            delay_type_local: false,
            unremovable_recheck: minutes(5),
            max_scale_down_parallelism: 10,
            max_drain_parallelism: 1,
            delete_delay_after_taint: SimDuration::from_secs(5),
            max_graceful_termination: minutes(10),
            max_pod_eviction_time: minutes(2),
            utilization_of_capacity: false,
            ignore_daemon_sets_utilization: false,
            ignore_mirror_pods_utilization: false,
            skip_custom_controllers: true,
            skip_local_storage: true,
            skip_system_pods: true,
            min_replica_count: 0,
            system_pod_blocks_for: Some(minutes(60)),
            cordon_before_terminating: true,
            evict_daemons_of_occupied: true,
            evict_daemons_of_empty: false,
            max_soft_taints: 10,
        }
    }
}

impl Options {
    /// The defaults of an era.
    pub fn of(era: Era) -> Self {
        let now = Self::default();
        if !era.autoscales_as_in_2018() {
            return now;
        }
        Self {
            expanders: vec![ExpanderKind::Random],
            // The estimator of then had no limit.
            max_nodes_per_scale_up: 0,
            expendable_below: 0,
            max_total_unready_ppm: era.autoscaler_unready_percent() * 10_000,
            // Empty nodes in bulk, and drains, were asked of the cloud at once, and nothing was cordoned.
            delete_delay_after_taint: SimDuration::ZERO,
            cordon_before_terminating: false,
            evict_daemons_of_occupied: false,
            max_soft_taints: 0,
            system_pod_blocks_for: None,
            utilization_of_capacity: era.autoscaler_compares_with_capacity(),
            ..now
        }
    }
}

/// How one of several groups that would help is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpanderKind {
    /// Any of them.
    Random,
    /// Whichever takes the most pods.
    MostPods,
    /// Whichever leaves the smallest share of its new nodes unused.
    LeastWaste,
    /// Whichever needs the fewest nodes.
    LeastNodes,
    /// Whichever is cheapest for what it takes.
    Price,
    /// Whichever the user ranks first.
    Priority,
}

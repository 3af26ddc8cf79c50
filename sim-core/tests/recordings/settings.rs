//! From a recording's flags and groups to the library's options.

use std::sync::Arc;

use plimsoll_core::autoscaling::manifest;
use plimsoll_core::autoscaling::options::{ExpanderKind, Group, Options};
use plimsoll_core::placement::Symbols;
use plimsoll_core::time::SimDuration;
use serde_json::Value;

use super::{list, number, replay, text};

/// The flags.
pub fn options(recording: &Value) -> Options {
    let flags = &recording["options"];
    let flag = |name: &str| text(flags, name);
    let yes = |name: &str| flag(name) == "true";
    let time = |name: &str| duration(flag(name));
    let count = |name: &str| flag(name).parse::<i64>().unwrap_or_else(|_| panic!("flag {name}"));
    let seconds = |name: &str| duration(&format!("{}s", flag(name)));
    Options {
        expanders: flag("expander").split(',').map(expander).collect(),
        max_nodes_total: count("max-nodes-total"),
        cores_total: range(flag("cores-total"), 1),
        memory_total: range(flag("memory-total"), 1 << 30),
        max_nodes_per_scale_up: count("max-nodes-per-scaleup"),
        balance_similar_groups: yes("balance-similar-node-groups"),
        balancing_ignored_labels: names(flag("balancing-ignore-label")),
        balancing_labels: names(flag("balancing-label")),
        memory_difference_ppm: ppm(flag("memory-difference-ratio")),
        allocatable_difference_ppm: ppm(flag("max-allocatable-difference-ratio")),
        free_difference_ppm: ppm(flag("max-free-difference-ratio")),
        new_pod_scale_up_delay: time("new-pod-scale-up-delay"),
        expendable_below: count("expendable-pods-priority-cutoff") as i32,
        enforce_min_size: yes("enforce-node-group-min-size"),
        max_node_provision_time: time("max-node-provision-time"),
        max_node_startup_time: time("max-node-startup-time"),
        backoff_initial: time("initial-node-group-backoff-duration"),
        backoff_max: time("max-node-group-backoff-duration"),
        backoff_reset: time("node-group-backoff-reset-timeout"),
        ok_total_unready_count: count("ok-total-unready-count"),
        max_total_unready_ppm: ppm(flag("max-total-unready-percentage")) / 100,
        scale_down_enabled: yes("scale-down-enabled"),
        scale_down_unready_enabled: yes("scale-down-unready-enabled"),
        unneeded_time: time("scale-down-unneeded-time"),
        unready_time: time("scale-down-unready-time"),
        utilization_threshold_ppm: ppm(flag("scale-down-utilization-threshold")),
        delay_after_add: time("scale-down-delay-after-add"),
        delay_after_delete: time("scale-down-delay-after-delete"),
        delay_type_local: yes("scale-down-delay-type-local"),
        unremovable_recheck: time("unremovable-node-recheck-timeout"),
        max_scale_down_parallelism: count("max-scale-down-parallelism") as usize,
        max_drain_parallelism: count("max-drain-parallelism") as usize,
        delete_delay_after_taint: time("node-delete-delay-after-taint"),
        max_graceful_termination: seconds("max-graceful-termination-sec"),
        max_pod_eviction_time: time("max-pod-eviction-time"),
        utilization_of_capacity: false,
        ignore_daemon_sets_utilization: yes("ignore-daemonsets-utilization"),
        ignore_mirror_pods_utilization: yes("ignore-mirror-pods-utilization"),
        skip_custom_controllers: yes("skip-nodes-with-custom-controller-pods"),
        skip_local_storage: yes("skip-nodes-with-local-storage"),
        skip_system_pods: yes("skip-nodes-with-system-pods"),
        min_replica_count: count("min-replica-count"),
        system_pod_blocks_for: Some(time("blocking-system-pod-distruption-timeout")),
        cordon_before_terminating: yes("cordon-node-before-terminating"),
        evict_daemons_of_occupied: yes("daemonset-eviction-for-occupied-nodes"),
        evict_daemons_of_empty: yes("daemonset-eviction-for-empty-nodes"),
        max_soft_taints: count("max-bulk-soft-taint-count") as usize,
    }
}

/// The groups.
pub fn groups(recording: &Value, symbols: &mut Symbols) -> Vec<Group> {
    list(recording, "nodeGroups").iter().map(|value| group(value, symbols)).collect()
}

fn duration(text: &str) -> SimDuration {
    manifest::duration(text).unwrap_or_else(|| panic!("duration {text}"))
}

fn group(value: &Value, symbols: &mut Symbols) -> Group {
    let own = |name: &str| value["options"].get(name);
    let time = |name: &str| own(name).and_then(Value::as_str).map(duration);
    let share = |value: &Value| value.as_str().map_or_else(|| ppm(&value.to_string()), ppm);
    let yes = |value: &Value| value.as_bool().unwrap_or_else(|| value == "true");
    Group {
        id: text(value, "id").to_owned(),
        min: number(value, "min"),
        max: number(value, "max"),
        template: Arc::new(replay::node(&value["template"], &[], symbols)),
        price_per_hour: value.get("pricePerHour").and_then(Value::as_f64).unwrap_or(0.0),
        unneeded_time: time("scaleDownUnneededTime"),
        unready_time: time("scaleDownUnreadyTime"),
        utilization_threshold_ppm: own("scaleDownUtilizationThreshold").map(share),
        max_node_provision_time: time("maxNodeProvisionTime"),
        max_node_startup_time: time("maxNodeStartupTime"),
        ignore_daemon_sets_utilization: own("ignoreDaemonSetsUtilization").map(yes),
    }
}

fn expander(name: &str) -> ExpanderKind {
    match name {
        "random" => ExpanderKind::Random,
        "most-pods" => ExpanderKind::MostPods,
        "least-waste" => ExpanderKind::LeastWaste,
        "least-nodes" => ExpanderKind::LeastNodes,
        "price" => ExpanderKind::Price,
        "priority" => ExpanderKind::Priority,
        other => panic!("expander {other}"),
    }
}

fn range(text: &str, unit: i64) -> (i64, i64) {
    let (least, most) = text.split_once(':').unwrap();
    (least.parse::<i64>().unwrap() * unit, most.parse::<i64>().unwrap() * unit)
}

/// `[a,b]`.
fn names(text: &str) -> Vec<String> {
    let inner = text.trim_start_matches('[').trim_end_matches(']');
    inner.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A decimal number in millionths.
fn ppm(text: &str) -> i64 {
    let number: f64 = text.parse().unwrap_or_else(|_| panic!("number {text}"));
    (number * 1_000_000.0).round() as i64
}

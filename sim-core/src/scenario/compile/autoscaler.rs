//! The cluster autoscaler: its flags over the defaults of the era.

use std::collections::{BTreeMap, BTreeSet};

use super::super::clock_time::Span;
use super::super::flag::Totals;
use super::super::path::Path;
use super::super::quantity::Share;
use super::super::scalar::Problem;
use super::super::schema::{self, Scenario};
use super::Findings;
use super::cluster::check_period;
use crate::model::autoscaler::{Autoscaler, ExpanderKind, Options};
use crate::time::SimDuration;

/// `--scan-interval`.
const SCAN_INTERVAL: SimDuration = SimDuration::from_secs(10);

/// The autoscaler, if the scenario has one.
pub(super) fn autoscaler(scenario: &Scenario, findings: &mut Findings<'_>) -> Option<Autoscaler> {
    let written = scenario.autoscaler.as_ref()?;
    let path = Path::of(&["autoscaler"]);
    let mut options = Options::of(scenario.era);
    grow(&mut options, written);
    shrink(&mut options, written);
    block(&mut options, written);
    if let Some(percent) = written.max_total_unready_percentage {
        if !(0.0..=100.0).contains(&percent) {
            let fact = format!("{percent} is out of range");
            let problem = Problem::new("S015", fact, "write a number from 0 to 100, such as 45");
            findings.error(&path.key("maxTotalUnreadyPercentage"), problem);
        }
        options.max_total_unready_ppm = (percent.clamp(0.0, 100.0) * 1e4 + 0.5) as i64;
    }
    let group_priorities = written.priority_expander.as_ref().map(|ranks| priorities(ranks, &path, findings));
    if group_priorities.is_none() && options.expanders.contains(&ExpanderKind::Priority) {
        let fact = "the expander `priority` ranks no group without `priorityExpander`";
        let hint = "add for instance `priorityExpander: {\"10\": [\".*\"]}`";
        findings.warning(&path.key("expander"), Problem::new("S086", fact, hint));
    }
    let scan_interval = written.scan_interval.map_or(SCAN_INTERVAL, |span| span.duration);
    let scan_interval = check_period(scan_interval, &path.key("scanInterval"), findings);
    Some(Autoscaler { scan_interval, options, group_priorities })
}

fn set<T: Clone>(flag: &mut T, written: Option<&T>) {
    if let Some(written) = written {
        flag.clone_from(written);
    }
}

fn set_time(flag: &mut SimDuration, written: Option<Span>) {
    set(flag, written.map(|span| span.duration).as_ref());
}

fn set_share(flag: &mut i64, written: Option<Share>) {
    set(flag, written.map(|share| (share.ratio * 1e6 + 0.5) as i64).as_ref());
}

fn set_count(flag: &mut i64, written: Option<u32>) {
    set(flag, written.map(i64::from).as_ref());
}

fn set_size(flag: &mut usize, written: Option<u32>) {
    set(flag, written.map(|count| count as usize).as_ref());
}

fn set_totals(flag: &mut (i64, i64), written: Option<Totals>, unit: i64) {
    let totals = written.map(|totals| (i64::from(totals.least) * unit, i64::from(totals.most) * unit));
    set(flag, totals.as_ref());
}

/// What decides how the cluster grows.
fn grow(options: &mut Options, written: &schema::Autoscaler) {
    set(&mut options.expanders, written.expander.as_ref().map(|expanders| &expanders.kinds));
    set_count(&mut options.max_nodes_total, written.max_nodes_total);
    set_totals(&mut options.cores_total, written.cores_total, 1);
    set_totals(&mut options.memory_total, written.memory_total, 1 << 30);
    set_count(&mut options.max_nodes_per_scale_up, written.max_nodes_per_scaleup);
    set(&mut options.balance_similar_groups, written.balance_similar_node_groups.as_ref());
    set(&mut options.balancing_ignored_labels, written.balancing_ignore_label.as_ref());
    set(&mut options.balancing_labels, written.balancing_label.as_ref());
    set_share(&mut options.memory_difference_ppm, written.memory_difference_ratio);
    set_share(&mut options.allocatable_difference_ppm, written.max_allocatable_difference_ratio);
    set_share(&mut options.free_difference_ppm, written.max_free_difference_ratio);
    set_time(&mut options.new_pod_scale_up_delay, written.new_pod_scale_up_delay);
    set(&mut options.expendable_below, written.expendable_pods_priority_cutoff.as_ref());
    set(&mut options.enforce_min_size, written.enforce_node_group_min_size.as_ref());
    set_time(&mut options.max_node_provision_time, written.max_node_provision_time);
    set_time(&mut options.max_node_startup_time, written.max_node_startup_time);
    set_time(&mut options.backoff_initial, written.initial_node_group_backoff_duration);
    set_time(&mut options.backoff_max, written.max_node_group_backoff_duration);
    set_time(&mut options.backoff_reset, written.node_group_backoff_reset_timeout);
    set_count(&mut options.ok_total_unready_count, written.ok_total_unready_count);
}

/// What decides when nodes go.
fn shrink(options: &mut Options, written: &schema::Autoscaler) {
    set(&mut options.scale_down_enabled, written.scale_down_enabled.as_ref());
    set(&mut options.scale_down_unready_enabled, written.scale_down_unready_enabled.as_ref());
    set_time(&mut options.unneeded_time, written.scale_down_unneeded_time);
    set_time(&mut options.unready_time, written.scale_down_unready_time);
    set_share(&mut options.utilization_threshold_ppm, written.scale_down_utilization_threshold);
    set_time(&mut options.delay_after_add, written.scale_down_delay_after_add);
    set_time(&mut options.delay_after_delete, written.scale_down_delay_after_delete);
    set(&mut options.delay_type_local, written.scale_down_delay_type_local.as_ref());
    set_time(&mut options.unremovable_recheck, written.unremovable_node_recheck_timeout);
    set_size(&mut options.max_scale_down_parallelism, written.max_scale_down_parallelism);
    set_size(&mut options.max_drain_parallelism, written.max_drain_parallelism);
    set_time(&mut options.delete_delay_after_taint, written.node_delete_delay_after_taint);
    let grace = written.max_graceful_termination_sec;
    let grace = grace.map(|seconds| SimDuration::from_secs(u64::from(seconds)));
    set(&mut options.max_graceful_termination, grace.as_ref());
    set_time(&mut options.max_pod_eviction_time, written.max_pod_eviction_time);
    set_size(&mut options.max_soft_taints, written.max_bulk_soft_taint_count);
    set(&mut options.cordon_before_terminating, written.cordon_node_before_terminating.as_ref());
}

/// What counts on a node, and what keeps it.
fn block(options: &mut Options, written: &schema::Autoscaler) {
    set(&mut options.ignore_daemon_sets_utilization, written.ignore_daemonsets_utilization.as_ref());
    set(&mut options.ignore_mirror_pods_utilization, written.ignore_mirror_pods_utilization.as_ref());
    set(&mut options.skip_custom_controllers, written.skip_nodes_with_custom_controller_pods.as_ref());
    set(&mut options.skip_local_storage, written.skip_nodes_with_local_storage.as_ref());
    set(&mut options.skip_system_pods, written.skip_nodes_with_system_pods.as_ref());
    set_count(&mut options.min_replica_count, written.min_replica_count);
    if let Some(span) = written.blocking_system_pod_distruption_timeout {
        options.system_pod_blocks_for = Some(span.duration);
    }
    set(&mut options.evict_daemons_of_occupied, written.daemonset_eviction_for_occupied_nodes.as_ref());
    set(&mut options.evict_daemons_of_empty, written.daemonset_eviction_for_empty_nodes.as_ref());
}

fn priorities(
    written: &BTreeMap<String, Vec<String>>,
    path: &Path,
    findings: &mut Findings<'_>,
) -> BTreeMap<i64, BTreeSet<String>> {
    let mut ranks = BTreeMap::new();
    for (key, patterns) in written {
        match key.trim().parse::<i64>() {
            Ok(priority) => {
                ranks.insert(priority, patterns.iter().cloned().collect());
            }
            Err(_) => {
                let problem = Problem::not("S012", key, "a priority", "write whole numbers such as `10`");
                findings.error(&super::within(path, &["priorityExpander", key]), problem);
            }
        }
    }
    ranks
}

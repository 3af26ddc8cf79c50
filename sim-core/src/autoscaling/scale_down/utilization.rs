//! How much of a node its pods request.
//!
//! Models: `utilization.Calculate` (cluster-autoscaler 1.36): the larger of CPU and memory, as requests over
//! allocatable; pods of DaemonSets and mirror pods can be left out of both; pods long gone do not count.
//! Leaves out: devices.

use crate::autoscaling::objects::Pod;
use crate::autoscaling::snapshot::NodeInfo;
use crate::time::SimTime;

/// A share as a fraction.
pub type Fraction = (i64, i64);

/// The larger of the two shares; `None`: the node has no CPU or no memory.
pub fn of(info: &NodeInfo, skip_daemons: bool, skip_mirrors: bool, now: SimTime) -> Option<Fraction> {
    let share = |whole: i64, requested: fn(&Pod) -> i64| {
        let (mut used, mut left) = (0, whole);
        for pod in &info.pods {
            if (skip_daemons && pod.is_daemon()) || (skip_mirrors && pod.mirror) {
                left -= requested(pod);
            } else if !pod.is_long_terminating(now) {
                used += requested(pod);
            }
        }
        (whole > 0).then_some((used, left))
    };
    let allocatable = &info.node.allocatable;
    let cpu = share(allocatable.cpu_millis, |pod| pod.spec.requests.cpu_millis)?;
    let memory = share(allocatable.memory_bytes, |pod| pod.spec.requests.memory_bytes)?;
    Some(if is_above(cpu, memory) { cpu } else { memory })
}

fn is_above(one: Fraction, other: Fraction) -> bool {
    i128::from(one.0) * i128::from(other.1) > i128::from(other.0) * i128::from(one.1)
}

/// Whether the share is above the threshold; at it, the node is still underutilised.
pub fn exceeds(fraction: Fraction, threshold_ppm: i64) -> bool {
    is_above(fraction, (threshold_ppm, 1_000_000))
}

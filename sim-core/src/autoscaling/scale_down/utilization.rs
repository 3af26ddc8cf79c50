//! How much of a node its pods request.
//!
//! Models: `utilization.Calculate` (cluster-autoscaler 1.36): the larger of CPU and memory, as requests over
//! allocatable; pods of DaemonSets and mirror pods can be left out of both; pods long gone do not count.
//! Leaves out: devices.

use crate::autoscaling::moment::Moment;
use crate::autoscaling::objects::Pod;
use crate::autoscaling::options::Options;
use crate::autoscaling::snapshot::NodeInfo;
use crate::placement::requests::CpuAndMemory;

/// A share as a fraction.
pub type Fraction = (i64, i64);

/// The larger of the two shares; `None`: the node has no CPU or no memory.
pub fn of(info: &NodeInfo, options: &Options, skip_daemons: bool, moment: &Moment) -> Option<Fraction> {
    let (mut used, mut skipped) = (CpuAndMemory::default(), CpuAndMemory::default());
    let add = |sum: &mut CpuAndMemory, more: CpuAndMemory| {
        sum.cpu_millis += more.cpu_millis;
        sum.memory_bytes += more.memory_bytes;
    };
    // What every node of the group runs beside its listed pods are DaemonSets.
    add(if skip_daemons { &mut skipped } else { &mut used }, info.node.spec.base.requested);
    for pod in &info.pods {
        if is_skipped(pod, options, skip_daemons) {
            add(&mut skipped, pod.requests());
        } else if !pod.is_long_terminating(moment) {
            add(&mut used, pod.requests());
        }
    }
    fraction(info, used, skipped, options)
}

/// The same where the sum of what is requested is known. Of pods that are left out, the sum has what the
/// node is known to have.
pub fn of_sum(
    requested: CpuAndMemory,
    known: &NodeInfo,
    options: &Options,
    skip_daemons: bool,
) -> Option<Fraction> {
    let (mut used, mut skipped) = (requested, CpuAndMemory::default());
    let mut skip = |skip: CpuAndMemory| {
        used.cpu_millis -= skip.cpu_millis;
        used.memory_bytes -= skip.memory_bytes;
        skipped.cpu_millis += skip.cpu_millis;
        skipped.memory_bytes += skip.memory_bytes;
    };
    if skip_daemons {
        skip(known.node.spec.base.requested);
    }
    if skip_daemons || options.ignore_mirror_pods_utilization {
        let pods = known.pods.iter().filter(|pod| is_skipped(pod, options, skip_daemons));
        pods.for_each(|pod| skip(pod.requests()));
    }
    fraction(known, used, skipped, options)
}

/// Whether the pod is left out.
fn is_skipped(pod: &Pod, options: &Options, skip_daemons: bool) -> bool {
    (skip_daemons && pod.is_daemon()) || (options.ignore_mirror_pods_utilization && pod.traits.mirror)
}

fn fraction(
    info: &NodeInfo,
    used: CpuAndMemory,
    skipped: CpuAndMemory,
    options: &Options,
) -> Option<Fraction> {
    let whole =
        if options.utilization_of_capacity { &info.node.capacity } else { &info.node.spec.allocatable };
    if whole.cpu_millis <= 0 || whole.memory_bytes <= 0 {
        return None;
    }
    let cpu = (used.cpu_millis, whole.cpu_millis - skipped.cpu_millis);
    let memory = (used.memory_bytes, whole.memory_bytes - skipped.memory_bytes);
    Some(if is_above(cpu, memory) { cpu } else { memory })
}

fn is_above(one: Fraction, other: Fraction) -> bool {
    i128::from(one.0) * i128::from(other.1) > i128::from(other.0) * i128::from(one.1)
}

/// Whether the share is above the threshold; at it, the node is still underutilised.
pub fn exceeds(fraction: Fraction, threshold_ppm: i64) -> bool {
    is_above(fraction, (threshold_ppm, 1_000_000))
}

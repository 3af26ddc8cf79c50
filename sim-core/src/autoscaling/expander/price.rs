//! What a scale-up costs for what it takes.
//!
//! Models: the expander `price` (cluster-autoscaler 1.36): price of the nodes over price of the pods, both
//! steadied by a small pod, times how unlike the preferred machine the node is (by CPU), which matters less
//! the more nodes there are. A pod costs 0.03 per core and hour plus 0.004 per GiB and hour.
//! Leaves out: devices; groups that do not exist yet.

use super::{Candidate, Setting};
use crate::placement::requests::CpuAndMemory;

const PER_CORE_HOUR: f64 = 0.03;
const PER_GIB_HOUR: f64 = 0.004;
/// 500m and 500 MiB.
const STEADYING: (i64, i64) = (500, 500 << 20);

/// The lower, the better.
pub(super) fn score(option: &Candidate, setting: &Setting<'_>) -> f64 {
    let nodes = setting.groups[option.group].price_per_hour * option.nodes as f64;
    let pods: f64 = option.pods.iter().map(|pod| pod_price(pod.requests())).sum();
    let (cpu_millis, memory_bytes) = STEADYING;
    let steadying = pod_price(CpuAndMemory { cpu_millis, memory_bytes });
    let cpu = setting.templates[option.group].node.capacity.cpu_millis as f64;
    let preferred = preferred_cpu_millis(setting.nodes) as f64;
    let unfitness = (preferred / cpu).max(cpu / preferred);
    let suppressed = (unfitness - 1.0) * (1.0 - libm::tanh((option.nodes - 1) as f64 / 15.0)) + 1.0;
    suppressed * (nodes + steadying) / (pods + steadying)
}

fn pod_price(requests: CpuAndMemory) -> f64 {
    let cores = requests.cpu_millis as f64 / 1_000.0;
    let gibibytes = requests.memory_bytes as f64 / (1_u64 << 30) as f64;
    cores * PER_CORE_HOUR + gibibytes * PER_GIB_HOUR
}

/// The preferred machine doubles with every tripling of the cluster.
const fn preferred_cpu_millis(nodes: usize) -> i64 {
    match nodes {
        0..=2 => 1_000,
        3..=6 => 2_000,
        7..=20 => 4_000,
        21..=60 => 8_000,
        61..=200 => 16_000,
        _ => 32_000,
    }
}

//! The catalogue of machine types: what a node of each has for pods, and what it costs.
//!
//! **Models** allocatable = capacity as the kubelet sees it, less what the provider reserves, less the
//! hard-eviction threshold of 100 MiB: Google's machines under GKE (`gce.rs`), Amazon's under EKS
//! (`ec2.rs`); domain reference, section 2. Prices are the public ones on demand, in dollars, of one region
//! of each provider; a scenario gives its own where they matter.
//!
//! **Leaves out** shared-core machines of Google (e2-micro to e2-medium, f1, g1), local disks, GPUs, and
//! every other family and provider: those give `allocatable` in numbers.

mod ec2;
mod gce;

use crate::model::Era;
use crate::resources::Resources;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What the kubelet lets pods use: its default `maxPods`, which GKE could not raise in 2018.
pub(crate) const MAX_PODS: u64 = 110;
/// `evictionHard: memory.available` of GKE and of the EKS images.
const EVICTION_THRESHOLD: u64 = 100 * MIB;

/// A machine type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    /// What pods, DaemonSets included, may request on a node.
    pub allocatable: Resources,
    /// Memory that the provider keeps from pods for the kubelet and the system.
    pub reserved_memory: u64,
    /// Its virtual CPUs: what quotas count.
    pub cores: u32,
    /// Its price on demand, in millionths of a dollar for each hour.
    pub micro_dollars_per_hour: u64,
}

/// The names of all machine types known.
pub(crate) fn names() -> Vec<String> {
    gce::names().chain(ec2::names()).collect()
}

/// The machine type `name`, as a node of it is under the Kubernetes of `era`.
pub(crate) fn machine(name: &str, era: Era) -> Option<Machine> {
    gce::machine(name, era).or_else(|| ec2::machine(name))
}

/// Reservation of GKE and of the EKS images alike, in millionths of a core: 6 % of the first core, 1 % of
/// the second, 0.5 % of the next two, 0.25 % of the rest.
fn reserved_cpu_micros(cores: u64) -> u64 {
    tiered(cores, &[(1, 60_000), (2, 10_000), (4, 5_000), (u64::MAX, 2_500)])
}

/// The sum over tiers, each with its upper end and its rate.
fn tiered(amount: u64, tiers: &[(u64, u64)]) -> u64 {
    let mut start = 0;
    let mut sum = 0;
    for (end, rate) in tiers {
        sum += (amount.min(*end) - start.min(amount)) * rate;
        start = *end;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_complete_and_sane() {
        let names = names();
        for name in &names {
            let node = machine(name, Era::V1_36).expect("in the catalogue");
            assert!(node.allocatable.cpu_millis < u64::from(node.cores) * 1000, "{name}");
            assert!(node.allocatable.memory_bytes > 100 * MIB && node.allocatable.pods >= 4, "{name}");
            let per_core = node.micro_dollars_per_hour / u64::from(node.cores);
            assert!((5_000..150_000).contains(&per_core), "{name}: {per_core} for a core and an hour");
        }
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        for name in
            ["n1-standard-3", "n1-highmem-1", "e2-medium", "n1-standard", "", "n1-standard--4", "m5.3xlarge"]
        {
            assert_eq!(machine(name, Era::V1_36), None, "{name}");
        }
    }
}

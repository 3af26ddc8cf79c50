//! The catalogue of machine types: what a node of each has for pods.
//!
//! **Models** Google's n1 machines under GKE (domain reference, section 2): capacity as the kubelet
//! sees it on GCE, less GKE's reservations and the hard-eviction threshold.
//!
//! **Leaves out** the correction of 0.175 % of the physical memory that cluster-autoscaler 1.33 knows
//! for newer images (it is within the formula's error for the machines of 2018), local disks, GPUs, and
//! every other family and provider: those give `allocatable` in numbers.

use crate::resources::Resources;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What the kubelet lets pods use: its default `maxPods`, which GKE could not raise in 2018.
pub(crate) const MAX_PODS: u64 = 110;

/// A family: its prefix, hundredths of a GiB for each core, the sizes that exist.
const FAMILIES: [(&str, u64, &[u64]); 3] = [
    ("n1-standard", 375, &[1, 2, 4, 8, 16, 32, 64, 96]),
    ("n1-highmem", 650, &[2, 4, 8, 16, 32, 64, 96]),
    ("n1-highcpu", 90, &[2, 4, 8, 16, 32, 64, 96]),
];

/// The names of all machine types known.
pub(crate) fn names() -> Vec<String> {
    FAMILIES
        .iter()
        .flat_map(|(family, _, sizes)| sizes.iter().map(move |cores| format!("{family}-{cores}")))
        .collect()
}

/// What pods, DaemonSets included, may request on a node of the type `name`.
pub(crate) fn allocatable(name: &str) -> Option<Resources> {
    let (family, cores) = name.rsplit_once('-')?;
    let cores: u64 = cores.parse().ok()?;
    let (_, hundredths, _) =
        FAMILIES.iter().find(|(known, _, sizes)| *known == family && sizes.contains(&cores))?;
    // n1 sizes are exact in MiB: 3.75, 6.5 and 0.9 GiB for each core. highcpu rounds to 51.2 MiB.
    let physical = (cores * hundredths * GIB / 100) / MIB * MIB;
    Some(Resources {
        cpu_millis: cores * 1000 - reserved_cpu_micros(cores).div_ceil(1000),
        memory_bytes: kubelet_memory(physical) - reserved_memory(physical) - 100 * MIB,
        pods: MAX_PODS,
    })
}

/// Memory that the kubelet sees on GCE (cluster-autoscaler 1.33, cloudprovider/gce/gce_reserved.go).
fn kubelet_memory(physical: u64) -> u64 {
    let swiotlb = if physical > 3 * GIB { 64 * MIB } else { 0 };
    let small = if physical <= 8 * GIB { 8 * MIB } else { 0 };
    physical - physical / 64 - 16 * MIB - swiotlb - small
}

/// GKE's reservation, of the machine's memory: 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the
/// next 8, 6 % of the next 112, 2 % of the rest; 255 MiB on machines below 1 GiB.
fn reserved_memory(physical: u64) -> u64 {
    if physical < GIB {
        return 255 * MIB;
    }
    tiered(physical, &[(4 * GIB, 250), (8 * GIB, 200), (16 * GIB, 100), (128 * GIB, 60), (u64::MAX, 20)])
        / 1_000
}

/// GKE's reservation, in millionths of a core: 6 % of the first core, 1 % of the second, 0.5 % of the
/// next two, 0.25 % of the rest.
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

    /// Domain reference, section 2: the table of computed values, and the check value of a real node.
    #[test]
    fn allocatable_is_that_of_the_table() {
        for (name, tenths_of_gib, cpu_millis) in [
            ("n1-standard-4", 121, 3920),
            ("n1-highmem-4", 222, 3920),
            ("n1-standard-16", 536, 15890),
            ("n1-highmem-8", 462, 7910),
            ("n1-highmem-16", 943, 15890),
            ("n1-highmem-32", 1936, 31850),
        ] {
            let node = allocatable(name).expect("in the catalogue");
            assert_eq!(node.cpu_millis, cpu_millis, "{name}");
            let gib = node.memory_bytes as f64 / GIB as f64;
            assert!((gib * 10.0 - tenths_of_gib as f64).abs() < 1.0, "{name}: {gib} GiB");
        }
        let gib = allocatable("n1-highmem-8").expect("there").memory_bytes as f64 / GIB as f64;
        assert!((gib - 46.25).abs() < 0.01, "{gib} GiB");
        assert!((gib / (48_537_252.0 / 1024.0 / 1024.0) - 1.0).abs() < 0.003, "a real node of 2018");
    }

    #[test]
    fn the_catalogue_is_complete_and_sane() {
        for name in names() {
            let node = allocatable(&name).expect("in the catalogue");
            assert!(node.cpu_millis > 0 && node.memory_bytes > 512 * MIB, "{name}");
        }
        for name in ["n1-standard-3", "n1-highmem-1", "n2-standard-4", "n1-standard", "", "n1-standard--4"] {
            assert_eq!(allocatable(name), None, "{name}");
        }
    }
}

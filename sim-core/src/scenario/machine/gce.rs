//! Google's machines as nodes of GKE.
//!
//! Capacity: what the kubelet sees on GCE (cluster-autoscaler 1.33, cloudprovider/gce/gce_reserved.go; its
//! term of 0.175 % is newer than 2018). Reservations: Google's page "Plan GKE Standard node sizes". Prices:
//! on demand in us-central1, a price for each core and for each GiB (cloud.google.com/compute/vm-instance-pricing).

use super::{EVICTION_THRESHOLD, GIB, MAX_PODS, MIB, Machine, reserved_cpu_micros, tiered};
use crate::model::Era;
use crate::resources::Resources;

struct Family {
    name: &'static str,
    /// Hundredths of a GiB for each core.
    memory: u64,
    /// The sizes that exist, in cores.
    sizes: &'static [u64],
    /// Millionths of a dollar for each hour: of a core, of a GiB.
    price: (u64, u64),
}

const fn family(name: &'static str, memory: u64, sizes: &'static [u64], price: (u64, u64)) -> Family {
    Family { name, memory, sizes, price }
}

const N1: (u64, u64) = (31_611, 4_237);
const N2: (u64, u64) = (31_611, 4_237);
const N2D: (u64, u64) = (27_502, 3_686);
const E2: (u64, u64) = (21_812, 2_924);
const C2: (u64, u64) = (33_980, 4_550);
const N2_SIZES: &[u64] = &[2, 4, 8, 16, 32, 48, 64, 80, 96];

const FAMILIES: [Family; 13] = [
    family("n1-standard", 375, &[1, 2, 4, 8, 16, 32, 64, 96], N1),
    family("n1-highmem", 650, &[2, 4, 8, 16, 32, 64, 96], N1),
    family("n1-highcpu", 90, &[2, 4, 8, 16, 32, 64, 96], N1),
    family("n2-standard", 400, N2_SIZES, N2),
    family("n2-highmem", 800, N2_SIZES, N2),
    family("n2-highcpu", 100, N2_SIZES, N2),
    family("n2d-standard", 400, N2_SIZES, N2D),
    family("n2d-highmem", 800, N2_SIZES, N2D),
    family("n2d-highcpu", 100, N2_SIZES, N2D),
    family("e2-standard", 400, &[2, 4, 8, 16, 32], E2),
    family("e2-highmem", 800, &[2, 4, 8, 16], E2),
    family("e2-highcpu", 100, &[2, 4, 8, 16, 32], E2),
    family("c2-standard", 400, &[4, 8, 16, 30, 60], C2),
];

pub(super) fn names() -> impl Iterator<Item = String> {
    FAMILIES
        .iter()
        .flat_map(|family| family.sizes.iter().map(move |cores| format!("{}-{cores}", family.name)))
}

pub(super) fn machine(name: &str, era: Era) -> Option<Machine> {
    let (stem, cores) = name.rsplit_once('-')?;
    let cores: u64 = cores.parse().ok()?;
    let family = FAMILIES.iter().find(|family| family.name == stem && family.sizes.contains(&cores))?;
    // Exact in MiB; highcpu of n1 rounds to 51.2 MiB.
    let physical = (cores * family.memory * GIB / 100) / MIB * MIB;
    let (core, gib) = family.price;
    Some(Machine {
        allocatable: Resources {
            cpu_millis: cores * 1000 - reserved_cpu_micros(cores).div_ceil(1000),
            memory_bytes: kubelet_memory(physical, era) - reserved_memory(physical) - EVICTION_THRESHOLD,
            pods: MAX_PODS,
        },
        reserved_memory: reserved_memory(physical),
        cores: cores as u32,
        micro_dollars_per_hour: cores * core + cores * family.memory * gib / 100,
    })
}

/// Memory that the kubelet sees.
fn kubelet_memory(physical: u64, era: Era) -> u64 {
    let swiotlb = if physical > 3 * GIB { 64 * MIB } else { 0 };
    let small = if physical <= 8 * GIB { 8 * MIB } else { 0 };
    let newer = if era.images_reserve_more() { (physical * 175 / 100_000).min(248 * MIB) } else { 0 };
    physical - physical / 64 - 16 * MIB - swiotlb - small - newer
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

#[cfg(test)]
mod tests {
    use super::*;

    fn gib(name: &str, era: Era) -> f64 {
        machine(name, era).expect("in the catalogue").allocatable.memory_bytes as f64 / GIB as f64
    }

    /// Domain reference, section 2: the table of computed values.
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
            let node = machine(name, Era::V1_8).expect("in the catalogue");
            assert_eq!(node.allocatable.cpu_millis, cpu_millis, "{name}");
            let gib = gib(name, Era::V1_8);
            assert!((gib * 10.0 - tenths_of_gib as f64).abs() < 1.0, "{name}: {gib} GiB");
        }
        assert!((gib("n1-highmem-16", Era::V1_36) - 94.1).abs() < 0.05, "the newer correction");
        assert!((gib("n1-highmem-8", Era::V1_36) - 46.16).abs() < 0.01, "the newer correction");
    }

    /// An n1-highmem-8 of mybinder in August 2018 reported 48537252 Ki.
    #[test]
    fn a_known_node_is_met_within_a_third_of_a_percent() {
        for era in [Era::V1_8, Era::V1_10, Era::V1_36] {
            let ratio = gib("n1-highmem-8", era) / (48_537_252.0 / 1024.0 / 1024.0);
            assert!((ratio - 1.0).abs() < 0.003, "{era:?}: {ratio}");
        }
        assert!((gib("n1-highmem-8", Era::V1_8) - 46.25).abs() < 0.01);
    }

    /// Google's price list: dollars for an hour, us-central1, on demand.
    #[test]
    fn prices_are_those_of_the_list() {
        for (name, dollars) in [
            ("n1-standard-4", 0.19),
            ("n1-highmem-2", 0.1184),
            ("n1-highmem-8", 0.4736),
            ("n2-standard-4", 0.1942),
            ("e2-standard-4", 0.1340),
            ("n2d-standard-4", 0.1690),
            ("c2-standard-4", 0.2088),
        ] {
            let price = machine(name, Era::V1_36).expect("there").micro_dollars_per_hour as f64 / 1e6;
            assert!((price / dollars - 1.0).abs() < 0.005, "{name}: {price}");
        }
    }
}

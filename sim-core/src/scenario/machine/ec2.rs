//! Amazon's machines as nodes of EKS.
//!
//! Reservations: `bootstrap.sh` of the AL2 image (awslabs/amazon-eks-ami): memory 255 MiB and 11 MiB for
//! each pod of the maximum, CPU as GKE. Maximum of pods without prefix delegation: interfaces x (addresses
//! of one - 1) + 2 (its eni-max-pods.txt). What the kubelet sees is 7.5 % less than the machine has: the
//! estimate of Karpenter (`vm-memory-overhead-percent`), whose table of instance types the tests hold this
//! against; real machines have up to 3 % more. Prices: on demand in us-east-1, each size twice the one before.

use super::{EVICTION_THRESHOLD, GIB, MIB, Machine, reserved_cpu_micros};
use crate::resources::Resources;

struct Family {
    /// Families with the same shape, and the price of an xlarge of each, in millionths of a dollar an hour.
    names: &'static [(&'static str, u64)],
    /// GiB for each core.
    gib: u64,
    sizes: &'static [Size],
}

/// A size: its name, cores, network interfaces, addresses of each.
type Size = (&'static str, u64, u64, u64);

const M5: &[Size] = &[
    ("large", 2, 3, 10),
    ("xlarge", 4, 4, 15),
    ("2xlarge", 8, 4, 15),
    ("4xlarge", 16, 8, 30),
    ("8xlarge", 32, 8, 30),
    ("12xlarge", 48, 8, 30),
    ("16xlarge", 64, 15, 50),
    ("24xlarge", 96, 15, 50),
];
const C5: &[Size] = &[
    ("large", 2, 3, 10),
    ("xlarge", 4, 4, 15),
    ("2xlarge", 8, 4, 15),
    ("4xlarge", 16, 8, 30),
    ("9xlarge", 36, 8, 30),
    ("12xlarge", 48, 8, 30),
    ("18xlarge", 72, 15, 50),
    ("24xlarge", 96, 15, 50),
];
const M4: &[Size] = &[
    ("large", 2, 2, 10),
    ("xlarge", 4, 4, 15),
    ("2xlarge", 8, 4, 15),
    ("4xlarge", 16, 8, 30),
    ("10xlarge", 40, 8, 30),
    ("16xlarge", 64, 8, 30),
];
const FAMILIES: [Family; 5] = [
    Family { names: &[("m5", 192_000), ("m6i", 192_000), ("m6a", 172_800)], gib: 4, sizes: M5 },
    Family { names: &[("r5", 252_000), ("r6i", 252_000)], gib: 8, sizes: M5 },
    Family { names: &[("c6i", 170_000)], gib: 2, sizes: M5 },
    Family { names: &[("c5", 170_000)], gib: 2, sizes: C5 },
    Family { names: &[("m4", 200_000)], gib: 4, sizes: M4 },
];

/// A machine that is like no other: name, cores, MiB, interfaces, addresses of each, price.
type Single = (&'static str, u64, u64, u64, u64, u64);

const SINGLES: [Single; 12] = [
    ("t3.small", 2, 2 * 1024, 3, 4, 20_800),
    ("t3.medium", 2, 4 * 1024, 3, 6, 41_600),
    ("t3.large", 2, 8 * 1024, 3, 12, 83_200),
    ("t3.xlarge", 4, 16 * 1024, 4, 15, 166_400),
    ("t3.2xlarge", 8, 32 * 1024, 4, 15, 332_800),
    ("t2.small", 1, 2 * 1024, 3, 4, 23_000),
    ("t2.medium", 2, 4 * 1024, 3, 6, 46_400),
    ("t2.large", 2, 8 * 1024, 3, 12, 92_800),
    ("t2.xlarge", 4, 16 * 1024, 3, 15, 185_600),
    ("t2.2xlarge", 8, 32 * 1024, 3, 15, 371_200),
    ("m3.medium", 1, 3_840, 2, 6, 67_000),
    ("m3.large", 2, 7_680, 3, 10, 133_000),
];

pub(super) fn names() -> impl Iterator<Item = String> {
    let of_families = FAMILIES.iter().flat_map(|family| {
        let sizes = family.sizes.iter();
        sizes.flat_map(|size| family.names.iter().map(move |(name, _)| format!("{name}.{}", size.0)))
    });
    of_families.chain(SINGLES.iter().map(|single| single.0.to_owned()))
}

pub(super) fn machine(name: &str) -> Option<Machine> {
    if let Some((_, cores, mib, interfaces, addresses, price)) =
        SINGLES.iter().find(|single| single.0 == name)
    {
        return Some(node(*cores, mib * MIB, *interfaces, *addresses, *price));
    }
    let (stem, size) = name.split_once('.')?;
    FAMILIES.iter().find_map(|family| {
        let (_, xlarge) = family.names.iter().find(|(known, _)| *known == stem)?;
        let (_, cores, interfaces, addresses) = family.sizes.iter().find(|known| known.0 == size)?;
        Some(node(*cores, cores * family.gib * GIB, *interfaces, *addresses, xlarge * cores / 4))
    })
}

fn node(cores: u64, physical: u64, interfaces: u64, addresses: u64, price: u64) -> Machine {
    let pods = interfaces * (addresses - 1) + 2;
    let capacity = physical * 925 / 1000;
    Machine {
        allocatable: Resources {
            cpu_millis: cores * 1000 - reserved_cpu_micros(cores).div_ceil(1000),
            memory_bytes: capacity - (255 + 11 * pods) * MIB - EVICTION_THRESHOLD,
            pods,
        },
        reserved_memory: (255 + 11 * pods) * MIB,
        cores: cores as u32,
        micro_dollars_per_hour: price,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Karpenter's reference of instance types, and eni-max-pods.txt.
    #[test]
    fn nodes_are_those_of_the_tables() {
        for (name, cpu_millis, mib, pods, dollars) in [
            ("m5.large", 1930, 6903, 29, 0.096),
            ("m5.xlarge", 3920, 14162, 58, 0.192),
            ("m5.4xlarge", 15890, 57691, 234, 0.768),
            ("r5.2xlarge", 7910, 59627, 58, 0.504),
            ("c5.9xlarge", 35840, 65269, 234, 1.53),
            ("m6i.16xlarge", 63770, 234_021, 737, 3.072),
            ("t3.medium", 1930, 3246, 17, 0.0416),
            ("t3.large", 1930, 6837, 35, 0.0832),
            ("m4.large", 1930, 7002, 20, 0.10),
        ] {
            let Machine { allocatable, micro_dollars_per_hour, .. } = machine(name).expect("there");
            assert_eq!((allocatable.cpu_millis, allocatable.pods), (cpu_millis, pods), "{name}");
            assert_eq!(allocatable.memory_bytes / MIB, mib, "{name}");
            assert!((micro_dollars_per_hour as f64 / 1e6 - dollars).abs() < 1e-4, "{name}");
        }
    }
}

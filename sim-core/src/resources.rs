//! What pods ask for and nodes have: integers only, in the units Kubernetes itself compares.
//!
//! Requests are rounded *up* and capacities *down* when text becomes [`Resources`]
//! (`scenario::quantity`), so a rounding never makes a pod fit that would not.

use core::ops::{Add, AddAssign, Sub, SubAssign};

/// An amount of each resource: a request, an allocatable capacity, or a sum of either.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Resources {
    /// CPU in thousandths of a core.
    pub cpu_millis: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Pod slots: 1 in a pod's request, the kubelet's `maxPods` in a node's capacity.
    pub pods: u64,
}

impl Resources {
    /// Nothing.
    pub const ZERO: Self = Self { cpu_millis: 0, memory_bytes: 0, pods: 0 };

    /// True when a request of `self` fits into `free` of everything it asks for.
    ///
    /// A resource that is not asked for never stands in the way, even where `free` is overdrawn:
    /// the rule of kube-scheduler's NodeResourcesFit.
    pub const fn fits_in(&self, free: &Self) -> bool {
        self.pods <= free.pods
            && (self.cpu_millis == 0 || self.cpu_millis <= free.cpu_millis)
            && (self.memory_bytes == 0 || self.memory_bytes <= free.memory_bytes)
    }

    /// How many requests of `self` fit into `free` side by side.
    pub fn count_in(&self, free: &Self) -> u64 {
        let share = |free: u64, each: u64| free.checked_div(each).unwrap_or(u64::MAX);
        share(free.pods, self.pods)
            .min(share(free.cpu_millis, self.cpu_millis))
            .min(share(free.memory_bytes, self.memory_bytes))
    }

    /// `self` less `other`, each resource stopping at zero.
    pub const fn saturating_sub(&self, other: &Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.saturating_sub(other.cpu_millis),
            memory_bytes: self.memory_bytes.saturating_sub(other.memory_bytes),
            pods: self.pods.saturating_sub(other.pods),
        }
    }
}

impl Add for Resources {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis + other.cpu_millis,
            memory_bytes: self.memory_bytes + other.memory_bytes,
            pods: self.pods + other.pods,
        }
    }
}

impl AddAssign for Resources {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Exact: taking away more than there is is a bug of the caller and panics in every build.
impl Sub for Resources {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let less = |a: u64, b: u64| a.checked_sub(b).expect("resources given back exceed those taken");
        Self {
            cpu_millis: less(self.cpu_millis, other.cpu_millis),
            memory_bytes: less(self.memory_bytes, other.memory_bytes),
            pods: less(self.pods, other.pods),
        }
    }
}

impl SubAssign for Resources {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Resources = Resources { cpu_millis: 1000, memory_bytes: 4096, pods: 10 };

    #[test]
    fn a_resource_not_asked_for_is_not_looked_at() {
        let full = Resources { cpu_millis: 0, ..NODE };
        let pod = Resources { cpu_millis: 0, memory_bytes: 4096, pods: 1 };
        assert!(pod.fits_in(&full));
        assert!(!Resources { cpu_millis: 1, ..pod }.fits_in(&full));
    }

    #[test]
    fn counting_takes_the_scarcest() {
        assert_eq!(Resources { cpu_millis: 300, memory_bytes: 0, pods: 1 }.count_in(&NODE), 3);
        assert_eq!(Resources { cpu_millis: 0, memory_bytes: 1, pods: 1 }.count_in(&NODE), 10);
    }
}

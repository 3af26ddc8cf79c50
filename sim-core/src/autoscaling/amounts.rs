//! Amounts of resources as the autoscaler compares them.

use std::collections::BTreeMap;

/// Amounts of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// CPU in thousandths of a core.
    pub cpu_millis: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Pods; of a request: 0, every pod counts as one.
    pub pods: i64,
    /// Everything else by name, in units.
    pub others: BTreeMap<String, i64>,
}

impl Amounts {
    /// Adds `other`, `times` over; negative takes away.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.cpu_millis += times * other.cpu_millis;
        self.memory_bytes += times * other.memory_bytes;
        self.pods += times * other.pods;
        for (name, amount) in &other.others {
            *self.others.entry(name.clone()).or_default() += times * amount;
        }
    }

    /// Whole cores, rounded up, as totals of cores are counted.
    pub const fn cores(&self) -> i64 {
        (self.cpu_millis + 999).div_euclid(1_000)
    }
}

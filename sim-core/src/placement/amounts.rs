//! Amounts of resources, in the units kube-scheduler compares.
//!
//! Models: `framework.Resource` of kube-scheduler (pkg/scheduler/framework/types.go, 1.36): CPU in
//! thousandths, all else in whole units, rounded up after summing; extended resources, huge pages and
//! attachable volumes by name, other names ignored.

use super::symbols::{Symbol, Symbols};
use crate::kubernetes::{Quantity, ResourceList};

/// An amount of each resource; signed, since what is free may be overdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Amounts {
    /// CPU in thousandths of a core.
    pub cpu_millis: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Ephemeral storage in bytes.
    pub ephemeral_bytes: i64,
    /// Resources by name, each once.
    pub named: Vec<(Symbol, i64)>,
}

impl Amounts {
    /// Interns a list as written.
    pub fn compile(list: &ResourceList, symbols: &mut Symbols) -> Self {
        let mut amounts = Self::default();
        for (name, quantity) in list {
            match name.as_str() {
                "cpu" => amounts.cpu_millis = quantity.millis(),
                "memory" => amounts.memory_bytes = quantity.units(),
                "ephemeral-storage" => amounts.ephemeral_bytes = quantity.units(),
                name if is_countable(name) => amounts.named.push((symbols.intern(name), quantity.units())),
                _ => {}
            }
        }
        amounts
    }

    /// How much there is of one resource.
    pub fn of(&self, resource: Symbol) -> i64 {
        match resource {
            Symbol::CPU => self.cpu_millis,
            Symbol::MEMORY => self.memory_bytes,
            Symbol::EPHEMERAL_STORAGE => self.ephemeral_bytes,
            _ => self.named.iter().find(|(name, _)| *name == resource).map_or(0, |(_, amount)| *amount),
        }
    }

    /// Adds `other`.
    pub fn add(&mut self, other: &Self) {
        self.add_times(other, 1);
    }

    /// Takes `other` away.
    pub fn subtract(&mut self, other: &Self) {
        self.add_times(other, -1);
    }

    fn add_times(&mut self, other: &Self, times: i64) {
        let add = |sum: &mut i64, amount: i64| *sum = sum.saturating_add(amount.saturating_mul(times));
        add(&mut self.cpu_millis, other.cpu_millis);
        add(&mut self.memory_bytes, other.memory_bytes);
        self.add_others(other, times);
    }

    /// Adds all but CPU and memory, so many times.
    pub(super) fn add_others(&mut self, other: &Self, times: i64) {
        let add = |sum: &mut i64, amount: i64| *sum = sum.saturating_add(amount.saturating_mul(times));
        add(&mut self.ephemeral_bytes, other.ephemeral_bytes);
        for (name, amount) in &other.named {
            match self.named.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => add(sum, *amount),
                None => self.named.push((*name, amount.saturating_mul(times))),
            }
        }
    }
}

/// Whether the scheduler counts the resource by its name (`schedutil.IsScalarResourceName`).
pub(crate) fn is_countable(name: &str) -> bool {
    name.contains('/') && !name.starts_with("requests.")
        || name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
}

/// Whether the resource is an extended one (`v1helper.IsExtendedResourceName`).
pub(crate) fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.")
}

/// Adds the amounts of `more` to `sum`.
pub(crate) fn add_list(sum: &mut ResourceList, more: &ResourceList) {
    for (name, quantity) in more {
        let entry = sum.entry(name.clone()).or_insert(Quantity::ZERO);
        *entry = entry.plus(*quantity);
    }
}

/// Raises the amounts of `sum` to those of `other`.
pub(crate) fn raise_list(sum: &mut ResourceList, other: &ResourceList) {
    for (name, quantity) in other {
        let entry = sum.entry(name.clone()).or_insert(*quantity);
        *entry = (*entry).max(*quantity);
    }
}

//! The chance that a node runs out of memory with the pods that are on it, without simulating it.
//!
//! Each container settles at a level of its own draw, no higher than its limit; the sum of independent levels is
//! convolved on a grid of the node's memory. A level's distribution is found from its quantiles by bisection, so
//! that tails are as exact as the grid. What spikes and leaks add is not looked at.
//!
//! Invariants: masses add up to one, the last cell holds whatever is beyond the node.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::class::PodClass;
use super::distribution::Distribution;
use super::memory::Container;
use crate::ids::{ClassId, Id, IdVec};

/// What is on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Load {
    /// Bytes that pods can use before something dies.
    pub room: u64,
    /// Pods: the place of their class in the model, and how many.
    pub pods: Vec<(u32, u32)>,
}

/// Finds the chances of nodes, and remembers what nodes have in common.
#[derive(Clone, Debug, Default)]
pub struct NodeRisks {
    alike: BTreeMap<(u64, u32, u32), Sum>,
    known: BTreeMap<Load, f64>,
}

impl NodeRisks {
    /// The chance that the pods of a node need more than there is room for.
    pub fn chance(&mut self, load: &Load, classes: &IdVec<ClassId, PodClass>) -> f64 {
        if let Some(chance) = self.known.get(load) {
            return *chance;
        }
        let mut sum = Sum::nothing(load.room);
        for (class, count) in &load.pods {
            let of = self.alike.entry((load.room, *class, *count)).or_insert_with(|| {
                let containers = classes[ClassId::from_index(*class as usize)].containers.iter();
                let pod = containers
                    .fold(Sum::nothing(load.room), |sum, container| sum.plus(&Sum::of(container, load.room)));
                pod.times(*count)
            });
            sum = sum.plus(of);
        }
        let chance = sum.exceeds();
        self.known.insert(load.clone(), chance);
        chance
    }
}

/// Cells of a grid, the last of which is everything beyond.
const CELLS: usize = 1024;
/// Halvings until a share is exact to 2^-53.
const HALVINGS: u32 = 53;

/// The distribution of a sum, in cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// Bytes of a cell.
    cell: f64,
    /// Chance of each.
    mass: Vec<f64>,
}

impl Sum {
    /// Nothing, on a grid that ends at `threshold`.
    pub fn nothing(threshold: u64) -> Self {
        let mut mass = vec![0.0; CELLS + 1];
        mass[0] = 1.0;
        // The last cell begins half a cell before its middle: there lies the threshold.
        Self { cell: threshold.max(1) as f64 / (CELLS as f64 - 0.5), mass }
    }

    /// One container, on the same grid.
    pub fn of(container: &Container, threshold: u64) -> Self {
        let mut sum = Self::nothing(threshold);
        let Some(usage) = &container.memory else { return sum };
        let limit = container.limit.map_or(f64::INFINITY, |limit| limit as f64);
        let mut below = 0.0;
        for (cell, mass) in sum.mass.iter_mut().enumerate() {
            // A level counts at the nearest edge: rounding up and down cancels in a sum.
            let edge = (cell as f64 + 0.5) * sum.cell;
            let share = if cell == CELLS || limit <= edge { 1.0 } else { share_below(&usage.level, edge) };
            *mass = share - below;
            below = share;
        }
        sum
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut mass = vec![0.0; CELLS + 1];
        let there = |mass: &[f64]| -> Vec<(usize, f64)> {
            mass.iter().copied().enumerate().filter(|(_, share)| *share > 0.0).collect()
        };
        let others = there(&other.mass);
        for (cell, share) in there(&self.mass) {
            for (further, part) in &others {
                mass[(cell + further).min(CELLS)] += share * part;
            }
        }
        Self { cell: self.cell, mass }
    }

    /// `count` like it.
    #[must_use]
    pub fn times(&self, count: u32) -> Self {
        let mut sum = Self { cell: self.cell, mass: vec![0.0; CELLS + 1] };
        sum.mass[0] = 1.0;
        let (mut square, mut left) = (self.clone(), count);
        while left > 0 {
            if left % 2 == 1 {
                sum = sum.plus(&square);
            }
            left /= 2;
            if left > 0 {
                square = square.plus(&square);
            }
        }
        sum
    }

    /// The chance that it is the threshold or more.
    pub fn exceeds(&self) -> f64 {
        self.mass[CELLS]
    }
}

/// The share of values below `x`.
fn share_below(law: &Distribution, x: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    if law.quantile(0.0) > x {
        return 0.0;
    }
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if law.quantile(middle) <= x {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Usage;

    const MIB: f64 = (1 << 20) as f64;

    fn container(level: Distribution, limit: Option<u64>) -> Container {
        let usage = Usage { level, ramp: None, leak: None, spikes: None };
        Container { memory: Some(usage), limit, ..Container::default() }
    }

    #[test]
    fn a_single_container_has_its_own_tail() {
        let level = Distribution::Exponential { mean: 100.0 * MIB };
        let chance = Sum::of(&container(level, None), (500.0 * MIB) as u64).exceeds();
        assert!((chance / libm::exp(-5.0) - 1.0).abs() < 1e-6, "{chance}");
    }

    #[test]
    fn sums_are_those_of_the_gamma_distribution() {
        // Four exponentials: P(sum > t) = exp(-x) (1 + x + x²/2 + x³/6).
        let level = Distribution::Exponential { mean: 100.0 * MIB };
        for x in [4.0, 8.0, 12.0, 16.0] {
            let known = libm::exp(-x) * (1.0 + x + x * x / 2.0 + x * x * x / 6.0);
            let threshold = (x * 100.0 * MIB) as u64;
            let chance = Sum::of(&container(level.clone(), None), threshold).times(4).exceeds();
            assert!((chance / known - 1.0).abs() < 0.01, "{x}: {chance}, {known}");
        }
    }

    #[test]
    fn limits_bound_what_a_node_needs() {
        let level = Distribution::Uniform { low: 0.0, high: 1000.0 * MIB };
        let limit = Some((200.0 * MIB) as u64);
        assert_eq!(Sum::of(&container(level, limit), (850.0 * MIB) as u64).times(4).exceeds(), 0.0);
    }
}

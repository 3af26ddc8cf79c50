//! What resources make of a score: of one node exactly, of a cell the most that any of its nodes can get.
//!
//! The formulas are those of `plugins/node_resources_fit.rs` and `plugins/balanced_allocation.rs`, for CPU
//! and memory; other strategies and resources are left to the plugins themselves.

use super::super::plugins::balanced_allocation;
use super::super::pod::PendingPod;
use super::super::profile::{Plugin, Profile};
use super::super::symbols::Symbol;
use super::grid::{Range, Row};
use super::shape::{Shape, TOO_MUCH};
use crate::model::{Era, MAX_NODE_SCORE};

/// CPU and memory that a pod asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Needs {
    /// To fit.
    pub needed: [i64; 2],
    /// While NodeResourcesFit scores it.
    pub scored: [i64; 2],
}

impl Needs {
    pub fn of(pod: &PendingPod) -> Self {
        let requests = pod.requests();
        Self {
            needed: [requests.needed.cpu_millis, requests.needed.memory_bytes],
            scored: [requests.scored.cpu_millis, requests.scored.memory_bytes],
        }
    }

    /// Whether the index calculates with them.
    pub fn are_plain(&self) -> bool {
        self.needed.iter().chain(&self.scored).all(|amount| (0..TOO_MUCH).contains(amount))
    }

    /// Whether there is enough of both left.
    pub fn fit(&self, free: &[i64; 2]) -> bool {
        (0..2).all(|resource| self.needed[resource] <= 0 || self.needed[resource] <= free[resource])
    }
}

/// How a profile scores resources.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Scoring {
    fit: Option<Fit>,
    balance: Option<Balance>,
}

#[derive(Clone, Copy, Debug)]
struct Fit {
    weight: i64,
    era: Era,
    most: bool,
    resources: [i64; 2],
}

#[derive(Clone, Copy, Debug)]
struct Balance {
    weight: i64,
    era: Era,
}

/// Weighted scores of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::placement) struct Scores {
    pub fit: i64,
    pub balance: i64,
}

impl Scores {
    pub fn total(&self) -> i64 {
        self.fit + self.balance
    }
}

impl Scoring {
    /// `None` where the profile scores otherwise than the index can.
    pub fn of(profile: &Profile) -> Option<Self> {
        let weight = |plugin: Plugin| {
            let mut all = profile.scores.iter().filter(|score| score.plugin == plugin);
            all.next().map(|score| score.weight)
        };
        let fit = match weight(Plugin::NodeResourcesFit) {
            Some(weight) => {
                let (most, resources) = profile.strategy.plain()?;
                Some(Fit { weight, era: profile.era, most, resources })
            }
            None => None,
        };
        let balance = match weight(Plugin::NodeResourcesBalancedAllocation) {
            Some(weight) => {
                let both = [[Symbol::CPU, Symbol::MEMORY], [Symbol::MEMORY, Symbol::CPU]];
                if !both.iter().any(|both| profile.balanced == both) {
                    return None;
                }
                Some(Balance { weight, era: profile.era })
            }
            None => None,
        };
        Some(Self { fit, balance })
    }

    /// The scores of a node, weighted.
    pub fn of_node(&self, shape: &Shape, row: &Row, needs: &Needs) -> Scores {
        let allocatable = allocatable(shape);
        let fit = self.fit.map_or(0, |fit| {
            let overdrawn =
                |resource: usize| row.counted[resource] + needs.scored[resource] > allocatable[resource];
            if fit.most && fit.era.scores_by_priorities() && (overdrawn(0) || overdrawn(1)) {
                return fit.score_overdrawn(&allocatable, &row.counted, &needs.scored);
            }
            fit.score(&allocatable, &row.counted, &needs.scored)
        });
        let balance = match self.balance {
            Some(balance) if balance.era.scores_by_priorities() => {
                balance.score_of_2018(&allocatable, &row.counted, &needs.scored)
            }
            Some(balance) if needs.needed != [0, 0] => balance.score(&allocatable, &row.free, &needs.needed),
            _ => 0,
        };
        Scores { fit, balance }
    }

    /// No node of a cell with this range has a higher total.
    pub fn bound(&self, shape: &Shape, range: &Range, needs: &Needs) -> i64 {
        let allocatable = allocatable(shape);
        let fit = self.fit.map_or(0, |fit| {
            let counted = range.counted.map(|(least, most)| if fit.most { most } else { least });
            fit.score(&allocatable, &counted, &needs.scored)
        });
        let balance = match self.balance {
            Some(balance) if balance.era.scores_by_priorities() => {
                balance.weight * balance.era.max_node_score()
            }
            Some(balance) if needs.needed != [0, 0] => {
                balance.bound(&allocatable, &range.free, &needs.needed)
            }
            _ => 0,
        };
        fit + balance
    }
}

fn allocatable(shape: &Shape) -> [i64; 2] {
    let allocatable = &shape.like.spec.allocatable;
    [allocatable.cpu_millis, allocatable.memory_bytes]
}

impl Fit {
    /// Rises as less is counted, or falls where the fullest is the best.
    fn score(&self, allocatable: &[i64; 2], counted: &[i64; 2], own: &[i64; 2]) -> i64 {
        let (mut sum, mut weights) = (0, 0);
        for resource in 0..2 {
            if self.resources[resource] == 0 {
                continue;
            }
            let (capacity, requested) = (allocatable[resource], counted[resource] + own[resource]);
            let amount = match self.most {
                true => requested.min(capacity),
                false => (capacity - requested).max(0),
            };
            sum += self.era.max_node_score() * amount / capacity * self.resources[resource];
            weights += self.resources[resource];
        }
        if weights == 0 { 0 } else { self.weight * (sum / weights) }
    }

    /// The fullest is the best, but in 2018 an overdrawn resource counted nothing.
    fn score_overdrawn(&self, allocatable: &[i64; 2], counted: &[i64; 2], own: &[i64; 2]) -> i64 {
        let [cpu, memory] =
            [0, 1].map(|resource| match counted[resource] + own[resource] > allocatable[resource] {
                true => 0,
                false => counted[resource] + own[resource],
            });
        self.score(allocatable, &[cpu, memory], &[0, 0])
    }
}

impl Balance {
    fn score_of_2018(&self, allocatable: &[i64; 2], counted: &[i64; 2], own: &[i64; 2]) -> i64 {
        let [cpu, memory] = [0, 1].map(|at| (own[at] + counted[at], allocatable[at]));
        self.weight * balanced_allocation::balance_of_shares(cpu, memory, self.era)
    }

    fn score(&self, allocatable: &[i64; 2], free: &[i64; 2], own: &[i64; 2]) -> i64 {
        let share = |resource: usize, own: i64| {
            balanced_allocation::share(allocatable[resource] - free[resource] + own, allocatable[resource])
        };
        let with_pod = balanced_allocation::balance(&[share(0, own[0]), share(1, own[1])]);
        if !self.era.scores_change_of_balance() {
            return self.weight * with_pod;
        }
        let without_pod = balanced_allocation::balance(&[share(0, 0), share(1, 0)]);
        self.weight * balanced_allocation::change(with_pod, without_pod)
    }

    /// The most that a node with so much left can get.
    ///
    /// With c and m the requested shares, d their difference and e what the pod adds to it, the balance is
    /// 100 - 50 |d|, then 100 - 50 |d + e|: |d| - |d + e| is monotonous in d, so it is highest at an end.
    fn bound(&self, allocatable: &[i64; 2], free: &[(i64, i64); 2], own: &[i64; 2]) -> i64 {
        if free.iter().all(|(least, most)| least == most) {
            return self.score(allocatable, &[free[0].0, free[1].0], own);
        }
        // A node has what the pod needs, or is not asked. Shares are cut at 1, which the formula does not see:
        // no bound where a node may be overdrawn.
        let free = [0, 1]
            .map(|resource| (free[resource].0.max(own[resource].min(free[resource].1)), free[resource].1));
        if free.iter().any(|(least, _)| *least < 0) {
            return self.weight * (MAX_NODE_SCORE + MAX_NODE_SCORE / 4);
        }
        let share = |amount: i64, resource: usize| amount as f64 / allocatable[resource] as f64;
        let requested =
            |resource: usize| free[resource].map(|free| share(allocatable[resource] - free, resource));
        let (cpu, memory) = (requested(0), requested(1));
        let added = share(own[0], 0) - share(own[1], 1);
        // What is left falls as what is requested rises.
        let (low, high) = (cpu.1 - memory.0, cpu.0 - memory.1);
        if self.era.scores_change_of_balance() {
            let gain = |d: f64| d.abs() - (d + added).abs();
            let gain = gain(low).max(gain(high));
            let points = (gain * 50.0 + 1e-6) as i64 + 1;
            return self.weight * balanced_allocation::change(points, 0);
        }
        let nearest = if low + added <= 0.0 && high + added >= 0.0 {
            0.0
        } else {
            (low + added).abs().min((high + added).abs())
        };
        self.weight * (((1.0 - nearest / 2.0) * MAX_NODE_SCORE as f64 + 1e-6) as i64)
    }
}

/// Applies a function to both ends.
trait Ends {
    fn map(self, f: impl Fn(i64) -> f64) -> (f64, f64);
}

impl Ends for (i64, i64) {
    fn map(self, f: impl Fn(i64) -> f64) -> (f64, f64) {
        (f(self.0), f(self.1))
    }
}

//! What resources make of a score: of one node exactly, of a cell or a line of cells the most that any of
//! its nodes can get.
//!
//! The formulas are those of `plugins/node_resources_fit.rs` and `plugins/balanced_allocation.rs`, for CPU
//! and memory; other strategies and resources are left to the plugins themselves.

use super::super::plugins::balanced_allocation::{balance, balance_of_shares, change, share};
use super::super::pod::PendingPod;
use super::super::profile::{Plugin, Profile};
use super::super::requests::Requests;
use super::super::symbols::Symbol;
use super::grid::{Grid, Range, Row, Used};
use super::ladder::{Descent, Share, Side};
use super::shape::{Shape, TOO_MUCH};
use crate::model::{Era, MAX_NODE_SCORE};

/// CPU and memory that a pod asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Needs {
    /// To fit.
    pub needed: [i64; 2],
    /// What must be left of each: what is needed, or anything where that is nothing.
    floor: [i64; 2],
    /// While NodeResourcesFit scores it.
    pub scored: [i64; 2],
}

impl Needs {
    pub fn of(pod: &PendingPod) -> Self {
        let own = &pod.spec.requests;
        let (needed, scored) = match pod.drawn {
            Some(drawn) => {
                let counted = Requests::counted_of(drawn);
                ([drawn.cpu_millis, drawn.memory_bytes], [counted.cpu_millis, counted.memory_bytes])
            }
            None => (
                [own.needed.cpu_millis, own.needed.memory_bytes],
                [own.scored.cpu_millis, own.scored.memory_bytes],
            ),
        };
        let floor = |amount: i64| if amount > 0 { amount } else { i64::MIN };
        Self { needed, floor: [floor(needed[0]), floor(needed[1])], scored }
    }

    /// Whether the index calculates with them.
    pub fn are_plain(&self) -> bool {
        self.needed.iter().chain(&self.scored).all(|amount| (0..TOO_MUCH).contains(amount))
    }

    /// Of which there is not enough left.
    #[inline]
    pub fn lacking(&self, free: &[i64; 2]) -> [bool; 2] {
        [self.floor[0] > free[0], self.floor[1] > free[1]]
    }

    /// Whether there is enough of both left.
    #[inline]
    pub fn fit(&self, free: &[i64; 2]) -> bool {
        self.floor[0] <= free[0] && self.floor[1] <= free[1]
    }
}

/// How a profile scores resources.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Scoring {
    era: Era,
    top: i64,
    fit: Option<Fit>,
    /// The weight of NodeResourcesBalancedAllocation.
    balance: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Fit {
    weight: i64,
    most: bool,
    /// Weights of CPU and memory.
    resources: [i64; 2],
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
                Some(Fit { weight, most, resources })
            }
            None => None,
        };
        let balance = weight(Plugin::NodeResourcesBalancedAllocation);
        let both = [[Symbol::CPU, Symbol::MEMORY], [Symbol::MEMORY, Symbol::CPU]];
        if balance.is_some() && !both.iter().any(|both| profile.balanced == both) {
            return None;
        }
        Some(Self { era: profile.era, top: profile.era.max_node_score(), fit, balance })
    }

    /// Whether nodes score the higher the less is left.
    pub fn prefers_full(&self) -> bool {
        self.fit.is_some_and(|fit| fit.most)
    }

    /// Whether CPU and memory score alike, the emptiest best, and what else is scored of them is bounded by
    /// the pod alone.
    pub fn prefers_empty_alike(&self) -> bool {
        self.fit.is_some_and(|fit| !fit.most && fit.resources == [1, 1])
            && !self.era.scores_by_priorities()
            && (self.balance.is_none() || self.era.scores_change_of_balance())
    }

    /// Whether balance scores.
    pub fn scores_balance(&self) -> bool {
        self.balance.is_some()
    }

    /// How a pod looks to nodes of a shape.
    pub fn view<'a>(&'a self, shape: &'a Shape, needs: &'a Needs) -> View<'a> {
        let own = |at: usize| Used::of(needs.scored[at], shape.allocatable[at]);
        self.view_of(shape, needs, [own(0), own(1)])
    }

    /// How a pod looks to nodes of a shape, of which it takes what it takes of another of that size.
    #[inline]
    pub fn view_of<'a>(&'a self, shape: &'a Shape, needs: &'a Needs, own: [Used; 2]) -> View<'a> {
        View { scoring: self, shape, needs, own }
    }

    #[inline]
    fn balance_of(&self, allocatable: &[i64; 2], free: &[i64; 2], without_pod: i64, own: &[i64; 2]) -> i64 {
        let share = |at: usize| share(allocatable[at] - free[at] + own[at], allocatable[at]);
        let with_pod = balance(&[share(0), share(1)]);
        if self.era.scores_change_of_balance() { change(with_pod, without_pod) } else { with_pod }
    }

    /// The most that a node with so much left can get.
    ///
    /// With c and m the requested shares, d their difference and e what the pod adds to it, the balance is
    /// 100 - 50 |d|, then 100 - 50 |d + e|: |d| - |d + e| is monotonous in d, so it is highest at an end.
    fn balance_bound(&self, allocatable: &[i64; 2], free: &[(i64, i64); 2], own: &[i64; 2]) -> i64 {
        if self.era.scores_by_priorities() {
            return self.top;
        }
        // A node has what the pod needs, or is not asked. Shares are cut at 1, which the formula does not
        // see: no bound where a node may be overdrawn.
        let least = |at: usize| free[at].0.max(own[at].min(free[at].1));
        let least = [least(0), least(1)];
        if least[0] < 0 || least[1] < 0 {
            return MAX_NODE_SCORE + MAX_NODE_SCORE / 4;
        }
        let part = |amount: i64, at: usize| amount as f64 / allocatable[at] as f64;
        let added = part(own[0], 0) - part(own[1], 1);
        let high = part(allocatable[0] - least[0], 0) - part(allocatable[1] - free[1].1, 1);
        let low = part(allocatable[0] - free[0].1, 0) - part(allocatable[1] - least[1], 1);
        if self.era.scores_change_of_balance() {
            let gain = |d: f64| d.abs() - (d + added).abs();
            let gain = gain(low).max(gain(high));
            return change((gain * 50.0 + 1e-6) as i64 + 1, 0);
        }
        let nearest = match low + added <= 0.0 && high + added >= 0.0 {
            true => 0.0,
            false => (low + added).abs().min((high + added).abs()),
        };
        ((1.0 - nearest / 2.0) * MAX_NODE_SCORE as f64 + 1e-6) as i64
    }
}

/// A pod as nodes of one shape see it.
#[derive(Clone, Copy)]
pub(in crate::placement) struct View<'a> {
    scoring: &'a Scoring,
    shape: &'a Shape,
    needs: &'a Needs,
    /// What the pod counts for in scores.
    pub own: [Used; 2],
}

impl View<'_> {
    /// The scores of a node, weighted.
    #[inline(always)]
    pub fn of_node(&self, row: &Row) -> Scores {
        Scores { fit: self.fit_of(row), balance: self.balance_of(row) }
    }

    /// What NodeResourcesFit scores, weighted.
    #[inline(always)]
    pub fn fit_of(&self, row: &Row) -> i64 {
        let Self { scoring, shape, .. } = self;
        match &scoring.fit {
            Some(fit) if scoring.era.scores_by_priorities() => {
                fit.of_2018(scoring.top, &shape.allocatable, &self.used(row))
            }
            Some(fit) => self.fit(fit, &row.counted),
            None => 0,
        }
    }

    /// What NodeResourcesBalancedAllocation scores, weighted.
    #[inline(always)]
    pub fn balance_of(&self, row: &Row) -> i64 {
        let Self { scoring, shape, needs, .. } = self;
        match scoring.balance {
            Some(weight) if scoring.era.scores_by_priorities() => {
                let [cpu, memory] = self.used(row);
                weight
                    * balance_of_shares(
                        (cpu, shape.allocatable[0]),
                        (memory, shape.allocatable[1]),
                        scoring.era,
                    )
            }
            Some(weight) if needs.needed != [0, 0] => {
                weight * scoring.balance_of(&shape.allocatable, &row.free, row.balance, &needs.needed)
            }
            _ => 0,
        }
    }

    /// What would be used on the node.
    fn used(&self, row: &Row) -> [i64; 2] {
        [0, 1].map(|at| row.counted[at].amount(self.shape.allocatable[at]) + self.needs.scored[at])
    }

    /// No node of a cell with this range that takes the pod has a higher total.
    #[inline]
    pub fn bound(&self, range: &Range) -> i64 {
        let Self { scoring, shape, needs, .. } = self;
        let fit = match &scoring.fit {
            Some(fit) if scoring.era.scores_by_priorities() => fit.weight * scoring.top,
            Some(fit) => {
                let [cpu, memory] = &range.counted;
                let counted = if fit.most { [cpu.1, memory.1] } else { [cpu.0, memory.0] };
                self.fit(fit, &counted)
            }
            None => 0,
        };
        let balance = match scoring.balance {
            Some(weight) if needs.needed != [0, 0] || scoring.era.scores_by_priorities() => {
                weight * scoring.balance_bound(&shape.allocatable, &range.free, &needs.needed)
            }
            _ => 0,
        };
        fit + balance
    }

    /// The score of NodeResourcesFit, rising as less is counted, or falling where the fullest is the best.
    ///
    /// With u the hundredths in use and r what is beyond them, of node and pod together, the share in use is
    /// u and one more where r makes up a hundredth; what is left is 100 less that, and less one where
    /// anything is beyond.
    #[inline(always)]
    fn fit(&self, fit: &Fit, counted: &[Used; 2]) -> i64 {
        let worth = |at: usize| {
            let (own, whole) = (&self.own[at], self.shape.allocatable[at]);
            let hundredths = counted[at].hundredths + own.hundredths;
            let rest = counted[at].rest + own.rest;
            match fit.most {
                true => (hundredths + i64::from(rest >= whole)).min(MAX_NODE_SCORE),
                false => {
                    let beyond = i64::from(rest > 0) + i64::from(rest > whole);
                    (MAX_NODE_SCORE - hundredths - beyond).max(0)
                }
            }
        };
        match fit.resources {
            [1, 1] => fit.weight * ((worth(0) + worth(1)) / 2),
            [0, 0] => 0,
            [cpu, memory] => fit.weight * ((worth(0) * cpu + worth(1) * memory) / (cpu + memory)),
        }
    }

    /// The way down the shape's ladder.
    pub fn descent(&self) -> Descent {
        let Self { shape, needs, .. } = self;
        // Where what is counted may be more than a node has, one resource may have nothing left to take.
        if shape.slack != [0; 2] || needs.scored != needs.needed {
            return Descent::at_least(self.own[0].hundredths.min(self.own[1].hundredths));
        }
        Descent::of([0, 1].map(|at| {
            let (own, whole) = (&self.own[at], shape.allocatable[at]);
            // One more for what the pod uses beyond hundredths; without that, one for what the node does.
            let beyond = if own.rest > 0 { whole - own.rest } else { 0 };
            Share { hundredths: own.hundredths + i64::from(own.rest > 0), beyond, whole }
        }))
    }

    /// The most that NodeResourcesFit can be with so many hundredths left of both resources together.
    #[inline]
    pub fn fit_at_most(&self, hundredths: i64) -> i64 {
        self.scoring.fit.map_or(0, |fit| fit.weight * (hundredths.clamp(0, 2 * MAX_NODE_SCORE) / 2))
    }

    /// The most that balance can score, whatever the node has left.
    pub fn balance_at_most(&self) -> i64 {
        let Self { scoring, needs, .. } = self;
        match scoring.balance {
            Some(weight) if scoring.era.scores_by_priorities() => weight * scoring.top,
            Some(_) if needs.needed == [0, 0] => 0,
            Some(weight) if scoring.era.scores_change_of_balance() => {
                weight * change((self.tilt().abs() * 50.0 + 1e-6) as i64 + 1, 0)
            }
            Some(weight) => weight * MAX_NODE_SCORE,
            None => 0,
        }
    }

    /// By how much more the share of CPU that is requested grows with the pod than that of memory.
    fn tilt(&self) -> f64 {
        let Self { shape, needs, .. } = self;
        let part = |at: usize| needs.needed[at] as f64 / shape.allocatable[at] as f64;
        part(0) - part(1)
    }

    /// The sides of the shape's ladder, with the most that balance can score on each.
    ///
    /// A pod that asks for more of what is requested more already takes its own tilt from the balance of a node;
    /// elsewhere it may add as much.
    pub fn sides(&self) -> [Option<(Side, i64)>; 2] {
        let Self { scoring, needs, .. } = self;
        let most = self.balance_at_most();
        match scoring.balance {
            Some(weight) if scoring.era.scores_change_of_balance() && needs.needed != [0, 0] => {
                let tilt = self.tilt();
                let worse = weight * change(-((tilt.abs() * 50.0 - 1e-6).max(0.0) as i64), 0);
                let (cpu, memory) = if tilt >= 0.0 { (worse, most) } else { (most, worse) };
                [Some((Side::Cpu, cpu)), Some((Side::Memory, memory))]
            }
            _ => [Some((Side::Both, most)), None],
        }
    }

    /// Bounds of whole lines of the shape's grid.
    pub fn frontier(&self) -> Frontier {
        let Self { scoring, shape, needs, .. } = self;
        let part = |amount: i64, at: usize| amount as f64 / shape.allocatable[at] as f64;
        let balance = self.balance_at_most();
        let fit = scoring.fit.unwrap_or(Fit { weight: 0, most: false, resources: [1, 1] });
        let all = (fit.resources[0] + fit.resources[1]).max(1) as f64;
        let factor = fit.resources.map(|weight| (scoring.top * weight) as f64 / all);
        let own = [0, 1].map(|at| part(needs.scored[at], at));
        let slack = [0, 1].map(|at| part(shape.slack[at], at));
        Frontier { weight: fit.weight, most: fit.most, factor, own, slack, balance }
    }
}

/// What bounds a cell by its line and column.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Frontier {
    weight: i64,
    most: bool,
    /// What a whole resource is worth.
    factor: [f64; 2],
    /// The pod's shares.
    own: [f64; 2],
    slack: [f64; 2],
    balance: i64,
}

impl Frontier {
    /// What the share of CPU (0) or memory (1) that is left on a line or column is worth at most. On the way
    /// that a walk takes it never rises.
    #[inline]
    pub fn worth(&self, grid: &Grid, at: usize, coordinate: usize) -> f64 {
        let side = grid.side() as f64;
        let share = match self.most {
            true => (1.0 - coordinate as f64 / side + self.slack[at] + self.own[at]).min(1.0),
            false => ((coordinate + 1) as f64 / side + self.slack[at] - self.own[at]).max(0.0),
        };
        self.factor[at] * share
    }

    /// No node of a cell has more, by what line and column are worth.
    #[inline]
    pub fn bound(&self, line: f64, column: f64) -> i64 {
        self.weight * ((line + column + 1e-6) as i64) + self.balance
    }
}

impl Fit {
    /// The score of 2018, when an overdrawn resource counted nothing.
    fn of_2018(&self, top: i64, allocatable: &[i64; 2], used: &[i64; 2]) -> i64 {
        let worth = |at: usize| {
            let (used, whole) = (used[at], allocatable[at]);
            if used > whole { 0 } else { top * (if self.most { used } else { whole - used }) / whole }
        };
        let [cpu, memory] = self.resources;
        self.weight * ((worth(0) * cpu + worth(1) * memory) / (cpu + memory).max(1))
    }
}

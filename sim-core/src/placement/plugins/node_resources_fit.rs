//! NodeResourcesFit: the node has enough of everything left; and how full it should be.
//!
//! Models: pkg/scheduler/framework/plugins/noderesources (fit.go, resource_allocation.go,
//! least_allocated.go, most_allocated.go, requested_to_capacity_ratio.go), Kubernetes 1.36: a request of
//! nothing is never in the way; containers that request nothing count 100m and 200Mi in scores; an extended
//! resource that the pod does not request is not scored; pod-level requests are filtered by, not scored.
//! Kubernetes 1.8 and 1.10: the same formulas with scores to 10 (algorithm/priorities/least_requested.go,
//! most_requested.go).

use crate::kubernetes::{FitArguments, ScoringStrategyType, ShapePoint};
use crate::model::Era;
use crate::placement::amounts::is_extended;
use crate::placement::cycle::Cycle;
use crate::placement::decision::{Code, Reason, Refusal};
use crate::placement::node::NodeState;
use crate::placement::profile::{Plugin, Profile, weights};
use crate::placement::symbols::{Symbol, Symbols};

pub(in crate::placement) fn filter(cycle: &Cycle<'_>, node: &NodeState) -> Result<(), Refusal> {
    let needed = &cycle.requests.needed;
    let mut reasons = Vec::new();
    let mut code = Code::Unschedulable;
    if node.pod_count() + 1 > node.spec.max_pods {
        reasons.push(Reason::TooManyPods);
    }
    let fixed = [Symbol::CPU, Symbol::MEMORY, Symbol::EPHEMERAL_STORAGE];
    let named = needed
        .named
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !is_ignored(cycle.profile, &cycle.snapshot.symbols, *name));
    for resource in fixed.into_iter().chain(named) {
        let request = needed.of(resource);
        let allocatable = node.spec.allocatable.of(resource);
        if request > 0 && request > allocatable.saturating_sub(node.requested.of(resource)) {
            reasons.push(Reason::Insufficient(resource));
            if request > allocatable {
                code = Code::UnschedulableAndUnresolvable;
            }
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Refusal { plugin: Some(Plugin::NodeResourcesFit), code, reasons })
}

pub(in crate::placement) fn is_ignored(profile: &Profile, symbols: &Symbols, resource: Symbol) -> bool {
    if profile.ignored_resources.is_empty() && profile.ignored_resource_groups.is_empty() {
        return false;
    }
    let name = symbols.text(resource);
    let group = name.split('/').next().unwrap_or_default();
    is_extended(name)
        && (profile.ignored_resources.contains(&resource)
            || profile.ignored_resource_groups.iter().any(|ignored| ignored == group))
}

/// How full a node should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    rule: Rule,
    resources: Vec<(Symbol, i64)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Least,
    Most,
    Ratio(Vec<ShapePoint>),
}

impl Strategy {
    /// The strategy that the plugin's arguments ask for.
    pub fn compile(arguments: &FitArguments, symbols: &mut Symbols) -> Result<Self, String> {
        let strategy = arguments.scoring_strategy.clone().unwrap_or_default();
        let rule = match strategy.kind {
            ScoringStrategyType::LeastAllocated => Rule::Least,
            ScoringStrategyType::MostAllocated => Rule::Most,
            ScoringStrategyType::RequestedToCapacityRatio => {
                let shape = strategy.requested_to_capacity_ratio.unwrap_or_default().shape;
                let rises = shape.windows(2).all(|pair| pair[0].utilization < pair[1].utilization);
                let scaled = |point: &ShapePoint| ShapePoint { score: point.score * 10, ..*point };
                if shape.is_empty() || !rises || shape.iter().any(|point| !(0..=10).contains(&point.score)) {
                    return Err("arguments of NodeResourcesFit: a shape has points of rising `utilization` \
                                with a `score` from 0 to 10"
                        .to_owned());
                }
                Rule::Ratio(shape.iter().map(scaled).collect())
            }
        };
        Ok(Self { rule, resources: weights(&strategy.resources, symbols) })
    }

    /// Whether the fullest node is the best, and the weights of CPU and memory; `None` where the strategy is
    /// not of that kind.
    pub(in crate::placement) fn plain(&self) -> Option<(bool, [i64; 2])> {
        let most = match self.rule {
            Rule::Least => false,
            Rule::Most => true,
            Rule::Ratio(_) => return None,
        };
        let mut weights = [0; 2];
        for (resource, weight) in &self.resources {
            let at = [Symbol::CPU, Symbol::MEMORY].iter().position(|known| known == resource)?;
            if weights[at] != 0 || *weight > 1_000_000 {
                return None;
            }
            weights[at] = *weight;
        }
        Some((most, weights))
    }

    /// The mean over resources that `shares` gives: requested and allocatable of each.
    fn mean(&self, era: Era, shares: impl Fn(Symbol) -> Option<(i64, i64)>) -> i64 {
        let (mut sum, mut weights) = (0, 0);
        for (resource, weight) in &self.resources {
            let Some((requested, allocatable)) = shares(*resource) else { continue };
            let score = match &self.rule {
                Rule::Least => least(requested, allocatable, era),
                Rule::Most => most(requested, allocatable, era),
                Rule::Ratio(shape) => ratio(shape, requested, allocatable),
            };
            if matches!(self.rule, Rule::Ratio(_)) && score <= 0 {
                continue;
            }
            sum += score * weight;
            weights += weight;
        }
        match self.rule {
            _ if weights == 0 => 0,
            // `math.Round` of the quotient: half away from zero, and neither is negative.
            Rule::Ratio(_) => (2 * sum + weights) / (2 * weights),
            _ => sum / weights,
        }
    }
}

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Vec<i64> {
    let scored = &cycle.requests.scored;
    let era = cycle.profile.era;
    let one = |node: &&NodeState| {
        cycle.profile.strategy.mean(era, |resource| {
            let others = match resource {
                Symbol::CPU => node.counted.cpu_millis,
                Symbol::MEMORY => node.counted.memory_bytes,
                _ => node.requested.of(resource),
            };
            shares(resource, scored.of(resource), others, node.spec.allocatable.of(resource))
        })
    };
    nodes.iter().map(one).collect()
}

/// What would be requested, and of how much; `None`: the resource has no part in the score.
pub(super) fn shares(resource: Symbol, own: i64, others: i64, allocatable: i64) -> Option<(i64, i64)> {
    let fixed = [Symbol::CPU, Symbol::MEMORY, Symbol::EPHEMERAL_STORAGE].contains(&resource);
    (allocatable != 0 && (fixed || own != 0)).then(|| (own.saturating_add(others), allocatable))
}

fn least(requested: i64, capacity: i64, era: Era) -> i64 {
    if requested > capacity { 0 } else { part(capacity - requested, capacity, era.max_node_score()) }
}

/// An overdrawn node is full since 1.17; before it scored nothing (`mostRequestedScore`).
fn most(requested: i64, capacity: i64, era: Era) -> i64 {
    if requested > capacity && era.scores_by_priorities() {
        return 0;
    }
    part(requested.min(capacity), capacity, era.max_node_score())
}

fn ratio(shape: &[ShapePoint], requested: i64, capacity: i64) -> i64 {
    let full = 100;
    broken_line(shape, if requested > capacity { full } else { part(requested, capacity, full) })
}

/// `top` times the share of `capacity`, cut.
fn part(amount: i64, capacity: i64, top: i64) -> i64 {
    (i128::from(amount) * i128::from(top) / i128::from(capacity)) as i64
}

/// The value at `at` of the line through the points, flat beyond its ends (plugins/helper,
/// `BuildBrokenLinearFunction`).
fn broken_line(shape: &[ShapePoint], at: i64) -> i64 {
    match shape.iter().position(|point| at <= point.utilization) {
        Some(0) => shape[0].score,
        Some(next) => {
            let (from, to) = (shape[next - 1], shape[next]);
            from.score
                + (to.score - from.score) * (at - from.utilization) / (to.utilization - from.utilization)
        }
        None => shape.last().map_or(0, |point| point.score),
    }
}

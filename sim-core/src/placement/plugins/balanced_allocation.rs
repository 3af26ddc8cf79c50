//! NodeResourcesBalancedAllocation: CPU and memory should be used in equal proportion.
//!
//! Models: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go. The balance is 100 less the
//! standard deviation of the requested shares; what containers do not request counts nothing here. Until
//! 1.34 the score is the balance with the pod, since 1.36 how the pod changes it, around 75. A pod that
//! requests nothing is not scored. In 2018 (algorithm/priorities/balanced_resource_allocation.go) the score
//! was 10 less the difference of the two shares, nothing for a node that would be full; what containers do
//! not request counted 100m and 200Mi.
//!
//! Shares are 64-bit floats, as there, in the same order of operations: quotients, sums and square roots
//! are exact to the bit on every target.

use crate::model::{Era, MAX_NODE_SCORE};
use crate::placement::cycle::Cycle;
use crate::placement::node::NodeState;
use crate::placement::plugins::node_resources_fit::shares;

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Option<Vec<i64>> {
    let profile = cycle.profile;
    if profile.era.scores_by_priorities() {
        return Some(nodes.iter().map(|node| balance_of_2018(cycle, node)).collect());
    }
    let needed = &cycle.requests.needed;
    if profile.balanced.iter().all(|resource| needed.of(*resource) == 0) {
        return None;
    }
    let one = |node: &&NodeState| {
        let mut with_pod = Vec::new();
        let mut without_pod = Vec::new();
        for resource in &profile.balanced {
            let (own, others) = (needed.of(*resource), node.requested.of(*resource));
            if let Some((requested, allocatable)) =
                shares(*resource, own, others, node.spec.allocatable.of(*resource))
            {
                with_pod.push(share(requested, allocatable));
                without_pod.push(share(others, allocatable));
            }
        }
        let with_pod = balance(&with_pod);
        if !profile.era.scores_change_of_balance() {
            return with_pod;
        }
        change(with_pod, balance(&without_pod))
    };
    Some(nodes.iter().map(one).collect())
}

fn balance_of_2018(cycle: &Cycle<'_>, node: &NodeState) -> i64 {
    let (own, others, allocatable) = (&cycle.requests.scored, &node.counted, &node.spec.allocatable);
    balance_of_shares(
        (own.cpu_millis.saturating_add(others.cpu_millis), allocatable.cpu_millis),
        (own.memory_bytes.saturating_add(others.memory_bytes), allocatable.memory_bytes),
        cycle.profile.era,
    )
}

/// The balance of 2018, of what is requested and allocatable.
pub(in crate::placement) fn balance_of_shares(cpu: (i64, i64), memory: (i64, i64), era: Era) -> i64 {
    let share = |(requested, allocatable): (i64, i64)| {
        if allocatable == 0 { 1.0 } else { requested as f64 / allocatable as f64 }
    };
    let (cpu, memory) = (share(cpu), share(memory));
    if cpu >= 1.0 || memory >= 1.0 {
        return 0;
    }
    ((1.0 - (cpu - memory).abs()) * era.max_node_score() as f64) as i64
}

/// The score of a change from one balance to another.
#[inline]
pub(in crate::placement) fn change(with_pod: i64, without_pod: i64) -> i64 {
    let half = MAX_NODE_SCORE / 2;
    half + (half + with_pod - without_pod) / 2
}

#[inline]
pub(in crate::placement) fn share(requested: i64, allocatable: i64) -> f64 {
    let share = requested as f64 / allocatable as f64;
    if share > 1.0 { 1.0 } else { share }
}

/// 100 times 1 less the standard deviation, cut.
#[inline]
pub(in crate::placement) fn balance(shares: &[f64]) -> i64 {
    let deviation = match shares {
        [] | [_] => 0.0,
        [one, other] => ((one - other) / 2.0).abs(),
        several => {
            let count = several.len() as f64;
            let mean = several.iter().fold(0.0, |sum, share| sum + share) / count;
            let squares = several.iter().fold(0.0, |sum, share| sum + (share - mean) * (share - mean));
            libm::sqrt(squares / count)
        }
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}

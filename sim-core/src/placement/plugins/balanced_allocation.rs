//! NodeResourcesBalancedAllocation: CPU and memory should be used in equal proportion.
//!
//! Models: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go. The balance is 100 less the
//! standard deviation of the requested shares; what containers do not request counts nothing here. Until
//! 1.34 the score is the balance with the pod, since 1.36 how the pod changes it, around 75. A pod that
//! requests nothing is not scored.
//!
//! Shares are 64-bit floats, as there, in the same order of operations: quotients, sums and square roots
//! are exact to the bit on every target.

use crate::placement::cycle::{Cycle, MAX_NODE_SCORE};
use crate::placement::node::NodeState;
use crate::placement::plugins::node_resources_fit::shares;

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Option<Vec<i64>> {
    let profile = cycle.profile;
    let needed = &cycle.spec().requests.needed;
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
        let half = MAX_NODE_SCORE / 2;
        half + (half + with_pod - balance(&without_pod)) / 2
    };
    Some(nodes.iter().map(one).collect())
}

fn share(requested: i64, allocatable: i64) -> f64 {
    let share = requested as f64 / allocatable as f64;
    if share > 1.0 { 1.0 } else { share }
}

/// 100 times 1 less the standard deviation, cut.
fn balance(shares: &[f64]) -> i64 {
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

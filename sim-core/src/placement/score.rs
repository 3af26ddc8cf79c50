//! The resource scores of kube-scheduler.

use crate::ids::NodeId;
use crate::model::{Model, Scoring};
use crate::resources::Resources;
use crate::world::World;

/// The score of `node` for a pod that scoring counts as `pod`: 0 to the era's maximum.
///
/// Mean over CPU and memory of each resource's share, integer division at each step
/// (`leastRequestedScore`, `mostRequestedScore`).
pub fn node_score(world: &World, model: &Model, pod: &Resources, node: NodeId) -> u64 {
    let group = &model.groups[world.cluster().nodes[node].group];
    let capacity = group.allocatable + group.daemon_sets;
    let requested = world.cluster().scored[node] + *pod;
    let top = model.era.max_node_score() as u64;
    let one = |requested: u64, capacity: u64| resource_score(model.scoring, requested, capacity, top);
    (one(requested.cpu_millis, capacity.cpu_millis) + one(requested.memory_bytes, capacity.memory_bytes)) / 2
}

fn resource_score(scoring: Scoring, requested: u64, capacity: u64, top: u64) -> u64 {
    if capacity == 0 || requested > capacity {
        return 0;
    }
    let part = match scoring {
        Scoring::LeastAllocated => capacity - requested,
        Scoring::MostAllocated => requested,
    };
    // Bytes times 100 stay below 2^64 for any node under 160 PiB.
    part * top / capacity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_cut_not_rounded() {
        assert_eq!(resource_score(Scoring::LeastAllocated, 1, 3, 10), 6);
        assert_eq!(resource_score(Scoring::MostAllocated, 1, 3, 100), 33);
        assert_eq!(resource_score(Scoring::LeastAllocated, 4, 3, 100), 0, "overdrawn");
        assert_eq!(resource_score(Scoring::LeastAllocated, 0, 0, 100), 0, "nothing to give");
    }
}

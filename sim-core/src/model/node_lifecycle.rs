//! How the control plane judges nodes: periods, patience and rates of the node lifecycle controller.

use crate::model::Era;
use crate::time::SimDuration;

/// Settings of kube-controller-manager, with the names of its flags.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeLifecycle {
    /// `--node-monitor-period`: time between two looks at all nodes.
    pub monitor_period: SimDuration,
    /// `--node-monitor-grace-period`: silence after which Ready becomes Unknown.
    pub grace_period: SimDuration,
    /// `--pod-eviction-timeout` until 1.12; since then the `tolerationSeconds` that admission gives every pod
    /// (DefaultTolerationSeconds): time that pods stay bound to a node that is not Ready.
    pub eviction_timeout: SimDuration,
    /// Time between two nodes of a zone whose pods are evicted: the inverse of `--node-eviction-rate`.
    pub eviction_interval: SimDuration,
    /// The same in a large zone that is partly disrupted: of `--secondary-node-eviction-rate`.
    pub secondary_eviction_interval: SimDuration,
    /// `--unhealthy-zone-threshold`: share of nodes not Ready from which a zone is partly disrupted, in
    /// millionths.
    pub unhealthy_zone_threshold_ppm: u64,
    /// `--large-cluster-size-threshold`: a zone with no more nodes than this evicts nothing while it is
    /// partly disrupted.
    pub large_zone: u32,
}

impl NodeLifecycle {
    /// The defaults of an era (domain reference, section 5; pkg/controller/nodelifecycle).
    pub const fn of(era: Era) -> Self {
        Self {
            monitor_period: SimDuration::from_secs(5),
            grace_period: SimDuration::from_secs(era.node_monitor_grace_secs()),
            eviction_timeout: SimDuration::from_secs(300),
            eviction_interval: SimDuration::from_secs(10),
            secondary_eviction_interval: SimDuration::from_secs(100),
            unhealthy_zone_threshold_ppm: 550_000,
            large_zone: 50,
        }
    }
}

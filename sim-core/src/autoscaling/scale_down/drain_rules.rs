//! Which pods keep a node from being drained.
//!
//! Models: the drainability rules in their order and `GetPodsToMove` (cluster-autoscaler 1.36): mirror pods
//! and those long gone are ignored; controllers must exist and have enough replicas; pods of DaemonSets,
//! pods that say `safe-to-evict: true` and ended pods may go; then bare pods, young system pods without a
//! budget, `safe-to-evict: false`, local storage and used-up budgets block.

use std::sync::Arc;

use super::budgets::RemainingBudgets;
use crate::autoscaling::moment::Moment;
use crate::autoscaling::objects::{Cluster, Phase, Pod};
use crate::autoscaling::options::Options;
use crate::autoscaling::snapshot::NodeInfo;
use crate::autoscaling::status::BlockingReason;
use crate::placement::Symbol;

/// What the rules look at.
pub struct DrainRules<'a> {
    /// The flags.
    pub options: &'a Options,
    /// The controllers; `None`: not asked for, so none is missed.
    pub cluster: Option<&'a Cluster>,
    /// What is left of budgets.
    pub budgets: &'a RemainingBudgets,
    /// Now.
    pub moment: &'a Moment,
}

enum Verdict {
    Moves,
    Ignored,
    Blocks(BlockingReason),
}

impl DrainRules<'_> {
    /// The pods to be moved off the node, those of DaemonSets left out.
    ///
    /// # Errors
    /// The first pod that blocks, and why.
    pub fn pods_to_move(&self, info: &NodeInfo) -> Result<Vec<Arc<Pod>>, (Arc<Pod>, BlockingReason)> {
        let mut pods = Vec::new();
        for pod in &info.pods {
            match self.verdict(pod) {
                Verdict::Moves if pod.is_daemon() => {}
                Verdict::Moves => pods.push(pod.clone()),
                Verdict::Ignored => {}
                Verdict::Blocks(reason) => return Err((pod.clone(), reason)),
            }
        }
        match self.budgets.blocking(&pods) {
            Some(pod) => Err((pod, BlockingReason::NotEnoughPdb)),
            None => Ok(pods),
        }
    }

    /// Whether there are none to be moved, and nothing blocks.
    pub fn has_none_to_move(&self, info: &NodeInfo) -> bool {
        info.pods.iter().all(|pod| match self.verdict(pod) {
            Verdict::Moves => pod.is_daemon(),
            Verdict::Ignored => true,
            Verdict::Blocks(_) => false,
        })
    }

    fn verdict(&self, pod: &Arc<Pod>) -> Verdict {
        if pod.traits.mirror || pod.is_long_terminating(self.moment) {
            return Verdict::Ignored;
        }
        if let Some(reason) = self.controller_blocks(pod) {
            return Verdict::Blocks(reason);
        }
        if pod.is_daemon() || pod.traits.safe_to_evict == Some(true) || pod.phase == Phase::Ended {
            return Verdict::Moves;
        }
        self.pod_blocks(pod).map_or(Verdict::Moves, Verdict::Blocks)
    }

    fn controller_blocks(&self, pod: &Pod) -> Option<BlockingReason> {
        let cluster = self.cluster.filter(|_| self.options.skip_custom_controllers)?;
        let owner = pod.traits.owner.as_ref()?;
        let known = match owner.kind.as_str() {
            "DaemonSet" | "StatefulSet" => owner.api_group == "apps",
            "ReplicationController" | "ReplicaSet" | "Job" => true,
            _ => false,
        };
        if !known {
            return None;
        }
        let name = (owner.kind.clone(), pod.spec.namespace, owner.name.clone());
        let counts_replicas = matches!(owner.kind.as_str(), "ReplicationController" | "ReplicaSet");
        match cluster.controllers.get(&name) {
            None => Some(BlockingReason::ControllerNotFound),
            Some(replicas) if counts_replicas && *replicas < self.options.min_replica_count => {
                Some(BlockingReason::MinReplicasReached)
            }
            Some(_) => None,
        }
    }

    fn pod_blocks(&self, pod: &Arc<Pod>) -> Option<BlockingReason> {
        const REPLICATED: [&str; 4] = ["ReplicationController", "Job", "ReplicaSet", "StatefulSet"];
        let traits = &pod.traits;
        let replicated = traits.owner.as_ref().is_some_and(|owner| {
            !self.options.skip_custom_controllers || REPLICATED.contains(&owner.kind.as_str())
        });
        if !replicated {
            return Some(BlockingReason::NotReplicated);
        }
        if self.options.skip_system_pods && self.is_blocking_system_pod(pod) {
            return Some(BlockingReason::UnmovableKubeSystemPod);
        }
        if traits.safe_to_evict == Some(false) {
            return Some(BlockingReason::NotSafeToEvictAnnotation);
        }
        let local = traits.local_volumes.iter().any(|volume| !traits.movable_volumes.contains(volume));
        if self.options.skip_local_storage && local {
            return Some(BlockingReason::LocalStorageRequested);
        }
        self.budgets.blocking(core::slice::from_ref(pod)).map(|_| BlockingReason::NotEnoughPdb)
    }

    /// A system pod without a budget blocks while it is young.
    fn is_blocking_system_pod(&self, pod: &Pod) -> bool {
        let began = pod.started_at.unwrap_or(pod.created_at);
        pod.spec.namespace == Symbol::KUBE_SYSTEM
            && !self.budgets.protects(pod)
            && self.options.system_pod_blocks_for.is_none_or(|time| !self.moment.has_come(began + time))
    }
}

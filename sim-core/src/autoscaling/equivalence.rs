//! Pods that are alike to the scheduler, so that one speaks for all.
//!
//! Models: `equivalence.BuildPodGroups` (cluster-autoscaler 1.36): pods of one controller with the same
//! labels and the same spec, at most ten groups per controller; a pod without a controller, or of a
//! DaemonSet, is a group of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::objects::Pod;
use super::status::Reasons;

const GROUPS_PER_CONTROLLER_MAX: usize = 10;

/// Pods that are alike.
#[derive(Clone, Debug)]
pub struct PodGroup {
    /// The pods, in the order given.
    pub pods: Vec<Arc<Pod>>,
    /// Why node groups, by position, cannot take them.
    pub rejected: BTreeMap<usize, Reasons>,
    /// Whether any node group can.
    pub schedulable: bool,
}

impl PodGroup {
    /// A group of these pods.
    pub const fn new(pods: Vec<Arc<Pod>>) -> Self {
        Self { pods, rejected: BTreeMap::new(), schedulable: false }
    }
}

/// Sorts pods into groups, in order of first pod.
pub fn groups(pods: &[Arc<Pod>]) -> Vec<PodGroup> {
    let mut groups: Vec<PodGroup> = Vec::new();
    let mut of_controller: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for pod in pods {
        let owner = pod.traits.owner.as_ref().filter(|owner| owner.kind != "DaemonSet");
        let Some(owner) = owner else {
            groups.push(PodGroup::new(vec![pod.clone()]));
            continue;
        };
        let known = of_controller.entry(&owner.uid).or_default();
        let alike = |at: &&usize| groups[**at].pods[0].is_like(pod);
        if let Some(&at) = known.iter().find(alike) {
            groups[at].pods.push(pod.clone());
            continue;
        }
        if known.len() < GROUPS_PER_CONTROLLER_MAX {
            known.push(groups.len());
        }
        groups.push(PodGroup::new(vec![pod.clone()]));
    }
    groups
}

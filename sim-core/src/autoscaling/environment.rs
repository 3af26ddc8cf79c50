//! The seam: what decides over nodes, and what it may ask of the cloud and do to the cluster.

use std::sync::Arc;

use super::objects::{Cluster, Node, NodeInfo, NodeName};
use crate::placement::requests::CpuAndMemory;
use crate::placement::{Surroundings, Symbols};
use crate::time::SimTime;

/// The cluster and the cloud, as far as the autoscaler reaches.
pub trait Environment {
    /// What the API server says now.
    fn cluster(&self) -> &Cluster;
    /// The fewest and the most nodes that the group may have.
    fn limits(&self, group: usize) -> (i64, i64);
    /// The texts behind its symbols.
    fn symbols(&self) -> &Symbols;
    /// What else decides where pods can run.
    fn surroundings(&self) -> &Surroundings;
    /// How many machines the group is to have.
    fn target(&self, group: usize) -> i64;
    /// The group's machines. Healthy ones that are nodes of the cluster may be left out.
    fn instances(&self, group: usize) -> Vec<Instance>;
    /// Whether the cloud still has the node's machine; `None`: it cannot tell.
    fn has_instance(&self, node: &Node) -> Option<bool>;
    /// Asks for `delta` more machines.
    ///
    /// # Errors
    /// What the cloud says when it refuses.
    fn increase(&mut self, group: usize, delta: i64) -> Result<(), String>;
    /// Lowers the target by machines that do not exist yet; `delta` is below zero.
    ///
    /// # Errors
    /// What the cloud says when it refuses.
    fn decrease_target(&mut self, group: usize, delta: i64) -> Result<(), String>;
    /// Has a machine deleted, which lowers the target.
    ///
    /// # Errors
    /// What the cloud says when it refuses.
    fn delete(&mut self, group: usize, node: &str) -> Result<(), String>;
    /// Taints a node as being deleted, or takes the taint back; with `cordon`, cordons or uncordons it too.
    fn mark_deletion(&mut self, node: &str, marked: bool, cordon: bool);
    /// Marks a node as a candidate for deletion, or takes the mark back.
    fn mark_candidate(&mut self, node: &str, marked: bool);
    /// Evicts a pod, named by its uid.
    ///
    /// # Errors
    /// What the API server says when it refuses.
    fn evict(&mut self, pod: u64, node: &str) -> Result<(), String>;
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: NodeName,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Why it cannot be made.
    pub error: Option<String>,
}

/// A node on which pods have moved.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The node as told last. Its pods of DaemonSets and its mirrors are what they were.
    pub known: Arc<NodeInfo>,
    /// What is requested of it now by pods that count and are not on their way out, and by what it runs besides.
    pub requested: CpuAndMemory,
}

/// What decides over nodes, and is asked again and again: cluster-autoscaler, or one that works otherwise
/// (Karpenter) behind the same surroundings.
pub trait Provisioner {
    /// A look at the cluster, and what follows from it; `draw(n)` is a number below `n`, for ties. Until the
    /// time it says, looks at an unchanged cluster would find and do nothing.
    fn look(
        &mut self,
        env: &mut dyn Environment,
        now: SimTime,
        draw: &mut dyn FnMut(usize) -> usize,
    ) -> SimTime;

    /// A glance in the place of a look: since the last of either, pods have moved on these nodes, none of them a
    /// DaemonSet's or a mirror, and nothing else has changed; the cluster is as told then. Until when looks would
    /// still find nothing if no more happens; `None`: a look must be taken.
    fn glance(&mut self, env: &dyn Environment, now: SimTime, moved: &[Moved]) -> Option<SimTime>;

    /// Looks have been left out, the last of them at `last`.
    fn left_out(&mut self, last: SimTime);

    /// Does what is due between looks.
    fn advance(&mut self, env: &mut dyn Environment, now: SimTime);

    /// When [`Provisioner::advance`] has something to do next.
    fn next_due(&self) -> Option<SimTime>;
}

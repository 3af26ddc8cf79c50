//! Use of nodes' disks, and the verbs that change it.
//!
//! A node has one disk: images, what its group says is on it anyway, and what containers write. A container's use is a
//! line ([`Linear`]), the use of a node's pods their exact sum.
//!
//! Invariants: a node's line is the sum of the lines of the containers of pods that run on it. A container that was killed
//! keeps what it has written until it starts again; a pod that has ended, or whose machine is down, has nothing.

use super::{Change, PodFailure, PodPhase, World};
use crate::ids::{IdVec, NodeId, PodId};
use crate::model::{Linear, Model};

/// Use of nodes' disks.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    nodes: IdVec<NodeId, DiskUse>,
}

/// Use of a node's disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskUse {
    /// By containers.
    pub pods: Linear,
    /// The node's condition DiskPressure.
    pub pressure: bool,
}

impl Disk {
    pub(super) fn node_added(&mut self, node: NodeId) {
        *self.nodes.reach(node) = DiskUse::default();
    }

    /// What is in use on a node.
    pub fn on(&self, node: NodeId) -> &DiskUse {
        &self.nodes[node]
    }
}

impl World {
    /// Use of nodes' disks.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What is on a node's disk beside what containers write: images, and what its group says.
    pub fn disk_base(&self, model: &Model, node: NodeId) -> u64 {
        let images: u64 = self.images.on(node).map(|(image, _)| model.images[image].bytes).sum();
        images.saturating_add(model.groups[self.cluster.nodes[node].group].images.disk_used)
    }

    /// All that is on a node's disk now.
    pub fn disk_used(&self, model: &Model, node: NodeId) -> u64 {
        self.disk_base(model, node).saturating_add(self.disk.on(node).pods.amount(self.now))
    }

    /// What a pod has on its node's disk now.
    pub fn pod_disk(&self, pod: PodId) -> u64 {
        self.cluster.pods[pod].containers.iter().map(|container| container.disk.amount(self.now)).sum()
    }

    /// A container uses its node's disk along another line from now on. Leaves no change: whoever draws the lines looks
    /// after what follows from them.
    pub fn set_container_disk(&mut self, pod: PodId, container: u8, line: Linear) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        debug_assert!(row.phase == PodPhase::Running, "only what runs writes to disk");
        let was = core::mem::replace(&mut row.containers[usize::from(container)].disk, line);
        if let Some(node) = row.node {
            let pods = &mut self.disk.nodes[node].pods;
            *pods = pods.minus(was, now).plus(line, now);
        }
    }

    /// What the pod has written is deleted.
    pub(super) fn clear_disk(&mut self, pod: PodId) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        for container in &mut row.containers {
            let was = core::mem::replace(&mut container.disk, Linear::ZERO);
            if let Some(node) = row.node.filter(|_| was != Linear::ZERO) {
                let pods = &mut self.disk.nodes[node].pods;
                *pods = pods.minus(was, now);
            }
        }
    }

    /// The kubelet of a node has reason to look at its disk. Leaves [`Change::DiskLow`].
    pub fn note_low_disk(&mut self, node: NodeId) {
        self.feed.push(Change::DiskLow(node));
    }

    /// The node's condition DiskPressure changes. Leaves [`Change::DiskPressureChanged`] unless it was so.
    pub fn set_disk_pressure(&mut self, node: NodeId, pressure: bool) {
        if core::mem::replace(&mut self.disk.nodes[node].pressure, pressure) != pressure {
            self.feed.push(Change::DiskPressureChanged(node));
        }
    }

    /// The kubelet evicts a pod for its use of the disk. Leaves [`Change::PodEnded`].
    pub fn evict_for_disk(&mut self, pod: PodId) {
        self.fail_pod(pod, PodFailure::Evicted);
    }

    pub(super) fn audit_disk(&self, findings: &mut Vec<String>) {
        for (node, _) in self.cluster.nodes.iter() {
            let lines = self.pods_on(node).flat_map(|pod| &self.cluster.pods[pod].containers);
            let sum = lines.fold(Linear::ZERO, |sum, container| sum.plus(container.disk, self.now));
            let kept = self.disk.on(node).pods.moved(self.now);
            if sum.moved(self.now) != kept {
                findings.push(format!("{node:?} keeps {kept:?} written by pods, recount {sum:?}"));
            }
        }
        for (pod, row) in self.cluster.pods.iter() {
            let idle = row.phase != PodPhase::Running;
            if idle && row.containers.iter().any(|of| of.disk != Linear::ZERO) {
                findings.push(format!("{pod:?} is {:?}, but has something on disk", row.phase));
            }
        }
    }
}

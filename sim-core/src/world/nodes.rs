//! Node groups, nodes, and the verbs that change them.
//!
//! The life of a node: its group's target rises → the cloud boots a machine → the node joins, Ready →
//! cordoned and uncordoned, broken and repaired (`node_health.rs`) → given back → gone. A group counts three
//! kinds of nodes that outages tell apart: the target size, the Node objects, and those that are Ready
//! and take pods.

use super::{Change, Health, NodeTaint, Ready, World, key_of, pod_with, slot_of};
use crate::ids::{GroupId, NodeId, PodId, ZoneId};
use crate::model::{ExistingNode, Model, NodeGroup, TaintEffect};
use crate::placement::{self, NodeSpec, Symbol};
use crate::resources::Resources;
use crate::time::SimTime;

/// A node group as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group {
    /// The fewest nodes the autoscaler leaves.
    pub min: u32,
    /// The most it asks for.
    pub max: u32,
    /// How many nodes somebody wants: the cloud's target size.
    pub target: u32,
    /// How many nodes exist as objects, those being given back included.
    pub nodes: u32,
    /// How many of them are being given back.
    pub leaving: u32,
    /// Machines whose Node object somebody deleted: they run, and count against the target.
    pub unregistered: u32,
}

impl Group {
    pub(super) fn new(group: &NodeGroup) -> Self {
        Self { min: group.min, max: group.max, target: group.initial, nodes: 0, leaving: 0, unregistered: 0 }
    }

    /// Nodes that were asked for and have not joined.
    pub fn upcoming(&self) -> u32 {
        (self.target + self.leaving).saturating_sub(self.nodes + self.unregistered)
    }
}

/// A node object.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its group.
    pub group: GroupId,
    /// The how-manieth of its group, from 1: `user-14`.
    pub ordinal: u32,
    /// When it joined.
    pub added_at: SimTime,
    /// No new pods.
    pub cordoned: bool,
    /// Being given back.
    pub leaving: bool,
    /// Its zone.
    pub zone: ZoneId,
    /// How it is.
    pub health: Health,
    /// Taints beside those of its group.
    pub taints: Vec<NodeTaint>,
    /// What it is called.
    pub name: Symbol,
    /// Those of its group, as placement has them.
    group_taints: Vec<placement::Taint>,
}

impl Node {
    /// No new pods, and no taint says why.
    pub(super) fn is_closed(&self) -> bool {
        let says_so = self.taints.iter().any(|there| there.taint.effect == TaintEffect::NoSchedule);
        self.cordoned || self.leaving || self.health.ready != Ready::True && !says_so
    }

    /// Ready and not cordoned: what takes new pods, and what mybinder's Grafana counted.
    pub fn is_schedulable(&self) -> bool {
        !self.cordoned && !self.leaving && self.health.ready == Ready::True
    }
}

impl World {
    /// A machine is up: its node joins, Ready. Leaves [`Change::NodeAdded`].
    pub fn add_node(&mut self, model: &Model, group: GroupId, ordinal: u32) -> NodeId {
        let zone = model.groups[group].machine.zone(ordinal);
        let symbols = &mut self.cluster.placement.symbols;
        let name = symbols.intern(&format!("{}-{ordinal}", model.groups[group].name));
        let mut spec = model.groups[group].template.clone();
        spec.name = name;
        spec.labels.set(Symbol::HOSTNAME, name);
        let zone_name = symbols.intern(&model.zones[zone]);
        spec.labels.set(Symbol::ZONE, zone_name);
        self.add_node_like(group, ordinal, zone, spec)
    }

    /// A node of a real cluster is there. Leaves [`Change::NodeAdded`], and [`Change::NodeCordoned`] if it
    /// is.
    pub fn add_existing_node(&mut self, model: &Model, existing: &ExistingNode) -> NodeId {
        let zone = model.groups[existing.group].machine.zone(existing.ordinal);
        let cordoned = existing.spec.unschedulable;
        let node = self.add_node_like(existing.group, existing.ordinal, zone, existing.spec.clone());
        if cordoned {
            self.cordon(node);
        }
        node
    }

    fn add_node_like(&mut self, group: GroupId, ordinal: u32, zone: ZoneId, spec: NodeSpec) -> NodeId {
        let node = self.cluster.nodes.insert(Node {
            group,
            ordinal,
            added_at: self.now,
            cordoned: false,
            leaving: false,
            zone,
            health: Health::new(self.now),
            taints: Vec::new(),
            name: spec.name,
            group_taints: spec.taints.clone(),
        });
        self.memory.node_added(node);
        self.disk.node_added(node);
        self.cluster.placement.add_node_at(slot_of(node), spec);
        self.cluster.groups[group].nodes += 1;
        self.cluster.zones[zone].nodes += 1;
        self.cluster.zones[zone].ready += 1;
        self.feed.push(Change::NodeAdded(node));
        node
    }

    /// What is free on a node: its allocatable, less DaemonSets, less what pods request.
    pub fn free(&self, model: &Model, node: NodeId) -> Resources {
        let group = self.cluster.nodes[node].group;
        model.groups[group].allocatable.saturating_sub(&self.requested(node))
    }

    /// What pods request on a node, DaemonSets left out.
    pub fn requested(&self, node: NodeId) -> Resources {
        let state = self.cluster.placement.node(slot_of(node));
        let base = state.spec.base.requested;
        let unsigned = |amount: i64| u64::try_from(amount).expect("a node's requests are never negative");
        Resources {
            cpu_millis: unsigned(state.requested.cpu_millis - base.cpu_millis),
            memory_bytes: unsigned(state.requested.memory_bytes - base.memory_bytes),
            pods: state.pods.len() as u64,
        }
    }

    /// The node with this name.
    pub fn find_node(&self, name: Symbol) -> Option<NodeId> {
        self.cluster.nodes.iter().find(|(_, row)| row.name == name).map(|(node, _)| node)
    }

    /// How many pods hold requests on a node, DaemonSets left out.
    pub fn pod_count(&self, node: NodeId) -> usize {
        self.cluster.placement.node(slot_of(node)).pods.len()
    }

    /// The pods that hold requests on a node.
    pub fn pods_on(&self, node: NodeId) -> impl Iterator<Item = PodId> {
        self.cluster.placement.node(slot_of(node)).pods.iter().map(|pod| pod_with(pod.key))
    }

    /// Whether the pod with that uid is on the node.
    pub fn is_on(&self, pod: PodId, uid: u64, node: NodeId) -> bool {
        let pods = &self.cluster.pods;
        let is_pod = pods.is_live(pod) && pods[pod].uid == uid;
        is_pod && self.cluster.placement.node_of(key_of(pod)) == Some(slot_of(node))
    }

    /// What placement sees of a node follows from its row. A node that is not Ready takes no pods even
    /// before somebody has tainted it (in 2018 the predicate CheckNodeCondition).
    pub(super) fn show_to_placement(&mut self, node: NodeId) {
        let row = &self.cluster.nodes[node];
        let symbols = &mut self.cluster.placement.symbols;
        let mut taints = row.group_taints.clone();
        taints.extend(row.taints.iter().map(|there| placement::Taint {
            key: symbols.intern(&there.taint.key),
            value: symbols.intern(&there.taint.value),
            effect: there.taint.effect.into(),
        }));
        let slot = slot_of(node);
        let mut spec = self.cluster.placement.node(slot).spec.clone();
        spec.unschedulable = row.is_closed();
        spec.taints = taints;
        self.cluster.placement.update_node(slot, spec);
    }

    /// Asks for `target` nodes in a group. Leaves [`Change::GroupTargetChanged`].
    pub fn set_target(&mut self, group: GroupId, target: u32) {
        let row = &self.cluster.groups[group];
        assert!(target <= row.max.max(row.target), "nobody asks for more nodes than the ceiling");
        self.cluster.groups[group].target = target;
        self.feed.push(Change::GroupTargetChanged(group));
    }

    /// Moves the floor and the ceiling of a group. Nodes above a lowered ceiling stay, as with real
    /// clouds. Leaves [`Change::GroupLimitsChanged`].
    pub fn set_limits(&mut self, group: GroupId, min: u32, max: u32) {
        let row = &mut self.cluster.groups[group];
        (row.min, row.max) = (min, max);
        self.feed.push(Change::GroupLimitsChanged(group));
    }

    /// No new pods on the node. Leaves [`Change::NodeCordoned`] unless it was so before.
    pub fn cordon(&mut self, node: NodeId) {
        if !core::mem::replace(&mut self.cluster.nodes[node].cordoned, true) {
            self.show_to_placement(node);
            self.feed.push(Change::NodeCordoned(node));
        }
    }

    /// New pods again. Leaves [`Change::NodeUncordoned`] unless it was so before.
    pub fn uncordon(&mut self, node: NodeId) {
        if core::mem::replace(&mut self.cluster.nodes[node].cordoned, false) {
            self.show_to_placement(node);
            self.feed.push(Change::NodeUncordoned(node));
        }
    }

    /// Gives a node back and lowers its group's target by one. Leaves
    /// [`Change::NodeDeletionRequested`] and [`Change::GroupTargetChanged`].
    pub fn request_node_deletion(&mut self, node: NodeId) {
        let row = &mut self.cluster.nodes[node];
        assert!(!row.leaving, "a node is given back once");
        row.leaving = true;
        let group = row.group;
        self.cluster.groups[group].leaving += 1;
        self.cluster.groups[group].target -= 1;
        self.show_to_placement(node);
        self.feed.push(Change::NodeDeletionRequested(node));
        self.feed.push(Change::GroupTargetChanged(group));
    }

    /// Takes a node out of its group without asking for fewer: the cloud shrinks the group to a target that
    /// somebody lowered. Leaves [`Change::NodeDeletionRequested`].
    pub fn surrender_node(&mut self, node: NodeId) {
        let row = &mut self.cluster.nodes[node];
        assert!(!row.leaving, "a node is given back once");
        row.leaving = true;
        self.cluster.groups[row.group].leaving += 1;
        self.show_to_placement(node);
        self.feed.push(Change::NodeDeletionRequested(node));
    }

    /// The Node object is gone. Pods that are left on it are orphans until podgc finds them. A machine that
    /// somebody still pays for runs on unregistered. Leaves [`Change::PodOrphaned`] for each of these pods,
    /// and [`Change::NodeRemoved`].
    pub fn remove_node(&mut self, node: NodeId) {
        let orphans: Vec<PodId> = self.pods_on(node).collect();
        for pod in orphans {
            self.orphan_pod(pod);
        }
        self.cluster.placement.remove_node(slot_of(node));
        let row = &self.cluster.nodes[node];
        let group = &mut self.cluster.groups[row.group];
        group.nodes -= 1;
        if row.leaving {
            group.leaving -= 1;
        } else {
            group.unregistered += 1;
        }
        let zone = &mut self.cluster.zones[row.zone];
        zone.nodes -= 1;
        zone.ready -= u32::from(row.health.ready == Ready::True);
        self.cluster.nodes.retire(node);
        self.feed.push(Change::NodeRemoved(node));
    }

    /// A machine without a Node object is taken away.
    pub fn remove_unregistered(&mut self, group: GroupId) {
        self.cluster.groups[group].unregistered -= 1;
    }
}

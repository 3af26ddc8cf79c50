//! How nodes are, and the verbs that change it.
//!
//! Three things that outages tell apart: what is wrong with a node in truth ([`Health`]), what the API says
//! about it (the condition Ready, which the kubelet writes and, when it is silent, the control plane), and
//! what follows (taints). A verb changes one of them; the others follow when some component has noticed.
//!
//! Invariants: each zone counts its Node objects and those that are Ready; a machine that is gone never comes
//! back, and its node is leaving.

use super::{Change, World};
use crate::ids::{GroupId, NodeId, ZoneId};
use crate::model::{
    DiskState, DnsState, KubeletState, MachineState, NodeFault, PodNetwork, Taint, TaintEffect,
};
use crate::time::SimTime;

/// How a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Health {
    /// Its machine.
    pub machine: Machine,
    /// When the machine came up last. Containers that started before are dead.
    pub booted_at: SimTime,
    /// Its kubelet.
    pub kubelet: KubeletState,
    /// Its pod network.
    pub network: PodNetwork,
    /// Its disk.
    pub disk: DiskState,
    /// Name resolution on it.
    pub dns: DnsState,
    /// The provider has said that it takes the machine back.
    pub reclaimed: bool,
    /// The condition Ready, as the API has it.
    pub ready: Ready,
    /// Since when it is so.
    pub ready_since: SimTime,
}

/// A machine as the cloud knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    /// It runs.
    Up,
    /// It exists, but nothing runs on it.
    Down,
    /// It does not exist any more.
    Gone,
}

/// The condition Ready of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ready {
    /// The kubelet says that it can take care of pods.
    True,
    /// The kubelet says that it cannot.
    False,
    /// The kubelet has said nothing for the grace period.
    Unknown,
}

/// A taint that a node got after it joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeTaint {
    /// The taint.
    pub taint: Taint,
    /// When it was added: tolerations with an end count from here.
    pub added_at: SimTime,
}

/// A zone as the node lifecycle controller sees it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Zone {
    /// Node objects.
    pub nodes: u32,
    /// Of these, Ready.
    pub ready: u32,
    /// How bad it is, as of the controller's last look.
    pub disruption: Disruption,
}

/// How bad it is in a zone.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Disruption {
    /// Not bad.
    #[default]
    None,
    /// More than two nodes, and more than the threshold's share of them, are not Ready.
    Partial,
    /// No node is Ready.
    Full,
}

impl Health {
    pub(super) fn new(now: SimTime) -> Self {
        Self {
            machine: Machine::Up,
            booted_at: now,
            kubelet: KubeletState::Well,
            network: PodNetwork::Alive,
            disk: DiskState::Well,
            dns: DnsState::Alive,
            reclaimed: false,
            ready: Ready::True,
            ready_since: now,
        }
    }

    /// The kubelet can be heard: it renews its lease and writes its status.
    pub fn is_heard(&self) -> bool {
        self.machine == Machine::Up && self.kubelet != KubeletState::Silent
    }

    /// Whoever knows a pod's address reaches it.
    pub fn pods_answer(&self) -> bool {
        self.machine == Machine::Up && self.network == PodNetwork::Alive
    }

    fn set(&mut self, fault: NodeFault, now: SimTime) {
        match fault {
            NodeFault::Machine(MachineState::Down) => self.machine = Machine::Down,
            NodeFault::Machine(MachineState::Up) => {
                if self.machine != Machine::Up {
                    self.booted_at = now;
                }
                self.machine = Machine::Up;
            }
            NodeFault::Kubelet(state) => self.kubelet = state,
            NodeFault::PodNetwork(state) => self.network = state,
            NodeFault::Disk(state) => self.disk = state,
            NodeFault::Dns(state) => self.dns = state,
        }
    }
}

impl World {
    /// Something on a node breaks or is in order again; nothing can happen to a machine that is gone.
    /// Leaves [`Change::NodeFaultChanged`] unless it was so before.
    pub fn set_node_fault(&mut self, node: NodeId, fault: NodeFault) {
        let now = self.now;
        let health = &mut self.cluster.nodes[node].health;
        let before = *health;
        if health.machine != Machine::Gone {
            health.set(fault, now);
        }
        let health = *health;
        if health != before {
            if health.machine != Machine::Up {
                self.clear_memory(node);
            }
            self.feed.push(Change::NodeFaultChanged(node));
        }
    }

    /// A fault strikes by chance; what it breaks, [`World::set_node_fault`] says. Leaves
    /// [`Change::FaultStruck`].
    pub fn strike(&mut self, node: NodeId, which: u8) {
        self.feed.push(Change::FaultStruck(node, which));
    }

    /// The condition Ready changes. Leaves [`Change::NodeReadyChanged`] unless it was so before.
    pub fn set_node_ready(&mut self, node: NodeId, ready: Ready) {
        let now = self.now;
        let row = &mut self.cluster.nodes[node];
        let was = core::mem::replace(&mut row.health.ready, ready);
        if was != ready {
            row.health.ready_since = now;
            let zone = &mut self.cluster.zones[row.zone];
            zone.ready = zone.ready + u32::from(ready == Ready::True) - u32::from(was == Ready::True);
            self.show_to_placement(node);
            self.feed.push(Change::NodeReadyChanged(node));
        }
    }

    /// Puts a taint on a node, in place of one with the same key and effect. Leaves
    /// [`Change::NodeTaintsChanged`] unless it was there.
    pub fn taint_node(&mut self, node: NodeId, taint: Taint) {
        let added_at = self.now;
        let taints = &mut self.cluster.nodes[node].taints;
        if taints.iter().any(|there| there.taint == taint) {
            return;
        }
        taints.retain(|there| there.taint.key != taint.key || there.taint.effect != taint.effect);
        taints.push(NodeTaint { taint, added_at });
        self.show_to_placement(node);
        self.feed.push(Change::NodeTaintsChanged(node));
    }

    /// Takes the taints with `key` off a node: all, or those of one effect. Leaves
    /// [`Change::NodeTaintsChanged`] unless there are none.
    pub fn untaint_node(&mut self, node: NodeId, key: &str, effect: Option<TaintEffect>) {
        let taints = &mut self.cluster.nodes[node].taints;
        let before = taints.len();
        taints.retain(|there| {
            there.taint.key != key || effect.is_some_and(|effect| there.taint.effect != effect)
        });
        if taints.len() != before {
            self.show_to_placement(node);
            self.feed.push(Change::NodeTaintsChanged(node));
        }
    }

    /// Somebody resets the machine: it is down until the cloud has it up again. Leaves
    /// [`Change::NodeFaultChanged`] and [`Change::NodeResetRequested`]; nothing when the machine is gone.
    pub fn request_node_reset(&mut self, node: NodeId) {
        if self.cluster.nodes[node].health.machine != Machine::Gone {
            self.set_node_fault(node, NodeFault::Machine(MachineState::Down));
            self.feed.push(Change::NodeResetRequested(node));
        }
    }

    /// The provider gives notice that it takes the machine back. Leaves [`Change::NodeReclaimed`] unless it
    /// has before.
    pub fn reclaim_node(&mut self, node: NodeId) {
        let health = &mut self.cluster.nodes[node].health;
        if health.machine != Machine::Gone && !core::mem::replace(&mut health.reclaimed, true) {
            self.feed.push(Change::NodeReclaimed(node));
        }
    }

    /// The machine does not exist any more; its Node object is still there. Its place in the group is free:
    /// the target stays. Leaves [`Change::NodeFaultChanged`].
    pub fn lose_machine(&mut self, node: NodeId) {
        let row = &mut self.cluster.nodes[node];
        if row.health.machine == Machine::Gone {
            return;
        }
        row.health.machine = Machine::Gone;
        if !core::mem::replace(&mut row.leaving, true) {
            self.cluster.groups[row.group].leaving += 1;
        }
        self.clear_memory(node);
        self.show_to_placement(node);
        self.feed.push(Change::NodeFaultChanged(node));
    }

    /// The node lifecycle controller thinks otherwise of a zone. Leaves [`Change::ZoneDisruptionChanged`].
    pub fn set_disruption(&mut self, zone: ZoneId, disruption: Disruption) {
        if core::mem::replace(&mut self.cluster.zones[zone].disruption, disruption) != disruption {
            self.feed.push(Change::ZoneDisruptionChanged(zone));
        }
    }

    /// The cloud runs out of machines, or has some again: for a group, in a zone, or for a group in a zone.
    /// Leaves [`Change::StockChanged`] unless it was so before.
    pub fn set_stock(&mut self, group: Option<GroupId>, zone: Option<ZoneId>, out: bool) {
        let outs = &mut self.cluster.stock_outs;
        let changed = if out { outs.insert((group, zone)) } else { outs.remove(&(group, zone)) };
        if changed {
            self.feed.push(Change::StockChanged);
        }
    }

    /// Whether the cloud has no machine for a group in a zone.
    pub fn is_out_of_stock(&self, group: GroupId, zone: ZoneId) -> bool {
        let concerns = |(of, at): &(Option<GroupId>, Option<ZoneId>)| {
            of.is_none_or(|of| of == group) && at.is_none_or(|at| at == zone)
        };
        self.cluster.stock_outs.iter().any(concerns)
    }
}

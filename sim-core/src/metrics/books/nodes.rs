//! What becomes of a node, and of the size of its group, in the books.

use super::pods::is_asked;
use super::{Books, in_group, slot_of};
use crate::check::{Flow, Level};
use crate::ids::{GroupId, Id, NodeId};
use crate::metrics::layout::{Dimensions, Place};
use crate::model::Model;
use crate::time::SimTime;
use crate::world::{Death, DeathKind, Machine, Node, Ready, World};

#[derive(Clone, Copy, Debug)]
pub(super) struct NodeEntry {
    pub cordoned: bool,
    pub leaving: bool,
    pub ready: Ready,
    /// Its machine exists.
    pub paid_for: bool,
    /// It has the condition MemoryPressure.
    pub pressure: bool,
}

impl Default for NodeEntry {
    fn default() -> Self {
        Self { cordoned: false, leaving: false, ready: Ready::True, paid_for: true, pressure: false }
    }
}

impl NodeEntry {
    fn schedulable(self) -> i64 {
        i64::from(!self.cordoned && !self.leaving && self.ready == Ready::True)
    }

    /// The level that counts its condition.
    const fn level(self) -> Level {
        match self.ready {
            Ready::True => Level::NodesReady,
            Ready::False => Level::NodesNotReady,
            Ready::Unknown => Level::NodesUnknown,
        }
    }
}

impl Books {
    /// Whether what starved the node has starved another before.
    pub(super) fn starved_by_the_same(&mut self, node: NodeId, world: &World) -> bool {
        let starved = |death: &&Death| death.kind == DeathKind::Starved;
        let mut deaths = world.memory().deaths.iter().rev().filter(starved);
        let Some(last) = deaths.next() else { return false };
        // The node may have been lost before by itself.
        let again = deaths.any(|death| death.cause == last.cause) && self.starved != Some(node);
        self.starved = Some(node);
        again
    }

    pub(super) fn set_pressure(&mut self, node: NodeId, pressure: bool, place: Place, now: SimTime) {
        let was = core::mem::replace(&mut self.nodes[node.index()].pressure, pressure);
        self.level(Level::NodesMemoryPressure, place, i64::from(pressure) - i64::from(was), now);
    }

    pub(super) fn target_changed(&mut self, group: GroupId, target: u32, now: SimTime) {
        let was = core::mem::replace(&mut self.targets[group.index()], target);
        self.level(Level::NodesTarget, in_group(group), i64::from(target) - i64::from(was), now);
        self.flow(Flow::NodesRequested, in_group(group), u64::from(target.saturating_sub(was)), now);
    }

    pub(super) fn ceiling_changed(&mut self, group: GroupId, ceiling: u32, now: SimTime) {
        let was = core::mem::replace(&mut self.ceilings[group.index()], ceiling);
        self.level(Level::NodesCeiling, in_group(group), i64::from(ceiling) - i64::from(was), now);
    }

    pub(super) fn node_added(&mut self, node: NodeId, row: &Node, model: &Model, now: SimTime) {
        *slot_of(&mut self.nodes, node.index()) = NodeEntry::default();
        let place = in_group(row.group);
        for level in [Level::NodesTotal, Level::NodesReady, Level::NodesSchedulable] {
            self.level(level, place, 1, now);
        }
        self.level(Level::CostPerHour, place, price(row, model), now);
        self.flow(Flow::NodesAdded, place, 1, now);
        self.offer(row, model, true, now);
    }

    pub(super) fn node_removed(&mut self, node: NodeId, row: &Node, model: &Model, now: SimTime) {
        let place = in_group(row.group);
        self.set_pressure(node, false, place, now);
        let entry = self.nodes[node.index()];
        self.level(Level::NodesSchedulable, place, -entry.schedulable(), now);
        self.level(Level::NodesTotal, place, -1, now);
        self.level(entry.level(), place, -1, now);
        // One that was not given back is paid for still: somebody deleted the object only.
        if entry.paid_for && row.leaving {
            self.level(Level::CostPerHour, place, -price(row, model), now);
        }
        self.flow(Flow::NodesRemoved, place, 1, now);
        if entry.ready == Ready::True {
            self.offer(row, model, false, now);
        }
    }

    /// What a node offers counts while it is Ready.
    pub(super) fn offer(&mut self, row: &Node, model: &Model, offers: bool, now: SimTime) {
        let (group, allocatable) = (Dimensions::group(row.group), model.groups[row.group].allocatable);
        for place in [0, group as usize] {
            if offers {
                self.allocatable[place] += allocatable;
            } else {
                self.allocatable[place] -= allocatable;
            }
            let kept = self
                .level_layout
                .kept(Level::MemoryAllocatableBytes as usize, Place { owner: 0, group: place as u32 });
            if let Some(slot) = kept {
                self.levels.set(slot, self.allocatable[place].memory_bytes as i64, now);
            }
        }
        self.requests_changed(group, now);
    }

    pub(super) fn ready_changed(&mut self, node: NodeId, world: &World, model: &Model, now: SimTime) {
        let row = &world.cluster().nodes[node];
        let place = in_group(row.group);
        let before = self.nodes[node.index()];
        self.change_node(node, row, now, |entry| entry.ready = row.health.ready);
        let after = self.nodes[node.index()];
        self.level(before.level(), place, -1, now);
        self.level(after.level(), place, 1, now);
        let (was, is) = (before.ready == Ready::True, after.ready == Ready::True);
        if was != is {
            self.offer(row, model, is, now);
            self.flow(Flow::NodesUnready, place, u64::from(was), now);
        }
        for pod in world.pods_on(node) {
            self.judge_stuck(pod, world, now);
            let entry = self.pods[pod.index()];
            if !is_asked(&world.cluster().pods[pod], model) {
                self.set_ready(pod, is && entry.alive, now);
            }
        }
    }

    /// Containers die with their machine, and nobody pays for one that is gone.
    pub(super) fn fault_changed(&mut self, node: NodeId, world: &World, model: &Model, now: SimTime) {
        let row = &world.cluster().nodes[node];
        if row.health.machine == Machine::Up {
            return;
        }
        for pod in world.pods_on(node) {
            self.container_dies(pod, now);
        }
        let gone = row.health.machine == Machine::Gone;
        if gone && core::mem::replace(&mut self.nodes[node.index()].paid_for, false) {
            self.level(Level::CostPerHour, in_group(row.group), -price(row, model), now);
            self.change_node(node, row, now, |entry| entry.leaving = true);
        }
    }

    pub(super) fn change_node(
        &mut self,
        node: NodeId,
        row: &Node,
        now: SimTime,
        change: impl FnOnce(&mut NodeEntry),
    ) {
        let entry = &mut self.nodes[node.index()];
        let was = entry.schedulable();
        change(entry);
        let step = entry.schedulable() - was;
        self.level(Level::NodesSchedulable, in_group(row.group), step, now);
    }
}

/// What a machine costs, in millionths of a dollar for each hour.
fn price(row: &Node, model: &Model) -> i64 {
    model.groups[row.group].machine.micro_dollars_per_hour as i64
}

//! The world as the provisioner reaches it, and how what it does becomes true.
//!
//! Models: a cloud that lists the machines of a group from the request on, those that have not joined among them
//! (the others are left out of the list, as it may), and cannot tell whether the machine of a node still exists, as GCE and AWS: a node counts as being deleted
//! from the autoscaler's taint on.

use super::view::View;
use crate::autoscaling::environment::{Environment, Instance};
use crate::autoscaling::manifest;
use crate::autoscaling::objects::{Cluster, Node};
use crate::engine::Context;
use crate::ids::{GroupId, Id, NodeId};
use crate::model::{Taint, TaintEffect};
use crate::placement::Symbols;
use crate::placement::objects::Surroundings;

/// The world as the provisioner reaches it.
pub struct Scene<'a, 'b> {
    /// What it sees.
    pub view: &'a mut View,
    /// The world.
    pub ctx: &'a mut Context<'b>,
}

impl Scene<'_, '_> {
    fn group(&self, group: usize) -> crate::world::Group {
        self.ctx.world.cluster().groups[GroupId::from_index(group)]
    }

    fn node(&self, name: &str) -> Option<NodeId> {
        let (node, _) = self.view.names.iter().find(|(_, known)| ***known == *name)?;
        self.ctx.world.cluster().nodes.is_live(*node).then_some(*node)
    }

    fn taint(&mut self, node: NodeId, key: &str, effect: TaintEffect, there: bool) {
        if there {
            let value = (self.ctx.now.as_micros() / 1_000_000).to_string();
            self.ctx.world.taint_node(node, Taint { key: key.to_owned(), value, effect });
        } else {
            self.ctx.world.untaint_node(node, key, None);
        }
    }

    fn read_again(&mut self, node: NodeId) {
        self.view.read_node(node, self.ctx.model, self.ctx.world);
    }
}

impl Environment for Scene<'_, '_> {
    fn cluster(&self) -> &Cluster {
        &self.view.cluster
    }

    fn symbols(&self) -> &Symbols {
        &self.ctx.world.cluster().placement.symbols
    }

    fn surroundings(&self) -> &Surroundings {
        &self.ctx.world.cluster().placement.surroundings
    }

    fn limits(&self, group: usize) -> (i64, i64) {
        let row = self.group(group);
        (i64::from(row.min), i64::from(row.max))
    }

    fn target(&self, group: usize) -> i64 {
        i64::from(self.group(group).target)
    }

    fn instances(&self, group: usize) -> Vec<Instance> {
        let id = GroupId::from_index(group);
        let (model, world) = (self.ctx.model, &*self.ctx.world);
        let row = self.group(group);
        let zones = &model.groups[id].machine.zones;
        let no_stock = zones.iter().all(|zone| world.is_out_of_stock(id, *zone));
        let awaited = (0..row.upcoming()).map(|at| Instance {
            name: format!("{}/{at}", model.groups[id].name).into(),
            deleting: false,
            error: no_stock.then(|| "stockout".to_owned()),
        });
        let lost = (0..row.unregistered).map(|at| Instance {
            name: format!("{}/without-node-{at}", model.groups[id].name).into(),
            deleting: false,
            error: None,
        });
        awaited.chain(lost).collect()
    }

    fn has_instance(&self, _: &Node) -> Option<bool> {
        None
    }

    fn increase(&mut self, group: usize, delta: i64) -> Result<(), String> {
        let row = self.group(group);
        let target = u32::try_from(i64::from(row.target) + delta).unwrap_or(u32::MAX);
        if target > row.max {
            return Err(format!("size increase too large - desired:{target} max:{}", row.max));
        }
        self.ctx.world.set_target(GroupId::from_index(group), target);
        Ok(())
    }

    fn decrease_target(&mut self, group: usize, delta: i64) -> Result<(), String> {
        let row = self.group(group);
        Err(format!("attempt to delete existing nodes targetSize:{} delta:{delta}", row.target))
    }

    fn delete(&mut self, group: usize, node: &str) -> Result<(), String> {
        match self.node(node) {
            Some(node) if self.ctx.world.cluster().nodes[node].leaving => {}
            Some(node) => {
                self.ctx.world.request_node_deletion(node);
                self.read_again(node);
            }
            None => {
                let target = self.group(group).target.saturating_sub(1);
                self.ctx.world.set_target(GroupId::from_index(group), target);
            }
        }
        Ok(())
    }

    fn mark_deletion(&mut self, node: &str, marked: bool, cordon: bool) {
        let Some(node) = self.node(node) else { return };
        self.taint(node, manifest::TO_BE_DELETED, TaintEffect::NoSchedule, marked);
        if cordon && marked {
            self.ctx.world.cordon(node);
        } else if cordon {
            self.ctx.world.uncordon(node);
        }
        self.read_again(node);
    }

    fn mark_candidate(&mut self, node: &str, marked: bool) {
        let Some(node) = self.node(node) else { return };
        self.taint(node, manifest::DELETION_CANDIDATE, TaintEffect::PreferNoSchedule, marked);
        self.read_again(node);
    }

    fn evict(&mut self, pod: u64, node: &str) -> Result<(), String> {
        let Some(node) = self.node(node) else { return Ok(()) };
        let world = &mut *self.ctx.world;
        let found = world.pods_on(node).find(|other| world.cluster().pods[*other].uid == pod);
        let Some(found) = found else { return Ok(()) };
        let evicted = world.evict_pod(self.ctx.model, found);
        self.read_again(node);
        evicted.map_err(|refused| format!("the budget needs {} of {} pods", refused.desired, refused.healthy))
    }
}

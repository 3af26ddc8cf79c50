//! What the provisioner sees of the world, and how what it does becomes true.
//!
//! | It sees | From |
//! |---|---|
//! | nodes with their pods | Node objects and the scheduler's cache; read again where something changed |
//! | waiting pods | those the scheduler found no node for |
//! | machines of a group | its nodes, and as many more as were asked for and have not joined |
//! | templates of groups | what a node of the group is like when it joins |
//!
//! A machine's memory is taken to be what pods may request of it: only CA 1.0 and balancing look at it.
//!
//! Models: a cloud that lists machines from the request on and cannot tell whether the machine of a node still
//! exists, as GCE and AWS: a node counts as being deleted from the autoscaler's taint on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::autoscaling::environment::{Environment, Instance};
use crate::autoscaling::manifest;
use crate::autoscaling::objects::{Cluster, Node, NodeInfo, Owner, Phase, Pod, Traits};
use crate::autoscaling::options::Group;
use crate::engine::Context;
use crate::ids::{ControllerId, GroupId, Id, NodeId, PodId};
use crate::model::{Model, Taint, TaintEffect, controllers};
use crate::placement::amounts::Amounts;
use crate::placement::objects::{Budget, Surroundings};
use crate::placement::{Selector, Symbol, Symbols};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Machine, NodeTaint, PodPhase, Ready, World, slot_of};

/// What the provisioner was told, kept in step with the world.
#[derive(Clone, Debug)]
pub struct View {
    cluster: Cluster,
    /// Nodes that are to be read again.
    stale: BTreeSet<NodeId>,
    /// Whether anything has changed since the last look that a look can see.
    changed: bool,
    /// What templates of pods say, for each controller that makes pods of a class.
    traits: BTreeMap<(u32, Option<u32>), Arc<Traits>>,
}

/// The world as the provisioner reaches it.
pub struct Scene<'a, 'b> {
    /// What it sees.
    pub view: &'a mut View,
    /// The world.
    pub ctx: &'a mut Context<'b>,
}

/// The groups, as the cloud lists them.
pub fn groups(model: &Model) -> Vec<Group> {
    let group = |(at, group): (GroupId, &crate::model::NodeGroup)| Group {
        id: group.name.clone(),
        min: i64::from(group.min),
        max: i64::from(group.max),
        template: Arc::new(template(at, group)),
        price_per_hour: group.machine.micro_dollars_per_hour as f64 / 1e6,
        unneeded_time: None,
        unready_time: None,
        utilization_threshold_ppm: None,
        max_node_provision_time: None,
        max_node_startup_time: None,
        ignore_daemon_sets_utilization: None,
    };
    model.groups.iter_enumerated().map(group).collect()
}

/// What the cloud says a node of the group will be like.
fn template(at: GroupId, group: &crate::model::NodeGroup) -> Node {
    Node {
        name: group.name.clone(),
        group: Some(at.index()),
        spec: group.template.clone(),
        capacity: Amounts {
            cpu_millis: i64::from(group.machine.cores) * 1_000,
            ..group.template.allocatable.clone()
        },
        ready: true,
        ready_changed_at: SimTime::ZERO,
        created_at: SimTime::ZERO,
        scale_down_disabled: manifest::forbids_scale_down(&group.annotations),
        deletion_began_at: None,
    }
}

impl View {
    /// Nothing seen yet.
    pub fn new(model: &Model) -> Self {
        let priorities = model.autoscaler.as_ref().and_then(|autoscaler| autoscaler.group_priorities.clone());
        Self {
            cluster: Cluster { group_priorities: priorities, ..Cluster::default() },
            stale: BTreeSet::new(),
            changed: true,
            traits: BTreeMap::new(),
        }
    }

    /// Whether anything has changed since the last look that a look can see.
    pub const fn has_changed(&self) -> bool {
        self.changed
    }

    /// Notes a change of the world.
    pub fn note(&mut self, change: Change, ctx: &Context<'_>) {
        let world = &*ctx.world;
        match change {
            Change::PodUnschedulable(pod) => {
                let told = self.pod(pod, ctx.model, world);
                self.cluster.waiting.insert(Arc::new(told));
            }
            Change::PodBound(pod)
            | Change::PodEnded(pod)
            | Change::PodOrphaned(pod)
            | Change::PodRemoved(pod) => {
                let row = &world.cluster().pods[pod];
                self.cluster.waiting.remove(row.uid);
                if !self.note_node(row.node, world) && row.unschedulable_since.is_none() {
                    return;
                }
            }
            Change::PodDeletionRequested(pod) => {
                self.note_node(world.cluster().pods[pod].node, world);
            }
            Change::PodStarted(pod) => {
                self.note_node(world.cluster().pods[pod].node, world);
                // Only of the system's pods does it matter since when they run.
                let row = &world.cluster().pods[pod];
                if ctx.model.classes[row.class].spec.namespace != Symbol::KUBE_SYSTEM {
                    return;
                }
            }
            Change::NodeRemoved(node) => {
                self.cluster.nodes.remove(&name_of(node, ctx.model, world));
                self.stale.remove(&node);
            }
            Change::NodeAdded(node)
            | Change::NodeCordoned(node)
            | Change::NodeUncordoned(node)
            | Change::NodeReadyChanged(node)
            | Change::NodeTaintsChanged(node)
            | Change::NodeFaultChanged(node)
            | Change::NodeDeletionRequested(node) => {
                self.note_node(Some(node), world);
            }
            _ => {}
        }
        self.changed = true;
    }

    /// The node is to be read again. False: there is none.
    fn note_node(&mut self, node: Option<NodeId>, world: &World) -> bool {
        let node = node.filter(|node| world.cluster().nodes.is_live(*node));
        self.stale.extend(node);
        node.is_some()
    }

    /// Reads what has changed.
    pub fn read(&mut self, ctx: &Context<'_>) {
        self.changed = false;
        for node in core::mem::take(&mut self.stale) {
            self.read_node(node, ctx.model, ctx.world);
        }
        self.read_controllers(ctx);
    }

    fn read_node(&mut self, node: NodeId, model: &Model, world: &World) {
        let told = Arc::new(Self::node(node, model, world));
        let mut pods: Vec<Arc<Pod>> =
            world.pods_on(node).map(|pod| Arc::new(self.pod(pod, model, world))).collect();
        pods.sort_unstable_by_key(|pod| pod.uid);
        self.cluster.nodes.insert(told.name.clone(), Arc::new(NodeInfo { node: told, pods }));
    }

    fn node(node: NodeId, model: &Model, world: &World) -> Node {
        let row = &world.cluster().nodes[node];
        let group = &model.groups[row.group];
        let template = template(row.group, group);
        let mut spec = world.cluster().placement.node(slot_of(node)).spec.clone();
        // Placement closes nodes that are not Ready; the API tells the two apart.
        spec.unschedulable = row.cordoned || row.leaving;
        let unready = |taint: &NodeTaint| manifest::NOT_READY.contains(&taint.taint.key.as_str());
        Node {
            name: name_of(node, model, world),
            spec,
            ready: row.health.ready == Ready::True && !row.taints.iter().any(unready),
            ready_changed_at: row.health.ready_since,
            created_at: row.added_at,
            deletion_began_at: row.taints.iter().find(|taint| is_marked(taint)).map(|taint| taint.added_at),
            ..template
        }
    }

    fn pod(&mut self, pod: PodId, model: &Model, world: &World) -> Pod {
        let row = &world.cluster().pods[pod];
        let class = &model.classes[row.class];
        let key = (row.class.index() as u32, row.controller.map(|controller| controller.index() as u32));
        let traits = self.traits.entry(key).or_insert_with(|| Arc::new(traits(row, model, world)));
        let phase = match row.phase {
            PodPhase::Pending | PodPhase::Starting => Phase::Pending,
            PodPhase::Running => Phase::Running,
            PodPhase::Ended | PodPhase::Lost => Phase::Ended,
        };
        let asked = world.pending_pod(model, pod);
        Pod {
            uid: row.uid,
            spec: asked.spec,
            drawn: asked.drawn,
            traits: traits.clone(),
            created_at: row.created_at,
            started_at: (row.started_at != SimTime::MAX).then_some(row.started_at),
            deletion_at: row.deletion_requested_at.map(|at| at + class.grace),
            phase,
            unschedulable: row.unschedulable_since.is_some(),
        }
    }

    /// Controllers and budgets are few: all are read.
    fn read_controllers(&mut self, ctx: &Context<'_>) {
        let (model, world) = (ctx.model, &*ctx.world);
        self.cluster.controllers.clear();
        for (id, object) in world.controllers().objects.iter() {
            let Some(owner) = owner(id, model, world) else { continue };
            let class = &model.classes[object.class];
            let key = (owner.kind, class.spec.namespace, owner.name);
            self.cluster.controllers.insert(key, i64::from(object.replicas));
        }
        self.cluster.budgets.clear();
        for (id, workload) in model.workloads.iter_enumerated() {
            let Some(allowed) = world.disruptions_allowed(model, id) else { continue };
            let spec = &model.classes[workload.class].spec;
            let budget = Budget {
                namespace: spec.namespace,
                selector: Selector::of(&spec.labels),
                allowed: i32::try_from(allowed).unwrap_or(i32::MAX),
            };
            self.cluster.budgets.insert(workload.name.clone(), budget);
        }
    }
}

fn is_marked(taint: &NodeTaint) -> bool {
    taint.taint.key == manifest::TO_BE_DELETED
}

fn name_of(node: NodeId, model: &Model, world: &World) -> String {
    let row = &world.cluster().nodes[node];
    format!("{}-{}", model.groups[row.group].name, row.ordinal)
}

fn traits(row: &crate::world::Pod, model: &Model, world: &World) -> Traits {
    let class = &model.classes[row.class];
    let owner = row.controller.and_then(|controller| owner(controller, model, world));
    let grace = class.grace.as_micros() / SimDuration::from_secs(1).as_micros();
    manifest::traits(&class.annotations, class.local_volumes.clone(), owner, Some(grace))
}

/// The controller as the API has it.
fn owner(id: ControllerId, model: &Model, world: &World) -> Option<Owner> {
    let object = &world.controllers().objects[id];
    let workload = &model.workloads[object.workload];
    let (api_group, kind) = match workload.controller {
        controllers::Controller::None => return None,
        controllers::Controller::Deployment(_) => ("apps", "ReplicaSet"),
        controllers::Controller::StatefulSet(_) => ("apps", "StatefulSet"),
        controllers::Controller::DaemonSet => ("apps", "DaemonSet"),
        controllers::Controller::Job(_) | controllers::Controller::CronJob(_) => ("batch", "Job"),
    };
    let name = format!("{}-{}", workload.name, object.revision);
    Some(Owner { api_group: api_group.to_owned(), kind: kind.to_owned(), uid: name.clone(), name })
}

impl Scene<'_, '_> {
    fn group(&self, group: usize) -> crate::world::Group {
        self.ctx.world.cluster().groups[GroupId::from_index(group)]
    }

    fn node(&self, name: &str) -> Option<NodeId> {
        let nodes = &self.ctx.world.cluster().nodes;
        nodes.ids().find(|node| name_of(*node, self.ctx.model, self.ctx.world) == name)
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
        let exists = |row: &crate::world::Node| row.health.machine != Machine::Gone;
        let nodes = world.cluster().nodes.iter().filter(|(_, row)| row.group == id && exists(row));
        let registered = nodes.map(|(node, row)| Instance {
            name: name_of(node, model, world),
            deleting: row.leaving,
            error: None,
        });
        let row = self.group(group);
        let zones = &model.groups[id].machine.zones;
        let no_stock = zones.iter().all(|zone| world.is_out_of_stock(id, *zone));
        let awaited = (0..row.upcoming()).map(|at| Instance {
            name: format!("{}/{at}", model.groups[id].name),
            deleting: false,
            error: no_stock.then(|| "stockout".to_owned()),
        });
        let lost = (0..row.unregistered).map(|at| Instance {
            name: format!("{}/without-node-{at}", model.groups[id].name),
            deleting: false,
            error: None,
        });
        registered.chain(awaited).chain(lost).collect()
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

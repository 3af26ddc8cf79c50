//! What the provisioner sees of the world.
//!
//! | It sees | From |
//! |---|---|
//! | nodes with their pods | Node objects and the scheduler's cache; read again where something changed |
//! | waiting pods | those the scheduler found no node for |
//! | templates of groups | what a node of the group is like when it joins |
//!
//! What did not change is the same allocation as before, node by node and pod by pod: the provisioner goes by
//! that. A machine's memory is taken to be what pods may request of it: only CA 1.0 and balancing look at it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::autoscaling::environment::Moved;
use crate::autoscaling::manifest;
use crate::autoscaling::objects::{Cluster, Node, NodeInfo, NodeName, Owner, Phase, Pod, Traits};
use crate::autoscaling::options::Group;
use crate::engine::Context;
use crate::ids::{ControllerId, GroupId, Id, NodeId, PodId};
use crate::model::{Model, controllers};
use crate::placement::amounts::Amounts;
use crate::placement::objects::Budget;
use crate::placement::requests::CpuAndMemory;
use crate::placement::{Selector, Symbol};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, NodeTaint, PodPhase, Ready, World, slot_of};

/// With more moves than these, nodes are read, lest the list grow for as long as nothing is to be done.
const MOVED_MAX: usize = 1_024;

/// A class of pods, and the controller that makes them: its slot and which one it is there.
type Maker = (u32, Option<(u32, u32)>);

/// What the provisioner was told, kept in step with the world.
#[derive(Clone, Debug)]
pub struct View {
    pub(super) cluster: Cluster,
    /// Names of the nodes that have been read.
    pub(super) names: BTreeMap<NodeId, NodeName>,
    /// Nodes that are to be read again.
    stale: BTreeSet<NodeId>,
    /// Pods, by uid, that came to a node, left it, or went on there, since it was read.
    moved: Vec<(NodeId, u64, PodId)>,
    /// How many of them came before the last glance.
    glanced: usize,
    /// What has changed since it was read last that a look can see.
    changed: Changed,
    /// What templates of pods say, for each controller that makes pods of a class.
    traits: BTreeMap<Maker, Arc<Traits>>,
}

/// How much has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// Pods came to nodes, left them, or are to leave; none of them waited for room.
    Pods,
    /// Anything.
    More,
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
        name: group.name.as_str().into(),
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
            names: BTreeMap::new(),
            stale: BTreeSet::new(),
            moved: Vec::new(),
            glanced: 0,
            changed: Changed::More,
            traits: BTreeMap::new(),
        }
    }

    /// What has changed since it was read last that a look can see.
    pub const fn changed(&self) -> Changed {
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
                let waited = row.unschedulable_since.is_some();
                if waited {
                    self.cluster.waiting.remove(row.uid);
                }
                if row.node.is_none() && !waited {
                    return;
                }
                self.note_pod(pod, world);
                if !waited && !is_every_nodes(row, ctx.model, world) {
                    self.changed = self.changed.max(Changed::Pods);
                    return;
                }
            }
            Change::PodDeletionRequested(pod) => {
                self.note_pod(pod, world);
                if !is_every_nodes(&world.cluster().pods[pod], ctx.model, world) {
                    self.changed = self.changed.max(Changed::Pods);
                    return;
                }
            }
            Change::PodStarted(pod) => {
                self.note_pod(pod, world);
                // Only of the system's pods does it matter since when they run.
                let row = &world.cluster().pods[pod];
                if ctx.model.classes[row.class].spec.namespace != Symbol::KUBE_SYSTEM {
                    return;
                }
            }
            Change::NodeRemoved(node) => {
                if let Some(name) = self.names.remove(&node) {
                    self.cluster.nodes.remove(&name);
                }
                self.stale.remove(&node);
            }
            Change::NodeAdded(node)
            | Change::NodeCordoned(node)
            | Change::NodeUncordoned(node)
            | Change::NodeReadyChanged(node)
            | Change::NodeTaintsChanged(node)
            | Change::NodeFaultChanged(node)
            | Change::NodeDeletionRequested(node) => {
                self.note_node(node, world);
            }
            _ => {}
        }
        self.changed = Changed::More;
    }

    fn note_node(&mut self, node: NodeId, world: &World) {
        if world.cluster().nodes.is_live(node) {
            self.stale.insert(node);
        }
    }

    fn note_pod(&mut self, pod: PodId, world: &World) {
        let row = &world.cluster().pods[pod];
        self.moved.extend(row.node.map(|node| (node, row.uid, pod)));
    }

    /// Reads what has changed.
    pub fn read(&mut self, ctx: &Context<'_>) {
        self.read_nodes(ctx);
        self.read_controllers(ctx);
    }

    /// Nodes on which pods have moved since the last glance, which are not read yet.
    pub fn glance(&mut self, ctx: &Context<'_>) -> Vec<Moved> {
        self.changed = Changed::Nothing;
        let (model, world) = (ctx.model, &*ctx.world);
        let fresh = &mut self.moved[self.glanced..];
        fresh.sort_unstable();
        let nodes = fresh.chunk_by(|(one, ..), (other, ..)| one == other);
        let told = |pods: &[(NodeId, u64, PodId)]| {
            let node = pods[0].0;
            let known = self.cluster.nodes.get(self.names.get(&node)?)?.clone();
            Some(Moved { known, requested: requested(node, model, world) })
        };
        let moved = nodes.filter_map(told).collect();
        self.glanced = self.moved.len();
        if self.glanced > MOVED_MAX {
            self.read_nodes(ctx);
        }
        moved
    }

    /// Reads what has changed of nodes.
    fn read_nodes(&mut self, ctx: &Context<'_>) {
        (self.changed, self.glanced) = (Changed::Nothing, 0);
        let (model, world) = (ctx.model, &*ctx.world);
        let stale = core::mem::take(&mut self.stale);
        let mut moved = core::mem::take(&mut self.moved);
        moved.sort_unstable();
        moved.dedup();
        for pods in moved.chunk_by(|(one, ..), (other, ..)| one == other) {
            if !stale.contains(&pods[0].0) {
                self.read_moved(pods, model, world);
            }
        }
        for node in stale {
            self.read_node(node, model, world);
        }
        moved.clear();
        self.moved = moved;
    }

    /// Reads everything again: nothing may differ.
    pub fn read_anew(&mut self, ctx: &Context<'_>) {
        self.stale.extend(ctx.world.cluster().nodes.ids());
        self.read(ctx);
    }

    /// Reads what became of pods on one node.
    fn read_moved(&mut self, moved: &[(NodeId, u64, PodId)], model: &Model, world: &World) {
        let known = self.names.get(&moved[0].0).and_then(|name| self.cluster.nodes.get(name).cloned());
        let Some(known) = known else { return };
        let mut pods = Vec::with_capacity(known.pods.len() + moved.len());
        pods.extend_from_slice(&known.pods);
        for &(node, uid, pod) in moved {
            let at = pods.binary_search_by_key(&uid, |pod| pod.uid);
            let told = world.is_on(pod, uid, node).then(|| Arc::new(self.pod(pod, model, world)));
            match (at, told) {
                (Ok(at), Some(told)) => pods[at] = told,
                (Err(at), Some(told)) => pods.insert(at, told),
                (Ok(at), None) => drop(pods.remove(at)),
                (Err(_), None) => {}
            }
        }
        if let Some(info) = self.cluster.nodes.get_mut(&known.node.name) {
            *info = Arc::new(NodeInfo { node: known.node.clone(), pods });
        }
    }

    /// Reads a node.
    pub(super) fn read_node(&mut self, node: NodeId, model: &Model, world: &World) {
        let name = self.names.entry(node).or_insert_with(|| name_of(node, model, world)).clone();
        let told = Arc::new(Self::node(node, name.clone(), model, world));
        let mut pods: Vec<Arc<Pod>> =
            world.pods_on(node).map(|pod| Arc::new(self.pod(pod, model, world))).collect();
        pods.sort_unstable_by_key(|pod| pod.uid);
        self.cluster.nodes.insert(name, Arc::new(NodeInfo { node: told, pods }));
    }

    fn node(node: NodeId, name: NodeName, model: &Model, world: &World) -> Node {
        let row = &world.cluster().nodes[node];
        let group = &model.groups[row.group];
        let template = template(row.group, group);
        let mut spec = world.cluster().placement.node(slot_of(node)).spec.clone();
        // Placement closes nodes that are not Ready; the API tells the two apart.
        spec.unschedulable = row.cordoned || row.leaving;
        let unready = |taint: &NodeTaint| manifest::NOT_READY.contains(&taint.taint.key.as_str());
        Node {
            name,
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
        // A controller that came after another has its slot, and not its name.
        let controller = row.controller.map(|controller| world.controllers().objects.handle(controller));
        let controller = controller.map(|controller| (controller.id.index() as u32, controller.generation));
        let key = (row.class.index() as u32, controller);
        let traits = self.traits.entry(key).or_insert_with(|| Arc::new(traits(row, model, world)));
        let class = &model.classes[row.class];
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

/// What is requested of a node for as long as nobody else asks a pod to go.
fn requested(node: NodeId, model: &Model, world: &World) -> CpuAndMemory {
    let state = world.cluster().placement.node(slot_of(node));
    let least = model.autoscaler.as_ref().map_or(i32::MIN, |autoscaler| autoscaler.options.expendable_below);
    let mut left =
        CpuAndMemory { cpu_millis: state.requested.cpu_millis, memory_bytes: state.requested.memory_bytes };
    for pod in state.pods.iter().filter(|pod| pod.terminating.is_some() || pod.spec.priority < least) {
        let Amounts { cpu_millis, memory_bytes, .. } = pod.spec.requests.needed;
        let own = pod.drawn.unwrap_or(CpuAndMemory { cpu_millis, memory_bytes });
        left.cpu_millis -= own.cpu_millis;
        left.memory_bytes -= own.memory_bytes;
    }
    left
}

/// Whether every node of the group would have such a pod: one of a DaemonSet, or a mirror.
fn is_every_nodes(row: &crate::world::Pod, model: &Model, world: &World) -> bool {
    let is_daemon = |id: ControllerId| {
        let workload = world.controllers().objects[id].workload;
        matches!(model.workloads[workload].controller, controllers::Controller::DaemonSet)
    };
    row.controller.is_some_and(is_daemon) || manifest::is_mirror(&model.classes[row.class].annotations)
}

fn is_marked(taint: &NodeTaint) -> bool {
    taint.taint.key == manifest::TO_BE_DELETED
}

fn name_of(node: NodeId, model: &Model, world: &World) -> NodeName {
    let row = &world.cluster().nodes[node];
    format!("{}-{}", model.groups[row.group].name, row.ordinal).into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::WorkloadId;
    use crate::scenario::Document;

    const SCENARIO: &str = "
apiVersion: plimsoll/v1
name: two revisions
start: 2026-01-01T00:00:00Z
duration: 1h
nodeGroups: {nodes: {allocatable: {cpu: 4, memory: 8Gi, pods: 110}, min: 1, max: 2}}
workloads: {web: {kind: Deployment, replicas: 1, pod: {resources: {requests: {cpu: 1}}}}}
";

    /// Goal: a pod's owner is the one that it has. Method: a controller comes into the slot that another left.
    #[test]
    fn a_controller_is_not_taken_for_the_one_before_it_in_its_slot() {
        let model = Document::parse("test", SCENARIO.as_bytes()).unwrap().compile().unwrap().model;
        let (mut world, mut view) = (World::new(&model), View::new(&model));
        let mut owner = |revision| {
            let set = world.create_controller(WorkloadId::from_index(0), revision, 1);
            let pod = world.create_pod_of(&model, set, None, 0, None);
            let told = view.pod(pod, &model, &world);
            world.remove_pod(pod);
            world.remove_controller(set);
            while world.next_change().is_some() {}
            (set, told.traits.owner.clone().map(|owner| owner.name))
        };
        let (first, second) = (owner(0), owner(1));
        assert_eq!(first.0, second.0, "one slot");
        assert_eq!((first.1.as_deref(), second.1.as_deref()), (Some("web-0"), Some("web-1")));
    }
}

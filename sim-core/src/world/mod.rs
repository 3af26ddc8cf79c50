//! The shared world: what is true at one instant, in two halves behind verbs.
//!
//! [`Cluster`] holds API objects and the containers on nodes; [`Services`] holds the hub's records and
//! the users that wait. They are kept apart on purpose: hub records, pod objects, containers alive and
//! waiting users are four populations, and every outage is a divergence between two of them.
//!
//! Components read both halves freely and change them only through the verbs of [`World`]
//! (`nodes.rs`, `pods.rs`, `services.rs`), each of which asserts what must hold, keeps the counters
//! and leaves one [`Change`] in the feed. [`World::audit`] recomputes everything that is derived and
//! compares.

mod audit;
mod change;
mod controllers;
mod disk;
mod images;
mod limits;
mod memory;
mod memory_cause;
mod node_health;
mod nodes;
mod pods;
mod requests;
mod services;
mod serving;
mod volumes;

pub use change::{Change, Feed};
pub use controllers::{Controller, Controllers, EvictionRefused, Wanted};
pub use disk::{Disk, DiskUse};
pub use images::Images;
pub use limits::LimitState;
pub use memory::{ContainerState, Memory, NodeUse, PodFailure, Process};
pub use memory_cause::{Cause, Death, DeathKind, Setting};
pub use node_health::{Disruption, Health, Machine, NodeTaint, Ready, Zone};
pub use nodes::{Group, Node};
pub use pods::{NewPod, Pod, PodCounts, PodOwner, PodPhase};
pub use requests::{JobEnd, Request, Requests};
pub use services::{Launch, LaunchFailure, Server, ServerState, Services, StopReason};
pub use volumes::{AttachState, Attachment, Volume, Volumes};

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{ActionId, ClassId, GroupId, Handle, Id, IdVec, NodeId, PodId, Slots, ZoneId};
use crate::model::Model;
use crate::placement::{NodeIndex, PodKey, Snapshot, Symbol};
use crate::time::SimTime;

/// API objects and the containers on nodes.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Pod objects.
    pub pods: Slots<PodId, Pod>,
    /// Node objects.
    pub nodes: Slots<NodeId, Node>,
    /// Nodes and the pods on them as placement sees them: the scheduler's cache, kept in step by the verbs.
    /// A node has the slot of its id there, a pod the key of its id.
    pub placement: Snapshot,
    /// Node groups as they stand.
    pub groups: IdVec<GroupId, Group>,
    /// Zones as they stand.
    pub zones: IdVec<ZoneId, Zone>,
    /// Where the cloud has no machines: for a group, in a zone, or both.
    pub stock_outs: BTreeSet<(Option<GroupId>, Option<ZoneId>)>,
    /// Pods by phase.
    pub counts: PodCounts,
    /// Pod objects ever created.
    pub pods_created: u64,
    /// Pending pods that the scheduler has found unschedulable, oldest first.
    pub unschedulable: BTreeMap<u64, PodId>,
    /// How many of them are of each class; a class that has none is not there.
    pub unschedulable_classes: BTreeMap<ClassId, u32>,
}

/// The node's slot in the scheduler's cache.
pub fn slot_of(node: NodeId) -> NodeIndex {
    NodeIndex(node.index() as u32)
}

/// The node in a slot of the scheduler's cache.
pub fn node_in(slot: NodeIndex) -> NodeId {
    NodeId::from_index(slot.0 as usize)
}

/// The pod's key in the scheduler's cache.
pub fn key_of(pod: PodId) -> PodKey {
    PodKey(pod.index() as u32)
}

/// The pod with a key of the scheduler's cache.
pub fn pod_with(key: PodKey) -> PodId {
    PodId::from_index(key.0 as usize)
}

/// The world: both halves and the feed of what changed.
#[derive(Clone, Debug)]
pub struct World {
    now: SimTime,
    cluster: Cluster,
    services: Services,
    controllers: Controllers,
    volumes: Volumes,
    /// The nodes that entries of the timeline have given a name, by alias, each with its own name.
    aliases: Vec<Option<(Handle<NodeId>, Symbol)>>,
    memory: Memory,
    disk: Disk,
    requests: Requests,
    images: Images,
    feed: Feed,
}

impl World {
    /// An empty world with the model's node groups.
    pub fn new(model: &Model) -> Self {
        let groups = model.groups.iter().map(Group::new).collect();
        let zones = model.zones.iter().map(|_| Zone::default()).collect();
        let cluster = Cluster { groups, zones, placement: model.surroundings.clone(), ..Cluster::default() };
        Self {
            now: SimTime::ZERO,
            cluster,
            services: Services::new(model),
            controllers: Controllers::new(model),
            volumes: Volumes::new(model),
            aliases: vec![None; model.alias_names.len()],
            memory: Memory::default(),
            disk: Disk::default(),
            requests: Requests::default(),
            images: Images::default(),
            feed: Feed::default(),
        }
    }

    /// The instant that is being simulated.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// API objects and containers.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The hub's records and the users that wait.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Time goes on. Never back.
    pub(crate) fn advance(&mut self, now: SimTime) {
        debug_assert!(now >= self.now, "time went back from {:?} to {now:?}", self.now);
        self.now = now;
    }

    /// The oldest change that not everyone has seen. When there is none, the slots of everything
    /// removed meanwhile are free again.
    pub(crate) fn next_change(&mut self) -> Option<Change> {
        let change = self.feed.pop();
        if change.is_none() {
            self.cluster.pods.recycle();
            self.cluster.nodes.recycle();
            self.services.recycle();
            self.controllers.objects.recycle();
            self.memory.processes.recycle();
            self.requests.at_work.recycle();
        }
        change
    }

    /// The people who work on the cluster call a node by this name of theirs from now on. No component
    /// needs to hear of it.
    pub fn name_node(&mut self, alias: u32, node: NodeId) {
        let name = self.cluster.nodes[node].name;
        self.aliases[alias as usize] = Some((self.cluster.nodes.handle(node), name));
    }

    /// The node that an alias stands for, while it exists.
    pub fn node_named(&self, alias: u32) -> Option<NodeId> {
        self.aliases[alias as usize].and_then(|(handle, _)| self.cluster.nodes.resolve(handle))
    }

    /// The alias of the node of this name, even when it is gone; of several the first.
    pub fn alias_of(&self, name: Symbol) -> Option<u32> {
        let is_it = |alias: &Option<(_, Symbol)>| alias.is_some_and(|(_, named)| named == name);
        self.aliases.iter().position(is_it).map(|alias| alias as u32)
    }

    /// Somebody has begun with an entry of the timeline.
    pub fn begin_action(&mut self, action: ActionId) {
        self.feed.push(Change::ActionBegun(action));
    }

    /// An entry of the timeline was tried in vain.
    pub fn fail_action(&mut self, action: ActionId) {
        self.feed.push(Change::ActionFailed(action));
    }

    /// An entry of the timeline took effect.
    pub fn take_action(&mut self, action: ActionId) {
        self.feed.push(Change::ActionTaken(action));
    }
}

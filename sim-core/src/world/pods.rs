//! Pod objects, their containers, and the verbs that change them.
//!
//! The life of a pod: created (pending) → bound to a node, its requests taken there → its container
//! started → ended by itself or told to go (`deletionTimestamp`) → the object removed. A pod that is
//! deleted before it has a node is removed at once.
//!
//! Invariants: a pod is on its node's list exactly while it holds requests there, that is from
//! `bind` to `end` or `remove_pod`; [`PodCounts`] is a recount of the rows.

use super::{Change, Node, World};
use crate::ids::{AudienceId, ClassId, ControllerId, Handle, NodeId, PodId, ServerId, WorkloadId};
use crate::model::Model;
use crate::resources::Resources;
use crate::time::{SimDuration, SimTime};

/// A pod object and its container.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The how-manieth pod object of the run: never used again, unlike the slot.
    pub uid: u64,
    /// What its template decides.
    pub class: ClassId,
    /// Who made it.
    pub owner: PodOwner,
    /// Its number among its owner's pods: for a user's pod the number of the user.
    pub ordinal: u32,
    /// Stable subject of its random draws.
    pub subject: u64,
    /// What it takes on its node.
    pub requests: Resources,
    /// How far it is.
    pub phase: PodPhase,
    /// Its node, once bound and until the Node object is gone.
    pub node: Option<NodeId>,
    /// When the object was created.
    pub created_at: SimTime,
    /// When it got its node; [`SimTime::MAX`] until then.
    pub bound_at: SimTime,
    /// When the container started; [`SimTime::MAX`] until then.
    pub started_at: SimTime,
    /// `deletionTimestamp`: when somebody asked for the pod to go.
    pub deletion_requested_at: Option<SimTime>,
    /// How long the container works before it ends by itself; `None`: until stopped.
    pub lifetime: Option<SimDuration>,
    /// The scheduler has said at least once that no node fits.
    pub unschedulable_since: Option<SimTime>,
    /// The server record that this pod was spawned for.
    pub server: Option<Handle<ServerId>>,
    /// The hub gave the spawn up: start or HTTP timeout.
    pub spawn_failed: bool,
    /// The controller that made it and keeps it.
    pub controller: Option<ControllerId>,
    /// Since when it is Ready, as far as somebody asks (tracked workloads only).
    pub ready_since: Option<SimTime>,
    /// All its volumes are mounted.
    pub volumes_mounted: bool,
    previous_on_node: Option<PodId>,
    next_on_node: Option<PodId>,
}

/// Who made a pod.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PodOwner {
    /// A workload of the scenario.
    Workload(WorkloadId),
    /// The hub, for a user of this audience.
    User(AudienceId),
}

/// How far a pod is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodPhase {
    /// No node yet.
    Pending,
    /// Has a node, container not up: ContainerCreating.
    Starting,
    /// Container up.
    Running,
    /// Container ended by itself; the object is about to go.
    Ended,
    /// Its Node object is gone, and what it held with it; the object waits for podgc.
    Lost,
}

/// What a new pod is made of.
#[derive(Clone, Copy, Debug)]
pub struct NewPod {
    /// Its class.
    pub class: ClassId,
    /// Who makes it.
    pub owner: PodOwner,
    /// Its number among its owner's pods.
    pub ordinal: u32,
    /// Stable subject of its draws.
    pub subject: u64,
    /// How long its container works; `None`: until stopped.
    pub lifetime: Option<SimDuration>,
}

/// Pods by phase. A pod that is to go counts in its phase and in `terminating` until it is gone.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PodCounts {
    /// No node yet.
    pub pending: u32,
    /// Container not up.
    pub starting: u32,
    /// Container up.
    pub running: u32,
    /// `deletionTimestamp` is set.
    pub terminating: u32,
}

impl PodCounts {
    pub(super) fn phase_mut(&mut self, phase: PodPhase) -> Option<&mut u32> {
        match phase {
            PodPhase::Pending => Some(&mut self.pending),
            PodPhase::Starting => Some(&mut self.starting),
            PodPhase::Running => Some(&mut self.running),
            PodPhase::Ended | PodPhase::Lost => None,
        }
    }
}

/// The pods on one node, in the order in which they were bound, newest first.
pub struct PodsOnNode<'a> {
    world: &'a World,
    next: Option<PodId>,
}

impl Iterator for PodsOnNode<'_> {
    type Item = PodId;
    fn next(&mut self) -> Option<PodId> {
        let pod = self.next?;
        self.next = self.world.cluster.pods[pod].next_on_node;
        Some(pod)
    }
}

impl World {
    /// Creates a pod object. Leaves [`Change::PodCreated`].
    pub fn create_pod(&mut self, model: &Model, new: NewPod) -> PodId {
        let uid = self.cluster.pods_created;
        self.cluster.pods_created += 1;
        let pod = self.cluster.pods.insert(Pod {
            uid,
            class: new.class,
            owner: new.owner,
            ordinal: new.ordinal,
            subject: new.subject,
            requests: model.classes[new.class].requests,
            phase: PodPhase::Pending,
            node: None,
            created_at: self.now,
            bound_at: SimTime::MAX,
            started_at: SimTime::MAX,
            deletion_requested_at: None,
            lifetime: new.lifetime,
            unschedulable_since: None,
            server: None,
            spawn_failed: false,
            controller: None,
            ready_since: None,
            volumes_mounted: false,
            previous_on_node: None,
            next_on_node: None,
        });
        self.cluster.counts.pending += 1;
        self.enlist(model, pod);
        self.claim_volumes(model, pod);
        self.feed.push(Change::PodCreated(pod));
        pod
    }

    /// The scheduler found no node. Leaves [`Change::PodUnschedulable`] the first time.
    pub fn mark_unschedulable(&mut self, pod: PodId) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        assert_eq!(row.phase, PodPhase::Pending, "only a pending pod can be unschedulable");
        if row.unschedulable_since.is_none() {
            row.unschedulable_since = Some(now);
            self.cluster.unschedulable.insert(row.uid, pod);
            *self.cluster.unschedulable_classes.entry(row.class).or_default() += 1;
            self.feed.push(Change::PodUnschedulable(pod));
        }
    }

    /// Gives the pod a node and takes its requests there. Leaves [`Change::PodBound`].
    pub fn bind(&mut self, model: &Model, pod: PodId, node: NodeId) {
        assert!(self.cluster.nodes.is_live(node), "a pod can only be bound to a node that exists");
        let row = &self.cluster.pods[pod];
        assert_eq!(row.phase, PodPhase::Pending, "a pod is bound once");
        let (class, requests) = (row.class, row.requests);
        self.leave_unschedulable(pod);
        self.set_phase(pod, PodPhase::Starting);
        self.cluster.pods[pod].bound_at = self.now;
        self.cluster.requested[node] += requests;
        self.cluster.scored[node] += model.classes[class].scoring_requests;
        self.link(pod, node);
        self.feed.push(Change::PodBound(pod));
    }

    /// The container is up. Leaves [`Change::PodStarted`].
    pub fn start_pod(&mut self, pod: PodId) {
        assert_eq!(self.cluster.pods[pod].phase, PodPhase::Starting, "a container starts once");
        self.cluster.pods[pod].started_at = self.now;
        self.set_phase(pod, PodPhase::Running);
        self.feed.push(Change::PodStarted(pod));
    }

    /// The container died with its machine; it is to start again. Leaves [`Change::PodRestarting`].
    pub fn restart_pod(&mut self, pod: PodId) {
        assert_eq!(self.cluster.pods[pod].phase, PodPhase::Running, "only what ran can start again");
        self.set_ready(pod, false);
        self.set_phase(pod, PodPhase::Starting);
        self.feed.push(Change::PodRestarting(pod));
    }

    /// The pod's Node object goes: its requests are free, the object stays. Leaves [`Change::PodOrphaned`].
    pub(super) fn orphan_pod(&mut self, model: &Model, pod: PodId) {
        self.set_ready(pod, false);
        self.release(model, pod);
        self.set_phase(pod, PodPhase::Lost);
        self.cluster.pods[pod].node = None;
        self.feed.push(Change::PodOrphaned(pod));
    }

    /// The container ended by itself; its requests are free again. Leaves [`Change::PodEnded`].
    pub fn end_pod(&mut self, model: &Model, pod: PodId) {
        assert_eq!(self.cluster.pods[pod].phase, PodPhase::Running, "only a running container can end");
        self.release(model, pod);
        self.cluster.pods[pod].ready_since = None;
        self.set_phase(pod, PodPhase::Ended);
        self.feed.push(Change::PodEnded(pod));
    }

    /// Asks for the pod to go. Does nothing when somebody did before. A pod without a node goes at
    /// once. Leaves [`Change::PodDeletionRequested`] or [`Change::PodRemoved`].
    pub fn request_pod_deletion(&mut self, model: &Model, pod: PodId) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        if row.deletion_requested_at.is_some() {
            return;
        }
        row.deletion_requested_at = Some(now);
        self.cluster.counts.terminating += 1;
        if self.cluster.pods[pod].phase == PodPhase::Pending {
            self.remove_pod(model, pod);
        } else {
            self.feed.push(Change::PodDeletionRequested(pod));
        }
    }

    /// The object goes, with its container and whatever it holds. Leaves [`Change::PodRemoved`].
    pub fn remove_pod(&mut self, model: &Model, pod: PodId) {
        self.release(model, pod);
        self.leave_unschedulable(pod);
        self.delist(pod);
        self.release_volumes(self.cluster.pods[pod].uid);
        let row = &self.cluster.pods[pod];
        if row.deletion_requested_at.is_some() {
            self.cluster.counts.terminating -= 1;
        }
        if let Some(count) = self.cluster.counts.phase_mut(row.phase) {
            *count -= 1;
        }
        self.cluster.pods.retire(pod);
        self.feed.push(Change::PodRemoved(pod));
    }

    /// The hub gave up the spawn that this pod is for.
    pub fn mark_spawn_failed(&mut self, pod: PodId) {
        self.cluster.pods[pod].spawn_failed = true;
    }

    /// The pods that hold requests on `node`, newest first.
    pub fn pods_on(&self, node: NodeId) -> PodsOnNode<'_> {
        PodsOnNode { world: self, next: self.cluster.nodes[node].first_pod }
    }

    fn leave_unschedulable(&mut self, pod: PodId) {
        let row = &self.cluster.pods[pod];
        if row.phase == PodPhase::Pending && row.unschedulable_since.is_some() {
            self.cluster.unschedulable.remove(&row.uid);
            let of_class = self.cluster.unschedulable_classes.entry(row.class).or_default();
            *of_class -= 1;
            if *of_class == 0 {
                self.cluster.unschedulable_classes.remove(&row.class);
            }
        }
    }

    fn set_phase(&mut self, pod: PodId, phase: PodPhase) {
        let row = &mut self.cluster.pods[pod];
        if let Some(count) = self.cluster.counts.phase_mut(row.phase) {
            *count -= 1;
        }
        if let Some(count) = self.cluster.counts.phase_mut(phase) {
            *count += 1;
        }
        row.phase = phase;
    }

    fn link(&mut self, pod: PodId, node: NodeId) {
        let Node { first_pod, pod_count, .. } = &mut self.cluster.nodes[node];
        let next = first_pod.replace(pod);
        *pod_count += 1;
        let row = &mut self.cluster.pods[pod];
        row.node = Some(node);
        row.previous_on_node = None;
        row.next_on_node = next;
        if let Some(next) = next {
            self.cluster.pods[next].previous_on_node = Some(pod);
        }
    }

    /// Gives back what the pod holds on its node, if it still does. The row keeps its node's id: the
    /// observers of the change want to know where the room appeared.
    fn release(&mut self, model: &Model, pod: PodId) {
        let row = &self.cluster.pods[pod];
        let Some(node) = row.node.filter(|_| matches!(row.phase, PodPhase::Starting | PodPhase::Running))
        else {
            return;
        };
        let (class, requests) = (row.class, row.requests);
        let (previous, next) = (row.previous_on_node, row.next_on_node);
        match previous {
            Some(previous) => self.cluster.pods[previous].next_on_node = next,
            None => self.cluster.nodes[node].first_pod = next,
        }
        if let Some(next) = next {
            self.cluster.pods[next].previous_on_node = previous;
        }
        self.cluster.nodes[node].pod_count -= 1;
        self.cluster.requested[node] -= requests;
        self.cluster.scored[node] -= model.classes[class].scoring_requests;
    }
}

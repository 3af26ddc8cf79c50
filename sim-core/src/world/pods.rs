//! Pod objects, their containers, and the verbs that change them.
//!
//! The life of a pod: created (pending) → bound to a node, its requests taken there → its container
//! started → ended by itself or told to go (`deletionTimestamp`) → the object removed. A pod that is
//! deleted before it has a node is removed at once.
//!
//! Invariants: a pod is on its node in [`crate::placement`]'s snapshot exactly while it holds requests there, that is from
//! `bind` to `end` or `remove_pod`; [`PodCounts`] is a recount of the rows.

use std::sync::Arc;

use super::{Change, ContainerState, PodFailure, World, key_of, node_in, pod_with, slot_of};
use crate::ids::{AudienceId, ClassId, ControllerId, Handle, NodeId, PodId, ServerId, WorkloadId};
use crate::model::Model;
use crate::placement::{
    CpuAndMemory, PendingPod, PlacedPod, PodKey, Profile, Terminating, Why, choose, fits,
    fits_nominations_aside, make_room, why,
};
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
    /// Why no node took it when the scheduler tried last.
    pub why: Option<Arc<Why>>,
    /// Its containers, where somebody says what they use.
    pub containers: Vec<ContainerState>,
    /// `restartCount`, the highest of its containers: how often one has started again.
    pub restarts: u32,
    /// Why it failed.
    pub failure: Option<PodFailure>,
}

impl Pod {
    /// It runs, and all its containers do.
    pub fn is_up(&self) -> bool {
        self.phase == PodPhase::Running && !self.containers.iter().any(|container| container.down)
    }
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
    /// What it requests in place of its class's requests.
    pub requests: Option<Resources>,
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
            requests: new.requests.unwrap_or(model.classes[new.class].requests),
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
            why: None,
            containers: if model.watches_memory || model.watches_disk {
                vec![ContainerState::default(); model.classes[new.class].containers.len()]
            } else {
                Vec::new()
            },
            restarts: 0,
            failure: None,
        });
        self.cluster.counts.pending += 1;
        self.enlist(model, pod);
        self.claim_volumes(model, pod);
        self.feed.push(Change::PodCreated(pod));
        pod
    }

    /// The pod as the scheduler sees it.
    pub fn pending_pod(&self, model: &Model, pod: PodId) -> PendingPod {
        let row = &self.cluster.pods[pod];
        let class = &model.classes[row.class];
        let drawn = (row.requests != class.requests).then_some(CpuAndMemory {
            cpu_millis: row.requests.cpu_millis as i64,
            memory_bytes: row.requests.memory_bytes as i64,
        });
        PendingPod { key: key_of(pod), spec: class.spec.clone(), drawn }
    }

    /// Whether a node takes a pod as things are.
    pub fn takes(&self, model: &Model, pod: PodId, node: NodeId) -> bool {
        let profile = &model.profiles[model.classes[self.cluster.pods[pod].class].profile];
        fits(&self.cluster.placement, profile, &self.pending_pod(model, pod), slot_of(node)).is_ok()
    }

    /// Whether a node would take such a pod if nothing were kept for the pods nominated to it.
    pub fn would_take(&mut self, profile: &Arc<Profile>, pod: &PendingPod, node: NodeId) -> bool {
        fits_nominations_aside(&mut self.cluster.placement, profile, pod, slot_of(node))
    }

    /// The node for a pod as the scheduler chooses it. Placement looks afresh at what changed, as before
    /// each scheduling cycle; nothing else does.
    pub fn choose_node(&mut self, profile: &Arc<Profile>, pod: &PendingPod, draw: u64) -> Option<NodeId> {
        choose(&mut self.cluster.placement, profile, pod, draw).map(node_in)
    }

    /// Why no node takes the pod, now that the scheduler has found none.
    pub fn why_nowhere(&mut self, profile: &Arc<Profile>, pod: &PendingPod) -> Why {
        why(&mut self.cluster.placement, profile, pod)
    }

    /// Nobody can make room for the pod any more.
    pub fn withdraw_nomination(&mut self, pod: PodId) {
        let nominated = self.cluster.placement.nomination_of(key_of(pod));
        self.cluster.placement.withdraw(key_of(pod));
        self.feed.extend(nominated.map(|node| Change::NominationEnded(node_in(node))));
    }

    /// The scheduler found no node. Leaves [`Change::PodUnschedulable`] the first time, later
    /// [`Change::PodReasonChanged`] when the reason is another.
    pub fn mark_unschedulable(&mut self, pod: PodId, why: Why) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        assert_eq!(row.phase, PodPhase::Pending, "only a pending pod can be unschedulable");
        let is_new = row.why.as_deref() != Some(&why);
        if is_new {
            row.why = Some(Arc::new(why));
        }
        if row.unschedulable_since.is_none() {
            row.unschedulable_since = Some(now);
            self.cluster.unschedulable.insert(row.uid, pod);
            *self.cluster.unschedulable_classes.entry(row.class).or_default() += 1;
            self.feed.push(Change::PodUnschedulable(pod));
        } else if is_new {
            self.feed.push(Change::PodReasonChanged(pod));
        }
    }

    /// Preemption makes room for a pod on a node: pods of lower priority are told to go, and until it is
    /// placed no other of lower priority takes that room.
    pub fn preempt(&mut self, model: &Model, pod: PodId, node: NodeId, victims: &[PodKey]) {
        let pending = self.pending_pod(model, pod);
        if self.cluster.placement.nomination_of(key_of(pod)) != Some(slot_of(node)) {
            self.withdraw_nomination(pod);
        }
        for victim in make_room(&mut self.cluster.placement, pending, slot_of(node), victims) {
            self.ask_to_go(pod_with(victim), Terminating::Preempted);
        }
    }

    /// Gives the pod a node and takes its requests there. Leaves [`Change::PodBound`].
    pub fn bind(&mut self, model: &Model, pod: PodId, node: NodeId) {
        assert!(self.cluster.nodes.is_live(node), "a pod can only be bound to a node that exists");
        let row = &self.cluster.pods[pod];
        assert_eq!(row.phase, PodPhase::Pending, "a pod is bound once");
        self.leave_unschedulable(pod);
        self.set_phase(pod, PodPhase::Starting);
        let row = &mut self.cluster.pods[pod];
        row.node = Some(node);
        row.why = None;
        row.bound_at = self.now;
        if self.cluster.placement.nomination_of(key_of(pod)) != Some(slot_of(node)) {
            self.withdraw_nomination(pod);
        }
        let placed = PlacedPod::new(self.pending_pod(model, pod));
        self.cluster.placement.assume(placed, slot_of(node));
        self.feed.push(Change::PodBound(pod));
    }

    /// The container is up. Leaves [`Change::PodStarted`].
    pub fn start_pod(&mut self, pod: PodId) {
        assert_eq!(self.cluster.pods[pod].phase, PodPhase::Starting, "a container starts once");
        self.cluster.pods[pod].started_at = self.now;
        self.set_phase(pod, PodPhase::Running);
        self.cluster.placement.start(key_of(pod), self.now.as_micros() as i64);
        self.feed.push(Change::PodStarted(pod));
    }

    /// The container died with its machine; it is to start again. Leaves [`Change::PodRestarting`].
    pub fn restart_pod(&mut self, pod: PodId) {
        assert_eq!(self.cluster.pods[pod].phase, PodPhase::Running, "only what ran can start again");
        self.set_ready(pod, false);
        self.clear_use(pod);
        let row = &mut self.cluster.pods[pod];
        row.restarts += 1;
        for container in &mut row.containers {
            container.down = false;
            container.restarts += 1;
        }
        self.set_phase(pod, PodPhase::Starting);
        self.feed.push(Change::PodRestarting(pod));
    }

    /// The pod's Node object goes: its requests are free, the object stays. Leaves [`Change::PodOrphaned`].
    pub(super) fn orphan_pod(&mut self, pod: PodId) {
        self.set_ready(pod, false);
        self.release(pod);
        self.set_phase(pod, PodPhase::Lost);
        self.cluster.pods[pod].node = None;
        self.feed.push(Change::PodOrphaned(pod));
    }

    /// The container ended by itself; its requests are free again. Leaves [`Change::PodEnded`].
    pub fn end_pod(&mut self, pod: PodId) {
        assert_eq!(self.cluster.pods[pod].phase, PodPhase::Running, "only a running container can end");
        self.release(pod);
        self.cluster.pods[pod].ready_since = None;
        self.set_phase(pod, PodPhase::Ended);
        self.feed.push(Change::PodEnded(pod));
    }

    /// Asks for the pod to go. Does nothing when somebody did before. A pod without a node goes at
    /// once. Leaves [`Change::PodDeletionRequested`] or [`Change::PodRemoved`].
    pub fn request_pod_deletion(&mut self, pod: PodId) {
        self.ask_to_go(pod, Terminating::Deleted);
    }

    fn ask_to_go(&mut self, pod: PodId, why: Terminating) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        if row.deletion_requested_at.is_some() {
            return;
        }
        row.deletion_requested_at = Some(now);
        self.cluster.counts.terminating += 1;
        if matches!(self.cluster.pods[pod].phase, PodPhase::Pending | PodPhase::Ended) {
            self.remove_pod(pod);
        } else {
            self.cluster.placement.terminate(key_of(pod), why);
            self.feed.push(Change::PodDeletionRequested(pod));
        }
    }

    /// The object goes, with its container and whatever it holds. Leaves [`Change::PodRemoved`].
    pub fn remove_pod(&mut self, pod: PodId) {
        self.release(pod);
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

    /// Gives back what the pod holds on its node, if it still does, and ends a nomination. The row keeps its
    /// node's id: the observers of the change want to know where the room appeared.
    fn release(&mut self, pod: PodId) {
        self.withdraw_nomination(pod);
        self.clear_use(pod);
        self.cluster.placement.remove(key_of(pod));
    }
}

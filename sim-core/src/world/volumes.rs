//! Volumes, the claims bound to them, where each is attached, and the verbs that change that.
//!
//! The life of a ReadWriteOnce volume: attached to the node of the pod that wants it → mounted by its
//! kubelet → unmounted when the pod's containers are gone → detached → attached elsewhere. What the cloud
//! has attached, what a kubelet has reported as in use, and what a pod has mounted are three things, and
//! a lost node is where they part.
//!
//! Invariants: a volume is attached to one node at most; a pod whose container runs on a machine that
//! exists has its volumes attached there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Machine, PodOwner, PodPhase, World};
use crate::ids::{ClaimId, Handle, IdVec, NodeId, PodId, VolumeId, WorkloadId};
use crate::model::Model;
use crate::time::SimTime;

/// Volumes and whose they are.
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    /// All that were ever made, those whose claim was made anew included.
    pub rows: IdVec<VolumeId, Volume>,
    /// The volume of each claim: those of the scenario, and those of each pod of a StatefulSet.
    bound: BTreeMap<Claim, VolumeId>,
    /// The volumes of each pod object that has some, by uid.
    of_pods: BTreeMap<u64, Vec<VolumeId>>,
}

/// A claim: one of the scenario's, or a copy of it for one pod of a StatefulSet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Claim {
    of: ClaimId,
    pod: Option<(WorkloadId, u32)>,
}

/// A volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// The claim it was made for.
    pub claim: ClaimId,
    /// The pod of a StatefulSet that it was made for.
    pub pod: Option<(WorkloadId, u32)>,
    /// When it was made, empty.
    pub created_at: SimTime,
    /// Where it is attached.
    pub attachment: Option<Attachment>,
}

/// Where a volume is attached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// The node, which may be gone.
    pub node: Handle<NodeId>,
    /// How far it is.
    pub state: AttachState,
    /// The node's kubelet has it mounted, as far as it has reported (`volumesInUse`).
    pub in_use: bool,
}

/// How far an attachment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttachState {
    /// The cloud is at it.
    Attaching,
    /// The node sees the disk.
    Attached,
    /// The cloud takes it off.
    Detaching,
}

impl Volumes {
    pub(super) fn new(model: &Model) -> Self {
        let mut volumes = Self::default();
        for claim in model.claims.ids() {
            volumes.volume_of(Claim { of: claim, pod: None }, SimTime::ZERO);
        }
        volumes
    }

    /// The volumes of a pod object.
    pub fn of_pod(&self, uid: u64) -> &[VolumeId] {
        self.of_pods.get(&uid).map_or(&[], Vec::as_slice)
    }

    /// Made when it is first asked for, and kept when its pod goes.
    fn volume_of(&mut self, claim: Claim, now: SimTime) -> VolumeId {
        if let Some(volume) = self.bound.get(&claim) {
            return *volume;
        }
        let row = Volume { claim: claim.of, pod: claim.pod, created_at: now, attachment: None };
        let volume = self.rows.push(row);
        self.bound.insert(claim, volume);
        volume
    }
}

impl World {
    /// Volumes and whose they are.
    pub fn volumes(&self) -> &Volumes {
        &self.volumes
    }

    /// The volumes of a pod, one for each of its claims.
    pub fn volumes_of(&self, pod: PodId) -> &[VolumeId] {
        self.volumes.of_pod(self.cluster.pods[pod].uid)
    }

    /// Whether the containers of a pod have to wait for its volumes.
    pub fn waits_for_volumes(&self, pod: PodId) -> bool {
        !self.cluster.pods[pod].volumes_mounted && !self.volumes_of(pod).is_empty()
    }

    /// Whether the cloud has the volume attached to `node`, done.
    pub fn is_attached(&self, volume: VolumeId, node: NodeId) -> bool {
        let there = |at: &Attachment| {
            at.state == AttachState::Attached && self.cluster.nodes.resolve(at.node) == Some(node)
        };
        self.volumes.rows[volume].attachment.as_ref().is_some_and(there)
    }

    /// The cloud begins to attach a volume that is attached nowhere.
    pub fn begin_attach(&mut self, volume: VolumeId, node: NodeId) {
        let node = self.cluster.nodes.handle(node);
        let row = &mut self.volumes.rows[volume];
        assert!(row.attachment.is_none(), "a volume is attached to one node at most");
        row.attachment = Some(Attachment { node, state: AttachState::Attaching, in_use: false });
    }

    /// The disk is there. Leaves [`Change::VolumeAttached`].
    pub fn finish_attach(&mut self, volume: VolumeId) {
        if let Some(at) = &mut self.volumes.rows[volume].attachment {
            at.state = AttachState::Attached;
            self.feed.push(Change::VolumeAttached(volume));
        }
    }

    /// The cloud begins to take a volume off its node. Leaves [`Change::VolumeDetaching`].
    pub fn begin_detach(&mut self, volume: VolumeId) {
        if let Some(at) = &mut self.volumes.rows[volume].attachment {
            at.state = AttachState::Detaching;
            self.feed.push(Change::VolumeDetaching(volume));
        }
    }

    /// The volume is attached nowhere. Leaves [`Change::VolumeDetached`].
    pub fn finish_detach(&mut self, volume: VolumeId) {
        self.volumes.rows[volume].attachment = None;
        self.feed.push(Change::VolumeDetached(volume));
    }

    /// A kubelet reports that it has a volume mounted, or not any more. Leaves
    /// [`Change::VolumeUseReported`] if it said otherwise before.
    pub fn report_use(&mut self, volume: VolumeId, in_use: bool) {
        if let Some(at) = &mut self.volumes.rows[volume].attachment
            && core::mem::replace(&mut at.in_use, in_use) != in_use
        {
            self.feed.push(Change::VolumeUseReported(volume));
        }
    }

    /// All volumes of a pod are mounted: its containers may start. Leaves [`Change::PodVolumesMounted`].
    pub fn mount_volumes(&mut self, pod: PodId) {
        if !core::mem::replace(&mut self.cluster.pods[pod].volumes_mounted, true) {
            self.feed.push(Change::PodVolumesMounted(pod));
        }
    }

    /// The machine has been off: nothing is mounted for the pod any more.
    pub fn forget_mounts(&mut self, pod: PodId) {
        self.cluster.pods[pod].volumes_mounted = false;
    }

    /// Somebody deletes a claim and makes it anew: pods that come from now on get an empty volume. Leaves
    /// [`Change::VolumeReplaced`] with the new one.
    pub fn replace_volume(&mut self, claim: ClaimId) {
        let claim = Claim { of: claim, pod: None };
        self.volumes.bound.remove(&claim);
        let volume = self.volumes.volume_of(claim, self.now);
        self.feed.push(Change::VolumeReplaced(volume));
    }

    /// A pod object has come: its claims are bound.
    pub(super) fn claim_volumes(&mut self, model: &Model, pod: PodId) {
        let row = &self.cluster.pods[pod];
        let PodOwner::Workload(workload) = row.owner else { return };
        let claims = &model.workloads[workload].claims;
        if claims.shared.is_empty() && claims.each.is_empty() {
            return;
        }
        let (uid, ordinal) = (row.uid, row.ordinal);
        let shared = claims.shared.iter().map(|of| Claim { of: *of, pod: None });
        let own = claims.each.iter().map(|of| Claim { of: *of, pod: Some((workload, ordinal)) });
        let volumes = shared.chain(own).map(|claim| self.volumes.volume_of(claim, self.now)).collect();
        self.volumes.of_pods.insert(uid, volumes);
    }

    /// A pod object goes.
    pub(super) fn release_volumes(&mut self, uid: u64) {
        self.volumes.of_pods.remove(&uid);
    }

    pub(super) fn audit_volumes(&self, findings: &mut Vec<String>) {
        let mut owners: BTreeMap<VolumeId, NodeId> = BTreeMap::new();
        for (pod, row) in self.cluster.pods.iter() {
            let Some(node) = row.node.filter(|_| row.phase == PodPhase::Running) else { continue };
            if self.cluster.nodes[node].health.machine == Machine::Gone {
                continue;
            }
            for volume in self.volumes.of_pod(row.uid) {
                if !self.is_attached(*volume, node) {
                    findings.push(format!("{pod:?} runs on {node:?} without {volume:?} attached there"));
                }
                if owners.insert(*volume, node).is_some_and(|other| other != node) {
                    findings.push(format!("{volume:?} has two owners, one on {node:?}"));
                }
            }
        }
        if !self.volumes.of_pods.is_empty() {
            let there: BTreeSet<u64> = self.cluster.pods.iter().map(|(_, row)| row.uid).collect();
            for uid in self.volumes.of_pods.keys().filter(|uid| !there.contains(*uid)) {
                findings.push(format!("the volumes of pod {uid} outlive it"));
            }
        }
    }
}

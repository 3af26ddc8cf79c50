//! The attach/detach controller: which node the cloud has a volume attached to.
//!
//! Models (kubernetes pkg/controller/volume/attachdetach, reconciler; its loop of 0.1 s as the grain of
//! what it does): a volume is *desired* on a node while a pod object that claims it is bound there and its
//! containers are not reported as terminated, so an Unknown pod of a lost node keeps its volume there for
//! ever. A volume that is attached where nobody desires it is detached when the kubelet no longer reports
//! it as in use; when that does not come, by force [`MAX_WAIT_FOR_UNMOUNT`] after it ceased to be desired
//! (since 1.26 from nodes that are not Ready only), or at once from a node that carries the taint
//! out-of-service (from 1.26). A volume that is attached nowhere is attached for the oldest pod that wants it:
//! while it is attached elsewhere, that is refused (Multi-Attach error). Once a minute the controller asks
//! the cloud: what was attached to a machine that does not exist any more is not attached.
//! Assumes: how long the cloud takes (`ATTACH`, `DETACH`).
//! Leaves out: attachments that fail, CSI's VolumeAttachment objects.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::AttachDetachEvent;
use crate::ids::{Handle, NodeId, PodId, VolumeId};
use crate::model::Distribution;
use crate::time::{SimDuration, SimTime};
use crate::world::{AttachState, Change, Machine, Ready};

/// `reconcilerLoopPeriod`.
const LOOP: SimDuration = SimDuration::from_millis(100);
/// `reconcilerMaxWaitForUnmountDuration`.
pub const MAX_WAIT_FOR_UNMOUNT: SimDuration = SimDuration::from_secs(360);
/// `--attach-detach-reconcile-sync-period`.
const VERIFY: SimDuration = SimDuration::from_secs(60);
/// What the cloud takes for either. An assumption: GCE persistent disks take some seconds.
const ATTACH: Distribution = Distribution::Uniform { low: 3.0, high: 12.0 };
const DETACH: Distribution = Distribution::Uniform { low: 3.0, high: 12.0 };
/// `node.kubernetes.io/out-of-service`.
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// The attach/detach controller.
#[derive(Clone, Debug, Default)]
pub struct AttachDetach {
    /// Where each volume is desired: by pod, oldest first.
    desired: BTreeMap<VolumeId, BTreeMap<u64, Handle<NodeId>>>,
    /// The volumes of each pod that has a node.
    of_pods: BTreeMap<u64, Vec<VolumeId>>,
    /// Since when a volume is attached where nobody desires it.
    undesired_since: BTreeMap<VolumeId, SimTime>,
    /// Volumes to look at in the next loop.
    due: BTreeSet<VolumeId>,
    next_loop: Option<SimTime>,
    /// Operations of the cloud so far: their number is the subject of their draws.
    operations: u64,
    /// Volumes whose machine went together with its Node object.
    machine_gone: BTreeSet<VolumeId>,
    next_verify: Option<SimTime>,
}

impl AttachDetach {
    fn pod_bound(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let Some(node) = row.node else { return };
        let volumes = ctx.world.volumes_of(pod).to_vec();
        if volumes.is_empty() {
            return;
        }
        let (uid, handle) = (row.uid, ctx.world.cluster().nodes.handle(node));
        for volume in &volumes {
            self.desired.entry(*volume).or_default().insert(uid, handle);
            self.look(*volume, ctx);
        }
        self.of_pods.insert(uid, volumes);
    }

    fn pod_gone(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let uid = ctx.world.cluster().pods[pod].uid;
        for volume in self.of_pods.remove(&uid).unwrap_or_default() {
            if let Some(pods) = self.desired.get_mut(&volume) {
                pods.remove(&uid);
            }
            self.look(volume, ctx);
        }
    }

    /// The controller sees in its next loop that something about a volume changed.
    fn look(&mut self, volume: VolumeId, ctx: &mut Context<'_>) {
        self.due.insert(volume);
        let at = ctx.now.next_multiple(SimTime::ZERO, LOOP);
        if self.next_loop.is_none_or(|next| at < next) {
            self.next_loop = Some(at);
            ctx.at(at, AttachDetachEvent::LoopDue);
        }
    }

    fn reconcile(&mut self, volume: VolumeId, ctx: &mut Context<'_>) {
        let Some(at) = ctx.world.volumes().rows[volume].attachment else {
            self.undesired_since.remove(&volume);
            return self.attach(volume, ctx);
        };
        if at.state != AttachState::Attached {
            return;
        }
        let desired =
            self.desired.get(&volume).is_some_and(|pods| pods.values().any(|node| *node == at.node));
        if desired {
            self.undesired_since.remove(&volume);
            return;
        }
        let since = *self.undesired_since.entry(volume).or_insert(ctx.now);
        let node = ctx.world.cluster().nodes.resolve(at.node);
        if !at.in_use || is_out_of_service(node, ctx) || (is_overdue(since, ctx) && may_force(node, ctx)) {
            self.detach(volume, ctx);
        } else if !is_overdue(since, ctx) {
            ctx.at(since + MAX_WAIT_FOR_UNMOUNT, AttachDetachEvent::WaitOver(volume));
        }
    }

    fn attach(&mut self, volume: VolumeId, ctx: &mut Context<'_>) {
        let exists = |node: &NodeId| ctx.world.cluster().nodes[*node].health.machine != Machine::Gone;
        let nodes = self.desired.get(&volume).into_iter().flat_map(BTreeMap::values);
        let node = nodes.filter_map(|node| ctx.world.cluster().nodes.resolve(*node)).find(exists);
        if let Some(node) = node {
            ctx.world.begin_attach(volume, node);
            let delay = self.operation(volume, &ATTACH, ctx);
            ctx.after(delay, AttachDetachEvent::Attached(volume));
        }
    }

    fn detach(&mut self, volume: VolumeId, ctx: &mut Context<'_>) {
        ctx.world.begin_detach(volume);
        let delay = self.operation(volume, &DETACH, ctx);
        ctx.after(delay, AttachDetachEvent::Detached(volume));
    }

    fn operation(&mut self, volume: VolumeId, law: &Distribution, ctx: &Context<'_>) -> SimDuration {
        self.operations += 1;
        let row = &ctx.world.volumes().rows[volume];
        let claim = ctx.model.claims[row.claim].subject;
        let subject = row.pod.map_or(claim, |(workload, ordinal)| {
            member(claim ^ ctx.model.workloads[workload].subject, u64::from(ordinal))
        });
        law.duration(ctx.random.unit(Purpose::Disk, subject, self.operations))
    }

    /// What the cloud says is attached nowhere is not attached.
    fn verify(&mut self, ctx: &mut Context<'_>) {
        let volumes: Vec<VolumeId> = ctx.world.volumes().rows.ids().collect();
        for volume in volumes {
            let Some(at) = ctx.world.volumes().rows[volume].attachment else { continue };
            let node = ctx.world.cluster().nodes.resolve(at.node);
            let gone = match node {
                Some(node) => ctx.world.cluster().nodes[node].health.machine == Machine::Gone,
                None => self.machine_gone.contains(&volume),
            };
            if gone && at.state == AttachState::Attached {
                self.machine_gone.remove(&volume);
                ctx.world.finish_detach(volume);
            }
        }
    }

    /// A machine may have gone: the next look at the cloud will tell.
    fn verify_later(&mut self, ctx: &mut Context<'_>) {
        let at = ctx.now.next_multiple(SimTime::ZERO, VERIFY);
        if self.next_verify != Some(at) {
            self.next_verify = Some(at);
            ctx.at(at, AttachDetachEvent::VerifyDue);
        }
    }

    fn attached_to(node: NodeId, ctx: &Context<'_>) -> Vec<VolumeId> {
        let rows = ctx.world.volumes().rows.iter_enumerated();
        rows.filter(|(_, row)| row.attachment.is_some_and(|at| at.node.id == node))
            .map(|(volume, _)| volume)
            .collect()
    }

    fn node_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        for volume in Self::attached_to(node, ctx) {
            self.look(volume, ctx);
        }
    }
}

fn is_overdue(since: SimTime, ctx: &Context<'_>) -> bool {
    ctx.now.since(since) >= MAX_WAIT_FOR_UNMOUNT
}

/// Whether a volume may be forced off; a node whose object is gone cannot be asked.
fn may_force(node: Option<NodeId>, ctx: &Context<'_>) -> bool {
    ctx.model.era.forces_detach_from_ready_nodes()
        || node.is_none_or(|node| ctx.world.cluster().nodes[node].health.ready != Ready::True)
}

fn is_out_of_service(node: Option<NodeId>, ctx: &Context<'_>) -> bool {
    let taints = node.map(|node| &ctx.world.cluster().nodes[node].taints);
    ctx.model.era.knows_out_of_service()
        && taints.is_some_and(|taints| taints.iter().any(|there| there.taint.key == OUT_OF_SERVICE))
}

impl Component for AttachDetach {
    type Event = AttachDetachEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: AttachDetachEvent, ctx: &mut Context<'_>) {
        match event {
            AttachDetachEvent::LoopDue => {
                if self.next_loop != Some(ctx.now) {
                    return;
                }
                self.next_loop = None;
                for volume in core::mem::take(&mut self.due) {
                    self.reconcile(volume, ctx);
                }
            }
            AttachDetachEvent::WaitOver(volume) => self.look(volume, ctx),
            AttachDetachEvent::Attached(volume) => {
                ctx.world.finish_attach(volume);
                self.look(volume, ctx);
            }
            AttachDetachEvent::Detached(volume) => ctx.world.finish_detach(volume),
            AttachDetachEvent::VerifyDue => {
                self.next_verify = None;
                self.verify(ctx);
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::PodBound(pod) => self.pod_bound(pod, ctx),
            Change::PodEnded(pod) | Change::PodRemoved(pod) => self.pod_gone(pod, ctx),
            Change::VolumeUseReported(volume) | Change::VolumeDetached(volume) => self.look(volume, ctx),
            Change::NodeTaintsChanged(node) | Change::NodeReadyChanged(node) => self.node_changed(node, ctx),
            Change::NodeFaultChanged(node) if !Self::attached_to(node, ctx).is_empty() => {
                self.verify_later(ctx);
            }
            Change::NodeRemoved(node) => {
                // A node that was being given back goes with its machine; one that somebody deleted leaves
                // its machine behind.
                let volumes = Self::attached_to(node, ctx);
                if ctx.world.cluster().nodes[node].leaving && !volumes.is_empty() {
                    self.machine_gone.extend(volumes);
                    self.verify_later(ctx);
                }
                self.node_changed(node, ctx);
            }
            _ => {}
        }
    }
}

//! The kubelets' volume managers: a pod's containers wait until its volumes are mounted.
//!
//! Models (kubernetes pkg/kubelet/volumemanager, pkg/volume/util/nestedpendingoperations): a kubelet asks
//! whether a volume is attached 0.5 s after the pod came and then after waits that double up to 2 min 2 s, so
//! it notices a late attachment late; it has to have reported the volume as in use before, in one of its
//! writes of the node's status, every 10 s. The pod's sync waits for its volumes for 2 min 3 s at a time and
//! begins again 10 to 15 s later; in between a mounted volume helps nobody. When the containers are gone the
//! volume is unmounted and the next status says so. A kubelet that is not heard does none of it; a machine
//! that was off has nothing mounted.
//! Assumes: how long mounting and unmounting take.

use std::collections::BTreeMap;

use crate::engine::{Component, Context, Purpose};
use crate::event::VolumeManagerEvent;
use crate::ids::{Handle, NodeId, PodId, VolumeId};
use crate::time::{SimDuration, SimTime};
use crate::world::{AttachState, Change, PodPhase};

/// `initialDurationBeforeRetry` and `maxDurationBeforeRetry`.
const FIRST_RETRY: SimDuration = SimDuration::from_millis(500);
const MAX_RETRY: SimDuration = SimDuration::from_secs(122);
/// `podAttachAndMountTimeout`: 2 min 3 s.
const SYNC_WAIT: SimDuration = SimDuration::from_secs(123);
/// `backOffPeriod`, and what jitter adds at most.
const SYNC_BACKOFF: SimDuration = SimDuration::from_secs(10);
const SYNC_JITTER: SimDuration = SimDuration::from_secs(5);
/// `nodeStatusUpdateFrequency`.
const STATUS: SimDuration = SimDuration::from_secs(10);
/// Assumptions: a clean file system takes a moment.
const MOUNT: SimDuration = SimDuration::from_secs(1);
const UNMOUNT: SimDuration = SimDuration::from_secs(1);

/// All nodes' volume managers.
#[derive(Clone, Debug, Default)]
pub struct VolumeManagers {
    /// Pods with volumes that are bound, by uid.
    pods: BTreeMap<u64, Claimant>,
}

/// A bound pod with volumes.
#[derive(Clone, Debug)]
struct Claimant {
    node: Handle<NodeId>,
    volumes: Vec<VolumeId>,
    /// Since when its kubelet tries.
    since: SimTime,
    /// When it will have mounted them all, if that is known.
    mounted_at: Option<SimTime>,
}

/// The first try at or after `from` of a kubelet that began at `since`.
fn next_try(since: SimTime, from: SimTime) -> SimTime {
    let (mut at, mut wait) = (since, FIRST_RETRY);
    while at < from {
        at += wait;
        wait = wait.times(2).min(MAX_RETRY);
    }
    at
}

/// When the pod's sync notices what was mounted at `mounted`: at once, or when it begins to wait again.
/// `jitter(n)` is the part of the jitter before the n-th wait, from 0 to 1.
fn noticed(since: SimTime, mounted: SimTime, jitter: impl Fn(u64) -> f64) -> SimTime {
    let mut begins = since;
    for nth in 0.. {
        let ends = begins + SYNC_WAIT;
        if mounted < ends {
            return mounted.max(begins);
        }
        begins = ends + SYNC_BACKOFF + SimDuration::from_secs_f64(SYNC_JITTER.as_secs_f64() * jitter(nth));
    }
    mounted
}

impl VolumeManagers {
    fn pod_bound(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let volumes = ctx.world.volumes_of(pod).to_vec();
        let row = &ctx.world.cluster().pods[pod];
        let (Some(node), false) = (row.node, volumes.is_empty()) else { return };
        let node = ctx.world.cluster().nodes.handle(node);
        self.pods.insert(row.uid, Claimant { node, volumes, since: ctx.now, mounted_at: None });
        self.try_mount(pod, ctx);
    }

    /// When all volumes of a pod are attached where it is, its kubelet will find out.
    fn try_mount(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let Some(claimant) = self.pods.get_mut(&row.uid) else { return };
        let Some(node) = ctx.world.cluster().nodes.resolve(claimant.node) else { return };
        let health = &ctx.world.cluster().nodes[node].health;
        let attached = claimant.volumes.iter().all(|volume| ctx.world.is_attached(*volume, node));
        if !attached || !health.is_heard() || row.deletion_requested_at.is_some() {
            return;
        }
        if !ctx.world.waits_for_volumes(pod) || claimant.mounted_at.is_some() {
            return;
        }
        let reported = status_after(claimant.since, node, ctx);
        let mounted = next_try(claimant.since, ctx.now.max(reported)) + MOUNT;
        let subject = row.subject;
        let at = noticed(claimant.since, mounted, |nth| ctx.random.unit(Purpose::MountSync, subject, nth));
        claimant.mounted_at = Some(at);
        let handle = ctx.world.cluster().pods.handle(pod);
        ctx.at(at, VolumeManagerEvent::Mounted(handle));
    }

    fn mounted(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let Some(claimant) = self.pods.get_mut(&row.uid) else { return };
        if claimant.mounted_at != Some(ctx.now) {
            return;
        }
        claimant.mounted_at = None;
        let Some(node) = ctx.world.cluster().nodes.resolve(claimant.node) else { return };
        let attached = claimant.volumes.iter().all(|volume| ctx.world.is_attached(*volume, node));
        let heard = ctx.world.cluster().nodes[node].health.is_heard();
        if attached && heard && row.deletion_requested_at.is_none() {
            for volume in claimant.volumes.clone() {
                ctx.world.report_use(volume, true);
            }
            ctx.world.mount_volumes(pod);
        }
    }

    /// The containers are gone, as far as the API knows.
    fn pod_gone(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let uid = ctx.world.cluster().pods[pod].uid;
        if let Some(claimant) = self.pods.remove(&uid)
            && let Some(node) = ctx.world.cluster().nodes.resolve(claimant.node)
        {
            self.unmount_unused(node, ctx);
        }
    }

    /// What no pod on the node claims is unmounted; the status after that says so.
    fn unmount_unused(&self, node: NodeId, ctx: &mut Context<'_>) {
        if !ctx.world.cluster().nodes[node].health.is_heard() {
            return;
        }
        let handle = ctx.world.cluster().nodes.handle(node);
        let unused: Vec<VolumeId> = ctx
            .world
            .volumes()
            .rows
            .iter_enumerated()
            .filter(|(volume, row)| {
                row.attachment.is_some_and(|at| at.node == handle && at.in_use)
                    && !self.is_claimed(*volume, handle)
            })
            .map(|(volume, _)| volume)
            .collect();
        for volume in unused {
            let at = status_after(ctx.now + UNMOUNT, node, ctx);
            ctx.at(at, VolumeManagerEvent::Reported { volume, node });
        }
    }

    fn is_claimed(&self, volume: VolumeId, node: Handle<NodeId>) -> bool {
        self.pods.values().any(|pod| pod.node == node && pod.volumes.contains(&volume))
    }

    fn reported(&self, volume: VolumeId, node: NodeId, ctx: &mut Context<'_>) {
        let Some(at) = ctx.world.volumes().rows[volume].attachment else { return };
        let there = ctx.world.cluster().nodes.resolve(at.node) == Some(node);
        let heard = there && ctx.world.cluster().nodes[node].health.is_heard();
        if heard && at.state != AttachState::Attaching && !self.is_claimed(volume, at.node) {
            ctx.world.report_use(volume, false);
        }
    }

    /// Something broke, or a kubelet is heard again.
    fn fault_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let health = ctx.world.cluster().nodes[node].health;
        let pods: Vec<PodId> =
            ctx.world.pods_on(node).filter(|pod| !ctx.world.volumes_of(*pod).is_empty()).collect();
        for pod in &pods {
            let uid = ctx.world.cluster().pods[*pod].uid;
            let Some(claimant) = self.pods.get_mut(&uid) else { continue };
            claimant.mounted_at = None;
            if health.is_heard() && health.booted_at == ctx.now {
                claimant.since = ctx.now;
                ctx.world.forget_mounts(*pod);
            }
            self.try_mount(*pod, ctx);
        }
        self.unmount_unused(node, ctx);
    }
}

/// The first write of the node's status at or after `from`.
fn status_after(from: SimTime, node: NodeId, ctx: &Context<'_>) -> SimTime {
    from.next_multiple(ctx.world.cluster().nodes[node].health.booted_at, STATUS)
}

impl Component for VolumeManagers {
    type Event = VolumeManagerEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: VolumeManagerEvent, ctx: &mut Context<'_>) {
        match event {
            VolumeManagerEvent::Mounted(handle) => {
                if let Some(pod) = ctx.world.cluster().pods.resolve(handle) {
                    self.mounted(pod, ctx);
                }
            }
            VolumeManagerEvent::Reported { volume, node } => {
                if ctx.world.cluster().nodes.is_live(node) {
                    self.reported(volume, node, ctx);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::PodBound(pod) => self.pod_bound(pod, ctx),
            Change::PodEnded(pod) | Change::PodRemoved(pod) => self.pod_gone(pod, ctx),
            Change::VolumeAttached(volume) => {
                let waits = |(pod, row): (PodId, &crate::world::Pod)| {
                    (row.phase == PodPhase::Starting && ctx.world.volumes_of(pod).contains(&volume))
                        .then_some(pod)
                };
                let pods: Vec<PodId> = ctx.world.cluster().pods.iter().filter_map(waits).collect();
                for pod in pods {
                    self.try_mount(pod, ctx);
                }
            }
            Change::NodeFaultChanged(node) if ctx.world.cluster().nodes.is_live(node) => {
                self.fault_changed(node, ctx);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(millis)
    }

    #[test]
    fn tries_double_up_to_two_minutes_and_two_seconds() {
        let mut tries = Vec::new();
        let mut from = SimTime::from_micros(1);
        for _ in 0..11 {
            let next = next_try(SimTime::ZERO, from);
            tries.push(next.as_micros() / 100_000);
            from = next + SimDuration::from_micros(1);
        }
        assert_eq!(
            tries,
            [5, 15, 35, 75, 155, 315, 635, 1_275, 2_495, 3_715, 4_935],
            "in tenths of a second"
        );
    }

    #[test]
    fn what_is_mounted_between_two_waits_is_noticed_when_the_next_begins() {
        let half = |_| 0.5;
        assert_eq!(noticed(SimTime::ZERO, at(122_900), half), at(122_900));
        assert_eq!(noticed(SimTime::ZERO, at(123_000), half), at(135_500), "10 s and half of 5 later");
        assert_eq!(noticed(SimTime::ZERO, at(140_000), half), at(140_000));
        assert_eq!(noticed(SimTime::ZERO, at(258_500), half), at(271_000));
    }
}

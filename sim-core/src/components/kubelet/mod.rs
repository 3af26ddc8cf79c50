//! The kubelets: containers start, end by themselves, and stop when told.
//!
//! Models: a bound pod's container is up after its class's start-up time; a deleted pod's container
//! gets its grace period, of which a process that obeys SIGTERM uses no more than [`STOP_TIME`]; the
//! object goes when the container has. A kubelet that is silent, or whose relists take too long
//! (`relist.rs`), neither starts nor confirms anything; once it works again it looks at all its pods: what
//! was to stop stops, what was to start starts, what ended meanwhile is reported. Containers die with their
//! machine and start again with it (restartPolicy Always). A read-only disk lets nothing start; a slow one
//! makes it take longer. A kubelet writes its own condition Ready, but not Unknown, which is what others say
//! about a silent one. With notice that its machine is taken back it ends its pods (graceful node shutdown,
//! from 1.21).
//! Containers that were killed start again by their pod's `restartPolicy` (`restart.rs`); with `Never` the pod fails and
//! its object stays for ReplicaSets and hubs to see, other controllers' is deleted at once.
//! Leaves out: pulls of images whose size nobody says (part of the start-up time), probes; the up to 10 s between two writes of the status; terminating pods that a read-only disk keeps.

mod cpu;
mod relist;
mod restart;

use crate::engine::{Component, Context, Purpose};
use crate::event::KubeletEvent;
use crate::ids::{Id, NodeId, PodId};
use crate::model::{Controller, DiskState, KubeletState, RestartPolicy};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Machine, PodFailure, PodOwner, PodPhase, Ready};
use relist::Relists;
use restart::Restarts;

/// What a container takes to stop on SIGTERM when its grace period is longer. An assumption: servers
/// that obey the signal end within a few seconds.
pub const STOP_TIME: SimDuration = SimDuration::from_secs(2);

/// No timer is set for a pod, or the one that is set means nothing any more.
const NEVER: SimTime = SimTime::MAX;

/// All nodes' kubelets; most of what they know is in the world.
#[derive(Clone, Debug, Default)]
pub struct Kubelets {
    /// When the one timer of each pod slot is due: any other is stale.
    due: Vec<SimTime>,
    relists: Relists,
    restarts: Restarts,
}

impl Kubelets {
    /// Whether the kubelet of `node` looks after its pods now.
    fn works(&self, node: NodeId, ctx: &Context<'_>) -> bool {
        let heard = ctx.world.cluster().nodes[node].health.is_heard();
        // The runtime of a starved node answers nothing, whatever its kubelet says.
        heard && self.relists.are_healthy(node) && !ctx.world.memory().on(node).starved
    }

    fn can_start(&self, node: NodeId, ctx: &Context<'_>) -> bool {
        self.works(node, ctx) && ctx.world.cluster().nodes[node].health.disk != DiskState::ReadOnly
    }

    fn due(&mut self, pod: PodId) -> &mut SimTime {
        if pod.index() >= self.due.len() {
            self.due.resize(pod.index() + 1, NEVER);
        }
        &mut self.due[pod.index()]
    }

    fn begin_start(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        *self.due(pod) = NEVER;
        let row = &ctx.world.cluster().pods[pod];
        let Some(node) = row.node.filter(|node| self.can_start(*node, ctx)) else { return };
        if ctx.world.waits_for_volumes(pod) || !ctx.world.missing_images(ctx.model, pod).is_empty() {
            return;
        }
        let drawn = ctx.random.unit(Purpose::Startup, row.subject, 0);
        let delay = ctx.model.classes[row.class].startup.duration(drawn);
        let delay = cpu::slowed(delay, pod, node, ctx);
        let delay = match ctx.world.cluster().nodes[node].health.disk {
            DiskState::Slow(hundredths) => {
                SimDuration::from_micros(delay.times(u64::from(hundredths)).as_micros() / 100)
            }
            DiskState::Well | DiskState::ReadOnly => delay,
        };
        let handle = ctx.world.cluster().pods.handle(pod);
        *self.due(pod) = ctx.now + delay;
        ctx.after(delay, KubeletEvent::Started(handle));
    }

    /// Pods that waited for an image may start.
    fn image_pulled(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
        for pod in pods {
            if *self.due(pod) == NEVER {
                self.volumes_mounted(pod, ctx);
            }
        }
    }

    /// The containers of a pod no longer wait for its volumes.
    fn volumes_mounted(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        if row.phase == PodPhase::Starting && row.deletion_requested_at.is_none() {
            self.begin_start(pod, ctx);
        }
    }

    fn begin_stop(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        *self.due(pod) = NEVER;
        let row = &ctx.world.cluster().pods[pod];
        if !row.node.is_some_and(|node| self.works(node, ctx)) {
            return;
        }
        let delay = ctx.model.classes[row.class].grace.min(STOP_TIME);
        let handle = ctx.world.cluster().pods.handle(pod);
        *self.due(pod) = ctx.now + delay;
        ctx.after(delay, KubeletEvent::Stopped(handle));
    }

    fn started(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        if row.deletion_requested_at.is_some() || !row.node.is_some_and(|node| self.can_start(node, ctx)) {
            return;
        }
        let lifetime = row.lifetime;
        ctx.world.start_pod(pod);
        if let Some(lifetime) = lifetime {
            let handle = ctx.world.cluster().pods.handle(pod);
            *self.due(pod) = ctx.now + lifetime;
            ctx.after(lifetime, KubeletEvent::LifetimeOver(handle));
        }
    }

    fn ended(pod: PodId, ctx: &mut Context<'_>) {
        debug_assert_eq!(ctx.world.cluster().pods[pod].phase, PodPhase::Running);
        ctx.world.end_pod(pod);
        ctx.world.remove_pod(pod);
    }

    /// A container was killed: it starts again, or the pod fails.
    fn killed(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let is_down = row.containers.get(usize::from(container)).is_some_and(|of| of.down);
        let works = row.node.is_some_and(|node| self.works(node, ctx));
        if row.phase != PodPhase::Running || row.deletion_requested_at.is_some() || !is_down || !works {
            return;
        }
        if ctx.model.classes[row.class].restart_policy == RestartPolicy::Never {
            ctx.world.fail_pod(pod, PodFailure::OomKilled);
            return;
        }
        let uid = row.uid;
        let at = self.restarts.begin((uid, container), ctx.now);
        let handle = ctx.world.cluster().pods.handle(pod);
        ctx.at(at, KubeletEvent::RestartDue(handle, container));
    }

    /// The wait of a container that was killed is over.
    fn restart(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let is_down = row.containers.get(usize::from(container)).is_some_and(|of| of.down);
        let can = row.node.is_some_and(|node| self.can_start(node, ctx));
        if row.phase != PodPhase::Running || row.deletion_requested_at.is_some() || !is_down || !can {
            return;
        }
        let lifetime = row.lifetime.filter(|_| container == 0);
        ctx.world.restart_container(pod, container);
        if let Some(lifetime) = lifetime {
            // Its work begins anew.
            let handle = ctx.world.cluster().pods.handle(pod);
            *self.due(pod) = ctx.now + lifetime;
            ctx.after(lifetime, KubeletEvent::LifetimeOver(handle));
        }
    }

    /// A pod has failed or ended. The object of one that failed stays where somebody looks at it.
    fn pod_ended(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        *self.due(pod) = NEVER;
        let row = &ctx.world.cluster().pods[pod];
        if row.phase != PodPhase::Ended || row.failure.is_none() {
            return;
        }
        self.restarts.forget(row.uid);
        let stays = match row.owner {
            PodOwner::User(_) => true,
            PodOwner::Workload(workload) => {
                matches!(ctx.model.workloads[workload].controller, Controller::Deployment(_))
            }
        };
        if !stays {
            ctx.world.remove_pod(pod);
        }
    }

    /// The kubelet works (again): whatever has no timer is looked at.
    fn resync(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        if !self.works(node, ctx) {
            return;
        }
        let booted_at = ctx.world.cluster().nodes[node].health.booted_at;
        let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
        for pod in pods {
            if *self.due(pod) != NEVER {
                continue;
            }
            let row = &ctx.world.cluster().pods[pod];
            let (started_at, lifetime) = (row.started_at, row.lifetime);
            match row.phase {
                _ if row.deletion_requested_at.is_some() => self.begin_stop(pod, ctx),
                PodPhase::Starting => self.begin_start(pod, ctx),
                PodPhase::Running if started_at < booted_at => {
                    ctx.world.restart_pod(pod);
                    self.begin_start(pod, ctx);
                }
                PodPhase::Running if !row.is_up() => {
                    for container in 0..ctx.world.cluster().pods[pod].containers.len() {
                        self.killed(pod, container as u8, ctx);
                    }
                }
                PodPhase::Running if lifetime.is_some_and(|span| started_at + span <= ctx.now) => {
                    Self::ended(pod, ctx);
                }
                PodPhase::Running | PodPhase::Pending | PodPhase::Ended | PodPhase::Lost => {}
            }
        }
    }

    fn fault_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let health = ctx.world.cluster().nodes[node].health;
        if health.machine != Machine::Up {
            let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
            for pod in pods {
                *self.due(pod) = NEVER;
            }
        }
        if health.is_heard() && health.kubelet == KubeletState::Starved {
            self.relists.begin(node, ctx);
        } else {
            self.relists.end(node);
        }
        self.report(node, ctx);
        self.resync(node, ctx);
    }

    /// A kubelet that speaks says whether it can take care of pods.
    fn report(&self, node: NodeId, ctx: &mut Context<'_>) {
        let health = ctx.world.cluster().nodes[node].health;
        if health.is_heard() {
            let well = self.relists.are_healthy(node) && !shuts_down(node, ctx);
            ctx.world.set_node_ready(node, if well { Ready::True } else { Ready::False });
        }
    }

    /// Graceful node shutdown: the pods go while the machine is still there.
    fn shut_down(&self, node: NodeId, ctx: &mut Context<'_>) {
        self.report(node, ctx);
        if shuts_down(node, ctx) && self.works(node, ctx) {
            let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
            for pod in pods {
                ctx.world.request_pod_deletion(pod);
            }
        }
    }

    fn pod_due(&mut self, event: KubeletEvent, pod: PodId, ctx: &mut Context<'_>) {
        if *self.due(pod) != ctx.now {
            return;
        }
        *self.due(pod) = NEVER;
        let row = &ctx.world.cluster().pods[pod];
        let (phase, node) = (row.phase, row.node);
        let Some(node) = node.filter(|node| self.works(*node, ctx)) else { return };
        match (event, phase) {
            (KubeletEvent::Started(_), PodPhase::Starting) => self.started(pod, ctx),
            // One that waits for its container has not done its work.
            (KubeletEvent::LifetimeOver(_), PodPhase::Running) if !ctx.world.cluster().pods[pod].is_up() => {}
            (KubeletEvent::LifetimeOver(_), PodPhase::Running) => Self::ended(pod, ctx),
            (KubeletEvent::Stopped(_), PodPhase::Starting | PodPhase::Running) => {
                ctx.world.remove_pod(pod);
            }
            _ => unreachable!("{event:?} is due for a pod that is {phase:?} on {node:?}"),
        }
    }
}

/// Whether the kubelet is making use of a notice. Without any there is nothing to use.
fn shuts_down(node: NodeId, ctx: &Context<'_>) -> bool {
    let row = &ctx.world.cluster().nodes[node];
    let notice = ctx.model.groups[row.group].machine.spot.as_ref().map(|spot| spot.notice);
    row.health.reclaimed
        && ctx.model.era.shuts_down_gracefully()
        && notice.is_some_and(|notice| !notice.is_zero())
}

impl Component for Kubelets {
    type Event = KubeletEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: KubeletEvent, ctx: &mut Context<'_>) {
        match event {
            KubeletEvent::Started(handle)
            | KubeletEvent::LifetimeOver(handle)
            | KubeletEvent::Stopped(handle) => {
                if let Some(pod) = ctx.world.cluster().pods.resolve(handle) {
                    self.pod_due(event, pod, ctx);
                }
            }
            KubeletEvent::RestartDue(handle, container) => {
                if let Some(pod) = ctx.world.cluster().pods.resolve(handle) {
                    self.restart(pod, container, ctx);
                }
            }
            KubeletEvent::Relisted(handle) | KubeletEvent::RelistLate(handle) => {
                let Some(node) = ctx.world.cluster().nodes.resolve(handle) else { return };
                if self.relists.due(event, node, ctx) {
                    self.report(node, ctx);
                    self.resync(node, ctx);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::PodBound(pod) => self.begin_start(pod, ctx),
            Change::PodVolumesMounted(pod) => self.volumes_mounted(pod, ctx),
            Change::PodDeletionRequested(pod) => self.begin_stop(pod, ctx),
            Change::ImagePulled(node, _) if ctx.world.cluster().nodes.is_live(node) => {
                self.image_pulled(node, ctx);
            }
            Change::ContainerKilled(pod, container) => self.killed(pod, container, ctx),
            Change::PodEnded(pod) => self.pod_ended(pod, ctx),
            Change::NodeFaultChanged(node) if ctx.world.cluster().nodes.is_live(node) => {
                self.fault_changed(node, ctx);
            }
            Change::NodeReclaimed(node) if ctx.world.cluster().nodes.is_live(node) => {
                self.shut_down(node, ctx);
            }
            Change::NodeRemoved(node) => self.relists.end(node),
            _ => {}
        }
    }
}

//! The kubelets: containers start, end by themselves, and stop when told.
//!
//! Models: a bound pod's container is up after its class's start-up time; a deleted pod's container
//! gets its grace period, of which a process that obeys SIGTERM uses no more than [`STOP_TIME`]; the
//! object goes when the container has.
//! Leaves out: image pulls (part of the start-up time so far), probes, restarts, memory, a kubelet
//! that falls silent.

use crate::engine::{Component, Context, Purpose};
use crate::event::KubeletEvent;
use crate::ids::PodId;
use crate::time::SimDuration;
use crate::world::{Change, PodPhase};

/// What a container takes to stop on SIGTERM when its grace period is longer. An assumption: servers
/// that obey the signal end within a few seconds.
pub const STOP_TIME: SimDuration = SimDuration::from_secs(2);

/// All nodes' kubelets; what they know is in the world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kubelets;

impl Kubelets {
    fn begin_start(pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let delay =
            ctx.model.classes[row.class].startup.duration(ctx.random.unit(Purpose::Startup, row.subject, 0));
        let handle = ctx.world.cluster().pods.handle(pod);
        ctx.after(delay, KubeletEvent::Started(handle));
    }

    fn begin_stop(pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let delay = ctx.model.classes[row.class].grace.min(STOP_TIME);
        let handle = ctx.world.cluster().pods.handle(pod);
        ctx.after(delay, KubeletEvent::Stopped(handle));
    }

    fn started(pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        if row.deletion_requested_at.is_some() {
            return;
        }
        let lifetime = row.lifetime;
        ctx.world.start_pod(pod);
        if let Some(lifetime) = lifetime {
            let handle = ctx.world.cluster().pods.handle(pod);
            ctx.after(lifetime, KubeletEvent::LifetimeOver(handle));
        }
    }

    fn lifetime_over(pod: PodId, ctx: &mut Context<'_>) {
        debug_assert_eq!(ctx.world.cluster().pods[pod].phase, PodPhase::Running);
        ctx.world.end_pod(ctx.model, pod);
        ctx.world.remove_pod(ctx.model, pod);
    }
}

impl Component for Kubelets {
    type Event = KubeletEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: KubeletEvent, ctx: &mut Context<'_>) {
        let (KubeletEvent::Started(handle)
        | KubeletEvent::LifetimeOver(handle)
        | KubeletEvent::Stopped(handle)) = event;
        let Some(pod) = ctx.world.cluster().pods.resolve(handle) else { return };
        match event {
            KubeletEvent::Started(_) => Self::started(pod, ctx),
            KubeletEvent::LifetimeOver(_) => Self::lifetime_over(pod, ctx),
            KubeletEvent::Stopped(_) => ctx.world.remove_pod(ctx.model, pod),
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::PodBound(pod) => Self::begin_start(pod, ctx),
            Change::PodDeletionRequested(pod) => Self::begin_stop(pod, ctx),
            _ => {}
        }
    }
}

//! Readiness probes: a running pod becomes Ready.
//!
//! Models: a pod is Ready a time of its own draw (`readyAfter`) after its container started; a node that
//! reports nothing reports no Ready pod either. Only for pods that somebody asks about (tracked
//! workloads); of all others Running is all there is to know.
//! Leaves out: probes that fail again while the container runs, liveness probes.

use crate::engine::{Component, Context, Purpose};
use crate::event::ProbeEvent;
use crate::ids::PodId;
use crate::world::{Change, PodOwner, PodPhase};

/// All pods' readiness probes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Probes;

impl Probes {
    fn started(pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let PodOwner::Workload(workload) = row.owner else { return };
        if !ctx.model.workloads[workload].tracked {
            return;
        }
        let controllers = ctx.world.controllers();
        let revision = row.controller.map_or(1, |controller| controllers.objects[controller].template);
        let laws = &controllers.wanted[workload].ready_after;
        let Some(law) = laws.get(revision as usize - 1).or(laws.last()) else { return };
        let delay = law.duration(ctx.random.unit(Purpose::Readiness, row.subject, 0));
        let handle = ctx.world.cluster().pods.handle(pod);
        ctx.after(delay, ProbeEvent::Answers(handle));
    }
}

impl Component for Probes {
    type Event = ProbeEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: ProbeEvent, ctx: &mut Context<'_>) {
        let ProbeEvent::Answers(handle) = event;
        let Some(pod) = ctx.world.cluster().pods.resolve(handle) else { return };
        let row = &ctx.world.cluster().pods[pod];
        if row.phase == PodPhase::Running && row.deletion_requested_at.is_none() {
            ctx.world.set_ready(pod, true);
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if let Change::PodStarted(pod) = change {
            Self::started(pod, ctx);
        }
    }
}

//! Readiness probes: a running pod becomes Ready.
//!
//! Models: a pod is Ready a time of its own draw (`readyAfter`) after its container started; a node that
//! reports nothing reports no Ready pod either: when a node is no longer Ready its pods are not (kubernetes
//! pkg/controller/util/node, `MarkPodsNotReady`), and are again when it is. Only for pods that somebody asks
//! about (tracked workloads); of all others Running is all there is to know.
//! Leaves out: probes that fail again while the container runs, liveness probes.

use crate::engine::{Component, Context, Purpose};
use crate::event::ProbeEvent;
use crate::ids::{NodeId, PodId};
use crate::time::SimTime;
use crate::world::{Change, PodOwner, Ready};

/// All pods' readiness probes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Probes;

impl Probes {
    /// When a running pod's probe answers; `None` where nobody asks.
    fn answers_at(pod: PodId, ctx: &Context<'_>) -> Option<SimTime> {
        let row = &ctx.world.cluster().pods[pod];
        let PodOwner::Workload(workload) = row.owner else { return None };
        if !ctx.model.workloads[workload].tracked {
            return None;
        }
        let controllers = ctx.world.controllers();
        let revision = row.controller.map_or(1, |controller| controllers.objects[controller].template);
        let laws = &controllers.wanted[workload].ready_after;
        let law = laws.get(revision as usize - 1).or(laws.last())?;
        let delay = law.duration(ctx.random.unit(Purpose::Readiness, row.subject, 0));
        Some(row.started_at + delay)
    }

    fn started(pod: PodId, ctx: &mut Context<'_>) {
        if let Some(at) = Self::answers_at(pod, ctx) {
            let handle = ctx.world.cluster().pods.handle(pod);
            ctx.at(at, ProbeEvent::Answers(handle));
        }
    }

    /// A running pod that has answered is Ready, if its node is and nobody wants it to go.
    fn report(pod: PodId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let node_ready = row.node.is_some_and(|node| {
            let health = ctx.world.cluster().nodes[node].health;
            health.ready == Ready::True && health.is_heard()
        });
        if row.is_up()
            && row.deletion_requested_at.is_none()
            && node_ready
            && Self::answers_at(pod, ctx).is_some_and(|at| at <= ctx.now)
        {
            ctx.world.set_ready(pod, true);
        }
    }

    fn node_changed(node: NodeId, ctx: &mut Context<'_>) {
        let ready = ctx.world.cluster().nodes[node].health.ready == Ready::True;
        let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
        for pod in pods {
            if ready {
                Self::report(pod, ctx);
            } else {
                ctx.world.set_ready(pod, false);
            }
        }
    }
}

impl Component for Probes {
    type Event = ProbeEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: ProbeEvent, ctx: &mut Context<'_>) {
        let ProbeEvent::Answers(handle) = event;
        let Some(pod) = ctx.world.cluster().pods.resolve(handle) else { return };
        Self::report(pod, ctx);
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::PodStarted(pod) | Change::ContainerRestarted(pod, _) => Self::started(pod, ctx),
            Change::NodeReadyChanged(node) if ctx.world.cluster().nodes.is_live(node) => {
                Self::node_changed(node, ctx);
            }
            _ => {}
        }
    }
}

//! The taint eviction controller: pods leave nodes with NoExecute taints that they do not tolerate, or no longer.
//!
//! Models (kubernetes pkg/controller/tainteviction, part of the node lifecycle controller until 1.29): a pod
//! that does not tolerate every NoExecute taint of its node is deleted at once; one that tolerates all goes
//! when the shortest of the `tolerationSeconds` that it uses is over, counted from the taint or, if it came
//! later, from when the pod got there. A taint that is taken away calls that off.
//! Leaves out: NoExecute taints of node groups: a pod that does not tolerate them never gets there.

use crate::engine::{Component, Context};
use crate::event::TaintEvictionEvent;
use crate::ids::{NodeId, PodId};
use crate::model::{PodClass, TaintEffect};
use crate::time::SimTime;
use crate::world::{Change, NodeTaint, Pod};

/// The controller; all that it knows is in the world.
#[derive(Clone, Copy, Debug, Default)]
pub struct TaintEviction;

impl TaintEviction {
    /// Deletes what has to go by now, and comes back for the next.
    fn work_off(node: NodeId, ctx: &mut Context<'_>) {
        let taints = &ctx.world.cluster().nodes[node].taints;
        if !taints.iter().any(|there| there.taint.effect == TaintEffect::NoExecute) {
            return;
        }
        let mut next: Option<SimTime> = None;
        let mut gone = Vec::new();
        for pod in ctx.world.pods_on(node) {
            let row = &ctx.world.cluster().pods[pod];
            let class = &ctx.model.classes[row.class];
            match leaves_at(row, class, &ctx.world.cluster().nodes[node].taints) {
                _ if row.deletion_requested_at.is_some() => {}
                Some(at) if at <= ctx.now => gone.push(pod),
                Some(at) => next = Some(next.map_or(at, |next| next.min(at))),
                None => {}
            }
        }
        for pod in gone {
            ctx.world.request_pod_deletion(pod);
        }
        if let Some(at) = next {
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.at(at, TaintEvictionEvent::Due(handle));
        }
    }

    fn node_of(pod: PodId, ctx: &Context<'_>) -> Option<NodeId> {
        ctx.world.cluster().pods[pod].node.filter(|node| ctx.world.cluster().nodes.is_live(*node))
    }
}

/// When a pod has to leave a node with `taints`; `None`: it may stay.
fn leaves_at(pod: &Pod, class: &PodClass, taints: &[NodeTaint]) -> Option<SimTime> {
    let ends =
        taints.iter().filter(|there| there.taint.effect == TaintEffect::NoExecute).filter_map(|there| {
            let since = there.added_at.max(pod.bound_at);
            let mut tolerating =
                class.tolerations.iter().filter(|toleration| toleration.tolerates(&there.taint)).peekable();
            if tolerating.peek().is_none() {
                return Some(since);
            }
            tolerating.filter_map(|toleration| Some(since + toleration.span()?)).min()
        });
    ends.min()
}

impl Component for TaintEviction {
    type Event = TaintEvictionEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: TaintEvictionEvent, ctx: &mut Context<'_>) {
        let TaintEvictionEvent::Due(handle) = event;
        if let Some(node) = ctx.world.cluster().nodes.resolve(handle) {
            Self::work_off(node, ctx);
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::NodeTaintsChanged(node) if ctx.world.cluster().nodes.is_live(node) => {
                Self::work_off(node, ctx);
            }
            Change::PodBound(pod) => {
                let node = Self::node_of(pod, ctx);
                if let Some(node) = node.filter(|node| !ctx.world.cluster().nodes[*node].taints.is_empty()) {
                    Self::work_off(node, ctx);
                }
            }
            _ => {}
        }
    }
}

//! DaemonSets: a pod on each node that admits it.
//!
//! Models (kubernetes pkg/controller/daemon/daemon_controller.go): a pod for each node whose labels and own
//! taints the template admits, cordoned or not, Ready or not; one that goes is made again when its object is
//! gone; node loss does not evict it and a drain leaves it alone. Until 1.11 the controller gave the pods
//! their nodes itself and made none where there was no room; that is how all eras do it here. A new template
//! reaches one node after the other (`maxUnavailable: 1`).
//! Leaves out: preemption for daemons, `OnDelete`, surge. What all nodes of a group run need not be spelt out:
//! `daemonSets` of the group takes its requests as a lump.

use std::collections::BTreeMap;

use crate::engine::random::member;
use crate::engine::{Component, Context};
use crate::ids::{ControllerId, NodeId, PodId, WorkloadId};
use crate::model::Controller;
use crate::world::{Change, PodOwner};

/// The DaemonSet controller.
#[derive(Clone, Debug, Default)]
pub struct DaemonSets {
    /// The revisions of each set, oldest first.
    revisions: BTreeMap<WorkloadId, Vec<ControllerId>>,
}

impl DaemonSets {
    /// The revision of the present template.
    fn newest(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) -> Option<ControllerId> {
        let revisions = self.revisions.get_mut(&workload)?;
        Some(ctx.world.newest_revision(workload, 0, revisions))
    }

    /// Makes the pods that a node lacks and has room for.
    fn look_at(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        if !ctx.world.cluster().nodes.is_live(node) || ctx.world.cluster().nodes[node].leaving {
            return;
        }
        let workloads: Vec<WorkloadId> = self.revisions.keys().copied().collect();
        for workload in workloads {
            let Some(set) = self.newest(workload, ctx) else { continue };
            let class = &ctx.model.classes[ctx.world.controllers().objects[set].class];
            let there = ctx.world.pods_of(workload).any(|(_, row)| row.node == Some(node));
            let group = ctx.world.cluster().nodes[node].group;
            let room = class.requests.fits_in(&ctx.world.free(ctx.model, node));
            if !there && class.admits[group] && room {
                create(set, node, ctx);
            }
        }
    }

    /// A new template: the next node's turn comes when all pods are Ready.
    fn roll(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let Some(newest) = self.newest(workload, ctx) else { return };
        let old = |ctx: &Context<'_>, ready: bool| {
            ctx.world
                .pods_of(workload)
                .find(|(_, row)| {
                    row.controller != Some(newest) && row.is_active() && row.is_serving() == ready
                })
                .map(|(pod, _)| pod)
        };
        let all_ready = ctx.world.pods_of(workload).all(|(_, row)| row.is_serving());
        // One that is not Ready anyway costs nothing.
        let next = old(ctx, false).or_else(|| old(ctx, true).filter(|_| all_ready));
        if let Some(pod) = next {
            ctx.world.request_pod_deletion(pod);
        }
    }

    fn set_of(&self, pod: PodId, ctx: &Context<'_>) -> Option<WorkloadId> {
        match ctx.world.cluster().pods[pod].owner {
            PodOwner::Workload(workload) if self.revisions.contains_key(&workload) => Some(workload),
            _ => None,
        }
    }
}

fn create(set: ControllerId, node: NodeId, ctx: &mut Context<'_>) {
    let workload = ctx.world.controllers().objects[set].workload;
    let number = u64::from(ctx.world.controllers().wanted[workload].created);
    let subject = member(ctx.model.workloads[workload].subject, number);
    let pod = ctx.world.create_pod_of(ctx.model, set, None, subject, None);
    ctx.world.bind(ctx.model, pod, node);
}

impl Component for DaemonSets {
    type Event = core::convert::Infallible;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for (workload, row) in ctx.model.workloads.iter_enumerated() {
            if matches!(row.controller, Controller::DaemonSet) {
                self.revisions.insert(workload, Vec::new());
            }
        }
    }

    fn fire(&mut self, event: Self::Event, _: &mut Context<'_>) {
        match event {}
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if self.revisions.is_empty() {
            return;
        }
        match change {
            Change::NodeAdded(node) => self.look_at(node, ctx),
            Change::PodEnded(pod) | Change::PodRemoved(pod) => {
                // A place of its own, or room for one that had none.
                if let Some(node) = ctx.world.cluster().pods[pod].node {
                    self.look_at(node, ctx);
                }
            }
            Change::PodReady(pod) => {
                if let Some(workload) = self.set_of(pod, ctx) {
                    self.roll(workload, ctx);
                }
            }
            Change::TemplateChanged(workload) if self.revisions.contains_key(&workload) => {
                self.roll(workload, ctx);
            }
            _ => {}
        }
    }
}

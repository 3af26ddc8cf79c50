//! StatefulSets: pods with numbers of their own, one after the other.
//!
//! Models (kubernetes pkg/controller/statefulset/stateful_set_control.go, `updateStatefulSet`): with
//! `OrderedReady` pod n waits until pods 0 to n-1 are Ready, and pods go from the highest number down,
//! one at a time; with `Parallel` nobody waits. A number is taken until the object of its old pod is
//! gone, so a pod on a lost node is not replaced while the object stays. A new template reaches the pods
//! from the highest number down, each when the one before is Ready again.
//! Leaves out: partitions, `maxUnavailable`, deletion of claims.

use std::collections::BTreeMap;

use crate::engine::random::member;
use crate::engine::{Component, Context};
use crate::ids::{ControllerId, PodId, WorkloadId};
use crate::model::controllers::PodManagement;
use crate::model::{Controller, Model};
use crate::world::{Change, PodOwner};

/// The StatefulSet controller.
#[derive(Clone, Debug, Default)]
pub struct StatefulSets {
    /// The revisions of each set, oldest first.
    revisions: BTreeMap<WorkloadId, Vec<ControllerId>>,
}

/// What the controller sees of a pod.
#[derive(Clone, Copy)]
struct Seen {
    pod: PodId,
    ready: bool,
    terminating: bool,
    current: bool,
}

impl StatefulSets {
    fn sync(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let Some(management) = management(ctx.model, workload) else { return };
        let Some(newest) = self.newest(workload, ctx) else { return };
        let ordered = management == PodManagement::OrderedReady;
        let replicas = ctx.world.controllers().wanted[workload].replicas;
        let seen = |ctx: &Context<'_>| -> BTreeMap<u32, Seen> {
            let pods = ctx.world.pods_of(workload).filter(|(_, row)| row.controller.is_some());
            pods.map(|(pod, row)| {
                let current = row.controller == Some(newest);
                let terminating = row.deletion_requested_at.is_some();
                (row.ordinal, Seen { pod, ready: row.ready_since.is_some(), terminating, current })
            })
            .collect()
        };
        let pods = seen(ctx);
        for ordinal in 0..replicas {
            match pods.get(&ordinal) {
                None => {
                    create(newest, ordinal, ctx);
                    if ordered {
                        return;
                    }
                }
                Some(pod) if ordered && (pod.terminating || !pod.ready) => return,
                Some(_) => {}
            }
        }
        for (_, pod) in pods.range(replicas..).rev() {
            if !pod.terminating {
                ctx.world.request_pod_deletion(pod.pod);
            }
            if ordered {
                return;
            }
        }
        for (_, pod) in pods.range(..replicas).rev() {
            if !pod.current && !pod.terminating {
                ctx.world.request_pod_deletion(pod.pod);
                return;
            }
            if !pod.ready || pod.terminating {
                return;
            }
        }
    }

    /// The revision of the present template.
    fn newest(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) -> Option<ControllerId> {
        let replicas = ctx.world.controllers().wanted[workload].replicas;
        let revisions = self.revisions.get_mut(&workload)?;
        Some(ctx.world.newest_revision(workload, replicas, revisions))
    }
}

fn management(model: &Model, workload: WorkloadId) -> Option<PodManagement> {
    match &model.workloads[workload].controller {
        Controller::StatefulSet(set) => Some(set.management),
        _ => None,
    }
}

fn create(set: ControllerId, ordinal: u32, ctx: &mut Context<'_>) {
    let workload = ctx.world.controllers().objects[set].workload;
    let number = u64::from(ctx.world.controllers().wanted[workload].created);
    let subject = member(ctx.model.workloads[workload].subject, number);
    ctx.world.create_pod_of(ctx.model, set, Some(ordinal), subject, None);
}

impl Component for StatefulSets {
    type Event = core::convert::Infallible;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for workload in ctx.model.workloads.ids() {
            if management(ctx.model, workload).is_some() {
                self.revisions.insert(workload, Vec::new());
                self.sync(workload, ctx);
            }
        }
    }

    fn fire(&mut self, event: Self::Event, _: &mut Context<'_>) {
        match event {}
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        let workload = match change {
            Change::PodReady(pod)
            | Change::PodUnready(pod)
            | Change::PodDeletionRequested(pod)
            | Change::PodRemoved(pod) => match ctx.world.cluster().pods[pod].owner {
                PodOwner::Workload(workload) => workload,
                PodOwner::User(_) => return,
            },
            Change::WorkloadScaled(workload) | Change::TemplateChanged(workload) => workload,
            _ => return,
        };
        self.sync(workload, ctx);
    }
}

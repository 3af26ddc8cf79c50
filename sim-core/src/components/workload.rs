//! Workloads: pods that are there from the beginning and pods that arrive.
//!
//! Each stream keeps one pending arrival; the next is drawn when it fires. How long a pod will work, and what
//! it requests where its workload draws that, is fixed when it is created, before anything that happens in the run could matter.
//!
//! The pods of a real cluster that the run begins with are created here, too.
//!
//! A pod of such a workload is bare: deleted, it does not come back. Workloads with a controller are the
//! controllers' business.

use crate::engine::random::member;
use crate::engine::{ArrivalCursor, Component, Context, Purpose};
use crate::event::WorkloadEvent;
use crate::ids::{IdVec, WorkloadId};
use crate::model::{self, ArrivalProcess, Model};
use crate::world::{Change, NewPod, PodOwner};

/// Creates the pods of all workloads.
#[derive(Clone, Debug)]
pub struct Workloads {
    streams: IdVec<WorkloadId, Stream>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    created: u32,
    arrivals: ArrivalCursor,
}

impl Workloads {
    /// No pod created yet.
    pub fn new(model: &Model) -> Self {
        Self { streams: model.workloads.iter().map(|_| Stream::default()).collect() }
    }

    fn create(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let stream = &mut self.streams[workload];
        let ordinal = stream.created;
        stream.created += 1;
        let row = &ctx.model.workloads[workload];
        let subject = member(row.subject, u64::from(ordinal));
        let process = row.arrivals.as_ref().map_or(ArrivalProcess::Poisson, |arrivals| arrivals.process);
        let unit = |purpose| ctx.random.member_unit(process, purpose, row.subject, u64::from(ordinal));
        let lifetime = row.lifetime.as_ref().map(|law| law.duration(unit(Purpose::Lifetime)));
        let requests = row.drawn.as_ref().map(|drawn| {
            let class = ctx.model.classes[row.class].requests;
            drawn.of(class, || unit(Purpose::CpuRequest), || unit(Purpose::MemoryRequest))
        });
        let owner = PodOwner::Workload(workload);
        ctx.world
            .create_pod(ctx.model, NewPod { class: row.class, owner, ordinal, subject, lifetime, requests });
    }

    /// The pods of a real cluster are there: on their nodes, or waiting for one.
    fn create_existing(ctx: &mut Context<'_>) {
        let model = ctx.model;
        let names = model.existing.nodes.iter().map(|node| node.spec.name);
        let nodes: Vec<_> = names.map(|name| ctx.world.find_node(name)).collect();
        for existing in &model.existing.pods {
            let subject = member(model.workloads[existing.workload].subject, u64::from(existing.ordinal));
            let new = NewPod {
                class: existing.class,
                owner: PodOwner::Workload(existing.workload),
                ordinal: existing.ordinal,
                subject,
                lifetime: None,
                requests: None,
            };
            let pod = ctx.world.create_pod(model, new);
            if let Some(node) = existing.node.and_then(|node| nodes[node as usize]) {
                ctx.world.bind(model, pod, node);
            }
        }
    }

    fn schedule_next(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let row = &ctx.model.workloads[workload];
        let Some(arrivals) = &row.arrivals else { return };
        let stream = &mut self.streams[workload];
        if let Some(at) = stream.arrivals.next(arrivals, ctx.random, row.subject) {
            ctx.at(at, WorkloadEvent::Arrival(workload));
        }
    }
}

impl Component for Workloads {
    type Event = WorkloadEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        Self::create_existing(ctx);
        let bare = |row: &model::Workload| matches!(row.controller, model::Controller::None);
        for workload in ctx.model.workloads.ids().filter(|id| bare(&ctx.model.workloads[*id])) {
            for _ in 0..ctx.model.workloads[workload].replicas {
                self.create(workload, ctx);
            }
            self.schedule_next(workload, ctx);
        }
    }

    fn fire(&mut self, event: WorkloadEvent, ctx: &mut Context<'_>) {
        let WorkloadEvent::Arrival(workload) = event;
        self.create(workload, ctx);
        self.schedule_next(workload, ctx);
    }

    fn observe(&mut self, _: Change, _: &mut Context<'_>) {}
}

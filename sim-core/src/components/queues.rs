//! Queues of jobs: workers take them one after the other, each job is a request to some pod.
//!
//! Models: so many workers, of each pod that works the queue off or in all; a request goes to an endpoint of the workload
//! that serves it, whichever a draw says (kube-proxy); one whose pod does not answer is given up after the timeout, one
//! that finds no endpoint at once; what failed goes to the end of the queue again after a while. A job that harms
//! whoever serves it does so with every try: that is how one job takes a cluster node by node.
//! Leaves out: queues that are lost with the pod that holds them (`purge` in the timeline says so), priorities.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::random::member;
use crate::engine::{ArrivalCursor, Component, Context, Purpose};
use crate::event::QueueEvent;
use crate::ids::{IdVec, PodId, QueueId, RequestId};
use crate::model::Model;
use crate::world::{Change, JobEnd, PodPhase, Request};

/// All queues.
#[derive(Clone, Debug)]
pub struct Queues {
    rows: IdVec<QueueId, Row>,
}

/// A queue as it stands.
#[derive(Clone, Debug, Default)]
struct Row {
    arrivals: ArrivalCursor,
    /// Jobs ever put into it: the last number.
    added: u32,
    /// Jobs that wait for a worker, with the number of their next try.
    waiting: VecDeque<(u32, u32)>,
    /// Jobs that wait to be tried again.
    resting: BTreeSet<u32>,
    /// Tries whose request nobody answers, by job.
    hanging: BTreeMap<u32, u32>,
    /// Requests at work.
    at_work: BTreeSet<RequestId>,
    /// Jobs up to this number are forgotten when their try ends.
    purged: u32,
}

impl Queues {
    /// All empty.
    pub fn new(model: &Model) -> Self {
        Self { rows: model.queues.iter().map(|_| Row::default()).collect() }
    }

    fn add(&mut self, queue: QueueId, count: u32, ctx: &mut Context<'_>) {
        let row = &mut self.rows[queue];
        for _ in 0..count {
            row.added += 1;
            row.waiting.push_back((row.added, 1));
        }
        self.dispatch(queue, ctx);
    }

    fn purge(&mut self, queue: QueueId) {
        let row = &mut self.rows[queue];
        row.waiting.clear();
        row.resting.clear();
        row.purged = row.added;
    }

    fn schedule_next(&mut self, queue: QueueId, ctx: &mut Context<'_>) {
        let model = &ctx.model.queues[queue];
        let Some(arrivals) = &model.arrivals else { return };
        if let Some(at) = self.rows[queue].arrivals.next(arrivals, ctx.random, model.subject) {
            ctx.at(at, QueueEvent::Arrival(queue));
        }
    }

    /// Workers that can take a job.
    fn workers(&self, queue: QueueId, ctx: &Context<'_>) -> usize {
        let model = &ctx.model.queues[queue];
        let pods = model.worked_by.map_or(1, |workload| {
            ctx.world
                .pods_of(workload)
                .filter(|(pod, row)| row.is_serving() && ctx.world.pod_answers(*pod))
                .count()
        });
        let row = &self.rows[queue];
        (pods * model.workers as usize).saturating_sub(row.at_work.len() + row.hanging.len())
    }

    /// Gives waiting jobs to workers that have none.
    fn dispatch(&mut self, queue: QueueId, ctx: &mut Context<'_>) {
        if self.rows[queue].waiting.is_empty() {
            return;
        }
        for _ in 0..self.workers(queue, ctx) {
            let Some((number, attempt)) = self.rows[queue].waiting.pop_front() else { return };
            self.try_job(queue, number, attempt, ctx);
        }
    }

    fn try_job(&mut self, queue: QueueId, number: u32, attempt: u32, ctx: &mut Context<'_>) {
        let model = &ctx.model.queues[queue];
        let subject = member(model.subject, u64::from(number));
        let endpoints = ctx.world.pods_of(model.served_by).filter(|(_, row)| row.is_serving());
        let endpoints: Vec<PodId> = endpoints.map(|(pod, _)| pod).collect();
        if endpoints.is_empty() {
            return self.failed(queue, number, attempt, ctx);
        }
        let pod =
            endpoints[ctx.random.index(Purpose::Endpoint, subject, u64::from(attempt), endpoints.len())];
        if !ctx.world.pod_answers(pod) {
            self.rows[queue].hanging.insert(number, attempt);
            ctx.after(model.timeout, QueueEvent::Unanswered { queue, number });
            return;
        }
        let poison = model.poison.as_ref().filter(|poison| {
            poison.jobs.binary_search(&number).is_ok()
                || ctx.random.unit(Purpose::Poison, subject, 0) < poison.chance
        });
        let law = poison.map_or(Some(&model.duration), |poison| poison.duration.as_ref());
        let takes = law.map(|law| law.duration(ctx.random.unit(Purpose::JobDuration, subject, 0)));
        let pod = ctx.world.cluster().pods.handle(pod);
        let request =
            ctx.world.begin_request(Request { queue, number, attempt, poisonous: poison.is_some(), pod });
        self.rows[queue].at_work.insert(request);
        let handle = ctx.world.requests().at_work.handle(request);
        match takes {
            Some(takes) if takes <= model.timeout => ctx.after(takes, QueueEvent::Served(handle)),
            _ => ctx.after(model.timeout, QueueEvent::TimedOut(handle)),
        }
    }

    /// A try is over: the worker takes the next job.
    fn over(&mut self, request: RequestId, end: JobEnd, ctx: &mut Context<'_>) {
        let Request { queue, number, attempt, .. } = ctx.world.requests().at_work[request];
        self.rows[queue].at_work.remove(&request);
        ctx.world.end_request(request);
        match end {
            JobEnd::Done => ctx.world.end_try(queue, JobEnd::Done),
            JobEnd::Failed => self.failed(queue, number, attempt, ctx),
        }
        self.dispatch(queue, ctx);
    }

    fn failed(&mut self, queue: QueueId, number: u32, attempt: u32, ctx: &mut Context<'_>) {
        ctx.world.end_try(queue, JobEnd::Failed);
        let model = &ctx.model.queues[queue];
        if number <= self.rows[queue].purged || attempt >= model.max_attempts {
            return;
        }
        let subject = member(model.subject, u64::from(number));
        let unit = ctx.random.unit(Purpose::JobRetry, subject, u64::from(attempt));
        self.rows[queue].resting.insert(number);
        let attempt = u16::try_from(attempt + 1).unwrap_or(u16::MAX);
        ctx.after(model.retry_after.duration(unit), QueueEvent::RetryDue { queue, number, attempt });
    }

    /// Nobody answered within the timeout.
    fn unanswered(&mut self, queue: QueueId, number: u32, ctx: &mut Context<'_>) {
        if let Some(attempt) = self.rows[queue].hanging.remove(&number) {
            self.failed(queue, number, attempt, ctx);
            self.dispatch(queue, ctx);
        }
    }

    /// Requests break off with the container that serves them.
    fn pod_broke(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        for queue in ctx.model.queues.ids() {
            let broken = |request: &&RequestId| ctx.world.requests().at_work[**request].pod.id == pod;
            let broken: Vec<RequestId> = self.rows[queue].at_work.iter().filter(broken).copied().collect();
            for request in broken {
                self.over(request, JobEnd::Failed, ctx);
            }
        }
    }
}

impl Component for Queues {
    type Event = QueueEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for queue in ctx.model.queues.ids() {
            self.schedule_next(queue, ctx);
        }
    }

    fn fire(&mut self, event: QueueEvent, ctx: &mut Context<'_>) {
        match event {
            QueueEvent::Arrival(queue) => {
                self.add(queue, 1, ctx);
                self.schedule_next(queue, ctx);
            }
            QueueEvent::Served(handle) | QueueEvent::TimedOut(handle) => {
                let Some(request) = ctx.world.requests().at_work.resolve(handle) else { return };
                let answers = ctx.world.cluster().pods.resolve(ctx.world.requests().at_work[request].pod);
                let answers = answers.is_some_and(|pod| ctx.world.pod_answers(pod));
                match event {
                    QueueEvent::Served(_) if answers => self.over(request, JobEnd::Done, ctx),
                    _ => self.over(request, JobEnd::Failed, ctx),
                }
            }
            QueueEvent::Unanswered { queue, number } => self.unanswered(queue, number, ctx),
            QueueEvent::RetryDue { queue, number, attempt } => {
                if self.rows[queue].resting.remove(&number) {
                    self.rows[queue].waiting.push_back((number, u32::from(attempt)));
                    self.dispatch(queue, ctx);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if ctx.model.queues.is_empty() {
            return;
        }
        match change {
            Change::JobsAdded(queue, count) => self.add(queue, count, ctx),
            Change::QueuePurged(queue) => self.purge(queue),
            Change::ContainerKilled(pod, 0)
            | Change::PodRestarting(pod)
            | Change::PodEnded(pod)
            | Change::PodOrphaned(pod)
            | Change::PodRemoved(pod) => self.pod_broke(pod, ctx),
            // Somebody may be there again to work, or to serve.
            Change::PodReady(pod) if ctx.world.cluster().pods[pod].phase == PodPhase::Running => {
                for queue in ctx.model.queues.ids() {
                    self.dispatch(queue, ctx);
                }
            }
            Change::NodeFaultChanged(_) => {
                for queue in ctx.model.queues.ids() {
                    self.dispatch(queue, ctx);
                }
            }
            _ => {}
        }
    }
}

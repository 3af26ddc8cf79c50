//! Jobs and CronJobs: pods that do a piece of work and end.
//!
//! Models (kubernetes pkg/controller/job, pkg/controller/cronjob; batch/v1): as many pods at work as
//! `parallelism` allows and `completions` still need; a pod that fails (restartPolicy Never) counts
//! against `backoffLimit`, and the next one waits 10 s, 20 s, 40 s, ... up to 6 min; `activeDeadlineSeconds`;
//! a pod that somebody deletes is made again. A CronJob starts Jobs by its schedule, until 1.20 at the
//! controller's next look after it (every 10 s), and keeps to its `concurrencyPolicy`.
//! Leaves out: indexed completion, pod failure policies, `suspend`, `startingDeadlineSeconds`, what is
//! kept of finished Jobs.

use std::collections::BTreeMap;

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::JobEvent;
use crate::ids::{ControllerId, PodId, WorkloadId};
use crate::model::controllers::{Concurrency, CronJob, Job};
use crate::model::{Controller, Model};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, PodPhase};

/// `DefaultJobPodFailureBackOff` and `MaxJobPodFailureBackOff`.
const BACKOFF: SimDuration = SimDuration::from_secs(10);
const MAX_BACKOFF: SimDuration = SimDuration::from_secs(360);
/// How often the first CronJob controller looked (pkg/controller/cronjob/cronjob_controller.go).
const POLL: SimDuration = SimDuration::from_secs(10);

/// The controllers of Jobs and CronJobs.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    /// Jobs that are neither done nor given up.
    at_work: BTreeMap<ControllerId, Progress>,
    /// Jobs ever started, by workload.
    started: BTreeMap<WorkloadId, u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    succeeded: u32,
    failed: u32,
    /// No pod is created before, after a failure.
    not_before: SimTime,
}

fn job(model: &Model, workload: WorkloadId) -> Option<&Job> {
    match &model.workloads[workload].controller {
        Controller::Job(job) | Controller::CronJob(CronJob { job, .. }) => Some(job),
        _ => None,
    }
}

fn cron(model: &Model, workload: WorkloadId) -> Option<&CronJob> {
    match &model.workloads[workload].controller {
        Controller::CronJob(cron) => Some(cron),
        _ => None,
    }
}

/// How long the next pod waits after so many failures.
fn backoff(failures: u32) -> SimDuration {
    BACKOFF.times(1 << failures.saturating_sub(1).min(6)).min(MAX_BACKOFF)
}

impl Jobs {
    fn begin(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let Some(job) = job(ctx.model, workload) else { return };
        let number = self.started.entry(workload).or_default();
        *number += 1;
        let controller = ctx.world.create_controller(workload, *number, job.parallelism);
        self.at_work.insert(controller, Progress::default());
        if job.active_deadline < SimDuration::MAX {
            let handle = ctx.world.controllers().objects.handle(controller);
            ctx.after(job.active_deadline, JobEvent::DeadlineDue(handle));
        }
        self.sync(controller, ctx);
    }

    fn sync(&mut self, controller: ControllerId, ctx: &mut Context<'_>) {
        let Some(progress) = self.at_work.get(&controller).copied() else { return };
        let workload = ctx.world.controllers().objects[controller].workload;
        let Some(job) = job(ctx.model, workload) else { return };
        if progress.succeeded >= job.completions || progress.failed > job.backoff_limit {
            return self.finish(controller, ctx);
        }
        let active = ctx.world.controlled_by(controller).filter(|(_, row)| row.is_active()).count() as u32;
        let wanted = job.parallelism.min(job.completions - progress.succeeded);
        if ctx.now >= progress.not_before {
            for _ in active..wanted {
                create(controller, ctx);
            }
        }
    }

    /// Done or given up: what is left of its pods goes.
    fn finish(&mut self, controller: ControllerId, ctx: &mut Context<'_>) {
        self.at_work.remove(&controller);
        let pods: Vec<PodId> = ctx.world.controlled_by(controller).map(|(pod, _)| pod).collect();
        if pods.is_empty() {
            ctx.world.remove_controller(controller);
        }
        for pod in pods {
            if ctx.world.cluster().pods[pod].phase != PodPhase::Ended {
                ctx.world.request_pod_deletion(pod);
            }
        }
    }

    fn pod_ended(&mut self, pod: PodId, controller: ControllerId, ctx: &mut Context<'_>) {
        let workload = ctx.world.controllers().objects[controller].workload;
        let (Some(job), Some(progress)) = (job(ctx.model, workload), self.at_work.get_mut(&controller))
        else {
            return;
        };
        let subject = ctx.world.cluster().pods[pod].subject;
        let failed = ctx.world.cluster().pods[pod].failure.is_some();
        if failed || ctx.random.unit(Purpose::Failure, subject, 0) < job.failure {
            progress.failed += 1;
            progress.not_before = ctx.now + backoff(progress.failed);
            let handle = ctx.world.controllers().objects.handle(controller);
            ctx.at(progress.not_before, JobEvent::BackoffOver(handle));
        } else {
            progress.succeeded += 1;
        }
        self.sync(controller, ctx);
    }

    fn schedule(workload: WorkloadId, ctx: &mut Context<'_>) {
        let Some(cron) = cron(ctx.model, workload) else { return };
        if let Some(at) = cron.schedule.next(&ctx.model.clock, ctx.now) {
            ctx.at(at, JobEvent::ScheduleDue(workload));
        }
    }

    /// The CronJob's time has come.
    fn run(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let Some(cron) = cron(ctx.model, workload) else { return };
        let of_it = |job: &&ControllerId| ctx.world.controllers().objects[**job].workload == workload;
        let running: Vec<ControllerId> = self.at_work.keys().filter(of_it).copied().collect();
        match cron.concurrency {
            Concurrency::Forbid if !running.is_empty() => return,
            Concurrency::Replace => running.into_iter().for_each(|job| self.finish(job, ctx)),
            Concurrency::Allow | Concurrency::Forbid => {}
        }
        self.begin(workload, ctx);
    }
}

fn create(controller: ControllerId, ctx: &mut Context<'_>) {
    let workload = ctx.world.controllers().objects[controller].workload;
    let row = &ctx.model.workloads[workload];
    let number = u64::from(ctx.world.controllers().wanted[workload].created);
    let subject = member(row.subject, number);
    let unit = ctx.random.unit(Purpose::Lifetime, subject, 0);
    let lifetime = row.lifetime.as_ref().map(|law| law.duration(unit));
    ctx.world.create_pod_of(ctx.model, controller, None, subject, lifetime);
}

impl Component for Jobs {
    type Event = JobEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for workload in ctx.model.workloads.ids() {
            match &ctx.model.workloads[workload].controller {
                Controller::Job(_) => self.begin(workload, ctx),
                Controller::CronJob(_) => Self::schedule(workload, ctx),
                _ => {}
            }
        }
    }

    fn fire(&mut self, event: JobEvent, ctx: &mut Context<'_>) {
        match event {
            JobEvent::ScheduleDue(workload) => {
                Self::schedule(workload, ctx);
                let at = ctx.now.next_multiple(SimTime::ZERO, POLL);
                let looks = if ctx.model.era.polls_cron_jobs() { at } else { ctx.now };
                ctx.at(looks, JobEvent::RunDue(workload));
            }
            JobEvent::RunDue(workload) => self.run(workload, ctx),
            JobEvent::BackoffOver(handle) | JobEvent::DeadlineDue(handle) => {
                let Some(controller) = ctx.world.controllers().objects.resolve(handle) else { return };
                if !self.at_work.contains_key(&controller) {
                    return;
                }
                match event {
                    JobEvent::DeadlineDue(_) => self.finish(controller, ctx),
                    _ => self.sync(controller, ctx),
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        let (Change::PodEnded(pod) | Change::PodDeletionRequested(pod) | Change::PodRemoved(pod)) = change
        else {
            return;
        };
        let Some(controller) = ctx.world.cluster().pods[pod].controller else { return };
        if !ctx.world.controllers().objects.is_live(controller) {
            return;
        }
        let workload = ctx.world.controllers().objects[controller].workload;
        if job(ctx.model, workload).is_none() {
            return;
        }
        if let Change::PodEnded(pod) = change {
            self.pod_ended(pod, controller, ctx);
        } else if self.at_work.contains_key(&controller) {
            self.sync(controller, ctx);
        } else if ctx.world.controlled_by(controller).next().is_none() {
            ctx.world.remove_controller(controller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_double_the_wait_up_to_six_minutes() {
        let waits: Vec<u64> = (1..=8).map(|failures| backoff(failures).as_micros() / 1_000_000).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 360, 360]);
    }
}

//! Queues of jobs.

use super::super::diagnostic::suggestion;
use super::super::path::{Path, ends};
use super::super::scalar::Problem;
use super::super::schema::{self, Scenario};
use super::arrivals::arrivals;
use super::times::Times;
use super::{Findings, Names, usage};
use crate::ids::{Id, IdVec, QueueId, WorkloadId};
use crate::model::queue::{Poison, Queue};
use crate::model::{Distribution, subject};
use crate::time::SimDuration;

/// How long a worker waits for an answer when nobody says so. An assumption: what HTTP clients default to.
const TIMEOUT: SimDuration = SimDuration::from_secs(60);
/// How long until a job that failed is tried again when nobody says so.
const RETRY_AFTER: Distribution = Distribution::Constant(10.0);
/// The shortest time between two tries, so that nothing spins.
const SHORTEST_RETRY: SimDuration = SimDuration::from_millis(100);
/// Workers that a queue may have.
const MAX_WORKERS: u32 = 10_000;

/// The queues, in order of name.
pub(super) fn queues(
    scenario: &Scenario,
    names: &Names<'_>,
    times: &Times,
    findings: &mut Findings<'_>,
) -> IdVec<QueueId, Queue> {
    let mut table = IdVec::new();
    for (name, written) in &scenario.queues {
        let path = Path::of(&["queues", name]);
        let workers = written.workers.unwrap_or(1);
        if !(1..=MAX_WORKERS).contains(&workers) {
            let problem =
                Problem::new("S015", format!("{workers} workers are out of range"), "write 1 to 10000");
            findings.error(&path.key("workers"), problem);
        }
        let served_by = workload(&written.served_by, names, &path.key("servedBy"), findings);
        let worked_by = written.worked_by.as_ref();
        let worked_by = worked_by.and_then(|name| workload(name, names, &path.key("workedBy"), findings));
        if let Some(memory) = &written.memory {
            usage::check(memory, &path.key("memory"), findings);
        }
        let retry_after = written.retry_after.as_ref().map_or(RETRY_AFTER, |after| after.seconds.clone());
        if retry_after.duration(0.5) < SHORTEST_RETRY {
            let problem =
                Problem::new("S062", "jobs are tried again at once", "write for instance `retryAfter: 10s`");
            findings.error(&path.key("retryAfter"), problem);
        }
        table.push(Queue {
            name: name.clone(),
            subject: subject("queue", name),
            arrivals: written
                .arrivals
                .as_ref()
                .map(|stream| arrivals(stream, &path.key("arrivals"), times, findings)),
            served_by: served_by.unwrap_or_else(|| WorkloadId::from_index(0)),
            worked_by,
            workers,
            duration: written.duration.seconds.clone(),
            memory: written.memory.as_ref().map(usage::memory),
            timeout: written.timeout.map_or(TIMEOUT, |span| span.duration),
            max_attempts: written.max_attempts.unwrap_or(u32::MAX),
            retry_after,
            poison: written.poison.as_ref().map(poison),
        });
    }
    table
}

fn poison(written: &schema::Poison) -> Poison {
    let mut jobs = written.jobs.clone();
    jobs.sort_unstable();
    Poison {
        jobs,
        chance: written.chance.unwrap_or_default().ratio,
        memory: usage::memory(&written.memory),
        duration: written.duration.as_ref().map(|duration| duration.seconds.clone()),
    }
}

fn workload(name: &str, names: &Names<'_>, path: &Path, findings: &mut Findings<'_>) -> Option<WorkloadId> {
    let id = names.workloads.get(name).copied();
    if id.is_none() {
        let hint = suggestion(name, "workloads", names.workloads.keys().copied());
        findings.error(path, Problem::new("S083", format!("there is no workload `{}`", ends(name)), hint));
    }
    id
}

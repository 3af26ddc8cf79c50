//! Controllers, budgets, autoscaling and services: which fields go together, and their defaults.

use super::super::diagnostic::suggestion;
use super::super::path::{Path, ends};
use super::super::scalar::Problem;
use super::super::schema::{
    AccessMode, PersistentVolumeClaim, Scenario, StrategyType, Workload, WorkloadKind,
};
use super::times::Times;
use super::watch::Reader;
use super::{Findings, Names, ids};
use crate::ids::{ClaimId, IdVec, ServiceId};
use crate::model::controllers::{
    Autoscaling, Bound, Budget, Claim, Claims, CronJob, Demand, Deployment, Job, Service, StatefulSet,
    Strategy,
};
use crate::model::{Controller, Era, subject};
use crate::time::SimDuration;

/// Pods that a controller may keep.
const MAX_REPLICAS: u32 = 1_000_000;
/// `spec.backoffLimit` (batch/v1).
const BACKOFF_LIMIT: u32 = 6;
/// `spec.progressDeadlineSeconds` (apps/v1).
const PROGRESS_DEADLINE: SimDuration = SimDuration::from_secs(600);
/// `targetCPUUtilizationPercentage` where none is given (autoscaling/v1 defaults).
const TARGET_CPU_PERCENT: u64 = 80;

/// The controller of a workload, and how many pods it begins with.
pub(super) fn controller(
    written: &Workload,
    era: Era,
    path: &Path,
    findings: &mut Findings<'_>,
) -> (Controller, u32) {
    check_fields(written, path, findings);
    let replicas = written.replicas.unwrap_or(1).min(MAX_REPLICAS);
    match written.kind {
        None => (Controller::None, written.replicas.unwrap_or(0)),
        Some(WorkloadKind::Deployment) => {
            (Controller::Deployment(deployment(written, era, path, findings)), replicas)
        }
        Some(WorkloadKind::StatefulSet) => {
            let set = StatefulSet { management: written.pod_management_policy.unwrap_or_default() };
            (Controller::StatefulSet(set), replicas)
        }
        Some(WorkloadKind::DaemonSet) => (Controller::DaemonSet, 0),
        Some(WorkloadKind::Job) => (Controller::Job(job(written, path, findings)), 0),
        Some(WorkloadKind::CronJob) => {
            let job = job(written, path, findings);
            let Some(schedule) = written.schedule else {
                let problem = Problem::new(
                    "S056",
                    "the CronJob has no `schedule`",
                    "write for instance `schedule: \"0 * * * *\"` for every full hour",
                );
                findings.error(path, problem);
                return (Controller::None, 0);
            };
            let concurrency = written.concurrency_policy.unwrap_or_default();
            (Controller::CronJob(CronJob { job, schedule: schedule.schedule, concurrency }), 0)
        }
    }
}

/// Reports fields that the workload's kind does not have, or lacks.
fn check_fields(written: &Workload, path: &Path, findings: &mut Findings<'_>) {
    use WorkloadKind::{CronJob, DaemonSet, Deployment, Job, StatefulSet};
    const SERVING: &[WorkloadKind] = &[Deployment, StatefulSet];
    const JOBS: &[WorkloadKind] = &[Job, CronJob];
    let fields: [(&str, bool, &[WorkloadKind]); 14] = [
        ("replicas", written.replicas.is_some(), SERVING),
        ("strategy", written.strategy.is_some(), &[Deployment]),
        ("minReady", written.min_ready.is_some(), &[Deployment]),
        ("progressDeadline", written.progress_deadline.is_some(), &[Deployment]),
        ("podManagementPolicy", written.pod_management_policy.is_some(), &[StatefulSet]),
        ("volumeClaimTemplates", !written.volume_claim_templates.is_empty(), &[StatefulSet]),
        ("completions", written.completions.is_some(), JOBS),
        ("parallelism", written.parallelism.is_some(), JOBS),
        ("backoffLimit", written.backoff_limit.is_some(), JOBS),
        ("activeDeadline", written.active_deadline.is_some(), JOBS),
        ("failure", written.failure.is_some(), JOBS),
        ("schedule", written.schedule.is_some(), &[CronJob]),
        ("concurrencyPolicy", written.concurrency_policy.is_some(), &[CronJob]),
        ("horizontalPodAutoscaler", written.horizontal_pod_autoscaler.is_some(), SERVING),
    ];
    for (name, given, kinds) in fields {
        let bare = written.kind.is_none() && name == "replicas";
        if given && !bare && written.kind.is_none_or(|kind| !kinds.contains(&kind)) {
            let names: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
            let fact = match written.kind {
                Some(kind) => format!("a {kind:?} has no `{name}`"),
                None => format!("bare pods have no `{name}`"),
            };
            let hint = format!("remove it, or write `kind: {}`", names.join("` or `kind: "));
            findings.error(&path.key(name), Problem::new("S056", fact, hint));
        }
    }
    let keeps = matches!(written.kind, Some(Deployment | StatefulSet | DaemonSet));
    if keeps && written.lifetime.is_some() {
        let fact = format!("the pods of a {:?} do not end by themselves", written.kind.unwrap_or(Deployment));
        let hint = "remove `lifetime`, or write `kind: Job`";
        findings.error(&path.key("lifetime"), Problem::new("S056", fact, hint));
    }
    if written.kind.is_some() && written.arrivals.is_some() {
        let hint = "remove `arrivals`, or `kind` for bare pods that arrive";
        findings
            .error(&path.key("arrivals"), Problem::new("S056", "a controller's pods do not arrive", hint));
    }
    let jobs = matches!(written.kind, Some(Job | CronJob));
    if jobs && written.lifetime.is_none() {
        let hint = "write how long a pod works, such as `lifetime: 10m`";
        findings.error(path, Problem::new("S056", "the pods of the job never end", hint));
    }
}

fn deployment(written: &Workload, era: Era, path: &Path, findings: &mut Findings<'_>) -> Deployment {
    let strategy = written.strategy.unwrap_or_default();
    let default = if era.deploys_by_extensions() { Bound::Count(1) } else { Bound::Percent(25) };
    let bounds = [("maxSurge", strategy.max_surge), ("maxUnavailable", strategy.max_unavailable)];
    let kind = strategy.kind.unwrap_or(StrategyType::RollingUpdate);
    if kind == StrategyType::Recreate {
        for (name, _) in bounds.iter().filter(|(_, bound)| bound.is_some()) {
            let path = super::within(path, &["strategy", name]);
            let fact = format!("`Recreate` has no `{name}`");
            findings.error(&path, Problem::new("S056", fact, "remove it, or write `type: RollingUpdate`"));
        }
    }
    let deadline = if era.deploys_by_extensions() { SimDuration::MAX } else { PROGRESS_DEADLINE };
    Deployment {
        strategy: match kind {
            StrategyType::Recreate => Strategy::Recreate,
            StrategyType::RollingUpdate => Strategy::RollingUpdate {
                max_surge: strategy.max_surge.map_or(default, |bound| bound.bound),
                max_unavailable: strategy.max_unavailable.map_or(default, |bound| bound.bound),
            },
        },
        min_ready: written.min_ready.unwrap_or_default().duration,
        progress_deadline: written.progress_deadline.map_or(deadline, |span| span.duration),
    }
}

fn job(written: &Workload, path: &Path, findings: &mut Findings<'_>) -> Job {
    let (completions, parallelism) = (written.completions.unwrap_or(1), written.parallelism.unwrap_or(1));
    for (name, count) in [("completions", completions), ("parallelism", parallelism)] {
        if count > MAX_REPLICAS {
            let fact = format!("{count} pods; at most {MAX_REPLICAS} are simulated");
            findings.error(&path.key(name), Problem::new("S063", fact, "lower the number"));
        }
    }
    Job {
        completions: completions.min(MAX_REPLICAS),
        parallelism: parallelism.min(MAX_REPLICAS),
        backoff_limit: written.backoff_limit.unwrap_or(BACKOFF_LIMIT),
        failure: written.failure.unwrap_or_default().ratio,
        active_deadline: written.active_deadline.map_or(SimDuration::MAX, |span| span.duration),
    }
}

/// The budget of voluntary disruptions.
pub(super) fn budget(written: &Workload, path: &Path, findings: &mut Findings<'_>) -> Option<Budget> {
    let budget = written.pod_disruption_budget?;
    let path = path.key("podDisruptionBudget");
    match (budget.min_available, budget.max_unavailable) {
        (Some(least), None) => Some(Budget::MinAvailable(least.bound)),
        (None, Some(most)) => Some(Budget::MaxUnavailable(most.bound)),
        _ => {
            let hint = "write either, such as `{minAvailable: 1}`";
            let fact = "a budget has exactly one of `minAvailable` and `maxUnavailable`";
            findings.error(&path, Problem::new("S056", fact, hint));
            None
        }
    }
}

/// The HorizontalPodAutoscaler; `cpu` is what a pod requests.
pub(super) fn autoscaling(
    written: &Workload,
    cpu: u64,
    path: &Path,
    findings: &mut Findings<'_>,
) -> Option<Autoscaling> {
    let scaler = written.horizontal_pod_autoscaler?;
    let path = path.key("horizontalPodAutoscaler");
    let min = scaler.min_replicas.unwrap_or(1);
    if min == 0 || min > scaler.max_replicas || scaler.max_replicas > MAX_REPLICAS {
        let fact = format!("`minReplicas` is {min} and `maxReplicas` {}", scaler.max_replicas);
        let hint = format!("write 1 <= minReplicas <= maxReplicas <= {MAX_REPLICAS}");
        findings.error(&path, Problem::new("S056", fact, hint));
    }
    if cpu == 0 {
        let fact = "the pods request no CPU, of which the use could be a share";
        findings.error(&path, Problem::new("S056", fact, "add `pod.resources.requests.cpu`"));
    }
    let target =
        scaler.target_cpu_utilization.map_or(TARGET_CPU_PERCENT, |share| (share.ratio * 1e2 + 0.5) as u64);
    if target == 0 {
        let path = path.key("targetCPUUtilization");
        findings
            .error(&path, Problem::new("S056", "a use of 0 cannot be aimed at", "write for instance `80%`"));
    }
    Some(Autoscaling {
        min: min.max(1),
        max: scaler.max_replicas.clamp(1, MAX_REPLICAS),
        target_percent: target.max(1),
    })
}

/// What the workload's pods would use together.
pub(super) fn demand(written: &Workload, times: &Times, path: &Path, findings: &mut Findings<'_>) -> Demand {
    let mut points = Vec::new();
    for (index, point) in written.cpu_demand.iter().enumerate() {
        let path = super::within(path, &["cpuDemand"]).index(index).key("at");
        if let Some(at) = times.at(point.at, &path, findings) {
            if points.last().is_some_and(|(last, _)| *last >= at) {
                let problem =
                    Problem::new("S054", "the points are not in order of time", "sort them by `at`");
                findings.error(&path, problem);
            }
            points.push((at, point.cpu.millis));
        }
    }
    Demand { points }
}

/// The claims that lock something, in order of name: a ReadWriteMany volume has nothing to model.
pub(super) fn locking(scenario: &Scenario) -> impl Iterator<Item = (&String, &PersistentVolumeClaim)> {
    let claims = scenario.persistent_volume_claims.iter();
    claims.filter(|(_, claim)| claim.access_mode != Some(AccessMode::ReadWriteMany))
}

/// The claims of the model.
pub(super) fn claims(scenario: &Scenario) -> IdVec<ClaimId, Claim> {
    let claim = |(name, written): (&String, &PersistentVolumeClaim)| Claim {
        name: name.clone(),
        subject: subject("claim", name),
        zone: written.zone.clone(),
    };
    locking(scenario).map(claim).collect()
}

/// The claims that a workload's pods mount.
pub(super) fn claims_of(
    written: &Workload,
    scenario: &Scenario,
    names: &Names<'_>,
    path: &Path,
    findings: &mut Findings<'_>,
) -> Claims {
    let mut resolve = |key: &str, list: &[String]| {
        let mut found = Vec::new();
        for (index, name) in list.iter().enumerate() {
            if !scenario.persistent_volume_claims.contains_key(name) {
                let fact = format!("there is no claim `{}`", ends(name));
                let known = scenario.persistent_volume_claims.keys().map(String::as_str);
                let hint = suggestion(name, "claims", known);
                findings.error(&path.key(key).index(index), Problem::new("S058", fact, hint));
            }
            let id = names.claims.get(name.as_str());
            found.extend(id.filter(|id| !found.contains(*id)).copied().into_iter().collect::<Vec<_>>());
        }
        found
    };
    Claims {
        shared: resolve("volumes", &written.volumes),
        each: resolve("volumeClaimTemplates", &written.volume_claim_templates),
    }
}

/// The services, in order of name. One that depends on itself in the end is refused.
pub(super) fn services(
    scenario: &Scenario,
    names: &Names<'_>,
    reader: &Reader<'_>,
    findings: &mut Findings<'_>,
) -> IdVec<ServiceId, Service> {
    let known = ids::<ServiceId>(scenario.services.keys());
    let mut table = IdVec::new();
    for (name, written) in &scenario.services {
        let path = Path::of(&["services", name]);
        let workload = written.selects.as_deref().unwrap_or(name);
        let selects = names.workloads.get(workload).copied();
        if selects.is_none() {
            let fact = format!("there is no workload `{}` whose pods could answer", ends(workload));
            let hint = suggestion(workload, "workloads", names.workloads.keys().copied());
            let at = if written.selects.is_some() { path.key("selects") } else { path.clone() };
            findings.error(&at, Problem::new("S057", fact, hint));
        }
        let mut depends_on = Vec::new();
        for (index, other) in written.depends_on.iter().enumerate() {
            match known.get(other.as_str()) {
                Some(id) => depends_on.push(*id),
                None => {
                    let fact = format!("there is no service `{}`", ends(other));
                    let hint = suggestion(other, "services", known.keys().copied());
                    findings.error(&path.key("dependsOn").index(index), Problem::new("S057", fact, hint));
                }
            }
        }
        let needs = reader.needs(&written.needs, &path.key("needs"), findings);
        let slowdown = reader.slowdown(written.slowdown.as_ref(), &path.key("slowdown"), findings);
        if let Some(selects) = selects {
            table.push(Service { name: name.clone(), selects, depends_on, needs, slowdown });
        }
    }
    if table.len() < scenario.services.len() {
        // Something is wrong already; ids would not fit the names.
        return IdVec::new();
    }
    for (id, service) in table.iter_enumerated() {
        if reaches(&table, id, id) {
            let fact = format!("`{}` depends on itself in the end", service.name);
            let path = Path::of(&["services", &service.name, "dependsOn"]);
            findings.error(&path, Problem::new("S057", fact, "break the circle"));
        }
    }
    table
}

/// Whether `from` depends on `to`, directly or through others.
fn reaches(table: &IdVec<ServiceId, Service>, from: ServiceId, to: ServiceId) -> bool {
    let mut seen = vec![false; table.len()];
    let mut open: Vec<ServiceId> = table[from].depends_on.clone();
    while let Some(next) = open.pop() {
        if next == to {
            return true;
        }
        if !core::mem::replace(&mut seen[crate::ids::Id::index(next)], true) {
            open.extend(&table[next].depends_on);
        }
    }
    false
}

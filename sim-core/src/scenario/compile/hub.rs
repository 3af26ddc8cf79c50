//! The hub and its culler: defaults are those of zero-to-jupyterhub.

use std::collections::BTreeMap;

use super::super::diagnostic::suggestion;
use super::super::path::{Path, ends};
use super::super::quantity::Memory;
use super::super::scalar::Problem;
use super::super::schema::{Build, Cull, Hub, LivenessProbe, Process, Reflector, Scenario, Singleuser};
use super::cluster::check_period;
use super::pods::{Classes, Manner, Requests, check_limit};
use super::watch::Reader;
use super::{Findings, Names, within};
use crate::ids::{IdVec, ServiceId};
use crate::model::controllers::Service;
use crate::model::{self, Distribution, Era, RestartPolicy, Shutdown, UserProfile};
use crate::time::SimDuration;

/// zero-to-jupyterhub, jupyterhub/values.yaml: `hub.concurrentSpawnLimit`, unchanged since 2017.
const CONCURRENT_SPAWN_LIMIT: u32 = 64;
/// zero-to-jupyterhub, `singleuser.startTimeout`.
const START_TIMEOUT: SimDuration = SimDuration::from_secs(300);
/// JupyterHub, `Spawner.http_timeout`.
const HTTP_TIMEOUT: SimDuration = SimDuration::from_secs(30);
/// JupyterHub, `Spawner.poll_interval`.
const POLL_INTERVAL: SimDuration = SimDuration::from_secs(30);
/// KubeSpawner, `delete_grace_period`: user pods get a second to stop.
const GRACE: SimDuration = SimDuration::from_secs(1);
/// zero-to-jupyterhub, `singleuser.memory.guarantee: 1G`, JupyterHub's binary `G`.
const MEMORY_GUARANTEE: Memory = Memory { bytes: 1 << 30 };
/// Scheduling to running with the image on the node; the server's own start; the hub's restart.
const STARTUP: Distribution = Distribution::Constant(5.0);
const HTTP_START: Distribution = Distribution::Constant(2.0);
const RESTART: Distribution = Distribution::Constant(60.0);
/// zero-to-jupyterhub, `cull.timeout` and `cull.every`.
const CULL_TIMEOUT: SimDuration = SimDuration::from_secs(3600);
const CULL_EVERY: SimDuration = SimDuration::from_secs(600);
/// zero-to-jupyterhub, `cull.concurrency`.
const CULL_CONCURRENCY: u32 = 10;
/// zero-to-jupyterhub, `hub.consecutiveFailureLimit`.
const CONSECUTIVE_FAILURE_LIMIT: u32 = 5;
/// zero-to-jupyterhub, `hub.livenessProbe`: initial delay, period, timeout; failures in a row.
const PROBE: (SimDuration, SimDuration, SimDuration) =
    (SimDuration::from_secs(300), SimDuration::from_secs(10), SimDuration::from_secs(3));
const PROBE_FAILURES: u32 = 30;
/// KubeSpawner, `k8s_api_request_timeout` of a watch.
const WATCH_TIMEOUT: SimDuration = SimDuration::from_secs(60);
/// binderhub: tries of a launch, the pause before the second, the time one may take: 64 polls, now `launch_timeout`.
const LAUNCH_ATTEMPTS: u32 = 4;
const RETRY_DELAY: SimDuration = SimDuration::from_secs(4);
const POLLING_TIMEOUT: SimDuration = SimDuration::from_secs(594);
const LAUNCH_TIMEOUT: SimDuration = SimDuration::from_secs(600);
/// binderhub: `concurrent_build_limit`, `build_max_age`.
const CONCURRENT_BUILD_LIMIT: u32 = 32;
const BUILD_MAX_AGE: SimDuration = SimDuration::from_secs(4 * 3600);

/// The hub, if the scenario has one.
pub(super) fn hub(
    scenario: &Scenario,
    services: &IdVec<ServiceId, Service>,
    reader: &Reader<'_>,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> Option<model::Hub> {
    let written = scenario.hub.as_ref()?;
    let path = Path::of(&["hub"]);
    let profile = profile(scenario, "hub", &written.singleuser, &path.key("singleuser"), classes, findings);
    let era = scenario.era;
    let poll_interval = written.poll_interval.map_or(POLL_INTERVAL, |span| span.duration);
    let failures = if era.hub_distrusts_reflector() { CONSECUTIVE_FAILURE_LIMIT } else { 0 };
    Some(model::Hub {
        profile,
        concurrent_spawn_limit: unlimited_if_zero(
            written.concurrent_spawn_limit.unwrap_or(CONCURRENT_SPAWN_LIMIT),
        ),
        active_server_limit: unlimited_if_zero(written.active_server_limit.unwrap_or(0)),
        consecutive_failure_limit: unlimited_if_zero(written.consecutive_failure_limit.unwrap_or(failures)),
        start_timeout: written.start_timeout.map_or(START_TIMEOUT, |span| span.duration),
        http_timeout: written.http_timeout.map_or(HTTP_TIMEOUT, |span| span.duration),
        poll_interval: check_period(poll_interval, &path.key("pollInterval"), findings),
        last_activity_interval: written.last_activity_interval.unwrap_or_default().duration,
        restart: written.restart.as_ref().map_or(RESTART, |restart| restart.seconds.clone()),
        service: service(written, services, &path, findings),
        cleanup_servers: written.cleanup_servers,
        keeps_database: written.keeps_database.unwrap_or(true),
        deletes_unlisted_pods: written.deletes_unlisted_pods.unwrap_or(era.hub_distrusts_reflector()),
        needs: reader.needs(&written.needs, &path.key("needs"), findings),
        slowdown: reader.slowdown(written.slowdown.as_ref(), &path.key("slowdown"), findings),
        liveness: written.liveness_probe.as_ref().map(|probe| liveness(probe, &path, findings)),
        reflector: reflector(&written.reflector, era),
        cull: written.cull.as_ref().map(|cull| culler(cull, era, &path.key("cull"), findings)),
    })
}

/// A shape of user pods.
fn profile(
    scenario: &Scenario,
    name: &str,
    user: &Singleuser,
    path: &Path,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> UserProfile {
    let asked = requests(user, path, findings);
    let startup = user.startup.as_ref().map_or(STARTUP, |startup| startup.seconds.clone());
    // KubeSpawner's default; a notebook's memory is its kernel's, a child of the server.
    let (restart_policy, process) = (RestartPolicy::OnFailure, Process::Child);
    let manner = Manner { default_grace: GRACE, startup, restart_policy, process };
    UserProfile {
        class: classes.push(name, path, &user.pod, &asked, manner, findings),
        http_start: user.http_start.as_ref().map_or(HTTP_START, |start| start.seconds.clone()),
        needs_dns: user.needs_dns.unwrap_or(scenario.era.finds_hub_by_name()),
        shutdown: user.shutdown.as_ref().map(|shutdown| Shutdown {
            after: shutdown.after.duration,
            share: shutdown.share.map_or(1.0, |share| share.ratio),
        }),
    }
}

/// The shapes of `hub.profileList`, by name.
pub(super) fn profiles<'s>(
    scenario: &'s Scenario,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> BTreeMap<&'s str, UserProfile> {
    let written = scenario.hub.iter().flat_map(|hub| &hub.profile_list);
    let compile = |(name, user): (&'s String, &Singleuser)| {
        let path = Path::of(&["hub", "profileList", name]);
        (name.as_str(), profile(scenario, name, user, &path, classes, findings))
    };
    written.map(compile).collect()
}

fn liveness(written: &LivenessProbe, path: &Path, findings: &mut Findings<'_>) -> model::Liveness {
    let (initial_delay, period, timeout) = PROBE;
    let period = written.period.map_or(period, |span| span.duration);
    model::Liveness {
        initial_delay: written.initial_delay.map_or(initial_delay, |span| span.duration),
        period: check_period(period, &within(path, &["livenessProbe", "period"]), findings),
        timeout: written.timeout.map_or(timeout, |span| span.duration),
        failure_threshold: written.failure_threshold.unwrap_or(PROBE_FAILURES).max(1),
    }
}

fn reflector(written: &Reflector, era: Era) -> model::Reflector {
    let default = if era.hub_distrusts_reflector() { WATCH_TIMEOUT } else { SimDuration::ZERO };
    let every = written.restart_every.map_or(default, |span| span.duration);
    model::Reflector {
        restart_every: if every.is_zero() { SimDuration::MAX } else { every },
        restarts_when_suspicious: written.restart_when_suspicious.unwrap_or(era.hub_distrusts_reflector()),
    }
}

/// BinderHub, if the scenario has one.
pub(super) fn binder(
    scenario: &Scenario,
    names: &Names<'_>,
    findings: &mut Findings<'_>,
) -> Option<model::Binder> {
    let written = scenario.binderhub.as_ref()?;
    let path = Path::of(&["binderhub"]);
    if scenario.hub.is_none() {
        let problem = Problem::new(
            "S070",
            "BinderHub has no hub to launch servers on",
            "add a `hub`; `hub: {}` has all defaults",
        );
        findings.error(&path, problem);
    }
    let era = scenario.era;
    let launch = &written.launch;
    let attempts = launch.attempts.unwrap_or(if era.hub_bounds_and_retries() { LAUNCH_ATTEMPTS } else { 1 });
    if attempts == 0 {
        let hint = "the first try counts: write 1 for no retry";
        let problem = Problem::new("S015", "0 attempts are out of range", hint);
        findings.error(&within(&path, &["launch", "attempts"]), problem);
    }
    let polls = launch.polls.unwrap_or(era.binder_polls());
    let timeout = if polls { POLLING_TIMEOUT } else { LAUNCH_TIMEOUT };
    Some(model::Binder {
        attempts,
        retry_delay: launch.retry_delay.map_or(RETRY_DELAY, |span| span.duration),
        launch_timeout: launch.timeout.map_or(timeout, |span| span.duration),
        polls,
        per_repo_quota: unlimited_if_zero(written.per_repo_quota.unwrap_or(0)),
        per_repo_quota_higher: unlimited_if_zero(written.per_repo_quota_higher.unwrap_or(0)),
        // Unlike the others, 0 is a quota: a member of a federation that is being drained has it (quota.py).
        pod_quota: written.pod_quota.unwrap_or(u32::MAX),
        build: written.build.as_ref().and_then(|row| build(row, era, names, &path.key("build"), findings)),
        federation_share: written.federation_share.map_or(1.0, |share| share.ratio),
    })
}

fn build(
    written: &Build,
    era: Era,
    names: &Names<'_>,
    path: &Path,
    findings: &mut Findings<'_>,
) -> Option<model::Build> {
    let workload = names.workloads.get(written.workload.as_str()).copied();
    if workload.is_none() {
        let fact = format!("there is no workload `{}`", ends(&written.workload));
        let hint = suggestion(&written.workload, "workloads", names.workloads.keys().copied());
        findings.error(&path.key("workload"), Problem::new("S083", fact, hint));
    }
    let default = if era.binder_polls() { SimDuration::ZERO } else { BUILD_MAX_AGE };
    let max_age = written.max_age.map_or(default, |span| span.duration);
    Some(model::Build {
        workload: workload?,
        concurrent_limit: written.concurrent_limit.unwrap_or(CONCURRENT_BUILD_LIMIT).max(1),
        max_age: if max_age.is_zero() { SimDuration::MAX } else { max_age },
    })
}

/// The service whose pods are the hub.
fn service(
    written: &Hub,
    services: &IdVec<ServiceId, Service>,
    path: &Path,
    findings: &mut Findings<'_>,
) -> Option<ServiceId> {
    let name = written.service.as_deref()?;
    if written.restart.is_some() {
        let fact = "a hub that has a `service` restarts as its pods do";
        let hint = "remove `restart`, or give the workload a `startup` and a `readyAfter`";
        findings.error(&path.key("restart"), Problem::new("S057", fact, hint));
    }
    let found = services.iter_enumerated().find(|(_, service)| service.name == name);
    if found.is_none() {
        let fact = format!("there is no service `{}`", ends(name));
        let hint = suggestion(name, "services", services.iter().map(|service| service.name.as_str()));
        findings.error(&path.key("service"), Problem::new("S057", fact, hint));
    }
    found.map(|(id, _)| id)
}

/// JupyterHub reads 0 as "no limit" for both of its limits (jupyterhub/app.py).
fn unlimited_if_zero(limit: u32) -> u32 {
    if limit == 0 { u32::MAX } else { limit }
}

/// What a user's pod requests: KubeSpawner turns a guarantee into the request and a limit into the
/// limit; Kubernetes takes a limit without a request for the request too.
fn requests(user: &Singleuser, path: &Path, findings: &mut Findings<'_>) -> Requests {
    let resources = within(path, &["pod", "resources"]);
    if findings.is_written(&resources) {
        let fact = "the user pod's resources are set by `singleuser.memory` and `singleuser.cpu`";
        findings.error(
            &resources,
            Problem::new("S072", fact, "move them there: `memory: {guarantee: 1G, limit: 4G}`"),
        );
    }
    let memory =
        user.memory.guarantee.map_or(MEMORY_GUARANTEE, |guarantee| Memory { bytes: guarantee.bytes });
    let memory_path = within(path, &["memory", "guarantee"]);
    let cpu_key = if user.cpu.guarantee.is_some() { "guarantee" } else { "limit" };
    let cpu_path = within(path, &["cpu", cpu_key]);
    if let Some(limit) = user.memory.limit {
        let limit = Memory { bytes: limit.bytes };
        let paths = [memory_path.clone(), within(path, &["memory", "limit"])];
        check_limit(memory > limit, "guarantee", [&memory, &limit], paths, findings);
    }
    if let (Some(guarantee), Some(limit)) = (user.cpu.guarantee, user.cpu.limit) {
        let paths = [cpu_path.clone(), within(path, &["cpu", "limit"])];
        check_limit(guarantee > limit, "guarantee", [&guarantee, &limit], paths, findings);
    }
    Requests {
        cpu: user.cpu.guarantee.or(user.cpu.limit),
        memory: Some(memory),
        cpu_path,
        memory_path,
        cpu_limit: user.cpu.limit,
        memory_limit: user.memory.limit.map(|limit| Memory { bytes: limit.bytes }),
        disk: None,
        disk_limit: None,
    }
}

fn culler(written: &Cull, era: Era, path: &Path, findings: &mut Findings<'_>) -> model::Cull {
    let concurrency = if era.hub_bounds_and_retries() { CULL_CONCURRENCY } else { 0 };
    let max_age = written.max_age.map(|span| span.duration).filter(|age| !age.is_zero());
    let every = written.every.map_or(CULL_EVERY, |span| span.duration);
    model::Cull {
        timeout: written.timeout.map_or(CULL_TIMEOUT, |span| span.duration),
        every: check_period(every, &path.key("every"), findings),
        max_age: max_age.unwrap_or(SimDuration::MAX),
        concurrency: unlimited_if_zero(written.concurrency.unwrap_or(concurrency)),
        users: written.users,
        open_tabs_count: written.open_tabs_count.unwrap_or(true),
    }
}

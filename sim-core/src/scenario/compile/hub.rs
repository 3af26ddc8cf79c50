//! The hub and its culler: defaults are those of zero-to-jupyterhub.

use super::super::diagnostic::suggestion;
use super::super::path::{Path, ends};
use super::super::quantity::Memory;
use super::super::scalar::Problem;
use super::super::schema::{Cull, Hub, Process, Scenario, Singleuser};
use super::cluster::check_period;
use super::pods::{Classes, Manner, Requests, check_limit};
use super::{Findings, within};
use crate::ids::{IdVec, ServiceId};
use crate::model::controllers::Service;
use crate::model::{self, Distribution, RestartPolicy};
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

/// The hub, if the scenario has one.
pub(super) fn hub(
    scenario: &Scenario,
    services: &IdVec<ServiceId, Service>,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> Option<model::Hub> {
    let written = scenario.hub.as_ref()?;
    let path = Path::of(&["hub"]);
    let user = &written.singleuser;
    let user_path = path.key("singleuser");
    let asked = requests(user, &user_path, findings);
    let startup = user.startup.as_ref().map_or(STARTUP, |startup| startup.seconds.clone());
    // KubeSpawner's default; a notebook's memory is its kernel's, a child of the server.
    let (restart_policy, process) = (RestartPolicy::OnFailure, Process::Child);
    let manner = Manner { default_grace: GRACE, startup, restart_policy, process };
    let class = classes.push("hub", &user_path, &user.pod, &asked, manner, findings);
    let poll_interval = written.poll_interval.map_or(POLL_INTERVAL, |span| span.duration);
    Some(model::Hub {
        class,
        http_start: user.http_start.as_ref().map_or(HTTP_START, |start| start.seconds.clone()),
        needs_dns: user.needs_dns.unwrap_or(scenario.era.finds_hub_by_name()),
        concurrent_spawn_limit: unlimited_if_zero(
            written.concurrent_spawn_limit.unwrap_or(CONCURRENT_SPAWN_LIMIT),
        ),
        active_server_limit: unlimited_if_zero(written.active_server_limit.unwrap_or(0)),
        start_timeout: written.start_timeout.map_or(START_TIMEOUT, |span| span.duration),
        http_timeout: written.http_timeout.map_or(HTTP_TIMEOUT, |span| span.duration),
        poll_interval: check_period(poll_interval, &path.key("pollInterval"), findings),
        restart: written.restart.as_ref().map_or(RESTART, |restart| restart.seconds.clone()),
        service: service(written, services, &path, findings),
        cull: written.cull.as_ref().map(|cull| culler(cull, &path.key("cull"), findings)),
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
    }
}

fn culler(written: &Cull, path: &Path, findings: &mut Findings<'_>) -> model::Cull {
    let max_age = written.max_age.map(|span| span.duration).filter(|age| !age.is_zero());
    let every = written.every.map_or(CULL_EVERY, |span| span.duration);
    model::Cull {
        timeout: written.timeout.map_or(CULL_TIMEOUT, |span| span.duration),
        every: check_period(every, &path.key("every"), findings),
        max_age: max_age.unwrap_or(SimDuration::MAX),
    }
}

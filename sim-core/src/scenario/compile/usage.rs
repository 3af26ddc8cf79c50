//! What containers use, and what memory nodes have.

use super::super::distribution::{self, MemoryDistribution};
use super::super::machine;
use super::super::path::Path;
use super::super::quantity::Memory;
use super::super::scalar::Problem;
use super::super::schema::{
    self, ContainerTemplate, DiskUse, MemoryUse, NodeGroup, PodTemplate, Scenario, Use,
};
use super::Findings;
use super::cluster::UNKNOWN;
use super::pods::Requests;
use crate::model::distribution::standard_normal_quantile;
use crate::model::memory::{Container, NodeMemory, Starvation};
use crate::model::usage::{Spikes, Usage};
use crate::model::{Distribution, Era};
use crate::resources::Resources;

/// The kubelet's default `evictionHard` for `memory.available`.
const EVICTION_HARD: u64 = 100 << 20;
const MIB: f64 = (1 << 20) as f64;

/// Users of mybinder.org on 2018-06-11: of 202 pods one used more than 1 GiB and four more than 300 MiB, most about
/// 100 MiB (domain reference, section 3).
fn measured() -> Distribution {
    let point = |share, mib: f64| (standard_normal_quantile(share), libm::log(mib * MIB));
    Distribution::Quantiles(vec![point(0.5, 110.0), point(0.98, 300.0), point(0.995, 1024.0)])
}

/// Whether somebody says what containers use, so that memory is simulated.
pub(super) fn is_watched(scenario: &Scenario) -> bool {
    !scenario.queues.is_empty()
        || scenario.timeline.values().any(|entry| entry.run_process.is_some())
        || is_said(scenario, |usage| usage.memory.is_some())
}

/// Whether somebody says what containers write to disks, so that kubelets look at them.
pub(super) fn is_disk_watched(scenario: &Scenario) -> bool {
    is_said(scenario, |usage| usage.disk.is_some())
}

fn is_said(scenario: &Scenario, what: fn(&Use) -> bool) -> bool {
    let uses = |usage: Option<&Use>| usage.is_some_and(what);
    let template = |pod: &PodTemplate| {
        uses(pod.usage.as_ref()) || pod.containers.values().any(|further| uses(further.usage.as_ref()))
    };
    let rollouts = scenario.timeline.values().filter_map(|entry| entry.rollout.as_ref());
    scenario.workloads.values().any(|workload| template(&workload.pod))
        || scenario.hub.as_ref().is_some_and(|hub| template(&hub.singleuser.pod))
        || rollouts.filter_map(|rollout| rollout.pod.as_ref()).any(template)
}

/// How a container uses memory.
pub(super) fn memory(written: &MemoryUse) -> Usage {
    let level = written.level.as_ref().map_or_else(measured, |level| level.bytes.clone());
    Usage {
        level,
        ramp: ramp(written.ramp.as_ref(), written.from.as_ref()),
        leak: written.leak_per_hour.as_ref().map(|leak| leak.bytes.clone()),
        spikes: written.spikes.as_ref().map(spikes),
    }
}

/// How a container uses its node's disk.
fn disk(written: &DiskUse) -> Usage {
    Usage {
        level: written.level.bytes.clone(),
        ramp: ramp(written.ramp.as_ref(), written.from.as_ref()),
        leak: written.leak_per_hour.as_ref().map(|leak| leak.bytes.clone()),
        spikes: written.spikes.as_ref().map(spikes),
    }
}

fn none() -> Distribution {
    Distribution::Constant(0.0)
}

fn ramp(
    within: Option<&distribution::Distribution>,
    from: Option<&MemoryDistribution>,
) -> Option<(Distribution, Distribution)> {
    within.map(|within| (from.map_or_else(none, |from| from.bytes.clone()), within.seconds.clone()))
}

fn spikes(written: &schema::Spikes) -> Spikes {
    Spikes {
        every: written.every.seconds.clone(),
        to: written.to.bytes.clone(),
        rise: written.rise.as_ref().map_or_else(none, |rise| rise.seconds.clone()),
        lasts: written.lasts.seconds.clone(),
    }
}

/// The container that the template's own resources speak of.
pub(super) fn first_container(
    name: &str,
    asked: &Requests,
    usage: Option<&Use>,
    process: schema::Process,
) -> Container {
    let container = Container {
        name: name.to_owned(),
        request: asked.memory.map(|memory| memory.bytes),
        limit: asked.memory_limit.map(|memory| memory.bytes),
        cpu_request: asked.cpu.map(|cpu| cpu.millis),
        cpu_limit: asked.cpu_limit.map(|cpu| cpu.millis),
        disk_request: asked.disk.map(|disk| disk.bytes),
        disk_limit: asked.disk_limit.map(|disk| disk.bytes),
        ..Container::default()
    };
    with_usage(container, usage, process)
}

/// A further container.
pub(super) fn container(name: &str, written: &ContainerTemplate) -> Container {
    let (requests, limits) = (&written.resources.requests, &written.resources.limits);
    let container = Container {
        name: name.to_owned(),
        request: requests.memory.or(limits.memory).map(|memory| memory.bytes),
        limit: limits.memory.map(|memory| memory.bytes),
        cpu_request: requests.cpu.or(limits.cpu).map(|cpu| cpu.millis),
        cpu_limit: limits.cpu.map(|cpu| cpu.millis),
        disk_request: requests.ephemeral_storage.or(limits.ephemeral_storage).map(|disk| disk.bytes),
        disk_limit: limits.ephemeral_storage.map(|disk| disk.bytes),
        ..Container::default()
    };
    with_usage(container, written.usage.as_ref(), schema::Process::Main)
}

fn with_usage(container: Container, usage: Option<&Use>, process: schema::Process) -> Container {
    let process = usage.and_then(|usage| usage.process).unwrap_or(process);
    Container {
        memory: usage.and_then(|usage| usage.memory.as_ref()).map(memory),
        disk: usage.and_then(|usage| usage.disk.as_ref()).map(disk),
        cpu: usage.and_then(|usage| usage.cpu.as_ref()).map(|cpu| cpu.millis.clone()),
        in_child: process == schema::Process::Child,
        ..container
    }
}

/// A ramp that needs something else to mean anything.
pub(super) fn check(written: &MemoryUse, path: &Path, findings: &mut Findings<'_>) {
    check_ramp(written.from.is_some() && written.ramp.is_none(), path, findings);
}

/// The same of all that a container, which stands at `path`, uses.
pub(super) fn check_container(usage: Option<&Use>, path: &Path, findings: &mut Findings<'_>) {
    let Some(usage) = usage else { return };
    if let Some(memory) = &usage.memory {
        check(memory, &super::within(path, &["use", "memory"]), findings);
    }
    if let Some(disk) = &usage.disk {
        let idle = disk.from.is_some() && disk.ramp.is_none();
        check_ramp(idle, &super::within(path, &["use", "disk"]), findings);
    }
}

fn check_ramp(idle: bool, path: &Path, findings: &mut Findings<'_>) {
    if idle {
        let problem =
            Problem::new("S086", "`from` without a `ramp` changes nothing", "add for instance `ramp: 2m`");
        findings.warning(&path.key("from"), problem);
    }
}

/// The memory of a group's nodes; `whole` is what is allocatable to all pods.
pub(super) fn node_memory(
    written: &NodeGroup,
    whole: &Resources,
    era: Era,
    path: &Path,
    findings: &mut Findings<'_>,
) -> NodeMemory {
    let memory = &written.memory;
    let bytes = |amount: Option<Memory>| amount.map(|amount| amount.bytes);
    let known = written.machine.as_deref().and_then(|name| machine::machine(name, era));
    let reserved = known.map_or(0, |machine| machine.reserved_memory);
    let kube = bytes(memory.kube_reserved).unwrap_or(reserved);
    let system_reserved = bytes(memory.system_reserved).unwrap_or(0);
    let eviction_hard = bytes(memory.eviction_hard).unwrap_or(EVICTION_HARD);
    let listed =
        known.map(|machine| machine.allocatable.memory_bytes + machine.reserved_memory + EVICTION_HARD);
    let kept = kube + system_reserved + eviction_hard;
    let capacity = bytes(memory.capacity).or(listed).unwrap_or(whole.memory_bytes.saturating_add(kept));
    if whole.memory_bytes > capacity && whole.memory_bytes < UNKNOWN.memory_bytes {
        let fact = format!(
            "the nodes have {}, but {} is allocatable to pods",
            Memory { bytes: capacity },
            Memory { bytes: whole.memory_bytes }
        );
        let problem = Problem::new("S044", fact, "what is allocatable is a part of `capacity`");
        findings.error(&super::within(path, &["memory", "capacity"]), problem);
    }
    NodeMemory {
        capacity,
        kubepods: capacity.saturating_sub(kube + system_reserved),
        eviction_hard,
        system: bytes(memory.system).unwrap_or(kube + system_reserved),
        starvation: memory.starvation.as_ref().map(|starvation| Starvation {
            below: bytes(starvation.below).unwrap_or(0),
            lasts: starvation.lasts.as_ref().map(|lasts| lasts.seconds.clone()),
            gasps: starvation
                .gasps
                .as_ref()
                .map(|gasps| (gasps.every.seconds.clone(), gasps.lasts.seconds.clone())),
        }),
    }
}

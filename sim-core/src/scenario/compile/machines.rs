//! Zones, the machines behind node groups, what breaks on them, and how failed nodes are judged.

use std::collections::BTreeSet;

use super::super::machine;
use super::super::path::Path;
use super::super::scalar::Problem;
use super::super::schema::{Disk, NodeGroup, RandomFault, Scenario};
use super::cluster::check_period;
use super::{Findings, name_problem};
use crate::ids::{Id, IdVec, ZoneId};
use crate::model::{
    self, Distribution, DnsState, Era, KubeletState, MachineState, NodeFault, PodNetwork, subject,
};
use crate::time::SimDuration;

/// From the autoscaler's request to Ready on GCE (cluster-autoscaler's FAQ: 3 to 4 minutes).
const BOOT: Distribution = Distribution::Constant(180.0);
/// Domain reference, section 15.4: a reset takes one to two minutes. An assumption there too.
const RESET: Distribution = Distribution::Uniform { low: 60.0, high: 120.0 };
/// Google gives 30 s before it takes a spot machine (cloud.google.com/compute/docs/instances/spot).
const SPOT_NOTICE: SimDuration = SimDuration::from_secs(30);
/// GKE repairs a node that has not been Ready for about ten minutes ("Auto-repairing nodes").
const AUTO_REPAIR: SimDuration = SimDuration::from_secs(600);
/// How much longer containers take to start on a disk of which nothing else is said. An assumption.
const SLOW_BY: f64 = 4.0;
/// The most that a slow disk slows.
const MAX_SLOW_BY: f64 = 1_000.0;
/// Cores of a machine that is not of the catalogue, for quotas: its allocatable, rounded up.
const MILLIS: u64 = 1_000;
/// The shortest mean time between two faults of a node.
const SHORTEST_FAULT_PERIOD: SimDuration = SimDuration::from_secs(60);

/// All zones, in order of name.
pub(super) fn zones(scenario: &Scenario, findings: &mut Findings<'_>) -> IdVec<ZoneId, String> {
    let mut names = BTreeSet::new();
    for (name, group) in &scenario.node_groups {
        if group.zones.is_empty() {
            names.insert(String::new());
        }
        for (index, zone) in group.zones.iter().enumerate() {
            let path = Path::of(&["nodeGroups", name, "zones"]).index(index);
            if let Some(problem) = name_problem(zone, false) {
                findings.error(&path, problem);
            } else if group.zones[..index].contains(zone) {
                let fact = format!("the zone `{zone}` stands here twice");
                findings.error(&path, Problem::new("S040", fact, "remove it: nodes are dealt out evenly"));
            }
            names.insert(zone.clone());
        }
    }
    names.into_iter().collect()
}

/// The machines of a group.
pub(super) fn machine(
    written: &NodeGroup,
    era: Era,
    zones: &IdVec<ZoneId, String>,
    path: &Path,
    findings: &mut Findings<'_>,
) -> model::Machine {
    let known = written.machine.as_deref().and_then(|name| machine::machine(name, era));
    let given = written.allocatable.as_ref().and_then(|list| list.cpu).map_or(0, |cpu| cpu.millis);
    let cores = known.map_or(given.div_ceil(MILLIS), |machine| u64::from(machine.cores));
    let listed = known.map_or(0, |machine| machine.micro_dollars_per_hour);
    let find = |name: &str| ZoneId::from_index(zones.iter().position(|zone| zone == name).unwrap_or(0));
    model::Machine {
        zones: match written.zones.as_slice() {
            [] => vec![find("")],
            named => named.iter().map(|zone| find(zone)).collect(),
        },
        cores: cores.try_into().unwrap_or(u32::MAX),
        micro_dollars_per_hour: price(written, path, findings).unwrap_or(listed),
        boot: written.boot.as_ref().map_or(BOOT, |boot| boot.seconds.clone()),
        reset: written.reset.as_ref().map_or(RESET, |reset| reset.seconds.clone()),
        auto_repair: written.auto_repair.then_some(AUTO_REPAIR),
        spot: written.spot.as_ref().map(|spot| model::Spot {
            life: spot.life.as_ref().map(|life| life.seconds.clone()),
            notice: spot.notice.map_or(SPOT_NOTICE, |span| span.duration),
        }),
        faults: faults(written, path, findings),
    }
}

fn price(written: &NodeGroup, path: &Path, findings: &mut Findings<'_>) -> Option<u64> {
    let dollars = written.price_per_hour?;
    if !(0.0..=1e6).contains(&dollars) {
        let problem = Problem::new(
            "S015",
            format!("{dollars} is out of range"),
            "write dollars for an hour, such as 0.19",
        );
        findings.error(&path.key("pricePerHour"), problem);
    }
    Some((dollars.clamp(0.0, 1e6) * 1e6 + 0.5) as u64)
}

fn faults(written: &NodeGroup, path: &Path, findings: &mut Findings<'_>) -> Vec<model::RandomFault> {
    let mut compiled = Vec::new();
    for (name, fault) in &written.faults {
        let path = super::within(path, &["faults", name]);
        let RandomFault { machine, kubelet, pod_network, disk, slow_by, dns, .. } = *fault;
        let aspects = Aspects { machine, kubelet, pod_network, disk, slow_by, dns };
        let faults = aspects.compile(&path, findings);
        if faults.is_empty() {
            let hint = "write for instance `kubelet: silent` or `disk: readOnly`";
            findings.error(&path, Problem::new("S085", "it is not said what breaks", hint));
        }
        if fault.every.duration < SHORTEST_FAULT_PERIOD {
            let fact = format!("a fault every {}; at least {SHORTEST_FAULT_PERIOD}", fault.every.duration);
            findings.error(&path.key("every"), Problem::new("S062", fact, "write for instance `30d`"));
        }
        compiled.push(model::RandomFault {
            name: name.clone(),
            subject: subject("fault", name),
            after: Distribution::Exponential { mean: fault.every.duration.as_secs_f64() },
            faults,
            lasts: fault.lasts.as_ref().map(|lasts| lasts.seconds.clone()),
        });
    }
    compiled
}

/// What is written about the aspects of a node, in a fault of the timeline or of a group.
pub(super) struct Aspects {
    pub machine: Option<MachineState>,
    pub kubelet: Option<KubeletState>,
    pub pod_network: Option<PodNetwork>,
    pub disk: Option<Disk>,
    pub slow_by: Option<f64>,
    pub dns: Option<DnsState>,
}

impl Aspects {
    /// The faults that they mean.
    pub(super) fn compile(&self, path: &Path, findings: &mut Findings<'_>) -> Vec<NodeFault> {
        let disk = self.disk.map(|disk| match disk {
            Disk::ReadOnly => model::DiskState::ReadOnly,
            Disk::Slow => model::DiskState::Slow(self.slow_hundredths(path, findings)),
            Disk::Well => model::DiskState::Well,
        });
        if self.slow_by.is_some() && self.disk != Some(Disk::Slow) {
            let problem = Problem::new("S086", "`slowBy` is for `disk: slow` only", "remove it");
            findings.warning(&path.key("slowBy"), problem);
        }
        let aspects = [
            self.machine.map(NodeFault::Machine),
            self.kubelet.map(NodeFault::Kubelet),
            self.pod_network.map(NodeFault::PodNetwork),
            disk.map(NodeFault::Disk),
            self.dns.map(NodeFault::Dns),
        ];
        aspects.into_iter().flatten().collect()
    }

    fn slow_hundredths(&self, path: &Path, findings: &mut Findings<'_>) -> u32 {
        let factor = self.slow_by.unwrap_or(SLOW_BY);
        if !(1.0..=MAX_SLOW_BY).contains(&factor) {
            let problem = Problem::new(
                "S015",
                format!("{factor} is out of range"),
                format!("write a number from 1 to {MAX_SLOW_BY}"),
            );
            findings.error(&path.key("slowBy"), problem);
        }
        (factor.clamp(1.0, MAX_SLOW_BY) * 100.0 + 0.5) as u32
    }
}

/// The flags of kube-controller-manager, with the era's defaults.
pub(super) fn node_lifecycle(scenario: &Scenario, findings: &mut Findings<'_>) -> model::NodeLifecycle {
    let written = &scenario.node_lifecycle;
    let path = Path::of(&["nodeLifecycle"]);
    let defaults = model::NodeLifecycle::of(scenario.era);
    let monitor_period = written.monitor_period.map_or(defaults.monitor_period, |span| span.duration);
    let threshold = written.unhealthy_zone_threshold;
    if threshold.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        let problem =
            Problem::new("S015", "the share is out of range", "write a number from 0 to 1, such as 0.55");
        findings.error(&path.key("unhealthyZoneThreshold"), problem);
    }
    let mut interval = |rate: Option<f64>, key: &str, otherwise: SimDuration| {
        let Some(rate) = rate else { return otherwise };
        if !(1e-6..=1_000.0).contains(&rate) {
            let problem = Problem::new(
                "S015",
                format!("{rate} is out of range"),
                "write nodes for each second, such as 0.1",
            );
            findings.error(&path.key(key), problem);
            return otherwise;
        }
        SimDuration::from_secs_f64(1.0 / rate)
    };
    model::NodeLifecycle {
        eviction_interval: interval(written.eviction_rate, "evictionRate", defaults.eviction_interval),
        secondary_eviction_interval: interval(
            written.secondary_eviction_rate,
            "secondaryEvictionRate",
            defaults.secondary_eviction_interval,
        ),
        monitor_period: check_period(monitor_period, &path.key("monitorPeriod"), findings),
        grace_period: written.monitor_grace_period.map_or(defaults.grace_period, |span| span.duration),
        eviction_timeout: written.eviction_timeout.map_or(defaults.eviction_timeout, |span| span.duration),
        unhealthy_zone_threshold_ppm: threshold.map_or(defaults.unhealthy_zone_threshold_ppm, |share| {
            (share.clamp(0.0, 1.0) * 1e6 + 0.5) as u64
        }),
        large_zone: written.large_zone.unwrap_or(defaults.large_zone),
    }
}

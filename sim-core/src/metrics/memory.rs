//! What running out of memory cost: deaths by whom they hit, the first cause, hours of users' work that were lost; and what
//! was on each node over time, from which its chance to run out follows.
//!
//! A user's work counts as lost from when the server was ready, or from the last loss, to the death of what held it in
//! memory: the container, its child, the pod, or the node.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{ClassId, Id, NodeId, PodId};
use crate::model::Model;
use crate::model::node_risk::Load;
use crate::time::{SimDuration, SimTime};
use crate::trace::Namer;
use crate::world::{Change, Death, DeathKind, PodPhase, World};

/// Columns of the heat over time.
const COLUMNS: u64 = 48;

/// What running out of memory came to in a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryOutcome {
    /// Whom it hit, on nodes of which group, how, and how often; in order.
    pub deaths: Vec<(String, String, String, u64)>,
    /// Containers killed, pods evicted, nodes starved, and nodes starved by what had starved another.
    pub counts: [u64; 4],
    /// What let the first death happen.
    pub first_cause: Option<String>,
    /// Hours that users worked, and hours of them that were lost.
    pub user_hours: (f64, f64),
    /// What was on nodes at some instants.
    pub occupancy: Occupancy,
}

/// What was on nodes at some instants, evenly over the report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// Seconds after the report's start.
    pub seconds: Vec<f64>,
    /// By name of the node; `None` while it did not exist.
    pub nodes: BTreeMap<String, Vec<Option<Load>>>,
}

/// Memory in use at an instant by pods, and by processes outside of them; not the system's own, which is no part of what
/// is allocatable.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InUse {
    /// On all nodes.
    pub bytes: u64,
    /// On the node where it is the largest part of what is allocatable: that part. Above 1 pods use what is the system's.
    pub fullest: f64,
}

impl InUse {
    /// What is in use at `at`, which no event lies before. Nothing where nobody says what containers use.
    pub fn at(at: SimTime, world: &World, model: &Model) -> Self {
        let mut all = Self::default();
        if !model.watches_memory {
            return all;
        }
        for (node, row) in world.cluster().nodes.iter() {
            let used = world.memory().on(node).amount(at);
            let allocatable = model.groups[row.group].allocatable.memory_bytes;
            all.bytes = all.bytes.saturating_add(used);
            if allocatable > 0 {
                all.fullest = all.fullest.max(used as f64 / allocatable as f64);
            }
        }
        all
    }
}

/// Keeps count during a run.
#[derive(Clone, Debug)]
pub(super) struct MemoryBooks {
    /// Since when users' pods hold work in memory.
    since: BTreeMap<PodId, SimTime>,
    worked: SimDuration,
    lost: SimDuration,
    next: SimTime,
    step: SimDuration,
    occupancy: Occupancy,
}

impl MemoryBooks {
    pub fn new(model: &Model) -> Self {
        let watches = model.watches_memory;
        let step = SimDuration::from_micros((model.clock.report_duration().as_micros() / COLUMNS).max(1));
        Self {
            since: BTreeMap::new(),
            worked: SimDuration::ZERO,
            lost: SimDuration::ZERO,
            next: if watches { model.clock.report_start() } else { SimTime::MAX },
            step,
            occupancy: Occupancy::default(),
        }
    }

    /// The instant of the next column.
    pub fn next(&self) -> SimTime {
        self.next
    }

    pub fn observe(&mut self, now: SimTime, change: Change, world: &World, model: &Model) {
        if !model.watches_memory {
            return;
        }
        match change {
            Change::ServerReady(server) => {
                let pod = world.cluster().pods.resolve(world.services().servers[server].pod);
                if let Some(pod) = pod {
                    self.since.insert(pod, now);
                }
            }
            Change::ServerStopping(server) | Change::ServerRemoved(server) => {
                let pod = world.services().servers[server].pod.id;
                if let Some(since) = self.since.remove(&pod) {
                    self.worked = self.worked + span(since, now, model);
                }
            }
            Change::ContainerKilled(pod, _) | Change::ChildKilled(pod, _) => self.lose(pod, now, model),
            Change::PodEnded(pod) if world.cluster().pods[pod].failure.is_some() => {
                self.lose(pod, now, model)
            }
            Change::NodeStarved(node) => {
                for pod in world.pods_on(node) {
                    self.lose(pod, now, model);
                }
            }
            _ => {}
        }
    }

    fn lose(&mut self, pod: PodId, now: SimTime, model: &Model) {
        if let Some(since) = self.since.get_mut(&pod) {
            let span = span(*since, now, model);
            *since = now;
            self.worked = self.worked + span;
            self.lost = self.lost + span;
        }
    }

    /// Notes what is on each node.
    pub fn take(&mut self, world: &World, model: &Model) {
        let column = self.occupancy.seconds.len();
        self.occupancy.seconds.push(self.next.since(model.clock.report_start()).as_secs_f64());
        for node in world.cluster().nodes.ids() {
            let name = Namer::new(model, world).node(node);
            let load = self.load(node, world, model);
            let row = self.occupancy.nodes.entry(name).or_default();
            row.resize(column, None);
            row.push(Some(load));
        }
        let end = model.clock.horizon;
        self.next = if self.next + self.step <= end { self.next + self.step } else { SimTime::MAX };
    }

    fn load(&self, node: NodeId, world: &World, model: &Model) -> Load {
        let memory = &model.groups[world.cluster().nodes[node].group].memory;
        let outside = memory.system.saturating_add(world.memory().on(node).processes.amount(self.next));
        let room = memory.capacity.saturating_sub(outside).min(memory.kubepods);
        let mut pods: BTreeMap<ClassId, u32> = BTreeMap::new();
        for pod in world.pods_on(node) {
            let row = &world.cluster().pods[pod];
            if row.phase == PodPhase::Running && model.classes[row.class].uses_memory() {
                *pods.entry(row.class).or_default() += 1;
            }
        }
        let pods = pods.into_iter().map(|(class, count)| (class.index() as u32, count));
        Load { room, pods: pods.collect() }
    }

    pub fn finish(mut self, end: SimTime, world: &World, model: &Model) -> Option<MemoryOutcome> {
        if !model.watches_memory {
            return None;
        }
        for since in core::mem::take(&mut self.since).into_values() {
            self.worked = self.worked + span(since, end, model);
        }
        let start = model.clock.report_start();
        let deaths: Vec<&Death> = world.memory().deaths.iter().filter(|death| death.at >= start).collect();
        let mut outcome = MemoryOutcome {
            user_hours: (self.worked.as_secs_f64() / 3_600.0, self.lost.as_secs_f64() / 3_600.0),
            first_cause: deaths.first().map(|death| cause(death, model)),
            occupancy: self.occupied(),
            ..MemoryOutcome::default()
        };
        let mut starved = Vec::new();
        let mut counts: BTreeMap<(String, String, String), u64> = BTreeMap::new();
        for death in deaths {
            let victim = match (death.victim, death.kind) {
                (Some((class, _)), _) => model.classes[class].name.clone(),
                (None, DeathKind::Starved) => "node".to_owned(),
                (None, _) => "outside of pods".to_owned(),
            };
            let key = (victim, model.groups[death.group].name.clone(), death.kind.words().to_owned());
            *counts.entry(key).or_default() += 1;
            match death.kind {
                DeathKind::Evicted => outcome.counts[1] += 1,
                DeathKind::Starved => {
                    outcome.counts[2] += 1;
                    outcome.counts[3] += u64::from(starved.contains(&death.cause));
                    starved.push(death.cause);
                }
                DeathKind::Limit | DeathKind::Kubepods | DeathKind::Host => {
                    outcome.counts[0] += u64::from(death.victim.is_some());
                }
            }
        }
        let flat = |((victim, group, how), times)| (victim, group, how, times);
        outcome.deaths = counts.into_iter().map(flat).collect();
        Some(outcome)
    }

    fn occupied(&mut self) -> Occupancy {
        let columns = self.occupancy.seconds.len();
        self.occupancy.nodes.values_mut().for_each(|row| row.resize(columns, None));
        core::mem::take(&mut self.occupancy)
    }
}

/// What of a span lies in the report.
fn span(since: SimTime, now: SimTime, model: &Model) -> SimDuration {
    now.since(since.max(model.clock.report_start()))
}

/// What let something die, in words.
fn cause(death: &Death, model: &Model) -> String {
    let whom = death.cause.of.map_or(String::new(), |(class, container)| {
        let class = &model.classes[class];
        match class.containers.len() {
            1 => class.name.clone(),
            _ => format!("{} ({})", class.name, class.containers[usize::from(container)].name),
        }
    });
    death.cause.setting.words(&whom, &model.groups[death.cause.group].name)
}

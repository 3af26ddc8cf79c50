//! Goal: a what-if changes what it should and nothing else. With another ceiling, cull timeout or score, or
//! with one more workload or group, the n-th pod still comes when it came, works as long, starts as fast;
//! the n-th user is the same person; the n-th node boots as fast.
//!
//! Method: random scenarios are run as they are and with one knob turned, under one seed. From the changes
//! alone it is written down what chance decided about each subject. Arrivals must be the same in both runs;
//! everything else must be the same for every subject that got so far in both.
//! To repeat a case: its number is in the message, the seed is here.

#[path = "swarm/dice.rs"]
mod dice;
#[path = "swarm/scenario.rs"]
mod scenario;

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::Simulation;
use plimsoll_core::ids::{GroupId, PodId};
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::{Change, PodOwner, World};

use dice::Dice;

const SEED: u64 = 20_180_118;
const CASES: u64 = 60;

/// The knobs: what is turned and the assignments that do it. Those that a scenario has no use for are left
/// out.
const KNOBS: [(&str, &[&str]); 7] = [
    ("a higher ceiling", &["nodeGroups.g0.max=40"]),
    ("the other score", &["scheduler.score=MostAllocated"]),
    ("a patient culler", &["hub.cull.timeout=6h"]),
    ("an eager culler", &["hub.cull={every: 30s, timeout: 1m}"]),
    ("no operator", &["timeline={}"]),
    (
        "another workload",
        &[
            "workloads.added={arrivals: {perHour: 60}, lifetime: {exponential: 20m}, pod: {priority: 50, tolerations: [{operator: Exists}], resources: {requests: {cpu: 50m}}}}",
        ],
    ),
    (
        "another group",
        &["nodeGroups.a-new-one={allocatable: {cpu: 64, memory: 256Gi, pods: 200}, min: 1, max: 9}"],
    ),
];

/// What chance decided in a run, by what it is about.
#[derive(Default)]
struct Chance {
    /// When things came. The same whatever happens to them.
    arrivals: BTreeMap<String, SimTime>,
    /// What was drawn for those that got so far, in microseconds.
    draws: BTreeMap<String, u64>,
    /// When each machine that has not joined was asked for.
    asked: BTreeMap<(GroupId, u32), SimTime>,
    started: BTreeMap<GroupId, u32>,
    bound: BTreeMap<PodId, SimTime>,
    pod_started: BTreeMap<PodId, SimTime>,
}

impl Chance {
    fn of(document: &Document) -> (Self, u64) {
        let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
        let mut simulation = Simulation::new(Arc::clone(&model), SEED, 0);
        let mut chance = Self::default();
        simulation.run_until(SimTime::MAX, &mut |at, change, world| chance.see(at, change, world, &model));
        (chance, simulation.digest())
    }

    fn see(&mut self, at: SimTime, change: Change, world: &World, model: &plimsoll_core::Model) {
        let cluster = world.cluster();
        match change {
            Change::PodCreated(pod) => {
                let row = &cluster.pods[pod];
                if let PodOwner::Workload(workload) = row.owner {
                    let name = format!("{}-{}", model.workloads[workload].name, row.ordinal);
                    let lifetime = row.lifetime.map_or(u64::MAX, |lifetime| lifetime.as_micros());
                    self.draws.insert(format!("work of {name}"), lifetime);
                    // A controller makes pods in answer to what happens: those do not arrive.
                    if row.controller.is_none() {
                        self.arrivals.insert(name, at);
                    }
                }
            }
            Change::LaunchStarted(launch) => {
                let row = &world.services().launches[launch];
                if row.attempt == 1 {
                    self.arrivals.insert(format!("{}-{}", model.audiences[row.audience].name, row.user), at);
                }
            }
            Change::PodBound(pod) => {
                self.bound.insert(pod, at);
            }
            Change::PodStarted(pod) => {
                self.pod_started.insert(pod, at);
                let took = at.since(self.bound[&pod]).as_micros();
                self.draws.insert(format!("start of {:x}", cluster.pods[pod].subject), took);
            }
            Change::ServerReady(server) => {
                let row = &world.services().servers[server];
                if let Some(pod) = cluster.pods.resolve(row.pod) {
                    let took = at.since(self.pod_started[&pod]).as_micros();
                    self.draws.insert(format!("answer of {:x}", row.subject), took);
                }
            }
            Change::LaunchSucceeded(launch) => {
                let row = &world.services().launches[launch];
                if let Some(server) = row.server.and_then(|handle| world.services().servers.resolve(handle)) {
                    let until = world.services().servers[server].active_until;
                    let active = if until == SimTime::MAX { u64::MAX } else { until.since(at).as_micros() };
                    let name = format!("session of {}-{}", model.audiences[row.audience].name, row.user);
                    self.draws.insert(name, active);
                }
            }
            Change::GroupTargetChanged(group) => {
                let joined = |ordinal| !self.asked.contains_key(&(group, ordinal));
                let started = self.started.get(&group).copied().unwrap_or(model.groups[group].initial);
                let booting = (1..=started).filter(|ordinal| !joined(*ordinal)).count() as u32;
                let more = cluster.groups[group].upcoming().saturating_sub(booting);
                self.asked.extend((started + 1..=started + more).map(|ordinal| ((group, ordinal), at)));
                self.started.insert(group, started + more);
            }
            Change::NodeAdded(node) => {
                let row = &cluster.nodes[node];
                if let Some(asked) = self.asked.remove(&(row.group, row.ordinal)) {
                    let name = format!("boot of {}-{}", model.groups[row.group].name, row.ordinal);
                    self.draws.insert(name, at.since(asked).as_micros());
                }
            }
            _ => {}
        }
    }
}

#[test]
fn one_knob_changes_nothing_else() {
    let (mut shared, mut bites) = (0, BTreeMap::<&str, u32>::new());
    for case in 0..CASES {
        let text = scenario::write(&mut Dice::new(SEED, case), true);
        let base = Document::parse("what-if.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
        let (before, digest) = Chance::of(&base);
        for (knob, assignments) in KNOBS {
            let mut turned = base.clone();
            let fits = assignments.iter().all(|assignment| turned.set(assignment).is_ok());
            if !fits || (knob.contains("culler") && !(text.contains("cull:"))) {
                continue;
            }
            let (after, other_digest) = Chance::of(&turned);
            *bites.entry(knob).or_default() += u32::from(digest != other_digest);
            for (name, at) in &before.arrivals {
                let found = after.arrivals.get(name);
                assert_eq!(found, Some(at), "{name} came at another time with {knob} (case {case})\n{text}");
            }
            // A start that waits for a disk depends on where the disk was.
            let has_disks = text.contains("persistentVolumeClaims");
            let draws = before.draws.iter().filter(|(name, _)| !(has_disks && name.starts_with("start of")));
            for (name, drawn) in draws {
                if let Some(found) = after.draws.get(name) {
                    shared += 1;
                    assert_eq!(found, drawn, "the {name} is another with {knob} (case {case})\n{text}");
                }
            }
        }
    }
    // Nothing above would fail if nothing were shared or no knob did anything.
    assert!(shared > 100_000, "{shared} draws in common");
    assert!(bites.len() == KNOBS.len() && bites.values().all(|count| *count >= 5), "{bites:?}");
}

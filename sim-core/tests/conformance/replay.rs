//! Replays one recording: the state is changed by every entry, the recorded choices are applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::kubernetes::{Object, Objects, Pod, SchedulerConfiguration};
use plimsoll_core::model::Era;
use plimsoll_core::placement::{
    NodeSpec, PendingPod, PlacedPod, PodKey, PodSpec, Preemption, Profile, Snapshot, Terminating, decide,
    make_room, preempt,
};

use crate::compare::{self, Tally};
use crate::recording::{Attempt, Entry, Input, Recording};

/// The cluster as the recorded scheduler saw it.
pub struct Replay {
    pub snapshot: Snapshot,
    pub era: Era,
    profiles: Vec<Profile>,
    pods: BTreeMap<String, Known>,
    pub names: Vec<String>,
}

/// A pod that has not been deleted.
struct Known {
    key: PodKey,
    spec: Arc<PodSpec>,
}

/// The family of the recording and how its decisions compare.
pub fn replay(file: &str, text: &str) -> Result<(String, Tally), String> {
    let recording: Recording = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if recording.format != "plimsoll-kube-scheduler-oracle/1" {
        return Err(format!("the format is `{}`, not plimsoll-kube-scheduler-oracle/1", recording.format));
    }
    let mut replay = Replay::new(&recording)?;
    let mut tally = Tally::default();
    let mut number = 0;
    for entry in &recording.log {
        match entry {
            Entry::Input(input) => replay.input(input)?,
            Entry::Attempt(attempt) => {
                number += 1;
                let place = format!("{file}, attempt {number}, pod {}", attempt.pod);
                replay.attempt(attempt, &place, &mut tally)?;
            }
            Entry::VictimDeleted { pod } => replay.forget(pod),
            Entry::VictimTerminating { pod } => {
                let key = replay.known(pod)?.key;
                replay.snapshot.terminate(key, Terminating::Preempted);
            }
            Entry::Bound { pod, start_time } => {
                let key = replay.known(pod)?.key;
                replay.snapshot.start(key, seconds(start_time)?);
            }
        }
    }
    Ok((recording.family, tally))
}

impl Replay {
    fn new(recording: &Recording) -> Result<Self, String> {
        let era = match recording.kubernetes_version.as_str() {
            version if version.starts_with("v1.36.") => Era::V1_36,
            version if version.starts_with("v1.34.") => Era::V1_34,
            version => return Err(format!("Kubernetes {version} is not modelled")),
        };
        let mut snapshot = Snapshot::default();
        let configuration: SchedulerConfiguration =
            serde_json::from_value(recording.scheduler_config.clone()).map_err(|error| error.to_string())?;
        let profiles = Profile::compile(&configuration, era, &mut snapshot.symbols)
            .map_err(|error| error.to_string())?;
        let replay = Self { snapshot, era, profiles, pods: BTreeMap::new(), names: Vec::new() };
        for (name, weights) in &recording.score_weights {
            let profile = replay
                .profiles
                .iter()
                .find(|profile| replay.snapshot.symbols.text(profile.scheduler_name) == name);
            let own: BTreeMap<String, i64> = profile
                .map(|profile| &profile.scores)
                .into_iter()
                .flatten()
                .map(|score| (score.plugin.name().to_owned(), score.weight))
                .collect();
            if own != *weights {
                return Err(format!("profile {name} has the weights {own:?}, recorded are {weights:?}"));
            }
        }
        replay.with_setup(&recording.setup)
    }

    fn with_setup(mut self, setup: &[serde_json::Value]) -> Result<Self, String> {
        for object in setup {
            self.apply(object)?;
        }
        Ok(self)
    }

    fn known(&self, pod: &str) -> Result<&Known, String> {
        self.pods.get(pod).ok_or_else(|| format!("the log speaks of {pod}, which does not exist"))
    }

    fn input(&mut self, input: &Input) -> Result<(), String> {
        match (&input.object, input.op.as_str()) {
            (Some(object), "create" | "update") => self.apply(object),
            (None, "delete" | "terminate") if input.kind == "Pod" => {
                self.forget(&input.name);
                Ok(())
            }
            (None, "delete") if input.kind == "Node" => {
                let node = self.snapshot.find_node(&input.name);
                node.map(|node| self.snapshot.remove_node(node));
                Ok(())
            }
            _ => Err(format!("an input `{}` of {} is not replayed", input.op, input.kind)),
        }
    }

    /// Takes in an object, new or changed.
    fn apply(&mut self, object: &serde_json::Value) -> Result<(), String> {
        let mut objects = Objects::default();
        objects.add(object.clone()).map_err(|error| error.to_string())?;
        for object in &objects.objects {
            match object {
                Object::Node(node) => {
                    let spec = NodeSpec::compile(node, &mut self.snapshot.symbols);
                    match self.snapshot.find_node(&node.metadata.name) {
                        Some(known) => self.snapshot.update_node(known, spec),
                        None => drop(self.snapshot.add_node(spec)),
                    }
                }
                Object::Pod(pod) => self.apply_pod(pod)?,
                other => self.snapshot.surroundings.apply(other, &mut self.snapshot.symbols),
            }
        }
        Ok(())
    }

    fn apply_pod(&mut self, pod: &Pod) -> Result<(), String> {
        let name = format!("{}/{}", pod.metadata.namespace(), pod.metadata.name);
        let classes = &self.snapshot.surroundings.priority_classes;
        let spec = Arc::new(PodSpec::compile(pod, classes, &mut self.snapshot.symbols));
        let key = match self.pods.get(&name) {
            Some(known) => known.key,
            None => {
                self.names.push(name.clone());
                PodKey(self.names.len() as u32 - 1)
            }
        };
        self.pods.insert(name, Known { key, spec: spec.clone() });
        let mut placed = None;
        if let Some(node) = self.snapshot.place_of(key) {
            placed = self.snapshot.remove(key).map(|pod| (PlacedPod { spec: spec.clone(), ..pod }, node));
        } else if let Some(node) = pod.spec.node_name.as_deref().filter(|node| !node.is_empty()) {
            let node = self.snapshot.find_node(node).ok_or_else(|| format!("there is no node {node}"))?;
            let started = pod.status.start_time.as_deref().map(seconds).transpose()?;
            placed = Some((PlacedPod { key, spec, drawn: None, started, terminating: None }, node));
        }
        if let Some((pod, node)) = placed {
            self.snapshot.assume(pod, node);
        }
        Ok(())
    }

    fn forget(&mut self, pod: &str) {
        if let Some(known) = self.pods.remove(pod) {
            self.snapshot.remove(known.key);
        }
    }

    fn attempt(&mut self, attempt: &Attempt, place: &str, tally: &mut Tally) -> Result<(), String> {
        self.snapshot.refresh();
        let known = self.known(&attempt.pod)?;
        let pod = PendingPod { key: known.key, spec: known.spec.clone(), drawn: None };
        if pod.spec.gated {
            return Err(format!("{} was tried though a gate keeps it", attempt.pod));
        }
        let profile = self
            .profiles
            .iter()
            .find(|profile| profile.scheduler_name == pod.spec.scheduler_name)
            .ok_or_else(|| format!("no profile places {}", attempt.pod))?;
        let decision = decide(&self.snapshot, profile, &pod);
        let preemption = match attempt.result.as_str() {
            "scheduled" => Preemption::NotEligible,
            _ => preempt(&self.snapshot, profile, &pod, &decision),
        };
        compare::compare(self, profile, attempt, &decision, &preemption, place, tally);
        self.apply_choice(attempt, pod, &preemption)
    }

    /// What the recorded scheduler chose becomes true.
    fn apply_choice(
        &mut self,
        attempt: &Attempt,
        pod: PendingPod,
        preemption: &Preemption,
    ) -> Result<(), String> {
        let find = |snapshot: &Snapshot, node: &str| {
            snapshot.find_node(node).ok_or_else(|| format!("there is no node {node}"))
        };
        match (&attempt.node, &attempt.preemption) {
            (Some(node), _) => {
                let node = find(&self.snapshot, node)?;
                let placed = PlacedPod::new(pod);
                self.snapshot.assume(placed, node);
            }
            (None, Some(taken)) => {
                let node = find(&self.snapshot, &taken.node)?;
                let victims = taken.victims.iter().map(|victim| Ok(self.known(victim)?.key));
                let victims = victims.collect::<Result<Vec<_>, String>>()?;
                make_room(&mut self.snapshot, pod, node, &victims);
            }
            (None, None) if *preemption == Preemption::NoCandidate => self.snapshot.withdraw(pod.key),
            (None, None) => {}
        }
        Ok(())
    }

    /// The name of a node.
    pub fn node_name(&self, node: plimsoll_core::placement::NodeIndex) -> &str {
        self.snapshot.symbols.text(self.snapshot.node(node).spec.name)
    }
}

fn seconds(time: &str) -> Result<i64, String> {
    let time: jiff::Timestamp = time.parse().map_err(|error| format!("{time}: {error}"))?;
    Ok(time.as_second())
}

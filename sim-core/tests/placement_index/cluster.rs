//! One cluster and its life.

use std::sync::Arc;

use plimsoll_core::kubernetes::{Object, Objects};
use plimsoll_core::placement::choice::{choose, choose_naively, feasible, is_indexed};
use plimsoll_core::placement::requests::CpuAndMemory;
use plimsoll_core::placement::{
    NodeIndex, NodeSpec, PendingPod, PlacedPod, PodKey, PodSpec, Preemption, Profile, Snapshot, Terminating,
    decide, make_room, preempt, why,
};
use serde_json::Value;

use crate::dice::Dice;
use crate::kinds::{self, Features};

/// What was asked, so that a generator gone astray shows.
#[derive(Debug, Default)]
pub struct Asked {
    questions: u64,
    nowhere: u64,
    preemptions: u64,
    nominated: u64,
    ties: u64,
    indexed: u64,
}

impl Asked {
    /// All kinds of answers must have come up.
    pub fn check(&self) {
        let Self { questions, nowhere, preemptions, nominated, ties, indexed } = self;
        let few = *questions < 5_000;
        assert!(few || questions > nowhere && *nowhere > 100 && *preemptions > 50, "{self:?}");
        assert!(few || *nominated > 50 && *ties > questions / 10, "{self:?}");
        assert!(few || *indexed > questions / 2, "{self:?}");
    }
}

struct Cluster {
    snapshot: Snapshot,
    profile: Arc<Profile>,
    kinds: Vec<Arc<PodSpec>>,
    /// Keys of pods on nodes.
    placed: Vec<PodKey>,
    /// Pods with a nomination that wait.
    nominated: Vec<PendingPod>,
    next_key: u32,
    next_node: u64,
}

/// Lets a random cluster live; panics where the two paths differ.
pub fn live(dice: &mut Dice, asked: &mut Asked) {
    let features = Features::new(dice);
    let mut cluster = Cluster::new(dice, &features);
    let steps = 20 + 4 * features.nodes.min(40);
    for _ in 0..steps {
        match dice.between(0, 99) {
            0..70 => cluster.place(dice, &features, asked),
            70..82 => cluster.end_pod(dice),
            82..85 => cluster.delete_pod(dice),
            85..90 => cluster.retry(dice, asked),
            90..94 => cluster.add_node(dice, &features),
            94..96 => cluster.remove_node(dice),
            96..98 => cluster.change_node(dice, &features),
            _ => {
                if features.services || features.namespaces {
                    cluster.apply(&kinds::surrounding(dice, &features));
                }
            }
        }
    }
}

impl Cluster {
    fn new(dice: &mut Dice, features: &Features) -> Self {
        let mut snapshot = Snapshot::default();
        let configuration = kinds::configuration(dice, features);
        let profiles =
            Profile::compile(&configuration, features.era, &mut snapshot.symbols).expect("a profile");
        let profile = Arc::new(profiles.into_iter().next().expect("one profile"));
        let mut cluster = Self {
            snapshot,
            profile,
            kinds: Vec::new(),
            placed: Vec::new(),
            nominated: Vec::new(),
            next_key: 0,
            next_node: 0,
        };
        if features.services {
            for _ in 0..3 {
                cluster.apply(&kinds::surrounding(dice, features));
            }
        }
        for _ in 0..features.nodes {
            cluster.add_node(dice, features);
        }
        for number in 0..dice.between(1, 6) as usize {
            let Object::Pod(pod) = object(&kinds::pod(dice, features, number)) else { panic!("a pod") };
            let classes = &cluster.snapshot.surroundings.priority_classes;
            let spec = PodSpec::compile(&pod, classes, &mut cluster.snapshot.symbols);
            cluster.kinds.push(Arc::new(spec));
        }
        // A large cluster begins with pods, or it would never be full.
        for _ in 0..features.nodes * dice.between(0, 12) {
            let pod = cluster.new_pod(dice, features);
            let slots = cluster.snapshot.slots() as u64;
            cluster.put(pod, NodeIndex(dice.between(0, slots - 1) as u32));
        }
        cluster
    }

    fn apply(&mut self, value: &Value) {
        self.snapshot.surroundings.apply(&object(value), &mut self.snapshot.symbols);
    }

    fn new_pod(&mut self, dice: &mut Dice, features: &Features) -> PendingPod {
        self.next_key += 1;
        let drawn = CpuAndMemory {
            cpu_millis: dice.between(0, 900) as i64,
            memory_bytes: dice.between(0, 2_000) as i64 * (1 << 20),
        };
        let drawn = (features.drawn && dice.chance(70)).then_some(drawn);
        PendingPod { key: PodKey(self.next_key), spec: dice.pick(&self.kinds).clone(), drawn }
    }

    fn put(&mut self, pod: PendingPod, node: NodeIndex) {
        self.placed.push(pod.key);
        self.snapshot.assume(PlacedPod::new(pod), node);
    }

    fn place(&mut self, dice: &mut Dice, features: &Features, asked: &mut Asked) {
        let pod = self.new_pod(dice, features);
        self.ask(dice, pod, asked);
    }

    /// A pod that preempted others is tried again.
    fn retry(&mut self, dice: &mut Dice, asked: &mut Asked) {
        if !self.nominated.is_empty() {
            let at = dice.between(0, self.nominated.len() as u64 - 1) as usize;
            let pod = self.nominated.swap_remove(at);
            self.ask(dice, pod, asked);
        }
    }

    /// Asks both paths where the pod goes, and puts it there.
    fn ask(&mut self, dice: &mut Dice, pod: PendingPod, asked: &mut Asked) {
        let draw = dice.next();
        let fast = choose(&mut self.snapshot, &self.profile, &pod, draw);
        let naive = choose_naively(&self.snapshot, &self.profile, &pod, draw);
        assert_eq!(fast, naive, "the node of {:?} by draw {draw}", pod.key);
        let decision = decide(&self.snapshot, &self.profile, &pod);
        let scored = feasible(&mut self.snapshot, &self.profile, &pod);
        assert_eq!(scored, decision.feasible, "nodes that take {:?}, and their scores", pod.key);
        asked.questions += 1;
        asked.indexed += u64::from(is_indexed(&mut self.snapshot, &self.profile, &pod));
        asked.ties += u64::from(decision.best().len() > 1);
        asked.nominated += u64::from(!self.nominated.is_empty());
        let Some(node) = fast else {
            asked.nowhere += 1;
            let said = why(&mut self.snapshot, &self.profile, &pod);
            assert_eq!(said, decision.why(), "why {:?} goes nowhere", pod.key);
            if let Preemption::Candidates(_) = self.preempt(dice, &pod, &decision) {
                asked.preemptions += 1;
                self.nominated.push(pod);
            }
            return;
        };
        if dice.chance(95) {
            self.put(pod, node);
        }
    }

    fn preempt(
        &mut self,
        dice: &mut Dice,
        pod: &PendingPod,
        decision: &plimsoll_core::placement::Decision,
    ) -> Preemption {
        let found = preempt(&self.snapshot, &self.profile, pod, decision);
        if let Some(candidate) = found.best().first() {
            let victims = make_room(&mut self.snapshot, pod.clone(), candidate.node, &candidate.victims);
            for victim in victims {
                if dice.chance(50) {
                    self.snapshot.terminate(victim, Terminating::Preempted);
                } else {
                    self.snapshot.remove(victim);
                    self.placed.retain(|key| *key != victim);
                }
            }
        }
        found
    }

    fn some_pod(&mut self, dice: &mut Dice) -> Option<usize> {
        (!self.placed.is_empty()).then(|| dice.between(0, self.placed.len() as u64 - 1) as usize)
    }

    fn end_pod(&mut self, dice: &mut Dice) {
        if let Some(at) = self.some_pod(dice) {
            let key = self.placed.swap_remove(at);
            self.snapshot.remove(key);
        }
    }

    fn delete_pod(&mut self, dice: &mut Dice) {
        if let Some(at) = self.some_pod(dice) {
            self.snapshot.terminate(self.placed[at], Terminating::Deleted);
        }
    }

    fn add_node(&mut self, dice: &mut Dice, features: &Features) {
        self.next_node += 1;
        let spec = self.node_spec(&kinds::node(dice, features, self.next_node));
        self.snapshot.add_node(spec);
    }

    fn node_spec(&mut self, value: &Value) -> NodeSpec {
        let Object::Node(node) = object(value) else { panic!("a node") };
        NodeSpec::compile(&node, &mut self.snapshot.symbols)
    }

    fn some_node(&self, dice: &mut Dice) -> Option<NodeIndex> {
        let nodes: Vec<NodeIndex> = self.snapshot.nodes().map(|(index, _)| index).collect();
        (!nodes.is_empty()).then(|| *dice.pick(&nodes))
    }

    fn remove_node(&mut self, dice: &mut Dice) {
        let Some(node) = self.some_node(dice) else { return };
        let gone = self.snapshot.remove_node(node);
        self.placed.retain(|key| !gone.pods.iter().any(|pod| pod.key == *key));
    }

    /// Cordons a node or lifts the cordon, or makes it another.
    fn change_node(&mut self, dice: &mut Dice, features: &Features) {
        let Some(node) = self.some_node(dice) else { return };
        let mut spec = self.snapshot.node(node).spec.clone();
        if dice.chance(50) {
            spec.unschedulable = !spec.unschedulable;
        } else {
            self.next_node += 1;
            let name = spec.name;
            spec = self.node_spec(&kinds::node(dice, features, self.next_node));
            spec.name = name;
        }
        self.snapshot.update_node(node, spec);
    }
}

fn object(value: &Value) -> Object {
    let mut objects = Objects::default();
    objects.add(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
    objects.objects.pop().unwrap_or_else(|| panic!("an object that is modelled: {value}"))
}

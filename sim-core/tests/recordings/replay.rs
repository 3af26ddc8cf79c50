//! A cluster and a cloud that change and answer as recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_core::autoscaling::environment::{Environment, Instance};
use plimsoll_core::autoscaling::manifest;
use plimsoll_core::autoscaling::objects::{Cluster, Node, NodeInfo, Phase, Pod};
use plimsoll_core::kubernetes;
use plimsoll_core::placement::node::{Taint, TaintEffect};
use plimsoll_core::placement::objects::{Budget, Surroundings};
use plimsoll_core::placement::{Selector, Symbol, Symbols};
use plimsoll_core::time::{SimDuration, SimTime};
use serde_json::Value;

use super::{list, number, text};

/// The recorded surroundings of the autoscaler.
#[derive(Clone)]
pub struct Replay {
    start: SimTime,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// The texts behind all symbols.
    pub symbols: Symbols,
    surroundings: Surroundings,
    /// Every pod that there ever is, in order: its place is its uid.
    names: Vec<String>,
    nodes: BTreeMap<String, Arc<Node>>,
    /// Pods with their node, by name.
    pods: BTreeMap<String, (Arc<Pod>, Option<String>)>,
    cluster: Cluster,
    limits: Vec<(i64, i64)>,
    targets: Vec<i64>,
    instances: Vec<Vec<Instance>>,
    cloud_knows_deletions: bool,
    /// What is still to change, in order.
    changes: std::collections::VecDeque<Value>,
    /// What the autoscaler did when this was recorded, since the loop before.
    recorded: Vec<Value>,
    /// What the library did since the loop before.
    pub did: Vec<String>,
    /// Now, in seconds since the start.
    pub now: i64,
}

impl Replay {
    /// The surroundings at the start of a recording.
    pub fn new(recording: &Value, symbols: Symbols) -> Self {
        let rows = list(recording, "nodeGroups");
        let groups: Vec<String> = rows.iter().map(|group| text(group, "id").to_owned()).collect();
        let mut replay = Self {
            start: manifest::instant(recording["start"].as_str()),
            limits: rows.iter().map(|group| (number(group, "min"), number(group, "max"))).collect(),
            targets: rows.iter().map(|group| number(group, "target")).collect(),
            instances: vec![Vec::new(); groups.len()],
            groups,
            symbols,
            surroundings: Surroundings::default(),
            names: names_of_pods(recording),
            nodes: BTreeMap::new(),
            pods: BTreeMap::new(),
            cluster: Cluster::default(),
            cloud_knows_deletions: text(recording, "deletionKnownBy") == "cloud",
            changes: std::collections::VecDeque::new(),
            recorded: Vec::new(),
            did: Vec::new(),
            now: 0,
        };
        for object in list(recording, "objects") {
            replay.put(object);
        }
        for node in replay.nodes.values() {
            let Some(group) = node.group else { continue };
            replay.instances[group].push(Instance { name: node.name.clone(), deleting: false, error: None });
        }
        replay.tell();
        replay
    }

    /// The name of a pod.
    pub fn name(&self, uid: u64) -> &str {
        self.names.get(uid as usize).map_or("?", String::as_str)
    }

    fn uid(&self, name: &str) -> u64 {
        self.names.binary_search_by(|other| other.as_str().cmp(name)).expect("a pod of the recording") as u64
    }

    /// Tells the autoscaler what is so now; what did not change is told as before.
    fn tell(&mut self) {
        let mut on_nodes: BTreeMap<&str, Vec<Arc<Pod>>> = BTreeMap::new();
        self.cluster.waiting.clear();
        for (pod, node) in self.pods.values() {
            match node {
                Some(node) => on_nodes.entry(node).or_default().push(pod.clone()),
                None => self.cluster.waiting.insert(pod.clone()),
            }
        }
        let before = core::mem::take(&mut self.cluster.nodes);
        for (name, node) in &self.nodes {
            let info =
                NodeInfo { node: node.clone(), pods: on_nodes.remove(name.as_str()).unwrap_or_default() };
            let same = before.get(name.as_str()).filter(|before| ***before == info).cloned();
            self.cluster.nodes.insert(name.as_str().into(), same.unwrap_or_else(|| Arc::new(info)));
        }
    }

    /// The time of `t`.
    pub fn at(&self, t: i64) -> SimTime {
        self.start + SimDuration::from_secs(u64::try_from(t).unwrap())
    }

    /// Seconds since the start.
    pub fn seconds(&self, time: SimTime) -> i64 {
        (time.as_micros() as i64 - self.start.as_micros() as i64) / 1_000_000
    }

    /// Queues the changes of the interval that begins, and what the real autoscaler does in it.
    pub fn begin(&mut self, changes: &[Value], recorded: &[Value]) {
        self.changes.extend(changes.iter().cloned());
        self.recorded = recorded.to_vec();
    }

    /// Lets everything change that changes up to `t`.
    pub fn change_until(&mut self, t: i64) {
        while self.changes.front().is_some_and(|change| number(change, "t") <= t) {
            let change = self.changes.pop_front().unwrap();
            self.apply(&change);
        }
        self.tell();
    }

    fn apply(&mut self, change: &Value) {
        let name = text(change, "name").to_owned();
        match text(change, "op") {
            "create" | "update" => self.put(&change["object"]),
            "delete" => match text(change, "kind") {
                "Node" => drop(self.nodes.remove(&name)),
                "Pod" => drop(self.pods.remove(&name)),
                "PodDisruptionBudget" => drop(self.cluster.budgets.remove(&name)),
                "ConfigMap" => self.cluster.group_priorities = None,
                kind => {
                    let (namespace, name) = name.split_once('/').unwrap();
                    let key = (kind.to_owned(), self.symbols.intern(namespace), name.to_owned());
                    self.cluster.controllers.remove(&key);
                }
            },
            "bind" => {
                let node = text(change, "node").to_owned();
                if let Some((pod, place)) = self.pods.get_mut(&name) {
                    let pod = Arc::make_mut(pod);
                    (pod.phase, pod.unschedulable) = (Phase::Running, false);
                    *place = Some(node);
                }
            }
            "unschedulable" => {
                if let Some((pod, _)) = self.pods.get_mut(&name) {
                    Arc::make_mut(pod).unschedulable = true;
                }
            }
            "instanceGone" => self.instance_gone(&name, text(change, "group")),
            op => panic!("change {op}"),
        }
    }

    fn instance_gone(&mut self, name: &str, group: &str) {
        let group = self.groups.iter().position(|id| id == group).unwrap();
        let Some(at) = self.instances[group].iter().position(|instance| *instance.name == *name) else {
            return;
        };
        let instance = self.instances[group].remove(at);
        self.targets[group] -= i64::from(!instance.deleting);
    }

    fn put(&mut self, object: &Value) {
        let metadata = &object["metadata"];
        let (namespace, name) = (text(metadata, "namespace"), text(metadata, "name"));
        let full_name = format!("{namespace}/{name}");
        let classes = self.surroundings.priority_classes.clone();
        match text(object, "kind") {
            "Node" => {
                let node = node(object, &self.groups, &mut self.symbols);
                self.nodes.insert(node.name.to_string(), Arc::new(node));
            }
            "Pod" => {
                let written: kubernetes::Pod = read(object);
                let uid = self.uid(&full_name);
                let pod = manifest::pod(uid, &written, &classes, &mut self.symbols);
                let place = written.spec.node_name.filter(|name| !name.is_empty());
                self.pods.insert(full_name, (Arc::new(pod), place));
            }
            "PodDisruptionBudget" => {
                let written: kubernetes::PodDisruptionBudget = read(object);
                let budget = Budget {
                    namespace: self.symbols.intern(namespace),
                    selector: Selector::compile(written.spec.selector.as_ref(), &mut self.symbols),
                    allowed: written.status.disruptions_allowed,
                };
                self.cluster.budgets.insert(full_name, budget);
            }
            "ConfigMap" => self.cluster.group_priorities = Some(priorities(object)),
            kind => {
                let replicas = object["spec"].get("replicas").and_then(Value::as_i64).unwrap_or(1);
                let key = (kind.to_owned(), self.symbols.intern(namespace), name.to_owned());
                self.cluster.controllers.insert(key, replicas);
                if kind == "DaemonSet" {
                    let set: kubernetes::Workload = read(object);
                    let uid = DAEMON_SETS + self.cluster.daemon_sets.len() as u64;
                    let pod = manifest::daemon_pod(uid, &set, &classes, &mut self.symbols);
                    self.cluster.daemon_sets.insert(full_name, Arc::new(pod));
                }
            }
        }
    }

    fn edit_node(&mut self, name: &str, edit: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(name) {
            edit(Arc::make_mut(node));
        }
        self.tell();
    }

    /// Notes what the library does and says how it was answered when the real one did the same.
    fn answer(&mut self, op: &str, subject: &str) -> Result<Option<Value>, String> {
        let line = format!("{} {op} {subject}", self.now);
        let same = |value: &&Value| did_line(value).as_ref() == Some(&line);
        let recorded = self.recorded.iter().find(same).cloned();
        self.did.push(line);
        match recorded.as_ref().and_then(|value| value.get("error")) {
            Some(error) => Err(error.as_str().unwrap_or("").to_owned()),
            None => Ok(recorded),
        }
    }
}

/// What was done, as a line: time, operation, subject. Taints are left out.
pub fn did_line(value: &Value) -> Option<String> {
    let t = number(value, "t");
    let op = text(value, "op");
    let subject = match op {
        "increaseSize" | "decreaseTargetSize" => {
            format!("{} {}", text(value, "group"), number(value, "delta"))
        }
        "deleteNode" => text(value, "node").to_owned(),
        "evict" => text(value, "pod").to_owned(),
        _ => return None,
    };
    Some(format!("{t} {op} {subject}"))
}

impl Environment for Replay {
    fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    fn limits(&self, group: usize) -> (i64, i64) {
        self.limits[group]
    }

    fn target(&self, group: usize) -> i64 {
        self.targets[group]
    }

    fn instances(&self, group: usize) -> Vec<Instance> {
        self.instances[group].clone()
    }

    fn has_instance(&self, node: &Node) -> Option<bool> {
        let listed = |group: usize| self.instances[group].iter().any(|instance| instance.name == node.name);
        self.cloud_knows_deletions.then(|| node.group.is_none_or(listed))
    }

    fn increase(&mut self, group: usize, delta: i64) -> Result<(), String> {
        let recorded = self.answer("increaseSize", &format!("{} {delta}", self.groups[group]))?;
        self.targets[group] += delta;
        let Some(recorded) = recorded else { return Ok(()) };
        let error = recorded.get("instanceError").and_then(Value::as_str).map(|error| match error {
            "outOfResources" => "stockout".to_owned(),
            _ => "other".to_owned(),
        });
        for name in list(&recorded, "instances") {
            let name = name.as_str().unwrap().to_owned();
            self.instances[group].push(Instance { name: name.into(), deleting: false, error: error.clone() });
        }
        Ok(())
    }

    fn decrease_target(&mut self, group: usize, delta: i64) -> Result<(), String> {
        self.answer("decreaseTargetSize", &format!("{} {delta}", self.groups[group]))?;
        self.targets[group] += delta;
        Ok(())
    }

    fn delete(&mut self, group: usize, node: &str) -> Result<(), String> {
        self.answer("deleteNode", node)?;
        self.targets[group] -= 1;
        for instance in self.instances[group].iter_mut().filter(|instance| *instance.name == *node) {
            instance.deleting = true;
        }
        Ok(())
    }

    fn mark_deletion(&mut self, node: &str, marked: bool, cordon: bool) {
        let now = self.at(self.now);
        self.edit_node(node, |node| {
            node.spec.unschedulable = if cordon { marked } else { node.spec.unschedulable };
            node.deletion_began_at = marked.then_some(now);
            set_taint(node, Symbol::TO_BE_DELETED, TaintEffect::NoSchedule, marked);
        });
    }

    fn mark_candidate(&mut self, node: &str, marked: bool) {
        self.edit_node(node, |node| {
            set_taint(node, Symbol::DELETION_CANDIDATE, TaintEffect::PreferNoSchedule, marked);
        });
    }

    fn evict(&mut self, pod: u64, _: &str) -> Result<(), String> {
        let pod = self.name(pod).to_owned();
        self.answer("evict", &pod)?;
        self.change_until(self.now);
        Ok(())
    }
}

fn set_taint(node: &mut Node, key: Symbol, effect: TaintEffect, present: bool) {
    node.spec.taints.retain(|taint| taint.key != key);
    if present {
        node.spec.taints.push(Taint { key, value: Symbol::EMPTY, effect });
    }
}

/// Uids of the models of DaemonSets' pods, above those of all pods.
const DAEMON_SETS: u64 = 1 << 40;

/// An object as written.
pub fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|fault| panic!("{fault}: {value}"))
}

/// A node; `groups` are the names of the groups.
pub fn node(value: &Value, groups: &[String], symbols: &mut Symbols) -> Node {
    let own = text(&value["metadata"]["annotations"], "plimsoll.io/node-group");
    let group = groups.iter().position(|id| id == own);
    manifest::node(&read(value), group, symbols)
}

/// `namespace/name` of every pod of the recording, in order.
fn names_of_pods(recording: &Value) -> Vec<String> {
    let alternatives = list(recording, "alternatives").iter().map(|alternative| &alternative["step"]);
    let steps = list(recording, "steps").iter().chain(alternatives);
    let changed = steps.flat_map(|step| list(step, "changes")).map(|change| &change["object"]);
    let objects = list(recording, "objects").iter().chain(changed);
    let names: BTreeSet<String> = objects
        .filter(|object| text(object, "kind") == "Pod")
        .map(|pod| format!("{}/{}", text(&pod["metadata"], "namespace"), text(&pod["metadata"], "name")))
        .collect();
    names.into_iter().collect()
}

/// Groups by priority, from the ConfigMap of the expander `priority`.
fn priorities(value: &Value) -> BTreeMap<i64, BTreeSet<String>> {
    let mut ranking: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    let mut priority = 0;
    for line in text(&value["data"], "priorities").lines() {
        if let Some(pattern) = line.trim().strip_prefix("- ") {
            ranking.entry(priority).or_default().insert(pattern.trim_matches(['"', '\'']).to_owned());
        } else if let Ok(number) = line.trim().trim_end_matches(':').parse() {
            priority = number;
        }
    }
    ranking
}

/// Counts of lines, for comparing sets with repeats.
pub fn counted(lines: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

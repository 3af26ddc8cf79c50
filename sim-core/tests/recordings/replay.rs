//! A cluster and a cloud that change and answer as recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::autoscaling::environment::{Environment, Instance};
use plimsoll_core::autoscaling::objects::{
    Cluster, DELETION_CANDIDATE, Node, Phase, Pod, TO_BE_DELETED, Taint, TaintEffect,
};
use plimsoll_core::time::{SimDuration, SimTime};
use serde_json::Value;

use super::{list, number, objects, text};

/// The recorded surroundings of the autoscaler.
pub struct Replay {
    start: SimTime,
    /// Names of the groups.
    pub groups: Vec<String>,
    cluster: Cluster,
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
    pub fn new(recording: &Value) -> Self {
        let rows = list(recording, "nodeGroups");
        let groups: Vec<String> = rows.iter().map(|group| text(group, "id").to_owned()).collect();
        let mut replay = Self {
            start: objects::instant(&recording["start"]),
            targets: rows.iter().map(|group| number(group, "target")).collect(),
            instances: vec![Vec::new(); groups.len()],
            groups,
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
        for node in replay.cluster.nodes.values() {
            let Some(group) = node.group else { continue };
            replay.instances[group].push(Instance { name: node.name.clone(), deleting: false, error: None });
        }
        replay
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
    }

    fn apply(&mut self, change: &Value) {
        let name = text(change, "name").to_owned();
        match text(change, "op") {
            "create" | "update" => self.put(&change["object"]),
            "delete" => match text(change, "kind") {
                "Node" => drop(self.cluster.nodes.remove(&name)),
                "Pod" => drop(self.cluster.pods.remove(&name)),
                "PodDisruptionBudget" => drop(self.cluster.budgets.remove(&name)),
                "ConfigMap" => self.cluster.group_priorities = None,
                kind => {
                    let (namespace, name) = name.split_once('/').unwrap();
                    let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
                    self.cluster.controllers.remove(&key);
                }
            },
            "bind" => {
                let node = text(change, "node").to_owned();
                self.edit_pod(&name, |pod| {
                    (pod.node, pod.phase, pod.unschedulable) = (Some(node), Phase::Running, false);
                });
            }
            "unschedulable" => self.edit_pod(&name, |pod| pod.unschedulable = true),
            "instanceGone" => self.instance_gone(&name, text(change, "group")),
            op => panic!("change {op}"),
        }
    }

    fn edit_pod(&mut self, name: &str, edit: impl FnOnce(&mut Pod)) {
        if let Some(pod) = self.cluster.pods.get_mut(name) {
            edit(Arc::make_mut(pod));
        }
    }

    fn instance_gone(&mut self, name: &str, group: &str) {
        let group = self.groups.iter().position(|id| id == group).unwrap();
        let Some(at) = self.instances[group].iter().position(|instance| instance.name == name) else {
            return;
        };
        let instance = self.instances[group].remove(at);
        self.targets[group] -= i64::from(!instance.deleting);
    }

    fn put(&mut self, object: &Value) {
        let metadata = &object["metadata"];
        let (namespace, name) = (text(metadata, "namespace"), text(metadata, "name"));
        let full_name = format!("{namespace}/{name}");
        match text(object, "kind") {
            "Node" => {
                let node = objects::node(object, &self.groups);
                self.cluster.nodes.insert(node.name.clone(), Arc::new(node));
            }
            "Pod" => {
                let pod = objects::pod(object);
                self.cluster.pods.insert(pod.full_name(), Arc::new(pod));
            }
            "PodDisruptionBudget" => {
                self.cluster.budgets.insert(full_name, objects::budget(object));
            }
            "ConfigMap" => self.cluster.group_priorities = Some(objects::priorities(object)),
            kind => {
                let replicas = object["spec"].get("replicas").and_then(Value::as_i64).unwrap_or(1);
                let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
                self.cluster.controllers.insert(key, replicas);
                if kind == "DaemonSet" {
                    let pod = Arc::new(objects::daemon_pod(object));
                    self.cluster.daemon_sets.insert(full_name, pod);
                }
            }
        }
    }

    fn edit_node(&mut self, name: &str, edit: impl FnOnce(&mut Node)) {
        if let Some(node) = self.cluster.nodes.get_mut(name) {
            edit(Arc::make_mut(node));
        }
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
            self.instances[group].push(Instance { name, deleting: false, error: error.clone() });
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
        for instance in self.instances[group].iter_mut().filter(|instance| instance.name == node) {
            instance.deleting = true;
        }
        Ok(())
    }

    fn mark_deletion(&mut self, node: &str, marked: bool, cordon: bool) {
        let now = self.at(self.now);
        self.edit_node(node, |node| {
            node.unschedulable = if cordon { marked } else { node.unschedulable };
            node.deletion_began_at = marked.then_some(now);
            set_taint(node, TO_BE_DELETED, TaintEffect::NoSchedule, marked);
        });
    }

    fn mark_candidate(&mut self, node: &str, marked: bool) {
        self.edit_node(node, |node| {
            set_taint(node, DELETION_CANDIDATE, TaintEffect::PreferNoSchedule, marked);
        });
    }

    fn evict(&mut self, pod: &str, _: &str) -> Result<(), String> {
        self.answer("evict", pod)?;
        self.change_until(self.now);
        Ok(())
    }
}

fn set_taint(node: &mut Node, key: &str, effect: TaintEffect, present: bool) {
    node.taints.retain(|taint| taint.key != key);
    if present {
        node.taints.push(Taint { key: key.to_owned(), value: String::new(), effect });
    }
}

/// Counts of lines, for comparing sets with repeats.
pub fn counted(lines: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

//! What a new node of each group will be like.
//!
//! Models: `MixedTemplateNodeInfoProvider` and the sanitizing of templates (cluster-autoscaler 1.36): a
//! node that has been ready and not cordoned for a minute serves as the example, with its DaemonSet and
//! mirror pods; the last example is remembered when it is gone; until there was one, the cloud's template
//! with the DaemonSets that would run there. The autoscaler's own taints and those of a node's state are
//! left off, and the name is made up.
//! Leaves out: `--force-ds`, start-up taints.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::environment::Environment;
use super::moment::Moment;
use super::objects::{Node, Pod};
use super::options::Group;
use super::snapshot::{NodeInfo, Snapshot};
use crate::placement::{Symbol, Symbols};
use crate::time::SimDuration;

/// How long a node must have been ready to serve as an example.
const STABLE_AFTER: SimDuration = SimDuration::from_secs(60);

/// Templates of groups that had an example, by group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    examples: BTreeMap<usize, Example>,
}

/// An example, and what it says of its like.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Example {
    node: Arc<Node>,
    template: Arc<NodeInfo>,
}

impl Example {
    /// Whether it says of this node what there is to say.
    fn speaks_for(&self, info: &NodeInfo) -> bool {
        Arc::ptr_eq(&self.node, &info.node) && self.template.pods.iter().eq(staying(info))
    }
}

impl Templates {
    /// The template of each group, in order.
    pub fn of_groups(
        &mut self,
        env: &dyn Environment,
        snapshot: &mut Snapshot,
        groups: &[Group],
        moment: &Moment,
    ) -> Vec<Arc<NodeInfo>> {
        let mut fresh: BTreeMap<usize, Arc<NodeInfo>> = BTreeMap::new();
        for info in snapshot.nodes() {
            let Some(group) = info.node.group else { continue };
            if !fresh.contains_key(&group) && is_example(&info.node, moment) {
                fresh.insert(group, info.clone());
            }
        }
        for (group, node) in fresh {
            if self.examples.get(&group).is_none_or(|known| !known.speaks_for(&node)) {
                let template = from_example(snapshot, &node, &groups[group].id, env.symbols());
                self.examples.insert(group, Example { node: node.node.clone(), template });
            }
        }
        let mut of_group = |(at, group): (usize, &Group)| match self.examples.get(&at) {
            Some(example) => example.template.clone(),
            None => from_cloud(group, at, env, snapshot),
        };
        groups.iter().enumerate().map(&mut of_group).collect()
    }
}

fn is_example(node: &Node, moment: &Moment) -> bool {
    node.ready && !node.spec.unschedulable && moment.is_past(node.ready_changed_at + STABLE_AFTER)
}

fn from_example(snapshot: &mut Snapshot, info: &NodeInfo, group: &str, symbols: &Symbols) -> Arc<NodeInfo> {
    let pods = staying(info).cloned().collect();
    let node = sanitized(snapshot, &info.node, format!("template-node-for-{group}"), symbols);
    Arc::new(NodeInfo { node, pods })
}

/// The pods that every node of the group would have.
fn staying(info: &NodeInfo) -> impl Iterator<Item = &Arc<Pod>> {
    let stays = |pod: &&Arc<Pod>| pod.deletion_at.is_none() && (pod.traits.mirror || pod.is_daemon());
    info.pods.iter().filter(stays)
}

fn from_cloud(group: &Group, at: usize, env: &dyn Environment, snapshot: &mut Snapshot) -> Arc<NodeInfo> {
    let node = Node { group: Some(at), ..Node::clone(&group.template) };
    let node = sanitized(snapshot, &node, format!("template-node-for-{}", group.id), env.symbols());
    let bare = Arc::new(NodeInfo { node: node.clone(), pods: Vec::new() });
    if env.cluster().daemon_sets.is_empty() {
        return bare;
    }
    snapshot.fork();
    let there = snapshot.add_node(bare);
    let daemons = env.cluster().daemon_sets.values();
    let pods = daemons.filter(|pod| snapshot.check(pod, there).is_ok()).cloned().collect();
    snapshot.revert();
    Arc::new(NodeInfo { node, pods })
}

/// A node of its own name like the template.
pub fn fresh(snapshot: &mut Snapshot, template: &NodeInfo, suffix: &str) -> Arc<NodeInfo> {
    let mut node = Node::clone(&template.node);
    node.name = format!("{}-{suffix}", node.name).into();
    rename(snapshot, &mut node);
    Arc::new(NodeInfo { node: Arc::new(node), pods: template.pods.clone() })
}

fn sanitized(snapshot: &mut Snapshot, node: &Node, name: String, symbols: &Symbols) -> Arc<Node> {
    let mut node = Node { name: name.into(), ..node.clone() };
    node.spec.taints.retain(|taint| !is_of_state(symbols.text(taint.key)));
    rename(snapshot, &mut node);
    Arc::new(node)
}

/// Gives a node in thought a name and a host of its own.
fn rename(snapshot: &mut Snapshot, node: &mut Node) {
    node.spec.name = snapshot.make_up_name();
    node.spec.labels.set(Symbol::HOSTNAME, node.spec.name);
}

/// Whether a taint says how a node is now, not what nodes of its group are like.
fn is_of_state(key: &str) -> bool {
    const STATE: [&str; 9] = [
        "ToBeDeletedByClusterAutoscaler",
        "DeletionCandidateOfClusterAutoscaler",
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
        "node.kubernetes.io/unschedulable",
        "node.kubernetes.io/memory-pressure",
        "node.kubernetes.io/disk-pressure",
        "node.kubernetes.io/network-unavailable",
        "node.kubernetes.io/pid-pressure",
    ];
    STATE.contains(&key)
        || key == "node.cloudprovider.kubernetes.io/shutdown"
        || key == "node.cloudprovider.kubernetes.io/uninitialized"
        || key.starts_with("ignore-taint.cluster-autoscaler.kubernetes.io/")
        || key.starts_with("startup-taint.cluster-autoscaler.kubernetes.io/")
        || key.starts_with("status-taint.cluster-autoscaler.kubernetes.io/")
}

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

use super::objects::{Cluster, DELETION_CANDIDATE, HOSTNAME, Node, Pod, TO_BE_DELETED};
use super::options::Group;
use super::predicates;
use super::snapshot::{NodeInfo, Snapshot};
use crate::time::{SimDuration, SimTime};

/// How long a node must have been ready to serve as an example.
const STABLE_AFTER: SimDuration = SimDuration::from_secs(60);

/// Templates of groups that had an example, by group.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    examples: BTreeMap<usize, NodeInfo>,
}

impl Templates {
    /// The template of each group, in order.
    pub fn of_groups(
        &mut self,
        cluster: &Cluster,
        snapshot: &Snapshot,
        groups: &[Group],
        now: SimTime,
    ) -> Vec<NodeInfo> {
        let mut fresh: BTreeMap<usize, NodeInfo> = BTreeMap::new();
        for info in snapshot.nodes() {
            let Some(group) = info.node.group.filter(|_| is_example(&info.node, now)) else { continue };
            fresh.entry(group).or_insert_with(|| from_example(info, &groups[group].id));
        }
        self.examples.append(&mut fresh);
        let of_group = |(at, group): (usize, &Group)| {
            self.examples.get(&at).cloned().unwrap_or_else(|| from_cloud(group, at, cluster))
        };
        groups.iter().enumerate().map(of_group).collect()
    }
}

fn is_example(node: &Node, now: SimTime) -> bool {
    node.is_ready() && !node.unschedulable && node.ready_changed_at + STABLE_AFTER < now
}

fn from_example(info: &NodeInfo, group: &str) -> NodeInfo {
    let stays = |pod: &&Arc<Pod>| pod.deletion_at.is_none() && (pod.mirror || pod.is_daemon());
    let example =
        NodeInfo { pods: info.pods.iter().filter(stays).cloned().collect(), ..NodeInfo::clone(info) };
    sanitized(&example, &format!("template-node-for-{group}"), "")
}

fn from_cloud(group: &Group, at: usize, cluster: &Cluster) -> NodeInfo {
    let node = Node { group: Some(at), ..Node::clone(&group.template) };
    let bare =
        sanitized(&NodeInfo::new(Arc::new(node), Vec::new()), &format!("template-node-for-{}", group.id), "");
    let nodes = [Arc::new(bare.clone())];
    let runs = |pod: &&Arc<Pod>| predicates::fits(pod, 0, &nodes, false);
    let daemons: Vec<Arc<Pod>> = cluster.daemon_sets.values().filter(runs).cloned().collect();
    NodeInfo::new(bare.node, daemons)
}

/// A node of its own name like the template.
pub fn fresh(template: &NodeInfo, suffix: &str) -> NodeInfo {
    sanitized(template, &template.node.name, suffix)
}

fn sanitized(info: &NodeInfo, name: &str, suffix: &str) -> NodeInfo {
    let mut node = Node::clone(&info.node);
    node.name = if suffix.is_empty() { name.to_owned() } else { format!("{name}-{suffix}") };
    node.labels.insert(HOSTNAME.to_owned(), node.name.clone());
    node.taints.retain(|taint| !is_of_state(&taint.key));
    let rename = |pod: &Arc<Pod>| {
        let name = if suffix.is_empty() { pod.name.clone() } else { format!("{}-{suffix}", pod.name) };
        Arc::new(Pod { name, node: Some(node.name.clone()), ..Pod::clone(pod) })
    };
    let pods = info.pods.iter().map(rename).collect();
    NodeInfo::new(Arc::new(node), pods)
}

/// Whether a taint says how a node is now, not what nodes of its group are like.
fn is_of_state(key: &str) -> bool {
    const STATE: [&str; 9] = [
        TO_BE_DELETED,
        DELETION_CANDIDATE,
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

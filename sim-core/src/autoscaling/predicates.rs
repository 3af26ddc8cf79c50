//! The scheduler's filters, as the autoscaler asks them of nodes that need not exist.
//!
//! Models: the filters of the default profile of kube-scheduler 1.36 in their order: TaintToleration,
//! NodeAffinity, NodePorts, NodeResourcesFit, PodTopologySpread (`DoNotSchedule`), InterPodAffinity
//! (required terms). The first filter that refuses gives the reasons.
//! Leaves out: volumes, devices, namespace selectors, `minDomains` and the inclusion policies other than
//! their defaults.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::objects::{HOSTNAME, NeighbourTerm, Node, Pod, Spread, TaintEffect, Toleration, rules_hold};
use super::snapshot::NodeInfo;

/// The reason of a spread constraint that would be broken.
pub const SPREAD: &str = "node(s) didn't match pod topology spread constraints";

/// Whether the pod can run on the node; `repelled`: some pod there is has anti-affinity.
pub fn fits(pod: &Pod, at: usize, nodes: &[Arc<NodeInfo>], repelled: bool) -> bool {
    let info = &nodes[at];
    tolerates(pod, &info.node)
        && has_labels(pod, &info.node)
        && ports_free(pod, info)
        && fits_resources(pod, info)
        && spread_refusal(pod, at, nodes).is_none()
        && (!(repelled || minds_neighbours(pod)) || neighbour_refusal(pod, at, nodes).is_none())
}

fn minds_neighbours(pod: &Pod) -> bool {
    !pod.spec.affinity.is_empty() || !pod.spec.anti_affinity.is_empty()
}

/// Why the pod cannot run on the node, as the first filter that refuses says it; empty: it can.
pub fn reasons(pod: &Pod, at: usize, nodes: &[Arc<NodeInfo>]) -> Vec<String> {
    let info = &nodes[at];
    let one = |text: &str| vec![text.to_owned()];
    if info.node.unschedulable {
        return one("node(s) were unschedulable");
    }
    if !tolerates(pod, &info.node) {
        return one("node(s) had untolerated taint(s)");
    }
    if !has_labels(pod, &info.node) {
        return one("node(s) didn't match Pod's node affinity/selector");
    }
    if !ports_free(pod, info) {
        return one("node(s) didn't have free ports for the requested pod ports");
    }
    let lacking = lacking(pod, info);
    if !lacking.is_empty() {
        return lacking;
    }
    spread_refusal(pod, at, nodes).or_else(|| neighbour_refusal(pod, at, nodes)).map_or_else(Vec::new, one)
}

fn tolerates(pod: &Pod, node: &Node) -> bool {
    let tolerated = |taint: &super::objects::Taint, toleration: &Toleration| {
        toleration.effect.is_none_or(|effect| effect == taint.effect)
            && (toleration.key.is_empty() || toleration.key == taint.key)
            && toleration.value.as_ref().is_none_or(|value| *value == taint.value)
    };
    node.taints
        .iter()
        .filter(|taint| taint.effect != TaintEffect::PreferNoSchedule)
        .all(|taint| pod.spec.tolerations.iter().any(|toleration| tolerated(taint, toleration)))
}

fn has_labels(pod: &Pod, node: &Node) -> bool {
    let spec = &pod.spec;
    spec.node_selector.iter().all(|(key, value)| node.labels.get(key) == Some(value))
        && (spec.node_affinity.is_empty()
            || spec.node_affinity.iter().any(|term| !term.is_empty() && rules_hold(term, &node.labels)))
}

fn ports_free(pod: &Pod, info: &NodeInfo) -> bool {
    let clash = |(protocol, address, port): &(String, String, i64), other: &(String, String, i64)| {
        let all = |address: &str| address.is_empty() || address == "0.0.0.0";
        *protocol == other.0 && *port == other.2 && (all(address) || all(&other.1) || *address == other.1)
    };
    pod.spec.host_ports.is_empty()
        || !info.pods.iter().any(|other| {
            other
                .spec
                .host_ports
                .iter()
                .any(|taken| pod.spec.host_ports.iter().any(|port| clash(port, taken)))
        })
}

fn fits_resources(pod: &Pod, info: &NodeInfo) -> bool {
    let (request, used, whole) = (&pod.spec.requests, &info.requested, &info.node.allocatable);
    let room = |request: i64, used: i64, whole: i64| request == 0 || request <= whole - used;
    (info.pods.len() as i64) < whole.pods
        && room(request.cpu_millis, used.cpu_millis, whole.cpu_millis)
        && room(request.memory_bytes, used.memory_bytes, whole.memory_bytes)
        && request.others.iter().all(|(name, amount)| {
            let of = |map: &BTreeMap<String, i64>| map.get(name).copied().unwrap_or(0);
            room(*amount, of(&used.others), of(&whole.others))
        })
}

fn lacking(pod: &Pod, info: &NodeInfo) -> Vec<String> {
    let (request, used, whole) = (&pod.spec.requests, &info.requested, &info.node.allocatable);
    let lacks = |request: i64, used: i64, whole: i64| request > 0 && request > whole - used;
    let mut reasons = Vec::new();
    if info.pods.len() as i64 >= whole.pods {
        reasons.push("Too many pods".to_owned());
    }
    if lacks(request.cpu_millis, used.cpu_millis, whole.cpu_millis) {
        reasons.push("Insufficient cpu".to_owned());
    }
    if lacks(request.memory_bytes, used.memory_bytes, whole.memory_bytes) {
        reasons.push("Insufficient memory".to_owned());
    }
    for (name, amount) in &request.others {
        let of = |map: &BTreeMap<String, i64>| map.get(name).copied().unwrap_or(0);
        if lacks(*amount, of(&used.others), of(&whole.others)) {
            reasons.push(format!("Insufficient {name}"));
        }
    }
    reasons
}

fn spread_refusal(pod: &Pod, at: usize, nodes: &[Arc<NodeInfo>]) -> Option<&'static str> {
    pod.spec.spread.iter().find_map(|spread| broken_spread(pod, spread, at, nodes))
}

fn broken_spread(pod: &Pod, spread: &Spread, at: usize, nodes: &[Arc<NodeInfo>]) -> Option<&'static str> {
    let Some(domain) = nodes[at].node.labels.get(&spread.topology_key) else {
        return Some("node(s) didn't match pod topology spread constraints (missing required label)");
    };
    let counts_pod = |other: &Pod| {
        other.namespace == pod.namespace
            && other.deletion_at.is_none()
            && spread.selector.as_ref().is_some_and(|rules| rules_hold(rules, &other.labels))
    };
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for info in nodes {
        let has_keys = pod.spec.spread.iter().all(|other| info.node.labels.contains_key(&other.topology_key));
        if has_keys && has_labels(pod, &info.node) {
            let count = info.pods.iter().filter(|other| counts_pod(other)).count() as i64;
            *counts.entry(&info.node.labels[&spread.topology_key]).or_default() += count;
        }
    }
    let least = counts.values().copied().min().unwrap_or(0);
    let own = i64::from(counts_pod(pod));
    let here = counts.get(domain.as_str()).copied().unwrap_or(0);
    (here + own - least > spread.max_skew).then_some(SPREAD)
}

fn neighbour_refusal(pod: &Pod, at: usize, nodes: &[Arc<NodeInfo>]) -> Option<&'static str> {
    if !pod.spec.affinity.iter().all(|term| wanted_neighbour(pod, term, at, nodes)) {
        return Some("node(s) didn't match pod affinity rules");
    }
    if pod.spec.anti_affinity.iter().any(|term| meets(pod, term, at, nodes)) {
        return Some("node(s) didn't match pod anti-affinity rules");
    }
    let refuses = |other: &Pod, holder: &Node| {
        other.spec.anti_affinity.iter().any(|term| {
            same_domain(&term.topology_key, holder, &nodes[at].node) && term.matches(&other.namespace, pod)
        })
    };
    nodes
        .iter()
        .any(|info| info.pods.iter().any(|other| refuses(other, &info.node)))
        .then_some("node(s) didn't satisfy existing pods anti-affinity rules")
}

fn same_domain(key: &str, one: &Node, other: &Node) -> bool {
    one.labels.get(key).is_some_and(|value| other.labels.get(key) == Some(value))
}

/// Whether a pod that the term means runs in the node's domain.
fn meets(pod: &Pod, term: &NeighbourTerm, at: usize, nodes: &[Arc<NodeInfo>]) -> bool {
    let here = &nodes[at];
    let among = |info: &NodeInfo| info.pods.iter().any(|other| term.matches(&pod.namespace, other));
    if term.topology_key == HOSTNAME {
        return here.node.labels.contains_key(HOSTNAME) && among(here);
    }
    nodes.iter().any(|info| same_domain(&term.topology_key, &info.node, &here.node) && among(info))
}

/// Whether the node's domain has such a neighbour, or the pod is the first of its kind anywhere.
fn wanted_neighbour(pod: &Pod, term: &NeighbourTerm, at: usize, nodes: &[Arc<NodeInfo>]) -> bool {
    if !nodes[at].node.labels.contains_key(&term.topology_key) {
        return false;
    }
    let anywhere = nodes.iter().any(|info| info.pods.iter().any(|other| term.matches(&pod.namespace, other)));
    meets(pod, term, at, nodes) || (!anywhere && term.matches(&pod.namespace, pod))
}

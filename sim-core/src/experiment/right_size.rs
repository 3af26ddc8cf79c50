//! Right-sizing: the smallest request and limit of a workload that keep two risks under a target, and what they cost.
//!
//! The limit is one that a container reaches with no more than the target's chance over its life: the quantile of its
//! settled level, and of what its spikes rise to if that is more. The request is one with which a node full of such pods
//! runs out of memory with no more than that chance ([`crate::model::node_risk`]). More pods on a node are cheaper and
//! riskier, so the answer is the most that keep under the target.
//! Leaves out: leaks, which make every limit too small in the end; neighbours of other workloads.

use crate::model::memory::Container;
use crate::model::node_risk::{Load, NodeRisks, Sum};
use crate::model::{Model, NodeGroup, PodClass};

const MIB: u64 = 1 << 20;

/// An answer for one node group.
#[derive(Clone, Debug, PartialEq)]
pub struct RightSize {
    /// The node group.
    pub node_group: String,
    /// As it is now.
    pub now: Sizing,
    /// As it should be; `None`: not even a single pod on a node keeps under the target.
    pub advised: Option<Sizing>,
    /// It leaks: whatever its limit, it reaches it if it lives long enough.
    pub leaks: bool,
}

/// A request and a limit, and what follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sizing {
    /// Bytes.
    pub request: u64,
    /// Bytes; `None`: no limit.
    pub limit: Option<u64>,
    /// Pods on a node, as far as memory, CPU and the ceiling of pods go.
    pub pods_on_a_node: u32,
    /// The chance that a container reaches its limit.
    pub kill: f64,
    /// The chance that a node full of such pods runs out of memory.
    pub exhaustion: f64,
    /// Dollars for a pod and an hour, on full nodes.
    pub dollars_per_pod_hour: f64,
}

/// The right size of the pods of `workload` (or `hub`) for each node group that admits them; `None` when there is no such
/// workload or nobody says what it uses.
pub fn right_size(model: &Model, workload: &str, target: f64) -> Option<Vec<RightSize>> {
    let class = model.classes.iter().find(|class| class.name == workload)?;
    class.containers.first()?.memory.as_ref()?;
    let admitting = model.groups.iter_enumerated().filter(|(group, _)| class.admits[*group]);
    Some(admitting.map(|(_, group)| for_group(class, group, target)).collect())
}

fn for_group(class: &PodClass, group: &NodeGroup, target: f64) -> RightSize {
    let container = &class.containers[0];
    let limit = limit_for(container, target);
    let most = fitting(class, group, 1);
    let size = |request, limit| sizing(class, group, request, limit);
    // The chance grows with the pods on a node: the most that keep under the target, by halving.
    let (mut good, mut bad) = (0, most + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        let sized = size(request_for(group, middle), Some(limit));
        if sized.exhaustion <= target { good = middle } else { bad = middle }
    }
    RightSize {
        node_group: group.name.clone(),
        now: size(container.request.unwrap_or(0), container.limit),
        advised: (good > 0).then(|| size(request_for(group, good).min(limit), Some(limit))),
        leaks: container.memory.as_ref().is_some_and(|usage| usage.leak.is_some()),
    }
}

/// What a container needs more than with no more than this chance, in whole MiB.
fn limit_for(container: &Container, target: f64) -> u64 {
    let share = (1.0 - target).clamp(0.0, 1.0 - 1e-15);
    let need = container.memory.as_ref().map_or(0.0, |usage| {
        let spike = usage.spikes.as_ref().map_or(0.0, |spikes| spikes.to.quantile(share));
        usage.level.quantile(share).max(spike)
    });
    (need.clamp(0.0, 1e18) as u64 / MIB + 1) * MIB
}

/// The smallest request, in whole MiB, of which no more than `pods` fit a node.
fn request_for(group: &NodeGroup, pods: u32) -> u64 {
    (group.allocatable.memory_bytes / (u64::from(pods) + 1) / MIB + 1) * MIB
}

/// Pods that fit a node with this request.
fn fitting(class: &PodClass, group: &NodeGroup, request: u64) -> u32 {
    let memory = group.allocatable.memory_bytes.checked_div(request).unwrap_or(u64::MAX);
    let cpu = group.allocatable.cpu_millis.checked_div(class.requests.cpu_millis).unwrap_or(u64::MAX);
    memory.min(cpu).min(group.allocatable.pods).min(1_000) as u32
}

fn sizing(class: &PodClass, group: &NodeGroup, request: u64, limit: Option<u64>) -> Sizing {
    let pods = fitting(class, group, request);
    let memory = &group.memory;
    let room = memory.capacity.saturating_sub(memory.system).min(memory.kubepods);
    let mut sized = class.clone();
    sized.containers[0].limit = limit;
    let classes = core::iter::once(sized).collect();
    let load = Load { room, pods: vec![(0, pods)] };
    let dollars = group.machine.micro_dollars_per_hour as f64 / 1e6;
    Sizing {
        request,
        limit,
        pods_on_a_node: pods,
        kill: limit.map_or(0.0, |limit| {
            let free = Container { limit: None, ..class.containers[0].clone() };
            Sum::of(&free, limit).exceeds()
        }),
        exhaustion: NodeRisks::default().chance(&load, &classes),
        dollars_per_pod_hour: if pods == 0 { 0.0 } else { dollars / f64::from(pods) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Document;

    fn answer(target: f64) -> RightSize {
        let text = "apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-01T00:00:00Z\nduration: 1h\n\
            nodeGroups: {n: {machine: n1-standard-4, min: 1, max: 1}}\n\
            workloads: {w: {replicas: 1, pod: {use: {memory: {level: {uniform: {from: 0, to: 1000Mi}}}}, \
            resources: {requests: {memory: 100Mi}}}}}\n";
        let model = Document::parse("t.yaml", text.as_bytes()).expect("good").compile().expect("good").model;
        let sizes = right_size(&model, "w", target).expect("it is known");
        assert!(right_size(&model, "x", target).is_none());
        sizes.into_iter().next().expect("one group")
    }

    #[test]
    fn the_limit_is_a_quantile_and_the_request_packs_as_many_as_are_safe() {
        let right = answer(0.01);
        let advised = right.advised.expect("there is one");
        assert_eq!(advised.limit, Some(991 * MIB));
        assert!(advised.exhaustion <= 0.01 && advised.kill <= 0.01, "{advised:?}");
        // 12.1 GiB; n uniforms have a mean of 500 MiB and a deviation of 289: about 19 at 1 %.
        assert!((18..=21).contains(&advised.pods_on_a_node), "{advised:?}");
        assert!(right.now.exhaustion > 0.99, "110 of them need 55 GiB");
        assert!(advised.dollars_per_pod_hour > right.now.dollars_per_pod_hour);
    }

    #[test]
    fn less_risk_costs_more() {
        let pods: Vec<u32> = [0.1, 0.01, 1e-4]
            .map(|target| answer(target).advised.expect("there is one").pods_on_a_node)
            .to_vec();
        assert!(pods[0] > pods[1] && pods[1] > pods[2], "{pods:?}");
    }
}

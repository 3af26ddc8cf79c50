//! From objects as written to those the autoscaler looks at.
//!
//! Models: the annotations of cluster-autoscaler 1.36 (`cluster-autoscaler.kubernetes.io/...`), its taints, and
//! which taints make a node unready whatever its condition says (`GetReadinessState`). Times count from 1970.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::objects::{Node, Owner, Phase, Pod, Traits};
use crate::kubernetes;
use crate::placement::amounts::Amounts;
use crate::placement::compile::PriorityClasses;
use crate::placement::{NodeSpec, PodSpec, Symbols};
use crate::time::{SimDuration, SimTime};

const PREFIX: &str = "cluster-autoscaler.kubernetes.io";
/// The taint of a node that is being deleted.
pub const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";
/// The soft taint of a node that may be deleted soon.
pub const DELETION_CANDIDATE: &str = "DeletionCandidateOfClusterAutoscaler";
/// Taints that make a node unready whatever its condition says.
pub const NOT_READY: [&str; 3] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/network-unavailable",
];

/// A node; which group it is of, the cloud knows.
pub fn node(node: &kubernetes::Node, group: Option<usize>, symbols: &mut Symbols) -> Node {
    let ready = node.status.conditions.iter().find(|condition| condition.kind == "Ready");
    let taints = &node.spec.taints;
    let began = taints.iter().find(|taint| taint.key == TO_BE_DELETED);
    Node {
        name: node.metadata.name.as_str().into(),
        group,
        spec: NodeSpec::compile(node, symbols),
        capacity: Amounts::compile(&node.status.capacity, symbols),
        ready: ready.is_some_and(|condition| condition.status == "True")
            && !taints.iter().any(|taint| NOT_READY.contains(&taint.key.as_str())),
        ready_changed_at: instant(ready.and_then(|condition| condition.last_transition_time.as_deref())),
        created_at: instant(node.metadata.creation_timestamp.as_deref()),
        scale_down_disabled: forbids_scale_down(&node.metadata.annotations),
        deletion_began_at: began.map(|taint| SimTime::from_secs(taint.value.parse().unwrap_or(0))),
    }
}

/// A pod.
pub fn pod(uid: u64, pod: &kubernetes::Pod, classes: &PriorityClasses, symbols: &mut Symbols) -> Pod {
    let status = &pod.status;
    let phase = match status.phase.as_str() {
        "Running" => Phase::Running,
        "Succeeded" | "Failed" => Phase::Ended,
        _ => Phase::Pending,
    };
    let told = |condition: &kubernetes::Condition| {
        condition.kind == "PodScheduled" && condition.reason == "Unschedulable"
    };
    // The node that a running pod is on is no wish of its template.
    let mut template = pod.clone();
    template.spec.node_name = None;
    Pod {
        uid,
        spec: Arc::new(PodSpec::compile(&template, classes, symbols)),
        drawn: None,
        traits: Arc::new(traits_of(pod)),
        created_at: instant(pod.metadata.creation_timestamp.as_deref()),
        started_at: status.start_time.as_deref().map(|text| instant(Some(text))),
        deletion_at: pod.metadata.deletion_timestamp.as_deref().map(|text| instant(Some(text))),
        phase,
        unschedulable: status.conditions.iter().any(told),
    }
}

fn traits_of(pod: &kubernetes::Pod) -> Traits {
    let on_disk = |volume: &&kubernetes::Volume| {
        volume.host_path.is_some()
            || volume.empty_dir.as_ref().is_some_and(|folder| folder.medium != "Memory")
    };
    let owner = pod.metadata.owner_references.iter().find(|owner| owner.controller);
    let owner = owner.map(|owner| Owner {
        api_group: owner.api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: owner.kind.clone(),
        name: owner.name.clone(),
        uid: owner.uid.clone(),
    });
    let local_volumes = pod.spec.volumes.iter().filter(on_disk).map(|volume| volume.name.clone()).collect();
    let grace = pod.spec.termination_grace_period_seconds;
    traits(&pod.metadata.annotations, local_volumes, owner, grace)
}

/// What a pod's annotations say, with what else decides whether it may be moved.
pub fn traits(
    annotations: &BTreeMap<String, String>,
    local_volumes: Vec<String>,
    owner: Option<Owner>,
    grace_seconds: Option<u64>,
) -> Traits {
    let own = |name: &str| annotations.get(&format!("{PREFIX}/{name}"));
    Traits {
        owner,
        mirror: is_mirror(annotations),
        safe_to_evict: own("safe-to-evict").and_then(|text| text.parse().ok()),
        local_volumes,
        movable_volumes: own("safe-to-evict-local-volumes")
            .map_or_else(Vec::new, |names| names.split(',').map(str::to_owned).collect()),
        scale_up_delay: own("pod-scale-up-delay").and_then(|text| duration(text)),
        grace_seconds,
    }
}

/// Whether a pod's annotations say that it mirrors a static pod.
pub fn is_mirror(annotations: &BTreeMap<String, String>) -> bool {
    annotations.contains_key("kubernetes.io/config.mirror")
}

/// Whether a node's annotations keep it from being given back.
pub fn forbids_scale_down(annotations: &BTreeMap<String, String>) -> bool {
    annotations.get(&format!("{PREFIX}/scale-down-disabled")).is_some_and(|text| text == "true")
}

/// What a pod of a DaemonSet looks like.
pub fn daemon_pod(
    uid: u64,
    set: &kubernetes::Workload,
    classes: &PriorityClasses,
    symbols: &mut Symbols,
) -> Pod {
    let mut metadata = set.spec.template.metadata.clone();
    metadata.name.clone_from(&set.metadata.name);
    metadata.namespace.clone_from(&set.metadata.namespace);
    metadata.owner_references = vec![kubernetes::OwnerReference {
        api_version: "apps/v1".to_owned(),
        kind: "DaemonSet".to_owned(),
        name: set.metadata.name.clone(),
        uid: set.metadata.uid.clone().unwrap_or_default(),
        controller: true,
        block_owner_deletion: true,
    }];
    let written =
        kubernetes::Pod { metadata, spec: set.spec.template.spec.clone(), ..kubernetes::Pod::default() };
    pod(uid, &written, classes, symbols)
}

/// A point in time as RFC 3339, since 1970; what is absent or unreadable is 1970.
pub fn instant(text: Option<&str>) -> SimTime {
    let timestamp = text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let micros = timestamp.and_then(|timestamp| u64::try_from(timestamp.as_microsecond()).ok());
    SimTime::from_micros(micros.unwrap_or(0))
}

/// A duration as Go writes it: `1h0m0s`, `15s`.
pub fn duration(text: &str) -> Option<SimDuration> {
    let mut millis: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit())?;
        let number: u64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|character: char| character.is_ascii_digit());
        let unit_end = unit_end.map_or(rest.len(), |at| end + at);
        let unit = match &rest[end..unit_end] {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return None,
        };
        millis = millis.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[unit_end..];
    }
    Some(SimDuration::from_millis(millis))
}

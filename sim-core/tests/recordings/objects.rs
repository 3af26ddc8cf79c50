//! From manifests to the library's objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_core::autoscaling::Amounts;
use plimsoll_core::autoscaling::objects::{
    Budget, LabelOperator, LabelRule, NeighbourTerm, Node, Owner, Phase, Pod, PodSpec, Selector, Spread,
    TO_BE_DELETED, Taint, TaintEffect, Toleration,
};
use plimsoll_core::time::{SimDuration, SimTime};
use serde_json::Value;

use super::{list, number, text};

/// A node; `groups` are the names of the groups.
pub fn node(value: &Value, groups: &[String]) -> Node {
    let (metadata, spec, status) = (&value["metadata"], &value["spec"], &value["status"]);
    let annotation = |name: &str| text(&metadata["annotations"], name).to_owned();
    let ready = list(status, "conditions").iter().find(|condition| text(condition, "type") == "Ready");
    let group = annotation("plimsoll.io/node-group");
    let taints: Vec<Taint> = list(spec, "taints").iter().map(taint).collect();
    let began = taints.iter().find(|taint| taint.key == TO_BE_DELETED);
    Node {
        name: text(metadata, "name").to_owned(),
        group: groups.iter().position(|id| *id == group),
        labels: map(&metadata["labels"]),
        unschedulable: spec["unschedulable"] == true,
        allocatable: amounts(&status["allocatable"]),
        capacity: amounts(&status["capacity"]),
        ready_condition: ready.is_some_and(|condition| text(condition, "status") == "True"),
        ready_changed_at: ready.map_or(SimTime::ZERO, |condition| instant(&condition["lastTransitionTime"])),
        created_at: instant(&metadata["creationTimestamp"]),
        scale_down_disabled: annotation("cluster-autoscaler.kubernetes.io/scale-down-disabled") == "true",
        deletion_began_at: began
            .map(|taint| SimTime::ZERO + SimDuration::from_secs(taint.value.parse().unwrap_or(0))),
        taints,
    }
}

fn taint(value: &Value) -> Taint {
    Taint {
        key: text(value, "key").to_owned(),
        value: text(value, "value").to_owned(),
        effect: effect(text(value, "effect")).unwrap(),
    }
}

fn effect(name: &str) -> Option<TaintEffect> {
    match name {
        "" => None,
        "NoSchedule" => Some(TaintEffect::NoSchedule),
        "PreferNoSchedule" => Some(TaintEffect::PreferNoSchedule),
        "NoExecute" => Some(TaintEffect::NoExecute),
        other => panic!("effect {other}"),
    }
}

/// A pod.
pub fn pod(value: &Value) -> Pod {
    let (metadata, spec, status) = (&value["metadata"], &value["spec"], &value["status"]);
    let annotation = |name: &str| metadata["annotations"].get(name).and_then(Value::as_str);
    let ca = |name: &str| annotation(&format!("cluster-autoscaler.kubernetes.io/{name}"));
    let namespace = text(metadata, "namespace");
    Pod {
        namespace: if namespace.is_empty() { "default" } else { namespace }.to_owned(),
        name: text(metadata, "name").to_owned(),
        labels: map(&metadata["labels"]),
        node: spec.get("nodeName").and_then(Value::as_str).map(str::to_owned),
        spec: pod_spec(spec),
        owner: list(metadata, "ownerReferences").iter().find(|owner| owner["controller"] == true).map(owner),
        created_at: instant(&metadata["creationTimestamp"]),
        started_at: status.get("startTime").map(instant),
        deletion_at: metadata.get("deletionTimestamp").map(instant),
        phase: match text(status, "phase") {
            "Running" => Phase::Running,
            "Succeeded" | "Failed" => Phase::Ended,
            _ => Phase::Pending,
        },
        unschedulable: list(status, "conditions").iter().any(|condition| {
            text(condition, "type") == "PodScheduled" && text(condition, "reason") == "Unschedulable"
        }),
        mirror: annotation("kubernetes.io/config.mirror").is_some(),
        safe_to_evict: ca("safe-to-evict").and_then(|value| value.parse().ok()),
        local_volumes: list(spec, "volumes").iter().filter(|volume| is_local(volume)).map(name).collect(),
        movable_volumes: ca("safe-to-evict-local-volumes")
            .map_or_else(Vec::new, |names| names.split(',').map(str::to_owned).collect()),
        scale_up_delay: ca("pod-scale-up-delay").map(duration),
    }
}

fn name(value: &Value) -> String {
    text(value, "name").to_owned()
}

fn is_local(volume: &Value) -> bool {
    let on_disk = volume.get("emptyDir").is_some_and(|directory| text(directory, "medium") != "Memory");
    on_disk || volume.get("hostPath").is_some()
}

fn owner(value: &Value) -> Owner {
    let version = text(value, "apiVersion");
    Owner {
        api_group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: text(value, "kind").to_owned(),
        name: text(value, "name").to_owned(),
        uid: text(value, "uid").to_owned(),
    }
}

fn pod_spec(spec: &Value) -> PodSpec {
    let mut requests = Amounts::default();
    for container in list(spec, "containers") {
        requests.add(&amounts(&container["resources"]["requests"]), 1);
    }
    let required = |kind: &str| {
        let terms = list(&spec["affinity"][kind], "requiredDuringSchedulingIgnoredDuringExecution");
        terms.iter().map(neighbour).collect()
    };
    let terms = &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let ports = list(spec, "containers").iter().flat_map(|container| list(container, "ports"));
    PodSpec {
        requests,
        node_selector: map(&spec["nodeSelector"]),
        node_affinity: list(terms, "nodeSelectorTerms").iter().map(expressions).collect(),
        tolerations: list(spec, "tolerations").iter().map(toleration).collect(),
        affinity: required("podAffinity"),
        anti_affinity: required("podAntiAffinity"),
        spread: list(spec, "topologySpreadConstraints")
            .iter()
            .filter(|constraint| text(constraint, "whenUnsatisfiable") != "ScheduleAnyway")
            .map(spread)
            .collect(),
        host_ports: ports
            .filter(|port| number(port, "hostPort") > 0)
            .map(|port| {
                let protocol = if text(port, "protocol").is_empty() { "TCP" } else { text(port, "protocol") };
                (protocol.to_owned(), text(port, "hostIP").to_owned(), number(port, "hostPort"))
            })
            .collect(),
        priority: number(spec, "priority") as i32,
        grace_seconds: spec.get("terminationGracePeriodSeconds").and_then(Value::as_u64),
    }
}

fn neighbour(value: &Value) -> NeighbourTerm {
    NeighbourTerm {
        selector: selector(value.get("labelSelector")),
        namespaces: list(value, "namespaces").iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        topology_key: text(value, "topologyKey").to_owned(),
    }
}

fn spread(value: &Value) -> Spread {
    Spread {
        max_skew: number(value, "maxSkew"),
        topology_key: text(value, "topologyKey").to_owned(),
        selector: selector(value.get("labelSelector")),
    }
}

fn toleration(value: &Value) -> Toleration {
    let exists = text(value, "operator") == "Exists";
    Toleration {
        key: text(value, "key").to_owned(),
        value: (!exists).then(|| text(value, "value").to_owned()),
        effect: effect(text(value, "effect")),
    }
}

fn selector(value: Option<&Value>) -> Selector {
    let value = value?;
    let mut rules: Vec<LabelRule> = map(&value["matchLabels"])
        .into_iter()
        .map(|(key, value)| LabelRule { key, operator: LabelOperator::In, values: vec![value] })
        .collect();
    rules.extend(expressions(value));
    Some(rules)
}

fn expressions(value: &Value) -> Vec<LabelRule> {
    let rule = |value: &Value| LabelRule {
        key: text(value, "key").to_owned(),
        operator: match text(value, "operator") {
            "In" => LabelOperator::In,
            "NotIn" => LabelOperator::NotIn,
            "Exists" => LabelOperator::Exists,
            "DoesNotExist" => LabelOperator::DoesNotExist,
            "Gt" => LabelOperator::Gt,
            "Lt" => LabelOperator::Lt,
            other => panic!("operator {other}"),
        },
        values: list(value, "values").iter().map(|value| value.as_str().unwrap().to_owned()).collect(),
    };
    list(value, "matchExpressions").iter().map(rule).collect()
}

/// A disruption budget.
pub fn budget(value: &Value) -> Budget {
    Budget {
        namespace: text(&value["metadata"], "namespace").to_owned(),
        selector: selector(value["spec"].get("selector")),
        disruptions_allowed: number(&value["status"], "disruptionsAllowed"),
    }
}

/// What a pod of a DaemonSet looks like.
pub fn daemon_pod(value: &Value) -> Pod {
    let template = &value["spec"]["template"];
    let metadata = &value["metadata"];
    let owner = Owner {
        api_group: "apps".to_owned(),
        kind: "DaemonSet".to_owned(),
        name: text(metadata, "name").to_owned(),
        uid: text(metadata, "uid").to_owned(),
    };
    let pod = pod(template);
    Pod {
        namespace: text(metadata, "namespace").to_owned(),
        name: text(metadata, "name").to_owned(),
        owner: Some(owner),
        ..pod
    }
}

/// Groups by priority, from the ConfigMap of the expander `priority`.
pub fn priorities(value: &Value) -> BTreeMap<i64, BTreeSet<String>> {
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

fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn amounts(value: &Value) -> Amounts {
    let mut amounts = Amounts::default();
    for (name, value) in value.as_object().into_iter().flatten() {
        let thousandths = quantity(value.as_str().unwrap());
        let units = (thousandths + 999).div_euclid(1_000);
        match name.as_str() {
            "cpu" => amounts.cpu_millis = thousandths,
            "memory" => amounts.memory_bytes = units,
            "pods" => amounts.pods = units,
            _ => {
                amounts.others.insert(name.clone(), units);
            }
        }
    }
    amounts
}

/// A quantity in thousandths, rounded up.
fn quantity(text: &str) -> i64 {
    const SUFFIXES: [(&str, i128); 12] = [
        ("Ki", 1_000 << 10),
        ("Mi", 1_000 << 20),
        ("Gi", 1_000 << 30),
        ("Ti", 1_000 << 40),
        ("Pi", 1_000 << 50),
        ("k", 1_000_000),
        ("M", 1_000_000_000),
        ("G", 1_000_000_000_000),
        ("T", 1_000_000_000_000_000),
        ("P", 1_000_000_000_000_000_000),
        ("m", 1),
        ("", 1_000),
    ];
    let (suffix, scale) = SUFFIXES.iter().find(|(suffix, _)| text.ends_with(suffix)).unwrap();
    let number = &text[..text.len() - suffix.len()];
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{part}").parse().unwrap_or_else(|_| panic!("quantity {text}"));
    let tens = 10_i128.pow(part.len() as u32);
    i64::try_from((digits * scale + tens - 1).div_euclid(tens)).unwrap()
}

/// A point in time, in microseconds since 1970.
pub fn instant(value: &Value) -> SimTime {
    let Some(text) = value.as_str() else { return SimTime::ZERO };
    let timestamp: jiff::Timestamp = text.parse().unwrap();
    SimTime::from_micros(u64::try_from(timestamp.as_microsecond()).unwrap())
}

/// A duration as Go writes it: `1h0m0s`, `15s`.
pub fn duration(text: &str) -> SimDuration {
    let mut millis = 0;
    let mut rest = text;
    while let Some(end) = rest.find(|character: char| character.is_ascii_alphabetic()) {
        let number: u64 = rest[..end].parse().unwrap_or_else(|_| panic!("duration {text}"));
        let unit_end =
            rest[end..].find(|character: char| character.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        millis += number
            * match &rest[end..unit_end] {
                "h" => 3_600_000,
                "m" => 60_000,
                "s" => 1_000,
                "ms" => 1,
                unit => panic!("unit {unit}"),
            };
        rest = &rest[unit_end..];
    }
    SimDuration::from_millis(millis)
}

/// A shared object.
pub fn shared<T>(value: T) -> Arc<T> {
    Arc::new(value)
}

//! Random kinds of things: which features a cluster has, its profile, what its nodes and pods may be.

use plimsoll_core::kubernetes::SchedulerConfiguration;
use plimsoll_core::model::Era;
use serde_json::{Value, json};

use crate::dice::Dice;

/// Features that a cluster has.
pub struct Features {
    pub nodes: u64,
    pub zones: u64,
    pub era: Era,
    pub taints: bool,
    pub node_affinity: bool,
    pub spread: bool,
    pub affinity: bool,
    pub services: bool,
    pub images: bool,
    pub ports: bool,
    pub priorities: bool,
    pub drawn: bool,
    pub extended: bool,
    pub cordons: bool,
    pub odd_hostnames: bool,
    pub namespaces: bool,
    /// Nodes are of few sizes and pods small, so that many nodes tie.
    pub uniform: bool,
}

impl Features {
    pub fn new(dice: &mut Dice) -> Self {
        let nodes = match dice.between(0, 99) {
            0..60 => dice.between(1, 12),
            60..92 => dice.between(10, 60),
            _ => dice.between(60, 300),
        };
        // A third of all clusters are about resources alone.
        let plain = dice.chance(33);
        let mut with = |percent| !plain && dice.chance(percent);
        Self {
            nodes,
            taints: with(40),
            node_affinity: with(40),
            spread: with(40),
            affinity: with(40),
            services: with(40),
            images: with(30),
            ports: with(20),
            extended: with(25),
            odd_hostnames: with(15),
            namespaces: with(20),
            zones: dice.between(1, 4),
            era: *dice.pick(&[
                Era::V1_36,
                Era::V1_36,
                Era::V1_36,
                Era::V1_34,
                Era::V1_34,
                Era::V1_10,
                Era::V1_8,
            ]),
            priorities: dice.chance(50),
            drawn: dice.chance(50),
            cordons: dice.chance(30),
            uniform: dice.chance(50),
        }
    }
}

/// A scheduler's configuration.
pub fn configuration(dice: &mut Dice, features: &Features) -> SchedulerConfiguration {
    let strategy = match dice.between(0, 5) {
        0..3 => json!({"type": "LeastAllocated"}),
        3 => {
            json!({"type": "MostAllocated", "resources": [{"name": "cpu", "weight": dice.between(1, 3)}, {"name": "memory", "weight": 1}]})
        }
        4 => json!({"type": "MostAllocated"}),
        _ => json!({"type": "RequestedToCapacityRatio", "requestedToCapacityRatio": {"shape": [
            {"utilization": 0, "score": dice.between(0, 10)}, {"utilization": 100, "score": dice.between(0, 10)}]}}),
    };
    let mut arguments = vec![json!({"name": "NodeResourcesFit", "args": {"scoringStrategy": strategy}})];
    let of_2018 = features.era.scores_by_priorities();
    if !of_2018 && dice.chance(25) {
        let constraint = json!({"maxSkew": dice.between(1, 3), "topologyKey": pick_key(dice),
            "whenUnsatisfiable": dice.pick(&["ScheduleAnyway", "DoNotSchedule"])});
        arguments.push(json!({"name": "PodTopologySpread",
            "args": {"defaultingType": "List", "defaultConstraints": [constraint]}}));
    }
    if dice.chance(25) {
        arguments.push(json!({"name": "InterPodAffinity", "args": {
            "hardPodAffinityWeight": dice.between(0, 50),
            "ignorePreferredTermsOfExistingPods": dice.chance(50)}}));
    }
    if features.node_affinity && dice.chance(20) {
        let terms =
            json!([{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd", "hdd"]}]}]);
        let added = match dice.chance(50) {
            true => json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}),
            false => {
                json!({"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "preference": terms[0]}]})
            }
        };
        arguments.push(json!({"name": "NodeAffinity", "args": {"addedAffinity": added}}));
    }
    let mut plugins = json!({});
    if dice.chance(25) {
        let off = ["NodeResourcesBalancedAllocation", "TaintToleration", "NodeAffinity", "InterPodAffinity"];
        plugins = json!({"score": {"disabled": [{"name": *dice.pick(&off)}]}});
    } else if dice.chance(15) {
        plugins = json!({"score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit", "weight": 2}]}});
    }
    let value = json!({"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
        "profiles": [{"schedulerName": "default-scheduler", "plugins": plugins, "pluginConfig": arguments}]});
    serde_json::from_value(value).expect("a configuration")
}

fn pick_key(dice: &mut Dice) -> &'static str {
    let keys =
        ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/zone", "disk"];
    keys[dice.between(0, 3) as usize]
}

/// A node.
pub fn node(dice: &mut Dice, features: &Features, number: u64) -> Value {
    let name = format!("node-{number}");
    let mut labels = json!({"kubernetes.io/hostname": name});
    if features.zones > 1 || dice.chance(50) {
        labels["topology.kubernetes.io/zone"] = json!(format!("zone-{}", dice.between(1, features.zones)));
    }
    if features.node_affinity || features.spread {
        match dice.between(0, 3) {
            0 => {}
            1 => labels["disk"] = json!("ssd"),
            2 => labels["disk"] = json!("hdd"),
            _ => labels["disk"] = json!(if features.odd_hostnames { "" } else { "nvme" }),
        }
    }
    if features.odd_hostnames && dice.chance(15) {
        labels["kubernetes.io/hostname"] = json!(format!("node-{}", dice.between(1, 5)));
    } else if features.odd_hostnames && dice.chance(30) {
        labels.as_object_mut().expect("labels").remove("kubernetes.io/hostname");
    }
    let mut taints = Vec::new();
    if features.taints {
        for key in ["dedicated", "spot"] {
            if dice.chance(25) {
                let effect = *dice.pick(&["NoSchedule", "PreferNoSchedule", "NoExecute"]);
                taints.push(json!({"key": key, "value": "x", "effect": effect}));
            }
        }
    }
    let (cpu, memory) = match features.uniform {
        true => (8, 32),
        false => (*dice.pick(&[2, 4, 8, 16]), *dice.pick(&[4, 8, 32, 64])),
    };
    let pods = *dice.pick(&[110, 110, 20, 5]);
    let mut allocatable = json!({"cpu": cpu.to_string(), "memory": format!("{memory}Gi"), "pods": pods.to_string(),
        "ephemeral-storage": "50Gi"});
    if features.extended && dice.chance(40) {
        allocatable["nvidia.com/gpu"] = json!(dice.between(1, 4).to_string());
    }
    let mut images = Vec::new();
    if features.images {
        for image in 0..4 {
            if dice.chance(40) {
                images.push(json!({"names": [format!("image-{image}:latest")], "sizeBytes": (image + 1) * 300_000_000}));
            }
        }
    }
    json!({"kind": "Node", "metadata": {"name": name, "labels": labels},
        "spec": {"unschedulable": features.cordons && dice.chance(15), "taints": taints},
        "status": {"allocatable": allocatable, "images": images}})
}

const APPS: [&str; 3] = ["web", "db", "job"];

/// A pod that stands for its kind.
pub fn pod(dice: &mut Dice, features: &Features, number: usize) -> Value {
    let app = *dice.pick(&APPS);
    let labels = json!({"app": app, "tier": dice.pick(&["a", "b"])});
    let namespace = if features.namespaces { *dice.pick(&["default", "other"]) } else { "default" };
    let mut spec = json!({"containers": [container(dice, features)]});
    if features.priorities {
        spec["priority"] = json!(*dice.pick(&[-10, 0, 0, 10, 20]));
        if dice.chance(20) {
            spec["preemptionPolicy"] = json!("Never");
        }
    }
    if features.taints && dice.chance(50) {
        let mut toleration = json!({"key": dice.pick(&["dedicated", "spot"]), "operator": "Exists"});
        if dice.chance(50) {
            toleration["effect"] = json!(*dice.pick(&["NoSchedule", "PreferNoSchedule"]));
        }
        spec["tolerations"] = json!([toleration]);
    }
    if features.cordons && dice.chance(10) {
        spec["tolerations"] = json!([{"operator": "Exists"}]);
    }
    if features.node_affinity {
        node_affinity(dice, &mut spec);
    }
    if features.spread && dice.chance(60) {
        let one = |dice: &mut Dice| {
            let mut constraint = json!({"maxSkew": dice.between(1, 3), "topologyKey": pick_key(dice),
                "whenUnsatisfiable": dice.pick(&["ScheduleAnyway", "DoNotSchedule"]),
                "labelSelector": selector(dice)});
            if dice.chance(20) {
                constraint["nodeTaintsPolicy"] = json!("Honor");
                constraint["nodeAffinityPolicy"] = json!("Ignore");
            }
            if dice.chance(20) && constraint["whenUnsatisfiable"] == "DoNotSchedule" {
                constraint["minDomains"] = json!(dice.between(1, 4));
            }
            constraint
        };
        let count = dice.between(1, 2);
        spec["topologySpreadConstraints"] = (0..count).map(|_| one(dice)).collect();
    }
    if features.affinity {
        for kind in ["podAffinity", "podAntiAffinity"] {
            if dice.chance(30) {
                let term = term(dice, features);
                spec["affinity"][kind]["requiredDuringSchedulingIgnoredDuringExecution"] = json!([term]);
            }
            if dice.chance(30) {
                let term = json!({"weight": dice.between(1, 100), "podAffinityTerm": term(dice, features)});
                spec["affinity"][kind]["preferredDuringSchedulingIgnoredDuringExecution"] = json!([term]);
            }
        }
    }
    if dice.chance(2) {
        spec["nodeSelector"] = json!({"kubernetes.io/hostname": "node-1"});
    }
    let mut metadata = json!({"name": format!("pod-{number}"), "namespace": namespace, "labels": labels});
    if features.services && dice.chance(50) {
        metadata["ownerReferences"] =
            json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app, "controller": true}]);
    }
    json!({"kind": "Pod", "metadata": metadata, "spec": spec})
}

fn container(dice: &mut Dice, features: &Features) -> Value {
    let mut requests = json!({});
    if dice.chance(90) {
        requests["cpu"] =
            json!(format!("{}m", dice.between(1, 20) * if features.uniform { 50 } else { 100 }));
    }
    if dice.chance(90) {
        requests["memory"] = json!(format!("{}Mi", dice.between(1, 16) * 128));
    }
    if features.extended && dice.chance(30) {
        requests["nvidia.com/gpu"] = json!("1");
    }
    if features.extended && dice.chance(30) {
        requests["ephemeral-storage"] = json!("7Gi");
    }
    let mut container = json!({"name": "main", "resources": {"requests": requests}});
    if features.images {
        container["image"] = json!(format!("image-{}", dice.between(0, 4)));
    }
    if features.ports && dice.chance(40) {
        container["ports"] = json!([{"containerPort": 80, "hostPort": dice.between(1, 2) * 8_000}]);
    }
    container
}

fn node_affinity(dice: &mut Dice, spec: &mut Value) {
    let expression = |dice: &mut Dice| {
        let operator = *dice.pick(&["In", "NotIn", "Exists", "DoesNotExist"]);
        let values =
            if matches!(operator, "In" | "NotIn") { json!([dice.pick(&["ssd", "hdd"])]) } else { json!([]) };
        json!({"matchExpressions": [{"key": "disk", "operator": operator, "values": values}]})
    };
    match dice.between(0, 9) {
        0 => spec["nodeSelector"] = json!({"disk": "ssd"}),
        1..4 => {
            spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
                json!({"nodeSelectorTerms": [expression(dice)]});
        }
        4 => {
            let name = json!([{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]);
            spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
                json!({"nodeSelectorTerms": [{"matchFields": name}]});
        }
        _ => {}
    }
    if dice.chance(50) {
        spec["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] =
            json!([{"weight": dice.between(1, 100), "preference": expression(dice)}]);
    }
}

fn selector(dice: &mut Dice) -> Value {
    match dice.between(0, 9) {
        0 => json!({}),
        1 => Value::Null,
        2 => json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["job"]}]}),
        _ => json!({"matchLabels": {"app": dice.pick(&APPS)}}),
    }
}

fn term(dice: &mut Dice, features: &Features) -> Value {
    let mut term = json!({"topologyKey": pick_key(dice), "labelSelector": selector(dice)});
    if features.namespaces {
        match dice.between(0, 3) {
            0 => term["namespaces"] = json!(["default", "other"]),
            1 => term["namespaceSelector"] = json!({"matchLabels": {"team": "x"}}),
            2 => term["namespaceSelector"] = json!({}),
            _ => {}
        }
    }
    term
}

/// A service, a controller or a namespace.
pub fn surrounding(dice: &mut Dice, features: &Features) -> Value {
    let app = *dice.pick(&APPS);
    let namespace = if features.namespaces { *dice.pick(&["default", "other"]) } else { "default" };
    let metadata = json!({"name": app, "namespace": namespace});
    match dice.between(0, 2) {
        0 => {
            json!({"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": {"selector": {"app": app}}})
        }
        1 => json!({"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": metadata,
            "spec": {"selector": {"matchLabels": {"app": app}}}}),
        _ => json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": namespace,
            "labels": {"team": dice.pick(&["x", "y"])}}}),
    }
}

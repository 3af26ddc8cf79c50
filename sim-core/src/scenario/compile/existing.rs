//! A dump of a real cluster joins the model: its nodes with the pods on them, and the pods that wait.
//!
//! **Models** nodes with labels, taints, cordons, images and allocatable; pods with everything that decides
//! placement; priority classes, budgets, services, controllers, volumes and claims as far as placement asks
//! for them. Equal nodes of one pool are a group, the pods of one namespace a workload.
//! **Leaves out** that controllers make pods again, what pods use, and pods on their way out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::{ClassId, GroupId, Id, WorkloadId, ZoneId};
use crate::kubernetes::{self, Object, Objects};
use crate::model::image::NodeImages;
use crate::model::{
    Container, Controller, Distribution, ExistingNode, ExistingPod, Machine, Model, NodeGroup, NodeMemory,
    PodClass, Qos, RestartPolicy, Workload, controllers, subject,
};
use crate::placement::{NodeSpec, PodSpec, Symbol};
use crate::resources::Resources;
use crate::time::SimDuration;

/// Labels by which providers call a node's pool, and at last the machine type.
const POOL_LABELS: [&str; 7] = [
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
];
/// What a pod of the dump is to be stopped with where it says nothing.
const GRACE_SECONDS: u64 = 30;

/// Puts the objects into the model.
pub(super) fn join(model: &mut Model, objects: &Objects) {
    for object in &objects.objects {
        model.surroundings.surroundings.apply(object, &mut model.surroundings.symbols);
    }
    let mut joining = Joining { model, nodes: BTreeMap::new(), namespaces: BTreeMap::new() };
    let nodes = objects.objects.iter().filter_map(|object| match object {
        Object::Node(node) => Some(node),
        _ => None,
    });
    nodes.for_each(|node| joining.node(node));
    let pods = objects.objects.iter().filter_map(|object| match object {
        Object::Pod(pod) if !matches!(pod.status.phase.as_str(), "Succeeded" | "Failed") => Some(pod),
        _ => None,
    });
    pods.for_each(|pod| joining.pod(pod));
}

struct Joining<'m> {
    model: &'m mut Model,
    /// Places in [`Existing::nodes`] by name.
    nodes: BTreeMap<String, u32>,
    namespaces: BTreeMap<String, WorkloadId>,
}

impl Joining<'_> {
    fn node(&mut self, node: &kubernetes::Node) {
        let mut spec = NodeSpec::compile(node, &mut self.model.surroundings.symbols);
        if spec.labels.value(Symbol::HOSTNAME).is_none() {
            spec.labels.set(Symbol::HOSTNAME, spec.name);
        }
        let annotations = node.metadata.annotations.clone();
        let group = self.group_of(node, &spec);
        self.model.groups[group].annotations = annotations;
        let ordinal = &mut self.model.groups[group].initial;
        *ordinal += 1;
        let ordinal = *ordinal;
        self.model.groups[group].min = ordinal;
        self.model.groups[group].max = ordinal;
        let place = self.model.existing.nodes.len() as u32;
        self.nodes.insert(node.metadata.name.clone(), place);
        self.model.existing.nodes.push(ExistingNode { group, ordinal, spec });
    }

    /// The group of nodes of this pool with the same allocatable.
    fn group_of(&mut self, node: &kubernetes::Node, spec: &NodeSpec) -> GroupId {
        let labels = &node.metadata.labels;
        let pool = POOL_LABELS.iter().find_map(|label| labels.get(*label)).map_or("node", String::as_str);
        let alike = |group: &NodeGroup| {
            group.template.allocatable == spec.allocatable && group.template.max_pods == spec.max_pods
        };
        let is_of_pool =
            |name: &str| name == pool || name.strip_prefix(pool).is_some_and(|rest| rest.starts_with('.'));
        let dumped = self.model.existing.nodes.iter().map(|node| node.group);
        let mut known = dumped.filter(|group| is_of_pool(&self.model.groups[*group].name));
        if let Some(group) = known.find(|group| alike(&self.model.groups[*group])) {
            return group;
        }
        let taken = |name: &str| self.model.groups.iter().any(|group| group.name == name);
        let numbered = (2..).map(|number| format!("{pool}.{number}"));
        let mut names = core::iter::once(pool.to_owned()).chain(numbered);
        let name = names.find(|name| !taken(name)).expect("there is always another number");
        self.add_group(name, spec)
    }

    fn add_group(&mut self, name: String, spec: &NodeSpec) -> GroupId {
        let amount = |amount: i64| u64::try_from(amount).unwrap_or(0);
        let allocatable = Resources {
            cpu_millis: amount(spec.allocatable.cpu_millis),
            memory_bytes: amount(spec.allocatable.memory_bytes),
            pods: amount(spec.max_pods),
        };
        let group = NodeGroup {
            subject: subject("nodeGroup", &name),
            name,
            allocatable,
            daemon_sets: Resources::ZERO,
            template: spec.clone(),
            min: 0,
            max: 0,
            initial: 0,
            annotations: BTreeMap::new(),
            machine: Machine {
                zones: vec![self.zone_of(spec)],
                cores: u32::try_from(allocatable.cpu_millis.div_ceil(1000)).unwrap_or(u32::MAX),
                micro_dollars_per_hour: 0,
                boot: Distribution::Constant(180.0),
                reset: Distribution::Constant(90.0),
                auto_repair: None,
                spot: None,
                faults: Vec::new(),
            },
            images: NodeImages {
                preloaded: Vec::new(),
                bytes_per_second: u64::MAX,
                parallel: 1,
                disk: None,
                disk_used: 0,
                cleaner: None,
            },
            memory: NodeMemory {
                capacity: allocatable.memory_bytes,
                kubepods: allocatable.memory_bytes,
                eviction_hard: 0,
                system: 0,
                starvation: None,
            },
        };
        let template = group.template.clone();
        let id = self.model.groups.push(group);
        for class in self.model.classes.ids() {
            let admits = super::pods::admits(&self.model.classes[class].spec, &template);
            self.model.classes[class].admits.push(admits);
        }
        id
    }

    fn zone_of(&mut self, spec: &NodeSpec) -> ZoneId {
        let symbols = &self.model.surroundings.symbols;
        let zone = spec.labels.value(Symbol::ZONE).or_else(|| spec.labels.value(Symbol::OLD_ZONE));
        let name = zone.map_or("", |zone| symbols.text(zone)).to_owned();
        match self.model.zones.iter().position(|known| *known == name) {
            Some(known) => ZoneId::from_index(known),
            None => self.model.zones.push(name),
        }
    }

    fn pod(&mut self, pod: &kubernetes::Pod) {
        let prototype = &mut self.model.surroundings;
        let classes = &prototype.surroundings.priority_classes;
        let mut spec = PodSpec::compile(pod, classes, &mut prototype.symbols);
        let node = pod.spec.node_name.as_ref().and_then(|name| self.nodes.get(name)).copied();
        if node.is_none() && pod.spec.node_name.as_ref().is_some_and(|name| !name.is_empty()) {
            // Its node is not in the dump: neither fits nor waits.
            return;
        }
        // What a bound pod says by `nodeName` is where it is, not what it asks for.
        spec.node_name = None;
        let amount = |amount: i64| u64::try_from(amount).unwrap_or(0);
        let requests = Resources {
            cpu_millis: amount(spec.requests.needed.cpu_millis),
            memory_bytes: amount(spec.requests.needed.memory_bytes),
            pods: 1,
        };
        let profile =
            self.model.profiles.iter().position(|known| known.scheduler_name == spec.scheduler_name);
        let grace = pod.spec.termination_grace_period_seconds.unwrap_or(GRACE_SECONDS);
        let workload = self.workload_of(pod.metadata.namespace());
        let class = self.model.classes.push(PodClass {
            name: self.model.workloads[workload].name.clone(),
            requests,
            admits: self
                .model
                .groups
                .iter()
                .map(|group| super::pods::admits(&spec, &group.template))
                .collect(),
            tolerations: Vec::new(),
            priority: spec.priority,
            grace: SimDuration::from_secs(grace),
            startup: Distribution::Constant(0.0),
            annotations: pod.metadata.annotations.clone(),
            local_volumes: local_volumes(pod),
            containers: vec![Container { request: Some(requests.memory_bytes), ..Container::default() }],
            images: Vec::new(),
            qos: Qos::Burstable,
            restart_policy: RestartPolicy::Always,
            profile: profile.unwrap_or_default(),
            spec: Arc::new(spec),
        });
        let names = &mut self.model.workloads[workload].pod_names;
        let ordinal = names.len() as u32;
        names.push(pod.metadata.name.clone());
        self.model.existing.pods.push(ExistingPod { class, workload, ordinal, node });
    }

    /// The workload that stands for a namespace.
    fn workload_of(&mut self, namespace: &str) -> WorkloadId {
        if let Some(known) = self.namespaces.get(namespace) {
            return *known;
        }
        let name = format!("cluster-{namespace}");
        let workload = Workload {
            subject: subject("workload", &name),
            name,
            class: ClassId::from_index(0),
            drawn: None,
            replicas: 0,
            arrivals: None,
            lifetime: None,
            controller: Controller::None,
            tracked: false,
            ready_after: Distribution::Constant(0.0),
            claims: controllers::Claims::default(),
            budget: None,
            autoscaling: None,
            demand: controllers::Demand::default(),
            pod_names: Vec::new(),
        };
        let id = self.model.workloads.push(workload);
        self.namespaces.insert(namespace.to_owned(), id);
        id
    }
}

/// The volumes on the node's own disk: they block the autoscaler from draining it.
fn local_volumes(pod: &kubernetes::Pod) -> Vec<String> {
    let on_disk = |volume: &&kubernetes::Volume| {
        volume.host_path.is_some()
            || volume.empty_dir.as_ref().is_some_and(|folder| folder.medium != "Memory")
    };
    pod.spec.volumes.iter().filter(on_disk).map(|volume| volume.name.clone()).collect()
}

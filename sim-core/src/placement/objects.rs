//! What decides placement besides nodes and pods: namespaces, services, controllers, disruption budgets,
//! volumes and priority classes.

use std::collections::BTreeMap;

use super::compile::PriorityClasses;
use super::labels::{Labels, NodeSelector, Requirement, Selector};
use super::pod::{ControllerKind, PodSpec};
use super::symbols::{Symbol, Symbols};
use crate::kubernetes::{
    BindingMode, Object, PersistentVolume, PersistentVolumeClaim, PodDisruptionBudget, Service, Workload,
    WorkloadKind,
};

/// A namespaced name.
type Name = (Symbol, Symbol);

/// The tables.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Priority classes, for compiling pods.
    pub priority_classes: PriorityClasses,
    namespaces: BTreeMap<Symbol, Labels>,
    services: BTreeMap<Name, Vec<(Symbol, Symbol)>>,
    controllers: BTreeMap<(ControllerKind, Name), Selector>,
    budgets: BTreeMap<Name, Budget>,
    volumes: BTreeMap<Symbol, Volume>,
    claims: BTreeMap<Name, Claim>,
    classes: BTreeMap<Symbol, Option<BindingMode>>,
    /// How often anything changed that says which pods are alike.
    version: u64,
}

/// A disruption budget.
#[derive(Clone, Debug)]
pub struct Budget {
    /// The namespace of its pods.
    pub namespace: Symbol,
    /// Its pods.
    pub selector: Selector,
    /// How many of them may go now.
    pub allowed: i32,
}

/// A volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Labels that bind it to zones and regions: the label and the values it admits.
    pub zones: Vec<(Symbol, Vec<Symbol>)>,
    /// The nodes it can be reached from; `None`: all.
    pub nodes: Option<NodeSelector>,
}

/// A claim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The volume it names.
    pub volume: Option<Symbol>,
    /// Whether the binding is complete.
    pub bound: bool,
    /// Whether its volume is lost.
    pub lost: bool,
    /// Whether it is being deleted.
    pub deleted: bool,
    /// Whether a single pod may use it at a time.
    pub one_pod: bool,
    /// Its class.
    pub class: Option<Symbol>,
}

impl Surroundings {
    /// Takes in an object, or its new version; nodes, pods and configurations are not of this table.
    pub fn apply(&mut self, object: &Object, symbols: &mut Symbols) {
        if matches!(object, Object::Namespace(_) | Object::Service(_) | Object::Workload(..)) {
            self.version += 1;
        }
        match object {
            Object::PriorityClass(class) => self.priority_classes.add(class.clone()),
            Object::Namespace(namespace) => {
                let labels = Labels::compile(&namespace.metadata.labels, symbols);
                self.namespaces.insert(symbols.intern(&namespace.metadata.name), labels);
            }
            Object::Service(service) => self.apply_service(service, symbols),
            Object::Workload(kind, workload) => self.apply_workload(*kind, workload, symbols),
            Object::PodDisruptionBudget(budget) => self.apply_budget(budget, symbols),
            Object::PersistentVolume(volume) => self.apply_volume(volume, symbols),
            Object::PersistentVolumeClaim(claim) => self.apply_claim(claim, symbols),
            Object::StorageClass(class) => {
                self.classes.insert(symbols.intern(&class.metadata.name), class.volume_binding_mode);
            }
            Object::Node(_) | Object::Pod(_) | Object::SchedulerConfiguration(_) => {}
        }
    }

    fn apply_service(&mut self, service: &Service, symbols: &mut Symbols) {
        let name = name(&service.metadata, symbols);
        match &service.spec.selector {
            Some(selector) => {
                let pairs = selector.iter().map(|(key, value)| (symbols.intern(key), symbols.intern(value)));
                self.services.insert(name, pairs.collect());
            }
            None => drop(self.services.remove(&name)),
        }
    }

    fn apply_workload(&mut self, kind: WorkloadKind, workload: &Workload, symbols: &mut Symbols) {
        let kind = match kind {
            WorkloadKind::ReplicationController => ControllerKind::ReplicationController,
            WorkloadKind::ReplicaSet => ControllerKind::ReplicaSet,
            WorkloadKind::StatefulSet => ControllerKind::StatefulSet,
            WorkloadKind::Deployment | WorkloadKind::DaemonSet | WorkloadKind::Job => return,
        };
        let selector = Selector::compile(workload.spec.selector.as_ref(), symbols);
        self.controllers.insert((kind, name(&workload.metadata, symbols)), selector);
    }

    fn apply_budget(&mut self, budget: &PodDisruptionBudget, symbols: &mut Symbols) {
        let name = name(&budget.metadata, symbols);
        let compiled = Budget {
            namespace: name.0,
            selector: Selector::compile(budget.spec.selector.as_ref(), symbols),
            allowed: budget.status.disruptions_allowed,
        };
        self.budgets.insert(name, compiled);
    }

    fn apply_volume(&mut self, volume: &PersistentVolume, symbols: &mut Symbols) {
        let labels = [Symbol::OLD_ZONE, Symbol::OLD_REGION, Symbol::ZONE, Symbol::REGION];
        let mut zones = Vec::new();
        for label in labels {
            if let Some(values) = volume.metadata.labels.get(symbols.text(label)) {
                // Several zones stand in one value, `a__b`; a value with an empty part counts as absent.
                let values: Vec<&str> = values.split("__").map(str::trim).collect();
                if values.iter().all(|value| !value.is_empty()) {
                    zones.push((label, values.into_iter().map(|value| symbols.intern(value)).collect()));
                }
            }
        }
        let required = volume.spec.node_affinity.as_ref().and_then(|affinity| affinity.required.as_ref());
        let nodes = required.map(|required| NodeSelector::compile(required, symbols));
        self.volumes.insert(symbols.intern(&volume.metadata.name), Volume { zones, nodes });
    }

    fn apply_claim(&mut self, claim: &PersistentVolumeClaim, symbols: &mut Symbols) {
        let volume = (!claim.spec.volume_name.is_empty()).then(|| symbols.intern(&claim.spec.volume_name));
        let complete = claim.metadata.annotations.contains_key("pv.kubernetes.io/bind-completed");
        let old_class = claim.metadata.annotations.get("volume.beta.kubernetes.io/storage-class");
        let class = old_class.or(claim.spec.storage_class_name.as_ref()).filter(|class| !class.is_empty());
        let compiled = Claim {
            volume,
            bound: volume.is_some() && complete,
            lost: claim.status.phase == "Lost",
            deleted: claim.metadata.deletion_timestamp.is_some(),
            one_pod: claim.spec.access_modes.iter().any(|mode| mode == "ReadWriteOncePod"),
            class: class.map(|class| symbols.intern(class)),
        };
        self.claims.insert(name(&claim.metadata, symbols), compiled);
    }

    /// Changes whenever namespaces, services or controllers do.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The labels of a namespace, if it is known.
    pub fn namespace(&self, namespace: Symbol) -> Option<&Labels> {
        self.namespaces.get(&namespace)
    }

    /// All disruption budgets.
    pub fn budgets(&self) -> impl Iterator<Item = &Budget> {
        self.budgets.values()
    }

    /// A volume by name.
    pub fn volume(&self, name: Symbol) -> Option<&Volume> {
        self.volumes.get(&name)
    }

    /// A claim by namespace and name.
    pub fn claim(&self, namespace: Symbol, name: Symbol) -> Option<&Claim> {
        self.claims.get(&(namespace, name))
    }

    /// When claims of a class are bound; `None`: no such class.
    pub fn binding_mode(&self, class: Symbol) -> Option<Option<BindingMode>> {
        self.classes.get(&class).copied()
    }

    /// The selectors of the services that select a pod and of its controller.
    pub fn selectors_of(&self, pod: &PodSpec) -> Vec<Selector> {
        let exact = |selector: &Vec<(Symbol, Symbol)>| {
            Selector::All(
                selector.iter().map(|(key, value)| Requirement::is_in(*key, vec![*value])).collect(),
            )
        };
        let mut all: Vec<Selector> = self.services_of(pod).map(exact).collect();
        all.extend(self.selector_of_controller(pod).cloned());
        all
    }

    fn services_of<'a>(&'a self, pod: &'a PodSpec) -> impl Iterator<Item = &'a Vec<(Symbol, Symbol)>> {
        let in_namespace = (pod.namespace, Symbol::EMPTY)..;
        let services =
            self.services.range(in_namespace).take_while(|((namespace, _), _)| *namespace == pod.namespace);
        let selects = |selector: &&Vec<(Symbol, Symbol)>| {
            selector.iter().all(|(key, value)| pod.labels.value(*key) == Some(*value))
        };
        services.map(|(_, selector)| selector).filter(selects)
    }

    fn selector_of_controller(&self, pod: &PodSpec) -> Option<&Selector> {
        let (kind, name) = pod.controller?;
        self.controllers.get(&(kind, (pod.namespace, name)))
    }

    /// The selector that default spreading counts a pod's like by: what services that select the pod and
    /// its controller ask of their pods (plugins/helper/spread.go, `DefaultSelector`). An empty one says
    /// that nothing owns the pod.
    pub fn default_selector(&self, pod: &PodSpec) -> Selector {
        let labels: BTreeMap<Symbol, Symbol> = self.services_of(pod).flatten().copied().collect();
        let mut all: Vec<Requirement> =
            labels.into_iter().map(|(key, value)| Requirement::is_in(key, vec![value])).collect();
        if let Some(Selector::All(requirements)) = self.selector_of_controller(pod) {
            all.extend(requirements.iter().cloned());
        }
        Selector::All(all)
    }
}

fn name(metadata: &crate::kubernetes::Metadata, symbols: &mut Symbols) -> Name {
    (symbols.intern(metadata.namespace()), symbols.intern(&metadata.name))
}

//! From a pod as written to a [`PodSpec`], with what an API server adds on the way.
//!
//! Models: defaulting (pkg/apis/core/v1/defaults.go), the Priority admission plugin and the merge of
//! `matchLabelKeys` into selectors (pkg/registry/core/pod/strategy.go), Kubernetes 1.36.
//! Leaves out: validation, and tolerations that DefaultTolerationSeconds adds.

use std::collections::BTreeMap;

use super::labels::{Labels, NodeSelector, NodeTerm, Requirement, Selector};
use super::pod::{AffinityTerm, ControllerKind, HostPort, PodSpec, SpreadConstraint, Toleration};
use super::requests::Requests;
use super::symbols::{Symbol, Symbols};
use crate::kubernetes::{
    Container, ContainerRestartPolicy, InclusionPolicy, Pod, PodAffinity, PodAffinityTerm, PreemptionPolicy,
    PriorityClass, TolerationOperator, TopologySpreadConstraint, Unsatisfiable,
};

/// The priority classes of a cluster, by name.
#[derive(Clone, Debug, Default)]
pub struct PriorityClasses(BTreeMap<String, PriorityClass>);

impl PriorityClasses {
    /// Adds a class or replaces the one of its name.
    pub fn add(&mut self, class: PriorityClass) {
        self.0.insert(class.metadata.name.clone(), class);
    }

    /// Priority of a pod and whether it may preempt: what admission has written, else its class's, else
    /// the global default's, else 0.
    fn of(&self, pod: &Pod) -> (i32, bool) {
        let name = pod.spec.priority_class_name.as_deref().filter(|name| !name.is_empty());
        let class = match name {
            Some(name) => self.0.get(name),
            None => self.0.values().filter(|class| class.global_default).max_by_key(|class| class.value),
        };
        let built_in = match name {
            Some("system-cluster-critical") => 2_000_000_000,
            Some("system-node-critical") => 2_000_001_000,
            _ => 0,
        };
        let priority = pod.spec.priority.unwrap_or_else(|| class.map_or(built_in, |class| class.value));
        let policy = pod.spec.preemption_policy.or(class.and_then(|class| class.preemption_policy));
        (priority, policy.unwrap_or_default() == PreemptionPolicy::PreemptLowerPriority)
    }
}

impl PodSpec {
    /// Compiles a pod as written.
    pub fn compile(pod: &Pod, classes: &PriorityClasses, symbols: &mut Symbols) -> Self {
        let (priority, preempts) = classes.of(pod);
        let namespace = symbols.intern(pod.metadata.namespace());
        let labels = Labels::compile(&pod.metadata.labels, symbols);
        let affinity = pod.spec.affinity.clone().unwrap_or_default();
        let node_affinity = affinity.node_affinity.unwrap_or_default();
        let near = affinity.pod_affinity.unwrap_or_default();
        let far = affinity.pod_anti_affinity.unwrap_or_default();
        let preferred = |preferred: &crate::kubernetes::PreferredNodeTerm, symbols: &mut Symbols| {
            (i64::from(preferred.weight), NodeTerm::compile(&preferred.preference, symbols))
        };
        let mut terms = TermCompiler { namespace, labels: &labels, symbols };
        let mut preferred_affinity = terms.preferred(&near, 1);
        preferred_affinity.extend(terms.preferred(&far, -1));
        let (near, far) = (terms.required(&near), terms.required(&far));
        Self {
            namespace,
            scheduler_name: symbols.intern(pod.spec.scheduler_name.as_deref().unwrap_or("default-scheduler")),
            priority,
            preempts,
            gated: !pod.spec.scheduling_gates.is_empty(),
            requests: Requests::compile(&pod.spec, symbols),
            node_name: pod
                .spec
                .node_name
                .as_ref()
                .filter(|name| !name.is_empty())
                .map(|name| symbols.intern(name)),
            node_selector: Requirement::exact(&pod.spec.node_selector, symbols),
            node_affinity: node_affinity.required.map(|required| NodeSelector::compile(&required, symbols)),
            preferred_nodes: node_affinity.preferred.iter().map(|each| preferred(each, symbols)).collect(),
            tolerations: pod.spec.tolerations.iter().map(|each| toleration(each, symbols)).collect(),
            spread: pod
                .spec
                .topology_spread_constraints
                .iter()
                .map(|constraint| SpreadConstraint::compile(constraint, &labels, symbols))
                .collect(),
            affinity: near,
            anti_affinity: far,
            preferred_affinity,
            host_ports: host_ports(pod, symbols),
            images: containers(pod).map(|container| symbols.intern(&image_name(&container.image))).collect(),
            claims: claims(pod, symbols),
            controller: controller(pod, symbols),
            labels,
        }
    }
}

fn containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    pod.spec.init_containers.iter().chain(&pod.spec.containers)
}

fn toleration(toleration: &crate::kubernetes::Toleration, symbols: &mut Symbols) -> Toleration {
    Toleration {
        key: (!toleration.key.is_empty()).then(|| symbols.intern(&toleration.key)),
        value: match toleration.operator {
            TolerationOperator::Equal => Some(symbols.intern(&toleration.value)),
            TolerationOperator::Exists => None,
        },
        effect: toleration.effect,
    }
}

/// Ports of containers and sidecars; with the node's network, every port is one of the node.
fn host_ports(pod: &Pod, symbols: &mut Symbols) -> Vec<HostPort> {
    let sidecar = |container: &&Container| container.restart_policy == Some(ContainerRestartPolicy::Always);
    let running = pod.spec.init_containers.iter().filter(sidecar).chain(&pod.spec.containers);
    let mut ports = Vec::new();
    for port in running.flat_map(|container| &container.ports) {
        let number = match port.host_port {
            0 if pod.spec.host_network => port.container_port,
            number => number,
        };
        if number > 0 {
            let ip = match port.host_ip.as_str() {
                "" | "0.0.0.0" => Symbol::EMPTY,
                ip => symbols.intern(ip),
            };
            ports.push(HostPort { ip, protocol: port.protocol, port: number });
        }
    }
    ports
}

/// The image's name with the tag that is meant (`normalizedImageName` in imagelocality/image_locality.go).
pub fn image_name(image: &str) -> String {
    let tagged = image.rfind(':').is_some_and(|colon| image.rfind('/').is_none_or(|slash| colon > slash));
    if tagged { image.to_owned() } else { format!("{image}:latest") }
}

fn claims(pod: &Pod, symbols: &mut Symbols) -> Vec<Symbol> {
    let claims = pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.map(|claim| symbols.intern(&claim.claim_name)).collect()
}

fn controller(pod: &Pod, symbols: &mut Symbols) -> Option<(ControllerKind, Symbol)> {
    let owner = pod.metadata.owner_references.iter().find(|owner| owner.controller)?;
    let kind = match (owner.api_version.as_str(), owner.kind.as_str()) {
        ("v1", "ReplicationController") => ControllerKind::ReplicationController,
        ("apps/v1", "ReplicaSet") => ControllerKind::ReplicaSet,
        ("apps/v1", "StatefulSet") => ControllerKind::StatefulSet,
        _ => return None,
    };
    Some((kind, symbols.intern(&owner.name)))
}

impl SpreadConstraint {
    /// Compiles a constraint of a pod with these labels.
    pub fn compile(constraint: &TopologySpreadConstraint, labels: &Labels, symbols: &mut Symbols) -> Self {
        let mut selector = Selector::compile(constraint.label_selector.as_ref(), symbols);
        selector.and(alike(&constraint.match_label_keys, labels, symbols));
        Self {
            max_skew: i64::from(constraint.max_skew),
            topology_key: symbols.intern(&constraint.topology_key),
            hard: constraint.when_unsatisfiable == Unsatisfiable::DoNotSchedule,
            selector,
            min_domains: constraint.min_domains.map_or(1, |domains| usize::try_from(domains).unwrap_or(0)),
            honors_affinity: constraint.node_affinity_policy != Some(InclusionPolicy::Ignore),
            honors_taints: constraint.node_taints_policy == Some(InclusionPolicy::Honor),
        }
    }
}

/// One requirement for each of the keys that `labels` have: the same value.
fn alike(keys: &[String], labels: &Labels, symbols: &mut Symbols) -> Vec<Requirement> {
    let one = |key: &String| {
        let key = symbols.intern(key);
        labels.value(key).map(|value| Requirement::is_in(key, vec![value]))
    };
    keys.iter().filter_map(one).collect()
}

/// What the affinity terms of one pod have in common.
struct TermCompiler<'a> {
    namespace: Symbol,
    labels: &'a Labels,
    symbols: &'a mut Symbols,
}

impl TermCompiler<'_> {
    fn required(&mut self, affinity: &PodAffinity) -> Vec<AffinityTerm> {
        affinity.required.iter().map(|term| self.term(term)).collect()
    }

    fn preferred(&mut self, affinity: &PodAffinity, sign: i64) -> Vec<(i64, AffinityTerm)> {
        let one = |each: &crate::kubernetes::WeightedPodAffinityTerm| {
            (sign * i64::from(each.weight), self.term(&each.pod_affinity_term))
        };
        affinity.preferred.iter().map(one).collect()
    }

    fn term(&mut self, term: &PodAffinityTerm) -> AffinityTerm {
        let mut selector = Selector::compile(term.label_selector.as_ref(), self.symbols);
        selector.and(alike(&term.match_label_keys, self.labels, self.symbols));
        for key in &term.mismatch_label_keys {
            let key = self.symbols.intern(key);
            selector.and(self.labels.value(key).map(|value| Requirement::is_not_in(key, vec![value])));
        }
        let mut namespaces: Vec<Symbol> =
            term.namespaces.iter().map(|name| self.symbols.intern(name)).collect();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(self.namespace);
        }
        AffinityTerm {
            namespaces,
            namespace_selector: Selector::compile(term.namespace_selector.as_ref(), self.symbols),
            selector,
            topology_key: self.symbols.intern(&term.topology_key),
        }
    }
}

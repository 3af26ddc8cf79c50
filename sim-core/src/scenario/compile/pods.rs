//! Pod classes: requests with their defaults, which groups admit a pod, and whether one can hold it.

use std::sync::Arc;

use super::super::diagnostic::enumerate;
use super::super::path::Path;
use super::super::quantity::{Cpu, Memory};
use super::super::scalar::Problem;
use super::super::schema::{ContainerTemplate, PodTemplate, Process, Scenario, WorkloadKind};
use super::cluster::check_memory;
use super::{Findings, image, usage, within};
use crate::ids::{ClassId, GroupId, IdVec};
use crate::kubernetes::{self, Quantity};
use crate::model::{
    Container, Distribution, DrawnRequests, NodeGroup, NodeLifecycle, PodClass, Qos, RestartPolicy, Taint,
    TaintEffect, Toleration, TolerationOperator,
};
use crate::placement::{NodeSpec, PodSpec, PriorityClasses, Profile, Symbols};
use crate::resources::Resources;
use crate::time::SimDuration;

/// The classes so far, and the groups that may admit them.
pub(super) struct Classes<'s> {
    scenario: &'s Scenario,
    groups: &'s IdVec<GroupId, NodeGroup>,
    profiles: &'s [Arc<Profile>],
    on_cluster: bool,
    watches_memory: bool,
    symbols: &'s mut Symbols,
    table: IdVec<ClassId, PodClass>,
}

/// What a pod requests, on average where each draws its own, and where the file says so.
pub(super) struct Requests {
    pub cpu: Option<Cpu>,
    pub memory: Option<Memory>,
    pub cpu_path: Path,
    pub memory_path: Path,
    pub cpu_limit: Option<Cpu>,
    pub memory_limit: Option<Memory>,
    pub disk: Option<Memory>,
    pub disk_limit: Option<Memory>,
}

/// What a class has beside template and requests.
pub(super) struct Manner {
    /// Grace period where the template gives none.
    pub default_grace: SimDuration,
    /// Time from bind to running.
    pub startup: Distribution,
    /// When containers start again, where the template does not say.
    pub restart_policy: RestartPolicy,
    /// Whose memory it is, where the template does not say.
    pub process: Process,
}

impl<'s> Classes<'s> {
    pub(super) fn new(
        scenario: &'s Scenario,
        groups: &'s IdVec<GroupId, NodeGroup>,
        profiles: &'s [Arc<Profile>],
        on_cluster: bool,
        symbols: &'s mut Symbols,
    ) -> Self {
        let watches_memory = usage::is_watched(scenario);
        Self { scenario, groups, profiles, on_cluster, watches_memory, symbols, table: IdVec::new() }
    }

    /// What a pod of a class requests.
    pub(super) fn requests_of(&self, class: ClassId) -> Resources {
        self.table[class].requests
    }

    pub(super) fn into_table(self) -> IdVec<ClassId, PodClass> {
        self.table
    }

    /// Adds the class of the pods of `name`, whose template stands at `path`.
    pub(super) fn push(
        &mut self,
        name: &str,
        path: &Path,
        template: &PodTemplate,
        requests: &Requests,
        manner: Manner,
        findings: &mut Findings<'_>,
    ) -> ClassId {
        let first = usage::first_container(name, requests, template.usage.as_ref(), manner.process);
        let mut containers = vec![first];
        for (further, written) in &template.containers {
            let at = within(path, &["containers", further]);
            check_container(written, &at, findings);
            containers.push(usage::container(further, written));
        }
        usage::check_container(template.usage.as_ref(), path, findings);
        let sum = |amount: fn(&Container) -> Option<u64>| {
            containers.iter().filter_map(amount).fold(0, u64::saturating_add)
        };
        let amounts = Resources {
            cpu_millis: sum(|container| container.cpu_request),
            memory_bytes: sum(|container| container.request),
            pods: 1,
        };
        check_memory(requests.memory.unwrap_or_default(), &requests.memory_path, findings);
        let tolerations = self.tolerations(template, Qos::of(&containers));
        let spec =
            PodSpec::compile(&self.pod(name, template, requests, &tolerations), &no_classes(), self.symbols);
        let admits = self.groups.iter().map(|group| admits(&spec, &group.template)).collect();
        let profile = self.profiles.iter().position(|profile| profile.scheduler_name == spec.scheduler_name);
        if profile.is_none() {
            let asked = template.scheduler_name.as_deref().unwrap_or("default-scheduler");
            let known = self.profiles.iter().map(|profile| self.symbols.text(profile.scheduler_name));
            let hint = format!("the scheduler's profiles are {}", enumerate(known));
            let problem = Problem::not("S049", asked, "the name of a profile of the scheduler", hint);
            findings.error(&path.key("schedulerName"), problem);
        }
        let class = PodClass {
            name: name.to_owned(),
            requests: amounts,
            profile: profile.unwrap_or_default(),
            admits,
            tolerations,
            priority: template.priority,
            grace: template.termination_grace_period.map_or(manner.default_grace, |span| span.duration),
            startup: manner.startup,
            annotations: template.annotations.clone(),
            local_volumes: template.local_volumes.clone(),
            images: image::sized(self.scenario, &template.images),
            qos: Qos::of(&containers),
            containers,
            restart_policy: template.restart_policy.unwrap_or(manner.restart_policy),
            spec: Arc::new(spec),
        };
        // With nodes that only a dump knows, what fits nowhere is an answer and not a slip.
        if !self.on_cluster {
            self.check_fit(&class, path, requests, findings);
        }
        self.table.push(class)
    }

    /// The pod that the template stands for, as Kubernetes would have it.
    fn pod(
        &self,
        name: &str,
        template: &PodTemplate,
        requests: &Requests,
        tolerations: &[Toleration],
    ) -> kubernetes::Pod {
        let resources = pod_resources(requests.cpu, requests.memory, requests.disk);
        let port =
            |port: &u16| kubernetes::ContainerPort { host_port: i32::from(*port), ..Default::default() };
        let first = kubernetes::Container {
            image: template.images.first().cloned().unwrap_or_default(),
            resources,
            ports: template.host_ports.iter().map(port).collect(),
            ..Default::default()
        };
        let zero = || kubernetes::PodResources {
            requests: [("cpu".to_owned(), Quantity::ZERO), ("memory".to_owned(), Quantity::ZERO)].into(),
            ..Default::default()
        };
        let others = template.images.iter().skip(1).map(|image| kubernetes::Container {
            image: image.clone(),
            resources: zero(),
            ..Default::default()
        });
        let mut pod = kubernetes::Pod::default();
        pod.metadata.namespace.clone_from(&template.namespace);
        pod.metadata.labels = template.labels.clone();
        pod.metadata.labels.entry("app".to_owned()).or_insert_with(|| name.to_owned());
        let further = template.containers.values().map(|written| {
            let (requests, limits) = (&written.resources.requests, &written.resources.limits);
            let resources = pod_resources(
                requests.cpu.or(limits.cpu),
                requests.memory.or(limits.memory),
                requests.ephemeral_storage.or(limits.ephemeral_storage),
            );
            kubernetes::Container { resources, ..Default::default() }
        });
        pod.spec.containers = [first].into_iter().chain(others).chain(further).collect();
        pod.spec.node_selector = template.node_selector.clone();
        pod.spec.tolerations = tolerations.iter().map(Into::into).collect();
        pod.spec.affinity = Some(template.affinity.0.clone());
        pod.spec.topology_spread_constraints = template.topology_spread_constraints.0.clone();
        pod.spec.scheduler_name = template.scheduler_name.clone();
        pod.spec.priority = Some(template.priority);
        pod.spec.preemption_policy = Some(template.preemption_policy);
        pod
    }

    /// The template's, and what the admission plugin DefaultTolerationSeconds adds for nodes that are not
    /// Ready (kubernetes plugin/pkg/admission/defaulttolerationseconds) and, unless it is BestEffort, for those that are
    /// short of memory (plugin/pkg/admission/podtolerationrestriction).
    fn tolerations(&self, template: &PodTemplate, qos: Qos) -> Vec<Toleration> {
        let mut tolerations = template.tolerations.clone();
        if self.watches_memory && qos != Qos::BestEffort {
            tolerations.push(Toleration {
                key: Some("node.kubernetes.io/memory-pressure".to_owned()),
                operator: TolerationOperator::Exists,
                value: String::new(),
                effect: Some(TaintEffect::NoSchedule),
                toleration_seconds: None,
            });
        }
        let timeout = self.scenario.node_lifecycle.eviction_timeout.map(|span| span.duration);
        let timeout = timeout.unwrap_or(NodeLifecycle::of(self.scenario.era).eviction_timeout);
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let taint = Taint { key: key.to_owned(), value: String::new(), effect: TaintEffect::NoExecute };
            if !tolerations.iter().any(|toleration| toleration.tolerates(&taint)) {
                tolerations.push(Toleration {
                    key: Some(taint.key),
                    operator: TolerationOperator::Exists,
                    value: String::new(),
                    effect: Some(TaintEffect::NoExecute),
                    toleration_seconds: Some(timeout.as_micros() / 1_000_000),
                });
            }
        }
        tolerations
    }

    /// Reports a pod that would stay pending for ever.
    fn check_fit(&self, class: &PodClass, path: &Path, requests: &Requests, findings: &mut Findings<'_>) {
        let admitted =
            || self.groups.iter_enumerated().filter(|(id, _)| class.admits[*id]).map(|(_, group)| group);
        let called = &class.name;
        if self.groups.is_empty() {
            let fact = format!("there are no node groups for the pods of `{called}`");
            findings.error(path, Problem::new("S046", fact, "add an entry to `nodeGroups`"));
            return;
        }
        if admitted().next().is_none() {
            let fact = format!("no node group admits the pods of `{called}`");
            findings.error(path, Problem::new("S046", fact, self.why_excluded()));
            return;
        }
        if admitted().any(|group| class.requests.fits_in(&group.allocatable)) {
            return;
        }
        let largest =
            |amount: fn(&Resources) -> u64| admitted().max_by_key(|group| amount(&group.allocatable));
        let hint = "lower the request, or add a group with larger nodes; DaemonSets are already taken away";
        if let Some(group) = largest(|of| of.memory_bytes)
            .filter(|group| class.requests.memory_bytes > group.allocatable.memory_bytes)
        {
            let (asked, has) = (
                Memory { bytes: class.requests.memory_bytes },
                Memory { bytes: group.allocatable.memory_bytes },
            );
            let fact = format!(
                "a pod of `{called}` asks for {asked} of memory; the largest node it may use (`{}`) has {has}",
                group.name
            );
            findings.error(&requests.memory_path, Problem::new("S045", fact, hint));
        } else if let Some(group) = largest(|of| of.cpu_millis)
            .filter(|group| class.requests.cpu_millis > group.allocatable.cpu_millis)
        {
            let (asked, has) =
                (Cpu { millis: class.requests.cpu_millis }, Cpu { millis: group.allocatable.cpu_millis });
            let fact = format!(
                "a pod of `{called}` asks for {asked} CPU; the largest node it may use (`{}`) has {has}",
                group.name
            );
            let hint = if asked.millis > 100_000 {
                format!("{hint}; millicores are written `{}m`", asked.millis / 1_000)
            } else {
                hint.to_owned()
            };
            findings.error(&requests.cpu_path, Problem::new("S045", fact, hint));
        } else {
            let fact = format!("no node that a pod of `{called}` may use has both its CPU and its memory");
            findings.error(path, Problem::new("S045", fact, hint));
        }
    }

    fn why_excluded(&self) -> String {
        let tainted = self.scenario.node_groups.iter().filter(|(_, group)| !group.taints.is_empty());
        let tainted: Vec<&str> = tainted.map(|(name, _)| name.as_str()).collect();
        if tainted.is_empty() {
            "its `nodeSelector` names labels that no group has; add them to a group's `labels`".to_owned()
        } else {
            format!(
                "compare `nodeSelector` with the groups' `labels`, and `tolerations` with the taints of {}",
                enumerate(tainted)
            )
        }
    }
}

/// Whether nodes of a group take the pod at all, room aside. `PreferNoSchedule` never excludes.
pub(super) fn admits(spec: &PodSpec, template: &NodeSpec) -> bool {
    spec.admits_node(template.name, &template.labels)
        && template.taints.iter().all(|taint| !taint.forbids() || spec.tolerates(taint))
}

fn pod_resources(cpu: Option<Cpu>, memory: Option<Memory>, disk: Option<Memory>) -> kubernetes::PodResources {
    let mut requests = kubernetes::ResourceList::new();
    if let Some(cpu) = cpu {
        requests.insert("cpu".to_owned(), Quantity::from_millis(cpu.millis));
    }
    if let Some(memory) = memory {
        requests.insert("memory".to_owned(), Quantity::from_units(memory.bytes));
    }
    if let Some(disk) = disk {
        requests.insert("ephemeral-storage".to_owned(), Quantity::from_units(disk.bytes));
    }
    kubernetes::PodResources { requests, ..Default::default() }
}

/// Reports requests above limits of a further container.
fn check_container(written: &ContainerTemplate, path: &Path, findings: &mut Findings<'_>) {
    let (requests, limits) = (&written.resources.requests, &written.resources.limits);
    let paths = |key: &str| {
        [within(path, &["resources", "requests", key]), within(path, &["resources", "limits", key])]
    };
    if let (Some(asked), Some(limit)) = (requests.cpu, limits.cpu) {
        check_limit(asked > limit, "request", [&asked, &limit], paths("cpu"), findings);
    }
    if let (Some(asked), Some(limit)) = (requests.memory, limits.memory) {
        check_limit(asked > limit, "request", [&asked, &limit], paths("memory"), findings);
    }
    if let (Some(asked), Some(limit)) = (requests.ephemeral_storage, limits.ephemeral_storage) {
        check_limit(asked > limit, "request", [&asked, &limit], paths("ephemeral-storage"), findings);
    }
    usage::check_container(written.usage.as_ref(), path, findings);
}

/// Scenarios give priorities as numbers.
fn no_classes() -> PriorityClasses {
    PriorityClasses::default()
}

/// Requests and limits as in a container: a limit without a request is also the request.
pub(super) fn requests(template: &PodTemplate, path: &Path, findings: &mut Findings<'_>) -> Requests {
    let (requests, limits) = (&template.resources.requests, &template.resources.limits);
    let asked_cpu = requests.cpu.as_ref().map(|cpu| Cpu { millis: amount(cpu.millis.mean()) });
    let asked_memory = requests.memory.as_ref().map(|memory| Memory { bytes: amount(memory.bytes.mean()) });
    let at =
        |given: bool, key: &str| within(path, &["resources", if given { "requests" } else { "limits" }, key]);
    let read = Requests {
        cpu: asked_cpu.or(limits.cpu),
        memory: asked_memory.or(limits.memory),
        cpu_path: at(requests.cpu.is_some(), "cpu"),
        memory_path: at(requests.memory.is_some(), "memory"),
        cpu_limit: limits.cpu,
        memory_limit: limits.memory,
        disk: requests.ephemeral_storage.or(limits.ephemeral_storage),
        disk_limit: limits.ephemeral_storage,
    };
    if let (Some(asked), Some(limit)) = (&requests.cpu, limits.cpu) {
        let asked = Cpu { millis: amount(asked.millis.quantile(TOP)) };
        let paths = [read.cpu_path.clone(), at(false, "cpu")];
        check_limit(asked.millis > limit.millis, "request", [&asked, &limit], paths, findings);
    }
    if let (Some(asked), Some(limit)) = (&requests.memory, limits.memory) {
        let asked = Memory { bytes: amount(asked.bytes.quantile(TOP)) };
        let paths = [read.memory_path.clone(), at(false, "memory")];
        check_limit(asked.bytes > limit.bytes, "request", [&asked, &limit], paths, findings);
    }
    if let (Some(asked), Some(limit)) = (requests.ephemeral_storage, limits.ephemeral_storage) {
        let paths = [at(true, "ephemeral-storage"), at(false, "ephemeral-storage")];
        check_limit(asked > limit, "request", [&asked, &limit], paths, findings);
    }
    for (key, pods) in [("requests", requests.pods), ("limits", limits.pods)] {
        if pods.is_some() {
            let problem =
                Problem::new("S086", "a pod always counts as one; `pods` here changes nothing", "remove it");
            findings.warning(&within(path, &["resources", key, "pods"]), problem);
        }
    }
    read
}

/// The largest uniform that is ever drawn.
const TOP: f64 = 1.0 - f64::EPSILON / 2.0;

/// An amount, rounded up as Kubernetes rounds requests.
fn amount(value: f64) -> u64 {
    libm::ceil(value) as u64
}

/// What each pod of a workload of `kind` draws for itself; `None`: all request what their class does.
pub(super) fn drawn_requests(
    kind: Option<WorkloadKind>,
    template: &PodTemplate,
    path: &Path,
    findings: &mut Findings<'_>,
) -> Option<DrawnRequests> {
    let requests = &template.resources.requests;
    let varies = |law: &&Distribution| !matches!(law, Distribution::Constant(_));
    let drawn = DrawnRequests {
        cpu_millis: requests.cpu.as_ref().map(|cpu| &cpu.millis).filter(varies).cloned(),
        memory_bytes: requests.memory.as_ref().map(|memory| &memory.bytes).filter(varies).cloned(),
    };
    for (key, law) in [("cpu", &drawn.cpu_millis), ("memory", &drawn.memory_bytes)] {
        if law.is_some() && kind.is_some() {
            let fact = "the pods of a controller are all made from one template and request the same";
            let hint = "write an amount, or leave out `kind` for bare pods that draw their own";
            findings.error(
                &super::within(path, &["resources", "requests", key]),
                Problem::new("S056", fact, hint),
            );
        }
    }
    (drawn.cpu_millis.is_some() || drawn.memory_bytes.is_some()).then_some(drawn)
}

/// Reports a request above its limit.
pub(super) fn check_limit(
    above: bool,
    called: &str,
    [asked, limit]: [&dyn core::fmt::Display; 2],
    paths: [Path; 2],
    findings: &mut Findings<'_>,
) {
    if above {
        let fact = format!("the {called} of {asked} is above the limit of {limit}");
        let problem = Problem::new("S071", fact, format!("lower the {called} or raise the limit"));
        findings.error_at_last(&paths, problem);
    }
}

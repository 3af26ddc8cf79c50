//! Pod classes: requests with their defaults, which groups admit a pod, and whether one can hold it.

use super::super::diagnostic::enumerate;
use super::super::path::Path;
use super::super::quantity::{Cpu, Memory};
use super::super::scalar::Problem;
use super::super::schema::{PodTemplate, Scenario};
use super::Findings;
use super::cluster::check_memory;
use crate::ids::{ClassId, GroupId, IdVec};
use crate::model::class::{DEFAULT_SCORING_CPU_MILLIS, DEFAULT_SCORING_MEMORY_BYTES};
use crate::model::{
    Distribution, NodeGroup, NodeLifecycle, PodClass, Taint, TaintEffect, Toleration, TolerationOperator,
};
use crate::resources::Resources;
use crate::time::SimDuration;

/// The classes so far, and the groups that may admit them.
pub(super) struct Classes<'s> {
    scenario: &'s Scenario,
    groups: &'s IdVec<GroupId, NodeGroup>,
    table: IdVec<ClassId, PodClass>,
}

/// What a pod requests and where the file says so.
pub(super) struct Requests {
    pub cpu: Option<Cpu>,
    pub memory: Option<Memory>,
    pub cpu_path: Path,
    pub memory_path: Path,
}

/// What a class has beside template and requests.
pub(super) struct Manner {
    /// Grace period where the template gives none.
    pub default_grace: SimDuration,
    /// Time from bind to running.
    pub startup: Distribution,
}

impl<'s> Classes<'s> {
    pub(super) fn new(scenario: &'s Scenario, groups: &'s IdVec<GroupId, NodeGroup>) -> Self {
        Self { scenario, groups, table: IdVec::new() }
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
        let amounts = Resources {
            cpu_millis: requests.cpu.unwrap_or_default().millis,
            memory_bytes: requests.memory.unwrap_or_default().bytes,
            pods: 1,
        };
        check_memory(requests.memory.unwrap_or_default(), &requests.memory_path, findings);
        let admits = self.admits(template);
        let class = PodClass {
            name: name.to_owned(),
            requests: amounts,
            scoring_requests: Resources {
                cpu_millis: some(amounts.cpu_millis, DEFAULT_SCORING_CPU_MILLIS),
                memory_bytes: some(amounts.memory_bytes, DEFAULT_SCORING_MEMORY_BYTES),
                pods: 1,
            },
            admits,
            tolerations: self.tolerations(template),
            priority: template.priority,
            grace: template.termination_grace_period.map_or(manner.default_grace, |span| span.duration),
            startup: manner.startup,
        };
        self.check_fit(&class, path, requests, findings);
        self.table.push(class)
    }

    /// Whether node selector and tolerations admit each group's nodes. `PreferNoSchedule` never
    /// excludes (kubernetes pkg/scheduler/framework/plugins/tainttoleration: the filter looks at
    /// `NoSchedule` and `NoExecute` only).
    fn admits(&self, template: &PodTemplate) -> IdVec<GroupId, bool> {
        let groups = self.scenario.node_groups.values();
        let admits = groups.map(|group| {
            let selected =
                template.node_selector.iter().all(|(key, value)| group.labels.get(key) == Some(value));
            let mut hard = group.taints.iter().filter(|taint| taint.effect != TaintEffect::PreferNoSchedule);
            selected
                && hard.all(|taint| template.tolerations.iter().any(|toleration| toleration.tolerates(taint)))
        });
        admits.collect()
    }

    /// The template's, and what the admission plugin DefaultTolerationSeconds adds for nodes that are not
    /// Ready (kubernetes plugin/pkg/admission/defaulttolerationseconds).
    fn tolerations(&self, template: &PodTemplate) -> Vec<Toleration> {
        let mut tolerations = template.tolerations.clone();
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

fn some(amount: u64, otherwise: u64) -> u64 {
    if amount == 0 { otherwise } else { amount }
}

/// Requests and limits as in a container: a limit without a request is also the request.
pub(super) fn requests(template: &PodTemplate, path: &Path, findings: &mut Findings<'_>) -> Requests {
    let (requests, limits) = (&template.resources.requests, &template.resources.limits);
    let at = |given: bool, key: &str| {
        super::within(path, &["resources", if given { "requests" } else { "limits" }, key])
    };
    let read = Requests {
        cpu: requests.cpu.or(limits.cpu),
        memory: requests.memory.or(limits.memory),
        cpu_path: at(requests.cpu.is_some(), "cpu"),
        memory_path: at(requests.memory.is_some(), "memory"),
    };
    if let (Some(asked), Some(limit)) = (requests.cpu, limits.cpu) {
        let paths = [read.cpu_path.clone(), at(false, "cpu")];
        check_limit(asked.millis > limit.millis, "request", [&asked, &limit], paths, findings);
    }
    if let (Some(asked), Some(limit)) = (requests.memory, limits.memory) {
        let paths = [read.memory_path.clone(), at(false, "memory")];
        check_limit(asked.bytes > limit.bytes, "request", [&asked, &limit], paths, findings);
    }
    for (key, list) in [("requests", requests), ("limits", limits)] {
        if list.pods.is_some() {
            let problem =
                Problem::new("S086", "a pod always counts as one; `pods` here changes nothing", "remove it");
            findings.warning(&super::within(path, &["resources", key, "pods"]), problem);
        }
    }
    read
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

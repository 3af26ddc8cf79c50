//! Workloads and audiences.

use std::collections::{BTreeMap, BTreeSet};

use super::super::diagnostic::suggestion;
use super::super::path::{Path, ends};
use super::super::scalar::Problem;
use super::super::schema::{Audience, PodTemplate, Process, Retry, Scenario, Workload, WorkloadKind};
use super::arrivals::arrivals;
use super::controllers;
use super::pods::{Classes, Manner, drawn_requests, requests};
use super::times::Times;
use super::{Findings, Names, within};
use crate::ids::{AudienceId, ClassId, IdVec, WorkloadId};
use crate::model::{
    self, Distribution, RestartPolicy, TaintEffect, Toleration, TolerationOperator, UserProfile, subject,
};
use crate::time::SimDuration;

/// Pods that a workload may have from the beginning.
const MAX_REPLICAS: u32 = 1_000_000;
/// Kubernetes' default `terminationGracePeriodSeconds` (k8s.io/api/core/v1).
const GRACE: SimDuration = SimDuration::from_secs(30);
/// Image and container start of an image that is there already.
const STARTUP: Distribution = Distribution::Constant(2.0);
/// A pod without a readiness probe is Ready when it runs.
const READY_AFTER: Distribution = Distribution::Constant(0.0);

/// The workloads, in order of name.
pub(super) fn workloads(
    scenario: &Scenario,
    names: &Names<'_>,
    times: &Times,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> IdVec<WorkloadId, model::Workload> {
    let mut table = IdVec::new();
    let selects = |(name, service): (&'_ String, &'_ super::super::schema::Service)| {
        service.selects.clone().unwrap_or_else(|| name.clone())
    };
    let served = scenario
        .queues
        .values()
        .flat_map(|queue| [Some(queue.served_by.clone()), queue.worked_by.clone()].into_iter().flatten());
    let selected: BTreeSet<String> = scenario.services.iter().map(selects).chain(served).collect();
    for (name, written) in &scenario.workloads {
        let path = Path::of(&["workloads", name]);
        let pod = path.key("pod");
        // Rollouts take for granted that the first classes are the workloads', in their order.
        let class = workload_class(
            name,
            written.kind,
            &written.pod,
            written.startup.as_ref(),
            &pod,
            classes,
            findings,
        );
        check_arrivals(written, &path, findings);
        let (controller, replicas) = controllers::controller(written, scenario.era, &path, findings);
        if replicas > MAX_REPLICAS {
            let fact = format!("{replicas} replicas; at most {MAX_REPLICAS} are simulated");
            findings.error(&path.key("replicas"), Problem::new("S063", fact, "lower the number"));
        }
        let stream =
            written.arrivals.as_ref().map(|stream| arrivals(stream, &path.key("arrivals"), times, findings));
        let budget = controllers::budget(written, &path, findings);
        let cpu = classes.requests_of(class).cpu_millis;
        let autoscaling = controllers::autoscaling(written, cpu, &path, findings);
        let drawn = drawn_requests(written.kind, &written.pod, &pod, findings);
        table.push(model::Workload {
            name: name.clone(),
            subject: subject("workload", name),
            class,
            drawn,
            replicas,
            arrivals: stream,
            lifetime: written.lifetime.as_ref().map(|lifetime| lifetime.seconds.clone()),
            tracked: !matches!(controller, model::Controller::None)
                || budget.is_some()
                || written.ready_after.is_some()
                || selected.contains(name.as_str()),
            controller,
            ready_after: written.ready_after.as_ref().map_or(READY_AFTER, |after| after.seconds.clone()),
            claims: controllers::claims_of(written, scenario, names, &path, findings),
            budget,
            autoscaling,
            demand: controllers::demand(written, times, &path, findings),
            pod_names: Vec::new(),
        });
    }
    table
}

/// The class of the pods made from `template`, which stands at `path`.
pub(super) fn workload_class(
    name: &str,
    kind: Option<WorkloadKind>,
    template: &PodTemplate,
    startup: Option<&super::super::distribution::Distribution>,
    path: &Path,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> ClassId {
    let mut template = template.clone();
    if kind == Some(WorkloadKind::DaemonSet) {
        template.tolerations.extend(daemon_tolerations());
    }
    let template = &template;
    let asked = requests(template, path, findings);
    let startup = startup.map_or(STARTUP, |startup| startup.seconds.clone());
    let restart_policy = match kind {
        Some(WorkloadKind::Job | WorkloadKind::CronJob) => RestartPolicy::Never,
        _ => RestartPolicy::Always,
    };
    let manner = Manner { default_grace: GRACE, startup, restart_policy, process: Process::Main };
    classes.push(name, path, template, &asked, manner, findings)
}

/// What the DaemonSet controller has its pods tolerate for ever: that the node is not Ready or silent
/// (kubernetes pkg/controller/daemon/util, `AddOrUpdateDaemonPodTolerations`).
fn daemon_tolerations() -> impl Iterator<Item = Toleration> {
    let key = |key: &str| Toleration {
        key: Some(key.to_owned()),
        operator: TolerationOperator::Exists,
        effect: Some(TaintEffect::NoExecute),
        value: String::new(),
        toleration_seconds: None,
    };
    ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].into_iter().map(key)
}

fn check_arrivals(written: &Workload, path: &Path, findings: &mut Findings<'_>) {
    if written.kind.is_none() && written.arrivals.is_some() == written.replicas.is_some() {
        let has = if written.arrivals.is_some() { "both" } else { "neither" };
        let fact = format!(
            "the workload has {has} `arrivals` {} `replicas`",
            if has == "both" { "and" } else { "nor" }
        );
        let hint =
            "write `arrivals` for pods that come over time, or `replicas` for pods there from the beginning";
        findings.error(path, Problem::new("S052", fact, hint));
    }
}

/// The audiences, in order of name.
pub(super) fn audiences(
    scenario: &Scenario,
    times: &Times,
    profiles: &BTreeMap<&str, UserProfile>,
    findings: &mut Findings<'_>,
) -> IdVec<AudienceId, model::Audience> {
    if let (None, Some(first)) = (&scenario.hub, scenario.audience.keys().next()) {
        let fact = format!("the audience `{first}` has no hub to launch servers on");
        findings.error(
            &Path::of(&["audience", first]),
            Problem::new("S070", fact, "add a `hub`; `hub: {}` has all defaults"),
        );
    }
    let audience = |(name, written): (&String, &super::super::schema::Audience)| {
        let path = Path::of(&["audience", name]);
        model::Audience {
            name: name.clone(),
            subject: subject("audience", name),
            arrivals: arrivals(&written.arrivals, &path.key("arrivals"), times, findings),
            active: written.session.active.seconds.clone(),
            keeps_tab_open: written.session.keeps_tab_open.unwrap_or_default().ratio,
            tab_open: written.session.tab_open.as_ref().map(|open| open.seconds.clone()),
            retry: retry(written.retry.as_ref(), &path, findings),
            patience: written.patience.as_ref().map(|patience| patience.seconds.clone()),
            profiles: profiles_of(written, profiles, &path.key("profiles"), findings),
            repositories: written.repositories.unwrap_or(1).max(1),
            high_quota: written.high_quota,
            builds: written.builds.unwrap_or_default().ratio,
        }
    };
    scenario.audience.iter().map(audience).collect()
}

/// Which shapes of pods the users take: cumulated shares.
fn profiles_of(
    written: &Audience,
    profiles: &BTreeMap<&str, UserProfile>,
    path: &Path,
    findings: &mut Findings<'_>,
) -> Vec<(f64, UserProfile)> {
    let mut taken = Vec::new();
    let mut up_to = 0.0;
    for (name, share) in &written.profiles {
        up_to += share.ratio;
        match profiles.get(name.as_str()) {
            Some(profile) => taken.push((up_to, profile.clone())),
            None => {
                let fact = format!("there is no `{}` in `hub.profileList`", ends(name));
                let hint = suggestion(name, "shapes", profiles.keys().copied());
                findings.error(&path.key(name), Problem::new("S083", fact, hint));
            }
        }
    }
    if up_to > 1.0 + 1e-9 {
        let fact = format!("the shares of users come to {:.0} %", up_to * 100.0);
        findings.error(path, Problem::new("S071", fact, "they are at most 100 % together"));
    }
    taken
}

fn retry(written: Option<&Retry>, path: &Path, findings: &mut Findings<'_>) -> model::Retry {
    let Some(written) = written else {
        return model::Retry {
            probability: 0.0,
            after: Distribution::Constant(0.0),
            max_attempts: 1,
            honors_retry_after: false,
            reconnect: None,
        };
    };
    if written.max_attempts == Some(0) {
        let problem =
            Problem::new("S015", "0 attempts are out of range", "the first try counts: write 1 for no retry");
        findings.error(&within(path, &["retry", "maxAttempts"]), problem);
    }
    model::Retry {
        probability: written.probability.ratio,
        after: written.after.seconds.clone(),
        max_attempts: written.max_attempts.unwrap_or(u32::MAX),
        honors_retry_after: written.honors_retry_after,
        reconnect: written.reconnect.as_ref().map(|after| after.seconds.clone()),
    }
}

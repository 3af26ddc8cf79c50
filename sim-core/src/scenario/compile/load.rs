//! Workloads and audiences.

use super::super::path::Path;
use super::super::scalar::Problem;
use super::super::schema::{Retry, Scenario};
use super::arrivals::arrivals;
use super::pods::{Classes, Manner, requests};
use super::times::Times;
use super::{Findings, within};
use crate::ids::{AudienceId, IdVec, WorkloadId};
use crate::model::{self, Distribution, subject};
use crate::time::SimDuration;

/// Pods that a workload may have from the beginning.
const MAX_REPLICAS: u32 = 1_000_000;
/// Kubernetes' default `terminationGracePeriodSeconds` (k8s.io/api/core/v1).
const GRACE: SimDuration = SimDuration::from_secs(30);
/// Image and container start of an image that is there already.
const STARTUP: Distribution = Distribution::Constant(2.0);

/// The workloads, in order of name.
pub(super) fn workloads(
    scenario: &Scenario,
    times: &Times,
    classes: &mut Classes<'_>,
    findings: &mut Findings<'_>,
) -> IdVec<WorkloadId, model::Workload> {
    let mut table = IdVec::new();
    for (name, written) in &scenario.workloads {
        let path = Path::of(&["workloads", name]);
        let pod = path.key("pod");
        let asked = requests(&written.pod, &pod, findings);
        let startup = written.startup.as_ref().map_or(STARTUP, |startup| startup.seconds.clone());
        let class = classes.push(
            name,
            &pod,
            &written.pod,
            &asked,
            Manner { default_grace: GRACE, startup },
            findings,
        );
        if written.arrivals.is_some() == written.replicas.is_some() {
            let has = if written.arrivals.is_some() { "both" } else { "neither" };
            let fact = format!(
                "the workload has {has} `arrivals` {} `replicas`",
                if has == "both" { "and" } else { "nor" }
            );
            let hint = "write `arrivals` for pods that come over time, or `replicas` for pods there from the beginning";
            findings.error(&path, Problem::new("S052", fact, hint));
        }
        let replicas = written.replicas.unwrap_or(0);
        if replicas > MAX_REPLICAS {
            let fact = format!("{replicas} replicas; at most {MAX_REPLICAS} are simulated");
            findings.error(&path.key("replicas"), Problem::new("S063", fact, "lower the number"));
        }
        let stream =
            written.arrivals.as_ref().map(|stream| arrivals(stream, &path.key("arrivals"), times, findings));
        table.push(model::Workload {
            name: name.clone(),
            subject: subject("workload", name),
            class,
            replicas,
            arrivals: stream,
            lifetime: written.lifetime.as_ref().map(|lifetime| lifetime.seconds.clone()),
        });
    }
    table
}

/// The audiences, in order of name.
pub(super) fn audiences(
    scenario: &Scenario,
    times: &Times,
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
        }
    };
    scenario.audience.iter().map(audience).collect()
}

fn retry(written: Option<&Retry>, path: &Path, findings: &mut Findings<'_>) -> model::Retry {
    let Some(written) = written else {
        return model::Retry { probability: 0.0, after: Distribution::Constant(0.0), max_attempts: 1 };
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
    }
}

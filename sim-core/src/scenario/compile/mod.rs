//! Scenario to model: names become ids, times instants of the run, absent fields defaults.
//!
//! Compilation never stops at the first problem. Each part reports what is wrong to [`Findings`] and
//! goes on with something harmless in its place; whether the model may be used is decided by whoever
//! looks at the findings. What can be wrong with a single value has been found before, by the types of
//! [`super::schema`]; here it is about values that contradict one another, the run or the cluster.

mod arrivals;
mod autoscaler;
mod checks;
mod cluster;
mod controllers;
mod existing;
mod hub;
mod image;
mod limits;
mod load;
mod machines;
mod pods;
mod queue;
mod scheduler;
mod timeline;
mod times;
mod usage;
mod watch;

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::document::Document;
use super::path::Path;
use super::scalar::Problem;
use super::schema::Scenario;
use crate::ids::{AudienceId, ClaimId, GroupId, Id, QueueId, WorkloadId};
use crate::kubernetes::Objects;
use crate::model::{About, Existing, Model};
use crate::placement::Snapshot;
use times::Times;

/// Seed of a plain run.
const DEFAULT_SEED: u64 = 1;
/// Replications beyond which a plain run would take days.
const MAX_REPLICATIONS: u32 = 10_000;

/// The model that `scenario` describes, on top of a real cluster if there is one; everything wrong with it goes to `out`.
pub(super) fn compile(
    scenario: &Scenario,
    document: &Document,
    cluster: Option<&Objects>,
    out: &mut Diagnostics,
) -> Option<Model> {
    let mut findings = Findings { document, list: Vec::new() };
    if let Err(problem) = limits::check(scenario) {
        findings.error(&Path::default(), problem);
        out.extend(findings.list);
        return None;
    }
    let names = Names::of(scenario, &mut findings);
    let times = Times::of(scenario, &mut findings);
    let zones = machines::zones(scenario, &mut findings);
    let mut surroundings = Snapshot::default();
    let symbols = &mut surroundings.symbols;
    let scheduling = scheduler::profiles(scenario, symbols, &mut findings);
    let images = image::images(scenario, symbols);
    let groups = cluster::groups(scenario, &zones, symbols, &mut findings);
    let mut classes = pods::Classes::new(scenario, &groups, &scheduling, cluster.is_some(), symbols);
    let workloads = load::workloads(scenario, &names, &times, &mut classes, &mut findings);
    let clock = times.clock();
    let reader = watch::Reader::new(scenario, &clock);
    let services = controllers::services(scenario, &names, &reader, &mut findings);
    let hub = hub::hub(scenario, &services, &reader, &mut classes, &mut findings);
    let alerts = reader.alerts(scenario, &mut findings);
    let limits = reader.limits(scenario, &names, &mut findings);
    let profiles = hub::profiles(scenario, &mut classes, &mut findings);
    let binder = hub::binder(scenario, &names, &mut findings);
    let audiences = load::audiences(scenario, &times, &profiles, &mut findings);
    let queues = queue::queues(scenario, &names, &times, &mut findings);
    let (timeline, alias_names) =
        timeline::timeline(scenario, &times, &names, &reader, (&zones, &groups), &mut classes, &mut findings);
    let checks = checks::checks(scenario, &times.clock(), &mut findings);
    let classes = classes.into_table();
    let mut model = Model {
        about: About {
            name: scenario.name.clone(),
            question: scenario.question.clone(),
            source: scenario.source.clone(),
            variant: document.variant_name().map(str::to_owned),
        },
        clock: times.clock(),
        era: scenario.era,
        node_lifecycle: machines::node_lifecycle(scenario, &mut findings),
        cpu_quota: scenario.cloud.cpu_quota,
        zones,
        classes,
        surroundings,
        profiles: scheduling,
        groups,
        workloads,
        claims: controllers::claims(scenario),
        services,
        images,
        queues,
        audiences,
        existing: Existing::default(),
        autoscaler: autoscaler::autoscaler(scenario, &mut findings),
        hub,
        binder,
        alerts,
        limits,
        scheduling: reader.slowdown(
            scenario.scheduler.slowdown.as_ref(),
            &Path::of(&["scheduler", "slowdown"]),
            &mut findings,
        ),
        timeline,
        alias_names,
        checks,
        watches_memory: usage::is_watched(scenario),
        watches_disk: usage::is_disk_watched(scenario),
        seed: scenario.seed.unwrap_or(DEFAULT_SEED),
        replications: replications(scenario, &mut findings),
    };
    if let Some(objects) = cluster {
        existing::join(&mut model, objects);
    }
    out.extend(findings.list);
    Some(model)
}

fn replications(scenario: &Scenario, findings: &mut Findings<'_>) -> u32 {
    let count = scenario.replications.unwrap_or(1);
    if !(1..=MAX_REPLICATIONS).contains(&count) {
        let fact = format!("{count} replications; a run has from 1 to {MAX_REPLICATIONS}");
        findings.error(
            &Path::of(&["replications"]),
            Problem::new("S063", fact, "a few dozen give a good interval"),
        );
    }
    count.max(1)
}

/// What has been found so far.
pub(super) struct Findings<'d> {
    document: &'d Document,
    list: Vec<Diagnostic>,
}

impl<'d> Findings<'d> {
    /// The value at `path` is wrong.
    fn error(&mut self, path: &Path, problem: Problem) {
        self.report(Severity::Error, path, problem);
    }

    /// The value at `path` is probably not meant like this.
    fn warning(&mut self, path: &Path, problem: Problem) {
        self.report(Severity::Warning, path, problem);
    }

    /// Values contradict one another: points at the one that was written last, in the file, in a
    /// variant's lines or in an assignment.
    fn error_at_last(&mut self, paths: &[Path], problem: Problem) {
        let order = |path: &&Path| {
            let mark = self.document.mark_of(path);
            self.is_written(path).then_some((mark.source, mark.line, mark.column))
        };
        if let Some(last) = paths.iter().max_by_key(order) {
            self.report(Severity::Error, last, problem);
        }
    }

    fn report(&mut self, severity: Severity, path: &Path, problem: Problem) {
        let mark = self.document.mark_of(path);
        self.list.push(self.document.report(severity, mark, path, problem));
    }

    /// The document, for what needs the text itself.
    fn document(&self) -> &'d Document {
        self.document
    }

    /// True when the file says something at `path`.
    fn is_written(&self, path: &Path) -> bool {
        self.document.root().at(path).is_some()
    }
}

/// The names that a scenario gives, and their ids.
pub(super) struct Names<'s> {
    groups: BTreeMap<&'s str, GroupId>,
    workloads: BTreeMap<&'s str, WorkloadId>,
    audiences: BTreeMap<&'s str, AudienceId>,
    queues: BTreeMap<&'s str, QueueId>,
    /// Claims that lock something.
    claims: BTreeMap<&'s str, ClaimId>,
    has_hub: bool,
}

impl<'s> Names<'s> {
    fn of(scenario: &'s Scenario, findings: &mut Findings<'_>) -> Self {
        let mut check = |section: &str, name: &str, reserved: bool| {
            if let Some(problem) = name_problem(name, reserved) {
                findings.error(&Path::of(&[section, name]), problem);
            }
        };
        scenario.alerts.keys().for_each(|name| check("alerts", name, false));
        scenario.limits.keys().for_each(|name| check("limits", name, true));
        scenario.node_groups.keys().for_each(|name| check("nodeGroups", name, false));
        scenario.workloads.keys().for_each(|name| check("workloads", name, true));
        scenario.queues.keys().for_each(|name| check("queues", name, false));
        scenario.services.keys().for_each(|name| check("services", name, false));
        scenario
            .persistent_volume_claims
            .keys()
            .for_each(|name| check("persistentVolumeClaims", name, false));
        scenario.audience.keys().for_each(|name| check("audience", name, true));
        for name in scenario.audience.keys().filter(|name| scenario.workloads.contains_key(*name)) {
            let fact = format!("a workload and an audience are both called `{name}`");
            let hint = "rename one; reports and checks call their pods by this name";
            findings.error(&Path::of(&["audience", name]), Problem::new("S040", fact, hint));
        }
        Self {
            groups: ids(scenario.node_groups.keys()),
            workloads: ids(scenario.workloads.keys()),
            audiences: ids(scenario.audience.keys()),
            queues: ids(scenario.queues.keys()),
            claims: ids(controllers::locking(scenario).map(|(name, _)| name)),
            has_hub: scenario.hub.is_some(),
        }
    }
}

fn ids<'s, I: Id>(names: impl Iterator<Item = &'s String>) -> BTreeMap<&'s str, I> {
    names.enumerate().map(|(index, name)| (name.as_str(), I::from_index(index))).collect()
}

fn name_problem(name: &str, reserved: bool) -> Option<Problem> {
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let hint = "use letters, digits, `-` and `_`, with a letter or digit first, at most 63 in all";
    let begins = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if !begins || !name.chars().all(plain) || name.len() > 63 {
        return Some(Problem::not("S040", name, "a name", hint));
    }
    (reserved && name == "hub")
        .then(|| Problem::new("S040", "the name `hub` is taken by the hub itself", "choose another name"))
}

/// The path further down from `path`.
fn within(path: &Path, keys: &[&str]) -> Path {
    keys.iter().fold(path.clone(), |path, key| path.key(key))
}

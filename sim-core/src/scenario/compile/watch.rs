//! Alerts, bounded resources and slowdowns: conditions and metrics read in the language of checks.

use std::collections::BTreeMap;

use super::super::clock_time::Span;
use super::super::diagnostic::suggestion;
use super::super::path::{Path, ends};
use super::super::scalar::Problem;
use super::super::schema::{self, Scenario};
use super::cluster::check_period;
use super::{Findings, Names};
use crate::check::{self, Function, Metric, ParseError, Ratio, Sample, Selector, When};
use crate::ids::{AlertId, IdVec, LimitId};
use crate::model::Clock;
use crate::model::watch::{Alert, Flow, Frees, Gauge, Level, Limit, Slowdown, is_readable};
use crate::time::SimDuration;

/// How far back an alert looks.
const OVER: SimDuration = SimDuration::from_secs(300);
/// How often (Prometheus' `evaluation_interval`).
const EVERY: SimDuration = SimDuration::from_secs(60);
/// How long a client waits for an answer.
const TIMEOUT: SimDuration = SimDuration::from_secs(60);
/// Units are thousandths.
const UNIT: f64 = 1e3;
/// The most of anything.
const MAX_UNITS: f64 = 1e12;

/// What conditions and metrics are read with.
pub(super) struct Reader<'s> {
    names: check::Names<'s>,
    limits: BTreeMap<&'s str, LimitId>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(scenario: &'s Scenario, clock: &'s Clock) -> Self {
        Self { names: super::checks::names(scenario, clock), limits: super::ids(scenario.limits.keys()) }
    }

    /// The alerts, in order of name.
    pub(super) fn alerts(&self, scenario: &Scenario, findings: &mut Findings<'_>) -> IdVec<AlertId, Alert> {
        let mut table = IdVec::new();
        for (name, written) in &scenario.alerts {
            let path = Path::of(&["alerts", name]);
            let every = written.every.map_or(EVERY, |span| span.duration);
            let every = check_period(every, &path.key("every"), findings);
            let read = check::parse_condition(&written.when, &self.names).and_then(|condition| {
                let gauges = condition.terms.iter().map(gauge).collect::<Result<_, _>>()?;
                Ok((condition, gauges))
            });
            match read {
                Ok((condition, gauges)) => {
                    table.push(Alert {
                        name: name.clone(),
                        condition,
                        gauges,
                        over: written.over.map_or(OVER, |span| span.duration),
                        hold: written.hold.duration,
                        every,
                    });
                }
                Err(error) => report(error, "the condition", &path.key("when"), findings),
            }
        }
        table
    }

    /// The bounded resources, in order of name.
    pub(super) fn limits(
        &self,
        scenario: &Scenario,
        names: &Names<'_>,
        findings: &mut Findings<'_>,
    ) -> IdVec<LimitId, Limit> {
        let limit = |(name, written): (&String, &schema::Limit)| {
            let path = Path::of(&["limits", name]);
            let per_hour = written.leak_per_hour;
            if !(0.0..=MAX_UNITS).contains(&per_hour) {
                let problem =
                    Problem::new("S051", format!("{per_hour} per hour is not a rate"), "write 0 or more");
                findings.error(&path.key("leakPerHour"), problem);
            }
            Limit {
                name: name.clone(),
                capacity: units(written.capacity, &path.key("capacity"), findings),
                held_by: self.levels(&written.held_by, &path.key("heldBy"), units, findings),
                taken_by: self.flows(&written.taken_by, &path.key("takenBy"), findings),
                taken_for: written.taken_for.map(|span| span.duration),
                leaks_every: (per_hour > 0.0)
                    .then(|| SimDuration::from_micros((3_600e6 / per_hour).clamp(1.0, 1e18) as u64)),
                wait: written.wait.duration,
                freed_by: freed_by(written.freed_by.as_deref(), names, &path.key("freedBy"), findings),
            }
        };
        scenario.limits.iter().map(limit).collect()
    }

    /// The bounded resource called `name`.
    pub(super) fn limit(&self, name: &str, path: &Path, findings: &mut Findings<'_>) -> Option<LimitId> {
        let found = self.limits.get(name).copied();
        if found.is_none() {
            let fact = format!("there is no `{}` in `limits`", ends(name));
            findings.error(
                path,
                Problem::new("S059", fact, suggestion(name, "limits", self.limits.keys().copied())),
            );
        }
        found
    }

    /// The bounded resources that are needed.
    pub(super) fn needs(&self, needs: &[String], path: &Path, findings: &mut Findings<'_>) -> Vec<LimitId> {
        let needs = needs.iter().enumerate();
        needs.filter_map(|(index, name)| self.limit(name, &path.index(index), findings)).collect()
    }

    /// How long something takes to answer.
    pub(super) fn slowdown(
        &self,
        written: Option<&schema::Slowdown>,
        path: &Path,
        findings: &mut Findings<'_>,
    ) -> Option<Slowdown> {
        let written = written?;
        let span = |span: Span, _: &Path, _: &mut Findings<'_>| span.duration;
        let share = |share: super::super::quantity::Share, _: &Path, _: &mut Findings<'_>| share.ratio;
        Some(Slowdown {
            base: written.base.duration,
            per: self.levels(&written.per, &path.key("per"), span, findings),
            load: self.levels(&written.load, &path.key("load"), share, findings),
            timeout: written.timeout.map_or(TIMEOUT, |span| span.duration),
        })
    }

    fn levels<W: Copy, M>(
        &self,
        written: &BTreeMap<String, W>,
        path: &Path,
        amount: impl Fn(W, &Path, &mut Findings<'_>) -> M,
        findings: &mut Findings<'_>,
    ) -> Vec<(M, Level, Selector)> {
        let mut levels = Vec::new();
        for (text, each) in written {
            let path = path.key(text);
            match check::parse_metric(text, &self.names) {
                Ok((Metric::Level(level), of)) if is_readable(level) && !of.by_age() => {
                    levels.push((amount(*each, &path, findings), level, of));
                }
                Ok((metric, _)) => findings.error(&path, unreadable(metric)),
                Err(error) => report(error, "the level", &path, findings),
            }
        }
        levels
    }

    fn flows(
        &self,
        written: &BTreeMap<String, f64>,
        path: &Path,
        findings: &mut Findings<'_>,
    ) -> Vec<(u64, Flow, Selector)> {
        let mut flows = Vec::new();
        for (text, each) in written {
            let path = path.key(text);
            match check::parse_metric(text, &self.names) {
                Ok((Metric::Flow(flow), of)) if is_counted(flow) && of.group.is_none() => {
                    flows.push((units(*each, &path, findings), flow, of));
                }
                Ok((metric, _)) => findings.error(&path, unreadable(metric)),
                Err(error) => report(error, "the flow", &path, findings),
            }
        }
        flows
    }
}

/// Flows that are counted while the run goes on.
const fn is_counted(flow: Flow) -> bool {
    !matches!(flow, Flow::NodesRequested | Flow::NodesUnready)
}

/// What a term of a condition reads.
fn gauge(term: &check::Term) -> Result<Gauge, ParseError> {
    let refuse = |what: &str| Err(ParseError::at_start(format!("an alert cannot watch {what}")));
    match (term.metric, term.when) {
        (Metric::Level(level), When::At(_)) if is_readable(level) && !term.of.by_age() => {
            Ok(Gauge::Level(level, term.of))
        }
        (Metric::Flow(flow), When::Over { function: Function::Count, .. })
            if is_counted(flow) && term.of.group.is_none() =>
        {
            Ok(Gauge::Count(flow, term.of))
        }
        (
            Metric::Ratio(Ratio::LaunchSuccess),
            When::Over { function: Function::Mean | Function::Share, .. },
        ) => Ok(Gauge::Success(term.of)),
        (Metric::Sample(Sample::LaunchWait), When::Over { function, .. }) => {
            Ok(Gauge::Wait(function, term.of))
        }
        (metric, _) => refuse(&format!("`{}` in this way", metric.entry().name)),
    }
}

fn unreadable(metric: Metric) -> Problem {
    let fact = format!("`{}` cannot be read here while the run goes on", metric.entry().name);
    let hint = "`heldBy`, `per` and `load` take levels of nodes, pods, servers and waiting users; `takenBy` takes flows";
    Problem::new("S059", fact, hint)
}

fn report(error: ParseError, what: &str, path: &Path, findings: &mut Findings<'_>) {
    let hint = error.hint.unwrap_or_else(|| "`docs/checks.md` has the metrics and their labels".to_owned());
    findings.error(path, Problem::new("S090", format!("{what}: {}", error.message), hint));
}

fn units(amount: f64, path: &Path, findings: &mut Findings<'_>) -> u64 {
    if (0.0..=MAX_UNITS).contains(&amount) {
        return (amount * UNIT + 0.5) as u64;
    }
    findings.error(
        path,
        Problem::new("S015", format!("{amount} is out of range"), "write a number from 0 to 10^12"),
    );
    0
}

fn freed_by(
    written: Option<&str>,
    names: &Names<'_>,
    path: &Path,
    findings: &mut Findings<'_>,
) -> Option<Frees> {
    let name = written?;
    if name == "hub" && names.has_hub {
        return Some(Frees::Hub);
    }
    let found = names.workloads.get(name).copied().map(Frees::Workload);
    if found.is_none() {
        let hint = suggestion(name, "workloads, besides `hub`", names.workloads.keys().copied());
        findings.error(path, Problem::not("S083", name, "the hub or a workload", hint));
    }
    found
}

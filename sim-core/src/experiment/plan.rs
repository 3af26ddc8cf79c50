//! Plans: the smallest value, or the cheapest combination, at which every check passes.
//!
//! All points run under one seed, so they differ by their settings and by little else. Along one axis, where
//! more of it can only help, halving ([`Search`]) needs a handful of points. Where there is no such order, the
//! points race: all get the replications of the first look, and after each look those drop out of which a
//! check fails, or which cost more than one that passes. Dropping out for the cost is judged by the paired
//! difference, with a risk so small that all of it together is that of one look; each verdict holds with 95 %
//! confidence by itself.
//!
//! What it comes to ([`Found`]) says what was tried, with how many replications, and what is beyond the cliff.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::replicate::{Replication, Replications};
use super::search::Search;
use super::sequential::{LOOKS, RISK};
use super::statistics::{Risk, mean, mean_interval_at};
use super::sweep::Sweep;
use super::work::{Experiment, Progress, Task};
use crate::model::Model;
use crate::report::{Report, Verdict, rounded};
use crate::scenario::Diagnostics;

/// What is wanted of the points that pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The first along the only axis.
    First,
    /// The last along the only axis.
    Last,
    /// The one with the least of this figure.
    Least(String),
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A point is no scenario.
    Scenario(Diagnostics),
    /// There is no check to pass.
    NoChecks,
    /// No replication has the figure that should be small.
    NoFigure(String),
    /// A replication was lost.
    Lost,
}

/// What a plan came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The point that is wanted most of those that pass, as `path=value` for each axis.
    pub answer: Option<Vec<String>>,
    /// Whether all points behind the answer pass as far as they were tried; absent where order means nothing.
    pub monotone: Option<bool>,
    /// How many points there are.
    pub points: u64,
    /// Replications run in all.
    pub runs: u64,
    /// The points that were tried, in the order of the axes.
    pub tried: Vec<Try>,
}

/// A point that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Try {
    /// Its number.
    pub point: u64,
    /// `path=value`, in the order of the axes.
    pub settings: Vec<String>,
    /// The worst of its checks.
    pub verdict: Verdict,
    /// Replications that it took to tell.
    pub replications: u32,
    /// Its mean of the figure that should be small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<f64>,
    /// The check that says the most: the first that does not pass, or else the first.
    pub text: String,
}

/// A plan in the making.
#[derive(Clone, Debug)]
pub struct Plan {
    sweep: Arc<Sweep>,
    most: u32,
    method: Method,
    fault: Option<Fault>,
}

#[derive(Clone, Debug)]
enum Method {
    Halving(Box<Halving>),
    Race(Race),
}

impl Plan {
    /// A search of the points of `sweep`, with up to `most` replications each.
    pub fn new(sweep: Arc<Sweep>, goal: Goal, most: u32) -> Self {
        let points = sweep.design().points();
        let halving = |from_last| {
            let search = Search::new(points as usize);
            let halving =
                Halving { from_last, search, current: None, tried: Vec::new(), sweep: Arc::clone(&sweep) };
            Method::Halving(Box::new(halving))
        };
        let method = match goal {
            Goal::First => halving(false),
            Goal::Last => halving(true),
            Goal::Least(figure) => Method::Race(Race::new(figure, points, most)),
        };
        Self { sweep, most, method, fault: None }
    }

    /// What it came to; before the end, what is known by now.
    pub fn found(&self) -> Result<Found, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let (answer, monotone, mut tried) = match &self.method {
            Method::Halving(halving) => {
                let answer = halving.search.first_passing().map(|value| halving.point(value));
                (answer, Some(halving.search.is_monotone()), halving.tried.clone())
            }
            Method::Race(race) => {
                if self.is_done() && race.racers.iter().all(|racer| racer.figure.is_empty()) {
                    return Err(Fault::NoFigure(race.figure.clone()));
                }
                (race.answer(), None, race.racers.iter().map(|racer| racer.told(&self.sweep)).collect())
            }
        };
        tried.sort_by_key(|tried| tried.point);
        Ok(Found {
            answer: answer.map(|point| settings(&self.sweep, point)),
            monotone,
            points: self.sweep.design().points(),
            runs: tried.iter().map(|tried| u64::from(tried.replications)).sum(),
            tried,
        })
    }
}

fn settings(sweep: &Sweep, point: u64) -> Vec<String> {
    sweep.design().settings(point).into_iter().map(|(path, value)| format!("{path}={value}")).collect()
}

/// The model of a point, with checks.
fn model(sweep: &Sweep, point: u64) -> Result<Arc<Model>, Fault> {
    let model = sweep.model(point).map_err(Fault::Scenario)?;
    if model.checks.is_empty() { Err(Fault::NoChecks) } else { Ok(model) }
}

/// Whether a look settles a point: all checks are decided, or one fails.
fn is_settled(report: &Report) -> bool {
    report.is_decided() || report.checks.iter().any(|check| check.verdict == Verdict::Fail)
}

/// The worst of a report's checks, and what it says.
fn verdict(report: &Report) -> (Verdict, String) {
    let of = |verdict| report.checks.iter().find(|check| check.verdict == verdict);
    let telling = of(Verdict::Fail).or_else(|| of(Verdict::Undecided)).or_else(|| of(Verdict::Pass));
    telling.map_or((Verdict::Undecided, String::new()), |check| {
        (check.verdict, format!("{}: {}", check.name, check.text))
    })
}

impl Experiment for Plan {
    fn next_task(&mut self) -> Option<Task> {
        if self.fault.is_some() {
            return None;
        }
        let next = match &mut self.method {
            Method::Halving(halving) => halving.next_task(self.most),
            Method::Race(race) => race.next_task(&self.sweep),
        };
        next.unwrap_or_else(|fault| {
            self.fault = Some(fault);
            None
        })
    }

    fn learn(&mut self, task: &Task, run: Replication) {
        match &mut self.method {
            Method::Halving(halving) => halving.learn(task, run),
            Method::Race(race) => race.learn(task, run),
        }
    }

    fn lose(&mut self, _: &Task) {
        self.fault = Some(Fault::Lost);
    }

    fn is_done(&self) -> bool {
        self.fault.is_some()
            || match &self.method {
                Method::Halving(halving) => halving.current.is_none() && halving.search.next_try().is_none(),
                Method::Race(race) => race.look >= race.looks.len(),
            }
    }

    fn progress(&self) -> Progress {
        match &self.method {
            Method::Halving(halving) => {
                let done: u64 = halving.tried.iter().map(|tried| u64::from(tried.replications)).sum();
                let current = halving.current.as_ref().map(|(_, current)| current.progress());
                let current = current.unwrap_or_default();
                Progress { done: done + current.done, of: done + current.of }
            }
            Method::Race(race) => {
                let done = race.racers.iter().map(|racer| racer.checks.len() as u64).sum();
                let until = race.looks.get(race.look).copied().unwrap_or(0);
                let open = |racer: &&Racer| racer.is_open();
                let missing = race.racers.iter().filter(open);
                let missing = missing.map(|racer| u64::from(until).saturating_sub(racer.checks.len() as u64));
                Progress { done, of: done + missing.sum::<u64>() }
            }
        }
    }
}

/// The search along one axis, a point at a time.
#[derive(Clone, Debug)]
struct Halving {
    sweep: Arc<Sweep>,
    from_last: bool,
    search: Search,
    current: Option<(usize, Replications)>,
    tried: Vec<Try>,
}

impl Halving {
    fn point(&self, value: usize) -> u64 {
        if self.from_last { self.sweep.design().points() - 1 - value as u64 } else { value as u64 }
    }

    fn next_task(&mut self, most: u32) -> Result<Option<Task>, Fault> {
        if self.current.is_none() {
            let Some(value) = self.search.next_try() else { return Ok(None) };
            let model = model(&self.sweep, self.point(value))?;
            let current = Replications::auto(model, self.sweep.seed(), most, is_settled);
            self.current = Some((value, current));
        }
        Ok(self.current.as_mut().and_then(|(_, current)| current.next_task()))
    }

    fn learn(&mut self, task: &Task, run: Replication) {
        let Some((value, current)) = &mut self.current else { return };
        current.learn(task, run);
        let Some(report) = current.report() else { return };
        let (found, text) = verdict(report);
        let (value, replications) = (*value, report.replications);
        let point = self.point(value);
        self.tried.push(Try {
            point,
            settings: settings(&self.sweep, point),
            verdict: found,
            replications,
            figure: None,
            text,
        });
        self.search.learn(value, found == Verdict::Pass);
        self.current = None;
    }
}

/// All points at once, fewer after each look.
#[derive(Clone, Debug)]
struct Race {
    figure: String,
    looks: Vec<u32>,
    look: usize,
    racers: Vec<Racer>,
    /// The first racer that may still have something to hand out.
    next: usize,
    risk: Risk,
}

#[derive(Clone, Debug)]
struct Racer {
    point: u64,
    model: Option<Arc<Model>>,
    handed_out: u32,
    /// For each replication the values of the checks, and the figure.
    checks: Vec<Option<Vec<Option<f64>>>>,
    figure: Vec<Option<f64>>,
    learnt: u32,
    verdict: Verdict,
    text: String,
    /// Settled for good: no more replications.
    is_out: bool,
    /// Costs more than one that passes.
    is_dearer: bool,
}

impl Racer {
    /// Whether it is still in the race.
    fn is_open(&self) -> bool {
        !self.is_out
    }

    fn mean(&self) -> Option<f64> {
        mean(&self.figure.iter().copied().flatten().collect::<Vec<_>>())
    }

    fn told(&self, sweep: &Sweep) -> Try {
        let text = match self.is_dearer {
            true => format!("dearer than one that passes; {}", self.text),
            false => self.text.clone(),
        };
        Try {
            point: self.point,
            settings: settings(sweep, self.point),
            verdict: self.verdict,
            replications: self.learnt,
            figure: self.mean().map(rounded),
            text,
        }
    }
}

impl Race {
    fn new(figure: String, points: u64, most: u32) -> Self {
        let racer = |point| Racer {
            point,
            model: None,
            handed_out: 0,
            checks: Vec::new(),
            figure: Vec::new(),
            learnt: 0,
            verdict: Verdict::Undecided,
            text: String::new(),
            is_out: false,
            is_dearer: false,
        };
        Self {
            figure,
            looks: LOOKS.into_iter().filter(|look| *look < most).chain([most]).collect(),
            look: 0,
            racers: (0..points).map(racer).collect(),
            next: 0,
            risk: Risk(RISK.0 / points.max(1) as f64),
        }
    }

    fn next_task(&mut self, sweep: &Sweep) -> Result<Option<Task>, Fault> {
        let Some(&until) = self.looks.get(self.look) else { return Ok(None) };
        while let Some(racer) = self.racers.get_mut(self.next) {
            if racer.is_open() && racer.handed_out < until {
                let model = match &racer.model {
                    Some(model) => Arc::clone(model),
                    None => Arc::clone(racer.model.insert(model(sweep, racer.point)?)),
                };
                let replication = racer.handed_out;
                racer.handed_out += 1;
                return Ok(Some(Task { model, seed: sweep.seed(), replication, part: self.next as u64 }));
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn learn(&mut self, task: &Task, run: Replication) {
        let Some(racer) = self.racers.get_mut(task.part as usize) else { return };
        let place = task.replication as usize;
        if racer.checks.len() <= place {
            racer.checks.resize(place + 1, None);
            racer.figure.resize(place + 1, None);
        }
        racer.figure[place] = run.measured.summary.get(&self.figure).copied();
        racer.checks[place] = Some(run.measured.values);
        racer.learnt += 1;
        let Some(&until) = self.looks.get(self.look) else { return };
        if self.racers.iter().all(|racer| !racer.is_open() || racer.learnt >= until) {
            self.judge();
        }
    }

    /// Everybody in the race has the replications of this look.
    fn judge(&mut self) {
        for racer in self.racers.iter_mut().filter(|racer| racer.is_open()) {
            let Some(model) = &racer.model else { continue };
            let run = |values: &Option<Vec<Option<f64>>>| {
                let mut run = Replication::default();
                run.measured.values = values.clone().unwrap_or_default();
                run
            };
            let runs: Vec<Replication> = racer.checks.iter().map(run).collect();
            let report = Report::at_look(model, 0, &runs);
            (racer.verdict, racer.text) = verdict(&report);
            racer.is_out = racer.verdict == Verdict::Fail;
        }
        self.drop_the_dearer();
        self.look += 1;
        self.next = 0;
        let open: Vec<&Racer> = self.racers.iter().filter(|racer| racer.is_open()).collect();
        let decided = match open.as_slice() {
            [] => true,
            [one] => one.verdict == Verdict::Pass,
            _ => false,
        };
        if decided {
            self.look = self.looks.len();
        }
    }

    /// Whoever costs more than the cheapest that passes is out; of those that cost the same in every replication,
    /// the first stays.
    fn drop_the_dearer(&mut self) {
        let Some(best) = self.answer().map(|point| point as usize) else { return };
        let against = self.racers[best].figure.clone();
        for (at, racer) in self.racers.iter_mut().enumerate() {
            if at == best || !racer.is_open() {
                continue;
            }
            let differences: Vec<f64> = (racer.figure.iter().zip(&against))
                .filter_map(|(own, best)| Some((*own)? - (*best)?))
                .collect();
            let same = at > best && differences.iter().all(|difference| *difference == 0.0);
            let interval = mean_interval_at(&differences, self.risk);
            if same || interval.is_some_and(|interval| interval.low > 0.0) {
                racer.is_out = true;
                racer.is_dearer = true;
            }
        }
    }

    /// The cheapest that passes and is not out.
    fn answer(&self) -> Option<u64> {
        let passing = |racer: &&Racer| racer.is_open() && racer.verdict == Verdict::Pass;
        let cost = |racer: &Racer| racer.mean().unwrap_or(f64::INFINITY);
        let found = self.racers.iter().filter(passing).min_by(|one, two| cost(one).total_cmp(&cost(two)));
        found.map(|racer| racer.point)
    }
}

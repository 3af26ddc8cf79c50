//! `plimsoll plan`: the smallest value, or the cheapest combination, at which every check passes.
//!
//! All points run under one seed, so they differ by their values and by little else. A point is given up as
//! soon as a check fails at one of the looks, and accepted when all pass; each of these verdicts holds with
//! 95 % confidence by itself. One path is searched by halving; several, or a figure to minimise, need every
//! point, of which most fail early.

use plimsoll_core::experiment::{Sampling, Search};
use plimsoll_core::report::{Report, Verdict};
use serde::Serialize;

use crate::args::{ComparisonForm, PlanArgs};
use crate::exit::{Exit, Failure};
use crate::progress::Progress;
use crate::render;
use crate::runs::Run;
use crate::simulate::until_decided;
use crate::source::Source;
use crate::sweep::plan::{Plan, told};
use crate::terminal;

/// What a search came to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    api_version: &'static str,
    kind: &'static str,
    scenario: String,
    /// The seed of all points.
    pub seed: u64,
    /// What is minimised or maximised.
    pub goal: String,
    /// The point that is wanted most of those that pass.
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
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Try {
    #[serde(skip)]
    point: u64,
    /// `path=value`, in the order of the axes.
    pub settings: Vec<String>,
    /// The worst of its checks.
    pub verdict: Verdict,
    /// Replications that it took to tell.
    pub replications: u32,
    /// Its mean of the figure to minimise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<f64>,
    /// The check that says the most: the first that does not pass, or else the first.
    pub text: String,
}

/// Searches, and says what was tried.
pub fn plan(args: &PlanArgs) -> Result<Exit, Failure> {
    let plan = Plan::new(&Source::read(&args.varied.file)?, &args.varied, Sampling::Grid, Some(1))?;
    let trial = Trial { plan: &plan, args, progress: Progress::start(args.varied.quiet) };
    let paths: Vec<&String> = plan.design.axes().iter().flat_map(|axis| &axis.paths).collect();
    let is_path = |goal: &str| plan.design.axes().len() == 1 && paths.iter().any(|path| *path == goal);
    let found = match (&args.maximise, &args.minimise) {
        (Some(goal), _) if is_path(goal) => trial.halve(goal, true)?,
        (Some(goal), _) => return Err(no_goal(goal)),
        (None, Some(goal)) if is_path(goal) => trial.halve(goal, false)?,
        (None, None) if plan.design.axes().len() == 1 => trial.halve(paths[0], false)?,
        (None, Some(figure)) => trial.race(figure)?,
        (None, None) => return Err(no_goal("several paths")),
    };
    let form = match args.output {
        Some(form) => form,
        None if terminal::person_reads_stdout() => ComparisonForm::Table,
        None => ComparisonForm::Json,
    };
    terminal::print(&match form {
        ComparisonForm::Json => render::json::pretty(&found),
        ComparisonForm::Table => render::plan::table(&found),
    })?;
    Ok(match found.answer {
        Some(_) => Exit::Passed,
        None if found.tried.iter().any(|tried| tried.verdict == Verdict::Undecided) => Exit::Undecided,
        None => Exit::Failed,
    })
}

fn no_goal(goal: &str) -> Failure {
    Failure::bad_input(
        format!("`{goal}` is nothing to search by"),
        "with one --vary, name its path; with several, --minimise a figure such as nodeHours",
    )
}

struct Trial<'a> {
    plan: &'a Plan,
    args: &'a PlanArgs,
    progress: Progress,
}

impl Trial<'_> {
    /// Searches along one axis, from its first value or, to maximise, from its last.
    fn halve(&self, goal: &str, from_last: bool) -> Result<Found, Failure> {
        let points = self.plan.design.points();
        let point = |value: usize| if from_last { points - 1 - value as u64 } else { value as u64 };
        let mut search = Search::new(points as usize);
        let mut tried = Vec::new();
        while let Some(value) = search.next_try() {
            let found = self.run(point(value), None)?;
            search.learn(value, found.verdict == Verdict::Pass);
            tried.push(found);
        }
        let answer = search.first_passing().map(point);
        let verb = if from_last { "largest" } else { "smallest" };
        Ok(self.found(format!("the {verb} {goal}"), answer, Some(search.is_monotone()), tried))
    }

    /// Tries every point, and takes the one that passes with the least of a figure.
    fn race(&self, figure: &str) -> Result<Found, Failure> {
        let points = 0..self.plan.design.points();
        let tried: Vec<Try> = points.map(|point| self.run(point, Some(figure))).collect::<Result<_, _>>()?;
        if tried.iter().all(|tried| tried.figure.is_none()) {
            return Err(no_goal(figure));
        }
        let passing = tried.iter().filter(|tried| tried.verdict == Verdict::Pass);
        let cost = |tried: &Try| tried.figure.unwrap_or(f64::INFINITY);
        let answer = passing.min_by(|one, two| cost(one).total_cmp(&cost(two))).map(|tried| tried.point);
        Ok(self.found(format!("the least {figure}"), answer, None, tried))
    }

    fn run(&self, point: u64, figure: Option<&str>) -> Result<Try, Failure> {
        let model = self.plan.model(point).map_err(|found| told(&found))?;
        if model.checks.is_empty() {
            return Err(Failure::bad_input(
                "the scenario has no checks to pass",
                "claim something, such as `nobody waits: p95(launch.wait) < 60s`",
            ));
        }
        let run = Run {
            file: self.args.varied.file.to_string_lossy().into_owned(),
            has_variants: false,
            variant: self.args.varied.variant.clone(),
            model,
            seed: self.plan.seed,
            first: 0,
            replications: self.args.replications,
            auto: true,
        };
        let enough = |report: &Report| {
            report.is_decided() || report.checks.iter().any(|check| check.verdict == Verdict::Fail)
        };
        let (threads, most) = (self.args.varied.threads, self.args.replications);
        let report = until_decided(&run, threads, most, &self.progress, enough);
        let report = report.map_err(|_| Failure::Reported(Exit::Fault))?;
        Ok(self.tried(point, figure, &report))
    }

    fn tried(&self, point: u64, figure: Option<&str>, report: &Report) -> Try {
        let of = |verdict| report.checks.iter().find(|check| check.verdict == verdict);
        let telling = of(Verdict::Fail).or_else(|| of(Verdict::Undecided)).or_else(|| of(Verdict::Pass));
        Try {
            point,
            settings: self.settings(point),
            verdict: telling.map_or(Verdict::Undecided, |check| check.verdict),
            replications: report.replications,
            figure: figure.and_then(|figure| report.summary.get(figure).copied()),
            text: telling.map(|check| format!("{}: {}", check.name, check.text)).unwrap_or_default(),
        }
    }

    fn settings(&self, point: u64) -> Vec<String> {
        let settings = self.plan.design.settings(point);
        settings.into_iter().map(|(path, value)| format!("{path}={value}")).collect()
    }

    fn found(&self, goal: String, answer: Option<u64>, monotone: Option<bool>, mut tried: Vec<Try>) -> Found {
        tried.sort_by_key(|tried| tried.point);
        Found {
            api_version: "plimsoll/v1",
            kind: "Plan",
            scenario: self.plan.manifest.scenario.clone(),
            seed: self.plan.seed,
            goal,
            answer: answer.map(|point| self.settings(point)),
            monotone,
            points: self.plan.design.points(),
            runs: tried.iter().map(|tried| u64::from(tried.replications)).sum(),
            tried,
        }
    }
}

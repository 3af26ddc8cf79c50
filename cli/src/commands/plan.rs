//! `plimsoll plan`: the smallest value, or the cheapest combination, at which every check passes.

use std::sync::Arc;

use plimsoll_core::experiment::{Fault, Found, Goal, Plan as Search, Sampling, Task};
use plimsoll_core::report::Verdict;
use serde::Serialize;

use crate::args::{AnswerForm, PlanArgs};
use crate::exit::{Exit, Failure};
use crate::hands::{compute, thread_count};
use crate::progress::Progress;
use crate::render;
use crate::source::Source;
use crate::sweep::plan::{Plan, told};
use crate::terminal;

/// What a search came to, and of what.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    api_version: &'static str,
    kind: &'static str,
    scenario: String,
    /// The seed of all points.
    pub seed: u64,
    /// What is minimised or maximised.
    pub goal: String,
    #[serde(flatten)]
    pub found: Found,
}

/// Searches, and says what was tried.
pub fn plan(args: &PlanArgs) -> Result<Exit, Failure> {
    let varied = &args.varied;
    let plan = Plan::new(&Source::read(&varied.file)?, varied, Some(Sampling::Grid), Some(1))?;
    let (goal, words) = goal(args, &plan)?;
    let mut search = Search::new(Arc::clone(&plan.sweep), goal, args.replications);
    let seed = plan.sweep.seed();
    let name = |task: &Task| format!("the plan, seed {seed}, replication {}", task.replication);
    compute(&mut search, thread_count(varied.threads), Progress::start(varied.quiet), name);
    let found = search.found().map_err(no_answer)?;
    let answer = Answer {
        api_version: "plimsoll/v1",
        kind: "Plan",
        scenario: plan.manifest.scenario.clone(),
        seed,
        goal: words,
        found,
    };
    let form = match args.output {
        Some(form) => form,
        None if terminal::person_reads_stdout() => AnswerForm::Table,
        None => AnswerForm::Json,
    };
    terminal::print(&match form {
        AnswerForm::Json => render::json::pretty(&answer),
        AnswerForm::Table => render::plan::table(&answer),
    })?;
    let found = &answer.found;
    Ok(match found.answer {
        Some(_) => Exit::Passed,
        None if found.tried.iter().any(|tried| tried.verdict == Verdict::Undecided) => Exit::Undecided,
        None => Exit::Failed,
    })
}

/// What is wanted, for the search and in words.
fn goal(args: &PlanArgs, plan: &Plan) -> Result<(Goal, String), Failure> {
    let axes = plan.sweep.design().axes();
    let paths: Vec<&String> = axes.iter().flat_map(|axis| &axis.paths).collect();
    let is_path = |goal: &String| axes.len() == 1 && paths.contains(&goal);
    match (&args.maximise, &args.minimise) {
        (Some(goal), _) if is_path(goal) => Ok((Goal::Last, format!("the largest {goal}"))),
        (Some(goal), _) => Err(no_goal(goal)),
        (None, Some(goal)) if is_path(goal) => Ok((Goal::First, format!("the smallest {goal}"))),
        (None, Some(figure)) => Ok((Goal::Least(figure.clone()), format!("the least {figure}"))),
        (None, None) if axes.len() == 1 => Ok((Goal::First, format!("the smallest {}", paths[0]))),
        (None, None) => Err(no_goal("several paths")),
    }
}

fn no_goal(goal: &str) -> Failure {
    Failure::bad_input(
        format!("`{goal}` is nothing to search by"),
        "with one --vary, name its path; with several, --minimise a figure such as nodeHours",
    )
}

fn no_answer(fault: Fault) -> Failure {
    match fault {
        Fault::Scenario(found) => told(&found),
        Fault::NoChecks => Failure::bad_input(
            "the scenario has no checks to pass",
            "claim something, such as `nobody waits: p95(launch.wait) < 60s`",
        ),
        Fault::NoFigure(figure) => no_goal(&figure),
        Fault::Lost => Failure::Reported(Exit::Fault),
    }
}

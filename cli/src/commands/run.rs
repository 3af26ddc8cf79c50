//! `plimsoll run`: simulate scenarios, show what happened, decide their checks.

use plimsoll_core::report::{Report, Verdict};

use crate::args::{OutputForm, RunArgs};
use crate::exit::{Exit, Failure};
use crate::progress::Progress;
use crate::render::{self, Shown};
use crate::runs::{self, Run};
use crate::simulate::simulate;
use crate::{events, openmetrics, terminal};

/// Runs what is asked for and prints the results; the exit code is the worst of all.
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let several = runs::may_be_several(&args.files, &args.selection);
    if several && args.events.is_some() {
        return Err(Failure::bad_input("--events takes one run", "name one file, and one --variant of it"));
    }
    let selected = runs::select(&args.files, &args.selection, args.quiet)?;
    let reports = simulate(&selected.runs, args.selection.threads, Progress::start(args.quiet));

    let mut worst = selected.worst;
    let mut shown = Vec::new();
    for (run, report) in selected.runs.iter().zip(reports) {
        match report {
            Ok(report) => {
                worst = worst.max(exit_of(&report));
                shown.push(Shown { run, report });
            }
            Err(_) => worst = worst.max(Exit::Fault),
        }
    }
    let form = output_form(args);
    let text = match form {
        OutputForm::Openmetrics => openmetrics::text(&selected.runs)?,
        form => render::render(form, &shown, several),
    };
    let printed = terminal::print(&text);
    // A reader who stops early, as `head` does, still gets the file asked for.
    write_events(args, &selected.runs)?;
    printed?;
    Ok(if worst == Exit::Failed { Exit::FailedWith(args.fail_code) } else { worst })
}

/// The form asked for; else a table for a person and JSON for a program.
fn output_form(args: &RunArgs) -> OutputForm {
    match args.output {
        Some(form) => form,
        None if terminal::person_reads_stdout() => OutputForm::Table,
        None => OutputForm::Json,
    }
}

/// What a report's checks mean for the exit code.
fn exit_of(report: &Report) -> Exit {
    let exit = |verdict| match verdict {
        Verdict::Pass => Exit::Passed,
        Verdict::Undecided => Exit::Undecided,
        Verdict::Fail => Exit::Failed,
    };
    report.checks.iter().map(|check| exit(check.verdict)).max().unwrap_or(Exit::Passed)
}

fn write_events(args: &RunArgs, runs: &[Run]) -> Result<(), Failure> {
    match &args.events {
        Some(path) => runs.iter().try_for_each(|run| events::write(run, path)),
        None => Ok(()),
    }
}

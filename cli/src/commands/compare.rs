//! `plimsoll compare`: what a change does, told from chance by common random numbers.

use std::path::Path;

use plimsoll_charts::{Figure, Style, render_pair};
use plimsoll_core::experiment::{Comparison, Replication};
use plimsoll_core::report::Report;

use crate::args::{CompareArgs, ComparisonForm, Replications, SelectionArgs};
use crate::cluster::read_cluster;
use crate::exit::{Exit, Failure};
use crate::fault::{self, Fault};
use crate::progress::Progress;
use crate::runs::{self, Run};
use crate::simulate::replicate;
use crate::source::{self, Source};
use crate::{artifact, render, terminal};

/// Pairs where neither the command line nor the scenario asks for a number: enough to see most effects.
const PAIRS: u32 = 50;

/// Runs the base and what is compared with it under one seed, and prints the differences.
pub fn compare(args: &CompareArgs) -> Result<Exit, Failure> {
    if args.selection.replications == Some(Replications::Auto) {
        return Err(Failure::bad_input(
            "a comparison has a fixed number of pairs",
            "write --replications N; the table shows how wide the intervals are",
        ));
    }
    let mut runs = select(args)?;
    share_seed_and_count(&mut runs, &args.selection);
    let results = replicate(&runs, args.selection.threads, Progress::start(args.quiet));
    let comparisons = comparisons(&runs, &results)?;
    if let Some(folder) = &args.plot {
        draw(&runs, &results, folder)?;
    }
    let form = match args.output {
        Some(form) => form,
        None if terminal::person_reads_stdout() => ComparisonForm::Table,
        None => ComparisonForm::Json,
    };
    terminal::print(&match (form, comparisons.as_slice()) {
        (ComparisonForm::Json, [one]) => render::json::pretty(one),
        (ComparisonForm::Json, several) => several.iter().map(render::json::line).collect(),
        (ComparisonForm::Table, several) => render::comparison::tables(several),
        (ComparisonForm::Markdown, several) => render::markdown::comparisons(several),
    })?;
    Ok(Exit::Passed)
}

/// The base, then what is compared with it. With a mistake in any of them there is nothing to compare.
fn select(args: &CompareArgs) -> Result<Vec<Run>, Failure> {
    let named: Vec<_> = args.files.iter().chain(&args.selection.cluster).cloned().collect();
    source::refuse_stdin_twice(&named)?;
    let cluster = read_cluster(&args.selection, args.quiet)?;
    let cluster = cluster.as_ref();
    let mut selection = args.selection.clone();
    for measure in &args.measures {
        selection.sets.push(claim(measure)?);
    }
    let plain = SelectionArgs { variants: None, ..selection.clone() };
    let mut runs = Vec::new();
    match (args.files.as_slice(), &args.selection.variants) {
        ([file], Some(named)) => {
            let source = Source::read(file)?;
            if named.iter().any(|name| !name.is_empty()) {
                runs::select_in(&source, &plain, cluster, args.quiet, &mut runs)?;
            }
            runs::select_in(&source, &selection, cluster, args.quiet || !runs.is_empty(), &mut runs)?;
        }
        ([_], None) => {
            return Err(Failure::bad_input(
                "there is nothing to compare the file with",
                "name a second file, or --variants to compare the file's what-ifs with its base",
            ));
        }
        (_, Some(_)) => {
            return Err(Failure::bad_input(
                "--variants compares the what-ifs of one file",
                "name one file, or leave out --variants",
            ));
        }
        (files, None) => {
            for file in files {
                runs::select_in(&Source::read(file)?, &plain, cluster, args.quiet, &mut runs)?;
            }
        }
    }
    if runs.len() < 2 {
        return Err(Failure::bad_input("the file has no variants", "name a second file to compare it with"));
    }
    Ok(runs)
}

/// The assignment that makes a check of something to measure: a claim that holds whatever is found.
fn claim(measure: &str) -> Result<String, Failure> {
    if measure.contains(['"', '\\']) || measure.trim().is_empty() {
        return Err(Failure::bad_input(
            format!("`{measure}` is nothing to measure"),
            "write it as a check would: max(pods.running, 18:00..06:15)",
        ));
    }
    Ok(format!("checks.\"{measure}\"=\"{measure} >= 0\""))
}

/// Pairs have the seed and the number of replications in common: what the command line says, else the base.
fn share_seed_and_count(runs: &mut [Run], selection: &SelectionArgs) {
    let (seed, replications) = (runs[0].seed, runs[0].replications);
    for run in runs {
        run.seed = seed;
        run.replications = match selection.replications {
            None if replications == 1 => PAIRS,
            _ => replications,
        };
    }
}

/// The overview of each of the others beside that of the first.
fn draw(runs: &[Run], results: &[Result<Vec<Replication>, Fault>], folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make the directory", folder, &error))?;
    let mut reports = Vec::new();
    for (run, result) in runs.iter().zip(results) {
        let replications = result.as_ref().map_err(|_| Failure::Reported(Exit::Fault))?;
        reports.push(Report::from_replications(&run.model, run.seed, replications));
    }
    let style = Style { width_px: 2 * Style::default().width_px, ..Style::default() };
    for (number, other) in reports.iter().enumerate().skip(1) {
        let drawn = || render_pair(&reports[0], other, Figure::Overview, &style);
        let svg = fault::contain(|| format!("the picture of {}", runs[number].name()), drawn);
        let svg = svg.map_err(|_| Failure::Reported(Exit::Fault))?;
        let path = folder.join(format!("{}-{number}-beside-base.svg", plimsoll_charts::file_stem(other)));
        artifact::write(&path, svg.as_bytes())?;
        terminal::tell(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Each of the others against the first.
fn comparisons(
    runs: &[Run],
    results: &[Result<Vec<Replication>, Fault>],
) -> Result<Vec<Comparison>, Failure> {
    let mut sides = Vec::new();
    for (run, result) in runs.iter().zip(results) {
        let replications = result.as_ref().map_err(|_| Failure::Reported(Exit::Fault))?;
        sides.push((&*run.model, replications.as_slice()));
    }
    let mut comparisons = Vec::new();
    for (run, &side) in runs.iter().zip(&sides).skip(1) {
        let name = || format!("the comparison of {} with {}", runs[0].name(), run.name());
        let compared = fault::contain(name, || Comparison::of(run.seed, sides[0], side));
        comparisons.push(compared.map_err(|_| Failure::Reported(Exit::Fault))?);
    }
    Ok(comparisons)
}

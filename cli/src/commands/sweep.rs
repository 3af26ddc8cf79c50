//! `plimsoll sweep`: a row for each point and replication, resumable at any moment.

use std::path::{Path, PathBuf};
use std::time::Instant;

use plimsoll_core::experiment::Sampling;
use plimsoll_core::report::units;

use crate::args::SweepArgs;
use crate::exit::{Exit, Failure};
use crate::hands::thread_count;
use crate::progress::Progress;
use crate::source::Source;
use crate::sweep::assembly::{Form, assemble};
use crate::sweep::emit::emit;
use crate::sweep::parts::Parts;
use crate::sweep::plan::Plan;
use crate::sweep::points::Points;
use crate::sweep::workers;
use crate::terminal;

/// Computes what is missing, then writes the file and tells what came out.
pub fn sweep(args: &SweepArgs) -> Result<Exit, Failure> {
    let started = Instant::now();
    if let (Some(engine), Some(shard)) = (args.emit, &args.shard) {
        let (_, count) = shard_words(shard)?;
        terminal::print(&emit(engine, args, count)?)?;
        return Ok(Exit::Passed);
    }
    let shard = args.shard.as_deref().map(shard).transpose()?;
    let form = if shard.is_none() { Some(Form::of(&args.out)?) } else { None };
    let (varied, quiet) = (&args.varied, args.varied.quiet);
    let sampling = None
        .or(args.lhs.map(Sampling::LatinHypercube))
        .or(args.sobol.map(Sampling::Sobol))
        .or(args.sensitivity.map(Sampling::Saltelli));
    let plan = Plan::new(&Source::read(&varied.file)?, varied, sampling, args.replications)?;
    let parts = Parts::open(&folder(&args.out, form), &plan.manifest)?;
    let mut missing = parts.missing();
    if let Some((index, count)) = shard {
        missing.retain(|part| part % count == index);
    }
    let done = parts.manifest.parts() - parts.missing().len() as u64;
    if done > 0 && !quiet {
        let all = parts.manifest.parts();
        terminal::tell(&format!("{done} of {all} parts are done already, in {}", parts.folder().display()));
    }
    let threads = thread_count(varied.threads);
    workers::compute(&plan, &parts, &missing, threads, Progress::start(quiet))?;
    let Some(form) = form else {
        return Ok(Exit::Passed);
    };
    let mut points = Points::new(&plan, args)?;
    assemble(&parts, form, &args.out, |row| points.see(row))?;
    parts.remove()?;
    if !quiet {
        terminal::tell(&format!(
            "wrote {}: {}, {} computed now{}",
            args.out.display(),
            units::counted(plan.manifest.rows(), "row"),
            missing.iter().map(|&part| plan.manifest.rows_of(part).count()).sum::<usize>(),
            cost(started),
        ));
    }
    if let Some(folder) = &args.plot {
        points.draw(folder, &args.out.file_stem().unwrap_or_default().to_string_lossy())?;
    }
    terminal::print(&points.table())?;
    Ok(if args.gate { points.exit() } else { Exit::Passed })
}

/// Where the parts grow: beside a file, or in the folder that a shard names.
fn folder(out: &Path, form: Option<Form>) -> PathBuf {
    match form {
        None => out.to_owned(),
        Some(_) => {
            let mut name = out.file_name().unwrap_or_default().to_owned();
            name.push(".parts");
            out.with_file_name(name)
        }
    }
}

/// The shard `I/N`; for `auto` the batch system says which this is.
fn shard(text: &str) -> Result<(u64, u64), Failure> {
    let (index, count) = shard_words(text)?;
    let index = match index {
        "auto" => task_index().ok_or_else(|| no_shard("no batch system says which task this is"))?,
        index => index.to_owned(),
    };
    match index.parse() {
        Ok(index) if index < count => Ok((index, count)),
        _ => Err(no_shard(&format!("there is no shard {index} of {count}"))),
    }
}

/// Which shard, in words, and of how many.
fn shard_words(text: &str) -> Result<(&str, u64), Failure> {
    let split = text.split_once('/').and_then(|(index, count)| Some((index, count.parse().ok()?)));
    split.filter(|(_, count)| *count > 0).ok_or_else(|| no_shard(&format!("`{text}` is no shard")))
}

fn no_shard(fact: &str) -> Failure {
    Failure::bad_input(fact, "write --shard I/N with I from 0 to N-1, or --shard auto/N in a batch job")
}

/// The variables in which batch systems number the tasks of an array, from 0.
fn task_index() -> Option<String> {
    const VARIABLES: [&str; 4] =
        ["JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "PLIMSOLL_SHARD"];
    VARIABLES.into_iter().find_map(|variable| std::env::var(variable).ok())
}

/// Time, and memory where the system tells.
fn cost(started: Instant) -> String {
    let seconds = units::duration(started.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    match kibibytes {
        Some(kibibytes) => format!(", {seconds}, at most {} MiB of memory", kibibytes.div_ceil(1_024)),
        None => format!(", {seconds}"),
    }
}

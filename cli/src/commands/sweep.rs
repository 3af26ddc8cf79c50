//! `plimsoll sweep`: a row for each point and replication, resumable at any moment.

use std::path::Path;
use std::time::Instant;

use plimsoll_core::experiment::Sampling;
use plimsoll_core::report::units;

use crate::args::{AnswerForm, SweepArgs};
use crate::exit::{Exit, Failure};
use crate::hands::thread_count;
use crate::progress::Progress;
use crate::source::Source;
use crate::sweep::assembly::{Form, assemble};
use crate::sweep::emit::emit;
use crate::sweep::parts::Parts;
use crate::sweep::plan::Plan;
use crate::sweep::points::Points;
use crate::sweep::store::Place;
use crate::sweep::workers;
use crate::{render, terminal};

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
    let parts = Parts::open(place(&args.out, form)?, &plan.manifest)?;
    let mut missing = parts.missing()?;
    let done = parts.manifest.parts() - missing.len() as u64;
    if let Some((index, count)) = shard {
        missing.retain(|part| part % count == index);
    }
    if done > 0 && !quiet {
        let all = parts.manifest.parts();
        terminal::tell(&format!("{done} of {all} parts are done already, in {}", parts.place()));
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
    terminal::print(&match args.output {
        AnswerForm::Table => points.table(),
        AnswerForm::Json => render::json::pretty(points.summary()),
    })?;
    Ok(if args.gate { points.exit() } else { Exit::Passed })
}

/// Where the parts grow: beside a file, or in the place that a shard names.
fn place(out: &Path, form: Option<Form>) -> Result<Place, Failure> {
    match (form, Place::of(out)) {
        (None, place) => Ok(place),
        (Some(_), Place::Url(url)) => Err(Failure::bad_input(
            format!("{url} is no file"),
            "write to a file, or the parts to a store: --shard 0/1 --out URL, then plimsoll merge URL --out FILE",
        )),
        (Some(_), Place::Folder(file)) => {
            let mut name = file.file_name().unwrap_or_default().to_owned();
            name.push(".parts");
            Ok(Place::Folder(file.with_file_name(name)))
        }
    }
}

/// The shard `I/N`; where there is an `auto` or no number, the batch system says which this is.
fn shard(text: &str) -> Result<(u64, u64), Failure> {
    let (index, count) = shard_words(text)?;
    let index = match index {
        "auto" => task_index().ok_or_else(|| no_shard("no batch system says which task this is"))?,
        index => index.parse().map_err(|_| no_shard(&format!("`{text}` is no shard")))?,
    };
    match index {
        index if index < count => Ok((index, count)),
        _ => Err(no_shard(&format!("there is no shard {index} of {count}"))),
    }
}

/// Which shard, in words, and of how many.
fn shard_words(text: &str) -> Result<(&str, u64), Failure> {
    if text == "auto" {
        let count = task_count().ok_or_else(|| no_shard("no batch system says how many tasks there are"))?;
        return Ok((text, count));
    }
    let split = text.split_once('/').and_then(|(index, count)| Some((index, count.parse().ok()?)));
    split.filter(|(_, count)| *count > 0).ok_or_else(|| no_shard(&format!("`{text}` is no shard")))
}

fn no_shard(fact: &str) -> Failure {
    Failure::bad_input(fact, "write --shard I/N with I from 0 to N-1, or --shard auto/N in a batch job")
}

/// The number of this task of an array, from 0. Kubernetes, Slurm and AWS Batch say it, or whoever runs us does.
fn task_index() -> Option<u64> {
    let first = number("SLURM_ARRAY_TASK_MIN").unwrap_or(0);
    number("JOB_COMPLETION_INDEX")
        .or_else(|| number("SLURM_ARRAY_TASK_ID")?.checked_sub(first))
        .or_else(|| number("AWS_BATCH_JOB_ARRAY_INDEX"))
        .or_else(|| number("PLIMSOLL_SHARD"))
}

/// How many tasks the array has. Kubernetes does not say.
fn task_count() -> Option<u64> {
    const VARIABLES: [&str; 3] = ["SLURM_ARRAY_TASK_COUNT", "AWS_BATCH_JOB_ARRAY_SIZE", "PLIMSOLL_SHARDS"];
    VARIABLES.into_iter().find_map(number).filter(|count| *count > 0)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.trim().parse().ok()
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

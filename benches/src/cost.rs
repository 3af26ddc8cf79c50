//! The cost of one run: time, events, pods, memory.

use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::{Model, Simulation};

use crate::instructions;

/// Runs of which the fastest counts.
const RUNS: u32 = 5;

/// What a run cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    events: u64,
    pods: u64,
    best: Duration,
    peak_kib: u64,
}

impl fmt::Display for Cost {
    /// Four numbers, as the parent process reads them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.events, self.pods, self.best.as_nanos(), self.peak_kib)
    }
}

impl Cost {
    fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let [events, pods, nanos, peak_kib] = numbers[..] else { return None };
        Some(Self { events, pods, best: Duration::from_nanos(nanos), peak_kib })
    }
}

/// Reads and compiles a scenario.
pub fn compile(file: &str) -> Result<Arc<Model>, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let document = Document::parse(file, &bytes).map_err(|wrong| wrong.to_string())?;
    Ok(Arc::new(document.compile().map_err(|wrong| wrong.to_string())?.model))
}

/// Runs a scenario to its end and measures, as a report would be made.
fn run(model: &Arc<Model>) -> (u64, u64) {
    let mut simulation = Simulation::new(Arc::clone(model), model.seed, 0);
    simulation.run_until(SimTime::MAX, &mut |_, _, _| {});
    let counts = (simulation.events_fired(), simulation.world().cluster().pods_created);
    std::hint::black_box(simulation.finish());
    counts
}

/// One run and nothing else: what is counted under valgrind.
pub fn run_once(file: &str) -> Result<(), String> {
    run(&compile(file)?);
    Ok(())
}

/// The cost of a scenario, in this process.
pub fn measure(file: &str) -> Result<Cost, String> {
    let model = compile(file)?;
    let mut cost = Cost { events: 0, pods: 0, best: Duration::MAX, peak_kib: 0 };
    for _ in 0..RUNS {
        let begin = Instant::now();
        (cost.events, cost.pods) = run(&model);
        cost.best = cost.best.min(begin.elapsed());
    }
    cost.peak_kib = peak_kib().ok_or("the peak memory is not to be had here (VmHWM of /proc/self/status)")?;
    Ok(cost)
}

/// The largest resident set this process ever had.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Prints a table of what each scenario costs, as Markdown.
pub fn table(files: &[&str], count_instructions: bool) -> Result<(), String> {
    println!("| Scenario | Pods | Events | Time | Events/s | ns a pod | Peak memory | Instructions a pod |");
    println!("|---|---|---|---|---|---|---|---|");
    for file in files {
        let cost = measure_apart(file)?;
        let per_pod = |amount: f64| amount / cost.pods.max(1) as f64;
        let seconds = cost.best.as_secs_f64();
        let counted = match count_instructions {
            true => format!("{:.0}", per_pod(instructions::of(file)? as f64)),
            false => "not counted".to_owned(),
        };
        println!(
            "| {} | {} | {} | {:.3} s | {:.0} | {:.0} | {:.1} MiB | {counted} |",
            name(file),
            cost.pods,
            cost.events,
            seconds,
            cost.events as f64 / seconds,
            per_pod(seconds * 1e9),
            cost.peak_kib as f64 / 1024.0,
        );
    }
    Ok(())
}

fn name(file: &str) -> &str {
    std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or(file)
}

fn measure_apart(file: &str) -> Result<Cost, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(own).args(["--measure", file]).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    Cost::parse(&text).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

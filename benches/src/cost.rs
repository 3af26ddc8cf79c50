//! The cost of one run: CPU time, events, pods, memory, allocations.

use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::{Model, Simulation};

use crate::floor::{Day, Floor};
use crate::{GLOBAL, clock, instructions};

/// Runs of which the fastest counts.
const RUNS: u32 = 5;

/// What a run cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    events: u64,
    pub pods: u64,
    best: Duration,
    peak_kib: u64,
    /// Allocations between the first event and the last.
    allocations: u64,
    digest: u64,
}

impl fmt::Display for Cost {
    /// Numbers, as the parent process reads them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, pods, best, peak_kib, allocations, digest } = self;
        write!(f, "{events} {pods} {} {peak_kib} {allocations} {digest}", best.as_nanos())
    }
}

impl Cost {
    const NOTHING: Self =
        Self { events: 0, pods: 0, best: Duration::MAX, peak_kib: 0, allocations: 0, digest: 0 };

    fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let [events, pods, nanos, peak_kib, allocations, digest] = numbers[..] else { return None };
        Some(Self { events, pods, best: Duration::from_nanos(nanos), peak_kib, allocations, digest })
    }
}

/// Reads and compiles a scenario.
pub fn compile(file: &str) -> Result<Arc<Model>, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let document = Document::parse(file, &bytes).map_err(|wrong| wrong.to_string())?;
    Ok(Arc::new(document.compile().map_err(|wrong| wrong.to_string())?.model))
}

/// Runs a scenario to its end and measures, as a report would be made.
fn run(model: &Arc<Model>, cost: &mut Cost) {
    let mut simulation = Simulation::new(Arc::clone(model), model.seed, 0);
    simulation.step(SimTime::MAX, &mut |_, _, _| {});
    let before = allocations();
    simulation.run_until(SimTime::MAX, &mut |_, _, _| {});
    cost.allocations = allocations() - before;
    cost.events = simulation.events_fired();
    cost.pods = simulation.world().cluster().pods_created;
    cost.digest = simulation.digest();
    std::hint::black_box(simulation.finish());
}

fn allocations() -> u64 {
    let stats = GLOBAL.stats();
    (stats.allocations + stats.reallocations) as u64
}

/// One run and nothing else: what is counted under valgrind.
pub fn run_once(file: &str) -> Result<(), String> {
    let mut cost = Cost::NOTHING;
    run(&compile(file)?, &mut cost);
    Ok(())
}

/// The cost of a scenario, in this process.
pub fn measure(file: &str) -> Result<Cost, String> {
    let model = compile(file)?;
    let mut cost = Cost::NOTHING;
    let begin = clock::own().ok_or("no CPU times are to be had here (/proc/self/schedstat)")?;
    run(&model, &mut cost);
    cost.best = clock::own().unwrap_or_default().saturating_sub(begin);
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
pub fn table(files: &[&str], count_instructions: bool, floor: Option<&str>) -> Result<(), String> {
    let floor = floor.map(Floor::build).transpose()?;
    println!(
        "| Scenario | Pods | Events | CPU time | ns a pod | Times the floor | Peak memory | Allocations a pod | Instructions a pod | Digest |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for file in files {
        let (cost, floor) = measure_in_turn(file, floor.as_ref())?;
        let per_pod = |amount: f64| amount / cost.pods.max(1) as f64;
        let seconds = cost.best.as_secs_f64();
        let counted = match count_instructions {
            true => format!("{:.0}", per_pod(instructions::of(file)? as f64)),
            false => "not counted".to_owned(),
        };
        let ratio =
            floor.map_or_else(|| "none".to_owned(), |floor| format!("{:.1}", seconds / floor.as_secs_f64()));
        println!(
            "| {} | {} | {} | {seconds:.3} s | {:.0} | {ratio} | {:.1} MiB | {:.3} | {counted} | {:016x} |",
            name(file),
            cost.pods,
            cost.events,
            per_pod(seconds * 1e9),
            cost.peak_kib as f64 / 1024.0,
            per_pod(cost.allocations as f64),
            cost.digest,
        );
    }
    Ok(())
}

fn name(file: &str) -> &str {
    std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or(file)
}

/// Each run in a process of its own, in turn with the floor's; the fastest of each counts.
fn measure_in_turn(file: &str, floor: Option<&Floor>) -> Result<(Cost, Option<Duration>), String> {
    let model = compile(file)?;
    let day = Day::of(&model);
    let floor = floor.zip(day.as_ref());
    let (mut best, mut of_floor): (Option<Cost>, Option<Duration>) = (None, None);
    for _ in 0..RUNS {
        let cost = measure_apart(file)?;
        best = Some(best.filter(|best| best.best <= cost.best).unwrap_or(cost));
        if let Some((floor, day)) = floor {
            let time = floor.time(day)?;
            of_floor = Some(of_floor.map_or(time, |best| best.min(time)));
        }
    }
    best.map(|best| (best, of_floor)).ok_or_else(|| "no run".to_owned())
}

fn measure_apart(file: &str) -> Result<Cost, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(own).args(["--measure", file]).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    Cost::parse(&text).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

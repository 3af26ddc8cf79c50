//! Growth: nothing may cost the square of the number of pods.
//!
//! Method: scenarios in which pods pile up, each at one size and at ten times the pods. Linear cost is ten
//! times the instructions, with a logarithm eleven or twelve; a hidden square shows as far more.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::instructions;

/// Ten times the pods may cost so many times the instructions.
const LIMIT: f64 = 15.0;
/// Pods of the small size. Counting slows a run down fifty times.
const PODS: u32 = 1_000;

/// What piles up: a name and the scenario for so many pods.
type Case = (&'static str, fn(u32) -> String);

const CASES: [Case; 7] = [
    ("pods wait at the ceiling", |pods| overloaded(pods, 10, "")),
    ("the same over ten times the time", |pods| overloaded(pods, pods / 100, "")),
    ("and a group has room that is not for them", |pods| {
        overloaded(pods, pods / 100, "").replace("boot: 5m", "taints: [{key: own, effect: NoSchedule}]")
    }),
    ("pods of many shapes wait", |pods| overloaded(pods, 10, SHAPES)),
    ("they wait over ten times the time", |pods| overloaded(pods / 2, pods / 200, SHAPES)),
    ("nothing waits", unloaded),
    ("launches fail and retry", hub),
];

/// Twenty nodes of three pods for a crowd that wants far more; the autoscaler may not grow the group.
fn overloaded(pods: u32, hours: u32, more: &str) -> String {
    format!(
        "{{apiVersion: plimsoll/v1, name: growth, start: 2026-01-01T00:00:00Z, duration: {hours}h,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 3, memory: 64Gi, pods: 110}}, min: 20, max: 20}},
            other: {{allocatable: {{cpu: 4, memory: 8Gi, pods: 110}}, min: 0, max: 3, boot: 5m}}}},
          autoscaler: {{}},
          workloads: {{jobs: {{arrivals: {{perHour: {}}}, lifetime: {{exponential: 1h}},
            pod: {{resources: {{requests: {{cpu: 1}}}}}}}}{more}}}}}",
        pods / hours
    )
}

const SHAPES: &str = ", \
    a: {arrivals: {perHour: 100}, lifetime: 1h, pod: {resources: {requests: {cpu: 1100m}}, priority: 5}}, \
    b: {arrivals: {perHour: 100}, lifetime: 1h, pod: {resources: {requests: {cpu: 2, memory: 9Gi}}}}, \
    c: {arrivals: {perHour: 100}, lifetime: 1h, pod: {resources: {requests: {cpu: 700m, memory: 3Gi}}, priority: 9}}";

/// Pods that come and go at once.
fn unloaded(pods: u32) -> String {
    format!(
        "{{apiVersion: plimsoll/v1, name: growth, start: 2026-01-01T00:00:00Z, duration: 10h,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 1000, memory: 64Gi, pods: 11000}}, min: 20, max: 20}}}},
          workloads: {{jobs: {{arrivals: {{perHour: {}}}, lifetime: {{exponential: 10m}},
            pod: {{resources: {{requests: {{cpu: 1}}}}}}}}}}}}",
        pods / 10
    )
}

/// A hub with room for a few of its users, who try again and again: so many that launches fail at the small size too.
fn hub(pods: u32) -> String {
    let users = 4 * pods;
    format!(
        "{{apiVersion: plimsoll/v1, name: growth, start: 2026-01-01T00:00:00Z, duration: 10h,
          nodeGroups: {{nodes: {{allocatable: {{cpu: 10, memory: 64Gi, pods: 110}}, min: 2, max: 4}}}},
          autoscaler: {{}},
          hub: {{concurrentSpawnLimit: 100000, cull: {{every: 10m, timeout: 10m}}}},
          audience: {{users: {{arrivals: {{perHour: {}}}, session: {{active: {{exponential: 1h}}}},
            retry: {{probability: 50%, after: 1m}}}}}}}}",
        users / 10
    )
}

/// Counts both sizes of each case, as many at once as there are processors; an error when one grows too fast.
pub fn check() -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let counted: [OnceLock<Result<u64, String>>; 2 * CASES.len()] = Default::default();
    let work = || {
        // Large ones first, so that none is left over at the end.
        while let Some((at, slot)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, counted.get(at)?)))
        {
            let pods = if at < CASES.len() { 10 * PODS } else { PODS };
            let _ = slot.set(count(at, &CASES[at % CASES.len()].1(pods)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    println!("| Case | Pods | Instructions | Ten times the pods cost |");
    println!("|---|---|---|---|");
    let mut too_fast = Vec::new();
    for (at, (name, _)) in CASES.iter().enumerate() {
        let instructions =
            |at: usize| counted[at].get().cloned().unwrap_or_else(|| Err("not counted".into()));
        let (large, small) = (instructions(at)?, instructions(CASES.len() + at)?);
        let ratio = large as f64 / small as f64;
        println!("| {name} | {PODS} | {small} | {ratio:.1} times as much |");
        if ratio >= LIMIT {
            too_fast.push(*name);
        }
    }
    if too_fast.is_empty() { Ok(()) } else { Err(format!("grows too fast: {}", too_fast.join(", "))) }
}

fn count(at: usize, text: &str) -> Result<u64, String> {
    instructions::of(&Scratch::new(at, text)?.path())
}

/// A file that goes when it is no longer needed.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A file with this text, of a number that no other has now.
    pub fn new(number: usize, text: &str) -> Result<Self, String> {
        let name = format!("plimsoll-bench-{}-{number}.yaml", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        std::fs::write(&file.0, text).map_err(|error| error.to_string())?;
        Ok(file)
    }

    /// Where it is.
    pub fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A file left behind in the temporary folder is no reason to fail.
        let _ = std::fs::remove_file(&self.0);
    }
}

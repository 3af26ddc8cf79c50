//! Goal: the loop decides as the real one does. Method: replay its recordings
//! (`PLIMSOLL_CA_LOOP_CONFORMANCE_DIR` points at others): each step's changes, then a turn of the library's
//! loop, compared aspect by aspect; what was recorded is then gone on with. Those marked `random` may end in
//! any of the recorded outcomes, or in one that differs only in which of equal nodes are named.
#![expect(clippy::disallowed_methods, reason = "the ban is on the core; a test reads its recordings")]
#![expect(clippy::print_stdout, reason = "its lines are what it is run for")]

mod recordings;

use std::collections::BTreeMap;

use plimsoll_core::autoscaling::{Autoscaler, Provisioner as _};
use plimsoll_core::placement::Symbols;
use plimsoll_core::time::{SimDuration, SimTime};
use recordings::replay::Replay;
use recordings::told::{self, Told};
use recordings::{list, number, settings, text};
use serde_json::Value;

/// Differences that are printed of a family.
const SHOWN: usize = 3;

#[derive(Default)]
struct Family {
    recordings: u32,
    decisions: u32,
    equal: u32,
    differences: Vec<String>,
}

fn main() {
    let recordings =
        recordings::recordings("PLIMSOLL_CA_LOOP_CONFORMANCE_DIR", "autoscaler_loop_conformance");
    assert!(!recordings.is_empty(), "no recordings found");
    let only = std::env::args().nth(1);
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for (name, recording) in &recordings {
        if only.as_ref().is_none_or(|only| name.starts_with(only.as_str())) {
            replay(name, recording, families.entry(text(recording, "family").to_owned()).or_default());
        }
    }
    let (mut decisions, mut equal) = (0, 0);
    for (name, family) in &families {
        println!(
            "{name}: {} recordings, {} decisions, {} equal",
            family.recordings, family.decisions, family.equal
        );
        for difference in &family.differences {
            println!("  {difference}");
        }
        decisions += family.decisions;
        equal += family.equal;
    }
    println!("decisions: {decisions}, equal: {equal}");
    std::process::exit(i32::from(decisions != equal));
}

fn replay(name: &str, recording: &Value, family: &mut Family) {
    family.recordings += 1;
    let mut symbols = Symbols::default();
    let groups = settings::groups(recording, &mut symbols);
    let mut replay = Replay::new(recording, symbols);
    let mut autoscaler = Autoscaler::new(settings::options(recording), groups);
    let steps = list(recording, "steps");
    for (index, step) in steps.iter().enumerate() {
        let t = number(step, "t");
        let mut got = turn(&mut replay, &mut autoscaler, step, t);
        let until = steps.get(index + 1).map_or_else(|| last_deed(step), |next| number(next, "t"));
        let changes = steps.get(index + 1).map_or(&[][..], |next| list(next, "changes"));
        replay.begin(changes, list(step, "did"));
        between(&mut replay, &mut autoscaler, until);
        got.insert("2 did", told::lines(core::mem::take(&mut replay.did).into_iter()));
        compare(name, t, &told::recorded(step), &got, family);
    }
    compare_alternatives(name, recording, &mut replay, &mut autoscaler, family);
}

/// A turn at `t`, after what changed since the turn before.
///
/// Then leaving loops out is tried: as long as it says that nothing is to be done, another autoscaler runs
/// every loop up to there and one runs only the last. They must do and tell the same.
fn turn(replay: &mut Replay, autoscaler: &mut Autoscaler, step: &Value, t: i64) -> Told {
    if t == 0 {
        replay.begin(list(step, "changes"), &[]);
    }
    replay.change_until(t);
    replay.begin(&[], list(step, "did"));
    replay.now = t;
    let now = replay.at(t);
    let status = autoscaler.run_once(replay, now, &mut |_| 0);
    try_leaving_out(replay, autoscaler, status.idle_until, now);
    told::found(&status, autoscaler, replay, now)
}

/// Loops from now to `until`, all of one autoscaler and none of the other.
fn try_leaving_out(replay: &Replay, autoscaler: &Autoscaler, until: SimTime, now: SimTime) {
    let period = SimDuration::from_secs(10);
    let (mut all, mut few, mut world) = (autoscaler.clone(), autoscaler.clone(), replay.clone());
    let mut last = now;
    // Ten days: recordings know what takes minutes.
    while last + period < until && last < now + SimDuration::from_secs(864_000) {
        last += period;
        if last < now + period.times(100) || last + period.times(3) >= until {
            let did = world.did.len();
            all.run_once(&mut world, last, &mut |_| panic!("a draw in a loop that was to find nothing"));
            assert_eq!(world.did.len(), did, "a loop that was to find nothing did something");
        }
    }
    few.left_out(last);
    let next = last + period;
    let mut other = world.clone();
    let told = all.run_once(&mut world, next, &mut |_| 0);
    let told_of_few = few.run_once(&mut other, next, &mut |_| 0);
    assert_eq!(world.did, other.did);
    assert_eq!(
        told::found(&told, &all, &world, next),
        told::found(&told_of_few, &few, &other, next),
        "after loops were left out"
    );
}

/// What happens until the next turn: changes, and what deletions under way have due.
fn between(replay: &mut Replay, autoscaler: &mut Autoscaler, until: i64) {
    while let Some(due) = autoscaler.deletions.next_due().map(|due| replay.seconds(due)) {
        if due > until {
            break;
        }
        replay.change_until(due - 1);
        replay.now = due;
        let now = replay.at(due);
        autoscaler.advance(replay, now);
    }
}

fn last_deed(step: &Value) -> i64 {
    list(step, "did").iter().map(|deed| number(deed, "t")).max().unwrap_or(0).max(number(step, "t"))
}

fn compare(name: &str, t: i64, recorded: &Told, got: &Told, family: &mut Family) {
    for (aspect, expected) in recorded {
        let got = &got[aspect];
        family.decisions += 1;
        family.equal += u32::from(expected == got);
        if expected != got && family.differences.len() < SHOWN {
            family
                .differences
                .push(format!("{name} t={t}: {aspect}\n    expected {expected}\n    got      {got}"));
        }
    }
}

/// The turn whose outcome depends on chance.
fn compare_alternatives(
    name: &str,
    recording: &Value,
    replay: &mut Replay,
    autoscaler: &mut Autoscaler,
    family: &mut Family,
) {
    let alternatives = list(recording, "alternatives");
    let Some(first) = alternatives.first().map(|alternative| &alternative["step"]) else { return };
    let t = number(first, "t");
    replay.begin(list(first, "changes"), &[]);
    between(replay, autoscaler, t);
    replay.did.clear();
    let got = turn(replay, autoscaler, first, t);
    family.decisions += 1;
    let outcomes: Vec<Told> =
        alternatives.iter().map(|alternative| told::recorded(&alternative["step"])).collect();
    if outcomes.iter().any(|outcome| anonymous(outcome) == anonymous(&got)) {
        family.equal += 1;
    } else {
        let outcomes: Vec<String> =
            outcomes.iter().map(|outcome| format!("{:?}", anonymous(outcome))).collect();
        let got = anonymous(&got);
        family.differences.push(format!(
            "{name} t={t}: none of the outcomes\n    {}\n    got {got:?}",
            outcomes.join("\n    ")
        ));
    }
}

/// An outcome without the names of nodes and pods: of each aspect, its lines from the second word on.
fn anonymous(told: &Told) -> BTreeMap<&'static str, Vec<String>> {
    let mut anonymous = BTreeMap::new();
    for (aspect, text) in told {
        if *aspect == "2 did" {
            continue;
        }
        let named = matches!(*aspect, "2 started" | "3 unneeded" | "4 unremovable" | "4 utilization");
        let line = |line: &str| {
            let rest = line.split_once(' ').map_or("", |(_, rest)| rest);
            let Some((group, pods)) = rest.split_once(" [").filter(|_| *aspect == "2 started") else {
                return rest.to_owned();
            };
            format!("{group} {} pods", pods.split(',').filter(|pod| *pod != "]").count())
        };
        let inner = text.trim_start_matches('{').trim_end_matches('}');
        let mut lines: Vec<String> =
            if named { inner.split("; ").map(line).collect() } else { vec![text.clone()] };
        lines.sort();
        anonymous.insert(*aspect, lines);
    }
    anonymous
}

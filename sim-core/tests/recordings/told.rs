//! A loop's outcome as lines, once as recorded and once as found.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::autoscaling::Autoscaler;
use plimsoll_core::autoscaling::environment::Environment as _;
use plimsoll_core::autoscaling::moment::Moment;
use plimsoll_core::autoscaling::objects::Pod;
use plimsoll_core::autoscaling::status::{LoopStatus, Reasons, ScaleUpStatus};
use plimsoll_core::time::SimTime;
use serde_json::Value;

use super::replay::{Replay, counted, did_line};
use super::{list, number, text};

/// What is compared of a loop, by aspect.
pub type Told = BTreeMap<&'static str, String>;

/// As recorded.
pub fn recorded(step: &Value) -> Told {
    let down = &step["scaleDown"];
    let mut told = Told::new();
    told.insert("1 scale-up", format!("{} {}", text(&step["scaleUp"], "result"), growths(&step["scaleUp"])));
    told.insert("1 scale-up to min", growths(&step["scaleUpToMinSize"]));
    let started = list(down, "started").iter().map(|row| {
        let mut pods: Vec<&str> = list(row, "drainedPods").iter().map(|pod| pod.as_str().unwrap()).collect();
        pods.sort_unstable();
        format!("{} {} {pods:?}", text(row, "node"), text(row, "group"))
    });
    told.insert("2 started", lines(started));
    told.insert("2 did", lines(list(step, "did").iter().filter_map(did_line)));
    let unneeded = list(down, "unneeded").iter().map(|row| {
        let drain = row["drain"] == true;
        format!("{} {} {} {drain}", text(row, "node"), number(row, "since"), number(row, "threshold"))
    });
    told.insert("3 unneeded", lines(unneeded));
    told.insert("3 healthy", (step["clusterHealthy"] == true).to_string());
    let group = |(id, row): (&String, &Value)| {
        let of = |field: &str| number(row, field);
        format!(
            "{id} target {} {} {} {} ready {} unready {} starting {} going {} absent {} {} upcoming {}",
            of("target"),
            text(row, "health"),
            text(row, "scaleUp"),
            text(row, "backoffCode"),
            of("ready"),
            of("unready"),
            of("notStarted"),
            of("beingDeleted"),
            of("unregistered"),
            of("longUnregistered"),
            of("upcoming"),
        )
    };
    told.insert("3 groups", lines(step["groups"].as_object().unwrap().iter().map(group)));
    told.insert("4 scale-down result", text(down, "result").to_owned());
    told.insert("4 failed", step.get("error").is_some().to_string());
    let finished = down["finished"].as_object().into_iter().flatten();
    told.insert("4 finished", lines(finished.map(|(node, how)| format!("{node} {}", how.as_str().unwrap()))));
    let pods = |field: &str| {
        lines(
            list(&step["scaleUp"], field)
                .iter()
                .map(|row| format!("{} {}", text(row, "pods"), number(row, "count"))),
        )
    };
    told.insert("4 pods triggered", pods("podsTriggered"));
    told.insert("4 pods awaiting", pods("podsAwaitEvaluation"));
    let remaining = list(&step["scaleUp"], "podsRemainUnschedulable").iter().map(|row| {
        let reasons = |field: &str| {
            let rows = row[field].as_object().into_iter().flatten();
            lines(rows.map(|(group, why)| format!("{group} {why}")))
        };
        format!(
            "{} {} rejected {} skipped {}",
            text(row, "pods"),
            number(row, "count"),
            reasons("rejected"),
            reasons("skipped")
        )
    });
    told.insert("4 pods remaining", lines(remaining));
    let unremovable = list(down, "unremovable").iter().map(|row| {
        format!(
            "{} {} {} {}",
            text(row, "node"),
            text(row, "reason"),
            text(row, "blockingPod"),
            text(row, "blockingReason")
        )
    });
    told.insert("4 unremovable", lines(unremovable));
    let shares = down["utilization"].as_object().into_iter().flatten();
    told.insert(
        "4 utilization",
        lines(shares.map(|(node, share)| format!("{node} {:.6}", share.as_f64().unwrap()))),
    );
    told
}

/// As found.
pub fn found(status: &LoopStatus, autoscaler: &Autoscaler, replay: &Replay, now: SimTime) -> Told {
    let down = &status.scale_down;
    let mut told = Told::new();
    let (up, second) = told_scale_ups(status);
    told.insert("1 scale-up", format!("ScaleUp{:?} {}", up.result, found_growths(up, replay)));
    told.insert("1 scale-up to min", second.map_or_else(|| "{}".to_owned(), |up| found_growths(up, replay)));
    let started = down.started.iter().map(|row| {
        let drained = row.drained.clone().unwrap_or_default();
        let mut pods: Vec<&str> = drained.iter().map(|uid| replay.name(*uid)).collect();
        pods.sort_unstable();
        format!("{} {} {pods:?}", row.node, replay.groups[row.group])
    });
    told.insert("2 started", lines(started));
    let unneeded = down.unneeded.iter().map(|(node, row)| {
        format!(
            "{node} {} {} {}",
            replay.seconds(row.since),
            row.threshold.as_micros() / 1_000_000,
            row.drain
        )
    });
    told.insert("3 unneeded", lines(unneeded));
    told.insert("3 healthy", status.healthy.to_string());
    told.insert(
        "3 groups",
        lines((0..replay.groups.len()).map(|group| found_group(group, autoscaler, replay, now))),
    );
    told.insert("4 scale-down result", format!("{:?}", down.result));
    told.insert("4 failed", status.error.is_some().to_string());
    told.insert("4 finished", lines(down.finished.iter().map(|(node, how)| format!("{node} {how:?}"))));
    told.insert("4 pods triggered", by_controller(up.triggered.iter(), replay));
    told.insert("4 pods awaiting", by_controller(up.awaiting.iter(), replay));
    told.insert("4 pods remaining", found_remaining(up, replay));
    let unremovable = down.unremovable.iter().map(|(node, row)| {
        let (pod, why) = row
            .blocking
            .as_ref()
            .map_or_else(Default::default, |(pod, why)| (replay.name(pod.uid), format!("{why:?}")));
        format!("{node} {:?} {pod} {why}", row.reason)
    });
    told.insert("4 unremovable", lines(unremovable));
    let shares = down.utilization.iter().map(|(node, (part, whole))| {
        let millionths = (*part as f64 / *whole as f64 * 1e6).round() / 1e6;
        format!("{node} {millionths:.6}")
    });
    told.insert("4 utilization", lines(shares));
    told
}

/// The scale-ups in the order they are told of: the one for pods only if it was tried.
fn told_scale_ups(status: &LoopStatus) -> (&ScaleUpStatus, Option<&ScaleUpStatus>) {
    use plimsoll_core::autoscaling::status::ScaleUpResult::{Error, NoOptionsAvailable, Successful};
    let tried = matches!(status.scale_up.result, Error | NoOptionsAvailable | Successful);
    match &status.min_size {
        Some(min_size) if !tried => (min_size, None),
        min_size => (&status.scale_up, min_size.as_ref()),
    }
}

fn found_group(group: usize, autoscaler: &Autoscaler, replay: &Replay, now: SimTime) -> String {
    let state = &autoscaler.state;
    let readiness = &state.readiness[group];
    let healthy = state.is_group_healthy(group, &autoscaler.options);
    let moment = Moment::new(now);
    let code = state.backoff.code(group, &moment).unwrap_or("");
    let scale_up = match () {
        () if state.is_scaling_up(group) => "InProgress",
        () if !healthy => "Unhealthy",
        () if !code.is_empty() => "Backoff",
        () => "NoActivity",
    };
    format!(
        "{} target {} {} {scale_up} {code} ready {} unready {} starting {} going {} absent {} {} upcoming {}",
        replay.groups[group],
        replay.target(group),
        if healthy { "Healthy" } else { "Unhealthy" },
        readiness.ready,
        readiness.unready,
        readiness.not_started.len(),
        readiness.deleted,
        readiness.unregistered,
        readiness.long_unregistered.len(),
        state.upcoming(group),
    )
}

fn found_growths(status: &ScaleUpStatus, replay: &Replay) -> String {
    lines(
        status
            .growths
            .iter()
            .map(|growth| format!("{} {} {}", replay.groups[growth.group], growth.from, growth.to)),
    )
}

fn found_remaining(status: &ScaleUpStatus, replay: &Replay) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in &status.remaining {
        let reasons = |rows: &BTreeMap<usize, Reasons>| {
            lines(
                rows.iter()
                    .map(|(group, why)| format!("{} {}", replay.groups[*group], Value::from(why.to_vec()))),
            )
        };
        let key = format!(
            "{}\0rejected {} skipped {}",
            controller(&row.pod, replay),
            reasons(&row.rejected),
            reasons(&row.skipped)
        );
        *counts.entry(key).or_default() += 1;
    }
    lines(counts.into_iter().map(|(key, count)| key.replacen('\0', &format!(" {count} "), 1)))
}

fn controller(pod: &Pod, replay: &Replay) -> String {
    let own = replay.name(pod.uid).split_once('/').map_or("", |(_, name)| name);
    let owner = pod.traits.owner.as_ref();
    let (kind, name) = owner.map_or(("Pod", own), |owner| (owner.kind.as_str(), owner.name.as_str()));
    format!("{kind}/{}/{name}", replay.symbols.text(pod.spec.namespace))
}

fn by_controller<'a>(pods: impl Iterator<Item = &'a Arc<Pod>>, replay: &Replay) -> String {
    lines(
        counted(pods.map(|pod| controller(pod, replay)))
            .into_iter()
            .map(|(name, count)| format!("{name} {count}")),
    )
}

fn growths(status: &Value) -> String {
    let rows = list(status, "groups").iter();
    lines(rows.map(|row| format!("{} {} {}", text(row, "group"), number(row, "from"), number(row, "to"))))
}

/// Lines in order.
pub fn lines(rows: impl Iterator<Item = String>) -> String {
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    format!("{{{}}}", rows.join("; "))
}

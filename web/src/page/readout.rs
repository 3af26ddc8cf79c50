//! Read-outs: what a report's series say at an instant, panel by panel, in the order of the figure.

use plimsoll_core::report::{Report, units};

/// A value that a plot shows at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it is.
    pub label: String,
    /// The value in words.
    pub text: String,
    /// Where on the plot's axis it lies, if it is a line there.
    pub at: Option<f64>,
    /// The figure's name for its ink.
    pub ink: &'static str,
}

/// Minutes over which launches are counted together.
const LAUNCH_WINDOW: f64 = 900.0;

/// The point of the series that holds at an instant.
pub fn point(report: &Report, seconds: f64) -> usize {
    report.series.seconds.partition_point(|at| *at <= seconds + 0.5).saturating_sub(1)
}

fn series<'r>(report: &'r Report, name: &str) -> Option<&'r [f64]> {
    report.series.metrics.get(name).map(Vec::as_slice)
}

/// What a series says at a point.
pub fn level(report: &Report, name: &str, point: usize) -> Option<f64> {
    series(report, name)?.get(point).copied()
}

/// What a panel is called, for readers of the screen and above tables.
pub fn title(panel: &str) -> &'static str {
    match panel {
        "pods" => "Pods",
        "reasons" => "What pods wait for",
        "nodes" => "Nodes",
        "launches" => "Launches that succeed",
        "waits" => "Wait for a launch",
        "memory-use" => "Memory",
        "memory" => "Chance that a node runs out of memory",
        _ => "Chart",
    }
}

/// What the plot `nth` of a panel shows at an instant.
pub fn readings(report: &Report, panel: &str, nth: usize, seconds: f64) -> Vec<Reading> {
    let at = point(report, seconds);
    match (panel, nth) {
        ("pods", _) => pods(report, at),
        ("nodes", _) => nodes(report, at),
        ("reasons", _) => reasons(report, at),
        ("launches", 0) => launches(report, seconds),
        ("launches", _) => counts(report, seconds),
        ("waits", _) => waits(report, at),
        ("memory-use", 0) => memory(report, at),
        ("memory-use", _) => fullest(report, at),
        ("memory", _) => chances(report, seconds),
        _ => Vec::new(),
    }
}

fn pods(report: &Report, at: usize) -> Vec<Reading> {
    let mut sum = 0.0;
    let mut found = Vec::new();
    for (name, label, ink) in [
        ("pods.running", "running", "running"),
        ("pods.starting", "starting", "starting"),
        ("pods.terminating", "terminating", "terminating"),
        ("pods.pending", "pending", "pending"),
    ] {
        let Some(value) = level(report, name, at) else { continue };
        sum += value;
        if value > 0.0 || matches!(label, "running" | "pending") {
            found.push(Reading { label: label.to_owned(), text: units::number(value), at: Some(sum), ink });
        }
    }
    found
}

fn nodes(report: &Report, at: usize) -> Vec<Reading> {
    let rows = [
        ("nodes.ready", "ready", "ready"),
        ("nodes.schedulable", "schedulable", "schedulable"),
        ("nodes.ceiling", "ceiling", "ceiling"),
    ];
    let reading = |(name, label, ink): (&str, &str, &'static str)| {
        let value = level(report, name, at)?;
        Some(Reading { label: label.to_owned(), text: units::number(value), at: Some(value), ink })
    };
    let mut found: Vec<Reading> = rows.into_iter().filter_map(reading).collect();
    if found.len() > 1 && found[0].text == found[1].text && found[1].label == "schedulable" {
        found.remove(1);
    }
    found
}

fn reasons(report: &Report, at: usize) -> Vec<Reading> {
    let mut waiting: Vec<(&str, f64)> = report
        .waiting
        .iter()
        .filter_map(|reason| Some((reason.reason.as_str(), reason.pods.get(at).copied()?)))
        .filter(|(_, pods)| *pods > 0.0)
        .collect();
    if waiting.is_empty() {
        waiting.push(("waiting", 0.0));
    }
    let reading = |(reason, pods): (&str, f64)| Reading {
        label: reason.to_owned(),
        text: units::number(pods),
        at: None,
        ink: "pending",
    };
    waiting.into_iter().map(reading).collect()
}

/// Launches that ended in the window before an instant.
fn window(report: &Report, name: &str, seconds: f64) -> f64 {
    let Some(values) = series(report, name) else { return 0.0 };
    let (from, to) = (point(report, (seconds - LAUNCH_WINDOW).max(0.0)), point(report, seconds));
    values.get(from + 1..=to).map_or(0.0, |values| values.iter().sum())
}

fn launches(report: &Report, seconds: f64) -> Vec<Reading> {
    let (good, bad) = (window(report, "launch.succeeded", seconds), window(report, "launch.failed", seconds));
    let text = if good + bad > 0.0 { units::share(good / (good + bad)) } else { "no launch".to_owned() };
    vec![Reading { label: "of the last 15 min".to_owned(), text, at: None, ink: "succeeded" }]
}

fn counts(report: &Report, seconds: f64) -> Vec<Reading> {
    let (good, bad) = (window(report, "launch.succeeded", seconds), window(report, "launch.failed", seconds));
    let reading = |label: &str, value, ink| Reading {
        label: label.to_owned(),
        text: units::number(value),
        at: None,
        ink,
    };
    vec![reading("succeeded", good, "succeeded"), reading("failed", bad, "failed")]
}

fn waits(report: &Report, at: usize) -> Vec<Reading> {
    let rows =
        [("launch.waitMeanSeconds", "mean", "wait"), ("launch.waitMaxSeconds", "longest", "longest-wait")];
    let reading = |(name, label, ink): (&str, &str, &'static str)| {
        let value = level(report, name, at).filter(|value| *value > 0.0)?;
        Some(Reading { label: label.to_owned(), text: units::duration(value), at: Some(value), ink })
    };
    let found: Vec<Reading> = rows.into_iter().filter_map(reading).collect();
    if found.is_empty() {
        return vec![Reading { label: "no launch".to_owned(), text: String::new(), at: None, ink: "wait" }];
    }
    found
}

/// Bytes in a MiB, which the figure's axis counts.
const MIB: f64 = (1_u32 << 20) as f64;

fn memory(report: &Report, at: usize) -> Vec<Reading> {
    let rows = [
        ("cluster.memoryUsedBytes", "used", "wait"),
        ("cluster.memoryRequestedBytes", "requested", "running"),
        ("cluster.memoryAllocatableBytes", "allocatable", "ceiling"),
    ];
    let reading = |(name, label, ink): (&str, &str, &'static str)| {
        let value = level(report, name, at)?;
        Some(Reading {
            label: label.to_owned(),
            text: units::Unit::Bytes.value(value),
            at: Some(value / MIB),
            ink,
        })
    };
    rows.into_iter().filter_map(reading).collect()
}

fn fullest(report: &Report, at: usize) -> Vec<Reading> {
    let Some(value) = level(report, "nodes.memoryUsedMaxShare", at) else { return Vec::new() };
    let (label, text) = ("of the fullest node used".to_owned(), units::share(value));
    vec![Reading { label, text, at: Some(value), ink: "longest-wait" }]
}

/// The chance that a node runs out of memory: some node, and the one where it is largest.
fn chances(report: &Report, seconds: f64) -> Vec<Reading> {
    let Some(heat) = report.memory.as_ref().map(|memory| &memory.heat) else { return Vec::new() };
    let column = heat.seconds.partition_point(|at| *at <= seconds + 0.5).saturating_sub(1);
    let reading = |label: &str, chance: f64, ink| Reading {
        label: label.to_owned(),
        text: units::share(chance),
        at: Some(100.0 * chance),
        ink,
    };
    vec![
        reading("some node", heat.of_any(column), "failed"),
        reading("the hottest", heat.of_hottest(column), "ceiling"),
    ]
}

/// Clock time at an instant, with the day where the report has more than one midnight.
pub fn clock(report: &Report, seconds: f64) -> String {
    let all = f64::from(report.series.start_second_of_day) + seconds;
    let minutes = (all / 60.0).floor();
    let (day, minute) = ((minutes / 1_440.0).floor(), minutes.rem_euclid(1_440.0));
    let time = format!("{:02}:{:02}", (minute / 60.0).floor(), minute % 60.0);
    if report.scenario.duration_seconds > 100_000.0 { format!("day {}, {time}", day + 1.0) } else { time }
}

/// The lines of a report that are laid over another's figure: values on the axis of plot `nth` of a panel.
pub fn ghost(report: &Report, panel: &str, nth: usize) -> Option<Vec<(f64, f64)>> {
    let name = match (panel, nth) {
        ("pods", _) => "pods.running",
        ("nodes", _) => "nodes.ready",
        ("waits", _) => "launch.waitMeanSeconds",
        ("memory-use", 0) => match series(report, "cluster.memoryUsedBytes") {
            Some(_) => "cluster.memoryUsedBytes",
            None => "cluster.memoryRequestedBytes",
        },
        ("memory-use", _) => "nodes.memoryUsedMaxShare",
        _ => return None,
    };
    let unit = if name.ends_with("Bytes") { MIB } else { 1.0 };
    let values = series(report, name)?;
    let drawn = |(at, value): (&f64, &f64)| {
        (name != "launch.waitMeanSeconds" || *value > 0.0).then_some((*at, *value / unit))
    };
    Some(report.series.seconds.iter().zip(values).filter_map(drawn).collect())
}

/// A panel's series as the columns of a table, thinned out to what a person reads.
pub fn table(report: &Report, panel: &str) -> (Vec<String>, Vec<Vec<String>>) {
    const ROWS: f64 = 48.0;
    let length = report.series.seconds.last().copied().unwrap_or(0.0);
    let step = [60.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 21_600.0, 43_200.0]
        .into_iter()
        .find(|step| length / step <= ROWS)
        .unwrap_or(86_400.0);
    let plots = if matches!(panel, "launches" | "memory-use") { 2 } else { 1 };
    let mut head = Vec::<String>::new();
    let mut found = Vec::new();
    let mut at = 0.0;
    while at <= length {
        let cells: Vec<Reading> = (0..plots).flat_map(|nth| readings(report, panel, nth, at)).collect();
        for cell in &cells {
            if !head.contains(&cell.label) {
                head.push(cell.label.clone());
            }
        }
        found.push((clock(report, at), cells));
        at += step;
    }
    let row = |(clock, cells): (String, Vec<Reading>)| {
        let value = |label: &String| {
            cells.iter().find(|cell| cell.label == *label).map(|cell| cell.text.clone()).unwrap_or_default()
        };
        std::iter::once(clock).chain(head.iter().map(value)).collect()
    };
    let rows = found.into_iter().map(row).collect();
    (std::iter::once("time".to_owned()).chain(head).collect(), rows)
}

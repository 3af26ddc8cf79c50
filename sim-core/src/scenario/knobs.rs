//! Knobs: the values of a scenario that a what-if turns, each with its unit and a sensible range.
//!
//! A list of places that people who run clusters turn ([`PLACES`]), looked up in the document as it is: what the
//! file does not have has no knob, and what it leaves to a default has one that says so. To turn a knob is an
//! assignment like any other ([`Knob::assignment`]), so that whatever a page does the command line can repeat.

use serde::{Deserialize, Serialize};

use super::clock_time::Span;
use super::document::Document;
use super::json_schema::Guide;
use super::machine;
use super::node::{Node, Value};
use super::path::{Path, Step};
use super::quantity::{Cpu, HubBytes, Memory};
use super::scalar::FromScalar;
use crate::time::SimDuration;

/// A value that can be turned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Knob {
    /// Where it is, as `--set` takes it: `nodeGroups.user.max`.
    pub path: String,
    /// What it is, in a few words.
    pub label: String,
    /// What it does: the schema's description.
    pub about: String,
    /// What its values are.
    pub kind: KnobKind,
    /// The value as the scenario writes it; `None`: the scenario leaves it to the default.
    pub written: Option<String>,
    /// The value, as a number in the unit of the kind; 0 for a choice.
    pub value: f64,
    /// The least sensible value.
    pub min: f64,
    /// The largest sensible value. A number field may go beyond; a scenario decides what it takes.
    pub max: f64,
    /// From one value to the next.
    pub step: f64,
    /// What there is to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// What a knob's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KnobKind {
    /// Whole numbers.
    Count,
    /// Numbers for each hour.
    PerHour,
    /// Seconds, written as `10m`.
    Time,
    /// Bytes, written as Kubernetes does: `2Gi`.
    Memory,
    /// Bytes, written as JupyterHub does: `2G`.
    HubMemory,
    /// Thousandths of a core, written as `500m`.
    Cpu,
    /// One of several words.
    Choice,
}

use KnobKind::{Choice, Count, Cpu as Cores, HubMemory, Memory as Bytes, PerHour, Time};

/// A place where a scenario can have a knob; `*` stands for every name, `[]` for every item of a list.
struct Site {
    path: &'static str,
    label: &'static str,
    kind: KnobKind,
    /// What the value is where only the section around it is there; empty: then there is no knob.
    default: &'static str,
}

const fn site(path: &'static str, label: &'static str, kind: KnobKind, default: &'static str) -> Site {
    Site { path, label, kind, default }
}

/// In the order in which they are shown. `{}` is the name that `*` stands for.
#[rustfmt::skip]
const PLACES: &[Site] = &[
    site("nodeGroups.*.max", "Node ceiling of {}", Count, ""),
    site("nodeGroups.*.min", "Fewest nodes of {}", Count, "0"),
    site("nodeGroups.*.machine", "Machine of {}", Choice, ""),
    site("nodeGroups.*.allocatable.memory", "Node memory of {}", Bytes, ""),
    site("nodeGroups.*.allocatable.cpu", "Node CPU of {}", Cores, ""),
    site("nodeGroups.*.boot", "Boot time of {}", Time, "3m"),
    site("workloads.*.replicas", "Replicas of {}", Count, ""),
    site("hub.singleuser.memory.guarantee", "Memory guarantee for each user", HubMemory, "1G"),
    site("hub.singleuser.memory.limit", "Memory limit for each user", HubMemory, ""),
    site("hub.singleuser.cpu.guarantee", "CPU guarantee for each user", Cores, ""),
    site("hub.singleuser.cpu.limit", "CPU limit for each user", Cores, ""),
    site("hub.cull.timeout", "Culled when idle for", Time, "1h"),
    site("hub.cull.every", "Culler looks every", Time, "10m"),
    site("hub.cull.maxAge", "Culled at the age of", Time, "0"),
    site("hub.concurrentSpawnLimit", "Spawns at a time", Count, "64"),
    site("hub.startTimeout", "Start timeout", Time, "300s"),
    site("audience.*.arrivals.perHour", "Users of {} per hour", PerHour, ""),
    site("audience.*.arrivals.flashCrowd.perHour", "Peak of {}, users per hour", PerHour, ""),
    site("audience.*.arrivals.flashCrowd.halfLife", "Half-life of the crowd {}", Time, "3h"),
    site("audience.*.arrivals.profile[].perHour", "Users of {} per hour", PerHour, ""),
    site("audience.*.session.active", "Session length of {}", Time, ""),
    site("workloads.*.arrivals.perHour", "Pods of {} per hour", PerHour, ""),
    site("workloads.*.pod.resources.requests.memory", "Memory request of {}", Bytes, ""),
    site("workloads.*.pod.resources.requests.cpu", "CPU request of {}", Cores, ""),
    site("workloads.*.pod.resources.limits.memory", "Memory limit of {}", Bytes, ""),
    site("workloads.*.pod.resources.limits.cpu", "CPU limit of {}", Cores, ""),
    site("workloads.*.lifetime", "How long pods of {} run", Time, ""),
    site("scheduler.score", "Which nodes are preferred", Choice, "LeastAllocated"),
    site("autoscaler.scaleDownUnneededTime", "Nodes are given back after", Time, "10m"),
    site("autoscaler.newPodScaleUpDelay", "Pods count for growth after", Time, "0s"),
    site("nodeLifecycle.evictionTimeout", "Lost pods are replaced after", Time, "300s"),
];

/// The points of a profile that have a knob: the first ones, whatever their values, so that turning one hides none.
const MOST_OF_A_LIST: usize = 6;

impl Document {
    /// The knobs of the scenario, in the order in which people look for them.
    pub fn knobs(&self) -> Vec<Knob> {
        let mut knobs = Vec::new();
        for place in PLACES {
            let mut found = Vec::new();
            let steps: Vec<&str> = place.path.split('.').collect();
            walk(self.root(), &Path::default(), &steps, &mut found);
            let most = if place.path.contains("[]") { MOST_OF_A_LIST } else { found.len() };
            knobs.extend(
                found
                    .into_iter()
                    .take(most)
                    .filter_map(|(path, name)| self.knob(place, path, name.as_deref())),
            );
        }
        knobs
    }

    fn knob(&self, place: &Site, path: Path, name: Option<&str>) -> Option<Knob> {
        let path = self.within(path);
        let at = self.root().at(&path);
        let written = at.and_then(text_of);
        // Something is written there that is no single value.
        if at.is_some() && written.is_none() || at.is_none() && place.default.is_empty() {
            return None;
        }
        let text = written.as_deref().unwrap_or(place.default);
        let mut label = place.label.replace("{}", name.unwrap_or_default());
        if let Some(when) = self.time_of_point(&path) {
            label = format!("{label} at {when}");
        }
        if self.is_placeholder(place, name) {
            label = format!("Placeholders ({})", name.unwrap_or_default());
        }
        let mut knob = Knob {
            path: path.to_string(),
            label,
            about: Guide::of_scenario().about(&path).unwrap_or_default(),
            kind: place.kind,
            value: 0.0,
            min: 0.0,
            max: 0.0,
            step: 0.0,
            choices: choices(place.path, text),
            written: written.clone(),
        };
        if place.kind != Choice {
            knob.value = read(place.kind, text)?;
            self.set_range(&mut knob, &path);
        } else if knob.choices.is_empty() {
            return None;
        }
        Some(knob)
    }

    /// The one value of a distribution that stands for all of it: its middle.
    fn within(&self, path: Path) -> Path {
        let Some(entries) = self.root().at(&path).and_then(Node::entries) else { return path };
        let Some((kind, entry)) = entries.first() else { return path };
        let inner = path.key(kind);
        match (kind.as_str(), entry.node.entries().is_some()) {
            ("lognormal", true) => inner.key("median"),
            ("weibull", true) => inner.key("scale"),
            ("exponential" | "constant", false) => inner,
            _ => path,
        }
    }

    fn time_of_point(&self, path: &Path) -> Option<String> {
        let (point, _) = path.split_last()?;
        let (_, Step::Index(_)) = point.split_last()? else { return None };
        self.root().at(&point.key("at")).and_then(text_of)
    }

    fn is_placeholder(&self, place: &Site, name: Option<&str>) -> bool {
        let Some(name) = name.filter(|_| place.path == "workloads.*.replicas") else { return false };
        let priority = self.root().at(&Path::of(&["workloads", name, "pod", "priority"]));
        matches!(priority.map(|node| &node.value), Some(Value::Signed(priority)) if *priority < 0)
    }

    /// A range around the value, within what its neighbours allow.
    fn set_range(&self, knob: &mut Knob, path: &Path) {
        let value = knob.value;
        let unit = match knob.kind {
            Count | PerHour | Choice => 1.0,
            Time => 1.0,
            Bytes | HubMemory => 64.0 * 1_048_576.0,
            Cores => 50.0,
        };
        let top = if value > 0.0 { 4.0 * value } else { top_of(knob.kind) };
        let fine = (if value > 0.0 { value } else { top } / 20.0).max(unit);
        knob.step = match knob.kind {
            Bytes | HubMemory => power_of_two_from(unit, fine),
            Time => TIMES.into_iter().rev().find(|step| *step <= fine).unwrap_or(1.0),
            _ => round_step(fine),
        };
        knob.max = libm::ceil(top / knob.step) * knob.step;
        knob.min = match knob.kind {
            Bytes | HubMemory | Cores => knob.step.min(value),
            _ => 0.0,
        };
        let neighbour = |key: &str| {
            let (parent, _) = path.split_last()?;
            read(knob.kind, &self.root().at(&parent.key(key)).and_then(text_of)?)
        };
        let twin = |from: &str, to: &str| {
            let other = path.to_string().replace(from, to);
            read(knob.kind, &self.root().at(&Path::parse(&other).ok()?).and_then(text_of)?)
        };
        let (least, most) = match path.split_last() {
            Some((_, Step::Key(key))) => match key.as_str() {
                "max" => (neighbour("min").or(Some(1.0)), None),
                "min" => (None, neighbour("max")),
                "guarantee" => (None, neighbour("limit")),
                "limit" => (neighbour("guarantee"), None),
                "median" => (None, neighbour("p95").or(neighbour("p98")).or(neighbour("p99"))),
                _ if knob.path.contains(".requests.") => (None, twin(".requests.", ".limits.")),
                _ if knob.path.contains(".limits.") => (twin(".limits.", ".requests."), None),
                _ => (None, None),
            },
            _ => (None, None),
        };
        if key_is(path, "median") && knob.min == 0.0 {
            knob.min = knob.step.min(value);
        }
        knob.min = knob.min.max(least.unwrap_or(knob.min));
        knob.max = most.unwrap_or(knob.max).max(value);
    }
}

impl Knob {
    /// A value as the scenario would write it: `20`, `45m`, `1.5Gi`.
    pub fn text(&self, value: f64) -> String {
        let whole = libm::round(value.max(0.0)) as u64;
        match self.kind {
            Count | Choice => whole.to_string(),
            PerHour => format!("{}", libm::round(value.max(0.0) * 100.0) / 100.0),
            Time => SimDuration::from_secs_f64(value.max(0.0)).to_string(),
            Bytes => binary(whole, [("Gi", 30), ("Mi", 20)]),
            HubMemory => binary(whole, [("G", 30), ("M", 20)]),
            Cores if whole.is_multiple_of(1_000) => (whole / 1_000).to_string(),
            Cores => format!("{whole}m"),
        }
    }

    /// The assignment that gives it this value: what `--set` takes.
    pub fn assignment(&self, text: &str) -> String {
        format!("{}={text}", self.path)
    }

    /// The number that a text stands for; `None` where it is no value of this kind.
    pub fn read(&self, text: &str) -> Option<f64> {
        read(self.kind, text)
    }
}

/// Steps of time that people count in, in seconds.
const TIMES: [f64; 14] =
    [1.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0];

/// How far a knob goes that stands at nothing.
fn top_of(kind: KnobKind) -> f64 {
    match kind {
        Count => 100.0,
        PerHour => 1_000.0,
        Time => 86_400.0,
        Bytes | HubMemory => 17_179_869_184.0,
        Cores => 8_000.0,
        Choice => 0.0,
    }
}

/// Every place that a pattern leads to, with the name that its `*` stood for. The last step need not be there,
/// the section around it must be.
fn walk(node: &Node, path: &Path, steps: &[&str], found: &mut Vec<(Path, Option<String>)>) {
    walk_named(node, path, steps, None, found);
}

fn walk_named(
    node: &Node,
    path: &Path,
    steps: &[&str],
    name: Option<&str>,
    found: &mut Vec<(Path, Option<String>)>,
) {
    let [step, rest @ ..] = steps else {
        found.push((path.clone(), name.map(str::to_owned)));
        return;
    };
    if *step == "*" {
        for (key, entry) in node.entries().into_iter().flatten() {
            walk_named(&entry.node, &path.key(key), rest, Some(key), found);
        }
        return;
    }
    let (key, is_list) = step.strip_suffix("[]").map_or((*step, false), |key| (key, true));
    let here = path.key(key);
    match node.step(&Step::Key(key.to_owned())) {
        Some(child) if is_list => {
            let Value::Sequence(items) = &child.value else { return };
            for (index, item) in items.iter().enumerate() {
                walk_named(item, &here.index(index), rest, name, found);
            }
        }
        Some(child) => walk_named(child, &here, rest, name, found),
        None if rest.is_empty() && node.entries().is_some() => {
            found.push((here, name.map(str::to_owned)));
        }
        None => {}
    }
}

/// A scalar as text.
fn text_of(node: &Node) -> Option<String> {
    match node.to_json() {
        serde_json::Value::String(text) => Some(text),
        number @ serde_json::Value::Number(_) => Some(number.to_string()),
        _ => None,
    }
}

fn read(kind: KnobKind, text: &str) -> Option<f64> {
    match kind {
        Count | PerHour => text.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0),
        Time if text.trim() == "0" => Some(0.0),
        Time => Span::from_text(text).ok().map(|span| span.duration.as_secs_f64()),
        Bytes => Memory::from_text(text).ok().map(|memory| memory.bytes as f64),
        HubMemory => HubBytes::from_text(text).ok().map(|memory| memory.bytes as f64),
        Cores => Cpu::from_text(text).ok().map(|cpu| cpu.millis as f64),
        Choice => None,
    }
}

fn choices(place: &str, now: &str) -> Vec<String> {
    match place {
        "scheduler.score" => vec!["LeastAllocated".to_owned(), "MostAllocated".to_owned()],
        // Machines of the same family, or the same series in other shapes.
        "nodeGroups.*.machine" => {
            let series = |name: &str| name.split(['-', '.']).next().unwrap_or_default().to_owned();
            let wanted = series(now);
            machine::names().into_iter().filter(|name| series(name) == wanted).collect()
        }
        _ => Vec::new(),
    }
}

/// 1, 2 or 5 times a power of ten, at most `fine`.
fn round_step(fine: f64) -> f64 {
    let mut step = 1.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if step * factor * 2.0 > fine && step * factor <= fine.max(1.0) {
                return step * factor;
            }
        }
        step *= 10.0;
        if step > fine.max(1.0) {
            return step / 10.0;
        }
    }
}

/// `unit` doubled as long as it is at most `fine`.
fn power_of_two_from(unit: f64, fine: f64) -> f64 {
    let mut step = unit;
    while step * 2.0 <= fine {
        step *= 2.0;
    }
    step
}

/// Bytes in the largest unit that takes them without a fraction.
fn binary(bytes: u64, units: [(&str, u32); 2]) -> String {
    for (unit, power) in units {
        if bytes.is_multiple_of(1 << power) {
            return format!("{}{unit}", bytes >> power);
        }
    }
    bytes.to_string()
}

fn key_is(path: &Path, key: &str) -> bool {
    matches!(path.split_last(), Some((_, Step::Key(last))) if last == key)
}

//! The report: what a run came to, plain and serialisable, for people, programs and pictures.
//!
//! Units stand in the names. Every figure that is not a count has been rounded to nine significant
//! digits, so that reports are equal on every target. Sizes are bounded whatever the run: series
//! have at most [`MAX_POINTS`] points.

pub mod csv;
mod memory;
mod rounding;
mod trouble;
pub mod units;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use memory::{Heat, HotNode, MAX_HOT_NODES, MemoryRisk, RankedCause, Risk, Victim};
pub use rounding::rounded;
pub use trouble::{SLOW_SECONDS, Trouble, TroubleKind};

/// The most points that a series has.
pub const MAX_POINTS: usize = 1_000;

/// What one run, or several replications of it, came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `plimsoll/v1`.
    pub api_version: String,
    /// `Report`.
    pub kind: String,
    /// Version of the engine.
    pub engine_version: String,
    /// What was run.
    pub scenario: ScenarioInfo,
    /// The variant; `None`: the base.
    pub variant: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Replications that the figures are taken over.
    pub replications: u32,
    /// Digest of the simulated history as 16 hexadecimal digits; over several replications, of their
    /// digests in order.
    pub digest: String,
    /// What came out, in a sentence or two: what is wrong for users, from when to when, and why.
    #[serde(default)]
    pub answer: String,
    /// One sentence: how the checks came out.
    pub verdict: String,
    /// Figures of the whole run; over several replications, their means.
    pub summary: IndexMap<String, f64>,
    /// Over several replications: 95 % confidence intervals of the means in `summary`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub intervals: IndexMap<String, Interval>,
    /// Series over time of replication 0.
    pub series: SeriesSet,
    /// Over several replications: where nine of ten of them run.
    #[serde(default, skip_serializing_if = "BandSet::is_empty")]
    pub bands: BandSet,
    /// Quantiles of waits and lifetimes; over several replications, of replication 0.
    pub quantiles: IndexMap<String, Quantiles>,
    /// What pods waited for when the scheduler had tried them in vain, the longest waits first; of
    /// replication 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingReason>,
    /// Pods that still wait at the end, the oldest first, at most [`MAX_PENDING`]; of replication 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingPod>,
    /// What users suffered from, the most important kind first; of replication 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<Trouble>,
    /// What memory may cost, where somebody says what containers use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryRisk>,
    /// What happened when: the timeline's entries and the model's own observations, in order of time.
    pub notes: Vec<Note>,
    /// The claims, in the file's order.
    pub checks: Vec<CheckOutcome>,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioInfo {
    /// Its title.
    pub name: String,
    /// The question it answers.
    pub question: Option<String>,
    /// Where its numbers come from.
    pub source: Option<String>,
    /// Whose behaviour was simulated.
    pub era: String,
    /// RFC 3339 instant at which the report begins.
    pub start: String,
    /// RFC 3339 instant at which it ends.
    pub end: String,
    /// Seconds between the two.
    pub duration_seconds: f64,
}

/// A confidence interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Series on one common grid of instants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesSet {
    /// Seconds after the report's start of each point; levels hold *at* that instant, flows count what
    /// happened *since* the point before.
    pub seconds: Vec<f64>,
    /// Clock time of second 0 as seconds since midnight, in the scenario's offset.
    pub start_second_of_day: u32,
    /// The series, by the metric's name in checks (`pods.running`, `nodes.ready`, `launch.failed`). Only series have
    /// `launch.waitMeanSeconds` and `launch.waitMaxSeconds` (0 where no launch succeeded), and, where somebody says what
    /// containers use, `cluster.memoryUsedBytes` and `nodes.memoryUsedMaxShare`: the fullest node's use as a share of its
    /// allocatable memory.
    pub metrics: IndexMap<String, Vec<f64>>,
}

/// Quantiles over replications, on a grid of their own that is coarser than that of the series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BandSet {
    /// Seconds after the report's start at which each stretch of time ends. The first begins at 0, the others
    /// where the one before ends.
    pub seconds: Vec<f64>,
    /// Levels at the end of each stretch (`pods.running`, `nodes.ready`), and over it the share of launches
    /// that succeed (`launch.success`) and their mean wait (`launch.waitMeanSeconds`).
    pub metrics: IndexMap<String, Band>,
}

impl BandSet {
    /// Whether there is none, as of a single run.
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }
}

/// Quantiles over replications for each stretch of time; nothing where no replication has a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// One in twenty is below.
    pub p5: Vec<Option<f64>>,
    /// Half are below.
    pub p50: Vec<Option<f64>>,
    /// One in twenty is above.
    pub p95: Vec<Option<f64>>,
}

/// Quantiles of a sample of durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantiles {
    /// Size of the sample.
    pub count: u64,
    /// Its mean.
    pub mean_seconds: f64,
    /// Half are below.
    pub p50_seconds: f64,
    /// 90 % are below.
    pub p90_seconds: f64,
    /// 95 % are below.
    pub p95_seconds: f64,
    /// 99 % are below.
    pub p99_seconds: f64,
    /// The largest.
    pub max_seconds: f64,
}

/// The most pods that are listed as pending at the end.
pub const MAX_PENDING: usize = 20;

/// A pod that still waits at the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingPod {
    /// What it is called.
    pub pod: String,
    /// How long it has waited, in seconds.
    pub waited_seconds: f64,
    /// Why, in kube-scheduler's words.
    pub message: String,
}

/// What pods waited for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingReason {
    /// The reason that held for the most nodes, in kube-scheduler's words. Each waiting pod counts once.
    pub reason: String,
    /// The whole message of the pod that made the peak.
    pub message: String,
    /// How long pods waited for it, in sum, in hours.
    pub pod_hours: f64,
    /// The most pods that waited for it at one time.
    pub peak_pods: u64,
    /// When that was first so, clock time in the scenario's offset.
    pub peak_clock: String,
    /// Pods that wait for it at each instant of the series' grid.
    pub pods: Vec<f64>,
}

/// Something a reader of the charts should know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Seconds after the report's start.
    pub seconds: f64,
    /// Clock time in the scenario's offset (`06:15`).
    pub clock: String,
    /// Who says so.
    pub by: NoteBy,
    /// What happened.
    pub text: String,
}

/// Who makes a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoteBy {
    /// The scenario's timeline.
    Timeline,
    /// The model saw it happen.
    Model,
}

/// How a claim came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckOutcome {
    /// Its name.
    pub name: String,
    /// The claim as written.
    pub check: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The value found; absent where there was nothing to take it from (no launch in the window).
    pub value: Option<f64>,
    /// Over several replications: the interval the verdict rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The value and what was claimed, in words: `598 pods, within 570 to 630`.
    pub text: String,
}

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It does.
    Pass,
    /// It does not.
    Fail,
    /// The replications do not decide it.
    Undecided,
}

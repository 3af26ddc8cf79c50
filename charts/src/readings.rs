//! A report's series as integers: the one place that knows the metrics' names.
//!
//! Instants become milliseconds, values thousandths; what is negative or beyond [`LARGEST`] is clamped,
//! what is no number is left out. From here on no float is touched, so nothing can round differently
//! on another target.

use std::ops::Range;

use plimsoll_core::report::Report;

use crate::axis::nice_step;
use crate::clock::Clock;

/// The largest value that is drawn as itself, in thousandths.
pub(crate) const LARGEST: i64 = 1_000_000_000_000_000_000;

/// The last instant that is drawn, in milliseconds: some thirty thousand years.
const LATEST: i64 = 1_000_000_000_000_000;

/// The most buckets that a flow is gathered into.
const MOST_BUCKETS: i64 = 100;

/// The names of the series, as in checks.
pub(crate) mod metric {
    pub(crate) const PODS_RUNNING: &str = "pods.running";
    pub(crate) const PODS_STARTING: &str = "pods.starting";
    pub(crate) const PODS_PENDING: &str = "pods.pending";
    pub(crate) const PODS_TERMINATING: &str = "pods.terminating";
    pub(crate) const SERVERS: &str = "servers.total";
    pub(crate) const USERS_PODS: &str = "pods.total{audience=*}";
    pub(crate) const USERS_CONTAINERS: &str = "containers.alive{audience=*}";
    pub(crate) const USERS_WAITING: &str = "users.waiting";
    pub(crate) const NODES_READY: &str = "nodes.ready";
    pub(crate) const NODES_CEILING: &str = "nodes.ceiling";
    pub(crate) const NODES_SCHEDULABLE: &str = "nodes.schedulable";
    pub(crate) const LAUNCHES_SUCCEEDED: &str = "launch.succeeded";
    pub(crate) const LAUNCHES_FAILED: &str = "launch.failed";
    pub(crate) const WAIT_MEAN: &str = "launch.waitMeanSeconds";
    pub(crate) const WAIT_LONGEST: &str = "launch.waitMaxSeconds";
    pub(crate) const SUCCESS: &str = "launch.success";
    pub(crate) const MEMORY_REQUESTED: &str = "cluster.memoryRequestedBytes";
    pub(crate) const MEMORY_ALLOCATABLE: &str = "cluster.memoryAllocatableBytes";
    pub(crate) const MEMORY_USED: &str = "cluster.memoryUsedBytes";
    pub(crate) const FULLEST_NODE: &str = "nodes.memoryUsedMaxShare";
}

/// What values of a series are divided by: bytes are read in MiB, of which the largest clusters have a number that can be
/// drawn.
fn unit(name: &str) -> f64 {
    if name.ends_with("Bytes") { (1_u32 << 20).into() } else { 1.0 }
}

/// A value at an instant: milliseconds and thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) at: i64,
    pub(crate) value: i64,
}

/// A value that stands beside the series, on a grid of its own; `None` where it is no number.
pub(crate) fn sample(seconds: f64, value: f64) -> Option<Sample> {
    Some(Sample { at: thousandths(seconds)?.min(LATEST), value: thousandths(value)? })
}

/// A stretch of time over which a flow is summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// The points that lie within.
    pub(crate) points: Range<usize>,
}

/// A report's series as integers.
pub(crate) struct Readings<'r> {
    pub(crate) report: &'r Report,
    pub(crate) clock: Clock,
    /// The report's length.
    pub(crate) length: i64,
    /// The points that can be drawn: index into the series and instant, ascending.
    points: Vec<(usize, i64)>,
}

impl<'r> Readings<'r> {
    /// The readings of a report.
    pub(crate) fn new(report: &'r Report) -> Self {
        let mut points: Vec<(usize, i64)> = Vec::with_capacity(report.series.seconds.len());
        for (index, &seconds) in report.series.seconds.iter().enumerate() {
            let Some(at) = thousandths(seconds) else { continue };
            let at = at.min(LATEST);
            if points.last().is_none_or(|last| last.1 < at) {
                points.push((index, at));
            }
        }
        let told = thousandths(report.scenario.duration_seconds).unwrap_or(0).min(LATEST);
        let length = points.last().map_or(told, |last| last.1.max(told));
        let clock = Clock::new(&report.scenario.start, report.series.start_second_of_day, length);
        Self { report, clock, length, points }
    }

    /// A level's samples; `None` where the report has no such series or no number in it.
    pub(crate) fn level(&self, name: &str) -> Option<Vec<Sample>> {
        let samples = self.samples_in(self.report.series.metrics.get(name)?, unit(name));
        (!samples.is_empty()).then_some(samples)
    }

    /// The samples of a level that stands beside the series, on their grid.
    pub(crate) fn samples(&self, values: &[f64]) -> Vec<Sample> {
        self.samples_in(values, 1.0)
    }

    fn samples_in(&self, values: &[f64], unit: f64) -> Vec<Sample> {
        let sample = |&(index, at): &(usize, i64)| {
            Some(Sample { at, value: thousandths(*values.get(index)? / unit)? })
        };
        self.points.iter().filter_map(sample).collect()
    }

    /// Where nine of ten replications run: the lower and the upper edge, in stretches where both are known. Empty
    /// for a single run.
    pub(crate) fn band(&self, name: &str) -> Vec<(Vec<Sample>, Vec<Sample>)> {
        let bands = &self.report.bands;
        let Some(band) = bands.metrics.get(name) else { return Vec::new() };
        let unit = unit(name);
        let mut runs: Vec<(Vec<Sample>, Vec<Sample>)> = Vec::new();
        let (mut open, mut before) = (false, -1);
        for ((seconds, low), high) in bands.seconds.iter().zip(&band.p5).zip(&band.p95) {
            let at = thousandths(*seconds).map(|at| at.min(LATEST)).filter(|at| *at > before);
            let edge = |value: &Option<f64>| thousandths((*value)? / unit);
            let edges = edge(low).zip(edge(high));
            let (Some(at), Some((low, high))) = (at, edges) else {
                open = false;
                continue;
            };
            if !open {
                runs.push((Vec::new(), Vec::new()));
                open = true;
            }
            before = at;
            if let Some((lower, upper)) = runs.last_mut() {
                lower.push(Sample { at, value: low });
                upper.push(Sample { at, value: high.max(low) });
            }
        }
        runs
    }

    /// A level's samples for each audience, by the audience's name: `pods.running{audience=regulars}`.
    pub(crate) fn by_audience(&self, name: &str) -> Vec<(&'r str, Vec<Sample>)> {
        let audience = |series: &'r String| {
            let audience = series.strip_prefix(name)?.strip_prefix("{audience=")?.strip_suffix('}')?;
            Some((audience, self.level(series)?))
        };
        self.report.series.metrics.keys().filter_map(audience).collect()
    }

    /// Stretches of time, round on the clock, to sum flows over; none are shorter than the grid's steps.
    pub(crate) fn buckets(&self) -> Vec<Bucket> {
        let longest_step = self.points.windows(2).map(|pair| pair[1].1 - pair[0].1).max().unwrap_or(0);
        let width = nice_step((self.length / MOST_BUCKETS).max(longest_step).max(1));
        let midnight = -self.clock.since_midnight(0);
        // A flow counts what happened since the point before: a point on the edge belongs to the left.
        let ordinal = |at: i64| (at.max(1) - midnight - 1).div_euclid(width);
        let mut buckets: Vec<Bucket> = Vec::new();
        for (index, &(_, at)) in self.points.iter().enumerate() {
            let from = (midnight + ordinal(at) * width).max(0);
            match buckets.last_mut() {
                Some(last) if last.from == from => last.points.end = index + 1,
                _ => {
                    let to = (midnight + (ordinal(at) + 1) * width).min(self.length.max(1));
                    buckets.push(Bucket { from, to, points: index..index + 1 });
                }
            }
        }
        buckets
    }

    /// A flow's amounts, point by point as [`Bucket::points`] counts them; `None` where the report has no
    /// such series.
    pub(crate) fn flow(&self, name: &str) -> Option<Vec<Option<i64>>> {
        if self.points.is_empty() {
            return None;
        }
        let values = self.report.series.metrics.get(name)?;
        Some(self.points.iter().map(|&(index, _)| thousandths(*values.get(index)?)).collect())
    }
}

/// A figure in thousandths, at least 0; `None` for what is no number.
fn thousandths(figure: f64) -> Option<i64> {
    // A cast saturates, and is exact on every target.
    (!figure.is_nan()).then(|| ((figure * 1_000.0).round() as i64).clamp(0, LARGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_figures_become_plain_ones() {
        let cases = [
            (-0.0, Some(0)),
            (-3.0, Some(0)),
            (0.0005, Some(1)),
            (14.0, Some(14_000)),
            (1e300, Some(LARGEST)),
            (f64::INFINITY, Some(LARGEST)),
            (f64::NAN, None),
        ];
        for (figure, expected) in cases {
            assert_eq!(thousandths(figure), expected, "{figure}");
        }
    }
}

//! What a sweep came to, point by point: small enough to draw and to read.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::statistics::{mean, mean_interval};
use super::sweep::{Row, Sweep};
use super::verdict::outcome;
use crate::model::Model;
use crate::report::{CheckOutcome, Interval, Verdict, rounded};

/// A sweep's points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepSummary {
    /// `plimsoll/v1`.
    pub api_version: String,
    /// `SweepSummary`.
    pub kind: String,
    /// Version of the engine.
    pub engine_version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The variant; `None`: the base.
    pub variant: Option<String>,
    /// The seed of all points.
    pub seed: u64,
    /// Replications of each point.
    pub replications: u32,
    /// What varies.
    pub axes: Vec<AxisLevels>,
    /// The points in order; where all combinations were computed, the last axis runs fastest.
    pub points: Vec<PointSummary>,
}

/// An axis, and the levels that a grid has on it; none of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisLevels {
    /// The paths that change.
    pub paths: Vec<String>,
    /// What they are set to, in order.
    pub levels: Vec<Level>,
}

/// A level of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// As written; several paths' values with blanks between.
    pub label: String,
    /// Where it stands between the others, if it is a number; times in seconds, amounts in units.
    pub position: Option<f64>,
}

/// A point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PointSummary {
    /// What the paths are set to, in the order of the axes.
    pub values: Vec<String>,
    /// The figures over its replications.
    pub figures: IndexMap<String, Spread>,
    /// The claims that pass, and all.
    pub passed: usize,
    /// All claims.
    pub checks: usize,
    /// The worst of its verdicts; `None` without checks.
    pub verdict: Option<Verdict>,
    /// The share of replications in which some claim does not hold: the risk that is run there.
    pub risk: f64,
}

/// A figure over the replications that have it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// Its mean.
    pub mean: f64,
    /// 95 % interval of the mean; absent of fewer than two.
    pub interval: Option<Interval>,
    /// One replication in twenty is below.
    pub p5: f64,
    /// One replication in twenty is above.
    pub p95: f64,
}

impl Spread {
    /// Of no values there is none.
    fn of(mut values: Vec<f64>) -> Option<Self> {
        let (mean, interval) = (mean(&values)?, mean_interval(&values));
        values.sort_unstable_by(f64::total_cmp);
        let at = |percent: usize| values[(values.len() * percent).div_ceil(100).max(1) - 1];
        Some(Self { mean: rounded(mean), interval, p5: rounded(at(5)), p95: rounded(at(95)) })
    }
}

impl PointSummary {
    /// What the replications of a point came to.
    pub fn of(model: &Model, rows: &[Row]) -> Self {
        let mut figures: IndexMap<&str, Vec<f64>> = IndexMap::new();
        for row in rows {
            for (name, value) in &row.figures {
                figures.entry(name).or_default().push(*value);
            }
        }
        let value = |row: &Row, name: &str| row.checks.get(name).and_then(|check| check.value);
        let of_check = |check: &crate::check::Check| {
            let values: Vec<_> = rows.iter().map(|row| value(row, &check.name)).collect();
            outcome(check, &values)
        };
        let outcomes: Vec<CheckOutcome> = model.checks.iter().map(of_check).collect();
        let any = |verdict| outcomes.iter().any(|outcome| outcome.verdict == verdict);
        let worst =
            [Verdict::Fail, Verdict::Undecided, Verdict::Pass].into_iter().find(|verdict| any(*verdict));
        let bad = rows.iter().filter(|row| row.checks.values().any(|check| !check.holds)).count();
        let spread = |(name, values): (&str, Vec<f64>)| Some((name.to_owned(), Spread::of(values)?));
        Self {
            values: rows.first().map(|row| row.values.clone()).unwrap_or_default(),
            figures: figures.into_iter().filter_map(spread).collect(),
            passed: outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass).count(),
            checks: outcomes.len(),
            verdict: worst,
            risk: rounded(bad as f64 / rows.len().max(1) as f64),
        }
    }
}

impl SweepSummary {
    /// The summary of a sweep of `model`, with no points yet.
    pub fn new(sweep: &Sweep, model: &Model) -> Self {
        let grid = sweep.design().is_grid();
        let level = |axis: &Axis| {
            let levels = axis.values().iter().filter(|_| grid);
            let level = |texts: &Vec<String>| Level {
                label: texts.join(" "),
                position: texts.first().filter(|_| texts.len() == 1).and_then(|text| Axis::position(text)),
            };
            AxisLevels { paths: axis.paths.clone(), levels: levels.map(level).collect() }
        };
        Self {
            api_version: "plimsoll/v1".to_owned(),
            kind: "SweepSummary".to_owned(),
            engine_version: crate::VERSION.to_owned(),
            scenario: model.about.name.clone(),
            variant: model.about.variant.clone(),
            seed: sweep.seed(),
            replications: sweep.replications(),
            axes: sweep.design().axes().iter().map(level).collect(),
            points: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Held;
    use crate::metrics::tests::model;

    fn row(replication: u32, peak: f64) -> Row {
        let held = Held { value: Some(peak), holds: peak < 100.0 };
        Row {
            point: 3,
            replication,
            values: vec!["7".to_owned()],
            digest: String::new(),
            figures: [("peakPodsRunning".to_owned(), peak)].into(),
            checks: [("max(pods.running) < 100".to_owned(), held)].into(),
        }
    }

    #[test]
    fn a_point_is_its_replications() {
        let model = model(&["max(pods.running) < 100"]);
        let rows: Vec<Row> = (1..=20).map(|n| row(n, f64::from(n) * 6.0)).collect();
        let point = PointSummary::of(&model, &rows);
        let peak = point.figures["peakPodsRunning"];
        assert_eq!((peak.mean, peak.p5, peak.p95), (63.0, 6.0, 114.0));
        assert_eq!((point.passed, point.checks, point.verdict), (1, 1, Some(Verdict::Pass)));
        assert_eq!((point.values, point.risk), (vec!["7".to_owned()], 0.2));
        assert_eq!(PointSummary::of(&model, &[]).verdict, Some(Verdict::Fail));
    }
}

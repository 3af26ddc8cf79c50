//! From replications to a report.

use indexmap::IndexMap;

use super::answer::{self, Facts};
use super::replicate::Replication;
use super::statistics::{Risk, mean, mean_interval_at};
use super::verdict;
use super::{band, memory_risk};
use crate::digest::Digest;
use crate::model::Model;
use crate::report::{
    CheckOutcome, Interval, Quantiles, Report, ScenarioInfo, SeriesSet, Trouble, WaitingReason, rounded,
};

/// Version of the file formats.
const API_VERSION: &str = "plimsoll/v1";

impl Report {
    /// What `runs`, the replications of `model` under `seed` in order from 0, came to together.
    pub fn from_replications(model: &Model, seed: u64, runs: &[Replication]) -> Self {
        Self::with_risk(model, seed, runs, Risk::SINGLE)
    }

    /// The same with intervals and verdicts that take this risk.
    pub(super) fn with_risk(model: &Model, seed: u64, runs: &[Replication], risk: Risk) -> Self {
        let checks = checks(model, runs, risk);
        let (summary, intervals) = summary(runs, risk);
        let troubles: Vec<&[Trouble]> = runs.iter().map(|run| run.measured.troubles.as_slice()).collect();
        let facts = Facts { clock: &model.clock, troubles: &troubles, summary: &summary, checks: &checks };
        let answer = answer::answer(&facts);
        let first = runs.first().map(|run| run.measured.clone()).unwrap_or_default();
        Self {
            api_version: API_VERSION.to_owned(),
            kind: "Report".to_owned(),
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario(model),
            variant: model.about.variant.clone(),
            seed,
            replications: runs.len() as u32,
            digest: format!("{:016x}", digest(runs)),
            answer,
            verdict: verdict::sentence(&checks),
            summary,
            intervals,
            bands: band::bands(runs.iter().map(|run| &run.course)),
            series: rounded_series(first.series),
            quantiles: first
                .quantiles
                .into_iter()
                .map(|(name, row)| (name, rounded_quantiles(row)))
                .collect(),
            waiting: first.waiting.into_iter().map(rounded_waiting).collect(),
            pending: first.pending,
            troubles: first.troubles.into_iter().map(rounded_trouble).collect(),
            memory: memory_risk::risk(model, runs),
            notes: first.notes,
            checks,
        }
    }
}

fn scenario(model: &Model) -> ScenarioInfo {
    let clock = &model.clock;
    ScenarioInfo {
        name: model.about.name.clone(),
        question: model.about.question.clone(),
        source: model.about.source.clone(),
        era: model.era.name().to_owned(),
        start: clock.rfc3339(clock.report_start()),
        end: clock.rfc3339(clock.horizon),
        duration_seconds: clock.report_duration().as_secs_f64(),
    }
}

/// The digest of a single run; of several, a digest of theirs in order.
fn digest(runs: &[Replication]) -> u64 {
    if let [run] = runs {
        return run.digest;
    }
    let mut digest = Digest::default();
    for run in runs {
        digest.word(run.digest);
    }
    digest.value()
}

fn checks(model: &Model, runs: &[Replication], risk: Risk) -> Vec<CheckOutcome> {
    let outcome = |(index, check)| {
        let value = |run: &Replication| run.measured.values.get(index).copied().flatten();
        let values: Vec<_> = runs.iter().map(value).collect();
        verdict::outcome_at(check, &values, risk)
    };
    model.checks.iter().enumerate().map(outcome).collect()
}

/// Means of the figures over the runs that have them and, over several, their intervals.
fn summary(runs: &[Replication], risk: Risk) -> (IndexMap<String, f64>, IndexMap<String, Interval>) {
    let mut figures: IndexMap<&str, Vec<f64>> = IndexMap::new();
    for run in runs {
        for (name, value) in &run.measured.summary {
            figures.entry(name.as_str()).or_default().push(*value);
        }
    }
    let means =
        figures.iter().filter_map(|(name, values)| Some(((*name).to_owned(), rounded(mean(values)?))));
    let intervals = figures
        .iter()
        .filter_map(|(name, values)| Some(((*name).to_owned(), mean_interval_at(values, risk)?)));
    (means.collect(), intervals.collect())
}

fn rounded_waiting(row: WaitingReason) -> WaitingReason {
    WaitingReason { pod_hours: rounded(row.pod_hours), ..row }
}

fn rounded_trouble(row: Trouble) -> Trouble {
    Trouble {
        from_seconds: rounded(row.from_seconds),
        until_seconds: rounded(row.until_seconds),
        longest_seconds: rounded(row.longest_seconds),
        cause_share: rounded(row.cause_share),
        ..row
    }
}

fn rounded_series(mut series: SeriesSet) -> SeriesSet {
    for value in series.metrics.values_mut().flatten().chain(&mut series.seconds) {
        *value = rounded(*value);
    }
    series
}

fn rounded_quantiles(row: Quantiles) -> Quantiles {
    Quantiles {
        count: row.count,
        mean_seconds: rounded(row.mean_seconds),
        p50_seconds: rounded(row.p50_seconds),
        p90_seconds: rounded(row.p90_seconds),
        p95_seconds: rounded(row.p95_seconds),
        p99_seconds: rounded(row.p99_seconds),
        max_seconds: rounded(row.max_seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Measured;
    use crate::metrics::tests::model;
    use crate::report::Verdict;

    fn run(digest: u64, value: Option<f64>, peak: f64) -> Replication {
        let mut measured = Measured { values: vec![value, value], ..Measured::default() };
        measured.summary.insert("peakPodsRunning".to_owned(), peak);
        if let Some(value) = value {
            measured.summary.insert("launchWaitMeanSeconds".to_owned(), value);
        }
        measured.series.seconds = vec![0.0, 1.0 / 3.0];
        Replication { measured, digest, ..Replication::default() }
    }

    #[test]
    fn one_run_is_reported_as_it_is() {
        let model = model(&["mean(launch.wait) < 1m", "P(mean(launch.wait) < 1m) > 50%"]);
        let report = Report::from_replications(&model, 7, &[run(0xabc, Some(200.0 / 3.0), 5.0)]);
        assert_eq!(report.digest, "0000000000000abc");
        assert_eq!((report.seed, report.replications), (7, 1));
        assert_eq!(report.summary["launchWaitMeanSeconds"], 66.666_666_7);
        assert_eq!(report.series.seconds, [0.0, 0.333_333_333]);
        assert!(report.intervals.is_empty());
        let verdicts: Vec<_> = report.checks.iter().map(|check| check.verdict).collect();
        assert_eq!(verdicts, [Verdict::Fail, Verdict::Undecided]);
        assert_eq!(report.verdict, "0 of 2 checks hold, 1 fails, 1 is undecided.");
        assert_eq!(report.scenario.start, "1970-01-01T08:00:00+00:00");
        assert_eq!(report.scenario.duration_seconds, 1_000.0);
    }

    #[test]
    fn several_runs_are_reported_by_their_means() {
        let model = model(&["mean(launch.wait) < 1m", "P(mean(launch.wait) < 1m) > 50%"]);
        let runs = [run(1, Some(10.0), 5.0), run(2, None, 7.0), run(3, Some(20.0), 6.0)];
        let report = Report::from_replications(&model, 7, &runs);
        assert_eq!(report.summary["peakPodsRunning"], 6.0);
        assert_eq!(report.summary["launchWaitMeanSeconds"], 15.0, "over the runs that have one");
        assert_eq!(report.intervals["peakPodsRunning"].low, 6.0 - 2.484_137_71);
        assert_eq!(report.checks[0].value, Some(15.0));
        assert!(report.checks[0].text.contains("in 2 of 3 replications"), "{}", report.checks[0].text);
        let backwards: Vec<_> = runs.iter().rev().cloned().collect();
        assert_ne!(report.digest, Report::from_replications(&model, 7, &backwards).digest);
    }

    #[test]
    fn a_report_survives_its_own_json() {
        let model = model(&["max(pods.running) = 1"]);
        let report = Report::from_replications(&model, 7, &[run(1, None, 5.0), run(2, Some(1.0), 5.0)]);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }

    #[test]
    fn no_run_makes_an_empty_report() {
        let report = Report::from_replications(&model(&["max(pods.running) = 1"]), 7, &[]);
        assert_eq!((report.replications, report.checks[0].verdict), (0, Verdict::Fail));
    }
}

//! How many replications are enough: looks at growing numbers of them, until the checks are decided.
//!
//! Who looks at a 5 % risk again and again takes it again and again. So the risk is spent: each of the
//! [`LOOKS`] gets an equal share, and by the union bound the intervals of all looks hold together with 95 %
//! confidence. Whatever rule stops in between, the verdict at the stop is as sure as it says. The price
//! is that the intervals are wider than those of a number fixed beforehand: about 1.4 times.

use super::replicate::Replication;
use super::statistics::Risk;
use crate::model::Model;
use crate::report::{Interval, Report, Verdict};

/// Numbers of replications after which is looked.
pub const LOOKS: [u32; 8] = [20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/// Without checks, the half width of an interval, as a share of its mean, that is narrow enough.
const NARROW: f64 = 0.05;

/// The risk of one look, so that all together take no more than a single one may.
pub(super) const RISK: Risk = Risk(0.05 / LOOKS.len() as f64);

impl Report {
    /// The report at one of the [`LOOKS`]: like [`Report::from_replications`], with the intervals and
    /// verdicts of one look among several.
    pub fn at_look(model: &Model, seed: u64, runs: &[Replication]) -> Self {
        Self::with_risk(model, seed, runs, RISK)
    }

    /// Whether more replications can be spared: every check is decided; without checks, the interval of
    /// every figure is narrow.
    pub fn is_decided(&self) -> bool {
        let narrow = |name: &String, interval: &Interval| {
            let mean = self.summary.get(name).copied().unwrap_or_default();
            (interval.high - interval.low) / 2.0 <= NARROW * mean.abs()
        };
        match self.checks.is_empty() {
            false => self.checks.iter().all(|check| check.verdict != Verdict::Undecided),
            true => !self.intervals.is_empty() && self.intervals.iter().all(|(name, it)| narrow(name, it)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Measured;
    use crate::metrics::tests::model;

    /// Values that a generator of the test draws, uniform in 0 to 1.
    fn runs(seed: u64, count: u32) -> Vec<Replication> {
        let value = |number| {
            (super::super::scramble(seed << 32 | u64::from(number)) >> 11) as f64 / (1_u64 << 53) as f64
        };
        let run = |number| {
            let mut measured = Measured { values: vec![Some(value(number))], ..Measured::default() };
            measured.summary.insert("peakNodes".to_owned(), value(number));
            Replication { measured, digest: 0 }
        };
        (0..count).map(run).collect()
    }

    /// A claim that just does not hold (mean 0.5, claimed below 0.5) passes at some look in at most 5 % of
    /// seeds. At a plain 95 % it would pass in more: the looks add up.
    #[test]
    fn looking_often_does_not_add_risk() {
        let model = model(&["max(pods.running) < 0.5"]);
        let seeds = 400;
        let mut wrong = [0, 0];
        for seed in 0..seeds {
            let runs = runs(seed, 500);
            let passes = |risk| {
                LOOKS.iter().take_while(|look| **look <= 500).any(|look| {
                    let report = Report::with_risk(&model, seed, &runs[..*look as usize], risk);
                    report.checks[0].verdict != Verdict::Undecided
                })
            };
            wrong[0] += u32::from(passes(RISK));
            wrong[1] += u32::from(passes(Risk::SINGLE));
        }
        assert!(wrong[0] <= 20, "{wrong:?} of {seeds}");
        assert!(wrong[1] > 40, "the test sees what it is about: {wrong:?} of {seeds}");
    }

    #[test]
    fn it_stops_when_all_is_decided_or_narrow() {
        let clear = model(&["max(pods.running) < 0.9"]);
        assert!(Report::at_look(&clear, 1, &runs(1, 20)).is_decided());
        let close = model(&["max(pods.running) < 0.501"]);
        assert!(!Report::at_look(&close, 1, &runs(1, 20)).is_decided());
        let none = model(&[]);
        assert!(!Report::at_look(&none, 1, &runs(1, 20)).is_decided());
        assert!(Report::at_look(&none, 1, &runs(1, 2_000)).is_decided());
    }
}

//! How many replications are enough: looks at growing numbers of them, until the checks are decided.
//!
//! Who looks at a 5 % risk again and again takes it again and again. So the risk is spent: each of the
//! [`LOOKS`] gets the same share, so small that the intervals of all looks hold together with 95 %
//! confidence (Pocock 1977). Whatever rule stops in between, the verdict at the stop is as sure as it says.
//! The price is that the intervals are wider than those of a number fixed beforehand: about 1.36 times.

use super::replicate::Replication;
use super::statistics::Risk;
use crate::model::Model;
use crate::report::{Interval, Report, Verdict};

/// Numbers of replications after which is looked.
pub const LOOKS: [u32; 8] = [20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/// Without checks, the half width of an interval, as a share of its mean, that is narrow enough.
const NARROW: f64 = 0.05;

/// The risk of one look, so that all together take no more than a single one may.
///
/// The means at two looks go together as the root of the ratio of their numbers. With that, the chance that
/// any of eight standard normal deviates passes the two-sided bound of this risk is 5 % (the density at each
/// look integrated over those before, Armitage, McPherson and Rowe 1969); one-sided, 4.7 %. An equal share
/// of 5 % each, 0.00625, would be safe for any dependence at all, and a little wider.
pub(super) const RISK: Risk = Risk(0.007_912);

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
            Replication { measured, digest: 0, ..Replication::default() }
        };
        (0..count).map(run).collect()
    }

    /// Goal: the looks together take 5 %. Method: the density of the mean at each look, as far as no bound was
    /// passed before, from that at the look before by the midpoint rule.
    #[test]
    fn all_looks_together_take_the_risk_of_one() {
        let normal = statrs::distribution::Normal::standard();
        let crossed = |risk: f64, low: f64| {
            let high = -statrs::distribution::ContinuousCDF::inverse_cdf(&normal, risk);
            let (cells, low) = (800, if low == 0.0 { -high } else { low });
            let width = (high - low) / f64::from(cells);
            let at = |cell: i32| low + (f64::from(cell) + 0.5) * width;
            let density = |z: f64| libm::exp(-z * z / 2.0) / 2.506_628_274_631;
            let mut mass: Vec<f64> = (0..cells).map(|cell| density(at(cell)) * width).collect();
            for pair in LOOKS.windows(2) {
                let ratio = f64::from(pair[0]) / f64::from(pair[1]);
                let (kept, new) = (libm::sqrt(ratio), libm::sqrt(1.0 - ratio));
                let next = |cell| {
                    let from = |(before, mass): (i32, &f64)| {
                        mass * density((at(cell) - kept * at(before)) / new) / new
                    };
                    (0..).zip(&mass).map(from).sum::<f64>() * width
                };
                mass = (0..cells).map(next).collect();
            }
            1.0 - mass.iter().sum::<f64>()
        };
        let both = crossed(RISK.0 / 2.0, 0.0);
        assert!((both - 0.05).abs() < 1e-4, "{both}");
        let one = crossed(RISK.0, -9.0);
        assert!((0.045..0.05).contains(&one), "{one}");
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
        // 2.7 % by the first five looks, give or take four in 400.
        assert!((4..=20).contains(&wrong[0]), "{wrong:?} of {seeds}");
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

//! Intervals: what a handful of replications says about all that could have been run.
//!
//! Means get Student's t, probabilities Wilson's score interval and Clopper and Pearson's exact
//! one-sided bounds. Wilson's is the better picture, but may cover too little where hits are rare (Bai
//! and Lam 2024), so no verdict rests on it.

use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

use crate::report::{Interval, rounded};

/// The chance that an interval of a mean misses it, and that a one-sided bound of a probability does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Risk(pub(crate) f64);

impl Risk {
    /// That of a single look: 95 % confidence.
    pub(crate) const SINGLE: Self = Self(0.05);
}

/// Standard normal quantile of 97.5 %: what Wilson's interval takes for 95 % between both ends.
const Z_975: f64 = 1.959_963_984_540_054;

/// The mean, summed in order; `None` of no values.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// The variance of a sample; `None` of fewer than two values.
pub(super) fn variance(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    if values.len() < 2 {
        return None;
    }
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(squares / (values.len() as f64 - 1.0))
}

/// The 95 % interval of the mean of independent values; `None` of fewer than two.
pub(super) fn mean_interval(values: &[f64]) -> Option<Interval> {
    mean_interval_at(values, Risk::SINGLE)
}

/// The interval of the mean of independent values that misses it with no more than `risk`.
pub(super) fn mean_interval_at(values: &[f64], risk: Risk) -> Option<Interval> {
    let (mean, count) = (mean(values)?, values.len() as f64);
    let error = libm::sqrt(variance(values)? / count);
    let half_width = t_quantile(count - 1.0, risk)? * error;
    Some(Interval { low: rounded(mean - half_width), high: rounded(mean + half_width) })
}

/// The quantile of Student's t beyond which, on both sides together, lies `risk`: 97.5 % for 5 %.
fn t_quantile(freedom: f64, risk: Risk) -> Option<f64> {
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?;
    // That of one degree of freedom is 12.7 for a risk of 5 %, and grows as its inverse.
    Some(solve(|at| t.cdf(at), 1.0 - risk.0 / 2.0, 0.0, 1.0 / risk.0))
}

/// Where a distribution function reaches `share`, between `low` and `high`, by halving.
///
/// The inverses of statrs lose digits as the sample grows (Student's t is wrong from some 100,000
/// replications on); its distribution functions do not.
fn solve(distribution: impl Fn(f64) -> f64, share: f64, mut low: f64, mut high: f64) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if distribution(middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Wilson's 95 % interval of a probability after `hits` in `trials`.
pub(super) fn wilson(hits: u64, trials: u64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (n, share) = (trials as f64, hits as f64 / trials as f64);
    let z2 = Z_975 * Z_975;
    let centre = share + z2 / (2.0 * n);
    let spread = Z_975 * libm::sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n));
    let scale = 1.0 + z2 / n;
    let low = if hits == 0 { 0.0 } else { ((centre - spread) / scale).max(0.0) };
    let high = if hits == trials { 1.0 } else { ((centre + spread) / scale).min(1.0) };
    Interval { low: rounded(low), high: rounded(high) }
}

/// Clopper and Pearson's exact bounds of a probability after `hits` in `trials`: each alone is wrong with
/// no more than `risk`.
pub(super) fn exact_bounds(hits: u64, trials: u64, risk: Risk) -> Interval {
    let (hits_f, misses) = (hits as f64, (trials - hits) as f64);
    let quantile = |a, b, share| Beta::new(a, b).map(|beta| solve(|at| beta.cdf(at), share, 0.0, 1.0)).ok();
    let low = if hits == 0 { None } else { quantile(hits_f, misses + 1.0, risk.0) };
    let high = if hits == trials { None } else { quantile(hits_f + 1.0, misses, 1.0 - risk.0) };
    Interval { low: rounded(low.unwrap_or(0.0)), high: rounded(high.unwrap_or(1.0)) }
}

/// How many trials without a single hit bound a probability below `limit` at this risk; `None` where no
/// number does.
pub(super) fn trials_without_hit(limit: f64, risk: Risk) -> Option<u64> {
    if limit <= 0.0 {
        return None;
    }
    if limit >= 1.0 {
        return Some(1);
    }
    Some(libm::ceil(libm::log(risk.0) / libm::log1p(-limit)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal as far as the nine digits go that bounds are rounded to.
    fn close(found: f64, known: f64) {
        assert!((found - known).abs() <= 2e-8 * known.abs().max(1e-3), "{found} is not {known}");
    }

    /// Known values: the distribution function solved with 30 digits (mpmath).
    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        for (freedom, known) in [
            (1.0, 12.706_204_736_432_1),
            (2.0, 4.302_652_729_696_14),
            (4.0, 2.776_445_105_197_79),
            (9.0, 2.262_157_162_740_99),
            (19.0, 2.093_024_054_408_26),
            (99.0, 1.984_216_951_586_4),
            (999.0, 1.962_341_461_133_45),
            (99_999.0, 1.959_987_707_751_845),
            (999_999.0, 1.959_966_356_814_1),
        ] {
            close(t_quantile(freedom, Risk::SINGLE).unwrap(), known);
        }
    }

    #[test]
    fn the_interval_of_a_mean() {
        // Mean 3, standard deviation sqrt(2.5), five values: 3 ± 2.7764451052 * sqrt(0.5).
        let interval = mean_interval(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        close(interval.low, 3.0 - 1.963_243_161_4);
        close(interval.high, 3.0 + 1.963_243_161_4);
        assert_eq!(mean_interval(&[1.0]), None);
        assert_eq!(mean_interval(&[7.0; 4]), Some(Interval { low: 7.0, high: 7.0 }));
    }

    /// Known values: the binomial sum solved with 50 digits; without hits, 1 - 0.05^(1/n).
    #[test]
    fn exact_bounds_are_those_of_the_tables() {
        let upper = exact_bounds(0, 299, Risk::SINGLE).high;
        close(upper, 1.0 - libm::pow(0.05, 1.0 / 299.0));
        assert!(upper < 0.01 && exact_bounds(0, 298, Risk::SINGLE).high > 0.01, "299 is the number for 1 %");
        close(exact_bounds(0, 1, Risk::SINGLE).high, 0.95);
        close(exact_bounds(0, 100_000, Risk::SINGLE).high, -libm::expm1(libm::log(0.05) / 100_000.0));
        close(exact_bounds(299, 299, Risk::SINGLE).low, libm::pow(0.05, 1.0 / 299.0));
        close(exact_bounds(2, 10, Risk::SINGLE).high, 0.506_901_301_1);
        close(exact_bounds(2, 10, Risk::SINGLE).low, 0.036_771_437_9);
        assert_eq!(
            (exact_bounds(0, 10, Risk::SINGLE).low, exact_bounds(10, 10, Risk::SINGLE).high),
            (0.0, 1.0)
        );
    }

    #[test]
    fn a_bound_leaves_out_what_its_confidence_says() {
        // The definition itself: at the upper bound, so few hits or fewer have probability 5 %.
        for (hits, trials) in [(1, 20), (3, 50), (10, 100), (37, 1000)] {
            let bounds = exact_bounds(hits, trials, Risk::SINGLE);
            assert!((at_most(hits, trials, bounds.high) - 0.05).abs() < 1e-7);
            assert!((1.0 - at_most(hits - 1, trials, bounds.low) - 0.05).abs() < 1e-7);
        }
    }

    fn at_most(hits: u64, trials: u64, p: f64) -> f64 {
        let mut term = libm::pow(1.0 - p, trials as f64);
        let mut sum = term;
        for k in 0..hits {
            term *= (trials - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
            sum += term;
        }
        sum
    }

    /// Known values: Wilson's formula worked with 50 digits for 5 of 100; without hits, z²/(n + z²).
    #[test]
    fn wilson_intervals_are_those_of_the_formula() {
        let interval = wilson(5, 100);
        close(interval.low, 0.021_543_679_2);
        close(interval.high, 0.111_750_469_2);
        let z2 = Z_975 * Z_975;
        assert_eq!(wilson(0, 50).low, 0.0);
        close(wilson(0, 50).high, z2 / (50.0 + z2));
        assert_eq!(wilson(50, 50).high, 1.0);
    }

    #[test]
    fn no_hit_is_enough_after_a_known_number_of_trials() {
        assert_eq!(trials_without_hit(0.01, Risk::SINGLE), Some(299));
        assert_eq!(trials_without_hit(0.05, Risk::SINGLE), Some(59));
        assert_eq!(trials_without_hit(0.5, Risk::SINGLE), Some(5));
        assert_eq!(trials_without_hit(0.0, Risk::SINGLE), None);
        assert_eq!(trials_without_hit(1.0, Risk::SINGLE), Some(1));
    }
}

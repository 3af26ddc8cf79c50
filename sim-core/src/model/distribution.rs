//! Distributions, sampled by inversion: one uniform in, one value out.
//!
//! Inversion keeps what-ifs local. The n-th draw of a subject stays the n-th draw whatever the
//! distribution, and a larger mean stretches the same draw instead of drawing anew. Transcendentals
//! come from `libm`, so every target computes the same bits.

use crate::time::SimDuration;

/// A distribution of non-negative values, in whatever unit its owner says (durations: seconds).
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always this.
    Constant(f64),
    /// Anything between, equally likely.
    Uniform {
        /// The least.
        low: f64,
        /// The most.
        high: f64,
    },
    /// Memoryless.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// The exponential of a normal.
    Lognormal {
        /// Mean of the logarithm: the logarithm of the median.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Weibull.
    Weibull {
        /// The value that 63.2 % stay below.
        scale: f64,
        /// Below 1: heavy tail; 1: exponential; above: bell-like.
        shape: f64,
    },
    /// Linear between given quantiles.
    Empirical(Vec<(f64, f64)>),
    /// Lognormal between given quantiles and beyond the outermost two: points of (standard normal quantile,
    /// logarithm), at least two, ascending in both. One straight line of them is a lognormal.
    Quantiles(Vec<(f64, f64)>),
    /// A heavy tail: the share beyond a value falls with its power.
    Pareto {
        /// The least.
        least: f64,
        /// The power: at 1 and below there is no mean.
        shape: f64,
    },
}

impl Distribution {
    /// The value that a share `u` of all values stays below. `u` is in [0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { low, high } => low + (high - low) * u,
            Self::Exponential { mean } => -mean * libm::log1p(-u),
            Self::Lognormal { mu, sigma } => libm::exp(mu + sigma * standard_normal_quantile(u)),
            Self::Weibull { scale, shape } => scale * libm::pow(-libm::log1p(-u), 1.0 / shape),
            Self::Empirical(points) => between(points, u),
            Self::Quantiles(points) => libm::exp(along(points, standard_normal_quantile(u))),
            Self::Pareto { least, shape } => least * libm::exp(-libm::log1p(-u) / shape),
        }
    }

    /// [`Distribution::quantile`] as a span of simulated time.
    pub fn duration(&self, u: f64) -> SimDuration {
        match self {
            Self::Constant(seconds) => SimDuration::from_secs_f64(*seconds),
            other => SimDuration::from_secs_f64(other.quantile(u)),
        }
    }

    /// The mean; infinite where there is none.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Exponential { mean } => *mean,
            Self::Lognormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Self::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Self::Empirical(points) => {
                points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0).sum()
            }
            // The middle of a thousand equal parts: the tails beyond weigh little.
            Self::Quantiles(_) => {
                (0..1_000).map(|part| self.quantile((f64::from(part) + 0.5) / 1_000.0)).sum::<f64>() / 1_000.0
            }
            Self::Pareto { least, shape } if *shape > 1.0 => least * shape / (shape - 1.0),
            Self::Pareto { .. } => f64::INFINITY,
        }
    }
}

/// Linear interpolation in (share, value) points that ascend in both from share 0 to share 1.
fn between(points: &[(f64, f64)], u: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= u);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (Some((share, value)), Some(&(next_share, next_value))) => {
            value + (next_value - value) * (u - share) / (next_share - share)
        }
        (Some((_, value)), None) | (None, Some(&(_, value))) => value,
        (None, None) => 0.0,
    }
}

/// Linear between points and beyond the outermost two.
fn along(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= x).clamp(1, points.len().saturating_sub(1).max(1));
    match (points.get(after - 1), points.get(after)) {
        (Some((from, low)), Some((to, high))) => low + (high - low) * (x - from) / (to - from),
        (Some((_, only)), None) | (None, Some((_, only))) => *only,
        (None, None) => 0.0,
    }
}

/// Inverse of the standard normal distribution function: Wichura's algorithm AS 241 (PPND16),
/// relative accuracy about 1e-16. `u` = 0 gives the value for the smallest positive uniform.
pub fn standard_normal_quantile(u: f64) -> f64 {
    let q = u - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRE_NUMERATOR, r) / polynomial(&CENTRE_DENOMINATOR, r);
    }
    let tail = if q < 0.0 { u } else { 1.0 - u };
    let r = libm::sqrt(-libm::log(tail.max(SMALLEST_UNIFORM)));
    let value = if r <= 5.0 {
        polynomial(&MIDDLE_NUMERATOR, r - 1.6) / polynomial(&MIDDLE_DENOMINATOR, r - 1.6)
    } else {
        polynomial(&TAIL_NUMERATOR, r - 5.0) / polynomial(&TAIL_DENOMINATOR, r - 5.0)
    };
    if q < 0.0 { -value } else { value }
}

/// Uniforms are multiples of 2^-53; half of one stands for the first.
const SMALLEST_UNIFORM: f64 = 1.0 / (1u64 << 54) as f64;

fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const MIDDLE_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const TAIL_NUMERATOR: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const TAIL_DENOMINATOR: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{value} is not {expected}");
    }

    #[test]
    fn normal_quantiles_are_the_tables() {
        for (u, z) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.025, -1.959_963_984_540_054),
            (0.95, 1.644_853_626_951_472_7),
            (0.999_999, 4.753_424_308_817_087),
            (1e-12, -7.034_483_825_301_131),
        ] {
            close(standard_normal_quantile(u), z);
        }
        assert!(standard_normal_quantile(0.0).is_finite());
    }

    #[test]
    fn quantiles_are_the_closed_forms() {
        close(Distribution::Exponential { mean: 40.0 }.quantile(0.5), 40.0 * core::f64::consts::LN_2);
        close(Distribution::Uniform { low: 1.0, high: 3.0 }.quantile(0.25), 1.5);
        close(Distribution::Weibull { scale: 2.0, shape: 1.0 }.quantile(0.5), 2.0 * core::f64::consts::LN_2);
        close(Distribution::Empirical(vec![(0.0, 1.0), (0.5, 2.0), (1.0, 10.0)]).quantile(0.75), 6.0);
        close(Distribution::Empirical(vec![(0.0, 1.0), (0.5, 2.0), (1.0, 10.0)]).mean(), 3.75);
        close(Distribution::Lognormal { mu: 0.0, sigma: 1.0 }.quantile(0.5), 1.0);
        close(Distribution::Pareto { least: 2.0, shape: 1.0 }.quantile(0.75), 8.0);
        close(Distribution::Pareto { least: 2.0, shape: 3.0 }.mean(), 3.0);
        let lognormal = Distribution::Lognormal { mu: 2.0, sigma: 0.5 };
        let same = Distribution::Quantiles(vec![(-1.0, 1.5), (0.0, 2.0), (2.0, 3.0)]);
        for u in [0.0001, 0.1, 0.5, 0.9, 0.9999] {
            close(same.quantile(u), lognormal.quantile(u));
        }
        assert!((same.mean() / lognormal.mean() - 1.0).abs() < 1e-3);
    }
}

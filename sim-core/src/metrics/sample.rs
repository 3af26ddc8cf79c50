//! Samples of durations, each taken at the moment at which the duration is complete.
//!
//! Count, sum, least and most are exact to the microsecond. Quantiles come from a histogram with three
//! significant digits of a millisecond, of fixed size however long the run.

use hdrhistogram::Histogram;

use super::flow::Window;
use crate::report::Quantiles;
use crate::time::{SimDuration, SimTime};

/// A watch on a slot of [`Samples`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SampleWatch(u32);

/// Ends a slot's list of watches.
const NONE: u32 = u32::MAX;
const SIGNIFICANT_DIGITS: u8 = 3;
const MICROS_PER_MILLI: u64 = 1_000;

/// Durations that were complete in a window.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    slot: u32,
    window: Window,
    next: u32,
    /// How many.
    pub count: u64,
    sum_micros: u128,
    min: SimDuration,
    max: SimDuration,
    /// In milliseconds; only where somebody asks for quantiles.
    histogram: Option<Histogram<u64>>,
}

/// All samples of a run.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    first_watch: Vec<u32>,
    watches: Vec<Sample>,
    longest: SimDuration,
}

impl Samples {
    /// `count` samples of durations that are at most `longest`.
    pub fn new(count: usize, longest: SimDuration) -> Self {
        Self { first_watch: vec![NONE; count], watches: Vec::new(), longest }
    }

    /// Watches a slot over a window, with a histogram where `quantiles` are wanted. Equal watches are one.
    pub fn watch(&mut self, slot: usize, window: Window, quantiles: bool) -> SampleWatch {
        let same = |watch: &Sample| watch.slot as usize == slot && watch.window == window;
        let index = self.watches.iter().position(same).unwrap_or_else(|| {
            let index = self.watches.len();
            let next = core::mem::replace(&mut self.first_watch[slot], index as u32);
            self.watches.push(Sample::new(slot as u32, window, next));
            index
        });
        if quantiles && self.watches[index].histogram.is_none() {
            let most = (self.longest.as_micros() / MICROS_PER_MILLI).max(2);
            self.watches[index].histogram = Histogram::new_with_bounds(1, most, SIGNIFICANT_DIGITS).ok();
        }
        SampleWatch(index as u32)
    }

    /// A duration is complete.
    pub fn add(&mut self, slot: usize, span: SimDuration, now: SimTime) {
        let mut watch = self.first_watch[slot];
        while watch != NONE {
            let row = &mut self.watches[watch as usize];
            if row.window.contains(now) {
                row.take(span);
            }
            watch = row.next;
        }
    }

    /// What a watch has seen.
    pub fn sample(&self, watch: SampleWatch) -> &Sample {
        &self.watches[watch.0 as usize]
    }
}

impl Sample {
    fn new(slot: u32, window: Window, next: u32) -> Self {
        let (min, max) = (SimDuration::MAX, SimDuration::ZERO);
        Self { slot, window, next, count: 0, sum_micros: 0, min, max, histogram: None }
    }

    fn take(&mut self, span: SimDuration) {
        self.count += 1;
        self.sum_micros += u128::from(span.as_micros());
        self.min = self.min.min(span);
        self.max = self.max.max(span);
        if let Some(histogram) = &mut self.histogram {
            histogram.saturating_record((span.as_micros() + MICROS_PER_MILLI / 2) / MICROS_PER_MILLI);
        }
    }

    /// All durations together, in seconds.
    pub fn sum_seconds(&self) -> f64 {
        self.sum_micros as f64 / 1e6
    }

    /// The mean in seconds; `None` of an empty sample.
    pub fn mean_seconds(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_seconds() / self.count as f64)
    }

    /// The shortest in seconds; `None` of an empty sample.
    pub fn min_seconds(&self) -> Option<f64> {
        (self.count > 0).then(|| self.min.as_secs_f64())
    }

    /// The longest in seconds; `None` of an empty sample.
    pub fn max_seconds(&self) -> Option<f64> {
        (self.count > 0).then(|| self.max.as_secs_f64())
    }

    /// The duration in seconds that a share of the sample does not exceed; `None` of an empty sample.
    pub fn quantile_seconds(&self, share: f64) -> Option<f64> {
        let histogram = self.histogram.as_ref().filter(|_| self.count > 0)?;
        // The middle of the histogram's step, which the ends of the sample may narrow: a sample of equal
        // durations has that duration as every quantile.
        let millis = histogram.median_equivalent(histogram.value_at_quantile(share));
        Some(SimDuration::from_millis(millis).clamp(self.min, self.max).as_secs_f64())
    }

    /// The figures of a report; `None` of an empty sample.
    pub fn quantiles(&self) -> Option<Quantiles> {
        Some(Quantiles {
            count: self.count,
            mean_seconds: self.mean_seconds()?,
            p50_seconds: self.quantile_seconds(0.50)?,
            p90_seconds: self.quantile_seconds(0.90)?,
            p95_seconds: self.quantile_seconds(0.95)?,
            p99_seconds: self.quantile_seconds(0.99)?,
            max_seconds: self.max_seconds()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(millis: impl IntoIterator<Item = u64>) -> Sample {
        let end = SimTime::from_secs(86_400);
        let mut samples = Samples::new(1, SimDuration::from_secs(86_400));
        let watch = samples.watch(0, Window::new(SimTime::ZERO, end, end), true);
        for millis in millis {
            samples.add(0, SimDuration::from_millis(millis), SimTime::from_secs(1));
        }
        samples.sample(watch).clone()
    }

    #[test]
    fn quantiles_are_good_to_three_digits() {
        let sample = sample((1..=1000).map(|n| n * 100));
        for (share, seconds) in [(0.50, 50.0), (0.90, 90.0), (0.95, 95.0), (0.99, 99.0)] {
            let found = sample.quantile_seconds(share).unwrap();
            assert!((found / seconds - 1.0).abs() < 1e-3, "{share}: {found}");
        }
        assert_eq!(sample.mean_seconds(), Some(50.05));
        assert_eq!((sample.min_seconds(), sample.max_seconds()), (Some(0.1), Some(100.0)));
    }

    #[test]
    fn equal_durations_have_one_quantile() {
        let sample = sample([40_000; 7]);
        assert_eq!(sample.quantile_seconds(0.5), Some(40.0));
        assert_eq!(sample.quantile_seconds(0.99), Some(40.0));
    }

    #[test]
    fn an_empty_sample_has_no_figures() {
        let sample = sample([]);
        assert_eq!((sample.mean_seconds(), sample.quantile_seconds(0.5)), (None, None));
        assert_eq!(sample.quantiles(), None);
    }
}

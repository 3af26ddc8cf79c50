//! Bands: where the middle and the outer replications of a level run, over the time of the report.
//!
//! A report shows the series of replication 0, which is one course of many. So each replication leaves a
//! coarse course behind: up to [`MAX_STRETCHES`] equal stretches of time, and for each the level at its end,
//! or the share or the mean over it. A band is the 5 %, 50 % and 95 % quantile of the courses at each
//! stretch: nine of ten replications run between its edges at any one time, though not all the time.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::report::{Band, BandSet, SeriesSet, rounded};

/// The most stretches of a course.
const MAX_STRETCHES: usize = 120;

/// Levels that have a band.
const LEVELS: [&str; 7] = [
    "pods.running",
    "pods.pending",
    "nodes.ready",
    "users.waiting",
    "cluster.memoryRequestedBytes",
    "cluster.memoryUsedBytes",
    "nodes.memoryUsedMaxShare",
];
/// Flows that make up the share of launches that succeed, and its name.
const SHARE: [&str; 3] = ["launch.succeeded", "launch.failed", "launch.success"];
/// The mean wait of launches.
const WAIT: &str = "launch.waitMeanSeconds";

/// How one replication went, coarsely.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Ends of the stretches, in seconds after the report's start.
    seconds: Vec<f64>,
    /// By name; nothing where nothing was there to measure.
    values: Vec<(Cow<'static, str>, Vec<Option<f32>>)>,
}

impl Course {
    /// The course of a run.
    pub(super) fn of(series: &SeriesSet) -> Self {
        let points = series.seconds.len();
        let Some(last) = points.checked_sub(1).filter(|last| *last > 0) else { return Self::default() };
        let length = last.div_ceil(MAX_STRETCHES);
        // Point 0 is the beginning; a stretch holds the points after the one before up to its own end.
        let ends: Vec<usize> =
            (1..).map(|stretch| stretch * length).take_while(|end| *end < last).chain([last]).collect();
        let stretches = || ends.iter().scan(0, |from, &to| Some((core::mem::replace(from, to) + 1, to)));
        let named = |name: &str| series.metrics.get(name).filter(|values| values.len() == points);
        let mut values = Vec::new();
        for name in LEVELS {
            if let Some(level) = named(name) {
                values.push((name.into(), ends.iter().map(|&end| Some(level[end] as f32)).collect()));
            }
        }
        let sum = |flow: &[f64], (from, to): (usize, usize)| flow[from..=to].iter().sum::<f64>();
        if let [Some(good), Some(bad)] = [named(SHARE[0]), named(SHARE[1])] {
            let share = |stretch| {
                let (good, bad) = (sum(good, stretch), sum(bad, stretch));
                (good + bad > 0.0).then(|| (good / (good + bad)) as f32)
            };
            values.push((SHARE[2].into(), stretches().map(share).collect()));
            if let Some(means) = named(WAIT) {
                let mean = |(from, to): (usize, usize)| {
                    let launches = sum(good_of(series), (from, to));
                    let weighted =
                        (from..=to).map(|point| means[point] * good_of(series)[point]).sum::<f64>();
                    (launches > 0.0).then(|| (weighted / launches) as f32)
                };
                values.push((WAIT.into(), stretches().map(mean).collect()));
            }
        }
        Self { seconds: ends.iter().map(|&end| series.seconds[end]).collect(), values }
    }
}

fn good_of(series: &SeriesSet) -> &[f64] {
    series.metrics.get(SHARE[0]).map_or(&[], Vec::as_slice)
}

/// The bands of several courses on one grid; empty of fewer than two.
pub(super) fn bands<'c>(courses: impl Iterator<Item = &'c Course> + Clone) -> BandSet {
    let Some(first) = courses.clone().next().filter(|first| !first.values.is_empty()) else {
        return BandSet::default();
    };
    if courses.clone().nth(1).is_none() {
        return BandSet::default();
    }
    let mut metrics = IndexMap::new();
    for (place, (name, values)) in first.values.iter().enumerate() {
        let mut band = Band::default();
        for stretch in 0..values.len() {
            let of = |course: &Course| course.values.get(place)?.1.get(stretch).copied().flatten();
            let mut found: Vec<f32> = courses.clone().filter_map(of).collect();
            found.sort_unstable_by(f32::total_cmp);
            let at = |percent: usize| quantile(&found, percent);
            band.p5.push(at(5));
            band.p50.push(at(50));
            band.p95.push(at(95));
        }
        metrics.insert(name.to_string(), band);
    }
    BandSet { seconds: first.seconds.iter().map(|seconds| rounded(*seconds)).collect(), metrics }
}

/// The value that so many per cent do not exceed: nearest rank.
fn quantile(sorted: &[f32], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    // By its shortest decimals: a third is 0.33333334 and not the 0.3333333432674408 that it widens to.
    sorted.get(rank - 1).and_then(|value| value.to_string().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(levels: &[f64], good: &[f64], bad: &[f64]) -> SeriesSet {
        let mut series =
            SeriesSet { seconds: (0..levels.len()).map(|n| n as f64).collect(), ..Default::default() };
        let waits = vec![10.0; levels.len()];
        for (name, values) in [("pods.running", levels), (SHARE[0], good), (SHARE[1], bad), (WAIT, &waits)] {
            series.metrics.insert(name.to_owned(), values.to_vec());
        }
        series
    }

    #[test]
    fn a_course_is_coarse_and_complete() {
        let levels: Vec<f64> = (0..1_000).map(f64::from).collect();
        let course = Course::of(&series(&levels, &vec![1.0; 1_000], &vec![3.0; 1_000]));
        assert!(course.seconds.len() <= MAX_STRETCHES);
        assert_eq!(course.seconds.last(), Some(&999.0), "up to the end");
        assert_eq!(course.values[0].1.last(), Some(&Some(999.0)));
        assert!(course.values[1].1.iter().all(|share| *share == Some(0.25)));
        assert!(course.values[2].1.iter().all(|wait| *wait == Some(10.0)));
        let none = Course::of(&series(&[0.0; 4], &[0.0; 4], &[0.0; 4]));
        assert_eq!(none.values[1].1, [None; 3]);
        assert_eq!(Course::of(&SeriesSet::default()), Course::default());
    }

    #[test]
    fn a_band_is_made_of_quantiles() {
        let courses: Vec<Course> =
            (1..=100).map(|n| Course::of(&series(&[0.0, f64::from(n)], &[0.0; 2], &[0.0; 2]))).collect();
        let found = bands(courses.iter());
        let band = &found.metrics["pods.running"];
        assert_eq!((band.p5[0], band.p50[0], band.p95[0]), (Some(5.0), Some(50.0), Some(95.0)));
        assert_eq!(found.metrics["launch.success"].p50, [None]);
        assert!(bands(courses.iter().take(1)).metrics.is_empty());
        assert!(bands(core::iter::empty()).metrics.is_empty());
    }
}

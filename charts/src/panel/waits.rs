//! Waits: how long launches that succeed take, on average and at worst.

use super::{Course, End, Mark, Panel, Plot, Scale, bucket_runs, bucket_width, fan, peak};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Bucket, Readings, Sample, metric};

/// The panel; `None` where the report times no launches.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let means = readings.flow(metric::WAIT_MEAN);
    let longest = readings.flow(metric::WAIT_LONGEST);
    if means.is_none() && longest.is_none() {
        return None;
    }
    let launches = readings.flow(metric::LAUNCHES_SUCCEEDED);
    let buckets = readings.buckets();
    let means = means.map(|means| bucket_runs(&buckets, &mean_waits(&buckets, &means, launches.as_deref())));
    let longest =
        longest.map(|longest| bucket_runs(&buckets, &longest_waits(&buckets, &longest, launches.as_deref())));

    let height = scale.height(1_000);
    let drawn = || means.iter().chain(&longest).flatten().flatten();
    let (mut marks, reach) = fan(readings, metric::WAIT_MEAN, Ink::Wait);
    let shortest = drawn().map(|sample| sample.value).filter(|value| *value > 0).min().unwrap_or(0);
    let longest_drawn = drawn().map(|sample| sample.value).max().unwrap_or(0).max(reach);
    let axis = ValueAxis::durations(shortest, longest_drawn, height);
    let (subtitle, sentence) = words(readings, &buckets, means.as_deref(), longest.as_deref(), &axis);

    let mut ends = Vec::new();
    for (runs, ink, width, name) in
        [(longest, Ink::LongestWait, 14, "longest"), (means, Ink::Wait, 20, "mean")]
    {
        let Some(runs) = runs else { continue };
        if let Some(last) = runs.last() {
            let value = last.last().map_or(0, |sample| sample.value);
            ends.extend(End::of(ink, last, format!("{} {name}", number::short_duration(value))));
        }
        marks.push(Mark::Line { ink, width, runs, course: Course::Straight });
    }
    let plots = vec![Plot { height, axis, marks, ends }];
    Some(Panel { name: Figure::Waits.name(), title: Figure::Waits.title(), subtitle, sentence, plots })
}

/// The mean wait in each bucket: the points' means, weighted by their launches where these are counted.
fn mean_waits(
    buckets: &[Bucket],
    means: &[Option<i64>],
    launches: Option<&[Option<i64>]>,
) -> Vec<Option<i64>> {
    let mean = |bucket: &Bucket| {
        let (mut sum, mut weights) = (0_i128, 0_i128);
        for index in bucket.points.clone() {
            let weight = launches.map_or(1, |launches| i128::from(launches[index].unwrap_or(0)));
            if let Some(mean) = means[index] {
                sum += i128::from(mean) * weight;
                weights += weight;
            }
        }
        if weights == 0 { None } else { i64::try_from(sum / weights).ok() }
    };
    buckets.iter().map(mean).collect()
}

/// The longest wait in each bucket that has a launch.
fn longest_waits(
    buckets: &[Bucket],
    longest: &[Option<i64>],
    launches: Option<&[Option<i64>]>,
) -> Vec<Option<i64>> {
    let any = |index: &usize| launches.is_none_or(|launches| launches[*index].unwrap_or(0) > 0);
    let of = |bucket: &Bucket| bucket.points.clone().filter(any).filter_map(|index| longest[index]).max();
    buckets.iter().map(of).collect()
}

fn words(
    readings: &Readings<'_>,
    buckets: &[Bucket],
    means: Option<&[Vec<Sample>]>,
    longest: Option<&[Vec<Sample>]>,
    axis: &ValueAxis,
) -> (String, String) {
    let flat: Vec<Sample> = longest.or(means).unwrap_or_default().iter().flatten().copied().collect();
    if flat.is_empty() {
        return ("no launch succeeds".to_owned(), "Waits: no launch succeeds.".to_owned());
    }
    let (peak, per) = (peak(&flat), bucket_width(buckets));
    let fact = format!("at most {} ({})", number::duration(peak.value), readings.clock.when(peak.at));
    let scale = if axis.is_logarithmic() { ", logarithmic" } else { "" };
    (format!("{fact}, per {per}{scale}"), format!("Waits of launches that succeed: {fact}."))
}

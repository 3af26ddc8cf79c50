//! Launches: which share of them succeeds, and how many succeed and fail.

use super::{Bar, Course, End, Mark, Panel, Plot, Scale, bucket_runs, bucket_width, fan, ground};
use crate::axis::ValueAxis;
use crate::figure::Figure;
use crate::number;
use crate::palette::Ink;
use crate::readings::{Bucket, LARGEST, Readings, Sample, metric};

/// The panel; `None` where the report counts no launches.
pub(super) fn panel(readings: &Readings<'_>, scale: Scale) -> Option<Panel> {
    let succeeded = readings.flow(metric::LAUNCHES_SUCCEEDED);
    let failed = readings.flow(metric::LAUNCHES_FAILED);
    if succeeded.is_none() && failed.is_none() {
        return None;
    }
    let buckets = readings.buckets();
    let succeeded = sums(succeeded.as_deref(), &buckets);
    let failed = sums(failed.as_deref(), &buckets);
    let shares: Vec<Option<i64>> =
        succeeded.iter().zip(&failed).map(|(&good, &bad)| share(good, bad)).collect();

    let (subtitle, sentence) = words(readings, &buckets, &succeeded, &failed, &shares);
    let (fan, _) = fan(readings, metric::SUCCESS, Ink::Succeeded);
    let plots = vec![share_plot(&buckets, &shares, fan, scale), count_plot(&buckets, &succeeded, &failed)];
    Some(Panel { name: Figure::Launches.name(), title: Figure::Launches.title(), subtitle, sentence, plots })
}

/// How much of a flow falls into each bucket.
fn sums(flow: Option<&[Option<i64>]>, buckets: &[Bucket]) -> Vec<i64> {
    let sum = |bucket: &Bucket| {
        let amounts = flow.map_or(&[][..], |flow| &flow[bucket.points.clone()]);
        amounts.iter().flatten().fold(0_i64, |sum, amount| sum.saturating_add(*amount).min(LARGEST))
    };
    buckets.iter().map(sum).collect()
}

/// The share that succeeded, in thousandths; `None` of nothing.
fn share(succeeded: i64, failed: i64) -> Option<i64> {
    let (good, all) = (i128::from(succeeded), i128::from(succeeded) + i128::from(failed));
    if all == 0 { None } else { i64::try_from(good * 1_000 / all).ok() }
}

fn share_plot(buckets: &[Bucket], shares: &[Option<i64>], fan: Vec<Mark>, scale: Scale) -> Plot {
    let runs = bucket_runs(buckets, shares);
    let mut ends = Vec::new();
    if let Some(last) = runs.last() {
        let value = last.last().map_or(0, |sample| sample.value);
        ends.extend(End::of(Ink::Succeeded, last, format!("{} succeed", number::percent(value))));
    }
    let all = |run: &[Sample]| run.iter().map(|sample| Sample { value: 1_000, ..*sample }).collect();
    let good = runs.iter().map(|run| Mark::Band {
        ink: Ink::Succeeded,
        percent: 11,
        upper: run.clone(),
        lower: ground(run),
    });
    let bad = runs.iter().map(|run| Mark::Band {
        ink: Ink::Failed,
        percent: 20,
        upper: all(run),
        lower: run.clone(),
    });
    let mut marks: Vec<Mark> = good.chain(bad).chain(fan).collect();
    marks.push(Mark::Line { ink: Ink::Succeeded, width: 20, runs, course: Course::Straight });
    let height = scale.height(900);
    Plot { height, axis: ValueAxis::share(height), marks, ends }
}

/// Bars upwards for what succeeded, downwards for what failed.
fn count_plot(buckets: &[Bucket], succeeded: &[i64], failed: &[i64]) -> Plot {
    let bars = |counts: &[i64], sign: i64| -> Vec<Bar> {
        let bar = |(bucket, &count): (&Bucket, &i64)| {
            // A tenth of the bucket stays free on either side.
            let gap = (bucket.to - bucket.from) / 10;
            let (low, high) = ((sign * count).min(0), (sign * count).max(0));
            (count > 0).then_some(Bar { from: bucket.from + gap, to: bucket.to - gap, low, high })
        };
        buckets.iter().zip(counts).filter_map(bar).collect()
    };
    let most = |counts: &[i64]| counts.iter().copied().max().unwrap_or(0);
    let total =
        |counts: &[i64]| counts.iter().fold(0_i64, |sum, count| sum.saturating_add(*count).min(LARGEST));
    let (up, down) = (most(succeeded), most(failed));
    let end = |ink, counts: &[i64], value, name: &str| End {
        ink,
        text: format!("{} {name}", number::count(total(counts))),
        value,
        dotted: false,
    };
    Plot {
        height: 440,
        axis: ValueAxis::mirrored(up, down),
        marks: vec![
            Mark::Bars { ink: Ink::Succeeded, bars: bars(succeeded, 1) },
            Mark::Bars { ink: Ink::Failed, bars: bars(failed, -1) },
        ],
        ends: vec![
            end(Ink::Succeeded, succeeded, up / 2, "succeeded"),
            end(Ink::Failed, failed, -down / 2, "failed"),
        ],
    }
}

fn words(
    readings: &Readings<'_>,
    buckets: &[Bucket],
    succeeded: &[i64],
    failed: &[i64],
    shares: &[Option<i64>],
) -> (String, String) {
    let total =
        |counts: &[i64]| counts.iter().fold(0_i64, |sum, count| sum.saturating_add(*count).min(LARGEST));
    let (good, bad) = (total(succeeded), total(failed));
    let all = number::of(good.saturating_add(bad), "launch", "launches");
    let per = bucket_width(buckets);
    let Some(overall) = share(good, bad) else {
        return ("no launches".to_owned(), "Launches: there are none.".to_owned());
    };
    let subtitle = format!("{} of {all}, per {per}", number::percent(overall));
    let lowest = buckets
        .iter()
        .zip(shares)
        .filter_map(|(bucket, share)| Some((bucket, (*share)?)))
        .min_by_key(|found| found.1);
    let mut sentence = format!("Launches: {} of {all} succeed", number::percent(overall));
    if let Some((bucket, value)) = lowest.filter(|found| found.1 < overall) {
        let (from, to) = (readings.clock.when(bucket.from), readings.clock.when(bucket.to));
        sentence.push_str(&format!("; the fewest, {}, from {from} to {to}", number::percent(value)));
    }
    sentence.push('.');
    (subtitle, sentence)
}

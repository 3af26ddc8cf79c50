//! A figure over one axis.

use plimsoll_core::experiment::{Level, Spread, SweepSummary};
use plimsoll_core::report::units;
use plotters::style::text_anchor::HPos;

use super::canvas::Canvas;
use super::{LABEL, dot, key, thousandths, value_axis};
use crate::lettering::width;
use crate::palette::Ink;

const HEIGHT: i32 = 3_000;

/// Draws it; what there is to see, in words.
pub(super) fn draw(canvas: &mut Canvas, summary: &SweepSummary, figure: &str) -> String {
    let axis = &summary.axes[0];
    let spreads: Vec<Option<&Spread>> =
        summary.points.iter().map(|point| point.figures.get(figure)).collect();
    let highest =
        spreads.iter().flatten().map(|spread| thousandths(spread.p95.max(spread.mean))).max().unwrap_or(0);
    let values = value_axis(figure, highest, HEIGHT);
    let widest = values.labels().map(|label| width(label, LABEL)).max().unwrap_or(0);
    let (left, right) = (canvas.margin + widest + 120, canvas.width - canvas.margin - 60);
    let (top, bottom) = (canvas.y + 60, canvas.y + 60 + HEIGHT);
    for (value, label) in values.ticks() {
        let y = values.y(*value, (bottom, top));
        canvas.line(Ink::Grid, 10, vec![(left, y), (right, y)]);
        canvas.text(label, LABEL, Ink::Soft, (left - 80, y + LABEL.drop()), HPos::Right);
    }
    let xs = places(&axis.levels, left + 60, right - 60);
    let y = |value: f64| values.y(thousandths(value), (bottom, top));
    // A point without the figure breaks everything in two.
    for run in runs(&spreads) {
        let along = |of: &dyn Fn(&Spread) -> f64| -> Vec<(i32, i32)> {
            run.clone().filter_map(|at| Some((xs[at], y(of(spreads[at]?))))).collect()
        };
        let band = |low: &dyn Fn(&Spread) -> f64, high: &dyn Fn(&Spread) -> f64| {
            let mut outline = along(high);
            outline.extend(along(low).into_iter().rev());
            outline
        };
        canvas.area(Ink::Running, 10, band(&|spread| spread.p5, &|spread| spread.p95));
        let low = |spread: &Spread| spread.interval.map_or(spread.mean, |interval| interval.low);
        let high = |spread: &Spread| spread.interval.map_or(spread.mean, |interval| interval.high);
        canvas.area(Ink::Running, 28, band(&low, &high));
        canvas.line(Ink::Running, 20, along(&|spread| spread.mean));
    }
    for (at, spread) in spreads.iter().enumerate() {
        if let Some(spread) = spread {
            canvas.dot(dot(&summary.points[at]), (xs[at], y(spread.mean)), 32);
        }
    }
    canvas.line(Ink::Rule, 10, vec![(left, bottom), (right, bottom)]);
    canvas.y = bottom;
    let labels: Vec<(i32, String)> =
        xs.iter().zip(&axis.levels).map(|(x, level)| (*x, level.label.clone())).collect();
    canvas.labels_below(&labels, LABEL);
    canvas.paragraph(&axis.paths.join(" with "), LABEL, Ink::Soft, 160);
    describe(summary, figure, &spreads)
}

/// Where levels stand: by their numbers where all have one, evenly else.
fn places(levels: &[Level], left: i32, right: i32) -> Vec<i32> {
    let positions: Option<Vec<f64>> = levels.iter().map(|level| level.position).collect();
    let positions = positions.filter(|positions| positions.windows(2).all(|pair| pair[0] < pair[1]));
    let positions = positions.unwrap_or_else(|| (0..levels.len()).map(|at| at as f64).collect());
    let (Some(first), Some(last)) = (positions.first(), positions.last()) else { return Vec::new() };
    let length = if last > first { last - first } else { 1.0 };
    let place = |at: &f64| left + (f64::from(right - left) * ((at - first) / length)).round() as i32;
    positions.iter().map(place).collect()
}

/// The stretches of points that have a value.
fn runs(spreads: &[Option<&Spread>]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in spreads.iter().enumerate().filter(|(_, spread)| spread.is_some()) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

fn describe(summary: &SweepSummary, figure: &str, spreads: &[Option<&Spread>]) -> String {
    let known = || spreads.iter().enumerate().filter_map(|(at, spread)| Some((at, (*spread)?)));
    let (Some(first), Some(last)) = (known().next(), known().next_back()) else { return String::new() };
    let told = |(at, spread): (usize, &Spread)| {
        let level = summary.axes[0].levels.get(at).map_or("", |level| level.label.as_str());
        format!("{} at {level}", units::value(figure, spread.mean))
    };
    format!(
        "The mean goes from {} to {}. The dark band is its 95 % interval, the light one holds nine of ten replications.{}",
        told(first),
        told(last),
        key(summary)
    )
}

//! What the points of a sweep trade: two figures of which less is better, and the points that no other beats.

use plimsoll_core::experiment::{PointSummary, SweepSummary};
use plimsoll_core::report::units;
use plotters::style::text_anchor::HPos;

use super::canvas::Canvas;
use super::{LABEL, dot, key, thousandths, value_axis};
use crate::lettering::{Face, width};
use crate::palette::Ink;

const HEIGHT: i32 = 3_600;
/// More labels than these would be a thicket.
const MOST_LABELS: usize = 12;

/// Draws it; what there is to see, in words.
pub(super) fn draw(canvas: &mut Canvas, summary: &SweepSummary, cost: &str, loss: &str) -> String {
    let both = |point: &'_ PointSummary| Some((point.figures.get(cost)?.mean, point.figures.get(loss)?.mean));
    let points: Vec<(f64, f64, &PointSummary)> =
        summary.points.iter().filter_map(|point| both(point).map(|(x, y)| (x, y, point))).collect();
    let highest = |values: &dyn Fn(&(f64, f64, &PointSummary)) -> f64| {
        points.iter().map(|point| thousandths(values(point))).max().unwrap_or(0)
    };
    let upwards = value_axis(loss, highest(&|point| point.1), HEIGHT);
    let widest = upwards.labels().map(|label| width(label, LABEL)).max().unwrap_or(0);
    let (left, right) = (canvas.margin + widest + 120, canvas.width - canvas.margin - 60);
    let across = value_axis(cost, highest(&|point| point.0), (right - left) / 3);
    let (top, bottom) = (canvas.y + 60, canvas.y + 60 + HEIGHT);
    for (value, label) in upwards.ticks() {
        let y = upwards.y(*value, (bottom, top));
        canvas.line(Ink::Grid, 10, vec![(left, y), (right, y)]);
        canvas.text(label, LABEL, Ink::Soft, (left - 80, y + LABEL.drop()), HPos::Right);
    }
    let place = |&(x, y, _): &(f64, f64, &PointSummary)| {
        (across.y(thousandths(x), (left, right)), upwards.y(thousandths(y), (bottom, top)))
    };
    let front = unbeaten(&points);
    let mut steps: Vec<(i32, i32)> = Vec::new();
    for at in &front {
        let (x, y) = place(&points[*at]);
        steps.extend(steps.last().map(|last| (x, last.1)));
        steps.push((x, y));
    }
    canvas.line(Ink::Ceiling, 16, steps);
    for point in &points {
        // The riskier, the larger: a replication in which a check does not hold.
        let radius = 28 + (point.2.risk.clamp(0.0, 1.0) * 40.0).round() as u32;
        canvas.dot(dot(point.2), place(point), radius);
    }
    for at in front.iter().take(MOST_LABELS) {
        let (x, y) = place(&points[*at]);
        let label = points[*at].2.values.join(", ");
        let room = right - x - 90;
        let (x, anchor) =
            if width(&label, Face::bold(110)) <= room { (x + 90, HPos::Left) } else { (x - 90, HPos::Right) };
        canvas.text(&label, Face::bold(110), Ink::Strong, (x, y - 60), anchor);
    }
    canvas.line(Ink::Rule, 10, vec![(left, bottom), (right, bottom)]);
    canvas.y = bottom;
    let labels: Vec<(i32, String)> = across
        .ticks()
        .iter()
        .map(|(value, label)| (across.y(*value, (left, right)), label.clone()))
        .collect();
    canvas.labels_below(&labels, LABEL);
    let axes = format!("To the right: {}. Upwards: {}.", units::words(cost), units::words(loss));
    canvas.paragraph(&axes, LABEL, Ink::Soft, 160);
    let paths: Vec<String> = summary.axes.iter().flat_map(|axis| axis.paths.clone()).collect();
    format!(
        "{} of {} points are beaten by no other; their labels are {}. The larger a dot, the more replications in which a check does not hold.{}",
        front.len(),
        points.len(),
        paths.join(", "),
        key(summary)
    )
}

/// The points that no other beats in both, from the cheapest on; of equals the first.
fn unbeaten(points: &[(f64, f64, &PointSummary)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&one, &other| {
        points[one].0.total_cmp(&points[other].0).then(points[one].1.total_cmp(&points[other].1))
    });
    let mut least = f64::INFINITY;
    order.retain(|&at| {
        let better = points[at].1 < least;
        least = least.min(points[at].1);
        better
    });
    order
}

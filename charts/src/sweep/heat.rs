//! A figure over two axes, or over three: heat maps.

use plimsoll_core::experiment::{AxisLevels, PointSummary, SweepSummary};
use plimsoll_core::report::units;
use plotters::style::text_anchor::HPos;

use super::canvas::Canvas;
use super::{LABEL, TEXT, dot, key};
use crate::lettering::{Face, width};
use crate::palette::Ink;

/// More maps than these are left out.
const MOST_MAPS: usize = 24;
/// Opacity of the least and of the greatest value, in percent.
const SHADES: (f64, f64) = (6.0, 88.0);

/// Draws one map: the first axis downwards, the second to the right.
pub(super) fn draw(canvas: &mut Canvas, summary: &SweepSummary, figure: &str) -> String {
    let scale = Scale::of(summary, figure);
    let sides = (canvas.margin, canvas.width - canvas.margin);
    canvas.y += 60;
    map(canvas, figure, &scale, &summary.axes[0], &summary.axes[1], &summary.points, sides);
    let (down, right) = (summary.axes[0].paths.join(" with "), summary.axes[1].paths.join(" with "));
    canvas.paragraph(&format!("Down: {down}. To the right: {right}."), LABEL, Ink::Soft, 160);
    scale.describe(figure) + key(summary)
}

/// Draws a map for each level of the first axis, side by side.
pub(super) fn draw_several(canvas: &mut Canvas, summary: &SweepSummary, figure: &str) -> String {
    let scale = Scale::of(summary, figure);
    let maps = summary.axes[0].levels.len();
    let each = summary.points.len() / maps;
    let columns = match canvas.width {
        ..5_600 => 1,
        5_600..8_000 => 2,
        _ => 3,
    };
    let columns = columns.min(maps) as i32;
    let gap = 240;
    let wide = (canvas.width - 2 * canvas.margin - (columns - 1) * gap) / columns;
    let (mut top, mut lowest) = (canvas.y + 60, canvas.y);
    for (at, points) in summary.points.chunks(each).take(MOST_MAPS).enumerate() {
        let column = at as i32 % columns;
        if column == 0 && at > 0 {
            top = lowest + 120;
        }
        let left = canvas.margin + column * (wide + gap);
        let title = format!("{} {}", summary.axes[0].paths.join(" "), summary.axes[0].levels[at].label);
        let title = crate::lettering::shorten(&title, Face::bold(110), wide);
        canvas.text(&title, Face::bold(110), Ink::Strong, (left, top + 110), HPos::Left);
        canvas.y = top + 160;
        map(canvas, figure, &scale, &summary.axes[1], &summary.axes[2], points, (left, left + wide));
        lowest = lowest.max(canvas.y);
    }
    canvas.y = lowest;
    let (down, right) = (summary.axes[1].paths.join(" with "), summary.axes[2].paths.join(" with "));
    canvas.paragraph(&format!("Down: {down}. To the right: {right}."), LABEL, Ink::Soft, 160);
    let left_out = match maps.saturating_sub(MOST_MAPS) {
        0 => String::new(),
        more => format!(" {more} further maps are left out."),
    };
    scale.describe(figure) + key(summary) + &left_out
}

/// From the least to the greatest value of the whole picture.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(summary: &SweepSummary, figure: &str) -> Self {
        let means =
            || summary.points.iter().filter_map(|point| point.figures.get(figure)).map(|spread| spread.mean);
        let low = means().min_by(f64::total_cmp).unwrap_or(0.0);
        Self { low, high: means().max_by(f64::total_cmp).unwrap_or(low) }
    }

    fn shade(&self, value: f64) -> i32 {
        let length = if self.high > self.low { self.high - self.low } else { 1.0 };
        (SHADES.0 + (SHADES.1 - SHADES.0) * (value - self.low) / length).round() as i32
    }

    fn describe(&self, figure: &str) -> String {
        let value = |value| units::value(figure, value);
        format!(
            "Means over the replications, from {} (light) to {} (dark).",
            value(self.low),
            value(self.high)
        )
    }
}

fn map(
    canvas: &mut Canvas,
    figure: &str,
    scale: &Scale,
    down: &AxisLevels,
    across: &AxisLevels,
    points: &[PointSummary],
    (left, right): (i32, i32),
) {
    let widest = down.levels.iter().map(|level| width(&level.label, LABEL)).max().unwrap_or(0);
    let left = left + widest.min((right - left) / 3) + 80;
    let (rows, columns) = (down.levels.len() as i32, across.levels.len() as i32);
    let tall = (9_000 / rows).clamp(60, 420);
    let (top, step) = (canvas.y, (right - left).max(columns) / columns);
    let mut letterings = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let (row, column) = (at as i32 / columns, at as i32 % columns);
        let (x, y) = (left + column * step, top + row * tall);
        let Some(spread) = point.figures.get(figure) else { continue };
        let shade = scale.shade(spread.mean);
        canvas.area(Ink::Wait, shade, vec![(x, y), (x + step, y), (x + step, y + tall), (x, y + tall)]);
        let text = units::value(figure, spread.mean);
        let has_dot = point.verdict.is_some() && tall >= 160 && step >= 240;
        let room = step - if has_dot { 280 } else { 60 };
        if width(&text, TEXT) <= room && tall >= 170 {
            let ink = if shade < 55 { Ink::Strong } else { Ink::Paper };
            letterings.push((text, ink, (x + step / 2, y + tall / 2 + TEXT.drop())));
        }
        if has_dot {
            // A ground of paper, so that the dot can be told from any shade.
            canvas.dot((Ink::Paper, true), (x + step - 90, y + tall / 2), 52);
            canvas.dot(dot(point), (x + step - 90, y + tall / 2), 34);
        }
    }
    for (text, ink, place) in letterings {
        canvas.text(&text, TEXT, ink, place, HPos::Center);
    }
    let mut free_from = i32::MIN;
    for (row, level) in down.levels.iter().enumerate() {
        let middle = top + row as i32 * tall + tall / 2;
        if middle >= free_from {
            let label = crate::lettering::shorten(&level.label, LABEL, (right - left) / 2);
            canvas.text(&label, LABEL, Ink::Soft, (left - 60, middle + LABEL.drop()), HPos::Right);
            free_from = middle + 140;
        }
    }
    canvas.y = top + rows * tall;
    let labels: Vec<(i32, String)> = across
        .levels
        .iter()
        .enumerate()
        .map(|(column, level)| (left + column as i32 * step + step / 2, level.label.clone()))
        .collect();
    canvas.labels_below(&labels, LABEL);
}

//! Pictures of a sweep: a figure over one axis, two or three, and what its points trade for one another.
//!
//! One axis: a line with the 95 % interval of the mean and the range that nine of ten replications keep to.
//! Two: a heat map, each cell with its value. Three: a heat map for each level of the first axis, all in one
//! scale. A front: two figures of which less is better, and the points that no other beats in both.
//! Filled dots stand where every check passes, open ones where one does not.

mod canvas;
mod front;
mod heat;
mod line;

use std::fmt;

use plimsoll_core::experiment::{PointSummary, SweepSummary};
use plimsoll_core::report::Verdict;
use plimsoll_core::report::units::{self, Unit};

use crate::axis::ValueAxis;
use crate::lettering::Face;
use crate::palette::Ink;
use crate::style::Style;
use crate::svg::{self, Identity};
use canvas::Canvas;

/// Lettering of titles, of text, and of labels.
const TITLE: Face = Face::bold(175);
const TEXT: Face = Face::regular(130);
const LABEL: Face = Face::regular(110);

/// Why a sweep cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undrawable(pub(crate) String);

impl fmt::Display for Undrawable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Undrawable {}

/// Draws a figure over the axes of a grid: a complete SVG document.
pub fn render_sweep(summary: &SweepSummary, figure: &str, style: &Style) -> Result<String, Undrawable> {
    let levels: Vec<usize> = summary.axes.iter().map(|axis| axis.levels.len()).collect();
    let whole = !levels.is_empty() && levels.iter().product::<usize>() == summary.points.len();
    if !whole || levels.contains(&0) {
        return Err(Undrawable("a sample of points has no picture over its axes; a grid has".to_owned()));
    }
    if !summary.points.iter().any(|point| point.figures.contains_key(figure)) {
        return Err(Undrawable(format!("no point has the figure `{figure}`")));
    }
    let mut canvas = Canvas::new(*style);
    let words = capitalised(&units::words(figure));
    heading(&mut canvas, summary, &words);
    let description = match levels.len() {
        1 => line::draw(&mut canvas, summary, figure),
        2 => heat::draw(&mut canvas, summary, figure),
        3 => heat::draw_several(&mut canvas, summary, figure),
        more => return Err(Undrawable(format!("a picture has up to three axes, and the sweep {more}"))),
    };
    Ok(finish(canvas, summary, style, figure, &words, &description))
}

/// Draws what the points trade: `cost` to the right, `loss` upwards, less of both being better.
pub fn render_front(
    summary: &SweepSummary,
    cost: &str,
    loss: &str,
    style: &Style,
) -> Result<String, Undrawable> {
    if !summary
        .points
        .iter()
        .any(|point| point.figures.contains_key(cost) && point.figures.contains_key(loss))
    {
        return Err(Undrawable(format!("no point has both `{cost}` and `{loss}`")));
    }
    let mut canvas = Canvas::new(*style);
    let words = format!("{} against {}", capitalised(&units::words(loss)), units::words(cost));
    heading(&mut canvas, summary, &words);
    let description = front::draw(&mut canvas, summary, cost, loss);
    Ok(finish(canvas, summary, style, &format!("{loss}-{cost}"), &words, &description))
}

/// What is shown, of which scenario.
fn heading(canvas: &mut Canvas, summary: &SweepSummary, words: &str) {
    if canvas.style.plots_only {
        return;
    }
    canvas.paragraph(&summary.scenario, TITLE, Ink::Strong, 230);
    if let Some(variant) = &summary.variant {
        canvas.paragraph(&format!("Variant {variant}"), TEXT, Ink::Soft, 190);
    }
    canvas.paragraph(words, Face::bold(130), Ink::Strong, 200);
}

/// The origin, and the document around it all.
fn finish(
    mut canvas: Canvas,
    summary: &SweepSummary,
    style: &Style,
    figure: &str,
    words: &str,
    description: &str,
) -> String {
    if !style.plots_only {
        canvas.y += 60;
        canvas.paragraph(description, TEXT, Ink::Soft, 180);
        let origin = format!(
            "{} points · {} replications each · seed {} · Plimsoll {}",
            summary.points.len(),
            summary.replications,
            summary.seed,
            summary.engine_version
        );
        canvas.y += 40;
        canvas.paragraph(&origin, Face::regular(105), Ink::Soft, 160);
    }
    let identity = Identity {
        id: format!(
            "pl-sweep-{}",
            figure.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>()
        ),
        title: format!("{words}: {}", summary.scenario),
        description: description.to_owned(),
        origin: serde_json::json!({
            "generator": "Plimsoll",
            "engineVersion": summary.engine_version,
            "figure": figure,
            "scenario": summary.scenario,
            "variant": summary.variant,
            "seed": summary.seed.to_string(),
            "replications": summary.replications,
        })
        .to_string(),
    };
    let (size, body) = canvas.finish();
    svg::document(&identity, size, style.theme, &body)
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A value axis for values of a figure in thousandths, the largest given.
fn value_axis(figure: &str, highest: i64, room: i32) -> ValueAxis {
    match Unit::of(figure) {
        Unit::Seconds => ValueAxis::durations(0, highest, room),
        Unit::Share => ValueAxis::share(room),
        Unit::Bytes | Unit::Number => ValueAxis::counts(highest, room),
    }
}

/// In thousandths, within what can be drawn.
fn thousandths(value: f64) -> i64 {
    (value * 1_000.0).round().clamp(0.0, 1e18) as i64
}

/// The ink of a point, and whether its dot is filled.
fn dot(point: &PointSummary) -> (Ink, bool) {
    match point.verdict {
        Some(Verdict::Pass) => (Ink::Succeeded, true),
        Some(Verdict::Fail) => (Ink::Failed, false),
        Some(Verdict::Undecided) => (Ink::Pending, false),
        None => (Ink::Running, true),
    }
}

/// What dots mean, where there are checks.
fn key(summary: &SweepSummary) -> &'static str {
    match summary.points.iter().any(|point| point.verdict.is_some()) {
        true => " Filled dots: every check passes. Open dots: one fails or is undecided.",
        false => "",
    }
}

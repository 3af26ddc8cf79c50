//! Thumbnails: a run at a glance, small enough for a gallery.

use std::fmt::Write as _;

use plimsoll_core::report::{Report, TroubleKind};

use crate::palette::Ink;
use crate::readings::Readings;
use crate::style::Theme;

const WIDTH: i64 = 160;
const HEIGHT: i64 = 48;
/// Points of the line; more than two a pixel show nothing.
const POINTS: i64 = 80;

/// The pods that run over time, with strips where launches fail or services are down: an SVG of 160 by 48 that
/// wears the page's colours.
#[must_use]
pub fn thumbnail(report: &Report) -> String {
    let readings = Readings::new(report);
    let length = readings.length.max(1);
    let samples = readings.level("pods.running").unwrap_or_default();
    let top = samples.iter().map(|sample| sample.value).max().unwrap_or(0).max(1);
    let x = |at: i64| at * WIDTH / length;
    let y = |value: i64| HEIGHT - 2 - value * (HEIGHT - 6) / top;
    let mut line = String::new();
    let mut last = -1;
    for sample in &samples {
        let slot = sample.at * POINTS / length;
        if slot > last {
            last = slot;
            let _ = write!(
                line,
                "{}{} {}",
                if line.is_empty() { "M" } else { "L" },
                x(sample.at),
                y(sample.value)
            );
        }
    }
    let mut strips = String::new();
    for trouble in &report.troubles {
        let ink = match trouble.kind {
            TroubleKind::LaunchesFail | TroubleKind::ServiceDown => Ink::Failed,
            _ => Ink::PendingArea,
        };
        let milliseconds = |seconds: f64| (seconds * 1_000.0) as i64;
        let (from, until) = (x(milliseconds(trouble.from_seconds)), x(milliseconds(trouble.until_seconds)));
        let width = (until - from).max(1);
        let _ = write!(
            strips,
            "<rect x=\"{from}\" y=\"0\" width=\"{width}\" height=\"{HEIGHT}\" opacity=\".25\" fill=\"{}\"/>",
            ink.mark(Theme::Auto)
        );
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" aria-hidden=\"true\">{strips}\
         <path d=\"{line}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/></svg>\n",
        Ink::Running.mark(Theme::Auto)
    )
}

//! Thumbnails: what a report looks like from afar, for galleries. Marks alone, no words: those stand beside it.

use plimsoll_core::report::Report;

use crate::drawing;
use crate::figure::Figure;
use crate::layout::Layout;
use crate::panel::{Panel, panels};
use crate::readings::Readings;
use crate::style::Theme;
use crate::svg;

/// Width and height in tenths of a pixel.
const SIZE: (i32, i32) = (2_000, 640);

/// Draws the panel that a report is about: the chance of running out of memory where there is one, else pods.
///
/// The drawing is decorative, and says so to readers of the screen. Its colours are CSS variables, as those of
/// [`Theme::Auto`] are. Empty where the report has no series.
#[must_use]
pub fn thumbnail(report: &Report) -> String {
    let readings = Readings::new(report);
    let first = |figure| panels(&readings, figure).into_iter().next();
    let found: Option<Panel> = [Figure::Memory, Figure::Pods, Figure::Overview].into_iter().find_map(first);
    let Some(panel) = found else { return String::new() };
    svg::bare_document(SIZE, &drawing::marks(&Layout::bare(&readings, panel, SIZE), Theme::Auto))
}

//! Pictures of a [`Report`]: the same SVG, byte for byte, from the command line and in the browser.
//!
//! ```text
//! Report ──readings──▶ integers ──panel──▶ plots, marks, words ──layout──▶ places ──drawing──▶ plotters ──svg──▶ text
//! ```
//!
//! [`render`] is a pure function: no file, no clock, no system font, and after the first step no float
//! either. A figure is a stack of panels over one time axis. Lines are named where they end rather than
//! in a legend; notes are numbered discs whose texts stand underneath. plotters maps coordinates, draws
//! axes, lines and areas; its drawing backend is our own, since the stock ones measure text through
//! the browser's document, have neither names nor titles, and write every point as two decimals.
//!
//! # Invariants
//!
//! - The same report, figure and style give the same bytes on every target.
//! - Every figure has a name, a description, and its origin as JSON in `<metadata>`.
//! - No lettering runs out of the sheet or into other lettering; whatever the report, nothing panics.
//! - No colour speaks alone: every series has a label, and its own dash or width in its panel.
//!
//! [`Report`]: plimsoll_core::report::Report

mod axis;
mod caption;
mod clock;
mod decimate;
mod drawing;
mod figure;
mod frame;
mod layout;
mod lettering;
mod notes;
mod number;
mod palette;
mod panel;
mod placement;
mod readings;
mod snippet;
mod style;
mod svg;
mod sweep;
mod thumbnail;

use plimsoll_core::report::Report;

pub use caption::{caption, summary_sentence};
pub use figure::{Figure, UnknownFigure};
pub use frame::{Frame, PlotFrame};
pub use lettering::{FONT, FONT_FAMILY};
pub use palette::css_variables;
pub use snippet::{Snippet, file_stem, snippet};
pub use style::{NARROWEST_PX, Style, Theme, WIDEST_PX};
pub use sweep::{Undrawable, render_front, render_sweep};
pub use thumbnail::thumbnail;

use layout::Layout;
use readings::Readings;
use svg::Identity;

/// Draws the same figure of two reports side by side, on axes that both share, so that what differs is what
/// happened.
#[must_use]
pub fn render_pair(base: &Report, other: &Report, figure: Figure, style: &Style) -> String {
    let half = Style { width_px: (style.width_px / 2).max(NARROWEST_PX), ..*style };
    let sides = [Readings::new(base), Readings::new(other)];
    let layouts = [
        Layout::beside(&sides[0], Some(&sides[1]), figure, half),
        Layout::beside(&sides[1], Some(&sides[0]), figure, half),
    ];
    let (width, left, right) = (layouts[0].size().0, layouts[0].size().1, layouts[1].size().1);
    let shift = width / 10;
    let body = format!(
        "{}<g transform=\"translate({shift} 0)\">\n{}</g>\n",
        drawing::draw(&layouts[0], style.theme),
        drawing::draw(&layouts[1], style.theme)
    );
    let name = |report: &Report| report.variant.clone().unwrap_or_else(|| report.scenario.name.clone());
    let title = format!("{}: {} beside {}", figure.title(), name(base), name(other));
    let description = format!(
        "Left: {} {} Right: {} {}",
        caption(base, figure),
        caption::sentences(layouts[0].panels()),
        caption(other, figure),
        caption::sentences(layouts[1].panels())
    );
    let identity = Identity::of_report(other, figure, title, description);
    svg::document(&identity, (2 * width, left.max(right)), style.theme, &body)
}

/// Draws a picture: a complete SVG document that needs nothing else.
#[must_use]
pub fn render(report: &Report, figure: Figure, style: &Style) -> String {
    render_on_axes_of(report, None, figure, style)
}

/// The same on axes that the other report fits on too, so that whoever shows the one after the other, or lays a
/// line of the one over the other, compares like with like.
#[must_use]
pub fn render_on_axes_of(report: &Report, other: Option<&Report>, figure: Figure, style: &Style) -> String {
    draw_on_axes_of(report, other, figure, style).svg
}

/// A picture with all that stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What [`render_on_axes_of`] gives.
    pub svg: String,
    /// What [`caption()`] gives.
    pub caption: String,
    /// What [`summary_sentence`] gives.
    pub sentence: String,
    /// What [`Frame::on_axes_of`] gives.
    pub frame: Frame,
}

/// The picture of [`render_on_axes_of`], its words and its frame, from one layout: for whoever wants all of them at
/// once.
#[must_use]
pub fn draw_on_axes_of(report: &Report, other: Option<&Report>, figure: Figure, style: &Style) -> Drawn {
    let readings = Readings::new(report);
    let layout = Layout::beside(&readings, other.map(Readings::new).as_ref(), figure, *style);
    let title = format!("{}: {}", figure.title(), report.scenario.name);
    let (caption, sentence) = (caption::of(&readings, figure), caption::sentences(layout.panels()));
    let identity = Identity::of_report(report, figure, title, format!("{caption} {sentence}"));
    let svg = svg::document(&identity, layout.size(), style.theme, &drawing::draw(&layout, style.theme));
    Drawn { svg, caption, sentence, frame: Frame::of(&layout) }
}

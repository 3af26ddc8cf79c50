//! The frame of a figure: where instants and values lie, for who draws a layer of their own over it.
//!
//! The page's cursor, read-outs and brush stand on this. Coordinates are those of the picture's view
//! box, in pixels; they serve interaction only and never enter a picture.

use plimsoll_core::report::Report;

use crate::figure::Figure;
use crate::layout::Layout;
use crate::readings::Readings;
use crate::style::Style;

/// Where the plots of a figure are.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Width of the view box.
    pub width: f64,
    /// Height of the view box.
    pub height: f64,
    /// Left edge of all plots.
    pub left: f64,
    /// Right edge of all plots.
    pub right: f64,
    /// Seconds after the report's start at the right edge; at the left edge it is 0.
    pub seconds: f64,
    /// The plots, from top to bottom.
    pub plots: Vec<PlotFrame>,
}

/// Where one plot is.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotFrame {
    /// The panel it belongs to, by the name of the figure that shows it alone.
    pub panel: &'static str,
    /// Its upper edge.
    pub top: f64,
    /// Its lower edge.
    pub bottom: f64,
    /// The value at its lower edge.
    pub low: f64,
    /// The value at its upper edge.
    pub high: f64,
    /// Equal distances mean equal ratios.
    pub logarithmic: bool,
}

impl Frame {
    /// The frame of the picture that [`crate::render`] draws of the same.
    #[must_use]
    pub fn new(report: &Report, figure: Figure, style: &Style) -> Self {
        Self::on_axes_of(report, None, figure, style)
    }

    /// The frame of the picture that [`crate::render_on_axes_of`] draws of the same.
    #[must_use]
    pub fn on_axes_of(report: &Report, other: Option<&Report>, figure: Figure, style: &Style) -> Self {
        let other = other.map(Readings::new);
        Self::of(&Layout::beside(&Readings::new(report), other.as_ref(), figure, *style))
    }

    /// The frame of a figure that has been laid out.
    pub(crate) fn of(layout: &Layout) -> Self {
        let pixels = |tenths: i32| f64::from(tenths) / 10.0;
        let plots = layout.stack.iter().flat_map(|placed| {
            placed.panel.plots.iter().zip(&placed.plots).map(|(plot, place)| PlotFrame {
                panel: placed.panel.name,
                top: pixels(place.top),
                bottom: pixels(place.bottom),
                low: plot.axis.low() as f64 / 1_000.0,
                high: plot.axis.high() as f64 / 1_000.0,
                logarithmic: plot.axis.is_logarithmic(),
            })
        });
        Self {
            width: pixels(layout.size().0),
            height: pixels(layout.size().1),
            left: pixels(layout.sides.0),
            right: pixels(layout.sides.1),
            seconds: layout.time.ends().1 as f64 / 1_000.0,
            plots: plots.collect(),
        }
    }

    /// Where an instant lies.
    #[must_use]
    pub fn x(&self, seconds: f64) -> f64 {
        self.left + (seconds / self.seconds).clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// The instant at a place; beyond the plots it is the first or the last.
    #[must_use]
    pub fn seconds_at(&self, x: f64) -> f64 {
        ((x - self.left) / (self.right - self.left)).clamp(0.0, 1.0) * self.seconds
    }
}

impl PlotFrame {
    /// Where a value lies.
    #[must_use]
    pub fn y(&self, value: f64) -> f64 {
        let part = if self.logarithmic {
            let log = |value: f64| libm::log10(value.max(self.low));
            (log(value) - log(self.low)) / (log(self.high) - log(self.low))
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.bottom - part.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

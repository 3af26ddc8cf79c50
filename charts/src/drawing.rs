//! The drawing: a layout through plotters onto the sheet.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, ShapeStyle, TRANSPARENT, TextStyle};

use crate::axis::{TimeAxis, ValueAxis};
use crate::decimate::decimate;
use crate::layout::{
    AXIS_FACE, AXIS_HEIGHT, Anchor, END_FACE, END_GAP, Layout, Lettering, PANEL_FACE, PlacedPanel,
    PlacedPlot, SUBTITLE_FACE, SUBTITLE_GAP,
};
use crate::lettering::{FONT_FAMILY, Face};
use crate::notes::{DISC_FACE, DISC_RADIUS, reach};
use crate::palette::Ink;
use crate::panel::{Course, Mark, Plot};
use crate::readings::Sample;
use crate::style::Theme;
use crate::svg::{Run, SvgBackend};

type Drawn = Result<(), DrawingAreaErrorKind<Infallible>>;
type Sheet = DrawingArea<SvgBackend, Shift>;
type Chart<'a> = ChartContext<'a, SvgBackend, Cartesian2d<TimeAxis, ValueAxis>>;

/// Draws a layout; returns the body of an SVG document.
pub(crate) fn draw(layout: &Layout, theme: Theme) -> String {
    body(layout, theme, Drawing::everything)
}

/// Draws the marks of a layout and nothing else.
pub(crate) fn marks(layout: &Layout, theme: Theme) -> String {
    body(layout, theme, Drawing::marks)
}

fn body<'l>(layout: &'l Layout, theme: Theme, content: impl FnOnce(&Drawing<'l>) -> Drawn) -> String {
    let (width, height) = layout.size();
    let backend =
        Rc::new(RefCell::new(SvgBackend::new((width.unsigned_abs(), height.unsigned_abs()), theme)));
    let drawing = Drawing { sheet: Sheet::from(&backend), backend, layout };
    content(&drawing).expect("drawing into memory cannot fail");
    drawing.backend.borrow_mut().take_body()
}

struct Drawing<'l> {
    sheet: Sheet,
    /// The sheet's own, for groups, of which plotters knows nothing.
    backend: Rc<RefCell<SvgBackend>>,
    layout: &'l Layout,
}

impl Drawing<'_> {
    fn everything(&self) -> Drawn {
        self.sheet.fill(&Ink::Paper.color())?;
        let plots = self.layout.stack.iter().map(|placed| placed.plots.len()).sum::<usize>();
        let mut drawn = 0;
        for placed in &self.layout.stack {
            self.group(&format!("pl-panel pl-panel-{}", placed.panel.name), || {
                self.heading(placed);
                for (plot, place) in placed.panel.plots.iter().zip(&placed.plots) {
                    drawn += 1;
                    self.plot(plot, place, drawn == 1, drawn == plots)?;
                }
                Ok(())
            })?;
        }
        self.group("pl-notes", || self.notes())?;
        self.group("pl-text", || {
            self.layout.letterings.iter().try_for_each(|lettering| self.lettering(lettering))
        })
    }

    fn marks(&self) -> Drawn {
        let (left, right) = self.layout.sides;
        for placed in &self.layout.stack {
            for (plot, PlacedPlot { top, bottom, .. }) in placed.panel.plots.iter().zip(&placed.plots) {
                let area = self.sheet.clone().shrink((left, *top), (right - left, bottom - top));
                let axes = (self.layout.time.clone(), plot.axis.clone());
                let mut chart = ChartBuilder::on(&area).build_cartesian_2d(axes.0, axes.1)?;
                plot.marks.iter().try_for_each(|mark| self.mark(&mut chart, mark))?;
            }
        }
        Ok(())
    }

    fn group(&self, class: &str, content: impl FnOnce() -> Drawn) -> Drawn {
        self.backend.borrow_mut().open_group(class);
        content()?;
        self.backend.borrow_mut().close_group();
        Ok(())
    }

    /// One text of two faces, which a reader's own typeface cannot push into one another: plotters has
    /// no such thing.
    fn heading(&self, PlacedPanel { panel, heading, .. }: &PlacedPanel) {
        let subtitle = heading.subtitle.as_deref().map(|subtitle| Run {
            text: subtitle,
            face: SUBTITLE_FACE,
            ink: Ink::Soft,
        });
        let title = Run { text: panel.title, face: PANEL_FACE, ink: Ink::Strong };
        self.backend.borrow_mut().draw_runs(
            (self.layout.margin, heading.baseline),
            title,
            SUBTITLE_GAP,
            subtitle,
        );
    }

    fn plot(&self, plot: &Plot, place: &PlacedPlot, is_first: bool, is_last: bool) -> Drawn {
        let layout = self.layout;
        let ((left, right), PlacedPlot { top, bottom, ends }) = (layout.sides, place);
        let axis_height = if is_last { AXIS_HEIGHT } else { 0 };
        // plotters takes the last pixel of a range to lie outside.
        let size = (right - layout.margin + 1, bottom - top + axis_height + 1);
        let area = self.sheet.clone().shrink((layout.margin, *top), size);
        let mut chart = ChartBuilder::on(&area)
            .set_label_area_size(LabelAreaPosition::Left, left - layout.margin)
            .set_label_area_size(LabelAreaPosition::Bottom, axis_height)
            .build_cartesian_2d(layout.time.clone(), plot.axis.clone())?;

        mesh(&mut chart, is_last)?;
        self.hairlines(place, is_first)?;
        for mark in &plot.marks {
            self.mark(&mut chart, mark)?;
        }
        for placed in ends {
            if (placed.line_y - placed.label_y).abs() > 30 {
                let leader = vec![(right + 40, placed.line_y), (right + END_GAP - 30, placed.label_y)];
                self.sheet.draw(&PathElement::new(leader, stroke(Ink::Leader, 10)))?;
            }
            let (ink, x) = (placed.end.ink, right + END_GAP);
            self.text(&placed.end.text, END_FACE, ink, (x, placed.label_y), (HPos::Left, VPos::Center))?;
        }
        Ok(())
    }

    /// Where notes apply, and where days begin.
    fn hairlines(&self, PlacedPlot { top, bottom, .. }: &PlacedPlot, is_first: bool) -> Drawn {
        let layout = self.layout;
        for midnight in layout.time.midnights() {
            let x = layout.time.x(midnight, layout.sides);
            self.sheet.draw(&PathElement::new(vec![(x, *top), (x, *bottom)], stroke(Ink::Grid, 10)))?;
        }
        let hairlines =
            || layout.notes.discs.iter().flat_map(|disc| disc.hairlines.iter().map(move |&x| (disc, x)));
        for (disc, x) in hairlines().filter(|_| is_first) {
            let from = (x.clamp(disc.x - disc.reach, disc.x + disc.reach), layout.notes.row_y + DISC_RADIUS);
            self.sheet.draw(&PathElement::new(vec![from, (x, *top)], stroke(Ink::Leader, 10)))?;
        }
        for (_, x) in hairlines() {
            self.sheet.draw(&PathElement::new(vec![(x, *top), (x, *bottom)], stroke(Ink::Note, 10)))?;
        }
        Ok(())
    }

    fn mark(&self, chart: &mut Chart<'_>, mark: &Mark) -> Drawn {
        match mark {
            Mark::Band { ink, percent, upper, lower } => {
                let mut outline = self.points(upper, Course::Straight);
                outline.extend(self.points(lower, Course::Straight).into_iter().rev());
                let style = ink.color().mix(f64::from(*percent) / 100.0).filled();
                chart.draw_series(std::iter::once(Polygon::new(outline, style)))?;
            }
            Mark::Line { ink, width, runs, course } => {
                for run in runs {
                    chart.draw_series(LineSeries::new(self.points(run, *course), stroke(*ink, *width)))?;
                }
                if let Some(last) = runs.last().and_then(|run| run.last()) {
                    let dot = Circle::new((last.at, last.value), width + 8, ink.color().filled());
                    chart.draw_series(std::iter::once(dot))?;
                }
            }
            Mark::Bars { ink, bars } => {
                let style = ink.color().filled();
                let rectangle = |bar: &crate::panel::Bar| {
                    Rectangle::new([(bar.from, bar.low), (bar.to, bar.high)], style)
                };
                chart.draw_series(bars.iter().map(rectangle))?;
            }
        }
        Ok(())
    }

    /// As many of the samples as can be seen, in axis coordinates, with the corners of steps.
    fn points(&self, samples: &[Sample], course: Course) -> Vec<(i64, i64)> {
        let (left, right) = self.layout.sides;
        let kept = decimate(samples, self.layout.time.ends(), (right - left) / 10);
        let mut points: Vec<(i64, i64)> = Vec::with_capacity(kept.len());
        for Sample { at, value } in kept {
            let level =
                points.last().map(|last| last.1).filter(|&last| course == Course::Steps && last != value);
            points.extend(level.map(|level| (at, level)));
            points.push((at, value));
        }
        points
    }

    fn notes(&self) -> Drawn {
        let notes = &self.layout.notes;
        for disc in &notes.discs {
            self.disc(&disc.text, (disc.x, notes.row_y), disc.reach, disc.is_observed)?;
        }
        for (text, place, is_observed) in &notes.listed {
            self.disc(text, *place, reach(text), *is_observed)?;
        }
        Ok(())
    }

    /// A disc with a number: filled, or open for what was observed.
    fn disc(&self, text: &str, (x, y): (i32, i32), reach: i32, is_observed: bool) -> Drawn {
        let shape = |ink: Ink, radius: i32| -> Drawn {
            if reach == 0 {
                return self.sheet.draw(&Circle::new((x, y), radius, ink.color().filled()));
            }
            // Round ends and the stretch between them.
            let bar = [(x - reach, y - radius), (x + reach, y + radius)];
            self.sheet.draw(&Circle::new((x - reach, y), radius, ink.color().filled()))?;
            self.sheet.draw(&Circle::new((x + reach, y), radius, ink.color().filled()))?;
            self.sheet.draw(&Rectangle::new(bar, ink.color().filled()))
        };
        shape(Ink::Soft, DISC_RADIUS)?;
        if is_observed {
            shape(Ink::Paper, DISC_RADIUS - 14)?;
        }
        let ink = if is_observed { Ink::Soft } else { Ink::Paper };
        self.text(text, DISC_FACE, ink, (x, y), (HPos::Center, VPos::Center))
    }

    fn lettering(&self, lettering: &Lettering) -> Drawn {
        let h_pos = match lettering.anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
        };
        let place = (lettering.x, lettering.baseline);
        self.text(&lettering.text, lettering.face, lettering.ink, place, (h_pos, VPos::Bottom))
    }

    fn text(
        &self,
        text: &str,
        face: Face,
        ink: Ink,
        place: (i32, i32),
        (h_pos, v_pos): (HPos, VPos),
    ) -> Drawn {
        self.sheet.draw_text(text, &text_style(face, ink).pos(Pos::new(h_pos, v_pos)), place)
    }
}

/// Lines across the plot with their labels, and under the last plot the clock.
fn mesh(chart: &mut Chart<'_>, is_last: bool) -> Drawn {
    let labels = text_style(AXIS_FACE, Ink::Soft);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .axis_style(TRANSPARENT)
        .light_line_style(TRANSPARENT)
        .bold_line_style(stroke(Ink::Grid, 10))
        .set_all_tick_mark_size(40)
        .y_label_style(labels.clone())
        .draw()?;
    if is_last {
        chart
            .configure_mesh()
            .disable_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .axis_style(stroke(Ink::Rule, 10))
            .set_all_tick_mark_size(40)
            .x_label_style(labels)
            .draw()?;
    }
    Ok(())
}

fn stroke(ink: Ink, width: u32) -> ShapeStyle {
    ink.color().stroke_width(width)
}

fn text_style(face: Face, ink: Ink) -> TextStyle<'static> {
    let weight = if face.bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::Name(FONT_FAMILY), f64::from(face.size), weight);
    TextStyle { font, color: ink.color().to_backend_color(), pos: Pos::default() }
}

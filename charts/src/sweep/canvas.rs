//! A sheet that grows downwards, in tenths of a pixel.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, TextStyle};

use crate::lettering::{FONT_FAMILY, Face, width, within_room, wrap};
use crate::palette::Ink;
use crate::style::Style;
use crate::svg::SvgBackend;

type Sheet = DrawingArea<SvgBackend, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<Infallible>>;

/// Higher than any picture of a sweep.
const HIGHEST: u32 = 200_000;

/// A sheet in the making; what is above `y` is taken.
pub(super) struct Canvas {
    pub(super) style: Style,
    pub(super) margin: i32,
    pub(super) width: i32,
    pub(super) y: i32,
    sheet: Sheet,
    backend: Rc<RefCell<SvgBackend>>,
}

impl Canvas {
    pub(super) fn new(style: Style) -> Self {
        let width = style.tenths();
        let margin = if width < 5_600 { 120 } else { 180 };
        let size = (width.unsigned_abs(), HIGHEST);
        let backend = Rc::new(RefCell::new(SvgBackend::new(size, style.theme)));
        Self { style, margin, width, y: margin, sheet: Sheet::from(&backend), backend }
    }

    /// A text over the whole width.
    pub(super) fn paragraph(&mut self, text: &str, face: Face, ink: Ink, line_height: i32) {
        for line in wrap(text, face, within_room(self.width - 2 * self.margin)) {
            let place = (self.margin, self.y + line_height / 2 + face.drop());
            self.text(&line, face, ink, place, HPos::Left);
            self.y += line_height;
        }
    }

    /// A text whose baseline stands at `place`.
    pub(super) fn text(&self, text: &str, face: Face, ink: Ink, place: (i32, i32), at: HPos) {
        let weight = if face.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name(FONT_FAMILY), f64::from(face.size), weight);
        let pos = Pos::new(at, VPos::Bottom);
        let style = TextStyle { font, color: ink.color().to_backend_color(), pos };
        done(self.sheet.draw_text(text, &style, place));
    }

    pub(super) fn line(&self, ink: Ink, thickness: u32, points: Vec<(i32, i32)>) {
        done(self.sheet.draw(&PathElement::new(points, ink.color().stroke_width(thickness))));
    }

    pub(super) fn area(&self, ink: Ink, percent: i32, outline: Vec<(i32, i32)>) {
        let style = ink.color().mix(f64::from(percent) / 100.0).filled();
        done(self.sheet.draw(&Polygon::new(outline, style)));
    }

    /// A dot, filled or open.
    pub(super) fn dot(&self, (ink, is_filled): (Ink, bool), at: (i32, i32), radius: u32) {
        let style = if is_filled { ink.color().filled() } else { ink.color().stroke_width(14) };
        done(self.sheet.draw(&Circle::new(at, radius, style)));
    }

    /// Labels under a plot, each in the middle below its place, those left out that would run into another.
    pub(super) fn labels_below(&mut self, labels: &[(i32, String)], face: Face) {
        let baseline = self.y + 60 + face.size;
        let mut free_from = i32::MIN;
        for (x, label) in labels {
            let half = width(label, face) / 2;
            let x = (*x).clamp(self.margin + half, (self.width - self.margin - half).max(self.margin + half));
            if x - half >= free_from {
                self.text(label, face, Ink::Soft, (x, baseline), HPos::Center);
                free_from = x + half + 80;
            }
        }
        self.y = baseline + 60;
    }

    /// The size and the body.
    pub(super) fn finish(self) -> ((i32, i32), String) {
        // How high the paper is turns out at the end; it lies under everything.
        let height = (self.y + self.margin + 9) / 10 * 10;
        let body = self.backend.borrow_mut().take_body();
        let size = (self.width.unsigned_abs(), height.unsigned_abs());
        let paper = Rc::new(RefCell::new(SvgBackend::new(size, self.style.theme)));
        done(Sheet::from(&paper).fill(&Ink::Paper.color()));
        let ground = paper.borrow_mut().take_body();
        ((self.width, height), ground + &body)
    }
}

/// Drawing into memory cannot fail.
fn done(drawn: Drawn) {
    drawn.expect("drawing into memory cannot fail");
}

//! Our drawing backend for plotters.
//!
//! plotters thinks in whole pixels and plain colours. It is told that the sheet is ten times as large
//! as it is, so that its pixels are tenths, and that colours are the numbers of inks. Strokes, or areas,
//! that follow one another in the same ink become one path, which keeps grids, bars and broken lines
//! small.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};

use super::{coordinate, escaped};
use crate::lettering::{self, Face};
use crate::palette::Ink;
use crate::style::Theme;

/// Drawing into memory cannot fail.
type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// The body of an SVG document in the making.
pub(crate) struct SvgBackend {
    size: (u32, u32),
    theme: Theme,
    body: String,
    path: Option<Path>,
}

/// A text in one face.
pub(crate) struct Run<'t> {
    pub(crate) text: &'t str,
    pub(crate) face: Face,
    pub(crate) ink: Ink,
}

/// A path that may still grow.
struct Path {
    kind: Kind,
    ink: Ink,
    percent: u32,
    data: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stroke { width: u32 },
    Area,
}

impl SvgBackend {
    /// An empty sheet of so many tenths of a pixel.
    pub(crate) fn new(size: (u32, u32), theme: Theme) -> Self {
        Self { size, theme, body: String::new(), path: None }
    }

    /// Opens a group, which [`SvgBackend::close_group`] ends.
    pub(crate) fn open_group(&mut self, class: &str) {
        self.end_path();
        let _ = writeln!(self.body, "<g class=\"{class}\">");
    }

    /// Ends the group opened last.
    pub(crate) fn close_group(&mut self) {
        self.end_path();
        self.body.push_str("</g>\n");
    }

    /// Draws two texts one behind the other on one line, wherever the first one ends.
    pub(crate) fn draw_runs(
        &mut self,
        place: BackendCoord,
        first: Run<'_>,
        gap: i32,
        second: Option<Run<'_>>,
    ) {
        self.end_path();
        self.begin_text(place, first.face, first.ink);
        self.body.push('>');
        escaped(&mut self.body, first.text);
        if let Some(Run { text, face, ink }) = second {
            let _ = write!(self.body, "<tspan class=\"pl-{}\" dx=\"", ink.name());
            coordinate(&mut self.body, gap);
            self.letter_attributes(face, ink);
            self.body.push('>');
            escaped(&mut self.body, text);
            self.body.push_str("</tspan>");
        }
        self.body.push_str("</text>\n");
    }

    /// Everything of a text's tag but its anchor and end.
    fn begin_text(&mut self, (x, baseline): BackendCoord, face: Face, ink: Ink) {
        let _ = write!(self.body, "<text class=\"pl-{}\" x=\"", ink.name());
        coordinate(&mut self.body, x);
        self.body.push_str("\" y=\"");
        coordinate(&mut self.body, baseline);
        self.letter_attributes(face, ink);
    }

    /// Ends an attribute, and says how the lettering looks.
    fn letter_attributes(&mut self, face: Face, ink: Ink) {
        let _ = write!(self.body, "\" fill=\"{}\" font-size=\"", ink.lettering(self.theme));
        coordinate(&mut self.body, face.size);
        let _ = write!(self.body, "\" font-weight=\"{}\"", if face.bold { 600 } else { 400 });
    }

    /// The body, as drawn so far.
    pub(crate) fn take_body(&mut self) -> String {
        self.end_path();
        std::mem::take(&mut self.body)
    }

    /// The path that continues in this ink, or a new one.
    fn path_data(&mut self, kind: Kind, ink: Ink, percent: u32) -> &mut String {
        let continues = self
            .path
            .as_ref()
            .is_some_and(|path| path.kind == kind && path.ink == ink && path.percent == percent);
        if !continues {
            self.end_path();
        }
        &mut self.path.get_or_insert_with(|| Path { kind, ink, percent, data: String::new() }).data
    }

    fn end_path(&mut self) {
        let Some(Path { kind, ink, percent, data }) = self.path.take() else { return };
        if data.is_empty() {
            return;
        }
        let (name, paint) = (ink.name(), ink.mark(self.theme));
        let _ = write!(self.body, "<path class=\"pl-{name}\" d=\"{data}\"");
        match kind {
            Kind::Area => {
                let _ = write!(self.body, " fill=\"{paint}\"");
                self.opacity("fill-opacity", percent);
            }
            Kind::Stroke { width } => {
                let _ = write!(self.body, " fill=\"none\" stroke=\"{paint}\" stroke-width=\"");
                coordinate(&mut self.body, width as i32);
                self.body.push('"');
                self.opacity("stroke-opacity", percent);
                if let Some(dash) = ink.dash() {
                    let _ = write!(self.body, " stroke-dasharray=\"{dash}\"");
                }
                let end = if ink.is_crisp() {
                    "shape-rendering=\"crispEdges\""
                } else {
                    "stroke-linejoin=\"round\""
                };
                let _ = write!(self.body, " {end}");
            }
        }
        self.body.push_str("/>\n");
    }

    fn opacity(&mut self, attribute: &str, percent: u32) {
        if percent < 100 {
            let _ = write!(self.body, " {attribute}=\".{percent:02}\"");
        }
    }
}

impl DrawingBackend for SvgBackend {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            self.fill_polygon(corners, style)
        } else {
            self.draw_path(corners.into_iter().chain([(left, top)]), style)
        }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if let Some((ink, percent)) = visible(style.color()) {
            let data = self.path_data(Kind::Stroke { width: style.stroke_width() }, ink, percent);
            write_vertices(data, path);
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vertices: I,
        style: &S,
    ) -> Drawn {
        if let Some((ink, percent)) = visible(style.color()) {
            let data = self.path_data(Kind::Area, ink, percent);
            if write_vertices(data, vertices) {
                data.push('z');
            }
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let Some((ink, _)) = visible(style.color()) else { return Ok(()) };
        self.end_path();
        let (name, paint) = (ink.name(), ink.mark(self.theme));
        let _ = write!(self.body, "<circle class=\"pl-{name}\" cx=\"");
        coordinate(&mut self.body, center.0);
        self.body.push_str("\" cy=\"");
        coordinate(&mut self.body, center.1);
        self.body.push_str("\" r=\"");
        coordinate(&mut self.body, radius as i32);
        if fill {
            let _ = writeln!(self.body, "\" fill=\"{paint}\"/>");
        } else {
            let _ = write!(
                self.body,
                "\" fill=\"{}\" stroke=\"{paint}\" stroke-width=\"",
                Ink::Paper.mark(self.theme)
            );
            coordinate(&mut self.body, style.stroke_width() as i32);
            self.body.push_str("\"/>\n");
        }
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let Some((ink, _)) = visible(style.color()) else { return Ok(()) };
        self.end_path();
        let face = face_of(style);
        let baseline = match style.anchor().v_pos {
            VPos::Top => y + face.size * 9 / 10,
            VPos::Center => y + face.drop(),
            VPos::Bottom => y,
        };
        self.begin_text((x, baseline), face, ink);
        match style.anchor().h_pos {
            HPos::Left => {}
            HPos::Center => self.body.push_str(" text-anchor=\"middle\""),
            HPos::Right => self.body.push_str(" text-anchor=\"end\""),
        }
        self.body.push('>');
        escaped(&mut self.body, text);
        self.body.push_str("</text>\n");
        Ok(())
    }

    /// Never the stock one: that asks the page's document on wasm and a crude formula elsewhere.
    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let face = face_of(style);
        Ok((lettering::width(text, face).unsigned_abs(), face.size.unsigned_abs()))
    }
}

/// The ink and its opacity in percent; `None` for one that cannot be seen.
fn visible(color: BackendColor) -> Option<(Ink, u32)> {
    let percent = (color.alpha * 100.0).round() as u32;
    (percent > 0).then(|| (Ink::of_color(color.rgb), percent.min(100)))
}

fn face_of<T: BackendTextStyle>(style: &T) -> Face {
    Face { size: style.size().round() as i32, bold: matches!(style.style(), FontStyle::Bold) }
}

/// Appends a run of vertices: the first absolute, the others as steps from vertex to vertex, and steps
/// that go on in the same direction along an axis as one. Nothing for no vertices at all.
fn write_vertices(data: &mut String, vertices: impl IntoIterator<Item = BackendCoord>) -> bool {
    let mut vertices = vertices.into_iter();
    let Some(first) = vertices.next() else { return false };
    data.push('M');
    coordinate(data, first.0);
    separate(data, first.1);
    coordinate(data, first.1);

    let mut at = first;
    let mut step = (0, 0);
    let mut command = 'M';
    for vertex in vertices {
        let next = (vertex.0 - at.0, vertex.1 - at.1);
        at = vertex;
        let onward = (step.0 == 0 && next.0 == 0 && i64::from(step.1) * i64::from(next.1) >= 0)
            || (step.1 == 0 && next.1 == 0 && i64::from(step.0) * i64::from(next.0) >= 0);
        if onward {
            step = (step.0 + next.0, step.1 + next.1);
        } else {
            write_step(data, step, &mut command);
            step = next;
        }
    }
    write_step(data, step, &mut command);
    true
}

fn write_step(data: &mut String, (x, y): (i32, i32), command: &mut char) {
    let (letter, numbers): (char, &[i32]) = match (x, y) {
        (0, 0) => return,
        (_, 0) => ('h', &[x]),
        (0, _) => ('v', &[y]),
        _ => ('l', &[x, y]),
    };
    let repeated = *command == letter;
    if !repeated {
        data.push(letter);
        *command = letter;
    }
    for (index, &number) in numbers.iter().enumerate() {
        if repeated || index > 0 {
            separate(data, number);
        }
        coordinate(data, number);
    }
}

/// A minus sign separates numbers by itself.
fn separate(data: &mut String, next: i32) {
    if next >= 0 {
        data.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(vertices: &[BackendCoord]) -> String {
        let mut data = String::new();
        write_vertices(&mut data, vertices.iter().copied());
        data
    }

    #[test]
    fn steps_along_an_axis_are_joined() {
        assert_eq!(path_of(&[(0, 10), (10, 10), (25, 10), (25, 0), (25, -5)]), "M0 1h2.5v-1.5");
        assert_eq!(path_of(&[(0, 0), (10, 0), (5, 0)]), "M0 0h1-.5");
    }

    #[test]
    fn slopes_follow_one_another_without_a_letter() {
        assert_eq!(
            path_of(&[(0, 0), (7, -3), (14, -4), (20, 1)]),
            "M0 0l.7-.3.7-.1.6.5".replace(".1.6.5", ".1 .6 .5").replace("-.3.7", "-.3 .7")
        );
    }

    #[test]
    fn a_point_or_nothing_is_no_trouble() {
        assert_eq!(path_of(&[(5, 5)]), "M.5 .5");
        assert_eq!(path_of(&[]), "");
        assert_eq!(path_of(&[(5, 5), (5, 5)]), "M.5 .5");
    }
}

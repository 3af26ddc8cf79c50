//! The layout: where everything in a figure goes, in tenths of a pixel, from top to bottom.
//!
//! ```text
//! title, variant, question, verdict
//! ┌ panel ──────────────────────────────┐
//! │ title  subtitle                     │
//! │        ①  ② ③          discs        │   over the first panel only
//! │  600 ┤ plot ────────────── 340 running
//! └─────────────────────────────────────┘   more panels
//!        18:00   20:00   …   clock, days      under the last panel only
//! notes in one or two columns
//! source, seed, digest
//! ```
//!
//! All plots share their left and right edge, which the widest labels set. Everything that is lettering
//! and not an axis label is a [`Lettering`] here, so that a test can hold them against one another.

use crate::axis::TimeAxis;
use crate::caption::NOTHING;
use crate::figure::Figure;
use crate::lettering::{Face, shorten, width, with_room, within_room, wrap};
use crate::notes::{DISC_RADIUS, Disc, Entry, Numbered, discs, entries, numbered, reach};
use crate::palette::Ink;
use crate::panel::{End, Panel, Plot, panels};
use crate::placement::{Wish, place};
use crate::readings::Readings;
use crate::style::Style;

/// Lettering of axis labels.
pub(crate) const AXIS_FACE: Face = Face::regular(110);

/// Lettering at line ends.
pub(crate) const END_FACE: Face = Face::bold(115);

/// From the right edge of a plot to the labels of its line ends.
pub(crate) const END_GAP: i32 = 120;

/// From the bottom of the last plot to its axis labels and past them.
pub(crate) const AXIS_HEIGHT: i32 = 220;

const TITLE_FACE: Face = Face::bold(175);
const TEXT_FACE: Face = Face::regular(130);
pub(crate) const PANEL_FACE: Face = Face::bold(130);
pub(crate) const SUBTITLE_FACE: Face = Face::regular(120);
const NOTE_FACE: Face = Face::regular(120);
const FOOTER_FACE: Face = Face::regular(105);

/// Between a panel's title and its subtitle.
pub(crate) const SUBTITLE_GAP: i32 = 90;

/// Height of one label at a line end.
const END_HEIGHT: i32 = 140;

/// Width from which notes go into two columns.
const TWO_COLUMNS: i32 = 6_600;

/// A panel's title, and in the same line its subtitle unless that has lines of its own.
#[derive(Clone, Debug)]
pub(crate) struct Heading {
    pub(crate) baseline: i32,
    pub(crate) subtitle: Option<String>,
}

/// A line of lettering.
#[derive(Clone, Debug)]
pub(crate) struct Lettering {
    pub(crate) x: i32,
    pub(crate) baseline: i32,
    pub(crate) text: String,
    pub(crate) face: Face,
    pub(crate) ink: Ink,
    pub(crate) anchor: Anchor,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Left,
    Middle,
}

/// A panel with its places.
pub(crate) struct PlacedPanel {
    pub(crate) panel: Panel,
    pub(crate) heading: Heading,
    pub(crate) plots: Vec<PlacedPlot>,
}

/// Where a plot is.
pub(crate) struct PlacedPlot {
    pub(crate) top: i32,
    pub(crate) bottom: i32,
    pub(crate) ends: Vec<PlacedEnd>,
}

/// A label at a line end.
pub(crate) struct PlacedEnd {
    pub(crate) end: End,
    /// Where the line ends.
    pub(crate) line_y: i32,
    /// Middle of the label.
    pub(crate) label_y: i32,
}

/// Discs of notes, over the plots and in the list.
pub(crate) struct PlacedNotes {
    /// Middle of the row over the plots.
    pub(crate) row_y: i32,
    pub(crate) discs: Vec<Disc>,
    /// Number, middle, and whether it was observed.
    pub(crate) listed: Vec<(String, (i32, i32), bool)>,
}

/// A figure with everything in its place.
pub(crate) struct Layout {
    size: (i32, i32),
    /// Left edge of the lettering.
    pub(crate) margin: i32,
    /// Left and right edge of the plots.
    pub(crate) sides: (i32, i32),
    pub(crate) time: TimeAxis,
    pub(crate) stack: Vec<PlacedPanel>,
    pub(crate) notes: PlacedNotes,
    pub(crate) letterings: Vec<Lettering>,
}

impl Layout {
    /// Lays out a figure; of one that stands beside another, values lie on the axis that both fit on.
    pub(crate) fn beside(
        readings: &Readings<'_>,
        other: Option<&Readings<'_>>,
        figure: Figure,
        style: Style,
    ) -> Self {
        let width = style.tenths();
        let mut panels = panels(readings, figure);
        if let Some(other) = other {
            share_axes(&mut panels, &self::panels(other, figure));
        }
        let margin = if width < 5_600 { 120 } else { 180 };
        let sides = sides(&mut panels, margin, width);
        let time = TimeAxis::new(&readings.clock, 0, readings.length, sides.1 - sides.0);
        let (notes, left_out) = numbered(readings);

        let mut page = Page { margin, inner: width - 2 * margin, y: margin, letterings: Vec::new() };
        if !style.plots_only {
            page.header(readings);
        }
        let no_panels = panels.is_empty();
        let hairlines: Vec<i32> = notes.iter().map(|note| on_pixel(time.x(note.at, sides))).collect();
        let discs = if no_panels { Vec::new() } else { discs(&notes, &hairlines, sides) };
        let mut row_y = 0;
        let mut stack = Vec::with_capacity(panels.len());
        for (index, panel) in panels.into_iter().enumerate() {
            let heading = page.heading(&panel);
            if index == 0 && !discs.is_empty() {
                row_y = page.y + DISC_RADIUS;
                page.y += 2 * DISC_RADIUS + 70;
            }
            stack.push(page.plots(panel, heading));
        }
        if no_panels {
            page.paragraph(NOTHING, TEXT_FACE, Ink::Soft, 180);
            page.y += 100;
        } else {
            page.time_labels(&time, sides);
        }
        let mut listed = Vec::new();
        if !style.plots_only {
            listed = page.note_list(readings, &notes, left_out);
            page.footer(readings);
        }

        let height = (page.y + margin + 9) / 10 * 10;
        let notes = PlacedNotes { row_y, discs, listed };
        Self { size: (width, height), margin, sides, time, stack, notes, letterings: page.letterings }
    }

    /// The first plot of a panel over the whole sheet, with nothing around it.
    pub(crate) fn bare(readings: &Readings<'_>, mut panel: Panel, size: (i32, i32)) -> Self {
        panel.plots.truncate(1);
        let plots = vec![PlacedPlot { top: 0, bottom: size.1, ends: Vec::new() }];
        Self {
            size,
            margin: 0,
            sides: (0, size.0),
            time: TimeAxis::new(&readings.clock, 0, readings.length, size.0),
            stack: vec![PlacedPanel { panel, heading: Heading { baseline: 0, subtitle: None }, plots }],
            notes: PlacedNotes { row_y: 0, discs: Vec::new(), listed: Vec::new() },
            letterings: Vec::new(),
        }
    }

    /// Width and height.
    pub(crate) fn size(&self) -> (i32, i32) {
        self.size
    }

    /// The panels, from top to bottom.
    pub(crate) fn panels(&self) -> impl Iterator<Item = &Panel> {
        self.stack.iter().map(|placed| &placed.panel)
    }
}

/// Gives each plot the axis of its counterpart where that reaches further.
fn share_axes(panels: &mut [Panel], others: &[Panel]) {
    for panel in panels {
        let Some(other) = others.iter().find(|other| other.name == panel.name) else { continue };
        for (plot, other) in panel.plots.iter_mut().zip(&other.plots) {
            let (own, its) = (&plot.axis, &other.axis);
            let further = its.high() - its.low() > own.high() - own.low();
            if further || (its.is_logarithmic() && !own.is_logarithmic()) {
                plot.axis = its.clone();
            }
        }
    }
}

/// Left and right edge of the plots. Labels at line ends that would take too much are shortened.
fn sides(panels: &mut [Panel], margin: i32, width_of_sheet: i32) -> (i32, i32) {
    let plots = || panels.iter().flat_map(|panel| &panel.plots);
    let labels = plots().flat_map(|plot| plot.axis.labels());
    let left = labels.map(|label| with_room(width(label, AXIS_FACE))).max().unwrap_or(0);
    let ends = plots().flat_map(|plot| &plot.ends);
    let right = ends.map(|end| with_room(width(&end.text, END_FACE))).max().unwrap_or(200);
    let most = (width_of_sheet * 22 / 100).max(1_250);
    if right > most {
        for end in panels.iter_mut().flat_map(|panel| &mut panel.plots).flat_map(|plot| &mut plot.ends) {
            end.text = shorten(&end.text, END_FACE, within_room(most));
        }
    }
    // On whole pixels, where lines are crisp.
    let left = (margin + left + 89) / 10 * 10;
    let right = (width_of_sheet - margin - right.min(most) - END_GAP) / 10 * 10;
    (left, right)
}

/// The middle of the pixel at `x`.
fn on_pixel(x: i32) -> i32 {
    x / 10 * 10 + 5
}

/// A sheet that is filled from top to bottom.
struct Page {
    margin: i32,
    inner: i32,
    /// Everything above is taken.
    y: i32,
    letterings: Vec<Lettering>,
}

impl Page {
    fn letter(&mut self, x: i32, baseline: i32, text: String, face: Face, ink: Ink) {
        self.letterings.push(Lettering { x, baseline, text, face, ink, anchor: Anchor::Left });
    }

    /// A text over the whole width, in lines of the given height.
    fn paragraph(&mut self, text: &str, face: Face, ink: Ink, line_height: i32) {
        for line in wrap(text, face, within_room(self.inner)) {
            let baseline = self.y + line_height / 2 + face.drop();
            self.letter(self.margin, baseline, line, face, ink);
            self.y += line_height;
        }
    }

    fn header(&mut self, readings: &Readings<'_>) {
        let report = readings.report;
        self.paragraph(&report.scenario.name, TITLE_FACE, Ink::Strong, 230);
        if let Some(variant) = &report.variant {
            self.paragraph(&format!("Variant {variant}"), PANEL_FACE, Ink::Soft, 190);
        }
        if let Some(question) = &report.scenario.question {
            self.paragraph(question, TEXT_FACE, Ink::Soft, 190);
        }
        self.paragraph(&report.verdict, TEXT_FACE, Ink::Strong, 190);
        self.y += 100;
    }

    fn heading(&mut self, panel: &Panel) -> Heading {
        self.y += 80;
        let baseline = self.y + 90 + PANEL_FACE.drop();
        self.y += 180;
        let line = width(panel.title, PANEL_FACE) + SUBTITLE_GAP + width(&panel.subtitle, SUBTITLE_FACE);
        let fits = line <= within_room(self.inner);
        if !fits {
            self.paragraph(&panel.subtitle, SUBTITLE_FACE, Ink::Soft, 165);
        }
        self.y += 70;
        Heading { baseline, subtitle: fits.then(|| panel.subtitle.clone()) }
    }

    fn plots(&mut self, panel: Panel, heading: Heading) -> PlacedPanel {
        let mut placed = Vec::with_capacity(panel.plots.len());
        for (index, plot) in panel.plots.iter().enumerate() {
            if index > 0 {
                self.y += 160;
            }
            // On a whole pixel.
            let top = (self.y + 9) / 10 * 10;
            let bottom = top + plot.height;
            placed.push(PlacedPlot { top, bottom, ends: place_ends(plot, top, bottom) });
            self.y = bottom;
        }
        self.y += 100;
        PlacedPanel { panel, heading, plots: placed }
    }

    /// Leaves room for the clock under the last plot, and names the days under it.
    fn time_labels(&mut self, time: &TimeAxis, sides: (i32, i32)) {
        self.y += AXIS_HEIGHT - 100;
        let days = time.days();
        let Some((first, midnights)) = days.split_first() else { return };
        let baseline = self.y + 60 + AXIS_FACE.drop();
        let right_edge = self.margin + self.inner;
        let mut free_from = i32::MIN;
        let mut first_taken = i32::MAX;
        let put = |page: &mut Self, (at, day): &(i64, String), limit: i32, free_from: i32| {
            let half = with_room(width(day, AXIS_FACE)) / 2;
            let x = time.x(*at, sides).clamp(page.margin + half, right_edge - half);
            if x - half < free_from || x + half > limit {
                return None;
            }
            let (text, anchor) = (day.clone(), Anchor::Middle);
            page.letterings.push(Lettering { x, baseline, text, face: AXIS_FACE, ink: Ink::Soft, anchor });
            Some((x - half, x + half))
        };
        for midnight in midnights {
            if let Some((from, to)) = put(self, midnight, i32::MAX, free_from) {
                first_taken = first_taken.min(from - 100);
                free_from = to + 100;
            }
        }
        put(self, first, first_taken, i32::MIN);
        self.y += 150;
    }

    /// The notes' texts; returns the discs beside them.
    fn note_list(
        &mut self,
        readings: &Readings<'_>,
        notes: &[Numbered<'_>],
        left_out: usize,
    ) -> Vec<(String, (i32, i32), bool)> {
        if notes.is_empty() {
            return Vec::new();
        }
        self.y += 130;
        let entries = entries(notes);
        let columns = if self.inner >= TWO_COLUMNS && entries.len() > 3 { 2 } else { 1 };
        let gap = 240;
        let column_width = (self.inner - (columns - 1) * gap) / columns;
        let clocks: Vec<String> = entries
            .iter()
            .map(|entry| readings.clock.of_note(entry.first.at, &entry.first.note.clock))
            .collect();
        let widest_clock = clocks.iter().map(|clock| with_room(width(clock, NOTE_FACE))).max().unwrap_or(0);
        let half_disc = DISC_RADIUS
            + entries.iter().map(|entry| reach(&entry.first.number.to_string())).max().unwrap_or(0);
        let indent = 2 * half_disc + 90 + widest_clock + 60;
        let texts: Vec<Vec<String>> = entries
            .iter()
            .map(|entry| wrap(&entry.text, NOTE_FACE, within_room(column_width - indent)))
            .collect();
        let height_of = |lines: &Vec<String>| lines.len().max(1) as i32 * 165 + 45;
        let half = texts.iter().map(height_of).sum::<i32>() / columns;

        let top = self.y;
        let (mut column, mut y, mut lowest) = (0, top, top);
        let mut listed = Vec::with_capacity(entries.len());
        for ((Entry { first, .. }, clock), lines) in entries.iter().zip(clocks).zip(&texts) {
            if column + 1 < columns && y - top >= half {
                (column, y) = (column + 1, top);
            }
            let x = self.margin + column * (column_width + gap);
            let middle = y + 85;
            listed.push((first.number.to_string(), (x + half_disc, middle), first.is_observed()));
            let baseline = middle + NOTE_FACE.drop();
            self.letter(x + 2 * half_disc + 90, baseline, clock, NOTE_FACE, Ink::Soft);
            for (index, line) in lines.iter().enumerate() {
                self.letter(x + indent, baseline + index as i32 * 165, line.clone(), NOTE_FACE, Ink::Strong);
            }
            y += height_of(lines);
            lowest = lowest.max(y);
        }
        self.y = lowest;
        let observed = notes.iter().filter(|note| note.is_observed()).count();
        let mut key = Vec::new();
        if observed > 0 && observed < notes.len() {
            key.push(
                "Filled discs: the scenario's timeline. Open discs: what the model observed.".to_owned(),
            );
        }
        if left_out > 0 {
            key.push(format!("{left_out} further notes are in the report."));
        }
        self.paragraph(&key.join(" "), FOOTER_FACE, Ink::Soft, 170);
        listed
    }

    fn footer(&mut self, readings: &Readings<'_>) {
        let report = readings.report;
        self.y += 90;
        if let Some(source) = &report.scenario.source {
            self.paragraph(&format!("Source: {source}"), FOOTER_FACE, Ink::Soft, 160);
        }
        let replications = match report.replications {
            0 | 1 => String::new(),
            many => format!(" · first of {many} replications"),
        };
        let origin = format!(
            "{} to {} · seed {}{replications} · digest {} · Plimsoll {}",
            readings.clock.when_in_full(0),
            readings.clock.when_in_full(readings.length),
            report.seed,
            report.digest,
            report.engine_version
        );
        self.paragraph(&origin, FOOTER_FACE, Ink::Soft, 160);
    }
}

/// Puts the labels of line ends beside one another's way.
fn place_ends(plot: &Plot, top: i32, bottom: i32) -> Vec<PlacedEnd> {
    let lines: Vec<i32> = plot.ends.iter().map(|end| plot.axis.y(end.value, (bottom, top))).collect();
    let wishes: Vec<Wish> = lines.iter().map(|&wanted| Wish { wanted, size: END_HEIGHT }).collect();
    // A label may stand half its height out of the plot.
    let middles = place(&wishes, top - END_HEIGHT / 2, bottom + END_HEIGHT / 2);
    let placed = plot.ends.iter().cloned().zip(lines).zip(middles);
    placed.map(|((end, line_y), label_y)| PlacedEnd { end, line_y, label_y }).collect()
}

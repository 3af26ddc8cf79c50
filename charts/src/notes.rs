//! Notes: numbered discs over the plots, hairlines down through them, and the list underneath.
//!
//! Notes have the numbers of their places in the report. Discs stand side by side in one row, each as
//! near as possible above its moment; where they would stray too far from it, neighbours share a disc
//! (`3–5`). Entries of the scenario's timeline have filled discs, what the model observed has open ones.
//! What is said more than once is listed once, with the numbers of the other times.

use plimsoll_core::report::{Note, NoteBy};

use crate::lettering::{self, Face};
use crate::placement::{Wish, place};
use crate::readings::Readings;

/// The lettering on discs.
pub(crate) const DISC_FACE: Face = Face::bold(100);

/// Radius of a disc, in tenths of a pixel.
pub(crate) const DISC_RADIUS: i32 = 80;

/// The least distance between two discs.
const DISC_GAP: i32 = 20;

/// How far a disc may stray from its moment before it is shared.
const MOST_STRAY: i32 = 320;

/// The most notes that are shown.
const MOST_NOTES: usize = 40;

/// A note with its number, from 1.
#[derive(Clone, Copy)]
pub(crate) struct Numbered<'r> {
    pub(crate) number: usize,
    pub(crate) note: &'r Note,
    /// Milliseconds after the report's start, within the report.
    pub(crate) at: i64,
}

impl Numbered<'_> {
    /// Whether the model observed it; otherwise it stands in the timeline.
    pub(crate) fn is_observed(&self) -> bool {
        self.note.by == NoteBy::Model
    }
}

/// A disc with the number of a note, or of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disc {
    pub(crate) text: String,
    /// Where its middle is.
    pub(crate) x: i32,
    /// From its middle to where its round ends begin; 0 for a circle.
    pub(crate) reach: i32,
    /// Where its notes' hairlines are, without repetition.
    pub(crate) hairlines: Vec<i32>,
    /// All its notes were observed by the model.
    pub(crate) is_observed: bool,
}

/// A line of the list.
pub(crate) struct Entry<'r> {
    pub(crate) first: Numbered<'r>,
    /// The text, and where it applies again.
    pub(crate) text: String,
}

/// The notes that are shown, in order of time, and how many are left out. Entries of the timeline are
/// the last to be left out.
pub(crate) fn numbered<'r>(readings: &Readings<'r>) -> (Vec<Numbered<'r>>, usize) {
    let all = &readings.report.notes;
    let written = all.iter().filter(|note| note.by == NoteBy::Timeline).count();
    let mut room_for_observed = MOST_NOTES.saturating_sub(written);
    let mut kept: Vec<Numbered<'_>> = Vec::new();
    for (index, note) in all.iter().enumerate() {
        if note.by == NoteBy::Model {
            if room_for_observed == 0 {
                continue;
            }
            room_for_observed -= 1;
        }
        // A cast saturates; what is no number becomes 0.
        let at = (note.seconds * 1_000.0).round() as i64;
        kept.push(Numbered { number: index + 1, note, at: at.clamp(0, readings.length) });
    }
    kept.sort_by_key(|note| note.at);
    kept.truncate(MOST_NOTES);
    let left_out = all.len() - kept.len();
    (kept, left_out)
}

/// The list: a line for each text, at the first time it is said.
pub(crate) fn entries<'r>(notes: &[Numbered<'r>]) -> Vec<Entry<'r>> {
    let mut same: Vec<Vec<Numbered<'r>>> = Vec::new();
    for note in notes {
        let said = |others: &&mut Vec<Numbered<'r>>| {
            others[0].note.text == note.note.text && others[0].is_observed() == note.is_observed()
        };
        match same.iter_mut().find(said) {
            Some(others) => others.push(*note),
            None => same.push(vec![*note]),
        }
    }
    let entry = |notes: Vec<Numbered<'r>>| {
        let again: Vec<usize> = notes[1..].iter().map(|note| note.number).collect();
        let text = &notes[0].note.text;
        let text =
            if again.is_empty() { text.clone() } else { format!("{text} (again: {})", ranges(&again)) };
        Entry { first: notes[0], text }
    };
    same.into_iter().map(entry).collect()
}

/// `2–7, 23`.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let words: Vec<String> = runs.map(|run| range(run[0], run[run.len() - 1])).collect();
    words.join(", ")
}

/// `3`, or `3–5`.
fn range(first: usize, last: usize) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

/// How far a disc with this text extends to either side before its round ends begin.
pub(crate) fn reach(text: &str) -> i32 {
    let width = lettering::width(text, DISC_FACE);
    // Two figures fit into a circle.
    if width <= 140 { 0 } else { width / 2 - 20 }
}

/// The row of discs over a plot from `left` to `right`, given each note's hairline.
pub(crate) fn discs(notes: &[Numbered<'_>], hairlines: &[i32], (left, right): (i32, i32)) -> Vec<Disc> {
    let mut groups: Vec<std::ops::Range<usize>> = (0..notes.len()).map(|index| index..index + 1).collect();
    loop {
        let discs: Vec<Disc> =
            groups.iter().map(|group| disc(&notes[group.clone()], &hairlines[group.clone()])).collect();
        let wishes: Vec<Wish> = discs.iter().map(|disc| Wish { wanted: disc.x, size: disc.size() }).collect();
        let (low, high) = (left - DISC_RADIUS, right + DISC_RADIUS);
        let middles = place(&wishes, low, high);
        let crowded = wishes.iter().map(|wish| wish.size).sum::<i32>() > high - low;
        let strays = |index: usize| crowded || (wishes[index].wanted - middles[index]).abs() > MOST_STRAY;
        // Of the neighbours of which one strays, join the two that are closest together.
        let span = |index: usize| hairlines[groups[index].end - 1] - hairlines[groups[index - 1].start];
        let pairs = (1..groups.len()).filter(|&index| strays(index - 1) || strays(index));
        let Some(closest) = pairs.min_by_key(|&index| span(index)) else {
            return discs.into_iter().zip(middles).map(|(disc, x)| Disc { x, ..disc }).collect();
        };
        let joined = groups.remove(closest);
        groups[closest - 1].end = joined.end;
    }
}

/// The disc of some neighbouring notes, in the middle of their hairlines.
fn disc(notes: &[Numbered<'_>], hairlines: &[i32]) -> Disc {
    let (first, last) = (notes[0].number, notes[notes.len() - 1].number);
    let text = range(first, last);
    let reach = reach(&text);
    let mut hairlines = hairlines.to_vec();
    hairlines.dedup();
    let x = (hairlines[0] + hairlines[hairlines.len() - 1]) / 2;
    Disc { text, x, reach, hairlines, is_observed: notes.iter().all(Numbered::is_observed) }
}

impl Disc {
    fn size(&self) -> i32 {
        2 * (self.reach + DISC_RADIUS) + DISC_GAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(hairlines: &[i32], ends: (i32, i32)) -> Vec<Disc> {
        let note =
            Note { seconds: 0.0, clock: "06:15".to_owned(), by: NoteBy::Model, text: "something".to_owned() };
        let notes: Vec<Numbered<'_>> =
            (0..hairlines.len()).map(|index| Numbered { number: index + 1, note: &note, at: 0 }).collect();
        discs(&notes, hairlines, ends)
    }

    #[test]
    fn what_is_said_again_is_listed_once() {
        let note = |text: &str, by| Note { seconds: 0.0, clock: String::new(), by, text: text.to_owned() };
        let notes = [
            note("pods wait", NoteBy::Model),
            note("pods wait", NoteBy::Model),
            note("pods wait", NoteBy::Model),
            note("cordoned", NoteBy::Timeline),
            note("pods wait", NoteBy::Timeline),
            note("pods wait", NoteBy::Model),
        ];
        let numbered: Vec<Numbered<'_>> = notes
            .iter()
            .enumerate()
            .map(|(index, note)| Numbered { number: index + 1, note, at: 0 })
            .collect();
        let lines: Vec<String> =
            entries(&numbered).iter().map(|entry| format!("{} {}", entry.first.number, entry.text)).collect();
        assert_eq!(lines, ["1 pods wait (again: 2–3, 6)", "4 cordoned", "5 pods wait"]);
    }

    fn assert_apart(discs: &[Disc], (left, right): (i32, i32)) {
        for pair in discs.windows(2) {
            let free = (pair[1].x - pair[1].reach - DISC_RADIUS) - (pair[0].x + pair[0].reach + DISC_RADIUS);
            assert!(free >= 0, "{pair:?}");
        }
        for disc in discs {
            assert!(disc.x - disc.reach - 2 * DISC_RADIUS >= left - 2 * DISC_RADIUS, "{disc:?}");
            assert!(disc.x + disc.reach <= right, "{disc:?}");
        }
    }

    #[test]
    fn no_notes_no_discs() {
        assert!(row(&[], (0, 1_000)).is_empty());
    }

    #[test]
    fn a_single_note_stands_over_its_moment() {
        assert_eq!(row(&[420], (0, 1_000))[0].x, 420);
    }

    #[test]
    fn a_few_notes_at_one_moment_stand_side_by_side() {
        for (at, count) in [(400, 2), (3_000, 3), (7_000, 2)] {
            let discs = row(&vec![at; count], (400, 7_000));
            assert_eq!(discs.len(), count);
            assert_apart(&discs, (400, 7_000));
        }
    }

    #[test]
    fn twenty_notes_stand_apart_or_share_wherever_they_fall() {
        for spread in [0, 10, 50, 170, 330] {
            let hairlines: Vec<i32> = (0..20).map(|index| 400 + index * spread).collect();
            let discs = row(&hairlines, (400, 7_000));
            assert_apart(&discs, (400, 7_000));
            let strays = discs.iter().map(|disc| {
                (disc.x - (disc.hairlines[0] + disc.hairlines[disc.hairlines.len() - 1]) / 2).abs()
            });
            assert!(strays.max() <= Some(MOST_STRAY) || discs.len() == 1, "{spread}");
        }
    }

    #[test]
    fn a_full_row_joins_neighbours() {
        let hairlines: Vec<i32> = (0..60).map(|index| 400 + index * 30).collect();
        let discs = row(&hairlines, (400, 2_200));
        assert!(discs.len() < 60);
        assert_apart(&discs, (400, 2_200));
        assert_eq!(discs.iter().map(|disc| disc.hairlines.len()).sum::<usize>(), 60);
    }
}

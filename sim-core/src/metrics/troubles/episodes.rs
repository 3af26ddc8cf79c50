//! Episodes: from a stream of good and bad outcomes, the stretches of time in which it goes wrong.
//!
//! A cumulative sum for each way (Page 1954): a bad outcome counts [`BAD`], a good one takes 1 away. A stretch
//! begins with the first bad outcome of a sum that reaches [`CERTAIN`], and ends with the last bad one before
//! the sum of good outcomes does. So one bad outcome in four is the rate from which on it counts as trouble,
//! five in a row are enough, and a stray one is not. Stretches that are less than [`APART`] apart are one.

use std::collections::BTreeMap;

use crate::time::{SimDuration, SimTime};

/// Good outcomes that weigh as much as a bad one.
const BAD: u32 = 3;
/// The sum at which it is no chance any more.
const CERTAIN: u32 = 15;
/// Stretches closer than this are one for a reader.
const APART: SimDuration = SimDuration::from_secs(30 * 60);
/// The most stretches that are kept; the least ones give way.
const MOST: usize = 50;

/// How many there were, and how many of them bad, since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub all: u64,
    pub bad: u64,
}

/// A stretch of time in which it goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Episode<C> {
    /// The earliest beginning of a bad outcome.
    pub from: SimTime,
    /// The last bad outcome.
    pub until: SimTime,
    /// It goes on.
    pub open: bool,
    /// How many outcomes there were.
    pub all: u64,
    /// How many of them were bad.
    pub bad: u64,
    /// The longest wait of one.
    pub longest: SimDuration,
    /// Bad outcomes by cause.
    pub causes: BTreeMap<C, u64>,
    before: Tally,
}

/// The episodes of one stream of outcomes.
#[derive(Clone, Debug)]
pub(super) struct Episodes<C> {
    tally: Tally,
    /// The sum of what speaks for a change: from good to bad, or back.
    sum: u32,
    /// The present stretch, from the first suspicion on.
    current: Option<Episode<C>>,
    certain: bool,
    done: Vec<Episode<C>>,
}

impl<C> Default for Episodes<C> {
    fn default() -> Self {
        Self { tally: Tally::default(), sum: 0, current: None, certain: false, done: Vec::new() }
    }
}

impl<C: Ord + Copy> Episodes<C> {
    /// Something ended well.
    pub fn good(&mut self) {
        self.tally.all += 1;
        if !self.certain {
            self.sum = self.sum.saturating_sub(1);
            if self.sum == 0 {
                self.current = None;
            }
            return;
        }
        self.sum += 1;
        if self.sum >= CERTAIN {
            self.close(false);
        }
    }

    /// Something that began at `began` ended badly at `now`.
    pub fn bad(&mut self, began: SimTime, now: SimTime, cause: C) {
        let before = self.tally;
        self.tally.all += 1;
        self.tally.bad += 1;
        let tally = self.tally;
        let current = self.current.get_or_insert_with(|| Episode {
            from: began,
            until: now,
            open: false,
            all: 0,
            bad: 0,
            longest: SimDuration::ZERO,
            causes: BTreeMap::new(),
            before,
        });
        current.until = now;
        current.from = current.from.min(began);
        current.longest = current.longest.max(now.since(began));
        (current.all, current.bad) = (tally.all - current.before.all, tally.bad - current.before.bad);
        *current.causes.entry(cause).or_default() += 1;
        self.sum = if self.certain { self.sum.saturating_sub(BAD) } else { self.sum + BAD };
        if !self.certain && self.sum >= CERTAIN {
            (self.certain, self.sum) = (true, 0);
        }
    }

    /// The same, and it is no chance: it will not end any more.
    pub fn bad_for_ever(&mut self, began: SimTime, now: SimTime, cause: C) {
        self.bad(began, now, cause);
        if !self.certain {
            (self.certain, self.sum) = (true, 0);
        }
    }

    /// All episodes in order of time; the last may go on.
    pub fn finish(mut self) -> Vec<Episode<C>> {
        self.close(true);
        self.done
    }

    fn close(&mut self, open: bool) {
        let was_certain = core::mem::take(&mut self.certain);
        self.sum = 0;
        let Some(mut episode) = self.current.take().filter(|_| was_certain) else { return };
        episode.open = open;
        match self.done.last_mut() {
            Some(last) if episode.from < last.until + APART => {
                last.all = episode.before.all + episode.all - last.before.all;
                last.bad = episode.before.bad + episode.bad - last.before.bad;
                last.until = episode.until;
                last.open = open;
                last.longest = last.longest.max(episode.longest);
                for (cause, count) in episode.causes {
                    *last.causes.entry(cause).or_default() += count;
                }
            }
            _ => self.done.push(episode),
        }
        if self.done.len() > MOST {
            let least = (0..self.done.len() - 1).min_by_key(|at| self.done[*at].bad);
            self.done.remove(least.unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    /// One outcome a minute, `x` bad and `.` good; each began ten seconds before.
    fn episodes(outcomes: &str) -> Vec<(u64, u64, bool, u64, u64)> {
        let mut episodes = Episodes::default();
        for (minute, outcome) in outcomes.bytes().enumerate() {
            let now = at(60 * minute as u64 + 10);
            match outcome {
                b'x' => episodes.bad(at(60 * minute as u64), now, ()),
                _ => episodes.good(),
            }
        }
        let seconds = |time: SimTime| time.since(SimTime::ZERO).as_micros() / 1_000_000;
        let told = |it: Episode<()>| (seconds(it.from) / 60, seconds(it.until) / 60, it.open, it.bad, it.all);
        episodes.finish().into_iter().map(told).collect()
    }

    #[test]
    fn a_stray_outcome_is_no_trouble() {
        assert_eq!(episodes("...x....x.....x....x......x....."), []);
        assert_eq!(episodes("....xxxx....................."), []);
        assert_eq!(episodes(""), []);
    }

    #[test]
    fn trouble_lasts_from_its_first_bad_outcome_to_its_last() {
        assert_eq!(episodes("......xxxxxxxx................"), [(6, 13, false, 8, 8)]);
        assert_eq!(episodes("......xx.xx.xx.x.x................"), [(6, 17, false, 8, 12)]);
    }

    #[test]
    fn what_does_not_end_is_open() {
        assert_eq!(episodes("......xxxxxx..."), [(6, 11, true, 6, 6)]);
    }

    #[test]
    fn what_never_ends_well_needs_no_others() {
        let mut episodes = Episodes::default();
        episodes.good();
        episodes.bad_for_ever(at(60), at(600), ());
        let found = episodes.finish();
        assert_eq!((found.len(), found[0].bad, found[0].open), (1, 1, true));
    }

    #[test]
    fn stretches_that_are_close_are_one() {
        let close = format!("xxxxxx{}xxxxxx{}", ".".repeat(20), ".".repeat(20));
        assert_eq!(episodes(&close), [(0, 31, false, 12, 32)]);
        let far = format!("xxxxxx{}xxxxxx{}", ".".repeat(40), ".".repeat(20));
        assert_eq!(episodes(&far), [(0, 5, false, 6, 6), (46, 51, false, 6, 6)]);
    }
}

//! The nodes of one shape on the rungs of a ladder, by what they have left of CPU and memory together.
//!
//! Where both count the same and the emptiest is the best, what a node has left of both is its score before
//! the pod, but for rounding, whatever the pod requests. So the best nodes for any pod are on the highest
//! rungs, and what is below the first few needs no look.
//!
//! Nodes that changed are put right when the ladder is next asked for: a scheduler that asks the
//! [`super::grid::Grid`] pays nothing for it.

use super::grid::Row;
use super::shape::NONE;

/// Rungs for a hundredth of a resource.
const FINE: f64 = 4.0;
/// Rungs of the whole ladder: two resources, a hundred hundredths each.
const RUNGS: usize = 2 * 100 * FINE as usize + 1;
/// Words of a bit for each rung.
const WORDS: usize = RUNGS.div_ceil(64);

/// The rungs.
#[derive(Debug, Default)]
pub(in crate::placement) struct Ladder {
    /// The first node of each rung; empty until the ladder is first asked for.
    first: Vec<u32>,
    /// How many nodes are on each.
    counts: Vec<u32>,
    /// Rungs with nodes.
    occupied: Vec<u64>,
    /// Nodes that are not where they belong.
    stale: Vec<u32>,
}

/// A node's place on the ladder.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Step {
    /// Its rung; [`NONE`]: on none yet.
    rung: u32,
    next: u32,
    before: u32,
    /// Whether it is among the stale.
    is_stale: bool,
}

impl Step {
    pub const NOWHERE: Self = Self { rung: NONE, next: NONE, before: NONE, is_stale: false };

    /// The next node of the same rung; [`NONE`]: the last.
    pub fn next(&self) -> u32 {
        self.next
    }
}

impl Ladder {
    /// A node is new on the ladder, or its amounts have changed.
    #[inline]
    pub fn change(&mut self, row: &mut Row, slot: u32) {
        if !row.step.is_stale {
            row.step.is_stale = true;
            self.stale.push(slot);
        }
    }

    /// A node leaves the ladder.
    pub fn remove(&mut self, rows: &mut [Row], slot: u32) {
        if rows[slot as usize].step.is_stale {
            self.stale.retain(|other| *other != slot);
        }
        self.unlink(rows, slot);
        rows[slot as usize].step = Step::NOWHERE;
    }

    /// Puts every node where it belongs.
    pub fn settle(&mut self, rows: &mut [Row], scale: &[f64; 2]) {
        if self.first.is_empty() {
            self.first.resize(RUNGS, NONE);
            self.counts.resize(RUNGS, 0);
            self.occupied.resize(WORDS, 0);
        }
        while let Some(slot) = self.stale.pop() {
            let row = &mut rows[slot as usize];
            row.step.is_stale = false;
            let rung = rung_of(row, scale);
            if rung != row.step.rung {
                self.unlink(rows, slot);
                self.link(rows, slot, rung);
            }
        }
    }

    fn link(&mut self, rows: &mut [Row], slot: u32, rung: u32) {
        let at = rung as usize;
        let next = core::mem::replace(&mut self.first[at], slot);
        self.counts[at] += 1;
        if next == NONE {
            self.occupied[at / 64] |= 1 << (at % 64);
        } else {
            rows[next as usize].step.before = slot;
        }
        rows[slot as usize].step = Step { rung, next, before: NONE, is_stale: false };
    }

    fn unlink(&mut self, rows: &mut [Row], slot: u32) {
        let Step { rung, next, before, .. } = rows[slot as usize].step;
        if rung == NONE {
            return;
        }
        let at = rung as usize;
        self.counts[at] -= 1;
        if next != NONE {
            rows[next as usize].step.before = before;
        }
        if before != NONE {
            rows[before as usize].step.next = next;
        } else {
            self.first[at] = next;
            if next == NONE {
                self.occupied[at / 64] &= !(1 << (at % 64));
            }
        }
    }

    /// The highest rung with nodes at or below `from`.
    #[inline]
    pub fn highest(&self, from: usize) -> Option<usize> {
        let mut at = from / 64;
        let mut word = self.occupied[at] & (u64::MAX >> (63 - from % 64));
        loop {
            if word != 0 {
                return Some(at * 64 + 63 - word.leading_zeros() as usize);
            }
            at = at.checked_sub(1)?;
            word = self.occupied[at];
        }
    }

    /// The topmost rung of all.
    pub const TOP: usize = RUNGS - 1;

    /// The first node of a rung; [`NONE`]: there is none.
    #[inline]
    pub fn first(&self, rung: usize) -> u32 {
        self.first[rung]
    }

    /// How many nodes are on a rung.
    pub fn count(&self, rung: usize) -> u32 {
        self.counts[rung]
    }
}

/// What turns an amount that is left into rungs.
pub(in crate::placement) fn scale_of(allocatable: [i64; 2]) -> [f64; 2] {
    allocatable.map(|whole| if whole > 0 { 100.0 * FINE / whole as f64 } else { 0.0 })
}

fn rung_of(row: &Row, scale: &[f64; 2]) -> u32 {
    let part = |at: usize| row.left[at].max(0) as f64 * scale[at];
    ((part(0) + part(1)) as usize).min(RUNGS - 1) as u32
}

/// How many hundredths of both resources a node of the rung has left at most, once a pod that takes `own`
/// rungs of both is there.
#[inline]
pub(in crate::placement) fn hundredths(rung: usize, own: f64) -> i64 {
    // Sums and products of floats are off by less than the millionth that is added.
    (((rung + 1) as f64 - own + 1e-6) / FINE).max(0.0) as i64
}

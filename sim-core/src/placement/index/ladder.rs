//! The nodes of one shape by what they use of CPU and memory together, in whole hundredths of each.
//!
//! Where both count the same and the emptiest is the best, a node's score follows from its hundredths, but for
//! what node and pod use beyond whole ones: together these may make up another hundredth of a resource, or not.
//! So nodes stand on a *rung* by their hundredths and there in a *cell* by the quarters of a hundredth beyond, of
//! which a pod's [`Descent`] knows the score that they can have at most: exactly for most cells, and too high by
//! a hundredth of one resource for the line and the column of cells where the pod's own rest decides. Nodes of
//! which more CPU is requested than memory stand apart from others, since a pod that asks for more CPU than
//! memory itself makes the balance of the first worse and of the others better.
//!
//! Nodes that changed are put right when the ladder is next asked for: a scheduler that asks the
//! [`super::grid::Grid`] pays nothing for it.

use super::super::plugins::balanced_allocation::share;
use super::grid::Row;
use super::shape::NONE;

/// Hundredths of a resource.
const WHOLE: i64 = 100;
/// Rungs of the whole ladder: two resources, nothing used to all of it.
const RUNGS: usize = 2 * WHOLE as usize + 1;
/// Words of a bit for each rung.
const WORDS: usize = RUNGS.div_ceil(64);
/// Parts of a hundredth, for each resource.
const PARTS: i64 = 4;
/// Cells of a side: a line for each part of CPU, a column for each of memory.
const AREA: i64 = PARTS * PARTS;
/// Cells of a rung: two sides; a bit for each.
const CELLS: usize = 2 * AREA as usize;
/// The first cells of all lines.
const COLUMN: u32 = 0x1111_1111;
/// The cells of each side.
const SIDES: [u32; 2] = [0xffff, 0xffff_0000];

/// The rungs.
#[derive(Debug, Default)]
pub(in crate::placement) struct Ladder {
    /// Empty until the ladder is first asked for.
    rungs: Vec<Rung>,
    /// Rungs with nodes on each side, a bit for each.
    occupied: [[u64; WORDS]; 2],
    /// Nodes that are not where they belong.
    stale: Vec<u32>,
}

/// Nodes with the same hundredths of both resources together.
#[derive(Clone, Debug, Default)]
struct Rung {
    /// Cells with nodes.
    occupied: u32,
    /// How many nodes there are.
    count: u32,
    /// The first node of each cell; made with the first node.
    first: Option<Box<[u32; CELLS]>>,
}

/// A node's place on the ladder.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Step {
    /// Rung and cell in one number; [`NONE`]: on none yet.
    place: u32,
    next: u32,
    before: u32,
    /// Whether it is among the stale.
    is_stale: bool,
}

impl Step {
    pub const NOWHERE: Self = Self { place: NONE, next: NONE, before: NONE, is_stale: false };
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

    /// Puts every node where it belongs; all of them have `allocatable`.
    pub fn settle(&mut self, rows: &mut [Row], allocatable: &[i64; 2]) {
        if self.rungs.is_empty() {
            self.rungs.resize(RUNGS, Rung::default());
        }
        while let Some(slot) = self.stale.pop() {
            let row = &mut rows[slot as usize];
            row.step.is_stale = false;
            let place = place_of(row, allocatable);
            if place != row.step.place {
                self.unlink(rows, slot);
                self.link(rows, slot, place);
            }
        }
    }

    fn link(&mut self, rows: &mut [Row], slot: u32, place: u32) {
        let (at, cell) = (place as usize / CELLS, place as usize % CELLS);
        let rung = &mut self.rungs[at];
        let first = rung.first.get_or_insert_with(|| Box::new([NONE; CELLS]));
        let next = core::mem::replace(&mut first[cell], slot);
        rung.count += 1;
        rung.occupied |= 1 << cell;
        self.occupied[cell / AREA as usize][at / 64] |= 1 << (at % 64);
        if next != NONE {
            rows[next as usize].step.before = slot;
        }
        rows[slot as usize].step = Step { place, next, before: NONE, is_stale: false };
    }

    fn unlink(&mut self, rows: &mut [Row], slot: u32) {
        let Step { place, next, before, .. } = rows[slot as usize].step;
        if place == NONE {
            return;
        }
        let (at, cell) = (place as usize / CELLS, place as usize % CELLS);
        let rung = &mut self.rungs[at];
        rung.count -= 1;
        if next != NONE {
            rows[next as usize].step.before = before;
        }
        if before != NONE {
            rows[before as usize].step.next = next;
            return;
        }
        rung.first.as_mut().expect("a rung with a node has its cells")[cell] = next;
        if next == NONE {
            rung.occupied &= !(1 << cell);
            let side = cell / AREA as usize;
            if rung.occupied & SIDES[side] == 0 {
                self.occupied[side][at / 64] &= !(1 << (at % 64));
            }
        }
    }

    /// The first rung with nodes on a side, from `from` on: the emptiest of them.
    #[inline]
    fn rung_from(&self, side: Side, from: usize) -> Option<usize> {
        let [cpu, memory] = side.masks();
        let bits = |word: usize| self.occupied[0][word] & cpu | self.occupied[1][word] & memory;
        let (mut word, mut mask) = (from / 64, u64::MAX << (from % 64));
        while word < WORDS {
            let here = bits(word) & mask;
            if here != 0 {
                return Some(word * 64 + here.trailing_zeros() as usize);
            }
            (word, mask) = (word + 1, u64::MAX);
        }
        None
    }

    /// The cells of a rung with nodes, a bit for each.
    #[inline]
    fn cells(&self, rung: usize) -> u32 {
        self.rungs.get(rung).map_or(0, |rung| rung.occupied)
    }

    /// The first nodes of a rung's cells.
    #[inline]
    fn first(&self, rung: usize) -> &[u32; CELLS] {
        self.rungs.get(rung).and_then(|rung| rung.first.as_deref()).unwrap_or(&[NONE; CELLS])
    }

    /// All nodes, rung by rung, the emptiest first.
    pub fn emptiest<'a>(&'a self, rows: &'a [Row]) -> impl Iterator<Item = u32> + 'a {
        let from = |rung| self.rung_from(Side::Both, rung);
        let rungs = core::iter::successors(from(0), move |rung| from(rung + 1));
        rungs.flat_map(move |rung| Nodes::new(self, rows, rung, [self.cells(rung), 0, 0]))
    }
}

fn place_of(row: &Row, allocatable: &[i64; 2]) -> u32 {
    let hundredths = |at: usize| row.counted[at].hundredths.min(WHOLE);
    let part = |at: usize| row.counted[at].rest * PARTS / allocatable[at];
    let requested = |at: usize| share(allocatable[at] - row.free[at], allocatable[at]);
    let side = i64::from(requested(0) < requested(1));
    let cell = side * AREA + part(0) * PARTS + part(1);
    ((hundredths(0) + hundredths(1)) * CELLS as i64 + cell) as u32
}

/// Nodes of which more is requested of one resource, by shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::placement) enum Side {
    /// Of CPU, or as much of both.
    Cpu,
    /// Of memory.
    Memory,
    /// All nodes.
    Both,
}

impl Side {
    /// Ones for each side that is meant.
    #[inline]
    fn masks(self) -> [u64; 2] {
        match self {
            Self::Cpu => [u64::MAX, 0],
            Self::Memory => [0, u64::MAX],
            Self::Both => [u64::MAX; 2],
        }
    }
}

/// What a pod uses of a node's hundredths.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Share {
    /// At least so many hundredths more are in use with it.
    pub hundredths: i64,
    /// One more is where what a node uses beyond whole ones is above this, and none where it is not.
    pub beyond: i64,
    /// What the node has of the resource.
    pub whole: i64,
}

/// A pod's view of a side of a ladder.
///
/// A *level* is how many hundredths of both resources a node has left with the pod. Nodes of a level are on up
/// to three rungs: two resources, each of which may lose one hundredth more.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Descent {
    /// The level of an empty node that loses no hundredth beyond.
    top: i64,
    /// Cells whose nodes lose at least none, one, two hundredths beyond.
    cells: [u32; 3],
    side: Side,
}

impl Descent {
    /// Of a pod whose shares are known.
    pub fn of(shares: [Share; 2]) -> Self {
        // The lines of cells and the columns above the one that a share cuts through.
        let above = shares.map(|share| share.beyond * PARTS / share.whole + 1);
        let lines = (0xffff << (above[0] * PARTS) & 0xffff) * 0x1_0001;
        let columns = (0xf << above[1] & 0xf) * COLUMN;
        let cells = [!(lines | columns), lines ^ columns, lines & columns];
        Self { top: 2 * WHOLE - shares[0].hundredths - shares[1].hundredths, cells, side: Side::Both }
    }

    /// Of a pod that takes at least `hundredths` of both resources together from any node.
    pub fn at_least(hundredths: i64) -> Self {
        Self { top: 2 * WHOLE - hundredths, cells: [u32::MAX, 0, 0], side: Side::Both }
    }

    /// Past nodes of one side.
    pub fn on(mut self, side: Side) -> Self {
        let [cpu, memory] = side.masks().map(|mask| mask as u32);
        let cells = SIDES[0] & cpu | SIDES[1] & memory;
        self.cells = self.cells.map(|of_level| of_level & cells);
        self.side = side;
        self
    }

    /// The highest level with nodes, of those below another one.
    #[inline]
    pub fn level_below(&self, ladder: &Ladder, level: Option<i64>) -> Option<Level> {
        let mut level = level.map_or(self.top, |level| level - 1);
        loop {
            // Nodes of the level are on the third rung from here at most; on none before the first that has any.
            let rung = ladder.rung_from(self.side, (self.top - level - 2).max(0) as usize)?;
            level = level.min(self.top - rung as i64);
            let first = self.top - level;
            let mut cells = [0; 3];
            for (lost, cells) in (0..).zip(&mut cells) {
                if first >= lost {
                    *cells = ladder.cells((first - lost) as usize) & self.cells[lost as usize];
                }
            }
            if cells != [0; 3] {
                return Some(Level { level, first: first as usize, cells });
            }
            level -= 1;
        }
    }
}

/// Where the nodes of a level are.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Level {
    /// Hundredths that are left of both resources, at most.
    pub level: i64,
    /// The rung of nodes that lose no hundredth beyond; those that lose one or two are on the rungs before.
    first: usize,
    cells: [u32; 3],
}

impl Level {
    /// The nodes.
    #[inline]
    pub fn nodes<'a>(&self, ladder: &'a Ladder, rows: &'a [Row]) -> Nodes<'a> {
        Nodes::new(ladder, rows, self.first, self.cells)
    }

    /// About how many they are: as if each cell of a rung held as many.
    pub fn count_about(&self, ladder: &Ladder) -> usize {
        let occupied = (0..3).filter(|lost| self.cells[*lost] != 0);
        let share = |lost: usize| {
            let rung = &ladder.rungs[self.first - lost];
            rung.count * self.cells[lost].count_ones() / rung.occupied.count_ones()
        };
        occupied.map(share).sum::<u32>() as usize
    }
}

/// The nodes of some cells of a rung, then of the two rungs before it.
#[derive(Clone, Debug)]
pub(in crate::placement) struct Nodes<'a> {
    ladder: &'a Ladder,
    rows: &'a [Row],
    /// The rung whose nodes come, and the first of each of its cells.
    rung: usize,
    first: &'a [u32; CELLS],
    /// Cells that are still to come: of this rung, the one before, the one before that.
    cells: [u32; 3],
    slot: u32,
}

impl<'a> Nodes<'a> {
    #[inline]
    fn new(ladder: &'a Ladder, rows: &'a [Row], rung: usize, cells: [u32; 3]) -> Self {
        Self { ladder, rows, rung, first: ladder.first(rung), cells, slot: NONE }
    }
}

impl Iterator for Nodes<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.slot == NONE {
            let [cells, before @ ..] = &mut self.cells;
            if *cells != 0 {
                self.slot = self.first[cells.trailing_zeros() as usize];
                *cells &= *cells - 1;
            } else if *before != [0; 2] {
                self.cells = [before[0], before[1], 0];
                self.rung -= 1;
                self.first = self.ladder.first(self.rung);
            } else {
                return None;
            }
        }
        let slot = self.slot;
        self.slot = self.rows[slot as usize].step.next;
        Some(slot)
    }
}

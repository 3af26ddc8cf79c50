//! The nodes of one shape, in cells by the shares of CPU and memory that are left.
//!
//! A cell knows between what its nodes lie in every amount that fits or scores, so that whole cells are
//! passed over: those that cannot take a pod, and those that cannot be best.

use super::super::node::{NodeSpec, NodeState};
use super::super::plugins::balanced_allocation;
use super::ladder::Step;
use super::shape::NONE;

/// A node's amounts, as the index calculates with them.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Row {
    /// What it has left to request, CPU in thousandths and memory in bytes.
    pub free: [i64; 2],
    /// What its pods count for in scores.
    pub counted: [Used; 2],
    /// Its balance as it is, for NodeResourcesBalancedAllocation; kept where some plan scores by it.
    pub balance: i64,
    /// Whether its amounts are not calculated with.
    pub is_odd: bool,
    /// How many pods are on it.
    pub pods: i64,
    /// Its shape; [`NONE`]: there is no node in this slot.
    pub shape: u32,
    /// Its cell in the grid of its shape.
    pub cell: u32,
    /// Its place in the cell.
    pub at: u32,
    /// Whether it is to be put into another cell, perhaps.
    pub is_stale: bool,
    /// Its place on the ladder of its shape.
    pub step: Step,
}

/// A used amount with its share in hundredths, so that a score takes no division.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::placement) struct Used {
    /// Hundredths of the whole, cut.
    pub hundredths: i64,
    /// A hundred times the amount, less those hundredths.
    pub rest: i64,
}

impl Used {
    /// So much of `whole`; both small enough to be multiplied by a hundred, and `whole` above nothing.
    pub fn of(amount: i64, whole: i64) -> Self {
        debug_assert!(amount >= 0 && whole > 0, "only plain amounts are calculated with");
        let (all, whole) = (100 * amount as u64, whole as u64);
        let hundredths = all / whole;
        Self { hundredths: hundredths as i64, rest: (all - hundredths * whole) as i64 }
    }

    /// The amount, of the same whole.
    pub fn amount(&self, whole: i64) -> i64 {
        (self.hundredths * whole + self.rest) / 100
    }
}

impl Row {
    /// A slot without a node.
    pub const VACANT: Self = Self {
        free: [0; 2],
        counted: [Used { hundredths: 0, rest: 0 }; 2],
        balance: 0,
        is_odd: false,
        pods: 0,
        shape: NONE,
        cell: NONE,
        at: NONE,
        is_stale: false,
        step: Step::NOWHERE,
    };

    /// Takes over what a node's pods use; the balance where somebody asks for it.
    pub fn measure(&mut self, node: &NodeState, plain: bool, balance: bool) {
        let (allocatable, requested) = (&node.spec.allocatable, &node.requested);
        self.free = [
            allocatable.cpu_millis.saturating_sub(requested.cpu_millis),
            allocatable.memory_bytes.saturating_sub(requested.memory_bytes),
        ];
        self.pods = node.pod_count();
        if plain {
            let counted = [node.counted.cpu_millis, node.counted.memory_bytes];
            let whole = [allocatable.cpu_millis, allocatable.memory_bytes];
            self.counted = [Used::of(counted[0], whole[0]), Used::of(counted[1], whole[1])];
        }
        if plain && balance {
            let whole = [allocatable.cpu_millis, allocatable.memory_bytes];
            self.balance = balanced_allocation::balance(&[
                balanced_allocation::share(requested.cpu_millis, whole[0]),
                balanced_allocation::share(requested.memory_bytes, whole[1]),
            ]);
        }
    }
}

/// Nodes with about as much left.
#[derive(Debug, Default)]
pub(in crate::placement) struct Cell {
    /// Their slots.
    pub nodes: Vec<u32>,
    /// Between what they lie, or have lain since the cell was last empty.
    pub range: Range,
}

/// The least and the most of each amount.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::placement) struct Range {
    pub free: [(i64, i64); 2],
    pub counted: [(Used, Used); 2],
}

impl Range {
    fn of(row: &Row) -> Self {
        Self {
            free: row.free.map(|free| (free, free)),
            counted: row.counted.map(|counted| (counted, counted)),
        }
    }

    /// Whether some node may have so much left, where that is above nothing.
    pub fn has(&self, needed: &[i64; 2]) -> bool {
        let has = |at: usize| needed[at] <= 0 || needed[at] <= self.free[at].1;
        has(0) && has(1)
    }

    fn widen(&mut self, row: &Row) {
        for resource in 0..2 {
            let free = &mut self.free[resource];
            *free = (free.0.min(row.free[resource]), free.1.max(row.free[resource]));
            let counted = &mut self.counted[resource];
            *counted = (counted.0.min(row.counted[resource]), counted.1.max(row.counted[resource]));
        }
    }
}

/// The cells.
#[derive(Debug)]
pub(in crate::placement) struct Grid {
    /// Cells in a line of cells; lines go by CPU, cells of a line by memory.
    side: usize,
    /// `side` over what is allocatable.
    scale: [f64; 2],
    max_pods: i64,
    /// Lines with nodes.
    lines: u64,
    /// Cells with nodes, for each line.
    columns: Vec<u64>,
    /// By line and column; the last cell holds the nodes that have as many pods as they take.
    cells: Vec<Cell>,
    /// Nodes that are in no cell yet, or perhaps in a wrong one.
    stale: Vec<u32>,
    /// How many nodes there are.
    pub count: usize,
    allocatable: [i64; 2],
}

impl Grid {
    pub fn new(spec: &NodeSpec) -> Self {
        let allocatable = [spec.allocatable.cpu_millis, spec.allocatable.memory_bytes];
        let mut grid = Self {
            side: 0,
            scale: [0.0; 2],
            max_pods: spec.max_pods,
            lines: 0,
            columns: Vec::new(),
            cells: Vec::new(),
            stale: Vec::new(),
            count: 0,
            allocatable,
        };
        grid.resize(1);
        grid
    }

    fn resize(&mut self, side: usize) {
        self.side = side;
        self.scale =
            self.allocatable.map(|amount| if amount > 0 { side as f64 / amount as f64 } else { 0.0 });
        self.lines = 0;
        self.columns = vec![0; side];
        self.cells = (0..=side * side).map(|_| Cell::default()).collect();
    }

    /// Side of the grid for so many nodes.
    fn side_for(count: usize) -> usize {
        match count {
            0..12 => 1,
            12..64 => 16,
            _ => 64,
        }
    }

    /// Where so much left belongs, on one axis; never falls as the amount rises.
    fn coordinate(&self, resource: usize, free: i64) -> usize {
        ((free.max(0) as f64 * self.scale[resource]) as usize).min(self.side - 1)
    }

    fn cell_of(&self, row: &Row) -> u32 {
        if row.pods >= self.max_pods {
            return (self.cells.len() - 1) as u32;
        }
        (self.coordinate(0, row.free[0]) * self.side + self.coordinate(1, row.free[1])) as u32
    }

    /// A node joins.
    pub fn insert(&mut self, rows: &mut [Row], slot: u32) {
        self.count += 1;
        let side = Self::side_for(self.count);
        if side > self.side {
            self.rebuild(rows, side);
        }
        self.change(&mut rows[slot as usize], slot);
    }

    /// A node goes.
    pub fn remove(&mut self, rows: &mut [Row], slot: u32) {
        self.count -= 1;
        if rows[slot as usize].is_stale {
            rows[slot as usize].is_stale = false;
            self.stale.retain(|other| *other != slot);
        }
        if rows[slot as usize].cell != NONE {
            self.take(rows, slot);
            rows[slot as usize].cell = NONE;
        }
        // Not at once, lest a node that comes and goes rebuilds all.
        let side = Self::side_for(self.count * 2);
        if side < self.side {
            self.rebuild(rows, side);
        }
    }

    /// A node's amounts have changed.
    #[inline]
    pub fn change(&mut self, row: &mut Row, slot: u32) {
        if !row.is_stale {
            row.is_stale = true;
            self.stale.push(slot);
        }
    }

    /// Puts every node where it belongs; to be called before cells are looked at.
    pub fn settle(&mut self, rows: &mut [Row]) {
        while let Some(slot) = self.stale.pop() {
            let row = &mut rows[slot as usize];
            row.is_stale = false;
            let row = &*row;
            if row.cell == NONE {
                self.put(rows, slot);
            } else if self.cell_of(row) == row.cell {
                self.cells[row.cell as usize].range.widen(row);
            } else {
                self.take(rows, slot);
                self.put(rows, slot);
            }
        }
    }

    fn rebuild(&mut self, rows: &mut [Row], side: usize) {
        let slots: Vec<u32> = self.cells.iter().flat_map(|cell| &cell.nodes).copied().collect();
        self.resize(side);
        for slot in slots {
            self.put(rows, slot);
        }
    }

    fn put(&mut self, rows: &mut [Row], slot: u32) {
        let number = self.cell_of(&rows[slot as usize]);
        let row = &mut rows[slot as usize];
        let cell = &mut self.cells[number as usize];
        if cell.nodes.is_empty() {
            cell.range = Range::of(row);
            let (line, column) = (number as usize / self.side, number as usize % self.side);
            if line < self.side {
                self.lines |= 1 << line;
                self.columns[line] |= 1 << column;
            }
        } else {
            cell.range.widen(row);
        }
        (row.cell, row.at) = (number, cell.nodes.len() as u32);
        cell.nodes.push(slot);
    }

    fn take(&mut self, rows: &mut [Row], slot: u32) {
        let Row { cell: number, at, .. } = rows[slot as usize];
        let cell = &mut self.cells[number as usize];
        cell.nodes.swap_remove(at as usize);
        if let Some(moved) = cell.nodes.get(at as usize) {
            rows[*moved as usize].at = at;
        } else if cell.nodes.is_empty() {
            let (line, column) = (number as usize / self.side, number as usize % self.side);
            if line < self.side {
                self.columns[line] &= !(1 << column);
                if self.columns[line] == 0 {
                    self.lines &= !(1 << line);
                }
            }
        }
    }

    /// The cells whose nodes may have `needed` left, where that is above nothing. Nodes that have as many
    /// pods as they take are in none of them.
    pub fn cells_with(&self, needed: [i64; 2]) -> impl Iterator<Item = &Cell> {
        let from = self.corner(needed);
        let lines = Bits(self.lines(from), false);
        let cells = lines.flat_map(move |line| {
            Bits(self.columns(line, from), false).map(move |column| self.cell(self.number(line, column)))
        });
        cells.filter(move |cell| cell.range.has(&needed))
    }

    /// The first line and column that can have `needed` left.
    pub fn corner(&self, needed: [i64; 2]) -> (usize, usize) {
        (self.coordinate(0, needed[0]), self.coordinate(1, needed[1]))
    }

    /// Lines with nodes from a corner on, the last first where `down`.
    pub fn lines_from(&self, from: (usize, usize), down: bool) -> Bits {
        Bits(self.lines(from), down)
    }

    fn lines(&self, from: (usize, usize)) -> u64 {
        self.lines & (u64::MAX << from.0)
    }

    /// Columns of a line with nodes from a corner on, the last first where `down`.
    pub fn columns_from(&self, line: usize, from: (usize, usize), down: bool) -> Bits {
        Bits(self.columns(line, from), down)
    }

    fn columns(&self, line: usize, from: (usize, usize)) -> u64 {
        self.columns[line] & (u64::MAX << from.1)
    }

    /// The number of a cell.
    pub fn number(&self, line: usize, column: usize) -> u32 {
        (line * self.side + column) as u32
    }

    /// How many lines there are, and columns.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The nodes of a cell.
    pub fn cell(&self, number: u32) -> &Cell {
        &self.cells[number as usize]
    }
}

/// The numbers of the bits that are set, the highest first where the flag says so.
pub(in crate::placement) struct Bits(u64, bool);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = if self.1 { 63 - self.0.leading_zeros() } else { self.0.trailing_zeros() };
        self.0 &= !(1 << bit);
        Some(bit as usize)
    }
}

//! The nodes of one shape, in cells by the shares of CPU and memory that are left.
//!
//! A cell knows between what its nodes lie in every amount that fits or scores, so that whole cells are
//! passed over: those that cannot take a pod, and those that cannot be best.

use super::super::node::{NodeSpec, NodeState};
use super::shape::NONE;

/// A node's amounts, as the index calculates with them.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::placement) struct Row {
    /// What it has left to request, CPU in thousandths and memory in bytes.
    pub free: [i64; 2],
    /// What its pods count for in scores.
    pub counted: [i64; 2],
    /// How many pods are on it.
    pub pods: i64,
    /// Its shape; [`NONE`]: there is no node in this slot.
    pub shape: u32,
    /// Its cell in the grid of its shape.
    pub cell: u32,
    /// Its place in the cell.
    pub at: u32,
}

impl Row {
    /// A slot without a node.
    pub const VACANT: Self =
        Self { free: [0; 2], counted: [0; 2], pods: 0, shape: NONE, cell: NONE, at: NONE };

    /// Takes over what a node's pods use.
    pub fn measure(&mut self, node: &NodeState) {
        let (allocatable, requested) = (&node.spec.allocatable, &node.requested);
        self.free = [
            allocatable.cpu_millis.saturating_sub(requested.cpu_millis),
            allocatable.memory_bytes.saturating_sub(requested.memory_bytes),
        ];
        self.counted = [node.counted.cpu_millis, node.counted.memory_bytes];
        self.pods = node.pod_count();
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
    pub counted: [(i64, i64); 2],
}

impl Range {
    fn of(row: &Row) -> Self {
        Self {
            free: row.free.map(|free| (free, free)),
            counted: row.counted.map(|counted| (counted, counted)),
        }
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
            0..32 => 1,
            32..256 => 8,
            256..2_048 => 32,
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
        self.put(rows, slot);
    }

    /// A node goes.
    pub fn remove(&mut self, rows: &mut [Row], slot: u32) {
        self.count -= 1;
        self.take(rows, slot);
        // Not at once, lest a node that comes and goes rebuilds all.
        let side = Self::side_for(self.count * 2);
        if side < self.side {
            self.rebuild(rows, side);
        }
    }

    /// A node's amounts have changed.
    pub fn change(&mut self, rows: &mut [Row], slot: u32) {
        let row = &rows[slot as usize];
        if self.cell_of(row) == row.cell {
            self.cells[row.cell as usize].range.widen(row);
        } else {
            self.take(rows, slot);
            self.put(rows, slot);
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
    pub fn cells_with(&self, needed: [i64; 2]) -> impl Iterator<Item = (u32, &Cell)> {
        let (line, column) = (self.coordinate(0, needed[0]), self.coordinate(1, needed[1]));
        let lines = Bits(self.lines & (u64::MAX << line));
        let has = move |range: &Range| {
            (0..2).all(|resource| needed[resource] <= 0 || needed[resource] <= range.free[resource].1)
        };
        lines
            .flat_map(move |line| {
                Bits(self.columns[line] & (u64::MAX << column)).map(move |column| line * self.side + column)
            })
            .map(|number| (number as u32, &self.cells[number]))
            .filter(move |(_, cell)| has(&cell.range))
    }

    /// The nodes of a cell.
    pub fn cell(&self, number: u32) -> &Cell {
        &self.cells[number as usize]
    }
}

/// The numbers of the bits that are set.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

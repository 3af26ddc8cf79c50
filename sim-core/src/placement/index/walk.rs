//! The walk: from the cells that promise most downwards, until nothing better can come.
//!
//! A line of cells is left as soon as its bound falls below the best score found, a cell is passed over when
//! its own does. Cells that can only tie are kept for the end: where they hold few nodes, these are
//! compared; where they hold many, many tie, and the first that does turns up soon along the order.

use super::super::tie::Order;
use super::Index;
use super::grid::Cell;
use super::moment::Question;
use super::resources::View;
use super::shape::NONE;

/// Up to so many candidates are compared one by one.
const FEW: usize = 24;

/// A walk's findings, used again by the next.
#[derive(Debug, Default)]
pub(in crate::placement) struct Trail {
    /// The highest score so far.
    best: Option<i64>,
    /// Nodes with that score.
    ties: Vec<u32>,
    /// Cells that may hold more of them: shape, cell, the first node not looked at, bound.
    rest: Vec<(u32, u32, u32, i64)>,
}

impl Index {
    /// The best node; its shapes' constants are set.
    pub(super) fn walk(&mut self, question: &Question<'_>, order: Order) -> Option<u32> {
        let mut trail = core::mem::take(&mut self.trail);
        trail.best = None;
        trail.ties.clear();
        trail.rest.clear();
        for number in 0..self.moment.open.len() {
            if self.moment.open[number] {
                self.shapes.list[number].grid.settle(&mut self.rows);
                self.walk_shape(question, number, &mut trail);
            }
        }
        let node = trail.best.and_then(|best| self.first_of(question, best, &mut trail, order));
        self.trail = trail;
        node
    }

    fn walk_shape(&self, question: &Question<'_>, number: usize, trail: &mut Trail) {
        let shape = &self.shapes.list[number];
        let (grid, needs) = (&shape.grid, &question.needs);
        let scoring = question.scoring();
        let constant = self.moment.constant[number];
        let down = !scoring.prefers_full();
        let from = grid.corner(needs.needed);
        let view = scoring.view(shape, needs);
        let frontier = view.frontier();
        // The line that promises most comes first, so that little is looked at in vain.
        let promise = |line: usize| {
            let column = grid.columns_from(line, from, down).next();
            let worth =
                |column| frontier.bound(frontier.worth(grid, 0, line), frontier.worth(grid, 1, column));
            column.map(worth)
        };
        let first = grid.lines_from(from, down).max_by_key(|line| promise(*line));
        let others = grid.lines_from(from, down).filter(|line| Some(*line) != first);
        for line in first.into_iter().chain(others) {
            let worth = frontier.worth(grid, 0, line);
            for column in grid.columns_from(line, from, down) {
                let promised = constant + frontier.bound(worth, frontier.worth(grid, 1, column));
                if trail.best.is_some_and(|best| promised < best) {
                    break;
                }
                let cell = grid.number(line, column);
                let nodes = grid.cell(cell);
                if !nodes.range.has(&needs.needed) {
                    continue;
                }
                let bound = constant + view.bound(&nodes.range);
                match trail.best {
                    Some(best) if bound < best => {}
                    Some(best) if bound == best => trail.rest.push((number as u32, cell, 0, bound)),
                    _ => {
                        let seen = self.look(question, &view, number, nodes, bound, trail);
                        if seen < nodes.nodes.len() {
                            trail.rest.push((number as u32, cell, seen as u32, bound));
                        }
                    }
                }
            }
        }
    }

    /// Looks at the nodes of a cell until one is as good as any can be; returns how many it looked at.
    fn look(
        &self,
        question: &Question<'_>,
        view: &View<'_>,
        number: usize,
        cell: &Cell,
        bound: i64,
        trail: &mut Trail,
    ) -> usize {
        let (shape, constant) = (&self.shapes.list[number], self.moment.constant[number]);
        for (at, slot) in cell.nodes.iter().enumerate() {
            let row = &self.rows[*slot as usize];
            if !self.takes(question, shape, row, *slot) {
                continue;
            }
            let total = constant + view.of_node(row).total();
            debug_assert!(total <= bound, "a cell's bound holds");
            if trail.best.is_none_or(|best| best <= total) {
                if trail.best != Some(total) {
                    trail.best = Some(total);
                    trail.ties.clear();
                }
                trail.ties.push(*slot);
                if total == bound {
                    return at + 1;
                }
            }
        }
        cell.nodes.len()
    }

    /// Of all nodes with the best score the first in the order.
    fn first_of(&self, question: &Question<'_>, best: i64, trail: &mut Trail, order: Order) -> Option<u32> {
        trail.rest.retain(|(.., bound)| *bound >= best);
        let rest = |(shape, cell, seen, _): &(u32, u32, u32, i64)| {
            &self.shapes.list[*shape as usize].grid.cell(*cell).nodes[*seen as usize..]
        };
        let count: usize = trail.rest.iter().map(|cell| rest(cell).len()).sum();
        let scoring = question.scoring();
        let view = |shape: usize| scoring.view(&self.shapes.list[shape], &question.needs);
        let is_best = |view: &View<'_>, number: usize, slot: u32| {
            let row = &self.rows[slot as usize];
            self.takes(question, &self.shapes.list[number], row, slot)
                && self.moment.constant[number] + view.of_node(row).total() == best
        };
        // With one in five of them the best, a walk meets one within five times slots over candidates.
        let slots = self.rows.len();
        if count > FEW && count * count > 4 * slots {
            let ties = |slot: &u32| {
                let shape = self.rows.get(*slot as usize).map_or(NONE, |row| row.shape) as usize;
                self.moment.open.get(shape) == Some(&true) && is_best(&view(shape), shape, *slot)
            };
            let found = order.walk().take(8 * slots / count).find(ties);
            if found.is_some() {
                return found;
            }
        }
        let others = trail.rest.iter().flat_map(|cell| {
            let (shape, view) = (cell.0 as usize, view(cell.0 as usize));
            rest(cell).iter().copied().filter(move |slot| is_best(&view, shape, *slot))
        });
        trail.ties.iter().copied().chain(others).min_by_key(|slot| order.rank(*slot))
    }
}

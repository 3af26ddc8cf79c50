//! The two ways to the best node: a walk over the best cells, and a scan of every node.

use std::sync::Arc;

use super::super::decision::Feasible;
use super::super::node::NodeIndex;
use super::super::pod::PendingPod;
use super::super::profile::{Plugin, Profile};
use super::super::snapshot::Snapshot;
use super::super::tie::Order;
use super::Index;
use super::moment::{Item, Question};
use super::resources::Needs;
use super::shape::NONE;

/// Lists that are used again.
#[derive(Debug, Default)]
pub(in crate::placement) struct Scratch {
    items: Vec<Item>,
    /// Cells that may hold the best node: shape, cell, bound.
    cells: Vec<(u32, u32, i64)>,
}

/// What the index says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::placement) enum Answer {
    /// The best node and its score.
    Node(NodeIndex, i64),
    /// No node takes the pod.
    NoNode,
    /// The index cannot tell.
    Unknown,
}

/// Up to so many candidates are compared one by one; of more, one walks along the order.
const FEW: usize = 24;

impl Index {
    /// The node for a pod.
    pub fn choose(
        &mut self,
        snapshot: &Snapshot,
        profile: &Arc<Profile>,
        pod: &PendingPod,
        draw: u64,
    ) -> Answer {
        self.with_plan(snapshot, profile, pod, Answer::Unknown, |index, question| {
            let order = Order::new(draw, snapshot.slots());
            if index.scores_by_host(question.plan) {
                index.scan(question, order)
            } else {
                index.walk(question, order)
            }
        })
    }

    /// Every node that takes the pod, with all scores, as [`super::super::decide`] lists them; `None`: the
    /// index cannot tell.
    pub fn feasible(
        &mut self,
        snapshot: &Snapshot,
        profile: &Arc<Profile>,
        pod: &PendingPod,
    ) -> Option<Vec<Feasible>> {
        self.with_plan(snapshot, profile, pod, None, |index, question| {
            let (items, columns) = index.score_all(question);
            let one = |(at, item): (usize, &Item)| {
                let scores: Vec<i64> = columns.iter().map(|column| column[at]).collect();
                Feasible { node: NodeIndex(item.slot), total: scores.iter().sum(), scores }
            };
            Some(items.iter().enumerate().map(one).collect())
        })
    }

    fn with_plan<T>(
        &mut self,
        snapshot: &Snapshot,
        profile: &Arc<Profile>,
        pod: &PendingPod,
        unknown: T,
        answer: impl FnOnce(&mut Self, &Question<'_>) -> T,
    ) -> T {
        let needs = Needs::of(pod);
        if self.odd > 0 || !needs.are_plain() {
            return unknown;
        }
        let number = self.plan(snapshot, profile, &pod.spec);
        if self.plans[number].scoring.is_none() || self.shared_hostnames > 0 && self.plans[number].has_hosts()
        {
            return unknown;
        }
        // Taken out while it is used, and put back.
        let mut plans = core::mem::take(&mut self.plans);
        let plan = &mut plans[number];
        let answer = if self.begin(snapshot, plan, pod) {
            answer(self, &Question { snapshot, plan, needs })
        } else {
            unknown
        };
        self.plans = plans;
        answer
    }

    /// Scores every node that takes the pod: the nodes, and for each score plugin a column.
    fn score_all(&mut self, question: &Question<'_>) -> (Vec<Item>, Vec<Vec<i64>>) {
        let mut items = Vec::new();
        for (slot, row) in self.rows.iter().enumerate() {
            let slot = slot as u32;
            if row.shape != NONE && self.moment.open[row.shape as usize] && self.takes(question, slot) {
                items.push(Item { shape: row.shape, slot });
            }
        }
        let mut columns = self.score(question.snapshot, question.plan, &items);
        let scoring = question.scoring();
        let at = |plugin| question.plan.profile.scores.iter().position(|score| score.plugin == plugin);
        let (fit, balance) = (at(Plugin::NodeResourcesFit), at(Plugin::NodeResourcesBalancedAllocation));
        for (number, item) in items.iter().enumerate() {
            let shape = &self.shapes.list[item.shape as usize];
            let scores = scoring.of_node(shape, &self.rows[item.slot as usize], &question.needs);
            for (column, score) in [(fit, scores.fit), (balance, scores.balance)] {
                if let Some(column) = column {
                    columns[column][number] = score;
                }
            }
        }
        (items, columns)
    }

    fn scan(&mut self, question: &Question<'_>, order: Order) -> Answer {
        let (items, columns) = self.score_all(question);
        let total = |at: usize| -> i64 { columns.iter().map(|column| column[at]).sum() };
        let best = (0..items.len()).map(|at| (total(at), items[at].slot));
        let best = best.max_by_key(|(total, slot)| (*total, core::cmp::Reverse(order.rank(*slot))));
        best.map_or(Answer::NoNode, |(total, slot)| Answer::Node(NodeIndex(slot), total))
    }

    fn walk(&mut self, question: &Question<'_>, order: Order) -> Answer {
        self.set_constants(question);
        let mut scratch = core::mem::take(&mut self.scratch);
        let best = self.best(question, &mut scratch.cells);
        let answer = match best {
            None => Answer::NoNode,
            Some(best) => {
                scratch.cells.retain(|(_, _, bound)| *bound >= best);
                Answer::Node(NodeIndex(self.first_of(question, best, &scratch.cells, order)), best)
            }
        };
        self.scratch = scratch;
        answer
    }

    /// What each open shape adds to the score of its nodes. Shapes that no node of takes the pod have no
    /// part in what is the most or the least of all; they close.
    fn set_constants(&mut self, question: &Question<'_>) {
        let differ = |index: &Self| {
            let mut open = index.moment.open.iter().zip(&question.plan.verdicts).filter(|(open, _)| **open);
            !question.plan.soft.is_empty()
                || !question.plan.preferences.is_empty()
                || open.any(|(_, verdict)| verdict.disliked != 0 || verdict.liked != 0)
        };
        let must_be_taken = differ(self);
        let mut items = core::mem::take(&mut self.scratch.items);
        items.clear();
        for shape in 0..self.moment.open.len() {
            if self.moment.open[shape] && (!must_be_taken || self.takes_any(question, shape)) {
                items.push(Item { shape: shape as u32, slot: NONE });
            } else {
                self.moment.open[shape] = false;
            }
        }
        self.moment.constant.clear();
        self.moment.constant.resize(self.moment.open.len(), 0);
        if !items.is_empty() {
            for column in self.score(question.snapshot, question.plan, &items) {
                for (item, value) in items.iter().zip(column) {
                    self.moment.constant[item.shape as usize] += value;
                }
            }
        }
        self.scratch.items = items;
    }

    fn takes_any(&self, question: &Question<'_>, shape: usize) -> bool {
        let mut cells = self.shapes.list[shape].grid.cells_with(question.needs.needed);
        cells.any(|(_, cell)| cell.nodes.iter().any(|slot| self.takes(question, *slot)))
    }

    /// The score of a node of an open shape.
    fn total(&self, question: &Question<'_>, slot: u32) -> i64 {
        let row = &self.rows[slot as usize];
        let scoring = question.scoring();
        let shape = &self.shapes.list[row.shape as usize];
        self.moment.constant[row.shape as usize] + scoring.of_node(shape, row, &question.needs).total()
    }

    /// The highest score of a node that takes the pod; `cells` are all cells that may have such a node.
    fn best(&self, question: &Question<'_>, cells: &mut Vec<(u32, u32, i64)>) -> Option<i64> {
        cells.clear();
        let scoring = question.scoring();
        let mut first = 0;
        for (number, shape) in self.shapes.list.iter().enumerate() {
            if !self.moment.open[number] {
                continue;
            }
            for (cell, nodes) in shape.grid.cells_with(question.needs.needed) {
                let bound =
                    self.moment.constant[number] + scoring.bound(shape, &nodes.range, &question.needs);
                if cells.is_empty() || bound > cells[first].2 {
                    first = cells.len();
                }
                cells.push((number as u32, cell, bound));
            }
        }
        let mut best = None;
        let mut look = |(shape, cell, bound): (u32, u32, i64)| {
            for slot in &self.shapes.list[shape as usize].grid.cell(cell).nodes {
                if best.is_some_and(|best| best >= bound) {
                    return;
                }
                if self.takes(question, *slot) {
                    let total = self.total(question, *slot);
                    debug_assert!(total <= bound, "a cell's bound holds");
                    best = best.max(Some(total));
                }
            }
        };
        if let Some(first) = cells.get(first) {
            look(*first);
        }
        cells.iter().for_each(|cell| look(*cell));
        best
    }

    /// Of the nodes with the best score, all in `cells`, the first in the order.
    fn first_of(&self, question: &Question<'_>, best: i64, cells: &[(u32, u32, i64)], order: Order) -> u32 {
        let nodes = |(shape, cell, _): &(u32, u32, i64)| {
            self.shapes.list[*shape as usize].grid.cell(*cell).nodes.as_slice()
        };
        let is_best = |slot: u32| self.takes(question, slot) && self.total(question, slot) == best;
        let count: usize = cells.iter().map(|cell| nodes(cell).len()).sum();
        if count > FEW {
            let is_open = |slot: &u32| {
                self.rows
                    .get(*slot as usize)
                    .is_some_and(|row| row.shape != NONE && self.moment.open[row.shape as usize])
            };
            let found = order.walk().take(count).find(|slot| is_open(slot) && is_best(*slot));
            if let Some(found) = found {
                return found;
            }
        }
        let ties = cells.iter().flat_map(nodes).copied().filter(|slot| is_best(*slot));
        ties.min_by_key(|slot| order.rank(*slot)).expect("the node with the best score")
    }
}

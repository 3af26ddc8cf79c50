//! The descent: from the highest levels of the shapes' ladders downwards, until nothing better can come.
//!
//! For profiles that score CPU and memory alike and prefer what is empty. Nodes of a level that may hold a better
//! one than the best so far are scored, those of the shape that promises most before the others; of nodes that may
//! only be as good, those that come before it in the order. Where there are many of these, they are left out
//! until the best score is known; then one walks along the order, where the first that ties turns up soon.
//!
//! A level does not say what a node has left of each resource. Where many in turn have not enough of one, the
//! grid knows better which have, and is asked instead ([`super::walk`]).

use super::super::tie::Order;
use super::Index;
use super::grid::{Row, Used};
use super::ladder::{Descent, Level};
use super::moment::Question;
use super::resources::View;
use super::shape::Shape;

/// So many nodes in turn that do not take the pod are looked at. From 4 to 32 this changes what a pod costs by 8 % in an
/// overloaded cluster, where 128 cost a fifth more, and by nothing where there is room.
const PATIENCE: usize = 12;
/// Up to so many nodes that may tie are compared one by one.
const FEW: usize = 48;

/// What came of a descent.
pub(in crate::placement) enum Found {
    /// The best node, or none takes the pod.
    Answer(Option<u32>),
    /// The grid knows better.
    AskGrid,
}

/// The nodes of a side of an open shape, as a pod finds them.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Candidates {
    shape: u32,
    /// What the pod takes of a node.
    own: [Used; 2],
    descent: Descent,
    /// The highest level with nodes.
    top: Level,
    /// What the shape adds to a node's score.
    constant: i64,
    /// The most that it and balance add on this side.
    most: i64,
}

/// The best node so far.
#[derive(Clone, Copy)]
struct Best {
    total: i64,
    slot: u32,
    /// Its rank in the order, once it was needed.
    rank: Option<u32>,
}

impl Best {
    fn rank(&mut self, order: Order) -> u32 {
        *self.rank.get_or_insert_with(|| order.rank(self.slot))
    }
}

impl Index {
    /// The best node; its shapes' constants are set.
    pub(super) fn descend(&mut self, question: &Question<'_>, order: Order) -> Found {
        if !question.scoring().prefers_empty_alike() {
            return Found::AskGrid;
        }
        let mut all = core::mem::take(&mut self.moment.candidates);
        self.list_candidates(question, &mut all);
        let found = self.descend_among(question, order, &all);
        self.moment.candidates = all;
        found
    }

    /// Lists the sides of open shapes, the one that promises most in front.
    fn list_candidates(&mut self, question: &Question<'_>, all: &mut Vec<Candidates>) {
        all.clear();
        let mut promise = i64::MIN;
        for number in 0..self.moment.open.len() {
            if !self.moment.open[number] {
                continue;
            }
            let shape = &mut self.shapes.list[number];
            shape.ladder.settle(&mut self.rows, &shape.allocatable);
            let shape = &self.shapes.list[number];
            let view = question.scoring().view(shape, &question.needs);
            let (descent, constant) = (view.descent(), self.moment.constant[number]);
            for (side, balance) in view.sides().into_iter().flatten() {
                let descent = descent.on(side);
                let Some(top) = descent.level_below(&shape.ladder, None) else { continue };
                let (shape, most) = (number as u32, constant + balance);
                all.push(Candidates { shape, own: view.own, descent, top, constant, most });
                let promised = most + view.fit_at_most(top.level);
                if promised > promise {
                    promise = promised;
                    let last = all.len() - 1;
                    all.swap(0, last);
                }
            }
        }
    }

    fn descend_among(&self, question: &Question<'_>, order: Order, all: &[Candidates]) -> Found {
        let (mut best, mut may_tie) = (None, 0);
        for candidates in all {
            if !self.find_better(question, candidates, order, &mut best, &mut may_tie) {
                return Found::AskGrid;
            }
        }
        Found::Answer(best.map(|best| match may_tie > FEW {
            true => self.first_of_best(question, all, order, best),
            false => best.slot,
        }))
    }

    /// Looks for a better node among those of a shape, or one as good that comes before it; gives up the second
    /// when there are too many. `false`: too many are looked at in vain.
    fn find_better(
        &self,
        question: &Question<'_>,
        candidates: &Candidates,
        order: Order,
        best: &mut Option<Best>,
        may_tie: &mut usize,
    ) -> bool {
        let shape = &self.shapes.list[candidates.shape as usize];
        let view = candidates.view(question, shape);
        let (mut vain, mut next) = (0, Some(candidates.top));
        while let Some(level) = next {
            let bound = candidates.most + view.fit_at_most(level.level);
            for slot in level.nodes(&shape.ladder, &self.rows) {
                if let Some(best) = best {
                    if bound < best.total {
                        return true;
                    }
                    if bound == best.total {
                        *may_tie += 1;
                        if *may_tie > FEW {
                            return true;
                        }
                        if order.rank(slot) > best.rank(order) {
                            continue;
                        }
                    }
                }
                let row = &self.rows[slot as usize];
                if !self.takes(question, shape, row, slot) {
                    vain += 1;
                    if vain > PATIENCE {
                        return false;
                    }
                    continue;
                }
                vain = 0;
                let least = best.map_or(i64::MIN, |best| best.total);
                if let Some(total) = candidates.score(&view, row, least) {
                    debug_assert!(total <= bound, "a level's bound holds");
                    offer(best, total, slot, order);
                }
            }
            next = candidates.descent.level_below(&shape.ladder, Some(level.level));
        }
        true
    }

    /// Of all nodes as good as the best, the first in the order. Those of levels that may hold a better one have
    /// been scored.
    fn first_of_best(
        &self,
        question: &Question<'_>,
        all: &[Candidates],
        order: Order,
        mut best: Best,
    ) -> u32 {
        let total = best.total;
        let levels = |candidates: &Candidates| {
            let (candidates, shape) = (*candidates, &self.shapes.list[candidates.shape as usize]);
            let bound = move |level: &Level| {
                candidates.most + candidates.view(question, shape).fit_at_most(level.level)
            };
            let below = move |level: &Level| candidates.descent.level_below(&shape.ladder, Some(level.level));
            core::iter::successors(Some(candidates.top), below)
                .skip_while(move |level| bound(level) > total)
                .take_while(move |level| bound(level) == total)
        };
        let ladder = |candidates: &Candidates| &self.shapes.list[candidates.shape as usize].ladder;
        let count = |candidates: &Candidates| -> usize {
            levels(candidates).map(|level| level.count_about(ladder(candidates))).sum()
        };
        let about: usize = all.iter().map(count).sum();
        // With a third of them the best, a walk meets one within three times slots over candidates.
        let slots = self.rows.len();
        if all.len() < FEW
            && about * about > 3 * slots
            && let Some(first) = self.along(question, all, order, total, 8 * slots / about)
        {
            return first;
        }
        for candidates in all {
            for level in levels(candidates) {
                self.find_earlier(question, candidates, &level, order, &mut best);
            }
        }
        best.slot
    }

    /// The first along the order that is as good as the best, if there is one among so many.
    fn along(
        &self,
        question: &Question<'_>,
        all: &[Candidates],
        order: Order,
        best: i64,
        ranks: usize,
    ) -> Option<u32> {
        order.walk().take(ranks).find(|slot| {
            let Some(row) = self.rows.get(*slot as usize) else { return false };
            let mut sides = all.iter().filter(|candidates| candidates.shape == row.shape);
            sides.any(|candidates| {
                let shape = &self.shapes.list[row.shape as usize];
                self.takes(question, shape, row, *slot)
                    && candidates.score(&candidates.view(question, shape), row, best) == Some(best)
            })
        })
    }

    /// Looks at a level's nodes for one as good as the best that comes before it.
    fn find_earlier(
        &self,
        question: &Question<'_>,
        candidates: &Candidates,
        level: &Level,
        order: Order,
        best: &mut Best,
    ) {
        let shape = &self.shapes.list[candidates.shape as usize];
        let view = candidates.view(question, shape);
        for slot in level.nodes(&shape.ladder, &self.rows) {
            let rank = order.rank(slot);
            if rank >= best.rank(order) {
                continue;
            }
            let row = &self.rows[slot as usize];
            if self.takes(question, shape, row, slot)
                && candidates.score(&view, row, best.total) == Some(best.total)
            {
                *best = Best { slot, rank: Some(rank), ..*best };
            }
        }
    }
}

impl Candidates {
    fn view<'a>(&self, question: &'a Question<'_>, shape: &'a Shape) -> View<'a> {
        question.scoring().view_of(shape, &question.needs, self.own)
    }

    /// The score of a node; `None`: it is below `least`.
    #[inline]
    fn score(&self, view: &View<'_>, row: &Row, least: i64) -> Option<i64> {
        let fit = view.fit_of(row);
        if self.most + fit < least {
            return None;
        }
        Some(self.constant + fit + view.balance_of(row))
    }
}

/// Takes a node if it is better, or as good and earlier in the order.
#[inline]
fn offer(best: &mut Option<Best>, total: i64, slot: u32, order: Order) {
    match best {
        Some(so_far) if so_far.total > total => {}
        Some(so_far) if so_far.total == total => {
            let rank = order.rank(slot);
            if rank < so_far.rank(order) {
                *best = Some(Best { total, slot, rank: Some(rank) });
            }
        }
        _ => *best = Some(Best { total, slot, rank: None }),
    }
}

//! The descent: from the highest rungs of the shapes' ladders downwards, until nothing better can come.
//!
//! For profiles that score CPU and memory alike and prefer what is empty. Every node on a rung that may hold a
//! best one is scored, and of those with the best score the first in the order is kept. Where nothing but ties
//! can follow and these are many, one walks along the order instead, where the first that ties turns up soon.
//!
//! A rung does not say what a node has left of each resource. Where many in turn have not enough of one, the
//! grid knows better which have, and is asked instead ([`super::walk`]).

use super::super::tie::Order;
use super::Index;
use super::ladder::{Ladder, hundredths};
use super::moment::Question;
use super::shape::NONE;

/// So many nodes in turn that do not take the pod are looked at.
const PATIENCE: usize = 128;
/// Up to so many candidates are compared one by one.
const FEW: usize = 48;

/// The best node so far.
#[derive(Clone, Copy)]
struct Best {
    total: i64,
    slot: u32,
    /// Its rank in the order, once it was needed.
    rank: Option<u32>,
}

/// What came of a descent.
pub(in crate::placement) enum Found {
    /// The best node, or none takes the pod.
    Answer(Option<u32>),
    /// The grid knows better.
    AskGrid,
}

impl Index {
    /// The best node; its shapes' constants are set.
    pub(super) fn descend(&mut self, question: &Question<'_>, order: Order) -> Found {
        if !question.scoring().prefers_empty_alike() {
            return Found::AskGrid;
        }
        for number in 0..self.moment.open.len() {
            if self.moment.open[number] {
                let shape = &mut self.shapes.list[number];
                shape.ladder.settle(&mut self.rows, &shape.rungs);
            }
        }
        let mut best: Option<Best> = None;
        for number in 0..self.moment.open.len() {
            if !self.moment.open[number] {
                continue;
            }
            match self.descend_shape(question, number, order, &mut best) {
                Way::Down => {}
                Way::Along(slot) => return Found::Answer(Some(slot)),
                Way::Out => return Found::AskGrid,
            }
        }
        Found::Answer(best.map(|best| best.slot))
    }

    fn descend_shape(
        &self,
        question: &Question<'_>,
        number: usize,
        order: Order,
        best: &mut Option<Best>,
    ) -> Way {
        let shape = &self.shapes.list[number];
        let view = question.scoring().view(shape, &question.needs);
        let (own, most) = (view.own_rungs(), self.moment.constant[number] + view.balance_at_most());
        let (mut vain, mut seen) = (0, 0);
        let mut from = Ladder::TOP;
        while let Some(rung) = shape.ladder.highest(from) {
            let bound = most + view.fit_at_most(hundredths(rung, own));
            match *best {
                Some(best) if bound < best.total => break,
                Some(best) if bound == best.total && seen > FEW / 2 => {
                    seen = 0;
                    if let Some(slot) = self.along(question, number, rung, best.total, order) {
                        return Way::Along(slot);
                    }
                }
                _ => {}
            }
            let mut slot = shape.ladder.first(rung);
            while slot != NONE {
                let row = &self.rows[slot as usize];
                if self.takes(question, shape, row, slot) {
                    vain = 0;
                    seen += 1;
                    let total = self.moment.constant[number] + view.of_node(row).total();
                    debug_assert!(total <= bound, "a rung's bound holds");
                    offer(best, total, slot, order);
                } else {
                    vain += 1;
                    if vain > PATIENCE {
                        return Way::Out;
                    }
                }
                slot = row.step.next();
            }
            let Some(below) = rung.checked_sub(1) else { break };
            from = below;
        }
        Way::Down
    }

    /// Where many may tie and nothing can be better, the first along the order that does. Only where one shape
    /// is open, so that no other can be better either.
    fn along(
        &self,
        question: &Question<'_>,
        number: usize,
        rung: usize,
        best: i64,
        order: Order,
    ) -> Option<u32> {
        if self.moment.open.iter().filter(|open| **open).count() > 1 {
            return None;
        }
        let shape = &self.shapes.list[number];
        let view = question.scoring().view(shape, &question.needs);
        let (own, most) = (view.own_rungs(), self.moment.constant[number] + view.balance_at_most());
        let (mut rest, mut from) = (0, Some(rung));
        while let Some(rung) = from.and_then(|from| shape.ladder.highest(from)) {
            if most + view.fit_at_most(hundredths(rung, own)) < best {
                break;
            }
            rest += shape.ladder.count(rung) as usize;
            from = rung.checked_sub(1);
        }
        let slots = self.rows.len();
        // With a third of them the best, a walk meets one within three times slots over candidates.
        if rest <= FEW || rest * rest <= 3 * slots {
            return None;
        }
        let ties = |slot: &u32| {
            self.rows.get(*slot as usize).is_some_and(|row| {
                row.shape == number as u32
                    && self.takes(question, shape, row, *slot)
                    && self.moment.constant[number] + view.of_node(row).total() == best
            })
        };
        order.walk().take(8 * slots / rest).find(ties)
    }
}

enum Way {
    /// All that can be best has been seen.
    Down,
    /// The first of the best.
    Along(u32),
    /// Too many in vain.
    Out,
}

/// Takes a node if it is better, or as good and earlier in the order.
#[inline]
fn offer(best: &mut Option<Best>, total: i64, slot: u32, order: Order) {
    match best {
        Some(so_far) if so_far.total > total => {}
        Some(so_far) if so_far.total == total => {
            let rank = order.rank(slot);
            let so_far_rank = *so_far.rank.get_or_insert_with(|| order.rank(so_far.slot));
            if rank < so_far_rank {
                *best = Some(Best { total, slot, rank: Some(rank) });
            }
        }
        _ => *best = Some(Best { total, slot, rank: None }),
    }
}

//! What the index answers: the node for a pod, or all nodes that take it with their scores.

use std::sync::Arc;

use super::super::decision::Feasible;
use super::super::node::NodeIndex;
use super::super::pod::PendingPod;
use super::super::profile::{Plugin, Profile};
use super::super::snapshot::Snapshot;
use super::super::tie::Order;
use super::Index;
use super::descent::Found;
use super::moment::{Item, Question};
use super::plan::Known;
use super::resources::Needs;
use super::shape::NONE;

/// So many nodes are looked at before the grid is asked whether any takes a pod.
const SOON: usize = 4;

/// What the index says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::placement) enum Answer {
    /// The best node.
    Node(NodeIndex),
    /// No node takes the pod.
    NoNode,
    /// The index cannot tell.
    Unknown,
}

impl Index {
    /// The node for a pod.
    pub fn choose(
        &mut self,
        snapshot: &Snapshot,
        profile: &Arc<Profile>,
        pod: &PendingPod,
        draw: u64,
    ) -> Answer {
        self.with_plan(snapshot, profile, pod, Answer::Unknown, |index, question, known| {
            let order = Order::new(draw, snapshot.slots());
            let slot = if index.scores_by_host(question.plan) {
                index.scan(question, order)
            } else {
                index.set_constants(question, known);
                match index.descend(question, order) {
                    Found::Answer(slot) => slot,
                    Found::AskGrid => index.walk(question, order),
                }
            };
            slot.map_or(Answer::NoNode, |slot| Answer::Node(NodeIndex(slot)))
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
        self.with_plan(snapshot, profile, pod, None, |index, question, _| {
            let (items, columns) = index.score_all(question);
            let one = |(at, item): (usize, &Item)| {
                let scores: Vec<i64> = columns.iter().map(|column| column[at]).collect();
                Feasible { node: NodeIndex(item.slot), total: scores.iter().sum(), scores }
            };
            Some(items.iter().enumerate().map(one).collect())
        })
    }

    /// Whether a node takes a pod; `None`: the index cannot tell, also where pods are nominated.
    pub fn fits(
        &mut self,
        snapshot: &Snapshot,
        profile: &Arc<Profile>,
        pod: &PendingPod,
        node: NodeIndex,
    ) -> Option<bool> {
        self.with_plan(snapshot, profile, pod, None, |index, question, _| {
            let row = &index.rows[node.0 as usize];
            let number = row.shape as usize;
            let takes = || index.takes(question, &index.shapes.list[number], row, node.0);
            question.is_plain.then(|| index.moment.open[number] && takes())
        })
    }

    pub(super) fn with_plan<T>(
        &mut self,
        snapshot: &Snapshot,
        profile: &Arc<Profile>,
        pod: &PendingPod,
        unknown: T,
        answer: impl FnOnce(&mut Self, &Question<'_>, &mut Known) -> T,
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
            let mut known = core::mem::take(&mut plan.known);
            let is_plain = self.is_plain(plan);
            let answer = answer(self, &Question { snapshot, plan, needs, is_plain }, &mut known);
            plan.known = known;
            answer
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
            if row.shape != NONE && self.moment.open[row.shape as usize] {
                let shape = &self.shapes.list[row.shape as usize];
                if self.takes(question, shape, row, slot as u32) {
                    items.push(Item { shape: row.shape, slot: slot as u32 });
                }
            }
        }
        let mut columns = self.score(question.snapshot, question.plan, &items);
        let scoring = question.scoring();
        let at = |plugin| question.plan.profile.scores.iter().position(|score| score.plugin == plugin);
        let (fit, balance) = (at(Plugin::NodeResourcesFit), at(Plugin::NodeResourcesBalancedAllocation));
        for (number, item) in items.iter().enumerate() {
            let shape = &self.shapes.list[item.shape as usize];
            let scores = scoring.view(shape, &question.needs).of_node(&self.rows[item.slot as usize]);
            for (column, score) in [(fit, scores.fit), (balance, scores.balance)] {
                if let Some(column) = column {
                    columns[column][number] = score;
                }
            }
        }
        (items, columns)
    }

    /// The best node, all asked.
    fn scan(&mut self, question: &Question<'_>, order: Order) -> Option<u32> {
        let (items, columns) = self.score_all(question);
        let total = |at: usize| -> i64 { columns.iter().map(|column| column[at]).sum() };
        let best = (0..items.len()).map(|at| (total(at), items[at].slot));
        let best = best.max_by_key(|(total, slot)| (*total, core::cmp::Reverse(order.rank(*slot))));
        best.map(|(_, slot)| slot)
    }

    /// What each open shape adds to the score of its nodes. Shapes that no node of takes the pod have no
    /// part in what is the most or the least of all; they close.
    fn set_constants(&mut self, question: &Question<'_>, known: &mut Known) {
        let plan = question.plan;
        if !known.is_all {
            let verdicts = &plan.verdicts;
            let differ = !plan.soft.is_empty()
                || !plan.preferences.is_empty()
                || (0..verdicts.len()).any(|at| {
                    self.moment.open[at] && (verdicts[at].disliked != 0 || verdicts[at].liked != 0)
                });
            for shape in 0..self.moment.open.len() {
                if differ && self.moment.open[shape] {
                    self.moment.open[shape] = self.takes_any(question, shape);
                }
            }
        }
        let counts = !plan.soft.is_empty() || !plan.preferences.is_empty();
        if !counts && known.taken == self.moment.open {
            return self.moment.constant.clone_from(&known.constant);
        }
        let open = (0..self.moment.open.len()).filter(|shape| self.moment.open[*shape]);
        let items: Vec<Item> = open.map(|shape| Item { shape: shape as u32, slot: NONE }).collect();
        self.moment.constant.clear();
        self.moment.constant.resize(self.moment.open.len(), 0);
        for column in self.score(question.snapshot, plan, &items) {
            for (item, value) in items.iter().zip(column) {
                self.moment.constant[item.shape as usize] += value;
            }
        }
        known.taken.clone_from(&self.moment.open);
        known.constant.clone_from(&self.moment.constant);
    }

    fn takes_any(&mut self, question: &Question<'_>, number: usize) -> bool {
        if self.takes_soon(question, number) {
            return true;
        }
        self.shapes.list[number].grid.settle(&mut self.rows);
        let shape = &self.shapes.list[number];
        let takes = |slot: &u32| self.takes(question, shape, &self.rows[*slot as usize], *slot);
        shape.grid.cells_with(question.needs.needed).any(|cell| cell.nodes.iter().any(takes))
    }

    /// Whether one of the emptiest nodes of the shape takes the pod.
    fn takes_soon(&mut self, question: &Question<'_>, number: usize) -> bool {
        let shape = &mut self.shapes.list[number];
        shape.ladder.settle(&mut self.rows, &shape.allocatable);
        let shape = &self.shapes.list[number];
        let mut nodes = shape.ladder.emptiest(&self.rows);
        nodes.by_ref().take(SOON).any(|slot| self.takes(question, shape, &self.rows[slot as usize], slot))
    }
}

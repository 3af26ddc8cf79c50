//! A decision being made: what filters and scores come to for each shape, now.

use super::super::cycle::normalize;
use super::super::plugins::inter_pod_affinity::spread_out;
use super::super::plugins::{image_locality, pod_topology_spread};
use super::super::pod::PendingPod;
use super::super::profile::Plugin;
use super::super::snapshot::Snapshot;
use super::Index;
use super::descent::Candidates;
use super::grid::Row;
use super::plan::{Key, Plan, Spread, Verdict};
use super::resources::{Needs, Scoring};
use super::shape::{NONE, Shape};

/// Scratch of one decision, used again by the next.
#[derive(Debug, Default)]
pub(in crate::placement) struct Moment {
    /// Whether a shape's nodes may take the pod, resources and hosts aside.
    pub open: Vec<bool>,
    /// What a node's shape adds to its score.
    pub constant: Vec<i64>,
    /// For each hard constraint, the least count of all hosts that it counts; 0 where it is not by host.
    least: Vec<i64>,
    /// Counts by domain.
    totals: Vec<i64>,
    /// Nodes with nominated pods that go before this one: the slot and what they need.
    pub nominated: Vec<(u32, [i64; 2], i64)>,
    /// Whether the pod is the first of its kind, which may go where none is.
    first: bool,
    /// What a descent looks at.
    pub candidates: Vec<Candidates>,
}

/// What is asked: where a pod can go.
#[derive(Clone, Copy)]
pub(in crate::placement) struct Question<'a> {
    pub snapshot: &'a Snapshot,
    pub plan: &'a Plan,
    pub needs: Needs,
    /// Whether only CPU, memory and the number of pods are looked at on a node of an open shape.
    pub is_plain: bool,
}

impl Question<'_> {
    /// How resources score.
    pub fn scoring(&self) -> &Scoring {
        self.plan.scoring.as_ref().expect("a plan that the index decides by")
    }
}

/// Something to score: a node, or a shape that has a node that takes the pod.
#[derive(Clone, Copy, Debug)]
pub(in crate::placement) struct Item {
    pub shape: u32,
    /// The node; [`NONE`]: the shape alone.
    pub slot: u32,
}

impl Index {
    /// Finds out which shapes are open to the pod; `false`: the index cannot tell.
    pub(super) fn begin(&mut self, snapshot: &Snapshot, plan: &mut Plan, pod: &PendingPod) -> bool {
        self.know(snapshot, plan);
        let mut moment = core::mem::take(&mut self.moment);
        moment.open.clone_from(&plan.known.open);
        let known = self.see_nominated(snapshot, plan, pod, &mut moment);
        if plan.filters_by_counts() {
            self.close_by_spread(plan, &mut moment);
            self.close_by_affinity(plan, &mut moment);
        }
        self.moment = moment;
        known && !self.has_odd_domains(plan)
    }

    /// Finds out what holds as long as the nodes stay as they are.
    fn know(&self, snapshot: &Snapshot, plan: &mut Plan) {
        if plan.known.epoch == Some(self.epoch) {
            return;
        }
        for shape in plan.verdicts.len()..self.shapes.list.len() {
            plan.verdicts.push(plan.judge(&self.shapes.list[shape].like, &snapshot.surroundings));
        }
        let shapes = || self.shapes.list.iter().zip(&plan.verdicts);
        let is_open = |shape: &Shape, verdict: &Verdict| shape.grid.count > 0 && verdict.refusal.is_none();
        let mut open = shapes().filter(|(shape, verdict)| is_open(shape, verdict));
        let is_all = !plan.filters_by_counts()
            && plan.soft.is_empty()
            && plan.preferences.is_empty()
            && open.all(|(_, verdict)| verdict.disliked == 0 && verdict.liked == 0);
        plan.known.open = shapes().map(|(shape, verdict)| is_open(shape, verdict)).collect();
        plan.known.is_all = is_all;
        plan.known.taken.clear();
        plan.known.epoch = Some(self.epoch);
    }

    /// Whether an empty value of a label might be taken for none.
    fn has_odd_domains(&self, plan: &Plan) -> bool {
        let odd = |key: Key| matches!(key, Key::Label(at) if self.shapes.domains[at].has_empty_value());
        !plan.strict && plan.soft.iter().any(|spread| odd(spread.key))
    }

    /// Notes where pods are nominated that go before this one. Those that other filters count are out of
    /// reach.
    fn see_nominated(&self, snapshot: &Snapshot, plan: &Plan, pod: &PendingPod, moment: &mut Moment) -> bool {
        moment.nominated.clear();
        for nomination in snapshot.nominations() {
            let (other, slot) = (&nomination.pod, nomination.node.0);
            if other.key == pod.key || other.spec.priority < pod.spec.priority {
                continue;
            }
            if plan.filters_by_counts()
                || !plan.others.is_empty()
                || !other.spec.anti_affinity.is_empty()
                || !other.spec.host_ports.is_empty()
            {
                return false;
            }
            let needs = Needs::of(other);
            if !needs.are_plain() {
                return false;
            }
            match moment.nominated.binary_search_by_key(&slot, |(slot, ..)| *slot) {
                Ok(at) => {
                    let (_, needed, pods) = &mut moment.nominated[at];
                    *needed = [needed[0] + needs.needed[0], needed[1] + needs.needed[1]];
                    *pods += 1;
                }
                Err(at) => moment.nominated.insert(at, (slot, needs.needed, 1)),
            }
        }
        true
    }

    fn close_by_spread(&self, plan: &Plan, moment: &mut Moment) {
        moment.least.clear();
        for (at, spread) in plan.hard.iter().enumerate() {
            let tally = &self.tallies.list[spread.tally];
            let counts = |shape: usize| {
                let verdict = &plan.verdicts[shape];
                verdict.included[at] && verdict.has_keys[0] && self.has_hosts(plan, shape)
            };
            let Key::Label(table) = spread.key else {
                moment.least.push(self.least_on_hosts(spread, &counts));
                let named = |shape: usize| self.shapes.list[shape].named;
                moment.open.iter_mut().enumerate().for_each(|(shape, open)| *open &= named(shape));
                continue;
            };
            moment.least.push(0);
            let domains = &self.shapes.domains[table];
            moment.totals.clear();
            moment.totals.resize(domains.count as usize, -1);
            let mut present = 0;
            for (shape, domain) in domains.of_shape.iter().enumerate() {
                if self.shapes.list[shape].grid.count > 0 && *domain != NONE && counts(shape) {
                    let total = &mut moment.totals[*domain as usize];
                    present += usize::from(*total < 0);
                    *total = (*total).max(0) + tally.over(shape);
                }
            }
            let least = moment.totals.iter().copied().filter(|total| *total >= 0).min();
            let least = least_of(spread, present, least);
            for (open, domain) in moment.open.iter_mut().zip(&domains.of_shape) {
                *open &= *domain != NONE && {
                    let there = moment.totals[*domain as usize].max(0);
                    there + spread.itself - least <= spread.constraint.max_skew
                };
            }
        }
    }

    /// Whether the nodes of the shape have hostnames, where a hard constraint asks for them.
    fn has_hosts(&self, plan: &Plan, shape: usize) -> bool {
        self.shapes.list[shape].named || plan.hard.iter().all(|spread| spread.key != Key::Host)
    }

    fn least_on_hosts(&self, spread: &Spread, counts: &dyn Fn(usize) -> bool) -> i64 {
        let tally = &self.tallies.list[spread.tally];
        let (mut present, mut least) = (0, None);
        for (slot, row) in self.rows.iter().enumerate() {
            if row.shape != NONE && counts(row.shape as usize) {
                present += 1;
                let count = tally.at(slot as u32);
                least = Some(least.map_or(count, |least: i64| least.min(count)));
            }
        }
        least_of(spread, present, least)
    }

    fn close_by_affinity(&mut self, plan: &Plan, moment: &mut Moment) {
        moment.first = false;
        if let Some((tally, keys)) = &plan.wanted {
            let near = |key: &Key, shape: usize| match key {
                Key::Host => self.shapes.list[shape].named,
                Key::Label(table) => self.shapes.domains[*table].of_shape[shape] != NONE,
            };
            let tally = &self.tallies.list[*tally];
            let reached = |shape: usize| tally.over(shape) > 0 && keys.iter().any(|key| near(key, shape));
            moment.first = plan.wants_itself && !(0..self.shapes.list.len()).any(reached);
            for key in keys {
                let open = moment.open.iter_mut().enumerate();
                open.for_each(|(shape, open)| *open &= near(key, shape));
                if let Key::Label(table) = key
                    && !moment.first
                {
                    self.sum_by_domain(tally, *table, &mut moment.totals);
                    let domains = &self.shapes.domains[*table].of_shape;
                    for (open, domain) in moment.open.iter_mut().zip(domains) {
                        *open &= *domain != NONE && moment.totals[*domain as usize] > 0;
                    }
                }
            }
        }
        for (key, tally) in &plan.unwanted {
            let Key::Label(table) = key else { continue };
            self.sum_by_domain(&self.tallies.list[*tally], *table, &mut moment.totals);
            for (open, domain) in moment.open.iter_mut().zip(&self.shapes.domains[*table].of_shape) {
                *open &= *domain == NONE || moment.totals[*domain as usize] <= 0;
            }
        }
    }

    /// The counts of a tally over each domain.
    fn sum_by_domain(&self, tally: &super::tally::Tally, table: usize, totals: &mut Vec<i64>) {
        let domains = &self.shapes.domains[table];
        totals.clear();
        totals.resize(domains.count as usize, 0);
        for (shape, domain) in domains.of_shape.iter().enumerate() {
            if *domain != NONE {
                totals[*domain as usize] += tally.over(shape);
            }
        }
    }

    /// Whether the node, of an open shape, takes the pod.
    #[inline]
    pub(super) fn takes(&self, question: &Question<'_>, shape: &Shape, row: &Row, slot: u32) -> bool {
        question.needs.fit(&row.free)
            && row.pods < shape.max_pods
            && (question.is_plain || self.takes_otherwise(question, row, slot))
    }

    /// Whether nothing but resources is in the way.
    fn takes_otherwise(&self, question: &Question<'_>, row: &Row, slot: u32) -> bool {
        let Question { plan, needs, .. } = question;
        let max_pods = self.shapes.list[row.shape as usize].max_pods;
        if let Ok(at) = self.moment.nominated.binary_search_by_key(&slot, |(slot, ..)| *slot) {
            let (_, taken, pods) = &self.moment.nominated[at];
            if !needs.fit(&[row.free[0] - taken[0], row.free[1] - taken[1]]) || row.pods + pods >= max_pods {
                return false;
            }
        }
        (plan.others.is_empty() && plan.spec.host_ports.is_empty()
            || self.has_others(question.snapshot, plan, slot))
            && (!plan.filters_by_counts() || self.hosts_allow(plan, slot))
    }

    /// Whether no node refuses the pod but for CPU, memory and the number of pods.
    pub(super) fn is_plain(&self, plan: &Plan) -> bool {
        self.moment.nominated.is_empty()
            && plan.others.is_empty()
            && plan.spec.host_ports.is_empty()
            && !plan.filters_by_counts()
    }

    fn has_others(&self, snapshot: &Snapshot, plan: &Plan, slot: u32) -> bool {
        let node = snapshot.node(super::super::node::NodeIndex(slot));
        let left = |name| node.spec.allocatable.of(name).saturating_sub(node.requested.of(name));
        let ports = plan.profile.filters.contains(&Plugin::NodePorts);
        plan.others.iter().all(|(name, amount)| *amount <= left(*name))
            && (!ports || super::super::plugins::node_ports::filter(&plan.spec, node).is_ok())
    }

    /// Whether what is counted by host allows the node.
    fn hosts_allow(&self, plan: &Plan, slot: u32) -> bool {
        let shape = self.rows[slot as usize].shape as usize;
        let there = |tally: usize| self.tallies.list[tally].at(slot);
        let spread = plan.hard.iter().enumerate().zip(&self.moment.least).all(|((at, spread), least)| {
            let counted = plan.verdicts[shape].included[at] && plan.verdicts[shape].has_keys[0];
            let there = if counted { there(spread.tally) } else { 0 };
            spread.key != Key::Host || there + spread.itself - least <= spread.constraint.max_skew
        });
        let named = self.shapes.list[shape].named;
        spread
            && !plan.unwanted.iter().any(|(key, tally)| *key == Key::Host && named && there(*tally) > 0)
            && plan.wanted.as_ref().is_none_or(|(tally, keys)| {
                self.moment.first || !keys.contains(&Key::Host) || there(*tally) > 0
            })
    }

    /// Whether what a plan scores besides resources differs between nodes of one shape.
    pub(super) fn scores_by_host(&self, plan: &Plan) -> bool {
        plan.soft.iter().any(|spread| spread.key == Key::Host)
            || plan
                .preferences
                .iter()
                .any(|(key, tally)| *key == Key::Host && self.tallies.list[*tally].nodes > 0)
    }

    /// The weighted scores of all plugins but those of resources, in the order of the profile.
    pub(super) fn score(&mut self, snapshot: &Snapshot, plan: &Plan, items: &[Item]) -> Vec<Vec<i64>> {
        let era = plan.profile.era;
        let verdict = |item: &Item| &plan.verdicts[item.shape as usize];
        let mut columns = Vec::new();
        for score in &plan.profile.scores {
            let mut column: Vec<i64> = match score.plugin {
                Plugin::TaintToleration => {
                    let mut column: Vec<i64> = items.iter().map(|item| verdict(item).disliked).collect();
                    normalize(&mut column, true, era);
                    column
                }
                Plugin::NodeAffinity => {
                    let mut column: Vec<i64> = items.iter().map(|item| verdict(item).liked).collect();
                    normalize(&mut column, false, era);
                    column
                }
                Plugin::SelectorSpread => items.iter().map(|item| verdict(item).selector_spread).collect(),
                Plugin::ImageLocality => {
                    let shape = |item: &Item| &self.shapes.list[item.shape as usize].like;
                    let nodes = snapshot.node_count();
                    items
                        .iter()
                        .map(|item| image_locality::score_of(&plan.spec.images, shape(item), nodes))
                        .collect()
                }
                Plugin::PodTopologySpread => self.score_spread(plan, items),
                Plugin::InterPodAffinity => self.score_affinity(plan, items),
                _ => vec![0; items.len()],
            };
            column.iter_mut().for_each(|value| *value *= score.weight);
            columns.push(column);
        }
        columns
    }

    fn score_spread(&mut self, plan: &Plan, items: &[Item]) -> Vec<i64> {
        if plan.soft.is_empty() || items.is_empty() {
            return vec![0; items.len()];
        }
        let has_keys = |shape: usize| {
            let by_host = plan.soft.iter().any(|spread| spread.key == Key::Host);
            plan.verdicts[shape].has_keys[1] && (!by_host || self.shapes.list[shape].named)
        };
        let takes_part = |shape: usize| !plan.strict || has_keys(shape);
        let parts: Vec<&Item> = items.iter().filter(|item| takes_part(item.shape as usize)).collect();
        // For each constraint its weight and, unless by host, the count of each shape's domain.
        let mut terms: Vec<(f64, Vec<i64>)> = Vec::new();
        for (at, spread) in plan.soft.iter().enumerate() {
            let Key::Label(table) = spread.key else {
                terms.push((pod_topology_spread::weight(parts.len()), Vec::new()));
                continue;
            };
            let domains = &self.shapes.domains[table];
            // The last stands for nodes without the label.
            let domain = |shape: usize| (domains.of_shape[shape].min(domains.count)) as usize;
            let mut present = vec![false; domains.count as usize + 1];
            parts.iter().for_each(|item| present[domain(item.shape as usize)] = true);
            let mut totals = vec![0; domains.count as usize + 1];
            for shape in 0..domains.of_shape.len() {
                if takes_part(shape) && plan.verdicts[shape].included[plan.hard.len() + at] {
                    totals[domain(shape)] += self.tallies.list[spread.tally].over(shape);
                }
            }
            let count = present.iter().filter(|present| **present).count();
            let of_shape = (0..domains.of_shape.len()).map(|shape| {
                let at = domain(shape);
                if present[at] { totals[at] } else { 0 }
            });
            terms.push((pod_topology_spread::weight(count), of_shape.collect()));
        }
        let raw = |item: &Item| {
            let shape = item.shape as usize;
            let mut sum = 0.0;
            for (spread, (weight, of_shape)) in plan.soft.iter().zip(&terms) {
                let (named, count) = match spread.key {
                    Key::Host => {
                        (self.shapes.list[shape].named, self.tallies.list[spread.tally].at(item.slot))
                    }
                    Key::Label(table) => {
                        (self.shapes.domains[table].of_shape[shape] != NONE, of_shape[shape])
                    }
                };
                if named {
                    sum += pod_topology_spread::part(count, *weight, &spread.constraint);
                }
            }
            libm::round(sum) as i64
        };
        let sums: Vec<Option<i64>> =
            items.iter().map(|item| takes_part(item.shape as usize).then(|| raw(item))).collect();
        let known = || sums.iter().flatten().copied();
        let (least, most) = (known().min().unwrap_or(i64::MAX), known().max().unwrap_or(0).max(0));
        sums.iter().map(|sum| pod_topology_spread::turn_round(*sum, least, most)).collect()
    }

    fn score_affinity(&mut self, plan: &Plan, items: &[Item]) -> Vec<i64> {
        let mut sums = vec![0; items.len()];
        let mut totals = core::mem::take(&mut self.moment.totals);
        for (key, tally) in &plan.preferences {
            let tally = &self.tallies.list[*tally];
            match key {
                Key::Host => {
                    for (sum, item) in sums.iter_mut().zip(items) {
                        if self.shapes.list[item.shape as usize].named {
                            *sum += tally.at(item.slot);
                        }
                    }
                }
                Key::Label(table) => {
                    self.sum_by_domain(tally, *table, &mut totals);
                    for (sum, item) in sums.iter_mut().zip(items) {
                        let domain = self.shapes.domains[*table].of_shape[item.shape as usize];
                        *sum += if domain == NONE { 0 } else { totals[domain as usize] };
                    }
                }
            }
        }
        self.moment.totals = totals;
        spread_out(&sums, plan.profile.era.max_node_score())
    }
}

/// What a hard constraint compares with.
fn least_of(spread: &Spread, domains: usize, least: Option<i64>) -> i64 {
    if domains < spread.constraint.min_domains { 0 } else { least.unwrap_or(i64::from(i32::MAX)) }
}

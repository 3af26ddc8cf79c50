//! The index: answers to "which node" that do not ask every node.
//!
//! ```text
//! Snapshot's verbs ──▶ rows (a node's amounts), grids (nodes of a shape by what they have left),
//!                      tallies (pods of a kind by node and shape)
//! choose ──▶ plan (profile and pod specification) ──▶ moment (which shapes are open, what they score)
//!        ──▶ descent: the top of open ladders       where nodes of a shape differ by resources only, and
//!                                                   the emptiest of both is the best
//!        ──▶ walk: the best cells of open grids     where they score otherwise
//!        ──▶ scan: every node of open shapes        where hosts are scored by the pods on them
//!        ──▶ naive                                  where neither can know
//! ```
//!
//! Nodes are alike in kind far more often than not, so what depends on a node's labels, taints, size and
//! images is found out once for each of its *shapes* and each pod specification; so is what is counted over
//! zones. What is left are the amounts, and there whole cells of nodes are ruled out by their bounds.
//!
//! The index never decides anything of its own: it finds the node that [`super::choice::choose_naively`]
//! finds, with the same scores (`tests/placement_index/`). A clone of a snapshot has none and makes its
//! own when it is first asked.
//!
//! Leaves to the naive way: pods with volume claims, or that ask for nodes by name or hostname; scoring by
//! other resources than CPU and memory, or by a shape of points; hostnames that several nodes share;
//! nominated pods before a pod whose filters count pods.

mod answer;
mod descent;
mod grid;
mod ladder;
mod moment;
mod plan;
mod refusals;
mod resources;
mod shape;
mod tally;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node::{NodeIndex, NodeState};
use super::objects::Surroundings;
use super::pod::{PlacedPod, PodSpec};
use super::profile::Profile;
use super::snapshot::Snapshot;
use super::symbols::Symbol;
pub(super) use answer::Answer;
use grid::Row;
use moment::Moment;
use plan::Plan;
use shape::{NONE, Shapes, TOO_MUCH};
use tally::{Tallies, has_terms};

/// What a snapshot keeps for the next question; a clone starts without.
#[derive(Debug, Default)]
pub(super) struct Kept(pub Option<Box<Index>>);

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self(None)
    }
}

/// Plans that are kept at most.
const PLANS: usize = 512;

/// The index of one snapshot.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By slot.
    rows: Vec<Row>,
    shapes: Shapes,
    tallies: Tallies,
    plans: Vec<Plan>,
    /// Plans by the addresses of profile and specification, which they hold.
    plan_numbers: BTreeMap<(usize, usize), usize>,
    /// Version of the surroundings that the plans were made in.
    version: u64,
    hostnames: BTreeMap<Symbol, u32>,
    /// How many nodes have a hostname that another has too.
    shared_hostnames: u32,
    /// How many nodes have amounts that are not calculated with.
    odd: usize,
    /// How often a node joined, left or changed.
    epoch: u64,
    moment: Moment,
    trail: walk::Trail,
    /// Whether some plan scores by balance.
    measures_balance: bool,
}

impl Index {
    /// The index of a snapshot.
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut index = Self { version: snapshot.surroundings.version(), ..Self::default() };
        for (slot, node) in snapshot.nodes() {
            index.node_is(&snapshot.surroundings, slot, node);
        }
        index
    }

    /// A node is there, new or changed, with its pods.
    pub fn node_is(&mut self, surroundings: &Surroundings, slot: NodeIndex, node: &NodeState) {
        let at = slot.0 as usize;
        if at >= self.rows.len() {
            self.rows.resize(at + 1, Row::VACANT);
        }
        let shape = self.shapes.of(&node.spec);
        let old = self.rows[at];
        if old.shape != NONE {
            self.tallies.reshape(slot.0, &old, Some(shape));
            self.leave(slot.0);
        }
        self.count_hostname(node, 1);
        self.rows[at] = Row { shape, ..Row::VACANT };
        self.epoch += 1;
        self.measure(slot.0, node);
        let shape = &mut self.shapes.list[shape as usize];
        shape.grid.insert(&mut self.rows, slot.0);
        shape.ladder.change(&mut self.rows[at], slot.0);
        if old.shape == NONE {
            for pod in &node.pods {
                self.count(surroundings, slot, pod, 1);
            }
        }
    }

    /// A node goes; `node` is as it was.
    pub fn node_goes(&mut self, slot: NodeIndex, node: &NodeState) {
        let old = self.rows[slot.0 as usize];
        self.tallies.reshape(slot.0, &old, None);
        self.node_changes(node);
        self.leave(slot.0);
        self.epoch += 1;
        self.rows[slot.0 as usize] = Row::VACANT;
    }

    /// A node is about to be changed; `node` is as it was.
    pub fn node_changes(&mut self, node: &NodeState) {
        self.count_hostname(node, -1);
    }

    fn leave(&mut self, slot: u32) {
        let row = &self.rows[slot as usize];
        self.odd -= usize::from(row.is_odd);
        let shape = &mut self.shapes.list[row.shape as usize];
        shape.grid.remove(&mut self.rows, slot);
        shape.ladder.remove(&mut self.rows, slot);
    }

    /// A pod comes to a node (`times` 1) or goes (-1); `node` is as it is with the pod or without.
    pub fn pod_moves(
        &mut self,
        surroundings: &Surroundings,
        slot: NodeIndex,
        node: &NodeState,
        pod: &PlacedPod,
        times: i64,
    ) {
        self.measure(slot.0, node);
        let row = &mut self.rows[slot.0 as usize];
        let shape = &mut self.shapes.list[row.shape as usize];
        shape.grid.change(row, slot.0);
        shape.ladder.change(row, slot.0);
        self.count(surroundings, slot, pod, times);
    }

    /// Takes over what a node's pods use.
    fn measure(&mut self, slot: u32, node: &NodeState) {
        let row = &mut self.rows[slot as usize];
        let shape = &mut self.shapes.list[row.shape as usize];
        let (requested, counted) = (&node.requested, &node.counted);
        let pairs =
            [(requested.cpu_millis, counted.cpu_millis), (requested.memory_bytes, counted.memory_bytes)];
        // Requests below nothing are a file's mistake; too large ones would not fit into sums.
        let plain = |amount: i64| (0..TOO_MUCH).contains(&amount);
        let plain =
            shape.plain && pairs.iter().all(|(requested, counted)| plain(*requested) && plain(*counted));
        self.odd = self.odd + usize::from(!plain) - usize::from(row.is_odd);
        row.is_odd = !plain;
        row.measure(node, plain, self.measures_balance);
        for (at, (requested, counted)) in pairs.into_iter().enumerate() {
            shape.slack[at] = shape.slack[at].max(requested.saturating_sub(counted).saturating_abs());
        }
    }

    fn count(&mut self, surroundings: &Surroundings, slot: NodeIndex, pod: &PlacedPod, times: i64) {
        let looks = has_terms(&pod.spec);
        if self.tallies.list.is_empty() && !looks {
            return;
        }
        if looks && !self.tallies.knows(&pod.spec) {
            // Its terms may be about pods that are planned for already.
            self.forget_plans();
        }
        let spec = self.tallies.number(surroundings, &pod.spec);
        let shape = self.rows[slot.0 as usize].shape;
        self.tallies.count(spec, pod.terminating.is_none(), slot.0, shape, times, 0);
    }

    fn forget_plans(&mut self) {
        self.plans.clear();
        self.plan_numbers.clear();
        self.tallies.clear();
    }

    fn count_hostname(&mut self, node: &NodeState, times: i32) {
        let Some(name) = node.spec.labels.value(Symbol::HOSTNAME) else { return };
        let count = self.hostnames.entry(name).or_default();
        let shared = |count: u32| if count > 1 { count } else { 0 };
        self.shared_hostnames -= shared(*count);
        *count = count.saturating_add_signed(times);
        self.shared_hostnames += shared(*count);
        if *count == 0 {
            self.hostnames.remove(&name);
        }
    }

    /// The number of the plan for pods of a specification.
    fn plan(&mut self, snapshot: &Snapshot, profile: &Arc<Profile>, spec: &Arc<PodSpec>) -> usize {
        if self.version != snapshot.surroundings.version() {
            self.version = snapshot.surroundings.version();
            self.forget_plans();
        }
        let key = (Arc::as_ptr(profile) as usize, Arc::as_ptr(spec) as usize);
        if let Some(number) = self.plan_numbers.get(&key) {
            return *number;
        }
        if self.plans.len() == PLANS {
            self.forget_plans();
        }
        let plan = self.plan_for(snapshot, profile, spec);
        self.plans.push(plan);
        self.plan_numbers.insert(key, self.plans.len() - 1);
        self.plans.len() - 1
    }

    /// Whether so much is kept of what is gone that a fresh index is the better one.
    pub fn is_stale(&self, snapshot: &Snapshot) -> bool {
        self.shapes.list.len() > 2 * snapshot.node_count() + 1_024
            || self.tallies.spec_count() > 4 * snapshot.key_count() + 4_096
    }
}

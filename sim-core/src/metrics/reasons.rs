//! Why pods wait, over time: how many for each reason, and the message of the worst moment.
//!
//! A pod waits for its main reason ([`Why::main`]), so that the counts of all reasons add up to the pods
//! that the scheduler has tried in vain. Reasons are told apart by their words; beyond [`MAX_REASONS`] of
//! them the rest counts as one.

use std::sync::Arc;

use crate::ids::{IdVec, PodId};
use crate::model::Model;
use crate::placement::{Reason, Why};
use crate::report::{MAX_PENDING, PendingPod, WaitingReason};
use crate::time::SimTime;
use crate::trace::Namer;
use crate::world::{Change, World};

/// Reasons told apart.
const MAX_REASONS: usize = 16;
const OTHERS: &str = "other reasons";

/// The reasons met so far and how many pods wait for each.
#[derive(Clone, Debug)]
pub(super) struct Reasons {
    rows: Vec<Row>,
    /// Reasons met before, and their rows: words are looked at once.
    known: Vec<(Option<Reason>, usize)>,
    /// For each pod, its reason.
    of_pod: IdVec<PodId, Option<usize>>,
    start: SimTime,
}

#[derive(Clone, Debug)]
struct Row {
    reason: String,
    waiting: u64,
    since: SimTime,
    pod_micros: u128,
    peak: u64,
    peak_at: SimTime,
    /// Why the pod could not be placed with which they became so many.
    why: Arc<Why>,
    values: Vec<f64>,
}

impl Reasons {
    /// None yet.
    pub fn new(start: SimTime) -> Self {
        Self { rows: Vec::new(), known: Vec::new(), of_pod: IdVec::new(), start }
    }

    /// Something has just changed; `points` of the grid have been taken.
    pub fn observe(&mut self, now: SimTime, change: Change, points: usize, world: &World, model: &Model) {
        match change {
            Change::PodUnschedulable(pod) | Change::PodReasonChanged(pod) => {
                // It may have found a node since, in this very instant.
                if let Some(why) = &world.cluster().pods[pod].why {
                    self.leave(pod, now);
                    self.enter(pod, why, now, points, world, model);
                }
            }
            Change::PodBound(pod) | Change::PodRemoved(pod) => self.leave(pod, now),
            _ => {}
        }
    }

    fn enter(
        &mut self,
        pod: PodId,
        why: &Arc<Why>,
        now: SimTime,
        points: usize,
        world: &World,
        model: &Model,
    ) {
        let row = self.row_of(why, now, points, world, model);
        *self.of_pod.reach(pod) = Some(row);
        let start = self.start;
        let row = &mut self.rows[row];
        row.settle(now, start);
        row.waiting += 1;
        if row.waiting > row.peak {
            row.peak = row.waiting;
            row.peak_at = now;
            row.why.clone_from(why);
        }
    }

    fn leave(&mut self, pod: PodId, now: SimTime) {
        let Some(row) = self.of_pod.get_mut(pod).and_then(Option::take) else { return };
        self.rows[row].settle(now, self.start);
        self.rows[row].waiting -= 1;
    }

    fn row_of(&mut self, why: &Arc<Why>, now: SimTime, points: usize, world: &World, model: &Model) -> usize {
        let main = why.main();
        if let Some((_, row)) = self.known.iter().find(|(reason, _)| *reason == main) {
            return *row;
        }
        let symbols = &world.cluster().placement.symbols;
        let text = main.map_or_else(|| "no node".to_owned(), |main| main.text(symbols, model.era));
        let row = self.row_called(text, why, now, points);
        self.known.push((main, row));
        row
    }

    fn row_called(&mut self, reason: String, why: &Arc<Why>, now: SimTime, points: usize) -> usize {
        if let Some(known) = self.rows.iter().position(|row| row.reason == reason) {
            return known;
        }
        let full = self.rows.len() >= MAX_REASONS;
        if full && let Some(others) = self.rows.iter().position(|row| row.reason == OTHERS) {
            return others;
        }
        let reason = if full { OTHERS.to_owned() } else { reason };
        let (waiting, pod_micros, peak, why) = (0, 0, 0, Arc::clone(why));
        let values = vec![0.0; points];
        self.rows.push(Row { reason, waiting, since: now, pod_micros, peak, peak_at: now, why, values });
        self.rows.len() - 1
    }

    /// Takes a point of the grid, after `points` others; what was before the report's start is forgotten with the first.
    pub fn take(&mut self, points: usize) {
        for row in &mut self.rows {
            if points == 0 {
                (row.peak, row.peak_at) = (row.waiting, self.start);
            }
            row.values.push(row.waiting as f64);
        }
    }

    /// Closes the books: reasons for which pods waited in the report's time, the longest waits first.
    pub fn finish(mut self, end: SimTime, world: &World, model: &Model) -> Vec<WaitingReason> {
        for row in &mut self.rows {
            row.settle(end, self.start);
        }
        self.rows.retain(|row| row.pod_micros > 0);
        self.rows.sort_by_key(|row| core::cmp::Reverse(row.pod_micros));
        let symbols = &world.cluster().placement.symbols;
        let told = |row: Row| WaitingReason {
            reason: row.reason,
            message: row.why.message(symbols, model.era),
            pod_hours: row.pod_micros as f64 / 3.6e9,
            peak_pods: row.peak,
            peak_clock: model.clock.time_of_day(row.peak_at.max(self.start)),
            pods: row.values,
        };
        self.rows.into_iter().map(told).collect()
    }
}

/// The pods that still wait at the end, the oldest first.
pub(super) fn pending(end: SimTime, world: &World, model: &Model) -> Vec<PendingPod> {
    let namer = Namer::new(model, world);
    let told = |pod: &PodId| {
        let row = &world.cluster().pods[*pod];
        let symbols = &world.cluster().placement.symbols;
        PendingPod {
            pod: namer.pod(*pod),
            waited_seconds: end.since(row.created_at).as_secs_f64(),
            message: row.why.as_ref().map_or_else(String::new, |why| why.message(symbols, model.era)),
        }
    };
    world.cluster().unschedulable.values().take(MAX_PENDING).map(told).collect()
}

impl Row {
    /// Adds up the waiting since the last change.
    fn settle(&mut self, now: SimTime, start: SimTime) {
        let since = self.since.max(start);
        if now > since {
            self.pod_micros += u128::from(now.since(since).as_micros()) * u128::from(self.waiting);
        }
        self.since = now;
    }
}

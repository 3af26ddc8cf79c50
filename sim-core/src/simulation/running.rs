//! The loop of a simulation, and what may be asked of one.
//!
//! The contract: events fire in order of (time, order of entry). Whatever one does to the world leaves
//! changes in the feed; the feed drains first in, first out, each change shown to its observers in the
//! order written in `Simulation::notify`, before the next event fires. An observer may change the world too: its
//! changes queue up behind. A zero-delay loop is a bug and ends in an assertion with seed and time.

use super::{Simulation, Watcher};
use crate::metrics::Measured;
use crate::model::Model;
use crate::time::SimTime;
use crate::world::World;

/// More changes than this in one instant are a loop without delay: a bug of ours.
const CHANGES_IN_ONE_INSTANT: u64 = 50_000_000;

impl Simulation {
    /// Has the autoscaler take every look at the cluster, also those that would find nothing and are left out
    /// otherwise. Nothing may differ; for tests of just that.
    pub fn take_every_look(&mut self) {
        self.parts.autoscaler.take_every_look();
    }

    /// The model that is run.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The world as it is.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// A digest of everything that has happened so far: for goldens, and to find the first difference
    /// between two runs.
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// Events fired so far.
    pub fn events_fired(&self) -> u64 {
        self.events_fired
    }

    /// Fires the next event that is due by `limit` and lets everyone hear of what it changed. `None` when
    /// there is none.
    pub fn step(&mut self, limit: SimTime, watcher: Watcher<'_>) -> Option<SimTime> {
        if !self.started {
            self.started = true;
            self.start();
            self.drain(watcher);
        }
        let (now, event) = self.queue.pop_until(limit.min(self.model.clock.horizon))?;
        if now > self.world.now() {
            self.metrics.advance(now, &self.world, &self.model);
            self.world.advance(now);
            self.changes_at_instant = 0;
        }
        self.events_fired += 1;
        self.dispatch(event);
        self.drain(watcher);
        Some(now)
    }

    /// Runs to `limit` or to the end of the run, whichever comes first.
    pub fn run_until(&mut self, limit: SimTime, watcher: Watcher<'_>) {
        while self.step(limit, watcher).is_some() {}
    }

    /// Runs to the end and measures.
    pub fn run(mut self) -> (Measured, u64) {
        self.run_until(SimTime::MAX, &mut |_, _, _| {});
        self.finish()
    }

    /// Closes the books at the end of the run: what was measured, and the digest.
    pub fn finish(self) -> (Measured, u64) {
        let digest = self.digest();
        let end = self.model.clock.horizon;
        (self.metrics.finish(end, &self.world, &self.model, self.events_fired), digest)
    }

    /// Compares all derived state with a recount; what differs, one sentence each.
    pub fn audit(&self) -> Vec<String> {
        self.world.audit(&self.model)
    }

    fn drain(&mut self, watcher: Watcher<'_>) {
        while let Some(change) = self.world.next_change() {
            let now = self.world.now();
            self.changes_at_instant += 1;
            assert!(
                self.changes_at_instant < CHANGES_IN_ONE_INSTANT,
                "endless changes at {now:?}, the last {change:?} (seed {}, replication {})",
                self.seed,
                self.replication
            );
            self.digest.change(now, change, &self.world);
            self.metrics.observe(now, change, &self.world, &self.model);
            watcher(now, change, &self.world);
            self.notify(change);
        }
    }
}

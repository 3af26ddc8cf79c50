//! Replays: one replication that can be looked at in any instant, forward and back.
//!
//! A replay runs its simulation once, in slices ([`Replay::prepare`]), and keeps copies of it on the way
//! (keyframes). The state in an instant is the nearest keyframe before it, run up to it: a simulation that is
//! copied and run on is the simulation itself, so what a replay shows is what the direct run was. Beside the
//! keyframes it keeps the instants in which something changed, to step from one to the next, and what happened
//! to each pod (`story.rs`).
//!
//! Memory is bounded: when the keyframes weigh more than the budget, every second one is dropped and the others
//! stand twice as far apart; the pods' records and the instants end at `MOST_RECORDS`.

mod scene;
mod story;

use std::sync::Arc;

pub use scene::{Amounts, Scene, SceneGroup, SceneHub, SceneNode, ScenePending, ScenePod};
pub use story::{Choice, Moment, Story};

use self::story::Record;
use crate::model::Model;
use crate::simulation::Simulation;
use crate::time::{SimDuration, SimTime};

/// Events between two keyframes, at first.
const SPACING: u64 = 2_000;
/// What keyframes may weigh, in bytes, roughly.
const BUDGET: usize = 96 << 20;
/// There are at least so many, whatever they weigh.
const FEWEST_KEYFRAMES: usize = 8;
/// The most instants, and the most records of pods.
const MOST_RECORDS: usize = 2_000_000;

/// A replication that can be looked at in any instant.
#[derive(Debug)]
pub struct Replay {
    model: Arc<Model>,
    /// In order of time; the first has not begun.
    keyframes: Vec<Simulation>,
    spacing: u64,
    budget: usize,
    /// The run that prepares; `None` when it has come to its end.
    head: Option<Simulation>,
    prepared_until: SimTime,
    /// The run that shows.
    cursor: Simulation,
    /// The cursor has been run up to this.
    shown_until: Option<SimTime>,
    /// Instants in which something changed, ascending.
    instants: Vec<SimTime>,
    records: Vec<Record>,
}

impl Replay {
    /// A replay of a replication, with nothing prepared yet.
    pub fn new(model: Arc<Model>, seed: u64, replication: u32) -> Self {
        let simulation = Simulation::new(Arc::clone(&model), seed, replication);
        Self {
            model,
            keyframes: vec![simulation.clone()],
            spacing: SPACING,
            budget: BUDGET,
            cursor: simulation.clone(),
            head: Some(simulation),
            prepared_until: SimTime::ZERO,
            shown_until: None,
            instants: Vec::new(),
            records: Vec::new(),
        }
    }

    /// The same with another budget for keyframes, in bytes.
    #[must_use]
    pub fn with_budget(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Runs on by at most so many events; whether everything is prepared then.
    pub fn prepare(&mut self, events: u64) -> bool {
        let Some(mut head) = self.head.take() else { return true };
        let start = self.model.clock.report_start();
        for _ in 0..events {
            let (records, instants) = (&mut self.records, &mut self.instants);
            let fired = head.events_fired() + 1;
            let stepped = head.step(SimTime::MAX, &mut |now, change, world| {
                if records.len() < MOST_RECORDS {
                    records.extend(Record::of(now, fired, change, world));
                }
                if now >= start && instants.last() != Some(&now) && instants.len() < MOST_RECORDS {
                    instants.push(now);
                }
            });
            let Some(now) = stepped else {
                self.prepared_until = self.model.clock.horizon;
                self.keyframes.push(head);
                return true;
            };
            self.prepared_until = now;
            if head.events_fired().is_multiple_of(self.spacing) {
                self.keep(&head);
            }
        }
        self.head = Some(head);
        false
    }

    /// How far it is prepared: a share of the simulated time.
    pub fn prepared(&self) -> f64 {
        let all = self.model.clock.horizon.as_micros().max(1);
        self.prepared_until.as_micros().min(all) as f64 / all as f64
    }

    /// How many keyframes there are.
    pub fn keyframes(&self) -> usize {
        self.keyframes.len()
    }

    fn keep(&mut self, simulation: &Simulation) {
        self.keyframes.push(simulation.clone());
        let most = (self.budget / weight(simulation)).max(FEWEST_KEYFRAMES);
        if self.keyframes.len() > most {
            let mut index = 0;
            self.keyframes.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
        }
    }

    /// The instant so many seconds after the report's start.
    fn instant(&self, seconds: f64) -> SimTime {
        let clock = &self.model.clock;
        let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
        (clock.report_start() + SimDuration::from_secs_f64(seconds)).min(clock.horizon)
    }

    fn seconds(&self, at: SimTime) -> f64 {
        at.since(self.model.clock.report_start()).as_secs_f64()
    }

    /// Takes the cursor towards `seconds` by at most so many events; whether it is there. From where it has been
    /// prepared this takes few.
    pub fn seek(&mut self, seconds: f64, events: u64) -> bool {
        let target = self.instant(seconds);
        self.jump(target);
        for _ in 0..events {
            if self.cursor.step(target, &mut |_, _, _| {}).is_none() {
                self.shown_until = Some(target);
                return true;
            }
        }
        self.shown_until = Some(self.cursor.world().now());
        false
    }

    /// Puts the cursor on the best place to run to `target` from.
    fn jump(&mut self, target: SimTime) {
        let after = self.keyframes.partition_point(|frame| frame.world().now() < target);
        let best = &self.keyframes[after.saturating_sub(1)];
        let usable = self.shown_until.is_some_and(|shown| shown <= target);
        if !usable || best.events_fired() > self.cursor.events_fired() {
            self.cursor = best.clone();
        }
    }

    /// The state at `seconds` after the report's start, after everything that happens in that instant.
    pub fn scene(&mut self, seconds: f64) -> Scene {
        while !self.seek(seconds, u64::MAX) {}
        let at = self.instant(seconds);
        Scene::of(self.cursor.world(), &self.model, at)
    }

    /// The next instant after `seconds` in which something changes.
    pub fn next(&self, seconds: f64) -> Option<f64> {
        let at = self.instant(seconds);
        let after = self.instants.partition_point(|instant| *instant <= at);
        self.instants.get(after).map(|instant| self.seconds(*instant))
    }

    /// The last instant before `seconds` in which something changed.
    pub fn previous(&self, seconds: f64) -> Option<f64> {
        let at = self.instant(seconds);
        let before = self.instants.partition_point(|instant| *instant < at);
        before.checked_sub(1).map(|index| self.seconds(self.instants[index]))
    }

    /// What has happened to a pod, by the `uid` of a [`ScenePod`], as far as it is prepared.
    pub fn story(&self, uid: u64) -> Option<Story> {
        let records: Vec<Record> = self.records.iter().filter(|record| record.uid == uid).copied().collect();
        let first = records.first()?;
        let bound = records.iter().find(|record| record.what == story::What::Bound);
        let choice = bound.and_then(|record| {
            let before = record.event.checked_sub(1)?;
            let after = self.keyframes.partition_point(|frame| frame.events_fired() <= before);
            let mut simulation = self.keyframes[after.checked_sub(1)?].clone();
            while simulation.events_fired() < before {
                simulation.step(SimTime::MAX, &mut |_, _, _| {})?;
            }
            Choice::of(uid, simulation.world(), &self.model)
        });
        // Names are those of the world in which the pod was.
        let mut here = self.keyframes
            [self.keyframes.partition_point(|frame| frame.events_fired() < first.event).saturating_sub(1)]
        .clone();
        while here.events_fired() < first.event {
            here.step(SimTime::MAX, &mut |_, _, _| {})?;
        }
        let name = story::name_of(uid, here.world(), &self.model)?;
        Some(Story::of(uid, name, &records, choice, self.symbols(), &self.model))
    }

    /// The longest list of names there is.
    fn symbols(&self) -> &crate::placement::Symbols {
        let last = self.head.as_ref().or(self.keyframes.last()).unwrap_or(&self.cursor);
        &last.world().cluster().placement.symbols
    }
}

/// What a copy of a simulation takes, roughly: its rows with what hangs on them, and the books.
fn weight(simulation: &Simulation) -> usize {
    const POD: usize = 600;
    const NODE: usize = 4_000;
    const BOOKS: usize = 400_000;
    let cluster = simulation.world().cluster();
    BOOKS + POD * cluster.pods.slot_count() + NODE * cluster.nodes.slot_count()
}

//! A run in hand: which replications of which side this engine still computes.

use std::collections::VecDeque;

use plimsoll_core::Simulation;
use plimsoll_core::experiment::{Comparison, Replication};
use plimsoll_core::time::SimTime;

use super::side::Side;
use crate::protocol::Outcome;

/// Events that all replications of a run may take together where nobody says how many there should be: some
/// seconds of work. A number of events and not a time, so that a link means the same on every machine.
const EVENTS_FOR_INTERVALS: f64 = 6_000_000.0;

/// Replications where nobody says how many and they are cheap.
const USUAL: u32 = 20;

/// After so many replications there is something new to show.
const SHOWN_AFTER: [u32; 9] = [1, 3, 5, 10, 20, 50, 100, 200, 500];

/// Events between two looks at the clock.
const EVENTS_PER_LOOK: u32 = 200;

/// A run in hand.
pub struct Job {
    pub run: u64,
    pub sides: Vec<Side>,
    /// As asked.
    wanted: Option<u32>,
    /// How many there will be; until replication 0 has shown how long they take, one.
    pub replications: u32,
    share: (u32, u32),
    queue: VecDeque<(usize, u32)>,
    current: Option<Current>,
    shown: u32,
    pub first_ms: f64,
}

struct Current {
    side: usize,
    number: u32,
    simulation: Simulation,
    began: f64,
}

/// What a slice of work has brought.
pub enum Found {
    /// Nothing new, or nothing to do.
    Nothing,
    /// A replication, for the lead.
    Replication(usize, u32, Box<Replication>),
    /// There is something new to show.
    News,
}

impl Job {
    /// A run of which this engine does the share `share.0` of `share.1`.
    pub fn new(run: u64, sides: Vec<Side>, wanted: Option<u32>, share: (u32, u32)) -> Self {
        let mut job = Self {
            run,
            sides,
            wanted,
            replications: wanted.unwrap_or(1).max(1),
            share,
            queue: VecDeque::new(),
            current: None,
            shown: 0,
            first_ms: 0.0,
        };
        job.fill();
        job
    }

    /// Whether this engine leads.
    pub fn leads(&self) -> bool {
        self.share.0 == 0
    }

    /// Nothing more is to be computed; what there is stays.
    pub fn stop(&mut self) {
        self.queue.clear();
        self.current = None;
        self.replications = self.ready().max(1);
    }

    /// Looks at what earlier runs left behind; whether there is something to show at once.
    pub fn restart(&mut self) -> bool {
        if self.ready() == 0 {
            return false;
        }
        if self.wanted.is_none() {
            self.replications = self.affordable();
            self.fill();
        }
        self.shown = self.ready();
        self.leads()
    }

    /// What this engine is still to do, the first replications of all sides first.
    fn fill(&mut self) {
        let (own, of) = self.share;
        for number in (0..self.replications).filter(|number| number % of == own) {
            for side in 0..self.sides.len() {
                if !self.sides[side].has(number) && !self.queue.contains(&(side, number)) {
                    self.queue.push_back((side, number));
                }
            }
        }
    }

    /// Whether there is work.
    pub fn has_work(&self) -> bool {
        self.current.is_some() || !self.queue.is_empty()
    }

    /// Whether the first picture is still to come.
    pub fn is_blank(&self) -> bool {
        self.ready() == 0
    }

    /// Replications that are there on every side.
    fn ready(&self) -> u32 {
        let ready = self.sides.iter().map(|side| side.ready(self.replications)).min();
        ready.and_then(|ready| u32::try_from(ready).ok()).unwrap_or(0)
    }

    /// Whether everything is there.
    pub fn is_complete(&self) -> bool {
        self.ready() >= self.replications
    }

    /// How far it is, between 0 and 1, and in replications.
    pub fn progress(&self) -> (f64, u32, u32) {
        let done: usize = self
            .sides
            .iter()
            .map(|side| side.runs.iter().take(self.replications as usize).flatten().count())
            .sum();
        let of = self.sides.len().max(1) as f64 * f64::from(self.replications);
        let current = self.current.as_ref().map_or(0.0, |current| {
            let model = &self.sides[current.side].model;
            let now = current.simulation.world().now().as_micros() as f64;
            now / model.clock.horizon.as_micros().max(1) as f64
        });
        let done_each = (done / self.sides.len().max(1)) as u32;
        (((done as f64 + current) / of).min(1.0), done_each, self.replications)
    }

    /// Works until `is_over` or until there is something to tell.
    pub fn work(&mut self, now: impl Fn() -> f64, until: f64) -> Found {
        while now() < until {
            if self.current.is_none() {
                let Some((side, number)) = self.queue.pop_front() else { return Found::Nothing };
                let row = &self.sides[side];
                if row.has(number) {
                    continue;
                }
                let simulation = Simulation::new(row.model.clone(), row.seed, number);
                self.current = Some(Current { side, number, simulation, began: now() });
            }
            let Some(current) = &mut self.current else { return Found::Nothing };
            let mut over = false;
            for _ in 0..EVENTS_PER_LOOK {
                if current.simulation.step(SimTime::MAX, &mut |_, _, _| {}).is_none() {
                    over = true;
                    break;
                }
            }
            if over {
                return self.finish(now);
            }
        }
        Found::Nothing
    }

    fn finish(&mut self, now: impl Fn() -> f64) -> Found {
        let Some(Current { side, number, simulation, began }) = self.current.take() else {
            return Found::Nothing;
        };
        let run = Replication::of(simulation, number);
        if !self.leads() {
            return Found::Replication(side, number, Box::new(run));
        }
        if number == 0 {
            self.first_ms = now() - began;
        }
        self.learn(side, number, run)
    }

    /// Takes in a replication, own or another engine's.
    pub fn learn(&mut self, side: usize, number: u32, run: Replication) -> Found {
        let Some(row) = self.sides.get_mut(side) else { return Found::Nothing };
        row.learn(number, run);
        if self.replications == 1 && self.wanted.is_none() && self.ready() == 1 {
            self.replications = self.affordable();
            self.fill();
        }
        let ready = self.ready();
        if ready > self.shown && (ready == self.replications || SHOWN_AFTER.contains(&ready)) {
            self.shown = ready;
            return Found::News;
        }
        Found::Nothing
    }

    /// As many replications as intervals need and patience allows; the scenario's own number if it has one.
    fn affordable(&self) -> u32 {
        let own = self.sides.iter().map(|side| side.model.replications).max().unwrap_or(1);
        if own > 1 {
            return own;
        }
        let events = |side: &Side| {
            let run = side.runs.first()?.as_ref()?;
            run.measured.summary.get("simulatedEvents").copied()
        };
        let events: f64 = self.sides.iter().filter_map(events).sum();
        (EVENTS_FOR_INTERVALS / events.max(1.0)).clamp(1.0, f64::from(USUAL)) as u32
    }

    /// What there is to show, of as many replications as are there.
    pub fn outcome(&self, width: u32) -> Option<Outcome> {
        let count = self.ready() as usize;
        if count == 0 {
            return None;
        }
        let reports: Vec<_> = self.sides.iter().map(|side| side.report(count)).collect();
        let other = |at: usize| (reports.len() == 2).then(|| &reports[1 - at]);
        let sides = self.sides.iter().zip(&reports).enumerate();
        let sides = sides.map(|(at, (side, report))| side.shown(report, other(at), width)).collect();
        let comparison = match self.sides.as_slice() {
            [base, changed] => Some(Comparison::of(
                base.seed,
                (&base.model, &base.first(count)),
                (&changed.model, &changed.first(count)),
            )),
            _ => None,
        };
        let complete = self.is_complete();
        Some(Outcome {
            run: self.run,
            sides,
            comparison,
            of: self.replications,
            complete,
            first_ms: self.first_ms,
        })
    }
}

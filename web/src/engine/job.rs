//! A run in hand: which replications of which side this engine still computes.

use std::collections::VecDeque;

use plimsoll_core::Simulation;
use plimsoll_core::experiment::{Comparison, Replication};
use plimsoll_core::time::SimTime;

use super::side::{Side, picture};
use crate::protocol::{Choice, Outcome, Picture, SideNews, Spent};

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
    /// Nothing is wanted but the last side's picture.
    pub live: bool,
    pub spent: Spent,
}

struct Current {
    side: usize,
    number: u32,
    simulation: Simulation,
    /// Milliseconds of work in it.
    took: f64,
}

/// A replication that a run was in the midst of when another run came.
pub struct Unfinished {
    choice: Choice,
    current: Current,
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
            live: false,
            spent: Spent::default(),
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

    /// What it is in the midst of, for a run that may want it too.
    pub fn interrupt(&mut self) -> Option<Unfinished> {
        let current = self.current.take()?;
        let choice = self.sides.get(current.side)?.choice.clone();
        Some(Unfinished { choice, current })
    }

    /// Goes on with what another run was in the midst of, if it is among what this one is to do.
    pub fn resume(&mut self, Unfinished { choice, current }: Unfinished) {
        let Some(side) = self.sides.iter().position(|side| side.choice == choice) else { return };
        let Some(at) = self.queue.iter().position(|task| *task == (side, current.number)) else { return };
        self.queue.remove(at);
        self.current = Some(Current { side, ..current });
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
                let from = now();
                let simulation = Simulation::new(row.model.clone(), row.seed, number);
                self.current = Some(Current { side, number, simulation, took: now() - from });
            }
            let Some(current) = &mut self.current else { return Found::Nothing };
            let from = now();
            let (mut over, mut at) = (false, from);
            while !over && at < until {
                over = (0..EVENTS_PER_LOOK)
                    .any(|_| current.simulation.step(SimTime::MAX, &mut |_, _, _| {}).is_none());
                at = now();
            }
            current.took += at - from;
            if over {
                return self.finish(now);
            }
        }
        Found::Nothing
    }

    fn finish(&mut self, now: impl Fn() -> f64) -> Found {
        let Some(Current { side, number, simulation, took }) = self.current.take() else {
            return Found::Nothing;
        };
        let from = now();
        let run = Replication::of(simulation, number);
        if !self.leads() {
            return Found::Replication(side, number, Box::new(run));
        }
        if number == 0 {
            self.sides[side].took = took + now() - from;
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

    /// What there is to show, of as many replications as are there. `told`: choices with the numbers of replications
    /// that the shell knows the reports of already; afterwards, those of this outcome.
    pub fn outcome(&mut self, told: &mut Vec<(Choice, usize)>, now: impl Fn() -> f64) -> Option<Outcome> {
        let count = self.ready() as usize;
        if count == 0 {
            return None;
        }
        let from = now();
        for side in &mut self.sides {
            side.report(count);
        }
        let comparison = match self.sides.as_slice() {
            [base, changed] => Some(Comparison::of(
                base.seed,
                (&base.model, &base.figures(count)),
                (&changed.model, &changed.figures(count)),
            )),
            _ => None,
        };
        let mut news = Vec::with_capacity(self.sides.len());
        for side in &mut self.sides {
            let known = told.iter().any(|(choice, of)| *choice == side.choice && *of == count);
            let about = (!known).then(|| side.told_of(count));
            news.push(SideNews { choice: side.choice.clone(), about });
        }
        *told = self.sides.iter().map(|side| (side.choice.clone(), count)).collect();
        self.spent.simulating = self.sides.last().map_or(0.0, |side| side.took);
        self.spent.reporting = now() - from;
        Some(Outcome {
            run: self.run,
            sides: news,
            picture: None,
            comparison,
            of: self.replications,
            complete: self.is_complete(),
            spent: self.spent,
        })
    }

    /// The overview of a side, beside the other if there is one.
    pub fn picture(&mut self, side: usize, width: u32) -> Option<Picture> {
        let count = self.ready() as usize;
        match self.sides.as_mut_slice() {
            [base, changed] => {
                let (own, other) = if side == 0 { (base, changed) } else { (changed, base) };
                Some(picture(own.report(count), Some(other.report(count)), width))
            }
            sides => Some(picture(sides.get_mut(side)?.report(count), None, width)),
        }
    }
}

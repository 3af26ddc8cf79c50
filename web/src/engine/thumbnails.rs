//! Thumbnails for the gallery: replication 0 of a preset, drawn small. Work for when there is nothing else to do.

use std::collections::VecDeque;

use plimsoll_core::Simulation;
use plimsoll_core::experiment::Replication;
use plimsoll_core::time::SimTime;

use super::side::Side;
use crate::protocol::Choice;

/// Presets that are still to be drawn.
#[derive(Default)]
pub struct Thumbnails {
    wanted: VecDeque<String>,
    current: Option<(Side, Simulation)>,
}

impl Thumbnails {
    /// Another preset.
    pub fn want(&mut self, key: String) {
        self.wanted.push_back(key);
    }

    /// Whether there is work.
    pub fn has_work(&self) -> bool {
        self.current.is_some() || !self.wanted.is_empty()
    }

    /// Works until it is time, or until a preset is drawn: its key and its picture.
    pub fn work(&mut self, now: impl Fn() -> f64, until: f64) -> Option<(String, String)> {
        while now() < until {
            let Some((_, simulation)) = &mut self.current else {
                let side = Side::new(&Choice::preset(&self.wanted.pop_front()?), None).ok()?;
                let simulation = Simulation::new(side.model.clone(), side.seed, 0);
                self.current = Some((side, simulation));
                continue;
            };
            if (0..200).any(|_| simulation.step(SimTime::MAX, &mut |_, _, _| {}).is_none()) {
                let (mut side, simulation) = self.current.take()?;
                side.learn(0, Replication::of(simulation, 0));
                let picture = plimsoll_charts::thumbnail(side.report(1));
                return Some((side.choice.preset, picture));
            }
        }
        None
    }
}

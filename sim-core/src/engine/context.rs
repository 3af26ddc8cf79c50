//! What a component may touch while it acts, and what it must be able to do.

use super::queue::EventQueue;
use super::random::Random;
use crate::event::Event;
use crate::model::Model;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, World};

/// Everything a component may touch: the model and the random draws to read, the world to read and
/// to change through its verbs, and timers of its own.
pub struct Context<'a> {
    /// The instant that is being simulated.
    pub now: SimTime,
    /// The compiled scenario.
    pub model: &'a Model,
    /// Keyed draws.
    pub random: &'a Random,
    /// The shared world.
    pub world: &'a mut World,
    queue: &'a mut EventQueue,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        now: SimTime,
        model: &'a Model,
        random: &'a Random,
        world: &'a mut World,
        queue: &'a mut EventQueue,
    ) -> Self {
        Self { now, model, random, world, queue }
    }

    /// Sets a timer of the calling component.
    pub fn after(&mut self, delay: SimDuration, event: impl Into<Event>) {
        self.at(self.now + delay, event);
    }

    /// Sets a timer of the calling component for an instant that is not past. One beyond the horizon
    /// is dropped at once: it could never fire.
    pub fn at(&mut self, at: SimTime, event: impl Into<Event>) {
        assert!(at >= self.now, "a timer for {at:?} was set at {:?}", self.now);
        if at <= self.model.clock.horizon {
            self.queue.push(at, event.into());
        }
    }
}

/// A part of the simulated system. Components never call one another: each fires its own timers and
/// observes the changes that all of them leave in the world.
pub trait Component {
    /// Its own events, so that its match needs no wildcard.
    type Event;

    /// The run begins.
    fn start(&mut self, ctx: &mut Context<'_>);

    /// One of its timers is due.
    fn fire(&mut self, event: Self::Event, ctx: &mut Context<'_>);

    /// Something changed that [`Simulation`](crate::Simulation) routes to it.
    fn observe(&mut self, change: Change, ctx: &mut Context<'_>);
}

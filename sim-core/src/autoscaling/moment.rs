//! The instant of a loop, and when the same look at an unchanged cluster would first find something else.
//!
//! Every comparison of a time with now goes through here. So whoever runs the loop knows how long it may
//! leave loops out: until a comparison turns, a loop that changed nothing would change nothing again.

use core::cell::Cell;

use crate::time::{SimDuration, SimTime};

/// The instant of a loop.
#[derive(Clone, Debug)]
pub struct Moment {
    now: SimTime,
    turns_at: Cell<SimTime>,
}

impl Moment {
    /// Now.
    pub const fn new(now: SimTime) -> Self {
        Self { now, turns_at: Cell::new(SimTime::MAX) }
    }

    /// The instant itself, for noting when something happened.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// Whether `at` is now or past.
    pub fn has_come(&self, at: SimTime) -> bool {
        self.compare(at)
    }

    /// Whether `at` is past.
    pub fn is_past(&self, at: SimTime) -> bool {
        self.compare(at + SimDuration::from_micros(1))
    }

    fn compare(&self, from: SimTime) -> bool {
        let holds = self.now >= from;
        if !holds {
            self.turns_at.set(self.turns_at.get().min(from));
        }
        holds
    }

    /// Something known from before was used that holds until `at`.
    pub fn relies_until(&self, at: SimTime) {
        self.turns_at.set(self.turns_at.get().min(at));
    }

    /// When a comparison made so far first comes out otherwise.
    pub fn turns_at(&self) -> SimTime {
        self.turns_at.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_comparison_to_turn_counts() {
        let moment = Moment::new(SimTime::from_secs(100));
        let at = SimTime::from_secs;
        assert!(moment.has_come(at(100)) && moment.is_past(at(99)), "these never turn");
        assert_eq!(moment.turns_at(), SimTime::MAX);
        assert!(!moment.has_come(at(120)) && !moment.is_past(at(110)) && !moment.is_past(at(100)));
        assert_eq!(moment.turns_at(), at(100) + SimDuration::from_micros(1));
    }
}

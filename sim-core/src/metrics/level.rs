//! Levels: integers that change by steps, and what is watched about them.
//!
//! A value counts for the time during which it was held. What is true only between two changes of one
//! instant is held for no time and never seen: neither a mean nor a maximum notices a pod that was
//! pending for zero seconds. Integrals are exact, in value times microseconds.
//!
//! A slot without a watch costs one addition per change; each watch adds a few integer operations.

use crate::time::{SimDuration, SimTime};

/// A watch on a slot of [`Levels`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LevelWatch(u32);

/// Ends a slot's list of watches.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Slot {
    value: i64,
    since: SimTime,
    first_watch: u32,
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    slot: u32,
    from: SimTime,
    to: SimTime,
    next: u32,
    held: Held,
}

/// What a watch has seen of its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    integral: i128,
    covered: SimDuration,
    /// The smallest value held for any time.
    pub min: i64,
    /// The largest value held for any time.
    pub max: i64,
    /// The value at the window's end, after everything that happens in that instant.
    pub last: Option<i64>,
}

impl Held {
    const NOTHING: Self =
        Self { integral: 0, covered: SimDuration::ZERO, min: i64::MAX, max: i64::MIN, last: None };

    /// The mean over time; `None` before any time has passed in the window.
    pub fn mean(&self) -> Option<f64> {
        let covered = self.covered.as_micros();
        (covered > 0).then(|| self.integral as f64 / covered as f64)
    }

    /// The integral over the window, in value times hours.
    pub fn hours(&self) -> f64 {
        self.integral as f64 / 3_600e6
    }

    /// True once any time has passed in the window.
    pub fn is_covered(&self) -> bool {
        !self.covered.is_zero()
    }
}

/// All levels of a run.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    slots: Vec<Slot>,
    watches: Vec<Watch>,
}

impl Levels {
    /// `count` levels, all zero.
    pub fn new(count: usize) -> Self {
        let slot = Slot { value: 0, since: SimTime::ZERO, first_watch: NONE };
        Self { slots: vec![slot; count], watches: Vec::new() }
    }

    /// Watches a slot over a window, or at an instant when both ends are the same. Equal watches are one.
    pub fn watch(&mut self, slot: usize, from: SimTime, to: SimTime) -> LevelWatch {
        let same = |watch: &Watch| watch.slot as usize == slot && watch.from == from && watch.to == to;
        let index = self.watches.iter().position(same).unwrap_or_else(|| {
            let index = self.watches.len();
            let next = core::mem::replace(&mut self.slots[slot].first_watch, index as u32);
            self.watches.push(Watch { slot: slot as u32, from, to, next, held: Held::NOTHING });
            index
        });
        LevelWatch(index as u32)
    }

    /// The value now.
    pub fn value(&self, slot: usize) -> i64 {
        self.slots[slot].value
    }

    /// The level changes by `step`.
    pub fn add(&mut self, slot: usize, step: i64, now: SimTime) {
        self.set(slot, self.slots[slot].value + step, now);
    }

    /// The level changes to `value`.
    pub fn set(&mut self, slot: usize, value: i64, now: SimTime) {
        let row = &mut self.slots[slot];
        let (was, since) = (row.value, row.since);
        let mut watch = row.first_watch;
        (row.value, row.since) = (value, now);
        if since < now {
            while watch != NONE {
                let row = &mut self.watches[watch as usize];
                row.hold(was, since, now);
                watch = row.next;
            }
        }
    }

    /// Nothing changes any more up to and including `end`.
    pub fn close(&mut self, end: SimTime) {
        let after = end + SimDuration::from_micros(1);
        for slot in 0..self.slots.len() {
            self.add(slot, 0, after);
        }
    }

    /// What a watch has seen.
    pub fn held(&self, watch: LevelWatch) -> Held {
        self.watches[watch.0 as usize].held
    }
}

impl Watch {
    /// `value` was held from `since` until just before `until`.
    fn hold(&mut self, value: i64, since: SimTime, until: SimTime) {
        let span = until.min(self.to).since(since.max(self.from));
        if !span.is_zero() {
            self.held.integral += i128::from(value) * i128::from(span.as_micros());
            self.held.covered = self.held.covered + span;
            self.held.min = self.held.min.min(value);
            self.held.max = self.held.max.max(value);
        }
        if since <= self.to && self.to < until {
            self.held.last = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn a_window_sees_what_is_held_in_it() {
        let mut levels = Levels::new(2);
        let watch = levels.watch(1, at(10), at(20));
        assert_eq!(levels.watch(1, at(10), at(20)), watch, "equal watches are one");
        levels.add(1, 4, at(5));
        levels.add(1, 2, at(12));
        levels.add(1, -5, at(18));
        levels.add(1, 100, at(20));
        levels.close(at(30));
        let held = levels.held(watch);
        // 2 s of 4, 6 s of 6, 2 s of 1.
        assert_eq!(held.mean(), Some((8.0 + 36.0 + 2.0) / 10.0));
        assert_eq!((held.min, held.max), (1, 6), "what begins at the end of the window was not held in it");
        assert_eq!(held.last, Some(101), "the last value counts all that happens at the window's end");
    }

    #[test]
    fn a_value_held_for_no_time_is_not_seen() {
        let mut levels = Levels::new(1);
        let watch = levels.watch(0, at(0), at(10));
        levels.add(0, 1, at(5));
        levels.add(0, -1, at(5));
        levels.close(at(10));
        assert_eq!((levels.held(watch).min, levels.held(watch).max), (0, 0));
    }

    #[test]
    fn an_instant_sees_the_state_after_everything_in_it() {
        let mut levels = Levels::new(1);
        let instants: Vec<_> = [4, 5, 9, 10].map(|second| levels.watch(0, at(second), at(second))).into();
        levels.add(0, 1, at(5));
        levels.add(0, 1, at(5));
        levels.add(0, 1, at(10));
        levels.close(at(10));
        let seen: Vec<_> = instants.iter().map(|watch| levels.held(*watch).last).collect();
        assert_eq!(seen, [Some(0), Some(2), Some(2), Some(3)]);
    }
}

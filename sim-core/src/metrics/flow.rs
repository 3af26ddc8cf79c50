//! Flows: counts of what happens, over the whole report and over windows.
//!
//! Windows are half open: what happens in the instant in which one window ends and the next begins
//! belongs to the next. The report's own end belongs to it, since nothing comes after.

use crate::time::SimTime;

/// A watch on a slot of [`Flows`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FlowWatch(u32);

/// Ends a slot's list of watches.
const NONE: u32 = u32::MAX;

/// A window of time in which things happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Window {
    from: SimTime,
    /// The last instant that belongs to it.
    last: SimTime,
}

impl Window {
    /// From `from` up to `to`, which belongs to it only where it is the run's `end`.
    pub fn new(from: SimTime, to: SimTime, end: SimTime) -> Self {
        let last = if to == end { to } else { SimTime::ZERO + to.since(SimTime::from_micros(1)) };
        Self { from, last }
    }

    /// Whether what happens at `now` happens in the window.
    pub fn contains(&self, now: SimTime) -> bool {
        self.from <= now && now <= self.last
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    total: u64,
    first_watch: u32,
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    slot: u32,
    window: Window,
    next: u32,
    count: u64,
}

/// All flows of a run.
#[derive(Clone, Debug)]
pub(super) struct Flows {
    slots: Vec<Slot>,
    watches: Vec<Watch>,
    report_start: SimTime,
}

impl Flows {
    /// `count` flows; totals count from `report_start` on.
    pub fn new(count: usize, report_start: SimTime) -> Self {
        Self { slots: vec![Slot { total: 0, first_watch: NONE }; count], watches: Vec::new(), report_start }
    }

    /// Watches a slot over a window. Equal watches are one.
    pub fn watch(&mut self, slot: usize, window: Window) -> FlowWatch {
        let same = |watch: &Watch| watch.slot as usize == slot && watch.window == window;
        let index = self.watches.iter().position(same).unwrap_or_else(|| {
            let index = self.watches.len();
            let next = core::mem::replace(&mut self.slots[slot].first_watch, index as u32);
            self.watches.push(Watch { slot: slot as u32, window, next, count: 0 });
            index
        });
        FlowWatch(index as u32)
    }

    /// Something happens `times` times.
    pub fn add(&mut self, slot: usize, times: u64, now: SimTime) {
        if now < self.report_start {
            return;
        }
        let row = &mut self.slots[slot];
        row.total += times;
        let mut watch = row.first_watch;
        while watch != NONE {
            let row = &mut self.watches[watch as usize];
            if row.window.contains(now) {
                row.count += times;
            }
            watch = row.next;
        }
    }

    /// How often since the report's start.
    pub fn total(&self, slot: usize) -> u64 {
        self.slots[slot].total
    }

    /// How often in a window.
    pub fn count(&self, watch: FlowWatch) -> u64 {
        self.watches[watch.0 as usize].count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_windows_share_no_instant_and_miss_none() {
        let at = SimTime::from_secs;
        let mut flows = Flows::new(1, at(10));
        let first = flows.watch(0, Window::new(at(10), at(20), at(30)));
        let second = flows.watch(0, Window::new(at(20), at(30), at(30)));
        for second in [9, 10, 20, 30] {
            flows.add(0, 1, at(second));
        }
        assert_eq!((flows.count(first), flows.count(second), flows.total(0)), (1, 2, 3));
    }
}

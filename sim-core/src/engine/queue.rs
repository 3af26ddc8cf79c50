//! The event queue: ordered by (time, sequence), in constant time for each event.
//!
//! The sequence number makes every key unique, so events of one instant leave in the order in which
//! they entered and the order is total.
//!
//! ```text
//! push ──▶ lane    what is due in the instant that is being simulated, first in, first out
//!      ──▶ ready   a few events that come next, in order
//!      ──▶ wheel   all others, in slots: 64 slots of a microsecond, 64 of 64, 64 of 4,096, ...
//! ```
//!
//! An event lies on the level of the highest digit, to the base of 64, in which its time differs from the
//! wheel's. The earliest slot is the lowest on the lowest level that has any; with few events in it they
//! become ready, with many they move to lower levels first. So an event is touched once for each digit at
//! most, usually two or three times, and neither by the events that come and go before it.

use std::collections::VecDeque;

use crate::event::Event;
use crate::time::SimTime;

/// Pending events, earliest first; equal times first in, first out.
#[derive(Clone, Debug, Default)]
pub struct EventQueue {
    lane: VecDeque<Entry>,
    /// In descending order: the earliest is the last.
    ready: Vec<Entry>,
    /// Everything earlier than this is in the lane or ready, everything else in the wheel.
    ready_end: u64,
    wheel: Wheel,
    /// When the event was due that left last.
    reached: SimTime,
    sequence: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: SimTime,
    sequence: u64,
    event: Event,
}

const _: () = assert!(size_of::<Entry>() <= 32);

impl Entry {
    fn before(&self, other: &Self) -> bool {
        (self.at, self.sequence) < (other.at, other.sequence)
    }
}

/// So many events of a slot become ready at once.
const FEW: u32 = 16;
/// With more than this ready, the later ones go back to the wheel.
const MANY: usize = 48;
/// So many stay.
const KEPT: usize = 16;

impl EventQueue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event.
    pub fn push(&mut self, at: SimTime, event: Event) {
        let entry = Entry { at, sequence: self.sequence, event };
        self.sequence += 1;
        if at.as_micros() >= self.ready_end {
            self.wheel.insert(entry);
        } else if at == self.reached && self.lane.back().is_none_or(|last| last.at == at) {
            self.lane.push_back(entry);
        } else {
            self.make_ready(entry);
        }
    }

    fn make_ready(&mut self, entry: Entry) {
        let mut place = self.ready.len();
        while place > 0 && self.ready[place - 1].before(&entry) {
            place -= 1;
        }
        self.ready.insert(place, entry);
        if self.ready.len() > MANY {
            self.give_back();
        }
    }

    /// Lays the later part of what is ready into the wheel again.
    fn give_back(&mut self) {
        // Nothing in the wheel may be due before what is in the lane.
        let lane_end = self.lane.back().map_or(0, |last| last.at.as_micros() + 1);
        let end = self.ready[self.ready.len() - KEPT].at.as_micros().max(self.wheel.time).max(lane_end);
        let stays = self.ready.partition_point(|entry| entry.at.as_micros() >= end);
        // What is due in one instant stays together; with nothing earlier than it, all is as it was.
        if stays < self.ready.len() {
            for entry in self.ready.drain(..stays) {
                self.wheel.insert(entry);
            }
            self.ready_end = end;
        }
    }

    /// Takes the earliest event if it is not later than `limit`.
    pub fn pop_until(&mut self, limit: SimTime) -> Option<(SimTime, Event)> {
        if self.ready.is_empty() && self.lane.is_empty() {
            self.refill();
        }
        let (from_lane, first) = match (self.lane.front(), self.ready.last()) {
            (Some(lane), Some(ready)) if ready.before(lane) => (false, *ready),
            (Some(lane), _) => (true, *lane),
            (None, Some(ready)) => (false, *ready),
            (None, None) => return None,
        };
        if first.at > limit {
            return None;
        }
        if from_lane {
            self.lane.pop_front();
        } else {
            self.ready.pop();
        }
        self.reached = first.at;
        Some((first.at, first.event))
    }

    fn refill(&mut self) {
        if let Some(end) = self.wheel.advance(&mut self.ready) {
            self.ready_end = end;
            self.ready.sort_unstable_by_key(|entry| core::cmp::Reverse((entry.at, entry.sequence)));
        }
    }

    /// When the earliest event is due.
    pub fn next_time(&self) -> Option<SimTime> {
        let near = [self.lane.front(), self.ready.last()];
        near.into_iter().flatten().map(|entry| entry.at).min().or_else(|| self.wheel.next_time())
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.lane.len() + self.ready.len() + self.wheel.len
    }

    /// True when nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bits of a digit.
const DIGIT: u32 = 6;
const SLOTS: usize = 1 << DIGIT;
/// Digits of a time.
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;
/// Ends a list.
const NONE: u32 = u32::MAX;

/// Events by the digits of their times.
#[derive(Clone, Debug)]
struct Wheel {
    /// No event in the wheel is due earlier; times are compared with this, digit by digit.
    time: u64,
    /// Slots with events, for each level.
    occupied: [u64; LEVELS],
    slots: Vec<Slot>,
    links: Vec<Link>,
    /// The first link that is free.
    free: u32,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    first: u32,
    count: u32,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    entry: Entry,
    next: u32,
}

impl Default for Wheel {
    fn default() -> Self {
        let slots = vec![Slot { first: NONE, count: 0 }; LEVELS * SLOTS];
        Self { time: 0, occupied: [0; LEVELS], slots, links: Vec::new(), free: NONE, len: 0 }
    }
}

impl Wheel {
    /// Adds an event that is not due before the wheel's time.
    fn insert(&mut self, entry: Entry) {
        let link = self.free;
        let link = if link == NONE {
            self.links.push(Link { entry, next: NONE });
            u32::try_from(self.links.len() - 1).expect("fewer than 2^32 pending events")
        } else {
            self.free = self.links[link as usize].next;
            self.links[link as usize].entry = entry;
            link
        };
        self.len += 1;
        self.hang(link);
    }

    /// Hangs an event into the slot where it belongs.
    fn hang(&mut self, link: u32) {
        let at = self.links[link as usize].entry.at.as_micros();
        debug_assert!(at >= self.time, "the wheel does not turn back");
        let level = (63 - (at ^ self.time | 1).leading_zeros()) / DIGIT;
        let slot = (at >> (level * DIGIT)) as usize % SLOTS;
        self.occupied[level as usize] |= 1 << slot;
        let row = &mut self.slots[level as usize * SLOTS + slot];
        self.links[link as usize].next = core::mem::replace(&mut row.first, link);
        row.count += 1;
    }

    /// The earliest slot: its level and its number there.
    fn earliest(&self) -> Option<(usize, usize)> {
        let level = self.occupied.iter().position(|slots| *slots != 0)?;
        Some((level, self.occupied[level].trailing_zeros() as usize))
    }

    /// Turns to the earliest events and moves them out; returns before when all are due that were.
    fn advance(&mut self, out: &mut Vec<Entry>) -> Option<u64> {
        loop {
            let (level, slot) = self.earliest()?;
            let row = &mut self.slots[level * SLOTS + slot];
            let Slot { first: mut link, count } = core::mem::replace(row, Slot { first: NONE, count: 0 });
            self.occupied[level] &= !(1 << slot);
            let shift = level as u32 * DIGIT;
            // Above the slot's digit the wheel's time stays as it is.
            let above = self.time.checked_shr(shift + DIGIT).map_or(0, |digits| digits << DIGIT);
            self.time = (above | slot as u64) << shift;
            if level == 0 || count <= FEW {
                while link != NONE {
                    let row = &mut self.links[link as usize];
                    out.push(row.entry);
                    let next = core::mem::replace(&mut row.next, self.free);
                    self.free = link;
                    link = next;
                }
                self.len -= count as usize;
                return Some(self.time.saturating_add(1 << shift));
            }
            while link != NONE {
                let next = self.links[link as usize].next;
                self.hang(link);
                link = next;
            }
        }
    }

    fn next_time(&self) -> Option<SimTime> {
        let (level, slot) = self.earliest()?;
        let first = self.slots[level * SLOTS + slot].first;
        let link = |link: u32| (link != NONE).then(|| &self.links[link as usize]);
        core::iter::successors(link(first), |row| link(row.next)).map(|row| row.entry.at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::AutoscalerEvent;
    use crate::event::OperatorEvent;
    use crate::ids::{ActionId, Id};
    use proptest::prelude::*;

    fn numbered(n: usize) -> Event {
        Event::Operator(OperatorEvent::ActionDue(ActionId::from_index(n)))
    }

    #[test]
    fn a_limit_holds_later_events_back() {
        let mut queue = EventQueue::new();
        queue.push(SimTime::from_secs(2), Event::Autoscaler(AutoscalerEvent::ScanDue));
        assert_eq!(queue.pop_until(SimTime::from_secs(1)), None);
        assert_eq!(queue.len(), 1);
        assert!(queue.pop_until(SimTime::from_secs(2)).is_some());
        assert!(queue.is_empty());
    }

    proptest! {
        /// Goal: the heap is a stable sort. Method: random pushes and pops against a sorted list.
        #[test]
        fn leaves_in_order_of_time_then_entry(times in proptest::collection::vec((0u64..50, any::<bool>()), 0..400)) {
            let mut queue = EventQueue::new();
            let mut model: Vec<(u64, usize)> = Vec::new();
            for (n, (time, pop)) in times.into_iter().enumerate() {
                queue.push(SimTime::from_secs(time), numbered(n));
                model.push((time, n));
                if pop {
                    model.sort();
                    let (time, n) = model.remove(0);
                    prop_assert_eq!(queue.pop_until(SimTime::MAX), Some((SimTime::from_secs(time), numbered(n))));
                }
            }
            model.sort();
            for (time, n) in model {
                prop_assert_eq!(queue.pop_until(SimTime::MAX), Some((SimTime::from_secs(time), numbered(n))));
            }
            prop_assert!(queue.is_empty());
        }

        /// Goal: the same over spans from a microsecond to a year, with bursts in one instant, limits, and
        /// more ready than is kept. Method: times lie ahead of the one reached by steps of random size.
        #[test]
        fn leaves_in_order_at_every_scale(
            steps in proptest::collection::vec((0u32..46, any::<u64>(), 0u8..4, 0u32..46), 1..600)
        ) {
            let mut queue = EventQueue::new();
            let mut model = std::collections::BTreeSet::new();
            let mut now = 0u64;
            for (n, (bits, noise, kind, ahead)) in steps.into_iter().enumerate() {
                let at = now + if kind == 0 { 0 } else { noise >> (63 - bits) };
                queue.push(SimTime::from_micros(at), numbered(n));
                model.insert((at, n));
                let limit = now + (1 << ahead);
                if kind >= 2 {
                    let first = model.first().copied().filter(|(at, _)| *at <= limit);
                    let expected = first.map(|(at, n)| (SimTime::from_micros(at), numbered(n)));
                    prop_assert_eq!(queue.next_time().map(SimTime::as_micros), model.first().map(|first| first.0));
                    prop_assert_eq!(queue.pop_until(SimTime::from_micros(limit)), expected);
                    if let Some(first) = first {
                        now = first.0;
                        model.remove(&first);
                    }
                }
                prop_assert_eq!(queue.len(), model.len());
            }
            for (at, n) in model {
                prop_assert_eq!(queue.pop_until(SimTime::MAX), Some((SimTime::from_micros(at), numbered(n))));
            }
            prop_assert!(queue.is_empty());
        }
    }
}

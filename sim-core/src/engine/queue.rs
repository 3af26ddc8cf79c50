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
//! most, usually two or three times, and neither by the events that come and go before it. A slot's events lie
//! in chunks, one after the other: with a hundred thousand of them memory would cost more than the work does.

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
/// No chunk.
const NONE: u32 = u32::MAX;

/// Events by the digits of their times.
#[derive(Clone, Debug)]
struct Wheel {
    /// No event in the wheel is due earlier; times are compared with this, digit by digit.
    time: u64,
    /// Slots with events, for each level.
    occupied: [u64; LEVELS],
    slots: Vec<Slot>,
    /// All chunks, one after the other.
    entries: Vec<Entry>,
    /// For each chunk the one that was filled before it, or the next that is free.
    before: Vec<u32>,
    /// The first chunk that is free.
    free: u32,
    len: usize,
}

/// Events of a slot, chunk after chunk, so that they are read in a row.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Where the next event would go in its last chunk; at the end of a chunk, into another.
    end: u32,
    count: u32,
}

/// Events of a chunk.
const CHUNK: u32 = 16;

impl Slot {
    const EMPTY: Self = Self { end: 0, count: 0 };
}

impl Default for Wheel {
    fn default() -> Self {
        let slots = vec![Slot::EMPTY; LEVELS * SLOTS];
        let (entries, before) = (Vec::new(), Vec::new());
        Self { time: 0, occupied: [0; LEVELS], slots, entries, before, free: NONE, len: 0 }
    }
}

impl Wheel {
    /// Adds an event that is not due before the wheel's time.
    fn insert(&mut self, entry: Entry) {
        self.len += 1;
        self.put(entry);
    }

    /// Puts an event into the slot where it belongs.
    fn put(&mut self, entry: Entry) {
        let at = entry.at.as_micros();
        debug_assert!(at >= self.time, "the wheel does not turn back");
        let level = (63 - (at ^ self.time | 1).leading_zeros()) / DIGIT;
        let slot = (at >> (level * DIGIT)) as usize % SLOTS;
        self.occupied[level as usize] |= 1 << slot;
        let row = &mut self.slots[level as usize * SLOTS + slot];
        if row.end.is_multiple_of(CHUNK) {
            let full = (row.end / CHUNK).wrapping_sub(1);
            let chunk = if self.free == NONE {
                self.before.push(full);
                // What fills the rest of the chunk is there to be written over.
                self.entries.resize(self.before.len() * CHUNK as usize, entry);
                u32::try_from(self.entries.len()).expect("fewer than 2^32 pending events") / CHUNK - 1
            } else {
                let chunk = self.free;
                self.free = core::mem::replace(&mut self.before[chunk as usize], full);
                chunk
            };
            row.end = chunk * CHUNK;
        }
        self.entries[row.end as usize] = entry;
        row.end += 1;
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
            let row = core::mem::replace(&mut self.slots[level * SLOTS + slot], Slot::EMPTY);
            self.occupied[level] &= !(1 << slot);
            let shift = level as u32 * DIGIT;
            // Above the slot's digit the wheel's time stays as it is.
            let above = self.time.checked_shr(shift + DIGIT).map_or(0, |digits| digits << DIGIT);
            self.time = (above | slot as u64) << shift;
            if level == 0 || row.count <= FEW {
                self.take(row, |_, entry| out.push(entry));
                self.len -= row.count as usize;
                return Some(self.time.saturating_add(1 << shift));
            }
            self.take(row, Self::put);
        }
    }

    /// Empties what was a slot.
    fn take(&mut self, row: Slot, mut each: impl FnMut(&mut Self, Entry)) {
        let mut end = row.end;
        while end > 0 {
            let chunk = (end - 1) / CHUNK;
            for place in chunk * CHUNK..end {
                let entry = self.entries[place as usize];
                each(self, entry);
            }
            let before = core::mem::replace(&mut self.before[chunk as usize], self.free);
            self.free = chunk;
            end = before.wrapping_add(1) * CHUNK;
        }
    }

    fn next_time(&self) -> Option<SimTime> {
        let (level, slot) = self.earliest()?;
        let mut end = self.slots[level * SLOTS + slot].end;
        let mut first = SimTime::MAX;
        while end > 0 {
            let chunk = (end - 1) / CHUNK;
            let entries = &self.entries[(chunk * CHUNK) as usize..end as usize];
            first = entries.iter().map(|entry| entry.at).fold(first, SimTime::min);
            end = self.before[chunk as usize].wrapping_add(1) * CHUNK;
        }
        Some(first)
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

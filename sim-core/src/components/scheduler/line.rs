//! The line of one class in the unschedulable room: who comes first, and who is the first that fits.
//!
//! Pods of a class that all request the same stand in it like any queue. Where each draws its own requests,
//! an event that makes room wants the first that fits into it, of tens of thousands: so the least requests of
//! every 64 places are known, and of every 64 times 64.

use super::queue::{Rank, Waiting};
use crate::resources::Resources;

/// Pods of a class, by rank.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    places: Vec<Place>,
    /// The least that a pod of each block requests, and of each block of blocks.
    least: [Vec<Least>; 2],
    count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    waiting: Waiting,
    is_empty: bool,
}

/// The least of each resource, not necessarily of one pod.
#[derive(Clone, Copy, Debug)]
struct Least(Resources);

/// Places of a block.
const BLOCK: usize = 64;

impl Least {
    const NOBODY: Self = Self(Resources { cpu_millis: u64::MAX, memory_bytes: u64::MAX, pods: u64::MAX });

    fn and(self, other: Resources) -> Self {
        Self(Resources {
            cpu_millis: self.0.cpu_millis.min(other.cpu_millis),
            memory_bytes: self.0.memory_bytes.min(other.memory_bytes),
            pods: self.0.pods.min(other.pods),
        })
    }

    /// Whether without a pod of these requests it may be more. All count for one pod, so that never is.
    fn may_rise_without(&self, requests: Resources) -> bool {
        requests.cpu_millis <= self.0.cpu_millis || requests.memory_bytes <= self.0.memory_bytes
    }
}

impl Line {
    /// A pod joins where its rank puts it, which is the end unless another of the same instant ranks behind.
    pub fn insert(&mut self, waiting: Waiting) {
        self.count += 1;
        let place = Place { waiting, is_empty: false };
        let at = match self.places.last() {
            Some(last) if last.waiting.rank >= waiting.rank => self.position(waiting.rank),
            _ => self.places.len(),
        };
        // One that comes back in the instant in which it left takes its old place.
        if let Some(own) = self.places.get_mut(at).filter(|own| own.waiting.rank == waiting.rank) {
            *own = place;
            self.widen(at, waiting.shape.requests);
        } else if at == self.places.len() {
            self.places.push(place);
            self.widen(at, waiting.shape.requests);
        } else {
            self.places.insert(at, place);
            self.measure_from(at);
        }
    }

    /// A pod leaves.
    pub fn remove(&mut self, rank: Rank) {
        let at = self.position(rank);
        let Some(place) = self.places.get_mut(at).filter(|place| place.waiting.rank == rank) else { return };
        place.is_empty = true;
        let requests = place.waiting.shape.requests;
        self.count -= 1;
        if self.count * 2 < self.places.len() && self.places.len() > BLOCK {
            self.places.retain(|place| !place.is_empty);
            self.measure_from(0);
        } else if self.least[0][at / BLOCK].may_rise_without(requests) {
            self.measure(at / BLOCK);
        }
    }

    /// The pod of a rank.
    pub fn get(&self, rank: Rank) -> Option<Waiting> {
        let place = self.places.get(self.position(rank))?;
        (place.waiting.rank == rank && !place.is_empty).then_some(place.waiting)
    }

    /// True when nobody stands in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first pod from place `from` on whose requests fit into `room`, and its place.
    pub fn first_that_fits(&self, room: &Resources, from: usize) -> Option<(usize, Waiting)> {
        let fits = |least: &[Least], block: usize| least[block].0.fits_in(room);
        let mut at = from;
        while at < self.places.len() {
            if at.is_multiple_of(BLOCK * BLOCK) && !fits(&self.least[1], at / BLOCK / BLOCK) {
                at += BLOCK * BLOCK;
            } else if at.is_multiple_of(BLOCK) && !fits(&self.least[0], at / BLOCK) {
                at += BLOCK;
            } else {
                let Place { waiting, is_empty } = self.places[at];
                if !is_empty && waiting.shape.requests.fits_in(room) {
                    return Some((at, waiting));
                }
                at += 1;
            }
        }
        None
    }

    /// The first pod.
    pub fn first(&self) -> Option<Waiting> {
        self.places.iter().find(|place| !place.is_empty).map(|place| place.waiting)
    }

    fn position(&self, rank: Rank) -> usize {
        self.places.partition_point(|place| place.waiting.rank < rank)
    }

    fn widen(&mut self, at: usize, requests: Resources) {
        for (level, size) in [BLOCK, BLOCK * BLOCK].into_iter().enumerate() {
            let least = &mut self.least[level];
            least.resize(least.len().max(at / size + 1), Least::NOBODY);
            least[at / size] = least[at / size].and(requests);
        }
    }

    fn measure_from(&mut self, at: usize) {
        let blocks = self.places.len().div_ceil(BLOCK);
        self.least[0].truncate(blocks);
        self.least[1].truncate(blocks.div_ceil(BLOCK));
        for block in at / BLOCK..blocks {
            self.measure(block);
        }
    }

    /// Looks afresh at a block.
    fn measure(&mut self, block: usize) {
        let end = self.places.len().min((block + 1) * BLOCK);
        let there = self.places[block * BLOCK..end].iter().filter(|place| !place.is_empty);
        let least = there.fold(Least::NOBODY, |least, place| least.and(place.waiting.shape.requests));
        set(&mut self.least[0], block, least);
        let upper = block / BLOCK;
        let end = self.least[0].len().min((upper + 1) * BLOCK);
        let blocks = &self.least[0][upper * BLOCK..end];
        let least = blocks.iter().fold(Least::NOBODY, |least, block| least.and(block.0));
        set(&mut self.least[1], upper, least);
    }
}

fn set(least: &mut Vec<Least>, at: usize, to: Least) {
    least.resize(least.len().max(at + 1), Least::NOBODY);
    least[at] = to;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::queue::tests::waiting_for;
    use super::*;

    proptest! {
        /// Goal: the line finds whom a search of a sorted list finds. Method: pods of random requests come and
        /// go; asked for the first that fits from a random place on.
        #[test]
        fn the_first_that_fits_is_the_first_that_fits(
            steps in proptest::collection::vec((0u64..40, 0u64..9, any::<bool>(), 0u64..40), 1..700)
        ) {
            let mut line = Line::default();
            let mut list: Vec<Waiting> = Vec::new();
            for (n, (cpu, wobble, goes, room)) in steps.into_iter().enumerate() {
                // Now and then one that ranks before others of its instant.
                let uid = (n as u64 * 4).saturating_sub(wobble * 4 % 12) + wobble;
                let waiting = waiting_for(uid, cpu);
                if list.iter().all(|other| other.rank != waiting.rank) {
                    line.insert(waiting);
                    list.push(waiting);
                    list.sort();
                }
                if goes && list.len() > 1 {
                    let gone = list.remove((room as usize * 7) % list.len());
                    line.remove(gone.rank);
                    prop_assert_eq!(line.get(gone.rank), None);
                }
                let room = Resources { cpu_millis: room, memory_bytes: 0, pods: 1 };
                let found = line.first_that_fits(&room, 0).map(|(_, waiting)| waiting);
                let expected = list.iter().find(|waiting| waiting.shape.requests.fits_in(&room));
                prop_assert_eq!(found, expected.copied());
                prop_assert_eq!(line.first(), list.first().copied());
                prop_assert_eq!(line.is_empty(), list.is_empty());
            }
        }
    }
}

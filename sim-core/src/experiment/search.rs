//! The search for the first value that is good enough, with as few tries as can be.
//!
//! Values are numbered from the one that is wanted most. Where a value that passes is followed by values that
//! pass (more nodes never hurt), halving finds the first in a handful of tries. Whether that is so is not
//! taken on trust: the neighbours on both sides of the cliff are tried too, and when one of them is not as
//! it should be, every value before the first known to pass is tried. The search knows nothing of what a
//! try is; whoever runs it may stop between two tries, and common random numbers make the tries comparable.

use std::collections::BTreeMap;

/// A search over values `0..count`.
#[derive(Clone, Debug)]
pub struct Search {
    count: usize,
    known: BTreeMap<usize, bool>,
}

impl Search {
    /// A search over `count` values, none of which is known.
    pub fn new(count: usize) -> Self {
        Self { count, known: BTreeMap::new() }
    }

    /// The value to try next; `None` when the answer is known.
    pub fn next_try(&self) -> Option<usize> {
        let last = self.count.checked_sub(1)?;
        if !self.known.contains_key(&last) {
            return Some(last);
        }
        let first = self.first_passing()?;
        if !self.is_monotone() {
            return (0..first).find(|value| !self.known.contains_key(value));
        }
        let failing = self.known.range(..first).next_back().map(|(value, _)| value + 1);
        let open = failing.unwrap_or(0)..first;
        if !open.is_empty() {
            return Some(open.start + open.len() / 2);
        }
        let neighbours = [first.checked_sub(2), Some(first + 1).filter(|next| *next < self.count)];
        neighbours.into_iter().flatten().find(|value| !self.known.contains_key(value))
    }

    /// Takes in how a try came out.
    pub fn learn(&mut self, value: usize, passes: bool) {
        self.known.insert(value, passes);
    }

    /// The first value known to pass; the answer once there is nothing left to try.
    pub fn first_passing(&self) -> Option<usize> {
        self.known.iter().find(|(_, passes)| **passes).map(|(value, _)| *value)
    }

    /// Whether no value is known to fail behind one that passes.
    pub fn is_monotone(&self) -> bool {
        let Some(first) = self.first_passing() else { return true };
        self.known.range(first..).all(|(_, passes)| *passes)
    }

    /// How many values have been tried.
    pub fn tries(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(passes: &[bool]) -> Search {
        let mut search = Search::new(passes.len());
        while let Some(value) = search.next_try() {
            assert!(!search.known.contains_key(&value), "nothing is tried twice");
            search.learn(value, passes[value]);
        }
        search
    }

    /// Every cliff of every length is found, with the tries that halving needs and its two neighbours.
    #[test]
    fn halving_finds_every_cliff() {
        for count in 1..=70_usize {
            for cliff in 0..=count {
                let passes: Vec<bool> = (0..count).map(|value| value >= cliff).collect();
                let found = search(&passes);
                assert_eq!(found.first_passing(), passes.iter().position(|passes| *passes));
                assert!(found.tries() <= count.ilog2() as usize + 4, "{count} {cliff}: {}", found.tries());
            }
        }
    }

    #[test]
    fn where_values_are_in_no_order_all_before_the_first_are_tried() {
        let passes = [false, true, false, false, false, false, false, true, false, true];
        let found = search(&passes);
        assert!(!found.is_monotone());
        assert_eq!(found.first_passing(), Some(1));
        assert_eq!(search(&[]).first_passing(), None);
        assert_eq!((search(&[false; 9]).first_passing(), search(&[false; 9]).tries()), (None, 1));
    }
}

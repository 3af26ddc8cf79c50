//! Dice: a small generator of the tests' own (SplitMix64), so that a seed means the same cases for ever
//! and does not depend on the generator under test.

/// The dice of one case.
pub struct Dice(u64);

impl Dice {
    /// Those of case `case` under `seed`.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut dice = Self(seed);
        let mixed = dice.next() ^ case.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(mixed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.next() % of.len() as u64) as usize]
    }
}

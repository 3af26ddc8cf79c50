//! Ties: which of equally good nodes a pod goes to.
//!
//! A draw puts all slots of the snapshot in an order of its own; of the nodes that tie, the one whose slot
//! comes first in that order is taken. So the choice is a function of the draw, the number of slots and the
//! nodes that tie, and of nothing else: whoever knows all of them compares their ranks, and where they are
//! many one walks along the order until one turns up, without listing them.
//!
//! Models: `selectHost` of pkg/scheduler/schedule_one.go, which takes one of the best uniformly. The orders
//! are permutations of the numbers below a power of two, by rounds of a multiplication, an addition and a
//! shift; a test holds them to uniformity.

/// An order of slots.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    bits: u32,
    mask: u32,
    add: [u32; ROUNDS],
    times: [u32; ROUNDS],
}

const ROUNDS: usize = 3;

impl Order {
    /// The order that `draw` puts `slots` slots in.
    pub fn new(draw: u64, slots: usize) -> Self {
        let bits = usize::BITS - slots.saturating_sub(1).leading_zeros();
        let mask = ((1u64 << bits.min(32)) - 1) as u32;
        let (low, high) = (draw as u32, (draw >> 32) as u32);
        let mixed = draw.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ draw;
        Self {
            bits,
            mask,
            add: [low, high, mixed as u32],
            times: [low.rotate_left(16) | 1, high.rotate_left(16) | 1, (mixed >> 32) as u32 | 1],
        }
    }

    /// How many ranks there are: every slot has one below this, and slots that do not exist have the rest.
    pub fn ranks(&self) -> u32 {
        self.mask.saturating_add(1)
    }

    /// Where `slot` comes.
    pub fn rank(&self, slot: u32) -> u32 {
        let mut x = slot;
        for round in 0..ROUNDS {
            x = x.wrapping_mul(self.times[round]).wrapping_add(self.add[round]) & self.mask;
            x ^= x >> self.shift();
        }
        x
    }

    /// A way along the order.
    pub fn walk(&self) -> impl Iterator<Item = u32> {
        let order = *self;
        let inverse = order.times.map(inverse);
        (0..=order.mask).map(move |rank| {
            let mut x = rank;
            for round in (0..ROUNDS).rev() {
                // Shifted by half the bits or more, so once more undoes it.
                x ^= x >> order.shift();
                x = x.wrapping_sub(order.add[round]).wrapping_mul(inverse[round]) & order.mask;
            }
            x
        })
    }

    fn shift(&self) -> u32 {
        self.bits.div_ceil(2)
    }
}

/// What undoes multiplication by an odd number, modulo 2^32 (Newton's iteration doubles the bits that are
/// right, from three).
fn inverse(odd: u32) -> u32 {
    let mut inverse = odd;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(count: u64) -> impl Iterator<Item = u64> {
        let mix = |z: u64| (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (1..=count).map(move |n| mix(mix(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) ^ n))
    }

    #[test]
    fn an_order_holds_every_slot_once_and_walks_by_rank() {
        for slots in [0, 1, 2, 3, 7, 100, 1_000, 5_000] {
            for draw in draws(5) {
                let order = Order::new(draw, slots);
                let way: Vec<u32> = order.walk().collect();
                assert_eq!(way.len(), order.ranks() as usize);
                for (rank, slot) in way.iter().enumerate() {
                    assert_eq!(order.rank(*slot), rank as u32, "{slots} slots");
                }
                let mut sorted = way;
                sorted.sort_unstable();
                assert!(sorted.iter().copied().eq(0..order.ranks()), "{slots} slots");
                assert!(order.ranks() as usize >= slots);
            }
        }
    }

    /// Each of the nodes that tie is first equally often, whichever they are: chi squared over sets of two,
    /// three and eight slots, neighbours and strangers.
    #[test]
    fn every_tie_is_first_equally_often() {
        let sets: [&[u32]; 6] = [
            &[0, 1],
            &[0, 64],
            &[5, 6, 7],
            &[3, 50, 99],
            &[0, 1, 2, 3, 4, 5, 6, 7],
            &[1, 9, 17, 25, 33, 41, 49, 57],
        ];
        for slots in [100, 128, 1_000, 5_000, 15_000] {
            for set in sets {
                let mut wins = vec![0u32; set.len()];
                let trials = 24_000;
                for draw in draws(trials) {
                    let order = Order::new(draw, slots);
                    let first = (0..set.len()).min_by_key(|at| order.rank(set[*at])).expect("a slot");
                    wins[first] += 1;
                }
                let mean = trials as f64 / set.len() as f64;
                let off = |count: &u32| f64::from(*count) - mean;
                let chi: f64 = wins.iter().map(|count| off(count) * off(count) / mean).sum();
                // One in a million at 7 degrees of freedom is 40.5; at one, 23.9.
                assert!(chi < 24.0 + 2.5 * (set.len() - 2) as f64, "{slots} slots, {set:?}: {wins:?}, {chi}");
            }
        }
    }
}

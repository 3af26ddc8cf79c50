//! Placement along one line: boxes as near as possible to where they want to be, none upon another.
//!
//! Used downwards for the labels at line ends and sideways for the discs of notes. It is the
//! least-squares answer, found by pooling neighbours that would overlap, in integers.

/// A box that wants its middle at `wanted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) wanted: i32,
    pub(crate) size: i32,
}

/// The middles of the boxes, in the order of the wishes. They keep within `low` and `high` where they
/// fit in between; where they do not, they are stacked from `low`.
pub(crate) fn place(wishes: &[Wish], low: i32, high: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|&index| wishes[index].wanted);

    // Pushed together without gaps, box i begins at offset i: what remains to be found is how far each
    // is moved from there, and that must not decrease.
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut length = 0_i64;
    for &index in &order {
        offsets.push(length);
        length += i64::from(wishes[index].size);
    }
    let (low, last) = (i64::from(low), (i64::from(high) - length).max(i64::from(low)));

    // Pools of boxes that move together: the sum of their wishes, and how many.
    let mut pools: Vec<(i64, i64)> = Vec::new();
    for (&index, offset) in order.iter().zip(&offsets) {
        let Wish { wanted, size } = wishes[index];
        let mut pool = (i64::from(wanted) - i64::from(size) / 2 - offset, 1);
        while let Some(before) = pools.last().copied().filter(|before| before.0 * pool.1 > pool.0 * before.1)
        {
            pools.pop();
            pool = (pool.0 + before.0, pool.1 + before.1);
        }
        pools.push(pool);
    }

    let mut middles = vec![0; wishes.len()];
    let moves = pools.iter().flat_map(|&(sum, count)| (0..count).map(move |_| sum.div_euclid(count)));
    for ((&index, offset), moved) in order.iter().zip(&offsets).zip(moves) {
        let middle = moved.clamp(low, last) + offset + i64::from(wishes[index].size) / 2;
        middles[index] = i32::try_from(middle).unwrap_or(i32::MAX / 2);
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(wanted: &[i32], size: i32) -> Vec<Wish> {
        wanted.iter().map(|&wanted| Wish { wanted, size }).collect()
    }

    #[test]
    fn boxes_that_do_not_touch_stay() {
        assert_eq!(place(&wishes(&[50, 10, 90], 10), 0, 100), [50, 10, 90]);
        assert!(place(&[], 0, 100).is_empty());
    }

    #[test]
    fn boxes_that_meet_share_the_way() {
        assert_eq!(place(&wishes(&[50, 50], 10), 0, 100), [45, 55]);
        assert_eq!(place(&wishes(&[50, 52, 54], 10), 0, 100), [42, 52, 62]);
    }

    #[test]
    fn edges_are_kept() {
        assert_eq!(place(&wishes(&[0, 0, 100], 10), 0, 100), [5, 15, 95]);
    }

    #[test]
    fn many_boxes_never_overlap() {
        for seed in 0..200_i32 {
            let wanted: Vec<i32> = (0..20).map(|index| (index * 7_919 + seed * 104_729) % 900).collect();
            let wishes = wishes(&wanted, 40);
            let mut middles = place(&wishes, 0, 900);
            middles.sort_unstable();
            assert!(middles[0] >= 20 && middles[19] <= 880);
            assert!(middles.windows(2).all(|pair| pair[1] - pair[0] >= 40), "seed {seed}");
        }
    }
}

//! Sorting as Go's `sort.Sort` and `sort.Slice` do it, which decides who comes first among equals.
//!
//! Models: pattern-defeating quicksort of Go's standard library (sort, 1.20 and later): up to twelve
//! elements by insertion, which keeps equals in order; more of them may be exchanged, always in the same
//! way. Lists that are in order already stay as they are.

/// Sorts by `less`.
pub fn sort<T>(data: &mut [T], less: impl Fn(&T, &T) -> bool) {
    let limit = usize::BITS - data.len().leading_zeros();
    let end = data.len();
    Sorting { data, less }.sort(0, end, limit);
}

const INSERTION_MAX: usize = 12;
const NINTHER_MIN: usize = 50;
const SHIFTING_MIN: usize = 50;
const SWAPS_MAX: u32 = 12;

struct Sorting<'a, T, F> {
    data: &'a mut [T],
    less: F,
}

#[derive(PartialEq, Eq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

impl<T, F: Fn(&T, &T) -> bool> Sorting<'_, T, F> {
    fn less(&self, one: usize, other: usize) -> bool {
        (self.less)(&self.data[one], &self.data[other])
    }

    fn sort(&mut self, mut from: usize, mut end: usize, mut limit: u32) {
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = end - from;
            if length <= INSERTION_MAX {
                return self.insert(from, end);
            }
            if limit == 0 {
                return self.heap_sort(from, end);
            }
            if !balanced {
                self.break_patterns(from, end);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.choose_pivot(from, end);
            if hint == Hint::Decreasing {
                self.data[from..end].reverse();
                pivot = (end - 1) - (pivot - from);
                hint = Hint::Increasing;
            }
            if balanced && partitioned && hint == Hint::Increasing && self.insert_a_few(from, end) {
                return;
            }
            if from > 0 && !self.less(from - 1, pivot) {
                from = self.partition_equal(from, end, pivot);
                continue;
            }
            let (middle, was_partitioned) = self.partition(from, end, pivot);
            partitioned = was_partitioned;
            let (left, right) = (middle - from, end - middle);
            balanced = left.min(right) >= length / 8;
            if left < right {
                self.sort(from, middle, limit);
                from = middle + 1;
            } else {
                self.sort(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insert(&mut self, from: usize, end: usize) {
        for at in from + 1..end {
            let mut at = at;
            while at > from && self.less(at, at - 1) {
                self.data.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn heap_sort(&mut self, from: usize, end: usize) {
        let length = end - from;
        for root in (0..length.div_ceil(2)).rev() {
            self.sift_down(root, length, from);
        }
        for last in (0..length).rev() {
            self.data.swap(from, from + last);
            self.sift_down(0, last, from);
        }
    }

    fn sift_down(&mut self, mut root: usize, end: usize, from: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(from + child, from + child + 1) {
                child += 1;
            }
            if !self.less(from + root, from + child) {
                return;
            }
            self.data.swap(from + root, from + child);
            root = child;
        }
    }

    /// Moves three elements to where a fixed sequence of numbers points.
    fn break_patterns(&mut self, from: usize, end: usize) {
        let length = end - from;
        let mut random = length as u64;
        let mask = (1_u64 << (u64::BITS - random.leading_zeros())) - 1;
        let index = from + (length / 4) * 2 - 1;
        for step in 0..3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = (random & mask) as usize;
            if other >= length {
                other -= length;
            }
            self.data.swap(index - 1 + step, from + other);
        }
    }

    fn choose_pivot(&self, from: usize, end: usize) -> (usize, Hint) {
        let length = end - from;
        let mut swaps = 0;
        let quarter = |count: usize| from + length / 4 * count;
        let (mut first, mut second, mut third) = (quarter(1), quarter(2), quarter(3));
        if length >= NINTHER_MIN {
            first = self.median(first - 1, first, first + 1, &mut swaps);
            second = self.median(second - 1, second, second + 1, &mut swaps);
            third = self.median(third - 1, third, third + 1, &mut swaps);
        }
        let pivot = self.median(first, second, third, &mut swaps);
        let hint = match swaps {
            0 => Hint::Increasing,
            SWAPS_MAX => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (pivot, hint)
    }

    fn median(&self, mut first: usize, mut second: usize, mut third: usize, swaps: &mut u32) -> usize {
        self.order(&mut first, &mut second, swaps);
        self.order(&mut second, &mut third, swaps);
        self.order(&mut first, &mut second, swaps);
        second
    }

    fn order(&self, one: &mut usize, other: &mut usize, swaps: &mut u32) {
        if self.less(*other, *one) {
            *swaps += 1;
            core::mem::swap(one, other);
        }
    }

    /// Five attempts at sorting what is nearly sorted. True if it is sorted now.
    fn insert_a_few(&mut self, from: usize, end: usize) -> bool {
        let mut at = from + 1;
        for _ in 0..5 {
            while at < end && !self.less(at, at - 1) {
                at += 1;
            }
            if at == end {
                return true;
            }
            if end - from < SHIFTING_MIN {
                return false;
            }
            self.data.swap(at, at - 1);
            if at - from >= 2 {
                for lower in (1..at).rev() {
                    if !self.less(lower, lower - 1) {
                        break;
                    }
                    self.data.swap(lower, lower - 1);
                }
            }
            if end - at >= 2 {
                for upper in at + 1..end {
                    if !self.less(upper, upper - 1) {
                        break;
                    }
                    self.data.swap(upper, upper - 1);
                }
            }
        }
        false
    }

    /// Those below the pivot, the pivot, the others.
    fn partition(&mut self, from: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.data.swap(from, pivot);
        let (mut low, mut high) = (from + 1, end - 1);
        let mut exchanged = false;
        loop {
            while low <= high && self.less(low, from) {
                low += 1;
            }
            while low <= high && !self.less(high, from) {
                high -= 1;
            }
            if low > high {
                self.data.swap(high, from);
                return (high, !exchanged);
            }
            self.data.swap(low, high);
            exchanged = true;
            low += 1;
            high -= 1;
        }
    }

    /// Those equal to the pivot, then those above. None is below.
    fn partition_equal(&mut self, from: usize, end: usize, pivot: usize) -> usize {
        self.data.swap(from, pivot);
        let (mut low, mut high) = (from + 1, end - 1);
        loop {
            while low <= high && !self.less(from, low) {
                low += 1;
            }
            while low <= high && self.less(from, high) {
                high -= 1;
            }
            if low > high {
                return low;
            }
            self.data.swap(low, high);
            low += 1;
            high -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn every_list_ends_sorted_and_short_ones_keep_equals_in_order() {
        let mut state = 1_u64;
        for length in 0..300_usize {
            let mut list: Vec<(u64, usize)> = Vec::new();
            for at in 0..length {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                list.push(((state >> 33) % (1 + length as u64 / 3), at));
            }
            let before = list.clone();
            sort(&mut list, |one, other| one.0 < other.0);
            assert!(list.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{before:?}");
            let mut all = list.clone();
            all.sort_by_key(|(_, at)| *at);
            assert_eq!(all, before);
            if length <= 12 {
                assert!(list.windows(2).all(|pair| pair[0] <= pair[1]), "{before:?}");
            }
        }
    }
}

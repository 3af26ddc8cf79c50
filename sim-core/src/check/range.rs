//! Where a value is claimed to lie.

/// A set of numbers with at most two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// `< v`
    Below(f64),
    /// `<= v`
    AtMost(f64),
    /// `> v`
    Above(f64),
    /// `>= v`
    AtLeast(f64),
    /// `= v`, `= v ± t` and `within v..w`: both ends belong to it.
    Within(f64, f64),
    /// `!= v`
    Not(f64),
}

/// How an interval lies to a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// All of it is inside.
    Inside,
    /// All of it is outside.
    Outside,
    /// It has a part on either side.
    Across,
}

impl Range {
    /// Whether `value` lies in the range.
    pub fn contains(self, value: f64) -> bool {
        match self {
            Self::Below(limit) => value < limit,
            Self::AtMost(limit) => value <= limit,
            Self::Above(limit) => value > limit,
            Self::AtLeast(limit) => value >= limit,
            Self::Within(low, high) => low <= value && value <= high,
            Self::Not(other) => value != other,
        }
    }

    /// How the closed interval from `low` to `high` lies to the range.
    pub fn position(self, low: f64, high: f64) -> Position {
        let (all_inside, all_outside) = match self {
            // The range is an interval, so it holds what lies between two of its members.
            Self::Within(least, most) => {
                (self.contains(low) && self.contains(high), high < least || low > most)
            }
            Self::Below(_) | Self::AtMost(_) => (self.contains(high), !self.contains(low)),
            Self::Above(_) | Self::AtLeast(_) => (self.contains(low), !self.contains(high)),
            Self::Not(other) => (high < other || low > other, low == other && high == other),
        };
        match (all_inside, all_outside) {
            (true, _) => Position::Inside,
            (_, true) => Position::Outside,
            _ => Position::Across,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_belong_to_a_range_as_its_sign_says() {
        assert!(!Range::Below(5.0).contains(5.0));
        assert!(Range::AtMost(5.0).contains(5.0));
        assert!(!Range::Above(5.0).contains(5.0));
        assert!(Range::AtLeast(5.0).contains(5.0));
        assert!(Range::Within(4.0, 5.0).contains(5.0) && Range::Within(4.0, 5.0).contains(4.0));
        assert!(!Range::Not(5.0).contains(5.0));
    }

    #[test]
    fn an_interval_is_inside_outside_or_across() {
        for (range, inside, outside, across) in [
            (Range::Below(5.0), (1.0, 4.9), (5.0, 6.0), (4.0, 5.0)),
            (Range::AtMost(5.0), (1.0, 5.0), (5.1, 6.0), (4.0, 5.1)),
            (Range::Above(5.0), (5.1, 6.0), (1.0, 5.0), (5.0, 6.0)),
            (Range::AtLeast(5.0), (5.0, 6.0), (1.0, 4.9), (4.9, 6.0)),
            (Range::Within(4.0, 5.0), (4.0, 5.0), (5.1, 9.0), (3.0, 9.0)),
            (Range::Not(5.0), (5.1, 6.0), (5.0, 5.0), (4.0, 6.0)),
        ] {
            assert_eq!(range.position(inside.0, inside.1), Position::Inside, "{range:?}");
            assert_eq!(range.position(outside.0, outside.1), Position::Outside, "{range:?}");
            assert_eq!(range.position(across.0, across.1), Position::Across, "{range:?}");
        }
    }
}

//! How figures are rounded, once, on their way into a report.

/// `value` rounded to nine significant digits; counts stay as they are.
///
/// Sums and quotients are the same on every target, but functions of the platform's own may differ in
/// the last of their sixteen digits. Nine are far more than any figure means and hide that.
pub fn rounded(value: f64) -> f64 {
    if value.trunc() == value || !value.is_finite() {
        return value;
    }
    // Decimal output is exactly rounded on every target, and so is reading it.
    format!("{value:.8e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn nine_significant_digits_stay() {
        assert_eq!(rounded(1.0 / 3.0), 0.333_333_333);
        assert_eq!(rounded(2e6 / 3.0), 666_666.667);
        assert_eq!(rounded(-0.000_123_456_789_12), -0.000_123_456_789);
        assert_eq!(rounded(0.1 + 0.2), 0.3);
        assert_eq!(rounded(0.15), 0.15);
    }

    #[test]
    fn counts_and_oddities_stay_as_they_are() {
        for value in [0.0, 600.0, -1.0, 12_345_678_901.0, f64::INFINITY] {
            assert_eq!(rounded(value), value);
        }
        assert!(rounded(f64::NAN).is_nan());
    }
}

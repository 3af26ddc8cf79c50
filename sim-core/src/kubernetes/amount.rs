//! Exact decimal numbers, on their way from text to a whole number of some unit.
//!
//! An [`Amount`] keeps the first [`MAX_DIGITS`] digits and whether any digit but 0 came after them,
//! which is all that rounding up needs. That many digits times 2^60 still fit into 128 bits, so
//! scaling is exact or reported as too large; nothing wraps.

/// A power of ten and of two.
pub(crate) type Scale = (i32, u32);

/// What is wrong with an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not a number with a known suffix.
    Malformed,
    /// It is below zero.
    Negative,
    /// It does not fit into 63 bits.
    TooLarge,
}

/// A decimal number: `digits` x 10^`exponent`, and whether something below the last digit was cut.
pub(crate) struct Amount {
    digits: u128,
    exponent: i32,
    cut: bool,
}

/// Digits that are kept: with them times 2^60 still fits, and 2^63 has nineteen.
const MAX_DIGITS: u32 = 20;

/// Splits a number from what follows it.
pub(crate) fn split(text: &str) -> Result<(Amount, &str), Fault> {
    if text.starts_with('-') {
        return Err(Fault::Negative);
    }
    let mut amount = Amount { digits: 0, exponent: 0, cut: false };
    let mut kept = 0;
    let (mut any, mut point) = (false, false);
    let number = text.strip_prefix('+').unwrap_or(text);
    let mut rest = number;
    for (at, character) in number.char_indices() {
        rest = &number[at..];
        match character {
            '0'..='9' => any = true,
            '.' if !point => {
                point = true;
                rest = &number[at + 1..];
                continue;
            }
            _ => {
                return if any { Ok((amount, rest)) } else { Err(Fault::Malformed) };
            }
        }
        rest = &number[at + 1..];
        let digit = u128::from(character as u32 - '0' as u32);
        if kept < MAX_DIGITS {
            amount.digits = amount.digits * 10 + digit;
            kept += u32::from(amount.digits > 0);
            amount.exponent -= i32::from(point);
        } else {
            amount.cut |= digit > 0;
            amount.exponent = amount.exponent.saturating_add(i32::from(!point));
        }
    }
    if any { Ok((amount, rest)) } else { Err(Fault::Malformed) }
}

impl Amount {
    /// The amount times the scale, cut to a whole number, and whether anything was cut off.
    fn whole(&self, scale: Scale) -> Result<(u64, bool), Fault> {
        let (whole, cut) = self.wide(scale)?;
        let whole = i64::try_from(whole).map_err(|_| Fault::TooLarge)?;
        Ok((whole.unsigned_abs(), cut))
    }

    /// As [`Self::whole`], in 128 bits.
    fn wide(&self, (ten, two): Scale) -> Result<(u128, bool), Fault> {
        let exponent = self.exponent.saturating_add(ten);
        let digits = self.digits.checked_mul(1 << two).ok_or(Fault::TooLarge)?;
        let power = 10u128.checked_pow(exponent.unsigned_abs());
        let (whole, rest) = match (exponent < 0, power) {
            _ if digits == 0 => (0, false),
            (true, Some(power)) => (digits / power, digits % power > 0),
            (true, None) => (0, true),
            (false, power) => {
                (power.and_then(|power| digits.checked_mul(power)).ok_or(Fault::TooLarge)?, false)
            }
        };
        Ok((whole, rest || self.cut))
    }

    /// The amount times the scale, rounded down.
    pub(crate) fn floor(&self, scale: Scale) -> Result<u64, Fault> {
        Ok(self.whole(scale)?.0)
    }

    /// The amount times the scale, rounded up.
    pub(crate) fn ceil(&self, scale: Scale) -> Result<u64, Fault> {
        let (whole, cut) = self.whole(scale)?;
        Ok(whole + u64::from(cut))
    }

    /// The amount times the scale, rounded up, in 128 bits.
    pub(crate) fn wide_ceil(&self, scale: Scale) -> Result<u128, Fault> {
        let (whole, cut) = self.wide(scale)?;
        Ok(whole + u128::from(cut))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_are_cut_still_round_up() {
        let ceil = |text: &str, scale| split(text).and_then(|(amount, _)| amount.ceil(scale));
        assert_eq!(ceil("1.0000000000000000000000000000001", (0, 0)), Ok(2));
        assert_eq!(ceil("1.0000000000000000000000000000000", (0, 0)), Ok(1));
        assert_eq!(ceil("0.00000000000000000000000000000000000000000001", (0, 0)), Ok(1));
        assert_eq!(ceil("9223372036854775807", (0, 0)), Ok(i64::MAX as u64));
        assert_eq!(ceil("9223372036854775808", (0, 0)), Err(Fault::TooLarge));
        assert_eq!(ceil("00000000000000000000000000000000001", (0, 10)), Ok(1024));
    }
}

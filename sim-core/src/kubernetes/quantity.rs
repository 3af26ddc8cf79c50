//! Quantities: `500m`, `2Gi`, `1e3`, exactly as Kubernetes parses and rounds them.
//!
//! Models: k8s.io/apimachinery pkg/api/resource (`ParseQuantity`, `MilliValue`, `Value`; 1.36): the finest
//! grain is 10^-9, finer digits round up; CPU is compared in thousandths and all else in whole units, both
//! rounded up, *after* a sum has been taken.
//! Leaves out: negative quantities (no resource has one) and those above 2^63 units, which Kubernetes caps.

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::amount::{Amount, Fault, Scale, split};

/// An amount of anything, in units of 10^-9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    nanos: u128,
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0 };

    /// That many thousandths.
    pub const fn from_millis(millis: u64) -> Self {
        Self { nanos: millis as u128 * 1_000_000 }
    }

    /// That many units.
    pub const fn from_units(units: u64) -> Self {
        Self { nanos: units as u128 * 1_000_000_000 }
    }

    /// Reads Kubernetes' notation; `None`: not a quantity, negative, or beyond 2^63.
    pub fn from_text(text: &str) -> Option<Self> {
        let (amount, (ten, two)) = scaled(text).ok()?;
        let nanos = amount.wide_ceil((ten + 9, two)).ok()?;
        let quantity = Self { nanos };
        (quantity.nanos.div_ceil(1_000_000_000) <= i64::MAX as u128).then_some(quantity)
    }

    /// In thousandths, rounded up (`MilliValue`).
    pub fn millis(self) -> i64 {
        i64::try_from(self.nanos.div_ceil(1_000_000)).unwrap_or(i64::MAX)
    }

    /// In whole units, rounded up (`Value`).
    pub fn units(self) -> i64 {
        i64::try_from(self.nanos.div_ceil(1_000_000_000)).unwrap_or(i64::MAX)
    }

    /// The sum, exactly.
    pub const fn plus(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(other.nanos) }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor)
    }
}

struct QuantityVisitor;

impl Visitor<'_> for QuantityVisitor {
    type Value = Quantity;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a quantity such as `500m`, `2Gi` or 4")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
        Quantity::from_text(text)
            .ok_or_else(|| E::custom(format_args!("`{text}` is not a quantity such as `500m` or `2Gi`")))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Quantity, E> {
        self.visit_str(&value.to_string())
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Quantity, E> {
        self.visit_str(&value.to_string())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Quantity, E> {
        self.visit_str(&value.to_string())
    }
}

const SUFFIXES: [(&str, Scale); 16] = [
    ("n", (-9, 0)),
    ("u", (-6, 0)),
    ("m", (-3, 0)),
    ("", (0, 0)),
    ("k", (3, 0)),
    ("M", (6, 0)),
    ("G", (9, 0)),
    ("T", (12, 0)),
    ("P", (15, 0)),
    ("E", (18, 0)),
    ("Ki", (0, 10)),
    ("Mi", (0, 20)),
    ("Gi", (0, 30)),
    ("Ti", (0, 40)),
    ("Pi", (0, 50)),
    ("Ei", (0, 60)),
];

/// The number in `text` in units of 10^-`decimals`, rounded up.
pub(crate) fn parse(text: &str, decimals: i32) -> Result<u64, Fault> {
    let (amount, (ten, two)) = scaled(text)?;
    amount.ceil((ten + decimals, two))
}

/// The number in `text` before its suffix, and what the suffix multiplies it by.
fn scaled(text: &str) -> Result<(Amount, Scale), Fault> {
    let (amount, suffix) = split(text)?;
    let known = SUFFIXES.iter().find(|(known, _)| *known == suffix).map(|(_, scale)| *scale);
    let scale = match known {
        Some(scale) => scale,
        None => (exponent(suffix).ok_or(Fault::Malformed)?, 0),
    };
    Ok((amount, scale))
}

/// `e3`, `E-6`.
fn exponent(suffix: &str) -> Option<i32> {
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let plain = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    let exponent: i32 = plain.then(|| digits.parse().unwrap_or(i32::MAX / 2))?;
    Some(exponent.clamp(-1_000, 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_comes_after_the_sum() {
        let half = Quantity::from_text("500u").expect("a quantity");
        assert_eq!((half.millis(), half.plus(half).millis()), (1, 1));
        let memory = Quantity::from_text("128974848000m").expect("a quantity");
        assert_eq!((memory.units(), memory.millis()), (128_974_848, 128_974_848_000));
        assert_eq!(Quantity::from_text("0.0000000001"), Quantity::from_text("1n"));
        assert_eq!(Quantity::from_text("7Ei").map(Quantity::units), Some(7 << 60));
        for text in ["", "-1", "8Ei", "1.2.3", "2gb"] {
            assert_eq!(Quantity::from_text(text), None, "{text}");
        }
    }
}

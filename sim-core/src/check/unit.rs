//! Units of numbers in checks: what may be compared with what, and how a number reads.
//!
//! Values are in seconds, bytes or plain numbers. Arithmetic carries the powers of the first two along,
//! so that a duration divided by a duration is a plain number and a sum of bytes and seconds is an
//! error of the scenario, not of the reader.

/// Powers of time and of memory in a value; all zero for counts and shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Power of a second.
    pub time: i8,
    /// Power of a byte.
    pub bytes: i8,
}

impl Unit {
    /// Counts and shares.
    pub const PLAIN: Self = Self { time: 0, bytes: 0 };
    /// Durations, in seconds.
    pub const TIME: Self = Self { time: 1, bytes: 0 };
    /// Memory, in bytes.
    pub const BYTES: Self = Self { time: 0, bytes: 1 };

    /// The unit of a product.
    pub const fn times(self, other: Self) -> Self {
        Self { time: self.time.saturating_add(other.time), bytes: self.bytes.saturating_add(other.bytes) }
    }

    /// The unit of a quotient.
    pub const fn per(self, other: Self) -> Self {
        Self { time: self.time.saturating_sub(other.time), bytes: self.bytes.saturating_sub(other.bytes) }
    }

    /// What a value of this unit is, for messages.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::PLAIN => "a plain number",
            Self::TIME => "a time",
            Self::BYTES => "an amount of memory",
            _ => "a rate",
        }
    }
}

/// How a number was written, and so how a value beside it should read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `600`
    Plain,
    /// `15%`
    Percent,
    /// `90s`, `1h30m`
    Time,
    /// `2Gi`
    Bytes,
}

/// Suffixes of durations and their seconds.
pub(super) const TIME_SUFFIXES: [(&str, f64); 6] =
    [("ms", 0.001), ("min", 60.0), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// Suffixes of memory and their bytes, as Kubernetes writes them.
pub(crate) const BYTE_SUFFIXES: [(&str, f64); 8] = [
    ("Ki", 1_024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
];

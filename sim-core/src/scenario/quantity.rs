//! Amounts: CPU and memory as Kubernetes writes them, memory as JupyterHub writes it, shares.
//!
//! Everything becomes an integer here, exactly (`kubernetes::amount`): no amount passes through a float, so `0.1` cores are
//! 100m on every target. Kubernetes' amounts round *up* to the millicore and byte
//! (k8s.io/apimachinery pkg/api/resource: `MilliValue` and `Value` round up), JupyterHub's *down*
//! (jupyterhub/traitlets.py, `ByteSpecification`: `int(...)`).
//!
//! Units trap: in Kubernetes `G` is 10^9 and `Gi` 2^30; in JupyterHub `G` is 2^30 and `Gi` unknown.

use core::fmt;

use super::scalar::{FromScalar, Problem, scalar};
use crate::kubernetes::amount::{Fault, Scale, split};
use crate::kubernetes::quantity::parse as kubernetes;

/// CPU in millicores, rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu {
    /// Thousandths of a core.
    pub millis: u64,
}

/// Memory in bytes, rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory {
    /// Bytes.
    pub bytes: u64,
}

/// Memory in bytes as JupyterHub writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HubBytes {
    /// Bytes.
    pub bytes: u64,
}

/// A share of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share {
    /// The share.
    pub ratio: f64,
}

scalar!(Cpu, {
    "description": "CPU as a Kubernetes quantity: `2`, `0.5`, `500m`. Rounded up to the millicore.",
    "type": ["string", "number"],
    "minimum": 0,
    "pattern": r"^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
});
scalar!(Memory, {
    "description": "Memory as a Kubernetes quantity: `2Gi` (binary), `2G` (decimal), bytes. Rounded up to the byte.",
    "type": ["string", "number"],
    "minimum": 0,
    "pattern": r"^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
});
scalar!(HubBytes, {
    "description": "Memory as JupyterHub writes it: `512M`, `1.5G`, bytes. The suffixes K, M, G and T are binary: `1G` is 2^30 bytes.",
    "type": ["string", "number"],
    "minimum": 0,
    "pattern": r"^([0-9]+\.?[0-9]*|\.[0-9]+)[KMGT]$"
});
scalar!(Share, {
    "description": "A share: `85%` or a number from 0 to 1.",
    "type": ["string", "number"],
    "minimum": 0,
    "maximum": 1,
    "pattern": r"^([0-9]+\.?[0-9]*|\.[0-9]+)%?$"
});

const HUB_SUFFIXES: [(&str, Scale); 4] = [("K", (0, 10)), ("M", (0, 20)), ("G", (0, 30)), ("T", (0, 40))];

impl FromScalar for Cpu {
    const EXPECTED: &'static str = "CPU such as `500m` or `2`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let millis = kubernetes(text, 3).map_err(|fault| explain(text, fault, "CPU", nearest_cpu(text)))?;
        Ok(Self { millis })
    }
}

impl FromScalar for Memory {
    const EXPECTED: &'static str = "memory such as `2Gi`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let bytes =
            kubernetes(text, 0).map_err(|fault| explain(text, fault, "memory", nearest_memory(text)))?;
        Ok(Self { bytes })
    }
}

impl FromScalar for HubBytes {
    const EXPECTED: &'static str = "memory such as `1G`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let bytes =
            jupyterhub(text).map_err(|fault| explain(text, fault, "memory here", nearest_hub(text)))?;
        Ok(Self { bytes })
    }

    fn from_number(text: &str) -> Result<Self, Problem> {
        let bytes = split(text).and_then(|(amount, _)| amount.floor((0, 0)));
        Ok(Self { bytes: bytes.map_err(|fault| explain(text, fault, "memory here", None))? })
    }
}

impl FromScalar for Share {
    const EXPECTED: &'static str = "a share such as `85%`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let hint = "write a percentage such as `85%` or a number from 0 to 1";
        let problem = || Problem::not("S023", text, "a share", hint);
        let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number.trim_end(), 100.0));
        if !number.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return Err(problem());
        }
        let number: f64 = number.parse().map_err(|_| problem())?;
        let ratio = number / whole;
        if (0.0..=1.0).contains(&ratio) {
            return Ok(Self { ratio });
        }
        let hint =
            if whole == 1.0 && ratio <= 100.0 { format!("did you mean `{text}%`?") } else { hint.to_owned() };
        Err(Problem::not("S023", text, "a share", hint))
    }
}

impl fmt::Display for Cpu {
    /// As Kubernetes prints it: `2`, `500m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis.is_multiple_of(1_000) {
            write!(f, "{}", self.millis / 1_000)
        } else {
            write!(f, "{}m", self.millis)
        }
    }
}

impl fmt::Display for Memory {
    /// In the largest binary unit that leaves at least one, to two decimals: `46.25Gi`, `300Gi`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
        let Some((unit, shift)) = units.into_iter().find(|(_, shift)| self.bytes >> shift > 0) else {
            return write!(f, "{} {}", self.bytes, if self.bytes == 1 { "byte" } else { "bytes" });
        };
        let hundredths = (u128::from(self.bytes) * 100) >> shift;
        match (hundredths / 100, hundredths % 100) {
            (whole, 0) => write!(f, "{whole}{unit}"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{}{unit}", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02}{unit}"),
        }
    }
}

/// JupyterHub's spelling, rounded down.
fn jupyterhub(text: &str) -> Result<u64, Fault> {
    let (amount, suffix) = split(text)?;
    let known = HUB_SUFFIXES.iter().find(|(known, _)| *known == suffix);
    amount.floor(known.ok_or(Fault::Malformed)?.1)
}

fn explain(text: &str, fault: Fault, what: &str, nearest: Option<String>) -> Problem {
    let examples = match what {
        "CPU" => "write cores (`2`, `0.5`) or millicores (`500m`)",
        "memory" => "write `2Gi`, `512Mi`, `2G` or bytes",
        _ => "write `1G`, `512M` or bytes; these suffixes are binary, as in JupyterHub",
    };
    let hint = nearest.map_or_else(|| examples.to_owned(), |nearest| format!("did you mean `{nearest}`?"));
    match fault {
        Fault::Malformed => Problem::not("S020", text, &format!("a quantity of {what}"), hint),
        Fault::Negative => {
            let fact = format!("`{}` is negative; an amount of {what} is not", super::path::ends(text));
            Problem::new("S020", fact, examples)
        }
        Fault::TooLarge => {
            let fact = format!("`{}` is more {what} than 64 bits can count", super::path::ends(text));
            Problem::new("S020", fact, examples)
        }
    }
}

/// Number and unit apart, blanks and case gone.
fn unit(text: &str) -> Option<(&str, String)> {
    if text.len() > 40 {
        return None;
    }
    let text = text.trim();
    let end =
        text.find(|character: char| !(character.is_ascii_digit() || character == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    split(number).ok()?;
    Some((number, unit.trim().to_lowercase()))
}

fn nearest_cpu(text: &str) -> Option<String> {
    let (number, unit) = unit(text)?;
    match unit.as_str() {
        "m" | "mc" | "mcpu" | "mcore" | "mcores" | "millicore" | "millicores" | "millicpu" => {
            Some(format!("{number}m"))
        }
        "" | "c" | "cpu" | "cpus" | "core" | "cores" | "vcpu" | "vcpus" => Some(number.to_owned()),
        _ => None,
    }
}

fn nearest_memory(text: &str) -> Option<String> {
    let (number, unit) = unit(text)?;
    let prefix = unit.chars().next().unwrap_or(' ').to_ascii_uppercase();
    let decimal = if prefix == 'K' { 'k' } else { prefix };
    match unit.get(1..).unwrap_or("") {
        _ if unit.is_empty() || matches!(unit.as_str(), "b" | "byte" | "bytes") => Some(number.to_owned()),
        _ if !"KMGTPE".contains(prefix) => None,
        "ib" | "i" => Some(format!("{number}{prefix}i")),
        "b" => Some(format!("{number}{decimal}")),
        "" => Some(format!("{number}{prefix}i")),
        _ => None,
    }
}

fn nearest_hub(text: &str) -> Option<String> {
    let (number, unit) = unit(text)?;
    let prefix = unit.chars().next().unwrap_or(' ').to_ascii_uppercase();
    let known = "KMGT".contains(prefix) && matches!(unit.get(1..).unwrap_or(""), "" | "i" | "ib" | "b");
    known.then(|| format!("{number}{prefix}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_are_those_of_apimachinery() {
        // k8s.io/apimachinery pkg/api/resource/quantity_test.go, and its rounding rules.
        for (text, millis) in [
            ("0", 0),
            ("500m", 500),
            ("0.5", 500),
            (".5", 500),
            ("5.", 5_000),
            ("+2", 2_000),
            ("0.1", 100),
            ("0.0001", 1),
            ("1n", 1),
            ("1001u", 2),
            ("1e3", 1_000_000),
            ("1E3", 1_000_000),
            ("1e-3", 1),
            ("1e-400", 1),
            ("2k", 2_000_000),
            ("0.1000000000000000055511151231257827", 101),
        ] {
            assert_eq!(Cpu::from_text(text), Ok(Cpu { millis }), "{text}");
        }
        for (text, bytes) in [
            ("2Gi", 2 << 30),
            ("1.5Gi", 3 << 29),
            ("0.1Ki", 103),
            ("2G", 2_000_000_000),
            ("1.5G", 1_500_000_000),
            ("500m", 1),
            ("1E", 1_000_000_000_000_000_000),
            ("7Ei", 7 << 60),
            ("1e3", 1_000),
            ("12e6", 12_000_000),
            ("48537252Ki", 48_537_252 * 1024),
        ] {
            assert_eq!(Memory::from_text(text), Ok(Memory { bytes }), "{text}");
        }
        for text in [
            "", ".", "Gi", "2gi", "2 Gi", " 2Gi", "1_000", "0x10", "1e", "1e+", "1.2.3", "-1", "8Ei", "1e30",
            "½", "1Gie3",
        ] {
            assert!(Memory::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hub_suffixes_are_binary_and_round_down() {
        for (text, bytes) in
            [("1G", 1 << 30), ("0.5G", 1 << 29), ("512M", 1 << 29), ("0.3G", 322_122_547), ("1K", 1024)]
        {
            assert_eq!(HubBytes::from_text(text), Ok(HubBytes { bytes }), "{text}");
        }
        assert_eq!(HubBytes::from_number("1024"), Ok(HubBytes { bytes: 1024 }));
        for text in ["1Gi", "1g", "1024", "1P", "G", "-1G"] {
            assert!(HubBytes::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_slip_gets_the_right_spelling() {
        let hint = |problem: Result<Memory, Problem>| problem.expect_err("wrong").hint;
        assert_eq!(hint(Memory::from_text("2GiB")), "did you mean `2Gi`?");
        assert_eq!(hint(Memory::from_text("2 Gi")), "did you mean `2Gi`?");
        assert_eq!(hint(Memory::from_text("2GB")), "did you mean `2G`?");
        assert_eq!(hint(Memory::from_text("2g")), "did you mean `2Gi`?");
        assert_eq!(hint(Memory::from_text("512KB")), "did you mean `512k`?");
        assert_eq!(Cpu::from_text("2 cores").expect_err("wrong").hint, "did you mean `2`?");
        assert_eq!(HubBytes::from_text("2Gi").expect_err("wrong").hint, "did you mean `2G`?");
        assert_eq!(Share::from_text("85").expect_err("wrong").hint, "did you mean `85%`?");
    }

    #[test]
    fn shares() {
        assert_eq!(Share::from_text("85%"), Ok(Share { ratio: 0.85 }));
        assert_eq!(Share::from_text("0.5"), Ok(Share { ratio: 0.5 }));
        for text in ["101%", "-1%", "nan", "inf%", "%", "", "1e999"] {
            assert!(Share::from_text(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (Cpu::from_text(&text), Memory::from_text(&text));
            let _ = (HubBytes::from_text(&text), HubBytes::from_number(&text), Share::from_text(&text));
        }

        #[test]
        fn no_almost_quantity_panics(text in r"[+-]?[0-9]{0,45}\.?[0-9]{0,45}([numkKMGTPEi]{0,2}|[eE][+-]?[0-9]{0,12})") {
            let _ = (Cpu::from_text(&text), Memory::from_text(&text), HubBytes::from_text(&text));
        }

        #[test]
        fn millicores_and_bytes_come_back(amount in 0..=i64::MAX as u64) {
            prop_assert_eq!(Cpu::from_text(&format!("{amount}m")), Ok(Cpu { millis: amount }));
            prop_assert_eq!(Memory::from_text(&amount.to_string()), Ok(Memory { bytes: amount }));
            prop_assert_eq!(Memory::from_number(&amount.to_string()), Ok(Memory { bytes: amount }));
        }

        #[test]
        fn amounts_round_up(nanos in 0u64..=1 << 53) {
            let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
            prop_assert_eq!(Cpu::from_text(&text), Ok(Cpu { millis: nanos.div_ceil(1_000_000) }));
            prop_assert_eq!(Cpu::from_text(&format!("{nanos}n")), Ok(Cpu { millis: nanos.div_ceil(1_000_000) }));
            prop_assert_eq!(Memory::from_text(&text), Ok(Memory { bytes: nanos.div_ceil(1_000_000_000) }));
        }

        #[test]
        fn binary_suffixes_are_exact(whole in 0u64..1 << 20, quarters in 0u64..4) {
            let text = format!("{}.{:02}Mi", whole, quarters * 25);
            prop_assert_eq!(Memory::from_text(&text), Ok(Memory { bytes: (whole << 20) + (quarters << 18) }));
        }
    }
}

//! Distributions of durations, of CPU and of memory as written: a bare value, or a map with one key that names the
//! kind.
//!
//! Reading by hand instead of through an untagged enum keeps the place and the reason of an error:
//! "`p95` below the `median`" points at the distribution, "`10 minuets` is not a duration" at the
//! value. What has been read is already the model's distribution, in seconds, millicores or bytes.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::clock_time::Span;
use super::path::ends;
use super::quantity::{Cpu, Memory};
use super::scalar::{FromScalar, Problem};
use crate::model;

/// A distribution of durations.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The distribution, in seconds.
    pub seconds: model::Distribution,
}

/// A distribution of CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct CpuDistribution {
    /// The distribution, in millicores.
    pub millis: model::Distribution,
}

/// A distribution of memory.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryDistribution {
    /// The distribution, in bytes.
    pub bytes: model::Distribution,
}

/// The names of the definitions in the JSON schema, by which patches recognise a distribution.
pub(crate) const SCHEMA_NAMES: [&str; 3] = ["Distribution", "CpuDistribution", "MemoryDistribution"];

const KINDS: [&str; 6] = ["constant", "uniform", "exponential", "lognormal", "weibull", "empirical"];

/// What a distribution can be of: one scalar that becomes a number.
trait Unit: FromScalar + Copy + Ord + for<'de> Deserialize<'de> + JsonSchema {
    const EXPECTED: &'static str;
    const HINT: &'static str;
    /// How a value is compared with another: "longer", "more".
    const MORE: &'static str;
    const LESS: &'static str;
    const DESCRIPTION: &'static str;

    fn value(self) -> f64;
}

impl Unit for Span {
    const EXPECTED: &'static str = "a duration such as `10m` or a distribution";
    const HINT: &'static str = "write a duration, or one of `constant: 5s`, `uniform: {from: 1s, to: 9s}`, \
         `exponential: 12m`, `lognormal: {median: 150s, p95: 240s}`, `weibull: {scale: 1h, shape: 0.7}`, \
         `empirical: [1s, 4s, 9s]`";
    const MORE: &'static str = "longer";
    const LESS: &'static str = "shorter";
    const DESCRIPTION: &'static str =
        "A distribution of durations: a bare duration is always that, a map with one key names the kind.";

    fn value(self) -> f64 {
        self.duration.as_secs_f64()
    }
}

impl Unit for Cpu {
    const EXPECTED: &'static str = "CPU such as `500m` or a distribution";
    const HINT: &'static str = "write an amount, or one of `constant: 1`, `uniform: {from: 100m, to: 1}`, \
         `exponential: 250m`, `lognormal: {median: 200m, p95: 1}`, `weibull: {scale: 500m, shape: 0.7}`, \
         `empirical: [100m, 250m, 2]`";
    const MORE: &'static str = "more";
    const LESS: &'static str = "less";
    const DESCRIPTION: &'static str =
        "CPU that differs from pod to pod: a bare amount is always that, a map with one key names the kind.";

    fn value(self) -> f64 {
        self.millis as f64
    }
}

impl Unit for Memory {
    const EXPECTED: &'static str = "memory such as `2Gi` or a distribution";
    const HINT: &'static str = "write an amount, or one of `constant: 1Gi`, `uniform: {from: 512Mi, to: 2Gi}`, \
         `exponential: 1Gi`, `lognormal: {median: 110Mi, p98: 300Mi}`, `weibull: {scale: 1Gi, shape: 0.7}`, \
         `empirical: [100Mi, 250Mi, 2Gi]`";
    const MORE: &'static str = "more";
    const LESS: &'static str = "less";
    const DESCRIPTION: &'static str = "Memory that differs from pod to pod: a bare amount is always that, a map with one key names the kind.";

    fn value(self) -> f64 {
        self.bytes as f64
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Uniform<T> {
    from: T,
    to: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Lognormal<T> {
    median: T,
    p95: Option<T>,
    p98: Option<T>,
    p99: Option<T>,
    sigma: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Weibull<T> {
    scale: T,
    shape: f64,
}

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = deserializer.deserialize_any(DistributionVisitor::<Span>(PhantomData))?;
        Ok(Self { seconds })
    }
}

impl<'de> Deserialize<'de> for CpuDistribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let millis = deserializer.deserialize_any(DistributionVisitor::<Cpu>(PhantomData))?;
        Ok(Self { millis })
    }
}

impl<'de> Deserialize<'de> for MemoryDistribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = deserializer.deserialize_any(DistributionVisitor::<Memory>(PhantomData))?;
        Ok(Self { bytes })
    }
}

struct DistributionVisitor<T>(PhantomData<T>);

impl<'de, T: Unit> Visitor<'de> for DistributionVisitor<T> {
    type Value = model::Distribution;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(<T as Unit>::EXPECTED)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::from_text(text).map(constant).map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        T::from_number(&value.to_string()).map(constant).map_err(E::custom)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        T::from_number(&value.to_string()).map(constant).map_err(E::custom)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        T::from_number(&value.to_string()).map(constant).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let custom = <A::Error as de::Error>::custom::<Problem>;
        let Some(kind) = map.next_key::<String>()? else {
            return Err(custom(Problem::new("S024", "the distribution has no kind", T::HINT)));
        };
        let read = match kind.as_str() {
            "constant" => Ok(constant::<T>(map.next_value()?)),
            "exponential" => Ok(model::Distribution::Exponential { mean: map.next_value::<T>()?.value() }),
            "uniform" => uniform::<T>(&map.next_value()?),
            "lognormal" => lognormal::<T>(&map.next_value()?),
            "weibull" => weibull::<T>(&map.next_value()?),
            "empirical" => empirical::<T>(map.next_value()?),
            other => {
                let hint = super::diagnostic::nearest(other, KINDS)
                    .map_or_else(|| T::HINT.to_owned(), |kind| format!("did you mean `{kind}`?"));
                Err(Problem::new("S024", format!("`{}` is not a kind of distribution", ends(other)), hint))
            }
        };
        if let Some(second) = map.next_key::<String>()? {
            let fact = format!(
                "a distribution has one kind; this one has `{}` and `{}`",
                ends(&kind),
                ends(&second)
            );
            let hint = if KINDS.contains(&second.as_str()) {
                "remove one of the two".to_owned()
            } else {
                format!("parameters stand within the kind: `{}: {{{}: ...}}`", ends(&kind), ends(&second))
            };
            return Err(custom(Problem::new("S024", fact, hint)));
        }
        read.map_err(custom)
    }
}

fn constant<T: Unit>(value: T) -> model::Distribution {
    model::Distribution::Constant(value.value())
}

fn uniform<T: Unit>(of: &Uniform<T>) -> Result<model::Distribution, Problem> {
    if of.from > of.to {
        let fact = format!("`from` is {} than `to`", T::MORE);
        return Err(Problem::new("S055", fact, "swap the two"));
    }
    Ok(model::Distribution::Uniform { low: of.from.value(), high: of.to.value() })
}

fn lognormal<T: Unit>(of: &Lognormal<T>) -> Result<model::Distribution, Problem> {
    let quantiles = [("p95", of.p95, 0.95), ("p98", of.p98, 0.98), ("p99", of.p99, 0.99)];
    let given = quantiles.iter().filter_map(|(name, value, share)| Some((*name, (*value)?, *share)));
    let given: Vec<_> = given.collect();
    if given.len() + usize::from(of.sigma.is_some()) != 1 {
        let fact = "a lognormal has its `median` and exactly one of `p95`, `p98`, `p99` and `sigma`";
        return Err(Problem::new("S024", fact, "write for instance `lognormal: {median: 150s, p95: 240s}`"));
    }
    if of.median.value() == 0.0 {
        return Err(Problem::new(
            "S055",
            "the `median` of a lognormal is not 0",
            "write the bare value for none at all",
        ));
    }
    let median = of.median.value();
    let sigma = match (given.first(), of.sigma) {
        (Some((name, value, share)), _) => {
            if *value < of.median {
                let fact = format!("`{name}` is {} than the `median`", T::LESS);
                return Err(Problem::new("S055", fact, "swap the two"));
            }
            libm::log(value.value() / median) / model::distribution::standard_normal_quantile(*share)
        }
        (None, sigma) => sigma.unwrap_or_default(),
    };
    if !(0.0..=20.0).contains(&sigma) {
        let fact = format!("`sigma` is {sigma}; it is from 0 to 20");
        return Err(Problem::new(
            "S055",
            fact,
            "sigma is the standard deviation of the logarithm; 0.3 to 2 is usual",
        ));
    }
    Ok(model::Distribution::Lognormal { mu: libm::log(median), sigma })
}

fn weibull<T: Unit>(of: &Weibull<T>) -> Result<model::Distribution, Problem> {
    if of.scale.value() == 0.0 || !(0.05..=100.0).contains(&of.shape) {
        let hint = "below 1 the tail is heavy, 1 is exponential, 3.6 looks like a bell";
        return Err(Problem::new(
            "S055",
            "a Weibull needs a `scale` above 0 and a `shape` from 0.05 to 100",
            hint,
        ));
    }
    Ok(model::Distribution::Weibull { scale: of.scale.value(), shape: of.shape })
}

fn empirical<T: Unit>(mut values: Vec<T>) -> Result<model::Distribution, Problem> {
    values.sort();
    match values.as_slice() {
        [] => Err(Problem::new("S024", "the empirical distribution has no values", T::HINT)),
        [one] => Ok(constant(*one)),
        [..] => {
            let last = (values.len() - 1) as f64;
            let point = |(index, value): (usize, &T)| (index as f64 / last, value.value());
            Ok(model::Distribution::Empirical(values.iter().enumerate().map(point).collect()))
        }
    }
}

fn schema<T: Unit>(generator: &mut SchemaGenerator) -> Schema {
    let span = generator.subschema_for::<T>();
    let kind = |name: &str, description: &str, mut of: serde_json::Value| {
        of["description"] = description.into();
        serde_json::json!({
            "type": "object",
            "properties": { name: of },
            "required": [name],
            "additionalProperties": false
        })
    };
    let map = |properties: serde_json::Value, required: &[&str]| {
        serde_json::json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false
        })
    };
    let bare = serde_json::json!({ "allOf": [span] });
    let number = serde_json::json!({ "type": "number" });
    json_schema!({
        "description": T::DESCRIPTION,
        "anyOf": [
            bare,
            kind("constant", "Always this.", bare.clone()),
            kind("uniform", "Anything between, equally likely.", map(serde_json::json!({ "from": span, "to": span }), &["from", "to"])),
            kind("exponential", "Memoryless, with this mean.", bare.clone()),
            kind("lognormal", "The exponential of a normal: the median and one quantile, or sigma.", map(
                serde_json::json!({ "median": span, "p95": span, "p98": span, "p99": span, "sigma": number }),
                &["median"],
            )),
            kind("weibull", "63.2 % stay below `scale`; a `shape` below 1 has a heavy tail.", map(
                serde_json::json!({ "scale": span, "shape": number }),
                &["scale", "shape"],
            )),
            kind("empirical", "Linear between these values, equally likely quantile points.", serde_json::json!({
                "type": "array", "items": span, "minItems": 1
            })),
        ]
    })
}

macro_rules! distribution_schema {
    ($($name:ident of $unit:ty;)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                schema::<$unit>(generator)
            }
        }
    )*};
}

distribution_schema! {
    Distribution of Span;
    CpuDistribution of Cpu;
    MemoryDistribution of Memory;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<model::Distribution, String> {
        let node = crate::scenario::yaml::read(text, 0).expect("YAML");
        crate::tree::deserializer::read::<Distribution>(&node)
            .map(|read| read.seconds)
            .map_err(|error| super::super::shape_error::describe(&error).fact)
    }

    #[test]
    fn the_kinds() {
        use model::Distribution as D;
        assert_eq!(read("5s"), Ok(D::Constant(5.0)));
        assert_eq!(read("0"), Ok(D::Constant(0.0)));
        assert_eq!(read("{constant: 1m}"), Ok(D::Constant(60.0)));
        assert_eq!(read("{uniform: {from: 1s, to: 2s}}"), Ok(D::Uniform { low: 1.0, high: 2.0 }));
        assert_eq!(read("{exponential: 12m}"), Ok(D::Exponential { mean: 720.0 }));
        assert_eq!(read("{weibull: {scale: 1s, shape: 2}}"), Ok(D::Weibull { scale: 1.0, shape: 2.0 }));
        assert_eq!(
            read("{empirical: [9s, 1s, 4s]}"),
            Ok(D::Empirical(vec![(0.0, 1.0), (0.5, 4.0), (1.0, 9.0)]))
        );
        let lognormal = read("{lognormal: {median: 150s, p95: 240s}}").expect("good");
        assert!((lognormal.quantile(0.95) - 240.0).abs() < 1e-9);
        assert!((lognormal.quantile(0.5) - 150.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, fact) in [
            ("5", "`5` is a bare number; a duration carries its unit"),
            ("{}", "the distribution has no kind"),
            ("{lognorml: 5s}", "`lognorml` is not a kind of distribution"),
            (
                "{constant: 5s, exponential: 5s}",
                "a distribution has one kind; this one has `constant` and `exponential`",
            ),
            ("{uniform: {from: 2s, to: 1s}}", "`from` is longer than `to`"),
            ("{lognormal: {median: 2s, p95: 1s}}", "`p95` is shorter than the `median`"),
            ("{lognormal: {median: 0, p95: 1s}}", "the `median` of a lognormal is not 0"),
            ("{empirical: []}", "the empirical distribution has no values"),
        ] {
            assert_eq!(read(text), Err(fact.to_owned()), "{text}");
        }
    }
}

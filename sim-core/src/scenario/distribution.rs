//! Distributions as written, of durations and of amounts of memory or CPU: a bare value, or a map with one key that
//! names the kind.
//!
//! Reading by hand instead of through an untagged enum keeps the place and the reason of an error:
//! "`p95` below the `median`" points at the distribution, "`10 minuets` is not a duration" at the
//! value. What has been read is already the model's distribution, in seconds, bytes or millicores.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::clock_time::Span;
use super::path::ends;
use super::quantity::{Cpu, Memory, Share};
use super::scalar::{FromScalar, Problem};
use crate::model;

/// A distribution of durations.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The distribution, in seconds.
    pub seconds: model::Distribution,
}

/// A distribution of amounts of memory.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryDistribution {
    /// The distribution, in bytes.
    pub bytes: model::Distribution,
}

/// A distribution of amounts of CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct CpuDistribution {
    /// The distribution, in millicores.
    pub millis: model::Distribution,
}

/// The names of the definitions in the JSON schema, by which patches recognise a distribution.
pub(crate) const SCHEMA_NAMES: [&str; 3] = ["Distribution", "MemoryDistribution", "CpuDistribution"];

const KINDS: [&str; 8] =
    ["constant", "uniform", "exponential", "lognormal", "weibull", "empirical", "quantiles", "pareto"];

/// What is distributed.
trait Unit: FromScalar + JsonSchema + Copy + Ord + for<'de> Deserialize<'de> {
    /// "a duration such as `10m` or a distribution"
    const EXPECTED: &'static str;
    const HINT: &'static str;
    /// Longer or more.
    const MORE: &'static str;
    /// Shorter or less.
    const LESS: &'static str;
    fn number(self) -> f64;
}

impl Unit for Span {
    const EXPECTED: &'static str = "a duration such as `10m` or a distribution";
    const HINT: &'static str = "write a duration, or one of `constant: 5s`, `uniform: {from: 1s, to: 9s}`, \
         `exponential: 12m`, `lognormal: {median: 150s, p95: 240s}`, `weibull: {scale: 1h, shape: 0.7}`, \
         `empirical: [1s, 4s, 9s]`";
    const MORE: &'static str = "longer";
    const LESS: &'static str = "shorter";
    fn number(self) -> f64 {
        self.duration.as_secs_f64()
    }
}

impl Unit for Memory {
    const EXPECTED: &'static str = "memory such as `300Mi` or a distribution";
    const HINT: &'static str = "write memory, or one of `constant: 300Mi`, `uniform: {from: 1Gi, to: 2Gi}`, \
         `lognormal: {median: 110Mi, p98: 300Mi}`, `quantiles: {50%: 110Mi, 98%: 300Mi, 99.5%: 1Gi}`, \
         `pareto: {least: 100Mi, shape: 2}`, `empirical: [90Mi, 110Mi, 1Gi]`";
    const MORE: &'static str = "more";
    const LESS: &'static str = "less";
    fn number(self) -> f64 {
        self.bytes as f64
    }
}

impl Unit for Cpu {
    const EXPECTED: &'static str = "CPU such as `500m` or a distribution";
    const HINT: &'static str = "write CPU, or one of `constant: 500m`, `uniform: {from: 100m, to: 1}`, \
         `lognormal: {median: 50m, p95: 500m}`, `quantiles: {50%: 20m, 99%: 1}`, `empirical: [10m, 20m, 1]`";
    const MORE: &'static str = "more";
    const LESS: &'static str = "less";
    fn number(self) -> f64 {
        self.millis as f64
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Pareto<T> {
    least: T,
    shape: f64,
}

macro_rules! distribution {
    ($name:ident, $field:ident, $unit:ty, $of:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let $field = deserializer.deserialize_any(DistributionVisitor::<$unit>(PhantomData))?;
                Ok(Self { $field })
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                schema::<$unit>(generator, $of)
            }
        }
    };
}

distribution!(Distribution, seconds, Span, "durations: a bare duration");
distribution!(MemoryDistribution, bytes, Memory, "amounts of memory: a bare amount");
distribution!(CpuDistribution, millis, Cpu, "amounts of CPU: a bare amount");

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
            "constant" => Ok(constant(map.next_value::<T>()?)),
            "exponential" => Ok(model::Distribution::Exponential { mean: map.next_value::<T>()?.number() }),
            "uniform" => uniform::<T>(&map.next_value()?),
            "lognormal" => lognormal::<T>(&map.next_value()?),
            "weibull" => weibull::<T>(&map.next_value()?),
            "empirical" => empirical::<T>(map.next_value()?),
            "quantiles" => quantiles::<T>(&map.next_value()?),
            "pareto" => pareto::<T>(&map.next_value()?),
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
    model::Distribution::Constant(value.number())
}

fn uniform<T: Unit>(of: &Uniform<T>) -> Result<model::Distribution, Problem> {
    if of.from > of.to {
        return Err(Problem::new("S055", format!("`from` is {} than `to`", T::MORE), "swap the two"));
    }
    Ok(model::Distribution::Uniform { low: of.from.number(), high: of.to.number() })
}

fn lognormal<T: Unit>(of: &Lognormal<T>) -> Result<model::Distribution, Problem> {
    let quantiles = [("p95", of.p95, 0.95), ("p98", of.p98, 0.98), ("p99", of.p99, 0.99)];
    let given = quantiles.iter().filter_map(|(name, value, share)| Some((*name, (*value)?, *share)));
    let given: Vec<_> = given.collect();
    if given.len() + usize::from(of.sigma.is_some()) != 1 {
        let fact = "a lognormal has its `median` and exactly one of `p95`, `p98`, `p99` and `sigma`";
        return Err(Problem::new("S024", fact, "write for instance `lognormal: {median: 150s, p95: 240s}`"));
    }
    if of.median.number() == 0.0 {
        return Err(Problem::new(
            "S055",
            "the `median` of a lognormal is not 0",
            "write a bare `0` for nothing at all",
        ));
    }
    let median = of.median.number();
    let sigma = match (given.first(), of.sigma) {
        (Some((name, value, share)), _) => {
            if *value < of.median {
                let fact = format!("`{name}` is {} than the `median`", T::LESS);
                return Err(Problem::new("S055", fact, "swap the two"));
            }
            libm::log(value.number() / median) / model::distribution::standard_normal_quantile(*share)
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
    if of.scale.number() == 0.0 || !(0.05..=100.0).contains(&of.shape) {
        let hint = "below 1 the tail is heavy, 1 is exponential, 3.6 looks like a bell";
        return Err(Problem::new(
            "S055",
            "a Weibull needs a `scale` above 0 and a `shape` from 0.05 to 100",
            hint,
        ));
    }
    Ok(model::Distribution::Weibull { scale: of.scale.number(), shape: of.shape })
}

fn pareto<T: Unit>(of: &Pareto<T>) -> Result<model::Distribution, Problem> {
    if of.least.number() == 0.0 || !(0.05..=100.0).contains(&of.shape) {
        let fact = "a Pareto needs a `least` above 0 and a `shape` from 0.05 to 100";
        return Err(Problem::new("S055", fact, "below 1 there is not even a mean; 1.5 to 3 is usual"));
    }
    Ok(model::Distribution::Pareto { least: of.least.number(), shape: of.shape })
}

/// Lognormal between known quantiles.
fn quantiles<T: Unit>(of: &BTreeMap<String, T>) -> Result<model::Distribution, Problem> {
    let mut points = Vec::new();
    for (share, value) in of {
        let ratio = Share::from_text(share)?.ratio;
        if ratio <= 0.0 || ratio >= 1.0 || value.number() == 0.0 {
            let fact = format!("`{}` is not a quantile of a lognormal", ends(share));
            return Err(Problem::new("S055", fact, "shares lie between 0 and 100 %, values above 0"));
        }
        points.push((model::distribution::standard_normal_quantile(ratio), libm::log(value.number())));
    }
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    if points.len() < 2 || points.windows(2).any(|pair| pair[0].0 == pair[1].0 || pair[0].1 > pair[1].1) {
        let fact = "quantiles are at least two shares with values that ascend with them";
        return Err(Problem::new("S055", fact, "write for instance `quantiles: {50%: 110Mi, 98%: 300Mi}`"));
    }
    Ok(model::Distribution::Quantiles(points))
}

fn empirical<T: Unit>(mut values: Vec<T>) -> Result<model::Distribution, Problem> {
    values.sort();
    match values.as_slice() {
        [] => Err(Problem::new(
            "S024",
            "the empirical distribution has no values",
            "list values: `[1s, 4s, 9s]`",
        )),
        [one] => Ok(constant(*one)),
        [..] => {
            let last = (values.len() - 1) as f64;
            let point = |(index, value): (usize, &T)| (index as f64 / last, value.number());
            Ok(model::Distribution::Empirical(values.iter().enumerate().map(point).collect()))
        }
    }
}

fn schema<T: Unit>(generator: &mut SchemaGenerator, of: &str) -> Schema {
    let value = generator.subschema_for::<T>();
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
    let bare = serde_json::json!({ "allOf": [value] });
    let number = serde_json::json!({ "type": "number" });
    json_schema!({
        "description": format!("A distribution of {of} is always that, a map with one key names the kind."),
        "anyOf": [
            bare,
            kind("constant", "Always this.", bare.clone()),
            kind("uniform", "Anything between, equally likely.", map(serde_json::json!({ "from": value, "to": value }), &["from", "to"])),
            kind("exponential", "Memoryless, with this mean.", bare.clone()),
            kind("lognormal", "The exponential of a normal: the median and one quantile, or sigma.", map(
                serde_json::json!({ "median": value, "p95": value, "p98": value, "p99": value, "sigma": number }),
                &["median"],
            )),
            kind("weibull", "63.2 % stay below `scale`; a `shape` below 1 has a heavy tail.", map(
                serde_json::json!({ "scale": value, "shape": number }),
                &["scale", "shape"],
            )),
            kind("empirical", "Linear between these values, equally likely quantile points.", serde_json::json!({
                "type": "array", "items": value, "minItems": 1
            })),
            kind("quantiles", "Known quantiles by their share (`98%`), lognormal between and beyond them.", serde_json::json!({
                "type": "object", "additionalProperties": value, "minProperties": 2
            })),
            kind("pareto", "A heavy tail from `least` on: the share beyond a value falls with its power `shape`.", map(
                serde_json::json!({ "least": value, "shape": number }),
                &["least", "shape"],
            )),
        ]
    })
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

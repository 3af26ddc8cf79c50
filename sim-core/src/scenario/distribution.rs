//! Distributions of durations as written: a bare duration, or a map with one key that names the kind.
//!
//! Reading by hand instead of through an untagged enum keeps the place and the reason of an error:
//! "`p95` below the `median`" points at the distribution, "`10 minuets` is not a duration" at the
//! value. What has been read is already the model's distribution, in seconds.

use core::fmt;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::clock_time::Span;
use super::path::ends;
use super::scalar::{FromScalar, Problem};
use crate::model;

/// A distribution of durations.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The distribution, in seconds.
    pub seconds: model::Distribution,
}

/// The name of the definition in the JSON schema, by which patches recognise a distribution.
pub(crate) const SCHEMA_NAME: &str = "Distribution";

const KINDS: [&str; 6] = ["constant", "uniform", "exponential", "lognormal", "weibull", "empirical"];
const HINT: &str = "write a duration, or one of `constant: 5s`, `uniform: {from: 1s, to: 9s}`, \
     `exponential: 12m`, `lognormal: {median: 150s, p95: 240s}`, `weibull: {scale: 1h, shape: 0.7}`, \
     `empirical: [1s, 4s, 9s]`";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Uniform {
    from: Span,
    to: Span,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Lognormal {
    median: Span,
    p95: Option<Span>,
    p98: Option<Span>,
    p99: Option<Span>,
    sigma: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Weibull {
    scale: Span,
    shape: f64,
}

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = deserializer.deserialize_any(DistributionVisitor)?;
        Ok(Self { seconds })
    }
}

struct DistributionVisitor;

impl<'de> Visitor<'de> for DistributionVisitor {
    type Value = model::Distribution;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as `10m` or a distribution")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Span::from_text(text).map(constant).map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Span::from_number(&value.to_string()).map(constant).map_err(E::custom)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Span::from_number(&value.to_string()).map(constant).map_err(E::custom)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Span::from_number(&value.to_string()).map(constant).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let custom = <A::Error as de::Error>::custom::<Problem>;
        let Some(kind) = map.next_key::<String>()? else {
            return Err(custom(Problem::new("S024", "the distribution has no kind", HINT)));
        };
        let read = match kind.as_str() {
            "constant" => Ok(constant(map.next_value()?)),
            "exponential" => Ok(model::Distribution::Exponential { mean: seconds(map.next_value()?) }),
            "uniform" => uniform(&map.next_value()?),
            "lognormal" => lognormal(&map.next_value()?),
            "weibull" => weibull(&map.next_value()?),
            "empirical" => empirical(map.next_value()?),
            other => {
                let hint = super::diagnostic::nearest(other, KINDS)
                    .map_or_else(|| HINT.to_owned(), |kind| format!("did you mean `{kind}`?"));
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

fn seconds(span: Span) -> f64 {
    span.duration.as_secs_f64()
}

fn constant(span: Span) -> model::Distribution {
    model::Distribution::Constant(seconds(span))
}

fn uniform(of: &Uniform) -> Result<model::Distribution, Problem> {
    if of.from > of.to {
        return Err(Problem::new("S055", "`from` is longer than `to`", "swap the two"));
    }
    Ok(model::Distribution::Uniform { low: seconds(of.from), high: seconds(of.to) })
}

fn lognormal(of: &Lognormal) -> Result<model::Distribution, Problem> {
    let quantiles = [("p95", of.p95, 0.95), ("p98", of.p98, 0.98), ("p99", of.p99, 0.99)];
    let given = quantiles.iter().filter_map(|(name, value, share)| Some((*name, (*value)?, *share)));
    let given: Vec<_> = given.collect();
    if given.len() + usize::from(of.sigma.is_some()) != 1 {
        let fact = "a lognormal has its `median` and exactly one of `p95`, `p98`, `p99` and `sigma`";
        return Err(Problem::new("S024", fact, "write for instance `lognormal: {median: 150s, p95: 240s}`"));
    }
    if of.median.duration.is_zero() {
        return Err(Problem::new(
            "S055",
            "the `median` of a lognormal is not 0",
            "write `0s` for no time at all",
        ));
    }
    let median = seconds(of.median);
    let sigma = match (given.first(), of.sigma) {
        (Some((name, value, share)), _) => {
            if *value < of.median {
                let fact = format!("`{name}` is shorter than the `median`");
                return Err(Problem::new("S055", fact, "swap the two"));
            }
            libm::log(seconds(*value) / median) / model::distribution::standard_normal_quantile(*share)
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

fn weibull(of: &Weibull) -> Result<model::Distribution, Problem> {
    if of.scale.duration.is_zero() || !(0.05..=100.0).contains(&of.shape) {
        let hint = "below 1 the tail is heavy, 1 is exponential, 3.6 looks like a bell";
        return Err(Problem::new(
            "S055",
            "a Weibull needs a `scale` above 0 and a `shape` from 0.05 to 100",
            hint,
        ));
    }
    Ok(model::Distribution::Weibull { scale: seconds(of.scale), shape: of.shape })
}

fn empirical(mut values: Vec<Span>) -> Result<model::Distribution, Problem> {
    values.sort();
    match values.as_slice() {
        [] => Err(Problem::new(
            "S024",
            "the empirical distribution has no values",
            "list durations: `[1s, 4s, 9s]`",
        )),
        [one] => Ok(constant(*one)),
        [..] => {
            let last = (values.len() - 1) as f64;
            let point = |(index, value): (usize, &Span)| (index as f64 / last, seconds(*value));
            Ok(model::Distribution::Empirical(values.iter().enumerate().map(point).collect()))
        }
    }
}

impl JsonSchema for Distribution {
    fn schema_name() -> Cow<'static, str> {
        SCHEMA_NAME.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let span = generator.subschema_for::<Span>();
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
            "description": "A distribution of durations: a bare duration is always that, a map with one key names the kind.",
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

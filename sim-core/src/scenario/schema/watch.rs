//! Alerts, bounded resources, and what slows down, as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::clock_time::Span;
use super::super::quantity::Share;

/// A rule that tells somebody. What is done about it are entries of the timeline with `on`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alert {
    /// A check without times: levels as they are now (`pods.pending > 100`), and `count`, `mean` and quantiles of what
    /// happened lately (`mean(launch.success) < 50%`, `count(launch.failed) > 20`).
    pub when: String,
    /// How far back `count`, `mean` and quantiles look. Default `5m`.
    pub over: Option<Span>,
    /// How long the condition must hold before it tells anybody. Default 0.
    #[serde(rename = "for", default)]
    pub hold: Span,
    /// Time between two looks. Default `1m`.
    pub every: Option<Span>,
}

/// Something of which there is only so much: connections, workers, ports, inodes, a budget of requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    /// How much there is.
    pub capacity: f64,
    /// What holds some of it while it lasts: levels, such as `users.waiting` or `servers.ready{audience=reddit}`, each with
    /// how much one holds.
    #[serde(default)]
    pub held_by: BTreeMap<String, f64>,
    /// What takes some of it when it happens: flows, such as `launch.failed` or `pods.created`, each with how much one
    /// takes.
    #[serde(default)]
    pub taken_by: BTreeMap<String, f64>,
    /// How long that stays taken. Absent: a leak, until something frees it.
    pub taken_for: Option<Span>,
    /// Units that leak by themselves in an hour. Default 0.
    #[serde(default)]
    pub leak_per_hour: f64,
    /// How long a launch that needs it waits while it is full, before it is refused. Default 0.
    #[serde(default)]
    pub wait: Span,
    /// What frees all that was taken by starting anew: `hub`, or a workload whose containers start.
    pub freed_by: Option<String>,
}

/// How long something takes to answer, by what it has to look after: (`base` + `per`) / (1 - `load`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slowdown {
    /// With nothing to look after. Default 0.
    #[serde(default)]
    pub base: Span,
    /// So much more for each: levels such as `pods.total`.
    #[serde(default)]
    pub per: BTreeMap<String, Span>,
    /// The share of its CPU that each takes: the less is left, the longer an answer takes; with nothing left, for ever.
    #[serde(default)]
    pub load: BTreeMap<String, Share>,
    /// When whoever asked gives up. Default `60s`.
    pub timeout: Option<Span>,
}

/// Whether what was taken of a bounded resource is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GiveBack {
    /// Nothing is given back: what is in use stays in use.
    Stuck,
    /// As it should be.
    Well,
}

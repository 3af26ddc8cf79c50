//! What `plimsoll sweep` varies when the command line does not say.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// The axes of a sweep, and how its points are chosen.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SweepPlan {
    /// Named axes, each a map from paths to values: a range such as `15..20`, `10m..1h:10m` or `1..1000:log:4`, or
    /// a list. The paths of one axis change together.
    #[serde(default)]
    pub axes: IndexMap<String, IndexMap<String, serde_json::Value>>,
    /// Replications of each point; those of a plain run when absent.
    pub replications: Option<u32>,
    /// Instead of all combinations, so many points of a Latin hypercube.
    pub latin_hypercube: Option<u32>,
    /// Instead of all combinations, the first so many of Sobol's points.
    pub sobol: Option<u32>,
    /// Instead of all combinations, so many rows of a design that tells which axis matters.
    pub sensitivity: Option<u32>,
}

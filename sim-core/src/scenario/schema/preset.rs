//! Hubs that are known by name, as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// A hub that is known by name: a layer under what the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum HubPreset {
    /// The defaults of zero-to-jupyterhub 4 (2026), its user scheduler among them.
    #[serde(rename = "z2jh-4")]
    Z2jh4,
    /// mybinder.org on 2017-11-30, when the proxy was killed.
    #[serde(rename = "mybinder-2017-11-30")]
    Mybinder20171130,
    /// mybinder.org on 2018-01-18, when reddit came.
    #[serde(rename = "mybinder-2018-01-18")]
    Mybinder20180118,
    /// mybinder.org on 2018-03-13, when the hub's volume was locked.
    #[serde(rename = "mybinder-2018-03-13")]
    Mybinder20180313,
    /// mybinder.org on 2018-07-07, when there were too many pods.
    #[serde(rename = "mybinder-2018-07-07")]
    Mybinder20180707,
}

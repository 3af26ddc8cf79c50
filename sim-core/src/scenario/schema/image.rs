//! Container images as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::quantity::{Memory, Share};

/// An image that nodes have to pull before containers of it start there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// What is pulled.
    pub size: Memory,
    /// Chance that a pull fails and is tried again, after 10 s, 20 s, up to 300 s. Default 0.
    pub failure: Option<Share>,
}

/// How nodes of a group come by images.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeImages {
    /// Images that are on a node when it joins.
    #[serde(default)]
    pub preloaded: Vec<String>,
    /// Bytes that a node pulls and unpacks in a second, all pulls together. Default `32Mi`.
    pub bandwidth: Option<Memory>,
    /// Pulls at a time (`maxParallelImagePulls`), which share the bandwidth. Default 1: one after the other
    /// (`serializeImagePulls`).
    pub parallel: Option<u32>,
    /// The node's disk, on which images are kept and containers write. Absent: more than they will ever take.
    pub disk: Option<Memory>,
    /// What else is on it. Default 0.
    pub disk_used: Option<Memory>,
    /// BinderHub's image cleaner. Absent: only the kubelet throws images away.
    pub cleaner: Option<ImageCleaner>,
}

/// BinderHub's image cleaner (`imageCleaner`): it cordons a node whose disk is full and deletes its largest images.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageCleaner {
    /// Share of the disk above which it begins (`imageGCThresholdHigh`). Default 80 %.
    pub threshold_high: Option<Share>,
    /// Share of the disk down to which it goes (`imageGCThresholdLow`). Default 60 %.
    pub threshold_low: Option<Share>,
}

//! What every object says about itself.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `metadata`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The name; unique for its kind within the namespace.
    pub name: String,
    /// The namespace; absent means `default` where the kind has one.
    pub namespace: Option<String>,
    /// The uid.
    pub uid: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Who made it.
    pub owner_references: Vec<OwnerReference>,
    /// When it was made, RFC 3339.
    pub creation_timestamp: Option<String>,
    /// Present once it is being deleted.
    pub deletion_timestamp: Option<String>,
}

impl Metadata {
    /// The namespace, `default` when absent.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or("default")
    }
}

/// One of an object's owners.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// Its API group and version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Whether it is the one that manages the object.
    pub controller: bool,
    /// Whether it may not go before the object.
    pub block_owner_deletion: bool,
}

/// A condition of a pod or node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// Which condition.
    #[serde(rename = "type")]
    pub kind: String,
    /// True, False or Unknown.
    pub status: String,
    /// When the status changed last, RFC 3339.
    pub last_transition_time: Option<String>,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

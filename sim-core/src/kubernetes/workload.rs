//! Controllers of pods, and services.

use core::fmt;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::metadata::Metadata;
use super::pod::PodSpec;
use super::selector::LabelSelector;

/// Which controller a [`Workload`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkloadKind {
    /// apps/v1 Deployment.
    Deployment,
    /// apps/v1 ReplicaSet.
    ReplicaSet,
    /// apps/v1 StatefulSet.
    StatefulSet,
    /// apps/v1 DaemonSet.
    DaemonSet,
    /// batch/v1 Job.
    Job,
    /// v1 ReplicationController.
    ReplicationController,
}

/// A controller that makes pods from a template.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Workload {
    /// Name, namespace and labels.
    pub metadata: Metadata,
    /// What is wanted.
    pub spec: WorkloadSpec,
}

/// `spec` of a controller: the union of what the kinds have.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadSpec {
    /// Pods wanted; absent means 1.
    pub replicas: Option<u32>,
    /// Pods of a job that run side by side.
    pub parallelism: Option<u32>,
    /// Pods of a job that must succeed.
    pub completions: Option<u32>,
    /// Its pods. A ReplicationController's is a plain map of labels.
    #[serde(deserialize_with = "selector")]
    pub selector: Option<LabelSelector>,
    /// What its pods look like.
    pub template: PodTemplate,
    /// A StatefulSet's service.
    pub service_name: String,
}

/// A template of pods.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodTemplate {
    /// Labels of the pods.
    pub metadata: Metadata,
    /// The pods.
    pub spec: PodSpec,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Service {
    /// Name and namespace.
    pub metadata: Metadata,
    /// What it selects.
    pub spec: ServiceSpec,
}

/// `spec` of a service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// Its pods; absent matches none.
    pub selector: Option<BTreeMap<String, String>>,
}

/// A selector in either notation: `matchLabels` and `matchExpressions`, or labels alone.
fn selector<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LabelSelector>, D::Error> {
    deserializer.deserialize_map(SelectorVisitor).map(Some)
}

struct SelectorVisitor;

impl<'de> Visitor<'de> for SelectorVisitor {
    type Value = LabelSelector;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a selector")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LabelSelector, A::Error> {
        let mut selector = LabelSelector::default();
        let mut labels = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "matchLabels" => selector.match_labels = map.next_value()?,
                "matchExpressions" => selector.match_expressions = map.next_value()?,
                _ => drop(labels.insert(key, map.next_value()?)),
            }
        }
        if selector == LabelSelector::default() {
            selector.match_labels = labels;
        } else if !labels.is_empty() {
            return Err(de::Error::custom(
                "a selector has labels alone, or matchLabels and matchExpressions",
            ));
        }
        Ok(selector)
    }
}

//! Volumes, claims to them and their classes.

use serde::Deserialize;

use super::metadata::Metadata;
use super::node::ResourceList;
use super::pod::PodResources;
use super::selector::NodeSelector;

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolume {
    /// Name and labels; zone and region labels bind it to nodes.
    pub metadata: Metadata,
    /// What it is.
    pub spec: VolumeSpec,
}

/// `spec` of a volume.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeSpec {
    /// Who may mount it how.
    pub access_modes: Vec<String>,
    /// Its size.
    pub capacity: ResourceList,
    /// Its class.
    pub storage_class_name: String,
    /// From which nodes it can be reached.
    pub node_affinity: Option<VolumeNodeAffinity>,
}

/// From which nodes a volume can be reached.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeNodeAffinity {
    /// From these only.
    pub required: Option<NodeSelector>,
}

/// A claim to a volume.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeClaim {
    /// Name, namespace and annotations.
    pub metadata: Metadata,
    /// What is claimed.
    pub spec: ClaimSpec,
    /// How far the claim has come.
    pub status: ClaimStatus,
}

/// `spec` of a claim.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimSpec {
    /// Who may mount it how.
    pub access_modes: Vec<String>,
    /// Its class.
    pub storage_class_name: Option<String>,
    /// The volume it is bound to.
    pub volume_name: String,
    /// The size wanted.
    pub resources: PodResources,
}

/// `status` of a claim.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimStatus {
    /// Pending, Bound or Lost.
    pub phase: String,
    /// Who may mount the volume how.
    pub access_modes: Vec<String>,
    /// The size of the volume.
    pub capacity: ResourceList,
}

/// A class of volumes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StorageClass {
    /// Its name.
    pub metadata: Metadata,
    /// Who makes its volumes.
    pub provisioner: String,
    /// When claims are bound.
    pub volume_binding_mode: Option<BindingMode>,
}

/// When claims of a class are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum BindingMode {
    /// As soon as they are made.
    Immediate,
    /// When the first pod that uses them is placed.
    WaitForFirstConsumer,
}

//! Pod classes: what all pods made from one template share.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::Distribution;
use super::memory::{Container, Qos, RestartPolicy};
use crate::ids::{GroupId, IdVec, ImageId};
use crate::kubernetes;
use crate::placement::PodSpec;
use crate::resources::Resources;
use crate::time::SimDuration;

/// Everything about a pod that its template decides.
#[derive(Clone, Debug)]
pub struct PodClass {
    /// The name of the workload or `hub`.
    pub name: String,
    /// What the scheduler sets aside.
    pub requests: Resources,
    /// What decides where the pod may go.
    pub spec: Arc<PodSpec>,
    /// Which of the model's profiles places it.
    pub profile: usize,
    /// Whether the pod's node selector and tolerations admit the nodes of a group: evaluated once,
    /// since labels and taints belong to the group.
    pub admits: IdVec<GroupId, bool>,
    /// What it tolerates, with what admission adds: a while on nodes that are not Ready.
    pub tolerations: Vec<Toleration>,
    /// Higher goes first.
    pub priority: i32,
    /// Time the container gets to stop.
    pub grace: SimDuration,
    /// Time from bind to running.
    pub startup: Distribution,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Names of its volumes on the node's disk.
    pub local_volumes: Vec<String>,
    /// Its images whose size somebody says.
    pub images: Vec<ImageId>,
    /// Its containers; never empty.
    pub containers: Vec<Container>,
    /// How well its memory is kept for it.
    pub qos: Qos,
    /// When its containers start again.
    pub restart_policy: RestartPolicy,
}

impl PodClass {
    /// Whether somebody says what its containers use.
    pub fn uses_memory(&self) -> bool {
        self.containers.iter().any(|container| container.memory.is_some())
    }
}

/// Requests that differ from pod to pod; `None`: as the class has it.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnRequests {
    /// CPU in thousandths of a core.
    pub cpu_millis: Option<Distribution>,
    /// Memory in bytes.
    pub memory_bytes: Option<Distribution>,
}

/// More than any machine has: draws from a heavy tail end here, so that sums of them stay in range.
const MOST: u64 = 1 << 50;

impl DrawnRequests {
    /// The requests of a pod of a class that requests `class`, for the two uniforms; rounded up, as requests
    /// are.
    pub fn of(&self, class: Resources, cpu: impl FnOnce() -> f64, memory: impl FnOnce() -> f64) -> Resources {
        let amount = |law: &Distribution, unit: f64| (libm::ceil(law.quantile(unit)) as u64).min(MOST);
        Resources {
            cpu_millis: self.cpu_millis.as_ref().map_or(class.cpu_millis, |law| amount(law, cpu())),
            memory_bytes: self.memory_bytes.as_ref().map_or(class.memory_bytes, |law| amount(law, memory())),
            ..class
        }
    }
}

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value; empty when absent.
    #[serde(default)]
    pub value: String,
    /// What it does to a pod that does not tolerate it.
    pub effect: TaintEffect,
}

/// What a taint does to a pod that does not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// New pods are not placed here.
    NoSchedule,
    /// New pods are placed here only when no other node will do.
    PreferNoSchedule,
    /// New pods are not placed here and running ones leave.
    NoExecute,
}

impl From<TaintEffect> for kubernetes::TaintEffect {
    fn from(effect: TaintEffect) -> Self {
        match effect {
            TaintEffect::NoSchedule => Self::NoSchedule,
            TaintEffect::PreferNoSchedule => Self::PreferNoSchedule,
            TaintEffect::NoExecute => Self::NoExecute,
        }
    }
}

/// A taint that a pod tolerates.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key; absent with `Exists` tolerates every key.
    pub key: Option<String>,
    /// `Equal` (default) compares the value, `Exists` does not.
    #[serde(default)]
    pub operator: TolerationOperator,
    /// The taint's value.
    #[serde(default)]
    pub value: String,
    /// The taint's effect; absent: all effects.
    pub effect: Option<TaintEffect>,
    /// How long a `NoExecute` taint is tolerated, in seconds; absent: for ever.
    pub toleration_seconds: Option<u64>,
}

/// How a toleration compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TolerationOperator {
    /// Key and value are the taint's.
    #[default]
    Equal,
    /// The key is the taint's.
    Exists,
}

impl Toleration {
    /// How long a `NoExecute` taint is tolerated; `None`: for ever.
    pub fn span(&self) -> Option<SimDuration> {
        self.toleration_seconds.map(SimDuration::from_secs)
    }

    /// Whether this toleration covers `taint` (kubernetes
    /// k8s.io/api/core/v1/toleration.go, `ToleratesTaint`).
    pub fn tolerates(&self, taint: &Taint) -> bool {
        if self.effect.is_some_and(|effect| effect != taint.effect) {
            return false;
        }
        if self.key.as_ref().is_some_and(|key| !key.is_empty() && *key != taint.key) {
            return false;
        }
        match self.operator {
            TolerationOperator::Equal => self.value == taint.value,
            TolerationOperator::Exists => true,
        }
    }
}

impl From<&Toleration> for kubernetes::Toleration {
    fn from(written: &Toleration) -> Self {
        Self {
            key: written.key.clone().unwrap_or_default(),
            operator: match written.operator {
                TolerationOperator::Equal => kubernetes::TolerationOperator::Equal,
                TolerationOperator::Exists => kubernetes::TolerationOperator::Exists,
            },
            value: written.value.clone(),
            effect: written.effect.map(Into::into),
            toleration_seconds: written.toleration_seconds.map(|seconds| seconds as i64),
        }
    }
}

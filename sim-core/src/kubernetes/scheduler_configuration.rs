//! `KubeSchedulerConfiguration`, kubescheduler.config.k8s.io/v1.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::pod::{NodeAffinity, TopologySpreadConstraint};
use crate::tree::deserializer::{read, read_noting};
use crate::tree::node::Node;
use crate::tree::path::{Path, Step};

/// How kube-scheduler is configured.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SchedulerConfiguration {
    /// Profiles; none means the default profile alone.
    pub profiles: Vec<SchedulerProfile>,
    /// Share of nodes after which the search for feasible ones ends; absent or 0: by the cluster's size.
    pub percentage_of_nodes_to_score: Option<u32>,
    /// First back-off of an unschedulable pod.
    pub pod_initial_backoff_seconds: Option<u64>,
    /// Longest back-off.
    pub pod_max_backoff_seconds: Option<u64>,
}

/// A profile.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SchedulerProfile {
    /// The `schedulerName` of its pods; absent: `default-scheduler`.
    pub scheduler_name: Option<String>,
    /// As [`SchedulerConfiguration::percentage_of_nodes_to_score`], for this profile.
    pub percentage_of_nodes_to_score: Option<u32>,
    /// Plugins that differ from the default.
    pub plugins: Plugins,
    /// Arguments of plugins.
    pub plugin_config: Vec<PluginArguments>,
}

/// Plugins by extension point.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Plugins {
    /// All extension points that a plugin implements.
    pub multi_point: PluginSet,
    /// Before a cycle over nodes.
    pub pre_filter: PluginSet,
    /// Which nodes are feasible.
    pub filter: PluginSet,
    /// When no node is feasible.
    pub post_filter: PluginSet,
    /// Before scoring.
    pub pre_score: PluginSet,
    /// Which feasible node is best.
    pub score: PluginSet,
}

/// Plugins switched on and off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PluginSet {
    /// On, in this order.
    pub enabled: Vec<PluginReference>,
    /// Off; `*` is all of the defaults.
    pub disabled: Vec<PluginReference>,
}

/// A plugin by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PluginReference {
    /// The name.
    pub name: String,
    /// Its weight in scoring; 0: its default.
    pub weight: i64,
}

/// The arguments of one plugin, as written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PluginArguments {
    /// The plugin.
    pub name: String,
    /// Its arguments.
    pub args: serde_json::Value,
}

impl PluginArguments {
    /// The arguments in the plugin's own type; the error says what is wrong with them.
    pub fn typed<T: DeserializeOwned + Default>(&self) -> Result<T, String> {
        if self.args.is_null() {
            return Ok(T::default());
        }
        read(&Node::from_json(self.args.clone()))
            .map_err(|error| format!("arguments of {}: {}: {error}", self.name, error.path()))
    }
}

/// The fields of a configuration that nothing reads, those of plugins' arguments included.
pub(crate) fn unread(configuration: &Node) -> Vec<Path> {
    let (read, mut unread) = read_noting::<SchedulerConfiguration>(configuration);
    let profiles = read.map(|read| read.profiles).unwrap_or_default();
    for (at, profile) in profiles.iter().enumerate() {
        for (number, arguments) in profile.plugin_config.iter().enumerate() {
            let here = Path::of(&["profiles"]).index(at).key("pluginConfig").index(number).key("args");
            let Some(node) = configuration.at(&here) else { continue };
            let fields = match arguments.name.as_str() {
                "NodeResourcesFit" => read_noting::<FitArguments>(node).1,
                "NodeResourcesBalancedAllocation" => read_noting::<BalancedAllocationArguments>(node).1,
                "PodTopologySpread" => read_noting::<SpreadArguments>(node).1,
                "InterPodAffinity" => read_noting::<InterPodAffinityArguments>(node).1,
                "NodeAffinity" => read_noting::<NodeAffinityArguments>(node).1,
                "DefaultPreemption" => read_noting::<DefaultPreemptionArguments>(node).1,
                _ => node.entries().into_iter().flatten().map(|(key, _)| Path::default().key(key)).collect(),
            };
            unread.extend(fields.iter().map(|field| here.join(field)));
        }
    }
    let names_type = |path: &Path| matches!(path.split_last(), Some((_, Step::Key(key))) if key == "apiVersion" || key == "kind");
    unread.retain(|path| !names_type(path));
    unread
}

/// Arguments of NodeResourcesFit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FitArguments {
    /// Extended resources that the filter does not look at.
    pub ignored_resources: Vec<String>,
    /// Groups (what stands before the `/`) of extended resources that the filter does not look at.
    pub ignored_resource_groups: Vec<String>,
    /// How nodes are scored.
    pub scoring_strategy: Option<ScoringStrategy>,
}

/// How NodeResourcesFit scores.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScoringStrategy {
    /// By which rule.
    #[serde(rename = "type")]
    pub kind: ScoringStrategyType,
    /// Over which resources; none: CPU and memory with weight 1.
    pub resources: Vec<ResourceWeight>,
    /// The shape of RequestedToCapacityRatio.
    pub requested_to_capacity_ratio: Option<Shape>,
}

/// The shape of RequestedToCapacityRatio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shape {
    /// Its points, utilisation rising.
    pub shape: Vec<ShapePoint>,
}

/// A point of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ShapePoint {
    /// 0 to 100.
    pub utilization: i64,
    /// 0 to 10.
    pub score: i64,
}

/// The rule of a [`ScoringStrategy`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ScoringStrategyType {
    /// The emptiest node is best.
    #[default]
    LeastAllocated,
    /// The fullest node is best.
    MostAllocated,
    /// By a shape over utilisation.
    RequestedToCapacityRatio,
}

/// A resource that is scored, with its weight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceWeight {
    /// The resource.
    pub name: String,
    /// Its weight; 0: 1.
    pub weight: i64,
}

/// Arguments of NodeResourcesBalancedAllocation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BalancedAllocationArguments {
    /// Over which resources; none: CPU and memory.
    pub resources: Vec<ResourceWeight>,
}

/// Arguments of PodTopologySpread.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SpreadArguments {
    /// Constraints of pods that have none.
    pub default_constraints: Vec<TopologySpreadConstraint>,
    /// Where those come from.
    pub defaulting_type: Defaulting,
}

/// Where default constraints come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Defaulting {
    /// Kubernetes' own.
    #[default]
    System,
    /// The list in the arguments.
    List,
}

/// Arguments of InterPodAffinity.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InterPodAffinityArguments {
    /// What a required affinity of a running pod is worth; absent: 1.
    pub hard_pod_affinity_weight: Option<i64>,
    /// Whether preferences of running pods are looked at for a pod that has none.
    pub ignore_preferred_terms_of_existing_pods: bool,
}

/// Arguments of NodeAffinity.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeAffinityArguments {
    /// Affinity that every pod of the profile has on top of its own.
    pub added_affinity: Option<NodeAffinity>,
}

/// Arguments of DefaultPreemption.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DefaultPreemptionArguments {
    /// Share of the nodes that are tried; absent: 10.
    pub min_candidate_nodes_percentage: Option<u32>,
    /// The fewest nodes that are tried; absent: 100.
    pub min_candidate_nodes_absolute: Option<u32>,
}

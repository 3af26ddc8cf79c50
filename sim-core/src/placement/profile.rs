//! Profiles: which plugins filter and score, in which order and with which weights and arguments.
//!
//! Models: pkg/scheduler/apis/config/v1/default_plugins.go (the default profile), `expandMultiPointPlugins`
//! of pkg/scheduler/framework/runtime/framework.go (how a configuration changes it) and the plugins'
//! arguments with their defaults (apis/config/v1/defaults.go), Kubernetes 1.36 and 1.34.
//! The eras of 2018 have the default predicates and priorities of plugin/pkg/scheduler/algorithmprovider
//! (Kubernetes 1.8 and 1.10), each with weight 1, and no preemption; NodePreferAvoidPods has no say.
//! Leaves out: plugins out of tree, extenders, and switching off `preFilter` or `preScore` alone.

use core::fmt;

use super::labels::{Labels, NodeSelector, NodeTerm};
use super::plugins::node_resources_fit::Strategy;
use super::pod::SpreadConstraint;
use super::symbols::{Symbol, Symbols};
use crate::kubernetes::{
    BalancedAllocationArguments, DefaultPreemptionArguments, Defaulting, FitArguments,
    InterPodAffinityArguments, NodeAffinityArguments, PluginArguments, PluginSet, Plugins, ResourceWeight,
    SchedulerConfiguration, SchedulerProfile, SpreadArguments,
};
use crate::model::Era;

/// A plugin of kube-scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plugin {
    /// A pod with gates is not tried.
    SchedulingGates,
    /// Pods of higher priority are tried first, of equals those that have waited longer.
    PrioritySort,
    /// No pod goes to a cordoned node that does not tolerate it.
    NodeUnschedulable,
    /// A pod that names its node goes nowhere else.
    NodeName,
    /// Taints keep pods off that do not tolerate them.
    TaintToleration,
    /// Nodes are selected by their labels, and preferred.
    NodeAffinity,
    /// A port of a node has one user.
    NodePorts,
    /// Requests fit into what is left, and nodes are scored by it.
    NodeResourcesFit,
    /// A claim for one pod only has no second.
    VolumeRestrictions,
    /// A node has so many volumes at most: named only, nothing is refused by it.
    NodeVolumeLimits,
    /// Bound volumes are reached from their nodes only.
    VolumeBinding,
    /// Volumes stay in their zone.
    VolumeZone,
    /// Pods are spread over domains.
    PodTopologySpread,
    /// Pods want each other near, or far.
    InterPodAffinity,
    /// Claims of devices: named only, nothing asks for any.
    DynamicResources,
    /// Pods of lower priority make room.
    DefaultPreemption,
    /// Nodes whose resources are used alike are better.
    NodeResourcesBalancedAllocation,
    /// Nodes that have the image are better.
    ImageLocality,
    /// The pod is bound to the node that was chosen.
    DefaultBinder,
    /// Pods of a service or controller are spread over nodes and zones; of 2018.
    SelectorSpread,
}

/// The default profile: plugins in their order, with their weight in scoring (0: they do not score).
const DEFAULT: [(Plugin, i64); 19] = [
    (Plugin::SchedulingGates, 0),
    (Plugin::PrioritySort, 0),
    (Plugin::NodeUnschedulable, 0),
    (Plugin::NodeName, 0),
    (Plugin::TaintToleration, 3),
    (Plugin::NodeAffinity, 2),
    (Plugin::NodePorts, 0),
    (Plugin::NodeResourcesFit, 1),
    (Plugin::VolumeRestrictions, 0),
    (Plugin::NodeVolumeLimits, 0),
    (Plugin::VolumeBinding, 1),
    (Plugin::VolumeZone, 0),
    (Plugin::PodTopologySpread, 2),
    (Plugin::InterPodAffinity, 2),
    (Plugin::DynamicResources, 2),
    (Plugin::DefaultPreemption, 0),
    (Plugin::NodeResourcesBalancedAllocation, 1),
    (Plugin::ImageLocality, 1),
    (Plugin::DefaultBinder, 0),
];

/// What stands for the default predicates and priorities of 2018.
const DEFAULT_OF_2018: [(Plugin, i64); 14] = [
    (Plugin::PrioritySort, 0),
    (Plugin::NodeUnschedulable, 0),
    (Plugin::NodeName, 0),
    (Plugin::NodePorts, 0),
    (Plugin::NodeAffinity, 1),
    (Plugin::NodeResourcesFit, 1),
    (Plugin::TaintToleration, 1),
    (Plugin::VolumeRestrictions, 0),
    (Plugin::VolumeBinding, 0),
    (Plugin::VolumeZone, 0),
    (Plugin::InterPodAffinity, 1),
    (Plugin::NodeResourcesBalancedAllocation, 1),
    (Plugin::SelectorSpread, 1),
    (Plugin::DefaultBinder, 0),
];

/// The default profile of an era.
fn default_of(era: Era) -> &'static [(Plugin, i64)] {
    if era.scores_by_priorities() { &DEFAULT_OF_2018 } else { &DEFAULT }
}

impl Plugin {
    /// The name in configurations and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::SchedulingGates => "SchedulingGates",
            Self::PrioritySort => "PrioritySort",
            Self::NodeUnschedulable => "NodeUnschedulable",
            Self::NodeName => "NodeName",
            Self::TaintToleration => "TaintToleration",
            Self::NodeAffinity => "NodeAffinity",
            Self::NodePorts => "NodePorts",
            Self::NodeResourcesFit => "NodeResourcesFit",
            Self::VolumeRestrictions => "VolumeRestrictions",
            Self::NodeVolumeLimits => "NodeVolumeLimits",
            Self::VolumeBinding => "VolumeBinding",
            Self::VolumeZone => "VolumeZone",
            Self::PodTopologySpread => "PodTopologySpread",
            Self::InterPodAffinity => "InterPodAffinity",
            Self::DynamicResources => "DynamicResources",
            Self::DefaultPreemption => "DefaultPreemption",
            Self::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Self::ImageLocality => "ImageLocality",
            Self::DefaultBinder => "DefaultBinder",
            Self::SelectorSpread => "SelectorSpread",
        }
    }

    fn from_name(name: &str, era: Era) -> Option<Self> {
        default_of(era).iter().map(|(plugin, _)| *plugin).find(|plugin| plugin.name() == name)
    }

    /// Whether it can filter nodes.
    fn filters(self) -> bool {
        let others = [
            Self::SchedulingGates,
            Self::PrioritySort,
            Self::DefaultPreemption,
            Self::NodeResourcesBalancedAllocation,
            Self::ImageLocality,
            Self::DefaultBinder,
            Self::SelectorSpread,
        ];
        !others.contains(&self)
    }

    /// Whether it can score nodes.
    fn scores(self, era: Era) -> bool {
        let weight =
            default_of(era).iter().find(|(plugin, _)| *plugin == self).map_or(0, |(_, weight)| *weight);
        weight > 0 && (self != Self::DynamicResources || era.scores_dynamic_resources())
    }
}

/// A plugin that scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScorePlugin {
    /// The plugin.
    pub plugin: Plugin,
    /// What its scores are multiplied by.
    pub weight: i64,
}

/// A profile, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The `schedulerName` of its pods.
    pub scheduler_name: Symbol,
    /// Whose formulas and words.
    pub era: Era,
    /// Filters in their order.
    pub filters: Vec<Plugin>,
    /// Score plugins in their order.
    pub scores: Vec<ScorePlugin>,
    /// Whether it preempts at all, and how many nodes it tries.
    pub preemption: Option<PreemptionLimits>,
    /// How NodeResourcesFit scores.
    pub strategy: Strategy,
    /// Resources that NodeResourcesFit's filter does not look at.
    pub ignored_resources: Vec<Symbol>,
    /// Groups of such resources.
    pub ignored_resource_groups: Vec<String>,
    /// Resources that NodeResourcesBalancedAllocation balances.
    pub balanced: Vec<Symbol>,
    /// Spread constraints of pods that have none; their selector is the pod's own.
    pub default_spread: Vec<SpreadConstraint>,
    /// Whether those are Kubernetes' own, which bear with nodes that lack a label.
    pub system_spread: bool,
    /// What a required affinity of a running pod is worth.
    pub hard_affinity_weight: i64,
    /// Whether preferences of running pods count for a pod that has none itself.
    pub ignores_preferences_of_others: bool,
    /// Nodes that every pod must be on.
    pub added_affinity: Option<NodeSelector>,
    /// Nodes that every pod would rather be on.
    pub added_preferences: Vec<(i64, NodeTerm)>,
}

/// How many nodes preemption tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreemptionLimits {
    /// Share of the nodes that could be freed.
    pub percent: u32,
    /// The fewest.
    pub at_least: u32,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError(pub String);

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for ProfileError {}

impl Profile {
    /// The profiles of a configuration, the default profile if it has none.
    pub fn compile(
        configuration: &SchedulerConfiguration,
        era: Era,
        symbols: &mut Symbols,
    ) -> Result<Vec<Self>, ProfileError> {
        let default = [SchedulerProfile::default()];
        let profiles = match configuration.profiles.as_slice() {
            [] => &default,
            profiles => profiles,
        };
        profiles.iter().map(|profile| Self::compile_one(profile, era, symbols)).collect()
    }

    fn compile_one(
        profile: &SchedulerProfile,
        era: Era,
        symbols: &mut Symbols,
    ) -> Result<Self, ProfileError> {
        let all = multi_point(&profile.plugins, era)?;
        let expand = |set, implements: fn(Plugin, Era) -> bool| expand(&all, set, era, implements);
        let filters = expand(&profile.plugins.filter, |plugin, _| plugin.filters())?;
        let scores = expand(&profile.plugins.score, Plugin::scores)?;
        let post = expand(&profile.plugins.post_filter, |plugin, _| plugin == Plugin::DefaultPreemption)?;
        let weight = |weight: i64| if weight == 0 { 1 } else { weight };
        let arguments =
            |plugin: Plugin| profile.plugin_config.iter().find(|arguments| arguments.name == plugin.name());
        let preemption: DefaultPreemptionArguments = typed(arguments(Plugin::DefaultPreemption))?;
        let limits = PreemptionLimits {
            percent: preemption.min_candidate_nodes_percentage.unwrap_or(10),
            at_least: preemption.min_candidate_nodes_absolute.unwrap_or(100),
        };
        let fit: FitArguments = typed(arguments(Plugin::NodeResourcesFit))?;
        let balanced: BalancedAllocationArguments =
            typed(arguments(Plugin::NodeResourcesBalancedAllocation))?;
        let spread: SpreadArguments = typed(arguments(Plugin::PodTopologySpread))?;
        let pods: InterPodAffinityArguments = typed(arguments(Plugin::InterPodAffinity))?;
        let nodes: NodeAffinityArguments = typed(arguments(Plugin::NodeAffinity))?;
        let nodes = nodes.added_affinity.unwrap_or_default();
        Ok(Self {
            scheduler_name: symbols.intern(profile.scheduler_name.as_deref().unwrap_or("default-scheduler")),
            era,
            filters: filters.into_iter().map(|(plugin, _)| plugin).collect(),
            scores: scores
                .into_iter()
                .map(|(plugin, own)| ScorePlugin { plugin, weight: weight(own) })
                .collect(),
            preemption: (!post.is_empty()).then_some(limits),
            strategy: Strategy::compile(&fit, symbols).map_err(ProfileError)?,
            ignored_resources: fit.ignored_resources.iter().map(|name| symbols.intern(name)).collect(),
            ignored_resource_groups: fit.ignored_resource_groups,
            balanced: weights(&balanced.resources, symbols).into_iter().map(|(name, _)| name).collect(),
            default_spread: default_spread(&spread, symbols),
            system_spread: spread.defaulting_type == Defaulting::System,
            hard_affinity_weight: pods.hard_pod_affinity_weight.unwrap_or(1),
            ignores_preferences_of_others: pods.ignore_preferred_terms_of_existing_pods,
            added_affinity: nodes.required.map(|required| NodeSelector::compile(&required, symbols)),
            added_preferences: nodes
                .preferred
                .iter()
                .map(|each| (i64::from(each.weight), NodeTerm::compile(&each.preference, symbols)))
                .collect(),
        })
    }
}

fn typed<T: serde::de::DeserializeOwned + Default>(
    arguments: Option<&PluginArguments>,
) -> Result<T, ProfileError> {
    arguments.map_or_else(|| Ok(T::default()), |arguments| arguments.typed().map_err(ProfileError))
}

/// Resources with their weights; none means CPU and memory alike.
pub(super) fn weights(resources: &[ResourceWeight], symbols: &mut Symbols) -> Vec<(Symbol, i64)> {
    if resources.is_empty() {
        return vec![(Symbol::CPU, 1), (Symbol::MEMORY, 1)];
    }
    let one = |resource: &ResourceWeight| (symbols.intern(&resource.name), resource.weight.max(1));
    resources.iter().map(one).collect()
}

/// The constraints of pods that have none: over hosts and zones, soft (plugins/podtopologyspread,
/// `systemDefaultConstraints`), or the list in the arguments.
fn default_spread(arguments: &SpreadArguments, symbols: &mut Symbols) -> Vec<SpreadConstraint> {
    let system = |topology_key, max_skew| SpreadConstraint {
        max_skew,
        topology_key,
        hard: false,
        selector: super::labels::Selector::Nothing,
        min_domains: 1,
        honors_affinity: true,
        honors_taints: false,
    };
    match arguments.defaulting_type {
        Defaulting::System => vec![system(Symbol::HOSTNAME, 3), system(Symbol::ZONE, 5)],
        Defaulting::List => arguments
            .default_constraints
            .iter()
            .map(|constraint| SpreadConstraint::compile(constraint, &Labels::default(), symbols))
            .collect(),
    }
}

fn find(name: &str, era: Era) -> Result<Plugin, ProfileError> {
    Plugin::from_name(name, era).ok_or_else(|| {
        ProfileError(format!(
            "there is no plugin `{name}` in kube-scheduler's own tree; only those are modelled"
        ))
    })
}

fn is_disabled(set: &PluginSet, plugin: Plugin) -> bool {
    set.disabled.iter().any(|reference| reference.name == "*" || reference.name == plugin.name())
}

/// The plugins of all extension points: the default ones, changed by what the profile says of them.
fn multi_point(plugins: &Plugins, era: Era) -> Result<Vec<(Plugin, i64)>, ProfileError> {
    let set = &plugins.multi_point;
    let mut all: Vec<(Plugin, i64)> =
        default_of(era).iter().copied().filter(|(plugin, _)| !is_disabled(set, *plugin)).collect();
    for reference in &set.enabled {
        let plugin = find(&reference.name, era)?;
        match all.iter_mut().find(|(known, _)| *known == plugin) {
            Some(entry) => entry.1 = reference.weight,
            None => all.push((plugin, reference.weight)),
        }
    }
    Ok(all)
}

/// The plugins of one extension point: first those of all points that are named again for this one, then
/// the others of all points, then those named for this one alone.
fn expand(
    all: &[(Plugin, i64)],
    set: &PluginSet,
    era: Era,
    implements: fn(Plugin, Era) -> bool,
) -> Result<Vec<(Plugin, i64)>, ProfileError> {
    let mut named = Vec::new();
    for reference in &set.enabled {
        named.push((find(&reference.name, era)?, reference.weight));
    }
    let inherited: Vec<(Plugin, i64)> = all
        .iter()
        .copied()
        .filter(|(plugin, _)| implements(*plugin, era) && !is_disabled(set, *plugin))
        .collect();
    let is_in = |list: &[(Plugin, i64)], plugin: Plugin| list.iter().any(|(other, _)| *other == plugin);
    let mut expanded: Vec<(Plugin, i64)> =
        named.iter().copied().filter(|(plugin, _)| is_in(&inherited, *plugin)).collect();
    expanded.extend(inherited.iter().copied().filter(|(plugin, _)| !is_in(&named, *plugin)));
    expanded.extend(named.iter().copied().filter(|(plugin, _)| !is_in(&inherited, *plugin)));
    Ok(expanded)
}

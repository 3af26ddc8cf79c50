//! Kubernetes objects as users write them and `kubectl get -o json` prints them.
//!
//! [`read`] takes JSON or YAML: one object, a `List`, a bare array, or several YAML documents. Each kind is a struct of
//! its own that holds what Plimsoll models of it. Whatever else an object says is **counted and named** in
//! [`Objects::left_out`] and [`Objects::other_kinds`], never silently dropped.
//!
//! Models: the shapes of k8s.io/api core/v1, policy/v1, scheduling/v1, apps/v1, storage/v1 and
//! kubescheduler.config.k8s.io/v1 (Kubernetes 1.36). `null` means absent, as for the API server.
//! Leaves out: defaults and admission, which the reader of an object applies where it uses a field, and
//! validation beyond types.

pub(crate) mod amount;
mod metadata;
mod node;
mod pod;
mod policy;
pub(crate) mod quantity;
mod reader;
mod scheduler_configuration;
mod selector;
mod volume;
mod workload;

pub use metadata::{Condition, Metadata, OwnerReference};
pub use node::{ContainerImage, Node, NodeSpec, NodeStatus, ResourceList, Taint, TaintEffect};
pub use pod::{
    Affinity, Container, ContainerPort, ContainerRestartPolicy, EmptyDirSource, HostPathSource,
    InclusionPolicy, NodeAffinity, Pod, PodAffinity, PodAffinityTerm, PodResources, PodSpec, PodStatus,
    PreemptionPolicy, PreferredNodeTerm, Protocol, SchedulingGate, Toleration, TolerationOperator,
    TopologySpreadConstraint, Unsatisfiable, Volume, VolumeClaimSource, WeightedPodAffinityTerm,
};
pub use policy::{
    DisruptionBudgetSpec, DisruptionBudgetStatus, Namespace, PodDisruptionBudget, PriorityClass,
};
pub use quantity::Quantity;
pub use reader::{Object, Objects, ReadError, read, read_items};
pub(crate) use scheduler_configuration::unread;
pub use scheduler_configuration::{
    BalancedAllocationArguments, DefaultPreemptionArguments, Defaulting, FitArguments,
    InterPodAffinityArguments, NodeAffinityArguments, PluginArguments, PluginReference, PluginSet, Plugins,
    ResourceWeight, SchedulerConfiguration, SchedulerProfile, ScoringStrategy, ScoringStrategyType, Shape,
    ShapePoint, SpreadArguments,
};
pub use selector::{
    LabelOperator, LabelRequirement, LabelSelector, NodeOperator, NodeRequirement, NodeSelector,
    NodeSelectorTerm,
};
pub use volume::{
    BindingMode, ClaimSpec, ClaimStatus, PersistentVolume, PersistentVolumeClaim, StorageClass,
    VolumeNodeAffinity, VolumeSpec,
};
pub use workload::{PodTemplate, Service, ServiceSpec, Workload, WorkloadKind, WorkloadSpec};

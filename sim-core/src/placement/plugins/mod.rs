//! The plugins of kube-scheduler's default profile, a file each, named as there.
//!
//! A filter says whether a node takes the pod, or why not; a score is 0 to 100 for each feasible node, or
//! nothing where the plugin has no say about the pod. SchedulingGates is [`super::PodSpec::gated`],
//! PrioritySort the scheduler's queue; DynamicResources and NodeVolumeLimits have no say, since neither
//! resource claims nor the limits of CSI drivers are modelled.

pub(super) mod balanced_allocation;
pub(super) mod image_locality;
pub(super) mod inter_pod_affinity;
pub(super) mod node_affinity;
pub(super) mod node_name;
pub(super) mod node_ports;
pub mod node_resources_fit;
pub(super) mod node_unschedulable;
pub(super) mod pod_topology_spread;
pub(super) mod selector_spread;
pub(super) mod taint_toleration;
pub(super) mod volume_binding;
pub(super) mod volume_restrictions;
pub(super) mod volume_zone;

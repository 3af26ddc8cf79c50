//! Behaviour that differs between Kubernetes versions sits behind the era.

use schemars::JsonSchema;
use serde::Deserialize;

/// Whose behaviour and defaults to simulate: the release of Kubernetes that was live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
pub enum Era {
    /// Kubernetes 1.8 (late 2017).
    #[serde(rename = "k8s-1.8")]
    V1_8,
    /// Kubernetes 1.10 (2018).
    #[serde(rename = "k8s-1.10")]
    V1_10,
    /// Kubernetes 1.34 (2025).
    #[serde(rename = "k8s-1.34")]
    V1_34,
    /// Kubernetes 1.36 (2026).
    #[default]
    #[serde(rename = "k8s-1.36")]
    V1_36,
}

/// `framework.MaxNodeScore`: the highest score of a plugin of the scheduling framework.
pub const MAX_NODE_SCORE: i64 = 100;

impl Era {
    /// The era's name in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_8 => "k8s-1.8",
            Self::V1_10 => "k8s-1.10",
            Self::V1_34 => "k8s-1.34",
            Self::V1_36 => "k8s-1.36",
        }
    }

    /// The highest score a plugin can give: `schedulerapi.MaxPriority` was 10 until 1.17
    /// (kubernetes 1.8 plugin/pkg/scheduler/api/types.go), `framework.MaxNodeScore` is 100 since.
    pub const fn max_node_score(self) -> i64 {
        match self {
            Self::V1_8 | Self::V1_10 => 10,
            Self::V1_34 | Self::V1_36 => MAX_NODE_SCORE,
        }
    }

    /// Whether nodes are scored by the priority functions of 2018 (kubernetes 1.8 and 1.10
    /// plugin/pkg/scheduler/algorithm/priorities) or by the plugins of the scheduling framework.
    pub const fn scores_by_priorities(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }

    /// Whether an unschedulable pod is tried again when an event could help it (the priority queue,
    /// default from 1.11) or whenever its own back-off ends (the FIFO of 1.10 and before).
    pub const fn retries_by_events(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether NodeResourcesBalancedAllocation scores how a pod changes the balance of a node (from 1.36,
    /// kubernetes/kubernetes#135573) or the balance that results.
    pub const fn scores_change_of_balance(self) -> bool {
        matches!(self, Self::V1_36)
    }

    /// Whether the plugin DynamicResources has a weight in scoring (from 1.36).
    pub const fn scores_dynamic_resources(self) -> bool {
        matches!(self, Self::V1_36)
    }

    /// Whether the reason why a node was refused names its untolerated taint (until 1.34).
    pub const fn names_untolerated_taints(self) -> bool {
        !matches!(self, Self::V1_36)
    }

    /// Whether the message about a pod that fits nowhere counts the nodes (from 1.9: `0/3 nodes are
    /// available`).
    pub const fn says_how_many_nodes_there_are(self) -> bool {
        !matches!(self, Self::V1_8)
    }

    /// The longest back-off of an unschedulable pod, in seconds: 60 with the FIFO queue of
    /// 1.10 and before, 10 since (domain reference, section 6.1).
    pub const fn max_pod_backoff_secs(self) -> u64 {
        match self {
            Self::V1_8 | Self::V1_10 => 60,
            Self::V1_34 | Self::V1_36 => 10,
        }
    }

    /// `--node-monitor-grace-period`, in seconds: 40 until 1.31, 50 from 1.32
    /// (kubernetes/kubernetes#126287).
    pub const fn node_monitor_grace_secs(self) -> u64 {
        match self {
            Self::V1_8 | Self::V1_10 => 40,
            Self::V1_34 | Self::V1_36 => 50,
        }
    }

    /// Whether pods leave a failed node by a NoExecute taint and their own `tolerationSeconds` (beta in 1.13)
    /// or are deleted by the controller after `--pod-eviction-timeout`.
    pub const fn evicts_by_taints(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether podgc deletes terminating pods of a node that carries the taint
    /// `node.kubernetes.io/out-of-service` (NodeOutOfServiceVolumeDetach: beta in 1.26, GA in 1.28).
    pub const fn knows_out_of_service(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether a kubelet uses the notice before its machine goes to end its pods (graceful node shutdown:
    /// beta in 1.21, in use on GKE's preemptible nodes since 1.20).
    pub const fn shuts_down_gracefully(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether machine images keep 0.175 % of the memory from the kubelet (newer than 2018: cluster-autoscaler
    /// 1.33, cloudprovider/gce/gce_reserved.go).
    pub const fn images_reserve_more(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether a notebook server finds its hub by name: `http://hub:8081` since zero-to-jupyterhub 0.10 (2020),
    /// before that by the address in the environment of its pod.
    pub const fn finds_hub_by_name(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether KubeSpawner and JupyterHub are those since the summer of 2018, which distrust their reflector: it is
    /// begun anew, pods are deleted though it does not list them (pull request 208), and a hub exits after five failures
    /// in a row (`consecutive_failure_limit`, zero-to-jupyterhub 2018-08-13).
    pub const fn hub_distrusts_reflector(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether the culler bounds its calls under way (2018-04), and BinderHub tries a launch again (mid 2018).
    pub const fn hub_bounds_and_retries(self) -> bool {
        !matches!(self, Self::V1_8)
    }

    /// Whether BinderHub asks the hub again and again, and lets builds run for ever.
    pub const fn binder_polls(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }
}

/// The cluster autoscaler.
impl Era {
    /// Whether the cluster autoscaler is one of 2018: CA 1.0 with Kubernetes 1.8, CA 1.2 with 1.10.
    pub const fn autoscales_as_in_2018(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }

    /// The share of unready nodes above which the autoscaler stops, in per cent: 33 until CA 1.2.1, 45 from 1.2.2
    /// (`--max-total-unready-percentage`).
    pub const fn autoscaler_unready_percent(self) -> i64 {
        match self {
            Self::V1_8 => 33,
            Self::V1_10 | Self::V1_34 | Self::V1_36 => 45,
        }
    }

    /// Whether a node's utilisation is of its capacity (CA 1.0) or of its allocatable (from 1.1).
    pub const fn autoscaler_compares_with_capacity(self) -> bool {
        matches!(self, Self::V1_8)
    }

    /// Whether the kubelet evicts a pod with a container that has more on disk than its limit: feature
    /// LocalStorageCapacityIsolation, on since 1.10 (pkg/features/kube_features.go).
    pub const fn limits_disk(self) -> bool {
        !matches!(self, Self::V1_8)
    }
}

/// Controllers and volumes.
impl Era {
    /// Whether `extensions/v1beta1` is what Deployments are written in: one pod of surge and one that may be
    /// missing instead of 25 % each, and no progress deadline (apps/v1 came with 1.9, but charts of
    /// 2018 kept to the old group).
    pub const fn deploys_by_extensions(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }

    /// Whether a ReplicaSet that shrinks counts neighbours on a node (from 1.18) and compares ages by powers
    /// of two (from 1.22): kubernetes pkg/controller/controller_utils.go, `ActivePodsWithRanks`.
    pub const fn ranks_pods_by_neighbours(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether the eviction API lets a pod go that is not Ready while the others meet the budget
    /// (`IfHealthyBudget`, from 1.22) or counts it like any other.
    pub const fn evicts_unready_pods_of_healthy_budgets(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether the CronJob controller looks every 10 s (until 1.20) or at the very minute (from 1.21).
    pub const fn polls_cron_jobs(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }

    /// Time between two looks of a HorizontalPodAutoscaler, in seconds: 30 until 1.11, 15 from 1.12
    /// (`--horizontal-pod-autoscaler-sync-period`).
    pub const fn autoscaling_period_secs(self) -> u64 {
        match self {
            Self::V1_8 | Self::V1_10 => 30,
            Self::V1_34 | Self::V1_36 => 15,
        }
    }

    /// Whether a HorizontalPodAutoscaler keeps still for 3 minutes after it grew and 5 after it shrank
    /// (until 1.11) or smooths its recommendations (`autoscaling/v2` behaviour).
    pub const fn autoscaling_has_forbidden_windows(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }

    /// How old the metrics are that a HorizontalPodAutoscaler reads, in seconds: heapster's minute, then
    /// metrics-server's 15 s.
    pub const fn metrics_age_secs(self) -> u64 {
        match self {
            Self::V1_8 | Self::V1_10 => 60,
            Self::V1_34 | Self::V1_36 => 15,
        }
    }

    /// Whether the attach/detach controller forces a volume off after six minutes whatever the state of the
    /// node, or off nodes that are not Ready only (from 1.26, kubernetes/kubernetes#110721).
    pub const fn forces_detach_from_ready_nodes(self) -> bool {
        matches!(self, Self::V1_8 | Self::V1_10)
    }
}

/// Memory.
impl Era {
    /// `oom_score_adj` of Guaranteed containers: -998 until 1.19, -997 since (kubernetes pkg/kubelet/qos/policy.go).
    pub const fn guaranteed_oom_score_adj(self) -> i64 {
        match self {
            Self::V1_8 | Self::V1_10 => -998,
            Self::V1_34 | Self::V1_36 => -997,
        }
    }

    /// Whether the kernel kills all processes of a container together (`memory.oom.group`: cgroup v2 and 1.28) or
    /// only the worst, so that the container lives on unless that was its first.
    pub const fn kills_whole_containers(self) -> bool {
        matches!(self, Self::V1_34 | Self::V1_36)
    }

    /// Whether the kubelet evicts by QoS class first (until 1.8) or those first that use more than they request,
    /// then by priority (from 1.9: pkg/kubelet/eviction/helpers.go).
    pub const fn evicts_by_qos(self) -> bool {
        matches!(self, Self::V1_8)
    }
}

//! Memory on a node: what containers may use, what a node has, and whom the kernel kills.
//!
//! Models (domain reference, section 3): QoS classes (kubernetes pkg/apis/core/v1/helper/qos); `oom_score_adj`
//! (kubernetes pkg/kubelet/qos/policy.go); the kernel's badness (Linux mm/oom_kill.c, 4.4 generation); the limit
//! of the kubepods cgroup, from which the eviction threshold is not taken (pkg/kubelet/cm).
//! Leaves out: swap, page tables, the 3 % of CAP_SYS_ADMIN (gone in 4.17), children with memory of their own
//! beyond [`Container::in_child`].

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::Distribution;
use super::era::Era;
use super::usage::Usage;

/// A container of a pod.
#[derive(Clone, Debug, Default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Memory that is set aside for it; `None`: none.
    pub request: Option<u64>,
    /// Memory that it may use at most; `None`: no bound.
    pub limit: Option<u64>,
    /// CPU set aside, in millicores.
    pub cpu_request: Option<u64>,
    /// CPU that it may use at most, in millicores.
    pub cpu_limit: Option<u64>,
    /// How it uses memory; `None`: nobody says, which counts as none.
    pub memory: Option<Usage>,
    /// Disk that is set aside for it; `None`: none.
    pub disk_request: Option<u64>,
    /// Disk that it may use at most; `None`: no bound.
    pub disk_limit: Option<u64>,
    /// How it uses its node's disk; `None`: nobody says, which counts as none.
    pub disk: Option<Usage>,
    /// CPU that it would use if it got it, in millicores; `None`: nobody says.
    pub cpu: Option<Distribution>,
    /// Its memory is that of a process that it can lose: a notebook's kernel. Else its first process's.
    pub in_child: bool,
}

/// How well a pod's memory is kept for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qos {
    /// Nothing is requested and nothing limited.
    #[default]
    BestEffort,
    /// Anything between.
    Burstable,
    /// Every container's requests are its limits, of CPU and of memory.
    Guaranteed,
}

impl Qos {
    /// The class of a pod with these containers.
    pub fn of(containers: &[Container]) -> Self {
        let set = |amount: Option<u64>| amount.is_some_and(|amount| amount > 0);
        let any =
            |of: &Container| set(of.request) || set(of.limit) || set(of.cpu_request) || set(of.cpu_limit);
        let all = |of: &Container| {
            set(of.limit) && set(of.cpu_limit) && of.request == of.limit && of.cpu_request == of.cpu_limit
        };
        if !containers.iter().any(any) {
            Self::BestEffort
        } else if containers.iter().all(all) {
            Self::Guaranteed
        } else {
            Self::Burstable
        }
    }

    /// Its name in Kubernetes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BestEffort => "BestEffort",
            Self::Burstable => "Burstable",
            Self::Guaranteed => "Guaranteed",
        }
    }
}

/// What the kubelet gives a container's processes: it is per container, so that one without a request has 999
/// though its neighbour has one.
pub fn oom_score_adj(qos: Qos, request: u64, capacity: u64, era: Era) -> i64 {
    let guaranteed = era.guaranteed_oom_score_adj();
    match qos {
        Qos::Guaranteed => guaranteed,
        Qos::BestEffort => 1000,
        Qos::Burstable => {
            let share = u128::from(request) * 1000 / u128::from(capacity.max(1));
            (1000 - i64::try_from(share).unwrap_or(1000)).clamp(1000 + guaranteed, 999)
        }
    }
}

/// The kernel's badness of a process, in bytes: the highest is killed. `total` is what the kernel chooses within:
/// the machine's memory, or the limit of the cgroup that is full.
pub fn badness(used: u64, adj: i64, total: u64) -> i128 {
    i128::from(used) + i128::from(adj) * i128::from(total) / 1000
}

/// The score that the kernel's log shows.
pub fn logged_score(used: u64, adj: i64, total: u64) -> i64 {
    (1000 * badness(used, adj, total) / i128::from(total.max(1))) as i64
}

/// When a pod's containers start again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum RestartPolicy {
    /// Whenever they end.
    #[default]
    Always,
    /// When they fail.
    OnFailure,
    /// Never: the pod fails.
    Never,
}

/// Memory of each node of a group.
#[derive(Clone, Debug)]
pub struct NodeMemory {
    /// What the kernel has.
    pub capacity: u64,
    /// What all pods together may use: the limit of the kubepods cgroup.
    pub kubepods: u64,
    /// The kubelet evicts while less than this is available; 0: never.
    pub eviction_hard: u64,
    /// What kernel, kubelet and other daemons use.
    pub system: u64,
    /// What becomes of a node that runs out of memory; `None`: the kernel kills in time, and nothing else.
    pub starvation: Option<Starvation>,
}

/// A host without memory for its own daemons: they wait for pages that are thrown away again at once.
#[derive(Clone, Debug)]
pub struct Starvation {
    /// It begins when less than this is available.
    pub below: u64,
    /// Seconds until the daemons work again after memory is free; `None`: not before a reset.
    pub lasts: Option<Distribution>,
    /// Seconds of silence and seconds in which the kubelet is heard, in turn, though its runtime neither starts nor
    /// stops anything; `None`: it is never heard.
    pub gasps: Option<(Distribution, Distribution)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;
    const MIB: u64 = 1 << 20;

    fn container(request: Option<u64>, limit: Option<u64>) -> Container {
        Container { request, limit, ..Container::default() }
    }

    #[test]
    fn qos_is_that_of_requests_and_limits() {
        assert_eq!(Qos::of(&[container(None, None)]), Qos::BestEffort);
        assert_eq!(Qos::of(&[container(Some(0), None)]), Qos::BestEffort, "zero is not set");
        assert_eq!(Qos::of(&[container(Some(GIB), Some(GIB))]), Qos::Burstable, "CPU counts too");
        let full =
            Container { cpu_request: Some(100), cpu_limit: Some(100), ..container(Some(GIB), Some(GIB)) };
        assert_eq!(Qos::of(std::slice::from_ref(&full)), Qos::Guaranteed);
        assert_eq!(Qos::of(&[full, container(None, None)]), Qos::Burstable, "every container");
        assert_eq!(Qos::of(&[container(None, Some(GIB))]), Qos::Burstable);
    }

    #[test]
    fn oom_score_adj_is_the_kubelets() {
        let (then, now) = (Era::V1_8, Era::V1_36);
        assert_eq!(oom_score_adj(Qos::Guaranteed, GIB, 16 * GIB, then), -998);
        assert_eq!(oom_score_adj(Qos::Guaranteed, GIB, 16 * GIB, now), -997);
        assert_eq!(oom_score_adj(Qos::BestEffort, 0, 16 * GIB, now), 1000);
        assert_eq!(oom_score_adj(Qos::Burstable, GIB, 16 * GIB, now), 938, "1000 - floor(62.5)");
        assert_eq!(oom_score_adj(Qos::Burstable, 0, 16 * GIB, now), 999, "never as bad as BestEffort");
        assert_eq!(oom_score_adj(Qos::Burstable, 16 * GIB, 16 * GIB, then), 2);
        assert_eq!(oom_score_adj(Qos::Burstable, 16 * GIB, 16 * GIB, now), 3);
    }

    #[test]
    fn a_container_without_a_request_beside_one_that_has_one_is_killed_first() {
        // The proxy pod of 2017: chp had 512 MiB, nginx nothing.
        let capacity = 26 * GIB;
        let pod = [container(Some(512 * MIB), None), container(None, None)];
        let qos = Qos::of(&pod);
        let adj = |of: &Container| oom_score_adj(qos, of.request.unwrap_or(0), capacity, Era::V1_8);
        assert_eq!((adj(&pod[0]), adj(&pod[1])), (981, 999));
        let user = oom_score_adj(Qos::Burstable, GIB, capacity, Era::V1_8);
        let bad = |used, adj| badness(used, adj, capacity);
        assert!(bad(30 * MIB, adj(&pod[1])) > bad(400 * MIB, user), "small, but without a request");
    }

    /// Domain reference, 15.1: the quoted score of 1576 is that of a process at 58 to 60 % of its cgroup's
    /// limit, an ordinary user container of 4 GiB, and not evidence of an uncapped build.
    #[test]
    fn the_score_of_1576_is_an_ordinary_user_container() {
        let limit = 4 * GIB;
        let shares: Vec<u64> = (980..=999)
            .flat_map(|adj| (0..=1000).map(move |thousandth| (adj, limit / 1000 * thousandth)))
            .filter(|(adj, used)| logged_score(*used, *adj, limit) == 1576)
            .map(|(_, used)| used * 100 / limit)
            .collect();
        assert!(shares.iter().all(|share| (57..=60).contains(share)) && !shares.is_empty(), "{shares:?}");
        let adj = oom_score_adj(Qos::Burstable, GIB, 52 * GIB, Era::V1_8);
        assert_eq!(logged_score(2_437 * MIB, adj, limit), 1575, "adj {adj}: 2.4 GiB of 4");
    }
}

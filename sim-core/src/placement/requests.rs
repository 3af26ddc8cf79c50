//! What a pod requests, from what its containers do.
//!
//! Models: `resourcehelper.PodRequests` (k8s.io/component-helpers resource/helpers.go), the three uses that
//! kube-scheduler makes of it (`PodInfo.CalculateResource` in framework/types.go and
//! `calculatePodResourceRequest` in noderesources/resource_allocation.go) and the API server's defaults
//! (pkg/apis/core/v1/defaults.go: requests from limits, pod-level requests), Kubernetes 1.36.
//! Leaves out: resizing in place and dynamic resource allocation.

use super::amounts::{Amounts, add_list, raise_list};
use super::symbols::Symbols;
use crate::kubernetes::{Container, ContainerRestartPolicy, PodSpec, Quantity, ResourceList};

/// CPU that a container without a CPU request counts for in scores, in thousandths
/// (`schedutil.DefaultMilliCPURequest`).
const DEFAULT_CPU_MILLIS: u64 = 100;
/// Memory that a container without a memory request counts for in scores
/// (`schedutil.DefaultMemoryRequest`).
const DEFAULT_MEMORY_BYTES: u64 = 200 * 1024 * 1024;

/// CPU and memory alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuAndMemory {
    /// CPU in thousandths of a core.
    pub cpu_millis: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
}

/// What a pod requests, as the different readers see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// What it needs to fit.
    pub needed: Amounts,
    /// What it counts for while NodeResourcesFit scores it: containers without a request count for a
    /// little, and pod-level requests do not count (the scorer is never told of them).
    pub scored: Amounts,
    /// What it counts for once it is on a node: as `scored`, but pod-level requests do count.
    pub counted: CpuAndMemory,
}

impl Requests {
    /// These requests with other CPU and memory: those of a pod that drew its own.
    pub fn with(&self, drawn: CpuAndMemory) -> Self {
        let counted = Self::counted_of(drawn);
        let set = |amounts: &Amounts, to: CpuAndMemory| Amounts {
            cpu_millis: to.cpu_millis,
            memory_bytes: to.memory_bytes,
            ..amounts.clone()
        };
        Self { needed: set(&self.needed, drawn), scored: set(&self.scored, counted), counted }
    }

    /// What drawn CPU and memory count for in scores.
    pub fn counted_of(drawn: CpuAndMemory) -> CpuAndMemory {
        let at_least = |amount: i64, missing: u64| if amount == 0 { missing as i64 } else { amount };
        CpuAndMemory {
            cpu_millis: at_least(drawn.cpu_millis, DEFAULT_CPU_MILLIS),
            memory_bytes: at_least(drawn.memory_bytes, DEFAULT_MEMORY_BYTES),
        }
    }

    /// The requests of a pod.
    pub fn compile(spec: &PodSpec, symbols: &mut Symbols) -> Self {
        let pod_level = pod_level_requests(spec);
        let none = ResourceList::new();
        let total = |missing: &ResourceList, pod_level: &ResourceList| {
            let mut total = sum_of_containers(spec, missing);
            total.extend(pod_level.clone());
            add_list(&mut total, &spec.overhead);
            total
        };
        let needed = total(&none, &pod_level);
        let defaults = ResourceList::from([
            ("cpu".to_owned(), Quantity::from_millis(DEFAULT_CPU_MILLIS)),
            ("memory".to_owned(), Quantity::from_units(DEFAULT_MEMORY_BYTES)),
        ]);
        let mut counted_defaults = defaults.clone();
        if !pod_level.is_empty() {
            counted_defaults.retain(|name, _| !needed.contains_key(name));
        }
        Self {
            needed: Amounts::compile(&needed, symbols),
            scored: Amounts::compile(&total(&defaults, &none), symbols),
            counted: cpu_and_memory(&total(&counted_defaults, &pod_level)),
        }
    }
}

fn cpu_and_memory(list: &ResourceList) -> CpuAndMemory {
    let of = |name: &str| list.get(name).copied().unwrap_or_default();
    CpuAndMemory { cpu_millis: of("cpu").millis(), memory_bytes: of("memory").units() }
}

/// A container's requests: its limits where it says none, `missing` where it says neither.
fn of_container(container: &Container, missing: &ResourceList) -> ResourceList {
    let mut requests = missing.clone();
    requests.extend(container.resources.limits.clone());
    requests.extend(container.resources.requests.clone());
    requests
}

/// The most that containers need at any moment: all that run side by side, or an init container together
/// with the sidecars started before it.
fn sum_of_containers(spec: &PodSpec, missing: &ResourceList) -> ResourceList {
    let mut total = ResourceList::new();
    for container in &spec.containers {
        add_list(&mut total, &of_container(container, missing));
    }
    let mut sidecars = ResourceList::new();
    let mut starting = ResourceList::new();
    for container in &spec.init_containers {
        let requests = of_container(container, missing);
        if container.restart_policy == Some(ContainerRestartPolicy::Always) {
            add_list(&mut total, &requests);
            add_list(&mut sidecars, &requests);
            raise_list(&mut starting, &sidecars);
        } else {
            let mut at_once = requests;
            add_list(&mut at_once, &sidecars);
            raise_list(&mut starting, &at_once);
        }
    }
    raise_list(&mut total, &starting);
    total
}

/// The pod's own requests: as written, else its containers' sum, else its own limits; empty when the pod
/// says nothing of its own.
fn pod_level_requests(spec: &PodSpec) -> ResourceList {
    let Some(own) = &spec.resources else { return ResourceList::new() };
    let applies = |name: &str| matches!(name, "cpu" | "memory") || name.starts_with("hugepages-");
    let mut requests = own.requests.clone();
    if !own.limits.is_empty() || !own.requests.is_empty() {
        for (name, quantity) in sum_of_containers(spec, &ResourceList::new()) {
            if matches!(name.as_str(), "cpu" | "memory") {
                requests.entry(name).or_insert(quantity);
            }
        }
        for (name, quantity) in &own.limits {
            requests.entry(name.clone()).or_insert(*quantity);
        }
    }
    requests.retain(|name, _| applies(name));
    requests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::{Object, read};

    fn requests(spec: &str) -> Requests {
        let text = format!("{{\"kind\":\"Pod\",\"spec\":{spec}}}");
        let objects = read(&text).expect("readable").objects;
        let [Object::Pod(pod)] = objects.as_slice() else { panic!("one pod") };
        Requests::compile(&pod.spec, &mut Symbols::default())
    }

    #[test]
    fn an_init_container_runs_beside_the_sidecars_before_it() {
        let requests = requests(
            r#"{"containers":[{"resources":{"requests":{"cpu":"1"}}}],
                "initContainers":[
                  {"resources":{"requests":{"cpu":"4"}}},
                  {"restartPolicy":"Always","resources":{"requests":{"cpu":"2"}}},
                  {"resources":{"requests":{"cpu":"3"}}}],
                "overhead":{"cpu":"100m"}}"#,
        );
        assert_eq!(requests.needed.cpu_millis, 5_100, "3 beside the sidecar's 2, and the overhead");
    }

    #[test]
    fn limits_stand_for_requests_and_nothing_counts_a_little() {
        let requests = requests(r#"{"containers":[{"resources":{"limits":{"cpu":"1"}}},{}]}"#);
        assert_eq!((requests.needed.cpu_millis, requests.needed.memory_bytes), (1_000, 0));
        assert_eq!((requests.scored.cpu_millis, requests.scored.memory_bytes), (1_100, 400 << 20));
    }

    #[test]
    fn pod_level_requests_fit_and_count_but_do_not_score() {
        let requests = requests(
            r#"{"containers":[{"resources":{"requests":{"cpu":"50m","memory":"1Gi"}}},{}],
                "resources":{"requests":{"cpu":"2"}}}"#,
        );
        assert_eq!((requests.needed.cpu_millis, requests.needed.memory_bytes), (2_000, 1 << 30));
        assert_eq!(
            (requests.scored.cpu_millis, requests.scored.memory_bytes),
            (150, (1 << 30) + (200 << 20))
        );
        assert_eq!((requests.counted.cpu_millis, requests.counted.memory_bytes), (2_000, 1 << 30));
    }
}

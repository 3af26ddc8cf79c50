//! Goal: the simulator's scheduler is kube-scheduler, from the scenario's words to the node and the message.
//! Method: small scenarios, and what the report and the history say of them. What a decision is, the
//! recordings judge (`conformance`).

use std::sync::Arc;

use plimsoll_core::experiment::run;
use plimsoll_core::report::Report;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::Change;
use plimsoll_core::{Model, Simulation};

const HEAD: &str = "apiVersion: plimsoll/v1\nname: s\nstart: 2026-01-01T00:00:00Z\nduration: 1h\n";

fn model(body: &str) -> Arc<Model> {
    let text = format!("{HEAD}{body}");
    let document =
        Document::parse("scheduling.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

fn report(body: &str) -> Report {
    run(&model(body), 1, 1)
}

/// Which pods are on which nodes at the end: `(workload-ordinal, group-ordinal)`.
fn places(body: &str) -> Vec<(String, String)> {
    let model = model(body);
    let mut simulation = Simulation::new(Arc::clone(&model), 1, 0);
    simulation.run_until(SimTime::MAX, &mut |_, _, _| {});
    let world = simulation.world();
    let namer = plimsoll_core::trace::Namer::new(&model, world);
    let placed =
        world.cluster().pods.iter().filter_map(|(pod, row)| Some((namer.pod(pod), namer.node(row.node?))));
    let mut places: Vec<_> = placed.collect();
    places.sort();
    places
}

const TWO_NODES: &str = "nodeGroups: {n: {allocatable: {cpu: 4, memory: 8Gi, pods: 10}, min: 2, max: 2}}\n";

#[test]
fn a_pod_that_waits_says_why_in_the_scheduler_s_words() {
    let body = |memory: &str| {
        format!(
            "{TWO_NODES}workloads: {{a: {{replicas: 3, pod: {{resources: {{requests: {{memory: {memory}}}}}}}}}}}\n"
        )
    };
    let report = report(&body("5Gi"));
    let [waiting] = report.waiting.as_slice() else { panic!("one reason: {:?}", report.waiting) };
    assert_eq!(waiting.reason, "Insufficient memory");
    assert_eq!(waiting.message, "0/2 nodes are available: 2 Insufficient memory.");
    assert_eq!((waiting.peak_pods, waiting.peak_clock.as_str()), (1, "00:00"));
    assert!((waiting.pod_hours - 1.0).abs() < 1e-9, "one pod, the whole hour: {}", waiting.pod_hours);
    assert_eq!(waiting.pods.len(), report.series.seconds.len());
    assert!(self::report(&body("4Gi")).waiting.is_empty(), "nobody waits");
}

#[test]
fn in_1_8_the_message_was_another() {
    let body = format!(
        "era: k8s-1.8\n{TWO_NODES}workloads: {{a: {{replicas: 3, pod: {{resources: {{requests: {{cpu: 3}}}}}}}}}}\n"
    );
    let message = "No nodes are available that match all of the predicates: Insufficient cpu (2).";
    assert_eq!(report(&body).waiting[0].message, message);
}

#[test]
fn a_reason_changes_when_the_cluster_does() {
    let body = format!(
        "{TWO_NODES}workloads: {{a: {{replicas: 3, pod: {{resources: {{requests: {{memory: 5Gi}}}}}}}},\
         b: {{arrivals: {{every: 10m}}, lifetime: 1m, pod: {{resources: {{requests: {{cpu: 100m}}}}}}}}}}\n\
         timeline: {{cordon: {{at: +20m, cordon: n-1}}}}\n"
    );
    let reasons: Vec<String> = report(&body).waiting.into_iter().map(|row| row.reason).collect();
    assert_eq!(reasons, ["Insufficient memory"], "a cordon helps nobody, so nobody is tried again");
}

#[test]
fn a_pod_of_higher_priority_takes_the_room_of_others() {
    let body = format!(
        "{TWO_NODES}workloads: {{low: {{replicas: 2, pod: {{priority: -10, terminationGracePeriod: 5s, resources: {{requests: {{cpu: 3}}}}}}}},\
         high: {{arrivals: {{every: 30m, until: +45m}}, pod: {{resources: {{requests: {{cpu: 3}}}}}}}}}}\n"
    );
    let model = model(&body);
    let mut removed = Vec::new();
    let mut bound = Vec::new();
    let mut simulation = Simulation::new(Arc::clone(&model), 1, 0);
    simulation.run_until(SimTime::MAX, &mut |at, change, world| {
        let priority = |pod| model.classes[world.cluster().pods[pod].class].priority;
        match change {
            Change::PodRemoved(pod) => removed.push((at, priority(pod))),
            Change::PodBound(pod) if priority(pod) == 0 => bound.push(at),
            _ => {}
        }
    });
    assert_eq!(removed.len(), 1, "one victim for one pod");
    assert_eq!(removed[0].1, -10);
    assert_eq!(bound, [removed[0].0], "the pod is bound when its victim has gone");
    let never = body.replace(
        "high: {arrivals: {every: 30m, until: +45m}, pod: {",
        "high: {arrivals: {every: 30m, until: +45m}, pod: {preemptionPolicy: Never, ",
    );
    assert_eq!(report(&never).waiting[0].message, "0/2 nodes are available: 2 Insufficient cpu.");
}

#[test]
fn before_1_11_nobody_was_preempted() {
    let body = format!(
        "era: k8s-1.10\n{TWO_NODES}workloads: {{low: {{replicas: 2, pod: {{priority: -10, resources: {{requests: {{cpu: 3}}}}}}}},\
         high: {{arrivals: {{every: 30m, until: +45m}}, pod: {{resources: {{requests: {{cpu: 3}}}}}}}}}}\n"
    );
    assert_eq!(report(&body).waiting[0].reason, "Insufficient cpu");
}

#[test]
fn hard_spread_and_anti_affinity_are_kept() {
    let zones = "nodeGroups: {n: {allocatable: {cpu: 16, memory: 64Gi, pods: 50}, min: 3, max: 3, zones: [a, b, c]}}\n";
    let spread = format!(
        "{zones}workloads: {{w: {{replicas: 9, pod: {{resources: {{requests: {{cpu: 1}}}}, topologySpreadConstraints: [\
         {{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {{matchLabels: {{app: w}}}}}}]}}}}}}\n\
         scheduler: {{score: MostAllocated}}\n"
    );
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    places(&spread).into_iter().for_each(|(_, node)| *counts.entry(node).or_default() += 1);
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [3, 3, 3]);
    let alone = format!(
        "{zones}workloads: {{w: {{replicas: 4, pod: {{resources: {{requests: {{cpu: 1}}}}, affinity: {{podAntiAffinity: \
         {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{app: w}}}}}}]}}}}}}}}}}\n"
    );
    assert_eq!(places(&alone).len(), 3);
    let message = &report(&alone).waiting[0].message;
    assert_eq!(message, "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.");
}

#[test]
fn a_pod_is_placed_by_the_profile_it_names() {
    let body = format!(
        "{TWO_NODES}scheduler: {{presets: [z2jh-user-scheduler]}}\n\
         workloads: {{packed: {{replicas: 4, pod: {{schedulerName: user-scheduler, resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}}}}}}}\n"
    );
    let nodes = |body: &str| {
        let nodes: std::collections::BTreeSet<String> =
            places(body).into_iter().map(|(_, node)| node).collect();
        nodes.len()
    };
    assert_eq!(nodes(&body), 1, "the user scheduler packs");
    assert_eq!(nodes(&body.replace("schedulerName: user-scheduler, ", "")), 2, "the default one spreads");
}

#[test]
fn a_configuration_is_taken_as_written() {
    let body = format!(
        "{TWO_NODES}scheduler:\n  configuration:\n    apiVersion: kubescheduler.config.k8s.io/v1\n    kind: KubeSchedulerConfiguration\n    \
         profiles:\n    - schedulerName: default-scheduler\n      pluginConfig:\n      - name: NodeResourcesFit\n        args: {{scoringStrategy: {{type: MostAllocated}}}}\n      \
         plugins: {{score: {{disabled: [{{name: NodeResourcesBalancedAllocation}}]}}}}\n\
         workloads: {{w: {{replicas: 4, pod: {{resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}}}}}}}\n"
    );
    let nodes: std::collections::BTreeSet<String> = places(&body).into_iter().map(|(_, node)| node).collect();
    assert_eq!(nodes.len(), 1);
}

/// A configuration is taken as it is written, and what nothing reads of it is named with its place.
#[test]
fn what_a_configuration_says_in_vain_is_named() {
    let body = "\
scheduler:
  configuration:
    apiVersion: kubescheduler.config.k8s.io/v1
    kind: KubeSchedulerConfiguration
    podMaxBackoffSeconds: 20
    extenders: [{urlPrefix: http://x}]
    profiles:
      - plugins:
          permit: {enabled: [{name: Coscheduling}]}
        pluginConfig:
          - name: NodeResourcesFit
            args: {kind: NodeResourcesFitArgs, scoringStrategy: {type: MostAllocated, wieght: 2}}
          - {name: VolumeBinding, args: {bindTimeoutSeconds: 100}}
";
    let text = format!("{HEAD}{TWO_NODES}{body}");
    let document = Document::parse("s.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let warnings = document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).warnings;
    let named: Vec<String> = warnings.iter().map(|warning| warning.path.clone()).collect();
    assert_eq!(
        named,
        [
            "scheduler.configuration.extenders",
            "scheduler.configuration.profiles[0].plugins.permit",
            "scheduler.configuration.profiles[0].pluginConfig[0].args.scoringStrategy.wieght",
            "scheduler.configuration.profiles[0].pluginConfig[1].args.bindTimeoutSeconds",
        ]
    );
}

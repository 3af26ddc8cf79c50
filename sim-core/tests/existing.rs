//! Goal: a run may begin with a real cluster: what is on its nodes, what waits there, and why.
//! Method: dumps of real clusters under `clusters/`, with facts about them that were found by other means.

use std::sync::Arc;

use plimsoll_core::experiment::run;
use plimsoll_core::kubernetes::{Objects, read, read_items};
use plimsoll_core::report::Report;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::{Model, Simulation};

const HEAD: &str = "apiVersion: plimsoll/v1\nname: s\nstart: 2026-01-01T00:00:00Z\nduration: 1h\n";

fn objects(texts: [&str; 2]) -> Objects {
    let mut all = Objects::default();
    for text in texts {
        all.objects.extend(read(text).unwrap_or_else(|wrong| panic!("{wrong}")).objects);
    }
    all
}

fn minikube() -> Objects {
    objects([include_str!("clusters/minikube-nodes.yaml"), include_str!("clusters/minikube-pods.yaml")])
}

fn azure() -> Objects {
    objects([include_str!("clusters/azure-nodes.json"), include_str!("clusters/azure-pods.json")])
}

fn model(body: &str, cluster: &Objects) -> Arc<Model> {
    let text = format!("{HEAD}{body}");
    let document =
        Document::parse("existing.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    Arc::new(document.compile_on(Some(cluster)).unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

fn report(body: &str, cluster: &Objects) -> Report {
    run(&model(body, cluster), 1, 1)
}

#[test]
fn minikube_has_nineteen_running_pods_and_one_that_no_node_takes() {
    let model = model("", &minikube());
    let mut simulation = Simulation::new(Arc::clone(&model), 1, 0);
    simulation.run_until(SimTime::from_secs(600), &mut |_, _, _| {});
    let (world, counts) = (simulation.world(), simulation.world().cluster().counts);
    assert_eq!((counts.running, counts.pending), (19, 1));
    let requested = world.requested(world.cluster().nodes.ids().next().expect("the node"));
    assert_eq!(requested.cpu_millis, 1_395);
    assert!((requested.memory_bytes as f64 / 1_048_576.0 - 514.8).abs() < 0.1, "{requested:?}");
    assert_eq!(simulation.audit(), [] as [String; 0]);

    let report = report("", &minikube());
    let [pending] = report.pending.as_slice() else { panic!("one pod: {:?}", report.pending) };
    assert_eq!(pending.pod, "e2e-container-pending");
    assert_eq!(
        pending.message,
        "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
    );
}

#[test]
fn load_goes_where_the_real_cluster_has_room() {
    // 10 cores less 1.395 leave room for eight pods of a core.
    let load = "workloads: {more: {replicas: 9, pod: {resources: {requests: {cpu: 1}}}}}\n";
    let report = report(load, &minikube());
    let more: Vec<_> = report.pending.iter().filter(|pod| pod.pod.starts_with("more-")).collect();
    assert_eq!(more.len(), 1);
    assert_eq!(more[0].message, "0/1 nodes are available: 1 Insufficient cpu.");
}

#[test]
fn a_cluster_of_2017_with_a_tainted_master_and_the_old_labels() {
    let model = model("", &azure());
    assert_eq!(model.existing.nodes.len(), 4);
    let mut simulation = Simulation::new(Arc::clone(&model), 1, 0);
    simulation.run_until(SimTime::from_secs(600), &mut |_, _, _| {});
    assert_eq!(simulation.world().cluster().counts.running, 13);
    assert_eq!(simulation.audit(), [] as [String; 0]);
    let load = "workloads: {more: {replicas: 8, pod: {resources: {requests: {cpu: 1500m}}}}}\n";
    let message = &report(load, &azure()).pending[0].message;
    assert!(message.starts_with("0/4 nodes are available: 1 node(s) had untolerated taint"), "{message}");
    assert!(message.ends_with("3 Insufficient cpu."), "{message}");
}

/// The items of this dump do not say what they are; the names of its files do.
#[test]
fn arrays_without_kinds_are_read_by_the_names_of_their_files() {
    let mut all = Objects::default();
    for (text, kind) in [
        (include_str!("clusters/aws-nodes.json"), "Node"),
        (include_str!("clusters/aws-pods-sonobuoy.json"), "Pod"),
        (include_str!("clusters/aws-pods-kube-system.json"), "Pod"),
    ] {
        all.objects.extend(read_items(text, kind).unwrap_or_else(|wrong| panic!("{wrong}")).objects);
    }
    let model = model("", &all);
    let mut simulation = Simulation::new(Arc::clone(&model), 1, 0);
    simulation.run_until(SimTime::from_secs(600), &mut |_, _, _| {});
    let (world, counts) = (simulation.world(), simulation.world().cluster().counts);
    assert_eq!((world.cluster().nodes.ids().count(), counts.running, counts.pending), (3, 18, 0));
    let requested = world.cluster().nodes.ids().map(|node| world.requested(node));
    let (cpu, memory) =
        requested.fold((0, 0), |sum, node| (sum.0 + node.cpu_millis, sum.1 + node.memory_bytes));
    assert_eq!((cpu, memory), (1_560, 110 << 20));
    assert_eq!(simulation.audit(), [] as [String; 0]);
}

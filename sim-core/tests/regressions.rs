//! What was once wrong and must not be again. Goal and method stand at each test; a new one comes here
//! with the fix, as small as the fault allows.

use std::sync::Arc;

use plimsoll_core::experiment::run_replication;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::Change;
use plimsoll_core::{Model, Simulation};

fn model(text: &str) -> Arc<Model> {
    let document =
        Document::parse("regression.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model)
}

/// The values of the checks in replication 0 under seed 1.
fn values(text: &str) -> Vec<f64> {
    run_replication(&model(text), 1, 0)
        .measured
        .values
        .into_iter()
        .map(|value| value.expect("a value"))
        .collect()
}

/// Goal: a server that takes longer than the HTTP timeout is given up. It used to answer at the very
/// instant of the timeout. Method: every server takes a second too long, then exactly long enough.
#[test]
fn a_server_that_is_too_slow_never_answers() {
    let success = |http_start: &str| {
        values(&format!(
            "{{apiVersion: plimsoll/v1, name: slow, start: 2026-01-01T00:00:00Z, duration: 4h,
              nodeGroups: {{nodes: {{allocatable: {{cpu: 8, memory: 64Gi, pods: 100}}, min: 1, max: 1}}}},
              hub: {{singleuser: {{httpStart: {http_start}}}, httpTimeout: 30s}},
              audience: {{users: {{arrivals: {{every: 10m}}, session: {{active: 1m}}}}}},
              checks: {{success: 'mean(launch.success) = 0'}}}}"
        ))[0]
    };
    assert_eq!(success("31s"), 0.0);
    assert_eq!(success("30s"), 1.0);
}

/// Goal: one pod that ends lets one waiting pod go, the first in line. It used to let two go, of which the
/// second went to the end of the line with a longer back-off. Method: one node of one slot, pods of one
/// shape; they must be bound in the order of their creation.
#[test]
fn waiting_pods_keep_their_order() {
    let model = model(
        "{apiVersion: plimsoll/v1, name: a line, start: 2026-01-01T00:00:00Z, duration: 10h,
          nodeGroups: {nodes: {allocatable: {cpu: 1, memory: 1Gi, pods: 1}, min: 1, max: 1}},
          workloads: {jobs: {arrivals: {every: 5m}, lifetime: 6m, startup: 0,
            pod: {resources: {requests: {cpu: 1}}}}}}",
    );
    let mut bound = Vec::new();
    Simulation::new(Arc::clone(&model), 1, 0).run_until(SimTime::MAX, &mut |_, change, world| {
        if let Change::PodBound(pod) = change {
            bound.push(world.cluster().pods[pod].ordinal);
        }
    });
    assert!(bound.len() > 90, "{bound:?}");
    assert!(bound.is_sorted(), "{bound:?}");
}

/// Goal: the back-off room has one timer. Each visit of a pod used to leave one behind that was wound up
/// again as long as anybody was there, so that events grew far faster than pods. Method: a crowd that is in
/// and out of back-off all the time; a pod costs a handful of events all the same.
#[test]
fn a_crowd_in_back_off_costs_events_by_the_pod() {
    let model = model(
        "{apiVersion: plimsoll/v1, name: busy, start: 2026-01-01T00:00:00Z, duration: 4h,
          nodeGroups: {nodes: {allocatable: {cpu: 50, memory: 8Gi, pods: 50}, min: 1, max: 1}},
          workloads: {jobs: {arrivals: {perHour: 17500}, lifetime: {exponential: 10s}, startup: 0,
            pod: {resources: {requests: {cpu: 1}}}}}}",
    );
    let mut simulation = Simulation::new(model, 1, 0);
    simulation.run_until(SimTime::MAX, &mut |_, _, _| {});
    let (events, pods) = (simulation.events_fired(), simulation.world().cluster().pods_created);
    assert!(events < 8 * pods, "{events} events for {pods} pods");
}

/// Goal: the autoscaler looks again when room that a waiting pod was thought to take went to another. It
/// used to sleep until something else happened. Method: one slot that `first` leaves after 65 s; `second`
/// is tried again at 123 s, as 2017's back-off has it; the scan at 120 s sees it fit; at 121 s `third` comes
/// and takes the slot for good. A node must be asked for.
#[test]
fn room_taken_by_another_wakes_the_autoscaler() {
    let requested = values(
        "{apiVersion: plimsoll/v1, name: taken, start: 2026-01-01T00:00:00Z, duration: 1h, era: k8s-1.8,
          nodeGroups: {nodes: {allocatable: {cpu: 1, memory: 1Gi, pods: 1}, min: 1, max: 1}},
          autoscaler: {scanInterval: 60s},
          workloads: {
            first: {replicas: 1, lifetime: 65s, startup: 0, pod: {resources: {requests: {cpu: 1}}, priority: 10}},
            second: {replicas: 1, startup: 0, pod: {resources: {requests: {cpu: 1}}}},
            third: {arrivals: {every: 1s, from: +121s, until: +122s}, startup: 0,
              pod: {resources: {requests: {cpu: 1}}}}},
          timeline: {ceiling: {at: +70s, set: {nodeGroups.nodes.max: 2}}},
          checks: {requested: 'count(nodes.requested) = 1', bound: 'count(pods.bound) = 3'}}",
    );
    assert_eq!(requested, [1.0, 3.0]);
}

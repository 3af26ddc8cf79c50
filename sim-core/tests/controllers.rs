//! Goal: controllers keep their pods as Kubernetes' do (domain reference, section 7). Method: small
//! clusters under each kind, their histories read from the feed.

use std::sync::Arc;

use plimsoll_core::Simulation;
use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::trace::{Line, line};

const GROUP: &str = "nodeGroups: {n: {allocatable: {cpu: 8, memory: 32Gi, pods: 110}, min: 3, max: 3}}\n";

/// A run of `text` under the usual head: its history, one line for each change.
fn history(text: &str) -> Vec<Line> {
    let head = "apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-05T00:00:00Z\n";
    let duration = if text.contains("duration:") { "" } else { "duration: 2h\n" };
    let groups = if text.contains("nodeGroups:") { "" } else { GROUP };
    let text = format!("{head}{duration}{groups}{text}");
    let document = Document::parse("t.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
    let mut simulation = Simulation::new(Arc::clone(&model), 1, 0);
    let mut lines = Vec::new();
    let mut watcher = |at, change, world: &_| lines.push(line(&model, world, at, change));
    while simulation.step(SimTime::MAX, &mut watcher).is_some() {}
    let findings = simulation.audit();
    assert!(findings.is_empty(), "{findings:?}");
    lines
}

/// When `change` happened to what begins with `subject`, in seconds.
fn times(history: &[Line], change: &str, subject: &str) -> Vec<f64> {
    let concerned = |line: &&Line| line.change == change && line.subject.starts_with(subject);
    history.iter().filter(concerned).map(|line| line.seconds).collect()
}

/// The largest number of Ready pods and the smallest from `from` on.
fn ready(history: &[Line], from: f64) -> (i64, i64) {
    let mut up = std::collections::BTreeSet::new();
    let (mut least, mut most) = (i64::MAX, 0);
    let mut look = |seconds: f64, count: usize| {
        if seconds >= from {
            least = least.min(count as i64);
            most = most.max(count as i64);
        }
    };
    for line in history {
        match line.change {
            "PodReady" => drop(up.insert(line.subject.clone())),
            "PodUnready" | "PodDeletionRequested" | "PodRemoved" => drop(up.remove(&line.subject)),
            _ => {}
        }
        look(line.seconds, up.len());
    }
    (least, most)
}

#[test]
fn a_deployment_makes_deleted_pods_again_at_once() {
    let history = history(
        "workloads: {web: {kind: Deployment, replicas: 3, pod: {terminationGracePeriod: 30s}}}
timeline: {gone: {at: +1h, delete: {of: web}}}\n",
    );
    let created = times(&history, "PodCreated", "web");
    assert_eq!(created.len(), 6);
    assert!(
        created[3..].iter().all(|at| (3_600.0..3_600.1).contains(at)),
        "before the old are gone: {created:?}"
    );
    assert!(times(&history, "PodRemoved", "web").iter().all(|at| *at > 3_601.0));
}

#[test]
fn pods_are_created_in_batches_that_double_at_the_rate_of_the_client() {
    let history = history(
        "nodeGroups: {n: {allocatable: {cpu: 8, memory: 32Gi, pods: 900}, min: 3, max: 3}}
workloads: {web: {kind: Deployment, replicas: 1200, pod: {}}}\n",
    );
    let created = times(&history, "PodCreated", "web");
    assert_eq!(created.len(), 1_200);
    let mut batches: Vec<usize> = Vec::new();
    let mut last = -1.0;
    for at in &created {
        if *at > last {
            batches.push(0);
            last = *at;
        }
        *batches.last_mut().unwrap() += 1;
    }
    assert_eq!(batches[..6], [1, 2, 4, 8, 16, 32], "slow start");
    assert_eq!(batches[8], 245, "500 in the first sync");
    assert_eq!(batches[9], 1, "and the next one starts slowly again");
    let all = created.last().unwrap();
    assert!((58.0..60.0).contains(all), "20 a second after a burst of 30: {all}");
}

#[test]
fn a_rollout_keeps_to_surge_and_unavailable() {
    let roll = |era: &str| {
        history(&format!(
            "era: {era}
workloads: {{web: {{kind: Deployment, replicas: 8, readyAfter: 20s, pod: {{}}}}}}
timeline: {{new: {{at: +1h, rollout: {{of: web}}}}}}\n"
        ))
    };
    for (era, surge, unavailable) in [("k8s-1.36", 2, 2), ("k8s-1.10", 1, 1)] {
        let history = roll(era);
        assert_eq!(times(&history, "PodCreated", "web").len(), 16, "{era}: each once more");
        let (least, _) = ready(&history, 3_000.0);
        assert_eq!(least, 8 - unavailable, "{era}");
        let mut there = 0;
        let mut most = 0;
        for line in history.iter() {
            match line.change {
                "PodCreated" => there += 1,
                "PodDeletionRequested" => there -= 1,
                _ => {}
            }
            most = most.max(there);
        }
        assert_eq!(most, 8 + surge, "{era}");
    }
}

#[test]
fn recreate_waits_until_the_old_objects_are_gone() {
    let history = history(
        "workloads: {web: {kind: Deployment, replicas: 2, strategy: {type: Recreate}, pod: {terminationGracePeriod: 2s}}}
timeline: {new: {at: +1h, rollout: {of: web, readyAfter: 5s}}}\n",
    );
    let removed = times(&history, "PodRemoved", "web");
    let created = times(&history, "PodCreated", "web");
    assert_eq!((removed.len(), created.len()), (2, 4));
    assert!(created[2] >= removed[1], "{created:?} {removed:?}");
    let ready = times(&history, "PodReady", "web");
    assert_eq!((ready[0], (ready[2] - created[2]).round()), (2.0, 7.0), "the new template is slower");
}

#[test]
fn a_rollout_that_never_gets_ready_stalls_after_its_deadline() {
    let text = |deadline: &str| {
        format!(
            "workloads: {{web: {{kind: Deployment, replicas: 4, {deadline}pod: {{}}}}}}
timeline: {{new: {{at: +10m, rollout: {{of: web, readyAfter: 10h}}}}}}\n"
        )
    };
    let stalled = |text: &str| times(&history(text), "RolloutStalled", "web");
    let default = stalled(&text(""));
    assert!(matches!(default[..], [at] if (1_200.0..1_201.0).contains(&at)), "600 s later: {default:?}");
    assert_eq!(stalled(&text("progressDeadline: 1h, ")).len(), 1);
    assert_eq!(stalled(&format!("era: k8s-1.10\n{}", text(""))), [] as [f64; 0], "none before apps/v1");
}

#[test]
fn scaling_follows_at_once_and_takes_pods_that_are_not_ready_first() {
    let history = history(
        "workloads: {web: {kind: Deployment, replicas: 3, readyAfter: {empirical: [1s, 30m]}, pod: {}}}
timeline: {up: {at: +10m, set: {workloads.web.replicas: 12}}, down: {at: +20m, set: {workloads.web.replicas: 4}}}\n",
    );
    let created = times(&history, "PodCreated", "web");
    assert_eq!(created.len(), 12);
    assert!((600.0..601.0).contains(&created[3]));
    let gone: Vec<&str> = history
        .iter()
        .filter(|line| line.change == "PodDeletionRequested")
        .map(|line| line.subject.as_str())
        .collect();
    assert_eq!(gone.len(), 8);
    let were_ready: Vec<&Line> = history
        .iter()
        .filter(|line| {
            line.change == "PodReady" && line.seconds < 1_200.0 && gone.contains(&line.subject.as_str())
        })
        .collect();
    let unready = 12 - times(&history, "PodReady", "web").iter().filter(|at| **at < 1_200.0).count();
    assert_eq!(were_ready.len(), 8usize.saturating_sub(unready), "only when no other was left");
}

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
    history_of(&format!("{head}{duration}{groups}{text}"))
}

fn simulation(text: &str) -> Simulation {
    let document = Document::parse("t.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let model = Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}")).model);
    Simulation::new(model, 1, 0)
}

/// A run of a whole scenario.
fn history_of(text: &str) -> Vec<Line> {
    let mut simulation = simulation(text);
    let model = simulation.model().clone();
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

/// Of pods that are not Ready, those whose containers have been killed more often go first.
#[test]
fn scaling_down_takes_pods_with_more_restarts_first() {
    let history = history(
        "workloads: {web: {kind: Deployment, replicas: 12, readyAfter: 2h, pod: {
  resources: {limits: {memory: 512Mi}},
  use: {memory: {level: {empirical: [100Mi, 100Mi, 600Mi, 600Mi]}, ramp: 20s}}}}}
timeline: {down: {at: +10m, set: {workloads.web.replicas: 6}}}\n",
    );
    let restarts = |pod: &str| {
        let of_pod = |line: &&Line| line.change == "ContainerRestarted" && line.subject == pod;
        history.iter().filter(|line| line.seconds < 600.0).filter(of_pod).count()
    };
    let named = |change: &str| -> Vec<&str> {
        history.iter().filter(|line| line.change == change).map(|line| line.subject.as_str()).collect()
    };
    let gone = named("PodDeletionRequested");
    assert_eq!(gone.len(), 6);
    let kept = named("PodCreated").into_iter().filter(|pod| !gone.contains(pod));
    let most = kept.map(restarts).max().expect("six are kept");
    assert!(gone.iter().all(|pod| restarts(pod) >= most), "{gone:?}");
    assert!(gone.iter().any(|pod| restarts(pod) > most), "they differ");
}

#[test]
fn restarts_with_the_machine_count_like_any_other() {
    let history = history(
        "nodeGroups: {n: {allocatable: {cpu: 2, memory: 64Gi}, min: 2, max: 2}}
workloads: {web: {kind: Deployment, replicas: 4, readyAfter: 2h, pod: {resources: {requests: {cpu: 1}}}}}
timeline: {fails: {at: +5m, fault: {node: n-1, machine: down}}, works: {at: +7m, fault: {node: n-1, machine: up}},
  down: {at: +20m, set: {workloads.web.replicas: 2}}}\n",
    );
    let mut restarted: Vec<&str> = Vec::new();
    let mut gone: Vec<&str> = Vec::new();
    for line in &history {
        match line.change {
            "PodRestarting" => restarted.push(&line.subject),
            "PodDeletionRequested" => gone.push(&line.subject),
            _ => {}
        }
    }
    restarted.sort_unstable();
    gone.sort_unstable();
    assert_eq!(restarted.len(), 2, "{restarted:?}");
    assert_eq!(gone, restarted);
}

#[test]
fn a_stateful_set_goes_up_in_order_and_down_in_reverse() {
    let history = history(
        "workloads: {db: {kind: StatefulSet, replicas: 3, readyAfter: 10s, startup: 2s, pod: {terminationGracePeriod: 1s}}}
timeline: {down: {at: +1h, set: {workloads.db.replicas: 1}}}\n",
    );
    assert_eq!(times(&history, "PodCreated", "db"), [0.0, 12.0, 24.0], "each when the one before is Ready");
    let gone: Vec<(&str, f64)> = history
        .iter()
        .filter(|line| line.change == "PodDeletionRequested")
        .map(|line| (line.subject.as_str(), line.seconds))
        .collect();
    assert_eq!(gone, [("db-2", 3_600.0), ("db-1", 3_601.0)], "the next when the object is gone");
}

#[test]
fn a_parallel_stateful_set_waits_for_nobody() {
    let history = history(
        "workloads: {db: {kind: StatefulSet, replicas: 3, podManagementPolicy: Parallel, readyAfter: 10s, pod: {}}}\n",
    );
    assert_eq!(times(&history, "PodCreated", "db"), [0.0, 0.0, 0.0]);
}

#[test]
fn a_stateful_pod_is_made_again_under_its_name_when_the_object_is_gone() {
    let history = history(
        "workloads: {db: {kind: StatefulSet, replicas: 2, pod: {terminationGracePeriod: 2s}}}
timeline: {gone: {at: +1h, delete: {of: db}}}\n",
    );
    let created: Vec<(&str, f64)> = history
        .iter()
        .filter(|line| line.change == "PodCreated" && line.seconds > 10.0)
        .map(|line| (line.subject.as_str(), line.seconds))
        .collect();
    assert_eq!(created, [("db-0", 3_602.0), ("db-1", 3_604.0)]);
}

#[test]
fn a_template_reaches_a_stateful_set_from_the_top() {
    let history = history(
        "workloads: {db: {kind: StatefulSet, replicas: 3, pod: {terminationGracePeriod: 1s}}}
timeline: {new: {at: +1h, rollout: {of: db, readyAfter: 20s}}}\n",
    );
    let gone: Vec<(&str, f64)> = history
        .iter()
        .filter(|line| line.change == "PodDeletionRequested")
        .map(|line| (line.subject.as_str(), line.seconds))
        .collect();
    assert_eq!(gone, [("db-2", 3_600.0), ("db-1", 3_623.0), ("db-0", 3_646.0)]);
}

#[test]
fn a_job_runs_as_many_pods_as_it_needs() {
    let history = history(
        "workloads: {sums: {kind: Job, completions: 5, parallelism: 2, lifetime: 60s, startup: 0s, pod: {}}}\n",
    );
    let created = times(&history, "PodCreated", "sums");
    assert_eq!(created, [0.0, 0.0, 60.0, 60.0, 120.0], "two at a time, the last alone");
    assert_eq!(times(&history, "PodEnded", "sums").len(), 5);
}

#[test]
fn a_job_that_only_fails_is_given_up_after_its_limit() {
    let history = history(
        "workloads: {sums: {kind: Job, backoffLimit: 3, failure: 100%, lifetime: 60s, startup: 0s, pod: {}}}\n",
    );
    assert_eq!(times(&history, "PodCreated", "sums"), [0.0, 70.0, 150.0, 250.0], "10, 20, 40 s of back-off");
}

#[test]
fn a_job_past_its_deadline_loses_its_pods() {
    let history = history("workloads: {sums: {kind: Job, activeDeadline: 5m, lifetime: 1h, pod: {}}}\n");
    assert_eq!(times(&history, "PodDeletionRequested", "sums"), [300.0]);
    assert_eq!(times(&history, "PodCreated", "sums").len(), 1);
}

#[test]
fn a_cron_job_starts_by_the_clock_and_keeps_to_its_policy() {
    let run = |era: &str, policy: &str| {
        let text = format!(
            "era: {era}
workloads: {{n: {{kind: CronJob, schedule: '*/10 * * * *', concurrencyPolicy: {policy}, lifetime: 15m, pod: {{terminationGracePeriod: 0s}}}}}}\n"
        );
        times(&history(&format!("duration: 50m\n{text}")), "PodCreated", "n")
    };
    assert_eq!(run("k8s-1.36", "Allow"), [600.0, 1_200.0, 1_800.0, 2_400.0, 3_000.0]);
    assert_eq!(run("k8s-1.36", "Forbid"), [600.0, 1_800.0, 3_000.0], "not while one is at work");
    assert_eq!(run("k8s-1.36", "Replace").len(), 5);
}

#[test]
fn the_old_cron_job_controller_looks_every_ten_seconds() {
    let run = |era: &str| {
        let text = format!(
            "apiVersion: plimsoll/v1\nname: t\nera: {era}\nstart: 2026-01-05T00:00:03Z\nduration: 25m\n{GROUP}\
             workloads: {{n: {{kind: CronJob, schedule: '*/10 * * * *', lifetime: 1m, pod: {{}}}}}}\n"
        );
        times(&history_of(&text), "PodCreated", "n")
    };
    assert_eq!(run("k8s-1.36"), [597.0, 1_197.0]);
    assert_eq!(run("k8s-1.10"), [600.0, 1_200.0], "the run began 3 s past the minute");
}

#[test]
fn an_autoscaler_follows_the_use_of_cpu() {
    let run = |era: &str| {
        history(&format!(
            "era: {era}
workloads:
  binder:
    kind: Deployment
    replicas: 2
    horizontalPodAutoscaler: {{minReplicas: 2, maxReplicas: 4, targetCPUUtilization: 100%}}
    cpuDemand: [{{at: '00:00', cpu: 500m}}, {{at: '00:30', cpu: 500m}}, {{at: '00:30:01', cpu: 3}}, {{at: '01:00', cpu: 3}}, {{at: '01:00:01', cpu: 500m}}]
    pod: {{resources: {{requests: {{cpu: 500m}}}}}}\n"
        ))
    };
    // mybinder's, 2026: binder pods 2 to 4 at 100 % of half a core.
    let now = run("k8s-1.36");
    let scaled: Vec<(f64, Option<u64>)> = now
        .iter()
        .filter(|line| line.change == "WorkloadScaled")
        .map(|line| (line.seconds, line.value))
        .collect();
    assert_eq!(scaled.len(), 2, "{scaled:?}");
    assert_eq!((scaled[0].1, scaled[1].1), (Some(4), Some(2)));
    assert!((1_815.0..=1_830.0).contains(&scaled[0].0), "two looks: 15 s old metrics: {scaled:?}");
    assert!((3_900.0..=3_930.0).contains(&scaled[1].0), "after the highest of five minutes: {scaled:?}");
    let then = run("k8s-1.10");
    let scaled: Vec<f64> = times(&then, "WorkloadScaled", "binder");
    assert!((1_860.0..=1_890.0).contains(&scaled[0]), "metrics a minute old, looks every 30 s: {scaled:?}");
}

#[test]
fn the_eviction_verb_refuses_what_the_budget_does_not_allow() {
    let text = format!(
        "apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-05T00:00:00Z\nduration: 1h\n{GROUP}\
         workloads: {{web: {{kind: Deployment, replicas: 3, podDisruptionBudget: {{minAvailable: 2}}, pod: {{}}}}}}\n"
    );
    let mut simulation = simulation(&text);
    simulation.run_until(SimTime::from_secs(60), &mut |_, _, _| {});
    let model = simulation.model().clone();
    let mut world = simulation.world().clone();
    let workload = model.workloads.ids().next().unwrap();
    let pods: Vec<_> = world.pods_of(workload).map(|(pod, _)| pod).collect();
    assert_eq!(world.disruptions_allowed(&model, workload), Some(1));
    assert!(world.evict_pod(&model, pods[0]).is_ok());
    assert_eq!(world.disruptions_allowed(&model, workload), Some(0), "at once");
    let refused = world.evict_pod(&model, pods[1]).unwrap_err();
    assert_eq!((refused.healthy, refused.desired), (2, 2));
    world.request_pod_deletion(pods[1]);
    assert!(world.cluster().pods[pods[1]].deletion_requested_at.is_some(), "deletion asks no budget");
}

#[test]
fn budgets_round_in_favour_of_what_must_stay_and_of_what_may_go() {
    use plimsoll_core::model::controllers::{Bound, Budget};
    assert_eq!(Budget::MinAvailable(Bound::Percent(50)).desired_healthy(3), 2);
    assert_eq!(Budget::MaxUnavailable(Bound::Percent(50)).desired_healthy(3), 1);
    assert_eq!(Budget::MaxUnavailable(Bound::Count(1)).desired_healthy(3), 2);
}

/// Shares of launches that succeed before and after an instant, in seconds.
fn success(history: &[Line], from: f64, to: f64) -> f64 {
    let ended = |change: &str| {
        let within = |line: &&Line| line.change == change && (from..to).contains(&line.seconds);
        history.iter().filter(within).count() as f64
    };
    let (good, bad) = (ended("LaunchSucceeded"), ended("LaunchFailed"));
    good / (good + bad)
}

const HUB: &str = "services:
  hub: {selects: jupyterhub, dependsOn: [proxy]}
  proxy: {dependsOn: [dns]}
  dns: {selects: kube-dns}
hub: {service: hub, cull: {timeout: 10m}}
audience: {all: {arrivals: {every: 20s}, session: {active: 5m}}}
workloads:
  jupyterhub: {kind: Deployment, startup: 5s, readyAfter: 55s, strategy: {type: Recreate}, pod: {terminationGracePeriod: 1s}}
  proxy: {kind: Deployment, startup: 5s, pod: {}}
  kube-dns: {kind: Deployment, replicas: 2, startup: 5s, pod: {}}\n";

#[test]
fn the_hub_answers_while_its_pod_is_ready() {
    let history = history(&format!("{HUB}timeline: {{gone: {{at: +1h, restart: hub}}}}\n"));
    assert_eq!(times(&history, "HubStarted", ""), [60.0, 3_660.0], "with its pods");
    assert_eq!(times(&history, "HubStopped", ""), [3_600.0]);
    assert_eq!(success(&history, 120.0, 3_590.0), 1.0);
    assert_eq!(success(&history, 3_600.0, 3_660.0), 0.0);
    assert_eq!(success(&history, 3_680.0, 7_000.0), 1.0);
    let reasons: Vec<_> = history
        .iter()
        .filter(|line| line.change == "LaunchFailed" && line.seconds > 3_610.0)
        .filter_map(|line| line.reason.clone())
        .collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|why| *why == "the hub did not answer"));
}

#[test]
fn a_launch_fails_while_something_it_needs_has_no_endpoint() {
    for name in ["proxy", "kube-dns"] {
        let down = format!("{{at: +1h, set: {{workloads.{name}.replicas: 0}}}}");
        let up = format!("{{at: +90m, set: {{workloads.{name}.replicas: 2}}}}");
        let history = history(&format!("{HUB}timeline: {{down: {down}, up: {up}}}\n"));
        assert_eq!(success(&history, 120.0, 3_590.0), 1.0, "{name}");
        assert_eq!(success(&history, 3_600.0, 5_400.0), 0.0, "{name}");
        assert_eq!(success(&history, 5_440.0, 7_000.0), 1.0, "{name}");
        assert_eq!(times(&history, "HubStopped", ""), [] as [f64; 0], "the hub itself is up");
        let failed = history.iter().find(|line| line.change == "LaunchFailed" && line.seconds > 3_600.0);
        assert_eq!(
            failed.and_then(|line| line.reason.clone()).as_deref(),
            Some("a service that it needs did not answer")
        );
    }
}

#[test]
fn requests_to_an_endpoint_that_is_cut_off_fail_though_others_answer() {
    let text = format!("{HUB}timeline: {{cut: {{at: +1h, fault: {{node: oldest, podNetwork: dead}}}}}}\n")
        .replace("replicas: 2,", "replicas: 3,");
    let history = history(&text);
    let after = success(&history, 3_700.0, 7_000.0);
    assert!(after < 0.95, "one of three DNS pods, or the hub itself, is cut off: {after}");
}

#[test]
fn a_daemon_set_has_a_pod_on_each_node_cordoned_or_lost() {
    for era in ["k8s-1.8", "k8s-1.36"] {
        let history = history(&format!(
            "era: {era}
nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 32Gi, pods: 110}}, min: 5, max: 9}}, other: {{allocatable: {{cpu: 8, memory: 32Gi, pods: 110}}, min: 2, max: 2, taints: [{{key: own, value: x, effect: NoSchedule}}]}}}}
workloads: {{agent: {{kind: DaemonSet, startup: 1s, pod: {{terminationGracePeriod: 1s, resources: {{requests: {{cpu: 100m}}}}}}}}}}
timeline:
  cordon: {{at: +10m, cordon: n-1}}
  gone: {{at: +20m, delete: {{of: agent}}}}
  lost: {{at: +30m, fault: {{node: n-2, machine: down}}}}
  drained: {{at: +40m, drain: n-3}}
  grown: {{at: +50m, set: {{nodeGroups.n.target: 6}}}}\n"
        ));
        let created = times(&history, "PodCreated", "agent");
        assert_eq!(created[..5], [0.0; 5], "{era}: not on the nodes whose taint it does not tolerate");
        assert_eq!(created[5..10], [1_201.0; 5], "{era}: again when the objects are gone, cordon or not");
        assert_eq!(created.len(), 11, "{era}: and one for the new node");
        assert_eq!(
            times(&history, "PodDeletionRequested", "agent").len(),
            5,
            "{era}: neither loss nor drain evicts it"
        );
    }
}

#[test]
fn a_template_reaches_a_daemon_set_node_by_node() {
    let history = history(
        "workloads: {agent: {kind: DaemonSet, startup: 1s, readyAfter: 9s, pod: {terminationGracePeriod: 1s}}}
timeline: {new: {at: +1h, rollout: {of: agent}}}\n",
    );
    let gone = times(&history, "PodDeletionRequested", "agent");
    assert_eq!(gone, [3_600.0, 3_611.0, 3_622.0], "each when the one before is Ready");
}

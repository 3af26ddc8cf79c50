//! Spawns, quotas, tries and sessions against closed forms.

use plimsoll_core::Simulation;
use plimsoll_core::time::{SimDuration, SimTime};
use plimsoll_core::world::Change;

use super::{model, values};

/// A hub with room for everybody. `hub`, `rest` and `checks` are what a test adds.
fn hub(duration: &str, hub: &str, rest: &str, checks: &str) -> String {
    format!(
        "{{apiVersion: plimsoll/v1, name: a hub, era: k8s-1.10, start: 2026-01-01T00:00:00Z, duration: {duration},
          nodeGroups: {{nodes: {{allocatable: {{cpu: 640, memory: 5120Gi, pods: 20000}}, min: 1, max: 1}}}},
          hub: {{singleuser: {{startup: 0, httpStart: 1s}}, {hub}}}, {rest}, checks: {{{checks}}}}}"
    )
}

/// Seconds from the last traffic to the stop of each server that was culled.
fn idle_spans(text: &str) -> Vec<f64> {
    let mut simulation = Simulation::new(model(text), 1, 0);
    let mut spans = Vec::new();
    simulation.run_until(SimTime::MAX, &mut |now, change, world| {
        if let Change::ServerStopping(server) = change {
            let row = world.services().servers[server];
            spans.push(now.since(row.active_until).as_secs_f64());
        }
    });
    spans
}

/// Last traffic + timeout + U(0, cull_every) + U(0, last_activity_interval). A second more than the charts' 660 s, so that
/// rounds wander over the hub's own grid of 60 s; on the grid the two would not be independent.
#[test]
fn sessions_end_as_the_culler_says() {
    let spans = idle_spans(&hub(
        "20d",
        "concurrentSpawnLimit: 0, lastActivityInterval: 60s, cull: {timeout: 600s, every: 661s, concurrency: 0}",
        "audience: {users: {arrivals: {perHour: 20}, session: {active: {exponential: 20m}}}}",
        "",
    ));
    let count = spans.len() as f64;
    assert!(count > 5_000.0, "{count} sessions");
    let (least, most) =
        (spans.iter().copied().fold(f64::MAX, f64::min), spans.iter().copied().fold(0.0, f64::max));
    assert!(least >= 600.0 && most <= 1_321.0, "{least} to {most}");
    // The standard error of the mean of 5,000 spans is 2.7 s.
    let mean = spans.iter().sum::<f64>() / count;
    assert!((mean - 960.5).abs() < 9.0, "mean {mean}, expected 600 + 330.5 + 30");
    // More than 600 s of the two together: 61 of 661, and whatever of the 60 comes on top, half of it on average.
    let above = spans.iter().filter(|span| **span > 1_200.0).count() as f64 / count;
    assert!((above - 91.0 / 661.0).abs() < 0.02, "{above} of sessions last longer than 20 minutes");
}

/// A hung reflector lets no spawn end before the start timeout: in flight are rate × timeout, and what exceeds the
/// limit is refused.
#[test]
fn the_spawn_limit_saturates() {
    let scenario = |per_hour: u32| {
        hub(
            "6h",
            "concurrentSpawnLimit: 64, startTimeout: 300s, deletesUnlistedPods: true",
            &format!(
                "audience: {{users: {{arrivals: {{perHour: {per_hour}, process: even}}, session: {{active: 1h}}}}}},
                 timeline: {{hung: {{at: '00:00', fault: {{reflector: hung}}}}}}"
            ),
            "spawning: 'mean(servers.spawning, 01:00..06:00) = 0', created: 'count(pods.created, 01:00..06:00) = 0'",
        )
    };
    let below = values(&scenario(600));
    assert!((below[0] - 50.0).abs() < 1.5, "600 an hour × 300 s are 50 in flight, found {}", below[0]);
    let above = values(&scenario(1_800));
    assert!((above[0] - 64.0).abs() < 1.0, "found {}", above[0]);
    let per_minute = above[1] / 300.0;
    assert!((per_minute - 12.8).abs() < 0.3, "64 in 300 s are 12.8 a minute, found {per_minute}");
}

/// The July bug: each spawn leaves a pod behind; BinderHub's four tries make four of one click.
#[test]
fn orphans_grow_by_the_number_of_tries() {
    for (attempts, expected) in [(1, 60.0), (4, 240.0)] {
        let found = values(&hub(
            "6h",
            "concurrentSpawnLimit: 0, startTimeout: 300s, deletesUnlistedPods: false",
            &format!(
                "binderhub: {{launch: {{attempts: {attempts}}}}},
                 audience: {{users: {{arrivals: {{perHour: 60, process: even}}, session: {{active: 1h}}}}}},
                 timeline: {{hung: {{at: '00:00', fault: {{reflector: hung}}}}}}"
            ),
            "a: 'pods.total at 02:00 = 0', b: 'pods.total at 05:00 = 0', known: 'servers.total at 05:00 = 0'",
        ));
        let per_hour = (found[1] - found[0]) / 3.0;
        assert!((per_hour - expected).abs() < expected / 50.0, "{attempts} tries: {per_hour} an hour");
        let in_flight = expected * 300.0 / 3_600.0;
        assert!((found[2] - in_flight).abs() <= 2.0, "the hub knows {} of {}", found[2], found[1]);
    }
}

/// KubeSpawner since its pull request 208 leaves none.
#[test]
fn pods_off_the_list_are_deleted_since_208() {
    let found = values(&hub(
        "6h",
        "concurrentSpawnLimit: 0, startTimeout: 300s, deletesUnlistedPods: true",
        "audience: {users: {arrivals: {perHour: 60, process: even}, session: {active: 1h}}},
         timeline: {hung: {at: '00:00', fault: {reflector: hung}}}",
        "pods: 'max(pods.total, 01:00..06:00) = 0', success: 'mean(launch.success) = 0'",
    ));
    assert!(found[0] <= 6.0, "60 an hour × 300 s are five, found {}", found[0]);
    assert!(found[1] < 0.01, "no launch succeeds all the same");
}

/// A launch that never succeeds: four tries of 300 s each, noticed at BinderHub's polls, with pauses of 4, 8 and 16 s.
#[test]
fn a_click_gives_up_after_four_tries() {
    let text = hub(
        "2h",
        "startTimeout: 300s, deletesUnlistedPods: true",
        "binderhub: {launch: {attempts: 4}},
         audience: {users: {arrivals: {every: 20m, until: '00:20'}, session: {active: 1h}}},
         timeline: {hung: {at: '00:00', fault: {reflector: hung}}}",
        "",
    );
    let mut simulation = Simulation::new(model(&text), 1, 0);
    let (mut asked, mut started, mut failed) = (Vec::new(), None, None);
    simulation.run_until(SimTime::MAX, &mut |now, change, _| match change {
        Change::LaunchStarted(_) => started = Some(now),
        Change::SpawnRequested(_) => asked.push(now),
        Change::LaunchFailed(_) => failed = Some(now),
        _ => {}
    });
    let (started, failed) = (started.expect("a click"), failed.expect("it fails"));
    assert_eq!(asked.len(), 4, "four tries");
    // The first poll at or after 300 s: 23.854 s for eight growing pauses, then every ten seconds.
    let noticed = 303.854;
    let pauses = [4.0, 8.0, 16.0];
    for (pair, pause) in asked.windows(2).zip(pauses) {
        let took = pair[1].since(pair[0]).as_secs_f64();
        assert!((took - noticed - pause).abs() < 0.01, "{took}");
    }
    let whole = failed.since(started).as_secs_f64();
    assert!((whole - 4.0 * noticed - 28.0).abs() < 0.05, "{whole}");
}

/// A try ends after 594 s of polling at the latest, whatever the hub's own timeout.
#[test]
fn a_try_ends_after_594_seconds() {
    let text = hub(
        "2h",
        "startTimeout: 1h",
        "binderhub: {launch: {attempts: 1}},
         audience: {users: {arrivals: {every: 20m, until: '00:20'}, session: {active: 1h}}},
         timeline: {hung: {at: '00:00', fault: {reflector: hung}}}",
        "",
    );
    let mut simulation = Simulation::new(model(&text), 1, 0);
    let (mut started, mut failed) = (None, None);
    simulation.run_until(SimTime::MAX, &mut |now, change, _| match change {
        Change::LaunchStarted(_) => started = Some(now),
        Change::LaunchFailed(_) => failed = Some(now),
        _ => {}
    });
    let took = failed.expect("it fails").since(started.expect("a click"));
    assert!(took >= SimDuration::from_secs(593) && took <= SimDuration::from_secs(604), "{took}");
}

/// The quota counts pods of a repository in any state: at so many, the next launch is refused.
#[test]
fn a_quota_refuses_what_is_beyond_it() {
    let found = values(&hub(
        "5h",
        "concurrentSpawnLimit: 0",
        "binderhub: {perRepoQuota: 20},
         audience: {popular: {arrivals: {perHour: 60, process: even}, session: {active: 10h}},
                    others: {arrivals: {perHour: 10, process: even}, session: {active: 10h}}}",
        "popular: 'max(pods.total{audience=popular}) = 0', refused: 'count(launch.failed{audience=popular}) = 0',
         all: 'count(launch.started{audience=popular}) = 0', others: 'count(launch.failed{audience=others}) = 0'",
    ));
    assert_eq!(found[0], 20.0);
    assert_eq!(found[1], found[2] - 20.0, "all but twenty");
    // Ten an hour reach their own quota after two hours.
    assert!((found[3] - 30.0).abs() <= 1.0, "{}", found[3]);
}

/// Repositories of `high_quota_specs` have a quota of their own, which 0 lifts.
#[test]
fn some_repositories_have_a_higher_quota() {
    let refused = |higher: u32| {
        values(&hub(
            "2h",
            "concurrentSpawnLimit: 0",
            &format!(
                "binderhub: {{perRepoQuota: 20, perRepoQuotaHigher: {higher}}},
                 audience: {{popular: {{highQuota: true, arrivals: {{perHour: 60, process: even}}, session: {{active: 10h}}}},
                            others: {{arrivals: {{perHour: 60, process: even}}, session: {{active: 10h}}}}}}"
            ),
            "popular: 'max(pods.total{audience=popular}) = 0', others: 'max(pods.total{audience=others}) = 0'",
        ))
    };
    assert_eq!(refused(50), [50.0, 20.0]);
    let lifted = refused(0);
    assert!(lifted[0] >= 119.0 && lifted[1] == 20.0, "{lifted:?}");
}

/// BinderHub's `pod_quota` counts all user pods; 0, unlike its absence, refuses everybody.
#[test]
fn a_pod_quota_holds_for_all_repositories_and_0_refuses_everybody() {
    let found = |binderhub: &str| {
        values(&hub(
            "2h",
            "concurrentSpawnLimit: 0",
            &format!(
                "binderhub: {binderhub},
                 audience: {{one: {{arrivals: {{perHour: 60, process: even}}, session: {{active: 10h}}}},
                            two: {{arrivals: {{perHour: 60, process: even}}, session: {{active: 10h}}}}}}"
            ),
            "pods: 'max(pods.total) = 0', failed: 'count(launch.failed) = 0', all: 'count(launch.started) = 0'",
        ))
    };
    let bounded = found("{podQuota: 30}");
    assert_eq!((bounded[0], bounded[1]), (30.0, bounded[2] - 30.0));
    let drained = found("{podQuota: 0}");
    assert_eq!((drained[0], drained[1]), (0.0, drained[2]));
    let unlimited = found("{}");
    assert_eq!((unlimited[0], unlimited[1]), (unlimited[2], 0.0));
}

/// A hub that exits after the fifth failure in a row is back before the outage has lasted seven minutes.
#[test]
fn the_hub_exits_after_five_failures() {
    let found = values(&hub(
        "3h",
        "startTimeout: 300s, consecutiveFailureLimit: 5, deletesUnlistedPods: false, restart: 60s",
        "audience: {users: {arrivals: {perHour: 240, process: even}, session: {active: 5m}}},
         timeline: {hung: {at: '01:00', fault: {reflector: hung}}}",
        "before: 'mean(launch.success, 00:01..01:00) = 0', down: 'count(launch.succeeded, 01:00:10..01:05) = 0',
         after: 'mean(launch.success, 01:08..03:00) = 0'",
    ));
    assert!(found[0] > 0.99 && found[1] == 0.0 && found[2] > 0.99, "{found:?}");
}

/// Watches begun anew every 30 s: no spawn is delayed by more than that. Somebody comes every 15 s, so that the first
/// one after the hang, 29 s before the new watch, waits for at least 14 of them.
#[test]
fn a_watch_begun_anew_delays_spawns_by_its_period() {
    let found = values(&hub(
        "3h",
        "reflector: {restartEvery: 30s}",
        "audience: {users: {arrivals: {perHour: 240, process: even}, session: {active: 5m}}},
         timeline: {hung: {at: '01:00:01', fault: {reflector: hung}}}",
        "success: 'mean(launch.success) = 0', wait: 'max(launch.wait) = 0'",
    ));
    assert!(found[0] == 1.0 && (14.0..=31.1).contains(&found[1]), "{found:?}");
}

/// Ten calls under way, each answered after ten seconds while its pod takes longer to stop.
#[test]
fn the_culler_stops_ten_servers_at_a_time() {
    let scenario = |concurrency: u32| {
        hub(
            "4h",
            &format!(
                "concurrentSpawnLimit: 0, cull: {{timeout: 30m, every: 2h, concurrency: {concurrency}}}, \
                 startTimeout: 300s"
            ),
            "audience: {users: {arrivals: {perHour: 1200, process: even, until: '00:05'}, session: {active: 1m}}},
             timeline: {silent: {at: '01:00', fault: {node: newest, kubelet: silent}}}",
            "first: 'count(servers.culled, 02:00..02:00:05) = 0', more: 'count(servers.culled, 02:00:05..02:00:35) = 0'",
        )
    };
    // Nobody confirms that a pod has stopped, so each call takes the whole ten seconds.
    let bounded = values(&scenario(10));
    assert_eq!((bounded[0], bounded[1]), (10.0, 30.0));
    let unbounded = values(&scenario(0));
    assert!(unbounded[0] >= 99.0 && unbounded[1] == 0.0, "{unbounded:?}");
}

/// A notebook server that nobody uses ends by itself ten to eleven minutes after its start.
#[test]
fn orphans_end_by_themselves_where_their_image_can() {
    let found = values(
        &hub(
            "6h",
            "concurrentSpawnLimit: 0, startTimeout: 300s, deletesUnlistedPods: false",
            "audience: {users: {arrivals: {perHour: 60, process: even}, session: {active: 1h}}},
         timeline: {hung: {at: '00:00', fault: {reflector: hung}}}",
            "pods: 'max(pods.total, 01:00..06:00) = 0'",
        )
        .replace("httpStart: 1s", "httpStart: 1s, shutdown: {after: 10m}"),
    );
    assert!((found[0] - 11.0).abs() <= 1.0, "60 an hour × 11 minutes, found {}", found[0]);
}

//! The hub's timeouts, restarts and its culler's rules.

use plimsoll_core::Simulation;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::Change;

use super::{model, values};

/// Seconds at which changes happen that `wanted` picks, warm-up aside.
fn times(text: &str, wanted: impl Fn(Change) -> bool) -> Vec<f64> {
    let mut simulation = Simulation::new(model(text), 1, 0);
    let mut found = Vec::new();
    simulation.run_until(SimTime::MAX, &mut |now, change, _| {
        if wanted(change) {
            found.push(now.since(SimTime::ZERO).as_secs_f64());
        }
    });
    found
}

/// A hub with room for everybody; `user` goes into `singleuser`, `hub` beside it.
fn hub(duration: &str, user: &str, hub: &str, rest: &str, checks: &str) -> String {
    let startup = if user.contains("startup:") { "" } else { "startup: 0, " };
    format!(
        "{{apiVersion: plimsoll/v1, name: a hub, era: k8s-1.10, start: 2026-01-01T00:00:00Z, duration: {duration},
          nodeGroups: {{nodes: {{allocatable: {{cpu: 640, memory: 5120Gi, pods: 20000}}, min: 1, max: 1}}}},
          hub: {{singleuser: {{{startup}httpStart: 1s, {user}}}, {hub}}}, {rest}, checks: {{{checks}}}}}"
    )
}

/// Somebody comes at once, and nobody else.
const ONE: &str = "audience: {users: {arrivals: {every: 1h, until: '01:00'}, session: {active: 30m}}}";

/// 300 s from the request, whether it was the scheduler, the pull or the container that took them.
#[test]
fn a_start_covers_scheduling_pull_and_container() {
    let took = |user: &str, rest: &str| {
        let text = hub("3h", user, "startTimeout: 300s", &format!("{ONE}, {rest}"), "");
        let text = text.replace("min: 1, max: 1", "images: {bandwidth: 32Mi}, min: 1, max: 1");
        let asked = times(&text, |change| matches!(change, Change::LaunchStarted(_)))[0];
        let ended = times(&text, |change| matches!(change, Change::LaunchFailed(_)));
        ended.first().map(|ended| ended - asked)
    };
    let slow_container = took("startup: 301s", "workloads: {}");
    assert_eq!(slow_container, Some(300.0));
    let slow_pull = took("pod: {images: [large]}", "images: {large: {size: 10Gi}}");
    assert_eq!(slow_pull, Some(300.0), "10 GiB at 32 MiB a second take 320 s");
    let no_room = took(
        "memory: {guarantee: 200G}",
        "workloads: {others: {replicas: 1, pod: {resources: {requests: {memory: 5000Gi}}}}}",
    );
    assert_eq!(no_room, Some(300.0));
    assert_eq!(took("startup: 299s", "workloads: {}"), None);
    assert_eq!(took("pod: {images: [large]}", "images: {large: {size: 9Gi}}"), None);
}

/// A pod that runs has 30 s to answer; one that does not is stopped, and its launch fails.
#[test]
fn a_server_that_does_not_answer_is_stopped_after_the_http_timeout() {
    let text =
        |start: &str| hub("3h", "", "", ONE, "").replace("httpStart: 1s", &format!("httpStart: {start}"));
    let slow = text("31s");
    let asked = times(&slow, |change| matches!(change, Change::LaunchStarted(_)))[0];
    let failed = times(&slow, |change| matches!(change, Change::LaunchFailed(_)));
    assert_eq!(failed[0] - asked, 30.0);
    let gone = times(&slow, |change| matches!(change, Change::PodRemoved(_)));
    assert!((30.0..=32.0).contains(&(gone[0] - asked)), "its pod has a second to stop: {gone:?}");
    let quick = text("29s");
    assert!(times(&quick, |change| matches!(change, Change::LaunchFailed(_))).is_empty());
}

/// JupyterHub counts spawns that are pending and servers that are ready.
#[test]
fn the_limit_of_active_servers_refuses_what_is_beyond_it() {
    let found = values(&hub(
        "4h",
        "",
        "activeServerLimit: 25, concurrentSpawnLimit: 0",
        "audience: {users: {arrivals: {perHour: 60, process: even}, session: {active: 9h}}}",
        "most: 'max(servers.total) = 0', failed: 'count(launch.failed) = 0', all: 'count(launch.started) = 0'",
    ));
    assert_eq!((found[0], found[1]), (25.0, found[2] - 25.0));
}

/// A refusal says when to come back: 30 to 60 s later, drawn evenly.
#[test]
fn who_heeds_a_refusal_comes_back_after_30_to_60_seconds() {
    let pauses = |heeds: bool| {
        let text = hub(
            "4h",
            "",
            "activeServerLimit: 1",
            &format!(
                "audience: {{first: {{arrivals: {{every: 4h}}, session: {{active: 9h}}}},
                  users: {{arrivals: {{every: 30m, from: '00:10'}}, session: {{active: 9h}},
                           retry: {{probability: 100%, after: 5s, maxAttempts: 20, honorsRetryAfter: {heeds}}}}}}}"
            ),
            "",
        );
        let mut simulation = Simulation::new(model(&text), 1, 0);
        let (mut last, mut pauses) = (std::collections::BTreeMap::new(), Vec::new());
        simulation.run_until(SimTime::MAX, &mut |now, change, world| {
            let Change::LaunchStarted(launch) = change else { return };
            let row = world.services().launches[launch];
            if let Some(before) = last.insert((row.audience, row.user), now) {
                pauses.push(now.since(before).as_secs_f64());
            }
        });
        pauses
    };
    let own = pauses(false);
    assert!(own.len() > 50 && own.iter().all(|pause| (*pause - 5.0).abs() < 0.01), "{own:?}");
    let told = pauses(true);
    let mean = told.iter().sum::<f64>() / told.len() as f64;
    assert!(told.len() > 50 && told.iter().all(|pause| (30.0..=60.0).contains(pause)), "{told:?}");
    assert!((mean - 45.0).abs() < 4.0, "evenly between 30 and 60 s, mean {mean} of {}", told.len());
}

/// The hub asks each server every 30 s whether it lives: the record of a dead one goes within that time.
#[test]
fn a_dead_pod_is_noticed_at_the_next_poll() {
    let text = hub(
        "2h",
        "",
        "concurrentSpawnLimit: 0, pollInterval: 30s",
        "audience: {users: {arrivals: {perHour: 240, process: even, until: '00:30'}, session: {active: 9h}}},
         timeline: {killed: {at: '01:00', delete: {of: hub}}}",
        "",
    );
    let mut simulation = Simulation::new(model(&text), 1, 0);
    let mut noticed = Vec::new();
    simulation.run_until(SimTime::MAX, &mut |now, change, _| {
        if matches!(change, Change::ServerRemoved(_)) {
            noticed.push(now.since(SimTime::ZERO).as_secs_f64() - 3_600.0);
        }
    });
    assert!(noticed.len() >= 119, "{} records", noticed.len());
    let mean = noticed.iter().sum::<f64>() / noticed.len() as f64;
    // Their pods have a second to stop, and polls are as far apart as the servers' own beginnings.
    assert!(noticed.iter().all(|after| (0.0..=31.0).contains(after)), "{noticed:?}");
    assert!((mean - 16.0).abs() < 2.0, "half of 30 s, and a second: {mean}");
}

/// A new hub keeps what was ready, gives up what was pending, and its culler begins at once.
#[test]
fn a_restart_keeps_ready_servers_gives_up_pending_ones_and_starts_the_culler() {
    let found = values(&hub(
        "4h",
        "startup: 2m",
        "restart: 60s, cull: {timeout: 30m, every: 3h}, concurrentSpawnLimit: 0",
        "audience: {users: {arrivals: {perHour: 60, process: even, until: '01:20'}, session: {active: 10m}}},
         timeline: {restart: {at: '01:10', restart: hub}}",
        "before: 'servers.ready at 01:09 = 0', pods: 'pods.running{audience=users} at 01:10:30 = 0',
         down: 'count(launch.succeeded, 01:10:01..01:11) = 0', failed: 'count(launch.failed, 01:10..01:10:01) = 0',
         culled: 'count(servers.culled, 01:11..01:11:30) = 0', others: 'count(servers.culled, 01:12..02:30) = 0'",
    ));
    assert!(found[0] >= 60.0 && found[1] >= found[0], "ready ones run on: {found:?}");
    assert_eq!(found[2], 0.0, "nothing answers");
    assert!((2.0..=3.0).contains(&found[3]), "two minutes of spawns, one a minute, were pending: {found:?}");
    // Idle for half an hour were those that came before 00:28; ten of them at a time are asked to stop.
    assert!(found[4] >= 20.0, "a round at once, long before the three hours are over: {found:?}");
    assert_eq!(found[5], 0.0, "and none since");
}

/// Before 2017-11-30 z2jh let a hub that was shut down stop every server.
#[test]
fn a_hub_that_cleans_up_takes_its_servers_along() {
    let running = |cleans: bool| {
        values(&hub(
            "3h",
            "",
            &format!("restart: 60s, cleanupServers: {cleans}, concurrentSpawnLimit: 0"),
            "audience: {users: {arrivals: {perHour: 60, process: even, until: '01:00'}, session: {active: 9h}}},
             timeline: {restart: {at: '01:30', restart: hub}}",
            "before: 'pods.running{audience=users} at 01:29 = 0', after: 'pods.running{audience=users} at 01:35 = 0'",
        ))
    };
    assert_eq!(running(false), [60.0, 60.0]);
    assert_eq!(running(true), [60.0, 0.0]);
}

/// A reflector whose watch fails waits 0.2, 0.4, ... 25.6 s, and where the next pause would be above 30 s the hub exits.
#[test]
fn a_hub_that_has_lost_its_reflector_exits_after_51_seconds() {
    let text = hub(
        "2h",
        "",
        "restart: 60s",
        "audience: {users: {arrivals: {perHour: 60, process: even}, session: {active: 5m}}},
         timeline: {lost: {at: '01:00', fault: {reflector: lost}}}",
        "",
    );
    let stopped = times(&text, |change| matches!(change, Change::HubStopped));
    let started = times(&text, |change| matches!(change, Change::HubStarted));
    assert_eq!(stopped, [3_600.0 + 51.0], "0.2 × (2^8 - 1)");
    assert!(started.contains(&(3_651.0 + 60.0)), "{started:?}");
}

/// Since 2018-07-18 a spawn that times out makes the hub begin its watch anew.
#[test]
fn a_spawn_that_times_out_makes_the_hub_distrust_its_reflector() {
    let found = |suspicious: bool| {
        values(&hub(
            "3h",
            "",
            &format!(
                "startTimeout: 300s, reflector: {{restartEvery: 0, restartWhenSuspicious: {suspicious}}}"
            ),
            "audience: {users: {arrivals: {perHour: 60, process: even}, session: {active: 5m}}},
             timeline: {hung: {at: '01:00:10', fault: {reflector: hung}}}",
            "hung: 'count(launch.succeeded, 01:01..01:05) = 0', after: 'mean(launch.success, 01:10..02:50) = 0'",
        ))
    };
    let trusting = found(false);
    assert_eq!((trusting[0], trusting[1]), (0.0, 0.0));
    let suspicious = found(true);
    assert_eq!((suspicious[0], suspicious[1]), (0.0, 1.0));
}

/// A stop waits until the pod has left the list, for the start timeout at most: then it counts as a server again.
#[test]
fn a_stop_that_nobody_confirms_ends_with_the_start_timeout() {
    let found = values(&hub(
        "5h",
        "",
        "startTimeout: 300s, concurrentSpawnLimit: 0, cull: {timeout: 30m, every: 2h, concurrency: 0}",
        "audience: {users: {arrivals: {perHour: 600, process: even, until: '00:05'}, session: {active: 1m}}},
         timeline: {silent: {at: '01:00', fault: {node: newest, kubelet: silent}}}",
        "culled: 'count(servers.culled, 02:00..02:01) = 0', stopping: 'servers.ready at 02:04:50 = 0',
         again: 'servers.ready at 02:05:10 = 0'",
    ));
    assert!(found[0] >= 49.0, "{found:?}");
    assert_eq!((found[1], found[2]), (0.0, found[0]));
}

/// The age counts, whatever a server does, and only rounds see it.
#[test]
fn an_old_server_is_culled_whatever_it_does() {
    let text = hub(
        "2d",
        "",
        "concurrentSpawnLimit: 0, cull: {timeout: 1h, every: 661s, maxAge: 6h, concurrency: 0}",
        "audience: {users: {arrivals: {perHour: 20, until: 'day 2 12:00'}, session: {active: 30h}}}",
        "",
    );
    let mut simulation = Simulation::new(model(&text), 1, 0);
    let mut ages = Vec::new();
    simulation.run_until(SimTime::MAX, &mut |now, change, world| {
        if let Change::ServerStopping(server) = change {
            ages.push(now.since(world.services().servers[server].created_at).as_secs_f64());
        }
    });
    assert!(ages.len() > 500, "{}", ages.len());
    assert!(ages.iter().all(|age| (21_600.0..=22_261.0).contains(age)), "{ages:?}");
    let mean = ages.iter().sum::<f64>() / ages.len() as f64;
    assert!((mean - 21_600.0 - 330.5).abs() < 25.0, "six hours and half a period: {mean}");
}

/// A server that its user never saw has no activity but its own start, from which it counts.
#[test]
fn a_server_that_nobody_used_counts_from_its_start() {
    let text = hub(
        "4h",
        "startup: 2m",
        "concurrentSpawnLimit: 0, cull: {timeout: 20m, every: 60s}",
        "audience: {users: {arrivals: {perHour: 30, process: even, until: '01:00'}, session: {active: 3h}, patience: 30s}}",
        "",
    );
    let mut simulation = Simulation::new(model(&text), 1, 0);
    let mut spans = Vec::new();
    simulation.run_until(SimTime::MAX, &mut |now, change, world| {
        if let Change::ServerStopping(server) = change {
            spans.push(now.since(world.services().servers[server].ready_at).as_secs_f64());
        }
    });
    assert!(spans.len() >= 29, "{spans:?}");
    assert!(spans.iter().all(|span| (1_200.0..=1_260.0).contains(span)), "{spans:?}");
}

/// The culler leaves servers alone that are not ready yet, however old they are.
#[test]
fn the_culler_skips_what_is_pending() {
    let found = values(&hub(
        "2h",
        "startup: 20m",
        "startTimeout: 30m, concurrentSpawnLimit: 0, cull: {timeout: 5m, every: 60s, maxAge: 10m}",
        "audience: {users: {arrivals: {perHour: 30, process: even, until: '00:30'}, session: {active: 1h}}}",
        "early: 'count(servers.culled, 00:00..00:20) = 0', ready: 'count(launch.succeeded) = 0',
         culled: 'count(servers.culled) = 0'",
    ));
    assert_eq!((found[0], found[1] >= 14.0, found[1] == found[2]), (0.0, true, true), "{found:?}");
}

/// An open tab polls, and so its server never idles, unless the culler goes by work alone.
#[test]
fn an_open_tab_keeps_its_server_unless_kernels_are_culled() {
    let culled = |tabs_count: bool| {
        values(&hub(
            "12h",
            "",
            &format!(
                "concurrentSpawnLimit: 0, cull: {{timeout: 10m, every: 60s, openTabsCount: {tabs_count}}}"
            ),
            "audience: {users: {arrivals: {perHour: 60, process: even, until: '01:00'},
                                session: {active: 10m, keepsTabOpen: 100%, tabOpen: 8h}}}",
            "by two: 'servers.ready at 02:00 = 0', by eight: 'servers.ready at 08:00 = 0', at the end: 'servers.ready at 10:00 = 0'",
        ))
    };
    assert_eq!(culled(true), [60.0, 60.0, 0.0]);
    assert_eq!(culled(false), [0.0, 0.0, 0.0]);
}

/// A culler that hangs culls nothing until the hub, whose child it is, starts again.
#[test]
fn a_culler_that_hangs_lives_again_with_the_hub() {
    let found = values(&hub(
        "6h",
        "",
        "concurrentSpawnLimit: 0, restart: 60s, cull: {timeout: 10m, every: 60s}",
        "audience: {users: {arrivals: {perHour: 60, process: even}, session: {active: 5m}}},
         timeline: {hangs: {at: '02:00', fault: {culler: stalled}}, restart: {at: '04:00', restart: hub}}",
        "before: 'count(servers.culled, 01:00..02:00) = 0', hung: 'count(servers.culled, 02:00:01..04:00) = 0',
         at once: 'count(servers.culled, 04:01..04:05) = 0'",
    ));
    assert!(found[0] > 55.0 && found[1] == 0.0 && found[2] > 100.0, "{found:?}");
}

/// A page whose connection breaks connects again by itself, for as long as there is no hub: a storm.
#[test]
fn launch_pages_connect_again_for_as_long_as_there_is_no_hub() {
    let tries = |retry: &str| {
        values(&hub(
            "2h",
            "",
            "restart: 10m",
            &format!(
                "audience: {{users: {{arrivals: {{perHour: 60, process: even}}, session: {{active: 5m}}{retry}}}}},
                 timeline: {{restart: {{at: '01:00', restart: hub}}}}"
            ),
            "tries: 'count(launch.started, 01:00..01:10) = 0', after: 'count(launch.succeeded, 01:10..01:12) = 0'",
        ))
    };
    let calm = tries("");
    assert!((calm[0] - 10.0).abs() <= 1.0 && calm[1] <= 3.0, "{calm:?}");
    // The n-th of ten pages connects every ten seconds for what is left of ten minutes: 54 times on average, less or more.
    let storm = tries(", retry: {probability: 0%, after: 1s, reconnect: 10s}");
    assert!(
        (250.0..=360.0).contains(&storm[0]),
        "ten pages, six times a minute, over ten, nine, ... minutes: {storm:?}"
    );
    assert!(storm[1] >= 10.0, "and all get in when it is back: {storm:?}");
}

/// A hub that does not answer for 300 s, which are 30 probes, is started again; one that answers in time is not.
#[test]
fn a_hub_that_does_not_answer_for_five_minutes_is_started_again() {
    let restarts = |base: &str, probe: &str| {
        let text = hub(
            "3h",
            "",
            &format!("restart: 60s, slowdown: {{base: {base}}}, {probe}"),
            "audience: {users: {arrivals: {perHour: 60, process: even}, session: {active: 5m}}}",
            "",
        );
        times(&text, |change| matches!(change, Change::HubStopped))
    };
    let stopped = restarts("4s", "livenessProbe: {}");
    // 300 s to the first probe, 29 periods to the 30th.
    assert_eq!(stopped[0], 590.0);
    assert_eq!(stopped[1] - stopped[0], 60.0 + 590.0, "what the new one has to do is no less");
    assert!(restarts("2s", "livenessProbe: {}").is_empty());
    assert!(restarts("4s", "consecutiveFailureLimit: 0").is_empty());
    let patient = restarts("4s", "livenessProbe: {failureThreshold: 60, timeout: 3s, initialDelay: 0}");
    assert_eq!(patient[0], 590.0);
}

/// BinderHub's users are deleted with their servers, a hub's own are kept.
#[test]
fn users_are_deleted_after_their_servers_where_that_is_asked_for() {
    let left = |users: bool| {
        let text = hub(
            "6h",
            "",
            &format!("concurrentSpawnLimit: 0, cull: {{timeout: 10m, every: 60s, users: {users}}}"),
            "audience: {users: {arrivals: {perHour: 60, process: even, until: '01:00'}, session: {active: 5m}}}",
            "",
        );
        let mut simulation = Simulation::new(model(&text), 1, 0);
        simulation.run_until(SimTime::MAX, &mut |_, _, _| {});
        simulation.world().services().users
    };
    assert_eq!((left(false), left(true)), (60, 0));
}

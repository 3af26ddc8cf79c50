//! Containers that are killed, and their next start.

use plimsoll_core::world::{DeathKind, PodPhase, Setting};

use super::{NOW, run, seconds, three};

/// A container that needs twice its limit.
const GREEDY: &str = "duration: 40m\nera: k8s-1.36\n\
    nodeGroups: {n: {allocatable: {cpu: 4, memory: 8Gi}, min: 1, max: 1}}\n\
    workloads: {web: {kind: Deployment, startup: 2s, pod: {\
    use: {memory: {level: 2Gi, ramp: 100s}}, resources: {limits: {memory: 1Gi}}}}}\n";

#[test]
fn a_container_at_its_limit_is_killed_in_the_instant_in_which_it_reaches_it() {
    let run = run(GREEDY);
    assert!((run.first("ContainerKilled", "web") - 52.0).abs() < 1e-3);
    let death = run.world().memory().deaths[0];
    assert_eq!((death.kind, death.cause.setting), (DeathKind::Limit, Setting::LimitBelowUse));
}

#[test]
fn a_killed_container_starts_again_at_the_closed_form() {
    // It lives 50 s each time: r, 2r + 10, 3r + 30, 4r + 70, 5r + 150, 6r + 310, then every r + 300.
    let run = run(GREEDY);
    let expected: Vec<i64> = [0, 10, 30, 70, 150, 310, 610, 910, 1210, 1510]
        .iter()
        .zip(1..)
        .map(|(waits, lives)| 2 + waits + 50 * lives)
        .collect();
    assert_eq!(seconds(&run.times("ContainerRestarted", "web"))[..expected.len()], expected);
    let pod = run.world().cluster().pods.iter().next().expect("it stays").1;
    assert_eq!(pod.phase, PodPhase::Running, "whether it waits or not");
    assert!(pod.restarts >= 10);
}

#[test]
fn a_container_that_is_down_is_not_ready() {
    let run = run(&GREEDY.replace("startup: 2s,", "startup: 2s, readyAfter: 5s,"));
    assert_eq!(seconds(&run.times("PodReady", "web"))[..3], [7, 57, 117], "with each life");
    assert_eq!(seconds(&run.times("PodUnready", "web"))[..2], [52, 102]);
}

#[test]
fn restart_policy_never_fails_the_pod_and_its_controller_makes_another() {
    let run = run(&GREEDY.replace("resources:", "restartPolicy: Never, resources:"));
    assert_eq!(run.times("ContainerRestarted", "web"), [0.0; 0]);
    assert!((run.first("PodEnded", "web-0") - 52.0).abs() < 1e-3);
    assert!(run.first("PodCreated", "web-1") < 52.1);
    let failed = run.world().cluster().pods.iter().filter(|(_, row)| row.phase == PodPhase::Ended);
    assert!(failed.count() > 20, "their objects stay");
}

#[test]
fn a_job_counts_killed_pods_as_failures() {
    let run = run(&GREEDY
        .replace("kind: Deployment", "kind: Job, backoffLimit: 2, lifetime: 10m")
        .replace("restartPolicy", "x"));
    assert_eq!(run.times("ContainerKilled", "web").len(), 3, "two failures are allowed");
}

const GROWS: &str = "use: {memory: {level: 4Gi, ramp: 400s}}, resources: {requests: {memory: 1Gi}}";

#[test]
fn all_pods_together_are_killed_at_the_limit_of_kubepods() {
    // 8 GiB less 1.5 reserved are 6.5: the eviction threshold is not taken from them. Three use 6 GiB.
    let text = three(NOW, "kubeReserved: 1Gi, systemReserved: 512Mi, evictionHard: 0", GROWS);
    let run = run(&text);
    let at = run.first("ContainerKilled", "");
    assert!((at - 51.0).abs() < 1.0, "half a GiB at 10 MiB a second: {at}");
    let death = run.world().memory().deaths[0];
    assert_eq!(death.kind, DeathKind::Kubepods);
    assert_eq!(run.whom("ContainerKilled")[0], "best-0", "BestEffort is the worst whatever it uses");
    assert_eq!(
        death.cause.setting,
        Setting::NeitherRequestNorLimit,
        "it uses most beyond what was set aside"
    );
}

#[test]
fn the_host_is_exhausted_by_what_is_outside_of_pods() {
    let text = three(NOW, "evictionHard: 0, system: 1536Mi", GROWS);
    let run = run(&text);
    let death = run.world().memory().deaths[0];
    assert_eq!(death.kind, DeathKind::Host);
    let at = run.first("ContainerKilled", "");
    assert!((at - 51.0).abs() < 1.0, "all of 8 GiB: {at}");
}

#[test]
fn the_kernel_kills_the_worst_badness() {
    // Without the BestEffort pod: burst has adj 875 and 2 GiB, grows has 875 and more.
    let text = three(NOW, "evictionHard: 0, kubeReserved: 1Gi", GROWS)
        .replace("best: {kind: Deployment,", "best: {replicas: 0,");
    let first = run(&text);
    assert_eq!(first.whom("ContainerKilled")[0], "grows-0");
    // A Guaranteed container is spared however much it uses.
    let guaranteed = "use: {memory: {level: 4Gi, ramp: 400s}}, resources: {limits: {cpu: 1, memory: 4200Mi}}";
    let text = three(NOW, "evictionHard: 0, kubeReserved: 512Mi", guaranteed)
        .replace("memory: 6Gi}, min", "memory: 8Gi}, min")
        .replace("best: {kind: Deployment,", "best: {replicas: 0,");
    assert_eq!(run(&text).whom("ContainerKilled")[0], "burst-0");
}

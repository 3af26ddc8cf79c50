//! Workloads with controllers, claims and services, as random as the rest.

use std::fmt::Write;

use super::Dice;
use super::{Group, law, pod};

/// What was written, for the timeline and the hub.
#[derive(Default)]
pub struct Controlled {
    /// Names of Deployments and StatefulSets, and how many pods each begins with.
    pub scalable: Vec<String>,
    /// All names.
    pub names: Vec<String>,
    /// Whether a service `hub` stands for the hub's pods.
    pub serves_hub: bool,
}

/// Writes up to three workloads into the section `workloads` at the end of `text`; claims and services
/// go to `after`, which is to follow that section.
pub fn write(
    dice: &mut Dice,
    hub: bool,
    groups: &[Group],
    text: &mut String,
    after: &mut String,
) -> Controlled {
    let mut written = Controlled::default();
    let claims = dice.between(0, 2);
    for number in 0..dice.between(1, 3) {
        let name = format!("c{number}");
        let kind = *dice.pick(&["Deployment", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"]);
        let (millis, mib, template) = pod(dice, groups);
        let (millis, mib) = (millis / 2 + 1, mib / 2 + 1);
        let _ = writeln!(
            text,
            "  {name}:\n    kind: {kind}\n    pod: {{resources: {{requests: {{cpu: {millis}m, memory: {mib}Mi}}}}, {template}}}"
        );
        match kind {
            "Deployment" => deployment(dice, text),
            "StatefulSet" => stateful_set(dice, claims, text),
            "DaemonSet" => {}
            _ => job(dice, kind, text),
        }
        if claims > 0 && kind != "DaemonSet" && dice.chance(50) {
            let _ = writeln!(text, "    volumes: [v{}]", dice.between(0, claims - 1));
        }
        if matches!(kind, "Deployment" | "StatefulSet") {
            written.scalable.push(name.clone());
            if dice.chance(40) {
                let budget = dice.pick(&[
                    "minAvailable: 1",
                    "minAvailable: 50%",
                    "maxUnavailable: 1",
                    "maxUnavailable: 30%",
                ]);
                let _ = writeln!(text, "    podDisruptionBudget: {{{budget}}}");
            }
        }
        if dice.chance(60) {
            let seconds = dice.between(0, 60);
            let _ = writeln!(text, "    readyAfter: {}", law(dice, seconds));
        }
        written.names.push(name);
    }
    if claims > 0 {
        after.push_str("persistentVolumeClaims:\n");
        for number in 0..claims {
            let _ = writeln!(after, "  v{number}: {{}}");
        }
    }
    written.serves_hub = hub && !written.scalable.is_empty() && dice.chance(60);
    if written.serves_hub {
        let (first, last) = (&written.scalable[0], &written.names[written.names.len() - 1]);
        let depends = if dice.chance(50) { "dependsOn: [other], " } else { "" };
        let _ =
            writeln!(after, "services:\n  hub: {{{depends}selects: {first}}}\n  other: {{selects: {last}}}");
    }
    written
}

fn deployment(dice: &mut Dice, text: &mut String) {
    let _ = writeln!(text, "    replicas: {}", dice.between(0, 12));
    match dice.between(0, 2) {
        0 => text.push_str("    strategy: {type: Recreate}\n"),
        1 => {
            let (surge, missing) = (dice.between(0, 3), dice.between(0, 100));
            let _ = writeln!(text, "    strategy: {{maxSurge: {surge}, maxUnavailable: {missing}%}}");
        }
        _ => {}
    }
    if dice.chance(30) {
        let _ = writeln!(text, "    minReady: {}s", dice.between(1, 90));
    }
    if dice.chance(30) {
        let target = dice.between(20, 100);
        let _ = writeln!(
            text,
            "    horizontalPodAutoscaler: {{minReplicas: 1, maxReplicas: {}, targetCPUUtilization: {target}%}}\n    \
             cpuDemand: [{{at: +1m, cpu: {}m}}, {{at: +50m, cpu: {}m}}]",
            dice.between(1, 15),
            dice.between(0, 20_000),
            dice.between(0, 20_000),
        );
    }
}

fn stateful_set(dice: &mut Dice, claims: u64, text: &mut String) {
    let policy = dice.pick(&["OrderedReady", "Parallel"]);
    let _ = writeln!(text, "    replicas: {}\n    podManagementPolicy: {policy}", dice.between(0, 5));
    if claims > 0 && dice.chance(60) {
        let _ = writeln!(text, "    volumeClaimTemplates: [v{}]", dice.between(0, claims - 1));
    }
}

fn job(dice: &mut Dice, kind: &str, text: &mut String) {
    let seconds = dice.between(5, 1_800);
    let _ = writeln!(
        text,
        "    lifetime: {}\n    completions: {}\n    parallelism: {}\n    backoffLimit: {}\n    failure: {}%",
        law(dice, seconds),
        dice.between(1, 12),
        dice.between(1, 6),
        dice.between(0, 6),
        dice.between(0, 60),
    );
    if dice.chance(30) {
        let _ = writeln!(text, "    activeDeadline: {}s", dice.between(10, 3_000));
    }
    if kind == "CronJob" {
        let schedule = dice.pick(&["*/7 * * * *", "@hourly", "3,33 * * * *", "0 0-23/2 * * *"]);
        let policy = dice.pick(&["Allow", "Forbid", "Replace"]);
        let _ = writeln!(text, "    schedule: \"{schedule}\"\n    concurrencyPolicy: {policy}");
    }
}

/// Something done to a workload by hand.
pub fn act(dice: &mut Dice, written: &Controlled) -> Option<String> {
    let rolling = written.scalable.get(dice.between(0, 2) as usize)?;
    Some(match dice.between(0, 3) {
        0 => format!("set: {{workloads.{rolling}.replicas: {}}}", dice.between(0, 14)),
        1 => format!("rollout: {{of: {rolling}}}"),
        2 => format!("rollout: {{of: {rolling}, startup: 9s, readyAfter: {}s}}", dice.between(0, 900)),
        _ => format!("delete: {{of: {rolling}}}"),
    })
}

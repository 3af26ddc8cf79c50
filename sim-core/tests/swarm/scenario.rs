//! A random scenario as text: what a person could have written, in combinations that nobody would.
//!
//! Swarm testing (Groce and others, ISSTA 2012): each case switches some features off altogether, so
//! that rare mixes are visited and a feature that masks another is absent half of the time.

#[path = "controllers.rs"]
mod controllers;

use std::fmt::Write;

use super::dice::Dice;
use controllers::Controlled;

/// What a case has at all.
struct Features {
    hub: bool,
    culler: bool,
    autoscaler: bool,
    scale_down: bool,
    taints: bool,
    faults: bool,
    cordons: bool,
    restarts: bool,
    deletions: bool,
    limits: bool,
    zones: bool,
    spot: bool,
    chance: bool,
    repair: bool,
    stock: bool,
    nodes_by_hand: bool,
    breakage: bool,
    workloads: u64,
    controllers: bool,
    groups: u64,
}

impl Features {
    fn roll(dice: &mut Dice) -> Self {
        let hub = dice.chance(60);
        Self {
            hub,
            culler: dice.chance(70),
            autoscaler: dice.chance(75),
            scale_down: dice.chance(70),
            taints: dice.chance(50),
            faults: dice.chance(50),
            cordons: dice.chance(50),
            restarts: dice.chance(50),
            deletions: dice.chance(50),
            limits: dice.chance(40),
            zones: dice.chance(40),
            spot: dice.chance(20),
            chance: dice.chance(25),
            repair: dice.chance(25),
            stock: dice.chance(30),
            nodes_by_hand: dice.chance(40),
            breakage: dice.chance(40),
            workloads: dice.between(u64::from(!hub), 4),
            controllers: dice.chance(50),
            groups: dice.between(1, 3),
        }
    }
}

/// A group as far as pods care: room for pods on one node.
pub struct Group {
    millis: u64,
    mib: u64,
    max: u64,
}

/// Writes a scenario. It is valid, and a run of it takes at most some tens of thousands of events.
/// In a calm one machines come when they are asked for and containers take the time that is drawn.
pub fn write(dice: &mut Dice, calm: bool) -> String {
    let mut features = Features::roll(dice);
    if calm {
        features = Features {
            chance: false,
            repair: false,
            stock: false,
            nodes_by_hand: false,
            breakage: false,
            ..features
        };
    }
    let features = &features;
    let hours = dice.between(1, 30);
    let mut text = String::new();
    let era = dice.pick(&["k8s-1.8", "k8s-1.10", "k8s-1.34", "k8s-1.36"]);
    let offset = dice.pick(&["Z", "-08:00", "+05:30"]);
    let _ = writeln!(
        text,
        "apiVersion: plimsoll/v1\nname: swarm\nstart: 2026-01-01T{:02}:{:02}:00{offset}\nduration: {hours}h\nera: {era}",
        dice.between(0, 23),
        dice.between(0, 59),
    );
    if dice.chance(30) {
        let _ = writeln!(text, "warmUp: {}m", dice.between(1, 300));
    }
    let groups = groups(dice, features, &mut text);
    let score = dice.pick(&["LeastAllocated", "MostAllocated"]);
    let _ = writeln!(text, "scheduler: {{score: {score}}}");
    if features.autoscaler {
        autoscaler(dice, features, &mut text);
    }
    let mut after = String::new();
    let mut controlled = Controlled::default();
    if features.workloads > 0 || features.controllers {
        text.push_str("workloads:\n");
        for number in 0..features.workloads {
            workload(dice, number, hours, &groups, &mut text);
        }
        if features.controllers {
            controlled = controllers::write(dice, features.hub, &groups, &mut text, &mut after);
        }
    }
    text.push_str(&after);
    let serves = controlled.serves_hub;
    let audiences = if features.hub { hub(dice, features, hours, &groups, serves, &mut text) } else { 0 };
    timeline(dice, features, hours, audiences, &groups, &controlled, &mut text);
    text
}

fn groups(dice: &mut Dice, features: &Features, text: &mut String) -> Vec<Group> {
    text.push_str("nodeGroups:\n");
    let mut groups = Vec::new();
    for number in 0..features.groups {
        let group = Group {
            millis: dice.between(1, 16) * 1000 - dice.between(0, 200),
            mib: dice.between(2, 64) * 1024 - dice.between(0, 700),
            max: 0,
        };
        let pods = if dice.chance(20) { dice.between(1, 4) } else { dice.between(5, 110) };
        let min = dice.between(0, 3);
        let max = min + dice.between(u64::from(min == 0), 6);
        let initial = dice.between(min, max);
        let _ = writeln!(
            text,
            "  g{number}:\n    allocatable: {{cpu: {}m, memory: {}Mi, pods: {pods}}}\n    min: {min}\n    max: {max}\n    \
             initial: {initial}\n    boot: {}\n    labels: {{group: g{number}}}",
            group.millis,
            group.mib,
            law(dice, 150),
        );
        if features.taints && dice.chance(50) {
            let effect = dice.pick(&["NoSchedule", "PreferNoSchedule", "NoExecute"]);
            let _ = writeln!(text, "    taints: [{{key: own, value: g{number}, effect: {effect}}}]");
        }
        machines(dice, features, text);
        groups.push(Group { max, ..group });
    }
    groups
}

/// How the machines of a group fail and go.
fn machines(dice: &mut Dice, features: &Features, text: &mut String) {
    if features.zones {
        let _ = writeln!(text, "    zones: {}", dice.pick(&["[a]", "[a, b]", "[b, c, a]"]));
    }
    if features.spot {
        let life = law(dice, 7_200);
        let notice = dice.between(0, 120);
        let _ = match dice.between(0, 1) {
            0 => writeln!(text, "    spot: {{notice: {notice}s}}"),
            _ => writeln!(text, "    spot: {{notice: {notice}s, life: {life}}}"),
        };
    }
    if features.repair {
        let _ = writeln!(text, "    autoRepair: true\n    reset: {}", law(dice, 60));
    }
    if features.chance {
        let what = broken(dice);
        let lasts = law(dice, 900);
        let _ = writeln!(
            text,
            "    faults: {{f: {{every: {}m, {what}, lasts: {lasts}}}}}",
            dice.between(30, 900)
        );
    }
}

/// Something that can be wrong with a node.
fn broken(dice: &mut Dice) -> String {
    let aspects = [
        "machine: down",
        "kubelet: silent",
        "kubelet: starved",
        "podNetwork: dead",
        "disk: readOnly",
        "disk: slow",
        "dns: dead",
        "kubelet: silent, podNetwork: dead",
    ];
    (*dice.pick(&aspects)).to_owned()
}

fn autoscaler(dice: &mut Dice, features: &Features, text: &mut String) {
    let _ = writeln!(
        text,
        "autoscaler:\n  scanInterval: {}s\n  scaleDownEnabled: {}\n  scaleDownUnneededTime: {}s\n  \
         scaleDownDelayAfterAdd: {}s\n  scaleDownUtilizationThreshold: 0.{}\n  expander: {}\n  \
         balanceSimilarNodeGroups: {}",
        dice.pick(&[1, 7, 10, 60]),
        features.scale_down,
        dice.between(1, 900),
        dice.between(0, 900),
        dice.between(1, 9),
        dice.pick(&["random", "most-pods", "least-waste", "least-nodes,random", "price"]),
        dice.chance(50),
    );
}

/// A law of durations around `seconds`.
pub fn law(dice: &mut Dice, seconds: u64) -> String {
    let s = seconds.max(2);
    match dice.between(0, 6) {
        0 => format!("{s}s"),
        1 => format!("{{exponential: {s}s}}"),
        2 => format!("{{lognormal: {{median: {s}s, p95: {}s}}}}", s * dice.between(2, 9)),
        3 => format!("{{weibull: {{scale: {s}s, shape: 0.{}}}}}", dice.between(4, 9)),
        4 => format!("{{uniform: {{from: {}s, to: {}s}}}}", s / 2, s * 2),
        5 => format!("{{empirical: [1s, {s}s, {}s]}}", s * 3),
        _ => format!("{s}ms"),
    }
}

/// Arrivals of about `count` things in a run of `hours`.
fn arrivals(dice: &mut Dice, count: u64, hours: u64) -> String {
    let per_hour = (count / hours).max(1);
    let process = if dice.chance(25) { ", process: even" } else { "" };
    let until = if dice.chance(30) { format!(", until: +{}m", hours * 40) } else { String::new() };
    match dice.between(0, 3) {
        0 => format!("{{every: {}s{until}}}", (hours * 3600 / count.max(1)).max(1)),
        1 => format!(
            "{{profile: [{{at: \"03:00\", perHour: {}}}, {{at: \"15:30\", perHour: {per_hour}}}]{process}{until}}}",
            per_hour * 2
        ),
        2 => format!(
            "{{flashCrowd: {{from: +{}m, peak: +{}m, perHour: {}, halfLife: {}m}}{process}{until}}}",
            hours * dice.between(0, 10),
            hours * dice.between(11, 30),
            per_hour * 3,
            dice.between(5, 200),
        ),
        _ => format!("{{perHour: {per_hour}{process}{until}}}"),
    }
}

/// Requests that fit at least the group chosen, and a selector and tolerations that let them go there.
pub fn pod(dice: &mut Dice, groups: &[Group]) -> (u64, u64, String) {
    let home = dice.between(0, groups.len() as u64 - 1);
    let group = &groups[home as usize];
    let part = dice.between(1, 12);
    let mut template = String::new();
    if dice.chance(50) {
        let _ = write!(template, "nodeSelector: {{group: g{home}}}, ");
    }
    let toleration = if dice.chance(50) { "operator: Exists" } else { "key: own, operator: Exists" };
    let _ = write!(template, "tolerations: [{{{toleration}}}], priority: {}", dice.between(0, 2) * 10);
    if dice.chance(30) {
        let _ = write!(template, ", terminationGracePeriod: {}s", dice.between(0, 5));
    }
    (group.millis / part, group.mib / dice.between(part, 12), template)
}

fn workload(dice: &mut Dice, number: u64, hours: u64, groups: &[Group], text: &mut String) {
    let (millis, mib, template) = pod(dice, groups);
    let requests = match dice.between(0, 9) {
        0 => String::new(),
        1 => format!("requests: {{cpu: {millis}m}}"),
        2 => format!("limits: {{memory: {mib}Mi}}"),
        _ => format!("requests: {{cpu: {millis}m, memory: {mib}Mi}}"),
    };
    let _ = writeln!(text, "  w{number}:\n    pod: {{resources: {{{requests}}}, {template}}}");
    if dice.chance(20) {
        let _ = writeln!(text, "    replicas: {}", dice.between(1, 20));
    } else {
        let count = dice.between(1, 600);
        let _ = writeln!(text, "    arrivals: {}", arrivals(dice, count, hours));
    }
    if dice.chance(85) {
        let seconds = dice.between(5, 7_200);
        let _ = writeln!(text, "    lifetime: {}", law(dice, seconds));
    }
    if dice.chance(70) {
        let seconds = dice.between(0, 40);
        let _ = writeln!(text, "    startup: {}", law(dice, seconds));
    }
}

/// Writes the hub and its audiences; returns how many these are.
fn hub(
    dice: &mut Dice,
    features: &Features,
    hours: u64,
    groups: &[Group],
    serves: bool,
    text: &mut String,
) -> u64 {
    let (millis, mib, template) = pod(dice, groups);
    let (startup, http) = (dice.between(1, 60), dice.between(1, 8));
    let _ = writeln!(
        text,
        "hub:\n  singleuser:\n    memory: {{guarantee: {mib}M}}\n    cpu: {{guarantee: {millis}m}}\n    startup: {}\n    httpStart: {}\n    pod: {{{template}}}",
        law(dice, startup),
        law(dice, http),
    );
    let _ = writeln!(
        text,
        "  concurrentSpawnLimit: {}\n  activeServerLimit: {}\n  startTimeout: {}s\n  httpTimeout: {}s\n  pollInterval: {}s\n  {}",
        dice.between(1, 64),
        if dice.chance(50) { 0 } else { dice.between(1, 200) },
        dice.between(20, 400),
        dice.between(1, 40),
        dice.between(1, 60),
        if serves { "service: hub".to_owned() } else { format!("restart: {}", law(dice, 45)) },
    );
    if features.culler {
        let max_age = if dice.chance(50) { dice.between(1, 12) } else { 0 };
        let _ = writeln!(
            text,
            "  cull: {{every: {}s, timeout: {}s, maxAge: {max_age}h}}",
            dice.between(30, 900),
            dice.between(60, 5_000)
        );
    }
    let audiences = dice.between(1, 2);
    text.push_str("audience:\n");
    for number in 0..audiences {
        let (count, active) = (dice.between(1, 500), dice.between(60, 9_000));
        let _ = writeln!(
            text,
            "  a{number}:\n    arrivals: {}\n    session:\n      active: {}\n      keepsTabOpen: {}%",
            arrivals(dice, count, hours),
            law(dice, active),
            dice.between(0, 100),
        );
        if dice.chance(60) {
            let _ = writeln!(text, "      tabOpen: {}", law(dice, 20_000));
        }
        if dice.chance(60) {
            let _ = writeln!(
                text,
                "    retry: {{probability: {}%, after: {}, maxAttempts: {}}}",
                dice.between(0, 100),
                law(dice, 60),
                dice.between(1, 9)
            );
        }
    }
    audiences
}

fn timeline(
    dice: &mut Dice,
    features: &Features,
    hours: u64,
    audiences: u64,
    groups: &[Group],
    controlled: &Controlled,
    text: &mut String,
) {
    let mut entries = String::new();
    let mut named = 0;
    for number in 0..dice.between(0, 10) {
        let act = if features.controllers && dice.chance(30) {
            controllers::act(dice, controlled)
        } else {
            act(dice, features, audiences, groups, &mut named)
        };
        if let Some(act) = act {
            let _ = writeln!(entries, "  t{number}: {{at: +{}m, {act}}}", dice.between(0, hours * 60));
        }
    }
    if !entries.is_empty() {
        let _ = write!(text, "timeline:\n{entries}");
    }
}

fn act(
    dice: &mut Dice,
    features: &Features,
    audiences: u64,
    groups: &[Group],
    named: &mut u64,
) -> Option<String> {
    let group = dice.between(0, groups.len() as u64 - 1);
    let ordinal = dice.between(1, 5);
    let choices = ["newest", "oldest", "emptiest", "fullest"].map(str::to_owned);
    let mut choices = choices.to_vec();
    choices.push(format!("g{group}-{ordinal}"));
    if *named > 0 {
        choices.push(format!("n{}", dice.between(1, *named)));
    }
    let node = dice.pick(&choices).clone();
    let mut alias = String::new();
    if dice.chance(40) {
        *named += 1;
        alias = format!(", as: n{named}");
    }
    let kind = dice.between(0, 12);
    let well = "machine: up, kubelet: well, podNetwork: alive, disk: well, dns: alive";
    let act = match kind {
        0 if features.faults => format!("fault: {{node: {node}, podNetwork: dead}}{alias}"),
        1 if features.faults => format!("fault: {{node: {node}, podNetwork: alive}}{alias}"),
        2 if features.cordons => format!("cordon: {node}{alias}"),
        3 if features.cordons => format!("uncordon: {node}{alias}"),
        4 if features.restarts && features.hub && dice.chance(70) => "restart: hub".to_owned(),
        4 if features.restarts && features.hub && features.culler => "fault: {culler: stalled}".to_owned(),
        5 if features.deletions => {
            let mut of: Vec<String> = (0..features.workloads).map(|n| format!("w{n}")).collect();
            of.extend((0..audiences).map(|n| format!("a{n}")));
            if features.hub {
                of.push("hub".to_owned());
            }
            let from = dice.between(0, 120);
            let of = dice.pick(&of);
            format!("delete: {{of: {of}, olderThan: {from}m, youngerThan: {}m}}", from + dice.between(1, 600))
        }
        6 if features.limits => {
            let max = groups[group as usize].max;
            let max = dice.between(max / 2, max + 4);
            format!("set: {{nodeGroups.g{group}.min: {}, nodeGroups.g{group}.max: {max}}}", max / 2)
        }
        7 if features.breakage => format!("fault: {{node: {node}, {}}}{alias}", broken(dice)),
        8 if features.breakage => format!("fault: {{node: {node}, {well}}}{alias}"),
        9 if features.zones && features.breakage => {
            // The one zone that every group has nodes in.
            format!("fault: {{zone: a, machine: {}}}", dice.pick(&["down", "up"]))
        }
        10 if features.stock => {
            format!("fault: {{nodeGroup: g{group}, stock: {}}}", dice.pick(&["out", "in"]))
        }
        11 if features.nodes_by_hand => match dice.between(0, 7) {
            0 => format!("reset: {node}{alias}"),
            1 => format!("drain: {node}{alias}"),
            2 => format!("deleteNode: {node}"),
            3 => format!("taint: {{node: {node}, key: own, effect: NoExecute}}{alias}"),
            4 => format!("untaint: {{node: {node}, key: own}}"),
            5 => {
                format!("taint: {{node: {node}, key: node.kubernetes.io/out-of-service, effect: NoExecute}}")
            }
            6 => format!("delete: {{node: {node}, force: true}}"),
            _ => format!(
                "set: {{nodeGroups.g{group}.target: {}}}",
                dice.between(0, groups[group as usize].max)
            ),
        },
        12 if features.spot => {
            format!("reclaim: {{nodeGroup: g{group}, share: {}%}}", dice.between(0, 100))
        }
        _ => return None,
    };
    Some(act)
}

//! Node groups.

use super::super::diagnostic::suggestion;
use super::super::machine;
use super::super::path::Path;
use super::super::quantity::{Cpu, Memory};
use super::super::scalar::Problem;
use super::super::schema::{NodeGroup, Scenario};
use super::{Findings, image, machines, usage};
use crate::ids::{GroupId, IdVec, ZoneId};
use crate::model::{self, Era, subject};
use crate::placement::{Amounts, BaseLoad, CpuAndMemory, Labels, NodeSpec, Symbol, Symbols, Taint};
use crate::resources::Resources;
use crate::time::SimDuration;

/// Nodes of a whole scenario beyond which it is refused.
const MAX_NODES: u64 = 50_000;
/// Memory below which a quantity is probably a slip.
const SMALL_BYTES: u64 = 1 << 20;
/// The shortest period of a loop that looks at the cluster.
const SHORTEST_PERIOD: SimDuration = SimDuration::from_secs(1);

/// The node groups, in order of name.
pub(super) fn groups(
    scenario: &Scenario,
    zones: &IdVec<ZoneId, String>,
    symbols: &mut Symbols,
    findings: &mut Findings<'_>,
) -> IdVec<GroupId, model::NodeGroup> {
    let mut nodes = 0;
    let mut groups = IdVec::new();
    for (name, written) in &scenario.node_groups {
        let path = Path::of(&["nodeGroups", name]);
        let (allocatable, daemon_sets) = node(written, scenario.era, &path, findings);
        let initial = written.initial.unwrap_or(written.min);
        check_bounds(written, initial, &path, findings);
        nodes += u64::from(written.max.max(initial));
        groups.push(model::NodeGroup {
            name: name.clone(),
            subject: subject("nodeGroup", name),
            allocatable,
            daemon_sets,
            template: template(written, &allocatable, &daemon_sets, symbols),
            min: written.min,
            max: written.max,
            initial,
            machine: machines::machine(written, scenario.era, zones, &path, findings),
            annotations: written.annotations.clone(),
            images: image::node_images(written, scenario, &path, findings),
            memory: usage::node_memory(written, &(allocatable + daemon_sets), scenario.era, &path, findings),
        });
    }
    if nodes > MAX_NODES {
        let fact = format!("the node groups have up to {nodes} nodes; at most {MAX_NODES} are simulated");
        findings.error(&Path::of(&["nodeGroups"]), Problem::new("S063", fact, "lower `max`"));
    }
    groups
}

/// What each node of a group is to placement.
fn template(
    written: &NodeGroup,
    left: &Resources,
    daemon_sets: &Resources,
    symbols: &mut Symbols,
) -> NodeSpec {
    let taint = |taint: &model::Taint| Taint {
        key: symbols.intern(&taint.key),
        value: symbols.intern(&taint.value),
        effect: taint.effect.into(),
    };
    let taints = written.taints.iter().map(taint).collect();
    let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    let whole = *left + *daemon_sets;
    NodeSpec {
        name: Symbol::EMPTY,
        labels: Labels::compile(&written.labels, symbols),
        taints,
        unschedulable: false,
        allocatable: Amounts {
            cpu_millis: signed(whole.cpu_millis),
            memory_bytes: signed(whole.memory_bytes),
            ephemeral_bytes: signed(image::allocatable_disk(&written.images)),
            ..Amounts::default()
        },
        max_pods: signed(whole.pods),
        images: Vec::new(),
        base: BaseLoad {
            requested: CpuAndMemory {
                cpu_millis: signed(daemon_sets.cpu_millis),
                memory_bytes: signed(daemon_sets.memory_bytes),
            },
            pods: signed(daemon_sets.pods),
        },
    }
}

fn check_bounds(written: &NodeGroup, initial: u32, path: &Path, findings: &mut Findings<'_>) {
    let (min, max) = (written.min, written.max);
    if min > max {
        let fact = format!("`min` is {min}, more than `max`, which is {max}");
        let problem = Problem::new("S043", fact, "raise `max` or lower `min`");
        findings.error_at_last(&[path.key("min"), path.key("max")], problem);
    } else if !(min..=max).contains(&initial) {
        let fact = format!("`initial` is {initial}, outside of `min` to `max`, which is {min} to {max}");
        findings.error(&path.key("initial"), Problem::new("S043", fact, "leave it out to begin with `min`"));
    }
}

/// What a node has for pods and what its DaemonSets take.
fn node(written: &NodeGroup, era: Era, path: &Path, findings: &mut Findings<'_>) -> (Resources, Resources) {
    let whole = match (&written.machine, &written.allocatable) {
        (Some(name), None) => {
            machine::machine(name, era).map(|machine| machine.allocatable).unwrap_or_else(|| {
                let names = machine::names();
                let hint = match super::super::diagnostic::nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => format!(
                        "did you mean `{near}`? Else give `allocatable: {{cpu: 4, memory: 12Gi, pods: 110}}`"
                    ),
                    None => format!(
                        "give `allocatable: {{cpu: 4, memory: 12Gi, pods: 110}}`; the {}",
                        suggestion(name, "types", names.iter().map(String::as_str))
                            .trim_start_matches("the ")
                    ),
                };
                findings.error(
                    &path.key("machine"),
                    Problem::not("S042", name, "a machine type of the catalogue", hint),
                );
                UNKNOWN
            })
        }
        (None, Some(list)) => {
            let listed = path.key("allocatable");
            for (key, given) in [("cpu", list.cpu.is_some()), ("memory", list.memory.is_some())] {
                if !given {
                    let problem = Problem::new(
                        "S011",
                        format!("the required field `{key}` is missing"),
                        format!("add `{key}`"),
                    );
                    findings.error(&listed.key(key), problem);
                }
            }
            let (cpu, memory) = (
                list.cpu.unwrap_or(Cpu { millis: UNKNOWN.cpu_millis }),
                list.memory.unwrap_or(Memory { bytes: UNKNOWN.memory_bytes }),
            );
            check_memory(memory, &listed.key("memory"), findings);
            Resources {
                cpu_millis: cpu.millis,
                memory_bytes: memory.bytes,
                pods: list.pods.map_or(machine::MAX_PODS, u64::from),
            }
        }
        (both, _) => {
            let fact = if both.is_some() {
                "the group has both `machine` and `allocatable`"
            } else {
                "the group has neither `machine` nor `allocatable`"
            };
            let hint = "give exactly one: `machine: n1-highmem-8` or `allocatable: {cpu: 4, memory: 12Gi, pods: 110}`";
            findings.error(path, Problem::new("S041", fact, hint));
            UNKNOWN
        }
    };
    let daemon_sets = written.daemon_sets.as_ref().map_or(Resources::ZERO, |daemons| Resources {
        cpu_millis: daemons.requests.cpu.unwrap_or_default().millis,
        memory_bytes: daemons.requests.memory.unwrap_or_default().bytes,
        pods: u64::from(daemons.pods),
    });
    if whole == UNKNOWN {
        return (UNKNOWN, daemon_sets);
    }
    let left = whole.saturating_sub(&daemon_sets);
    if left.cpu_millis == 0 || left.memory_bytes == 0 || left.pods == 0 {
        let node = Memory { bytes: whole.memory_bytes };
        let fact = format!(
            "the DaemonSets leave nothing of a node, which has {} CPU, {node} memory and {} pods",
            Cpu { millis: whole.cpu_millis },
            whole.pods
        );
        let path = if written.daemon_sets.is_some() { path.key("daemonSets") } else { path.clone() };
        findings.error(&path, Problem::new("S044", fact, "lower their requests or take a larger node"));
        return (UNKNOWN, daemon_sets);
    }
    (left, daemon_sets)
}

/// Stands for a node whose size is wrong in the file: larger than any pod, so that no second error
/// follows from the first.
pub(super) const UNKNOWN: Resources =
    Resources { cpu_millis: u64::MAX / 4, memory_bytes: u64::MAX / 4, pods: u64::MAX / 4 };

/// Warns of memory in thousandths of a byte and the like.
pub(super) fn check_memory(memory: Memory, path: &Path, findings: &mut Findings<'_>) {
    if (1..SMALL_BYTES).contains(&memory.bytes) {
        let fact = format!("{memory} of memory is less than a MiB");
        let hint = "`Mi` are mebibytes; the suffix `m` would mean thousandths of a byte";
        findings.warning(path, Problem::new("S047", fact, hint));
    }
}

/// Refuses a period that would only slow the simulation down.
pub(super) fn check_period(period: SimDuration, path: &Path, findings: &mut Findings<'_>) -> SimDuration {
    if period < SHORTEST_PERIOD {
        let fact = format!("a period of {period}; the shortest is {SHORTEST_PERIOD}");
        findings.error(path, Problem::new("S062", fact, "write for instance `10s`"));
    }
    period.max(SHORTEST_PERIOD)
}

//! The nodes for users: which machines, how many, and what labels user pods want on them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::draft::Draft;
use super::scheduling::Placement;
use super::spawner::UserPod;
use super::values::error;
use super::{NoteKind, Notes, Wishes};
use crate::model::Era;
use crate::resources::Resources;
use crate::scenario::scalar::FromScalar;
use crate::scenario::{Cpu, Diagnostics, Memory, machine};

/// The label that clouds put on each node, and the one of before 1.17.
const INSTANCE_TYPE: [&str; 2] = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];
/// What a cloud puts on every node: fluentd-gcp and kube-proxy of GKE (domain reference, section 2).
const DAEMONS: (u64, u64, u64) = (2, 200, 200 << 20);

/// The group of nodes for users.
pub(super) struct UserNodes {
    /// How user pods are placed.
    pub placement: Placement,
    /// The labels of each node.
    pub labels: BTreeMap<String, String>,
    /// Where the machine type came from.
    machine: (Machine, String),
}

enum Machine {
    Type(String),
    Allocatable { cpu: String, memory: String, pods: String },
}

impl UserNodes {
    /// Finds what machines there are, or says that nothing says it.
    pub(super) fn new(
        placement: Placement,
        user: &UserPod,
        wishes: &Wishes,
        notes: &mut Notes,
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        let mut labels: BTreeMap<String, String> =
            user.node_selector.iter().map(|(label, found)| (label.clone(), found.value.clone())).collect();
        if let Some(term) = placement.required.first() {
            labels.extend(labels_for(term));
        }
        let machine = machine(user, wishes, notes, problems)?;
        Some(Self { placement, labels, machine })
    }

    /// Whether a pod that selects nodes by these labels runs here.
    pub(super) fn takes(&self, selector: &Value) -> bool {
        let wanted = selector.as_object().into_iter().flatten();
        wanted.into_iter().all(|(label, value)| {
            value.as_str().is_some_and(|value| self.labels.get(label).is_some_and(|own| own == value))
        })
    }

    /// What pods may request on a node, if that is known.
    fn allocatable(&self, era: Era) -> Option<Resources> {
        match &self.machine.0 {
            Machine::Type(name) => machine::machine(name, era).map(|machine| machine.allocatable),
            Machine::Allocatable { cpu, memory, pods } => Some(Resources {
                cpu_millis: Cpu::from_text(cpu).ok()?.millis,
                memory_bytes: Memory::from_text(memory).ok()?.bytes,
                pods: pods.parse().ok()?,
            }),
        }
    }

    /// Whether a pod of this shape has a place on an empty node, as far as anybody knows.
    pub(super) fn hold(&self, user: &UserPod, era: Era) -> bool {
        let wanted =
            user.node_selector.iter().map(|(label, found)| (label.clone(), found.value.clone().into()));
        self.takes(&Value::Object(wanted.collect())) && self.seats(user, era).is_none_or(|seats| seats > 0)
    }

    /// Users that fit on one node by their requests.
    fn seats(&self, user: &UserPod, era: Era) -> Option<u64> {
        let node = self.allocatable(era)?;
        let (pods, cpu, memory) = DAEMONS;
        let free = [
            (node.cpu_millis.saturating_sub(cpu), cpu_request(user)),
            (node.memory_bytes.saturating_sub(memory), memory_request(user)),
            (node.pods.saturating_sub(pods), 1),
        ];
        free.into_iter().filter(|(_, each)| *each > 0).map(|(free, each)| free / each).min()
    }

    /// Writes the group.
    pub(super) fn draft(&self, user: &UserPod, wishes: &Wishes, people: u32, notes: &mut Notes) -> Draft {
        let mut group = Draft::default();
        match &self.machine {
            (Machine::Type(name), origin) => group.text("machine", name, origin),
            (Machine::Allocatable { cpu, memory, pods }, origin) => {
                group.raw("allocatable", format!("{{cpu: {cpu}, memory: {memory}, pods: {pods}}}"), origin);
            }
        }
        let asked = |given: Option<u32>, flag: &str| {
            if given.is_some() { flag.to_owned() } else { "ASSUMED".to_owned() }
        };
        let min = wishes.min.unwrap_or_else(|| wishes.max.map_or(1, |max| max.min(1)));
        group.raw("min", min.to_string(), asked(wishes.min, "--min"));
        let max = wishes.max.unwrap_or_else(|| {
            let seats = self.seats(user, wishes.era).unwrap_or(1).max(1);
            let enough = u64::from(people).div_ceil(seats).max(1).max(u64::from(min));
            u32::try_from(enough).unwrap_or(u32::MAX)
        });
        if wishes.max.is_none() {
            let text = format!("at most {max} user nodes: room for all {people} at once; give --max");
            notes.add(NoteKind::Assumed, text);
        }
        group.raw("max", max.to_string(), asked(wishes.max, "--max"));
        group.raw("boot", "{lognormal: {median: 150s, p95: 240s}}", "ASSUMED: from the request to Ready");
        let (pods, cpu, memory) = DAEMONS;
        let daemons = format!("{{pods: {pods}, requests: {{cpu: {cpu}m, memory: {}Mi}}}}", memory >> 20);
        group.raw("daemonSets", daemons, "ASSUMED: logging and kube-proxy, as on GKE");
        let mut labels = Draft::default();
        for (label, value) in &self.labels {
            labels.text(label, value, "what user pods select");
        }
        group.map("labels", labels);
        group
    }
}

/// What a user's pod requests of memory: the guarantee, or the limit where there is none.
pub(super) fn memory_request(user: &UserPod) -> u64 {
    let guarantee =
        user.memory_guarantee.as_ref().map(|found| found.value.0.bytes).filter(|bytes| *bytes > 0);
    guarantee.or_else(|| user.memory_limit.as_ref().map(|found| found.value.0.bytes)).unwrap_or(0)
}

/// The same of CPU.
fn cpu_request(user: &UserPod) -> u64 {
    let guarantee =
        user.cpu_guarantee.as_ref().map(|found| found.value.0.millis).filter(|millis| *millis > 0);
    guarantee.or_else(|| user.cpu_limit.as_ref().map(|found| found.value.0.millis)).unwrap_or(0)
}

/// The machine that was asked for, or that the users' node selector names.
fn machine(
    user: &UserPod,
    wishes: &Wishes,
    notes: &mut Notes,
    problems: &mut Diagnostics,
) -> Option<(Machine, String)> {
    if let Some(asked) = &wishes.machine {
        return match allocatable(asked) {
            Some(machine) => Some((machine, "--machine".to_owned())),
            None if machine::machine(asked, wishes.era).is_some() => {
                Some((Machine::Type(asked.clone()), "--machine".to_owned()))
            }
            None => {
                let names = machine::names();
                let hint =
                    crate::scenario::suggestion(asked, "machine types", names.iter().map(String::as_str));
                let hint = format!("{hint} Any other machine: what pods may request on it, `7910m,46Gi,110`");
                problems.push(error(
                    "S101",
                    None,
                    "",
                    format!("`{asked}` is not a known machine type"),
                    hint,
                ));
                None
            }
        };
    }
    let selected = INSTANCE_TYPE.iter().find_map(|label| user.node_selector.get(*label));
    if let Some(found) = selected
        && machine::machine(&found.value, wishes.era).is_some()
    {
        let text = format!("user nodes are {}: {}; or give --machine", found.value, found.origin);
        notes.add(NoteKind::Assumed, text);
        return Some((Machine::Type(found.value.clone()), found.origin.clone()));
    }
    let fact = match selected {
        Some(found) => {
            format!("users want {} ({}), which the catalogue of machines lacks", found.value, found.origin)
        }
        None => "no file says which machines the user nodes are".to_owned(),
    };
    let hint = "give --machine n1-highmem-8, or what pods may request on a node: --machine 7910m,46Gi,110";
    problems.push(error("S101", None, "", fact, hint.to_owned()));
    None
}

/// `7910m,46Gi` or `7910m,46Gi,110`.
fn allocatable(text: &str) -> Option<Machine> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let ([cpu, memory] | [cpu, memory, _]) = parts.as_slice() else { return None };
    Cpu::from_text(cpu).ok()?;
    Memory::from_text(memory).ok()?;
    let pods = parts.get(2).copied().unwrap_or("110");
    pods.parse::<u32>().ok()?;
    Some(Machine::Allocatable { cpu: (*cpu).to_owned(), memory: (*memory).to_owned(), pods: pods.to_owned() })
}

/// Labels that satisfy a node selector term.
fn labels_for(term: &Value) -> BTreeMap<String, String> {
    let expressions = term.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    let label = |expression: &Value| {
        let key = expression.get("key")?.as_str()?.to_owned();
        let first = expression.get("values").and_then(|values| values.get(0));
        match expression.get("operator")?.as_str()? {
            "In" => Some((key, first?.as_str()?.to_owned())),
            "Exists" => Some((key, "true".to_owned())),
            _ => None,
        }
    };
    expressions.filter_map(label).collect()
}

//! `-o openmetrics`: a run as the operators' own Prometheus would have seen it, for the dashboards they have.
//!
//! Replication 0 is run once more and looked at once a minute, as a scrape does. Names are those of
//! kube-state-metrics 2 and of JupyterHub; the labels `simulation`, `file` and `seed` tell runs apart. Every sample has its time, so
//! `promtool tsdb create-blocks-from openmetrics` makes blocks of it.
//!
//! **Leaves out** single pods: all of an audience or a workload that are on one node are one `pod`, and values are
//! their sums, so panels that add pods up draw what they always draw, and those that list pods list owners. The
//! warm-up is before the first sample.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use plimsoll_core::Simulation;
use plimsoll_core::ids::GroupId;
use plimsoll_core::model::Model;
use plimsoll_core::time::{SimDuration, SimTime};
use plimsoll_core::trace::Namer;
use plimsoll_core::world::{Change, PodOwner, PodPhase, Ready, World};

use crate::exit::{Exit, Failure};
use crate::fault;
use crate::runs::Run;

/// Time between two scrapes.
const SCRAPE: SimDuration = SimDuration::from_secs(60);

/// Upper ends of JupyterHub's buckets of spawn times, in seconds (`jupyterhub/metrics.py`).
const BUCKETS: [f64; 12] = [0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0];

/// The families, in the order in which they are written: name, type, help.
const FAMILIES: [(&str, &str, &str); 10] = [
    ("kube_node_labels", "gauge", "Kubernetes labels of a node."),
    ("kube_node_spec_unschedulable", "gauge", "Whether a node can schedule new pods."),
    ("kube_node_status_allocatable", "gauge", "What a node has for pods."),
    ("kube_node_status_condition", "gauge", "The condition of a node."),
    ("kube_pod_container_resource_requests", "gauge", "What containers request."),
    ("kube_pod_labels", "gauge", "Kubernetes labels of pods."),
    ("kube_pod_status_phase", "gauge", "Pods by their phase."),
    ("kube_pod_status_unschedulable", "gauge", "Pods that no node takes."),
    ("jupyterhub_running_servers", "gauge", "The number of user servers currently running."),
    ("jupyterhub_server_spawn_duration_seconds", "histogram", "Time taken for server spawning operation."),
];

/// The text of all runs.
pub fn text(runs: &[Run]) -> Result<String, Failure> {
    let mut exposition = Exposition::default();
    for run in runs {
        let scraped = fault::contain(|| format!("the metrics of {}", run.name()), || exposition.scrape(run));
        scraped.map_err(|_| Failure::Reported(Exit::Fault))?;
    }
    Ok(exposition.written())
}

/// Samples by family and labels; those of one set of labels stand together, in the order of time.
#[derive(Default)]
struct Exposition {
    runs: BTreeSet<String>,
    families: BTreeMap<&'static str, BTreeMap<String, String>>,
}

/// What happened since the run began that scrapes count up.
#[derive(Default)]
struct Spawns {
    /// Launches by bucket, without those of smaller buckets.
    buckets: [u64; BUCKETS.len() + 1],
    seconds: f64,
}

impl Spawns {
    fn add(&mut self, took: SimDuration) {
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS.iter().position(|end| seconds <= *end).unwrap_or(BUCKETS.len());
        self.buckets[bucket] += 1;
        self.seconds += seconds;
    }
}

impl Exposition {
    /// Runs replication 0 and looks at it once a minute.
    fn scrape(&mut self, run: &Run) {
        let model = &*run.model;
        let about = about(run);
        // The same run again would be the same samples again, which no Prometheus takes.
        if !self.runs.insert(about.clone()) {
            return;
        }
        let mut simulation = Simulation::new(Arc::clone(&run.model), run.seed, 0);
        let mut spawns = [Spawns::default(), Spawns::default()];
        let (mut at, end) = (model.clock.report_start(), model.clock.horizon);
        while at <= end {
            let mut watch = |now: SimTime, change: Change, world: &World| {
                let (launch, status) = match change {
                    Change::LaunchSucceeded(launch) => (launch, 0),
                    Change::LaunchFailed(launch) => (launch, 1),
                    _ => return,
                };
                spawns[status].add(now.since(world.services().launches[launch].started_at));
            };
            simulation.run_until(at, &mut watch);
            let scrape = Scrape {
                run: about.clone(),
                // A clock before 1970 would be a scenario of another kind.
                time: (model.clock.start_unix_micros as f64
                    + at.since(model.clock.report_start()).as_micros() as f64)
                    / 1e6,
            };
            self.nodes(&scrape, model, simulation.world());
            self.pods(&scrape, model, simulation.world());
            self.hub(&scrape, model, simulation.world(), &spawns);
            at += SCRAPE;
        }
    }

    fn nodes(&mut self, scrape: &Scrape, model: &Model, world: &World) {
        let namer = Namer::new(model, world);
        for (id, node) in world.cluster().nodes.iter() {
            let name = namer.node(id);
            let group: &str = &model.groups[node.group].name;
            let own = |more: &[(&str, &str)]| labels(&[&[("node", name.as_str())], more].concat());
            self.sample(scrape, "kube_node_labels", own(&[("label_node_group", group)]), 1.0);
            self.sample(scrape, "kube_node_spec_unschedulable", own(&[]), flag(node.cordoned));
            for (resource, unit, value) in amounts(model, node.group) {
                let more = [("resource", resource), ("unit", unit)];
                self.sample(scrape, "kube_node_status_allocatable", own(&more), value);
            }
            let ready = node.health.ready;
            for (status, holds) in
                [("true", Ready::True), ("false", Ready::False), ("unknown", Ready::Unknown)]
            {
                let more = [("condition", "Ready"), ("status", status)];
                self.sample(scrape, "kube_node_status_condition", own(&more), flag(ready == holds));
            }
        }
    }

    fn pods(&mut self, scrape: &Scrape, model: &Model, world: &World) {
        let namer = Namer::new(model, world);
        let mut sums: BTreeMap<(PodOwner, String), Sums> = BTreeMap::new();
        for (_, pod) in world.cluster().pods.iter() {
            let node = pod.node.map(|node| namer.node(node)).unwrap_or_default();
            let sums = sums.entry((pod.owner, node)).or_default();
            sums.phases[phase(pod.phase)] += 1;
            sums.unschedulable += u64::from(pod.node.is_none() && pod.unschedulable_since.is_some());
            sums.cpu_millis += pod.requests.cpu_millis;
            sums.memory_bytes += pod.requests.memory_bytes;
        }
        for ((owner, node), sums) in sums {
            let (name, namespace, component) = match owner {
                PodOwner::Workload(workload) => (&model.workloads[workload].name, "default", "workload"),
                PodOwner::User(audience) => {
                    (&model.audiences[audience].name, "jupyterhub", "singleuser-server")
                }
            };
            let pod = if node.is_empty() { format!("{name}, pending") } else { format!("{name}, {node}") };
            let own = |more: &[(&str, &str)]| {
                labels(&[&[("namespace", namespace), ("pod", pod.as_str())], more].concat())
            };
            let about = [("label_component", component), ("label_owner", name.as_str())];
            self.sample(scrape, "kube_pod_labels", own(&about), 1.0);
            for (phase, count) in PHASES.iter().zip(sums.phases) {
                self.sample(scrape, "kube_pod_status_phase", own(&[("phase", phase)]), count as f64);
            }
            self.sample(scrape, "kube_pod_status_unschedulable", own(&[]), sums.unschedulable as f64);
            let (cpu, memory) = (sums.cpu_millis as f64 / 1e3, sums.memory_bytes as f64);
            for (resource, unit, value) in [("cpu", "core", cpu), ("memory", "byte", memory)] {
                let more = [("container", "main"), ("node", &node), ("resource", resource), ("unit", unit)];
                self.sample(scrape, "kube_pod_container_resource_requests", own(&more), value);
            }
        }
    }

    fn hub(&mut self, scrape: &Scrape, model: &Model, world: &World, spawns: &[Spawns; 2]) {
        if model.hub.is_none() {
            return;
        }
        let servers = world.services().ready;
        let own = |more: &[(&str, &str)]| labels(&[&[("namespace", "jupyterhub")], more].concat());
        self.sample(scrape, "jupyterhub_running_servers", own(&[]), servers.into());
        for (status, spawns) in ["success", "failure"].iter().zip(spawns) {
            const NAME: &str = "jupyterhub_server_spawn_duration_seconds";
            let own = own(&[("status", status)]);
            let mut below = 0;
            for (at, count) in spawns.buckets.iter().enumerate() {
                below += count;
                let end = BUCKETS.get(at).map_or("+Inf".to_owned(), |end| format!("{end:?}"));
                let le = format!("{own},le=\"{end}\"");
                self.line(scrape, NAME, &own, &format!("{NAME}_bucket"), &le, below as f64);
            }
            self.line(scrape, NAME, &own, &format!("{NAME}_count"), &own, below as f64);
            self.line(scrape, NAME, &own, &format!("{NAME}_sum"), &own, spawns.seconds);
        }
    }

    fn sample(&mut self, scrape: &Scrape, family: &'static str, own: String, value: f64) {
        self.line(scrape, family, &own, family, &own, value);
    }

    /// A line of the series that has the labels `series` in its family.
    fn line(
        &mut self,
        scrape: &Scrape,
        family: &'static str,
        series: &str,
        name: &str,
        own: &str,
        value: f64,
    ) {
        let series = format!("{},{series}", scrape.run);
        let lines = self.families.entry(family).or_default().entry(series).or_default();
        let _ = writeln!(lines, "{name}{{{},{own}}} {value} {}", scrape.run, scrape.time);
    }

    fn written(&self) -> String {
        let mut text = String::new();
        for (name, kind, help) in FAMILIES {
            let Some(series) = self.families.get(name) else { continue };
            let _ = write!(text, "# TYPE {name} {kind}\n# HELP {name} {help}\n");
            series.values().for_each(|lines| text += lines);
        }
        text + "# EOF\n"
    }
}

/// The labels that tell a run from others.
fn about(run: &Run) -> String {
    let title = &run.model.about.name;
    let variant = run.variant.as_ref().map(|variant| format!(", variant {variant}")).unwrap_or_default();
    let (simulation, seed) = (format!("{title}{variant}"), run.seed.to_string());
    labels(&[("simulation", &simulation), ("file", &run.file), ("seed", &seed)])
}

/// When and in which run is looked.
struct Scrape {
    run: String,
    time: f64,
}

/// The pods of an owner on a node.
#[derive(Default)]
struct Sums {
    phases: [u64; PHASES.len()],
    unschedulable: u64,
    cpu_millis: u64,
    memory_bytes: u64,
}

const PHASES: [&str; 4] = ["Pending", "Running", "Succeeded", "Failed"];

/// The place among [`PHASES`]: a pod whose container is being made is Pending to the API.
fn phase(phase: PodPhase) -> usize {
    match phase {
        PodPhase::Pending | PodPhase::Starting => 0,
        PodPhase::Running => 1,
        PodPhase::Ended => 2,
        PodPhase::Lost => 3,
    }
}

/// Resource, unit and value.
fn amounts(model: &Model, group: GroupId) -> [(&'static str, &'static str, f64); 3] {
    let there = model.groups[group].allocatable;
    [
        ("cpu", "core", there.cpu_millis as f64 / 1e3),
        ("memory", "byte", there.memory_bytes as f64),
        ("pods", "integer", there.pods as f64),
    ]
}

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// `name="value"`, with commas between, escaped.
fn labels(pairs: &[(&str, &str)]) -> String {
    let escaped = |value: &str| value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    let each: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    each.join(",")
}

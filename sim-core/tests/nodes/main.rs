//! Goal: nodes fail, run out of memory, are judged, lose their pods and come back as under Kubernetes; each test pins
//! rows of `docs/behaviour.md`.
//! Method: small scenarios, and the history of changes they lead to.

mod disk;
mod eviction;
mod faults;
mod images;
mod kills;
mod machines;
mod removal;
mod silence;
mod usage;

use plimsoll_core::scenario::Document;
use plimsoll_core::time::SimTime;
use plimsoll_core::world::World;
use plimsoll_core::{Model, Simulation, trace};
use std::borrow::Cow;
use std::sync::Arc;

/// What happened: seconds of the run, the change's name, what it happened to, why.
type Line = (f64, &'static str, String, Option<Cow<'static, str>>);

struct Run {
    simulation: Simulation,
    lines: Vec<Line>,
}

/// The state is audited after each event. `seed` other than 1 only where chance is the matter.
fn run_seed(text: &str, seed: u64) -> Run {
    let text = format!("apiVersion: plimsoll/v1\nname: t\nstart: 2026-01-01T00:00:00Z\n{text}");
    let document =
        Document::parse("test.yaml", text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
    let model: Arc<Model> =
        Arc::new(document.compile().unwrap_or_else(|wrong| panic!("{wrong}\n{text}")).model);
    let mut simulation = Simulation::new(Arc::clone(&model), seed, 0);
    let mut lines = Vec::new();
    let watcher = &mut |at, change, world: &World| {
        let line = trace::line(&model, world, at, change);
        lines.push((line.seconds, line.change, line.subject, line.reason));
    };
    while simulation.step(SimTime::MAX, watcher).is_some() {
        let findings = simulation.audit();
        assert!(findings.is_empty(), "{findings:#?}");
    }
    Run { simulation, lines }
}

fn run(text: &str) -> Run {
    run_seed(text, 1)
}

impl Run {
    /// When it happened to whatever begins like this, in seconds.
    fn times(&self, change: &str, of: &str) -> Vec<f64> {
        let lines = self.lines.iter().filter(|line| line.1 == change && line.2.starts_with(of));
        lines.map(|line| line.0).collect()
    }

    fn first(&self, change: &str, of: &str) -> f64 {
        *self.times(change, of).first().unwrap_or_else(|| panic!("no {change} of {of}: {:#?}", self.tail()))
    }

    fn whom(&self, change: &str) -> Vec<&str> {
        self.lines.iter().filter(|line| line.1 == change).map(|line| line.2.as_str()).collect()
    }

    fn ready(&self, of: &str) -> Vec<(f64, String)> {
        let lines = self.lines.iter().filter(|line| line.1 == "NodeReadyChanged" && line.2 == of);
        lines.map(|line| (line.0, line.3.clone().unwrap_or_default().into_owned())).collect()
    }

    fn tail(&self) -> &[Line] {
        &self.lines[self.lines.len().saturating_sub(30)..]
    }

    fn world(&self) -> &World {
        self.simulation.world()
    }
}

fn within(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what}: {value} is not within {low} to {high}");
}

fn seconds(times: &[f64]) -> Vec<i64> {
    times.iter().map(|time| time.round() as i64).collect()
}

/// `count` nodes for one pod each, and a Deployment with a pod on every one but the spare ones.
fn cluster(era: &str, nodes: u32, replicas: u32, more: &str) -> String {
    format!(
        "duration: 2h\nera: {era}\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 1, memory: 4Gi}}, min: {nodes}, max: {nodes}{more}}}}}\n\
         workloads: {{web: {{kind: Deployment, replicas: {replicas}, startup: 2s, pod: {{resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}}}}}\n"
    )
}

const NOW: &str = "k8s-1.36";
const THEN: &str = "k8s-1.8";

/// Three pods on a node of 8 GiB: one without request or limit, two with, one of them guaranteed.
fn three(era: &str, node: &str, grows: &str) -> String {
    let settled = |request: &str| {
        format!("startup: 1s, pod: {{use: {{memory: {{level: 2Gi}}}}, resources: {{{request}}}}}")
    };
    format!(
        "duration: 30m\nera: {era}\n\
         nodeGroups: {{n: {{allocatable: {{cpu: 8, memory: 6Gi}}, min: 1, max: 1, memory: {{capacity: 8Gi, {node}}}}}}}\n\
         workloads:\n  best: {{kind: Deployment, {}}}\n  burst: {{kind: Deployment, {}}}\n  \
         sure: {{kind: Deployment, {}}}\n  grows: {{kind: Deployment, startup: 1s, pod: {{{grows}}}}}\n",
        settled(""),
        settled("requests: {cpu: 1, memory: 1Gi}"),
        settled("limits: {cpu: 1, memory: 2560Mi}"),
    )
}

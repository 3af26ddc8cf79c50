//! Stories: what happened to one pod, why it went where it did, why it waited, and what ended it.

use serde::{Deserialize, Serialize};

use crate::ids::PodId;
use crate::model::Model;
use crate::placement::{self, Reason, Symbol, Symbols};
use crate::time::SimTime;
use crate::trace::Namer;
use crate::world::{Change, PodPhase, StopReason, World, node_in};

/// What happened to a pod, in order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Story {
    /// The how-manieth pod object of the run.
    pub uid: u64,
    /// What it is called.
    pub name: String,
    /// What happened when.
    pub moments: Vec<Moment>,
    /// How its node was chosen, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
}

/// Something that happened to a pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// Seconds after the report's start; negative while the cluster warms up.
    pub seconds: f64,
    /// Clock time in the scenario's offset.
    pub clock: String,
    /// What happened.
    pub text: String,
}

/// How a node was chosen for a pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The node.
    pub node: String,
    /// Nodes that would have taken it as the scheduler began its round.
    pub feasible: u32,
    /// Nodes in all.
    pub nodes: u32,
    /// The best of them with their scores, the highest first, at most five.
    pub best: Vec<(String, i64)>,
    /// How many nodes were refused for which reason.
    pub refused: Vec<(String, u32)>,
    /// All of it in a sentence.
    pub text: String,
}

/// A change of a pod, kept in few bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub at: SimTime,
    /// The event that it happened in.
    pub event: u64,
    pub uid: u64,
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Created,
    Unschedulable(Option<Reason>),
    Bound,
    OnNode(Symbol),
    Started,
    Ready,
    Answers,
    Unready,
    Ended,
    ToGo(End),
    Restarting,
    Orphaned,
    Removed,
}

/// Why a pod is to go, as far as the world tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Culled,
    SpawnFailed,
    PodGone,
    Shutdown,
    NodeLeaves,
    NodeLost,
    Other,
}

impl Record {
    /// What a change means for a pod: one record, or two.
    pub fn of(at: SimTime, event: u64, change: Change, world: &World) -> impl Iterator<Item = Self> + use<> {
        let rows = &world.cluster().pods;
        let (pod, what) = match change {
            Change::PodCreated(pod) => (Some(pod), What::Created),
            Change::PodUnschedulable(pod) | Change::PodReasonChanged(pod) => {
                let reason = rows[pod].why.as_ref().and_then(|why| why.main());
                (Some(pod), What::Unschedulable(reason))
            }
            Change::PodBound(pod) => (Some(pod), What::Bound),
            Change::PodStarted(pod) => (Some(pod), What::Started),
            Change::PodReady(pod) => (Some(pod), What::Ready),
            Change::PodUnready(pod) => (Some(pod), What::Unready),
            Change::PodEnded(pod) => (Some(pod), What::Ended),
            Change::PodDeletionRequested(pod) => (Some(pod), What::ToGo(end(pod, world))),
            Change::PodRestarting(pod) => (Some(pod), What::Restarting),
            Change::PodOrphaned(pod) => (Some(pod), What::Orphaned),
            Change::PodRemoved(pod) => (Some(pod), What::Removed),
            Change::ServerReady(server) => {
                let pod = rows.resolve(world.services().servers[server].pod);
                (pod, What::Answers)
            }
            _ => (None, What::Created),
        };
        let record = pod.map(|pod| Self { at, event, uid: rows[pod].uid, what });
        let node = pod.filter(|_| what == What::Bound).and_then(|pod| {
            let node = rows[pod].node?;
            let what = What::OnNode(world.cluster().nodes[node].name);
            Some(Self { at, event, uid: rows[pod].uid, what })
        });
        record.into_iter().chain(node)
    }
}

fn end(pod: PodId, world: &World) -> End {
    let row = &world.cluster().pods[pod];
    let servers = &world.services().servers;
    let server = row.server.and_then(|server| servers.resolve(server));
    let node = row.node.map(|node| &world.cluster().nodes[node]);
    match server.and_then(|server| servers[server].stop_reason) {
        Some(StopReason::Culled) => End::Culled,
        Some(StopReason::SpawnFailed) => End::SpawnFailed,
        Some(StopReason::PodGone) => End::PodGone,
        Some(StopReason::Shutdown) => End::Shutdown,
        None if node.is_some_and(|node| node.leaving || node.cordoned) => End::NodeLeaves,
        None if node.is_some_and(|node| !node.health.is_heard()) => End::NodeLost,
        None => End::Other,
    }
}

/// The name of the pod object `uid`, while it is there.
pub(super) fn name_of(uid: u64, world: &World, model: &Model) -> Option<String> {
    let (pod, _) = world.cluster().pods.iter().find(|(_, row)| row.uid == uid)?;
    Some(Namer::new(model, world).pod(pod))
}

impl Story {
    pub(super) fn of(
        uid: u64,
        name: String,
        records: &[Record],
        choice: Option<Choice>,
        symbols: &Symbols,
        model: &Model,
    ) -> Self {
        let clock = &model.clock;
        let start = clock.report_start();
        let mut moments: Vec<Moment> = Vec::new();
        let mut node = String::new();
        for record in records {
            if let What::OnNode(name) = record.what {
                symbols.text(name).clone_into(&mut node);
                if let Some(bound) = moments.last_mut() {
                    bound.text = format!("gets node {node}");
                }
                continue;
            }
            let at = record.at;
            let seconds =
                if at >= start { at.since(start).as_secs_f64() } else { -start.since(at).as_secs_f64() };
            let text = text(record, symbols, model);
            if moments.last().is_some_and(|last| last.text == text) {
                continue;
            }
            moments.push(Moment { seconds, clock: clock.time_of_day(at), text });
        }
        Self { uid, name, moments, choice: choice.map(|choice| choice.of_node(&node)) }
    }
}

fn text(record: &Record, symbols: &Symbols, model: &Model) -> String {
    let fixed = match record.what {
        What::Created => "is created",
        What::Unschedulable(Some(reason)) => {
            return format!("finds no node: {}", reason.text(symbols, model.era));
        }
        What::Unschedulable(None) => "finds no node",
        What::Bound | What::OnNode(_) => "gets a node",
        What::Started => "starts",
        What::Ready => "is Ready",
        What::Answers => "answers: the launch succeeds",
        What::Unready => "is not Ready any more",
        What::Ended => "ends by itself",
        What::ToGo(End::Culled) => "is culled",
        What::ToGo(End::SpawnFailed) => "is given up by the hub: its server did not answer in time",
        What::ToGo(End::PodGone) => "is cleaned up by the hub, which found its server gone",
        What::ToGo(End::Shutdown) => "is stopped by the hub, which shuts down",
        What::ToGo(End::NodeLeaves) => "is evicted: its node takes no more pods",
        What::ToGo(End::NodeLost) => "is to go: its node is lost",
        What::ToGo(End::Other) => {
            let by_hand = model.timeline.iter().find(|action| action.at == record.at);
            return by_hand.map_or_else(
                || "is told to go".to_owned(),
                |action| format!("is told to go: {}", action.note.as_ref().unwrap_or(&action.name)),
            );
        }
        What::Restarting => "dies with its machine and is to start again",
        What::Orphaned => "loses its Node object",
        What::Removed => "is gone",
    };
    fixed.to_owned()
}

impl Choice {
    /// What the scheduler saw of the pod `uid` in a world just before the event that bound it.
    pub(super) fn of(uid: u64, world: &World, model: &Model) -> Option<Self> {
        let (pod, row) = world.cluster().pods.iter().find(|(_, row)| row.uid == uid)?;
        if row.phase != PodPhase::Pending {
            return None;
        }
        let profile = &model.profiles[model.classes[row.class].profile];
        let decision = placement::decide(&world.cluster().placement, profile, &world.pending_pod(model, pod));
        let namer = Namer::new(model, world);
        let known = |slot| namer.node(node_in(slot));
        let mut best: Vec<(String, i64)> =
            decision.feasible.iter().map(|node| (known(node.node), node.total)).collect();
        best.sort_by_key(|(_, total)| core::cmp::Reverse(*total));
        let (feasible, nodes) = (best.len() as u32, (best.len() + decision.refused.len()) as u32);
        let symbols = &world.cluster().placement.symbols;
        let refused = decision.why().counts(symbols, model.era);
        best.truncate(5);
        Some(Self {
            node: String::new(),
            feasible,
            nodes,
            best,
            refused: refused.into_iter().map(|(reason, count)| (reason, count as u32)).collect(),
            text: String::new(),
        })
    }

    /// The same for the node that was chosen.
    fn of_node(mut self, node: &str) -> Self {
        let score = self.best.iter().find(|(name, _)| name == node).map(|(_, total)| *total);
        let top = self.best.first().map_or(0, |(_, total)| *total);
        let alike = self.best.iter().filter(|(_, total)| *total == top).count();
        self.text = match (self.feasible, score) {
            (0, _) => {
                format!("{node} got room in the same round, that none of {} nodes had before", self.nodes)
            }
            (1, _) => format!("{node} is the only one of {} nodes that takes it", self.nodes),
            (feasible, Some(score)) if score == top && alike > 1 => format!(
                "{node} is drawn from those with the highest score, {score}, among {feasible} of {} nodes that take it",
                self.nodes
            ),
            (feasible, Some(score)) if score == top => format!(
                "{node} has the highest score, {score}, of {feasible} nodes that take it, of {} in all",
                self.nodes
            ),
            (feasible, _) => format!("{node} is one of {feasible} of {} nodes that take it", self.nodes),
        };
        node.clone_into(&mut self.node);
        self
    }
}

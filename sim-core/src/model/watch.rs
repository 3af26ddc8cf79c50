//! What is watched while the run goes on: alerts, bounded resources, and what slows down with what it has seen.

pub use crate::check::{Flow, Function, Level, Owner, Selector};

use crate::check::Claim;
use crate::ids::WorkloadId;
use crate::time::SimDuration;

/// A rule that tells somebody.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its name.
    pub name: String,
    /// What holds when there is something to tell.
    pub condition: Claim,
    /// What the condition's terms read, in their order.
    pub gauges: Vec<Gauge>,
    /// How far back what happens is looked at.
    pub over: SimDuration,
    /// How long the condition must hold.
    pub hold: SimDuration,
    /// Time between two looks.
    pub every: SimDuration,
}

impl Alert {
    /// Whether the condition holds for the values of its gauges; not where one has none.
    pub fn holds(&self, values: &[Option<f64>]) -> bool {
        self.condition.evaluate(values).is_some_and(|value| self.condition.range.contains(value))
    }
}

/// Something that can be read while the run goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gauge {
    /// A number of things that are there.
    Level(Level, Selector),
    /// How often something happened lately.
    Count(Flow, Selector),
    /// The share of launches that succeeded lately.
    Success(Selector),
    /// How long launches took that succeeded lately.
    Wait(Function, Selector),
}

/// Whether a level can be read off the world while the run goes on.
pub const fn is_readable(level: Level) -> bool {
    matches!(
        level,
        Level::NodesTotal
            | Level::NodesReady
            | Level::NodesNotReady
            | Level::NodesUnknown
            | Level::NodesSchedulable
            | Level::NodesTarget
            | Level::PodsTotal
            | Level::PodsPending
            | Level::PodsStarting
            | Level::PodsRunning
            | Level::PodsTerminating
            | Level::PodsReady
            | Level::ServersTotal
            | Level::ServersSpawning
            | Level::ServersReady
            | Level::UsersWaiting
    )
}

/// Something of which there is only so much. Units are thousandths.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Its name.
    pub name: String,
    /// How much there is.
    pub capacity: u64,
    /// What holds some of it while it lasts: so much for each.
    pub held_by: Vec<(u64, Level, Selector)>,
    /// What takes some of it when it happens: so much each time.
    pub taken_by: Vec<(u64, Flow, Selector)>,
    /// How long that stays taken; `None`: until it is freed.
    pub taken_for: Option<SimDuration>,
    /// Time in which one unit leaks; `None`: none does.
    pub leaks_every: Option<SimDuration>,
    /// How long somebody who needs it waits while it is full.
    pub wait: SimDuration,
    /// What frees it by starting anew.
    pub freed_by: Option<Frees>,
}

/// What frees a bounded resource by starting anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frees {
    /// The hub.
    Hub,
    /// A container of the workload.
    Workload(WorkloadId),
}

/// How long something takes to answer.
#[derive(Clone, Debug, Default)]
pub struct Slowdown {
    /// With nothing to look after.
    pub base: SimDuration,
    /// So much more for each of these.
    pub per: Vec<(SimDuration, Level, Selector)>,
    /// The share of its time that each of these takes: the less is left, the longer the rest takes.
    pub load: Vec<(f64, Level, Selector)>,
    /// When whoever asked gives up.
    pub timeout: SimDuration,
}

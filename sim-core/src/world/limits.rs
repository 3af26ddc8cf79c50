//! Bounded resources as they stand, what is read while the run goes on, and how long answers take.

use super::{Change, PodOwner, PodPhase, Ready, ServerState, StopReason, World};
use crate::ids::{AlertId, AudienceId, LimitId};
use crate::model::Model;
use crate::model::watch::{Flow, Level, Owner, Selector, Slowdown};
use crate::time::SimDuration;

/// A bounded resource as it stands. Units are thousandths.
#[derive(Clone, Copy, Debug, Default)]
pub struct LimitState {
    /// How much there is.
    pub capacity: u64,
    /// What was taken and not given back.
    pub taken: u64,
    /// Nothing is given back.
    pub stuck: bool,
    /// The most that was held since it is stuck.
    pub high: u64,
    /// How many times it was freed: what was taken before is not given back again.
    pub epoch: u16,
}

impl World {
    /// How much of a bounded resource is in use.
    pub fn units_in_use(&self, model: &Model, limit: LimitId) -> u64 {
        let state = self.services.limits[limit];
        let held = model.limits[limit].held_by.iter();
        let held: u64 = held.map(|(units, level, of)| units * self.read(*level, *of)).sum();
        (held + state.taken).max(if state.stuck { state.high } else { 0 })
    }

    /// Whether a bounded resource has nothing left.
    pub fn is_full(&self, model: &Model, limit: LimitId) -> bool {
        self.units_in_use(model, limit) >= self.services.limits[limit].capacity
    }

    /// Something takes some of it. Nothing but a timer or somebody who frees it gives that back.
    pub fn take_units(&mut self, limit: LimitId, units: u64) {
        self.services.limits[limit].taken += units;
    }

    /// Some of what was taken in the `epoch` comes back, unless it is stuck.
    pub fn give_back_units(&mut self, limit: LimitId, units: u64, epoch: u16) {
        let state = &mut self.services.limits[limit];
        if !state.stuck && state.epoch == epoch {
            state.taken = state.taken.saturating_sub(units);
        }
    }

    /// All that was taken comes back. Leaves [`Change::LimitFreed`].
    pub fn free_units(&mut self, limit: LimitId) {
        let state = &mut self.services.limits[limit];
        state.taken = 0;
        state.high = 0;
        state.epoch = state.epoch.wrapping_add(1);
        self.feed.push(Change::LimitFreed(limit));
    }

    /// There is more or less of it from now on.
    pub fn set_capacity(&mut self, limit: LimitId, capacity: u64) {
        self.services.limits[limit].capacity = capacity;
    }

    /// From now on nothing is given back, or everything again.
    pub fn set_stuck(&mut self, model: &Model, limit: LimitId, stuck: bool) {
        let high = if stuck { self.units_in_use(model, limit) } else { 0 };
        let state = &mut self.services.limits[limit];
        state.stuck = stuck;
        state.high = high;
    }

    /// What is held now is held for good, while it is stuck.
    pub fn raise_stuck(&mut self, model: &Model, limit: LimitId) {
        if self.services.limits[limit].stuck {
            self.services.limits[limit].high = self.units_in_use(model, limit);
        }
    }

    /// Somebody was refused because a bounded resource is full. Leaves [`Change::LimitRefused`].
    pub fn refuse_for(&mut self, limit: LimitId) {
        self.feed.push(Change::LimitRefused(limit));
    }

    /// An alert tells somebody. Leaves [`Change::AlertFired`].
    pub fn fire_alert(&mut self, alert: AlertId) {
        self.feed.push(Change::AlertFired(alert));
    }

    /// What an alert was about is over. Leaves [`Change::AlertEnded`].
    pub fn end_alert(&mut self, alert: AlertId) {
        self.feed.push(Change::AlertEnded(alert));
    }

    /// How long an answer takes as things are; `None`: longer than anybody waits.
    pub fn latency(&self, slowdown: &Slowdown) -> Option<SimDuration> {
        let each = |(span, level, of): &(SimDuration, Level, Selector)| span.times(self.read(*level, *of));
        let idle = slowdown.per.iter().map(each).fold(slowdown.base, |sum, span| sum + span);
        let busy = |(share, level, of): &(f64, Level, Selector)| share * self.read(*level, *of) as f64;
        let left = 1.0 - slowdown.load.iter().map(busy).sum::<f64>();
        if left <= 0.0 {
            return None;
        }
        let micros = idle.as_micros() as f64 / left + 0.5;
        (micros < slowdown.timeout.as_micros() as f64).then(|| SimDuration::from_micros(micros as u64))
    }

    /// A level as it is now: one that is readable while the run goes on.
    pub fn read(&self, level: Level, of: Selector) -> u64 {
        let count = match level {
            Level::NodesTotal
            | Level::NodesReady
            | Level::NodesNotReady
            | Level::NodesUnknown
            | Level::NodesSchedulable => self.count_nodes(level, of),
            Level::NodesTarget => {
                let groups = self.cluster.groups.iter_enumerated();
                let groups = groups.filter(|(id, _)| of.group.is_none_or(|group| group == *id));
                return groups.map(|(_, group)| u64::from(group.target)).sum();
            }
            Level::ServersTotal | Level::ServersSpawning | Level::ServersReady => {
                self.count_servers(level, of)
            }
            Level::UsersWaiting => {
                let waiting = self.services.waiting.iter_enumerated();
                let waiting = waiting.filter(|(audience, _)| is_of(of, Owner::Audience(*audience)));
                return waiting.map(|(_, count)| u64::from(*count)).sum();
            }
            _ => self.count_pods(level, of),
        };
        count as u64
    }

    fn count_nodes(&self, level: Level, of: Selector) -> usize {
        let nodes = self.cluster.nodes.iter();
        let nodes = nodes.filter(|(_, row)| of.group.is_none_or(|group| group == row.group));
        let counts = |ready: Ready, closed: bool| match level {
            Level::NodesTotal => true,
            Level::NodesNotReady => ready == Ready::False,
            Level::NodesUnknown => ready == Ready::Unknown,
            Level::NodesSchedulable => ready == Ready::True && !closed,
            _ => ready == Ready::True,
        };
        nodes.filter(|(_, row)| counts(row.health.ready, row.is_closed())).count()
    }

    fn count_servers(&self, level: Level, of: Selector) -> usize {
        let counts = |state: ServerState| match level {
            Level::ServersTotal => true,
            Level::ServersReady => state == ServerState::Ready,
            _ => matches!(state, ServerState::Spawning | ServerState::Connecting),
        };
        let servers = self.services.servers.iter();
        servers.filter(|(_, row)| counts(row.state) && is_of(of, Owner::Audience(row.audience))).count()
    }

    fn count_pods(&self, level: Level, of: Selector) -> usize {
        let in_group = |node: Option<crate::ids::NodeId>| {
            of.group.is_none_or(|group| node.is_some_and(|node| self.cluster.nodes[node].group == group))
        };
        let pods = self.cluster.pods.iter();
        let pods = pods.filter(|(_, row)| is_of(of, owner_of(row.owner)) && in_group(row.node));
        let counts = |row: &super::Pod| {
            let going = row.deletion_requested_at.is_some();
            match level {
                Level::PodsTotal => true,
                Level::PodsTerminating => going,
                Level::PodsPending => !going && row.phase == PodPhase::Pending,
                Level::PodsStarting => !going && row.phase == PodPhase::Starting,
                Level::PodsReady => row.is_serving(),
                _ => !going && row.phase == PodPhase::Running,
            }
        };
        pods.filter(|(_, row)| counts(row)).count()
    }

    /// What a change is, as something that is counted, and whose.
    pub fn occurrence(&self, change: Change) -> Option<(Flow, Option<Owner>)> {
        let launch = |flow, launch| {
            let audience: AudienceId = self.services.launches[launch].audience;
            Some((flow, Some(Owner::Audience(audience))))
        };
        let pod = |flow, pod| Some((flow, Some(owner_of(self.cluster.pods[pod].owner))));
        match change {
            Change::LaunchStarted(id) => launch(Flow::LaunchStarted, id),
            Change::LaunchSucceeded(id) => launch(Flow::LaunchSucceeded, id),
            Change::LaunchFailed(id) => launch(Flow::LaunchFailed, id),
            Change::ServerStopping(id) => {
                let row = &self.services.servers[id];
                let culled = row.stop_reason == Some(StopReason::Culled);
                culled.then_some((Flow::ServersCulled, Some(Owner::Audience(row.audience))))
            }
            Change::PodCreated(id) => pod(Flow::PodsCreated, id),
            Change::PodUnschedulable(id) => pod(Flow::PodsUnschedulable, id),
            Change::PodBound(id) => pod(Flow::PodsBound, id),
            Change::PodStarted(id) => pod(Flow::PodsStarted, id),
            Change::PodEnded(id) => pod(Flow::PodsEnded, id),
            Change::PodRemoved(id) => pod(Flow::PodsRemoved, id),
            Change::NodeAdded(_) => Some((Flow::NodesAdded, None)),
            Change::NodeRemoved(_) => Some((Flow::NodesRemoved, None)),
            _ => None,
        }
    }
}

/// Whether something of this owner is meant.
fn is_of(of: Selector, owner: Owner) -> bool {
    of.owner.is_none_or(|wanted| wanted == owner)
}

fn owner_of(owner: PodOwner) -> Owner {
    match owner {
        PodOwner::User(audience) => Owner::Audience(audience),
        PodOwner::Workload(workload) => Owner::Workload(workload),
    }
}

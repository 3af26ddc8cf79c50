//! What becomes of a pod, in the books.

use super::{Books, slot_of};
use crate::check::{Flow, Level, Sample};
use crate::ids::{Id, PodId};
use crate::metrics::layout::{Dimensions, Place};
use crate::model::Model;
use crate::resources::Resources;
use crate::time::SimTime;
use crate::world::{Pod, PodFailure, PodOwner, Ready, World};

/// What the books know of a pod.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PodEntry {
    pub place: Place,
    pub state: PodState,
    /// Its container runs.
    pub alive: bool,
    /// It holds requests on its node.
    pub holds: bool,
    /// It is Ready and not to go.
    pub ready: bool,
    /// Its container ran before.
    pub has_run: bool,
    /// It is terminating, and nobody confirms it.
    pub stuck: bool,
    /// Containers that wait to be started again.
    pub waiting: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum PodState {
    #[default]
    Pending,
    Starting,
    Running,
    Ended,
    /// Its Node object is gone.
    Lost,
    Terminating,
}

impl PodState {
    /// The level that counts it; pods that have ended count in the total only.
    const fn level(self) -> Option<Level> {
        match self {
            Self::Pending => Some(Level::PodsPending),
            Self::Starting => Some(Level::PodsStarting),
            Self::Running => Some(Level::PodsRunning),
            Self::Ended | Self::Lost => None,
            Self::Terminating => Some(Level::PodsTerminating),
        }
    }
}

impl Books {
    pub(super) fn pod_created(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        let owner = match row.owner {
            PodOwner::Workload(workload) => self.dimensions.workload(workload),
            PodOwner::User(audience) => Dimensions::audience(audience),
        };
        let place = Place { owner, group: 0 };
        *slot_of(&mut self.pods, pod.index()) = PodEntry { place, ..PodEntry::default() };
        self.level(Level::PodsTotal, place, 1, now);
        self.level(Level::PodsPending, place, 1, now);
        self.flow(Flow::PodsCreated, place, 1, now);
    }

    pub(super) fn pod_bound(&mut self, pod: PodId, row: &Pod, world: &World, now: SimTime) {
        let Some(node) = row.node else { return };
        let group = Dimensions::group(world.cluster().nodes[node].group);
        // The pod was in no group so far.
        self.count_state(pod, -1, now);
        let entry = &mut self.pods[pod.index()];
        entry.place.group = group;
        entry.state = PodState::Starting;
        entry.holds = true;
        let place = entry.place;
        let levels = &mut self.levels;
        self.level_layout
            .for_each_slot_in_group(Level::PodsTotal as usize, place, |slot| levels.add(slot, 1, now));
        self.count_state(pod, 1, now);
        self.flow(Flow::PodsBound, place, 1, now);
        self.requested[0] += row.requests;
        self.requested[group as usize] += row.requests;
        self.requests_changed(group, now);
    }

    pub(super) fn pod_started(&mut self, pod: PodId, row: &Pod, model: &Model, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        entry.alive = true;
        let has_run = core::mem::replace(&mut entry.has_run, true);
        let (place, state) = (entry.place, entry.state);
        self.level(Level::ContainersAlive, place, 1, now);
        if state == PodState::Starting {
            self.move_pod(pod, PodState::Running, now);
            // Where nobody asks for readiness, running is all there is to know.
            self.set_ready(pod, !is_asked(row, model), now);
        }
        self.flow(Flow::PodsStarted, place, 1, now);
        if !has_run {
            self.sample(Sample::PodsWait, place, row.created_at, now);
        }
    }

    pub(super) fn pod_ended(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        self.stop_container(pod, now);
        self.give_back(pod, row.requests, now);
        if self.pods[pod.index()].state == PodState::Running {
            self.move_pod(pod, PodState::Ended, now);
        }
        let place = self.pods[pod.index()].place;
        self.flow(Flow::PodsEnded, place, 1, now);
        self.flow(Flow::PodsEvicted, place, u64::from(row.failure == Some(PodFailure::Evicted)), now);
    }

    /// Containers of the pod that wait to be started again.
    pub(super) fn wait_for_restart(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        let waiting = if entry.holds { row.containers.iter().filter(|of| of.down).count() as u32 } else { 0 };
        let (place, was) = (entry.place, core::mem::replace(&mut entry.waiting, waiting));
        self.level(Level::ContainersWaiting, place, i64::from(waiting) - i64::from(was), now);
    }

    pub(super) fn container_restarted(&mut self, pod: PodId, row: &Pod, model: &Model, now: SimTime) {
        self.flow(Flow::ContainersRestarted, self.pods[pod.index()].place, 1, now);
        self.wait_for_restart(pod, row, now);
        let entry = &mut self.pods[pod.index()];
        if entry.holds && !core::mem::replace(&mut entry.alive, true) {
            let place = entry.place;
            self.level(Level::ContainersAlive, place, 1, now);
            self.set_ready(pod, !is_asked(row, model), now);
        }
    }

    pub(super) fn pod_restarting(&mut self, pod: PodId, now: SimTime) {
        self.stop_container(pod, now);
        let entry = &mut self.pods[pod.index()];
        let (place, waiting) = (entry.place, core::mem::take(&mut entry.waiting));
        self.level(Level::ContainersWaiting, place, -i64::from(waiting), now);
        if self.pods[pod.index()].state == PodState::Running {
            self.move_pod(pod, PodState::Starting, now);
        }
    }

    pub(super) fn pod_orphaned(&mut self, pod: PodId, row: &Pod, world: &World, now: SimTime) {
        self.stop_container(pod, now);
        self.give_back(pod, row.requests, now);
        if self.pods[pod.index()].state != PodState::Terminating {
            self.move_pod(pod, PodState::Lost, now);
        }
        self.judge_stuck(pod, world, now);
    }

    /// A terminating pod is stuck while its node is not Ready, or gone.
    pub(super) fn judge_stuck(&mut self, pod: PodId, world: &World, now: SimTime) {
        let confirmed =
            world.cluster().pods[pod].node.is_some_and(|node| self.nodes[node.index()].ready == Ready::True);
        let entry = &mut self.pods[pod.index()];
        let stuck = entry.state == PodState::Terminating && !confirmed;
        let was = core::mem::replace(&mut entry.stuck, stuck);
        let place = entry.place;
        self.level(Level::PodsStuck, place, i64::from(stuck) - i64::from(was), now);
    }

    pub(super) fn pod_removed(&mut self, pod: PodId, row: &Pod, now: SimTime) {
        self.stop_container(pod, now);
        self.give_back(pod, row.requests, now);
        self.count_state(pod, -1, now);
        let entry = &mut self.pods[pod.index()];
        let stuck = core::mem::replace(&mut entry.stuck, false);
        let place = entry.place;
        self.level(Level::PodsStuck, place, -i64::from(stuck), now);
        self.level(Level::PodsTotal, place, -1, now);
        self.flow(Flow::PodsRemoved, place, 1, now);
        self.sample(Sample::PodsLifetime, place, row.created_at, now);
        if row.spawn_failed {
            self.sample(Sample::PodsFailedLifetime, place, row.created_at, now);
        }
    }

    pub(super) fn set_ready(&mut self, pod: PodId, ready: bool, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        let ready = ready && entry.state == PodState::Running;
        let (place, was) = (entry.place, core::mem::replace(&mut entry.ready, ready));
        self.level(Level::PodsReady, place, i64::from(ready) - i64::from(was), now);
    }

    pub(super) fn stop_container(&mut self, pod: PodId, now: SimTime) {
        self.set_ready(pod, false, now);
        self.container_dies(pod, now);
    }

    /// What only who is there notices.
    pub(super) fn container_dies(&mut self, pod: PodId, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        if core::mem::replace(&mut entry.alive, false) {
            let place = entry.place;
            self.level(Level::ContainersAlive, place, -1, now);
        }
    }

    pub(super) fn give_back(&mut self, pod: PodId, requests: Resources, now: SimTime) {
        let entry = &mut self.pods[pod.index()];
        let (place, waiting) = (entry.place, core::mem::take(&mut entry.waiting));
        self.level(Level::ContainersWaiting, place, -i64::from(waiting), now);
        let entry = &mut self.pods[pod.index()];
        if core::mem::replace(&mut entry.holds, false) {
            let group = entry.place.group;
            self.requested[0] -= requests;
            self.requested[group as usize] -= requests;
            self.requests_changed(group, now);
        }
    }

    pub(super) fn move_pod(&mut self, pod: PodId, state: PodState, now: SimTime) {
        self.count_state(pod, -1, now);
        self.pods[pod.index()].state = state;
        self.count_state(pod, 1, now);
    }

    pub(super) fn count_state(&mut self, pod: PodId, step: i64, now: SimTime) {
        let PodEntry { place, state, .. } = self.pods[pod.index()];
        if let Some(level) = state.level() {
            self.level(level, place, step, now);
        }
    }
}

/// Whether a probe says when the pod is Ready: of pods that nobody asks about, running is all there is to know.
pub(super) fn is_asked(row: &Pod, model: &Model) -> bool {
    matches!(row.owner, PodOwner::Workload(workload) if model.workloads[workload].tracked)
}

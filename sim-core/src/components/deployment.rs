//! Deployments: pods of a new template take the place of those of the old.
//!
//! Models (kubernetes pkg/controller/deployment: rolling.go, recreate.go, sync.go, progress.go): a
//! ReplicaSet for each template; rolling updates within `maxSurge` and `maxUnavailable`, unhealthy old
//! pods first; `Recreate` waits until no object of an old pod is left; proportional scaling while a
//! rollout is under way; `minReadySeconds`; the progress deadline, which is a condition and nothing more.
//! A Deployment does not know of nodes: pods that are lost are its ReplicaSet's business.
//! Leaves out: rollback, pause, the history of ReplicaSets.

use std::collections::BTreeMap;

use crate::engine::{Component, Context};
use crate::event::DeploymentEvent;
use crate::ids::{ControllerId, PodId, WorkloadId};
use crate::model::controllers::{Deployment, Strategy};
use crate::model::{Controller, Model};
use crate::time::SimDuration;
use crate::world::{Change, PodOwner, PodPhase};

/// The Deployment controller.
#[derive(Clone, Debug, Default)]
pub struct Deployments {
    rows: BTreeMap<WorkloadId, Rollout>,
}

/// What the controller knows of a Deployment.
#[derive(Clone, Debug, Default)]
struct Rollout {
    /// Its ReplicaSets, oldest first, and the size (`desired` plus surge) for which each was scaled last.
    sets: Vec<(ControllerId, u32)>,
    /// The replicas for which they were scaled last.
    scaled_for: u32,
    /// How often there was progress.
    progress: u32,
    /// What progress is measured by: updated, old, available.
    status: (u32, u32, u32),
    /// Whether the newest template is in place everywhere.
    complete: bool,
}

/// What the strategy comes to in pods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Room {
    surge: u32,
    unavailable: u32,
}

impl Room {
    /// Surge rounds up, unavailable rounds down; if both are nothing, one may be missing
    /// (`ResolveFenceposts`).
    fn of(strategy: Strategy, replicas: u32) -> Self {
        let Strategy::RollingUpdate { max_surge, max_unavailable } = strategy else {
            return Self { surge: 0, unavailable: replicas };
        };
        let (surge, unavailable) = (max_surge.up(replicas), max_unavailable.down(replicas));
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        Self { surge, unavailable: unavailable.min(replicas) }
    }
}

impl Deployments {
    fn sync(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let Some(deployment) = deployment(ctx.model, workload) else { return };
        let Some(row) = self.rows.get_mut(&workload) else { return };
        let wanted = ctx.world.controllers().wanted[workload].replicas;
        if row.scaled_for != wanted {
            row.scale(deployment, wanted, ctx);
            row.scaled_for = wanted;
        }
        match deployment.strategy {
            Strategy::Recreate => row.recreate(workload, wanted, ctx),
            Strategy::RollingUpdate { .. } => row.roll(workload, deployment, wanted, ctx),
        }
        row.prune(ctx);
        row.note_progress(workload, deployment, wanted, ctx);
    }

    fn concerned(pod: PodId, ctx: &Context<'_>) -> Option<WorkloadId> {
        match ctx.world.cluster().pods[pod].owner {
            PodOwner::Workload(workload) if deployment(ctx.model, workload).is_some() => Some(workload),
            _ => None,
        }
    }
}

fn deployment(model: &Model, workload: WorkloadId) -> Option<&Deployment> {
    match &model.workloads[workload].controller {
        Controller::Deployment(deployment) => Some(deployment),
        _ => None,
    }
}

fn replicas(set: ControllerId, ctx: &Context<'_>) -> u32 {
    ctx.world.controllers().objects[set].replicas
}

fn available(set: ControllerId, min_ready: SimDuration, ctx: &Context<'_>) -> u32 {
    ctx.world.controlled_by(set).filter(|(_, row)| row.is_available(ctx.now, min_ready)).count() as u32
}

impl Rollout {
    /// The set of the present template, if there is one.
    fn newest(&self, workload: WorkloadId, ctx: &Context<'_>) -> Option<ControllerId> {
        let revision = ctx.world.controllers().wanted[workload].revision;
        let (set, _) = *self.sets.last()?;
        (ctx.world.controllers().objects[set].revision == revision).then_some(set)
    }

    fn create(&mut self, workload: WorkloadId, replicas: u32, size: u32, ctx: &mut Context<'_>) {
        let revision = ctx.world.controllers().wanted[workload].revision;
        let set = ctx.world.create_controller(workload, revision, replicas);
        self.sets.push((set, size));
    }

    fn total(&self, ctx: &Context<'_>) -> u32 {
        self.sets.iter().map(|(set, _)| replicas(*set, ctx)).sum()
    }

    fn old(&self, new: ControllerId) -> Vec<ControllerId> {
        self.sets.iter().map(|(set, _)| *set).filter(|set| *set != new).collect()
    }

    /// The wanted number changed: one set follows it; several share the difference by their sizes
    /// (`scale`, `GetProportion`).
    fn scale(&mut self, deployment: &Deployment, wanted: u32, ctx: &mut Context<'_>) {
        let mut active: Vec<ControllerId> =
            self.sets.iter().map(|(set, _)| *set).filter(|set| replicas(*set, ctx) > 0).collect();
        if active.len() <= 1 {
            if let Some(set) = active.first().or(self.sets.last().map(|(set, _)| set)) {
                ctx.world.scale_controller(*set, wanted);
            }
        } else if matches!(deployment.strategy, Strategy::RollingUpdate { .. }) {
            let size = if wanted > 0 { wanted + Room::of(deployment.strategy, wanted).surge } else { 0 };
            let mut missing = i64::from(size) - i64::from(self.total(ctx));
            // The largest first; of equals the newer when growing, the older when shrinking.
            let growing = missing > 0;
            let age = |set: &ControllerId| self.sets.iter().position(|(other, _)| other == set);
            active.sort_by_key(|set| {
                let age = age(set).unwrap_or(0) as i64;
                (core::cmp::Reverse(replicas(*set, ctx)), if growing { -age } else { age })
            });
            let mut targets = Vec::new();
            for set in active {
                let was = replicas(set, ctx);
                let scaled_for =
                    self.sets.iter().find(|(other, _)| *other == set).map_or(0, |(_, size)| *size);
                let share = share(was, scaled_for.max(1), if wanted > 0 { size } else { 0 });
                let step = if growing { share.min(missing).max(0) } else { share.max(missing).min(0) };
                missing -= step;
                targets.push((set, i64::from(was) + step));
            }
            if let Some((_, first)) = targets.first_mut() {
                *first += missing;
            }
            for (set, target) in targets {
                ctx.world.scale_controller(set, target.max(0) as u32);
            }
        }
        let size = wanted + Room::of(deployment.strategy, wanted).surge;
        self.sets.iter_mut().for_each(|(_, scaled_for)| *scaled_for = size);
    }

    fn roll(&mut self, workload: WorkloadId, deployment: &Deployment, wanted: u32, ctx: &mut Context<'_>) {
        let room = Room::of(deployment.strategy, wanted);
        let Some(new) = self.newest(workload, ctx) else {
            let most = (wanted + room.surge).saturating_sub(self.total(ctx)).min(wanted);
            return self.create(workload, most, wanted + room.surge, ctx);
        };
        if self.grow_new(new, wanted, room, ctx) {
            return;
        }
        let old = self.old(new);
        let least = wanted - room.unavailable;
        let missing = replicas(new, ctx).saturating_sub(available(new, deployment.min_ready, ctx));
        let may_go = self.total(ctx).saturating_sub(least + missing);
        let mut left = may_go;
        for set in &old {
            let unhealthy = replicas(*set, ctx).saturating_sub(available(*set, deployment.min_ready, ctx));
            let step = unhealthy.min(left);
            left -= step;
            ctx.world.scale_controller(*set, replicas(*set, ctx) - step);
        }
        let of_all = self.sets.iter().map(|(set, _)| available(*set, deployment.min_ready, ctx));
        let mut spare = if may_go > 0 { of_all.sum::<u32>().saturating_sub(least) } else { 0 };
        for set in &old {
            let step = replicas(*set, ctx).min(spare);
            spare -= step;
            ctx.world.scale_controller(*set, replicas(*set, ctx) - step);
        }
    }

    /// Brings the new set towards what is wanted, as far as surge allows; true if that changed it.
    fn grow_new(&self, new: ControllerId, wanted: u32, room: Room, ctx: &mut Context<'_>) -> bool {
        let has = replicas(new, ctx);
        let target = if has > wanted {
            wanted
        } else {
            has + (wanted + room.surge).saturating_sub(self.total(ctx)).min(wanted - has)
        };
        ctx.world.scale_controller(new, target);
        target != has
    }

    fn recreate(&mut self, workload: WorkloadId, wanted: u32, ctx: &mut Context<'_>) {
        match self.newest(workload, ctx) {
            Some(new) => {
                ctx.world.scale_controller(new, wanted);
            }
            None => {
                let sets: Vec<ControllerId> = self.sets.iter().map(|(set, _)| *set).collect();
                for set in &sets {
                    ctx.world.scale_controller(*set, 0);
                }
                // A pod that is to go, or is on a node that is lost, counts until its object is gone.
                let left = ctx.world.pods_of(workload).any(|(_, row)| row.phase != PodPhase::Ended);
                if !left {
                    self.create(workload, wanted, wanted, ctx);
                }
            }
        }
    }

    /// Old sets without pods go.
    fn prune(&mut self, ctx: &mut Context<'_>) {
        let newest = self.sets.last().map(|(set, _)| *set);
        self.sets.retain(|(set, _)| {
            let done = Some(*set) != newest
                && replicas(*set, ctx) == 0
                && ctx.world.controlled_by(*set).next().is_none();
            if done {
                ctx.world.remove_controller(*set);
            }
            !done
        });
    }

    /// Keeps the condition Progressing: any step forward restarts the deadline (`DeploymentProgressing`).
    fn note_progress(
        &mut self,
        workload: WorkloadId,
        deployment: &Deployment,
        wanted: u32,
        ctx: &mut Context<'_>,
    ) {
        let new = self.newest(workload, ctx);
        let updated = new.map_or(0, |set| replicas(set, ctx));
        let fresh = new.map_or(0, |set| available(set, deployment.min_ready, ctx));
        let old = self.total(ctx) - updated;
        let before = core::mem::replace(&mut self.status, (updated, old, fresh));
        let complete = new.is_some() && updated == wanted && fresh >= wanted && old == 0;
        let was_complete = self.complete;
        self.complete |= complete;
        if new.is_none() || was_complete {
            return;
        }
        let forward = updated > before.0 || old < before.1 || fresh > before.2;
        if (forward || self.progress == 0) && deployment.progress_deadline < SimDuration::MAX {
            self.progress += 1;
            let event = DeploymentEvent::DeadlineDue { workload, progress: self.progress };
            ctx.after(deployment.progress_deadline, event);
        }
    }
}

/// By how much a set of `was` pods, made for `scaled_for` in all, changes when `size` are wanted in all
/// (`getReplicaSetFraction`, rounded half away from zero as Go does).
fn share(was: u32, scaled_for: u32, size: u32) -> i64 {
    let (was, scaled_for, size) = (u64::from(was), u64::from(scaled_for), u64::from(size));
    ((2 * was * size + scaled_for) / (2 * scaled_for)) as i64 - was as i64
}

impl Component for Deployments {
    type Event = DeploymentEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for workload in ctx.model.workloads.ids() {
            if deployment(ctx.model, workload).is_some() {
                let scaled_for = ctx.world.controllers().wanted[workload].replicas;
                self.rows.insert(workload, Rollout { scaled_for, ..Rollout::default() });
                self.sync(workload, ctx);
            }
        }
    }

    fn fire(&mut self, event: DeploymentEvent, ctx: &mut Context<'_>) {
        match event {
            DeploymentEvent::AvailableDue(workload) => self.sync(workload, ctx),
            DeploymentEvent::DeadlineDue { workload, progress } => {
                if self.rows.get(&workload).is_some_and(|row| row.progress == progress && !row.complete) {
                    ctx.world.stall_rollout(workload);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::PodReady(pod) => {
                let Some(workload) = Self::concerned(pod, ctx) else { return };
                let min_ready = deployment(ctx.model, workload).map(|deployment| deployment.min_ready);
                match min_ready.filter(|min_ready| !min_ready.is_zero()) {
                    Some(min_ready) => ctx.after(min_ready, DeploymentEvent::AvailableDue(workload)),
                    None => self.sync(workload, ctx),
                }
            }
            Change::PodUnready(pod) | Change::PodDeletionRequested(pod) | Change::PodRemoved(pod) => {
                if let Some(workload) = Self::concerned(pod, ctx) {
                    self.sync(workload, ctx);
                }
            }
            Change::WorkloadScaled(workload) => self.sync(workload, ctx),
            Change::TemplateChanged(workload) => {
                if let Some(row) = self.rows.get_mut(&workload) {
                    row.complete = false;
                }
                self.sync(workload, ctx);
            }
            Change::ControllerScaled(set) if ctx.world.controllers().objects.is_live(set) => {
                let workload = ctx.world.controllers().objects[set].workload;
                self.sync(workload, ctx);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::controllers::Bound;

    #[test]
    fn the_defaults_of_both_groups_come_to_pods() {
        let rolling = |max_surge, max_unavailable| Strategy::RollingUpdate { max_surge, max_unavailable };
        let apps = rolling(Bound::Percent(25), Bound::Percent(25));
        let extensions = rolling(Bound::Count(1), Bound::Count(1));
        assert_eq!(Room::of(apps, 10), Room { surge: 3, unavailable: 2 });
        assert_eq!(Room::of(apps, 1), Room { surge: 1, unavailable: 0 });
        assert_eq!(Room::of(extensions, 1), Room { surge: 1, unavailable: 1 });
        let neither = rolling(Bound::Percent(0), Bound::Percent(1));
        assert_eq!(Room::of(neither, 3), Room { surge: 0, unavailable: 1 }, "one of them has to give");
    }

    #[test]
    fn sets_share_a_change_by_their_sizes() {
        // 10 wanted with a surge of 3: 5 and 8 of 13; 20 wanted with a surge of 5 is 25 in all.
        assert_eq!(share(5, 13, 25), 5);
        assert_eq!(share(8, 13, 25), 7);
        assert_eq!(share(8, 13, 0), -8);
    }
}

//! ReplicaSets: as many pods as are wanted, made again when they go.
//!
//! Models (kubernetes pkg/controller/replicaset/replica_set.go, unchanged from 1.8 to 1.36 but for the
//! order of deletion): a sync compares the *active* pods with `replicas`, so a pod with a
//! deletionTimestamp is replaced at once, however long its object stays. Missing pods are created in
//! batches of 1, 2, 4, ..., at most [`BURST_REPLICAS`] a sync, at the controller manager's rate of
//! requests. While creations are under way the set does nothing else, unless they have been expected for
//! [`EXPECTATION_TIMEOUT`]. Superfluous pods go in the order of `ActivePodsWithRanks`.
//! Leaves out: creations that the API refuses (quota), adoption of orphans; the deletion cost, which somebody
//! writes on single pods (all pods of a set have the annotations of one template here); restarts of pods that
//! have been Ready since the same second from 1.22 on, which compare by name like those of one age.

use std::collections::BTreeMap;

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose, TokenBucket};
use crate::event::ReplicaSetEvent;
use crate::ids::{ControllerId, NodeId, PodId};
use crate::model::Controller;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Pod, PodPhase};

/// The most creations or deletions of one sync (`BurstReplicas`).
pub const BURST_REPLICAS: u32 = 500;
/// How long a set waits to see what it has asked for (`ExpectationsTimeout`).
pub const EXPECTATION_TIMEOUT: SimDuration = SimDuration::from_secs(300);
/// kube-controller-manager `--kube-api-qps` 20, `--kube-api-burst` 30.
const REQUEST_PERIOD: SimDuration = SimDuration::from_millis(50);
const REQUEST_BURST: u64 = 30;
/// What the API takes to create a pod. An assumption: some milliseconds; batches wait for it.
const REQUEST_TIME: SimDuration = SimDuration::from_millis(10);

/// The ReplicaSet controller.
#[derive(Clone, Debug)]
pub struct ReplicaSets {
    /// Creations under way.
    syncs: BTreeMap<ControllerId, Sync>,
    client: TokenBucket,
}

/// Creations of one sync.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sync {
    /// Pods still to be created.
    remaining: u32,
    /// Pods of the batch that is due.
    batch: u32,
    /// When the set last heard of one of its creations.
    expected_since: SimTime,
}

impl Sync {
    fn new(missing: u32, now: SimTime) -> Self {
        let remaining = missing.min(BURST_REPLICAS);
        Self { remaining, batch: 1, expected_since: now }
    }

    /// Pods of the next batch, twice as many as of the one before it.
    fn take_batch(&mut self, now: SimTime) -> u32 {
        let size = self.batch.min(self.remaining);
        self.remaining -= size;
        self.batch *= 2;
        self.expected_since = now;
        size
    }

    fn holds_back(&self, now: SimTime) -> bool {
        self.remaining > 0 && now.since(self.expected_since) < EXPECTATION_TIMEOUT
    }
}

impl Default for ReplicaSets {
    fn default() -> Self {
        Self { syncs: BTreeMap::new(), client: TokenBucket::new(REQUEST_PERIOD, REQUEST_BURST) }
    }
}

impl ReplicaSets {
    fn sync(&mut self, set: ControllerId, ctx: &mut Context<'_>) {
        if self.syncs.get(&set).is_some_and(|sync| sync.holds_back(ctx.now)) {
            return;
        }
        self.syncs.remove(&set);
        let active = ctx.world.controlled_by(set).filter(|(_, row)| row.is_active()).count() as u32;
        let wanted = ctx.world.controllers().objects[set].replicas;
        if active < wanted {
            self.syncs.insert(set, Sync::new(wanted - active, ctx.now));
            self.send_batch(set, ctx.now, ctx);
        } else if active > wanted {
            let surplus = (active - wanted).min(BURST_REPLICAS);
            for pod in first_to_go(set, surplus as usize, ctx) {
                ctx.world.request_pod_deletion(pod);
            }
        }
    }

    /// The next batch is ready to go out at `ready`; it does when the client may send it.
    fn send_batch(&mut self, set: ControllerId, ready: SimTime, ctx: &mut Context<'_>) {
        let Some(sync) = self.syncs.get(&set) else { return };
        let size = sync.batch.min(sync.remaining);
        let at = self.client.take(u64::from(size), ready);
        if at <= ctx.now {
            self.create_batch(set, ctx);
        } else {
            let handle = ctx.world.controllers().objects.handle(set);
            ctx.at(at, ReplicaSetEvent::BatchDue(handle));
        }
    }

    fn create_batch(&mut self, set: ControllerId, ctx: &mut Context<'_>) {
        let Some(sync) = self.syncs.get_mut(&set) else { return };
        let size = sync.take_batch(ctx.now);
        let done = sync.remaining == 0;
        for _ in 0..size {
            create(set, ctx);
        }
        if done {
            self.syncs.remove(&set);
            // What was wanted may have changed while it lasted, or been more than one sync may create.
            self.sync(set, ctx);
        } else {
            self.send_batch(set, ctx.now + REQUEST_TIME, ctx);
        }
    }

    fn concerned(pod: PodId, ctx: &Context<'_>) -> Option<ControllerId> {
        ctx.world.cluster().pods[pod].controller.filter(|set| is_replica_set(*set, ctx))
    }
}

fn is_replica_set(set: ControllerId, ctx: &Context<'_>) -> bool {
    let workload = ctx.world.controllers().objects[set].workload;
    matches!(ctx.model.workloads[workload].controller, Controller::Deployment(_))
}

fn create(set: ControllerId, ctx: &mut Context<'_>) {
    let workload = ctx.world.controllers().objects[set].workload;
    let number = u64::from(ctx.world.controllers().wanted[workload].created);
    let subject = member(ctx.model.workloads[workload].subject, number);
    ctx.world.create_pod_of(ctx.model, set, None, subject, None);
}

/// The pods that go first when a set shrinks by `count` (`ActivePodsWithRanks`; until 1.17 `ActivePods`).
fn first_to_go(set: ControllerId, count: usize, ctx: &Context<'_>) -> Vec<PodId> {
    let by_neighbours = ctx.model.era.ranks_pods_by_neighbours();
    let mut neighbours: BTreeMap<NodeId, u32> = BTreeMap::new();
    let workload = ctx.world.controllers().objects[set].workload;
    for (_, row) in ctx.world.pods_of(workload).filter(|(_, row)| row.is_active() && by_neighbours) {
        if let Some(node) = row.node {
            *neighbours.entry(node).or_default() += 1;
        }
    }
    let age = |since: SimTime| {
        if by_neighbours { power_of_two(ctx.now.since(since)) } else { ctx.now.since(since).as_micros() }
    };
    // Smaller goes first: unassigned, not running, not Ready, with more neighbours, Ready more recently, with
    // more restarts, created more recently; what is left is decided by the pods' random names.
    let rank = |row: &Pod| {
        let together = row.node.and_then(|node| neighbours.get(&node)).copied().unwrap_or(0);
        // Among Ready pods of one age the names decide at once.
        let named = by_neighbours && row.ready_since.is_some();
        (
            row.node.is_some(),
            row.phase == PodPhase::Running,
            row.ready_since.is_some(),
            core::cmp::Reverse(together),
            row.ready_since.map_or(0, age),
            core::cmp::Reverse(if named { 0 } else { row.restarts }),
            if named { 0 } else { age(row.created_at) },
            ctx.random.bits(Purpose::ScaleDown, row.subject, 0),
        )
    };
    let mut ranked: Vec<_> = ctx
        .world
        .controlled_by(set)
        .filter(|(_, row)| row.is_active())
        .map(|(pod, row)| (rank(row), pod))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(count).map(|(_, pod)| pod).collect()
}

/// The exponent of an age, counted in nanoseconds as Go does (`logarithmicRankDiff`).
fn power_of_two(age: SimDuration) -> u64 {
    age.as_micros().saturating_mul(1_000).checked_ilog2().map_or(0, |power| u64::from(power) + 1)
}

impl Component for ReplicaSets {
    type Event = ReplicaSetEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: ReplicaSetEvent, ctx: &mut Context<'_>) {
        let ReplicaSetEvent::BatchDue(handle) = event;
        if let Some(set) = ctx.world.controllers().objects.resolve(handle) {
            self.create_batch(set, ctx);
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        let set = match change {
            Change::ControllerScaled(set) => Some(set).filter(|set| is_replica_set(*set, ctx)),
            Change::PodEnded(pod) | Change::PodDeletionRequested(pod) | Change::PodRemoved(pod) => {
                Self::concerned(pod, ctx)
            }
            _ => None,
        };
        if let Some(set) = set.filter(|set| ctx.world.controllers().objects.is_live(*set)) {
            self.sync(set, ctx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_double_up_to_what_one_sync_may_create() {
        let mut sync = Sync::new(10_000, SimTime::ZERO);
        let mut batches = Vec::new();
        while sync.remaining > 0 {
            batches.push(sync.take_batch(SimTime::ZERO));
        }
        assert_eq!(batches, [1, 2, 4, 8, 16, 32, 64, 128, 245]);
        assert_eq!(batches.iter().sum::<u32>(), BURST_REPLICAS);
    }

    #[test]
    fn what_never_comes_is_expected_for_five_minutes() {
        let sync = Sync::new(3, SimTime::from_secs(100));
        assert!(sync.holds_back(SimTime::from_secs(399)));
        assert!(!sync.holds_back(SimTime::from_secs(400)));
    }
}

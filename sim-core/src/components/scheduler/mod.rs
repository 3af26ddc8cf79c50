//! The scheduler: takes pods from its queues one at a time and gives each a node.
//!
//! Models: the scheduling cycle of kube-scheduler with the three waiting rooms of `queue.rs`. A pod for
//! which no node fits is marked unschedulable and waits until an event could help it. Deciding takes no
//! simulated time, unless the scenario has the scheduler slow down: kube-scheduler does 100 pods a second, far faster
//! than containers start.
//! Where a pod fits, which node is best and who would have to go for it is [`crate::placement`]'s to say.
//!
//! An event lets go of as many pods of a class as it made room for, first come, first served; of pods that look
//! beyond their node it lets go of the first, and each that finds a node lets go of the next.

mod line;
mod queue;

use crate::engine::{Component, Context, Purpose};
use crate::event::SchedulerEvent;
use crate::ids::{NodeId, PodId};
use crate::model::Model;
use crate::placement::{self, Decision, PendingPod, Preemption, Why};
use crate::resources::Resources;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, PodPhase, node_in, pod_with, slot_of};
use line::Line;
use queue::{Queues, Shape, Waiting};

/// kube-scheduler.
#[derive(Clone, Debug)]
pub struct Scheduler {
    queues: Queues,
    cycle_pending: bool,
    /// When the one timer for the back-off room fires.
    backoff_timer: Option<SimTime>,
}

impl Scheduler {
    /// Nothing waits yet.
    pub fn new(model: &Model) -> Self {
        Self { queues: Queues::new(model.era), cycle_pending: false, backoff_timer: None }
    }

    fn wake(&mut self, ctx: &mut Context<'_>) {
        if self.queues.has_active() && !self.cycle_pending {
            self.cycle_pending = true;
            // A scheduler that takes its time does so for each pod.
            let slowdown = ctx.model.scheduling.as_ref();
            let takes =
                slowdown.map_or(SimDuration::ZERO, |row| ctx.world.latency(row).unwrap_or(row.timeout));
            ctx.after(takes, SchedulerEvent::CycleDue);
        }
    }

    /// Tries every active pod, highest priority first.
    fn cycle(&mut self, ctx: &mut Context<'_>) {
        self.cycle_pending = false;
        while let Some(waiting) = self.queues.pop_active() {
            // One that went away while it waited has passed its room on when it did.
            let Some(pod) = ctx.world.cluster().pods.resolve(waiting.pod) else { continue };
            // Pods of a real cluster are born on their nodes.
            if ctx.world.cluster().pods[pod].phase != PodPhase::Pending {
                continue;
            }
            match self.place(pod, ctx) {
                Ok(node) => {
                    ctx.world.bind(ctx.model, pod, node);
                    self.next_in_line(waiting.shape, ctx);
                }
                Err(why) => {
                    self.queues.add_unschedulable(waiting, ctx.now);
                    ctx.world.mark_unschedulable(pod, why);
                }
            }
            if ctx.model.scheduling.is_some() {
                return self.wake(ctx);
            }
        }
    }

    /// The node for a pod, or why there is none; then room may be made for it.
    fn place(&self, pod: PodId, ctx: &mut Context<'_>) -> Result<NodeId, Why> {
        let row = &ctx.world.cluster().pods[pod];
        let draw = ctx.random.bits(Purpose::TieBreak, row.subject, 0);
        let profile = &ctx.model.profiles[ctx.model.classes[row.class].profile];
        let pending = ctx.world.pending_pod(ctx.model, pod);
        if let Some(node) = ctx.world.choose_node(profile, &pending, draw) {
            return Ok(node);
        }
        let snapshot = &ctx.world.cluster().placement;
        if profile.preemption.is_none() || !snapshot.has_pods_below(pending.spec.priority) {
            return Err(ctx.world.why_nowhere(profile, &pending));
        }
        let decision = placement::decide(snapshot, profile, &pending);
        Self::make_room(pod, &pending, &decision, ctx);
        Err(decision.why())
    }

    /// Preemption: pods of lower priority are told to go where that makes room.
    fn make_room(pod: PodId, pending: &PendingPod, decision: &Decision, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().pods[pod];
        let profile = &ctx.model.profiles[ctx.model.classes[row.class].profile];
        match placement::preempt(&ctx.world.cluster().placement, profile, pending, decision) {
            Preemption::NotEligible => {}
            Preemption::NoCandidate => ctx.world.withdraw_nomination(pod),
            found @ Preemption::Candidates(_) => {
                let best = found.best();
                let at = ctx.random.index(Purpose::Preemption, row.subject, 0, best.len());
                let (node, victims) = (node_in(best[at].node), best[at].victims.clone());
                ctx.world.preempt(ctx.model, pod, node, &victims);
            }
        }
    }

    /// A pod found a node: what let it go may help the next one like it.
    fn next_in_line(&mut self, shape: Shape, ctx: &mut Context<'_>) {
        if ctx.model.classes[shape.class].spec.looks_beyond_its_node() {
            let first =
                |class, line: &Line| line.first().filter(|_| class == shape.class).into_iter().collect();
            let next = self.queues.retry(first, ctx.now);
            self.after_retry(next, ctx);
        }
    }

    /// A node gained room or became open: pods that it could take may try again, as many as it has room
    /// for. More of one shape could not fit there, and elsewhere nothing changed.
    fn node_gained(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        if !self.queues.has_unschedulable() || !ctx.world.cluster().nodes.is_live(node) {
            return;
        }
        let free = ctx.world.free(ctx.model, node);
        let (world, model) = (&mut *ctx.world, ctx.model);
        let served = |class, line: &Line| {
            if model.classes[class].spec.looks_beyond_its_node() {
                return line.first().into_iter().collect();
            }
            Self::first_served(line, free, |shape| shape.fits(world, model, node))
        };
        let mut next = self.queues.retry(served, ctx.now);
        let cluster = ctx.world.cluster();
        let nominated = cluster.placement.nominated_to(slot_of(node));
        let nominated: Vec<u64> = nominated.map(|pod| cluster.pods[pod_with(pod.key)].uid).collect();
        for uid in nominated {
            next = [next, self.queues.retry_one(uid, ctx.now)].into_iter().flatten().min();
        }
        self.after_retry(next, ctx);
    }

    /// Those of a line that have room together, first come, first served, where the node `takes` their kind.
    fn first_served(line: &Line, free: Resources, mut takes: impl FnMut(&Shape) -> bool) -> Vec<Waiting> {
        let (mut served, mut room, mut from) = (Vec::new(), free, 0);
        while let Some((place, waiting)) = line.first_that_fits(&room, from) {
            if served.is_empty() && !takes(&waiting.shape) {
                break;
            }
            room = room.saturating_sub(&waiting.shape.requests);
            served.push(waiting);
            from = place + 1;
        }
        served
    }

    /// A pod that an event had let go went away before its turn: the room that was meant for it may
    /// serve another.
    fn pass_on_room(&mut self, ctx: &mut Context<'_>) {
        if !self.queues.has_unschedulable() {
            return;
        }
        let (world, model) = (&mut *ctx.world, ctx.model);
        let nodes: Vec<NodeId> = world.cluster().nodes.ids().collect();
        let fits_somewhere = |_, line: &Line| {
            let first = |node: &NodeId| {
                let (_, waiting) = line.first_that_fits(&world.free(model, *node), 0)?;
                waiting.shape.fits(world, model, *node).then_some(waiting)
            };
            nodes.iter().filter_map(first).min().into_iter().collect()
        };
        let next = self.queues.retry(fits_somewhere, ctx.now);
        self.after_retry(next, ctx);
    }

    fn after_retry(&mut self, next_backoff: Option<SimTime>, ctx: &mut Context<'_>) {
        if let Some(at) = next_backoff.filter(|at| self.backoff_timer.is_none_or(|timer| *at < timer)) {
            self.backoff_timer = Some(at);
            ctx.at(at, SchedulerEvent::BackoffOver);
        }
        self.wake(ctx);
    }
}

impl Component for Scheduler {
    type Event = SchedulerEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: SchedulerEvent, ctx: &mut Context<'_>) {
        match event {
            SchedulerEvent::CycleDue => self.cycle(ctx),
            // A timer that was brought forward leaves its old self behind.
            SchedulerEvent::BackoffOver if self.backoff_timer != Some(ctx.now) => {}
            SchedulerEvent::BackoffOver => {
                self.backoff_timer = None;
                let next = self.queues.backoff_over(ctx.now);
                self.after_retry(next, ctx);
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            // A pod that came with its node is none of the scheduler's business.
            Change::PodCreated(pod) if ctx.world.cluster().pods[pod].phase == PodPhase::Pending => {
                let row = &ctx.world.cluster().pods[pod];
                let shape = Shape { class: row.class, requests: row.requests };
                let priority = ctx.model.classes[row.class].priority;
                self.queues.add(ctx.world.cluster().pods.handle(pod), row.uid, shape, priority, ctx.now);
                self.wake(ctx);
            }
            Change::PodEnded(pod) | Change::PodRemoved(pod) => {
                let row = &ctx.world.cluster().pods[pod];
                let freed_before = matches!(row.phase, PodPhase::Ended | PodPhase::Lost)
                    && matches!(change, Change::PodRemoved(_));
                match (row.phase, row.node) {
                    (PodPhase::Pending, _) => {
                        let was_let_go = !self.queues.forget(row.uid) && row.unschedulable_since.is_some();
                        if was_let_go {
                            self.pass_on_room(ctx);
                        }
                    }
                    (_, Some(_)) if freed_before => {}
                    (_, Some(node)) => self.node_gained(node, ctx),
                    (_, None) => {}
                }
            }
            Change::NodeAdded(node)
            | Change::NodeUncordoned(node)
            | Change::NominationEnded(node)
            | Change::NodeReadyChanged(node)
            | Change::NodeTaintsChanged(node) => self.node_gained(node, ctx),
            _ => {}
        }
    }
}

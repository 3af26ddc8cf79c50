//! Disks: containers write to their node's along the courses that were drawn when they started.
//!
//! Models (domain reference, section 4.1): writable layers, logs and local volumes as one amount of each container, on the
//! one disk of its node beside the images (kubernetes pkg/kubelet/eviction, with `nodefs` and `imagefs` one). A kubelet
//! is told when less is available than it wants, or when a container has more than its limit: `eviction.rs` looks then.
//! Leaves out: a disk of their own for images or containers; writes that fail because the disk is full, which a container
//! is taken to survive; inodes, since nobody measures how many files users have; what a pod's volumes keep over a
//! restart of the container; builds and other processes outside of pods, which `diskUsed` stands for.
//!
//! Nothing ticks, as in `memory/`: a container has a timer for the end of the part of its course that it is in, or for the
//! instant at which it exceeds its limit; a node has one for the threshold. A crossing that is called off leaves its
//! timer behind, which looks again.

use crate::engine::random::member;
use crate::engine::{Alarm, Component, Context, Purpose};
use crate::event::DiskEvent;
use crate::ids::{IdVec, NodeId, PodId};
use crate::model::usage::{Course, Part};
use crate::model::{Linear, Usage};
use crate::time::SimTime;
use crate::world::{Change, Machine, PodPhase};

/// No timer is set.
const NEVER: SimTime = SimTime::MAX;

/// What containers write.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// The lives of the containers of each pod slot.
    pods: IdVec<PodId, Vec<Life>>,
    nodes: IdVec<NodeId, Watch>,
}

/// A container's life as far as it has come.
#[derive(Clone, Copy, Debug)]
struct Life {
    /// Its number among the container's, from 1.
    number: u32,
    /// Where it is; `None`: it writes nothing.
    at: Option<(Course, Part)>,
    /// When its one timer is due: any other is stale.
    due: SimTime,
    /// It has more than its limit, and the kubelet knows.
    over: bool,
}

impl Default for Life {
    fn default() -> Self {
        Self { number: 0, at: None, due: NEVER, over: false }
    }
}

/// What is known of a node's threshold.
#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    alarm: Alarm,
    /// Less is available than its kubelet wants.
    low: bool,
}

impl Disk {
    /// A pod's containers run from now on.
    fn pod_started(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let count = ctx.world.cluster().pods[pod].containers.len();
        self.pods.reach(pod).resize(count, Life::default());
        for container in 0..count {
            self.begin(pod, container as u8, ctx);
        }
        // One that writes nothing can be evicted all the same.
        self.pod_changed(pod, ctx);
    }

    /// A container starts a life, with nothing written.
    fn begin(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let Some(life) = self.life(pod, container) else { return };
        let Some(law) = usage(pod, container, ctx) else { return };
        let number = life.number + 1;
        let draw = draws(pod, container, number, ctx);
        *life = Life { number, at: Some(law.begin(ctx.now, &draw)), ..Life::default() };
        self.follow(pod, container, ctx);
    }

    fn life(&mut self, pod: PodId, container: u8) -> Option<&mut Life> {
        self.pods.get_mut(pod).and_then(|lives| lives.get_mut(usize::from(container)))
    }

    /// Puts a container on the line that it is on now, and waits for what comes next.
    fn follow(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let Some(life) = self.life(pod, container) else { return };
        let Some((_, part)) = life.at else { return };
        ctx.world.set_container_disk(pod, container, part.line);
        let most = most(pod, container, ctx).filter(|_| !life.over);
        let exceeds = most.and_then(|most| part.line.reaches(most.saturating_add(1), ctx.now));
        let due = exceeds.unwrap_or(NEVER).min(part.until);
        if due != life.due {
            life.due = due;
            if due != NEVER {
                let handle = ctx.world.cluster().pods.handle(pod);
                ctx.at(due, DiskEvent::PartOver(handle, container));
            }
        }
        self.pod_changed(pod, ctx);
    }

    /// The container has exceeded its limit, or the next part of its course begins.
    fn part_over(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let Some(life) = self.life(pod, container).filter(|life| life.due == ctx.now) else { return };
        life.due = NEVER;
        let Some((mut course, part)) = life.at else { return };
        let used = part.line.amount(ctx.now);
        if part.until <= ctx.now {
            let Some(law) = usage(pod, container, ctx) else { return };
            let draw = draws(pod, container, life.number, ctx);
            let next = law.next(&mut course, ctx.now, &draw);
            life.at = Some((course, next));
            // Back below its limit, it may exceed it again.
            let below = |most: u64| next.line.amount(ctx.now) <= most;
            life.over &= !most(pod, container, ctx).is_some_and(below);
        } else if most(pod, container, ctx).is_some_and(|most| used > most) {
            life.over = true;
            if let Some(node) = ctx.world.cluster().pods[pod].node {
                ctx.world.note_low_disk(node);
            }
        }
        self.follow(pod, container, ctx);
    }

    /// A container that was killed keeps what it has, and writes no more.
    fn killed(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let Some(life) = self.life(pod, container).filter(|life| life.at.is_some()) else { return };
        (life.at, life.due) = (None, NEVER);
        let row = &ctx.world.cluster().pods[pod];
        if row.phase == PodPhase::Running {
            let has = row.containers[usize::from(container)].disk.amount(ctx.now);
            ctx.world.set_container_disk(pod, container, Linear::constant(ctx.now, has));
        }
        self.pod_changed(pod, ctx);
    }

    /// The pod writes no more: for good, or until its machine is back.
    fn stop(&mut self, pod: PodId, for_good: bool, ctx: &mut Context<'_>) {
        let Some(lives) = self.pods.get_mut(pod) else { return };
        for life in lives.iter_mut() {
            *life = Life { number: life.number, ..Life::default() };
        }
        if for_good {
            lives.clear();
        }
        self.pod_changed(pod, ctx);
    }

    fn pod_changed(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let node = ctx.world.cluster().pods[pod].node;
        if let Some(node) = node.filter(|node| ctx.world.cluster().nodes.is_live(*node)) {
            self.node_changed(node, ctx);
        }
    }

    /// Does what follows from a node's use as it is, and waits for the threshold.
    fn node_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let Some(mark) = ctx.model.groups[row.group].images.disk_low_at() else { return };
        if row.health.machine != Machine::Up {
            return;
        }
        let base = ctx.world.disk_base(ctx.model, node);
        let line = ctx.world.disk().on(node).pods;
        let low = base.saturating_add(line.amount(ctx.now)) >= mark;
        // While it is low, whatever changes may give its kubelet something to do; so does the end of it.
        if core::mem::replace(&mut self.nodes.reach(node).low, low) || low {
            ctx.world.note_low_disk(node);
        }
        if low {
            return;
        }
        let Some(next) = line.reaches(mark - base, ctx.now) else { return };
        // Whatever changes its course before will look again.
        if next > ctx.model.clock.horizon || self.next_part(node, ctx) <= next {
            return;
        }
        if self.nodes.reach(node).alarm.bring_forward(next, ctx.now) {
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.at(next, DiskEvent::Crossing(handle));
        }
    }

    /// When the first container on a node changes its course.
    fn next_part(&self, node: NodeId, ctx: &Context<'_>) -> SimTime {
        let lives = ctx.world.pods_on(node).filter_map(|pod| self.pods.get(pod)).flatten();
        lives.map(|life| life.due).min().unwrap_or(NEVER)
    }

    fn crossing(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        if self.nodes.reach(node).alarm.rings(ctx.now) {
            self.node_changed(node, ctx);
        }
    }
}

fn usage<'m>(pod: PodId, container: u8, ctx: &Context<'m>) -> Option<&'m Usage> {
    let class = &ctx.model.classes[ctx.world.cluster().pods[pod].class];
    class.containers[usize::from(container)].disk.as_ref()
}

/// What a container may have at most, where kubelets look at that.
fn most(pod: PodId, container: u8, ctx: &Context<'_>) -> Option<u64> {
    let class = &ctx.model.classes[ctx.world.cluster().pods[pod].class];
    class.containers[usize::from(container)].disk_limit.filter(|_| ctx.model.era.limits_disk())
}

/// The draws of a container's n-th life.
fn draws<'a>(pod: PodId, container: u8, number: u32, ctx: &Context<'a>) -> impl Fn(u64) -> f64 + use<'a> {
    let subject = ctx.world.cluster().pods[pod].subject;
    let subject = member(member(subject, u64::from(container)), u64::from(number));
    let random = *ctx.random;
    move |nth| random.unit(Purpose::DiskUse, subject, nth)
}

impl Component for Disk {
    type Event = DiskEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: DiskEvent, ctx: &mut Context<'_>) {
        match event {
            DiskEvent::PartOver(handle, container) => {
                if let Some(pod) = ctx.world.cluster().pods.resolve(handle) {
                    self.part_over(pod, container, ctx);
                }
            }
            DiskEvent::Crossing(handle) => {
                if let Some(node) = ctx.world.cluster().nodes.resolve(handle) {
                    self.crossing(node, ctx);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if !ctx.model.watches_disk {
            return;
        }
        match change {
            Change::PodStarted(pod) if ctx.world.cluster().pods[pod].phase == PodPhase::Running => {
                self.pod_started(pod, ctx);
            }
            Change::ContainerKilled(pod, container) => self.killed(pod, container, ctx),
            Change::ContainerRestarted(pod, container)
                if ctx.world.cluster().pods[pod].phase == PodPhase::Running =>
            {
                self.begin(pod, container, ctx);
            }
            Change::PodEnded(pod) | Change::PodOrphaned(pod) | Change::PodRemoved(pod) => {
                self.stop(pod, true, ctx);
            }
            Change::PodRestarting(pod) => self.stop(pod, false, ctx),
            Change::ImagePulled(node, _) | Change::ImageRemoved(node, _)
                if ctx.world.cluster().nodes.is_live(node) =>
            {
                self.node_changed(node, ctx);
            }
            Change::NodeAdded(node) => {
                *self.nodes.reach(node) = Watch::default();
                if ctx.world.cluster().nodes.is_live(node) {
                    self.node_changed(node, ctx);
                }
            }
            Change::NodeFaultChanged(node) if ctx.world.cluster().nodes.is_live(node) => {
                if ctx.world.cluster().nodes[node].health.machine != Machine::Up {
                    let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
                    pods.into_iter().for_each(|pod| self.stop(pod, false, ctx));
                    *self.nodes.reach(node) = Watch::default();
                } else {
                    self.node_changed(node, ctx);
                }
            }
            _ => {}
        }
    }
}

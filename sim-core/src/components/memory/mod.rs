//! Memory: containers use it along the courses that were drawn when they started, and the kernel kills.
//!
//! Models (domain reference, section 3): a container that reaches its limit is killed; so is, when all pods together
//! reach the limit of the kubepods cgroup or the machine has no memory left, whatever the kernel finds worst
//! (`oom.rs`), until it is enough. Of a container whose memory is a child's only the child dies, until cgroup v2.
//! A machine whose daemons have too little left starves, if its group says so: it falls silent and nobody reaches
//! its pods.
//! Leaves out: swap, file caches, the seconds that a kill takes.
//!
//! Nothing ticks: a container has a timer for the end of the part of its course that it is in, or for the instant at
//! which it reaches its limit, if that comes before; a node has one for the first threshold that it will cross as things
//! are. A crossing that is called off leaves its timer behind, which looks again.

mod oom;

use crate::engine::random::member;
use crate::engine::{Alarm, Component, Context, Purpose};
use crate::event::MemoryEvent;
use crate::ids::{IdVec, NodeId, PodId, RequestId};
use crate::model::usage::{Course, Part};
use crate::model::{KubeletState, Linear, NodeFault, NodeMemory, Usage};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, DeathKind, Machine, PodPhase};

/// The shortest silence or speech of a starved node.
const SHORTEST_GASP: SimDuration = SimDuration::from_secs(1);
/// What a notebook server takes to find its kernel dead and to start another (jupyter_client, `KernelRestarter`:
/// looks every 3 s).
const CHILD_RESTART: SimDuration = SimDuration::from_secs(3);
/// No timer is set.
const NEVER: SimTime = SimTime::MAX;

/// What containers use, and the kernels that watch over it.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The lives of the containers of each pod slot.
    pods: IdVec<PodId, Vec<Life>>,
    nodes: IdVec<NodeId, Watch>,
}

/// A container's life as far as it has come.
#[derive(Clone, Debug)]
struct Life {
    /// What it is made of: the container's own, and a course for each request that it serves.
    sources: Vec<Source>,
    /// When its one timer is due: any other is stale.
    due: SimTime,
    /// What then happens is that a child which was killed is started anew.
    reborn: bool,
}

impl Default for Life {
    fn default() -> Self {
        Self { sources: Vec::new(), due: NEVER, reborn: false }
    }
}

/// A course of use.
#[derive(Clone, Copy, Debug)]
struct Source {
    /// The request that it is for; `None`: the container's own.
    of: Option<RequestId>,
    course: Course,
    part: Part,
    /// Subject of its draws.
    subject: u64,
}

/// What is known of a node's thresholds.
#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    alarm: Alarm,
    /// Less is available than its kubelet wants.
    low: bool,
}

impl Memory {
    fn life(&mut self, pod: PodId, container: u8) -> &mut Life {
        let lives = self.pods.reach(pod);
        let container = usize::from(container);
        if container >= lives.len() {
            lives.resize(container + 1, Life::default());
        }
        &mut lives[container]
    }

    /// A pod's containers run from now on.
    fn pod_started(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let count = ctx.world.cluster().pods[pod].containers.len();
        for container in 0..count {
            self.begin(pod, container as u8, ctx);
        }
        self.pod_changed(pod, ctx);
    }

    /// A container starts a life.
    fn begin(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let lives = ctx.world.count_life(pod, container);
        let subject = ctx.world.cluster().pods[pod].subject;
        let subject = member(member(subject, u64::from(container)), u64::from(lives));
        let draw = |nth| ctx.random.unit(Purpose::MemoryUse, subject, nth);
        let own = usage(pod, container, ctx).map(|usage| usage.begin(ctx.now, &draw));
        let own = own.map(|(course, part)| Source { of: None, course, part, subject });
        *self.life(pod, container) = Life { sources: own.into_iter().collect(), ..Life::default() };
        self.follow(pod, container, ctx);
    }

    /// Puts a container on the line that it is on now, and waits for what comes next.
    fn follow(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        let life = self.life(pod, container);
        let parts = || life.sources.iter().map(|source| source.part);
        let line = parts().fold(Linear::ZERO, |sum, part| sum.plus(part.line, ctx.now));
        let until = parts().map(|part| part.until).min().unwrap_or(NEVER);
        ctx.world.set_container_use(pod, container, line);
        let class = &ctx.model.classes[ctx.world.cluster().pods[pod].class];
        let limit = class.containers[usize::from(container)].limit;
        let reaches = limit.and_then(|limit| line.reaches(limit, ctx.now)).unwrap_or(NEVER);
        let due = reaches.min(until);
        if due != life.due {
            life.due = due;
            if due != NEVER {
                let handle = ctx.world.cluster().pods.handle(pod);
                ctx.at(due, MemoryEvent::PartOver(handle, container));
            }
        }
    }

    /// The container has reached its limit, or the next part of its course begins.
    fn part_over(&mut self, pod: PodId, container: u8, ctx: &mut Context<'_>) {
        if self.life(pod, container).due != ctx.now {
            return;
        }
        self.life(pod, container).due = NEVER;
        if self.life(pod, container).reborn {
            self.begin(pod, container, ctx);
            return self.pod_changed(pod, ctx);
        }
        let row = &ctx.world.cluster().pods[pod];
        let class = &ctx.model.classes[row.class];
        let used = row.containers[usize::from(container)].line.amount(ctx.now);
        if class.containers[usize::from(container)].limit.is_some_and(|limit| used >= limit) {
            self.kill(pod, container, DeathKind::Limit, ctx);
        } else {
            let own = usage(pod, container, ctx);
            for source in &mut self.life(pod, container).sources {
                let (law, purpose) = match source.of {
                    Some(request) => (request_usage(request, ctx), Purpose::RequestMemory),
                    None => (own, Purpose::MemoryUse),
                };
                let draw = |nth| ctx.random.unit(purpose, source.subject, nth);
                if let Some(law) = law.filter(|_| source.part.until <= ctx.now) {
                    source.part = law.next(&mut source.course, ctx.now, &draw);
                }
            }
            self.follow(pod, container, ctx);
        }
        self.pod_changed(pod, ctx);
    }

    /// The kernel kills a container, or what holds its memory.
    fn kill(&mut self, pod: PodId, container: u8, kind: DeathKind, ctx: &mut Context<'_>) {
        let Some(death) = oom::death_of(pod, container, kind, ctx) else { return };
        let class = &ctx.model.classes[ctx.world.cluster().pods[pod].class];
        let in_child = class.containers[usize::from(container)].in_child;
        if in_child && !ctx.model.era.kills_whole_containers() {
            ctx.world.kill_child(pod, container, death);
            let due = ctx.now + CHILD_RESTART;
            *self.life(pod, container) = Life { due, reborn: true, ..Life::default() };
            let handle = ctx.world.cluster().pods.handle(pod);
            ctx.at(due, MemoryEvent::PartOver(handle, container));
        } else {
            *self.life(pod, container) = Life::default();
            ctx.world.kill_container(pod, container, death);
        }
    }

    /// A request adds to the use of the pod that serves it, in its first container.
    fn request_began(&mut self, request: RequestId, ctx: &mut Context<'_>) {
        let row = ctx.world.requests().at_work[request];
        let Some(pod) = ctx.world.cluster().pods.resolve(row.pod) else { return };
        if !ctx.world.cluster().pods[pod].is_up() {
            return;
        }
        let Some(law) = request_usage(request, ctx) else { return };
        let subject = member(ctx.model.queues[row.queue].subject, u64::from(row.number));
        let draw = |nth| ctx.random.unit(Purpose::RequestMemory, subject, nth);
        let (course, part) = law.begin(ctx.now, &draw);
        self.life(pod, 0).sources.push(Source { of: Some(request), course, part, subject });
        self.follow(pod, 0, ctx);
        self.pod_changed(pod, ctx);
    }

    fn request_ended(&mut self, request: RequestId, ctx: &mut Context<'_>) {
        let row = ctx.world.requests().at_work[request];
        let Some(pod) = ctx.world.cluster().pods.resolve(row.pod) else { return };
        let Some(life) = self.pods.get_mut(pod).and_then(|lives| lives.first_mut()) else { return };
        let before = life.sources.len();
        life.sources.retain(|source| source.of != Some(request));
        if life.sources.len() != before {
            self.follow(pod, 0, ctx);
            self.pod_changed(pod, ctx);
        }
    }

    fn pod_changed(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let node = ctx.world.cluster().pods[pod].node;
        if let Some(node) = node.filter(|node| ctx.world.cluster().nodes.is_live(*node)) {
            self.node_changed(node, ctx);
        }
    }

    /// Does what follows from a node's use as it is, and waits for the next threshold.
    fn node_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let group = ctx.world.cluster().nodes[node].group;
        let memory = &ctx.model.groups[group].memory;
        if ctx.world.cluster().nodes[node].health.machine != Machine::Up {
            return;
        }
        self.kill_until_it_fits(node, memory, ctx);
        let marks = Marks::of(memory);
        let line = ctx.world.memory_line(node);
        let is_over = |mark: Option<u64>| mark.is_some_and(|mark| line.amount(ctx.now) >= mark);
        let low = is_over(marks.low);
        if low && !core::mem::replace(&mut self.nodes.reach(node).low, low) {
            ctx.world.note_low_memory(node);
        }
        self.nodes.reach(node).low = low;
        if is_over(marks.starves) && !ctx.world.memory().on(node).starved {
            self.starve(node, ctx);
        }
        self.wait(node, &marks, ctx);
    }

    /// The kernel makes room in the pods' cgroup, then on the machine.
    fn kill_until_it_fits(&mut self, node: NodeId, memory: &NodeMemory, ctx: &mut Context<'_>) {
        let marks = Marks::of(memory);
        loop {
            let pods = ctx.world.memory().on(node).pods.amount(ctx.now);
            let all = ctx.world.memory_line(node).amount(ctx.now);
            let kind = if pods >= memory.kubepods && pods > 0 {
                DeathKind::Kubepods
            } else if all >= marks.host && all > 0 {
                DeathKind::Host
            } else {
                return;
            };
            // The machine is short of memory before the kernel has made room.
            if kind == DeathKind::Host && memory.starvation.is_some() && !ctx.world.memory().on(node).starved
            {
                self.starve(node, ctx);
            }
            match oom::victim(node, kind, memory, ctx) {
                Some(oom::Victim::Container(pod, container)) => self.kill(pod, container, kind, ctx),
                Some(oom::Victim::Process(process)) => {
                    let death = oom::death_on(node, kind, ctx);
                    ctx.world.kill_process(process, death);
                }
                None => return,
            }
        }
    }

    fn starve(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let death = oom::death_on(node, DeathKind::Starved, ctx);
        ctx.world.starve_node(node, death);
        let row = &ctx.world.cluster().nodes[node];
        let group = &ctx.model.groups[row.group];
        if let Some(lasts) = group.memory.starvation.as_ref().and_then(|of| of.lasts.as_ref()) {
            let subject = member(member(group.subject, u64::from(row.ordinal)), ctx.now.as_micros());
            let lasts = lasts.duration(ctx.random.unit(Purpose::Starvation, subject, 0));
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.after(lasts, MemoryEvent::Recovered(handle));
        }
        self.await_gasp(node, 0, ctx);
    }

    /// The n-th change between silence and speech of a starved node's kubelet.
    fn await_gasp(&mut self, node: NodeId, nth: u16, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let group = &ctx.model.groups[row.group];
        let Some((silence, speech)) = group.memory.starvation.as_ref().and_then(|of| of.gasps.as_ref())
        else {
            return;
        };
        let law = if nth.is_multiple_of(2) { silence } else { speech };
        let subject = member(member(group.subject, u64::from(row.ordinal)), row.health.booted_at.as_micros());
        let after = law.duration(ctx.random.unit(Purpose::Gasp, subject, u64::from(nth)));
        let handle = ctx.world.cluster().nodes.handle(node);
        ctx.after(after.max(SHORTEST_GASP), MemoryEvent::Gasp(handle, nth));
    }

    fn gasp(&mut self, node: NodeId, nth: u16, ctx: &mut Context<'_>) {
        let health = ctx.world.cluster().nodes[node].health;
        if !ctx.world.memory().on(node).starved || health.machine != Machine::Up {
            return;
        }
        let state = if nth.is_multiple_of(2) { KubeletState::Well } else { KubeletState::Silent };
        ctx.world.set_node_fault(node, NodeFault::Kubelet(state));
        self.await_gasp(node, nth.wrapping_add(1), ctx);
    }

    /// Sets the node's timer, unless one is due before.
    fn wait(&mut self, node: NodeId, marks: &Marks, ctx: &mut Context<'_>) {
        let on = *ctx.world.memory().on(node);
        let line = ctx.world.memory_line(node);
        let reached = |line: Linear, mark: u64| line.reaches(mark, ctx.now).filter(|at| *at > ctx.now);
        let starves = marks.starves.filter(|_| !on.starved);
        let next = [
            reached(on.pods, marks.kubepods),
            reached(line, marks.host),
            marks.low.and_then(|mark| reached(line, mark)),
            starves.and_then(|mark| reached(line, mark)),
        ];
        let Some(next) = next.into_iter().flatten().min() else { return };
        // Whatever changes its course before will look again.
        if next > ctx.model.clock.horizon || self.next_part(node, ctx) <= next {
            return;
        }
        if self.nodes.reach(node).alarm.bring_forward(next, ctx.now) {
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.at(next, MemoryEvent::Crossing(handle));
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

    fn recovered(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let group = ctx.world.cluster().nodes[node].group;
        let marks = Marks::of(&ctx.model.groups[group].memory);
        let all = ctx.world.memory_line(node).amount(ctx.now);
        if ctx.world.memory().on(node).starved && marks.starves.is_none_or(|mark| all < mark) {
            ctx.world.feed_node(node);
        }
    }

    fn forget(&mut self, pod: PodId) {
        if let Some(lives) = self.pods.get_mut(pod) {
            lives.clear();
        }
    }

    fn fault_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let health = ctx.world.cluster().nodes[node].health;
        if health.machine != Machine::Up {
            let pods: Vec<PodId> = ctx.world.pods_on(node).collect();
            pods.into_iter().for_each(|pod| self.forget(pod));
            *self.nodes.reach(node) = Watch::default();
        }
    }
}

/// Where the use of a node, its system's left out, has consequences.
struct Marks {
    kubepods: u64,
    host: u64,
    low: Option<u64>,
    starves: Option<u64>,
}

impl Marks {
    fn of(memory: &NodeMemory) -> Self {
        let host = memory.capacity.saturating_sub(memory.system);
        let evicts = memory.eviction_hard > 0;
        Self {
            kubepods: memory.kubepods,
            host,
            low: evicts.then(|| host.saturating_sub(memory.eviction_hard) + 1),
            starves: memory.starvation.as_ref().map(|starvation| host.saturating_sub(starvation.below) + 1),
        }
    }
}

fn usage<'m>(pod: PodId, container: u8, ctx: &Context<'m>) -> Option<&'m Usage> {
    let class = &ctx.model.classes[ctx.world.cluster().pods[pod].class];
    class.containers[usize::from(container)].memory.as_ref()
}

/// What a request adds.
fn request_usage<'m>(request: RequestId, ctx: &Context<'m>) -> Option<&'m Usage> {
    let row = &ctx.world.requests().at_work[request];
    let queue = &ctx.model.queues[row.queue];
    match &queue.poison {
        Some(poison) if row.poisonous => Some(&poison.memory),
        _ => queue.memory.as_ref(),
    }
}

impl Component for Memory {
    type Event = MemoryEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: MemoryEvent, ctx: &mut Context<'_>) {
        match event {
            MemoryEvent::PartOver(handle, container) => {
                let Some(pod) = ctx.world.cluster().pods.resolve(handle) else { return };
                if self.pods.get(pod).is_some_and(|lives| usize::from(container) < lives.len()) {
                    self.part_over(pod, container, ctx);
                }
            }
            MemoryEvent::Crossing(handle) | MemoryEvent::Recovered(handle) | MemoryEvent::Gasp(handle, _) => {
                let Some(node) = ctx.world.cluster().nodes.resolve(handle) else { return };
                match event {
                    MemoryEvent::Crossing(_) => self.crossing(node, ctx),
                    MemoryEvent::Gasp(_, nth) => self.gasp(node, nth, ctx),
                    _ => self.recovered(node, ctx),
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if !ctx.model.watches_memory {
            return;
        }
        match change {
            Change::PodStarted(pod) if ctx.world.cluster().pods[pod].phase == PodPhase::Running => {
                self.pod_started(pod, ctx);
            }
            Change::ContainerRestarted(pod, container)
                if ctx.world.cluster().pods[pod].phase == PodPhase::Running =>
            {
                self.begin(pod, container, ctx);
                self.pod_changed(pod, ctx);
            }
            Change::PodEnded(pod) | Change::PodOrphaned(pod) | Change::PodRemoved(pod) => {
                self.forget(pod);
                self.pod_changed(pod, ctx);
            }
            Change::PodRestarting(pod) => self.forget(pod),
            Change::RequestBegan(request) => self.request_began(request, ctx),
            Change::RequestEnded(request) => self.request_ended(request, ctx),
            Change::ProcessUseChanged(process) | Change::ProcessEnded(process) => {
                let node = ctx.world.memory().processes[process].node;
                if let Some(node) = ctx.world.cluster().nodes.resolve(node) {
                    self.node_changed(node, ctx);
                }
            }
            Change::NodeFaultChanged(node) if ctx.world.cluster().nodes.is_live(node) => {
                self.fault_changed(node, ctx);
            }
            Change::NodeAdded(node) => *self.nodes.reach(node) = Watch::default(),
            _ => {}
        }
    }
}

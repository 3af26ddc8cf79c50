//! The kubelets' eviction managers: pods leave a node before its kernel has to kill or its disk is full.
//!
//! Models (kubernetes pkg/kubelet/eviction; domain reference, section 4.1): a look every 10 s; while less memory is
//! available than `evictionHard` says, the node has the condition MemoryPressure and one pod is evicted at each look,
//! without grace. First those that use more than they request, then lower priority, then the largest excess; until
//! 1.8 by QoS class, then by excess. Critical pods stay. The condition lasts 5 min beyond the last look that
//! found too little; as a taint it keeps BestEffort pods away.
//! The same look finds pods with a container that has more on disk than its limit (from 1.10), and evicts all of them and
//! nothing else. Less disk than `evictionHard` says is DiskPressure: first all unused images go that are 2 min old; if that
//! is not enough, and memory is, a pod: those first that have more on disk than they request, then lower priority,
//! then the largest excess; until 1.8 by QoS class, then by excess. As a taint it keeps all pods away.
//! Leaves out: soft thresholds, the kernel's notification between two looks, what memory a pod gives back while it ends;
//! a pod's own limit of disk, the sum of its containers' (`podEphemeralStorageLimitEviction`), and those of its volumes;
//! pods that tolerate the taint and are refused by the kubelet; inodes and process ids.
//!
//! Nothing ticks: a look is simulated when the last crossing of the threshold may have left something to find. Where a
//! disk is too full and nothing on it can go, none is until something changes there.

use std::collections::BTreeMap;

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::EvictionEvent;
use crate::ids::{ClassId, Handle, ImageId, NodeId, PodId};
use crate::model::image::IMAGE_MIN_AGE;
use crate::model::{PodClass, Taint, TaintEffect};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Death, DeathKind, PodPhase};

/// `monitoringInterval`, in all versions.
const PERIOD: SimDuration = SimDuration::from_secs(10);
/// `--eviction-pressure-transition-period`.
const TRANSITION: SimDuration = SimDuration::from_secs(300);
/// `SystemCriticalPriority`: pods from here on are never evicted.
const CRITICAL: i32 = 2_000_000_000;
/// The taint of a node with the condition (k8s.io/api/core/v1/well_known_taints.go). In 2018 the scheduler looked at
/// the condition itself (CheckNodeMemoryPressure), to the same effect.
const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure";
const DISK_PRESSURE: &str = "node.kubernetes.io/disk-pressure";

/// The eviction managers of all kubelets.
#[derive(Clone, Debug, Default)]
pub struct Evictions {
    /// Nodes at whose next look there may be something to do.
    concerned: BTreeMap<NodeId, Concern>,
}

#[derive(Clone, Copy, Debug)]
struct Concern {
    node: Handle<NodeId>,
    /// The next look, if one is due.
    look: Option<SimTime>,
    /// When a look last found too little memory.
    seen: SimTime,
    /// When DiskPressure is over, if no further look finds too little disk.
    over: SimTime,
    /// The end of DiskPressure is awaited.
    awaits: bool,
    /// The last look found too little disk and nothing that could go: so does each until something changes.
    stuck: bool,
}

impl Evictions {
    /// Sees to it that the kubelet's next look is simulated.
    fn wake(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let handle = ctx.world.cluster().nodes.handle(node);
        let fresh = Concern {
            node: handle,
            look: None,
            seen: SimTime::ZERO,
            over: SimTime::ZERO,
            awaits: false,
            stuck: false,
        };
        let concern = self.concerned.entry(node).or_insert(fresh);
        if concern.node != handle {
            *concern = fresh;
        }
        if concern.look.is_some_and(|look| look > ctx.now) {
            return;
        }
        let row = &ctx.world.cluster().nodes[node];
        let subject = member(ctx.model.groups[row.group].subject, u64::from(row.ordinal));
        let phase = ctx.random.bits(Purpose::EvictionLook, subject, 0) % PERIOD.as_micros();
        let origin = row.health.booted_at + SimDuration::from_micros(phase);
        let look = if ctx.now < origin { origin } else { ctx.now.next_multiple(origin, PERIOD) };
        concern.look = Some(look);
        ctx.at(look, EvictionEvent::LookDue(handle));
    }

    fn look(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let Some(concern) = self.concerned.get_mut(&node) else { return };
        let works = ctx.world.cluster().nodes[node].health.is_heard() && !ctx.world.memory().on(node).starved;
        if concern.look != Some(ctx.now) || !works {
            return;
        }
        concern.look = None;
        let handle = concern.node;
        let (memory, disk) = (is_low(node, ctx), is_disk_low(node, ctx));
        if memory {
            concern.seen = ctx.now;
            ctx.world.set_memory_pressure(node, true);
            ctx.world.taint_node(node, taint(MEMORY_PRESSURE));
            ctx.after(TRANSITION, EvictionEvent::PressureOver(handle));
        }
        if core::mem::take(&mut concern.stuck) || disk {
            // Of the looks that were left out the last found what the first did.
            concern.over = ctx.now + if disk { TRANSITION } else { TRANSITION - PERIOD };
            if !core::mem::replace(&mut concern.awaits, true) {
                ctx.at(concern.over, EvictionEvent::DiskPressureOver(handle));
            }
        }
        if disk {
            ctx.world.set_disk_pressure(node, true);
            ctx.world.taint_node(node, taint(DISK_PRESSURE));
        }
        let stuck = disk && !memory && can_free_nothing(node, ctx);
        concern.stuck = stuck;
        evict(node, memory, disk, ctx);
        if memory || disk && !stuck {
            self.wake(node, ctx);
        }
    }

    fn disk_pressure_over(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let Some(concern) = self.concerned.get_mut(&node) else { return };
        concern.awaits = concern.over > ctx.now;
        if concern.awaits {
            let handle = concern.node;
            ctx.at(concern.over, EvictionEvent::DiskPressureOver(handle));
        } else if !concern.stuck && !is_disk_low(node, ctx) {
            ctx.world.set_disk_pressure(node, false);
            ctx.world.untaint_node(node, DISK_PRESSURE, Some(TaintEffect::NoSchedule));
        }
    }

    fn pressure_over(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let Some(concern) = self.concerned.get(&node) else { return };
        if concern.seen + TRANSITION == ctx.now && !is_low(node, ctx) {
            // With disks there may be another reason to look.
            if !ctx.model.watches_disk {
                self.concerned.remove(&node);
            }
            ctx.world.set_memory_pressure(node, false);
            ctx.world.untaint_node(node, MEMORY_PRESSURE, Some(TaintEffect::NoSchedule));
        }
    }
}

/// What a look that found this much leads to.
fn evict(node: NodeId, memory: bool, disk: bool, ctx: &mut Context<'_>) {
    let beyond: Vec<PodId> = beyond_limit(node, ctx).collect();
    if !beyond.is_empty() {
        beyond.into_iter().for_each(|pod| ctx.world.evict_for_disk(pod));
    } else if memory {
        if let Some(pod) = first_to_go(node, ctx) {
            let death = death(pod, node, ctx);
            ctx.world.evict_for_memory(pod, death);
        }
    } else if disk {
        delete_unused_images(node, ctx);
        if let Some(pod) = first_for_disk(node, ctx).filter(|_| is_disk_low(node, ctx)) {
            ctx.world.evict_for_disk(pod);
        }
    }
}

fn taint(key: &str) -> Taint {
    Taint { key: key.to_owned(), value: String::new(), effect: TaintEffect::NoSchedule }
}

fn is_low(node: NodeId, ctx: &Context<'_>) -> bool {
    let memory = &ctx.model.groups[ctx.world.cluster().nodes[node].group].memory;
    let used = ctx.world.memory_used(ctx.model, node, ctx.now);
    ctx.model.watches_memory && memory.capacity.saturating_sub(used) < memory.eviction_hard
}

fn is_disk_low(node: NodeId, ctx: &Context<'_>) -> bool {
    let group = ctx.world.cluster().nodes[node].group;
    let mark = ctx.model.groups[group].images.disk_low_at().filter(|_| ctx.model.watches_disk);
    mark.is_some_and(|mark| ctx.world.disk_used(ctx.model, node) >= mark)
}

/// Whether nothing on the node could go for want of disk, now or when an image is older.
fn can_free_nothing(node: NodeId, ctx: &Context<'_>) -> bool {
    ctx.world.unused_images(ctx.model, node).next().is_none() && first_for_disk(node, ctx).is_none()
}

/// Whether a kubelet would evict the pod at all.
fn may_go(pod: PodId, ctx: &Context<'_>) -> bool {
    let row = &ctx.world.cluster().pods[pod];
    row.phase == PodPhase::Running && ctx.model.classes[row.class].priority < CRITICAL
}

/// Pods with a container that has more on disk than its limit.
fn beyond_limit<'w>(node: NodeId, ctx: &'w Context<'_>) -> impl Iterator<Item = PodId> + 'w {
    let is_beyond = |pod: &PodId| {
        let row = &ctx.world.cluster().pods[*pod];
        let containers = row.containers.iter().zip(&ctx.model.classes[row.class].containers);
        let mut limits = containers.filter_map(|(state, of)| Some((state.disk, of.disk_limit?)));
        limits.any(|(disk, limit)| disk.amount(ctx.now) > limit)
    };
    let looks = ctx.model.watches_disk && ctx.model.era.limits_disk();
    ctx.world.pods_on(node).filter(move |pod| looks && may_go(*pod, ctx) && is_beyond(pod))
}

/// All that no pod needs (`DeleteUnusedImages`).
fn delete_unused_images(node: NodeId, ctx: &mut Context<'_>) {
    let unused = ctx.world.unused_images(ctx.model, node);
    let unused: Vec<ImageId> =
        unused.filter(|(since, _)| ctx.now.since(*since) >= IMAGE_MIN_AGE).map(|(_, image)| image).collect();
    unused.into_iter().for_each(|image| ctx.world.remove_image(ctx.model, node, image));
}

/// The pod that is evicted first for want of disk (`rankDiskPressureFunc`).
fn first_for_disk(node: NodeId, ctx: &Context<'_>) -> Option<PodId> {
    let rank = |pod: &PodId| {
        let row = &ctx.world.cluster().pods[*pod];
        let class = &ctx.model.classes[row.class];
        let requested: u64 = class.containers.iter().filter_map(|of| of.disk_request).sum();
        let excess = i128::from(ctx.world.pod_disk(*pod)) - i128::from(requested);
        (order(class, excess, ctx), -excess, row.uid)
    };
    ctx.world.pods_on(node).filter(|pod| may_go(*pod, ctx)).min_by_key(rank)
}

/// What counts before the excess itself: smaller goes first.
fn order(class: &PodClass, excess: i128, ctx: &Context<'_>) -> (i32, i32) {
    if ctx.model.era.evicts_by_qos() {
        (class.qos as i32, 0)
    } else {
        (i32::from(excess <= 0), class.priority)
    }
}

/// The pod that is evicted first for want of memory.
fn first_to_go(node: NodeId, ctx: &Context<'_>) -> Option<PodId> {
    let rank = |pod: &PodId| {
        let row = &ctx.world.cluster().pods[*pod];
        let class = &ctx.model.classes[row.class];
        let used = i128::from(ctx.world.pod_memory(*pod));
        let excess = used - i128::from(row.requests.memory_bytes);
        (order(class, excess, ctx), -excess, row.uid)
    };
    ctx.world.pods_on(node).filter(|pod| may_go(*pod, ctx)).min_by_key(rank)
}

fn death(pod: PodId, node: NodeId, ctx: &Context<'_>) -> Death {
    let group = ctx.world.cluster().nodes[node].group;
    let cause = ctx.world.memory_cause(ctx.model, node);
    Death { at: ctx.now, kind: DeathKind::Evicted, group, victim: Some(largest(pod, ctx)), cause }
}

/// The container of a pod that uses most beyond its request.
fn largest(pod: PodId, ctx: &Context<'_>) -> (ClassId, u8) {
    let row = &ctx.world.cluster().pods[pod];
    let class = &ctx.model.classes[row.class];
    let excess = |number: &usize| {
        let used = row.containers.get(*number).map_or(0, |state| state.line.amount(ctx.now));
        (used.saturating_sub(class.containers[*number].request.unwrap_or(0)), core::cmp::Reverse(*number))
    };
    let number = (0..class.containers.len()).max_by_key(excess).unwrap_or(0);
    (row.class, number as u8)
}

impl Component for Evictions {
    type Event = EvictionEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: EvictionEvent, ctx: &mut Context<'_>) {
        let (EvictionEvent::LookDue(handle)
        | EvictionEvent::PressureOver(handle)
        | EvictionEvent::DiskPressureOver(handle)) = event;
        let Some(node) = ctx.world.cluster().nodes.resolve(handle) else { return };
        match event {
            EvictionEvent::LookDue(_) => self.look(node, ctx),
            EvictionEvent::PressureOver(_) => self.pressure_over(node, ctx),
            EvictionEvent::DiskPressureOver(_) => self.disk_pressure_over(node, ctx),
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        match change {
            Change::MemoryLow(node) | Change::DiskLow(node) if ctx.world.cluster().nodes.is_live(node) => {
                self.wake(node, ctx);
            }
            // A kubelet that is heard again looks at once what it has missed.
            Change::NodeFaultChanged(node)
                if ctx.world.cluster().nodes.is_live(node)
                    && self.concerned.contains_key(&node)
                    && ctx.world.cluster().nodes[node].health.is_heard() =>
            {
                self.wake(node, ctx);
            }
            Change::NodeRemoved(node) => {
                self.concerned.remove(&node);
            }
            _ => {}
        }
    }
}

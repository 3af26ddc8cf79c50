//! The kernel's choice of a victim.
//!
//! Models: Linux mm/oom_kill.c (4.4 generation): the worst badness dies, where a container counts as one process.
//! `totalpages` is the limit of the cgroup that is full, or the machine's memory. Between equals the older pod dies.

use crate::engine::Context;
use crate::ids::{NodeId, PodId, ProcessId};
use crate::model::NodeMemory;
use crate::model::memory::{badness, oom_score_adj};
use crate::world::{Cause, Death, DeathKind, Setting};

/// What the kernel kills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Victim {
    Container(PodId, u8),
    Process(ProcessId),
}

/// Whom the kernel kills on a node when all pods, or the whole machine, have used up what there is.
pub(super) fn victim(
    node: NodeId,
    kind: DeathKind,
    memory: &NodeMemory,
    ctx: &Context<'_>,
) -> Option<Victim> {
    let total = if kind == DeathKind::Kubepods { memory.kubepods } else { memory.capacity };
    let mut worst: Option<(i128, core::cmp::Reverse<u64>, Victim)> = None;
    let mut consider = |bad: i128, age: u64, victim: Victim| {
        if worst.is_none_or(|(most, eldest, _)| (bad, core::cmp::Reverse(age)) > (most, eldest)) {
            worst = Some((bad, core::cmp::Reverse(age), victim));
        }
    };
    for pod in ctx.world.pods_on(node) {
        let row = &ctx.world.cluster().pods[pod];
        let class = &ctx.model.classes[row.class];
        for (number, (state, container)) in row.containers.iter().zip(&class.containers).enumerate() {
            let used = state.line.amount(ctx.now);
            if used > 0 {
                let request = container.request.unwrap_or(0);
                let adj = oom_score_adj(class.qos, request, memory.capacity, ctx.model.era);
                consider(badness(used, adj, total), row.uid, Victim::Container(pod, number as u8));
            }
        }
    }
    if kind == DeathKind::Host {
        let here = ctx.world.cluster().nodes.handle(node);
        let there = ctx.world.memory().processes.iter().filter(|(_, row)| row.node == here);
        for (process, row) in there {
            let used = row.line.amount(ctx.now);
            // -1000 and what is next to it never dies.
            if used > 0 && row.oom_score_adj > -1000 {
                consider(badness(used, row.oom_score_adj, total), u64::MAX, Victim::Process(process));
            }
        }
    }
    worst.map(|(_, _, victim)| victim)
}

/// The death of a container; `None` when its node is gone.
pub(super) fn death_of(pod: PodId, container: u8, kind: DeathKind, ctx: &Context<'_>) -> Option<Death> {
    let row = &ctx.world.cluster().pods[pod];
    let node = row.node?;
    let victim = Some((row.class, container));
    if kind == DeathKind::Limit {
        let group = ctx.world.cluster().nodes[node].group;
        let cause = Cause { setting: Setting::LimitBelowUse, of: victim, group };
        return Some(Death { at: ctx.now, kind, group, victim, cause });
    }
    Some(Death { victim, ..death_on(node, kind, ctx) })
}

/// A death on a node whose victim is not a container.
pub(super) fn death_on(node: NodeId, kind: DeathKind, ctx: &Context<'_>) -> Death {
    let group = ctx.world.cluster().nodes[node].group;
    Death { at: ctx.now, kind, group, victim: None, cause: ctx.world.memory_cause(ctx.model, node) }
}

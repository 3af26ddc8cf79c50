//! CPU that a starting container lacks: it takes longer by as much.
//!
//! Models: a limit throttles (CFS quota); when the containers of a node want more than it has, each gets a part by its
//! shares, 1024 for a requested core and never fewer than 2 (kubernetes pkg/kubelet/cm, `MilliCPUToShares`).
//! Leaves out: what others leave of their part; containers that are slowed down while they run; bursts of credits.

use crate::engine::random::member;
use crate::engine::{Context, Purpose};
use crate::ids::{NodeId, PodId};
use crate::time::SimDuration;

/// Nothing is lacking, in thousandths.
const FULL: u64 = 1000;
const MIN_SHARES: u64 = 2;

/// What a pod wants, in millicores, and its part.
#[derive(Clone, Copy, Default)]
struct Demand {
    /// Without limits.
    wants: u64,
    /// Within them.
    needs: u64,
    shares: u64,
}

/// How long a start takes that takes `delay` with all the CPU it wants.
pub(super) fn slowed(delay: SimDuration, pod: PodId, node: NodeId, ctx: &Context<'_>) -> SimDuration {
    let own = demand(pod, ctx);
    if own.wants == 0 {
        return delay;
    }
    let group = &ctx.model.groups[ctx.world.cluster().nodes[node].group];
    let capacity = group.allocatable.cpu_millis + group.daemon_sets.cpu_millis;
    let others =
        ctx.world.pods_on(node).filter(|other| *other != pod && ctx.world.cluster().pods[*other].is_up());
    let all = others.map(|other| demand(other, ctx)).fold(own, |sum, of| Demand {
        wants: 0,
        needs: sum.needs + of.needs,
        shares: sum.shares + of.shares,
    });
    let part = if all.needs <= capacity { own.needs } else { capacity * own.shares / all.shares.max(1) };
    let gets = part.min(own.needs).max(1);
    let slow = (own.wants * FULL / gets).max(FULL);
    SimDuration::from_micros(delay.times(slow).as_micros() / FULL)
}

fn demand(pod: PodId, ctx: &Context<'_>) -> Demand {
    let row = &ctx.world.cluster().pods[pod];
    let mut sum = Demand::default();
    for (number, container) in ctx.model.classes[row.class].containers.iter().enumerate() {
        let Some(law) = &container.cpu else { continue };
        let unit = ctx.random.unit(Purpose::CpuUse, member(row.subject, number as u64), 0);
        let wants = law.quantile(unit).clamp(0.0, 1e9) as u64;
        sum.wants += wants;
        sum.needs += wants.min(container.cpu_limit.unwrap_or(u64::MAX));
        sum.shares += (container.cpu_request.unwrap_or(0) * 1024 / 1000).max(MIN_SHARES);
    }
    sum
}

//! HorizontalPodAutoscalers on CPU.
//!
//! Models (kubernetes pkg/controller/podautoscaler: horizontal.go, replica_calculator.go): every 15 s (30 s
//! until 1.11) the use of the pods, in whole per cents of their requests, is compared with the target;
//! within a tenth of it nothing happens; else ceil(pods x use / target) are wanted. Pods without metrics
//! count 100 % when that would shrink and 0 when it would grow, pods that are not Ready or have been
//! started less than 5 minutes ago and measured before they were Ready count 0 when it would grow; a
//! direction that this turns round is dropped. Growth: at most the larger of double and four more in 15 s;
//! shrinkage to the highest recommendation of the last 5 minutes (`autoscaling/v2` defaults). Until 1.11
//! instead: nothing for 3 minutes after a change when growing, 5 when shrinking, and at most double or 4.
//! The use itself comes from `cpuDemand`, shared evenly by the Ready pods, and is as old as the
//! metrics pipeline makes it.
//! Leaves out: other metrics than CPU, `behavior`, several metrics at once.

use std::collections::BTreeMap;

use crate::engine::{Component, Context};
use crate::event::PodAutoscalerEvent;
use crate::ids::WorkloadId;
use crate::model::controllers::Autoscaling;
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Pod, PodPhase};

/// `--horizontal-pod-autoscaler-cpu-initialization-period`.
const CPU_INITIALIZATION: SimDuration = SimDuration::from_secs(300);
/// `--horizontal-pod-autoscaler-downscale-stabilization`, and the window of `scaleDown`.
const STABILIZATION: SimDuration = SimDuration::from_secs(300);
/// The period of the default policies.
const POLICY_PERIOD: SimDuration = SimDuration::from_secs(15);
/// `--horizontal-pod-autoscaler-upscale-delay` and `-downscale-delay`, until 1.11.
const UPSCALE_DELAY: SimDuration = SimDuration::from_secs(180);
const DOWNSCALE_DELAY: SimDuration = SimDuration::from_secs(300);

/// The HorizontalPodAutoscaler controller.
#[derive(Clone, Debug, Default)]
pub struct PodAutoscalers {
    rows: BTreeMap<WorkloadId, History>,
}

/// What it remembers of a workload.
#[derive(Clone, Debug, Default)]
struct History {
    /// Recommendations of the last five minutes.
    recommended: Vec<(SimTime, u32)>,
    /// Changes of the last 15 seconds, pods added less pods taken.
    changes: Vec<(SimTime, i64)>,
    last_change: Option<SimTime>,
}

/// The pods of a workload as the calculator sorts them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Sorted {
    /// With metrics that count.
    measured: u64,
    /// Not Ready, or not for long enough.
    unready: u64,
    /// Without metrics.
    missing: u64,
}

/// ceil(of x use / target).
fn scaled(of: u64, use_percent: u64, target: u64) -> u64 {
    (of * use_percent).div_ceil(target)
}

/// The number of pods recommended (`GetResourceReplicas`). `use_millis` is what the measured pods use
/// together, `request` what each pod asks for, `target` in per cent.
fn recommend(current: u32, pods: Sorted, use_millis: u64, request: u64, target: u64) -> u32 {
    let current = u64::from(current);
    if pods.measured == 0 {
        return current as u32;
    }
    let percent = |millis: u64, pods: u64| millis * 100 / (request * pods).max(1);
    let close = |percent: u64| percent.abs_diff(target) * 10 <= target;
    let used = percent(use_millis, pods.measured);
    let growing = used > target;
    let with_unready = growing && pods.unready > 0;
    if pods.missing == 0 && !with_unready {
        return if close(used) { current as u32 } else { scaled(pods.measured, used, target) as u32 };
    }
    let unready = if with_unready { pods.unready } else { 0 };
    let count = pods.measured + pods.missing + unready;
    // Missing ones at their whole request on the way down, at nothing on the way up.
    let filled = if used < target { pods.missing * request * target.max(100) / 100 } else { 0 };
    let again = percent(use_millis + filled, count);
    let turned = (used < target && again > target) || (growing && again < target);
    if close(again) || turned {
        return current as u32;
    }
    let wanted = scaled(count, again, target);
    let against = (again < target && wanted > current) || (again > target && wanted < current);
    if against { current as u32 } else { wanted as u32 }
}

impl PodAutoscalers {
    fn look(&mut self, workload: WorkloadId, ctx: &mut Context<'_>) {
        let row = &ctx.model.workloads[workload];
        let Some(scaler) = row.autoscaling else { return };
        let current = ctx.world.controllers().wanted[workload].replicas;
        if current == 0 {
            // Scaled to nothing by hand: autoscaling is off.
            return;
        }
        let class = ctx.world.controllers().wanted[workload].class;
        let request = ctx.model.classes[class].requests.cpu_millis.max(1);
        let measured_at = SimTime::ZERO + ctx.now.since(SimTime::ZERO + age(ctx));
        let pods = sort(workload, measured_at, ctx);
        let demand = row.demand.at(measured_at);
        let wanted = recommend(current, pods, demand, request, scaler.target_percent);
        let history = self.rows.entry(workload).or_default();
        let allowed = if ctx.model.era.autoscaling_has_forbidden_windows() {
            history.after_delays(current, wanted, scaler, ctx.now)
        } else {
            history.stabilized(current, wanted, scaler, ctx.now)
        };
        if allowed != current {
            history.last_change = Some(ctx.now);
            history.changes.push((ctx.now, i64::from(allowed) - i64::from(current)));
            ctx.world.scale_workload(workload, allowed);
        }
    }
}

fn age(ctx: &Context<'_>) -> SimDuration {
    SimDuration::from_secs(ctx.model.era.metrics_age_secs())
}

/// Sorts the pods (`groupPods`).
fn sort(workload: WorkloadId, measured_at: SimTime, ctx: &Context<'_>) -> Sorted {
    let waits_for_initialization = !ctx.model.era.autoscaling_has_forbidden_windows();
    let mut sorted = Sorted::default();
    for (_, row) in ctx.world.pods_of(workload).filter(|(_, row)| row.is_active()) {
        match class_of(row, measured_at, waits_for_initialization, ctx.now) {
            Measure::Counts => sorted.measured += 1,
            Measure::Unready => sorted.unready += 1,
            Measure::Missing => sorted.missing += 1,
        }
    }
    sorted
}

enum Measure {
    Counts,
    Unready,
    Missing,
}

fn class_of(row: &Pod, measured_at: SimTime, initializes: bool, now: SimTime) -> Measure {
    let Some(ready_since) = row.ready_since else { return Measure::Unready };
    if row.phase != PodPhase::Running {
        return Measure::Unready;
    }
    if row.started_at > measured_at {
        return Measure::Missing;
    }
    let young = now.since(row.started_at) < CPU_INITIALIZATION;
    if initializes && young && measured_at < ready_since { Measure::Unready } else { Measure::Counts }
}

impl History {
    /// `autoscaling/v2`: the highest of the last five minutes when shrinking, the policies when growing.
    fn stabilized(&mut self, current: u32, wanted: u32, scaler: Autoscaling, now: SimTime) -> u32 {
        self.recommended.retain(|(at, _)| now.since(*at) < STABILIZATION);
        self.recommended.push((now, wanted));
        self.changes.retain(|(at, _)| now.since(*at) < POLICY_PERIOD);
        let highest = self.recommended.iter().map(|(_, wanted)| *wanted).max().unwrap_or(wanted);
        let steady = if wanted < current { highest.min(current) } else { wanted };
        let added: i64 = self.changes.iter().map(|(_, step)| step.max(&0)).sum();
        let at_start = u32::try_from(i64::from(current) - added).unwrap_or(0);
        let most = current.max((at_start.saturating_mul(2)).max(at_start + 4));
        steady.min(most).clamp(scaler.min, scaler.max)
    }

    /// Until 1.11: forbidden windows.
    fn after_delays(&self, current: u32, wanted: u32, scaler: Autoscaling, now: SimTime) -> u32 {
        let wanted = wanted.min(current.saturating_mul(2).max(4)).clamp(scaler.min, scaler.max);
        let delay = if wanted > current { UPSCALE_DELAY } else { DOWNSCALE_DELAY };
        if self.last_change.is_some_and(|at| now.since(at) < delay) { current } else { wanted }
    }
}

impl Component for PodAutoscalers {
    type Event = PodAutoscalerEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for (workload, row) in ctx.model.workloads.iter_enumerated() {
            if row.autoscaling.is_some() {
                self.rows.insert(workload, History::default());
            }
        }
        if !self.rows.is_empty() {
            ctx.at(ctx.now, PodAutoscalerEvent::LookDue);
        }
    }

    fn fire(&mut self, _: PodAutoscalerEvent, ctx: &mut Context<'_>) {
        let workloads: Vec<WorkloadId> = self.rows.keys().copied().collect();
        for workload in workloads {
            self.look(workload, ctx);
        }
        let period = SimDuration::from_secs(ctx.model.era.autoscaling_period_secs());
        ctx.after(period, PodAutoscalerEvent::LookDue);
    }

    fn observe(&mut self, _: Change, _: &mut Context<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALER: Autoscaling = Autoscaling { min: 1, max: 100, target_percent: 50 };

    fn pods(measured: u64, unready: u64, missing: u64) -> Sorted {
        Sorted { measured, unready, missing }
    }

    #[test]
    fn the_formula_rounds_up_outside_of_a_tenth() {
        // Requests of 100m, target 50 %: 4 pods aim at 200m.
        assert_eq!(recommend(4, pods(4, 0, 0), 300, 100, 50), 6);
        assert_eq!(recommend(4, pods(4, 0, 0), 220, 100, 50), 4, "55 % is within a tenth");
        assert_eq!(recommend(4, pods(4, 0, 0), 224, 100, 50), 5, "56 % is not");
        assert_eq!(recommend(4, pods(4, 0, 0), 180, 100, 50), 4, "45 % is within");
        assert_eq!(recommend(4, pods(4, 0, 0), 176, 100, 50), 4, "44 % asks for 3.52");
        assert_eq!(recommend(4, pods(4, 0, 0), 100, 100, 50), 2);
        assert_eq!(recommend(4, pods(0, 4, 0), 0, 100, 50), 4, "no metrics, no change");
    }

    #[test]
    fn missing_pods_count_whole_on_the_way_down_and_nothing_on_the_way_up() {
        // Two measured at 80 %: growing; two missing at 0 make it 40 %: turned round, so nothing.
        assert_eq!(recommend(4, pods(2, 0, 2), 160, 100, 50), 4);
        // Two measured at 200 %: with two at 0 still 100 % of 4.
        assert_eq!(recommend(4, pods(2, 0, 2), 400, 100, 50), 8);
        // Three measured at 10 %, one missing at 100 %: 32 % of 4 asks for 3.
        assert_eq!(recommend(4, pods(3, 0, 1), 30, 100, 50), 3);
        // Two missing at 100 %: 55 %, turned round.
        assert_eq!(recommend(4, pods(2, 0, 2), 20, 100, 50), 4);
    }

    #[test]
    fn unready_pods_count_nothing_on_the_way_up_and_are_left_out_on_the_way_down() {
        assert_eq!(recommend(4, pods(2, 2, 0), 200, 100, 50), 4, "100 % of two is 50 % of four");
        assert_eq!(recommend(4, pods(2, 2, 0), 20, 100, 50), 1, "10 % of the two that count");
    }

    #[test]
    fn growth_is_bounded_and_shrinkage_waits_for_the_highest_of_five_minutes() {
        let at = SimTime::from_secs;
        let mut history = History::default();
        assert_eq!(history.stabilized(2, 50, SCALER, at(0)), 6, "four more");
        assert_eq!(history.stabilized(6, 50, SCALER, at(15)), 12, "double");
        assert_eq!(history.stabilized(12, 2, SCALER, at(30)), 12, "50 was asked for");
        assert_eq!(history.stabilized(12, 2, SCALER, at(314)), 12);
        assert_eq!(history.stabilized(12, 2, SCALER, at(315)), 2, "at once, when the window is over");
    }

    #[test]
    fn the_old_windows_forbid_changes() {
        let at = SimTime::from_secs;
        let history = History { last_change: Some(at(1_000)), ..History::default() };
        assert_eq!(history.after_delays(4, 20, SCALER, at(1_179)), 4);
        assert_eq!(history.after_delays(4, 20, SCALER, at(1_180)), 8, "at most double");
        assert_eq!(history.after_delays(4, 2, SCALER, at(1_299)), 4);
        assert_eq!(history.after_delays(4, 2, SCALER, at(1_300)), 2);
    }
}

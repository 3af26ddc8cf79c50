//! How many things a scenario may have: bounds that are far beyond real ones and keep a hostile or
//! generated file from taking hours or all memory before the run has begun.

use super::super::scalar::Problem;
use super::super::schema::Scenario;

const MAX_GROUPS: usize = 1_000;
const MAX_POPULATIONS: usize = 5_000;
const MAX_ENTRIES: usize = 10_000;
const MAX_CHECKS: usize = 2_000;
/// Points of all profiles times the days they repeat on: the pieces of the unrolled rates.
const MAX_PIECES: usize = 2_000_000;

/// What there is too much of, if anything.
pub(super) fn check(scenario: &Scenario) -> Result<(), Problem> {
    let days = (scenario.duration.duration + scenario.warm_up.duration).as_secs_f64() / 86_400.0;
    let streams = scenario.workloads.values().filter_map(|workload| workload.arrivals.as_ref());
    let streams = streams.chain(scenario.queues.values().filter_map(|queue| queue.arrivals.as_ref()));
    let streams = streams.chain(scenario.audience.values().map(|audience| &audience.arrivals));
    let points: usize = streams.filter_map(|stream| stream.profile.as_ref()).map(Vec::len).sum();
    for (count, what, limit) in [
        (scenario.node_groups.len(), "node groups", MAX_GROUPS),
        (scenario.workloads.len(), "workloads", MAX_POPULATIONS),
        (scenario.services.len(), "services", MAX_POPULATIONS),
        (scenario.persistent_volume_claims.len(), "claims", MAX_POPULATIONS),
        (scenario.queues.len(), "queues", MAX_POPULATIONS),
        (scenario.images.len(), "images", MAX_POPULATIONS),
        (scenario.audience.len(), "audiences", MAX_POPULATIONS),
        (scenario.timeline.len(), "entries of the timeline", MAX_ENTRIES),
        (scenario.checks.len(), "checks", MAX_CHECKS),
        (
            points.saturating_mul(days.min(1e6) as usize + 2),
            "points of profiles, each day counted",
            MAX_PIECES,
        ),
    ] {
        if count > limit {
            let fact = format!("{count} {what}; a scenario has at most {limit}");
            return Err(Problem::new("S063", fact, "make equal things one, with a higher number or rate"));
        }
    }
    Ok(())
}

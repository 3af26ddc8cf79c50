//! Series: what charts are drawn from, on one grid of instants for all of them.
//!
//! The step is the shortest round one that keeps within [`MAX_POINTS`]. Levels hold at a point, flows
//! count what happened since the point before; point 0 counts what happens in the first instant. Where
//! no launch succeeded between two points, their waits are 0. Memory in use is looked up at the points:
//! between them it follows lines that nothing else keeps the sum of.

use indexmap::IndexMap;

use super::books::{Books, PARTS};
use super::layout::{Dimensions, Place};
use super::memory::InUse;
use crate::check::{Flow, Labels, Level, Metric};
use crate::model::{Clock, Model};
use crate::report::{MAX_POINTS, SeriesSet};
use crate::time::{SimDuration, SimTime};
use crate::world::World;

/// Beyond this many audiences, charts do not tell them apart.
const MAX_AUDIENCES: usize = 8;

/// Steps that a reader can count in, in seconds; above a day, powers of two of a day.
const STEPS: [u64; 13] = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200];

/// The levels that have a series.
const LEVELS: [Level; 17] = [
    Level::PodsPending,
    Level::PodsStarting,
    Level::PodsRunning,
    Level::PodsTerminating,
    Level::NodesTotal,
    Level::NodesReady,
    Level::NodesSchedulable,
    Level::NodesTarget,
    Level::NodesCeiling,
    Level::ContainersAlive,
    Level::MemoryRequested,
    Level::CpuRequested,
    Level::MemoryRequestedBytes,
    Level::MemoryAllocatableBytes,
    Level::ServersTotal,
    Level::ServersReady,
    Level::UsersWaiting,
];

/// The levels of which the users' part has a series: with the hub's records and the users who wait they are the four
/// populations that agree only while all is well.
const USERS_LEVELS: [Level; 2] = [Level::PodsTotal, Level::ContainersAlive];

/// The flows that have a series.
const FLOWS: [Flow; 5] =
    [Flow::PodsCreated, Flow::NodesRequested, Flow::LaunchStarted, Flow::LaunchSucceeded, Flow::LaunchFailed];

/// The series as far as the run has come.
#[derive(Clone, Debug)]
pub(super) struct Series {
    next: SimTime,
    step: SimDuration,
    end: SimTime,
    seconds: Vec<f64>,
    columns: Vec<Column>,
    /// Successful launches since the last point: how many, all their waits, the longest.
    waits: (u64, u128, SimDuration),
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    source: Source,
    values: Vec<f64>,
}

#[derive(Clone, Debug)]
enum Source {
    /// A slot of the levels, and what its integers are divided by.
    Level(usize, f64),
    /// Slots of the levels that are added up: one for each audience.
    Audiences(Box<[usize]>),
    /// A slot of the flows, and its total at the last point.
    Flow(usize, u64),
    WaitMean,
    WaitMax,
    MemoryUsed,
    FullestNode,
}

/// The step of the grid over `duration`.
fn step(duration: SimDuration) -> SimDuration {
    let enough = |step: &u64| duration.as_micros().div_ceil(step * 1_000_000) < MAX_POINTS as u64;
    if duration < SimDuration::from_secs(600) {
        return SimDuration::from_secs(1);
    }
    let days = (0..24).map(|power| 86_400 << power);
    SimDuration::from_secs(STEPS.into_iter().chain(days).find(enough).unwrap_or(86_400 << 24))
}

impl Series {
    /// The empty series of a model.
    pub fn new(books: &mut Books, model: &Model) -> Self {
        let Clock { horizon: end, .. } = model.clock;
        let step = step(model.clock.report_duration());
        let points = model.clock.report_duration().as_micros() / step.as_micros() + 2;
        let hub = model.hub.is_some();
        let mut columns = Vec::new();
        let mut column = |name: String, source| {
            let values = Vec::with_capacity(points as usize);
            columns.push(Column { name, source, values });
        };
        let everywhere = Place::default();
        for level in LEVELS {
            let entry = Metric::Level(level).entry();
            if entry.labels == Labels::Audience && !hub {
                continue;
            }
            let shares = matches!(level, Level::MemoryRequested | Level::CpuRequested);
            let slot = books.level_layout.read(level as usize, everywhere);
            column(entry.name.to_owned(), Source::Level(slot, if shares { PARTS } else { 1.0 }));
            if level == Level::PodsRunning && model.audiences.len() <= MAX_AUDIENCES {
                for (audience, row) in model.audiences.iter_enumerated() {
                    let place = Place { owner: Dimensions::audience(audience), group: 0 };
                    let slot = books.level_layout.read(level as usize, place);
                    column(format!("{}{{audience={}}}", entry.name, row.name), Source::Level(slot, 1.0));
                }
            }
        }
        for level in USERS_LEVELS.into_iter().filter(|_| hub) {
            let place = |audience| Place { owner: Dimensions::audience(audience), group: 0 };
            let slots = model.audiences.ids().map(|id| books.level_layout.read(level as usize, place(id)));
            let name = format!("{}{{audience=*}}", Metric::Level(level).entry().name);
            column(name, Source::Audiences(slots.collect()));
        }
        for flow in FLOWS {
            let entry = Metric::Flow(flow).entry();
            if entry.labels != Labels::Audience || hub {
                let slot = books.flow_layout.read(flow as usize, everywhere);
                column(entry.name.to_owned(), Source::Flow(slot, 0));
            }
        }
        if hub {
            column("launch.waitMeanSeconds".to_owned(), Source::WaitMean);
            column("launch.waitMaxSeconds".to_owned(), Source::WaitMax);
        }
        if model.watches_memory {
            column("cluster.memoryUsedBytes".to_owned(), Source::MemoryUsed);
            column("nodes.memoryUsedMaxShare".to_owned(), Source::FullestNode);
        }
        let seconds = Vec::with_capacity(points as usize);
        let waits = (0, 0, SimDuration::ZERO);
        Self { next: model.clock.report_start(), step, end, seconds, columns, waits }
    }

    /// How many points have been taken.
    pub fn points(&self) -> usize {
        self.seconds.len()
    }

    /// The instant of the next point; [`SimTime::MAX`] after the last.
    pub fn next(&self) -> SimTime {
        self.next
    }

    /// A launch succeeded after this wait.
    pub fn launch_succeeded(&mut self, wait: SimDuration) {
        self.waits.0 += 1;
        self.waits.1 += u128::from(wait.as_micros());
        self.waits.2 = self.waits.2.max(wait);
    }

    /// Takes the next point: books and world are as they are after everything at its instant.
    pub fn take(&mut self, books: &Books, world: &World, model: &Model) {
        let clock = &model.clock;
        let in_use = InUse::at(self.next, world, model);
        let (count, sum, max) = core::mem::take(&mut self.waits);
        // Waits of the warm-up lead up to point 0.
        let count = if self.seconds.is_empty() { 0 } else { count };
        for Column { source, values, .. } in &mut self.columns {
            values.push(match source {
                Source::Level(slot, parts) => books.levels.value(*slot) as f64 / *parts,
                Source::Audiences(slots) => {
                    slots.iter().map(|slot| books.levels.value(*slot)).sum::<i64>() as f64
                }
                Source::Flow(slot, before) => {
                    let total = books.flows.total(*slot);
                    (total - core::mem::replace(before, total)) as f64
                }
                Source::WaitMean if count > 0 => sum as f64 / 1e6 / count as f64,
                Source::WaitMax if count > 0 => max.as_secs_f64(),
                Source::WaitMean | Source::WaitMax => 0.0,
                Source::MemoryUsed => in_use.bytes as f64,
                Source::FullestNode => in_use.fullest,
            });
        }
        self.seconds.push(self.next.since(clock.report_start()).as_secs_f64());
        self.next = if self.next < self.end { (self.next + self.step).min(self.end) } else { SimTime::MAX };
    }

    /// The series as the report holds them.
    pub fn finish(self, clock: &Clock) -> SeriesSet {
        let metrics: IndexMap<_, _> =
            self.columns.into_iter().map(|column| (column.name, column.values)).collect();
        SeriesSet {
            seconds: self.seconds,
            start_second_of_day: clock.second_of_day(clock.report_start()),
            metrics,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_a_round_step_and_a_bounded_number_of_points() {
        let step_of = |seconds| step(SimDuration::from_secs(seconds)).as_micros() / 1_000_000;
        assert_eq!(step_of(300), 1);
        assert_eq!(step_of(2 * 3_600), 10);
        assert_eq!(step_of(15 * 3_600 + 1_800), 60);
        assert_eq!(step_of(7 * 86_400), 900);
        assert_eq!(step_of(365 * 86_400), 43_200);
        assert_eq!(step_of(10 * 365 * 86_400), 4 * 86_400);
        for seconds in [1_u64, 599, 600, 9_989, 9_990, 9_991, 86_400, 1 << 33] {
            let points = seconds.div_ceil(step_of(seconds)) + 1;
            assert!(points <= MAX_POINTS as u64, "{seconds}: {points}");
        }
    }
}

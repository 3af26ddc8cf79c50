//! Notes: what a reader of the charts should know, seen by the model as it happens.
//!
//! Few and useful. The timeline's entries are all noted; the model adds when a group stands at its
//! ceiling, when pods begin to wait for room, and when launches begin to fail and succeed again. Each
//! has a condition that must end before it is noted again, and the number of notes is bounded.

use crate::ids::{ActionId, GroupId, IdVec, ZoneId};
use crate::model::Model;
use crate::report::{Note, NoteBy};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Disruption, World};

/// The most notes that a report has.
const MAX_NOTES: usize = 200;
/// Two notes of one kind by the model are at least this far apart.
const QUIET: SimDuration = SimDuration::from_secs(15 * 60);
/// Launches that are looked back upon.
const LAUNCHES: u32 = 20;
/// Failures among them with which launches count as failing.
const FAILING: u32 = 10;
/// Failures among them with which they count as succeeding again.
const RECOVERED: u32 = 2;

/// The notes so far and the conditions that lead to more.
#[derive(Clone, Debug)]
pub(super) struct Notes {
    notes: Vec<Note>,
    left_out: usize,
    /// Groups that stand at their ceiling.
    at_ceiling: IdVec<GroupId, bool>,
    ceiling_noted: IdVec<GroupId, Option<SimTime>>,
    /// Pods have been unschedulable since the last time that none was pending.
    crowded: bool,
    crowded_noted: Option<SimTime>,
    /// The last launches that ended, a 1 for each failure, the latest lowest.
    outcomes: u32,
    ended: u32,
    failing: bool,
}

impl Notes {
    pub fn new(model: &Model) -> Self {
        Self {
            notes: Vec::with_capacity(MAX_NOTES),
            left_out: 0,
            at_ceiling: model.groups.iter().map(|group| group.initial >= group.max).collect(),
            ceiling_noted: model.groups.iter().map(|_| None).collect(),
            crowded: false,
            crowded_noted: None,
            outcomes: 0,
            ended: 0,
            failing: false,
        }
    }

    /// Takes a change in; `pending` pods have no node now.
    pub fn observe(&mut self, now: SimTime, change: Change, pending: i64, world: &World, model: &Model) {
        match change {
            Change::ActionTaken(action) => self.action_taken(now, action, model),
            Change::AlertFired(alert) => {
                let text = format!("alert: {}", model.alerts[alert].name);
                self.note(now, NoteBy::Model, text, model);
            }
            Change::GroupTargetChanged(group) | Change::GroupLimitsChanged(group) => {
                self.group_changed(now, group, world, model);
            }
            Change::FaultStruck(node, which) => {
                let row = &world.cluster().nodes[node];
                let group = &model.groups[row.group];
                let text = format!(
                    "{}-{}: {} by chance",
                    group.name,
                    row.ordinal,
                    group.machine.faults[usize::from(which)].name
                );
                self.note(now, NoteBy::Model, text, model);
            }
            Change::ZoneDisruptionChanged(zone) => self.zone_changed(now, zone, world, model),
            Change::PodUnschedulable(_) => {
                let quiet = is_quiet(self.crowded_noted, now);
                if !core::mem::replace(&mut self.crowded, true) && quiet {
                    self.crowded_noted = Some(now);
                    self.note(
                        now,
                        NoteBy::Model,
                        "pods wait for room: the first is unschedulable".into(),
                        model,
                    );
                }
            }
            Change::PodBound(_) | Change::PodRemoved(_) if pending == 0 => self.crowded = false,
            Change::LaunchSucceeded(_) => self.launch_ended(now, false, model),
            Change::LaunchFailed(_) => self.launch_ended(now, true, model),
            _ => {}
        }
    }

    /// All notes in order of time.
    pub fn finish(mut self) -> Vec<Note> {
        if let Some(last) = self.notes.last_mut().filter(|_| self.left_out > 0) {
            last.text.push_str(&format!(" (and {} more notes)", self.left_out));
        }
        self.notes
    }

    /// Worth a note only where the rate of evictions changes with it.
    fn zone_changed(&mut self, now: SimTime, zone: ZoneId, world: &World, model: &Model) {
        let row = world.cluster().zones[zone];
        let name = &model.zones[zone];
        let subject = if name.is_empty() { "the cluster".to_owned() } else { format!("zone {name}") };
        let what = match row.disruption {
            Disruption::None => return,
            Disruption::Full => "no node is Ready",
            Disruption::Partial if row.nodes > model.node_lifecycle.large_zone => {
                "most nodes are not Ready; evictions slow down"
            }
            Disruption::Partial => "most nodes are not Ready; evictions stop",
        };
        self.note(now, NoteBy::Model, format!("{subject}: {what}"), model);
    }

    fn action_taken(&mut self, now: SimTime, action: ActionId, model: &Model) {
        let action = &model.timeline[action];
        let text = action.note.as_ref().unwrap_or(&action.name);
        self.note(now, NoteBy::Timeline, text.clone(), model);
    }

    fn group_changed(&mut self, now: SimTime, group: GroupId, world: &World, model: &Model) {
        let row = &world.cluster().groups[group];
        let at_ceiling = row.target >= row.max;
        let was = core::mem::replace(&mut self.at_ceiling[group], at_ceiling);
        // A group that is not meant to grow says nothing by not growing.
        let reached = at_ceiling && !was && row.min < row.max;
        if reached && reported(now, model) && is_quiet(self.ceiling_noted[group], now) {
            self.ceiling_noted[group] = Some(now);
            let text = format!("nodes of `{}` at the ceiling of {}", model.groups[group].name, row.max);
            self.note(now, NoteBy::Model, text, model);
        }
    }

    fn launch_ended(&mut self, now: SimTime, failed: bool, model: &Model) {
        self.outcomes = (self.outcomes << 1 | u32::from(failed)) & ((1 << LAUNCHES) - 1);
        self.ended = (self.ended + 1).min(LAUNCHES);
        let failures = self.outcomes.count_ones();
        if self.ended < LAUNCHES {
            return;
        }
        if !self.failing && failures >= FAILING {
            self.failing = true;
            let text = format!("launches fail: {failures} of the last {LAUNCHES}");
            self.note(now, NoteBy::Model, text, model);
        } else if self.failing && failures <= RECOVERED {
            self.failing = false;
            let text = format!("launches succeed again: {} of the last {LAUNCHES}", LAUNCHES - failures);
            self.note(now, NoteBy::Model, text, model);
        }
    }

    fn note(&mut self, now: SimTime, by: NoteBy, text: String, model: &Model) {
        if !reported(now, model) {
            return;
        }
        if self.notes.len() == MAX_NOTES {
            self.left_out += 1;
            return;
        }
        let seconds = now.since(model.clock.report_start()).as_secs_f64();
        self.notes.push(Note { seconds, clock: model.clock.time_of_day(now), by, text });
    }
}

/// Whether the report covers this instant.
fn reported(now: SimTime, model: &Model) -> bool {
    now >= model.clock.report_start()
}

/// Whether the last note of a kind is long enough ago.
fn is_quiet(last: Option<SimTime>, now: SimTime) -> bool {
    last.is_none_or(|last| now.since(last) >= QUIET)
}

//! When the cloud had no machines of a group in any of its zones.

use crate::ids::{GroupId, IdVec};
use crate::model::Model;
use crate::time::{SimDuration, SimTime};
use crate::world::World;

/// Spells without machines, by group.
#[derive(Clone, Debug)]
pub(super) struct Stock {
    spells: IdVec<GroupId, Vec<Spell>>,
}

#[derive(Clone, Copy, Debug)]
struct Spell {
    from: SimTime,
    /// The end of time: it lasts.
    until: SimTime,
}

impl Stock {
    pub(super) fn new(model: &Model) -> Self {
        Self { spells: model.groups.iter().map(|_| Vec::new()).collect() }
    }

    /// What is in stock has changed.
    pub(super) fn changed(&mut self, now: SimTime, world: &World, model: &Model) {
        for (group, row) in model.groups.iter_enumerated() {
            let out = row.machine.zones.iter().all(|zone| world.is_out_of_stock(group, *zone));
            let spells = &mut self.spells[group];
            let lasting = spells.last_mut().filter(|spell| spell.until == SimTime::MAX);
            match (lasting, out) {
                (None, true) => spells.push(Spell { from: now, until: SimTime::MAX }),
                (Some(spell), false) => spell.until = now,
                _ => {}
            }
        }
    }

    /// For how long there were none between the two instants.
    pub(super) fn lacked(&self, group: GroupId, from: SimTime, until: SimTime) -> SimDuration {
        let overlap = |spell: &Spell| (spell.from.max(from), spell.until.min(until));
        let overlaps = self.spells[group].iter().map(overlap).filter(|(from, until)| from < until);
        overlaps.fold(SimDuration::default(), |sum, (from, until)| sum + until.since(from))
    }
}

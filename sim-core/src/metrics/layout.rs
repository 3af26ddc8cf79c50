//! Where each metric's numbers lie: a dense table with a slot for every combination of labels.
//!
//! Position 0 of a dimension means "all of them", so a pod that changes state touches at most four
//! slots: all, its owner's, its group's, and both. Of these only those are kept that somebody reads.

use crate::check::{CATALOGUE, Kind, Labels, Owner, Selector};
use crate::ids::{AudienceId, GroupId, Id, WorkloadId};
use crate::model::Model;

/// Numbers of things that labels name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dimensions {
    groups: usize,
    audiences: usize,
    workloads: usize,
}

/// Whose and where, as positions in the dimensions of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    /// 0: anyone; then audiences, then workloads.
    pub owner: u32,
    /// 0: anywhere; then groups.
    pub group: u32,
}

impl Place {
    /// Whether something at `other` belongs here.
    pub fn holds(self, other: Self) -> bool {
        (self.owner == 0 || self.owner == other.owner) && (self.group == 0 || self.group == other.group)
    }
}

impl Dimensions {
    pub fn of(model: &Model) -> Self {
        Self {
            groups: model.groups.len(),
            audiences: model.audiences.len(),
            workloads: model.workloads.len(),
        }
    }

    pub fn group(group: GroupId) -> u32 {
        group.index() as u32 + 1
    }

    pub fn audience(audience: AudienceId) -> u32 {
        audience.index() as u32 + 1
    }

    pub fn workload(&self, workload: WorkloadId) -> u32 {
        (self.audiences + workload.index()) as u32 + 1
    }

    /// The place that a check's labels choose.
    pub fn place(&self, of: Selector) -> Place {
        let owner = match of.owner {
            None => 0,
            Some(Owner::Audience(audience)) => Self::audience(audience),
            Some(Owner::Workload(workload)) => self.workload(workload),
        };
        Place { owner, group: of.group.map_or(0, Self::group) }
    }

    /// Positions of owners and of groups in the table of a metric with these labels.
    fn size(&self, labels: Labels) -> (usize, usize) {
        match labels {
            Labels::Group => (1, self.groups + 1),
            Labels::Audience => (self.audiences + 1, 1),
            Labels::Pods | Labels::PodsByAge => (self.audiences + self.workloads + 1, self.groups + 1),
        }
    }
}

/// The slots of all metrics of one kind.
#[derive(Clone, Debug)]
pub(super) struct Layout<const METRICS: usize> {
    tables: [Table; METRICS],
    slots: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Table {
    first: u32,
    /// Positions of groups.
    groups: u32,
    /// What somebody reads, a bit each: all, a single owner, a single group, an owner in a group. What nobody
    /// reads is not kept.
    read: u8,
}

const ALL: u8 = 1;
const OF_OWNER: u8 = 2;
const IN_GROUP: u8 = 4;
const BOTH: u8 = 8;

impl Table {
    fn slot(&self, place: Place) -> usize {
        (self.first + place.owner * self.groups + place.group) as usize
    }
}

impl<const METRICS: usize> Layout<METRICS> {
    /// Lays out the metrics of a kind. The catalogue lists them in the order of their numbers.
    pub fn new(dimensions: &Dimensions, kind: Kind) -> Self {
        let mut slots = 0;
        let mut tables = [Table::default(); METRICS];
        let entries = CATALOGUE.iter().filter(|entry| entry.metric.kind() == kind);
        for (table, entry) in tables.iter_mut().zip(entries) {
            let (owners, groups) = dimensions.size(entry.labels);
            *table = Table { first: slots as u32, groups: groups as u32, read: 0 };
            slots += owners * groups;
        }
        Self { tables, slots }
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots
    }

    /// The slot of a metric at a place, which is kept from now on. To be called before the run.
    /// Dimensions that the metric lacks must be 0 in the place.
    pub fn read(&mut self, metric: usize, place: Place) -> usize {
        let table = &mut self.tables[metric];
        table.read |= whose(place);
        table.slot(place)
    }

    /// The slots that are kept of those to which something at `place` belongs, one after the other.
    #[inline]
    pub fn for_each_slot(&self, metric: usize, place: Place, mut visit: impl FnMut(usize)) {
        let table = &self.tables[metric];
        if table.read & ALL != 0 {
            visit(table.slot(Place::default()));
        }
        if table.read & !ALL != 0 {
            let owner = place.owner;
            if table.read & OF_OWNER != 0 && owner > 0 {
                visit(table.slot(Place { owner, group: 0 }));
            }
            self.for_each_slot_in_group(metric, place, visit);
        }
    }

    /// Of those the ones that are about the place's group.
    #[inline]
    pub fn for_each_slot_in_group(&self, metric: usize, place: Place, mut visit: impl FnMut(usize)) {
        let table = &self.tables[metric];
        let Place { owner, group } = place;
        if table.read & IN_GROUP != 0 && group > 0 {
            visit(table.slot(Place { owner: 0, group }));
        }
        if table.read & BOTH != 0 && owner > 0 && group > 0 {
            visit(table.slot(place));
        }
    }

    /// The slot of a metric at exactly this place, if it is kept.
    pub fn kept(&self, metric: usize, place: Place) -> Option<usize> {
        let table = &self.tables[metric];
        (table.read & whose(place) != 0).then(|| table.slot(place))
    }
}

/// The bit of what a place is.
const fn whose(place: Place) -> u8 {
    match (place.owner > 0, place.group > 0) {
        (false, false) => ALL,
        (true, false) => OF_OWNER,
        (false, true) => IN_GROUP,
        (true, true) => BOTH,
    }
}

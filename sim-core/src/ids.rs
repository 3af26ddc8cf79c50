//! Dense ids: four-byte newtypes that index one table each, so that a node can never be looked up
//! as a pod, and `Option` of one is no larger than the id itself.
//!
//! Ids of things the *scenario* names (groups, workloads, audiences) are fixed for the run. Slots of
//! things that come and go (pods, nodes, servers, launches) are used again, so whatever outlives the
//! moment, a timer above all, holds a [`Handle`]: slot and generation, stale once either differs.

use core::fmt;
use core::marker::PhantomData;
use core::num::NonZeroU32;
use core::ops::{Index, IndexMut};

/// A four-byte index into the table of its own kind.
pub trait Id: Copy + Ord {
    /// The id of slot `index`.
    fn from_index(index: usize) -> Self;
    /// The slot.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                let raw = u32::try_from(index + 1).expect("more rows than a four-byte id can name");
                Self(NonZeroU32::new(raw).expect("index + 1 is at least 1"))
            }
            fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.index())
            }
        }
    )*};
}

ids! {
    /// A node group of the scenario.
    GroupId;
    /// A workload of the scenario.
    WorkloadId;
    /// An audience of the scenario.
    AudienceId;
    /// A pod class: everything that pods made from one template share.
    ClassId;
    /// An alert of the scenario.
    AlertId;
    /// A bounded resource of the scenario.
    LimitId;
    /// An entry of the scenario's timeline.
    ActionId;
    /// A service of the scenario.
    ServiceId;
    /// The object that pods name as their controller: a ReplicaSet, StatefulSet, DaemonSet or Job.
    ControllerId;
    /// A claim of the scenario.
    ClaimId;
    /// A volume and the claim that is bound to it.
    VolumeId;
    /// A zone of the cloud.
    ZoneId;
    /// A pod object, alive in the cluster.
    PodId;
    /// A node object.
    NodeId;
    /// A server record of the hub's database.
    ServerId;
    /// A launch in flight: a user waiting for a server.
    LaunchId;
    /// A process on a node that belongs to no pod.
    ProcessId;
    /// A queue of the scenario.
    QueueId;
    /// An image whose size the scenario says.
    ImageId;
    /// A request at work in a pod.
    RequestId;
}

/// A slot and the generation it had: what a timer may carry across time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handle<I> {
    /// The slot.
    pub id: I,
    /// The generation the slot had when the handle was made.
    pub generation: u32,
}

const _: () = assert!(size_of::<Option<PodId>>() == 4);
const _: () = assert!(size_of::<Handle<PodId>>() == 8);

/// A vector that only its own kind of id can index.
#[derive(Clone, PartialEq, Eq)]
pub struct IdVec<I, T> {
    rows: Vec<T>,
    kind: PhantomData<fn(I)>,
}

impl<I: Id, T> IdVec<I, T> {
    /// An empty table.
    pub const fn new() -> Self {
        Self { rows: Vec::new(), kind: PhantomData }
    }

    /// Appends a row and returns its id.
    pub fn push(&mut self, row: T) -> I {
        self.rows.push(row);
        I::from_index(self.rows.len() - 1)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        (0..self.rows.len()).map(I::from_index)
    }

    /// All rows, in id order.
    pub fn iter(&self) -> core::slice::Iter<'_, T> {
        self.rows.iter()
    }

    /// All rows with their ids, in order.
    pub fn iter_enumerated(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.rows.iter().enumerate().map(|(index, row)| (I::from_index(index), row))
    }

    /// The row of `id`, if there is one.
    pub fn get(&self, id: I) -> Option<&T> {
        self.rows.get(id.index())
    }

    /// The row of `id`, if there is one.
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.rows.get_mut(id.index())
    }

    /// The row of `id`; where there is none yet, the table grows to it by default rows. For tables kept beside
    /// another, whose rows come and go.
    pub fn reach(&mut self, id: I) -> &mut T
    where
        T: Clone + Default,
    {
        if id.index() >= self.rows.len() {
            self.rows.resize(id.index() + 1, T::default());
        }
        &mut self.rows[id.index()]
    }

    /// The rows as a slice, in id order.
    pub fn as_slice(&self) -> &[T] {
        &self.rows
    }
}

impl<I: Id, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(rows: It) -> Self {
        Self { rows: rows.into_iter().collect(), kind: PhantomData }
    }
}

impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;
    fn index(&self, id: I) -> &T {
        &self.rows[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id.index()]
    }
}

impl<I, T: fmt::Debug> fmt::Debug for IdVec<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.fmt(f)
    }
}

/// A table whose slots are used again: the home of pods, nodes, servers and launches.
///
/// A row is given up in two steps. [`Slots::retire`] makes every handle to it stale but leaves the
/// row readable, so that all observers of the change that removed it still see what it was;
/// [`Slots::recycle`], called once the change feed is empty, frees the slot for the next row.
#[derive(Clone, Debug)]
pub struct Slots<I, T> {
    rows: IdVec<I, T>,
    generations: IdVec<I, u32>,
    live: IdVec<I, bool>,
    free: Vec<I>,
    retired: Vec<I>,
    live_count: usize,
}

impl<I: Id, T> Slots<I, T> {
    /// An empty table.
    pub const fn new() -> Self {
        Self {
            rows: IdVec::new(),
            generations: IdVec::new(),
            live: IdVec::new(),
            free: Vec::new(),
            retired: Vec::new(),
            live_count: 0,
        }
    }

    /// Puts `row` into a free slot, the most recently freed one first.
    pub fn insert(&mut self, row: T) -> I {
        self.live_count += 1;
        if let Some(id) = self.free.pop() {
            self.rows[id] = row;
            self.live[id] = true;
            return id;
        }
        self.generations.push(0);
        self.live.push(true);
        self.rows.push(row)
    }

    /// Ends the life of `id`: its handles are stale from now on, its row stays readable until
    /// [`Slots::recycle`].
    pub fn retire(&mut self, id: I) {
        assert!(self.live[id], "a row can be retired once");
        self.live[id] = false;
        self.generations[id] = self.generations[id].wrapping_add(1);
        self.live_count -= 1;
        self.retired.push(id);
    }

    /// Frees the slots retired since the last call.
    pub fn recycle(&mut self) {
        if !self.retired.is_empty() {
            self.free.append(&mut self.retired);
        }
    }

    /// A handle to the present occupant of `id`.
    pub fn handle(&self, id: I) -> Handle<I> {
        Handle { id, generation: self.generations[id] }
    }

    /// The id behind `handle` if its occupant still lives.
    pub fn resolve(&self, handle: Handle<I>) -> Option<I> {
        (self.generations[handle.id] == handle.generation && self.live[handle.id]).then_some(handle.id)
    }

    /// True while `id`'s occupant lives.
    pub fn is_live(&self, id: I) -> bool {
        self.live[id]
    }

    /// Number of live rows.
    pub fn len(&self) -> usize {
        self.live_count
    }

    /// True when no row lives.
    pub fn is_empty(&self) -> bool {
        self.live_count == 0
    }

    /// Number of slots ever used at one time: the bound for tables kept beside this one.
    pub fn slot_count(&self) -> usize {
        self.rows.len()
    }

    /// Live rows in slot order.
    pub fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.rows.iter_enumerated().filter(|(id, _)| self.live[*id])
    }

    /// Live ids in slot order.
    pub fn ids(&self) -> impl Iterator<Item = I> {
        self.rows.ids().filter(|id| self.live[*id])
    }
}

impl<I: Id, T> Default for Slots<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id, T> Index<I> for Slots<I, T> {
    type Output = T;
    fn index(&self, id: I) -> &T {
        &self.rows[id]
    }
}

impl<I: Id, T> IndexMut<I> for Slots<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_grows_to_the_row_that_is_asked_for() {
        let mut table = IdVec::<PodId, u8>::new();
        *table.reach(PodId::from_index(2)) = 7;
        assert_eq!(table.as_slice(), [0, 0, 7]);
        assert_eq!(*table.reach(PodId::from_index(2)), 7, "what is there stays");
        assert_eq!(table.get_mut(PodId::from_index(3)), None);
    }

    #[test]
    fn a_handle_outlives_its_row_without_meaning_another() {
        let mut slots = Slots::<PodId, &str>::new();
        let first = slots.insert("first");
        let handle = slots.handle(first);
        slots.retire(first);
        assert_eq!(slots.resolve(handle), None);
        assert_eq!(slots[first], "first", "readable until the feed has drained");
        let second = slots.insert("second");
        assert_ne!(second, first, "not reused before recycle");
        slots.recycle();
        assert_eq!(slots.insert("third"), first);
        assert_eq!(slots.resolve(handle), None);
        assert_eq!(slots.len(), 2);
    }
}

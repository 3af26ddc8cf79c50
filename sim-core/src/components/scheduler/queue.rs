//! The three waiting rooms of kube-scheduler.
//!
//! - **active**: to be tried, highest priority first, then by time of entry;
//! - **backoff**: may be tried again once its back-off is over;
//! - **unschedulable**: no node fitted, waiting for an event that could help.
//!
//! Models: back-off of 1 s doubling with each failed try to the era's maximum; the rooms of
//! kubernetes pkg/scheduler/backend/queue/scheduling_queue.go with its flush of the back-off room each
//! second. Before 1.11 there were no rooms: a failed pod came back whenever its back-off ended, helped
//! or not. The outcome is the same if it returns at the first such moment after something changed, so
//! that is when it is tried here, and nothing ticks while nothing changes.
//! Leaves out: the flush of pods left in the unschedulable room for five minutes. It exists for events
//! that queueing hints miss; the events here miss none.
//!
//! Pods of one class fail alike, so the unschedulable room keeps a line for each class (`line.rs`) and an
//! event lets go only as many as it made room for: the cost of a wake-up does not grow with the crowd.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::line::Line;
use crate::ids::{ClassId, Handle, NodeId, PodId};
use crate::model::{Era, Model};
use crate::placement::{CpuAndMemory, PendingPod, PodKey};
use crate::resources::Resources;
use crate::time::{SimDuration, SimTime};
use crate::world::World;

/// The key of no pod in particular.
const NOBODY: PodKey = PodKey(u32::MAX);

/// What decides whether and where a pod fits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shape {
    /// Its class.
    pub class: ClassId,
    /// Its requests.
    pub requests: Resources,
}

impl Shape {
    /// Whether a node would take a pod of this shape, nominations aside: what it is kept for shows when
    /// the pod is tried.
    pub fn fits(&self, world: &mut World, model: &Model, node: NodeId) -> bool {
        let class = &model.classes[self.class];
        let drawn = Some(CpuAndMemory {
            cpu_millis: self.requests.cpu_millis as i64,
            memory_bytes: self.requests.memory_bytes as i64,
        });
        let pod = PendingPod { key: NOBODY, spec: class.spec.clone(), drawn };
        world.would_take(&model.profiles[class.profile], &pod, node)
    }
}

/// A pod in one of the rooms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The pod, which may be gone by the time its turn comes.
    pub pod: Handle<PodId>,
    /// What decides where it fits.
    pub shape: Shape,
    /// How often no node fitted.
    pub failures: u32,
    pub(super) rank: Rank,
}

/// The order of the active room: priority, then time of entry, then creation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Rank {
    priority: Reverse<i32>,
    entered_at: SimTime,
    uid: u64,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The rooms.
#[derive(Clone, Debug)]
pub struct Queues {
    era: Era,
    active: BinaryHeap<Reverse<Waiting>>,
    backoff: BinaryHeap<Reverse<(SimTime, Waiting)>>,
    unschedulable: BTreeMap<ClassId, Line>,
    /// Where in the unschedulable room a pod is, by its uid.
    unschedulable_rank: BTreeMap<u64, (ClassId, Rank)>,
}

const FIRST_BACKOFF_SECS: u64 = 1;
/// The back-off room is looked at once a second (`flushBackoffQCompleted`).
const BACKOFF_FLUSH: SimDuration = SimDuration::from_secs(1);

impl Queues {
    /// Empty rooms with the habits of `era`.
    pub fn new(era: Era) -> Self {
        Self {
            era,
            active: BinaryHeap::new(),
            backoff: BinaryHeap::new(),
            unschedulable: BTreeMap::new(),
            unschedulable_rank: BTreeMap::new(),
        }
    }

    /// A new pod enters the active room.
    pub fn add(&mut self, pod: Handle<PodId>, uid: u64, shape: Shape, priority: i32, now: SimTime) {
        let rank = Rank { priority: Reverse(priority), entered_at: now, uid };
        self.active.push(Reverse(Waiting { pod, shape, failures: 0, rank }));
    }

    /// True when some pod is to be tried now.
    pub fn has_active(&self) -> bool {
        !self.active.is_empty()
    }

    /// The next pod to be tried.
    pub fn pop_active(&mut self) -> Option<Waiting> {
        self.active.pop().map(|Reverse(waiting)| waiting)
    }

    /// No node fitted: the pod waits for an event that could help.
    pub fn add_unschedulable(&mut self, mut waiting: Waiting, now: SimTime) {
        waiting.failures += 1;
        waiting.rank.entered_at = now;
        self.unschedulable.entry(waiting.shape.class).or_default().insert(waiting);
        self.unschedulable_rank.insert(waiting.rank.uid, (waiting.shape.class, waiting.rank));
    }

    /// True when some pod waits for an event that could help.
    pub fn has_unschedulable(&self) -> bool {
        !self.unschedulable.is_empty()
    }

    /// A pod went away. True when it waited in the unschedulable room.
    pub fn forget(&mut self, uid: u64) -> bool {
        let place = self.unschedulable_rank.remove(&uid);
        if let Some((class, rank)) = place
            && let Some(line) = self.unschedulable.get_mut(&class)
        {
            line.remove(rank);
            if line.is_empty() {
                self.unschedulable.remove(&class);
            }
        }
        place.is_some()
    }

    /// Something changed: of each class, those that `chosen` says may try again. Those whose back-off is not
    /// over go to the back-off room; returns when the first of them is due.
    pub fn retry(
        &mut self,
        mut chosen: impl FnMut(ClassId, &Line) -> Vec<Waiting>,
        now: SimTime,
    ) -> Option<SimTime> {
        let released = self.unschedulable.iter().flat_map(|(class, line)| chosen(*class, line)).collect();
        self.let_go(released, now)
    }

    /// Something changed that one pod waits for.
    pub fn retry_one(&mut self, uid: u64, now: SimTime) -> Option<SimTime> {
        let (class, rank) = self.unschedulable_rank.get(&uid)?;
        let waiting = self.unschedulable.get(class)?.get(*rank)?;
        self.let_go(vec![waiting], now)
    }

    fn let_go(&mut self, released: Vec<Waiting>, now: SimTime) -> Option<SimTime> {
        let mut first_due: Option<SimTime> = None;
        for waiting in released {
            self.forget(waiting.rank.uid);
            let due = self.retry_time(&waiting, now);
            if due <= now {
                self.active.push(Reverse(waiting));
            } else {
                self.backoff.push(Reverse((due, waiting)));
                first_due = Some(first_due.map_or(due, |first| first.min(due)));
            }
        }
        first_due
    }

    /// Moves pods whose back-off is over to the active room; returns when the next one is due.
    pub fn backoff_over(&mut self, now: SimTime) -> Option<SimTime> {
        while let Some(Reverse((due, waiting))) = self.backoff.peek().copied() {
            if due > now {
                return Some(due);
            }
            self.backoff.pop();
            self.active.push(Reverse(waiting));
        }
        None
    }

    /// When a pod that failed may be tried again, given that something changed at `now`.
    fn retry_time(&self, waiting: &Waiting, now: SimTime) -> SimTime {
        let failed_at = waiting.rank.entered_at;
        let longest = self.era.max_pod_backoff_secs();
        let backoff = |failures: u32| {
            let doubled = FIRST_BACKOFF_SECS.checked_shl(failures.saturating_sub(1)).unwrap_or(longest);
            SimDuration::from_secs(doubled.min(longest))
        };
        let mut due = failed_at + backoff(waiting.failures);
        if self.era.retries_by_events() {
            // The flush that finds it due is the first one after the back-off's end.
            return if due <= now { now } else { due.next_multiple(SimTime::ZERO, BACKOFF_FLUSH) };
        }
        let mut failures = waiting.failures;
        while due < now {
            failures += 1;
            // From here on the series is periodic: no need to walk a week of it.
            if backoff(failures) == SimDuration::from_secs(longest) {
                return now.next_multiple(due, SimDuration::from_secs(longest));
            }
            due += backoff(failures);
        }
        due
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ids::Id;

    /// A pod that failed at the instant of its uid's tens and requests `cpu_millis`.
    pub fn waiting_for(uid: u64, cpu_millis: u64) -> Waiting {
        let pod = Handle { id: PodId::from_index(uid as usize), generation: 0 };
        let requests = Resources { cpu_millis, memory_bytes: 0, pods: 1 };
        let rank = Rank { priority: Reverse(0), entered_at: SimTime::from_secs(uid / 10), uid };
        Waiting { pod, shape: Shape { class: ClassId::from_index(0), requests }, failures: 1, rank }
    }

    const SHAPE: fn() -> Shape = || Shape { class: ClassId::from_index(0), requests: Resources::ZERO };

    fn waiting(index: usize, failures: u32, failed_at: u64) -> Waiting {
        let pod = Handle { id: PodId::from_index(index), generation: 0 };
        let entered_at = SimTime::from_secs(failed_at);
        let rank = Rank { priority: Reverse(0), entered_at, uid: index as u64 };
        Waiting { pod, shape: SHAPE(), failures, rank }
    }

    #[test]
    fn the_active_room_goes_by_priority_then_time() {
        let mut queues = Queues::new(Era::V1_34);
        for (index, priority) in [(0, 0), (1, 10), (2, 0), (3, 10)] {
            let pod = Handle { id: PodId::from_index(index), generation: 0 };
            queues.add(pod, index as u64, SHAPE(), priority, SimTime::from_secs(index as u64));
        }
        let order: Vec<_> = std::iter::from_fn(|| queues.pop_active()).map(|w| w.pod.id.index()).collect();
        assert_eq!(order, [1, 3, 0, 2]);
    }

    #[test]
    fn back_off_doubles_to_ten_seconds_and_ends_on_a_flush() {
        let queues = Queues::new(Era::V1_34);
        let due = |failures, now| queues.retry_time(&waiting(0, failures, 100), SimTime::from_secs(now));
        assert_eq!(due(1, 100), SimTime::from_secs(102), "over at 101, seen by the flush after it");
        assert_eq!(due(3, 101), SimTime::from_secs(105));
        assert_eq!(due(9, 101), SimTime::from_secs(111));
        assert_eq!(due(9, 500), SimTime::from_secs(500), "over long ago: at once");
    }

    #[test]
    fn before_1_11_a_pod_comes_back_only_when_its_own_back_off_ends() {
        let queues = Queues::new(Era::V1_8);
        let due = |now| queues.retry_time(&waiting(0, 1, 100), SimTime::from_secs(now));
        // Failed at 100; tries at 101, 103, 107, 115, 131, 163, 223, 283, ...
        for (now, expected) in [(100, 101), (102, 103), (104, 107), (120, 131), (164, 223), (224, 283)] {
            assert_eq!(due(now), SimTime::from_secs(expected), "something changed at {now}");
        }
    }

    #[test]
    fn an_event_lets_go_as_many_as_it_made_room_for() {
        let mut queues = Queues::new(Era::V1_34);
        for index in 0..5 {
            queues.add_unschedulable(waiting(index, 0, 0), SimTime::ZERO);
        }
        queues.forget(0);
        let two = |_, line: &Line| {
            let room = Resources { pods: 1, ..Resources::ZERO };
            let first = line.first_that_fits(&room, 0).expect("a pod");
            let second = line.first_that_fits(&room, first.0 + 1).expect("another");
            vec![first.1, second.1]
        };
        assert_eq!(queues.retry(two, SimTime::from_secs(60)), None);
        let order: Vec<_> = std::iter::from_fn(|| queues.pop_active()).map(|w| w.pod.id.index()).collect();
        assert_eq!(order, [1, 2]);
        assert!(queues.has_unschedulable());
    }
}

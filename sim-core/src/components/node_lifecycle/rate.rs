//! A zone's queue of nodes to evict, and the rate at which it may be worked off.
//!
//! Models: a token bucket with room for one token (pkg/controller/nodelifecycle/scheduler,
//! `RateLimitedTimedQueue`): the first node goes at once, the next an interval later. When the rate changes
//! the bucket is as full as it was.

use std::collections::VecDeque;

use crate::ids::{Handle, NodeId};
use crate::time::{SimDuration, SimTime};

/// Nodes of a zone that wait for their turn.
#[derive(Clone, Debug)]
pub(super) struct Evictions {
    queue: VecDeque<Handle<NodeId>>,
    /// Time in which a token grows; `None`: none does, nothing is evicted.
    interval: Option<SimDuration>,
    /// When the last token was taken.
    taken_at: Option<SimTime>,
    timer: Option<SimTime>,
}

impl Evictions {
    pub fn new(interval: SimDuration) -> Self {
        Self { queue: VecDeque::new(), interval: Some(interval), taken_at: None, timer: None }
    }

    pub fn set_interval(&mut self, interval: Option<SimDuration>) {
        self.interval = interval;
    }

    pub fn push(&mut self, node: Handle<NodeId>) {
        self.queue.push_back(node);
    }

    pub fn remove(&mut self, node: Handle<NodeId>) {
        self.queue.retain(|other| *other != node);
    }

    pub fn clear(&mut self) {
        self.queue.clear();
    }

    /// The next node, if one waits and a token is there.
    pub fn take(&mut self, now: SimTime) -> Option<Handle<NodeId>> {
        if self.token_at()? > now {
            return None;
        }
        let node = self.queue.pop_front()?;
        self.taken_at = Some(now);
        Some(node)
    }

    /// When to come back, if that is to be set now.
    pub fn next_timer(&mut self, now: SimTime) -> Option<SimTime> {
        let at = self.token_at().filter(|at| *at > now && !self.queue.is_empty())?;
        if self.timer.is_some_and(|timer| timer <= at) {
            return None;
        }
        self.timer = Some(at);
        Some(at)
    }

    /// The timer for `now` has fired.
    pub fn timer_fired(&mut self, now: SimTime) {
        if self.timer == Some(now) {
            self.timer = None;
        }
    }

    fn token_at(&self) -> Option<SimTime> {
        let interval = self.interval?;
        Some(self.taken_at.map_or(SimTime::ZERO, |taken_at| taken_at + interval))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn one_goes_at_once_and_the_next_an_interval_later() {
        let at = SimTime::from_secs;
        let node = |index| Handle { id: NodeId::from_index(index), generation: 0 };
        let mut evictions = Evictions::new(SimDuration::from_secs(10));
        (0..3).for_each(|index| evictions.push(node(index)));
        assert_eq!(evictions.take(at(100)), Some(node(0)));
        assert_eq!(evictions.take(at(100)), None);
        assert_eq!(evictions.next_timer(at(100)), Some(at(110)));
        assert_eq!(evictions.next_timer(at(104)), None, "it is set already");
        evictions.set_interval(None);
        assert_eq!(evictions.take(at(110)), None, "a rate of 0");
        evictions.set_interval(Some(SimDuration::from_secs(100)));
        evictions.timer_fired(at(110));
        assert_eq!(evictions.take(at(150)), None);
        assert_eq!(evictions.next_timer(at(150)), Some(at(200)));
        assert_eq!(evictions.take(at(200)), Some(node(1)));
    }
}

//! Containers that were killed start again: when, and when not at all.
//!
//! Models (kubernetes pkg/kubelet/kuberuntime, `doBackOff`; client-go util/flowcontrol): the first time at once, then
//! 10, 20, 40, 80, 160, 300, 300, ... s after the end; forgotten when [`FORGET`] has passed between a start and the
//! next end. A container that is waiting is what kubectl calls CrashLoopBackOff.
//! Leaves out: the up to 15 s until the kubelet's next sync notices that the wait is over; the time that an image
//! which is there already takes to start again.

use std::collections::BTreeMap;

use crate::time::{SimDuration, SimTime};

/// `backOffPeriod`, in all versions up to the curve of KEP-4603, which is off by default.
const FIRST: SimDuration = SimDuration::from_secs(10);
/// `MaxContainerBackOff`.
const LONGEST: SimDuration = SimDuration::from_secs(300);
/// Twice the longest (`hasExpired`).
const FORGET: SimDuration = SimDuration::from_secs(600);

/// The waits of containers that were killed, by the pod's uid and the container's number.
#[derive(Clone, Debug, Default)]
pub(super) struct Restarts {
    of: BTreeMap<(u64, u8), Wait>,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    /// The wait after the next end.
    next: SimDuration,
    /// The last start.
    updated_at: SimTime,
}

impl Restarts {
    /// When a container that ended at `end` starts again.
    pub fn begin(&mut self, container: (u64, u8), end: SimTime) -> SimTime {
        let known = self.of.get(&container).filter(|wait| end.since(wait.updated_at) <= FORGET);
        let start = known.map_or(end, |wait| end + wait.next);
        let next = known.map_or(FIRST, |wait| wait.next.times(2).min(LONGEST));
        self.of.insert(container, Wait { next, updated_at: start });
        start
    }

    /// The pod is gone.
    pub fn forget(&mut self, uid: u64) {
        while let Some((key, _)) = self.of.range((uid, 0)..=(uid, u8::MAX)).next() {
            let key = *key;
            self.of.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts after the first, in seconds, of a container that lives `life` seconds each time.
    fn starts(life: u64, until: u64) -> Vec<u64> {
        let mut restarts = Restarts::default();
        let mut at = SimTime::ZERO;
        let mut starts = Vec::new();
        loop {
            at = restarts.begin((7, 0), at + SimDuration::from_secs(life));
            let seconds = at.as_micros() / 1_000_000;
            if seconds > until {
                return starts;
            }
            starts.push(seconds);
        }
    }

    /// Domain reference, 4.3: starts at r, 2r+10, 3r+30, 4r+70, 5r+150, 6r+310, then every r+300.
    #[test]
    fn restarts_follow_the_closed_form() {
        for life in [0, 1, 5, 20, 90] {
            let expected: Vec<u64> = [0, 10, 30, 70, 150, 310, 610, 910, 1210]
                .iter()
                .zip(1..)
                .map(|(waits, lives)| waits + lives * life)
                .collect();
            assert_eq!(starts(life, 100_000)[..expected.len()], expected, "{life} s");
        }
    }

    #[test]
    fn forty_two_minutes_hold_thirteen_restarts() {
        for life in 1..=5 {
            assert_eq!(starts(life, 42 * 60).len(), 13, "{life} s");
        }
        for life in 10..=20 {
            assert_eq!(starts(life, 42 * 60).len(), 12, "{life} s");
        }
    }

    #[test]
    fn ten_good_minutes_are_forgiven() {
        let mut restarts = Restarts::default();
        for end in [0, 1, 20, 60] {
            restarts.begin((1, 0), SimTime::from_secs(end));
        }
        // The last start was at 100 s.
        let end = SimTime::from_secs(100 + 601);
        assert_eq!(restarts.begin((1, 0), end), end, "at once");
        assert_eq!(restarts.begin((1, 0), end), end + FIRST, "and from the beginning");
    }
}

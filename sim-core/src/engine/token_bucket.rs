//! The token bucket with which clients of the Kubernetes API hold themselves back
//! (k8s.io/client-go util/flowcontrol): so many requests at once, then so many a second.

use crate::time::{SimDuration, SimTime};

/// A bucket, kept as the instant at which it will be full again.
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    period: SimDuration,
    burst: u64,
    full_at: SimTime,
}

impl TokenBucket {
    /// A full bucket of `burst` tokens, one more each `period`.
    pub const fn new(period: SimDuration, burst: u64) -> Self {
        Self { period, burst, full_at: SimTime::ZERO }
    }

    /// Takes `count` tokens from `now` on: when the last of them is there.
    pub fn take(&mut self, count: u64, now: SimTime) -> SimTime {
        self.full_at = self.full_at.max(now) + self.period.times(count);
        let head_start = self.period.times(self.burst);
        now + self.full_at.since(now + head_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut bucket = TokenBucket::new(SimDuration::from_millis(50), 30);
        let start = SimTime::from_secs(10);
        assert_eq!(bucket.take(30, start), start);
        assert_eq!(bucket.take(1, start), start + SimDuration::from_millis(50));
        assert_eq!(bucket.take(9, start), start + SimDuration::from_millis(500));
        let later = start + SimDuration::from_secs(60);
        assert_eq!(bucket.take(30, later), later, "full again");
    }
}

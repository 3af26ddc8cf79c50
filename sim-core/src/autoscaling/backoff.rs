//! Groups that are left alone for a while after they failed to grow.
//!
//! Models: `exponentialBackoff` (cluster-autoscaler 1.36): the first time starts at the initial duration
//! and doubles up to the largest when the group fails again after it was over; a failure meanwhile does not
//! double it; forgotten after the reset time.

use std::collections::BTreeMap;

use super::options::Options;
use crate::time::{SimDuration, SimTime};

/// Which groups, by position, are left alone.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    failures: BTreeMap<usize, Failure>,
}

#[derive(Clone, Debug)]
struct Failure {
    duration: SimDuration,
    until: SimTime,
    at: SimTime,
    code: String,
}

impl Backoff {
    /// Notes a failure.
    pub fn fail(&mut self, group: usize, code: &str, now: SimTime, options: &Options) {
        let longer = |before: &Failure| before.duration.times(2).min(options.backoff_max);
        let over = self.failures.get(&group).filter(|before| before.until < now);
        let duration = over.map_or(options.backoff_initial, longer);
        let failure = Failure { duration, until: now + duration, at: now, code: code.to_owned() };
        self.failures.insert(group, failure);
    }

    /// Why the group is left alone now, if it is.
    pub fn code(&self, group: usize, now: SimTime) -> Option<&str> {
        self.failures.get(&group).filter(|failure| failure.until >= now).map(|failure| failure.code.as_str())
    }

    /// Forgets the failures of a group.
    pub fn forget(&mut self, group: usize) {
        self.failures.remove(&group);
    }

    /// Forgets what is long past.
    pub fn forget_stale(&mut self, now: SimTime, options: &Options) {
        self.failures.retain(|_, failure| failure.at + options.backoff_reset >= now);
    }
}

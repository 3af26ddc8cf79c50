//! Groups that are left alone for a while after they failed to grow.
//!
//! Models: `exponentialBackoff` (cluster-autoscaler 1.36): the first time starts at the initial duration
//! and doubles up to the largest when the group fails again after it was over; a failure meanwhile does not
//! double it; forgotten after the reset time.

use std::collections::BTreeMap;

use super::moment::Moment;
use super::options::Options;
use crate::time::{SimDuration, SimTime};

/// Which groups, by position, are left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: BTreeMap<usize, Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    duration: SimDuration,
    until: SimTime,
    at: SimTime,
    code: String,
}

impl Backoff {
    /// Notes a failure.
    pub fn fail(&mut self, group: usize, code: &str, moment: &Moment, options: &Options) {
        let longer = |before: &Failure| before.duration.times(2).min(options.backoff_max);
        let over = self.failures.get(&group).filter(|before| moment.is_past(before.until));
        let duration = over.map_or(options.backoff_initial, longer);
        let now = moment.now();
        let failure = Failure { duration, until: now + duration, at: now, code: code.to_owned() };
        self.failures.insert(group, failure);
    }

    /// Why the group is left alone now, if it is.
    pub fn code(&self, group: usize, moment: &Moment) -> Option<&str> {
        let failure = self.failures.get(&group).filter(|failure| !moment.is_past(failure.until));
        failure.map(|failure| failure.code.as_str())
    }

    /// Forgets the failures of a group.
    pub fn forget(&mut self, group: usize) {
        self.failures.remove(&group);
    }

    /// Forgets what is long past.
    pub fn forget_stale(&mut self, moment: &Moment, options: &Options) {
        self.failures.retain(|_, failure| !moment.is_past(failure.at + options.backoff_reset));
    }
}

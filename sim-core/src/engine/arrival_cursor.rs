//! A place in a stream of arrivals: only the next one is ever pending, however many there will be.

use super::random::{Purpose, Random};
use crate::model::{ArrivalProcess, Arrivals};
use crate::time::SimTime;

/// How far a stream of arrivals has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArrivalCursor {
    count: u64,
    /// The last point reached of the unit-rate process.
    reached: f64,
    last: SimTime,
}

impl ArrivalCursor {
    /// When the next arrival is due, or `None` if there is none. Never earlier than the last one.
    ///
    /// Poisson: the points of the unit-rate process lie exponential steps apart. Even: the n-th point
    /// lies anywhere in the n-th unit.
    pub fn next(&mut self, arrivals: &Arrivals, random: &Random, subject: u64) -> Option<SimTime> {
        let unit = random.unit(Purpose::Arrival, subject, self.count);
        self.reached = match arrivals.process {
            ArrivalProcess::Poisson => self.reached - libm::log1p(-unit),
            ArrivalProcess::Even => self.count as f64 + unit,
        };
        self.count += 1;
        let at = arrivals.rate.when(self.reached)?.max(self.last);
        self.last = at;
        Some(at)
    }
}

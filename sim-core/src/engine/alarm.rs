//! The one timer of something that waits for the earliest of several instants.
//!
//! An event cannot be taken back: an alarm that was brought forward leaves its old self in the queue, which then
//! rings in vain.

use crate::time::SimTime;

/// A timer that can be brought forward.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alarm {
    due: Option<SimTime>,
}

impl Alarm {
    /// Sets it to `at`, unless it is to ring before. Whether the caller has an event to make for it.
    #[must_use]
    pub fn bring_forward(&mut self, at: SimTime, now: SimTime) -> bool {
        let sooner = self.due.is_none_or(|due| at < due || due < now);
        if sooner {
            self.due = Some(at);
        }
        sooner
    }

    /// Whether it is this alarm that rings, and not an old self. Then it is off.
    #[must_use]
    pub fn rings(&mut self, now: SimTime) -> bool {
        self.due.take_if(|due| *due == now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_earliest_rings() {
        let at = SimTime::from_secs;
        let mut alarm = Alarm::default();
        assert!(alarm.bring_forward(at(30), at(0)));
        assert!(!alarm.bring_forward(at(40), at(0)) && !alarm.bring_forward(at(30), at(0)));
        assert!(alarm.bring_forward(at(20), at(10)), "sooner");
        assert!(alarm.rings(at(20)) && !alarm.rings(at(20)), "once");
        assert!(!alarm.rings(at(30)), "an old self");
        assert!(alarm.bring_forward(at(50), at(30)), "it was off");
        assert!(alarm.bring_forward(at(70), at(60)), "one that should have rung has been lost");
    }
}

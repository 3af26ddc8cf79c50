//! A schedule in the five fields of cron, as CronJobs have them.
//!
//! Models: lists, ranges, steps, names of months and weekdays, the macros (`@hourly`), and the rule that
//! a day matches by either field where both are restricted (github.com/robfig/cron v3, which
//! kube-controller-manager uses). Leaves out: time zones of their own (`CRON_TZ`), `@every`.

use super::clock::{Clock, civil_date};
use crate::time::{SimDuration, SimTime};

/// When things happen: minutes that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether days and weekdays were written as `*`: then the other decides alone.
    any_day: bool,
    any_weekday: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The longest look ahead: a 29 February may be eight years away.
const LOOK_AHEAD_DAYS: i64 = 8 * 366;

impl Schedule {
    /// Reads `*/10 9-17 * * mon-fri`; what is wrong otherwise.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!("it has {} fields instead of 5", fields.len()));
        };
        Ok(Self {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, &MONTHS)?,
            // robfig's cron takes 0 to 6; 7 for Sunday is refused by Kubernetes too.
            weekdays: field(weekdays, 0, 6, &WEEKDAYS)?,
            any_day: is_any(days),
            any_weekday: is_any(weekdays),
        })
    }

    /// The first matching minute after `after`; `None` when there is none in the next eight years.
    pub fn next(&self, clock: &Clock, after: SimTime) -> Option<SimTime> {
        let now = clock.civil_seconds(after);
        let first = now.div_euclid(60) + 1;
        let (first_day, first_minute) = (first.div_euclid(1_440), first.rem_euclid(1_440));
        for day in first_day..=first_day + LOOK_AHEAD_DAYS {
            if !self.matches_day(day) {
                continue;
            }
            let from = if day == first_day { first_minute } else { 0 };
            let minute =
                (from..1_440).find(|minute| has(self.hours, minute / 60) && has(self.minutes, minute % 60));
            if let Some(minute) = minute {
                let seconds = (day * 1_440 + minute) * 60 - now;
                // `now` is cut to the second: so is the instant that the match is counted from.
                let cut = clock.micros_of_second(after);
                let ahead = u64::try_from(seconds).ok()?.checked_mul(1_000_000)? - cut;
                return Some(after + SimDuration::from_micros(ahead));
            }
        }
        None
    }

    fn matches_day(&self, day: i64) -> bool {
        let (_, month, date) = civil_date(day);
        // 1970-01-01 was a Thursday.
        let weekday = (day + 4).rem_euclid(7);
        let (by_date, by_weekday) = (has(self.days, date), has(self.weekdays, weekday));
        let matches =
            if self.any_day || self.any_weekday { by_date && by_weekday } else { by_date || by_weekday };
        has(self.months, month) && matches
    }
}

fn has(set: u64, bit: i64) -> bool {
    set >> bit & 1 == 1
}

fn is_any(field: &str) -> bool {
    field.starts_with('*') || field == "?"
}

/// The values of one field as a set of bits.
fn field(text: &str, low: u32, high: u32, names: &[&str]) -> Result<u64, String> {
    let mut set = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                (range, step.parse::<u32>().ok().filter(|step| *step > 0).ok_or_else(|| wrong(part))?)
            }
            None => (part, 1),
        };
        let (from, to) = if range == "*" || range == "?" {
            (low, high)
        } else if let Some((from, to)) = range.split_once('-') {
            (
                value(from, names, low).ok_or_else(|| wrong(part))?,
                value(to, names, low).ok_or_else(|| wrong(part))?,
            )
        } else {
            let one = value(range, names, low).ok_or_else(|| wrong(part))?;
            (one, if part.contains('/') { high } else { one })
        };
        if from < low || to > high || from > to {
            return Err(format!("`{part}` is not within {low} to {high}"));
        }
        (from..=to).step_by(step as usize).for_each(|value| set |= 1u64 << value);
    }
    Ok(set)
}

fn value(text: &str, names: &[&str], low: u32) -> Option<u32> {
    let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
    named.map(|position| position as u32 + low).or_else(|| text.parse().ok())
}

fn wrong(part: &str) -> String {
    format!("`{part}` means nothing in a schedule")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thursday, 1970-01-01, midnight, for four years.
    fn clock() -> Clock {
        Clock {
            start_unix_micros: 0,
            offset_seconds: 0,
            warm_up: SimDuration::ZERO,
            horizon: SimTime::from_secs(4 * 366 * 86_400),
        }
    }

    fn next(text: &str, after: u64) -> Option<u64> {
        let at = Schedule::parse(text).expect("a schedule").next(&clock(), SimTime::from_secs(after));
        at.map(|at| at.as_micros() / 1_000_000)
    }

    #[test]
    fn the_next_match_is_the_first_after_now() {
        assert_eq!(next("*/10 * * * *", 0), Some(600), "not the instant itself");
        assert_eq!(next("*/10 * * * *", 601), Some(1_200));
        assert_eq!(next("30 9 * * *", 0), Some(9 * 3_600 + 1_800));
        assert_eq!(next("0 0 * * mon", 0), Some(4 * 86_400), "the first Monday");
        assert_eq!(next("0 0 1 2 *", 0), Some(31 * 86_400));
        assert_eq!(next("0 0 13 * fri", 0), Some(86_400), "either day field, since both are restricted");
        assert_eq!(next("0 0 30 2 *", 0), None, "no 30 February");
        assert_eq!(next("@hourly", 59), Some(3_600));
        assert_eq!(next("5/20 0 * * *", 301), Some(25 * 60));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in ["", "* * * *", "60 * * * *", "*/0 * * * *", "a * * * *", "5-1 * * * *", "* * * * 7"] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }
}

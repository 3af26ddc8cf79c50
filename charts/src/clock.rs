//! The scenario's clock: what hand and calendar show so many milliseconds into the report.
//!
//! The offset is the scenario's, fixed for the run, so that a day always has 24 hours here.

use plimsoll_core::model::clock::civil_date;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The scenario's clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// What it shows at the report's start, in milliseconds since midnight.
    start_of_day_ms: i64,
    /// The date at the report's start, in days since 1970; `None` where the start is not a date.
    start_day: Option<i64>,
    /// The report covers more than a day, so that an hour alone does not tell when.
    long: bool,
}

impl Clock {
    /// A clock for a report that begins at the RFC 3339 instant `start`.
    pub(crate) fn new(start: &str, start_second_of_day: u32, length_ms: i64) -> Self {
        Self {
            start_of_day_ms: i64::from(start_second_of_day) % 86_400 * 1_000,
            start_day: parse_date(start),
            long: length_ms > DAY_MS,
        }
    }

    /// Milliseconds since the midnight before the report's start.
    pub(crate) fn since_midnight(&self, at: i64) -> i64 {
        self.start_of_day_ms + at
    }

    /// `06:15`.
    pub(crate) fn hours_and_minutes(&self, at: i64) -> String {
        let minutes = self.since_midnight(at).rem_euclid(DAY_MS) / 60_000;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// `06:15:30`.
    pub(crate) fn seconds(&self, at: i64) -> String {
        let seconds = self.since_midnight(at).rem_euclid(DAY_MS) / 1_000;
        format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    /// `18 Jan`, or `day 2` where the date is not known.
    pub(crate) fn day(&self, at: i64) -> String {
        match self.date(at) {
            Some((_, month, day, _)) => format!("{day} {}", MONTHS[month]),
            None => format!("day {}", self.days_in(at) + 1),
        }
    }

    /// `Thu 18 Jan`, or `day 2` where the date is not known.
    pub(crate) fn weekday_and_day(&self, at: i64) -> String {
        match self.date(at) {
            Some((_, _, _, weekday)) => format!("{} {}", WEEKDAYS[weekday], self.day(at)),
            None => self.day(at),
        }
    }

    /// `Jan 2018`, or the day where the date is not known.
    pub(crate) fn month(&self, at: i64) -> String {
        match self.date(at) {
            Some((year, month, _, _)) => format!("{} {year}", MONTHS[month]),
            None => self.day(at),
        }
    }

    /// When something happens, told as shortly as is clear: `06:15`, or `18 Jan 06:15` in a long report.
    pub(crate) fn when(&self, at: i64) -> String {
        let time = self.hours_and_minutes(at);
        if self.long { format!("{} {time}", self.day(at)) } else { time }
    }

    /// When a note applies, to the minute, given what the report says its clock showed.
    pub(crate) fn of_note(&self, at: i64, told: &str) -> String {
        let told = told.get(..5).unwrap_or(told);
        if self.long { format!("{} {told}", self.day(at)) } else { told.to_owned() }
    }

    /// When something happens, in full: `2018-01-18 06:15`.
    pub(crate) fn when_in_full(&self, at: i64) -> String {
        let time = self.hours_and_minutes(at);
        match self.date(at) {
            Some((year, month, day, _)) => format!("{year:04}-{:02}-{day:02} {time}", month + 1),
            None => format!("{} {time}", self.day(at)),
        }
    }

    fn days_in(&self, at: i64) -> i64 {
        self.since_midnight(at).div_euclid(DAY_MS)
    }

    /// Year, month from 0, day from 1, weekday from Monday 0.
    fn date(&self, at: i64) -> Option<(i64, usize, i64, usize)> {
        let days = self.start_day? + self.days_in(at);
        let (year, month, day) = civil_date(days);
        // 1970-01-01 was a Thursday.
        Some((year, month as usize - 1, day, (days + 3).rem_euclid(7) as usize))
    }
}

/// Days since 1970 of the date that an RFC 3339 instant begins with.
fn parse_date(instant: &str) -> Option<i64> {
    let mut fields = instant.get(..10)?.split('-');
    let mut field = || fields.next()?.parse::<i64>().ok();
    let (year, month, day) = (field()?, field()?, field()?);
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && year >= 0;
    valid.then(|| days_since_1970(year, month, day))
}

/// The Gregorian calendar, reckoned in years from March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_the_hour_and_the_day() {
        let clock = Clock::new("2018-01-17T18:00:00-08:00", 64_800, 55_800_000);
        assert_eq!(clock.hours_and_minutes(0), "18:00");
        assert_eq!(clock.weekday_and_day(0), "Wed 17 Jan");
        assert_eq!(clock.when(44_100_000), "06:15");
        assert_eq!(clock.when_in_full(44_100_000), "2018-01-18 06:15");
        assert_eq!(clock.weekday_and_day(44_100_000), "Thu 18 Jan");
    }

    #[test]
    fn a_long_report_names_the_day() {
        let clock = Clock::new("2020-02-28T00:00:00Z", 0, 3 * DAY_MS);
        assert_eq!(clock.when(DAY_MS + 60_000), "29 Feb 00:01");
        assert_eq!(clock.when(2 * DAY_MS), "1 Mar 00:00");
    }

    #[test]
    fn a_start_that_is_no_date_counts_days() {
        let clock = Clock::new("monday", 0, 2 * DAY_MS);
        assert_eq!(clock.weekday_and_day(DAY_MS), "day 2");
    }

    #[test]
    fn the_calendar_is_its_own_inverse() {
        for days in (-200_000..200_000).step_by(37) {
            let (year, month, day) = civil_date(days);
            assert_eq!(days_since_1970(year, month, day), days);
        }
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2018, 1, 18), 17_549);
    }
}

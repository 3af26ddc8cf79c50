//! Where simulated time lies on the clock on the wall, for the people who read reports.

use crate::time::{SimDuration, SimTime};

/// Maps instants of the run to civil time. The engine never uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The scenario's `start` as microseconds since 1970-01-01T00:00Z.
    pub start_unix_micros: i64,
    /// Offset from UTC of every clock time in the scenario, in seconds.
    pub offset_seconds: i32,
    /// Simulated time before `start`, left out of every figure.
    pub warm_up: SimDuration,
    /// The end of the run.
    pub horizon: SimTime,
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

impl Clock {
    /// The instant of the run at which the report begins.
    pub fn report_start(&self) -> SimTime {
        SimTime::ZERO + self.warm_up
    }

    /// How long the report covers.
    pub fn report_duration(&self) -> SimDuration {
        self.horizon.since(self.report_start())
    }

    /// Civil seconds since 1970 at `at`, in the scenario's offset.
    pub(crate) fn civil_seconds(&self, at: SimTime) -> i64 {
        let unix_micros = self.start_unix_micros - self.warm_up.as_micros() as i64 + at.as_micros() as i64;
        unix_micros.div_euclid(MICROS_PER_SECOND) + i64::from(self.offset_seconds)
    }

    /// Microseconds of `at` past its second on the clock.
    pub(super) fn micros_of_second(&self, at: SimTime) -> u64 {
        let unix_micros = self.start_unix_micros - self.warm_up.as_micros() as i64 + at.as_micros() as i64;
        unix_micros.rem_euclid(MICROS_PER_SECOND) as u64
    }

    /// Seconds since midnight at `at`, in the scenario's offset.
    pub fn second_of_day(&self, at: SimTime) -> u32 {
        self.civil_seconds(at).rem_euclid(SECONDS_PER_DAY) as u32
    }

    /// Midnights between the report's first day and `at`.
    pub fn day_number(&self, at: SimTime) -> i64 {
        let day = |at| self.civil_seconds(at).div_euclid(SECONDS_PER_DAY);
        day(at) - day(self.report_start())
    }

    /// `06:15`, or `06:15:30` off the minute.
    pub fn time_of_day(&self, at: SimTime) -> String {
        let second = self.second_of_day(at);
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
        if seconds == 0 {
            format!("{hours:02}:{minutes:02}")
        } else {
            format!("{hours:02}:{minutes:02}:{seconds:02}")
        }
    }

    /// An instant as people say it, to the minute: `06:15`; `Tue 06:15` where the report is longer than a day,
    /// `02-17 06:15` where it is longer than a week.
    pub fn when(&self, at: SimTime) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let civil = self.civil_seconds(at);
        let (day, minute) = (civil.div_euclid(SECONDS_PER_DAY), civil.rem_euclid(SECONDS_PER_DAY) / 60);
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        match self.report_duration().as_secs_f64() {
            seconds if seconds <= 86_400.0 => time,
            seconds if seconds <= 7.0 * 86_400.0 => {
                format!("{} {time}", DAYS[day.rem_euclid(7) as usize])
            }
            _ => {
                let (_, month, day) = civil_date(day);
                format!("{month:02}-{day:02} {time}")
            }
        }
    }

    /// RFC 3339 with the scenario's offset, to the second.
    pub fn rfc3339(&self, at: SimTime) -> String {
        let civil = self.civil_seconds(at);
        let (days, second) = (civil.div_euclid(SECONDS_PER_DAY), civil.rem_euclid(SECONDS_PER_DAY));
        let (year, month, day) = civil_date(days);
        let offset = self.offset_seconds;
        let (sign, offset) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60,
            offset / 3600,
            offset / 60 % 60
        )
    }
}

/// Year, month and day of a count of days since 1970-01-01 (proleptic Gregorian; Howard Hinnant's
/// `civil_from_days`).
pub fn civil_date(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_as_the_report_prints_it() {
        // 2018-01-17T18:00:00-08:00
        let clock = Clock {
            start_unix_micros: 1_516_240_800_000_000,
            offset_seconds: -8 * 3600,
            warm_up: SimDuration::from_secs(12 * 3600),
            horizon: SimTime::from_secs(27 * 3600 + 1800),
        };
        assert_eq!(clock.rfc3339(clock.report_start()), "2018-01-17T18:00:00-08:00");
        let fault = clock.report_start() + SimDuration::from_secs(12 * 3600 + 15 * 60);
        assert_eq!(clock.time_of_day(fault), "06:15");
        assert_eq!(clock.rfc3339(fault), "2018-01-18T06:15:00-08:00");
        assert_eq!(clock.day_number(fault), 1);
        assert_eq!(clock.when(fault + SimDuration::from_secs(59)), "06:15");
        let days = |days: u64| Clock { horizon: SimTime::from_secs((days * 24 + 12) * 3600), ..clock };
        assert_eq!(days(7).when(fault), "Thu 06:15");
        assert_eq!(days(8).when(fault), "01-18 06:15");
        assert_eq!(clock.rfc3339(SimTime::ZERO), "2018-01-17T06:00:00-08:00");
    }
}

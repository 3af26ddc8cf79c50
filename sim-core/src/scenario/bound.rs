//! A number of pods or a percentage of them (`IntOrString` of Kubernetes), and schedules of cron.

use super::scalar::{FromScalar, Problem, scalar};
use crate::model::controllers::Bound;
use crate::model::schedule::Schedule;

/// `1` or `25%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodBound {
    /// What is meant.
    pub bound: Bound,
}

/// `*/10 9-17 * * mon-fri`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CronSchedule {
    /// What is meant.
    pub schedule: Schedule,
}

scalar!(PodBound, {
    "description": "A number of pods such as `1`, or a percentage such as `25%`.",
    "type": ["string", "integer"],
    "minimum": 0,
    "pattern": r"^[0-9]+%?$"
});
scalar!(CronSchedule, {
    "description": "A schedule in the five fields of cron: `*/10 9-17 * * mon-fri`, or `@hourly`, `@daily`, `@weekly`.",
    "type": "string"
});

impl FromScalar for PodBound {
    const EXPECTED: &'static str = "a number of pods such as `1`, or a percentage such as `25%`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let hint = "write a whole number such as `1`, or a percentage such as `25%`";
        let problem = || Problem::not("S025", text, "a number of pods or a percentage of them", hint);
        let (number, percent) =
            text.strip_suffix('%').map_or((text, false), |number| (number.trim_end(), true));
        let number: u32 = number.parse().map_err(|_| problem())?;
        let bound = if percent { Bound::Percent(number) } else { Bound::Count(number) };
        if percent && number > 100 {
            return Err(problem());
        }
        Ok(Self { bound })
    }
}

impl FromScalar for CronSchedule {
    const EXPECTED: &'static str = "a schedule such as `*/10 * * * *`";

    fn from_text(text: &str) -> Result<Self, Problem> {
        let hint =
            "write minute, hour, day, month and weekday, such as `0 9 * * mon-fri` for 09:00 on working days";
        let schedule = Schedule::parse(text).map_err(|why| {
            Problem::new("S026", format!("`{}` is not a schedule: {why}", super::path::ends(text)), hint)
        })?;
        Ok(Self { schedule })
    }
}

//! Arrivals: the rate over the whole run, unrolled.
//!
//! A profile becomes linear pieces from point to point through every day of the run, warm-up included,
//! around midnight too. A flash crowd becomes a ramp and a decay. `from` and `until` cut whatever the
//! rate is; without `from` arrivals begin with the run itself, so that a warm-up fills the cluster.

use super::super::clock_time::ClockTime;
use super::super::diagnostic::enumerate;
use super::super::path::Path;
use super::super::scalar::Problem;
use super::super::schema::{Arrivals, Counts, FlashCrowd, ProfilePoint};
use super::Findings;
use super::times::Times;
use crate::model;
use crate::model::{ArrivalProcess, Rate};
use crate::time::SimTime;

/// Expected arrivals beyond which a run is refused.
const MAX_ARRIVALS: f64 = 200e6;
/// The highest rate that can be written.
const MAX_PER_HOUR: f64 = 1e7;
const SECONDS_PER_DAY: f64 = 86_400.0;
const MINUTE_S: f64 = 60.0;
/// How fast a crowd goes when nobody says so.
const DEFAULT_HALF_LIFE_S: f64 = 3.0 * 3600.0;

/// The stretch of the run, in seconds, in which things arrive.
struct Window {
    from: f64,
    until: f64,
}

impl Window {
    /// Appends what of a linear stretch lies in the window.
    fn push_linear(&self, rate: &mut Rate, (start, end): (f64, f64), from: f64, to: f64) {
        let at = |time: f64| from + (to - from) * (time - start) / (end - start);
        let (cut_start, cut_end) = (start.max(self.from), end.min(self.until));
        if cut_end > cut_start {
            rate.push_linear(cut_start, cut_end, at(cut_start), at(cut_end));
        }
    }
}

/// The arrivals that `written`, at `path`, describes.
pub(super) fn arrivals(
    written: &Arrivals,
    path: &Path,
    times: &Times,
    findings: &mut Findings<'_>,
) -> model::Arrivals {
    let window = window(written, path, times, findings);
    let mut rate = Rate::default();
    let mut process = written.process;
    let kinds = [
        ("perHour", written.per_hour.is_some()),
        ("every", written.every.is_some()),
        ("profile", written.profile.is_some()),
        ("flashCrowd", written.flash_crowd.is_some()),
        ("flashCrowds", written.flash_crowds.is_some()),
        ("counts", written.counts.is_some()),
    ];
    let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if given.len() != 1 {
        report_kinds(&given, path, findings);
        return model::Arrivals { rate, process };
    }
    if let Some(per_hour) = written.per_hour {
        let per_second = per_second(per_hour, &path.key("perHour"), findings);
        window.push_linear(&mut rate, (0.0, window.until), per_second, per_second);
    }
    if let Some(every) = written.every {
        if every.duration.is_zero() {
            let problem =
                Problem::new("S062", "`every` is no time at all", "write for instance `every: 30s`");
            findings.error(&path.key("every"), problem);
        } else {
            let per_second = 1.0 / every.duration.as_secs_f64();
            window.push_linear(&mut rate, (0.0, window.until), per_second, per_second);
        }
        process = ArrivalProcess::Even;
    }
    if let Some(points) = &written.profile {
        let weekend = written.weekend.map_or(1.0, |share| share.ratio);
        profile((points, weekend), &path.key("profile"), times, &window, &mut rate, findings);
    }
    if let Some(written) = &written.flash_crowd {
        let crowd = crowd(written, &path.key("flashCrowd"), times, findings);
        push_crowds(crowd.as_slice(), &window, &mut rate);
    }
    if let Some(written) = &written.flash_crowds {
        let read = |(name, row): (&String, &FlashCrowd)| {
            crowd(row, &path.key("flashCrowds").key(name), times, findings)
        };
        let crowds: Vec<Crowd> = written.iter().filter_map(read).collect();
        push_crowds(&crowds, &window, &mut rate);
    }
    if let Some(written) = &written.counts {
        counts(written, &path.key("counts"), times, &window, &mut rate, findings);
    }
    if rate.total() > MAX_ARRIVALS {
        let fact = format!(
            "about {:.0} million arrivals in one run; at most 200 million are simulated",
            rate.total() / 1e6
        );
        findings.error(path, Problem::new("S063", fact, "lower the rate or shorten the run"));
    }
    model::Arrivals { rate, process }
}

fn report_kinds(given: &[&str], path: &Path, findings: &mut Findings<'_>) {
    let hint = "write exactly one of `perHour`, `every`, `profile`, `flashCrowd`, `flashCrowds` and `counts`; in a variant, `null` removes the base's";
    if given.is_empty() {
        let problem = Problem::new("S050", "it is not said how often things arrive", hint);
        findings.error(path, problem);
    } else {
        let fact = format!("arrivals are given in several ways: {}", enumerate(given.iter().copied()));
        let paths: Vec<Path> = given.iter().map(|kind| path.key(kind)).collect();
        findings.error_at_last(&paths, Problem::new("S050", fact, hint));
    }
}

fn window(written: &Arrivals, path: &Path, times: &Times, findings: &mut Findings<'_>) -> Window {
    let horizon = times.horizon().as_secs_f64();
    let mut bound = |at: Option<ClockTime>, key: &str, default: f64| {
        let at = at.and_then(|at| times.at(at, &path.key(key), findings));
        at.map_or(default, |at| at.as_secs_f64())
    };
    let window =
        Window { from: bound(written.from, "from", 0.0), until: bound(written.until, "until", horizon) };
    if window.from >= window.until && horizon > 0.0 && (written.from.is_some() || written.until.is_some()) {
        let problem = Problem::new("S054", "`until` does not come after `from`", times_hint());
        findings.error(&path.key("until"), problem);
    }
    window
}

fn times_hint() -> &'static str {
    "`05:59` is the first such moment at or after `start`; `day 2 05:59` or `+12h` say which one is meant"
}

/// A rate per hour, checked, per second.
fn per_second(per_hour: f64, path: &Path, findings: &mut Findings<'_>) -> f64 {
    if (0.0..=MAX_PER_HOUR).contains(&per_hour) {
        return per_hour / 3600.0;
    }
    let fact = format!("{per_hour} per hour is not a rate");
    findings.error(path, Problem::new("S051", fact, "a rate is from 0 to ten million per hour"));
    0.0
}

fn profile(
    (points, weekend): (&[ProfilePoint], f64),
    path: &Path,
    times: &Times,
    window: &Window,
    rate: &mut Rate,
    findings: &mut Findings<'_>,
) {
    let mut day: Vec<(f64, f64)> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let path = path.index(index);
        let per_second = per_second(point.per_hour, &path.key("perHour"), findings);
        let ClockTime::OfDay { day: None, second } = point.at else {
            let problem = Problem::new(
                "S061",
                "a point of a profile repeats each day",
                "write a time of day such as `08:30`",
            );
            findings.error(&path.key("at"), problem);
            continue;
        };
        if day.iter().any(|(known, _)| *known == f64::from(second)) {
            let problem = Problem::new(
                "S053",
                "another point of the profile has the same time",
                "remove one of the two",
            );
            findings.error(&path.key("at"), problem);
        } else {
            day.push((f64::from(second), per_second));
        }
    }
    if points.len() < 2 {
        let fact = format!("a profile of {} points", points.len());
        findings.error(path, Problem::new("S053", fact, "list at least two points, or write `perHour`"));
    }
    day.sort_by(|a, b| a.0.total_cmp(&b.0));
    let first_day = times.clock().civil_seconds(SimTime::ZERO).div_euclid(SECONDS_PER_DAY as i64);
    unroll(&day, times.run_begins_at_second(), (first_day, weekend), window, rate);
}

/// Repeats `day`, points of (second of the day, rate) in order, through the window.
fn unroll(
    day: &[(f64, f64)],
    run_begins_at: f64,
    (first_day, weekend): (i64, f64),
    window: &Window,
    rate: &mut Rate,
) {
    let (Some(first), Some(last)) = (day.first(), day.last()) else {
        return;
    };
    // The piece that is under way when the run begins may have begun the day before.
    let mut midnight = -run_begins_at - SECONDS_PER_DAY;
    let mut today = first_day - 1;
    // 1970-01-01 was a Thursday.
    let factor = |day: i64| if matches!((day + 4).rem_euclid(7), 0 | 6) { weekend } else { 1.0 };
    while midnight < window.until {
        for pair in day.windows(2) {
            let (from, to) = (pair[0].1 * factor(today), pair[1].1 * factor(today));
            window.push_linear(rate, (midnight + pair[0].0, midnight + pair[1].0), from, to);
        }
        let night = (midnight + last.0, midnight + SECONDS_PER_DAY + first.0);
        window.push_linear(rate, night, last.1 * factor(today), first.1 * factor(today + 1));
        midnight += SECONDS_PER_DAY;
        today += 1;
    }
}

/// A crowd in seconds and rates per second.
#[derive(Clone, Copy)]
struct Crowd {
    from: f64,
    peak: f64,
    first: f64,
    highest: f64,
    half_life: f64,
    sharing: bool,
}

impl Crowd {
    /// The rate at an instant.
    fn at(&self, at: f64) -> f64 {
        if at < self.from {
            0.0
        } else if at >= self.peak {
            self.highest * libm::exp2(-(at - self.peak) / self.half_life)
        } else {
            let done = (at - self.from) / (self.peak - self.from);
            match self.sharing {
                true => self.first * libm::exp2(libm::log2(self.highest / self.first) * done),
                false => self.first + (self.highest - self.first) * done,
            }
        }
    }
}

fn crowd(written: &FlashCrowd, path: &Path, times: &Times, findings: &mut Findings<'_>) -> Option<Crowd> {
    let highest = per_second(written.per_hour, &path.key("perHour"), findings);
    let first = per_second(written.start_per_hour, &path.key("startPerHour"), findings);
    let half_life = written.half_life.map_or(DEFAULT_HALF_LIFE_S, |span| span.duration.as_secs_f64());
    if half_life <= 0.0 {
        let problem =
            Problem::new("S062", "`halfLife` is no time at all", "to end at the peak, set `until` to it");
        findings.error(&path.key("halfLife"), problem);
        return None;
    }
    if written.sharing && (first <= 0.0 || highest <= 0.0) {
        let fact = "nobody is there from whom others could hear of it";
        let problem = Problem::new("S051", fact, "give the crowd a `startPerHour` above 0");
        findings.error(&path.key("sharing"), problem);
        return None;
    }
    let from = times.at(written.from, &path.key("from"), findings)?;
    let peak = times.at(written.peak, &path.key("peak"), findings)?;
    if peak <= from {
        let problem =
            Problem::new("S054", "the `peak` of the crowd does not come after its `from`", times_hint());
        findings.error(&path.key("peak"), problem);
        return None;
    }
    let (from, peak) = (from.as_secs_f64(), peak.as_secs_f64());
    Some(Crowd { from, peak, first, highest, half_life, sharing: written.sharing })
}

/// The sum of the crowds' rates: exact for one that grows linearly, else linear from minute to minute.
fn push_crowds(crowds: &[Crowd], window: &Window, rate: &mut Rate) {
    if let [crowd] = crowds
        && !crowd.sharing
    {
        window.push_linear(rate, (crowd.from, crowd.peak), crowd.first, crowd.highest);
        let begins = crowd.peak.max(window.from);
        let left = crowd.highest * libm::exp2(-(begins - crowd.peak) / crowd.half_life);
        rate.push_decay(begins, window.until, left, crowd.half_life);
        return;
    }
    let sum = |at: f64| crowds.iter().map(|crowd| crowd.at(at)).sum::<f64>();
    let mut at = crowds.iter().map(|crowd| crowd.from).fold(window.until, f64::min).max(window.from);
    while at < window.until {
        let next = (at + MINUTE_S).min(window.until);
        window.push_linear(rate, (at, next), sum(at), sum(next));
        at = next;
    }
}

/// A record: in each span the rate that gives its count.
fn counts(
    written: &Counts,
    path: &Path,
    times: &Times,
    window: &Window,
    rate: &mut Rate,
    findings: &mut Findings<'_>,
) {
    if written.every.duration.is_zero() {
        let problem = Problem::new("S062", "`every` is no time at all", "write for instance `every: 1h`");
        findings.error(&path.key("every"), problem);
        return;
    }
    let Some(from) = times.at(written.from, &path.key("from"), findings) else { return };
    let every = written.every.duration.as_secs_f64();
    for (index, number) in written.numbers.iter().enumerate() {
        let begins = from.as_secs_f64() + every * index as f64;
        let per_second = f64::from(*number) / every;
        window.push_linear(rate, (begins, begins + every), per_second, per_second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_repeats_and_runs_through_midnight() {
        let mut rate = Rate::default();
        let window = Window { from: 0.0, until: 3.0 * SECONDS_PER_DAY };
        // The run begins at 18:00; the rate falls from 10 at 20:00 to 2 at 04:00.
        unroll(&[(4.0 * 3600.0, 2.0), (20.0 * 3600.0, 10.0)], 18.0 * 3600.0, (0, 1.0), &window, &mut rate);
        for day in 0..2 {
            let at = |hour: f64| rate.at(f64::from(day) * SECONDS_PER_DAY + hour * 3600.0);
            assert!((at(0.0) - 9.0).abs() < 1e-9, "18:00 is on the way up");
            assert!((at(2.0) - 10.0).abs() < 1e-9, "20:00");
            assert!((at(6.0) - 6.0).abs() < 1e-9, "midnight");
            assert!((at(10.0) - 2.0).abs() < 1e-9, "04:00");
        }
        assert!((rate.total() - 3.0 * SECONDS_PER_DAY * 6.0).abs() < 1e-3);
    }

    #[test]
    fn a_window_cuts_slopes_where_it_should() {
        let mut rate = Rate::default();
        let window = Window { from: 25.0, until: 75.0 };
        window.push_linear(&mut rate, (0.0, 100.0), 0.0, 100.0);
        assert_eq!((rate.at(24.9), rate.at(75.0)), (0.0, 0.0));
        assert!((rate.at(50.0) - 50.0).abs() < 1e-9);
        assert!((rate.total() - 2500.0).abs() < 1e-9);
    }

    #[test]
    fn weekends_have_their_share() {
        let mut rate = Rate::default();
        let window = Window { from: 0.0, until: 7.0 * SECONDS_PER_DAY };
        // 1970-01-01 was a Thursday: Saturday is the third day.
        unroll(&[(0.0, 10.0), (43_200.0, 10.0)], 0.0, (0, 0.2), &window, &mut rate);
        let at = |day: f64| rate.at((day + 0.25) * SECONDS_PER_DAY);
        assert!((at(0.0) - 10.0).abs() < 1e-9 && (at(2.0) - 2.0).abs() < 1e-9);
        assert!((at(3.0) - 2.0).abs() < 1e-9 && (at(4.0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn crowds_add_up_and_one_that_shares_grows_by_a_factor() {
        let linear =
            Crowd { from: 0.0, peak: 600.0, first: 0.0, highest: 6.0, half_life: 600.0, sharing: false };
        let sharing = Crowd { first: 1.0, highest: 4.0, sharing: true, ..linear };
        let window = Window { from: 0.0, until: 1_800.0 };
        let mut rate = Rate::default();
        push_crowds(&[linear, sharing], &window, &mut rate);
        assert!((rate.at(300.0) - (3.0 + 2.0)).abs() < 1e-9, "half way: half of six, and twice one");
        assert!((rate.at(1_200.0) - (3.0 + 2.0)).abs() < 1e-9, "one half-life later");
    }
}

//! The answer: what came out, in a sentence or two, for someone who reads nothing else.
//!
//! It is made of the troubles that the replications met, of the claims, and of a few figures, by rules that know
//! no scenario: the most important trouble with its time and its cause; what was done about it in vain; another
//! trouble, if there is one; the claims that do not hold. Where nothing is wrong, it says so with the figures
//! that show it. Over several replications it says in how many.

use indexmap::IndexMap;

use super::statistics::wilson;
use crate::model::Clock;
use crate::report::{CheckOutcome, Trouble, TroubleKind, Verdict, units};
use crate::time::SimDuration;

/// What an answer is made of.
pub(super) struct Facts<'a> {
    /// Where simulated time lies on the clock on the wall.
    pub clock: &'a Clock,
    /// The troubles of each replication.
    pub troubles: &'a [&'a [Trouble]],
    /// The figures of the whole run.
    pub summary: &'a IndexMap<String, f64>,
    /// The claims.
    pub checks: &'a [CheckOutcome],
}

/// More troubles than these are for the reader of the charts.
const TOLD: usize = 2;

/// The answer.
pub(super) fn answer(facts: &Facts<'_>) -> String {
    let mut sentences = match facts.troubles {
        [] => return "Nothing was run.".to_owned(),
        [troubles] => of_one_run(troubles),
        runs => of_several(runs, facts.clock),
    };
    if sentences.is_empty() {
        sentences.push(all_is_well(facts));
    }
    sentences.extend(claims(facts.checks));
    sentences.join(" ")
}

fn of_one_run(troubles: &[Trouble]) -> Vec<String> {
    let kinds = by_kind(troubles);
    let mut sentences = Vec::new();
    let first = kinds.first().map_or(0, |(_, all)| worst(all).hit);
    for (kind, all) in kinds.iter().take(TOLD) {
        let worst = worst(all);
        // What hits few beside what hits many only distracts.
        if worst.hit * 5 < first && *kind != TroubleKind::ServiceDown {
            continue;
        }
        let others = match all.len() - 1 {
            _ if *kind == TroubleKind::ServiceDown => String::new(),
            0 => String::new(),
            1 => ", and once more".to_owned(),
            more => format!(", and {more} more times"),
        };
        sentences.push(sentence(worst, &others));
        for vain in &worst.in_vain {
            if !sentences.contains(vain) {
                sentences.push(vain.clone());
            }
        }
    }
    sentences
}

/// The troubles of each kind, the most important kind first. A hub whose launches fail is down too: once is
/// enough.
pub(super) fn by_kind(troubles: &[Trouble]) -> Vec<(TroubleKind, Vec<&Trouble>)> {
    let mut kinds: Vec<(TroubleKind, Vec<&Trouble>)> = Vec::new();
    for trouble in troubles {
        match kinds.iter_mut().find(|(kind, _)| *kind == trouble.kind) {
            Some((_, all)) => all.push(trouble),
            None => kinds.push((trouble.kind, vec![trouble])),
        }
    }
    kinds.sort_by_key(|(kind, _)| *kind);
    kinds
}

/// The one that hits most, of outages the longest; of equals the longest, of those the first.
pub(super) fn worst<'a>(troubles: &[&'a Trouble]) -> &'a Trouble {
    let length = |trouble: &Trouble| ((trouble.until_seconds - trouble.from_seconds) * 1e3) as u64;
    let hit = |trouble: &Trouble| if trouble.kind == TroubleKind::ServiceDown { 0 } else { trouble.hit };
    let worst = troubles.iter().rev().max_by_key(|trouble| (hit(trouble), length(trouble)));
    worst.expect("a kind that is there has a trouble")
}

/// `from 06:15 to 09:05`, `from Tue 09:53 to 10:22`.
pub(super) fn span(trouble: &Trouble) -> String {
    let from = &trouble.from_clock;
    match &trouble.until_clock {
        Some(until) if until == from => format!("at {until}"),
        Some(until) => {
            let day = |clock: &str| clock.split_once(' ').map(|(day, _)| day.to_owned());
            let same_day = day(from).is_some() && day(from) == day(until);
            let until = until.split_once(' ').filter(|_| same_day).map_or(until.as_str(), |(_, time)| time);
            format!("from {from} to {until}")
        }
        None => format!("from {from} to the end"),
    }
}

/// `Launches fail from 06:15 to 09:05 (880 of 913): node 2fhq swallows every new pod.`
pub(super) fn sentence(trouble: &Trouble, others: &str) -> String {
    let (hit, of) = (units::number(trouble.hit as f64), units::number(trouble.of as f64));
    let amount = match trouble.kind {
        TroubleKind::ServiceDown => String::new(),
        TroubleKind::LaunchesFail => format!(" ({hit} of {of})"),
        TroubleKind::LaunchesSlow | TroubleKind::PodsWait => format!(" ({hit} of {of} more than a minute)"),
    };
    format!("{} {}{amount}{others}{}.", happening(trouble), span(trouble), why(trouble))
}

/// Subject and verb.
pub(super) fn happening(trouble: &Trouble) -> String {
    let longest = || units::duration(trouble.longest_seconds);
    let several = trouble.subjects.len() > 1;
    match trouble.kind {
        TroubleKind::LaunchesFail => "Launches fail".to_owned(),
        TroubleKind::LaunchesSlow => format!("Launches take up to {}", longest()),
        TroubleKind::ServiceDown => {
            format!("{} {} down", listed(&trouble.subjects), if several { "are" } else { "is" })
        }
        TroubleKind::PodsWait => {
            format!("Pods of {} wait up to {} for a node", listed(&trouble.subjects), longest())
        }
    }
}

/// The cause after a colon; it is only most of it where it explains less than four fifths.
fn why(trouble: &Trouble) -> String {
    match &trouble.cause {
        cause if cause.is_empty() || trouble.cause_share < 0.4 => String::new(),
        cause if trouble.cause_share < 0.8 => format!(", mostly because {cause}"),
        cause => format!(": {cause}"),
    }
}

/// `a`, `a and b`, `a, b and 3 more`.
pub(super) fn listed(names: &[String]) -> String {
    let name = |name: &String| format!("`{name}`");
    match names {
        [] => "services".to_owned(),
        [one] => name(one),
        [one, other] => format!("{} and {}", name(one), name(other)),
        [one, other, third] => format!("{}, {} and {}", name(one), name(other), name(third)),
        [one, other, rest @ ..] => format!("{}, {} and {} more", name(one), name(other), rest.len()),
    }
}

/// `In 47 of 50 replications (84 % to 98 %) launches fail, mostly from 06:15 to 09:05: ...`
fn of_several(runs: &[&[Trouble]], clock: &Clock) -> Vec<String> {
    let trials = runs.len() as u64;
    let mut kinds: Vec<(TroubleKind, Vec<&Trouble>)> = Vec::new();
    for run in runs {
        for (kind, all) in by_kind(run) {
            let worst = worst(&all);
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, worsts)) => worsts.push(worst),
                None => kinds.push((kind, vec![worst])),
            }
        }
    }
    // What happens in most replications comes before what may happen.
    kinds.sort_by_key(|(kind, worsts)| (2 * (worsts.len() as u64) < trials, *kind));
    let told = |(_, worsts): &(TroubleKind, Vec<&Trouble>)| {
        let typical = typical(worsts, clock);
        let hits = worsts.len() as u64;
        let interval = wilson(hits, trials);
        let which = if hits == trials {
            format!("all {trials} replications (at least {})", units::share(interval.low))
        } else {
            let (low, high) = (units::share(interval.low), units::share(interval.high));
            format!("{hits} of {trials} replications ({low} to {high})")
        };
        let what = uncapitalised(&happening(&typical));
        format!("In {which} {what}, typically {}{}.", span(&typical), why(&typical))
    };
    let hits = |(_, worsts): &(TroubleKind, Vec<&Trouble>)| typical(worsts, clock).hit;
    let first = kinds.first().map_or(0, hits);
    let mut sentences = Vec::new();
    for kind in kinds.iter().take(TOLD) {
        if hits(kind) * 5 < first && kind.0 != TroubleKind::ServiceDown {
            continue;
        }
        sentences.push(told(kind));
        for vain in typical(&kind.1, clock).in_vain {
            if !sentences.contains(&vain) {
                sentences.push(vain);
            }
        }
    }
    sentences
}

/// Medians of times, the cause that is named most often with the share of replications that name it.
fn typical(troubles: &[&Trouble], clock: &Clock) -> Trouble {
    let median = |of: fn(&Trouble) -> f64| {
        let mut values: Vec<f64> = troubles.iter().map(|trouble| of(trouble)).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (from, until) = (median(|it| it.from_seconds), median(|it| it.until_seconds));
    let mut causes: IndexMap<&str, u64> = IndexMap::new();
    let mut subjects: IndexMap<&[String], u64> = IndexMap::new();
    for trouble in troubles {
        *causes.entry(&trouble.cause).or_default() += 1;
        *subjects.entry(&trouble.subjects).or_default() += 1;
    }
    let most = causes.iter().rev().max_by_key(|(_, count)| **count);
    let (cause, count) = most.map_or(("", 0), |(cause, count)| (*cause, *count));
    let subjects = subjects.iter().rev().max_by_key(|(_, count)| **count);
    let clock_at = |seconds: f64| clock.when(clock.report_start() + SimDuration::from_secs_f64(seconds));
    let mut hits: Vec<u64> = troubles.iter().map(|trouble| trouble.hit).collect();
    hits.sort_unstable();
    let mut in_vain: IndexMap<&str, usize> = IndexMap::new();
    for vain in troubles.iter().flat_map(|trouble| &trouble.in_vain) {
        *in_vain.entry(vain).or_default() += 1;
    }
    let in_most = |count: usize| 5 * count >= 4 * troubles.len();
    let to_the_end = troubles.iter().filter(|trouble| trouble.until_clock.is_none()).count();
    Trouble {
        kind: troubles[0].kind,
        subjects: subjects.map_or(Vec::new(), |(names, _)| names.to_vec()),
        from_seconds: from,
        until_seconds: until,
        from_clock: clock_at(from),
        until_clock: (2 * to_the_end <= troubles.len()).then(|| clock_at(until)),
        hit: hits[hits.len() / 2],
        of: 0,
        longest_seconds: median(|it| it.longest_seconds),
        cause: cause.to_owned(),
        cause_share: count as f64 / troubles.len() as f64,
        in_vain: in_vain
            .iter()
            .filter(|(_, count)| in_most(**count))
            .map(|(vain, _)| (*vain).to_owned())
            .collect(),
    }
}

/// Nothing is wrong, and the figures that show it.
fn all_is_well(facts: &Facts<'_>) -> String {
    let figure = |name: &str| facts.summary.get(name).copied();
    let nodes = figure("peakNodes").map_or(String::new(), |nodes| {
        let unit = if nodes == 1.0 { "node" } else { "nodes" };
        format!(", on at most {} {unit}", units::number(nodes))
    });
    let wait = |name: &str| figure(name).map(units::duration);
    let average = if facts.troubles.len() > 1 { " (averages over the replications)" } else { "" };
    if let (Some(launches), Some(share)) =
        (figure("launches").filter(|launches| *launches > 0.0), figure("launchSuccessShare"))
    {
        let who = if share == 1.0 {
            format!("all {} launches succeed", units::number(launches))
        } else {
            format!("{} of {} launches succeed", units::share(share), units::number(launches))
        };
        let wait =
            wait("launchWaitP95Seconds").map_or(String::new(), |p95| format!(", 95 % of them within {p95}"));
        // What fails, fails now and then.
        let well = if share >= 0.99 { "Users are well served" } else { "Some launches fail now and then" };
        return format!("{well}: {who}{wait}{nodes}{average}.");
    }
    match (figure("podsCreated").filter(|pods| *pods > 0.0), wait("podWaitP95Seconds")) {
        (Some(pods), Some(p95)) => {
            format!("Pods find room: of {} pods, 95 % run within {p95}{nodes}{average}.", units::number(pods))
        }
        _ => format!("Nothing is wrong{nodes}{average}."),
    }
}

/// A sentence as the end of another.
pub(super) fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// The claims that do not hold.
fn claims(checks: &[CheckOutcome]) -> Option<String> {
    let of = |verdict| checks.iter().filter(move |check| check.verdict == verdict);
    let (failed, undecided) = (of(Verdict::Fail).count(), of(Verdict::Undecided).count());
    if let Some(first) = of(Verdict::Fail).next() {
        let others = match failed - 1 {
            0 => String::new(),
            1 => ", and one more check fails".to_owned(),
            more => format!(", and {more} more checks fail"),
        };
        return Some(format!("The check \"{}\" fails: {}{others}.", first.name.trim(), first.text));
    }
    match undecided {
        0 => None,
        1 => {
            let name = of(Verdict::Undecided).next().map_or("", |check| check.name.trim());
            Some(format!("The check \"{name}\" is undecided: more replications are needed."))
        }
        many => Some(format!("{many} checks are undecided: more replications are needed.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Replication, difference};
    use crate::metrics::Measured;
    use crate::metrics::tests::model;
    use crate::report::Report;

    fn trouble(kind: TroubleKind, from: u32, until: u32, hit: u64) -> Trouble {
        Trouble {
            kind,
            from_seconds: f64::from(60 * from),
            until_seconds: f64::from(60 * until),
            from_clock: format!("08:{from:02}"),
            until_clock: Some(format!("08:{until:02}")),
            hit,
            of: hit + 2,
            longest_seconds: 90.0,
            cause: "node x, down, swallows new pods".to_owned(),
            cause_share: 0.9,
            ..Trouble::default()
        }
    }

    fn report(runs: &[Vec<Trouble>]) -> Report {
        let run = |troubles: &Vec<Trouble>| {
            let mut measured = Measured { troubles: troubles.clone(), ..Measured::default() };
            measured.summary.insert("launches".to_owned(), 200.0);
            measured.summary.insert("launchSuccessShare".to_owned(), 1.0);
            measured.summary.insert("launchWaitP95Seconds".to_owned(), 12.0);
            measured.summary.insert("peakNodes".to_owned(), 3.0);
            Replication { measured, ..Replication::default() }
        };
        Report::from_replications(&model(&[]), 7, &runs.iter().map(run).collect::<Vec<_>>())
    }

    #[test]
    fn one_run_is_told_with_its_times() {
        let failing = || trouble(TroubleKind::LaunchesFail, 2, 9, 40);
        let mut later = trouble(TroubleKind::LaunchesFail, 12, 13, 5);
        later.cause = "the hub is down".to_owned();
        let slow = |hit| trouble(TroubleKind::LaunchesSlow, 9, 12, hit);
        assert_eq!(
            report(&[vec![failing(), later, slow(7)]]).answer,
            "Launches fail from 08:02 to 08:09 (40 of 42), and once more: node x, down, swallows new pods."
        );
        let vain = Trouble { in_vain: vec!["It was tried.".to_owned()], cause_share: 0.5, ..failing() };
        assert_eq!(
            report(&[vec![vain, slow(30)]]).answer,
            "Launches fail from 08:02 to 08:09 (40 of 42), mostly because node x, down, swallows new pods. \
             It was tried. Launches take up to 1m 30s from 08:09 to 08:12 (30 of 32 more than a minute): \
             node x, down, swallows new pods."
        );
    }

    #[test]
    fn nothing_wrong_is_said_with_figures() {
        assert_eq!(
            report(&[vec![]]).answer,
            "Users are well served: all 200 launches succeed, 95 % of them within 12 s, on at most 3 nodes."
        );
    }

    #[test]
    fn a_few_failures_are_not_hidden() {
        let mut found = report(&[vec![]]);
        found.summary.insert("launchSuccessShare".to_owned(), 0.95);
        let facts =
            Facts { clock: &model(&[]).clock, troubles: &[&[]], summary: &found.summary, checks: &[] };
        assert_eq!(
            answer(&facts),
            "Some launches fail now and then: 95 % of 200 launches succeed, 95 % of them within 12 s, on at most \
             3 nodes."
        );
    }

    #[test]
    fn several_replications_are_counted() {
        let failing = || vec![trouble(TroubleKind::LaunchesFail, 2, 9, 40)];
        assert_eq!(
            report(&[failing(), failing(), vec![], failing()]).answer,
            "In 3 of 4 replications (30.1 % to 95.4 %) launches fail, typically from 08:02 to 08:09: node x, \
             down, swallows new pods."
        );
        let all = report(&[failing(), failing()]).answer;
        assert!(all.starts_with("In all 2 replications (at least 34.2 %) launches fail"), "{all}");
    }

    #[test]
    fn a_what_if_is_told_beside_its_base() {
        let failing = |until, hit| vec![trouble(TroubleKind::LaunchesFail, 2, until, hit)];
        let told = |base: Vec<Trouble>, other: Vec<Trouble>| difference(&report(&[base]), &report(&[other]));
        assert_eq!(
            told(failing(9, 40), failing(9, 41)),
            "It changes nothing: launches fail from 08:02 to 08:09 all the same."
        );
        assert_eq!(told(failing(9, 40), vec![]), "Launches do not fail.");
        assert_eq!(
            told(failing(9, 40), failing(5, 12)),
            "Launches fail from 08:02 to 08:05 (12 of 14) instead of from 08:02 to 08:09 (40 of 42)."
        );
        assert_eq!(told(vec![], vec![]), "It changes nothing for users.");
        assert_eq!(
            told(vec![], failing(9, 40)),
            "It makes trouble: launches fail from 08:02 to 08:09 (40 of 42): node x, down, swallows new pods."
        );
    }
}

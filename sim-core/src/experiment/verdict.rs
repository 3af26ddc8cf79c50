//! Verdicts: whether a claim holds, and how one can tell.
//!
//! A single run has one value, and the claim holds for it or does not. Over several replications a
//! claim is about the mean: it passes when the whole 95 % interval lies in the claimed range, fails when
//! none of it does, and is undecided otherwise. A claim about a probability is decided by the exact
//! one-sided bounds and never by a single run.

use super::statistics::{self, Risk, exact_bounds, mean_interval_at, trials_without_hit, wilson};
use super::words;
use crate::check::{Check, Claim, Position, Range, Spelling, Statement};
use crate::report::{CheckOutcome, Interval, Verdict, rounded};

/// How a check came out: `values` holds its claim's value in each replication.
pub fn outcome(check: &Check, values: &[Option<f64>]) -> CheckOutcome {
    outcome_at(check, values, Risk::SINGLE)
}

/// How it came out at a look that may be wrong with no more than `risk`.
pub(super) fn outcome_at(check: &Check, values: &[Option<f64>], risk: Risk) -> CheckOutcome {
    let found = match &check.statement {
        Statement::Claim(claim) => of_value(claim, values, risk),
        Statement::Probability { of, range } => of_probability(of, *range, values, risk),
    };
    CheckOutcome {
        name: check.name.clone(),
        check: check.text.clone(),
        verdict: found.verdict,
        value: found.value,
        interval: found.interval,
        text: found.text,
    }
}

/// Whether a check's claim holds in one replication, whatever it claims of several. Without a value it does
/// not.
pub fn holds(check: &Check, value: Option<f64>) -> bool {
    value.is_some_and(|value| check.statement.claim().range.contains(rounded(value)))
}

struct Finding {
    verdict: Verdict,
    value: Option<f64>,
    interval: Option<Interval>,
    text: String,
}

fn of_value(claim: &Claim, values: &[Option<f64>], risk: Risk) -> Finding {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let claimed = words::range(claim.range, claim.spelling);
    let Some(mean) = statistics::mean(&known).map(rounded) else {
        let text = format!("there is nothing to measure it by; claimed {claimed}");
        return Finding { verdict: Verdict::Fail, value: None, interval: None, text };
    };
    let mut found = words::counted(mean, claim);
    let interval = mean_interval_at(&known, risk);
    if let Some(interval) = interval {
        found = format!("{found} ({})", words::interval(interval, claim.spelling));
    }
    if known.len() < values.len() {
        found = format!("{found} in {} of {} replications", known.len(), values.len());
    }
    let position = match interval {
        Some(interval) => claim.range.position(interval.low, interval.high),
        None if values.len() > 1 => Position::Across,
        None => claim.range.position(mean, mean),
    };
    let (verdict, text) = match position {
        Position::Inside => (Verdict::Pass, format!("{found}, {claimed}")),
        Position::Outside => (Verdict::Fail, format!("{found}, not {claimed}")),
        Position::Across => {
            (Verdict::Undecided, format!("{found}, claimed {claimed}: more replications are needed"))
        }
    };
    Finding { verdict, value: Some(mean), interval, text }
}

fn of_probability(claim: &Claim, range: Range, values: &[Option<f64>], risk: Risk) -> Finding {
    // A replication without a value is one in which the claim does not hold.
    let holds = |value: &&Option<f64>| value.is_some_and(|value| claim.range.contains(rounded(value)));
    let (trials, hits) = (values.len() as u64, values.iter().filter(holds).count() as u64);
    let bounds = exact_bounds(hits, trials, risk);
    let (share, interval) = (hits as f64 / trials.max(1) as f64, wilson(hits, trials));
    let claimed = words::range(range, Spelling::Percent);
    let verdict = match range.position(bounds.low, bounds.high) {
        _ if trials <= 1 => Verdict::Undecided,
        Position::Inside => Verdict::Pass,
        Position::Outside => Verdict::Fail,
        Position::Across => Verdict::Undecided,
    };
    let seen = if trials == 1 {
        format!("it {} in the one run", if hits == 1 { "holds" } else { "does not hold" })
    } else {
        let (share, interval) =
            (words::number(share, Spelling::Percent), words::interval(interval, Spelling::Percent));
        format!("{share} ({interval}): {hits} of {trials} replications")
    };
    let text = match verdict {
        Verdict::Pass => format!("{seen}, {claimed}"),
        Verdict::Fail => format!("{seen}, not {claimed}"),
        Verdict::Undecided => {
            format!("{seen}, claimed {claimed}: {}", what_is_needed(range, hits, trials, risk))
        }
    };
    let value = (trials > 0).then(|| rounded(share));
    let interval = (trials > 1).then_some(interval);
    Finding { verdict, value, interval, text }
}

/// How many replications could decide, where that can be said.
fn what_is_needed(range: Range, hits: u64, trials: u64, risk: Risk) -> String {
    let (limit, unseen, which) = match range {
        Range::Below(limit) | Range::AtMost(limit) => (limit, hits == 0, "without one"),
        Range::Above(limit) | Range::AtLeast(limit) => (1.0 - limit, hits == trials, "that all do"),
        Range::Within(..) | Range::Not(_) => return "more replications are needed".to_owned(),
    };
    match trials_without_hit(limit, risk) {
        Some(needed) if unseen || trials <= 1 => format!("{needed} replications {which} are needed"),
        _ => "more replications are needed".to_owned(),
    }
}

/// How all checks came out, in a sentence.
pub(super) fn sentence(checks: &[CheckOutcome]) -> String {
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let (failed, undecided) = (count(Verdict::Fail), count(Verdict::Undecided));
    match (checks.len(), failed, undecided) {
        (0, ..) => "No checks.".to_owned(),
        (1, 0, 0) => "The one check holds.".to_owned(),
        (all, 0, 0) => format!("All {all} checks hold."),
        (all, failed, undecided) => {
            let mut parts = vec![format!("{} of {all} checks hold", all - failed - undecided)];
            if failed > 0 {
                parts.push(format!("{failed} {}", if failed == 1 { "fails" } else { "fail" }));
            }
            if undecided > 0 {
                parts.push(format!("{undecided} {} undecided", if undecided == 1 { "is" } else { "are" }));
            }
            format!("{}.", parts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Names, parse};
    use crate::model::Clock;
    use crate::time::{SimDuration, SimTime};

    fn finding(text: &str, values: &[Option<f64>]) -> (Verdict, String) {
        let clock = Clock {
            start_unix_micros: 0,
            offset_seconds: 0,
            warm_up: SimDuration::ZERO,
            horizon: SimTime::from_secs(86_400),
        };
        let names = Names { clock: &clock, groups: vec![], workloads: vec![], audiences: vec![] };
        let statement = parse(text, &names).unwrap();
        let check = Check { name: "name".to_owned(), text: text.to_owned(), statement };
        let outcome = outcome(&check, values);
        (outcome.verdict, outcome.text)
    }

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn one_run_decides_by_its_value() {
        let claim = "max(pods.running) = 600 ± 5%";
        assert_eq!(finding(claim, &[Some(598.0)]), (Verdict::Pass, text("598 pods, within 570 to 630")));
        assert_eq!(finding(claim, &[Some(640.0)]), (Verdict::Fail, text("640 pods, not within 570 to 630")));
        assert_eq!(
            finding("mean(launch.success) < 15%", &[None]),
            (Verdict::Fail, text("there is nothing to measure it by; claimed below 15 %"))
        );
        assert_eq!(
            finding("p95(launch.wait) < 60s", &[Some(42.0)]),
            (Verdict::Pass, text("42 s, below 60 s"))
        );
    }

    #[test]
    fn replications_decide_by_the_interval_of_their_mean() {
        let claim = "max(pods.running) < 600";
        let values = [590.0, 592.0, 594.0, 596.0, 598.0].map(Some);
        assert_eq!(finding(claim, &values), (Verdict::Pass, text("594 pods (590.1 to 597.9), below 600")));
        let values = [590.0, 600.0, 605.0].map(Some);
        assert_eq!(finding(claim, &values).0, Verdict::Undecided);
        let values = [610.0, 611.0, 612.0].map(Some);
        assert_eq!(finding(claim, &values).0, Verdict::Fail);
        assert_eq!(finding(claim, &[Some(1.0), None]).0, Verdict::Undecided, "one value has no interval");
    }

    #[test]
    fn probabilities_are_decided_by_the_exact_bound() {
        let claim = "P(max(pods.pending) > 0) < 1%";
        let none = |count| vec![Some(0.0); count];
        assert_eq!(finding(claim, &none(299)).0, Verdict::Pass);
        assert_eq!(
            finding(claim, &none(100)),
            (
                Verdict::Undecided,
                text(
                    "0 % (0 % to 3.699 %): 0 of 100 replications, claimed below 1 %: 299 replications without one are needed"
                )
            )
        );
        assert_eq!(finding(claim, &none(1)).0, Verdict::Undecided);
        assert_eq!(finding(claim, &vec![Some(1.0); 20]).0, Verdict::Fail);
        assert_eq!(finding("P(max(pods.pending) = 0) > 99%", &none(299)).0, Verdict::Pass);
        assert_eq!(
            finding("P(max(pods.pending) = 0) > 99%", &[Some(0.0)]).1,
            "it holds in the one run, claimed above 99 %: 299 replications that all do are needed"
        );
        assert_eq!(finding(claim, &[]).0, Verdict::Undecided);
    }

    #[test]
    fn the_sentence_counts() {
        let outcome = |verdict| CheckOutcome {
            name: String::new(),
            check: String::new(),
            verdict,
            value: None,
            interval: None,
            text: String::new(),
        };
        let sentence = |verdicts: &[Verdict]| {
            sentence(&verdicts.iter().map(|verdict| outcome(*verdict)).collect::<Vec<_>>())
        };
        use Verdict::{Fail, Pass, Undecided};
        assert_eq!(sentence(&[]), "No checks.");
        assert_eq!(sentence(&[Pass]), "The one check holds.");
        assert_eq!(sentence(&[Pass, Pass]), "All 2 checks hold.");
        assert_eq!(sentence(&[Pass, Fail, Fail, Undecided]), "1 of 4 checks hold, 2 fail, 1 is undecided.");
    }
}

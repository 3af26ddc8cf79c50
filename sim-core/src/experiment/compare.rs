//! Comparisons: what a change does, told from chance by common random numbers.
//!
//! Two models run under the same seed draw the same numbers for the same subjects, so replication `r` of
//! the one and replication `r` of the other differ by what was changed and by little else. The interval is
//! Student's t over the differences of the pairs. What pairing gained is the ratio of two variances: the
//! one that a difference of independent replications would have had, and the one that it has. Unpaired
//! runs would need that many times the replications for an interval of the same width.
//!
//! Each interval holds with 95 % confidence by itself, not all of a table together.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::replicate::{Replication, Replications};
use super::statistics::{mean, mean_interval, variance};
use super::work::{Experiment, Progress, Task, Together};
use crate::model::Model;
use crate::report::{CheckOutcome, Interval, Report, Verdict, rounded, units, units::Unit};

/// What the second of two models does differently from the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// `plimsoll/v1`.
    pub api_version: String,
    /// `Comparison`.
    pub kind: String,
    /// Version of the engine.
    pub engine_version: String,
    /// The seed of both.
    pub seed: u64,
    /// Pairs of replications.
    pub replications: u32,
    /// What is compared against.
    pub base: Side,
    /// What is compared.
    pub other: Side,
    /// One sentence: what the change does.
    pub verdict: String,
    /// The figures that both have, in the order of the base's.
    pub figures: IndexMap<String, Difference>,
    /// The claims that both have.
    pub checks: Vec<CheckPair>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The scenario's name.
    pub scenario: String,
    /// The variant; `None`: the base.
    pub variant: Option<String>,
    /// Digest of its replications.
    pub digest: String,
    /// How its own checks came out.
    pub verdict: String,
}

/// How a figure differs between the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What the values count.
    pub unit: Unit,
    /// Mean of the base, over the pairs in which both have the figure.
    pub base: f64,
    /// Mean of the other, over the same pairs.
    pub other: f64,
    /// Mean of the other minus the base.
    pub difference: f64,
    /// 95 % interval of the difference; absent with fewer than two pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Which way it goes, as far as the interval tells.
    pub direction: Direction,
    /// Pairs in which both have the figure.
    pub pairs: u32,
    /// Variance of an unpaired difference over that of the paired one; absent where the pairs do not vary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance_ratio: Option<f64>,
    /// Replications of each side that unpaired runs would need for an interval of the same width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpaired_replications: Option<u64>,
    /// All of it in a sentence.
    pub text: String,
}

/// Which way a figure goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// The interval lies above zero.
    Up,
    /// The interval lies below zero.
    Down,
    /// Equal in every pair.
    Same,
    /// The pairs do not tell.
    Unclear,
}

/// How a claim came out on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckPair {
    /// Its name.
    pub name: String,
    /// The claim as written.
    pub check: String,
    /// With the base.
    pub base: Verdict,
    /// With the other.
    pub other: Verdict,
    /// How its value differs; absent without pairs that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// A comparison in the making: pairs of replications of two models under one seed.
#[derive(Clone, Debug)]
pub struct Pairs {
    seed: u64,
    sides: Together<Replications>,
    /// Pairs in all, and those of which a side has been handed out.
    pairs: u32,
    next: u64,
}

impl Pairs {
    /// So many pairs; both of a pair are handed out before the next, so that there is something to see early.
    pub fn new(base: Arc<Model>, other: Arc<Model>, seed: u64, pairs: u32) -> Self {
        let side = |model| Replications::fixed(model, seed, pairs);
        Self { seed, sides: Together(vec![side(base), side(other)]), pairs, next: 0 }
    }

    /// What the pairs that are there without a gap come to; `None` before the first.
    pub fn comparison(&self) -> Option<Comparison> {
        let [base, other] = self.sides.0.as_slice() else { return None };
        let runs = [base, other].map(|side| side.runs().cloned().collect::<Vec<_>>());
        let whole = runs.iter().all(|runs| !runs.is_empty());
        whole.then(|| Comparison::of(self.seed, (base.model(), &runs[0]), (other.model(), &runs[1])))
    }
}

impl Experiment for Pairs {
    fn next_task(&mut self) -> Option<Task> {
        if self.next >= 2 * u64::from(self.pairs) {
            return None;
        }
        let side = self.next % 2;
        let task = self.sides.0.get_mut(side as usize)?.next_task()?;
        self.next += 1;
        Some(Together::<Replications>::outer(side as usize, task))
    }

    fn learn(&mut self, task: &Task, run: Replication) {
        self.sides.learn(task, run);
    }

    fn lose(&mut self, task: &Task) {
        self.sides.lose(task);
    }

    fn is_done(&self) -> bool {
        let lost = |side: &Replications| side.is_done() && side.report().is_none();
        self.sides.is_done() || self.sides.0.iter().any(lost)
    }

    fn progress(&self) -> Progress {
        self.sides.progress()
    }
}

impl Comparison {
    /// Compares replications of two models under one seed: `base.1[r]` and `other.1[r]` are replication `r`
    /// of each.
    pub fn of(seed: u64, base: (&Model, &[Replication]), other: (&Model, &[Replication])) -> Self {
        let pairs = base.1.len().min(other.1.len());
        let reports =
            [base, other].map(|(model, runs)| Report::from_replications(model, seed, &runs[..pairs]));
        let figures = figures(&base.1[..pairs], &other.1[..pairs]);
        let (models, values) = ([base.0, other.0], [&base.1[..pairs], &other.1[..pairs]]);
        let [base, other] = &reports;
        Self {
            api_version: base.api_version.clone(),
            kind: "Comparison".to_owned(),
            engine_version: base.engine_version.clone(),
            seed,
            replications: pairs as u32,
            verdict: sentence(&figures),
            base: side(base),
            other: side(other),
            checks: check_pairs(&models, &reports, &values),
            figures,
        }
    }
}

fn side(report: &Report) -> Side {
    Side {
        scenario: report.scenario.name.clone(),
        variant: report.variant.clone(),
        digest: report.digest.clone(),
        verdict: report.verdict.clone(),
    }
}

/// The differences of all figures that occur on both sides.
fn figures(base: &[Replication], other: &[Replication]) -> IndexMap<String, Difference> {
    let mut pairs: IndexMap<&str, Vec<(f64, f64)>> = IndexMap::new();
    for (base, other) in base.iter().zip(other) {
        for (name, &value) in &base.measured.summary {
            if let Some(&with) = other.measured.summary.get(name) {
                pairs.entry(name.as_str()).or_default().push((value, with));
            }
        }
    }
    let found = |(name, pairs): (&str, Vec<(f64, f64)>)| {
        Some((name.to_owned(), difference(&units::words(name), Unit::of(name), &pairs)?))
    };
    pairs.into_iter().filter_map(found).collect()
}

/// The difference between the two values of each pair; `None` without pairs.
fn difference(label: &str, unit: Unit, pairs: &[(f64, f64)]) -> Option<Difference> {
    let column = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).collect::<Vec<f64>>();
    let (base, other, differences) =
        (column(|pair| pair.0), column(|pair| pair.1), column(|pair| pair.1 - pair.0));
    let interval = mean_interval(&differences);
    let direction = match interval {
        _ if differences.iter().all(|difference| *difference == 0.0) => Direction::Same,
        Some(interval) if interval.low > 0.0 => Direction::Up,
        Some(interval) if interval.high < 0.0 => Direction::Down,
        _ => Direction::Unclear,
    };
    let paired = variance(&differences).filter(|variance| *variance > 0.0);
    let ratio = paired.and_then(|paired| Some((variance(&base)? + variance(&other)?) / paired));
    let mut found = Difference {
        unit,
        base: rounded(mean(&base)?),
        other: rounded(mean(&other)?),
        difference: rounded(mean(&differences)?),
        interval,
        direction,
        pairs: pairs.len() as u32,
        variance_ratio: ratio.map(rounded),
        unpaired_replications: ratio.map(|ratio| libm::ceil(rounded(pairs.len() as f64 * ratio)) as u64),
        text: String::new(),
    };
    found.text = text(label, &found);
    Some(found)
}

/// `launch wait p95 rises by 12 s (10 s to 14 s), from 40 s; unpaired runs would need 210 replications
/// instead of 50`.
fn text(label: &str, found: &Difference) -> String {
    let amount = |value: f64| found.unit.difference(value);
    let from = found.unit.value(found.base);
    let change = match (found.direction, found.interval) {
        (Direction::Same, _) => {
            return format!("{label} is the same in every replication, {from} on average");
        }
        (Direction::Up, Some(by)) => {
            format!(
                "{label} rises by {} ({} to {})",
                amount(found.difference),
                amount(by.low),
                amount(by.high)
            )
        }
        (Direction::Down, Some(by)) => format!(
            "{label} falls by {} ({} to {})",
            amount(-found.difference),
            amount(-by.high),
            amount(-by.low)
        ),
        (_, Some(by)) => {
            let (low, high) = (amount(by.low), amount(by.high));
            format!("{label} shows no difference that {} pairs can tell ({low} to {high})", found.pairs)
        }
        (_, None) => format!("{label} differs by {} in the one pair", amount(found.difference)),
    };
    match found.unpaired_replications {
        Some(needed) if needed > u64::from(found.pairs) => format!(
            "{change}, from {from}; unpaired runs would need {needed} replications instead of {}",
            found.pairs
        ),
        _ => format!("{change}, from {from}"),
    }
}

/// What the change does to the figures as a whole.
fn sentence(figures: &IndexMap<String, Difference>) -> String {
    let named = |direction| {
        let names = figures.iter().filter(move |(_, found)| found.direction == direction);
        names.map(|(name, _)| units::words(name)).collect::<Vec<_>>()
    };
    let (up, down) = (named(Direction::Up), named(Direction::Down));
    let (same, unclear) = (named(Direction::Same).len(), named(Direction::Unclear).len());
    if figures.len() == same {
        return "The change touches no figure.".to_owned();
    }
    let mut parts = Vec::new();
    for (names, verb) in [(up, "rises"), (down, "falls")] {
        match names.as_slice() {
            [] => {}
            [name] => parts.push(format!("{name} {verb}")),
            names => parts.push(format!("{} figures {}", names.len(), verb.trim_end_matches('s'))),
        }
    }
    if unclear > 0 {
        parts.push(format!("{unclear} cannot be told from chance"));
    }
    match same {
        0 => {}
        1 => parts.push("1 stays the same".to_owned()),
        _ => parts.push(format!("{same} stay the same")),
    }
    format!("Of {} figures, {}.", figures.len(), parts.join(", "))
}

/// The claims that both make, with the difference of what each is about.
fn check_pairs(models: &[&Model; 2], reports: &[Report; 2], runs: &[&[Replication]; 2]) -> Vec<CheckPair> {
    let [base, other] = reports;
    let pair = |(at, own): (usize, &CheckOutcome)| {
        let same = |check: &CheckOutcome| check.name == own.name && check.check == own.check;
        let place = other.checks.iter().position(same)?;
        let value = |run: &Replication, place: usize| run.measured.values.get(place).copied().flatten();
        let values = runs[0].iter().zip(runs[1]);
        let values = values.filter_map(|(base, other)| Some((value(base, at)?, value(other, place)?)));
        let unit = Unit::from(models[0].checks[at].statement.claim().spelling);
        Some(CheckPair {
            name: own.name.clone(),
            check: own.check.clone(),
            base: own.verdict,
            other: other.checks[place].verdict,
            difference: difference(&own.name, unit, &values.collect::<Vec<_>>()),
        })
    };
    base.checks.iter().enumerate().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Measured;
    use crate::metrics::tests::model;

    fn runs(values: &[f64]) -> Vec<Replication> {
        let run = |value: &f64| {
            let mut measured = Measured { values: vec![Some(*value)], ..Measured::default() };
            measured.summary.insert("launchWaitP95Seconds".to_owned(), *value);
            measured.summary.insert("peakNodes".to_owned(), 7.0);
            Replication { measured, digest: 1, ..Replication::default() }
        };
        values.iter().map(run).collect()
    }

    fn compared(base: &[f64], other: &[f64]) -> Comparison {
        let model = model(&["max(pods.running) < 100"]);
        Comparison::of(7, (&model, &runs(base)), (&model, &runs(other)))
    }

    /// Base 10, 20, 30 and 12, 22, 35: differences 2, 2, 5, mean 3, variance 3; variances 100 and 133.
    #[test]
    fn pairs_tell_what_independent_runs_cannot() {
        let comparison = compared(&[10.0, 20.0, 30.0], &[12.0, 22.0, 35.0]);
        let wait = &comparison.figures["launchWaitP95Seconds"];
        assert_eq!((wait.base, wait.other, wait.difference), (20.0, 23.0, 3.0));
        assert_eq!(wait.variance_ratio, Some(77.666_666_7));
        assert_eq!(wait.unpaired_replications, Some(233));
        let interval = wait.interval.unwrap();
        assert!((interval.low - (3.0 - 4.302_652_73)).abs() < 1e-6, "{interval:?}");
        assert_eq!(wait.direction, Direction::Unclear);
        assert_eq!(comparison.figures["peakNodes"].direction, Direction::Same);
        assert_eq!(comparison.verdict, "Of 2 figures, 1 cannot be told from chance, 1 stays the same.");
    }

    #[test]
    fn a_difference_is_told_in_a_sentence() {
        let comparison = compared(&[10.0, 20.0, 30.0, 50.0], &[30.0, 41.0, 50.0, 71.0]);
        let wait = &comparison.figures["launchWaitP95Seconds"];
        assert_eq!(wait.direction, Direction::Up);
        assert_eq!(
            wait.text,
            "launch wait p95 rises by 20.5 s (19.6 s to 21.4 s), from 27.5 s; unpaired runs would need \
             7124 replications instead of 4"
        );
        assert!(
            comparison.verdict.starts_with("Of 2 figures, launch wait p95 rises"),
            "{}",
            comparison.verdict
        );
        let back = compared(&[30.0, 41.0, 50.0, 71.0], &[10.0, 20.0, 30.0, 50.0]);
        assert!(back.figures["launchWaitP95Seconds"].text.contains("falls by 20.5 s (19.6 s to 21.4 s)"));
    }

    #[test]
    fn a_change_of_nothing_is_nothing() {
        let comparison = compared(&[1.0, 2.0], &[1.0, 2.0]);
        assert_eq!(comparison.verdict, "The change touches no figure.");
        assert_eq!(comparison.figures["launchWaitP95Seconds"].unpaired_replications, None);
        assert_eq!(comparison.checks.len(), 1);
        assert_eq!(compared(&[], &[]).figures.len(), 0);
        assert_eq!(compared(&[1.0], &[2.0]).figures["launchWaitP95Seconds"].interval, None);
    }
}

//! Compares one decision with the recorded one.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::placement::{Code, Decision, Preemption, Profile};

use crate::recording::{Attempt, Scores};
use crate::replay::Replay;

/// How a family's decisions compare: hits and comparisons of each kind.
#[derive(Default)]
pub struct Tally {
    pub decisions: usize,
    pub equal: usize,
    pub feasible: (usize, usize),
    pub scores: (usize, usize),
    pub argmax: (usize, usize),
    pub preemption: (usize, usize),
    pub differences: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        let add = |sum: &mut (usize, usize), part: (usize, usize)| {
            sum.0 += part.0;
            sum.1 += part.1;
        };
        self.decisions += other.decisions;
        self.equal += other.equal;
        add(&mut self.feasible, other.feasible);
        add(&mut self.scores, other.scores);
        add(&mut self.argmax, other.argmax);
        add(&mut self.preemption, other.preemption);
        self.differences.extend(other.differences);
    }
}

/// Counts one comparison: equal when it has no difference.
fn count(part: &mut (usize, usize), differences: &[String]) {
    part.0 += usize::from(differences.is_empty());
    part.1 += 1;
}

pub fn compare(
    replay: &Replay,
    profile: &Profile,
    attempt: &Attempt,
    decision: &Decision,
    preemption: &Preemption,
    place: &str,
    tally: &mut Tally,
) {
    let mut all = compare_feasible(replay, attempt, decision);
    count(&mut tally.feasible, &all);
    if attempt.result == "scheduled" {
        let scores = attempt.scores.as_ref().map(|scores| compare_scores(replay, profile, scores, decision));
        if let Some(scores) = scores {
            count(&mut tally.scores, &scores);
            all.extend(scores);
        }
        let choice = compare_choice(replay, attempt, decision);
        count(&mut tally.argmax, &choice);
        all.extend(choice);
    } else {
        all.extend(compare_message(replay, attempt, decision));
        let candidates = compare_candidates(replay, attempt, preemption);
        count(&mut tally.preemption, &candidates);
        all.extend(candidates);
    }
    tally.decisions += 1;
    tally.equal += usize::from(all.is_empty());
    tally.differences.extend(all.into_iter().map(|difference| format!("{place}: {difference}")));
}

/// Why a node is infeasible: plugin, code, reasons in order of text.
type Why = (String, String, Vec<String>);

fn compare_feasible(replay: &Replay, attempt: &Attempt, decision: &Decision) -> Vec<String> {
    let mut differences = Vec::new();
    if decision.feasible.len() != attempt.feasible_count {
        let (got, expected) = (decision.feasible.len(), attempt.feasible_count);
        differences.push(format!("{got} feasible nodes, expected {expected}"));
    }
    if attempt.scores.is_none() && attempt.infeasible.is_none() {
        return differences;
    }
    let expected = expected_refusals(attempt);
    let got: BTreeMap<&str, Why> = decision
        .refused
        .iter()
        .map(|(node, refusal)| {
            let plugin = refusal.plugin.map_or("", |plugin| plugin.name()).to_owned();
            let code = match refusal.code {
                Code::Unschedulable => "Unschedulable",
                Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
            };
            let text =
                |reason: &plimsoll_core::placement::Reason| reason.text(&replay.snapshot.symbols, replay.era);
            let mut reasons: Vec<String> = refusal.reasons.iter().map(text).collect();
            reasons.sort_unstable();
            (replay.node_name(*node), (plugin, code.to_owned(), reasons))
        })
        .collect();
    let nodes: BTreeSet<&str> = expected.keys().chain(got.keys()).copied().collect();
    for node in nodes.into_iter().filter(|node| expected.get(node) != got.get(node)) {
        let (got, expected) = (got.get(node), expected.get(node));
        differences.push(format!("node {node}: got {got:?}, expected {expected:?}"));
    }
    differences
}

fn expected_refusals(attempt: &Attempt) -> BTreeMap<&str, Why> {
    let mut refusals = BTreeMap::new();
    for group in attempt.infeasible.iter().flatten() {
        let mut reasons = group.reasons.clone();
        reasons.sort_unstable();
        for node in &group.nodes {
            let why = (group.plugin.clone(), group.code.clone(), reasons.clone());
            refusals.insert(node.as_str(), why);
        }
    }
    refusals
}

fn compare_scores(replay: &Replay, profile: &Profile, scores: &Scores, decision: &Decision) -> Vec<String> {
    let mut differences = Vec::new();
    let expected: BTreeMap<&str, usize> =
        scores.nodes.iter().enumerate().map(|(at, node)| (node.as_str(), at)).collect();
    for node in &decision.feasible {
        let name = replay.node_name(node.node);
        let Some(at) = expected.get(name) else {
            differences.push(format!("node {name}: feasible, but has no recorded scores"));
            continue;
        };
        for (score, got) in profile.scores.iter().zip(&node.scores) {
            let plugin = score.plugin.name();
            let expected = scores.plugins.get(plugin).map_or(0, |scores| scores[*at]);
            if *got != expected {
                differences.push(format!("node {name}, {plugin}: got {got}, expected {expected}"));
            }
        }
        if node.total != scores.total[*at] {
            differences.push(format!("node {name}: total {}, expected {}", node.total, scores.total[*at]));
        }
    }
    differences
}

fn compare_choice(replay: &Replay, attempt: &Attempt, decision: &Decision) -> Vec<String> {
    let chosen = attempt.node.as_deref().unwrap_or_default();
    let best: Vec<&str> = decision.best().into_iter().map(|node| replay.node_name(node)).collect();
    let total =
        decision.feasible.iter().find(|node| replay.node_name(node.node) == chosen).map(|node| node.total);
    let mut differences = Vec::new();
    if total != Some(attempt.chosen_total) {
        differences.push(format!("chosen {chosen}: total {total:?}, expected {}", attempt.chosen_total));
    }
    if best.len() != attempt.argmax_count {
        differences.push(format!("{} best nodes, expected {}", best.len(), attempt.argmax_count));
    }
    let agrees = match attempt.path.as_str() {
        "full" => best.contains(&chosen),
        "single" => decision.feasible.len() == 1 && total.is_some(),
        _ => total.is_some(),
    };
    if !agrees {
        differences.push(format!("chosen {chosen} ({}) is not among {best:?}", attempt.path));
    }
    differences
}

fn compare_message(replay: &Replay, attempt: &Attempt, decision: &Decision) -> Vec<String> {
    let mut differences = Vec::new();
    let reasons = decision.why().counts(&replay.snapshot.symbols, replay.era);
    if reasons != attempt.reasons {
        differences.push(format!("reasons {reasons:?}, expected {:?}", attempt.reasons));
    }
    let message = decision.why().message(&replay.snapshot.symbols, replay.era);
    if !attempt.message.starts_with(&message) {
        differences.push(format!("message `{message}`, expected `{}`", attempt.message));
    }
    differences
}

fn compare_candidates(replay: &Replay, attempt: &Attempt, preemption: &Preemption) -> Vec<String> {
    let got: BTreeMap<&str, (BTreeSet<&str>, usize)> = match preemption {
        Preemption::Candidates(candidates) => candidates
            .iter()
            .map(|candidate| {
                let names = candidate.victims.iter().map(|key| replay.names[key.0 as usize].as_str());
                (replay.node_name(candidate.node), (names.collect(), candidate.budget_violations))
            })
            .collect(),
        Preemption::NotEligible | Preemption::NoCandidate => BTreeMap::new(),
    };
    let expected: BTreeMap<&str, (BTreeSet<&str>, usize)> = attempt
        .preemption
        .iter()
        .flat_map(|preemption| &preemption.candidates)
        .map(|candidate| {
            let names = candidate.victims.iter().map(String::as_str).collect();
            (candidate.node.as_str(), (names, candidate.pdb_violations))
        })
        .collect();
    let mut differences = Vec::new();
    if got != expected {
        differences.push(format!("preemption {got:?}, expected {expected:?}"));
    }
    if let Some(taken) = &attempt.preemption {
        let best: Vec<&str> =
            preemption.best().into_iter().map(|candidate| replay.node_name(candidate.node)).collect();
        if !best.contains(&taken.node.as_str()) {
            differences.push(format!("preemption on {}, which is not among {best:?}", taken.node));
        }
    }
    differences
}

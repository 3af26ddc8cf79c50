//! Which of several groups grows.
//!
//! Models: the chain of expanders (cluster-autoscaler 1.36): each filter keeps the best by its measure;
//! what is left after the last is drawn from. `least-waste` is the default from 1.33.
//! Leaves out: the expander `grpc`.

mod pattern;
mod price;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::objects::Pod;
use super::options::{ExpanderKind, Group};
use super::snapshot::NodeInfo;

/// A group that would help.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The group.
    pub group: usize,
    /// New nodes it would need.
    pub nodes: i64,
    /// Pods they would take.
    pub pods: Vec<Arc<Pod>>,
}

/// What the expanders look at beside the candidates.
pub struct Setting<'a> {
    /// The groups.
    pub groups: &'a [Group],
    /// Their templates.
    pub templates: &'a [Arc<NodeInfo>],
    /// The user's ranking: patterns of group names by priority.
    pub priorities: Option<&'a BTreeMap<i64, BTreeSet<String>>>,
    /// Nodes of the cluster.
    pub nodes: usize,
}

/// Picks one candidate; `draw(n)` is a number below `n`.
pub fn choose(
    expanders: &[ExpanderKind],
    mut candidates: Vec<Candidate>,
    setting: &Setting<'_>,
    draw: &mut dyn FnMut(usize) -> usize,
) -> Option<Candidate> {
    for expander in expanders {
        if candidates.len() > 1 {
            candidates = filter(*expander, candidates, setting);
        }
    }
    match candidates.len() {
        0 => None,
        1 => candidates.pop(),
        count => Some(candidates.swap_remove(draw(count))),
    }
}

fn filter(expander: ExpanderKind, candidates: Vec<Candidate>, setting: &Setting<'_>) -> Vec<Candidate> {
    match expander {
        ExpanderKind::Random => candidates,
        ExpanderKind::MostPods => least_by(candidates, |option| -(option.pods.len() as f64)),
        ExpanderKind::LeastNodes => least_by(candidates, |option| option.nodes as f64),
        ExpanderKind::LeastWaste => least_by(candidates, |option| waste(option, setting)),
        ExpanderKind::Price => {
            let best = least_by(candidates, |option| price::score(option, setting));
            best.into_iter().take(1).collect()
        }
        ExpanderKind::Priority => ranked_first(candidates, setting),
    }
}

fn least_by(candidates: Vec<Candidate>, score: impl Fn(&Candidate) -> f64) -> Vec<Candidate> {
    let scores: Vec<f64> = candidates.iter().map(score).collect();
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    candidates
        .into_iter()
        .zip(scores)
        .filter(|(_, score)| *score == least)
        .map(|(option, _)| option)
        .collect()
}

/// Share of the new nodes' CPU plus share of their memory that stays unused.
fn waste(option: &Candidate, setting: &Setting<'_>) -> f64 {
    let capacity = &setting.templates[option.group].node.capacity;
    let share = |each: i64, requested: i64| {
        let whole = each * option.nodes;
        (whole - requested) as f64 / whole as f64
    };
    let cpu = option.pods.iter().map(|pod| pod.requests().cpu_millis).sum();
    let memory = option.pods.iter().map(|pod| pod.requests().memory_bytes).sum();
    share(capacity.cpu_millis, cpu) + share(capacity.memory_bytes, memory)
}

/// Those whose group the user ranks first; all, if the ranking names none of them.
fn ranked_first(candidates: Vec<Candidate>, setting: &Setting<'_>) -> Vec<Candidate> {
    let Some(priorities) = setting.priorities else { return candidates };
    let rank = |option: &Candidate| {
        let id = &setting.groups[option.group].id;
        let named = |patterns: &BTreeSet<String>| patterns.iter().any(|text| pattern::matches(text, id));
        priorities.iter().rev().find(|(_, patterns)| named(patterns)).map(|(priority, _)| *priority)
    };
    let best = candidates.iter().filter_map(rank).max();
    if best.is_none() {
        return candidates;
    }
    candidates.into_iter().filter(|option| rank(option) == best).collect()
}

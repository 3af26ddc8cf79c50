//! Tallies: how many pods of a kind are on each node and on the nodes of each shape, kept as pods come
//! and go.
//!
//! A kind is a measure of pod specifications: how much a pod with that specification counts. It is taken
//! once for each pair of tally and specification.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::objects::Surroundings;
use super::super::plugins::inter_pod_affinity::{
    all_match, for_preferences, other_term_matches, own_term_matches,
};
use super::super::pod::{AffinityTerm, PodSpec, SpreadConstraint};
use super::super::profile::Profile;
use super::super::symbols::Symbol;
use super::grid::Row;

/// What is counted, for a pod of a specification.
#[derive(Debug)]
pub(in crate::placement) enum Measure {
    /// Pods of its namespace that a spread constraint counts.
    Like(Arc<PodSpec>, SpreadConstraint),
    /// Pods that all its affinity terms are about.
    Wanted(Arc<PodSpec>),
    /// Anti-affinity terms of its own, by their topology key, about another pod.
    Unwanted(Arc<PodSpec>, Symbol),
    /// Anti-affinity terms of another pod, by their topology key, about it.
    Unwelcome(Arc<PodSpec>, Symbol),
    /// Weights of terms, by their topology key, that draw it to another pod.
    Preference(Arc<PodSpec>, Arc<Profile>, Symbol),
}

impl Measure {
    /// How much a pod with the specification `other` counts.
    fn of(&self, surroundings: &Surroundings, other: &PodSpec) -> i64 {
        let about = |terms: &[AffinityTerm], key: Symbol, matches: &dyn Fn(&AffinityTerm) -> bool| {
            terms.iter().filter(|term| term.topology_key == key && matches(term)).count() as i64
        };
        match self {
            Self::Like(pod, constraint) => i64::from(
                other.namespace == pod.namespace
                    && !constraint.selector.is_everything()
                    && constraint.selector.matches(&other.labels),
            ),
            Self::Wanted(pod) => i64::from(all_match(surroundings, &pod.affinity, other)),
            Self::Unwanted(pod, key) => {
                about(&pod.anti_affinity, *key, &|term| own_term_matches(surroundings, term, other))
            }
            Self::Unwelcome(pod, key) => {
                about(&other.anti_affinity, *key, &|term| other_term_matches(surroundings, term, pod))
            }
            Self::Preference(pod, profile, key) => {
                let mut sum = 0;
                for_preferences(surroundings, profile, pod, other, &mut |term, weight| {
                    if term.topology_key == *key {
                        sum += weight;
                    }
                });
                sum
            }
        }
    }

    /// Whether pods that are being deleted count no more.
    fn is_of_living(&self) -> bool {
        matches!(self, Self::Like(..))
    }
}

/// Counts of one kind.
#[derive(Debug)]
pub(in crate::placement) struct Tally {
    measure: Measure,
    pub on_node: Vec<i64>,
    pub on_shape: Vec<i64>,
    /// On how many nodes the count is not zero.
    pub nodes: usize,
}

impl Tally {
    fn add(&mut self, slot: u32, shape: u32, amount: i64) {
        let (slot, shape) = (slot as usize, shape as usize);
        if slot >= self.on_node.len() {
            self.on_node.resize(slot + 1, 0);
        }
        if shape >= self.on_shape.len() {
            self.on_shape.resize(shape + 1, 0);
        }
        let count = &mut self.on_node[slot];
        let was_zero = *count == 0;
        *count += amount;
        self.nodes = self.nodes + usize::from(was_zero) - usize::from(*count == 0);
        self.on_shape[shape] += amount;
    }

    /// The count on a node.
    pub fn at(&self, slot: u32) -> i64 {
        self.on_node.get(slot as usize).copied().unwrap_or(0)
    }

    /// The count on the nodes of a shape.
    pub fn over(&self, shape: usize) -> i64 {
        self.on_shape.get(shape).copied().unwrap_or(0)
    }
}

/// All tallies.
#[derive(Debug, Default)]
pub(in crate::placement) struct Tallies {
    pub list: Vec<Tally>,
    /// Specifications by address, which cannot become another's while they are held here.
    numbers: BTreeMap<usize, u32>,
    specs: Vec<Arc<PodSpec>>,
    /// For each specification, which tallies count it and how much.
    counts: Vec<Vec<(u32, i64)>>,
}

impl Tallies {
    /// Whether a specification is known that looks at other pods.
    pub fn specs_with_terms(&self) -> impl Iterator<Item = &Arc<PodSpec>> {
        self.specs.iter().filter(|spec| has_terms(spec))
    }

    /// How many specifications are known.
    pub fn spec_count(&self) -> usize {
        self.specs.len()
    }

    /// Whether a specification is known already.
    pub fn knows(&self, spec: &Arc<PodSpec>) -> bool {
        self.numbers.contains_key(&(Arc::as_ptr(spec) as usize))
    }

    /// The number of a specification, new if need be.
    pub fn number(&mut self, surroundings: &Surroundings, spec: &Arc<PodSpec>) -> usize {
        let address = Arc::as_ptr(spec) as usize;
        if let Some(number) = self.numbers.get(&address) {
            return *number as usize;
        }
        let number = self.specs.len();
        self.numbers.insert(address, number as u32);
        self.specs.push(spec.clone());
        let counts =
            self.list.iter().enumerate().map(|(at, tally)| (at as u32, tally.measure.of(surroundings, spec)));
        self.counts.push(counts.filter(|(_, count)| *count != 0).collect());
        number
    }

    /// Begins a tally; the caller counts the pods that are there already.
    pub fn begin(&mut self, surroundings: &Surroundings, measure: Measure) -> usize {
        let number = self.list.len();
        for (spec, counts) in self.specs.iter().zip(&mut self.counts) {
            let count = measure.of(surroundings, spec);
            if count != 0 {
                counts.push((number as u32, count));
            }
        }
        self.list.push(Tally { measure, on_node: Vec::new(), on_shape: Vec::new(), nodes: 0 });
        number
    }

    /// Counts a pod that comes to a node (`times` 1) or goes (-1), in the tallies from `from` on.
    pub fn count(&mut self, spec: usize, living: bool, slot: u32, shape: u32, times: i64, from: usize) {
        for (number, count) in &self.counts[spec] {
            let tally = &mut self.list[*number as usize];
            if *number as usize >= from && (living || !tally.measure.is_of_living()) {
                tally.add(slot, shape, times * count);
            }
        }
    }

    /// A node changes its shape, or goes.
    pub fn reshape(&mut self, slot: u32, row: &Row, to: Option<u32>) {
        for tally in &mut self.list {
            let count = tally.at(slot);
            if count != 0 {
                tally.add(slot, row.shape, -count);
                if let Some(to) = to {
                    tally.add(slot, to, count);
                }
            }
        }
    }

    /// Forgets all tallies; specifications stay known.
    pub fn clear(&mut self) {
        self.list.clear();
        self.counts.iter_mut().for_each(Vec::clear);
    }
}

/// Whether the specification looks at other pods.
pub(in crate::placement) fn has_terms(spec: &PodSpec) -> bool {
    !(spec.affinity.is_empty() && spec.anti_affinity.is_empty() && spec.preferred_affinity.is_empty())
}

//! Plans: what a profile and a pod specification have in common in every decision, found out once.

use std::sync::Arc;

use super::super::decision::Refusal;
use super::super::node::NodeState;
use super::super::objects::Surroundings;
use super::super::plugins::inter_pod_affinity::all_match;
use super::super::plugins::{
    node_affinity, node_resources_fit, node_unschedulable, pod_topology_spread, selector_spread,
    taint_toleration,
};
use super::super::pod::{PodSpec, SpreadConstraint};
use super::super::profile::{Plugin, Profile};
use super::super::snapshot::Snapshot;
use super::super::symbols::Symbol;
use super::Index;
use super::resources::Scoring;
use super::tally::Measure;

/// A label that makes domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::placement) enum Key {
    /// Each node is a domain of its own.
    Host,
    /// The number of a table of domains.
    Label(usize),
}

/// A spread constraint with what it counts.
#[derive(Debug)]
pub(in crate::placement) struct Spread {
    pub constraint: SpreadConstraint,
    pub key: Key,
    pub tally: usize,
    /// Whether the pod counts itself.
    pub itself: i64,
}

/// What a shape is to a pod.
#[derive(Clone, Debug, Default)]
pub(in crate::placement) struct Verdict {
    /// The first filter that refuses all its nodes whatever is on them, with its place in the profile.
    pub refusal: Option<(usize, Refusal)>,
    /// Taints that the pod would rather avoid.
    pub disliked: i64,
    /// Preferences that it meets.
    pub liked: i64,
    /// The score of SelectorSpread, which has nothing to count.
    pub selector_spread: i64,
    /// For each hard constraint, then for each soft one, whether it counts the nodes.
    pub included: Vec<bool>,
    /// Whether it has all labels of the hard constraints, and of the soft ones.
    pub has_keys: [bool; 2],
}

/// What decisions about pods of one specification have in common.
#[derive(Debug)]
pub(in crate::placement) struct Plan {
    pub profile: Arc<Profile>,
    pub spec: Arc<PodSpec>,
    /// How resources score; `None`: the index cannot decide about such pods.
    pub scoring: Option<Scoring>,
    /// What each shape is to the pod.
    pub verdicts: Vec<Verdict>,
    /// Resources besides CPU and memory that it needs.
    pub others: Vec<(Symbol, i64)>,
    pub hard: Vec<Spread>,
    pub soft: Vec<Spread>,
    /// Whether nodes that lack a label of a soft constraint are left out.
    pub strict: bool,
    /// Pods that must be near, and where.
    pub wanted: Option<(usize, Vec<Key>)>,
    /// Whether the pod may be the first of its kind.
    pub wants_itself: bool,
    /// Pods that must not be near.
    pub unwanted: Vec<(Key, usize)>,
    /// What draws the pod, and pushes it away where below zero.
    pub preferences: Vec<(Key, usize)>,
    /// What was found out in the last decision and holds until a node joins, leaves or changes.
    pub known: Known,
}

/// What shapes come to while the nodes stay as they are.
#[derive(Debug, Default)]
pub(in crate::placement) struct Known {
    pub epoch: Option<u64>,
    /// Shapes that have nodes and are not refused.
    pub open: Vec<bool>,
    /// Whether nothing but that decides which shapes are open and what they score.
    pub is_all: bool,
    /// Shapes that were scored together.
    pub taken: Vec<bool>,
    pub constant: Vec<i64>,
}

impl Plan {
    /// Whether filters count pods.
    pub fn filters_by_counts(&self) -> bool {
        !self.hard.is_empty() || self.wanted.is_some() || !self.unwanted.is_empty()
    }

    /// Whether a constraint or term makes each node a domain.
    pub fn has_hosts(&self) -> bool {
        let spread = self.hard.iter().chain(&self.soft).map(|spread| spread.key);
        let wanted = self.wanted.iter().flat_map(|(_, keys)| keys.iter().copied());
        let others = self.unwanted.iter().chain(&self.preferences).map(|(key, _)| *key);
        spread.chain(wanted).chain(others).any(|key| key == Key::Host)
    }

    /// What a shape, given by a node like its own, is to the pod.
    pub fn judge(&self, shape: &NodeState, surroundings: &Surroundings) -> Verdict {
        let (profile, pod) = (&self.profile, &*self.spec);
        let refuse = |plugin: &Plugin| match plugin {
            Plugin::NodeUnschedulable => node_unschedulable::filter(pod, shape),
            Plugin::TaintToleration => taint_toleration::filter(pod, shape),
            Plugin::NodeAffinity => node_affinity::filter(profile, pod, shape),
            _ => Ok(()),
        };
        let refusals = profile.filters.iter().enumerate().map(|(at, plugin)| (at, refuse(plugin)));
        let refusal = refusals.filter_map(|(at, outcome)| Some((at, outcome.err()?))).next();
        let constraints = || self.hard.iter().chain(&self.soft);
        let included =
            constraints().map(|spread| pod_topology_spread::includes(pod, &spread.constraint, shape));
        let has_keys = |spreads: &[Spread]| {
            spreads.iter().all(|spread| {
                spread.key == Key::Host || shape.spec.labels.get(spread.constraint.topology_key).is_some()
            })
        };
        let counts_none = surroundings.selectors_of(pod).is_empty();
        Verdict {
            refusal,
            disliked: taint_toleration::disliking(pod, shape),
            liked: node_affinity::liking(profile, pod, shape),
            selector_spread: if counts_none { selector_spread::score_of_none(shape, profile.era) } else { 0 },
            included: included.collect(),
            has_keys: [has_keys(&self.hard), has_keys(&self.soft)],
        }
    }
}

/// Whether the index can decide about such pods: shapes tell it all that it needs to know.
fn is_in_reach(snapshot: &Snapshot, profile: &Profile, spec: &PodSpec) -> bool {
    let filters = |plugin: Plugin| profile.filters.contains(&plugin);
    let volumes = [Plugin::VolumeRestrictions, Plugin::VolumeBinding, Plugin::VolumeZone];
    let mut terms =
        spec.node_affinity.iter().chain(&profile.added_affinity).flat_map(|affinity| &affinity.terms);
    let mut preferences = profile.added_preferences.iter().chain(&spec.preferred_nodes).map(|(_, term)| term);
    let scores = |plugin: Plugin| profile.scores.iter().any(|score| score.plugin == plugin);
    let twice = |plugin: Plugin| profile.scores.iter().filter(|score| score.plugin == plugin).count() > 1;
    filters(Plugin::NodeResourcesFit)
        && (spec.claims.is_empty() || !volumes.into_iter().any(filters))
        && (spec.node_name.is_none() || !filters(Plugin::NodeName))
        && !spec.node_selector.iter().any(|requirement| requirement.is_by_hostname())
        && !terms.any(|term| term.is_by_name())
        && !preferences.any(|term| term.is_by_name())
        && (!scores(Plugin::SelectorSpread) || snapshot.surroundings.selectors_of(spec).is_empty())
        && !profile.scores.iter().any(|score| twice(score.plugin) || !(1..=1_000_000).contains(&score.weight))
}

impl Index {
    /// Makes the plan of a specification.
    pub(super) fn plan_for(
        &mut self,
        snapshot: &Snapshot,
        profile: &Arc<Profile>,
        spec: &Arc<PodSpec>,
    ) -> Plan {
        let in_reach = is_in_reach(snapshot, profile, spec);
        let needed = &spec.requests.needed;
        let ignored = |name: Symbol| node_resources_fit::is_ignored(profile, &snapshot.symbols, name);
        let mut others: Vec<(Symbol, i64)> =
            needed.named.iter().copied().filter(|(name, amount)| *amount > 0 && !ignored(*name)).collect();
        if needed.ephemeral_bytes > 0 {
            others.push((Symbol::EPHEMERAL_STORAGE, needed.ephemeral_bytes));
        }
        let mut plan = Plan {
            profile: profile.clone(),
            spec: spec.clone(),
            scoring: Scoring::of(profile).filter(|_| in_reach),
            verdicts: Vec::new(),
            others,
            hard: Vec::new(),
            soft: Vec::new(),
            strict: pod_topology_spread::is_strict(profile, spec),
            wanted: None,
            wants_itself: false,
            unwanted: Vec::new(),
            preferences: Vec::new(),
            known: Known::default(),
        };
        if plan.scoring.is_some_and(|scoring| scoring.scores_balance()) && !self.measures_balance {
            self.measures_balance = true;
            for (index, node) in snapshot.nodes() {
                self.measure(index.0, node);
            }
        }
        if plan.scoring.is_some() {
            let before = self.tallies.list.len();
            self.plan_spread(snapshot, &mut plan);
            self.plan_affinity(snapshot, &mut plan);
            self.count_from(snapshot, before);
        }
        plan
    }

    fn key(&mut self, label: Symbol) -> Key {
        if label == Symbol::HOSTNAME { Key::Host } else { Key::Label(self.shapes.domains_of(label)) }
    }

    fn plan_spread(&mut self, snapshot: &Snapshot, plan: &mut Plan) {
        let (profile, spec) = (plan.profile.clone(), plan.spec.clone());
        let surroundings = &snapshot.surroundings;
        let mut compile = |constraint: SpreadConstraint| Spread {
            key: self.key(constraint.topology_key),
            tally: self.tallies.begin(surroundings, Measure::Like(spec.clone(), constraint.clone())),
            itself: i64::from(constraint.selector.matches(&spec.labels)),
            constraint,
        };
        let mut of_kind = |hard: bool| -> Vec<Spread> {
            let constraints = pod_topology_spread::constraints(surroundings, &profile, &spec, hard);
            constraints.into_iter().map(&mut compile).collect()
        };
        if profile.filters.contains(&Plugin::PodTopologySpread) {
            plan.hard = of_kind(true);
        }
        if profile.scores.iter().any(|score| score.plugin == Plugin::PodTopologySpread) {
            plan.soft = of_kind(false);
        }
    }

    fn plan_affinity(&mut self, snapshot: &Snapshot, plan: &mut Plan) {
        let (profile, spec) = (plan.profile.clone(), plan.spec.clone());
        let surroundings = &snapshot.surroundings;
        let others: Vec<Arc<PodSpec>> = self.tallies.specs_with_terms().cloned().collect();
        if profile.filters.contains(&Plugin::InterPodAffinity) {
            if !spec.affinity.is_empty() {
                let tally = self.tallies.begin(surroundings, Measure::Wanted(spec.clone()));
                plan.wanted =
                    Some((tally, spec.affinity.iter().map(|term| self.key(term.topology_key)).collect()));
                plan.wants_itself = all_match(surroundings, &spec.affinity, &spec);
            }
            for label in distinct(spec.anti_affinity.iter().map(|term| term.topology_key)) {
                let tally = self.tallies.begin(surroundings, Measure::Unwanted(spec.clone(), label));
                plan.unwanted.push((self.key(label), tally));
            }
            let keys = others.iter().flat_map(|other| &other.anti_affinity).map(|term| term.topology_key);
            for label in distinct(keys) {
                let tally = self.tallies.begin(surroundings, Measure::Unwelcome(spec.clone(), label));
                plan.unwanted.push((self.key(label), tally));
            }
        }
        let scores = profile.scores.iter().any(|score| score.plugin == Plugin::InterPodAffinity);
        if scores && !(profile.ignores_preferences_of_others && spec.preferred_affinity.is_empty()) {
            let preferred = |spec: &Arc<PodSpec>| {
                let preferred = spec.preferred_affinity.iter().map(|(_, term)| term.topology_key);
                preferred.collect::<Vec<_>>()
            };
            let required = others.iter().flat_map(|other| &other.affinity).map(|term| term.topology_key);
            let keys = required.chain(others.iter().flat_map(preferred)).chain(preferred(&spec));
            for label in distinct(keys) {
                let measure = Measure::Preference(spec.clone(), profile.clone(), label);
                let tally = self.tallies.begin(surroundings, measure);
                plan.preferences.push((self.key(label), tally));
            }
        }
    }

    /// Counts the pods that are there in the tallies from `from` on.
    fn count_from(&mut self, snapshot: &Snapshot, from: usize) {
        if self.tallies.list.len() == from {
            return;
        }
        for (index, node) in snapshot.nodes() {
            for pod in &node.pods {
                let spec = self.tallies.number(&snapshot.surroundings, &pod.spec);
                let shape = self.rows[index.0 as usize].shape;
                self.tallies.count(spec, pod.terminating.is_none(), index.0, shape, 1, from);
            }
        }
    }
}

fn distinct(keys: impl Iterator<Item = Symbol>) -> Vec<Symbol> {
    let mut keys: Vec<Symbol> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

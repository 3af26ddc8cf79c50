//! Preemption: which pods would have to go for a pod that fits nowhere.
//!
//! ```text
//! nodes refused resolvably ──▶ all pods of lower priority gone: does it fit? ──▶ reprieve, most important
//! first and budget breakers before all others ──▶ candidates ──▶ rank
//! ```
//!
//! Models: pkg/scheduler/framework/preemption/preemption.go and
//! plugins/defaultpreemption/default_preemption.go, Kubernetes 1.36 and 1.34.
//! Leaves out: extenders, pod groups, evictions that a budget has begun to count (`disruptedPods`), and the
//! limit on how many nodes are tried from a random start ([`super::PreemptionLimits`] is there for who wants
//! to draw it): every node is tried.

use core::cmp::Reverse;

use super::cycle::{Counts, Cycle};
use super::decision::{Code, Decision};
use super::node::{NodeIndex, NodeState};
use super::pod::{PendingPod, PlacedPod, PodKey, Terminating};
use super::profile::Profile;
use super::snapshot::Snapshot;

/// What preemption finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preemption {
    /// The pod may not preempt, or room is being made for it already: nothing changes.
    NotEligible,
    /// Nobody can make room: a nomination that the pod has ends.
    NoCandidate,
    /// Some node can be freed.
    Candidates(Vec<Candidate>),
}

/// A node that can be freed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The node.
    pub node: NodeIndex,
    /// Who would have to go, the most important first.
    pub victims: Vec<PodKey>,
    /// How many of them a disruption budget protects.
    pub budget_violations: usize,
    rank: Rank,
}

/// What a candidate is chosen by, the smallest first: budget violations, the highest priority among
/// victims, the sum of priorities, the number of victims, the latest start among the most important ones.
type Rank = (usize, i32, i64, usize, Reverse<i64>);

impl Preemption {
    /// The best candidates; equals are chosen among by chance.
    pub fn best(&self) -> Vec<&Candidate> {
        let Self::Candidates(candidates) = self else { return Vec::new() };
        let first = candidates.iter().map(|candidate| candidate.rank).min();
        candidates.iter().filter(|candidate| Some(candidate.rank) == first).collect()
    }
}

/// Looks for nodes that can be freed for `pod`, which `decision` found no node for.
pub fn preempt(snapshot: &Snapshot, profile: &Profile, pod: &PendingPod, decision: &Decision) -> Preemption {
    if profile.preemption.is_none() || !is_eligible(snapshot, pod, decision) {
        return Preemption::NotEligible;
    }
    let Ok((cycle, counts)) = Cycle::begin(snapshot, profile, pod) else { return Preemption::NoCandidate };
    let resolvable = decision.refused.iter().filter(|(_, refusal)| refusal.code == Code::Unschedulable);
    let candidates: Vec<Candidate> =
        resolvable.filter_map(|(node, _)| free_node(&cycle, &counts, *node)).collect();
    if candidates.is_empty() { Preemption::NoCandidate } else { Preemption::Candidates(candidates) }
}

/// Makes room for `pod` on `node`: nominates it and gives back the victims that are still to be deleted.
/// Where some are, pods of lower priority lose their nominations to the node (`prepareCandidateAsync`).
pub fn make_room(
    snapshot: &mut Snapshot,
    pod: PendingPod,
    node: NodeIndex,
    victims: &[PodKey],
) -> Vec<PodKey> {
    let pods = &snapshot.node(node).pods;
    let staying = |victim: &&PodKey| pods.iter().any(|pod| pod.key == **victim && pod.terminating.is_none());
    let to_delete: Vec<PodKey> = victims.iter().filter(staying).copied().collect();
    if !to_delete.is_empty() {
        snapshot.withdraw_below(node, pod.spec.priority);
    }
    snapshot.nominate(pod, node);
    to_delete
}

/// Whether the pod may make room (`PodEligibleToPreemptOthers`): not while pods that had to go for it are
/// still on their way out of its nominated node.
fn is_eligible(snapshot: &Snapshot, pod: &PendingPod, decision: &Decision) -> bool {
    if !pod.spec.preempts {
        return false;
    }
    let Some(nominated) = snapshot.nomination_of(pod.key) else { return true };
    let hopeless = decision
        .refused
        .iter()
        .any(|(node, refusal)| *node == nominated && refusal.code == Code::UnschedulableAndUnresolvable);
    let leaving = |other: &PlacedPod| {
        other.spec.priority < pod.spec.priority && other.terminating == Some(Terminating::Preempted)
    };
    hopeless || !snapshot.node(nominated).pods.iter().any(leaving)
}

/// The fewest pods that would have to go from one node (`SelectVictimsOnNode`).
fn free_node(cycle: &Cycle<'_>, counts: &Counts, index: NodeIndex) -> Option<Candidate> {
    let (mut counts, mut node): (Counts, NodeState) = (counts.clone(), cycle.snapshot.node(index).clone());
    let priority = cycle.spec().priority;
    let mut weaker: Vec<PlacedPod> =
        node.pods.iter().filter(|pod| pod.spec.priority < priority).cloned().collect();
    for pod in &weaker {
        cycle.remove(&mut counts, &mut node, pod);
    }
    if weaker.is_empty() || cycle.filter_with_nominated(&counts, index, &node).is_err() {
        return None;
    }
    sort_by_importance(&mut weaker);
    let (protected, others) = split_by_budgets(cycle, weaker);
    let mut victims = Vec::new();
    let mut reprieve = |pods: Vec<PlacedPod>| {
        let mut gone = 0;
        for pod in pods {
            cycle.add(&mut counts, &mut node, pod.clone());
            if cycle.filter_with_nominated(&counts, index, &node).is_err() {
                cycle.remove(&mut counts, &mut node, &pod);
                victims.push(pod);
                gone += 1;
            }
        }
        gone
    };
    let budget_violations = reprieve(protected);
    reprieve(others);
    sort_by_importance(&mut victims);
    let rank = rank(&victims, budget_violations)?;
    let victims = victims.iter().map(|pod| pod.key).collect();
    Some(Candidate { node: index, victims, budget_violations, rank })
}

/// When a pod started; one that has not is later than all.
fn start_of(pod: &PlacedPod) -> i64 {
    pod.started.unwrap_or(i64::MAX)
}

/// The most important pod first: by priority, then by earlier start (`util.MoreImportantPod`). Equals keep
/// their order. Pods that have not started turn theirs round: each is compared at a later `time.Now` than
/// the one before it, so Go's insertion sort takes it for the older.
fn sort_by_importance(pods: &mut [PlacedPod]) {
    pods.reverse();
    pods.sort_by_key(|pod| (Reverse(pod.spec.priority), start_of(pod)));
    for equals in pods.chunk_by_mut(|one, next| {
        one.started.is_some() && one.started == next.started && one.spec.priority == next.spec.priority
    }) {
        equals.reverse();
    }
}

/// Parts pods into those whose going would break a disruption budget and the others, counting down the
/// budgets from the most important pod (`filterPodsWithPDBViolation`).
fn split_by_budgets(cycle: &Cycle<'_>, pods: Vec<PlacedPod>) -> (Vec<PlacedPod>, Vec<PlacedPod>) {
    let mut budgets: Vec<_> =
        cycle.snapshot.surroundings.budgets().map(|budget| (budget, budget.allowed)).collect();
    pods.into_iter().partition(|pod| {
        let mut breaks = false;
        for (budget, left) in &mut budgets {
            let covers = budget.namespace == pod.spec.namespace
                && !pod.spec.labels.is_empty()
                && !budget.selector.is_everything()
                && budget.selector.matches(&pod.spec.labels);
            if covers {
                *left -= 1;
                breaks |= *left < 0;
            }
        }
        breaks
    })
}

/// What a candidate is chosen by (`pickOneNodeForPreemption`); nobody has to go from a node that is none.
fn rank(victims: &[PlacedPod], budget_violations: usize) -> Option<Rank> {
    let highest = victims.first()?.spec.priority;
    let sum = victims.iter().map(|pod| i64::from(pod.spec.priority) + i64::from(i32::MAX) + 1).sum();
    let earliest = victims.iter().filter(|pod| pod.spec.priority == highest).map(start_of).min()?;
    Some((budget_violations, highest, sum, victims.len(), Reverse(earliest)))
}

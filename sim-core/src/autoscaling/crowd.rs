//! A crowd of waiting pods, looked at by kind: what a loop costs follows from how many kinds there are and how
//! many pods find a place, not from how many wait.
//!
//! The loop that looks at each pod is the rule ([`Help::Listed`]); this is a shorter way to what it finds, taken
//! where the order of equals cannot matter. `regressions` compares the two on whole histories.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::moment::Moment;
use super::objects::Pod;
use super::snapshot::Snapshot;
use super::waiting::Kind;
use crate::time::{SimDuration, SimTime};

/// Fewer pods than this are looked at one by one.
const FEW: usize = 12;

/// Up to so many pods of different priority stand in the order that Go's unstable sort gives them. In a list of
/// more, equals keep the order of their uids: a real list begins in the order of a Go map, which is random.
pub const SORTED_AS_IN_GO: usize = 1_000;

/// Pods that a scale-up could help.
pub enum Help {
    /// Each of them.
    Listed(Vec<Arc<Pod>>),
    /// Too many to list: one pod of each kind, the first made, and those that found a place after all.
    Crowd { samples: Vec<Arc<Pod>>, placed: BTreeSet<u64> },
}

impl Help {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Listed(pods) | Self::Crowd { samples: pods, .. } => pods.is_empty(),
        }
    }

    /// Whether none is older than that.
    pub fn are_all_newer(&self, than: SimDuration, moment: &Moment) -> bool {
        let (Self::Listed(pods) | Self::Crowd { samples: pods, .. }) = self;
        !pods.is_empty() && pods.iter().all(|pod| !moment.has_come(pod.created_at + than))
    }
}

/// Whether these kinds can be looked at as such.
pub fn can_speak_for_all(kinds: &[&Kind], snapshot: &mut Snapshot) -> bool {
    let count: usize = kinds.iter().map(|kind| kind.pods().len()).sum();
    if count <= FEW || !kinds.iter().all(|kind| kind.is_in_order()) {
        return false;
    }
    let samples = || kinds.iter().filter_map(|kind| kind.sample());
    let priorities: BTreeSet<i32> = samples().map(|pod| pod.spec.priority).collect();
    priorities.len() == 1
        || count > SORTED_AS_IN_GO
        || !samples().any(|pod| snapshot.find_place(pod, 0, &|_, _| true).is_some())
}

/// The first pod of each kind that found no place and is old enough, which it is at `due`.
pub fn samples(
    kinds: &[&Kind],
    placed: &BTreeSet<u64>,
    due: impl Fn(&Pod) -> SimTime,
    moment: &Moment,
) -> Vec<Arc<Pod>> {
    let sample = |kind: &&Kind| {
        let first = kind.pods().values().find(|pod| !placed.contains(&pod.uid))?;
        if first.is_daemon() || !moment.is_past(due(first)) {
            return None;
        }
        // Younger ones say when the loop would find more.
        let _ = kind.pods().values().rev().find(|pod| moment.is_past(due(pod)));
        Some(first.clone())
    };
    kinds.iter().filter_map(sample).collect()
}

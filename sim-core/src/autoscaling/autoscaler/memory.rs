//! What a loop leaves behind for the next. A loop that leaves what it found would do the same again.

use std::collections::BTreeMap;

use super::Autoscaler;
use crate::autoscaling::clusterstate::ClusterState;
use crate::autoscaling::hints::Hints;
use crate::autoscaling::scale_down::deletion::Deletions;
use crate::autoscaling::scale_down::planner;
use crate::autoscaling::template::Templates;
use crate::time::SimTime;

/// Everything that the next loop depends on, cluster and cloud aside.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    state: ClusterState,
    deletions: Deletions,
    planner: planner::Memory,
    templates: Templates,
    hints: Hints,
    last_index: usize,
    /// When nodes were added and deleted.
    last_changes: (Option<SimTime>, Option<SimTime>),
    /// The same by group.
    changed_at: (BTreeMap<usize, SimTime>, BTreeMap<usize, SimTime>),
}

impl Memory {
    /// Whether the autoscaler remembers the same now.
    pub(super) fn is_of(&self, autoscaler: &Autoscaler) -> bool {
        let Self { state, deletions, planner, templates, hints, last_index, last_changes, changed_at } = self;
        let (grew_at, deleted_at) = changed_at;
        *state == autoscaler.state
            && *deletions == autoscaler.deletions
            && planner.is_of(&autoscaler.planner)
            && *templates == autoscaler.templates
            && *hints == autoscaler.hints
            && *last_index == autoscaler.snapshot.last_index()
            && *last_changes == (autoscaler.scale_up_at, autoscaler.scale_down_at)
            && *grew_at == autoscaler.grew_at
            && *deleted_at == autoscaler.deleted_at
    }
}

impl Autoscaler {
    /// What it remembers now.
    pub(super) fn memory(&self) -> Memory {
        Memory {
            state: self.state.clone(),
            deletions: self.deletions.clone(),
            planner: self.planner.memory(),
            templates: self.templates.clone(),
            hints: self.hints.clone(),
            last_index: self.snapshot.last_index(),
            last_changes: (self.scale_up_at, self.scale_down_at),
            changed_at: (self.grew_at.clone(), self.deleted_at.clone()),
        }
    }
}

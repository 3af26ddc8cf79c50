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
#[derive(Clone, Debug, PartialEq, Eq)]
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

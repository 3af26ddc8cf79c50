//! What is left of disruption budgets while nodes are considered one after the other.
//!
//! Models: `basicRemainingPdbTracker` (cluster-autoscaler 1.36).

use std::sync::Arc;

use crate::autoscaling::objects::{Pod, protects};
use crate::placement::objects::Budget;

/// Budgets, less what has been taken.
#[derive(Clone, Debug, Default)]
pub struct RemainingBudgets {
    budgets: Vec<Budget>,
}

impl RemainingBudgets {
    /// These budgets, untouched.
    pub fn new<'a>(budgets: impl Iterator<Item = &'a Budget>) -> Self {
        Self { budgets: budgets.cloned().collect() }
    }

    /// Whether any budget protects the pod.
    pub fn protects(&self, pod: &Pod) -> bool {
        self.budgets.iter().any(|budget| protects(budget, pod))
    }

    /// The first pod whose budget is used up.
    pub fn blocking(&self, pods: &[Arc<Pod>]) -> Option<Arc<Pod>> {
        let used_up = |budget: &&Budget| budget.allowed < 1;
        self.budgets
            .iter()
            .filter(used_up)
            .find_map(|budget| pods.iter().find(|pod| protects(budget, pod)).cloned())
    }

    /// Whether all the pods may go at once.
    pub fn allow_at_once(&self, pods: &[Arc<Pod>]) -> bool {
        self.budgets.iter().all(|budget| {
            let count = pods.iter().filter(|pod| protects(budget, pod)).count() as i64;
            count == 0 || count <= i64::from(budget.allowed)
        })
    }

    /// Takes the pods off their budgets.
    pub fn take(&mut self, pods: &[Arc<Pod>]) {
        for budget in &mut self.budgets {
            budget.allowed -= pods.iter().filter(|pod| protects(budget, pod)).count() as i32;
        }
    }
}

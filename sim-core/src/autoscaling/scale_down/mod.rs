//! Which nodes go.

mod budgets;
pub mod deletion;
mod drain_rules;
pub mod planner;
mod utilization;

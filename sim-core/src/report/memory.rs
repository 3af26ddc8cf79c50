//! What memory may cost: risks over replications, whom they hit, and which settings let them.

use serde::{Deserialize, Serialize};

use super::Interval;

/// What running out of memory came to over all replications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryRisk {
    /// Chances that something happens in a run, the gravest last.
    pub risks: Vec<Risk>,
    /// Who is hit, the likeliest first.
    pub victims: Vec<Victim>,
    /// What the first death of a run is traced to, the commonest first.
    pub causes: Vec<RankedCause>,
    /// Share of the hours that users worked which was lost with their memory; `None` without a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_hours_lost_share: Option<f64>,
    /// The chance that each node runs out of memory with the pods that are on it, over time; of replication 0.
    #[serde(default, skip_serializing_if = "Heat::is_empty")]
    pub heat: Heat,
}

/// The chance of something in a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// What.
    pub what: String,
    /// Share of the replications in which it happens.
    pub probability: f64,
    /// 95 % interval of the chance (Clopper and Pearson, both sides together 10 %: each bound alone errs in 5 %).
    pub interval: Interval,
}

/// Who is hit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Victim {
    /// The workload, `hub` for users' pods, or `outside of pods`, or `node`.
    pub workload: String,
    /// On nodes of this group.
    pub node_group: String,
    /// How.
    pub how: String,
    /// Share of the replications in which it happens at least once.
    pub probability: f64,
    /// Its interval.
    pub interval: Interval,
    /// How often in a run, on the average.
    pub mean: f64,
}

/// A setting and how often it was the first to let something die.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RankedCause {
    /// In words.
    pub cause: String,
    /// Runs whose first death it let happen.
    pub runs: u32,
    /// Their share of the runs in which something died.
    pub share: f64,
}

/// The chance that nodes run out of memory over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heat {
    /// Seconds after the report's start of each column.
    pub seconds: Vec<f64>,
    /// Nodes in the order in which they joined, at most [`MAX_HOT_NODES`], the hottest.
    pub nodes: Vec<HotNode>,
}

/// The most nodes whose heat is kept.
pub const MAX_HOT_NODES: usize = 24;

/// A node's chance over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HotNode {
    /// Its name.
    pub node: String,
    /// The chance at each column; 0 while it does not exist.
    pub chance: Vec<f64>,
}

impl Heat {
    /// Whether there is none, as where nobody says what containers use.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The chance at a column that some node runs out, as if each did for itself.
    pub fn of_any(&self, column: usize) -> f64 {
        1.0 - self.chances(column).fold(1.0, |none, chance| none * (1.0 - chance))
    }

    /// The chance at a column of the node where it is largest.
    pub fn of_hottest(&self, column: usize) -> f64 {
        self.chances(column).fold(0.0, f64::max)
    }

    fn chances(&self, column: usize) -> impl Iterator<Item = f64> {
        self.nodes.iter().filter_map(move |node| node.chance.get(column).copied())
    }
}

//! The format of a recording, `plimsoll-kube-scheduler-oracle/1`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    pub format: String,
    pub family: String,
    pub kubernetes_version: String,
    pub scheduler_config: Value,
    pub score_weights: BTreeMap<String, BTreeMap<String, i64>>,
    pub setup: Vec<Value>,
    pub log: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum Entry {
    Input(Input),
    Attempt(Box<Attempt>),
    VictimDeleted {
        pod: String,
    },
    VictimTerminating {
        pod: String,
    },
    #[serde(rename_all = "camelCase")]
    Bound {
        pod: String,
        start_time: String,
    },
}

#[derive(Deserialize)]
pub struct Input {
    pub op: String,
    #[serde(default)]
    pub object: Option<Value>,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    pub pod: String,
    pub result: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub node: Option<String>,
    #[serde(default)]
    pub message: String,
    pub feasible_count: usize,
    #[serde(default)]
    pub argmax_count: usize,
    #[serde(default)]
    pub chosen_total: i64,
    #[serde(default)]
    pub scores: Option<Scores>,
    #[serde(default)]
    pub infeasible: Option<Vec<Infeasible>>,
    #[serde(default)]
    pub reasons: BTreeMap<String, usize>,
    #[serde(default)]
    pub preemption: Option<Preemption>,
}

#[derive(Deserialize)]
pub struct Scores {
    pub nodes: Vec<String>,
    pub total: Vec<i64>,
    #[serde(default)]
    pub plugins: BTreeMap<String, Vec<i64>>,
}

#[derive(Deserialize)]
pub struct Infeasible {
    #[serde(default)]
    pub plugin: String,
    pub code: String,
    #[serde(default)]
    pub reasons: Vec<String>,
    pub nodes: Vec<String>,
}

#[derive(Deserialize)]
pub struct Preemption {
    pub candidates: Vec<Candidate>,
    pub node: String,
    pub victims: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    pub node: String,
    pub victims: Vec<String>,
    pub pdb_violations: usize,
}

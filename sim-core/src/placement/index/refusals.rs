//! Why no node takes a pod: the reasons counted over shapes and rows, without a refusal for each node.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::decision::{Reason, Refusal, Why};
use super::super::pod::PendingPod;
use super::super::profile::{Plugin, Profile};
use super::super::snapshot::Snapshot;
use super::super::symbols::Symbol;
use super::Index;
use super::shape::NONE;

/// What refuses all nodes of a shape, and how many of them it speaks for.
struct Refused<'a> {
    refusal: Option<&'a Refusal>,
    /// Its filter stands before that of resources.
    speaks_first: bool,
    max_pods: i64,
    nodes: u32,
}

impl<'a> Refused<'a> {
    fn new(refusal: Option<&'a (usize, Refusal)>, fit: usize, max_pods: i64) -> Self {
        let speaks_first = refusal.is_some_and(|(at, _)| *at < fit);
        Self { refusal: refusal.map(|(_, refusal)| refusal), speaks_first, max_pods, nodes: 0 }
    }
}

impl Index {
    /// Why no node takes the pod; `None`: the index cannot tell.
    ///
    /// It can where a node refuses for what its shape is or for CPU, memory and the number of its pods. Of these
    /// the filter that stands first in the profile speaks.
    pub fn why(&mut self, snapshot: &Snapshot, profile: &Arc<Profile>, pod: &PendingPod) -> Option<Why> {
        self.with_plan(snapshot, profile, pod, None, |index, question, _| {
            if !question.is_plain {
                return None;
            }
            let fit = question.plan.profile.filters.iter().position(|of| *of == Plugin::NodeResourcesFit)?;
            let mut short = [0u32; 3];
            let mut refused: Vec<Refused> = (question.plan.verdicts.iter().zip(&index.shapes.list))
                .map(|(verdict, shape)| Refused::new(verdict.refusal.as_ref(), fit, shape.max_pods))
                .collect();
            for row in index.rows.iter().filter(|row| row.shape != NONE) {
                let shape = &mut refused[row.shape as usize];
                if shape.speaks_first {
                    shape.nodes += 1;
                    continue;
                }
                let [cpu, memory] = question.needs.lacking(&row.free);
                let pods = row.pods >= shape.max_pods;
                short[0] += u32::from(pods);
                short[1] += u32::from(cpu);
                short[2] += u32::from(memory);
                shape.nodes += u32::from(!(pods | cpu | memory));
            }
            let mut reasons: BTreeMap<Reason, u32> = BTreeMap::new();
            let fixed = [
                Reason::TooManyPods,
                Reason::Insufficient(Symbol::CPU),
                Reason::Insufficient(Symbol::MEMORY),
            ];
            for (reason, count) in fixed.into_iter().zip(short).filter(|(_, count)| *count > 0) {
                reasons.insert(reason, count);
            }
            for shape in refused.iter().filter(|shape| shape.nodes > 0) {
                for reason in &shape.refusal?.reasons {
                    *reasons.entry(*reason).or_default() += shape.nodes;
                }
            }
            let nodes = snapshot.node_count() as u32;
            Some(Why { nodes, turned_away: false, reasons: reasons.into_iter().collect() })
        })
    }
}

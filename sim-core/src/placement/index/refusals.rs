//! Why no node takes a pod: the reasons counted over shapes and rows, without a refusal for each node.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::decision::{Reason, Why};
use super::super::pod::PendingPod;
use super::super::profile::{Plugin, Profile};
use super::super::snapshot::Snapshot;
use super::super::symbols::Symbol;
use super::Index;
use super::shape::NONE;

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
            let needed = &question.needs.needed;
            let mut short = [0u32; 3];
            let mut refused = vec![0u32; index.shapes.list.len()];
            for row in index.rows.iter().filter(|row| row.shape != NONE) {
                let number = row.shape as usize;
                let refusal = question.plan.verdicts[number].refusal.as_ref();
                if refusal.is_some_and(|(at, _)| *at < fit) {
                    refused[number] += 1;
                    continue;
                }
                let lacks = |at: usize| needed[at] > 0 && needed[at] > row.free[at];
                let lacking = [row.pods >= index.shapes.list[number].max_pods, lacks(0), lacks(1)];
                if lacking == [false; 3] {
                    refusal?;
                    refused[number] += 1;
                }
                for (count, lacks) in short.iter_mut().zip(lacking) {
                    *count += u32::from(lacks);
                }
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
            for (number, count) in refused.into_iter().enumerate().filter(|(_, count)| *count > 0) {
                let (_, refusal) = question.plan.verdicts[number].refusal.as_ref()?;
                for reason in &refusal.reasons {
                    *reasons.entry(*reason).or_default() += count;
                }
            }
            let nodes = snapshot.node_count() as u32;
            Some(Why { nodes, turned_away: false, reasons: reasons.into_iter().collect() })
        })
    }
}

//! TaintToleration: taints keep pods away that do not tolerate them, for good or by preference.
//!
//! Models: pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go, Kubernetes 1.36: the filter
//! looks at NoSchedule and NoExecute, the score counts taints PreferNoSchedule. The reason names the taint
//! until 1.34 ([`crate::model::Era::names_untolerated_taints`]).
//! Leaves out: the operators `Lt` and `Gt` of tolerations (alpha).

use crate::placement::cycle::{Cycle, normalize};
use crate::placement::decision::{Reason, Refusal};
use crate::placement::node::{NodeState, Taint, TaintEffect};
use crate::placement::pod::PodSpec;
use crate::placement::profile::Plugin;

pub(in crate::placement) fn filter(pod: &PodSpec, node: &NodeState) -> Result<(), Refusal> {
    match untolerated(pod, node) {
        Some(Taint { key, value, .. }) => {
            let reason = Reason::Taint { key: *key, value: *value };
            Err(Refusal::unresolvable(Plugin::TaintToleration, reason))
        }
        None => Ok(()),
    }
}

/// The node's first taint that keeps the pod away for good.
pub(in crate::placement) fn untolerated<'a>(pod: &PodSpec, node: &'a NodeState) -> Option<&'a Taint> {
    node.spec.taints.iter().find(|taint| taint.forbids() && !pod.tolerates(taint))
}

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Vec<i64> {
    let mut scores: Vec<i64> = nodes.iter().map(|node| disliking(cycle.spec(), node)).collect();
    normalize(&mut scores, true, cycle.profile.era);
    scores
}

/// How many of the node's taints PreferNoSchedule the pod does not tolerate.
pub(in crate::placement) fn disliking(pod: &PodSpec, node: &NodeState) -> i64 {
    let disliked = |taint: &&Taint| taint.effect == TaintEffect::PreferNoSchedule && !pod.tolerates(taint);
    node.spec.taints.iter().filter(disliked).count() as i64
}

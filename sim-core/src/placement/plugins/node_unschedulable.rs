//! NodeUnschedulable: no new pods on a cordoned node.
//!
//! Models: pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go, Kubernetes 1.36: a pod
//! that tolerates the taint `node.kubernetes.io/unschedulable` comes all the same.

use crate::placement::decision::{Reason, Refusal};
use crate::placement::node::{NodeState, Taint, TaintEffect};
use crate::placement::pod::PodSpec;
use crate::placement::profile::Plugin;
use crate::placement::symbols::Symbol;

/// What a cordoned node is tainted with.
pub const CORDON: Taint =
    Taint { key: Symbol::UNSCHEDULABLE, value: Symbol::EMPTY, effect: TaintEffect::NoSchedule };

pub(in crate::placement) fn filter(pod: &PodSpec, node: &NodeState) -> Result<(), Refusal> {
    if node.spec.unschedulable && !pod.tolerates(&CORDON) {
        return Err(Refusal::unresolvable(Plugin::NodeUnschedulable, Reason::Cordoned));
    }
    Ok(())
}

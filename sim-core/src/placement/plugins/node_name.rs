//! NodeName: a pod that asks for a node by name gets that one or none.
//!
//! Models: pkg/scheduler/framework/plugins/nodename/node_name.go, Kubernetes 1.36.

use crate::placement::decision::{Reason, Refusal};
use crate::placement::node::NodeState;
use crate::placement::pod::PodSpec;
use crate::placement::profile::Plugin;

pub(in crate::placement) fn filter(pod: &PodSpec, node: &NodeState) -> Result<(), Refusal> {
    if pod.node_name.is_some_and(|name| name != node.spec.name) {
        return Err(Refusal::unresolvable(Plugin::NodeName, Reason::OtherNodeName));
    }
    Ok(())
}

//! NodePorts: a port of a node is taken once, for each protocol and address.
//!
//! Models: pkg/scheduler/framework/plugins/nodeports/node_ports.go and `HostPortInfo` of
//! pkg/scheduler/framework/types.go, Kubernetes 1.36: a port bound to all addresses conflicts with one
//! bound to any.

use crate::placement::decision::{Reason, Refusal};
use crate::placement::node::NodeState;
use crate::placement::pod::{HostPort, PodSpec};
use crate::placement::profile::Plugin;
use crate::placement::symbols::Symbol;

pub(in crate::placement) fn filter(pod: &PodSpec, node: &NodeState) -> Result<(), Refusal> {
    let taken = |wanted: &HostPort| node.ports_in_use().any(|used| conflicts(wanted, used));
    if pod.host_ports.iter().any(taken) {
        return Err(Refusal::resolvable(Plugin::NodePorts, Reason::HostPorts));
    }
    Ok(())
}

fn conflicts(wanted: &HostPort, used: &HostPort) -> bool {
    let same_address = wanted.ip == used.ip || wanted.ip == Symbol::EMPTY || used.ip == Symbol::EMPTY;
    same_address && wanted.protocol == used.protocol && wanted.port == used.port
}

//! VolumeBinding: the volumes of bound claims must be within the node's reach.
//!
//! Models: pkg/scheduler/framework/plugins/volumebinding (volume_binding.go, binder.go), Kubernetes 1.36,
//! for claims that are bound.
//! Leaves out: claims that wait for their first consumer, which every node is taken to satisfy.

use crate::kubernetes::BindingMode;
use crate::placement::cycle::Cycle;
use crate::placement::decision::{Reason, Refusal};
use crate::placement::labels::NodeSelector;
use crate::placement::node::NodeState;
use crate::placement::objects::{Claim, Volume};
use crate::placement::profile::Plugin;
use crate::placement::symbols::Symbol;

/// The volumes of the pod's bound claims. Claims must exist, and be bound where that does not wait for
/// the pod.
pub(in crate::placement) fn bound_volumes<'a>(cycle: &Cycle<'a>) -> Result<Vec<Option<&'a Volume>>, Refusal> {
    let pod = cycle.spec();
    let surroundings = &cycle.snapshot.surroundings;
    let refuse = |reason| Err(Refusal::unresolvable(Plugin::VolumeBinding, reason));
    let mut volumes = Vec::new();
    let mut unbound = false;
    for name in &pod.claims {
        let Some(claim) = surroundings.claim(pod.namespace, *name) else {
            return refuse(Reason::ClaimMissing(*name));
        };
        if claim.lost {
            return refuse(Reason::ClaimLost(*name, claim.volume.unwrap_or(Symbol::EMPTY)));
        }
        if claim.deleted {
            return refuse(Reason::ClaimDeleted(*name));
        }
        match claim.volume.filter(|_| claim.bound) {
            Some(volume) => volumes.push(surroundings.volume(volume)),
            None => unbound |= !waits(cycle, claim),
        }
    }
    if unbound {
        return refuse(Reason::ClaimUnbound);
    }
    Ok(volumes)
}

/// Whether the claim is to be bound only once a pod that uses it is placed.
pub(super) fn waits(cycle: &Cycle<'_>, claim: &Claim) -> bool {
    let mode = claim.class.and_then(|class| cycle.snapshot.surroundings.binding_mode(class)).flatten();
    claim.volume.is_none() && mode == Some(BindingMode::WaitForFirstConsumer)
}

pub(in crate::placement) fn filter(cycle: &Cycle<'_>, node: &NodeState) -> Result<(), Refusal> {
    for volume in &cycle.volumes {
        let Some(volume) = volume else {
            return Err(Refusal::unresolvable(Plugin::VolumeBinding, Reason::BoundToNoVolume));
        };
        // A volume is matched against labels alone: it cannot name the node.
        let reachable = |nodes: &NodeSelector| nodes.matches(Symbol::EMPTY, &node.spec.labels);
        if !volume.nodes.as_ref().is_none_or(reachable) {
            return Err(Refusal::unresolvable(Plugin::VolumeBinding, Reason::VolumeNodes));
        }
    }
    Ok(())
}

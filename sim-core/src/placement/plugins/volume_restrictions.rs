//! VolumeRestrictions: a claim of one pod at a time (ReadWriteOncePod) is not given to a second.
//!
//! Models: pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go, Kubernetes 1.36.
//! Leaves out: disks written into the pod itself (GCE, AWS, iSCSI, RBD).

use crate::placement::cycle::Cycle;
use crate::placement::decision::{Reason, Refusal};
use crate::placement::pod::PodSpec;
use crate::placement::profile::Plugin;
use crate::placement::symbols::Symbol;

/// The pod's claims that only one pod may use; all its claims must exist.
pub(in crate::placement) fn exclusive_claims(cycle: &Cycle<'_>) -> Result<Vec<Symbol>, Refusal> {
    let pod = cycle.spec();
    let mut exclusive = Vec::new();
    for name in &pod.claims {
        let Some(claim) = cycle.snapshot.surroundings.claim(pod.namespace, *name) else {
            return Err(Refusal::unresolvable(Plugin::VolumeRestrictions, Reason::ClaimMissing(*name)));
        };
        if claim.one_pod && !exclusive.contains(name) {
            exclusive.push(*name);
        }
    }
    Ok(exclusive)
}

/// How many of those claims another pod uses.
pub(in crate::placement) fn claims_in_use(cycle: &Cycle<'_>) -> i64 {
    let used = |name: &&Symbol| {
        let mut pods = cycle.snapshot.nodes().flat_map(|(_, node)| &node.pods);
        pods.any(|pod| pod.spec.namespace == cycle.spec().namespace && pod.spec.claims.contains(name))
    };
    cycle.exclusive_claims.iter().filter(used).count() as i64
}

/// How often `other` uses those claims.
pub(in crate::placement) fn uses_of(cycle: &Cycle<'_>, other: &PodSpec) -> i64 {
    if other.namespace != cycle.spec().namespace {
        return 0;
    }
    other.claims.iter().filter(|name| cycle.exclusive_claims.contains(name)).count() as i64
}

pub(in crate::placement) fn filter(claims_in_use: i64) -> Result<(), Refusal> {
    if claims_in_use > 0 {
        return Err(Refusal::resolvable(Plugin::VolumeRestrictions, Reason::ClaimInUse));
    }
    Ok(())
}

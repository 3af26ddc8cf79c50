//! VolumeZone: a volume with zone or region labels is reached from nodes with the same labels.
//!
//! Models: pkg/scheduler/framework/plugins/volumezone/volume_zone.go, Kubernetes 1.36: a node without any
//! such label takes every volume; labels from before 1.17 are met by today's.

use crate::placement::cycle::Cycle;
use crate::placement::decision::{Reason, Refusal};
use crate::placement::node::NodeState;
use crate::placement::plugins::volume_binding::waits;
use crate::placement::profile::Plugin;
use crate::placement::symbols::Symbol;

/// What the volumes of the pod's claims ask of a node: labels and the values they may have.
pub(in crate::placement) fn zones<'a>(cycle: &Cycle<'a>) -> Result<Vec<&'a (Symbol, Vec<Symbol>)>, Refusal> {
    let pod = cycle.spec();
    let surroundings = &cycle.snapshot.surroundings;
    let refuse = |reason| Err(Refusal::unresolvable(Plugin::VolumeZone, reason));
    let mut zones = Vec::new();
    for name in &pod.claims {
        let Some(claim) = surroundings.claim(pod.namespace, *name) else {
            return refuse(Reason::ClaimMissing(*name));
        };
        match claim.volume {
            None if waits(cycle, claim) => {}
            None => return refuse(Reason::ClaimNamesNoVolume),
            Some(name) => match surroundings.volume(name) {
                Some(volume) => zones.extend(&volume.zones),
                None => return refuse(Reason::VolumeMissing(name)),
            },
        }
    }
    Ok(zones)
}

pub(in crate::placement) fn filter(cycle: &Cycle<'_>, node: &NodeState) -> Result<(), Refusal> {
    let labels = &node.spec.labels;
    let all = [Symbol::OLD_ZONE, Symbol::OLD_REGION, Symbol::ZONE, Symbol::REGION];
    if all.iter().all(|label| labels.get(*label).is_none()) {
        return Ok(());
    }
    for (label, values) in &cycle.zones {
        let value = labels.value(*label).or_else(|| labels.value(todays(*label)));
        if value.is_none_or(|value| !values.contains(&value)) {
            return Err(Refusal::unresolvable(Plugin::VolumeZone, Reason::VolumeZone));
        }
    }
    Ok(())
}

fn todays(label: Symbol) -> Symbol {
    match label {
        Symbol::OLD_ZONE => Symbol::ZONE,
        Symbol::OLD_REGION => Symbol::REGION,
        label => label,
    }
}

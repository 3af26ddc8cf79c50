//! How many nodes of which group would take the pods that fit nowhere: first-fit decreasing.
//!
//! Models: `BinpackingNodeEstimator` (cluster-autoscaler/estimator): pods ordered by their share of the
//! template node's CPU plus memory, largest first, each put on the first new node that has room; only
//! pods that fit an empty template count. Before that, pods that fit a node that exists or is on its way
//! are left out (`filterOutSchedulable`, upcoming nodes).
//! Leaves out: the limits of 1,000 nodes and 10 s a group.

use std::collections::BTreeSet;

use super::GrowthOption;
use crate::ids::{ClassId, GroupId, PodId};
use crate::model::Model;
use crate::resources::Resources;
use crate::world::World;

/// The groups whose growth would help at least one of `pods`.
///
/// A crowd that waits at the ceiling costs little: a packing ends there.
pub fn options(world: &World, model: &Model, pods: &[PodId]) -> Vec<GrowthOption> {
    let left = without_those_that_fit(world, model, pods);
    let grow = |group: GroupId| {
        let nodes = nodes_needed(world, model, &left, group, room(world, group));
        (nodes > 0).then_some(GrowthOption { group, nodes })
    };
    model.groups.ids().filter_map(grow).collect()
}

/// Whether any group below its ceiling takes any class of which pods are unschedulable.
pub fn can_grow(world: &World, model: &Model) -> bool {
    let takes = |group: GroupId, class: ClassId| {
        let class = &model.classes[class];
        class.admits[group] && class.requests.fits_in(&model.groups[group].allocatable)
    };
    let classes = &world.cluster().unschedulable_classes;
    let mut groups = model.groups.ids().filter(|group| room(world, *group) > 0);
    groups.any(|group| classes.keys().any(|class| takes(group, *class)))
}

/// Nodes up to the ceiling.
fn room(world: &World, group: GroupId) -> u32 {
    let row = world.cluster().groups[group];
    row.max.saturating_sub(row.target)
}

/// The pods that fit neither a node that exists nor one that is on its way.
fn without_those_that_fit(world: &World, model: &Model, pods: &[PodId]) -> Vec<PodId> {
    let mut nodes: Vec<(GroupId, Resources)> = world
        .cluster()
        .nodes
        .iter()
        .filter(|(_, row)| row.is_schedulable())
        .map(|(node, row)| (row.group, world.free(model, node)))
        .collect();
    for group in model.groups.ids() {
        let upcoming = world.cluster().groups[group].upcoming() as usize;
        nodes.extend(core::iter::repeat_n((group, model.groups[group].allocatable), upcoming));
    }
    // Free room only shrinks here: where one pod of a shape found none, the next will not either.
    let mut hopeless: BTreeSet<(ClassId, Resources)> = BTreeSet::new();
    let mut left = pods.to_vec();
    left.retain(|pod| {
        let row = &world.cluster().pods[*pod];
        if hopeless.contains(&(row.class, row.requests)) {
            return true;
        }
        let admits = |group: GroupId| model.classes[row.class].admits[group];
        let home = nodes.iter_mut().find(|(group, free)| admits(*group) && row.requests.fits_in(free));
        match home {
            Some((_, free)) => {
                *free -= row.requests;
                false
            }
            None => hopeless.insert((row.class, row.requests)),
        }
    });
    left
}

/// New nodes of `group`, at most `room`, that first-fit decreasing needs for those of `pods` that can go
/// there at all.
fn nodes_needed(world: &World, model: &Model, pods: &[PodId], group: GroupId, room: u32) -> u32 {
    if room == 0 {
        return 0;
    }
    let template = model.groups[group].allocatable;
    let mut requests: Vec<Resources> = pods
        .iter()
        .map(|pod| &world.cluster().pods[*pod])
        .filter(|row| model.classes[row.class].admits[group] && row.requests.fits_in(&template))
        .map(|row| row.requests)
        .collect();
    requests.sort_by_key(|request| core::cmp::Reverse(size_in(request, &template)));
    let mut nodes: Vec<Resources> = Vec::new();
    for request in requests {
        let full = nodes.len() as u64 == u64::from(room);
        match nodes.iter_mut().find(|free| request.fits_in(free)) {
            Some(free) => *free -= request,
            None if full => return room,
            None => nodes.push(template - request),
        }
    }
    nodes.len() as u32
}

/// Share of the template's CPU plus share of its memory, in 2^-32 parts.
fn size_in(request: &Resources, template: &Resources) -> u128 {
    let share = |part: u64, whole: u64| (u128::from(part) << 32) / u128::from(whole.max(1));
    share(request.cpu_millis, template.cpu_millis) + share(request.memory_bytes, template.memory_bytes)
}

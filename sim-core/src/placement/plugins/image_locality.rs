//! ImageLocality: nodes that have the pod's images already, large ones above all.
//!
//! Models: pkg/scheduler/framework/plugins/imagelocality/image_locality.go, Kubernetes 1.36: an image counts
//! its size times the share of nodes that have it; the sum is scaled between 23 MiB and 1000 MiB for each
//! container. On how many nodes an image is, a node remembers from when it last changed
//! ([`crate::placement::Snapshot::refresh`]).
//! Leaves out: images mounted as volumes.

use crate::model::MAX_NODE_SCORE;
use crate::placement::cycle::Cycle;
use crate::placement::node::{NodeImage, NodeState};
use crate::placement::symbols::Symbol;

const MEBIBYTE: i64 = 1024 * 1024;
/// An image below this size counts nothing.
const FLOOR_BYTES: i64 = 23 * MEBIBYTE;
/// An image above this size counts no more.
const CEILING_BYTES_PER_CONTAINER: i64 = 1000 * MEBIBYTE;

pub(in crate::placement) fn score(cycle: &Cycle<'_>, nodes: &[&NodeState]) -> Vec<i64> {
    nodes.iter().map(|node| score_of(&cycle.spec().images, node, cycle.snapshot.node_count())).collect()
}

/// The score of one node, of so many.
pub(in crate::placement) fn score_of(images: &[Symbol], node: &NodeState, nodes: usize) -> i64 {
    let all_nodes = nodes as f64;
    let ceiling = CEILING_BYTES_PER_CONTAINER * images.len() as i64;
    let value =
        |image: &NodeImage| (image.size_bytes as f64 * (f64::from(image.on_nodes) / all_nodes)) as i64;
    if images.is_empty() {
        return 0;
    }
    // Where an image is listed twice, the cache keeps the last.
    let find = |name: &Symbol| node.spec.images.iter().rfind(|image| image.name == *name);
    let sum: i64 = images.iter().filter_map(find).map(value).sum();
    let sum = sum.min(ceiling).max(FLOOR_BYTES);
    MAX_NODE_SCORE * (sum - FLOOR_BYTES) / (ceiling - FLOOR_BYTES)
}

//! Images on nodes' disks, and the verbs that change them.
//!
//! Invariant: placement sees of a node's images what stands here.

use std::collections::BTreeMap;

use super::{Change, World, slot_of};
use crate::ids::{Id, ImageId, NodeId, PodId};
use crate::model::Model;
use crate::placement::NodeImage;
use crate::time::SimTime;

/// Images on nodes, by slot of the node: since when they are there.
#[derive(Clone, Debug, Default)]
pub struct Images {
    nodes: Vec<BTreeMap<ImageId, SimTime>>,
}

impl Images {
    /// The images on a node, and since when they are there.
    pub fn on(&self, node: NodeId) -> impl Iterator<Item = (ImageId, SimTime)> {
        let there = self.nodes.get(node.index()).into_iter().flatten();
        there.map(|(image, since)| (*image, *since))
    }

    fn has(&self, node: NodeId, image: ImageId) -> bool {
        self.nodes.get(node.index()).is_some_and(|there| there.contains_key(&image))
    }
}

impl World {
    /// Images on nodes.
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// The images that a pod's node lacks.
    pub fn missing_images(&self, model: &Model, pod: PodId) -> Vec<ImageId> {
        let row = &self.cluster.pods[pod];
        let Some(node) = row.node else { return Vec::new() };
        let images = model.classes[row.class].images.iter();
        images.copied().filter(|image| !self.images.has(node, *image)).collect()
    }

    /// Images on a node that none of its pods needs, and since when it has them.
    pub fn unused_images<'w>(
        &'w self,
        model: &'w Model,
        node: NodeId,
    ) -> impl Iterator<Item = (SimTime, ImageId)> + 'w {
        let needs =
            move |pod: PodId, image| model.classes[self.cluster.pods[pod].class].images.contains(&image);
        let needed = move |image| self.pods_on(node).any(|pod| needs(pod, image));
        let unused = self.images.on(node).filter(move |(image, _)| !needed(*image));
        unused.map(|(image, since)| (since, image))
    }

    /// A node joins with what its group has preloaded.
    pub fn preload_images(&mut self, model: &Model, node: NodeId) {
        let slot = node.index();
        if slot >= self.images.nodes.len() {
            self.images.nodes.resize(slot + 1, BTreeMap::new());
        }
        let group = self.cluster.nodes[node].group;
        let there = model.groups[group].images.preloaded.iter().map(|image| (*image, self.now));
        self.images.nodes[slot] = there.collect();
        self.show_images(model, node);
    }

    /// A node has an image from now on. Leaves [`Change::ImagePulled`].
    pub fn add_image(&mut self, model: &Model, node: NodeId, image: ImageId) {
        let now = self.now;
        self.images.nodes[node.index()].insert(image, now);
        self.show_images(model, node);
        self.feed.push(Change::ImagePulled(node, image));
    }

    /// A node throws an image away. Leaves [`Change::ImageRemoved`].
    pub fn remove_image(&mut self, model: &Model, node: NodeId, image: ImageId) {
        self.images.nodes[node.index()].remove(&image);
        self.show_images(model, node);
        self.feed.push(Change::ImageRemoved(node, image));
    }

    /// ImageLocality sees what the node reports.
    fn show_images(&mut self, model: &Model, node: NodeId) {
        let seen = |(image, _): (ImageId, SimTime)| {
            let row = &model.images[image];
            NodeImage { name: row.symbol, size_bytes: row.bytes as i64, on_nodes: 0 }
        };
        let images = self.images.on(node).map(seen).collect();
        let slot = slot_of(node);
        let mut spec = self.cluster.placement.node(slot).spec.clone();
        spec.images = images;
        self.cluster.placement.update_node(slot, spec);
    }
}

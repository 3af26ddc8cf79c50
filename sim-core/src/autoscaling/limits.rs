//! Totals of cores and memory that the cluster may not leave.
//!
//! Models: the cluster-wide resource quota of scale-up and `LimitsFinder` of scale-down
//! (cluster-autoscaler 1.36): cores are whole, rounded up per node, of the machine's capacity.

use super::objects::{Node, cores};
use super::options::Options;

/// What may still be added or taken away.
#[derive(Clone, Debug)]
pub struct Room {
    cores: Option<i64>,
    memory: Option<i64>,
}

impl Room {
    /// What may be added to these nodes.
    pub fn above<'a>(nodes: impl Iterator<Item = &'a Node>, options: &Options) -> Self {
        let (cores, memory) = totals(nodes);
        let left = |most: i64, total: i64| Some((most - total).max(0));
        Self { cores: left(options.cores_total.1, cores), memory: left(options.memory_total.1, memory) }
    }

    /// What may be taken from these nodes.
    pub fn below<'a>(nodes: impl Iterator<Item = &'a Node>, options: &Options) -> Self {
        let (cores, memory) = totals(nodes);
        let left = |least: i64, total: i64| (least > 0).then_some((total - least).max(0));
        Self { cores: left(options.cores_total.0, cores), memory: left(options.memory_total.0, memory) }
    }

    /// How many of `count` such nodes may come, and which resources say no.
    pub fn allows(&self, node: &Node, count: i64) -> (i64, Vec<&'static str>) {
        let (mut allowed, mut exceeded) = (count, Vec::new());
        for (name, left, each) in self.rows(node) {
            let Some(left) = left.filter(|left| each > 0 && *left < each * count) else { continue };
            allowed = allowed.min(left / each);
            exceeded.push(name);
        }
        (allowed, exceeded)
    }

    /// Takes `count` such nodes off what is left.
    pub fn consume(&mut self, node: &Node, count: i64) {
        let (own, memory) = (cores(&node.capacity), node.capacity.memory_bytes);
        self.cores = self.cores.map(|left| (left - own * count).max(0));
        self.memory = self.memory.map(|left| (left - memory * count).max(0));
    }

    /// Takes one node off what is left, if that is enough.
    pub fn try_consume(&mut self, node: &Node) -> bool {
        let enough = self.allows(node, 1).0 == 1;
        if enough {
            self.consume(node, 1);
        }
        enough
    }

    fn rows(&self, node: &Node) -> [(&'static str, Option<i64>, i64); 2] {
        [("cpu", self.cores, cores(&node.capacity)), ("memory", self.memory, node.capacity.memory_bytes)]
    }
}

fn totals<'a>(nodes: impl Iterator<Item = &'a Node>) -> (i64, i64) {
    nodes.fold((0, 0), |(sum, memory), node| {
        (sum + cores(&node.capacity), memory + node.capacity.memory_bytes)
    })
}

//! Shapes: nodes that are alike in everything that a filter or a score can see, names and pods aside.
//!
//! What depends on the shape alone is found out once for each shape and pod specification. Hostnames are
//! left out of a shape's labels; whoever asks for one by name is not answered by shapes.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use super::super::labels::Labels;
use super::super::node::{BaseLoad, NodeSpec, NodeState};
use super::super::symbols::Symbol;
use super::grid::Grid;
use super::ladder::Ladder;

/// A shape with its nodes.
#[derive(Debug)]
pub(in crate::placement) struct Shape {
    /// A node of the shape without name, hostname and pods.
    pub like: NodeState,
    /// Whether its nodes have hostnames.
    pub named: bool,
    /// Nodes of the shape, ordered by what they have left.
    pub grid: Grid,
    /// The same nodes by what they have left in all.
    pub ladder: Ladder,
    /// Whether its amounts are ones that the index calculates with: above nothing, and small enough to be
    /// multiplied by a hundred.
    pub plain: bool,
    /// CPU and memory that pods may request.
    pub allocatable: [i64; 2],
    pub max_pods: i64,
    /// By how much what is counted has differed from what is requested, at most.
    pub slack: [i64; 2],
}

/// All shapes ever seen.
#[derive(Debug, Default)]
pub(in crate::placement) struct Shapes {
    pub list: Vec<Shape>,
    by_hash: BTreeMap<u64, Vec<u32>>,
    /// Values of labels that topology keys name, as numbers.
    pub domains: Vec<Domains>,
}

/// The domains that the values of one label make.
#[derive(Debug)]
pub(in crate::placement) struct Domains {
    pub key: Symbol,
    /// The domain of each shape; [`NONE`] where it lacks the label.
    pub of_shape: Vec<u32>,
    pub count: u32,
    numbers: BTreeMap<Symbol, u32>,
}

/// No domain, no cell, no shape.
pub(in crate::placement) const NONE: u32 = u32::MAX;

/// Amounts from here on are not calculated with.
pub(in crate::placement) const TOO_MUCH: i64 = 1 << 55;

impl Shapes {
    /// The shape of a node.
    pub fn of(&mut self, spec: &NodeSpec) -> u32 {
        let named = spec.labels.value(Symbol::HOSTNAME).is_some();
        let labels = spec.labels.without(Symbol::HOSTNAME);
        let like = NodeSpec { name: Symbol::EMPTY, labels, base: BaseLoad::default(), ..spec.clone() };
        let mut hash = Fold(0);
        (&like.labels, named, &like.taints, like.unschedulable, &like.allocatable).hash(&mut hash);
        (like.max_pods, &like.images).hash(&mut hash);
        let alike = self.by_hash.entry(hash.finish()).or_default();
        let known = |at: &&u32| {
            let shape = &self.list[**at as usize];
            shape.named == named && shape.like.spec == like
        };
        if let Some(known) = alike.iter().find(known) {
            return *known;
        }
        let number = self.list.len() as u32;
        alike.push(number);
        for domains in &mut self.domains {
            domains.extend(&like.labels);
        }
        let plain = |amount: i64| (1..TOO_MUCH).contains(&amount);
        let plain = plain(like.allocatable.cpu_millis) && plain(like.allocatable.memory_bytes);
        let grid = Grid::new(&like);
        let allocatable = [like.allocatable.cpu_millis, like.allocatable.memory_bytes];
        let max_pods = like.max_pods;
        let like = NodeState::new(like);
        self.list.push(Shape {
            like,
            named,
            grid,
            ladder: Ladder::default(),
            plain,
            allocatable,
            max_pods,
            slack: [0; 2],
        });
        number
    }

    /// The number of the table of domains of a label other than the hostname.
    pub fn domains_of(&mut self, key: Symbol) -> usize {
        if let Some(known) = self.domains.iter().position(|domains| domains.key == key) {
            return known;
        }
        let mut domains = Domains { key, of_shape: Vec::new(), count: 0, numbers: BTreeMap::new() };
        for shape in &self.list {
            domains.extend(&shape.like.spec.labels);
        }
        self.domains.push(domains);
        self.domains.len() - 1
    }
}

impl Domains {
    fn extend(&mut self, labels: &Labels) {
        let number = match labels.value(self.key) {
            None => NONE,
            Some(value) => *self.numbers.entry(value).or_insert_with(|| {
                self.count += 1;
                self.count - 1
            }),
        };
        self.of_shape.push(number);
    }

    /// Whether some node's value is empty, which default spreading takes for no label at all.
    pub fn has_empty_value(&self) -> bool {
        self.numbers.contains_key(&Symbol::EMPTY)
    }
}

/// A plain hash: what it gives is compared in full.
struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

//! Names as numbers: every label key and value, resource, namespace and node name is interned once.
//!
//! Two symbols of one table are equal exactly when their texts are. Numbers follow the order in which
//! texts were first seen, so nothing that must not depend on that order may be decided by comparing them.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A text, interned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Symbol(u32);

/// The texts that [`Symbol`]'s constants stand for, in their order.
const KNOWN: [&str; 14] = [
    "",
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "node.kubernetes.io/unschedulable",
    "cpu",
    "memory",
    "ephemeral-storage",
    "default",
    "kube-system",
    "ToBeDeletedByClusterAutoscaler",
    "DeletionCandidateOfClusterAutoscaler",
];

impl Symbol {
    /// The empty text.
    pub const EMPTY: Self = Self(0);
    /// The label that names a node.
    pub const HOSTNAME: Self = Self(1);
    /// The label that names a node's zone.
    pub const ZONE: Self = Self(2);
    /// The label that names a node's region.
    pub const REGION: Self = Self(3);
    /// The zone label before Kubernetes 1.17.
    pub const OLD_ZONE: Self = Self(4);
    /// The region label before Kubernetes 1.17.
    pub const OLD_REGION: Self = Self(5);
    /// The taint of a cordoned node.
    pub const UNSCHEDULABLE: Self = Self(6);
    /// The resource CPU.
    pub const CPU: Self = Self(7);
    /// The resource memory.
    pub const MEMORY: Self = Self(8);
    /// The resource ephemeral storage.
    pub const EPHEMERAL_STORAGE: Self = Self(9);
    /// The namespace of objects that name none.
    pub const DEFAULT_NAMESPACE: Self = Self(10);
    /// The namespace of the cluster's own pods.
    pub const KUBE_SYSTEM: Self = Self(11);
    /// The taint of a node that the cluster autoscaler deletes.
    pub const TO_BE_DELETED: Self = Self(12);
    /// The soft taint of a node that the cluster autoscaler may delete soon.
    pub const DELETION_CANDIDATE: Self = Self(13);

    /// The `number`-th name that is no text: of a node that exists in thought only.
    pub fn made_up(number: u32) -> Self {
        Self(u32::MAX - number)
    }
}

/// The table of texts.
#[derive(Clone, Debug)]
pub struct Symbols {
    ids: BTreeMap<Arc<str>, Symbol>,
    texts: Vec<Arc<str>>,
}

impl Default for Symbols {
    fn default() -> Self {
        let mut symbols = Self { ids: BTreeMap::new(), texts: Vec::new() };
        for text in KNOWN {
            symbols.intern(text);
        }
        symbols
    }
}

impl Symbols {
    /// The symbol of `text`, new if need be.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.find(text) {
            return symbol;
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).expect("fewer than 2^32 texts"));
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.ids.insert(text, symbol);
        symbol
    }

    /// The symbol of `text` if it has one.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.ids.get(text).copied()
    }

    /// The text of `symbol`.
    pub fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }
}

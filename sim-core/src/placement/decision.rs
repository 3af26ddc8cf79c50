//! What a decision says: which nodes are feasible with which scores, and why the others are not.

use std::collections::BTreeMap;

use super::node::NodeIndex;
use super::profile::Plugin;
use super::symbols::{Symbol, Symbols};
use crate::model::Era;

/// Whether removing pods could make a refusing node feasible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// It could.
    Unschedulable,
    /// It could not.
    UnschedulableAndUnresolvable,
}

/// Why a node was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The first plugin that refused; `None`: a plugin had ruled the node out before any filter ran.
    pub plugin: Option<Plugin>,
    /// Whether removing pods could help.
    pub code: Code,
    /// Why, one or several.
    pub reasons: Vec<Reason>,
}

impl Refusal {
    /// Removing pods could help.
    pub(super) fn resolvable(plugin: Plugin, reason: Reason) -> Self {
        Self { plugin: Some(plugin), code: Code::Unschedulable, reasons: vec![reason] }
    }

    /// Removing pods could not help.
    pub(super) fn unresolvable(plugin: Plugin, reason: Reason) -> Self {
        Self { plugin: Some(plugin), code: Code::UnschedulableAndUnresolvable, reasons: vec![reason] }
    }
}

/// A reason, as kube-scheduler words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The node is cordoned.
    Cordoned,
    /// The pod asks for another node by name.
    OtherNodeName,
    /// The node has a taint that the pod does not tolerate.
    Taint {
        /// The taint's key.
        key: Symbol,
        /// The taint's value.
        value: Symbol,
    },
    /// The node is not one that the pod selects.
    NodeAffinity,
    /// The node is not one that the profile's added affinity selects.
    AddedNodeAffinity,
    /// The pod's affinity names no node at all.
    NodeAffinityConflict,
    /// The pod's affinity names other nodes.
    NotNamed,
    /// A port of the node that the pod asks for is taken.
    HostPorts,
    /// The node has as many pods as it takes.
    TooManyPods,
    /// The node has too little of a resource left.
    Insufficient(Symbol),
    /// The domain would have too many of the pod's like.
    Spread,
    /// The node is in no domain.
    SpreadLabel,
    /// The neighbours that the pod must have are not there.
    Affinity,
    /// Neighbours that the pod must not have are there.
    AntiAffinity,
    /// A pod is there that must not have this one as neighbour.
    ExistingAntiAffinity,
    /// The pod uses a claim that does not exist.
    ClaimMissing(Symbol),
    /// The pod uses a claim whose volume is lost.
    ClaimLost(Symbol, Symbol),
    /// The pod uses a claim that is being deleted.
    ClaimDeleted(Symbol),
    /// The pod uses a claim that should be bound by now.
    ClaimUnbound,
    /// The pod uses a claim of one pod at a time, and another has it.
    ClaimInUse,
    /// The pod uses a claim that names no volume yet.
    ClaimNamesNoVolume,
    /// The pod uses a claim bound to a volume that does not exist.
    BoundToNoVolume,
    /// The pod uses a volume that does not exist.
    VolumeMissing(Symbol),
    /// The volume cannot be reached from the node.
    VolumeNodes,
    /// The volume is in another zone.
    VolumeZone,
}

impl Reason {
    /// The reason in kube-scheduler's words.
    pub fn text(&self, symbols: &Symbols, era: Era) -> String {
        let fixed = match self {
            Self::Cordoned => "node(s) were unschedulable",
            Self::OtherNodeName => "node(s) didn't match the requested node name",
            Self::Taint { key, value } if era.names_untolerated_taints() => {
                let (key, value) = (symbols.text(*key), symbols.text(*value));
                return format!("node(s) had untolerated taint {{{key}: {value}}}");
            }
            Self::Taint { .. } => "node(s) had untolerated taint(s)",
            Self::NodeAffinity => "node(s) didn't match Pod's node affinity/selector",
            Self::AddedNodeAffinity => "node(s) didn't match scheduler-enforced node affinity",
            Self::NodeAffinityConflict => "pod affinity terms conflict",
            Self::NotNamed => "node(s) didn't satisfy plugin(s) [NodeAffinity]",
            Self::HostPorts => "node(s) didn't have free ports for the requested pod ports",
            Self::TooManyPods => "Too many pods",
            Self::Insufficient(resource) => return format!("Insufficient {}", symbols.text(*resource)),
            Self::Spread => "node(s) didn't match pod topology spread constraints",
            Self::SpreadLabel => {
                "node(s) didn't match pod topology spread constraints (missing required label)"
            }
            Self::Affinity => "node(s) didn't match pod affinity rules",
            Self::AntiAffinity => "node(s) didn't match pod anti-affinity rules",
            Self::ExistingAntiAffinity => "node(s) didn't satisfy existing pods anti-affinity rules",
            Self::ClaimMissing(claim) => {
                return format!("persistentvolumeclaim \"{}\" not found", symbols.text(*claim));
            }
            Self::ClaimLost(claim, volume) => {
                let (claim, volume) = (symbols.text(*claim), symbols.text(*volume));
                return format!(
                    "persistentvolumeclaim \"{claim}\" bound to non-existent persistentvolume \"{volume}\""
                );
            }
            Self::ClaimDeleted(claim) => {
                return format!("persistentvolumeclaim \"{}\" is being deleted", symbols.text(*claim));
            }
            Self::ClaimUnbound => "pod has unbound immediate PersistentVolumeClaims",
            Self::ClaimInUse => {
                "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already \
                 in-use by another pod"
            }
            Self::ClaimNamesNoVolume => "PersistentVolume had no name",
            Self::BoundToNoVolume => {
                "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
            }
            Self::VolumeMissing(volume) => {
                return format!("persistentvolume \"{}\" not found", symbols.text(*volume));
            }
            Self::VolumeNodes => "node(s) didn't match PersistentVolume's node affinity",
            Self::VolumeZone => "node(s) had no available volume zone",
        };
        fixed.to_owned()
    }
}

/// A node that takes the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feasible {
    /// The node.
    pub node: NodeIndex,
    /// Weighted scores, in the order of the profile's score plugins; 0 where a plugin has no say.
    pub scores: Vec<i64>,
    /// Their sum.
    pub total: i64,
}

/// A decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Nodes that take the pod, in the order of slots.
    pub feasible: Vec<Feasible>,
    /// Nodes that do not, in the order of slots.
    pub refused: Vec<(NodeIndex, Refusal)>,
    /// Why the pod was turned away before any node was looked at; all nodes are refused for it.
    pub turned_away: Option<Refusal>,
}

impl Decision {
    /// The nodes with the highest total.
    pub fn best(&self) -> Vec<NodeIndex> {
        let top = self.feasible.iter().map(|node| node.total).max();
        self.feasible.iter().filter(|node| Some(node.total) == top).map(|node| node.node).collect()
    }

    /// Why no node takes the pod.
    pub fn why(&self) -> Why {
        let nodes = self.refused.len() + self.feasible.len();
        let mut reasons: BTreeMap<Reason, u32> = BTreeMap::new();
        for reason in self.refused.iter().flat_map(|(_, refusal)| &refusal.reasons) {
            *reasons.entry(*reason).or_default() += 1;
        }
        let turned_away = self.turned_away.is_some();
        Why { nodes: nodes as u32, turned_away, reasons: reasons.into_iter().collect() }
    }
}

/// Why no node takes a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// How many nodes there are.
    pub nodes: u32,
    /// Whether the pod was turned away before any node was looked at.
    pub turned_away: bool,
    /// For how many of them each reason holds, one or several for a node.
    pub reasons: Vec<(Reason, u32)>,
}

impl Why {
    /// The reason that holds for the most nodes; of equals the one that comes first in [`Reason`].
    pub fn main(&self) -> Option<Reason> {
        self.reasons.iter().rev().max_by_key(|(_, nodes)| *nodes).map(|(reason, _)| *reason)
    }

    /// How many nodes were refused for each reason, in words.
    pub fn counts(&self, symbols: &Symbols, era: Era) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (reason, nodes) in &self.reasons {
            *counts.entry(reason.text(symbols, era)).or_default() += *nodes as usize;
        }
        counts
    }

    /// The first sentence of the pod's condition and event: `0/3 nodes are available: 3 Insufficient cpu.`
    /// (framework/types.go, `FitError.Error`); in 1.8 (plugin/pkg/scheduler/core/generic_scheduler.go)
    /// `No nodes are available that match all of the predicates: Insufficient cpu (3).`
    pub fn message(&self, symbols: &Symbols, era: Era) -> String {
        let names_nodes = era.says_how_many_nodes_there_are();
        let counts = self.counts(symbols, era);
        let mut parts: Vec<String> = if self.turned_away {
            self.reasons.iter().map(|(reason, _)| reason.text(symbols, era)).collect()
        } else if names_nodes {
            counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect()
        } else {
            counts.iter().map(|(reason, count)| format!("{reason} ({count})")).collect()
        };
        parts.sort_unstable();
        let (nodes, list) = (self.nodes, parts.join(", "));
        match (names_nodes, parts.is_empty()) {
            (true, true) => format!("0/{nodes} nodes are available:"),
            (true, false) => format!("0/{nodes} nodes are available: {list}."),
            (false, _) => format!("No nodes are available that match all of the predicates: {list}."),
        }
    }
}

//! Deaths for want of memory, and which setting let each happen.
//!
//! A node that runs out of memory has many users, and one is to blame: whatever uses most beyond what was set aside
//! for it, be it a container beyond its request or what runs outside of pods beyond what is reserved.

use super::World;
use crate::ids::{ClassId, GroupId, NodeId};
use crate::model::{Container, Model};
use crate::time::SimTime;

/// Something died for want of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// When.
    pub at: SimTime,
    /// Of what.
    pub kind: DeathKind,
    /// Where.
    pub group: GroupId,
    /// The pod's class and the number of its container; `None`: a process outside of pods, or the node itself.
    pub victim: Option<(ClassId, u8)>,
    /// What let it happen.
    pub cause: Cause,
}

/// What something died of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeathKind {
    /// The container reached its own limit.
    Limit,
    /// All pods together reached the limit of the kubepods cgroup.
    Kubepods,
    /// The machine had no memory left.
    Host,
    /// The kubelet evicted it before that.
    Evicted,
    /// The node's daemons starved, and the node was lost.
    Starved,
}

impl DeathKind {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Limit => "its limit was reached",
            Self::Kubepods => "all pods together reached what a node has for them",
            Self::Host => "the machine ran out of memory",
            Self::Evicted => "evicted by the kubelet",
            Self::Starved => "the node's daemons starved",
        }
    }
}

/// What let something die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The setting.
    pub setting: Setting,
    /// Of which container; `None`: of the node group.
    pub of: Option<(ClassId, u8)>,
    /// On nodes of which group.
    pub group: GroupId,
}

/// A setting that lets memory run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// A container needs more than its limit.
    LimitBelowUse,
    /// A container has neither request nor limit.
    NeitherRequestNorLimit,
    /// A container has a request and no limit.
    NoLimit,
    /// A container may use more than it requests.
    LimitAboveRequest,
    /// What runs outside of pods needs more than is reserved for it.
    OutsideOfPods,
}

impl Setting {
    /// In words, of `whom` on nodes of `group`.
    pub fn words(self, whom: &str, group: &str) -> String {
        match self {
            Self::LimitBelowUse => format!("{whom} needs more than its memory limit"),
            Self::NeitherRequestNorLimit => format!("{whom} has neither a memory request nor a limit"),
            Self::NoLimit => format!("{whom} has no memory limit"),
            Self::LimitAboveRequest => format!("{whom} may use more memory than it requests"),
            Self::OutsideOfPods => {
                format!("processes outside of pods use more than nodes of {group} reserve for them")
            }
        }
    }
}

impl Setting {
    /// What of a container's settings lets it use more than was set aside.
    fn of(container: &Container) -> Self {
        match (container.request, container.limit) {
            (None, None) => Self::NeitherRequestNorLimit,
            (Some(_), None) => Self::NoLimit,
            (_, Some(_)) => Self::LimitAboveRequest,
        }
    }
}

impl World {
    /// Which setting lets a node run out of memory, as things are.
    pub fn memory_cause(&self, model: &Model, node: NodeId) -> Cause {
        let group = self.cluster.nodes[node].group;
        let memory = &model.groups[group].memory;
        let mut most: Option<(u64, ClassId, u8)> = None;
        for pod in self.pods_on(node) {
            let row = &self.cluster.pods[pod];
            let class = &model.classes[row.class];
            for (number, (state, container)) in row.containers.iter().zip(&class.containers).enumerate() {
                let excess = state.line.amount(self.now).saturating_sub(container.request.unwrap_or(0));
                if most.is_none_or(|(known, ..)| excess > known) {
                    most = Some((excess, row.class, number as u8));
                }
            }
        }
        let reserved = memory.capacity.saturating_sub(memory.kubepods);
        let processes = self.memory.on(node).processes.amount(self.now);
        let beyond = processes.saturating_add(memory.system).saturating_sub(reserved);
        match most {
            Some((excess, class, number)) if excess >= beyond && excess > 0 => {
                let container = &model.classes[class].containers[usize::from(number)];
                Cause { setting: Setting::of(container), of: Some((class, number)), group }
            }
            _ => Cause { setting: Setting::OutsideOfPods, of: None, group },
        }
    }
}

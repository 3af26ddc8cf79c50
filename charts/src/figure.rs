//! Which pictures there are.

use std::fmt;
use std::str::FromStr;

/// A picture of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Figure {
    /// Pods, what they wait for, nodes, launches, waits and memory over one time axis.
    Overview,
    /// Pods by phase.
    Pods,
    /// What pods wait for when no node takes them.
    Reasons,
    /// The four populations that agree while all is well.
    Populations,
    /// Nodes against their ceiling.
    Nodes,
    /// How many launches succeed.
    Launches,
    /// How long launches take.
    Waits,
    /// Memory requested and used against what is allocatable.
    MemoryUse,
    /// The chance that nodes run out of memory.
    Memory,
}

impl Figure {
    /// Every figure, the overview first.
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Pods,
        Self::Reasons,
        Self::Populations,
        Self::Nodes,
        Self::Launches,
        Self::Waits,
        Self::MemoryUse,
        Self::Memory,
    ];

    /// The name that commands and links use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Pods => "pods",
            Self::Reasons => "reasons",
            Self::Populations => "populations",
            Self::Nodes => "nodes",
            Self::Launches => "launches",
            Self::Waits => "waits",
            Self::MemoryUse => "memory-use",
            Self::Memory => "memory",
        }
    }

    /// What is written above it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Pods => "Pods",
            Self::Reasons => "What pods wait for",
            Self::Populations => "Records, pods, containers and users",
            Self::Nodes => "Nodes",
            Self::Launches => "Launches that succeed",
            Self::Waits => "Wait for a launch",
            Self::MemoryUse => "Memory",
            Self::Memory => "Chance that a node runs out of memory",
        }
    }

    /// What it shows, as part of a sentence.
    pub(crate) const fn shows(self) -> &'static str {
        match self {
            Self::Overview => "pods, nodes, launches, waits and memory",
            Self::Pods => "pods by phase",
            Self::Reasons => "what pods wait for when no node takes them",
            Self::Populations => "the hub's records, users' pods, their containers, and users who wait",
            Self::Nodes => "nodes against their ceiling",
            Self::Launches => "the share of launches that succeed",
            Self::Waits => "how long launches take",
            Self::MemoryUse => "memory requested and used, against what is allocatable",
            Self::Memory => "the chance that nodes run out of memory",
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no figure of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFigure(String);

impl fmt::Display for UnknownFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no figure `{}`; there are ", self.0)?;
        for (index, figure) in Figure::ALL.into_iter().enumerate() {
            write!(f, "{}{figure}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFigure {}

impl FromStr for Figure {
    type Err = UnknownFigure;

    fn from_str(name: &str) -> Result<Self, UnknownFigure> {
        Self::ALL
            .into_iter()
            .find(|figure| figure.name() == name)
            .ok_or_else(|| UnknownFigure(name.to_owned()))
    }
}

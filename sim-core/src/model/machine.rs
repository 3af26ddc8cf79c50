//! The machines behind a node group: where they stand, what they cost, and how they come, fail and go.

use super::distribution::Distribution;
use super::fault::NodeFault;
use crate::ids::ZoneId;
use crate::time::SimDuration;

/// What the cloud knows of a group's machines.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The zones that its nodes are dealt to in turn, by their number; never empty.
    pub zones: Vec<ZoneId>,
    /// Virtual CPUs of one machine: what a quota counts.
    pub cores: u32,
    /// Price of one machine, in millionths of a dollar for each hour.
    pub micro_dollars_per_hour: u64,
    /// Time from request to Ready.
    pub boot: Distribution,
    /// Time from an operator's reset until the kubelet is back.
    pub reset: Distribution,
    /// Not-Ready nodes are recreated after this time; `None`: never.
    pub auto_repair: Option<SimDuration>,
    /// The provider may take machines back; `None`: it does not.
    pub spot: Option<Spot>,
    /// What breaks by itself.
    pub faults: Vec<RandomFault>,
}

impl Machine {
    /// The zone of the `ordinal`-th machine, counted from 1.
    pub fn zone(&self, ordinal: u32) -> ZoneId {
        self.zones[(ordinal as usize - 1) % self.zones.len()]
    }
}

/// Machines that the provider may take back.
#[derive(Clone, Debug)]
pub struct Spot {
    /// How long a machine is left alone; `None`: until an entry of the timeline takes it.
    pub life: Option<Distribution>,
    /// From the notice until the machine is gone.
    pub notice: SimDuration,
}

/// Something that breaks on each node of a group, again and again.
#[derive(Clone, Debug)]
pub struct RandomFault {
    /// Its name in the file.
    pub name: String,
    /// Stable subject of its draws.
    pub subject: u64,
    /// Time from a node's birth, or from the last repair, to the fault.
    pub after: Distribution,
    /// What breaks.
    pub faults: Vec<NodeFault>,
    /// Time until it heals by itself; `None`: never.
    pub lasts: Option<Distribution>,
}

//! A digest of the simulated history: equal digests, equal histories.
//!
//! It covers each change, when it happened and to what, in order; not what is derived from that
//! (figures and reports are compared on their own). No `usize` goes in: its width differs by target.

use crate::ids::Id;
use crate::time::SimTime;
use crate::world::{Change, World};

/// The digest so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    /// The digest as a number.
    pub fn value(self) -> u64 {
        self.0
    }

    /// Takes in a word.
    pub fn word(&mut self, word: u64) {
        // The multiplier of SplitMix64 spreads each word over the upper bits, the rotation brings them
        // back down: enough to tell histories apart, two instructions cheap.
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    /// Takes in a change.
    pub fn change(&mut self, at: SimTime, change: Change, world: &World) {
        let (kind, subject) = encode(change, world);
        self.word(at.as_micros());
        self.word(kind << 56 ^ subject);
    }
}

fn slot(id: impl Id) -> u64 {
    id.index() as u64
}

/// A number for the kind of change and one for what it happened to. Append, never renumber.
fn encode(change: Change, world: &World) -> (u64, u64) {
    let pod = |id| world.cluster().pods[id].uid;
    let node_of = |id| world.cluster().pods[id].node.map_or(0, |node| slot(node) + 1);
    match change {
        Change::PodCreated(id) => (1, pod(id)),
        Change::PodUnschedulable(id) => (2, pod(id)),
        Change::PodBound(id) => (3, pod(id) << 24 ^ node_of(id)),
        Change::PodStarted(id) => (4, pod(id)),
        Change::PodEnded(id) => (5, pod(id)),
        Change::PodDeletionRequested(id) => (6, pod(id)),
        Change::PodRemoved(id) => (7, pod(id)),
        Change::GroupTargetChanged(id) => (8, slot(id) << 32 ^ u64::from(world.cluster().groups[id].target)),
        Change::GroupLimitsChanged(id) => (9, slot(id) << 32 ^ u64::from(world.cluster().groups[id].max)),
        Change::NodeAdded(id) => (10, slot(id) << 32 ^ u64::from(world.cluster().nodes[id].ordinal)),
        Change::NodeCordoned(id) => (11, slot(id)),
        Change::NodeUncordoned(id) => (12, slot(id)),
        Change::NodeFaultChanged(id) => (13, slot(id)),
        Change::NodeDeletionRequested(id) => (14, slot(id)),
        Change::NodeRemoved(id) => (15, slot(id)),
        Change::LaunchStarted(id) => (16, slot(id)),
        Change::LaunchSucceeded(id) => (17, slot(id)),
        Change::LaunchFailed(id) => (18, slot(id)),
        Change::ServerCreated(id) => (19, slot(id)),
        Change::ServerReady(id) => (20, slot(id)),
        Change::ServerStopping(id) => (21, slot(id)),
        Change::ServerRemoved(id) => (22, slot(id)),
        Change::HubStopped => (23, 0),
        Change::HubStarted => (24, 0),
        Change::CullerStalled => (25, 0),
        Change::ActionTaken(id) => (26, slot(id)),
        Change::PodReasonChanged(id) => (27, pod(id)),
        Change::NominationEnded(id) => (28, slot(id)),
        Change::PodReady(id) => (40, pod(id)),
        Change::PodUnready(id) => (41, pod(id)),
        Change::ControllerScaled(id) => {
            (42, slot(id) << 32 ^ u64::from(world.controllers().objects[id].replicas))
        }
        Change::WorkloadScaled(id) => {
            (43, slot(id) << 32 ^ u64::from(world.controllers().wanted[id].replicas))
        }
        Change::TemplateChanged(id) => (44, slot(id)),
        Change::RolloutStalled(id) => (45, slot(id)),
        Change::PodRestarting(id) => (60, pod(id)),
        Change::PodOrphaned(id) => (61, pod(id)),
        Change::NodeReadyChanged(id) => (62, slot(id) << 8 ^ world.cluster().nodes[id].health.ready as u64),
        Change::NodeTaintsChanged(id) => (63, slot(id)),
        Change::NodeResetRequested(id) => (64, slot(id)),
        Change::NodeReclaimed(id) => (65, slot(id)),
        Change::FaultStruck(id, which) => (66, slot(id) << 8 ^ u64::from(which)),
        Change::ZoneDisruptionChanged(id) => (67, slot(id)),
        Change::StockChanged => (68, 0),
        Change::PodVolumesMounted(id) => (46, pod(id)),
        Change::VolumeAttached(id) => (47, slot(id)),
        Change::VolumeDetaching(id) => (48, slot(id)),
        Change::VolumeDetached(id) => (49, slot(id)),
        Change::VolumeUseReported(id) => (50, slot(id)),
        Change::VolumeReplaced(id) => (51, slot(id)),
        Change::ContainerKilled(id, which) => (80, pod(id) << 8 ^ u64::from(which)),
        Change::ChildKilled(id, which) => (81, pod(id) << 8 ^ u64::from(which)),
        Change::ContainerRestarted(id, which) => (82, pod(id) << 8 ^ u64::from(which)),
        Change::MemoryLow(id) => (83, slot(id)),
        Change::MemoryPressureChanged(id) => (84, slot(id) << 8 ^ u64::from(world.memory().on(id).pressure)),
        Change::NodeStarved(id) => (85, slot(id)),
        Change::ProcessStarted(id) => (86, slot(id)),
        Change::ProcessUseChanged(id) => (87, slot(id)),
        Change::ProcessEnded(id) => (88, slot(id)),
        Change::ProcessKilled(id) => (89, slot(id)),
        Change::RequestBegan(id) => (90, slot(id) << 32 ^ u64::from(world.requests().at_work[id].number)),
        Change::RequestEnded(id) => (91, slot(id) << 32 ^ u64::from(world.requests().at_work[id].number)),
        Change::JobTried(id, done) => (92, slot(id) << 8 ^ u64::from(done)),
        Change::JobsAdded(id, count) => (93, slot(id) << 32 ^ u64::from(count)),
        Change::QueuePurged(id) => (94, slot(id)),
        Change::ImagePulled(id, image) => (95, slot(id) << 32 ^ slot(image)),
        Change::ImageRemoved(id, image) => (96, slot(id) << 32 ^ slot(image)),
        Change::SpawnRequested(id) => (97, slot(id)),
        Change::SpawnFailed(id) => (98, slot(id)),
        Change::ServerStopFailed(id) => (99, slot(id)),
        Change::AlertFired(id) => (100, slot(id)),
        Change::AlertEnded(id) => (101, slot(id)),
        Change::LimitRefused(id) => (102, slot(id)),
        Change::LimitFreed(id) => (103, slot(id)),
        Change::ActionBegun(id) => (104, slot(id)),
        Change::ActionFailed(id) => (105, slot(id)),
        Change::DiskLow(id) => (107, slot(id)),
        Change::DiskPressureChanged(id) => (108, slot(id) << 8 ^ u64::from(world.disk().on(id).pressure)),
        Change::ReflectorChanged => (106, world.services().reflector as u64),
    }
}

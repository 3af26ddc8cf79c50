//! Keyed random draws: a pure function of seed, replication, purpose, subject and counter.
//!
//! There is no generator state, so no draw can shift another: adding a workload, or a knob that makes
//! one component draw more often, leaves every other draw as it was. Forking and replay come free.
//! The subject is an identity of the *scenario* (a hash of a name, an ordinal), never a slot.
//!
//! The mixer absorbs each word with the 64-bit finalizer of SplitMix64 (Steele, Lea, Flood: "Fast
//! splittable pseudorandom number generators", OOPSLA 2014), a bijection of full avalanche; its
//! outputs are pinned by a test below and judged by `tests/randomness.rs`.

use crate::model::ArrivalProcess;

/// What a draw is for. The numbers are part of every digest: append, never renumber.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// The n-th point of a stream of arrivals.
    Arrival = 1,
    /// How long a workload's pod runs.
    Lifetime = 2,
    /// How long a container takes to start.
    Startup = 3,
    /// How long a node takes to boot.
    Boot = 4,
    /// Which of equally good nodes is taken.
    TieBreak = 5,
    /// Which of the groups that would help is grown.
    Expander = 6,
    /// How long a user works.
    Active = 7,
    /// Whether a user leaves the tab open.
    KeepsTabOpen = 8,
    /// How long an open tab polls on.
    TabOpen = 9,
    /// Whether a user tries again.
    RetryChance = 10,
    /// How long until the user does.
    RetryDelay = 11,
    /// How long a notebook takes to answer.
    HttpStart = 12,
    /// How long the hub takes to restart.
    HubRestart = 13,
    /// Which of equally good nodes is freed by preemption.
    Preemption = 14,
    /// How long a running pod takes to be Ready.
    Readiness = 40,
    /// Which of equally good pods a controller lets go.
    ScaleDown = 41,
    /// When a client that was refused is told to come back.
    RetryAfter = 80,
    /// How soon an open launch page connects again.
    Reconnect = 81,
    /// How long a user waits for a server.
    Patience = 82,
    /// Which shape of pod a user takes.
    Profile = 83,
    /// Which repository a user launches.
    Repository = 84,
    /// Whether a launch needs a build.
    Build = 85,
    /// Whether the image's server ends by itself.
    SelfExit = 86,
    /// Whether the federation sends a user here.
    Federation = 87,
    /// How long somebody takes to act on an alert.
    Reaction = 88,
    /// How long an action takes.
    ActionTakes = 89,
    /// Whether an action fails.
    ActionFails = 90,
    /// Whether a Job's pod fails.
    Failure = 42,
    /// Which endpoint of a service a request goes to.
    Endpoint = 43,
    /// When in its period a kubelet is heard.
    Heartbeat = 30,
    /// How long a relist of a starved kubelet takes.
    Relist = 31,
    /// How long a reset takes.
    Reset = 32,
    /// How long a spot machine is left alone.
    SpotLife = 33,
    /// Which machines are reclaimed together.
    Reclaim = 34,
    /// When a fault strikes.
    Fault = 35,
    /// How long it lasts.
    FaultLasts = 36,
    /// How long the cloud takes to attach or detach a disk.
    Disk = 44,
    /// How long a pod's sync waits before it looks for its volumes again.
    MountSync = 45,
    /// How a container's use of memory goes.
    MemoryUse = 60,
    /// When in its period a kubelet looks at what is available.
    EvictionLook = 61,
    /// How long the daemons of a node starve.
    Starvation = 62,
    /// How long a job takes.
    JobDuration = 63,
    /// Whether a job is poison.
    Poison = 64,
    /// How long until a job that failed is tried again.
    JobRetry = 65,
    /// How a request's use of memory goes.
    RequestMemory = 66,
    /// When the kubelet of a starved node is heard.
    Gasp = 67,
    /// Whether a pull fails.
    PullFailure = 68,
    /// How much CPU a container wants.
    CpuUse = 69,
    /// How a container's use of disk goes.
    DiskUse = 70,
    /// The CPU that a pod requests.
    CpuRequest = 50,
    /// The memory that a pod requests.
    MemoryRequest = 51,
}

impl Purpose {
    /// The step of systematic sampling in 2^-64: the R3 sequence (powers of the inverse of the root of
    /// x^4 = x + 1) for what users do, which needs three independent directions, and for what pods request
    /// beside how long they live; roots of 2 and 3 for what they launch; the golden ratio else.
    const fn ratio(self) -> u64 {
        match self {
            Self::Active | Self::CpuRequest => 0xd1b5_4a32_d192_ed03,
            Self::KeepsTabOpen | Self::MemoryRequest => 0xabc9_8388_fb8f_ac03,
            Self::TabOpen => 0x8cb9_2ba7_2f3d_8dd7,
            Self::Repository => 0x6a09_e667_f3bc_c909,
            Self::SelfExit => 0xbb67_ae85_84ca_a73b,
            _ => 0x9e37_79b9_7f4a_7c15,
        }
    }
}

/// The draws of one replication.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    key: u64,
}

impl Random {
    /// All draws of replication `replication` under `seed`.
    pub const fn new(seed: u64, replication: u32) -> Self {
        Self { key: absorb(absorb(0x706c_696d_736f_6c6c, seed), replication as u64) }
    }

    /// 64 random bits for the `nth` draw of `purpose` about `subject`.
    pub const fn bits(&self, purpose: Purpose, subject: u64, nth: u64) -> u64 {
        absorb(absorb(absorb(self.key, purpose as u64), subject), nth)
    }

    /// A uniform in [0, 1), a multiple of 2^-53.
    pub fn unit(&self, purpose: Purpose, subject: u64, nth: u64) -> f64 {
        (self.bits(purpose, subject, nth) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A uniform in [0, 1) for the `ordinal`-th member of a stream.
    ///
    /// Where the stream follows a record (`process: even`), members are sampled systematically: one
    /// random start, then steps of an irrational ratio, so that any run of members covers the
    /// distribution evenly (a Kronecker sequence). Each purpose has a ratio of its own, so that what a
    /// member does in one respect says nothing about another. The mean is the distribution's either way;
    /// what goes is sampling noise that a replay of known counts should not add.
    pub fn member_unit(&self, process: ArrivalProcess, purpose: Purpose, owner: u64, ordinal: u64) -> f64 {
        match process {
            ArrivalProcess::Poisson => self.unit(purpose, member(owner, ordinal), 0),
            ArrivalProcess::Even => {
                let start = self.bits(purpose, owner, 0);
                let step = ordinal.wrapping_mul(purpose.ratio());
                (start.wrapping_add(step) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
            }
        }
    }

    /// A uniform integer in `0..count`. `count` must not be zero. The bias is below `count` / 2^64.
    pub fn index(&self, purpose: Purpose, subject: u64, nth: u64, count: usize) -> usize {
        assert!(count > 0, "an index needs something to choose from");
        let wide = u128::from(self.bits(purpose, subject, nth)) * count as u128;
        (wide >> 64) as usize
    }
}

/// The subject of the `ordinal`-th thing of its owner.
pub const fn member(owner: u64, ordinal: u64) -> u64 {
    absorb(owner, ordinal)
}

const fn absorb(state: u64, word: u64) -> u64 {
    let mut z = (state ^ word.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_stay_below_their_count_and_reach_all() {
        let random = Random::new(7, 0);
        let mut seen = [0u32; 5];
        for nth in 0..5_000 {
            seen[random.index(Purpose::TieBreak, 3, nth, 5)] += 1;
        }
        assert!(seen.iter().all(|&count| (900..1_100).contains(&count)), "{seen:?}");
    }

    #[test]
    fn members_of_a_record_cover_the_distribution() {
        let random = Random::new(3, 1);
        let unit = |purpose, n| random.member_unit(ArrivalProcess::Even, purpose, 99, n);
        for purpose in [Purpose::Active, Purpose::KeepsTabOpen, Purpose::TabOpen, Purpose::Lifetime] {
            let below = (0..100).filter(|n| unit(purpose, *n) < 0.3).count();
            assert!((27..=33).contains(&below), "{purpose:?}: {below} of 100 below 0.3");
        }
        let both = (0..1_000)
            .filter(|n| unit(Purpose::Active, *n) < 0.5 && unit(Purpose::TabOpen, *n) < 0.5)
            .count();
        assert!((235..=265).contains(&both), "the directions are independent: {both} of 1000 in a quarter");
    }

    #[test]
    fn keys_do_not_collide_by_exchange() {
        let random = Random::new(1, 2);
        assert_ne!(random.bits(Purpose::Arrival, 2, 3), random.bits(Purpose::Arrival, 3, 2));
        assert_ne!(random.bits(Purpose::Lifetime, 1, 0), random.bits(Purpose::Arrival, 2, 0));
        assert_ne!(Random::new(1, 2).bits(Purpose::Boot, 0, 0), Random::new(2, 1).bits(Purpose::Boot, 0, 0));
    }
}

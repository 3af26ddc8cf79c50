//! Container images, and what nodes do to have them.

use crate::ids::ImageId;
use crate::placement::Symbol;
use crate::time::SimDuration;

/// `imageMinimumGCAge`: the kubelet throws away no image that has come more recently.
pub const IMAGE_MIN_AGE: SimDuration = SimDuration::from_secs(120);

/// An image whose size somebody says.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its name in the file.
    pub name: String,
    /// Its name in placement.
    pub symbol: Symbol,
    /// Stable subject of random draws: a hash of the name.
    pub subject: u64,
    /// Its size.
    pub bytes: u64,
    /// Chance that a pull fails.
    pub failure: f64,
}

/// How nodes of a group come by images, and where they keep them.
#[derive(Clone, Debug)]
pub struct NodeImages {
    /// What they have when they join.
    pub preloaded: Vec<ImageId>,
    /// Bytes that all pulls of a node get together in a second.
    pub bytes_per_second: u64,
    /// Pulls at a time: 1 is serial, the kubelet's default.
    pub parallel: u32,
    /// Bytes of the disk; `None`: more than images will ever take.
    pub disk: Option<u64>,
    /// Of these, in use by anything but images.
    pub disk_used: u64,
    /// BinderHub's image cleaner, if it runs there.
    pub cleaner: Option<ImageCleaner>,
}

/// `evictionHard` of `nodefs.available` and `imagefs.available`, in percent of the disk (kubernetes
/// pkg/kubelet/eviction/defaults_linux.go). With one disk both signals are the same number, and the larger counts.
pub const NODEFS_PERCENT: u64 = 10;
const IMAGEFS_PERCENT: u64 = 15;

impl NodeImages {
    /// The least use of the disk at which its kubelet finds too little available; `None`: there is always enough.
    pub fn disk_low_at(&self) -> Option<u64> {
        let percent = 100 - IMAGEFS_PERCENT.max(NODEFS_PERCENT);
        let most = |disk: u64| u128::from(disk) * u128::from(percent) / 100;
        self.disk.map(|disk| u64::try_from(most(disk)).unwrap_or(u64::MAX).saturating_add(1))
    }
}

/// When an image cleaner begins and when it has done enough, in percent of the disk.
#[derive(Clone, Copy, Debug)]
pub struct ImageCleaner {
    /// Above this it begins.
    pub high_percent: u32,
    /// Down to this it goes.
    pub low_percent: u32,
}

//! Container images and what nodes do to have them.

use super::super::diagnostic::suggestion;
use super::super::path::{Path, ends};
use super::super::quantity::Share;
use super::super::scalar::Problem;
use super::super::schema::{self, ImageCleaner, NodeGroup, Scenario};
use super::Findings;
use crate::ids::{Id, IdVec, ImageId};
use crate::model::image::{self, Image, NodeImages};
use crate::model::subject;
use crate::placement::{Symbols, image_name};

/// What a node pulls and unpacks in a second. An assumption: zero-to-jupyterhub's page on optimisations has 5 to 10
/// minutes for a large image on a fresh node, which is 10 to 20 GiB.
const BYTES_PER_SECOND: u64 = 32 << 20;

/// The images whose size somebody says, in order of name.
pub(super) fn images(scenario: &Scenario, symbols: &mut Symbols) -> IdVec<ImageId, Image> {
    let image = |(name, written): (&String, &super::super::schema::Image)| Image {
        name: name.clone(),
        symbol: symbols.intern(&image_name(name)),
        subject: subject("image", name),
        bytes: written.size.bytes,
        failure: written.failure.unwrap_or_default().ratio,
    };
    scenario.images.iter().map(image).collect()
}

/// Those of these names that somebody says the size of.
pub(super) fn sized(scenario: &Scenario, names: &[String]) -> Vec<ImageId> {
    let place = |name: &String| scenario.images.keys().position(|known| known == name);
    let mut images: Vec<ImageId> = names.iter().filter_map(place).map(ImageId::from_index).collect();
    images.dedup();
    images
}

/// How the nodes of a group come by images.
pub(super) fn node_images(
    written: &NodeGroup,
    scenario: &Scenario,
    path: &Path,
    findings: &mut Findings<'_>,
) -> NodeImages {
    let images = &written.images;
    let path = path.key("images");
    for (index, name) in images.preloaded.iter().enumerate() {
        if !scenario.images.contains_key(name) {
            let fact = format!("there is no image `{}`", ends(name));
            let hint = suggestion(name, "images", scenario.images.keys().map(String::as_str));
            findings.error(&path.key("preloaded").index(index), Problem::new("S083", fact, hint));
        }
    }
    let bandwidth = images.bandwidth.map_or(BYTES_PER_SECOND, |bandwidth| bandwidth.bytes);
    if bandwidth == 0 || images.parallel == Some(0) {
        let key = if bandwidth == 0 { "bandwidth" } else { "parallel" };
        let problem = Problem::new("S015", "0 is out of range", "with 0 no image would ever arrive");
        findings.error(&path.key(key), problem);
    }
    NodeImages {
        preloaded: sized(scenario, &images.preloaded),
        bytes_per_second: bandwidth.max(1),
        parallel: images.parallel.unwrap_or(1).max(1),
        disk: images.disk.map(|disk| disk.bytes),
        disk_used: images.disk_used.map_or(0, |used| used.bytes),
        cleaner: images.cleaner.map(cleaner),
    }
}

/// What pods may request of a node's disk: the kubelet keeps the threshold of `nodefs.available` from it (kubernetes
/// pkg/kubelet/cm/node_container_manager, `hardEvictionReservation`). As much as anybody wants where nobody says how
/// large it is.
pub(super) fn allocatable_disk(written: &schema::NodeImages) -> u64 {
    let kept = |disk: u64| u128::from(disk) * u128::from(image::NODEFS_PERCENT) / 100;
    written.disk.map_or(1 << 60, |disk| disk.bytes - u64::try_from(kept(disk.bytes)).unwrap_or(disk.bytes))
}

/// binderhub, `imageCleaner.host`: `imageGCThresholdHigh` and `Low`.
fn cleaner(written: ImageCleaner) -> image::ImageCleaner {
    let percent = |share: Option<Share>, default: u32| {
        share.map_or(default, |share| libm::round(share.ratio * 100.0) as u32)
    };
    image::ImageCleaner {
        high_percent: percent(written.threshold_high, 80),
        low_percent: percent(written.threshold_low, 60),
    }
}

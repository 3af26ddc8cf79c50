//! Images: nodes pull what their pods need, and throw away what they do not.
//!
//! Models (kubernetes pkg/kubelet/images; domain reference, section 4.2): pulls of a node one after the other, or some at
//! a time that share its bandwidth; a pull that fails is tried again after 10 s, doubling up to 300 s; a pod's
//! containers start when its images are there. Image garbage collection: above 85 % of the disk, at the next of the
//! looks every 5 min, images that no pod on the node needs go, the oldest first, until it is below 80 %; those
//! younger than 2 min stay. What a node has, the scheduler's ImageLocality sees. BinderHub's image cleaner (domain
//! reference, section 12): a loop every 60 s; above 80 % it cordons the node, deletes images that no pod needs, the
//! largest first, every 5 s, down to 60 %, and uncordons.
//! Where containers write to the disk (`disk.rs`), a pull that finds no room fails like any other; whether a look every
//! 5 min is due on their account does not matter, since the eviction manager (`eviction.rs`) throws unused images away
//! at the same 85 %, and within 10 s.
//! Leaves out: inodes, by which the cleaner may be told to go instead of bytes; layers that images share; the 50
//! images that a node reports; what containers write as a reason for the cleaner to look; the limit of 5 pulls a
//! second; when an image was last used (the oldest goes first).

use std::collections::{BTreeMap, VecDeque};

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::ImageEvent;
use crate::ids::{Handle, ImageId, NodeId, PodId};
use crate::model::image::{IMAGE_MIN_AGE, ImageCleaner};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Machine, PodPhase};

/// `MaxContainerBackOff` and the first back-off of a pull.
const FIRST_BACKOFF: SimDuration = SimDuration::from_secs(10);
const MAX_BACKOFF: SimDuration = SimDuration::from_secs(300);
/// `imageGCHighThresholdPercent`, `imageGCLowThresholdPercent`, and how often is looked.
const HIGH_PERCENT: u128 = 85;
const LOW_PERCENT: u128 = 80;
const GC_PERIOD: SimDuration = SimDuration::from_secs(300);
/// The cleaner's loop, and its pause between two images (image-cleaner, `images.py`).
const CLEANER_PERIOD: SimDuration = SimDuration::from_secs(60);
const CLEANER_PAUSE: SimDuration = SimDuration::from_secs(5);
const MICROS: u128 = 1_000_000;

/// The pulls of all nodes.
#[derive(Clone, Debug, Default)]
pub struct Images {
    nodes: BTreeMap<NodeId, Pulls>,
}

/// The pulls of a node.
#[derive(Clone, Debug)]
struct Pulls {
    node: Handle<NodeId>,
    /// Under way: what is left of each, in millionths of a byte.
    active: Vec<(ImageId, u128)>,
    waiting: VecDeque<ImageId>,
    /// Images that wait to be tried again, and how often they have failed.
    resting: BTreeMap<ImageId, u32>,
    /// As of when.
    at: SimTime,
    /// When the node's one timer is due.
    due: SimTime,
    cleaner: Cleaner,
}

/// What the image cleaner of a node is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cleaner {
    /// There is nothing to do.
    Idle,
    /// Its next look will find the disk full.
    Waits,
    /// It deletes; whether it was it that cordoned the node.
    Deletes { cordoned: bool },
}

impl Images {
    fn pulls(&mut self, node: NodeId, ctx: &Context<'_>) -> &mut Pulls {
        let handle = ctx.world.cluster().nodes.handle(node);
        let fresh = || Pulls {
            node: handle,
            active: Vec::new(),
            waiting: VecDeque::new(),
            resting: BTreeMap::new(),
            at: ctx.now,
            due: SimTime::MAX,
            cleaner: Cleaner::Idle,
        };
        let pulls = self.nodes.entry(node).or_insert_with(fresh);
        if pulls.node != handle {
            *pulls = fresh();
        }
        pulls
    }

    /// What a pod's node lacks is pulled, unless it is under way.
    fn want(&mut self, pod: PodId, ctx: &mut Context<'_>) {
        let missing = ctx.world.missing_images(ctx.model, pod);
        let Some(node) = ctx.world.cluster().pods[pod].node.filter(|_| !missing.is_empty()) else { return };
        if ctx.world.cluster().nodes[node].health.machine != Machine::Up {
            return;
        }
        let pulls = self.pulls(node, ctx);
        for image in missing {
            let known = pulls.active.iter().any(|(active, _)| *active == image)
                || pulls.waiting.contains(&image)
                || pulls.resting.get(&image).is_some_and(|failures| *failures > 0);
            if !known {
                pulls.waiting.push_back(image);
            }
        }
        self.go_on(node, ctx);
    }

    /// Takes stock of a node's pulls, and begins what may begin.
    fn go_on(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let group = ctx.world.cluster().nodes[node].group;
        let images = &ctx.model.groups[group].images;
        let pulls = self.pulls(node, ctx);
        let count = pulls.active.len().max(1) as u128;
        let pulled =
            u128::from(ctx.now.since(pulls.at).as_micros()) * u128::from(images.bytes_per_second) / count;
        pulls.at = ctx.now;
        pulls.active.iter_mut().for_each(|(_, left)| *left = left.saturating_sub(pulled));
        let done: Vec<ImageId> =
            pulls.active.iter().filter(|(_, left)| *left == 0).map(|(image, _)| *image).collect();
        pulls.active.retain(|(_, left)| *left > 0);
        while pulls.active.len() < images.parallel as usize {
            let Some(next) = pulls.waiting.pop_front() else { break };
            pulls.active.push((next, (u128::from(ctx.model.images[next].bytes) * MICROS).max(1)));
        }
        let least = pulls.active.iter().map(|(_, left)| *left).min();
        let sharing = pulls.active.len() as u128;
        let handle = pulls.node;
        pulls.due = least.map_or(SimTime::MAX, |least| {
            let micros = (least * sharing).div_ceil(u128::from(images.bytes_per_second));
            ctx.now + SimDuration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
        });
        if pulls.due != SimTime::MAX {
            let due = pulls.due;
            ctx.at(due, ImageEvent::PullDue(handle));
        }
        for image in done {
            self.pulled(node, image, ctx);
        }
    }

    /// A pull is over: the image is there, or it has failed.
    fn pulled(&mut self, node: NodeId, image: ImageId, ctx: &mut Context<'_>) {
        let row = &ctx.world.cluster().nodes[node];
        let subject = member(ctx.model.groups[row.group].subject, u64::from(row.ordinal));
        let subject = member(subject, ctx.model.images[image].subject);
        let failures = self.pulls(node, ctx).resting.remove(&image).unwrap_or(0);
        let fails = ctx.model.images[image].failure;
        let by_chance =
            fails > 0.0 && ctx.random.unit(Purpose::PullFailure, subject, u64::from(failures)) < fails;
        if by_chance || !has_room(node, image, ctx) {
            let pulls = self.pulls(node, ctx);
            pulls.resting.insert(image, failures + 1);
            let handle = pulls.node;
            let wait = FIRST_BACKOFF.times(1 << failures.min(5)).min(MAX_BACKOFF);
            ctx.after(wait, ImageEvent::RetryDue(handle, image));
            return;
        }
        ctx.world.add_image(ctx.model, node, image);
        if is_above(HIGH_PERCENT, node, ctx) {
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.at(next_look(ctx.now), ImageEvent::CollectDue(handle));
        }
        self.call_cleaner(node, ctx);
    }

    /// The cleaner looks at the next turn of its loop, if it has reason to.
    fn call_cleaner(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let Some(cleaner) = cleaner_of(node, ctx) else { return };
        if self.pulls(node, ctx).cleaner != Cleaner::Idle || !is_above(cleaner.high_percent.into(), node, ctx)
        {
            return;
        }
        let pulls = self.pulls(node, ctx);
        pulls.cleaner = Cleaner::Waits;
        let handle = pulls.node;
        ctx.at(ctx.now.next_multiple(SimTime::ZERO, CLEANER_PERIOD), ImageEvent::CleanDue(handle));
    }

    /// The cleaner deletes the largest image that nobody needs, or has done.
    fn clean(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        let Some(cleaner) = cleaner_of(node, ctx) else { return };
        let state = self.pulls(node, ctx).cleaner;
        let begun = matches!(state, Cleaner::Deletes { .. });
        let threshold = if begun { cleaner.low_percent } else { cleaner.high_percent };
        let largest = ctx
            .world
            .unused_images(ctx.model, node)
            .map(|(_, image)| image)
            .max_by_key(|image| (ctx.model.images[*image].bytes, *image));
        let Some(image) = largest.filter(|_| is_above(threshold.into(), node, ctx)) else {
            if state == (Cleaner::Deletes { cordoned: true }) {
                ctx.world.uncordon(node);
            }
            self.pulls(node, ctx).cleaner = Cleaner::Idle;
            return self.call_cleaner(node, ctx);
        };
        if !begun {
            let cordoned = !ctx.world.cluster().nodes[node].cordoned;
            if cordoned {
                ctx.world.cordon(node);
            }
            self.pulls(node, ctx).cleaner = Cleaner::Deletes { cordoned };
        }
        ctx.world.remove_image(ctx.model, node, image);
        let handle = self.pulls(node, ctx).node;
        ctx.after(CLEANER_PAUSE, ImageEvent::CleanDue(handle));
    }

    /// An image that failed is tried again, if somebody still needs it.
    fn retry(&mut self, node: NodeId, image: ImageId, ctx: &mut Context<'_>) {
        let needed = ctx.world.pods_on(node).any(|pod| {
            let row = &ctx.world.cluster().pods[pod];
            row.phase == PodPhase::Starting && ctx.model.classes[row.class].images.contains(&image)
        });
        let pulls = self.pulls(node, ctx);
        if !pulls.resting.contains_key(&image) {
            return;
        }
        if needed {
            pulls.waiting.push_back(image);
            self.go_on(node, ctx);
        } else {
            pulls.resting.remove(&image);
        }
    }

    /// Image garbage collection.
    fn collect(node: NodeId, ctx: &mut Context<'_>) {
        if !is_above(HIGH_PERCENT, node, ctx) {
            return;
        }
        let mut unused: Vec<(SimTime, ImageId)> = ctx
            .world
            .unused_images(ctx.model, node)
            .filter(|(since, _)| ctx.now.since(*since) >= IMAGE_MIN_AGE)
            .collect();
        unused.sort_unstable();
        for (_, image) in unused {
            if !is_above(LOW_PERCENT, node, ctx) {
                return;
            }
            ctx.world.remove_image(ctx.model, node, image);
        }
        if is_above(HIGH_PERCENT, node, ctx) {
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.at(next_look(ctx.now), ImageEvent::CollectDue(handle));
        }
    }

    /// A machine that goes down forgets what it was pulling; one that comes up begins anew.
    fn fault_changed(&mut self, node: NodeId, ctx: &mut Context<'_>) {
        if ctx.world.cluster().nodes[node].health.machine != Machine::Up {
            self.nodes.remove(&node);
            return;
        }
        let starting = |pod: &PodId| ctx.world.cluster().pods[*pod].phase == PodPhase::Starting;
        let pods: Vec<PodId> = ctx.world.pods_on(node).filter(starting).collect();
        for pod in pods {
            self.want(pod, ctx);
        }
    }
}

/// The image cleaner of a node's group.
fn cleaner_of(node: NodeId, ctx: &Context<'_>) -> Option<ImageCleaner> {
    ctx.model.groups[ctx.world.cluster().nodes[node].group].images.cleaner
}

/// The kubelet's next look at its disk.
fn next_look(now: SimTime) -> SimTime {
    now.next_multiple(SimTime::ZERO, GC_PERIOD)
}

/// Whether more than so much of a node's disk is in use.
fn is_above(percent: u128, node: NodeId, ctx: &Context<'_>) -> bool {
    let group = &ctx.model.groups[ctx.world.cluster().nodes[node].group].images;
    let Some(disk) = group.disk else { return false };
    u128::from(ctx.world.disk_used(ctx.model, node)) * 100 > u128::from(disk) * percent
}

/// Whether an image fits on a node's disk, where containers share that.
fn has_room(node: NodeId, image: ImageId, ctx: &Context<'_>) -> bool {
    let disk = ctx.model.groups[ctx.world.cluster().nodes[node].group].images.disk;
    let with_it = || ctx.world.disk_used(ctx.model, node).saturating_add(ctx.model.images[image].bytes);
    !ctx.model.watches_disk || disk.is_none_or(|disk| with_it() <= disk)
}

impl Component for Images {
    type Event = ImageEvent;

    fn start(&mut self, _: &mut Context<'_>) {}

    fn fire(&mut self, event: ImageEvent, ctx: &mut Context<'_>) {
        let (ImageEvent::PullDue(handle)
        | ImageEvent::RetryDue(handle, _)
        | ImageEvent::CollectDue(handle)
        | ImageEvent::CleanDue(handle)) = event;
        let Some(node) = ctx.world.cluster().nodes.resolve(handle) else { return };
        match event {
            ImageEvent::PullDue(_) => {
                if self.nodes.get(&node).is_some_and(|pulls| pulls.node == handle && pulls.due == ctx.now) {
                    self.go_on(node, ctx);
                }
            }
            ImageEvent::RetryDue(_, image) => self.retry(node, image, ctx),
            ImageEvent::CollectDue(_) => Self::collect(node, ctx),
            ImageEvent::CleanDue(_) => self.clean(node, ctx),
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        if ctx.model.images.is_empty() {
            return;
        }
        match change {
            Change::NodeAdded(node) if ctx.world.cluster().nodes.is_live(node) => {
                ctx.world.preload_images(ctx.model, node);
            }
            Change::PodBound(pod) | Change::PodRestarting(pod) => self.want(pod, ctx),
            Change::NodeFaultChanged(node) if ctx.world.cluster().nodes.is_live(node) => {
                self.fault_changed(node, ctx);
            }
            Change::NodeRemoved(node) => {
                self.nodes.remove(&node);
            }
            _ => {}
        }
    }
}

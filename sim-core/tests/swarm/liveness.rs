//! Liveness: nobody waits for what could be had, or without a reason. Components sleep until something could matter to them,
//! so the bug to fear is the wake-up that never comes; no counter drifts then, and no audit sees it.

use std::collections::BTreeMap;

use plimsoll_core::Model;
use plimsoll_core::ids::{GroupId, PodId};

use plimsoll_core::model::{Act, Controller};
use plimsoll_core::resources::Resources;
use plimsoll_core::time::{SimDuration, SimTime};
use plimsoll_core::world::{Pod, PodPhase, Ready, ServerState, World};

use super::ledger::Ledger;

/// How long a group that could help may stay as it is: machines that do not come are given up after 15 min,
/// and the group is left alone for up to 30 min then.
const PATIENCE: SimDuration = SimDuration::from_secs(50 * 60);
/// `--ok-total-unready-count`: with more nodes than these not Ready, the autoscaler may stop.
const OK_UNREADY: usize = 3;
/// How long a pod may wait for room that is there. Its back-off and the flush that ends it are 11 s; but
/// two pods that were let go for two nodes may swap, and then a third, so give it some of these.
const SLACK: SimDuration = SimDuration::from_secs(62);

/// Watches for those who wait too long.
#[derive(Default)]
pub struct Liveness {
    /// Since when a larger group would have helped a pod, by the pod's uid.
    helpable: BTreeMap<u64, SimTime>,
}

impl Liveness {
    /// Looks at the world between two events. The autoscaler is judged only where each instant is seen.
    pub fn look(&mut self, world: &World, model: &Model, ledger: &Ledger, each_event: bool) -> Vec<String> {
        let mut faults = Vec::new();
        scheduler(world, model, ledger, &mut faults);
        reasons(world, model, &mut faults);
        hub(world, model, ledger, &mut faults);
        culler(world, model, ledger, &mut faults);
        if each_event {
            self.autoscaler(world, model, &mut faults);
        } else {
            // Between two looks it may have been helped.
            self.helpable.clear();
        }
        faults
    }

    /// A pod that fits nowhere while a group could grow for it must see that group grow.
    fn autoscaler(&mut self, world: &World, model: &Model, faults: &mut Vec<String>) {
        // A taint put on by hand outlives its node: the autoscaler takes it for one of the group's.
        let taints = |act: &Act| matches!(act, Act::Taint(..));
        if model.autoscaler.is_none() || model.timeline.iter().any(|entry| entry.acts.iter().any(taints)) {
            return;
        }
        let before = core::mem::take(&mut self.helpable);
        for (pod, row) in pending(world) {
            if row.unschedulable_since.is_none() || !growth_would_help(world, model, pod) {
                continue;
            }
            let since = before.get(&row.uid).copied().unwrap_or(world.now());
            self.helpable.insert(row.uid, since);
            if world.now().since(since) > PATIENCE {
                faults.push(format!("{pod:?} has waited since {since:?} for a group that may grow"));
            }
        }
    }
}

fn pending(world: &World) -> impl Iterator<Item = (PodId, &Pod)> {
    world.cluster().pods.iter().filter(|(_, row)| row.phase == PodPhase::Pending)
}

/// What DaemonSets request on each node of a group.
fn daemons_on(model: &Model, group: GroupId) -> Resources {
    let daemons = model.workloads.iter().filter(|row| matches!(row.controller, Controller::DaemonSet));
    let classes = daemons.map(|row| &model.classes[row.class]).filter(|class| class.admits[group]);
    classes.fold(Resources::ZERO, |sum, class| sum + class.requests)
}

fn growth_would_help(world: &World, model: &Model, id: PodId) -> bool {
    let pod = &world.cluster().pods[id];
    let takes = |group: GroupId| {
        let left = model.groups[group].allocatable.saturating_sub(&daemons_on(model, group));
        model.classes[pod.class].admits[group] && pod.requests.fits_in(&left)
    };
    let groups = &world.cluster().groups;
    let fits_now = world.cluster().nodes.ids().any(|node| world.takes(model, id, node));
    let on_its_way = model.groups.ids().any(|group| takes(group) && groups[group].upcoming() > 0);
    let may_grow = |group: GroupId| takes(group) && groups[group].target < groups[group].max;
    let unready = world.cluster().nodes.iter().filter(|(_, row)| row.health.ready != Ready::True).count();
    model.groups.ids().any(may_grow) && !fits_now && !on_its_way && unready <= OK_UNREADY
}

/// A pod that fits a node on which room appeared long ago must be there. Not judged before 1.11: back-offs
/// of a minute swap so often that no bound is worth a test.
fn scheduler(world: &World, model: &Model, ledger: &Ledger, faults: &mut Vec<String>) {
    if !model.era.retries_by_events() {
        return;
    }
    for (pod, row) in pending(world) {
        let nodes = world.cluster().nodes.ids();
        for node in nodes.filter(|node| world.takes(model, pod, *node)) {
            let gained = ledger.gained.get(&node).copied().unwrap_or_default();
            let since = gained.max(row.created_at).max(ledger.passed_on);
            if world.now().since(since) > SLACK {
                faults.push(format!("{pod:?} could have been on {node:?} since {since:?}"));
            }
        }
    }
}

/// Every pod that waits has been looked at and knows why: each node has refused it for something. A scheduler that
/// takes its time may not have come to it yet.
fn reasons(world: &World, model: &Model, faults: &mut Vec<String>) {
    for (pod, row) in pending(world).filter(|(_, row)| row.created_at < world.now()) {
        match &row.why {
            None if model.scheduling.is_none() => faults.push(format!("{pod:?} waits without a reason")),
            Some(why) => {
                let refused: u32 = why.reasons.iter().map(|(_, nodes)| nodes).sum();
                if refused < why.nodes && !why.turned_away {
                    faults.push(format!("{pod:?} was refused by {} nodes, but {why:?}", why.nodes));
                }
            }
            None => {}
        }
    }
}

/// Nobody waits for a server longer than both timeouts, and no server outlives its pod unnoticed.
fn hub(world: &World, model: &Model, ledger: &Ledger, faults: &mut Vec<String>) {
    let Some(hub) = &model.hub else { return };
    for (launch, row) in world.services().launches.iter() {
        if world.now().since(row.started_at) > hub.start_timeout + hub.http_timeout {
            faults.push(format!("{launch:?} still waits since {:?}", row.started_at));
        }
    }
    // A hub that is down asks for nothing.
    let Some(since) = ledger.hub_since else { return };
    for (server, gone) in &ledger.pod_gone {
        let row = &world.services().servers[*server];
        if row.state == ServerState::Ready && world.now().since(since.max(*gone)) > hub.poll_interval {
            faults.push(format!("{server:?} counts as ready, though its pod went at {gone:?}"));
        }
    }
}

/// While the culler runs, no server is idle or old for more than a round beyond what it may be.
fn culler(world: &World, model: &Model, ledger: &Ledger, faults: &mut Vec<String>) {
    let Some(cull) = model.hub.as_ref().and_then(|hub| hub.cull) else { return };
    let Some(since) = ledger.culler_since else { return };
    for (server, row) in world.services().servers.iter().filter(|(_, row)| row.state == ServerState::Ready) {
        let due = (world.last_activity(server) + cull.timeout).min(row.created_at + cull.max_age);
        let since = ledger.stop_failed.get(&server).map_or(since, |failed| since.max(*failed));
        if world.now().since(due.max(since).max(row.ready_at)) > cull.every {
            faults.push(format!("{server:?} should have been culled at {due:?}"));
        }
    }
}

//! The operator and the fates: entries of the timeline take effect at their time, or when an alert has told somebody.
//!
//! Somebody may take a while to begin, the work may take time, and it may be in vain; then it is tried again, as
//! often as the entry says.
//!
//! A node is chosen when the action happens (`newest`), can be given a name, and is found under that
//! name by later entries even when it is not the newest any more.

use std::collections::BTreeMap;

use crate::engine::random::member;
use crate::engine::{Component, Context, Purpose};
use crate::event::OperatorEvent;
use crate::ids::{ActionId, GroupId, IdVec, NodeId, PodId, ProcessId};
use crate::model::{Act, Linear, Model, NodeChoice, NodeSet, Population, subject};
use crate::time::{SimDuration, SimTime};
use crate::world::{Change, Pod, PodOwner, Ready};

/// How long kubectl drain waits after an eviction was refused (kubectl pkg/drain/drain.go).
const DRAIN_RETRY: SimDuration = SimDuration::from_secs(5);

/// Whoever acts on the cluster from outside.
#[derive(Clone, Debug)]
pub struct Operator {
    /// How many times each entry has been begun, and whether it is under way.
    runs: IdVec<ActionId, (u32, bool)>,
    /// What processes that entries have started grow to.
    grow_to: BTreeMap<ProcessId, u64>,
}

impl Operator {
    /// Nothing done yet.
    pub fn new(model: &Model) -> Self {
        let runs = model.timeline.iter().map(|_| (0, false)).collect();
        Self { runs, grow_to: BTreeMap::new() }
    }

    fn act(&mut self, act: &Act, alias: Option<u32>, ctx: &mut Context<'_>) {
        match *act {
            Act::SetMin(group, min) => {
                let max = ctx.world.cluster().groups[group].max;
                ctx.world.set_limits(group, min, max);
            }
            Act::SetMax(group, max) => {
                let min = ctx.world.cluster().groups[group].min;
                ctx.world.set_limits(group, min, max);
            }
            Act::SetFaults(nodes, ref faults) => {
                for node in self.choose_all(nodes, alias, ctx) {
                    faults.iter().for_each(|fault| ctx.world.set_node_fault(node, *fault));
                }
            }
            Act::SetStock { group, zone, out } => ctx.world.set_stock(group, zone, out),
            Act::SetTarget(group, target) => {
                let max = ctx.world.cluster().groups[group].max;
                ctx.world.set_target(group, target.min(max));
            }
            Act::Reclaim(group, share_ppm) => Self::reclaim(group, share_ppm, ctx),
            Act::Reset(choice) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.request_node_reset(node);
                }
            }
            Act::Drain(choice) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.cordon(node);
                    Self::drain(node, ctx);
                }
            }
            Act::DeleteNode(choice) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.remove_node(node);
                }
            }
            Act::Taint(choice, ref taint) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.taint_node(node, taint.clone());
                }
            }
            Act::Untaint(choice, ref key, effect) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.untaint_node(node, key, effect);
                }
            }
            Act::Cordon(choice) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.cordon(node);
                }
            }
            Act::Uncordon(choice) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.uncordon(node);
                }
            }
            Act::StallCuller => ctx.world.stall_culler(),
            Act::ReplaceVolume(claim) => ctx.world.replace_volume(claim),
            Act::RestartHub => ctx.world.restart_hub(ctx.model),
            Act::SetCapacity(limit, capacity) => ctx.world.set_capacity(limit, capacity),
            Act::SetStuck(limit, stuck) => ctx.world.set_stuck(ctx.model, limit, stuck),
            Act::Free(limit) => ctx.world.free_units(limit),
            Act::SetReflector(state) => ctx.world.set_reflector(state),
            Act::Enqueue(queue, count) => ctx.world.add_jobs(queue, count),
            Act::Purge(queue) => ctx.world.purge_queue(queue),
            Act::RunProcess { node, memory, ramp, lasts } => {
                if let Some(node) = self.choose(node, alias, ctx) {
                    self.run_process(node, (memory, ramp, lasts), ctx);
                }
            }
            Act::Scale(workload, replicas) => ctx.world.scale_workload(workload, replicas),
            Act::Rollout(workload, ref template) => ctx.world.change_template(workload, template),
            Act::DeletePods { of, on, terminating, force, min_age, max_age } => {
                let node = on.map(|choice| self.choose(choice, alias, ctx));
                let concerned = |row: &Pod, now: SimTime| {
                    of.is_none_or(|of| belongs(of, row.owner))
                        && node.is_none_or(|node| node.is_some() && row.node == node)
                        && (!terminating || row.deletion_requested_at.is_some())
                        && (min_age..max_age).contains(&now.since(row.created_at))
                };
                Self::delete_pods(concerned, force, ctx);
            }
        }
    }

    /// A build through the runtime's socket and the like: it grows, stays, ends.
    fn run_process(
        &mut self,
        node: NodeId,
        (memory, ramp, lasts): (u64, SimDuration, SimDuration),
        ctx: &mut Context<'_>,
    ) {
        // What the socket starts is nobody's: it has the kernel's default.
        let Some(process) = ctx.world.start_process(node, 0) else { return };
        let handle = ctx.world.memory().processes.handle(process);
        if ramp.is_zero() {
            ctx.world.set_process_use(process, Linear::constant(ctx.now, memory));
        } else {
            ctx.world.set_process_use(process, Linear::ramp(ctx.now, 0, memory, ramp));
            self.grow_to.insert(process, memory);
            ctx.after(ramp, OperatorEvent::ProcessGrown(handle));
        }
        ctx.after(lasts, OperatorEvent::ProcessOver(handle));
    }

    fn process_due(&mut self, event: OperatorEvent, process: ProcessId, ctx: &mut Context<'_>) {
        match (event, self.grow_to.remove(&process)) {
            (OperatorEvent::ProcessOver(_), _) => ctx.world.end_process(process),
            (_, Some(memory)) => ctx.world.set_process_use(process, Linear::constant(ctx.now, memory)),
            (_, None) => {}
        }
    }

    /// The node that `choice` means now, remembered under the entry's alias.
    fn choose(&self, choice: NodeChoice, alias: Option<u32>, ctx: &mut Context<'_>) -> Option<NodeId> {
        let nodes = &ctx.world.cluster().nodes;
        let ready = || nodes.ids().filter(|node| nodes[*node].health.ready == Ready::True);
        let joined = |node: &NodeId| (nodes[*node].added_at, nodes[*node].ordinal, *node);
        let memory = |node: &NodeId| ctx.world.requested(*node).memory_bytes;
        let node = match choice {
            NodeChoice::Newest => ready().max_by_key(joined),
            NodeChoice::Oldest => ready().min_by_key(joined),
            NodeChoice::Emptiest => ready().min_by_key(|node| (memory(node), joined(node))),
            NodeChoice::Fullest => {
                ready().max_by_key(|node| (memory(node), core::cmp::Reverse(joined(node))))
            }
            NodeChoice::Named(group, ordinal) => {
                nodes.ids().find(|node| nodes[*node].group == group && nodes[*node].ordinal == ordinal)
            }
            NodeChoice::Alias(alias) => ctx.world.node_named(alias),
        };
        if let (Some(alias), Some(node)) = (alias, node) {
            ctx.world.name_node(alias, node);
        }
        node
    }

    /// The nodes that are meant now.
    fn choose_all(&self, nodes: NodeSet, alias: Option<u32>, ctx: &mut Context<'_>) -> Vec<NodeId> {
        match nodes {
            NodeSet::One(choice) => self.choose(choice, alias, ctx).into_iter().collect(),
            NodeSet::Zone(zone) => {
                let here = ctx.world.cluster().nodes.iter().filter(|(_, row)| row.zone == zone);
                here.map(|(node, _)| node).collect()
            }
        }
    }

    /// kubectl drain: evicts every pod, and tries again after [`DRAIN_RETRY`] where a budget refuses.
    fn drain(node: NodeId, ctx: &mut Context<'_>) {
        let leaves = |pod: &PodId| !ctx.world.is_daemon(ctx.model, *pod);
        let pods: Vec<PodId> = ctx.world.pods_on(node).filter(leaves).collect();
        let mut refused = false;
        for pod in pods {
            refused |= ctx.world.evict_pod(ctx.model, pod).is_err();
        }
        if refused {
            let handle = ctx.world.cluster().nodes.handle(node);
            ctx.after(DRAIN_RETRY, OperatorEvent::DrainAgain(handle));
        }
    }

    /// Which machines the provider wants back is drawn; a larger share takes the same and more.
    fn reclaim(group: GroupId, share_ppm: u64, ctx: &mut Context<'_>) {
        let subject = ctx.model.groups[group].subject;
        let here = ctx.world.cluster().nodes.iter().filter(|(_, row)| row.group == group && !row.leaving);
        let mut nodes: Vec<(u64, NodeId)> = here
            .map(|(node, row)| {
                let subject = member(subject, u64::from(row.ordinal));
                (ctx.random.bits(Purpose::Reclaim, subject, ctx.now.as_micros()), node)
            })
            .collect();
        nodes.sort_unstable();
        let count = (nodes.len() as u64 * share_ppm + 500_000) / 1_000_000;
        for (_, node) in nodes.into_iter().take(count as usize) {
            ctx.world.reclaim_node(node);
        }
    }

    fn delete_pods(concerned: impl Fn(&Pod, SimTime) -> bool, force: bool, ctx: &mut Context<'_>) {
        let pods = ctx.world.cluster().pods.iter().filter(|(_, row)| concerned(row, ctx.now));
        let pods: Vec<PodId> = pods.map(|(pod, _)| pod).collect();
        for pod in pods {
            if force {
                ctx.world.remove_pod(pod);
            } else {
                ctx.world.request_pod_deletion(pod);
            }
        }
    }
}

fn belongs(to: Population, owner: PodOwner) -> bool {
    match (to, owner) {
        (Population::Hub, PodOwner::User(_)) => true,
        (Population::Audience(wanted), PodOwner::User(audience)) => wanted == audience,
        (Population::Workload(wanted), PodOwner::Workload(workload)) => wanted == workload,
        _ => false,
    }
}

impl Component for Operator {
    type Event = OperatorEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for (action, row) in ctx.model.timeline.iter_enumerated() {
            if row.on.is_none() {
                self.expect(action, row.at, ctx);
            }
        }
    }

    fn fire(&mut self, event: OperatorEvent, ctx: &mut Context<'_>) {
        match event {
            OperatorEvent::ActionDue(action) => self.attempt(action, 1, ctx),
            OperatorEvent::ActionDone { action, attempt } => self.done(action, attempt, ctx),
            OperatorEvent::ProcessGrown(handle) | OperatorEvent::ProcessOver(handle) => {
                if let Some(process) = ctx.world.memory().processes.resolve(handle) {
                    self.process_due(event, process, ctx);
                }
            }
            OperatorEvent::DrainAgain(handle) => {
                if let Some(node) = ctx.world.cluster().nodes.resolve(handle) {
                    Self::drain(node, ctx);
                }
            }
        }
    }

    fn observe(&mut self, change: Change, ctx: &mut Context<'_>) {
        let Change::AlertFired(alert) = change else { return };
        for (action, row) in ctx.model.timeline.iter_enumerated() {
            if row.on == Some(alert) && !self.runs[action].1 {
                self.expect(action, ctx.now, ctx);
            }
        }
    }
}

impl Operator {
    /// A draw about the present run of an entry.
    fn draw(&self, purpose: Purpose, action: ActionId, nth: u16, ctx: &Context<'_>) -> f64 {
        let subject = subject("timeline", &ctx.model.timeline[action].name);
        let run = u64::from(self.runs[action].0) << 16;
        ctx.random.unit(purpose, subject, run | u64::from(nth))
    }

    /// It is time for an entry from `at` on: somebody begins with it a while later.
    fn expect(&mut self, action: ActionId, at: SimTime, ctx: &mut Context<'_>) {
        self.runs[action].0 += 1;
        self.runs[action].1 = true;
        let after = ctx.model.timeline[action].after.as_ref();
        let after = after.map(|law| law.duration(self.draw(Purpose::Reaction, action, 0, ctx)));
        ctx.at(at + after.unwrap_or_default(), OperatorEvent::ActionDue(action));
    }

    fn attempt(&mut self, action: ActionId, attempt: u16, ctx: &mut Context<'_>) {
        let Some(takes) = &ctx.model.timeline[action].takes else {
            return self.done(action, attempt, ctx);
        };
        let takes = takes.duration(self.draw(Purpose::ActionTakes, action, attempt, ctx));
        ctx.world.begin_action(action);
        ctx.after(takes, OperatorEvent::ActionDone { action, attempt });
    }

    /// It worked, or it has to be tried again, or that was that.
    fn done(&mut self, action: ActionId, attempt: u16, ctx: &mut Context<'_>) {
        let row = &ctx.model.timeline[action];
        if row.fails > 0.0 && self.draw(Purpose::ActionFails, action, attempt, ctx) < row.fails {
            ctx.world.fail_action(action);
            // Without a duration of its own a try would fail and be made again in the same instant.
            if attempt < row.attempts {
                return self.attempt(action, attempt + 1, ctx);
            }
        } else {
            self.take(action, ctx);
        }
        self.runs[action].1 = false;
    }

    fn take(&mut self, action: ActionId, ctx: &mut Context<'_>) {
        let row = &ctx.model.timeline[action];
        for act in &row.acts {
            self.act(act, row.alias, ctx);
        }
        ctx.world.take_action(action);
    }
}

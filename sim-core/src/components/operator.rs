//! The operator and the fates: entries of the timeline take effect at their time.
//!
//! A node is chosen when the action happens (`newest`), can be given a name, and is found under that
//! name by later entries even when it is not the newest any more.

use crate::engine::{Component, Context};
use crate::event::OperatorEvent;
use crate::ids::{ActionId, Handle, NodeId, PodId};
use crate::model::{Act, Model, NodeChoice, PodNetwork, Population};
use crate::time::SimDuration;
use crate::world::{Change, PodOwner};

/// Whoever acts on the cluster from outside.
#[derive(Clone, Debug)]
pub struct Operator {
    /// The nodes that entries have named, by alias.
    named: Vec<Option<Handle<NodeId>>>,
}

impl Operator {
    /// Nothing done yet.
    pub fn new(model: &Model) -> Self {
        Self { named: vec![None; model.alias_names.len()] }
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
            Act::SetPodNetwork(choice, network) => {
                if let Some(node) = self.choose(choice, alias, ctx) {
                    ctx.world.set_pod_network(node, network == PodNetwork::Alive);
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
            Act::RestartHub => Self::restart_hub(ctx),
            Act::Scale(workload, replicas) => ctx.world.scale_workload(workload, replicas),
            Act::Rollout(workload, ref template) => ctx.world.change_template(workload, template),
            Act::DeletePods { of, min_age, max_age } => Self::delete_pods(of, min_age, max_age, ctx),
        }
    }

    /// The hub's pod is deleted; one that has none goes down by itself.
    fn restart_hub(ctx: &mut Context<'_>) {
        let Some(service) = ctx.model.hub.as_ref().and_then(|hub| hub.service) else {
            return ctx.world.stop_hub();
        };
        let pods: Vec<PodId> =
            ctx.world.pods_of(ctx.model.services[service].selects).map(|(pod, _)| pod).collect();
        for pod in pods {
            ctx.world.request_pod_deletion(ctx.model, pod);
        }
    }

    /// The node that `choice` means now, remembered under the entry's alias.
    fn choose(&mut self, choice: NodeChoice, alias: Option<u32>, ctx: &Context<'_>) -> Option<NodeId> {
        let nodes = &ctx.world.cluster().nodes;
        let joined = |node: &NodeId| (nodes[*node].added_at, nodes[*node].ordinal, *node);
        let memory = |node: &NodeId| ctx.world.cluster().requested[*node].memory_bytes;
        let node = match choice {
            NodeChoice::Newest => nodes.ids().max_by_key(joined),
            NodeChoice::Oldest => nodes.ids().min_by_key(joined),
            NodeChoice::Emptiest => nodes.ids().min_by_key(|node| (memory(node), joined(node))),
            NodeChoice::Fullest => {
                nodes.ids().max_by_key(|node| (memory(node), core::cmp::Reverse(joined(node))))
            }
            NodeChoice::Named(group, ordinal) => {
                nodes.ids().find(|node| nodes[*node].group == group && nodes[*node].ordinal == ordinal)
            }
            NodeChoice::Alias(alias) => self.named[alias as usize].and_then(|handle| nodes.resolve(handle)),
        };
        if let (Some(alias), Some(node)) = (alias, node) {
            self.named[alias as usize] = Some(nodes.handle(node));
        }
        node
    }

    fn delete_pods(of: Population, min_age: SimDuration, max_age: SimDuration, ctx: &mut Context<'_>) {
        let concerned = |owner: PodOwner| match (of, owner) {
            (Population::Hub, PodOwner::User(_)) => true,
            (Population::Audience(wanted), PodOwner::User(audience)) => wanted == audience,
            (Population::Workload(wanted), PodOwner::Workload(workload)) => wanted == workload,
            _ => false,
        };
        let pods: Vec<PodId> = ctx
            .world
            .cluster()
            .pods
            .iter()
            .filter(|(_, row)| {
                concerned(row.owner) && (min_age..max_age).contains(&ctx.now.since(row.created_at))
            })
            .map(|(pod, _)| pod)
            .collect();
        for pod in pods {
            ctx.world.request_pod_deletion(ctx.model, pod);
        }
    }
}

impl Component for Operator {
    type Event = OperatorEvent;

    fn start(&mut self, ctx: &mut Context<'_>) {
        for (action, row) in ctx.model.timeline.iter_enumerated() {
            ctx.at(row.at, OperatorEvent::ActionDue(action));
        }
    }

    fn fire(&mut self, event: OperatorEvent, ctx: &mut Context<'_>) {
        let OperatorEvent::ActionDue(action) = event;
        self.take(action, ctx);
    }

    fn observe(&mut self, _: Change, _: &mut Context<'_>) {}
}

impl Operator {
    fn take(&mut self, action: ActionId, ctx: &mut Context<'_>) {
        let row = &ctx.model.timeline[action];
        for act in &row.acts {
            self.act(act, row.alias, ctx);
        }
        ctx.world.take_action(action);
    }
}

//! The model: a scenario compiled. Immutable for the whole run and shared by all replications.
//!
//! Names have become dense ids, quantities integers, clock times instants of the run, defaults
//! explicit values. Strings remain only where a report must call something by its name.

pub mod arrivals;
pub mod autoscaler;
pub mod class;
pub mod clock;
pub mod controllers;
pub mod distribution;
pub mod era;
pub mod existing;
pub mod fault;
pub mod hub;
pub mod image;
pub mod machine;
pub mod memory;
pub mod node_lifecycle;
pub mod node_risk;
pub mod queue;
pub mod schedule;
pub mod usage;
pub mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

pub use arrivals::{ArrivalProcess, Arrivals, Rate};
pub use autoscaler::Autoscaler;
pub use class::{DrawnRequests, PodClass, Taint, TaintEffect, Toleration, TolerationOperator};
pub use clock::Clock;
pub use controllers::Controller;
pub use distribution::Distribution;
pub use era::{Era, MAX_NODE_SCORE};
pub use existing::{Existing, ExistingNode, ExistingPod};
pub use fault::{DiskState, DnsState, KubeletState, MachineState, NodeFault, PodNetwork, ReflectorState};
pub use hub::{Binder, Build, Cull, Hub, Liveness, Profile as UserProfile, Reflector, Shutdown};
pub use machine::{Machine, RandomFault, Spot};
pub use memory::{Container, NodeMemory, Qos, RestartPolicy};
pub use node_lifecycle::NodeLifecycle;
pub use queue::Queue;
pub use usage::{Linear, Usage};

use crate::check::Check;
use crate::ids::{
    ActionId, AlertId, AudienceId, ClaimId, ClassId, GroupId, IdVec, ImageId, LimitId, QueueId, ServiceId,
    WorkloadId, ZoneId,
};
use crate::placement::{NodeSpec, Profile, Snapshot};
use crate::resources::Resources;
use crate::time::{SimDuration, SimTime};

/// Everything a run needs to know and may not change.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the report says about the scenario.
    pub about: About,
    /// Where simulated time lies on the clock on the wall.
    pub clock: Clock,
    /// Whose behaviour to simulate.
    pub era: Era,
    /// Node groups, ordered by name.
    pub groups: IdVec<GroupId, NodeGroup>,
    /// Names of the zones, in order of name; nodes of groups that name none are all in one without a name.
    pub zones: IdVec<ZoneId, String>,
    /// How failed nodes are judged.
    pub node_lifecycle: NodeLifecycle,
    /// Virtual CPUs that the cloud lets the cluster have; `None`: no bound.
    pub cpu_quota: Option<u64>,
    /// Pod classes: one for each workload, one for the hub's user pods.
    pub classes: IdVec<ClassId, PodClass>,
    /// Workloads, ordered by name.
    pub workloads: IdVec<WorkloadId, Workload>,
    /// Claims, ordered by name.
    pub claims: IdVec<ClaimId, controllers::Claim>,
    /// Services, ordered by name.
    pub services: IdVec<ServiceId, controllers::Service>,
    /// Images whose size somebody says, ordered by name.
    pub images: IdVec<ImageId, image::Image>,
    /// Queues of jobs, ordered by name.
    pub queues: IdVec<QueueId, Queue>,
    /// Audiences, ordered by name.
    pub audiences: IdVec<AudienceId, Audience>,
    /// How pods are placed: the profiles of the scheduler.
    pub profiles: Vec<Arc<Profile>>,
    /// What placement knows before any node or pod is there: names, and objects beside them.
    pub surroundings: Snapshot,
    /// The real cluster that the run begins with, if there is one.
    pub existing: Existing,
    /// The cluster autoscaler, if there is one.
    pub autoscaler: Option<Autoscaler>,
    /// The hub, if there is one.
    pub hub: Option<Hub>,
    /// BinderHub, if launches go through one.
    pub binder: Option<Binder>,
    /// Alerts, ordered by name.
    pub alerts: IdVec<AlertId, watch::Alert>,
    /// Bounded resources, ordered by name.
    pub limits: IdVec<LimitId, watch::Limit>,
    /// How long the scheduler takes for a pod; `None`: no time.
    pub scheduling: Option<watch::Slowdown>,
    /// What happens when, in order of time.
    pub timeline: IdVec<ActionId, Action>,
    /// How many names `as:` gives to nodes; [`NodeChoice::Alias`] is below this.
    pub alias_names: Vec<String>,
    /// The claims to be checked, in the file's order.
    pub checks: Vec<Check>,
    /// Whether somebody says what containers use, or runs things outside of them: else memory is not simulated.
    pub watches_memory: bool,
    /// Whether somebody says what containers write to disks: else kubelets do not look at them.
    pub watches_disk: bool,
    /// Seed of a plain run.
    pub seed: u64,
    /// Replications of a plain run.
    pub replications: u32,
}

impl Model {
    /// The shape of user pods of a class; `None` for pods of workloads.
    pub fn user_profile(&self, class: ClassId) -> Option<&UserProfile> {
        let default = self.hub.iter().map(|hub| &hub.profile);
        let others = self.audiences.iter().flat_map(|row| row.profiles.iter().map(|(_, profile)| profile));
        default.chain(others).find(|profile| profile.class == class)
    }
}

/// What a report repeats of the scenario.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The scenario's title.
    pub name: String,
    /// The question that a run answers: the variant's where it has one.
    pub question: Option<String>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// The variant this model was compiled from; `None`: the base.
    pub variant: Option<String>,
}

/// A group of equal nodes.
#[derive(Clone, Debug)]
pub struct NodeGroup {
    /// Its name.
    pub name: String,
    /// Stable subject of random draws: a hash of the name.
    pub subject: u64,
    /// What pods may request on one node, DaemonSets already taken away.
    pub allocatable: Resources,
    /// What DaemonSet pods request on each node: counts as used for scoring and utilisation.
    pub daemon_sets: Resources,
    /// What each of its nodes is to placement, name and host name aside.
    pub template: NodeSpec,
    /// The fewest nodes.
    pub min: u32,
    /// The ceiling.
    pub max: u32,
    /// Nodes when the run begins.
    pub initial: u32,
    /// What the cloud knows of its machines.
    pub machine: Machine,
    /// Annotations of each node.
    pub annotations: BTreeMap<String, String>,
    /// Their memory.
    pub memory: NodeMemory,
    /// Their images.
    pub images: image::NodeImages,
}

/// How nodes are preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Scoring {
    /// Spread: prefer the emptiest node.
    #[default]
    LeastAllocated,
    /// Pack: prefer the fullest node.
    MostAllocated,
}

/// Pods made from one template.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// Stable subject of random draws: a hash of the name.
    pub subject: u64,
    /// The pod.
    pub class: ClassId,
    /// What each of its pods draws for itself in place of its class's requests.
    pub drawn: Option<DrawnRequests>,
    /// Pods there are from the beginning.
    pub replicas: u32,
    /// When further pods come.
    pub arrivals: Option<Arrivals>,
    /// How long a started pod runs; `None`: until deleted.
    pub lifetime: Option<Distribution>,
    /// Who makes its pods, and makes them again.
    pub controller: Controller,
    /// Whether somebody asks which of its pods are Ready: a controller, a service, a budget.
    pub tracked: bool,
    /// Time from a running container until the pod is Ready.
    pub ready_after: Distribution,
    /// The claims that its pods mount.
    pub claims: controllers::Claims,
    /// The budget of voluntary disruptions, if there is one.
    pub budget: Option<controllers::Budget>,
    /// The HorizontalPodAutoscaler, if there is one.
    pub autoscaling: Option<controllers::Autoscaling>,
    /// The CPU that its pods would use together.
    pub demand: controllers::Demand,
    /// The names of its pods, by their number; beyond them a pod is called by workload and number.
    pub pod_names: Vec<String>,
}

/// A population of users.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Its name.
    pub name: String,
    /// Stable subject of random draws: a hash of the name.
    pub subject: u64,
    /// When users come.
    pub arrivals: Arrivals,
    /// How long a user works.
    pub active: Distribution,
    /// Share of users that leave a tab open.
    pub keeps_tab_open: f64,
    /// How long an open tab polls on; `None`: for ever.
    pub tab_open: Option<Distribution>,
    /// How long a user waits for a server; `None`: until told.
    pub patience: Option<Distribution>,
    /// Shapes of pods other than the hub's default, each with the share of users that take one up to it, in order.
    pub profiles: Vec<(f64, UserProfile)>,
    /// How many repositories its users launch.
    pub repositories: u32,
    /// Whether BinderHub's higher quota is theirs.
    pub high_quota: bool,
    /// Share of launches that need a build.
    pub builds: f64,
    /// What a user does after a failure.
    pub retry: Retry,
}

/// What a user does after a failed launch.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Chance of another try.
    pub probability: f64,
    /// Time until it.
    pub after: Distribution,
    /// Tries in all.
    pub max_attempts: u32,
    /// Whether a client that is told when to come back does not come sooner.
    pub honors_retry_after: bool,
    /// How soon a launch page connects again by itself when the connection breaks; `None`: it does not.
    pub reconnect: Option<Distribution>,
}

/// An entry of the timeline.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name in the file.
    pub name: String,
    /// When, or from when on an alert may bring it about.
    pub at: SimTime,
    /// The alert that brings it about; `None`: its time does.
    pub on: Option<AlertId>,
    /// How long somebody takes to begin, once it is time.
    pub after: Option<Distribution>,
    /// How long it takes.
    pub takes: Option<Distribution>,
    /// Chance that it was in vain.
    pub fails: f64,
    /// How many times it is tried.
    pub attempts: u16,
    /// What a reader of the charts should know.
    pub note: Option<String>,
    /// The alias (index into [`Model::alias_names`]) given to the node that the acts choose.
    pub alias: Option<u32>,
    /// What is done, in order.
    pub acts: Vec<Act>,
}

/// One thing done to the cluster or its services.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// The floor of a group changes.
    SetMin(GroupId, u32),
    /// The ceiling of a group changes.
    SetMax(GroupId, u32),
    /// Something on nodes breaks or is in order again.
    SetFaults(NodeSet, Vec<NodeFault>),
    /// The cloud runs out of machines or has some again: for a group, in a zone, or both.
    SetStock {
        /// For this group only.
        group: Option<GroupId>,
        /// In this zone only.
        zone: Option<ZoneId>,
        /// Whether it runs out.
        out: bool,
    },
    /// Somebody asks the cloud for another size of a group.
    SetTarget(GroupId, u32),
    /// The provider takes back a share of a group's machines, in millionths, after its notice.
    Reclaim(GroupId, u64),
    /// A node's machine is switched off and on.
    Reset(NodeChoice),
    /// No new pods on a node, and those that are there go.
    Drain(NodeChoice),
    /// The Node object is deleted by hand.
    DeleteNode(NodeChoice),
    /// A node gets a taint.
    Taint(NodeChoice, Taint),
    /// A node loses the taints of a key: those of one effect, or all.
    Untaint(NodeChoice, String, Option<TaintEffect>),
    /// No new pods on a node.
    Cordon(NodeChoice),
    /// New pods again on a node.
    Uncordon(NodeChoice),
    /// The culler hangs until the hub restarts.
    StallCuller,
    /// The hub's pod is deleted and comes back.
    RestartHub,
    /// Somebody puts jobs into a queue.
    Enqueue(QueueId, u32),
    /// Somebody empties a queue.
    Purge(QueueId),
    /// Something runs on a node outside of all pods.
    RunProcess {
        /// Where.
        node: NodeChoice,
        /// What it grows to.
        memory: u64,
        /// How long it takes to.
        ramp: SimDuration,
        /// When it ends by itself.
        lasts: SimDuration,
    },
    /// What becomes of the hub's reflector.
    SetReflector(ReflectorState),
    /// There is more or less of a bounded resource, in thousandths.
    SetCapacity(LimitId, u64),
    /// Nothing of a bounded resource is given back, or everything again.
    SetStuck(LimitId, bool),
    /// All that was taken of a bounded resource comes back.
    Free(LimitId),
    /// A claim is deleted and made anew: its volume is empty.
    ReplaceVolume(ClaimId),
    /// Another number of pods is wanted of a workload (`kubectl scale`).
    Scale(WorkloadId, u32),
    /// The pods of a workload get a new template.
    Rollout(WorkloadId, controllers::Template),
    /// Pods are deleted by hand.
    DeletePods {
        /// Whose; `None`: anybody's.
        of: Option<Population>,
        /// Only those on this node.
        on: Option<NodeChoice>,
        /// Only those whose deletion somebody has asked for.
        terminating: bool,
        /// The objects go at once, whatever the kubelet says.
        force: bool,
        /// Only those at least this old.
        min_age: SimDuration,
        /// Only those younger than this.
        max_age: SimDuration,
    },
}

/// Nodes that something happens to at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeSet {
    /// A single one.
    One(NodeChoice),
    /// All of a zone, those of new groups included.
    Zone(ZoneId),
}

/// A node, chosen when the action happens. Choices by rank ignore nodes that are not Ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeChoice {
    /// The one that joined last.
    Newest,
    /// The one that joined first.
    Oldest,
    /// The one with the least memory requested; the oldest of equals.
    Emptiest,
    /// The one with the most memory requested; the oldest of equals.
    Fullest,
    /// The n-th node that a group ever had, from 1 (`user-14`).
    Named(GroupId, u32),
    /// The node that an earlier action named.
    Alias(u32),
}

/// A set of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// Every user pod of the hub.
    Hub,
    /// The user pods of one audience.
    Audience(AudienceId),
    /// The pods of one workload.
    Workload(WorkloadId),
}

/// The stable subject of a thing the scenario names: FNV-1a over kind and name.
///
/// Draws are keyed by it, so adding, removing or reordering other things changes none of them.
pub fn subject(kind: &str, name: &str) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in kind.bytes().chain([b'/']).chain(name.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

//! Scenes: the cluster and its services in one instant, plain and serialisable, for a page to draw.
//!
//! Amounts are millicores and bytes. Nodes stand in order of their group and number, pods on a node in order
//! of their age, so that what stays keeps its place.

use serde::{Deserialize, Serialize};

use crate::ids::{NodeId, PodId};
use crate::model::{DiskState, DnsState, KubeletState, Model, PodNetwork};
use crate::report::MAX_PENDING;
use crate::time::SimTime;
use crate::trace::Namer;
use crate::world::{Health, Machine, PodOwner, PodPhase, Ready, ServerState, World};

/// The cluster and its services in one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scene {
    /// Seconds after the report's start.
    pub seconds: f64,
    /// Clock time in the scenario's offset, to the second.
    pub clock: String,
    /// Node groups, by name.
    pub groups: Vec<SceneGroup>,
    /// Nodes, by group and number.
    pub nodes: Vec<SceneNode>,
    /// Pods without a node, the oldest first, at most 200 of them.
    pub pending: Vec<ScenePending>,
    /// How many pods have no node.
    pub pending_count: u64,
    /// How many pods of each state there are: the states that occur, by name.
    pub counts: std::collections::BTreeMap<String, u64>,
    /// The hub, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<SceneHub>,
    /// Names of audiences and workloads, to which [`ScenePod::owner`] points.
    pub owners: Vec<String>,
}

/// A node group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SceneGroup {
    /// Its name.
    pub name: String,
    /// Node objects.
    pub nodes: u32,
    /// The size that the cloud is asked for.
    pub target: u32,
    /// Nodes that were asked for and have not joined.
    pub upcoming: u32,
    /// The floor.
    pub min: u32,
    /// The ceiling.
    pub max: u32,
}

/// Of one resource of a node: what there is and where it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// What pods may request, DaemonSets included.
    pub allocatable: u64,
    /// What DaemonSets request.
    pub reserved: u64,
    /// What other pods request.
    pub requested: u64,
    /// What containers use, and processes outside of them, where the scenario says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// What containers may use together at most, where all have limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SceneNode {
    /// Its name: `user-14`.
    pub name: String,
    /// What the timeline calls it: `2fhq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Its group.
    pub group: String,
    /// Its zone, where there are several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// What the API says of it: `Ready`, `NotReady`, `Unknown`.
    pub ready: String,
    /// No new pods.
    pub cordoned: bool,
    /// It is being given back.
    pub leaving: bool,
    /// What is wrong with it in truth, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// CPU in thousandths of a core.
    pub cpu: Amounts,
    /// Memory in bytes.
    pub memory: Amounts,
    /// How many pods fit by number.
    pub pod_slots: u64,
    /// Its pods, the oldest first.
    pub pods: Vec<ScenePod>,
}

/// A pod on a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenePod {
    /// The how-manieth pod object of the run.
    pub uid: u64,
    /// Whose: an index into [`Scene::owners`].
    pub owner: u32,
    /// Its number among its owner's.
    pub ordinal: u32,
    /// `starting`, `running`, `answering` (its server answers), `silent` (it runs, nobody reaches it),
    /// `terminating`, `placeholder`.
    pub state: String,
    /// What it requests: bytes of memory.
    pub memory: u64,
    /// What it requests: thousandths of a core.
    pub cpu: u64,
}

/// A pod without a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenePending {
    /// The how-manieth pod object of the run.
    pub uid: u64,
    /// What it is called.
    pub name: String,
    /// How long it has waited, in seconds.
    pub waited_seconds: f64,
    /// What the scheduler says: `0/3 nodes are available: 3 Insufficient memory.` Empty: it has not been tried.
    pub message: String,
    /// Only keeps room for others.
    pub placeholder: bool,
}

/// The hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SceneHub {
    /// It answers.
    pub up: bool,
    /// The culler hangs.
    pub culler_stalled: bool,
    /// Users who wait for a server.
    pub waiting: u32,
    /// Servers that do not answer yet.
    pub spawning: u32,
    /// Servers that answer, as far as the hub knows.
    pub ready: u32,
    /// Servers that are being stopped.
    pub stopping: u32,
}

/// The most pending pods that are listed.
const MOST_PENDING: usize = 10 * MAX_PENDING;

impl Scene {
    /// The scene of a world that has been run up to `at`.
    pub(super) fn of(world: &World, model: &Model, at: SimTime) -> Self {
        let cluster = world.cluster();
        let clock = &model.clock;
        let second = clock.second_of_day(at);
        let group = |(id, row): (_, &crate::world::Group)| SceneGroup {
            name: model.groups[id].name.clone(),
            nodes: row.nodes,
            target: row.target,
            upcoming: row.upcoming(),
            min: row.min,
            max: row.max,
        };
        let mut nodes: Vec<NodeId> = cluster.nodes.ids().collect();
        nodes.sort_by_key(|node| (cluster.nodes[*node].group, cluster.nodes[*node].ordinal));
        let mut scene = Self {
            seconds: at.since(clock.report_start()).as_secs_f64(),
            clock: format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60),
            groups: cluster.groups.iter_enumerated().map(group).collect(),
            nodes: nodes.into_iter().map(|node| scene_node(node, world, model, at)).collect(),
            pending: Vec::new(),
            pending_count: cluster.counts.pending.into(),
            counts: std::collections::BTreeMap::new(),
            hub: model.hub.as_ref().map(|_| scene_hub(world)),
            owners: owners(model),
        };
        for pod in scene.nodes.iter().flat_map(|node| &node.pods) {
            *scene.counts.entry(pod.state.clone()).or_default() += 1;
        }
        scene.pending = pending(world, model, at);
        scene
    }

    /// What a pod is called.
    pub fn pod_name(&self, pod: &ScenePod) -> String {
        let owner = self.owners.get(pod.owner as usize).map_or("pod", String::as_str);
        format!("{owner}-{}", pod.ordinal)
    }
}

/// Audiences first, then workloads.
fn owners(model: &Model) -> Vec<String> {
    let audiences = model.audiences.iter().map(|row| row.name.clone());
    audiences.chain(model.workloads.iter().map(|row| row.name.clone())).collect()
}

fn owner_index(owner: PodOwner, model: &Model) -> u32 {
    use crate::ids::Id;
    match owner {
        PodOwner::User(audience) => audience.index() as u32,
        PodOwner::Workload(workload) => (model.audiences.len() + workload.index()) as u32,
    }
}

fn scene_node(node: NodeId, world: &World, model: &Model, at: SimTime) -> SceneNode {
    let row = &world.cluster().nodes[node];
    let group = &model.groups[row.group];
    let requested = world.requested(node);
    let mut pods: Vec<PodId> = world.pods_on(node).collect();
    pods.sort_by_key(|pod| world.cluster().pods[*pod].uid);
    let namer = Namer::new(model, world);
    let name = namer.node(node);
    let alias = Some(namer.known_as(row.name)).filter(|alias| *alias != name);
    let resource = |allocatable: u64, reserved: u64, requested: u64| Amounts {
        allocatable: allocatable + reserved,
        reserved,
        requested,
        ..Amounts::default()
    };
    SceneNode {
        name,
        alias,
        group: group.name.clone(),
        zone: model.zones[row.zone].clone(),
        ready: ready(row.health.ready).to_owned(),
        cordoned: row.cordoned,
        leaving: row.leaving,
        faults: faults(&row.health).into_iter().map(str::to_owned).collect(),
        cpu: resource(group.allocatable.cpu_millis, group.daemon_sets.cpu_millis, requested.cpu_millis),
        memory: Amounts {
            used: model.watches_memory.then(|| world.memory().on(node).amount(at)),
            ..resource(group.allocatable.memory_bytes, group.daemon_sets.memory_bytes, requested.memory_bytes)
        },
        pod_slots: group.allocatable.pods,
        pods: pods.into_iter().map(|pod| scene_pod(pod, world, model)).collect(),
    }
}

fn scene_pod(pod: PodId, world: &World, model: &Model) -> ScenePod {
    let row = &world.cluster().pods[pod];
    ScenePod {
        uid: row.uid,
        owner: owner_index(row.owner, model),
        ordinal: row.ordinal,
        state: state(pod, world, model).to_owned(),
        memory: row.requests.memory_bytes,
        cpu: row.requests.cpu_millis,
    }
}

/// How a pod is, in one word.
fn state(pod: PodId, world: &World, model: &Model) -> &'static str {
    let row = &world.cluster().pods[pod];
    let server = row.server.and_then(|server| world.services().servers.resolve(server));
    match row.phase {
        _ if row.deletion_requested_at.is_some() => "terminating",
        _ if model.classes[row.class].priority < 0 => "placeholder",
        PodPhase::Pending => "pending",
        PodPhase::Starting => "starting",
        PodPhase::Ended | PodPhase::Lost => "ended",
        PodPhase::Running if !world.pod_answers(pod) => "silent",
        PodPhase::Running => match server.map(|server| world.services().servers[server].state) {
            Some(ServerState::Ready) => "answering",
            _ => "running",
        },
    }
}

fn pending(world: &World, model: &Model, at: SimTime) -> Vec<ScenePending> {
    let cluster = world.cluster();
    let mut waiting: Vec<PodId> =
        cluster.pods.iter().filter(|(_, row)| row.phase == PodPhase::Pending).map(|(pod, _)| pod).collect();
    waiting.sort_by_key(|pod| cluster.pods[*pod].uid);
    let namer = Namer::new(model, world);
    let told = |pod: PodId| {
        let row = &cluster.pods[pod];
        let why = row.why.as_ref().map(|why| why.message(&cluster.placement.symbols, model.era));
        ScenePending {
            uid: row.uid,
            name: namer.pod(pod),
            waited_seconds: at.since(row.created_at).as_secs_f64(),
            message: why.unwrap_or_default(),
            placeholder: model.classes[row.class].priority < 0,
        }
    };
    waiting.into_iter().take(MOST_PENDING).map(told).collect()
}

fn scene_hub(world: &World) -> SceneHub {
    let services = world.services();
    let stopping = services.servers.iter().filter(|(_, row)| row.state == ServerState::Stopping).count();
    SceneHub {
        up: services.hub_up,
        culler_stalled: services.culler_stalled,
        waiting: services.waiting.iter().sum(),
        spawning: services.spawning,
        ready: services.ready,
        stopping: stopping as u32,
    }
}

fn ready(ready: Ready) -> &'static str {
    match ready {
        Ready::True => "Ready",
        Ready::False => "NotReady",
        Ready::Unknown => "Unknown",
    }
}

/// What is wrong with a node.
fn faults(health: &Health) -> Vec<&'static str> {
    let mut faults = Vec::new();
    match health.machine {
        Machine::Up => {}
        Machine::Down => faults.push("machine down"),
        Machine::Gone => faults.push("machine gone"),
    }
    if health.network != PodNetwork::Alive {
        faults.push("pod network dead");
    }
    match health.disk {
        DiskState::Well => {}
        DiskState::ReadOnly => faults.push("disk read-only"),
        DiskState::Slow(_) => faults.push("disk slow"),
    }
    if health.dns != DnsState::Alive {
        faults.push("DNS dead");
    }
    match health.kubelet {
        KubeletState::Well => {}
        KubeletState::Silent => faults.push("kubelet silent"),
        KubeletState::Starved => faults.push("kubelet starved"),
    }
    if health.reclaimed {
        faults.push("taken back by the provider");
    }
    faults
}

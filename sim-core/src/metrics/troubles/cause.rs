//! Why it goes wrong, as far as the world tells in the moment in which it does.

use crate::ids::{ClassId, GroupId, PodId, ServiceId, VolumeId, WorkloadId};
use crate::model::{DiskState, DnsState, KubeletState, Model, PodNetwork};
use crate::placement::{Reason, Symbol};
use crate::time::{SimDuration, SimTime};
use crate::trace::Namer;
use crate::world::{AttachState, Health, Machine, Pod, PodPhase, Ready, World};

/// Why something ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The hub does not answer; why, if its pod tells.
    Hub(Option<Obstacle>),
    /// The hub was restarted.
    HubRestarted,
    /// A service that launches need does not answer.
    Service(Option<ServiceId>, Option<Obstacle>),
    /// As many spawns are under way as the hub allows; what holds them up.
    SpawnLimit(Option<Obstacle>),
    /// As many servers are there as the hub allows.
    ServerLimit,
    /// The hub does not hear what becomes of its pods.
    Reflector,
    /// BinderHub refuses: too many pods.
    Quota,
    /// Something that there is only so much of is used up.
    LimitFull,
    /// Of the pod itself.
    Pod(Obstacle),
    /// The pod went away.
    PodGone,
    /// Nothing that could be named.
    Unknown,
}

/// What keeps a pod from serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Obstacle {
    /// There is no pod.
    NoPod,
    /// It is on a node, by name, with a fault.
    Node(Symbol, Fault),
    /// It is on one of several nodes with the same fault.
    Nodes(Fault),
    /// No node takes it.
    NoRoom(Option<Reason>, Room),
    /// It waits for a volume, which is attached to the node of that name.
    Volume(VolumeId, Option<Symbol>),
    /// Its container is not up.
    Starting,
    /// It runs, and does not answer.
    Silent,
    /// A container of it was killed, and waits for its next start.
    Killed,
    /// It is to go, and has no successor yet.
    Leaving,
}

/// What is wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Its machine is down or gone.
    Machine,
    /// Its pod network is dead; whether it says that it is Ready all the same.
    Network(bool),
    /// Name resolution on it fails.
    Dns,
    /// Its disk is slow or read-only.
    Disk,
    /// Its kubelet does not do its work.
    Kubelet,
    /// The provider takes it back.
    Reclaimed,
    /// It is not Ready.
    NotReady,
}

/// Why there is no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// New nodes are under way.
    Boot,
    /// A group stands at its ceiling.
    Ceiling(GroupId, u32),
    /// The cloud has no machines.
    StockOut,
    /// Nothing adds nodes that would take it.
    Fixed,
    /// The autoscaler could add nodes and does not.
    Idle,
}

impl Fault {
    /// What is wrong with a node, the worst of it.
    pub fn of(health: &Health) -> Option<Self> {
        match health {
            _ if health.machine != Machine::Up => Some(Self::Machine),
            _ if health.network != PodNetwork::Alive => Some(Self::Network(health.ready == Ready::True)),
            _ if health.dns != DnsState::Alive => Some(Self::Dns),
            _ if health.disk != DiskState::Well => Some(Self::Disk),
            _ if health.kubelet != KubeletState::Well => Some(Self::Kubelet),
            _ if health.reclaimed => Some(Self::Reclaimed),
            _ if health.ready != Ready::True => Some(Self::NotReady),
            _ => None,
        }
    }

    /// As part of a name: `node 2fhq, Ready without a pod network, ...`.
    fn text(self) -> &'static str {
        match self {
            Self::Machine => "down",
            Self::Network(true) => "Ready without a pod network",
            Self::Network(false) => "without a pod network",
            Self::Dns => "without name resolution",
            Self::Disk => "with a broken disk",
            Self::Kubelet => "with a kubelet that does nothing",
            Self::Reclaimed => "taken back by its provider",
            Self::NotReady => "not Ready",
        }
    }

    /// After `which`.
    fn clause(self) -> &'static str {
        match self {
            Self::Machine => "is down",
            Self::Network(true) => "is Ready without a pod network",
            Self::Network(false) => "has no pod network",
            Self::Dns => "resolves no names",
            Self::Disk => "has a broken disk",
            Self::Kubelet => "has a kubelet that does nothing",
            Self::Reclaimed => "is taken back by its provider",
            Self::NotReady => "is not Ready",
        }
    }
}

/// What the scheduler said last of a pod that it found no node for, and how room stood then.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Why most nodes refuse it; `None`: there is none.
    pub reason: Option<Reason>,
    /// Whether more nodes may come.
    pub room: Room,
}

impl Room {
    /// Why the nodes that a class may run on are all there are.
    pub fn of(class: ClassId, world: &World, model: &Model) -> Self {
        let groups = &world.cluster().groups;
        let may_grow = |group: &GroupId| {
            let row = &groups[*group];
            // A group makes machines of its own accord for those that it lost.
            let grows = (row.min < row.max && model.autoscaler.is_some()) || row.upcoming() > 0;
            model.classes[class].admits[*group] && grows
        };
        let growing: Vec<GroupId> = model.groups.ids().filter(may_grow).collect();
        let out = |group: &GroupId| {
            world.cluster().stock_outs.iter().any(|(of, _)| of.is_none_or(|of| of == *group))
        };
        match growing.iter().max_by_key(|group| groups[**group].max) {
            None => Self::Fixed,
            _ if growing.iter().any(|group| groups[*group].upcoming() > 0 && !out(group)) => Self::Boot,
            _ if growing.iter().any(|group| groups[*group].upcoming() > 0) => Self::StockOut,
            Some(group) if growing.iter().all(|group| groups[*group].target >= groups[*group].max) => {
                Self::Ceiling(*group, groups[*group].max)
            }
            _ if growing.iter().any(out) => Self::StockOut,
            Some(_) => Self::Idle,
        }
    }
}

impl Obstacle {
    /// What keeps one pod from serving; `told` is what the scheduler said of it last.
    pub fn of_pod(pod: PodId, told: Option<Told>, world: &World) -> Self {
        let row = &world.cluster().pods[pod];
        let node = row.node.map(|node| &world.cluster().nodes[node]);
        let fault = node.and_then(|node| Some((node.name, Fault::of(&node.health)?)));
        match (row.phase, fault) {
            (PodPhase::Pending, _) => {
                Self::NoRoom(told.and_then(|told| told.reason), told.map_or(Room::Idle, |told| told.room))
            }
            (PodPhase::Lost, _) => Self::Leaving,
            (PodPhase::Starting, _) if world.waits_for_volumes(pod) => {
                let volumes = world.volumes();
                let away = volumes.of_pod(row.uid).iter().copied().find(|volume| {
                    let at = volumes.rows[*volume].attachment;
                    at.is_none_or(|at| {
                        at.state != AttachState::Attached
                            || world.cluster().nodes.resolve(at.node) != row.node
                    })
                });
                let volume = away.or_else(|| volumes.of_pod(row.uid).first().copied());
                let holder = |volume: VolumeId| {
                    let at = volumes.rows[volume].attachment?;
                    let node = world.cluster().nodes.resolve(at.node).filter(|at| Some(*at) != row.node)?;
                    Some(world.cluster().nodes[node].name)
                };
                volume.map_or(Self::Starting, |volume| Self::Volume(volume, holder(volume)))
            }
            (_, Some((node, fault))) => Self::Node(node, fault),
            (PodPhase::Running, None) if row.containers.iter().any(|of| of.down) => Self::Killed,
            (PodPhase::Starting, None) => Self::Starting,
            (PodPhase::Running | PodPhase::Ended, None) => Self::Silent,
        }
    }

    /// What keeps a workload's pods from serving: what the youngest waits for that is to stay.
    pub fn of_workload(workload: WorkloadId, told: impl Fn(PodId) -> Option<Told>, world: &World) -> Self {
        let staying = world.pods_of(workload).filter(|(_, row)| row.is_active()).last();
        match staying.or_else(|| world.pods_of(workload).last()) {
            None => Self::NoPod,
            Some((pod, row)) if !row.is_active() => match Self::of_pod(pod, None, world) {
                fault @ Self::Node(..) => fault,
                _ => Self::Leaving,
            },
            Some((pod, _)) => Self::of_pod(pod, told(pod), world),
        }
    }

    /// Where most of a wait for a container went that runs now. `lacked`: how long there were no machines for its
    /// node meanwhile.
    pub fn of_wait(
        row: &Pod,
        asked: SimTime,
        told: Option<Told>,
        lacked: SimDuration,
        world: &World,
    ) -> Self {
        let node = row.node.map(|node| &world.cluster().nodes[node]);
        let fault = node.and_then(|node| Some((node.name, Fault::of(&node.health)?)));
        let pending = row.bound_at.since(asked);
        let starting = row.started_at.min(world.now()).since(row.bound_at.min(world.now()));
        let rest = world.now().since(row.started_at.min(world.now()));
        match fault {
            _ if pending >= starting.max(rest) => {
                // Whoever got a node that came later had waited for it.
                let booted =
                    node.zip(row.unschedulable_since).is_some_and(|(node, since)| node.added_at > since);
                let room = match told.map(|told| told.room) {
                    // There were none to be had for a while, or there might be no more.
                    Some(room @ (Room::StockOut | Room::Ceiling(..))) => room,
                    _ if booted && lacked.times(2) >= pending => Room::StockOut,
                    _ if booted => Room::Boot,
                    room => room.unwrap_or(Room::Idle),
                };
                Self::NoRoom(told.and_then(|told| told.reason), room)
            }
            Some((node, fault)) => Self::Node(node, fault),
            None if starting >= rest => Self::Starting,
            None => Self::Silent,
        }
    }

    /// The same as the end of a sentence whose subject is `pod`: `its pod`, `pods`.
    fn text(self, whose: Whose, naming: &Naming<'_>) -> String {
        let (pod, s) = (whose.pod(), if whose.is_one() { "s" } else { "" });
        match self {
            Self::NoPod => "it has no pod".to_owned(),
            Self::Node(node, fault) => {
                format!("{pod} {} on node {}, which {}", whose.are(), naming.node(node), fault.clause())
            }
            Self::Nodes(fault) => format!("{pod} {} on nodes {}", whose.are(), fault.text()),
            Self::NoRoom(reason, room) => {
                let reason = reason.map_or(String::new(), |reason| format!(" ({})", naming.reason(reason)));
                match room {
                    Room::Boot => format!("no node has room{reason} until new ones have booted"),
                    Room::Ceiling(group, max) => {
                        let group = naming.group(group);
                        format!("no node has room{reason} and `{group}` stands at its ceiling of {max}")
                    }
                    Room::StockOut => format!("no node has room{reason} and the cloud has no machines"),
                    Room::Fixed => format!("no node has room{reason} and nothing adds nodes"),
                    Room::Idle => format!("no node has room{reason}"),
                }
            }
            Self::Volume(volume, Some(node)) => format!(
                "{pod} wait{s} for volume {}, which is still attached to node {}",
                naming.volume(volume),
                naming.node(node)
            ),
            Self::Volume(volume, None) => format!("{pod} wait{s} for volume {}", naming.volume(volume)),
            Self::Starting => format!("{pod} take{s} that long to start"),
            Self::Silent => format!("{pod} run{s} without an answer"),
            Self::Killed => format!("{pod} {} killed for want of memory, again and again", whose.are()),
            Self::Leaving => format!("{pod} {} being deleted, and no other takes over", whose.are()),
        }
    }
}

/// Whose pods a sentence is about.
#[derive(Clone, Copy)]
enum Whose {
    Hub,
    Its,
    Users,
}

impl Whose {
    fn pod(self) -> &'static str {
        match self {
            Self::Hub | Self::Its => "its pod",
            Self::Users => "pods",
        }
    }
    fn is_one(self) -> bool {
        !matches!(self, Self::Users)
    }
    fn are(self) -> &'static str {
        if self.is_one() { "is" } else { "are" }
    }
}

/// What things are called in the causes.
pub(super) struct Naming<'a> {
    pub model: &'a Model,
    pub world: &'a World,
}

impl Naming<'_> {
    fn node(&self, name: Symbol) -> String {
        Namer::new(self.model, self.world).known_as(name)
    }
    fn group(&self, group: GroupId) -> &str {
        &self.model.groups[group].name
    }
    fn volume(&self, volume: VolumeId) -> String {
        Namer::new(self.model, self.world).volume(volume)
    }
    fn reason(&self, reason: Reason) -> String {
        reason.text(&self.world.cluster().placement.symbols, self.model.era)
    }
}

impl Cause {
    /// Why launches failed, or took so long. `rules` is the share of the launches that fail, of all.
    pub fn of_launches(self, rules: f64, naming: &Naming<'_>) -> String {
        match self {
            Self::Hub(None) => "the hub is down".to_owned(),
            Self::Hub(Some(obstacle)) => {
                format!("the hub is down, {}", obstacle.text(Whose::Hub, naming))
            }
            Self::HubRestarted => "the hub restarts and gives up what it was starting".to_owned(),
            Self::Service(service, obstacle) => {
                let name = service.map(|service| format!(" `{}`", naming.model.services[service].name));
                let why = obstacle.map(|obstacle| format!(", {}", obstacle.text(Whose::Its, naming)));
                format!("the service{} does not answer{}", name.unwrap_or_default(), why.unwrap_or_default())
            }
            Self::SpawnLimit(obstacle) => {
                let why =
                    obstacle.map(|obstacle| format!(", because {}", obstacle.text(Whose::Users, naming)));
                let limit = naming.model.hub.as_ref().map_or(0, |hub| hub.concurrent_spawn_limit);
                format!("the hub starts no more than {limit} at a time{}", why.unwrap_or_default())
            }
            Self::ServerLimit => {
                let limit = naming.model.hub.as_ref().map_or(0, |hub| hub.active_server_limit);
                format!("the hub takes no more than {limit} servers")
            }
            Self::Reflector => "the hub does not hear that its pods run".to_owned(),
            Self::Quota => "BinderHub has its quota of pods".to_owned(),
            Self::LimitFull => "something that a launch needs is used up".to_owned(),
            Self::Pod(Obstacle::Node(node, fault)) => {
                let node = naming.node(node);
                let share = if rules >= 0.9 { "every new pod" } else { "new pods" };
                format!("node {node}, {}, swallows {share}", fault.text())
            }
            Self::Pod(Obstacle::Nodes(fault)) => format!("nodes {} take new pods", fault.text()),
            Self::Pod(Obstacle::Silent) => "servers take too long to answer".to_owned(),
            Self::Pod(obstacle) => obstacle.text(Whose::Users, naming),
            Self::PodGone => "pods go away before their server answers".to_owned(),
            Self::Unknown => String::new(),
        }
    }

    /// Why the pods of one workload, or of `several`, are not there.
    pub fn of_workloads(self, several: bool, naming: &Naming<'_>) -> String {
        match self {
            Self::Pod(obstacle) => obstacle.text(if several { Whose::Users } else { Whose::Its }, naming),
            _ => String::new(),
        }
    }

    /// Why pods wait for a node.
    pub fn of_pods(self, naming: &Naming<'_>) -> String {
        match self {
            Self::Pod(obstacle) => obstacle.text(Whose::Users, naming),
            _ => String::new(),
        }
    }
}

//! The catalogue of metrics: everything that a check can ask for.
//!
//! Four kinds. A *level* is a number of things that are there; it has a value at every instant. A
//! *flow* counts things that happen. A *ratio* is a share of things that happen. A *duration* is a
//! sample of spans, each taken at the moment it is complete. Levels of nodes are three, since a cloud's
//! target, the Node objects and what a dashboard of schedulable nodes shows are different numbers; pods
//! in the hub's records, in the cluster and in users' hands are likewise kept apart.

use super::ast::Function;
use super::unit::Unit;

/// Something that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// A number of things at an instant.
    Level(Level),
    /// Things that happen.
    Flow(Flow),
    /// A share of things that happen.
    Ratio(Ratio),
    /// Spans of time.
    Sample(Sample),
}

/// Metrics with a value at every instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described once, in the catalogue")]
pub enum Level {
    NodesTotal,
    NodesReady,
    NodesNotReady,
    NodesUnknown,
    NodesSchedulable,
    NodesTarget,
    NodesCeiling,
    PodsTotal,
    PodsPending,
    PodsStarting,
    PodsRunning,
    PodsTerminating,
    PodsStuck,
    ContainersAlive,
    ServersTotal,
    ServersSpawning,
    ServersReady,
    UsersWaiting,
    MemoryRequested,
    CpuRequested,
    MemoryRequestedBytes,
    CpuRequestedMillis,
    PodsReady,
    CostPerHour,
    NodesMemoryPressure,
    ContainersWaiting,
    MemoryAllocatableBytes,
}

/// Metrics that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described once, in the catalogue")]
pub enum Flow {
    PodsCreated,
    PodsUnschedulable,
    PodsBound,
    PodsStarted,
    PodsEnded,
    PodsRemoved,
    NodesRequested,
    NodesAdded,
    NodesRemoved,
    NodesUnready,
    LaunchStarted,
    LaunchSucceeded,
    LaunchFailed,
    ServersCulled,
    OomKills,
    PodsEvicted,
    ContainersRestarted,
    NodesStarved,
    NodesStarvedAgain,
    JobsDone,
    JobsFailed,
}

/// Metrics that are shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described once, in the catalogue")]
pub enum Ratio {
    LaunchSuccess,
}

/// Metrics that are samples of durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described once, in the catalogue")]
pub enum Sample {
    LaunchWait,
    PodsWait,
    PodsLifetime,
    PodsFailedLifetime,
}

/// What kind of metric it is, and so what can be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value at every instant.
    Level,
    /// Counted.
    Flow,
    /// A share.
    Ratio,
    /// A sample of durations.
    Duration,
}

impl Kind {
    /// Its name in the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Flow => "flow",
            Self::Ratio => "ratio",
            Self::Duration => "duration",
        }
    }

    /// The functions over a window that make sense for it.
    pub const fn functions(self) -> &'static [Function] {
        match self {
            Self::Level => &[Function::Mean, Function::Min, Function::Max, Function::Last],
            Self::Flow => &[Function::Count],
            Self::Ratio => &[Function::Mean, Function::Share, Function::Count],
            Self::Duration => &[
                Function::Mean,
                Function::Min,
                Function::Max,
                Function::Count,
                Function::Sum,
                Function::P50,
                Function::P90,
                Function::P95,
                Function::P99,
            ],
        }
    }
}

/// Which labels a metric has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// `group`
    Group,
    /// `audience`
    Audience,
    /// `audience` or `workload`, and `group`: pods belong to one population and may be on a node.
    Pods,
    /// As `Pods`, and `olderThan` and `youngerThan` at an instant.
    PodsByAge,
}

impl Labels {
    /// The labels' names.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Group => &["group"],
            Self::Audience => &["audience"],
            Self::Pods => &["audience", "workload", "group"],
            Self::PodsByAge => &["audience", "workload", "group", "olderThan", "youngerThan"],
        }
    }
}

/// A line of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name in checks and series.
    pub name: &'static str,
    /// What it is.
    pub metric: Metric,
    /// The unit of its values.
    pub unit: Unit,
    /// What its values count; empty for shares and amounts.
    pub noun: &'static str,
    /// Its labels.
    pub labels: Labels,
    /// What it is, for the documentation.
    pub about: &'static str,
}

const fn entry(
    name: &'static str,
    metric: Metric,
    unit: Unit,
    noun: &'static str,
    labels: Labels,
    about: &'static str,
) -> Entry {
    Entry { name, metric, unit, noun, labels, about }
}

use Labels::{Audience, Group, Pods, PodsByAge};
use Unit as U;

/// Every metric, in the order of the documentation.
#[rustfmt::skip]
pub static CATALOGUE: [Entry; 53] = [
    entry("nodes.total", Metric::Level(Level::NodesTotal), U::PLAIN, "nodes", Group, "Node objects."),
    entry("nodes.ready", Metric::Level(Level::NodesReady), U::PLAIN, "nodes", Group, "Nodes whose condition is Ready, cordoned or not."),
    entry("nodes.notReady", Metric::Level(Level::NodesNotReady), U::PLAIN, "nodes", Group, "Nodes that say themselves that they are not Ready."),
    entry("nodes.unknown", Metric::Level(Level::NodesUnknown), U::PLAIN, "nodes", Group, "Nodes that have said nothing for the grace period."),
    entry("nodes.schedulable", Metric::Level(Level::NodesSchedulable), U::PLAIN, "nodes", Group, "Ready nodes that take new pods: not cordoned, not being given back."),
    entry("nodes.target", Metric::Level(Level::NodesTarget), U::PLAIN, "nodes", Group, "The size that the cloud is asked for."),
    entry("nodes.ceiling", Metric::Level(Level::NodesCeiling), U::PLAIN, "nodes", Group, "The sum of `max` over the groups."),
    entry("pods.total", Metric::Level(Level::PodsTotal), U::PLAIN, "pods", PodsByAge, "Pod objects in any state."),
    entry("pods.pending", Metric::Level(Level::PodsPending), U::PLAIN, "pods", PodsByAge, "Pods that have no node yet."),
    entry("pods.starting", Metric::Level(Level::PodsStarting), U::PLAIN, "pods", PodsByAge, "Pods that have a node, but no running container yet."),
    entry("pods.running", Metric::Level(Level::PodsRunning), U::PLAIN, "pods", PodsByAge, "Pods whose container runs and whose deletion nobody has asked for."),
    entry("pods.terminating", Metric::Level(Level::PodsTerminating), U::PLAIN, "pods", PodsByAge, "Pods whose deletion somebody has asked for."),
    entry("pods.stuck", Metric::Level(Level::PodsStuck), U::PLAIN, "pods", Pods, "Terminating pods on nodes that are not Ready, or whose Node object is gone: nobody confirms that they have stopped."),
    entry("containers.alive", Metric::Level(Level::ContainersAlive), U::PLAIN, "containers", Pods, "Containers on nodes, those of terminating pods too."),
    entry("servers.total", Metric::Level(Level::ServersTotal), U::PLAIN, "servers", Audience, "Server records of the hub."),
    entry("servers.spawning", Metric::Level(Level::ServersSpawning), U::PLAIN, "servers", Audience, "Servers that do not answer yet."),
    entry("servers.ready", Metric::Level(Level::ServersReady), U::PLAIN, "servers", Audience, "Servers that answer, as far as the hub knows."),
    entry("users.waiting", Metric::Level(Level::UsersWaiting), U::PLAIN, "users", Audience, "Users who wait for a server."),
    entry("cluster.memoryRequested", Metric::Level(Level::MemoryRequested), U::PLAIN, "", Group, "Memory requested by pods, as a share of what is allocatable on Ready nodes."),
    entry("cluster.cpuRequested", Metric::Level(Level::CpuRequested), U::PLAIN, "", Group, "CPU requested by pods, as a share of what is allocatable on Ready nodes."),
    entry("cluster.memoryRequestedBytes", Metric::Level(Level::MemoryRequestedBytes), U::BYTES, "", Group, "Memory requested by pods on nodes."),
    entry("cluster.cpuRequestedMillis", Metric::Level(Level::CpuRequestedMillis), U::PLAIN, "millicores", Group, "CPU requested by pods on nodes, in thousandths of a core."),
    entry("pods.ready", Metric::Level(Level::PodsReady), U::PLAIN, "pods", Pods, "Pods that are Ready and whose deletion nobody has asked for: what a Service sends requests to."),
    entry("cluster.costPerHour", Metric::Level(Level::CostPerHour), U::PLAIN, "dollars", Group, "Price of all machines that have joined and exist, for an hour."),
    entry("nodes.memoryPressure", Metric::Level(Level::NodesMemoryPressure), U::PLAIN, "nodes", Group, "Nodes with the condition MemoryPressure: their kubelets evict, and take no BestEffort pods."),
    entry("containers.waiting", Metric::Level(Level::ContainersWaiting), U::PLAIN, "containers", Pods, "Containers that were killed and wait to be started again (CrashLoopBackOff)."),
    entry("cluster.memoryAllocatableBytes", Metric::Level(Level::MemoryAllocatableBytes), U::BYTES, "", Group, "Memory that pods may request on Ready nodes, without what DaemonSets request."),
    entry("pods.created", Metric::Flow(Flow::PodsCreated), U::PLAIN, "pods", Pods, "Pods created."),
    entry("pods.unschedulable", Metric::Flow(Flow::PodsUnschedulable), U::PLAIN, "pods", Pods, "Pods found unschedulable for the first time."),
    entry("pods.bound", Metric::Flow(Flow::PodsBound), U::PLAIN, "pods", Pods, "Pods given a node."),
    entry("pods.started", Metric::Flow(Flow::PodsStarted), U::PLAIN, "pods", Pods, "Pods whose container began to run."),
    entry("pods.ended", Metric::Flow(Flow::PodsEnded), U::PLAIN, "pods", Pods, "Pods whose container ended by itself."),
    entry("pods.removed", Metric::Flow(Flow::PodsRemoved), U::PLAIN, "pods", Pods, "Pod objects gone."),
    entry("nodes.requested", Metric::Flow(Flow::NodesRequested), U::PLAIN, "nodes", Group, "Increases of the target size, counted in nodes."),
    entry("nodes.added", Metric::Flow(Flow::NodesAdded), U::PLAIN, "nodes", Group, "Nodes that joined."),
    entry("nodes.removed", Metric::Flow(Flow::NodesRemoved), U::PLAIN, "nodes", Group, "Nodes that left."),
    entry("nodes.unready", Metric::Flow(Flow::NodesUnready), U::PLAIN, "nodes", Group, "Nodes that were Ready and are no longer."),
    entry("launch.started", Metric::Flow(Flow::LaunchStarted), U::PLAIN, "launches", Audience, "Users who asked for a server, each try counted."),
    entry("launch.succeeded", Metric::Flow(Flow::LaunchSucceeded), U::PLAIN, "launches", Audience, "Launches that ended with a server that answers."),
    entry("launch.failed", Metric::Flow(Flow::LaunchFailed), U::PLAIN, "launches", Audience, "Launches that ended without."),
    entry("servers.culled", Metric::Flow(Flow::ServersCulled), U::PLAIN, "servers", Audience, "Servers that the culler stopped."),
    entry("oom.kills", Metric::Flow(Flow::OomKills), U::PLAIN, "kills", Pods, "Containers, and processes in them, that the kernel killed for want of memory."),
    entry("pods.evicted", Metric::Flow(Flow::PodsEvicted), U::PLAIN, "pods", Pods, "Pods that kubelets evicted for want of memory or disk."),
    entry("containers.restarted", Metric::Flow(Flow::ContainersRestarted), U::PLAIN, "containers", Pods, "Containers started again after they were killed."),
    entry("nodes.starved", Metric::Flow(Flow::NodesStarved), U::PLAIN, "nodes", Group, "Nodes lost because their daemons had no memory left."),
    entry("nodes.starvedAgain", Metric::Flow(Flow::NodesStarvedAgain), U::PLAIN, "nodes", Group, "Of these, nodes lost through what had cost another node before: a failure that spreads."),
    entry("jobs.done", Metric::Flow(Flow::JobsDone), U::PLAIN, "jobs", Group, "Jobs of queues that were answered."),
    entry("jobs.failed", Metric::Flow(Flow::JobsFailed), U::PLAIN, "tries", Group, "Tries of jobs of queues that failed."),
    entry("launch.success", Metric::Ratio(Ratio::LaunchSuccess), U::PLAIN, "", Audience, "The share of launches that succeed, taken when they end."),
    entry("launch.wait", Metric::Sample(Sample::LaunchWait), U::TIME, "", Audience, "From a user's request to a server that answers, for launches that succeed."),
    entry("pods.wait", Metric::Sample(Sample::PodsWait), U::TIME, "", Pods, "From a pod's creation to its running container."),
    entry("pods.lifetime", Metric::Sample(Sample::PodsLifetime), U::TIME, "", Pods, "From a pod's creation to its removal."),
    entry("pods.failedLifetime", Metric::Sample(Sample::PodsFailedLifetime), U::TIME, "", Pods, "As `pods.lifetime`, of pods whose server failed to start."),
];

impl Metric {
    /// What kind of metric it is.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Level(_) => Kind::Level,
            Self::Flow(_) => Kind::Flow,
            Self::Ratio(_) => Kind::Ratio,
            Self::Sample(_) => Kind::Duration,
        }
    }

    /// Its line of the catalogue.
    pub fn entry(self) -> &'static Entry {
        CATALOGUE.iter().find(|entry| entry.metric == self).expect("every metric is in the catalogue")
    }
}

impl Level {
    /// How many there are.
    pub const COUNT: usize = Self::MemoryAllocatableBytes as usize + 1;
}

impl Flow {
    /// How many there are.
    pub const COUNT: usize = Self::JobsFailed as usize + 1;
}

impl Sample {
    /// How many there are.
    pub const COUNT: usize = Self::PodsFailedLifetime as usize + 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `docs/checks.md` is written by this function and compared line by line.
    fn documented(entry: &Entry) -> String {
        let functions: Vec<_> =
            entry.metric.kind().functions().iter().map(|function| function.name()).collect();
        let labels: Vec<_> = entry.labels.names().iter().map(|name| format!("`{name}`")).collect();
        let unit = match (entry.unit, entry.noun) {
            (Unit::TIME, _) => "time",
            (Unit::BYTES, _) => "bytes",
            (_, "") => "share",
            (_, noun) => noun,
        };
        format!(
            "| `{}` | {} | {unit} | {} | {} | {} |",
            entry.name,
            entry.metric.kind().name(),
            functions.join(", "),
            labels.join(", "),
            entry.about
        )
    }

    #[test]
    fn the_documentation_has_every_metric_and_no_other() {
        let documentation = include_str!("../../../docs/checks.md");
        let is_metric =
            |line: &&str| line.starts_with("| `") && line.contains('.') && line.matches(" | ").count() == 5;
        let written: Vec<_> = documentation.lines().filter(is_metric).collect();
        let expected: Vec<_> = CATALOGUE.iter().map(documented).collect();
        assert_eq!(written.join("\n"), expected.join("\n"), "expected:\n{}", expected.join("\n"));
    }

    fn number(metric: Metric) -> usize {
        match metric {
            Metric::Level(level) => level as usize,
            Metric::Flow(flow) => flow as usize,
            Metric::Ratio(ratio) => ratio as usize,
            Metric::Sample(sample) => sample as usize,
        }
    }

    #[test]
    fn every_metric_is_in_the_catalogue_once() {
        let count = |kind: Kind| CATALOGUE.iter().filter(|entry| entry.metric.kind() == kind).count();
        assert_eq!(count(Kind::Level), Level::COUNT);
        assert_eq!(count(Kind::Flow), Flow::COUNT);
        assert_eq!(count(Kind::Duration), Sample::COUNT);
        for (index, entry) in CATALOGUE.iter().enumerate() {
            let before = &CATALOGUE[..index];
            assert!(before.iter().all(|other| other.name != entry.name && other.metric != entry.metric));
            // `metrics` lays out its tables in this order.
            let of_kind = before.iter().filter(|other| other.metric.kind() == entry.metric.kind());
            assert_eq!(of_kind.count(), number(entry.metric), "{}", entry.name);
        }
    }
}

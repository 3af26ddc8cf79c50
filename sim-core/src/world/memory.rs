//! Memory in use on nodes, what was killed for want of it, and the verbs that change both.
//!
//! A container's use is a line ([`Linear`]); the use of a node's pods is the exact sum of them, kept as one line.
//! Beside the pods stand processes that no pod owns: daemons, and builds that somebody starts through the runtime's
//! socket. Whoever keeps such a process changes its use by [`World::set_process_use`] and hears of its death.
//!
//! Invariants: a node's line is the sum of the lines of the containers that are up on it; a container that is down, or
//! whose machine is, uses nothing; of pods whose classes say nothing about use there are no container rows.

use super::{Change, Death, Machine, PodPhase, World};
use crate::ids::{Handle, IdVec, NodeId, PodId, ProcessId, Slots};
use crate::model::{KubeletState, Linear, Model, NodeFault, PodNetwork};
use crate::time::SimTime;

/// Memory in use on nodes.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// By slot of the node.
    nodes: IdVec<NodeId, NodeUse>,
    /// Processes outside of all pods.
    pub processes: Slots<ProcessId, Process>,
    /// What was killed, in order.
    pub deaths: Vec<Death>,
}

/// Memory in use on a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeUse {
    /// By pods.
    pub pods: Linear,
    /// By processes outside of them; the system's own is the node group's.
    pub processes: Linear,
    /// The node's condition MemoryPressure.
    pub pressure: bool,
    /// Its daemons starve.
    pub starved: bool,
}

impl NodeUse {
    /// What pods and processes outside of them use at `at`; not the system's own.
    pub fn amount(&self, at: SimTime) -> u64 {
        self.pods.plus(self.processes, at).amount(at)
    }
}

/// A container of a pod, as far as memory and disk go.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContainerState {
    /// What it uses.
    pub line: Linear,
    /// What it uses of its node's disk.
    pub disk: Linear,
    /// How often it has started.
    pub lives: u32,
    /// It was killed and has not started again.
    pub down: bool,
    /// `restartCount`: how often it has started again, after it was killed or with its machine.
    pub restarts: u32,
}

/// A process on a node that belongs to no pod.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Where.
    pub node: Handle<NodeId>,
    /// What it uses.
    pub line: Linear,
    /// Its `oom_score_adj`: 0 for what the runtime's socket starts, -999 for daemons.
    pub oom_score_adj: i64,
}

/// Why a pod failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodFailure {
    /// A container was killed, and is not to start again.
    OomKilled,
    /// The kubelet evicted it.
    Evicted,
}

impl Memory {
    pub(super) fn node_added(&mut self, node: NodeId) {
        *self.nodes.reach(node) = NodeUse::default();
    }

    /// What is in use on a node.
    pub fn on(&self, node: NodeId) -> &NodeUse {
        &self.nodes[node]
    }

    fn on_mut(&mut self, node: NodeId) -> &mut NodeUse {
        &mut self.nodes[node]
    }
}

impl World {
    /// Memory in use on nodes.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// All that is in use on a node but the system's own.
    pub fn memory_line(&self, node: NodeId) -> Linear {
        let on = self.memory.on(node);
        on.pods.plus(on.processes, self.now)
    }

    /// What is in use on a node, the system included.
    pub fn memory_used(&self, model: &Model, node: NodeId, at: SimTime) -> u64 {
        let system = model.groups[self.cluster.nodes[node].group].memory.system;
        system.saturating_add(self.memory.on(node).amount(at))
    }

    /// What a pod uses now.
    pub fn pod_memory(&self, pod: PodId) -> u64 {
        self.cluster.pods[pod].containers.iter().map(|container| container.line.amount(self.now)).sum()
    }

    /// A container uses memory along another line from now on. Leaves no change: whoever draws the lines looks after
    /// what follows from them.
    pub fn set_container_use(&mut self, pod: PodId, container: u8, line: Linear) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        debug_assert!(row.phase == PodPhase::Running, "only what runs uses memory");
        let was = core::mem::replace(&mut row.containers[usize::from(container)].line, line);
        if let Some(node) = row.node {
            let pods = &mut self.memory.on_mut(node).pods;
            *pods = pods.minus(was, now).plus(line, now);
        }
    }

    /// A container starts: its number among its lives, from 1.
    pub fn count_life(&mut self, pod: PodId, container: u8) -> u32 {
        let row = &mut self.cluster.pods[pod].containers[usize::from(container)];
        row.lives += 1;
        row.lives
    }

    /// The pod uses nothing any more.
    pub(super) fn clear_use(&mut self, pod: PodId) {
        for container in 0..self.cluster.pods[pod].containers.len() {
            let row = &mut self.cluster.pods[pod];
            let was = core::mem::replace(&mut row.containers[container].line, Linear::ZERO);
            if let Some(node) = row.node.filter(|_| was != Linear::ZERO) {
                let pods = &mut self.memory.on_mut(node).pods;
                *pods = pods.minus(was, self.now);
            }
        }
        self.clear_disk(pod);
    }

    /// The machine is down: nothing on it uses anything.
    pub(super) fn clear_memory(&mut self, node: NodeId) {
        let pods: Vec<PodId> = self.pods_on(node).collect();
        for pod in pods {
            self.clear_use(pod);
        }
        let handle = self.cluster.nodes.handle(node);
        let there = self.memory.processes.iter().filter(|(_, row)| row.node == handle);
        let processes: Vec<ProcessId> = there.map(|(process, _)| process).collect();
        for process in processes {
            self.end_process(process);
        }
        self.memory.on_mut(node).starved = false;
    }

    /// The kernel kills a container. Leaves [`Change::ContainerKilled`].
    pub fn kill_container(&mut self, pod: PodId, container: u8, death: Death) {
        self.set_container_use(pod, container, Linear::ZERO);
        self.cluster.pods[pod].containers[usize::from(container)].down = true;
        self.set_ready(pod, false);
        self.memory.deaths.push(death);
        self.feed.push(Change::ContainerKilled(pod, container));
    }

    /// The kernel kills a process of a container that the container survives. Leaves [`Change::ChildKilled`].
    pub fn kill_child(&mut self, pod: PodId, container: u8, death: Death) {
        self.set_container_use(pod, container, Linear::ZERO);
        self.memory.deaths.push(death);
        self.feed.push(Change::ChildKilled(pod, container));
    }

    /// The kubelet starts a container that was killed. Leaves [`Change::ContainerRestarted`].
    pub fn restart_container(&mut self, pod: PodId, container: u8) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        assert!(row.phase == PodPhase::Running, "a container starts again in a pod that runs");
        let state = &mut row.containers[usize::from(container)];
        state.down = false;
        state.restarts += 1;
        row.restarts = row.restarts.max(state.restarts);
        row.started_at = now;
        self.feed.push(Change::ContainerRestarted(pod, container));
    }

    /// The pod fails: its object stays, holding nothing. Leaves [`Change::PodEnded`].
    pub fn fail_pod(&mut self, pod: PodId, failure: PodFailure) {
        self.cluster.pods[pod].failure = Some(failure);
        self.end_pod(pod);
    }

    /// The kubelet evicts a pod. Leaves [`Change::PodEnded`].
    pub fn evict_for_memory(&mut self, pod: PodId, death: Death) {
        self.memory.deaths.push(death);
        self.fail_pod(pod, PodFailure::Evicted);
    }

    /// Too little memory is available on a node for its kubelet. Leaves [`Change::MemoryLow`].
    pub fn note_low_memory(&mut self, node: NodeId) {
        self.feed.push(Change::MemoryLow(node));
    }

    /// The node's condition MemoryPressure changes. Leaves [`Change::MemoryPressureChanged`] unless it was so.
    pub fn set_memory_pressure(&mut self, node: NodeId, pressure: bool) {
        if core::mem::replace(&mut self.memory.on_mut(node).pressure, pressure) != pressure {
            self.feed.push(Change::MemoryPressureChanged(node));
        }
    }

    /// The daemons of a node starve: nothing on it answers. Leaves [`Change::NodeStarved`] and
    /// [`Change::NodeFaultChanged`].
    pub fn starve_node(&mut self, node: NodeId, death: Death) {
        self.memory.on_mut(node).starved = true;
        self.memory.deaths.push(death);
        self.feed.push(Change::NodeStarved(node));
        self.set_node_fault(node, NodeFault::Kubelet(KubeletState::Silent));
        self.set_node_fault(node, NodeFault::PodNetwork(PodNetwork::Dead));
    }

    /// The daemons of a starved node work again. Leaves [`Change::NodeFaultChanged`].
    pub fn feed_node(&mut self, node: NodeId) {
        if core::mem::replace(&mut self.memory.on_mut(node).starved, false) {
            self.set_node_fault(node, NodeFault::PodNetwork(PodNetwork::Alive));
            self.set_node_fault(node, NodeFault::Kubelet(KubeletState::Well));
        }
    }

    /// Something is started on a node outside of all pods; it uses nothing yet. `None` when the machine is not up.
    /// Leaves [`Change::ProcessStarted`].
    pub fn start_process(&mut self, node: NodeId, oom_score_adj: i64) -> Option<ProcessId> {
        if self.cluster.nodes[node].health.machine != Machine::Up {
            return None;
        }
        let node = self.cluster.nodes.handle(node);
        let process = self.memory.processes.insert(Process { node, line: Linear::ZERO, oom_score_adj });
        self.feed.push(Change::ProcessStarted(process));
        Some(process)
    }

    /// It uses memory along another line from now on. Leaves [`Change::ProcessUseChanged`].
    pub fn set_process_use(&mut self, process: ProcessId, line: Linear) {
        self.replace_process_use(process, line);
        self.feed.push(Change::ProcessUseChanged(process));
    }

    fn replace_process_use(&mut self, process: ProcessId, line: Linear) {
        let now = self.now;
        let row = &mut self.memory.processes[process];
        let was = core::mem::replace(&mut row.line, line);
        if let Some(node) = self.cluster.nodes.resolve(row.node) {
            let processes = &mut self.memory.nodes[node].processes;
            *processes = processes.minus(was, now).plus(line, now);
        }
    }

    /// It ends. Leaves [`Change::ProcessEnded`].
    pub fn end_process(&mut self, process: ProcessId) {
        self.replace_process_use(process, Linear::ZERO);
        self.memory.processes.retire(process);
        self.feed.push(Change::ProcessEnded(process));
    }

    /// The kernel kills it. Leaves [`Change::ProcessKilled`].
    pub fn kill_process(&mut self, process: ProcessId, death: Death) {
        self.replace_process_use(process, Linear::ZERO);
        self.memory.processes.retire(process);
        self.memory.deaths.push(death);
        self.feed.push(Change::ProcessKilled(process));
    }

    pub(super) fn audit_memory(&self, findings: &mut Vec<String>) {
        for (node, row) in self.cluster.nodes.iter() {
            let lines = self.pods_on(node).flat_map(|pod| &self.cluster.pods[pod].containers);
            let sum = lines.fold(Linear::ZERO, |sum, container| sum.plus(container.line, self.now));
            let kept = self.memory.on(node).pods.moved(self.now);
            if sum.moved(self.now) != kept {
                findings.push(format!("{node:?} keeps {kept:?} in use by pods, recount {sum:?}"));
            }
            if row.health.machine != Machine::Up && kept.amount(self.now) != 0 {
                findings.push(format!("{node:?} is down, but uses memory"));
            }
        }
        for (pod, row) in self.cluster.pods.iter() {
            let idle = row.phase != PodPhase::Running;
            if row.containers.iter().any(|of| (of.down || idle) && of.line != Linear::ZERO) {
                findings
                    .push(format!("{pod:?} is {:?}, but a container that is not up uses memory", row.phase));
            }
        }
    }
}

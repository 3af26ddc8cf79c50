//! Controllers' objects and the pods they own, readiness, budgets, and the verbs that change them.
//!
//! A [`Controller`] is the object that pods name as theirs: a ReplicaSet, a StatefulSet, a DaemonSet or
//! a Job. What its workload wants on top (replicas, the template) stands in [`Wanted`]: the operator and
//! the HorizontalPodAutoscaler write it, the components of the controllers read it.
//!
//! Invariants: the pods of a tracked workload are on its list exactly while their objects exist; a pod's
//! controller exists as long as the pod does; only a running pod is Ready.

use std::collections::BTreeMap;

use super::{Change, NewPod, Pod, PodOwner, PodPhase, World};
use crate::ids::{ClassId, ControllerId, IdVec, PodId, Slots, WorkloadId};
use crate::model::{self, Model, controllers::Template};
use crate::time::{SimDuration, SimTime};

/// Controllers' objects, and what is wanted of each workload.
#[derive(Clone, Debug, Default)]
pub struct Controllers {
    /// ReplicaSets, StatefulSets, DaemonSets and Jobs.
    pub objects: Slots<ControllerId, Controller>,
    /// What is wanted of each workload.
    pub wanted: IdVec<WorkloadId, Wanted>,
}

/// A ReplicaSet, StatefulSet, DaemonSet or Job.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Whose.
    pub workload: WorkloadId,
    /// The how-manieth of its workload, from 1: its pods' template hash, as it were.
    pub revision: u32,
    /// Which template of the workload's, from 1.
    pub template: u32,
    /// What its pods are.
    pub class: ClassId,
    /// How many pods are wanted of it.
    pub replicas: u32,
    /// When it was created.
    pub created_at: SimTime,
}

/// What is wanted of a workload.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Pods (`spec.replicas`).
    pub replicas: u32,
    /// The how-manieth template it is, from 1.
    pub revision: u32,
    /// The template.
    pub class: ClassId,
    /// Time from a running container until the pod is Ready, for each revision so far.
    pub ready_after: Vec<model::Distribution>,
    /// Pods ever created by its controllers: the next one's number.
    pub created: u32,
    /// Its pod objects by uid, if it is tracked.
    pub pods: BTreeMap<u64, PodId>,
}

impl Controllers {
    pub(super) fn new(model: &Model) -> Self {
        let wanted = |workload: &model::Workload| Wanted {
            replicas: workload.replicas,
            revision: 1,
            class: workload.class,
            ready_after: vec![workload.ready_after.clone()],
            created: 0,
            pods: BTreeMap::new(),
        };
        Self { objects: Slots::new(), wanted: model.workloads.iter().map(wanted).collect() }
    }
}

impl Pod {
    /// Neither ended nor to go (kubernetes pkg/controller/controller_utils.go, `IsPodActive`).
    pub fn is_active(&self) -> bool {
        self.phase != PodPhase::Ended && self.deletion_requested_at.is_none()
    }

    /// Ready and not to go: what a Service sends requests to and a budget counts as healthy.
    pub fn is_serving(&self) -> bool {
        self.ready_since.is_some() && self.deletion_requested_at.is_none()
    }

    /// Ready for at least `min_ready`.
    pub fn is_available(&self, now: SimTime, min_ready: SimDuration) -> bool {
        self.is_serving() && self.ready_since.is_some_and(|since| now.since(since) >= min_ready)
    }
}

/// Why the eviction API refuses (HTTP 429).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EvictionRefused {
    /// Pods of the budget that are healthy.
    pub healthy: u32,
    /// Pods that must stay so.
    pub desired: u32,
}

impl World {
    /// Controllers' objects, and what is wanted of each workload.
    pub fn controllers(&self) -> &Controllers {
        &self.controllers
    }

    /// The pod objects of a tracked workload, oldest first.
    pub fn pods_of(&self, workload: WorkloadId) -> impl Iterator<Item = (PodId, &Pod)> {
        let pods = self.controllers.wanted[workload].pods.values();
        pods.map(|pod| (*pod, &self.cluster.pods[*pod]))
    }

    /// The pod objects of a controller, oldest first.
    pub fn controlled_by(&self, controller: ControllerId) -> impl Iterator<Item = (PodId, &Pod)> {
        let workload = self.controllers.objects[controller].workload;
        self.pods_of(workload).filter(move |(_, row)| row.controller == Some(controller))
    }

    /// A ReplicaSet, StatefulSet, DaemonSet or Job comes into being with the workload's present
    /// template. Leaves [`Change::ControllerScaled`].
    pub fn create_controller(&mut self, workload: WorkloadId, revision: u32, replicas: u32) -> ControllerId {
        let Wanted { class, revision: template, .. } = self.controllers.wanted[workload];
        let row = Controller { workload, revision, template, class, replicas, created_at: self.now };
        let controller = self.controllers.objects.insert(row);
        self.feed.push(Change::ControllerScaled(controller));
        controller
    }

    /// Of a workload's `revisions`, oldest first, the one of its present template, made if it is new; older ones go
    /// when no pod is left of them.
    pub fn newest_revision(
        &mut self,
        workload: WorkloadId,
        replicas: u32,
        revisions: &mut Vec<ControllerId>,
    ) -> ControllerId {
        let revision = self.controllers.wanted[workload].revision;
        let known = revisions.last().filter(|set| self.controllers.objects[**set].revision == revision);
        let newest = known.copied().unwrap_or_else(|| {
            let new = self.create_controller(workload, revision, replicas);
            revisions.push(new);
            new
        });
        revisions.retain(|set| {
            let used = *set == newest || self.controlled_by(*set).next().is_some();
            if !used {
                self.remove_controller(*set);
            }
            used
        });
        newest
    }

    /// Another number of pods is wanted of a controller. Leaves [`Change::ControllerScaled`] if it is
    /// another.
    pub fn scale_controller(&mut self, controller: ControllerId, replicas: u32) {
        let row = &mut self.controllers.objects[controller];
        if core::mem::replace(&mut row.replicas, replicas) != replicas {
            self.feed.push(Change::ControllerScaled(controller));
        }
    }

    /// A controller that owns no pods goes.
    pub fn remove_controller(&mut self, controller: ControllerId) {
        debug_assert!(self.controlled_by(controller).next().is_none(), "its pods go before");
        self.controllers.objects.retire(controller);
    }

    /// Another number of pods is wanted of a workload. Leaves [`Change::WorkloadScaled`] if it is
    /// another.
    pub fn scale_workload(&mut self, workload: WorkloadId, replicas: u32) {
        let row = &mut self.controllers.wanted[workload];
        if core::mem::replace(&mut row.replicas, replicas) != replicas {
            self.feed.push(Change::WorkloadScaled(workload));
        }
    }

    /// The workload's pods shall be made from another template. Leaves [`Change::TemplateChanged`].
    pub fn change_template(&mut self, workload: WorkloadId, template: &Template) {
        let row = &mut self.controllers.wanted[workload];
        row.revision += 1;
        row.class = template.class;
        let before = row.ready_after.last().cloned();
        row.ready_after.extend(template.ready_after.clone().or(before));
        self.feed.push(Change::TemplateChanged(workload));
    }

    /// The workload's rollout has made no progress within its deadline. Leaves
    /// [`Change::RolloutStalled`].
    pub fn stall_rollout(&mut self, workload: WorkloadId) {
        self.feed.push(Change::RolloutStalled(workload));
    }

    /// A controller creates a pod, by default its workload's next. Leaves [`Change::PodCreated`].
    pub fn create_pod_of(
        &mut self,
        model: &Model,
        controller: ControllerId,
        ordinal: Option<u32>,
        subject: u64,
        lifetime: Option<SimDuration>,
    ) -> PodId {
        let Controller { workload, class, .. } = self.controllers.objects[controller];
        let row = &mut self.controllers.wanted[workload];
        let number = row.created;
        row.created += 1;
        let pod = self.create_pod(
            model,
            NewPod {
                class,
                owner: PodOwner::Workload(workload),
                ordinal: ordinal.unwrap_or(number),
                subject,
                lifetime,
                requests: None,
            },
        );
        self.cluster.pods[pod].controller = Some(controller);
        pod
    }

    /// The pod is Ready (its probe answers), or not any more. Leaves [`Change::PodReady`] or
    /// [`Change::PodUnready`] if it was not so before.
    pub fn set_ready(&mut self, pod: PodId, ready: bool) {
        let now = self.now;
        let row = &mut self.cluster.pods[pod];
        if ready == row.ready_since.is_some() {
            return;
        }
        assert!(!ready || row.phase == PodPhase::Running, "only a running pod can be Ready");
        row.ready_since = ready.then_some(now);
        self.feed.push(if ready { Change::PodReady(pod) } else { Change::PodUnready(pod) });
    }

    /// Asks the eviction API for the pod to go: as [`World::request_pod_deletion`], but refused (HTTP
    /// 429) when the budget of its workload does not allow it. A pod that does not run harms nobody by
    /// going and is never refused (kubernetes pkg/registry/core/pod/storage/eviction.go, `canIgnorePDB`).
    pub fn evict_pod(&mut self, model: &Model, pod: PodId) -> Result<(), EvictionRefused> {
        let row = &self.cluster.pods[pod];
        if let PodOwner::Workload(workload) = row.owner
            && row.phase == PodPhase::Running
            && row.deletion_requested_at.is_none()
            && let Some(budget) = model.workloads[workload].budget
        {
            let healthy = self.pods_of(workload).filter(|(_, pod)| pod.is_serving()).count() as u32;
            let desired = budget.desired_healthy(self.expected_pods(workload));
            // One that is not healthy itself may go while the others suffice (policy IfHealthyBudget).
            let spare = !row.is_serving() && model.era.evicts_unready_pods_of_healthy_budgets();
            let allowed = healthy > desired || (spare && healthy == desired && desired > 0);
            if !allowed {
                return Err(EvictionRefused { healthy, desired });
            }
        }
        self.request_pod_deletion(pod);
        Ok(())
    }

    /// How many more pods of a workload may be evicted now (`disruptionsAllowed`); `None` without a
    /// budget.
    pub fn disruptions_allowed(&self, model: &Model, workload: WorkloadId) -> Option<u32> {
        let budget = model.workloads[workload].budget?;
        let healthy = self.pods_of(workload).filter(|(_, pod)| pod.is_serving()).count() as u32;
        Some(healthy.saturating_sub(budget.desired_healthy(self.expected_pods(workload))))
    }

    /// The pods that a budget counts with: the scale of the workload, or for bare pods those that exist.
    fn expected_pods(&self, workload: WorkloadId) -> u32 {
        let row = &self.controllers.wanted[workload];
        let controlled = self.pods_of(workload).any(|(_, pod)| pod.controller.is_some());
        if controlled { row.replicas } else { row.pods.len() as u32 }
    }

    /// Whether a DaemonSet keeps the pod: node loss and drains leave it where it is.
    pub fn is_daemon(&self, model: &Model, pod: PodId) -> bool {
        match self.cluster.pods[pod].owner {
            PodOwner::Workload(workload) => {
                matches!(model.workloads[workload].controller, model::Controller::DaemonSet)
            }
            PodOwner::User(_) => false,
        }
    }

    /// A pod object of a tracked workload has come.
    pub(super) fn enlist(&mut self, model: &Model, pod: PodId) {
        let row = &self.cluster.pods[pod];
        if let PodOwner::Workload(workload) = row.owner
            && model.workloads[workload].tracked
        {
            self.controllers.wanted[workload].pods.insert(row.uid, pod);
        }
    }

    /// A pod object goes.
    pub(super) fn delist(&mut self, pod: PodId) {
        let row = &self.cluster.pods[pod];
        if let PodOwner::Workload(workload) = row.owner {
            self.controllers.wanted[workload].pods.remove(&row.uid);
        }
    }

    pub(super) fn audit_controllers(&self, model: &Model, findings: &mut Vec<String>) {
        let mut listed: IdVec<WorkloadId, BTreeMap<u64, PodId>> =
            model.workloads.iter().map(|_| BTreeMap::new()).collect();
        for (pod, row) in self.cluster.pods.iter() {
            if let PodOwner::Workload(workload) = row.owner
                && model.workloads[workload].tracked
            {
                listed[workload].insert(row.uid, pod);
            }
            if row.ready_since.is_some() && row.phase != PodPhase::Running {
                findings.push(format!("{pod:?} is Ready and {:?}", row.phase));
            }
            if row.controller.is_some_and(|controller| !self.controllers.objects.is_live(controller)) {
                findings.push(format!("{pod:?} has a controller that is gone"));
            }
        }
        for (workload, row) in self.controllers.wanted.iter_enumerated() {
            if row.pods != listed[workload] {
                findings.push(format!("{workload:?} lists other pods than there are"));
            }
        }
    }
}

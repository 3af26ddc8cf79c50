//! Which pods a scale-up could help: those that the scheduler found no node for, less those that fit after all.
//!
//! Models: `filterOutSchedulable`, `filterOutDaemonSets`, the pods of nodes being drained and the delay of new pods
//! (cluster-autoscaler 1.36).

use core::cmp::Reverse;
use std::sync::Arc;

use super::Autoscaler;
use crate::autoscaling::crowd::{self, Help, SORTED_AS_IN_GO};
use crate::autoscaling::go_sort;
use crate::autoscaling::moment::Moment;
use crate::autoscaling::objects::{Cluster, Pod};
use crate::autoscaling::waiting::{Kind, waits};
use crate::time::SimTime;

impl Autoscaler {
    /// Pods that wait for a place, with those of nodes being drained, less those that fit.
    pub(super) fn pods_to_help(&mut self, cluster: &Cluster, moment: &Moment) -> Vec<Arc<Pod>> {
        let mut pods = self.waiting(cluster);
        for name in self.deletions.drained_nodes() {
            let Some(at) = self.snapshot.find(name) else { continue };
            let moves = self.snapshot.nodes()[at]
                .pods
                .iter()
                .filter(|pod| !pod.traits.mirror && !pod.is_daemon() && pod.deletion_at.is_none());
            pods.extend(moves.cloned());
        }
        Self::sort(&mut pods);
        let placed = self.hints.schedule(&mut self.snapshot, &pods, false, &|_| true);
        self.hints.drop_old();
        let left = pods.into_iter().zip(placed).filter(|(_, placed)| !placed).map(|(pod, _)| pod);
        left.filter(|pod| self.is_due(pod, moment)).collect()
    }

    /// The same by kind; `None`: the pods must be listed.
    pub(super) fn crowd_to_help(&mut self, cluster: &Cluster, moment: &Moment) -> Option<Help> {
        let kinds: Vec<&Kind> = cluster.waiting.kinds(self.options.expendable_below).collect();
        let drains = self.deletions.drained_nodes().next().is_some();
        if drains || !crowd::can_speak_for_all(&kinds, &mut self.snapshot) {
            return None;
        }
        let placed = self.hints.schedule_kinds(&mut self.snapshot, &kinds);
        self.hints.drop_old();
        let samples = crowd::samples(&kinds, &placed, |pod| self.due(pod), moment);
        Some(Help::Crowd { samples, placed })
    }

    pub(super) fn waiting(&self, cluster: &Cluster) -> Vec<Arc<Pod>> {
        let counts = |pod: &&Arc<Pod>| waits(pod) && pod.spec.priority >= self.options.expendable_below;
        cluster.waiting.pods().filter(counts).cloned().collect()
    }

    /// Higher priorities first.
    pub(super) fn sort(pods: &mut [Arc<Pod>]) {
        if pods.len() > SORTED_AS_IN_GO {
            pods.sort_by_key(|pod| Reverse(pod.spec.priority));
        } else {
            go_sort::sort(pods, |one, other| one.spec.priority > other.spec.priority);
        }
    }

    /// Until then the pod is too new for a scale-up.
    fn due(&self, pod: &Pod) -> SimTime {
        let own = pod.traits.scale_up_delay.filter(|own| *own >= self.options.new_pod_scale_up_delay);
        pod.created_at + own.unwrap_or(self.options.new_pod_scale_up_delay)
    }

    pub(super) fn is_due(&self, pod: &Pod, moment: &Moment) -> bool {
        !pod.is_daemon() && moment.is_past(self.due(pod))
    }
}

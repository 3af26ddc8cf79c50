//! Who answers: the endpoints of services, and whether a request gets through.
//!
//! Endpoints are what the API says (Ready and not to go); whether one answers is the truth. A pod on a
//! node that was lost a moment ago is an endpoint still, and requests that are sent to it fail.

use super::World;
use crate::ids::{PodId, ServiceId};
use crate::model::Model;
use crate::time::SimDuration;

impl World {
    /// The pods that a service sends requests to, oldest first.
    pub fn endpoints(&self, model: &Model, service: ServiceId) -> impl Iterator<Item = PodId> {
        let pods = self.pods_of(model.services[service].selects);
        pods.filter(|(_, row)| row.is_serving()).map(|(pod, _)| pod)
    }

    /// Whether a request that reaches the pod's address is answered.
    pub fn pod_answers(&self, pod: PodId) -> bool {
        let row = &self.cluster.pods[pod];
        let node = row.node.map(|node| &self.cluster.nodes[node]);
        row.is_up() && node.is_some_and(|node| node.health.pods_answer())
    }

    /// How long a service takes to answer, with those that it depends on; `None`: longer than anybody waits.
    pub fn service_latency(&self, model: &Model, service: ServiceId) -> Option<SimDuration> {
        let row = &model.services[service];
        let own = row.slowdown.as_ref().map_or(Some(SimDuration::ZERO), |slowdown| self.latency(slowdown))?;
        row.depends_on.iter().try_fold(own, |sum, other| Some(sum + self.service_latency(model, *other)?))
    }

    /// Whether a request to a service gets through, and those that it leads to. Each goes to one endpoint,
    /// whichever `draw` (in [0, 1)) of that service says.
    pub fn service_answers(
        &self,
        model: &Model,
        service: ServiceId,
        draw: &dyn Fn(ServiceId) -> f64,
    ) -> bool {
        let endpoints: Vec<PodId> = self.endpoints(model, service).collect();
        let chosen = (draw(service) * endpoints.len() as f64) as usize;
        let row = &model.services[service];
        endpoints.get(chosen).is_some_and(|pod| self.pod_answers(*pod))
            && !row.needs.iter().any(|limit| self.is_full(model, *limit))
            && row.depends_on.iter().all(|other| self.service_answers(model, *other, draw))
    }
}

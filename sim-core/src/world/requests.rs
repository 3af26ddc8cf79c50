//! Requests at work in pods, and the verbs that begin and end them.

use super::{Change, World};
use crate::ids::{Handle, PodId, QueueId, RequestId, Slots};

/// Queues as they stand, and the requests that their jobs have become.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// At work.
    pub at_work: Slots<RequestId, Request>,
}

/// A job of a queue at work in a pod.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Of which queue.
    pub queue: QueueId,
    /// The job's number there, from 1.
    pub number: u32,
    /// The number of the try, from 1.
    pub attempt: u32,
    /// It harms whoever serves it.
    pub poisonous: bool,
    /// Who serves it.
    pub pod: Handle<PodId>,
}

/// What became of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobEnd {
    /// It is done.
    Done,
    /// It failed, and is perhaps tried again.
    Failed,
}

impl World {
    /// Requests at work in pods.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// A pod begins to serve a request. Leaves [`Change::RequestBegan`].
    pub fn begin_request(&mut self, request: Request) -> RequestId {
        let request = self.requests.at_work.insert(request);
        self.feed.push(Change::RequestBegan(request));
        request
    }

    /// It does not any more. Leaves [`Change::RequestEnded`].
    pub fn end_request(&mut self, request: RequestId) {
        self.requests.at_work.retire(request);
        self.feed.push(Change::RequestEnded(request));
    }

    /// A try of a job is over, whether or not a pod ever served it. Leaves [`Change::JobTried`].
    pub fn end_try(&mut self, queue: QueueId, end: JobEnd) {
        self.feed.push(Change::JobTried(queue, end == JobEnd::Done));
    }

    /// Somebody puts jobs into a queue. Leaves [`Change::JobsAdded`].
    pub fn add_jobs(&mut self, queue: QueueId, count: u32) {
        self.feed.push(Change::JobsAdded(queue, count));
    }

    /// Somebody empties a queue; what is at work goes on, but is not tried again. Leaves [`Change::QueuePurged`].
    pub fn purge_queue(&mut self, queue: QueueId) {
        self.feed.push(Change::QueuePurged(queue));
    }
}

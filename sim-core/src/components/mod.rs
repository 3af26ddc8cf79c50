//! The components: each fires its own timers, observes changes, and acts through the world's verbs.
//! None of them imports another.

pub mod alerts;
pub mod attach_detach;
pub mod audience;
pub mod autoscaler;
pub mod binder;
pub mod chance;
pub mod cloud;
pub mod culler;
pub mod daemon_set;
pub mod deployment;
pub mod disk;
pub mod eviction;
pub mod hub;
pub mod images;
pub mod jobs;
pub mod kubelet;
pub mod limits;
pub mod liveness;
pub mod memory;
pub mod node_lifecycle;
pub mod notebook;
pub mod operator;
pub mod pod_autoscaler;
pub mod pod_gc;
pub mod probes;
pub mod queues;
pub mod replica_set;
pub mod scheduler;
pub mod serving;
pub mod stateful_set;
pub mod taint_eviction;
pub mod volume_manager;
pub mod workload;

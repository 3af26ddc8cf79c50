//! What the cluster autoscaler decides, as a library: it knows no component and no clock.
//!
//! The caller gives an [`Environment`](environment::Environment) (what the API server and the cloud say, and
//! what may be done to them), the [`Options`](options::Options) and [`Group`](options::Group)s, and calls
//! [`Autoscaler::run_once`] at each turn of the loop and [`Autoscaler::advance`] in between, whenever
//! deletions under way have something due. What the autoscaler remembers is plain data.
//!
//! Models: cluster-autoscaler 1.36.1 with Kubernetes 1.36.2, one noun a file; each says what it models.
//! Leaves out: devices, provisioning requests, capacity buffers, atomic
//! groups, parallel and salvo scale-up, groups made by the autoscaler, restarts, slow API servers.

mod autoscaler;
mod backoff;
pub mod clusterstate;
mod crowd;
pub mod environment;
pub mod equivalence;
pub mod estimator;
pub mod expander;
mod full;
mod go_sort;
mod hints;
mod limits;
pub mod manifest;
pub mod moment;
pub mod objects;
pub mod options;
mod scale_down;
mod scale_up;
mod similar;
pub mod snapshot;
pub mod status;
mod template;
pub mod waiting;

pub use autoscaler::Autoscaler;
pub use environment::Provisioner;
pub use similar::Growth;

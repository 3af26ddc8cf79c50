//! Plimsoll's core: find the load line of a cluster before the flood does.
//!
//! A deterministic discrete-event simulator of nodes, pods, kube-scheduler, cluster-autoscaler and
//! JupyterHub. Text in, [`Report`] out: no I/O, no clock, no threads.
//!
//! # The flow
//!
//! ```text
//! scenario text ──parse──▶ Document ──compile──▶ Model            (immutable, dense ids, integers)
//!                                                  │
//!            events in order of (time, entry)      ▼
//!   EventQueue ──────▶ Simulation::dispatch ──▶ Component ──verbs──▶ World
//!        ▲                                         ▲                   │
//!        └────────────── own timers ───────────────┤                changes
//!                                                  │                   ▼
//!                               Simulation::notify ◀──────────────── Feed ──▶ Metrics ──▶ Report
//! ```
//!
//! 1. [`scenario::Document`] reads the file, applies `--set` and variants, and compiles it into a
//!    [`Model`], or says everything that is wrong with it at once.
//! 2. [`Simulation`] runs the model. Components have two channels and no third: timers of their own, and
//!    the feed of [`world::Change`]s. The whole wiring is the two matches in `simulation.rs`.
//! 3. [`experiment`] runs replications and makes the [`Report`], which is all that a command line, a
//!    chart or a page ever sees.
//!
//! # A run in four lines
//!
//! ```
//! use plimsoll_core::{experiment, scenario::Document};
//! # let text = "apiVersion: plimsoll/v1\nname: one pod\nstart: 2026-01-01T00:00:00Z\nduration: 1h\n\
//! # nodeGroups:\n  only: {allocatable: {cpu: 1, memory: 1Gi, pods: 1}, min: 1, max: 1}\n\
//! # workloads:\n  job:\n    replicas: 1\n    pod: {resources: {requests: {cpu: 500m}}}\n\
//! # checks:\n  it runs: max(pods.running) = 1\n";
//! let document = Document::parse("one-pod.yaml", text.as_bytes()).unwrap();
//! let model = document.compile().unwrap().model;
//! let report = experiment::run(&model.into(), 1, 1);
//! assert_eq!(report.summary["peakPodsRunning"], 1.0);
//! ```
//!
//! # The contract on order and chance
//!
//! Same scenario, seed and replication: same history, bit for bit, on every target and with any number
//! of threads. Events fire by (time, order of entry); changes drain first in, first out before the next
//! event. State is integers. Each random draw is a pure function of seed, replication, purpose, subject
//! and counter ([`engine::Random`]), so changing one knob changes nothing that does not depend on it.

pub mod autoscaling;
pub mod check;
pub mod components;
pub mod digest;
pub mod engine;
pub mod event;
pub mod experiment;
pub mod ids;
pub mod import;
pub mod kubernetes;
pub mod metrics;
pub mod model;
pub mod placement;
pub mod replay;
pub mod report;
pub mod resources;
pub mod scenario;
pub mod simulation;
pub mod time;
pub mod trace;
mod tree;
pub mod world;

pub use model::Model;
pub use report::Report;
pub use simulation::Simulation;

/// Version of the engine, as reports carry it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

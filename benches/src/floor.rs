//! The floor: a program of its own that does nothing but the hub day, as tightly as can be. Built here for the
//! same target with the same profile, and run in turn with ours, so that both meet the machine in one mood.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use plimsoll_core::Model;
use plimsoll_core::model::Distribution;

use crate::clock;

/// The floor, built.
pub struct Floor {
    program: PathBuf,
}

impl Floor {
    /// Builds the Cargo project at `path`, generic and with the profile of this workspace.
    pub fn build(path: &str) -> Result<Self, String> {
        let target = std::env::temp_dir().join("plimsoll-floor");
        let status = Command::new("cargo")
            .args(["build", "--release", "--bin", "w1"])
            .arg("--manifest-path")
            .arg(Path::new(path).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            .args(["--config", "profile.release.lto=false"])
            .args(["--config", "profile.release.codegen-units=16"])
            .args(["--config", "profile.release.panic=\"unwind\""])
            .args(["--config", "profile.release.debug=0"])
            .env_remove("RUSTFLAGS")
            .status()
            .map_err(|error| format!("cargo does not start: {error}"))?;
        let program = target.join("release/w1");
        if status.success() {
            Ok(Self { program })
        } else {
            Err(format!("the floor at {path} does not build"))
        }
    }

    /// CPU time of the floor's day, process start not counted.
    pub fn time(&self, day: &Day) -> Result<Duration, String> {
        let run = |nodes: &str, rate: &str, most: &str| {
            clock::run(Command::new(&self.program).args([nodes, rate, most, "idx", "heap"]))
        };
        let (_, start) = run("1", "0.00001", "350")?;
        let (_, all) = run(&day.nodes.to_string(), &day.rate.to_string(), &day.most_cpu.to_string())?;
        Ok(all.saturating_sub(start))
    }
}

/// What the floor can do: pods of one workload on nodes of one kind.
pub struct Day {
    nodes: u32,
    /// Pods a second.
    rate: f64,
    /// The most CPU that a pod requests, in thousandths.
    most_cpu: f64,
}

impl Day {
    /// The day of a model, if it is one that the floor can do.
    pub fn of(model: &Model) -> Option<Self> {
        let [group] = model.groups.as_slice() else { return None };
        let [workload] = model.workloads.as_slice() else { return None };
        let rate = workload.arrivals.as_ref()?.rate.at(1.0);
        let Distribution::Uniform { high, .. } = workload.drawn.as_ref()?.cpu_millis.as_ref()? else {
            return None;
        };
        (group.initial > 0).then_some(Self { nodes: group.initial, rate, most_cpu: *high })
    }
}

//! `--events`: every change of a run's first replication, one JSON object a line.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use plimsoll_core::Simulation;
use plimsoll_core::time::SimTime;
use plimsoll_core::trace::{self, Line};
use plimsoll_core::world::{Change, World};

use crate::artifact::Artifact;
use crate::exit::{Exit, Failure};
use crate::fault;
use crate::runs::Run;

/// Writes the changes of `run` to `path`.
pub fn write(run: &Run, path: &Path) -> Result<(), Failure> {
    let mut file = Artifact::create(path)?;
    let written = fault::contain(|| format!("the events of {}", run.name()), || simulate(run, &mut file))
        .map_err(|_| Failure::Reported(Exit::Fault))?;
    written.map_err(|error| Failure::io("write", path, &error))?;
    file.finish()
}

/// Runs the first replication once more, with an eye on every change. Once a line cannot
/// be written, the rest is not tried.
fn simulate(run: &Run, file: &mut impl Write) -> io::Result<()> {
    let mut simulation = Simulation::new(Arc::clone(&run.model), run.seed, 0);
    let mut written = Ok(());
    let mut watch = |at: SimTime, change: Change, world: &World| {
        if written.is_ok() {
            written = write_line(file, &trace::line(&run.model, world, at, change));
        }
    };
    while simulation.step(SimTime::MAX, &mut watch).is_some() {}
    written
}

fn write_line(file: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *file, line)?;
    file.write_all(b"\n")
}

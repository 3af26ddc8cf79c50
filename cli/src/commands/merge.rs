//! `plimsoll merge`: the parts of all shards become the file that one machine would have written.

use plimsoll_core::report::units;

use crate::args::MergeArgs;
use crate::exit::{Exit, Failure};
use crate::sweep::assembly::{Form, assemble};
use crate::sweep::parts::Parts;
use crate::sweep::store::Place;
use crate::terminal;

/// Checks that every part is there and whole, and writes the file. The parts stay.
pub fn merge(args: &MergeArgs) -> Result<Exit, Failure> {
    let form = Form::of(&args.out)?;
    let parts = Parts::read(Place::of(&args.folder))?;
    assemble(&parts, form, &args.out, |_| Ok(()))?;
    let rows = units::counted(parts.manifest.rows(), "row");
    terminal::tell(&format!("wrote {}: {rows}", args.out.display()));
    Ok(Exit::Passed)
}

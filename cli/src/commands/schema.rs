//! `plimsoll schema`: the form of scenario files, for editors and generators.

use crate::exit::{Exit, Failure};
use crate::{render, terminal};

/// Prints the JSON Schema.
pub fn schema() -> Result<Exit, Failure> {
    terminal::print(&render::json::pretty(&plimsoll_core::scenario::json_schema()))?;
    Ok(Exit::Passed)
}

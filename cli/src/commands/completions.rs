//! `plimsoll completions`: a script that makes a shell complete commands, options and files.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::{Exit, Failure};
use crate::terminal;

/// Prints the script.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "plimsoll", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Passed)
}

//! `plimsoll man`: the manual, a page for the program and one for each command.

use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::{Cli, ManArgs};
use crate::artifact;
use crate::exit::{Exit, Failure};
use crate::terminal;

/// Prints the page of the program, or writes all pages into a directory.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let Some(folder) = &args.out else {
        terminal::print(&String::from_utf8_lossy(&page(program, Path::new("standard output"))?))?;
        return Ok(Exit::Passed);
    };
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make the directory", folder, &error))?;
    for command in program.clone().get_subcommands().chain([&program]) {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let path = folder.join(format!("{name}.1"));
        artifact::write(&path, &page(command.clone(), &path)?)?;
        terminal::tell(&format!("wrote {}", path.display()));
    }
    Ok(Exit::Passed)
}

fn page(command: clap::Command, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    Man::new(command).render(&mut text).map_err(|error| Failure::io("write", path, &error))?;
    Ok(text)
}

//! Plimsoll on the command line: a scenario file in, a report, a verdict or a figure out.
//!
//! `main` is the whole flow: read the command line, do the one command it names, tell what went wrong,
//! end with the exit code that stands for it. `args` says what may be typed, `commands` holds one
//! function for each verb, `runs`, `simulate` and `hands` turn files into reports, `render` turns reports into
//! text, and `artifact` writes files whole or not at all.

mod args;
mod artifact;
mod cluster;
mod commands;
mod events;
mod exit;
mod fault;
mod hands;
mod openmetrics;
mod progress;
mod render;
mod repeat;
mod runs;
mod saved;
mod simulate;
mod source;
mod sweep;
mod terminal;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser;
use exit::{Exit, Failure};

fn main() -> ExitCode {
    fault::install_hook();
    artifact::clean_up_on_interrupt();
    let cli = Cli::parse_from(args::without_filename_flags(std::env::args_os()));
    terminal::set_color(cli.color);
    let outcome = fault::contain(String::new, || run(&cli.command));
    outcome.unwrap_or(Err(Failure::Reported(Exit::Fault))).unwrap_or_else(told).into()
}

fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => commands::run(args),
        Command::Compare(args) => commands::compare(args),
        Command::Sweep(args) => commands::sweep(args),
        Command::Plan(args) => commands::plan(args),
        Command::Merge(args) => commands::merge(args),
        Command::Validate(args) => commands::validate(args),
        Command::Plot(args) => commands::plot(args),
        Command::Import(args) => commands::import(args),
        Command::Rightsize(args) => commands::right_size(args),
        Command::Explain(args) => commands::explain(args),
        Command::Schema => commands::schema(),
        Command::Serve(args) => commands::serve(args),
        Command::Completions(args) => commands::completions(args),
        Command::Man(args) => commands::man(args),
    }
}

fn told(failure: Failure) -> Exit {
    terminal::tell(&failure.to_string());
    failure.exit()
}

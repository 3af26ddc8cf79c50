//! `plimsoll-bench`: what a run of a scenario costs.
//!
//! ```text
//! plimsoll-bench [--instructions] FILE...    time, memory and, through valgrind, instructions of each
//! plimsoll-bench --growth                    ten times the pods: how many times the instructions?
//! plimsoll-bench --placement                 decisions of the scheduler, naive and through the index
//! ```
//!
//! Each figure is taken in a process of its own, so that no scenario pays for another's memory. Time is
//! the best of several runs, since noise only adds; reading and compiling the file are not counted.
//! Instructions do not depend on the machine's mood: compare those between commits.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool prints")]

mod cost;
mod growth;
mod instructions;
mod placement;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        // How it calls itself: one measurement, figures to standard output.
        ["--measure", file] => cost::measure(file).map(|cost| println!("{cost}")),
        ["--run", file] => cost::run_once(file),
        ["--decide", family, nodes, way, count] => placement::run(family, nodes, way, count),
        ["--placement"] => placement::table(),
        ["--compile", file] => cost::compile(file).map(drop),
        ["--growth"] => growth::check(),
        ["--instructions", files @ ..] if !files.is_empty() => cost::table(files, true),
        files if !files.is_empty() && !files[0].starts_with('-') => cost::table(files, false),
        _ => Err("usage: plimsoll-bench [--instructions] FILE... | --growth | --placement".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plimsoll-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

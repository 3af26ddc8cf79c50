//! `plimsoll-bench`: what a run of a scenario costs.
//!
//! ```text
//! plimsoll-bench [--instructions] [--floor PATH] FILE...
//!                                            CPU time, memory, allocations and, through valgrind, instructions of
//!                                            each; how many times what the floor takes, built from PATH
//! plimsoll-bench --growth                    ten times the pods: how many times the instructions?
//! plimsoll-bench --gate [--bless]            instructions a pod against the committed ones, and from 100 nodes to 5,000
//! plimsoll-bench --figure                    nanoseconds a pod against nodes, drawn anew from results.tsv
//! plimsoll-bench --placement                 decisions of the scheduler, naive and through the index
//! ```
//!
//! Each figure is taken in a process of its own, so that no scenario pays for another's memory. Time is CPU time,
//! the best of several runs, since noise only adds; reading and compiling the file are not counted.
//! Instructions do not depend on the machine's mood: compare those between commits.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool prints")]

mod clock;
mod cost;
mod figure;
mod floor;
mod gate;
mod growth;
mod instructions;
mod placement;

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts allocations.
#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

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
        ["--figure"] => figure::draw(),
        ["--gate"] => gate::check(false),
        ["--gate", "--bless"] => gate::check(true),
        ["--instructions", "--floor", path, files @ ..] if are_files(files) => {
            cost::table(files, true, Some(path))
        }
        ["--floor", path, files @ ..] if are_files(files) => cost::table(files, false, Some(path)),
        ["--instructions", files @ ..] if are_files(files) => cost::table(files, true, None),
        files if are_files(files) => cost::table(files, false, None),
        _ => Err(
            "usage: plimsoll-bench [--instructions] [--floor PATH] FILE... | --growth | --gate [--bless] | --figure | \
             --placement"
                .into(),
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plimsoll-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn are_files(words: &[&str]) -> bool {
    !words.is_empty() && words.iter().all(|word| !word.starts_with('-'))
}

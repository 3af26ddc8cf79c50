//! `plimsoll validate`: every mistake in scenario files and their variants, without running them.

use std::ffi::OsStr;

use plimsoll_core::scenario::Document;

use crate::args::ValidateArgs;
use crate::exit::{Exit, Failure};
use crate::source::{self, Source};
use crate::terminal::{self, GOOD, printable};

/// Checks each file, and says `ok` for those without a mistake.
pub fn validate(args: &ValidateArgs) -> Result<Exit, Failure> {
    source::refuse_stdin_twice(&args.files)?;
    let mut worst = Exit::Passed;
    for file in &args.files {
        match validate_file(file) {
            Ok(line) => terminal::print(&line)?,
            Err(failure) => {
                terminal::tell(&failure.to_string());
                worst = worst.max(failure.exit());
            }
        }
    }
    Ok(worst)
}

/// The line for a file without a mistake.
fn validate_file(file: &OsStr) -> Result<String, Failure> {
    let source = Source::read(file)?;
    let checked = Document::parse(&source.name, &source.bytes).and_then(|document| {
        let warnings = document.validate()?;
        Ok((document.variant_names().len(), warnings))
    });
    match checked {
        Ok((variants, warnings)) => {
            terminal::tell(&warnings.to_string());
            let name = printable(&source.name);
            let variants = match variants {
                0 => String::new(),
                1 => " and its variant".to_owned(),
                n => format!(" and its {n} variants"),
            };
            Ok(format!("{GOOD}ok{GOOD:#} {name}{variants}\n"))
        }
        Err(diagnostics) => {
            terminal::tell(&diagnostics.to_string());
            Err(Failure::Reported(Exit::BadInput))
        }
    }
}

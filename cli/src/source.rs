//! Where input comes from: files, and standard input for `-`.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;

use crate::exit::Failure;

/// A file's bytes, with the name that messages use.
pub struct Source {
    /// The path as typed, or `<stdin>`.
    pub name: String,
    /// The path as a command can name it: `-` for standard input.
    pub argument: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Source {
    /// Reads a file, or standard input for `-`.
    pub fn read(file: &OsStr) -> Result<Source, Failure> {
        let argument = file.to_string_lossy().into_owned();
        if argument == "-" {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| Failure::io("read", Path::new("standard input"), &error))?;
            return Ok(Source { name: "<stdin>".to_owned(), argument, bytes });
        }
        let bytes = std::fs::read(file).map_err(|error| Failure::io("read", Path::new(file), &error))?;
        Ok(Source { name: argument.clone(), argument, bytes })
    }
}

/// Standard input can be read once only.
pub fn refuse_stdin_twice(files: &[impl AsRef<OsStr>]) -> Result<(), Failure> {
    if files.iter().filter(|file| file.as_ref() == "-").count() > 1 {
        return Err(Failure::bad_input("- is named twice", "standard input can be read once only"));
    }
    Ok(())
}

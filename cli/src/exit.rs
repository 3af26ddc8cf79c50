//! How a command ends: the exit code, and failures that a person can act on.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// How a command ended, from best to worst; of several runs the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, and every check holds.
    Passed,
    /// No check fails, but the replications do not decide one of them.
    Undecided,
    /// A check does not hold.
    Failed,
    /// The same, where somebody wants another exit code for it.
    FailedWith(u8),
    /// A scenario or an option is wrong.
    BadInput,
    /// Something could not be read or written, or the fault is ours.
    Fault,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::FailedWith(code) => code,
            Exit::BadInput => 2,
            Exit::Undecided => 3,
            Exit::Fault => 4,
        })
    }
}

/// Why a command, or one of its files, came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// The reader of our output went away. There is nobody to tell, and nothing wrong.
    BrokenPipe,
    /// To be told.
    Told {
        /// How the command ends for it.
        exit: Exit,
        /// What is the matter.
        message: String,
        /// What can be done about it.
        hint: String,
    },
    /// Already told, as diagnostics.
    Reported(Exit),
}

impl Failure {
    /// The input is wrong.
    pub fn bad_input(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::Told { exit: Exit::BadInput, message: message.into(), hint: hint.into() }
    }

    /// A file or directory cannot be used: `cannot read scenario.yaml: no such file`.
    pub fn io(verb: &str, path: &Path, error: &io::Error) -> Failure {
        let hint = match error.kind() {
            io::ErrorKind::NotFound if verb == "read" => "check the path; - reads standard input",
            io::ErrorKind::NotFound => "make its directory first, or write elsewhere",
            io::ErrorKind::IsADirectory if verb == "write" => "give the name of a file",
            io::ErrorKind::IsADirectory => "name the files in it, for example with *.yaml",
            io::ErrorKind::PermissionDenied => "check who owns it and its permissions",
            io::ErrorKind::StorageFull => "make room on the disk, or write elsewhere",
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                "there is a file where a directory should be"
            }
            _ => "choose another path",
        };
        Failure::Told {
            exit: Exit::Fault,
            message: format!("cannot {verb} {}: {}", path.display(), reason(error)),
            hint: hint.to_owned(),
        }
    }

    /// Standard output cannot be written to.
    pub fn stdout(error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            _ => Failure::io("write", Path::new("standard output"), error),
        }
    }

    /// How the command ends for it.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::BrokenPipe => Exit::Passed,
            Failure::Told { exit, .. } | Failure::Reported(exit) => *exit,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::BrokenPipe | Failure::Reported(_) => Ok(()),
            Failure::Told { message, hint, .. } => writeln!(f, "error: {message}\n  hint: {hint}"),
        }
    }
}

/// The operating system's words without its number: `No such file or directory`.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

//! A directory with scenarios, and the program to use in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A session; its directory goes with it.
pub struct Shell {
    directory: PathBuf,
}

/// What a command left behind.
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Shell {
    /// A new directory with copies of `scenarios`.
    pub fn with(scenarios: &[&str]) -> Shell {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let directory = parent.join(format!("session-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).expect("the target directory can be written to");
        let shell = Shell { directory };
        for scenario in scenarios {
            shell.write(scenario, &scenario_text(scenario));
        }
        shell
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the session's directory can be written to");
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The files in a directory of the session, by name.
    pub fn list(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).expect("the directory exists");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("it can be read").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// A path in the session's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The program, ready to be started.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(line.split_whitespace()).current_dir(&self.directory).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env("COLUMNS", "100");
        command
    }

    /// Runs `plimsoll` with the words of `line`.
    pub fn plimsoll(&self, line: &str) -> Answer {
        Answer::of(self.command(line).output().expect("the program starts"))
    }

    /// The same with `input` on standard input.
    pub fn plimsoll_reads(&self, line: &str, input: &str) -> Answer {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("its input is a pipe");
        stdin.write_all(input.as_bytes()).expect("it reads its input");
        drop(stdin);
        Answer::of(child.wait_with_output().expect("it ends"))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Answer {
    fn of(output: Output) -> Answer {
        Answer {
            code: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).expect("results are UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    /// All of it as one text, for a snapshot: digests left out, because every change of the engine
    /// changes them.
    pub fn transcript(&self) -> String {
        let part = |name: &str, text: &str| match text {
            "" => String::new(),
            text => format!("\n--- {name} ---\n{}", without_digests(text)),
        };
        format!("exit code {}{}{}", self.code, part("stdout", &self.stdout), part("stderr", &self.stderr))
    }
}

/// A scenario of the tests.
pub fn scenario_text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios").join(name);
    fs::read_to_string(path).expect("the scenario is there")
}

/// Every word of 16 hexadecimal digits becomes `DIGEST`.
fn without_digests(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let end =
            rest[start..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |end| start + end);
        shown += &rest[..start];
        shown += if is_digest(&rest[start..end]) { "DIGEST" } else { &rest[start..end] };
        rest = &rest[end..];
    }
    shown + rest
}

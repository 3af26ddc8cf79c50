//! CPU time, to the nanosecond, of this process and of others: what the kernel's scheduler accounts
//! (`/proc/PID/schedstat`). Waiting for a busy machine does not count.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// CPU time that this process has used.
pub fn own() -> Option<Duration> {
    of("self")
}

fn of(pid: &str) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// What a command prints, and the CPU time of the whole process.
pub fn run(command: &mut Command) -> Result<(String, Duration), String> {
    let name = format!("{command:?}");
    let told = |error: std::io::Error| format!("{name}: {error}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(told)?;
    let mut text = String::new();
    if let Some(mut out) = child.stdout.take() {
        out.read_to_string(&mut text).map_err(told)?;
    }
    let used = time_at_end(&child);
    let status = child.wait().map_err(told)?;
    if !status.success() {
        return Err(format!("{name}: {status}"));
    }
    used.map(|used| (text, used))
        .ok_or_else(|| "no CPU times are to be had here (/proc/PID/schedstat)".into())
}

/// A process that has ended keeps its accounts until somebody asks how it ended.
fn time_at_end(child: &Child) -> Option<Duration> {
    let pid = child.id().to_string();
    for _ in 0..10_000 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
        if state == Some('Z') {
            return of(&pid);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    None
}

//! Instructions, counted by valgrind's callgrind: the same number on a busy machine and on a quiet one.

use std::process::Command;

/// Instructions that the run of a scenario takes, reading and compiling the file left out.
pub fn of(file: &str) -> Result<u64, String> {
    Ok(count(&["--run", file])?.saturating_sub(count(&["--compile", file])?))
}

/// Instructions of this program with such arguments.
pub fn count(arguments: &[&str]) -> Result<u64, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args(arguments)
        .output()
        .map_err(|error| format!("valgrind does not start ({error}); it counts the instructions"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find_map(|line| line.split_once("Collected :"));
    let counted = line.and_then(|(_, number)| number.trim().parse().ok());
    counted.filter(|_| output.status.success()).ok_or_else(|| text.into_owned())
}

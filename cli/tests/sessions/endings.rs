//! How commands end: exit codes, and what is left when something goes wrong.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::shell::Shell;

fn code(shell: &Shell, line: &str) -> i32 {
    shell.plimsoll(line).code
}

#[test]
fn checks_decide_between_0_and_1() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_eq!(code(&shell, "run tiny.yaml"), 0);
    assert_eq!(code(&shell, "run tiny.yaml --variant one-node"), 1);
    assert_eq!(code(&shell, "run tiny.yaml --variants"), 1);
}

/// A probability is not decided by one run, however it comes out.
#[test]
fn what_the_replications_leave_open_is_3() {
    let shell = Shell::with(&["busy.yaml"]);
    shell.write(
        "open.yaml",
        &shell.read("busy.yaml").replace("max(pods.running) <= 8", "P(max(pods.running) = 8) > 5%"),
    );
    let answer = shell.plimsoll("run open.yaml -o table");
    assert_eq!(answer.code, 3, "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn bad_input_is_2() {
    let shell = Shell::with(&["tiny.yaml", "misspelt.yaml"]);
    shell.write("syntax.yaml", "name: [");
    shell.write("empty.yaml", "");
    shell.write("binary.yaml", "\u{0}\u{1}");
    for line in [
        "",
        "walk",
        "run",
        "run tiny.yaml --replications 0",
        "run tiny.yaml --seed minus",
        "run tiny.yaml -o toml",
        "run tiny.yaml --variant one-node --variants",
        "run tiny.yaml --variant nobody",
        "run tiny.yaml --variants=nobody",
        "run tiny.yaml --set nodeGroups",
        "run tiny.yaml --set nodeGroups.user.maximum=3",
        "run tiny.yaml --set nodeGroups.user.max=many",
        "run tiny.yaml tiny.yaml --events events.jsonl",
        "run misspelt.yaml",
        "run syntax.yaml",
        "run empty.yaml",
        "run binary.yaml",
        "run - -",
        "validate misspelt.yaml",
        "plot misspelt.yaml",
        "plot tiny.yaml --figure nothing",
    ] {
        let answer = shell.plimsoll(line);
        assert_eq!(answer.code, 2, "plimsoll {line}: {}{}", answer.stdout, answer.stderr);
        assert!(!answer.stderr.is_empty(), "plimsoll {line} says why");
        assert!(!answer.stderr.contains("fault of Plimsoll"), "plimsoll {line}: {}", answer.stderr);
    }
}

#[test]
fn unknown_names_come_with_a_suggestion() {
    let shell = Shell::with(&["tiny.yaml", "misspelt.yaml"]);
    for (line, meant) in [
        ("run tiny.yaml --variant one-nod", "one-node"),
        ("run tiny.yaml --set nodeGroups.user.maxx=3", "max"),
        ("run tiny.yaml --replicaions 3", "--replications"),
        ("validate misspelt.yaml", "nodeGroups"),
    ] {
        let answer = shell.plimsoll(line);
        assert!(answer.stderr.contains(meant), "plimsoll {line}: {}", answer.stderr);
    }
}

#[test]
fn missing_and_unreadable_files_are_4() {
    let shell = Shell::with(&["tiny.yaml"]);
    for line in ["run nowhere.yaml", "validate nowhere.yaml", "plot nowhere.yaml", "run ."] {
        let answer = shell.plimsoll(line);
        assert_eq!(answer.code, 4, "plimsoll {line}");
        assert!(
            answer.stderr.contains("cannot read") && answer.stderr.contains("hint: "),
            "{}",
            answer.stderr
        );
    }
}

#[test]
fn places_that_cannot_be_written_to_are_4() {
    let shell = Shell::with(&["tiny.yaml"]);
    for line in [
        "plot tiny.yaml --out tiny.yaml",
        "plot tiny.yaml --out tiny.yaml/figures",
        "run tiny.yaml --events nowhere/events.jsonl",
        "run tiny.yaml --events .",
    ] {
        let answer = shell.plimsoll(line);
        assert_eq!(answer.code, 4, "plimsoll {line}: {}", answer.stderr);
        assert!(answer.stderr.contains("hint: "), "{}", answer.stderr);
    }
    assert_eq!(shell.list("."), ["tiny.yaml"], "nothing is left over");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_4() {
    let shell = Shell::with(&["tiny.yaml"]);
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let output = shell.command("run tiny.yaml").stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn a_broken_file_does_not_stop_the_others_and_the_worst_code_counts() {
    let shell = Shell::with(&["tiny.yaml", "misspelt.yaml", "busy.yaml"]);
    let answer = shell.plimsoll("run misspelt.yaml tiny.yaml busy.yaml -o json");
    assert_eq!((answer.code, answer.stdout.lines().count()), (2, 2), "{}", answer.stderr);
    let answer = shell.plimsoll("run nowhere.yaml misspelt.yaml tiny.yaml -o json");
    assert_eq!((answer.code, answer.stdout.lines().count()), (4, 1), "{}", answer.stderr);
    let answer = shell.plimsoll("run tiny.yaml --variants=one-node,nobody,small-pods -o json");
    assert_eq!((answer.code, answer.stdout.lines().count()), (2, 2), "{}", answer.stderr);
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let shell = Shell::with(&["tiny.yaml"]);
    let line = format!("run{} -o json", " tiny.yaml".repeat(60));
    let mut command = shell.command(&line);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// Interrupted at the moment when the file has begun to grow under its temporary name.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_half_file() {
    let shell = Shell::with(&["busy.yaml"]);
    let line = "run busy.yaml --set duration=60d --events events.jsonl -o csv";
    let child = shell.command(line).stdout(Stdio::null()).spawn().expect("it starts");
    let deadline = Instant::now() + Duration::from_secs(120);
    while !shell.list(".").iter().any(|name| name.ends_with(".part")) {
        assert!(Instant::now() < deadline, "it never begins to write");
        std::thread::sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().expect("there is kill");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(shell.list("."), ["busy.yaml"]);
}

#[test]
fn colours_are_for_people_who_want_them() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert!(!shell.plimsoll("run tiny.yaml -o table").stdout.contains('\u{1b}'));
    assert!(shell.plimsoll("run tiny.yaml -o table --color always").stdout.contains('\u{1b}'));
    assert!(!shell.plimsoll("run tiny.yaml -o table --color never").stdout.contains('\u{1b}'));
}

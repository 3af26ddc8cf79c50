//! `plimsoll plot`: files, the snippet, and a command that repeats them.

use insta::assert_snapshot;

use super::shell::Shell;

/// What a PNG begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[test]
fn a_figure_comes_with_its_snippet() {
    let shell = Shell::with(&["tiny.yaml"]);
    let answer = shell.plimsoll("plot tiny.yaml --out figures");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(shell.list("figures"), ["six-pods-two-nodes-overview.md", "six-pods-two-nodes-overview.svg"]);
    assert!(shell.read("figures/six-pods-two-nodes-overview.svg").starts_with("<svg"));
    let snippet = shell.read("figures/six-pods-two-nodes-overview.md");
    assert_eq!(answer.stdout, snippet, "the snippet is printed too");
    assert!(snippet.contains("](six-pods-two-nodes-overview.svg)\n"), "{snippet}");
    assert!(
        snippet.contains("\nplimsoll plot tiny.yaml --seed 1 --figure overview --out figures\n"),
        "{snippet}"
    );
}

#[test]
fn what_is_written_is_told() {
    let answer = Shell::with(&["tiny.yaml"]).plimsoll("plot tiny.yaml --variants --format svg,png");
    assert_snapshot!(answer.stderr);
}

#[test]
fn the_command_of_the_snippet_repeats_the_figure() {
    let shell = Shell::with(&["busy.yaml"]);
    let first = shell.plimsoll("plot busy.yaml --seed 5 --set workloads.jobs.arrivals.perHour=30 --out a");
    let command = first.stdout.lines().find_map(|line| line.strip_prefix("plimsoll ")).expect("a command");
    let figure = shell.read("a/busy-overview.svg");
    std::fs::remove_dir_all(shell.path("a")).expect("it can be removed");
    assert_eq!(shell.plimsoll(command).stdout, first.stdout);
    assert_eq!(shell.read("a/busy-overview.svg"), figure);
}

#[test]
fn absolute_paths_are_not_repeated() {
    let shell = Shell::with(&["tiny.yaml"]);
    let (file, out) = (shell.path("tiny.yaml"), shell.path("figures"));
    let answer = shell.plimsoll(&format!("plot {} --out {}", file.display(), out.display()));
    assert!(answer.stdout.contains("plimsoll plot tiny.yaml --seed 1 --figure overview --out figures\n"));
}

#[test]
fn a_picture_of_pixels_is_a_png() {
    let shell = Shell::with(&["tiny.yaml"]);
    assert_eq!(shell.plimsoll("plot tiny.yaml --format png").code, 0);
    let picture = std::fs::read(shell.path("six-pods-two-nodes-overview.png")).expect("it is written");
    assert!(picture.starts_with(PNG) && picture.len() > 5_000, "{} bytes", picture.len());
}

#[test]
fn a_saved_report_gives_the_figure_of_its_run() {
    let shell = Shell::with(&["busy.yaml"]);
    shell.plimsoll("plot busy.yaml --out run");
    let report = shell.plimsoll("run busy.yaml -o json").stdout;
    shell.write("report.json", &report);
    let answer = shell.plimsoll("plot report.json --out saved");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(shell.read("run/busy-overview.svg"), shell.read("saved/busy-overview.svg"));
    assert_eq!(shell.plimsoll_reads("plot - --out piped", &report).code, 0);
    assert_eq!(shell.plimsoll("plot report.json --seed 2").code, 2);
}

#[test]
fn every_figure_can_be_drawn() {
    let shell = Shell::with(&["busy.yaml"]);
    for figure in plimsoll_charts::Figure::ALL {
        let answer = shell.plimsoll(&format!("plot busy.yaml --figure {} --format svg,png", figure.name()));
        assert_eq!(answer.code, 0, "{}: {}", figure.name(), answer.stderr);
    }
}

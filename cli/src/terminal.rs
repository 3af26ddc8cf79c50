//! Standard output and standard error.
//!
//! Data goes to the one, talk to the other. anstream takes colours out where they are not wanted: when
//! it is no terminal, by `NO_COLOR`, by `--color`.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::exit::Failure;

/// What holds.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What does not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is open, and warnings.
pub const OPEN: Style = AnsiColor::Yellow.on_default();
/// Headings.
pub const STRONG: Style = Style::new().bold();
/// What may be skipped.
pub const FAINT: Style = Style::new().dimmed();

/// Obeys `--color` from here on.
pub fn set_color(choice: clap::ColorChoice) {
    match choice {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Whether a person reads standard output.
pub fn person_reads_stdout() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person reads standard error.
pub fn person_reads_stderr() -> bool {
    io::stderr().is_terminal()
}

/// Writes a result.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::stdout(&error))
}

/// Writes a message. Where standard error is closed there is nobody to tell.
pub fn tell(text: &str) {
    let mut text = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let _ = anstream::stderr().lock().write_all(paint_severity(&text).as_bytes());
}

/// Colours the words `error`, `warning` and `hint` that begin a line.
fn paint_severity(text: &str) -> String {
    text.split_inclusive('\n').map(paint_line).collect()
}

fn paint_line(line: &str) -> String {
    let words = line.trim_start();
    let indent = &line[..line.len() - words.len()];
    for (word, style) in [("error", BAD), ("warning", OPEN), ("hint", STRONG)] {
        if let Some(rest) = words.strip_prefix(word)
            && rest.starts_with([':', '['])
        {
            return format!("{indent}{style}{word}{style:#}{rest}");
        }
    }
    line.to_owned()
}

/// A name or text from a file, made safe to show: a scenario cannot move the cursor or hide a line.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

//! `plimsoll explain`: what the code of a diagnostic means; `field` says it of a field.

use plimsoll_core::scenario::{CODES, Code, explain as entry};

use crate::args::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::terminal::{self, STRONG};

use super::field;

/// Prints what codes and fields mean; without any, the table of all codes.
pub fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let mut texts = Vec::new();
    if args.subjects.is_empty() {
        texts.push(CODES.iter().map(|code| format!("{}  {}\n", code.code, code.title)).collect());
    }
    let mut worst = Exit::Passed;
    for subject in &args.subjects {
        let explained = match entry(subject) {
            Some(code) => Ok(paragraph(code)),
            None if is_code(subject) => Err(Failure::bad_input(
                format!("there is no code {subject}"),
                "a diagnostic shows its code in brackets, as in error[S012]; plimsoll explain lists all",
            )),
            None => field::explain(subject),
        };
        match explained {
            Ok(text) => texts.push(text),
            Err(failure) => {
                terminal::tell(&failure.to_string());
                worst = failure.exit();
            }
        }
    }
    terminal::print(&texts.join("\n"))?;
    Ok(worst)
}

/// A letter and digits.
fn is_code(text: &str) -> bool {
    text.strip_prefix(|c: char| c.is_ascii_alphabetic())
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The code and its title, then the explanation.
fn paragraph(code: &Code) -> String {
    format!("{STRONG}{}: {}{STRONG:#}\n{}", code.code, code.title, wrapped(code.explanation, 0))
}

/// The text in lines that can be read, each after so many blanks.
pub fn wrapped(text: &str, indent: usize) -> String {
    const WIDTH: usize = 90;
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if length > 0 && length + 1 + width > WIDTH {
            lines.push('\n');
            length = 0;
        }
        lines += &if length == 0 { " ".repeat(indent) } else { " ".to_owned() };
        length += width + if length == 0 { indent } else { 1 };
        lines += word;
    }
    lines + "\n"
}

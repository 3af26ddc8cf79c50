//! `plimsoll explain`: what the code of a diagnostic means.

use plimsoll_core::scenario::{CODES, Code, explain as entry};

use crate::args::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::terminal::{self, STRONG};

/// Prints what the codes mean; without a code, the table of all.
pub fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let mut text = String::new();
    if args.codes.is_empty() {
        text = CODES.iter().map(|code| format!("{}  {}\n", code.code, code.title)).collect();
    }
    let mut unknown = Vec::new();
    for code in &args.codes {
        match entry(code) {
            Some(code) => {
                text += if text.is_empty() { "" } else { "\n" };
                text += &paragraph(code);
            }
            None => unknown.push(code.as_str()),
        }
    }
    terminal::print(&text)?;
    match unknown.as_slice() {
        [] => Ok(Exit::Passed),
        names => Err(Failure::bad_input(
            format!("there is no code {}", names.join(", ")),
            "a diagnostic shows its code in brackets, as in error[S012]; plimsoll explain lists all",
        )),
    }
}

/// The code and its title, then the explanation in lines that can be read.
fn paragraph(code: &Code) -> String {
    const WIDTH: usize = 90;
    let mut text = format!("{STRONG}{}: {}{STRONG:#}\n", code.code, code.title);
    let mut length = 0;
    for word in code.explanation.split_whitespace() {
        let width = word.chars().count();
        match length {
            0 => {}
            length if length + 1 + width <= WIDTH => text.push(' '),
            _ => {
                text.push('\n');
                length = 0;
            }
        }
        length += width + usize::from(length > 0);
        text += word;
    }
    text + "\n"
}

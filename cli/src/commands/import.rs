//! `plimsoll import`: a scenario made of what people have already.

use std::path::Path;

use plimsoll_core::import::{Ignored, Imported, Text, Wishes, z2jh};

use crate::args::{ImportArgs, ImportKind};
use crate::exit::{Exit, Failure};
use crate::source::{self, Source};
use crate::terminal::{self, FAINT, STRONG, printable};

/// Prints the scenario, and tells what was made of the files and what was not.
pub fn import(args: &ImportArgs) -> Result<Exit, Failure> {
    source::refuse_stdin_twice(&args.files)?;
    let sources = args.files.iter().map(|file| Source::read(file)).collect::<Result<Vec<_>, _>>()?;
    let texts = sources.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let files: Vec<Text<'_>> =
        texts.iter().zip(&sources).map(|(text, source)| Text { name: &source.name, text }).collect();
    let wishes = Wishes {
        machine: args.machine.clone(),
        users: args.users,
        min: args.min,
        max: args.max,
        era: args.era,
        name: args.name.clone().or_else(|| stem(&sources)),
    };
    let ImportKind::Z2jh = args.kind;
    match z2jh(&files, &wishes) {
        Ok(imported) => {
            if !args.quiet {
                terminal::tell(&summary(&imported));
            }
            terminal::print(&imported.scenario)?;
            Ok(Exit::Passed)
        }
        Err(diagnostics) => {
            terminal::tell(&diagnostics.to_string());
            Err(Failure::Reported(Exit::BadInput))
        }
    }
}

fn text(source: &Source) -> Result<String, Failure> {
    String::from_utf8(source.bytes.clone()).map_err(|_| {
        Failure::bad_input(
            format!("{} is not UTF-8", source.name),
            "save it as UTF-8; `iconv -t UTF-8` converts one",
        )
    })
}

/// The name of the last file, without its ending.
fn stem(sources: &[Source]) -> Option<String> {
    let last = sources.last().filter(|source| source.argument != "-")?;
    Some(Path::new(&last.name).file_stem()?.to_string_lossy().into_owned())
}

/// What was read, assumed and left out.
fn summary(imported: &Imported) -> String {
    let (count, ignored) = (imported.values, imported.ignored_values());
    let mut text = format!("{STRONG}imported{STRONG:#} {} of {count} values\n", count - ignored);
    for note in &imported.notes {
        text += &printable(&format!("  {note}"));
        text.push('\n');
    }
    if ignored > 0 {
        text += &format!("{STRONG}ignored{STRONG:#} {ignored} values:\n");
    }
    for Ignored { path, values, place } in &imported.ignored {
        let line = printable(&format!("{path} ({values})"));
        text += &format!("  {line}  {FAINT}{}{FAINT:#}\n", printable(place));
    }
    text
}

//! The Markdown that goes with a figure: the picture, what it shows, and how to get it again. The command line
//! and the page write the same.

use plimsoll_core::report::{Report, units};

use crate::caption::summary_sentence;
use crate::figure::Figure;

/// A figure in a document.
pub struct Snippet<'a> {
    /// What it is a figure of.
    pub report: &'a Report,
    /// Which one.
    pub figure: Figure,
    /// The picture's file name, beside the snippet.
    pub picture: &'a str,
    /// What it shows, in words.
    pub caption: &'a str,
    /// The command that repeats it.
    pub command: &'a str,
}

/// The snippet's text, ready for a document. Its alternative text says what there is to see, for those who do not see it.
#[must_use]
pub fn snippet(snippet: &Snippet<'_>) -> String {
    let Snippet { report, figure, picture, caption, command } = snippet;
    let seen = summary_sentence(report, *figure);
    let alternative = escaped(&format!("{}, {}: {seen}", report.scenario.name, figure.name()));
    let replications = units::counted(report.replications.into(), "replication");
    format!(
        "![{alternative}]({picture})\n\n{}\nSeed {}, {replications}, digest `{}`. To repeat it:\n\n```sh\n{command}\n```\n",
        escaped(caption.trim_end()),
        report.seed,
        report.digest,
    )
}

/// The first part of a figure's file names: `reddit-hugs-mybinder-ceiling-20`.
#[must_use]
pub fn file_stem(report: &Report) -> String {
    let mut stem = slug(&report.scenario.name);
    if let Some(variant) = &report.variant {
        stem = format!("{stem}-{}", slug(variant));
    }
    stem
}

/// Letters and digits in lower case, everything else as single hyphens.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "scenario".to_owned() } else { words.join("-") }
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '[' | ']' | '\\' | '`' | '*' | '_' | '<' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_file_names() {
        assert_eq!(slug("Reddit hugs mybinder"), "reddit-hugs-mybinder");
        assert_eq!(slug("  2018-01-18: /etc/../passwd "), "2018-01-18-etc-passwd");
        assert_eq!(slug("Überlast"), "überlast");
        assert_eq!(slug("…"), "scenario");
    }
}

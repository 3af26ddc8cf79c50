//! Diagnostics: what is wrong with a scenario, where, and the way out.
//!
//! A [`Diagnostic`] is a value, complete in itself: it carries the file's name, the place and the
//! line it points at, so that the command line, the page and a test can all show it without the
//! document. [`Diagnostics`] is a list in order of place without repetitions. Its `Display` is the
//! one rendering there is:
//!
//! ```text
//! error[S020]: `2GiB` is not a quantity of memory
//!   scenarios/gpu.yaml:41:15  workloads.train.pod.resources.requests.memory
//!    41 |       memory: 2GiB
//!       |               ^
//!   hint: did you mean `2Gi`?
//! ```
//!
//! No colour here: whoever prints may add it from the fields.

use core::fmt;

use serde::Serialize;

pub(crate) use crate::tree::error::enumerate;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, though perhaps not as meant.
    Warning,
}

/// Where in which text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file's name, or the whole assignment (`--set hub.cull.maxAge=6h`).
    pub file: String,
    /// Which of the document's texts: 0 is the file, assignments follow.
    pub source: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line, cut to about a hundred characters around the column; absent for assignments, which
    /// `file` shows whole.
    pub excerpt: Option<Excerpt>,
}

/// The line that a diagnostic points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Excerpt {
    /// Its text, perhaps cut.
    pub text: String,
    /// How many characters of `text` stand before the place.
    pub caret: u32,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// A code of [`super::codes::CODES`]; `plimsoll explain` tells more about it.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where; absent when there is no text to point at.
    pub place: Option<Place>,
    /// The dotted path of the value, as `--set` takes it; empty for the file as a whole.
    pub path: String,
    /// The variant in which it is so; `None`: the base.
    pub variant: Option<String>,
    /// What is the case.
    pub fact: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// All that is wrong, in order of place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

/// Characters of a source line that an excerpt keeps.
const EXCERPT_WIDTH: usize = 100;

impl Excerpt {
    /// Cuts `line` around `column` (from 1, in characters).
    pub(crate) fn cut(line: &str, column: u32) -> Self {
        let line = line.trim_end();
        let caret = (column.max(1) - 1) as usize;
        // A line of megabytes is walked up to the caret only.
        let first = caret.saturating_sub(EXCERPT_WIDTH * 3 / 4);
        let mut text: String = line.chars().skip(first).take(EXCERPT_WIDTH).map(printable).collect();
        let mut before = caret - first;
        if first > 0 {
            text.insert(0, '…');
            before += 1;
        }
        if line.chars().skip(first).nth(EXCERPT_WIDTH).is_some() {
            text.push('…');
        }
        Self { text, caret: u32::try_from(before).unwrap_or(u32::MAX) }
    }
}

/// Tabs become blanks, so that the caret stands where it should; other control characters must not
/// reach a terminal.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}

impl Diagnostic {
    /// True for an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Diagnostics {
    /// No diagnostics.
    pub const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True when one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(Diagnostic::is_error)
    }

    /// All of them, in order of place.
    pub fn iter(&self) -> core::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.extend([diagnostic]);
    }
}

impl Extend<Diagnostic> for Diagnostics {
    /// Keeps the order by place and drops what says the same of the same place.
    fn extend<It: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: It) {
        self.list.extend(diagnostics);
        let place = |diagnostic: &Diagnostic| {
            diagnostic.place.as_ref().map(|place| (place.source, place.line, place.column))
        };
        self.list.sort_by(|a, b| (place(a), a.code, &a.fact).cmp(&(place(b), b.code, &b.fact)));
        self.list.dedup_by(|a, b| a.place == b.place && a.code == b.code && a.fact == b.fact);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<It: IntoIterator<Item = Diagnostic>>(diagnostics: It) -> Self {
        let mut all = Self::new();
        all.extend(diagnostics);
        all
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { list: vec![diagnostic] }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = core::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            0 => write!(f, "{}:{}:{}", self.file, self.line, self.column),
            _ => f.write_str(&self.file),
        }
    }
}

impl fmt::Display for Diagnostic {
    /// Several lines, the last without a line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity, self.code, self.fact)?;
        if let Some(place) = &self.place {
            write!(f, "\n  {place}")?;
            if !self.path.is_empty() {
                write!(f, "  {}", self.path)?;
            }
            if let Some(variant) = &self.variant {
                write!(f, "  (variant `{variant}`)")?;
            }
            if let Some(excerpt) = &place.excerpt {
                let caret = excerpt.caret as usize;
                write!(f, "\n  {:>4} | {}", place.line, excerpt.text)?;
                write!(f, "\n       | {:caret$}^", "")?;
            }
        } else if !self.path.is_empty() {
            write!(f, "\n  {}", self.path)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Diagnostics {
    /// All of them, a blank line between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Diagnostics {}

/// Candidates that are compared: a file of many thousand names must not take long to refuse.
const MAX_CANDIDATES: usize = 300;

/// The candidate that somebody who wrote `name` probably meant.
pub(crate) fn nearest<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Both measures are quadratic: a name of megabytes is not a typing error.
    if name.len() > 64 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
    let wanted = plain(name);
    let score = |candidate: &str| {
        let candidate = plain(candidate);
        let edits = strsim::osa_distance(&wanted, &candidate);
        let close = edits <= 1 + wanted.chars().count() / 4 && edits < wanted.chars().count().max(1);
        let begins = wanted.len() >= 3 && (candidate.starts_with(&wanted) || wanted.starts_with(&candidate));
        (close || begins).then_some(edits)
    };
    let scored = candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter_map(|candidate| Some((score(candidate)?, candidate)));
    scored.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// "did you mean `x`?" if something comes near, else a list of what there is.
pub(crate) fn suggestion<'n>(
    name: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'n str> + Clone,
) -> String {
    match nearest(name, candidates.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if candidates.clone().into_iter().next().is_none() => {
            format!("there are no {what} here")
        }
        None => format!("known {what}: {}", enumerate(candidates)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_forgiven_and_nonsense_is_not() {
        let fields = ["max", "min", "machine", "daemonSets", "unneededTime"];
        for (written, meant) in [
            ("maxx", Some("max")),
            ("daemonsets", Some("daemonSets")),
            ("daemon_sets", Some("daemonSets")),
            ("unneeded", Some("unneededTime")),
            ("mashine", Some("machine")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, fields), meant, "{written}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let line = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let excerpt = Excerpt::cut(&line, 501);
        assert_eq!(excerpt.text.chars().nth(excerpt.caret as usize), Some('X'));
        assert!(excerpt.text.chars().count() <= 102);
    }
}

//! Dotted paths: the one way to name a value of a scenario, in messages, `--set`, variants, sweeps
//! and the timeline's `set`.
//!
//! `nodeGroups.user.max`, `arrivals.profile[2].perHour`, `checks."nodes at 04:45"`: keys that are not
//! plain words stand in double quotes, with `\"` and `\\` inside. An index may also be written as a
//! key (`profile.2`); what it means depends on what is there.

use core::fmt;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// The way from the root of a scenario to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

impl Path {
    /// The path through these keys.
    pub(crate) fn of(keys: &[&str]) -> Self {
        Self { steps: keys.iter().map(|key| Step::Key((*key).to_owned())).collect() }
    }

    /// The path to `key` in the map that this path leads to.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// The path to the item `index` of the list that this path leads to.
    pub(crate) fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// The path with another below it.
    pub(crate) fn join(&self, below: &Self) -> Self {
        Self { steps: self.steps.iter().chain(&below.steps).cloned().collect() }
    }

    /// The steps from the root.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Splits off the last step.
    pub(crate) fn split_last(&self) -> Option<(Self, &Step)> {
        let (last, parent) = self.steps.split_last()?;
        Some((Self { steps: parent.to_vec() }, last))
    }

    /// Reads a path as somebody typed it, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        loop {
            let (step, after) = if let Some(quoted) = rest.strip_prefix('"') {
                let (key, after) = unquote(quoted).ok_or("a quoted key is not closed")?;
                (Step::Key(key), after)
            } else {
                let end = rest.find(['.', '[', '"']).unwrap_or(rest.len());
                (Step::Key(rest[..end].to_owned()), &rest[end..])
            };
            if step == Step::Key(String::new()) {
                return Err("a key is missing".to_owned());
            }
            steps.push(step);
            rest = after;
            while let Some(bracketed) = rest.strip_prefix('[') {
                let (index, after) = bracketed.split_once(']').ok_or("`[` is not closed")?;
                let index = index.parse().map_err(|_| format!("`[{index}]` holds no whole number"))?;
                steps.push(Step::Index(index));
                rest = after;
            }
            if rest.is_empty() {
                return Ok(Self { steps });
            }
            rest =
                rest.strip_prefix('.').ok_or_else(|| format!("a `.` is missing before `{}`", ends(rest)))?;
        }
    }
}

/// Reads up to the closing quote; the text after it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((key, &text[at + 1..])),
            '\\' => key.push(characters.next()?.1),
            other => key.push(other),
        }
    }
    None
}

/// The beginning of a text that may be long.
pub(crate) fn ends(text: &str) -> String {
    const SHOWN: usize = 60;
    let line: String = text
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(SHOWN)
        .collect();
    if text.chars().nth(SHOWN).is_some() { format!("{line}…") } else { line }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_' | '/'))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    let dot = if index == 0 { "" } else { "." };
                    if is_plain(key) {
                        write!(f, "{dot}{}", ends(key))?;
                    } else {
                        write!(f, "{dot}\"{}\"", ends(key).replace('\\', "\\\\").replace('"', "\\\""))?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_typed() {
        for text in ["a", "nodeGroups.user.max", "a.b[2].c", r#"checks."nodes at 04:45""#, r#"a."x.y\"z".b"#]
        {
            assert_eq!(Path::parse(text).map(|path| path.to_string()), Ok(text.to_owned()));
        }
        for text in ["", ".", "a.", "a..b", "a[", "a[x]", "a\"b\"", "\"open", "a]b["] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}

//! The scene: everything that a link holds.

use serde::{Deserialize, Serialize};

use crate::protocol::Choice;

/// The preset that the page opens with.
pub const FIRST: &str = "incidents/2018-01-18-reddit-hug";

/// What is shown, and from where it is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// What is simulated.
    #[serde(rename = "a")]
    pub choice: Choice,
    /// What it is compared with.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Choice>,
    /// Replications, where somebody chose.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub replications: Option<u32>,
    /// The cursor, in whole seconds after the report's start.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

impl Default for Scene {
    fn default() -> Self {
        Self::preset(FIRST)
    }
}

impl Scene {
    /// A preset as it is.
    pub fn preset(key: &str) -> Self {
        Self { choice: Choice::preset(key), against: None, replications: None, seconds: None }
    }

    /// The sides of a run: what it is compared with first.
    pub fn sides(&self) -> Vec<Choice> {
        self.against.iter().chain([&self.choice]).cloned().collect()
    }

    /// Before the first change, what is there is kept to be compared with.
    pub fn keep(&mut self) {
        if self.against.is_none() {
            self.against = Some(self.choice.clone());
        }
    }

    /// A change that was taken back leaves nothing to compare.
    pub fn settle(&mut self) {
        if self.against.as_ref() == Some(&self.choice) {
            self.against = None;
        }
    }

    /// The command that repeats the run.
    pub fn command(&self, seed: u64, replications: u32) -> String {
        let choice = &self.choice;
        let mut words = vec!["plimsoll".to_owned(), "run".to_owned(), choice.file()];
        if let Some(variant) = &choice.variant {
            words.extend(["--variant".to_owned(), variant.clone()]);
        }
        for (path, value) in &choice.sets {
            words.extend(["--set".to_owned(), format!("{path}={value}")]);
        }
        words.extend(["--seed".to_owned(), seed.to_string()]);
        words.extend(["--replications".to_owned(), replications.to_string()]);
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

//! Imports: what people have already, turned into a scenario. Text in, scenario text and findings out; no I/O.
//!
//! [`z2jh`] reads the `values.yaml` of JupyterHub's and BinderHub's charts. What an import cannot know it is told by
//! [`Wishes`], assumes and says so, or asks for: nothing is dropped without being counted and named.

mod binderhub;
mod charts;
mod core_pods;
mod draft;
mod nodes;
mod profiles;
mod scheduling;
mod spawner;
mod values;
mod z2jh;

use core::fmt;

use serde::Serialize;

use crate::model::Era;

pub use z2jh::z2jh;

/// A file to import: its name in messages, and what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    /// The name.
    pub name: &'t str,
    /// The text.
    pub text: &'t str,
}

/// What the files do not say.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The machines of the user nodes: a type of the catalogue, or what pods may request on one: `7910m,46Gi,110`.
    pub machine: Option<String>,
    /// People who come on the day that is simulated.
    pub users: Option<u32>,
    /// The fewest user nodes.
    pub min: Option<u32>,
    /// The most user nodes.
    pub max: Option<u32>,
    /// The release of Kubernetes, and with it the generation of the charts.
    pub era: Era,
    /// The scenario's name.
    pub name: Option<String>,
}

/// A scenario made from files.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Its text, with comments that say where each value came from.
    pub scenario: String,
    /// What the reader should know, most important first.
    pub notes: Vec<Note>,
    /// Values in the files.
    pub values: usize,
    /// Those of them that the import makes nothing of, by the largest part of which that is so.
    pub ignored: Vec<Ignored>,
}

/// Something that the reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// What kind of thing.
    pub kind: NoteKind,
    /// What.
    pub text: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NoteKind {
    /// What was found in the files.
    Found,
    /// What is in the scenario and in no file.
    Assumed,
    /// What was understood and cannot be written in a scenario.
    NotModelled,
}

/// Values that nothing was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    /// Their path in the file.
    pub path: String,
    /// How many they are.
    pub values: usize,
    /// File and line of the first.
    pub place: String,
}

impl Imported {
    /// How many values nothing was made of.
    pub fn ignored_values(&self) -> usize {
        self.ignored.iter().map(|part| part.values).sum()
    }
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found => "found",
            Self::Assumed => "assumed",
            Self::NotModelled => "not modelled",
        })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.text)
    }
}

/// Notes as they come up.
#[derive(Debug, Default)]
struct Notes {
    list: Vec<Note>,
}

impl Notes {
    fn add(&mut self, kind: NoteKind, text: impl Into<String>) {
        let note = Note { kind, text: draft::printable(&text.into()) };
        if !self.list.contains(&note) {
            self.list.push(note);
        }
    }
}

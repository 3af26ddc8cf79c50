//! The parts of a sweep: what is there, what is missing, and that nothing of another sweep gets in.
//!
//! `sweep.json` says what sweep the parts belong to; a part is `part-00007-of-00064.jsonl`, a row a line. A
//! part that has its name is whole.

use plimsoll_core::experiment::Row;
use serde::{Deserialize, Serialize};

use super::store::{Place, Store};
use crate::exit::Failure;

/// What a folder of parts says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// `plimsoll/v1`.
    pub api_version: String,
    /// `Sweep`.
    pub kind: String,
    /// Version of the engine that computes it.
    pub engine_version: String,
    /// Of the scenario, the axes, the seed and everything else that decides the rows.
    pub fingerprint: String,
    /// The scenario's name.
    pub scenario: String,
    /// The variant; `None`: the base.
    pub variant: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Replications of each point.
    pub replications: u32,
    /// Points.
    pub points: u64,
    /// Rows of a part; the last may have fewer.
    pub part_rows: u64,
    /// The paths that vary.
    pub axes: Vec<AxisColumn>,
}

/// A path that varies, and the form of its column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisColumn {
    /// The path.
    pub path: String,
    /// How its values are written.
    pub kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
    /// Yes or no.
    Flag,
    /// Texts.
    Text,
}

impl Manifest {
    /// Rows in all.
    pub fn rows(&self) -> u64 {
        self.points * u64::from(self.replications)
    }

    /// Parts in all.
    pub fn parts(&self) -> u64 {
        self.rows().div_ceil(self.part_rows)
    }

    /// The rows of a part.
    pub fn rows_of(&self, part: u64) -> std::ops::Range<u64> {
        part * self.part_rows..((part + 1) * self.part_rows).min(self.rows())
    }
}

/// A place with parts.
pub struct Parts {
    store: Store,
    /// What they are parts of.
    pub manifest: Manifest,
}

/// What says what the parts belong to.
const MANIFEST: &str = "sweep.json";

impl Parts {
    /// Opens a place for a sweep; a folder is made where it is missing.
    pub fn open(place: Place, manifest: &Manifest) -> Result<Parts, Failure> {
        let store = Store::open(place, true)?;
        let found = match read_manifest(&store)? {
            Some(found) => found,
            None => {
                store.put(MANIFEST, crate::render::json::pretty(manifest).into_bytes())?;
                // Of two that begin at once, the one that is found here goes on.
                read_manifest(&store)?.unwrap_or_else(|| manifest.clone())
            }
        };
        if found != *manifest {
            return Err(Failure::bad_input(
                format!("{} holds parts of another sweep: {}", store.place(), found.scenario),
                "the scenario, the axes, the seed or plimsoll itself has changed; remove the folder, or write elsewhere",
            ));
        }
        Ok(Parts { store, manifest: found })
    }

    /// Opens a place that has parts.
    pub fn read(place: Place) -> Result<Parts, Failure> {
        let store = Store::open(place, false)?;
        match read_manifest(&store)? {
            Some(manifest) => Ok(Parts { store, manifest }),
            None => Err(Failure::bad_input(
                format!("{} holds no parts of a sweep", store.place()),
                "name the folder that --shard or an interrupted sweep left behind",
            )),
        }
    }

    /// Where they are.
    pub fn place(&self) -> &Place {
        self.store.place()
    }

    /// The parts that are not done.
    pub fn missing(&self) -> Result<Vec<u64>, Failure> {
        let names = self.store.names()?;
        Ok((0..self.manifest.parts()).filter(|&part| !names.contains(&self.name(part))).collect())
    }

    /// Writes a part as `rows` gives it, whole or not at all.
    pub fn write(&self, part: u64, rows: &[Row]) -> Result<(), Failure> {
        let text: String = rows.iter().map(crate::render::json::line).collect();
        self.store.put(&self.name(part), text.into_bytes())
    }

    /// The rows of a part that is done.
    pub fn rows(&self, part: u64) -> Result<Vec<Row>, Failure> {
        let name = self.name(part);
        let damaged = || {
            let place = self.store.place();
            Failure::bad_input(format!("{place}/{name} is damaged"), "remove it, and run the sweep again")
        };
        let bytes = self.store.get(&name)?.ok_or_else(damaged)?;
        let rows: Result<Vec<Row>, _> = serde_json::Deserializer::from_slice(&bytes).into_iter().collect();
        let rows = rows.map_err(|_| damaged())?;
        let expected = self.manifest.rows_of(part);
        let number =
            |row: &Row| row.point * u64::from(self.manifest.replications) + u64::from(row.replication);
        if !rows.iter().map(number).eq(expected) {
            return Err(damaged());
        }
        Ok(rows)
    }

    /// Removes the folder: the file that was made of it is there.
    pub fn remove(&self) -> Result<(), Failure> {
        self.store.remove()
    }

    fn name(&self, part: u64) -> String {
        format!("part-{part:05}-of-{:05}.jsonl", self.manifest.parts())
    }
}

/// What a place says about itself; `None`: nothing.
fn read_manifest(store: &Store) -> Result<Option<Manifest>, Failure> {
    let Some(bytes) = store.get(MANIFEST)? else { return Ok(None) };
    let place = store.place();
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::bad_input(
            format!("{place}/{MANIFEST} is no sweep that this version can read: {error}"),
            "name the folder that --shard or an interrupted sweep left behind",
        )
    })?;
    match manifest.part_rows {
        0 => Err(Failure::bad_input(format!("{place}/{MANIFEST} is damaged"), "remove the folder")),
        _ => Ok(Some(manifest)),
    }
}

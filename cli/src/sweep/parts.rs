//! The folder of parts: what it holds, what is missing, and that nothing of another sweep gets in.
//!
//! `sweep.json` says what sweep the parts belong to; a part is `part-00007-of-00064.jsonl`, a row a line. A
//! part that has its name is whole: it got the name after its last byte was on the disk.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use plimsoll_core::experiment::Row;
use serde::{Deserialize, Serialize};

use crate::artifact::{self, Artifact};
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

/// A folder of parts.
pub struct Parts {
    folder: PathBuf,
    /// What they are parts of.
    pub manifest: Manifest,
}

impl Parts {
    /// Opens the folder for a sweep, and makes it where it is missing.
    pub fn open(folder: &Path, manifest: &Manifest) -> Result<Parts, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::io("make the directory", folder, &error))?;
        let file = folder.join("sweep.json");
        if file.exists() {
            let found = Parts::read(folder)?;
            if found.manifest != *manifest {
                return Err(Failure::bad_input(
                    format!("{} holds parts of another sweep: {}", folder.display(), found.manifest.scenario),
                    "the scenario, the axes, the seed or plimsoll itself has changed; remove the folder, or write elsewhere",
                ));
            }
        } else {
            artifact::write(&file, crate::render::json::pretty(manifest).as_bytes())?;
        }
        Ok(Parts { folder: folder.to_owned(), manifest: manifest.clone() })
    }

    /// Opens a folder that is there.
    pub fn read(folder: &Path) -> Result<Parts, Failure> {
        let file = folder.join("sweep.json");
        let bytes = fs::read(&file).map_err(|error| Failure::io("read", &file, &error))?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::bad_input(
                format!("{} is no sweep that this version can read: {error}", file.display()),
                "name the folder that --shard or an interrupted sweep left behind",
            )
        })?;
        if manifest.part_rows == 0 {
            return Err(Failure::bad_input(format!("{} is damaged", file.display()), "remove the folder"));
        }
        Ok(Parts { folder: folder.to_owned(), manifest })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a part is done.
    pub fn is_done(&self, part: u64) -> bool {
        self.path(part).exists()
    }

    /// The parts that are not done.
    pub fn missing(&self) -> Vec<u64> {
        (0..self.manifest.parts()).filter(|&part| !self.is_done(part)).collect()
    }

    /// Writes a part as `rows` gives it, whole or not at all.
    pub fn write(&self, part: u64, rows: &[Row]) -> Result<(), Failure> {
        let path = self.path(part);
        let mut file = Artifact::create(&path)?;
        for row in rows {
            let line = crate::render::json::line(row);
            file.write_all(line.as_bytes()).map_err(|error| Failure::io("write", &path, &error))?;
        }
        file.finish_durably()
    }

    /// The rows of a part that is done.
    pub fn rows(&self, part: u64) -> Result<Vec<Row>, Failure> {
        let path = self.path(part);
        let file = File::open(&path).map_err(|error| Failure::io("read", &path, &error))?;
        let damaged = || {
            Failure::bad_input(format!("{} is damaged", path.display()), "remove it, and run the sweep again")
        };
        let mut rows = Vec::new();
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| Failure::io("read", &path, &error))?;
            rows.push(serde_json::from_str(&line).map_err(|_| damaged())?);
        }
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
        fs::remove_dir_all(&self.folder).map_err(|error| Failure::io("remove", &self.folder, &error))
    }

    fn path(&self, part: u64) -> PathBuf {
        self.folder.join(format!("part-{part:05}-of-{:05}.jsonl", self.manifest.parts()))
    }
}

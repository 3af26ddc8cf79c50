//! From all parts to the one file, read twice: once for the columns, once for the cells.

use std::io;
use std::path::Path;

use plimsoll_core::experiment::Row;

use super::columns::Names;
use super::csv::CsvFile;
use super::parquet::ParquetFile;
use super::parts::Parts;
use crate::artifact::Artifact;
use crate::exit::Failure;

/// The forms of a sweep's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Columns, compressed.
    Parquet,
    /// Text.
    Csv,
}

impl Form {
    /// The form that a file's name says.
    pub fn of(path: &Path) -> Result<Form, Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => Ok(Form::Parquet),
            Some("csv") => Ok(Form::Csv),
            _ => Err(Failure::bad_input(
                format!("{} says no form that a sweep is written in", path.display()),
                "end the name with .parquet or .csv",
            )),
        }
    }
}

/// Writes the file at `path`; every row passes `see` on its way, in order.
pub fn assemble(
    parts: &Parts,
    form: Form,
    path: &Path,
    mut see: impl FnMut(&Row) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let missing = parts.missing()?;
    if let Some(first) = missing.first() {
        let (count, all) = (missing.len(), parts.manifest.parts());
        return Err(Failure::bad_input(
            format!("{count} of {all} parts are missing, the first is part {first}"),
            "run the shards that are missing; each continues where it stopped",
        ));
    }
    let mut names = Names::default();
    for part in 0..parts.manifest.parts() {
        parts.rows(part)?.iter().for_each(|row| names.see(row));
    }
    let columns = names.columns(&parts.manifest);
    let mut rows = |write: &mut dyn FnMut(Vec<super::columns::Cell>) -> io::Result<()>| {
        for part in 0..parts.manifest.parts() {
            for row in parts.rows(part)? {
                see(&row)?;
                let written = write(names.cells(&parts.manifest, &row));
                written.map_err(|error| Failure::io("write", path, &error))?;
            }
        }
        Ok(())
    };
    let unwritten = |error: io::Error| Failure::io("write", path, &error);
    let file = Artifact::create(path)?;
    let file = match form {
        Form::Csv => {
            let mut csv = CsvFile::begin(file, &columns).map_err(unwritten)?;
            rows(&mut |cells| csv.row(&cells))?;
            csv.finish().map_err(unwritten)?
        }
        Form::Parquet => {
            let begun = ParquetFile::begin(file, &columns, &parts.manifest);
            let mut parquet = begun.map_err(io_error).map_err(unwritten)?;
            rows(&mut |cells| parquet.row(cells).map_err(io_error))?;
            parquet.finish().map_err(io_error).map_err(unwritten)?
        }
    };
    file.finish_durably()
}

/// What Parquet complains of is what the file below it complained of.
fn io_error(error: ::parquet::errors::ParquetError) -> io::Error {
    match error {
        ::parquet::errors::ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

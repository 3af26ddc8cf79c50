//! A sweep as CSV.

use std::io::Write;

use ::csv::Writer;

use super::columns::{Cell, Column};

/// Writes the head at once, then the rows as they come.
pub struct CsvFile<W: Write> {
    writer: Writer<W>,
}

impl<W: Write> CsvFile<W> {
    /// Begins a file.
    pub fn begin(file: W, columns: &[Column]) -> std::io::Result<CsvFile<W>> {
        let mut writer = Writer::from_writer(file);
        writer.write_record(columns.iter().map(|column| &column.name))?;
        Ok(CsvFile { writer })
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[Cell]) -> std::io::Result<()> {
        Ok(self.writer.write_record(cells.iter().map(text))?)
    }

    /// Ends the file, and gives back what it was written to.
    pub fn finish(self) -> std::io::Result<W> {
        self.writer.into_inner().map_err(|error| error.into_error())
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Whole(value) => value.to_string(),
        Cell::Number(value) => value.to_string(),
        Cell::Flag(value) => value.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Empty => String::new(),
    }
}

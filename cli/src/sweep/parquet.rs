//! A sweep as Parquet, compressed with zstd: a few thousand rows at a time, so that memory stays flat.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::Type;

use super::columns::{Cell, Column};
use super::parts::{Kind, Manifest};

/// Rows of a group.
const GROUP: usize = 2_048;

/// A file in the making.
pub struct ParquetFile<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    /// The cells of the group that is being filled, by column.
    group: Vec<Vec<Cell>>,
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file; what sweep it is stands in its metadata.
    pub fn begin(file: W, columns: &[Column], manifest: &Manifest) -> Result<ParquetFile<W>> {
        let fields = columns.iter().map(field).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("sweep").with_fields(fields).build()?;
        let about = [
            ("plimsoll.engineVersion", manifest.engine_version.clone()),
            ("plimsoll.fingerprint", manifest.fingerprint.clone()),
            ("plimsoll.scenario", manifest.scenario.clone()),
            ("plimsoll.seed", manifest.seed.to_string()),
        ];
        let about = about.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect();
        let properties = WriterProperties::builder()
            .set_created_by(format!("plimsoll {}", manifest.engine_version))
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(about))
            .build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        Ok(ParquetFile { writer, group: columns.iter().map(|_| Vec::with_capacity(GROUP)).collect() })
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        for (column, cell) in self.group.iter_mut().zip(cells) {
            column.push(cell);
        }
        if self.group.first().is_some_and(|column| column.len() == GROUP) { self.flush() } else { Ok(()) }
    }

    /// Ends the file, and gives back what it was written to.
    pub fn finish(mut self) -> Result<W> {
        self.flush()?;
        self.writer.into_inner()
    }

    fn flush(&mut self) -> Result<()> {
        if self.group.first().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for cells in &mut self.group {
            let missing = || ParquetError::General("a column is missing".to_owned());
            let mut column = group.next_column()?.ok_or_else(missing)?;
            write(&mut column, cells)?;
            column.close()?;
            cells.clear();
        }
        group.close()?;
        Ok(())
    }
}

fn field(column: &Column) -> Result<Arc<Type>> {
    let physical = match column.kind {
        Kind::Whole => Physical::INT64,
        Kind::Number => Physical::DOUBLE,
        Kind::Flag => Physical::BOOLEAN,
        Kind::Text => Physical::BYTE_ARRAY,
    };
    let logical = (column.kind == Kind::Text).then_some(LogicalType::String);
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    Ok(Arc::new(field.build()?))
}

/// Writes the cells of a column: which are there, and what is in them.
fn write(column: &mut SerializedColumnWriter<'_>, cells: &[Cell]) -> Result<()> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(*cell != Cell::Empty)).collect();
    let levels = Some(levels.as_slice());
    match column.untyped() {
        ColumnWriter::Int64ColumnWriter(writer) => {
            let values: Vec<i64> = cells.iter().filter_map(whole).collect();
            writer.write_batch(&values, levels, None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let values: Vec<f64> = cells.iter().filter_map(number).collect();
            writer.write_batch(&values, levels, None)?;
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let values: Vec<bool> = cells.iter().filter_map(flag).collect();
            writer.write_batch(&values, levels, None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let values: Vec<ByteArray> = cells.iter().filter_map(text).collect();
            writer.write_batch(&values, levels, None)?;
        }
        _ => return Err(ParquetError::General("no column has this type".to_owned())),
    }
    Ok(())
}

fn whole(cell: &Cell) -> Option<i64> {
    if let Cell::Whole(value) = cell { Some(*value) } else { None }
}

fn number(cell: &Cell) -> Option<f64> {
    if let Cell::Number(value) = cell { Some(*value) } else { None }
}

fn flag(cell: &Cell) -> Option<bool> {
    if let Cell::Flag(value) = cell { Some(*value) } else { None }
}

fn text(cell: &Cell) -> Option<ByteArray> {
    if let Cell::Text(text) = cell { Some(text.as_str().into()) } else { None }
}

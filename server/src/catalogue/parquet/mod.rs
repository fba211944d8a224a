//! Parquet files, as pyarrow, Spark, Polars and DuckDB write them: flat columns, plain or with dictionaries, packed with
//! snappy, zstd or gzip. Lists and structs are passed over.
//!
//! Columns are read side by side, a thousand rows at once, so that memory is bounded by a page of each. Numbers become exact
//! decimal text, never a binary fraction: a `DECIMAL` by its digits; a floating-point column, as pandas makes them of prices,
//! by the shortest decimal that reads back as the same number, which is what was written up to 15 digits.

mod cells;
mod pages;

use std::{collections::VecDeque, sync::Arc};

use parquet::{
    column::reader::ColumnReader,
    errors::ParquetError,
    file::{
        reader::{ChunkReader, FileReader as _},
        serialized_reader::SerializedFileReader,
    },
    schema::types::ColumnDescriptor,
};

use self::cells::Reading;
use super::table::{BadRow, MAX_COLUMNS, MAX_ROW_BYTES, Row, Table, TableError, Value};

/// The first and last bytes of a file.
pub(super) const MAGIC: [u8; 4] = *b"PAR1";

/// Largest description of a file, in bytes: it grows with columns and row groups.
const MAX_FOOTER_BYTES: u32 = 64 * 1_024 * 1_024;

/// Rows that are read at once.
const BATCH: usize = 1_024;

/// A Parquet file.
pub(super) struct Parquet<R: ChunkReader + 'static> {
    chunks: R,
    file: SerializedFileReader<R>,
    header: Vec<String>,
    /// Columns by their place in the header; `None` for those that are no plain column.
    columns: Vec<Option<usize>>,
    selected: Vec<usize>,
    group: usize,
    readers: Vec<Option<(ColumnReader, Reading)>>,
    left_in_group: usize,
    batch: VecDeque<Vec<Option<Value>>>,
    number: u64,
    bytes: u64,
}

fn failed(error: &ParquetError) -> TableError {
    TableError::Format(format!("the Parquet file cannot be read: {error}"))
}

impl<R: ChunkReader + 'static> Parquet<R> {
    /// Reads the description of a file, of which both are handles.
    pub(super) fn open(chunks: R, again: R) -> Result<Self, TableError> {
        check_footer(&chunks)?;
        let file = SerializedFileReader::new(again).map_err(|error| failed(&error))?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        if schema.num_columns() > MAX_COLUMNS {
            let found = schema.num_columns();
            return Err(TableError::Format(format!(
                "the file has {found} columns: at most {MAX_COLUMNS} are read"
            )));
        }
        let (mut header, mut columns) = (Vec::new(), Vec::new());
        for (place, column) in schema.columns().iter().enumerate() {
            let flat = column.path().parts().len() == 1 && column.max_rep_level() == 0;
            let readable = flat && Reading::of(column).is_some();
            header.push(column.path().string());
            columns.push(readable.then_some(place));
        }
        Ok(Self {
            chunks,
            file,
            header,
            columns,
            selected: Vec::new(),
            group: 0,
            readers: Vec::new(),
            left_in_group: 0,
            batch: VecDeque::new(),
            number: 0,
            bytes: 0,
        })
    }

    fn descriptor(&self, column: usize) -> Arc<ColumnDescriptor> {
        self.file.metadata().file_metadata().schema_descr().column(column)
    }

    /// Begins the next row group; `false` when there is none.
    fn next_group(&mut self) -> Result<bool, ParquetError> {
        if self.group >= self.file.num_row_groups() {
            return Ok(false);
        }
        let group = self.file.get_row_group(self.group)?;
        let about = group.metadata();
        self.left_in_group = usize::try_from(about.num_rows())
            .map_err(|_| ParquetError::General("a row group has less than no rows".to_owned()))?;
        let mut readers = Vec::with_capacity(self.selected.len());
        for place in &self.selected {
            let Some(Some(column)) = self.columns.get(*place) else {
                readers.push(None);
                continue;
            };
            let chunk = about.columns().get(*column).ok_or_else(|| missing(*column))?;
            pages::check(&self.chunks, chunk)?;
            let reading = Reading::of(&self.descriptor(*column)).ok_or_else(|| missing(*column))?;
            readers.push(Some((group.get_column_reader(*column)?, reading)));
        }
        self.bytes = self.bytes.saturating_add(u64::try_from(about.compressed_size()).unwrap_or_default());
        self.readers = readers;
        self.group += 1;
        Ok(true)
    }

    /// Fills the batch; `false` at the end.
    fn fill(&mut self) -> Result<bool, ParquetError> {
        while self.left_in_group == 0 {
            if !self.next_group()? {
                return Ok(false);
            }
        }
        let wanted = self.left_in_group.min(BATCH);
        let mut rows = vec![vec![None; self.readers.len()]; wanted];
        for (place, reader) in self.readers.iter_mut().enumerate() {
            let Some((reader, reading)) = reader else { continue };
            for (row, value) in rows.iter_mut().zip(reading.read(reader, wanted)?) {
                if let Some(cell) = row.get_mut(place) {
                    *cell = value;
                }
            }
        }
        self.left_in_group -= wanted;
        self.batch = rows.into();
        Ok(true)
    }
}

fn missing(column: usize) -> ParquetError {
    ParquetError::General(format!("column {column} is not where the file says"))
}

/// The last eight bytes: the length of the description, and the magic.
fn check_footer(chunks: &impl ChunkReader) -> Result<(), TableError> {
    let cut = || TableError::Format("the Parquet file is cut off: its end is missing".to_owned());
    let start = chunks.len().checked_sub(8).ok_or_else(cut)?;
    let tail = chunks.get_bytes(start, 8).map_err(|error| failed(&error))?;
    let (length, magic) = tail.split_first_chunk::<4>().ok_or_else(cut)?;
    if magic == b"PARE" {
        return Err(TableError::Format(
            "the Parquet file is encrypted: write it without encryption".to_owned(),
        ));
    }
    if magic != MAGIC {
        return Err(cut());
    }
    let length = u32::from_le_bytes(*length);
    if length > MAX_FOOTER_BYTES {
        return Err(TableError::Format(format!(
            "the description of the Parquet file has {length} bytes: at most {MAX_FOOTER_BYTES} are read"
        )));
    }
    Ok(())
}

impl<R: ChunkReader + 'static> Table for Parquet<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn select(&mut self, columns: &[usize]) {
        self.selected = columns.to_vec();
    }

    fn next(&mut self) -> Result<Option<Result<Row, BadRow>>, TableError> {
        if self.batch.is_empty() && !self.fill().map_err(|error| failed(&error))? {
            return Ok(None);
        }
        let Some(cells) = self.batch.pop_front() else { return Ok(None) };
        self.number += 1;
        let number = self.number;
        let bytes: usize = cells.iter().flatten().map(|value| value.text().len()).sum();
        if bytes > MAX_ROW_BYTES {
            let reason = format!("row {number} has {bytes} bytes; at most {MAX_ROW_BYTES} are read");
            return Ok(Some(Err(BadRow { number, reason, text: String::new() })));
        }
        Ok(Some(Ok(Row { number, cells })))
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Whether bytes begin with the header of a page, for tests of any bytes.
#[cfg(test)]
pub(super) fn page_header(bytes: &[u8]) -> Option<usize> {
    pages::read(bytes).map(|page| page.header)
}

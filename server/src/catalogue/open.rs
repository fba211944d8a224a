//! Which format a file has: by what is in it, and by its name only where that says nothing.

use std::{fs::File, io::Read, path::Path};

use flate2::read::MultiGzDecoder;

use super::{
    csv::{self, Csv},
    parquet::{self, Parquet},
    table::{Table, TableError},
};

/// Bytes that are looked at.
const LOOKED_AT: usize = 16 * 1_024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A table of comma-separated values.
    Csv,
    /// A Parquet file.
    Parquet,
    /// None of these: lines of JSON, as far as it can be told.
    Lines,
}

/// What a file is. A file that is certainly nothing that is read here is refused with the way out.
pub(crate) fn format(path: &Path) -> Result<Format, TableError> {
    let mut start = Vec::with_capacity(LOOKED_AT);
    File::open(path)?.take(LOOKED_AT as u64).read_to_end(&mut start)?;
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let named_csv = [".csv", ".tsv", ".txt"].iter().any(|end| name.ends_with(end));
    of(&start, named_csv)
}

fn of(start: &[u8], named_csv: bool) -> Result<Format, TableError> {
    if start.starts_with(&parquet::MAGIC) || start.starts_with(b"PARE") {
        return Ok(Format::Parquet);
    }
    if start.starts_with(&csv::GZIP) {
        let mut plain = Vec::new();
        // What is cut off by the bound above reads as broken; what came before is what is looked at.
        let _ = MultiGzDecoder::new(start).take(LOOKED_AT as u64).read_to_end(&mut plain);
        return match text(&plain, named_csv)? {
            Format::Lines => Err(unreadable("packed with gzip, and no table: unpack it first")),
            format => Ok(format),
        };
    }
    text(start, named_csv)
}

fn text(start: &[u8], named_csv: bool) -> Result<Format, TableError> {
    if start.starts_with(b"PK\x03\x04") || start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(unreadable("a spreadsheet or an archive: save it as CSV in UTF-8"));
    }
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(unreadable("UTF-16: save it as UTF-8"));
    }
    let json = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start().starts_with(b"{");
    if !json && (named_csv || csv::is_header(start)) { Ok(Format::Csv) } else { Ok(Format::Lines) }
}

fn unreadable(what: &str) -> TableError {
    TableError::Format(format!("the file is {what}"))
}

/// Opens a table.
pub(super) fn file(path: &Path) -> Result<Box<dyn Table>, TableError> {
    match format(path)? {
        Format::Parquet => Ok(Box::new(Parquet::open(File::open(path)?, File::open(path)?)?)),
        Format::Csv => Ok(Box::new(Csv::open(File::open(path)?)?)),
        Format::Lines => Err(unreadable("no table")),
    }
}
